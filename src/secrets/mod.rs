//! Secrets backends behind one trait.
