//! Where charts come from: the embedded one, folders, archives.
