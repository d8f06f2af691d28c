//! The stage machine.

use super::RolloutSpec;

/// A rollout: what it was told, and where it stands.
#[derive(Debug)]
pub struct Rollout {
    spec: RolloutSpec,
}
impl Rollout {
    /// A rollout that has not started.
    #[must_use]
    pub fn new(spec: RolloutSpec) -> Self {
        Self { spec }
    }
}
