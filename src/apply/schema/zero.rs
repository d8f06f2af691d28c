//! The zero object.
