//! Profiles and answer files.
