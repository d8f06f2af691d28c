//! What would change: rendered objects against live ones, whose each change is, in which stage it lies, and what it
//! causes. Pure: live objects, schemas and dry-run answers come in as data, see [`crate::cluster`].

pub mod model;
