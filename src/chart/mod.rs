//! Helm's chart engine: values, templates, YAML as Go reads and writes it, and the manifest that results.
//!
//! Pure, and a library of its own: it knows nothing of Developer Mesh, of files or of a cluster. Charts arrive as
//! bytes (see [`crate::source`]), the cluster through the [`render::Lookup`] trait. The real Helm is its oracle.
//!
//! Plain data crosses its border as [`serde_json::Value`]; inside templates a [`value::Value`] keeps what Go tells
//! apart (shared mutable maps, `int` and `float64`, byte strings, nil and absent).

pub mod gojson;
pub mod goyaml;
pub mod manifest;
pub mod model;
pub mod render;
mod schema;
pub mod semver;
pub mod strvals;
mod template;
pub mod value;
pub mod values;
