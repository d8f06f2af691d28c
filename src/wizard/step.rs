//! The steps of the road, in order.

/// A step of the wizard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Cluster, namespace and release.
    Target,
    /// The profile, and what holds for the whole platform.
    Environment,
    /// Which services run, and how large.
    Services,
    /// PostgreSQL and Redis.
    Data,
    /// Where passwords and keys come from.
    Secrets,
    /// Ingress, TLS and network policies.
    Access,
    /// Monitoring and tracing, and the cloud the platform runs in.
    Observability,
    /// What will happen, and the approval.
    Review,
    /// The rollout while it runs.
    Rollout,
    /// Where to find what was deployed.
    Done,
}

impl Step {
    /// All steps, in the order of the road.
    pub const ALL: [Self; 10] = [
        Self::Target,
        Self::Environment,
        Self::Services,
        Self::Data,
        Self::Secrets,
        Self::Access,
        Self::Observability,
        Self::Review,
        Self::Rollout,
        Self::Done,
    ];

    /// The name on the road.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Target => "Target",
            Self::Environment => "Environment",
            Self::Services => "Services",
            Self::Data => "Data",
            Self::Secrets => "Secrets",
            Self::Access => "Access",
            Self::Observability => "Observability",
            Self::Review => "Review",
            Self::Rollout => "Rollout",
            Self::Done => "Done",
        }
    }

    /// What is decided here, as one sentence for somebody who has never deployed with Helm.
    #[must_use]
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Target => "Which cluster should Developer Mesh run in, and under which name?",
            Self::Environment => "What is it for? A profile sets good defaults for everything that follows.",
            Self::Services => "Which services should run, and how large?",
            Self::Data => "Where does the platform keep its data?",
            Self::Secrets => "Where do passwords and keys come from? No secret is ever typed here.",
            Self::Access => "Who can reach the services, and how?",
            Self::Observability => "Who watches it, and which cloud does it use?",
            Self::Review => "This is what will happen. Nothing has been changed so far.",
            Self::Rollout => "Stage by stage, each one ready before the next begins.",
            Self::Done => "What runs now, and where to find it.",
        }
    }

    /// The position on the road, from 0.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    /// The step after this one on the road.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        Self::ALL.get(self.index() + 1).copied()
    }

    /// The step before this one on the road.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        self.index()
            .checked_sub(1)
            .and_then(|at| Self::ALL.get(at).copied())
    }

    /// Whether a form is filled in here.
    #[must_use]
    pub const fn is_form(self) -> bool {
        !matches!(self, Self::Review | Self::Rollout | Self::Done)
    }
}
