//! The stage machine and the readiness rules. Pure: (state, event) -> effects.
