//! Which revisions go when there are too many.

use super::record::{Record, Status};
use std::collections::BTreeSet;

/// The revisions to delete so that `keep` of `history` remain, in the order in which they go: first the intermediate
/// stages of older rollouts, then the oldest. Never the last deployed one, and none of `protected`.
pub(super) fn superfluous(
    history: &[Record],
    keep: usize,
    rollout_began: i64,
    protected: &[i64],
) -> Vec<i64> {
    let excess = history.len().saturating_sub(keep);
    let deployed = history
        .iter()
        .filter(|r| r.status() == Status::Deployed)
        .map(Record::revision)
        .max();
    let spared: BTreeSet<i64> = protected.iter().copied().chain(deployed).collect();
    let mut candidates: Vec<&Record> = history
        .iter()
        .filter(|r| !spared.contains(&r.revision()))
        .collect();
    candidates.sort_by_key(|r| (rank(r, rollout_began), r.revision()));
    candidates
        .into_iter()
        .take(excess)
        .map(Record::revision)
        .collect()
}

/// The smaller goes first.
fn rank(record: &Record, rollout_began: i64) -> u8 {
    let intermediate = record.stage().is_some_and(|mark| mark.stage < mark.of);
    match (record.revision() < rollout_began, intermediate) {
        (true, true) => 0,
        (true, false) => 1,
        (false, _) => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn record(revision: i64, status: Status, description: &str) -> Record {
        Record {
            document: json!({"version": revision, "info": {"status": status.name(), "description": description}}),
            labels: BTreeMap::new(),
            resource_version: None,
        }
    }

    fn history() -> Vec<Record> {
        vec![
            record(1, Status::Superseded, "Install complete"),
            record(2, Status::Superseded, "stage 1 of 2: a"),
            record(3, Status::Superseded, "stage 2 of 2: b"),
            record(4, Status::Superseded, "stage 1 of 2: a"),
            record(5, Status::Deployed, "stage 2 of 2: b"),
            record(6, Status::Failed, "stage 1 of 2: a: interrupted"),
        ]
    }

    #[test]
    fn intermediate_stages_of_older_rollouts_go_first_then_the_oldest() {
        assert_eq!(superfluous(&history(), 2, 6, &[]), [2, 4, 1, 3]);
        assert_eq!(superfluous(&history(), 5, 6, &[]), [2]);
        assert_eq!(superfluous(&history(), 6, 6, &[]), [0i64; 0]);
    }

    #[test]
    fn the_last_deployed_and_the_protected_stay() {
        assert_eq!(superfluous(&history(), 0, 6, &[3]), [2, 4, 1, 6]);
    }
}
