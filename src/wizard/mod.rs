//! The wizard's state machine: `update(state, event) -> effects`. Pure; views only read it.
