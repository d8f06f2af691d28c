//! The release as the cluster records it, and as a form shows it.

use crate::Result;
use crate::chart::manifest::{Manifest, ManifestObject};
use crate::plan::preflight::{Namespace, Pending};
use crate::runtime::prepare::settle;
use crate::runtime::session::{Session, Survey};
use crate::wizard::facts::ReleaseFacts;
use jiff::Timestamp;

/// What is recorded of a release.
pub(super) struct Recorded {
    /// The release.
    pub(super) session: Session,
    /// What there is of it.
    pub(super) survey: Survey,
    /// The objects that it has recorded, with keys as the cluster knows them.
    pub(super) previous: Vec<ManifestObject>,
}

/// Reads what is recorded of a release.
pub(super) async fn load(session: Session) -> Result<Recorded> {
    let survey = session.survey().await?;
    let previous = Manifest {
        objects: survey.objects()?,
        ..Manifest::default()
    };
    Ok(Recorded {
        previous: settle(previous, &session).objects,
        session,
        survey,
    })
}

impl Recorded {
    /// Whether the namespace is there.
    pub(super) fn namespace_exists(&self) -> bool {
        self.survey.namespace != Namespace::Missing
    }

    /// An operation that was left behind by somebody else's program.
    pub(super) fn pending(&self) -> Option<Pending> {
        let record = self.survey.pending().filter(|_| self.survey.state.is_none())?;
        Some(Pending {
            revision: record.revision(),
            status: record.status().to_string(),
            since: record.last_deployed().to_owned(),
        })
    }

    /// What a form shows of it; `None` for a release that does not exist.
    pub(super) fn facts(&self) -> Option<ReleaseFacts> {
        let survey = &self.survey;
        if survey.is_install() {
            return None;
        }
        let shown = survey.deployed().or_else(|| survey.last())?;
        let unfinished = survey.state.as_ref().map(|state| {
            format!(
                "A rollout by {} stopped before stage {} of {}, {}. `mesh-tui resume` goes on with it.",
                state.operator,
                state.next + 1,
                state.stages.len(),
                state.stages.get(state.next).map_or("the end", String::as_str)
            )
        });
        Some(ReleaseFacts {
            revision: shown.revision(),
            status: shown.status().to_string(),
            age: age(shown.last_deployed(), Timestamp::now()),
            values: shown.values(),
            app_version: shown.app_version().to_owned(),
            unfinished,
        })
    }
}

/// How long ago a moment was, as a person says it; empty for one that cannot be read.
fn age(moment: &str, now: Timestamp) -> String {
    let Ok(then) = moment.parse::<Timestamp>() else {
        return String::new();
    };
    let seconds = now.as_second().saturating_sub(then.as_second()).max(0);
    for (unit, name) in [(86_400, "d"), (3_600, "h"), (60, "min")] {
        if seconds >= unit {
            return format!("{} {name} ago", seconds / unit);
        }
    }
    "just now".to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("2026-11-21T08:00:00.123456789Z", "2 d ago")]
    #[case("2026-11-23T05:59:00+00:00", "3 h ago")]
    #[case("2026-11-23T08:59:30Z", "just now")]
    #[case("2027-01-01T00:00:00Z", "just now")]
    #[case("yesterday", "")]
    fn says_how_long_ago_it_was(#[case] moment: &str, #[case] said: &str) {
        assert_eq!(age(moment, "2026-11-23T09:00:00Z".parse().unwrap()), said);
    }
}
