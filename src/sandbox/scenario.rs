//! Scenarios by name: what the cluster holds at the start, and what goes wrong in it.

use std::fmt;
use std::str::FromStr;

/// A scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scenario {
    /// Nothing is installed and everything works.
    Healthy,
    /// A release with edge-mcp alone.
    ExistingEdgeMcp,
    /// An image that cannot be pulled.
    ImagePull,
    /// A container that crashes.
    CrashLoop,
    /// A service that takes its time.
    SlowStart,
    /// Somebody changes the release while you look.
    Drift,
}

impl Scenario {
    /// All scenarios, in the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::Healthy,
        Self::ExistingEdgeMcp,
        Self::ImagePull,
        Self::CrashLoop,
        Self::SlowStart,
        Self::Drift,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::ExistingEdgeMcp => "existing-edge-mcp",
            Self::ImagePull => "image-pull",
            Self::CrashLoop => "crash-loop",
            Self::SlowStart => "slow-start",
            Self::Drift => "drift",
        }
    }

    /// Whether the cluster begins with the release developer-mesh.
    pub(super) const fn has_release(self) -> bool {
        matches!(self, Self::ExistingEdgeMcp | Self::Drift)
    }

    /// What happens in it and how it is mended, in a sentence or two.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Healthy => "An empty cluster of three nodes in which everything works.",
            Self::ExistingEdgeMcp => {
                "A cluster that already runs the release developer-mesh with edge-mcp alone; the other services are still to come."
            }
            Self::ImagePull => {
                "The registry lacks the first tag of rag-loader that is asked for: its image cannot be pulled until rag-loader.image.tag names another one."
            }
            Self::CrashLoop => {
                "rest-api crashes at its start for want of the environment variable EMBEDDING_MODEL_ID: set it or another image tag; pods that are created after the third crash run a repaired image."
            }
            Self::SlowStart => "edge-mcp takes half a minute until it is ready, but it gets there.",
            Self::Drift => {
                "The release developer-mesh runs edge-mcp alone, and soon somebody edits its LOG_LEVEL and scales it by hand."
            }
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no scenario of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no sandbox scenario {0:?}")]
pub struct UnknownScenario(
    /// The name that was asked for.
    pub String,
);

impl FromStr for Scenario {
    type Err = UnknownScenario;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|scenario| scenario.name() == name)
            .ok_or_else(|| UnknownScenario(name.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_is_found_by_its_name() {
        for scenario in Scenario::ALL {
            assert_eq!(scenario.name().parse(), Ok(scenario));
            assert!(scenario.description().ends_with('.'));
        }
        assert!("nonsense".parse::<Scenario>().is_err());
    }
}
