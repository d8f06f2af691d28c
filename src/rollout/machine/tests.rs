#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::chart::manifest::ObjectKey;
use crate::plan::model::StageKind;
use crate::rollout::board::Phase;
use crate::rollout::readiness::Observed;
use crate::rollout::{Aim, Failure, Guard, StageSpec};
use proptest::prelude::*;
use serde_json::json;
use std::sync::Arc;

fn key(kind: &str, name: &str) -> ObjectKey {
    ObjectKey {
        api_version: if kind == "Deployment" { "apps/v1" } else { "v1" }.to_owned(),
        kind: kind.to_owned(),
        namespace: Some("mesh".to_owned()),
        name: name.to_owned(),
    }
}

fn stage(name: &str, changes: usize) -> StageSpec {
    StageSpec {
        name: name.to_owned(),
        kind: StageKind::Service,
        objects: vec![key("Deployment", name)],
        changes,
        leaving: Vec::new(),
        hooks_before: Vec::new(),
        hooks_after: Vec::new(),
        recorded: changes > 0,
        pause_before: false,
    }
}

fn spec(stages: Vec<StageSpec>) -> RolloutSpec {
    RolloutSpec {
        aim: Aim::Apply,
        release: "dm".to_owned(),
        namespace: "mesh".to_owned(),
        base_revision: Some(7),
        stages,
        stage_timeout: 600,
    }
}

fn approved() -> super::super::Approved {
    Guard::new("dm", false).approve(true, None).unwrap()
}

/// A cluster that answers every effect at once, and shows objects ready or with an image that cannot be pulled.
struct Cluster {
    rollout: Rollout,
    now: Seconds,
    revision: i64,
    broken: Vec<String>,
    refuse: Option<fn(&Effect) -> bool>,
    log: Vec<Effect>,
}

impl Cluster {
    fn new(spec: RolloutSpec) -> Self {
        Self {
            rollout: Rollout::new(spec),
            now: 100,
            revision: 7,
            broken: Vec::new(),
            refuse: None,
            log: Vec::new(),
        }
    }

    fn send(&mut self, event: Event) {
        let mut queue = self.rollout.handle(self.now, event);
        while !queue.is_empty() {
            let effect = queue.remove(0);
            self.log.push(effect.clone());
            if let Some(answer) = self.answer(&effect) {
                queue.extend(self.rollout.handle(self.now, answer));
            }
            if let Effect::ApplyObjects { stage } = effect {
                let observation = Box::new(self.observation(stage));
                queue.extend(
                    self.rollout
                        .handle(self.now, Event::Observed { stage, observation }),
                );
            }
        }
    }

    fn answer(&mut self, effect: &Effect) -> Option<Event> {
        let refused = self.refuse.is_some_and(|refuse| refuse(effect));
        let ok = || {
            if refused {
                Err(Failure::new("the server said no"))
            } else {
                Ok(())
            }
        };
        Some(match effect.clone() {
            Effect::AcquireLease => Event::Lease(ok()),
            Effect::SaveState { .. } => Event::StateSaved(ok()),
            Effect::CreateRevision { stage } => {
                self.revision += 1;
                let revision = self.revision;
                Event::RevisionCreated {
                    stage,
                    result: ok().map(|()| revision),
                }
            }
            Effect::RunHook { stage, hook } => Event::HookFinished {
                stage,
                hook,
                result: ok(),
            },
            Effect::ApplyObjects { stage } => Event::StageApplied { stage, result: ok() },
            Effect::Observe { stage } => Event::Observed {
                stage,
                observation: Box::new(self.observation(stage)),
            },
            Effect::FetchLogs {
                stage,
                pod,
                container,
                ..
            } => Event::Logs {
                stage,
                pod,
                container,
                lines: vec!["panic: no database".to_owned()],
            },
            Effect::Prune { stage } => Event::Pruned { stage, result: ok() },
            Effect::RecordDeployed { stage } => Event::Recorded { stage, result: ok() },
            Effect::RecordFailed { stage, .. } => Event::FailureRecorded { stage, result: ok() },
            Effect::RollBack(_) => Event::RolledBack(ok()),
            Effect::Close { .. } => Event::Closed(ok()),
            Effect::StopObserving | Effect::StartTimer { .. } | Effect::Finish(_) => return None,
        })
    }

    fn observation(&self, stage: usize) -> Observation {
        let objects = &self.rollout.spec.stages[stage].objects;
        let mut observation = Observation::default();
        for key in objects {
            let broken = self.broken.contains(&key.name);
            observation.objects.push(Observed {
                key: key.clone(),
                body: Some(Arc::new(deployment(&key.name, broken))),
            });
            observation.replica_sets.push(Arc::new(replica_set(&key.name)));
            observation.pods.push(Arc::new(pod(&key.name, broken)));
        }
        observation
    }

    /// Lets `seconds` pass; the newest timer fires each second.
    fn pass(&mut self, seconds: Seconds) {
        for _ in 0..seconds {
            self.now += 1;
            if let Some(id) = self.rollout.heartbeat {
                self.send(Event::Timer(id));
            }
        }
    }

    fn statuses(&self) -> Vec<StageStatus> {
        self.rollout
            .board(self.now)
            .stages
            .into_iter()
            .map(|row| row.status)
            .collect()
    }

    fn phase(&self) -> Phase {
        self.rollout.board(self.now).phase
    }

    fn wrote(&self) -> bool {
        self.log
            .iter()
            .any(|effect| !matches!(effect, Effect::Finish(_) | Effect::StartTimer { .. }))
    }
}

fn deployment(name: &str, broken: bool) -> serde_json::Value {
    json!({
        "metadata": {"uid": name, "name": name, "generation": 2,
            "annotations": {"deployment.kubernetes.io/revision": "2"}},
        "spec": {"replicas": 1},
        "status": {"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1,
            "readyReplicas": i32::from(!broken), "availableReplicas": i32::from(!broken)},
    })
}

fn replica_set(name: &str) -> serde_json::Value {
    json!({"metadata": {"uid": format!("{name}-rs"), "name": name,
        "annotations": {"deployment.kubernetes.io/revision": "2"},
        "labels": {"pod-template-hash": "abc"},
        "ownerReferences": [{"controller": true, "uid": name}]}})
}

fn pod(name: &str, broken: bool) -> serde_json::Value {
    let state = if broken {
        json!({"waiting": {"reason": "ImagePullBackOff", "message": "no such tag"}})
    } else {
        json!({"running": {}})
    };
    json!({
        "metadata": {"uid": format!("{name}-pod"), "name": format!("{name}-abc-1"),
            "labels": {"pod-template-hash": "abc"},
            "ownerReferences": [{"controller": true, "uid": format!("{name}-rs")}]},
        "spec": {"containers": [{"name": "main"}]},
        "status": {"phase": "Pending",
            "conditions": [{"type": "Ready", "status": if broken { "False" } else { "True" }}],
            "containerStatuses": [{"name": "main", "ready": !broken, "restartCount": 0, "state": state}]},
    })
}

#[test]
fn stages_run_in_order_each_recorded_before_the_next_begins() {
    let mut cluster = Cluster::new(spec(vec![stage("a", 1), stage("b", 1)]));
    cluster.send(Event::Start(approved()));
    assert_eq!(cluster.phase(), Phase::Finished(Outcome::Completed));
    let order: Vec<&Effect> = cluster
        .log
        .iter()
        .filter(|e| {
            matches!(
                e,
                Effect::ApplyObjects { .. } | Effect::RecordDeployed { .. } | Effect::Close { .. }
            )
        })
        .collect();
    assert_eq!(
        order,
        [
            &Effect::ApplyObjects { stage: 0 },
            &Effect::RecordDeployed { stage: 0 },
            &Effect::ApplyObjects { stage: 1 },
            &Effect::RecordDeployed { stage: 1 },
            &Effect::Close { ended: true },
        ]
    );
    assert_eq!(cluster.rollout.board(cluster.now).stages[1].revision, Some(9));
}

#[test]
fn production_without_its_typed_confirmation_cannot_start() {
    let guard = Guard::new("dm", true);
    assert!(guard.approve(true, None).is_err());
    // The only other way to an approval is for another release, and that one starts nothing here.
    let other = Guard::new("other", false).approve(true, None).unwrap();
    let mut cluster = Cluster::new(spec(vec![stage("a", 1)]));
    cluster.send(Event::Start(other));
    assert!(!cluster.wrote());
    assert_eq!(cluster.phase(), Phase::Ready);
}

#[test]
fn nothing_to_write_takes_no_lease() {
    let mut cluster = Cluster::new(spec(vec![stage("a", 0)]));
    cluster.send(Event::Start(approved()));
    assert_eq!(cluster.log, [Effect::Finish(Outcome::Unchanged)]);
}

#[test]
fn an_unchanged_stage_is_looked_at_and_not_written() {
    let mut cluster = Cluster::new(spec(vec![stage("a", 0), stage("b", 1)]));
    cluster.send(Event::Start(approved()));
    assert!(cluster.log.contains(&Effect::Observe { stage: 0 }));
    assert!(!cluster.log.contains(&Effect::CreateRevision { stage: 0 }));
    assert_eq!(cluster.statuses(), [StageStatus::Done, StageStatus::Done]);
}

#[test]
fn hooks_run_around_the_objects_and_leftovers_go_in_between() {
    let mut one = stage("a", 1);
    one.hooks_before = vec![key("Job", "first"), key("Job", "second")];
    one.hooks_after = vec![key("Job", "last")];
    one.leaving = vec![key("Service", "old")];
    let mut cluster = Cluster::new(spec(vec![one]));
    cluster.send(Event::Start(approved()));
    let names: Vec<String> = cluster
        .log
        .iter()
        .filter_map(|effect| match effect {
            Effect::RunHook { hook, .. } => Some(hook.name.clone()),
            Effect::ApplyObjects { .. } => Some("apply".to_owned()),
            Effect::Prune { .. } => Some("prune".to_owned()),
            Effect::RecordDeployed { .. } => Some("record".to_owned()),
            _ => None,
        })
        .collect();
    assert_eq!(names, ["first", "second", "apply", "prune", "last", "record"]);
}

fn failed_in_b() -> Cluster {
    let mut cluster = Cluster::new(spec(vec![stage("a", 1), stage("b", 1), stage("c", 1)]));
    cluster.broken = vec!["b".to_owned()];
    cluster.send(Event::Start(approved()));
    cluster.pass(30);
    cluster
}

#[test]
fn a_failing_image_ends_the_stage_early_with_its_cause() {
    let cluster = failed_in_b();
    assert_eq!(cluster.phase(), Phase::Deciding);
    let card = cluster.rollout.board(cluster.now).cause.unwrap();
    assert!(
        card.headline.contains("ImagePullBackOff") && card.headline.contains("no such tag"),
        "{card:?}"
    );
    assert_eq!(
        (card.done, card.not_done),
        (vec!["a".to_owned()], vec!["c".to_owned()])
    );
    assert!(
        cluster
            .log
            .iter()
            .any(|e| matches!(e, Effect::RecordFailed { stage: 1, .. }))
    );
}

#[test]
fn one_error_of_a_single_replica_is_no_failure_yet() {
    let mut cluster = Cluster::new(spec(vec![stage("b", 1)]));
    cluster.broken = vec!["b".to_owned()];
    cluster.send(Event::Start(approved()));
    cluster.pass(5);
    assert_eq!(cluster.phase(), Phase::Running);
}

#[test]
fn retry_runs_the_stage_again_with_a_new_revision() {
    let mut cluster = failed_in_b();
    cluster.broken.clear();
    cluster.send(Event::Person(Command::Retry));
    assert_eq!(cluster.phase(), Phase::Finished(Outcome::Completed));
    assert_eq!(cluster.rollout.board(cluster.now).stages[1].revision, Some(10));
    assert_eq!(cluster.rollout.board(cluster.now).cause, None);
}

#[test]
fn skip_leaves_the_stage_and_goes_on() {
    let mut cluster = failed_in_b();
    cluster.send(Event::Person(Command::Skip));
    assert_eq!(
        cluster.statuses(),
        [StageStatus::Done, StageStatus::Skipped, StageStatus::Done]
    );
}

#[test]
fn a_stage_can_be_rolled_back_and_run_again() {
    let mut cluster = failed_in_b();
    cluster.send(Event::Person(Command::RollbackStage));
    assert!(cluster.log.contains(&Effect::RollBack(Extent::Stage(1))));
    assert_eq!(
        cluster.statuses(),
        [StageStatus::Done, StageStatus::RolledBack, StageStatus::Pending]
    );
    cluster.broken.clear();
    cluster.send(Event::Person(Command::Retry));
    assert_eq!(cluster.phase(), Phase::Finished(Outcome::Completed));
}

#[test]
fn everything_can_be_rolled_back() {
    let mut cluster = failed_in_b();
    cluster.send(Event::Person(Command::RollbackAll));
    assert_eq!(
        cluster.statuses(),
        [
            StageStatus::RolledBack,
            StageStatus::RolledBack,
            StageStatus::Pending
        ]
    );
    assert_eq!(cluster.phase(), Phase::Finished(Outcome::RolledBack));
    assert!(cluster.log.contains(&Effect::Close { ended: true }));
}

#[test]
fn a_rollback_that_fails_leaves_the_decision_open() {
    let mut cluster = failed_in_b();
    cluster.refuse = Some(|effect| matches!(effect, Effect::RollBack(_)));
    cluster.send(Event::Person(Command::RollbackAll));
    assert_eq!(cluster.phase(), Phase::Deciding);
    assert!(
        cluster
            .rollout
            .board(cluster.now)
            .cause
            .unwrap()
            .headline
            .contains("said no")
    );
}

#[test]
fn abort_keeps_the_state_to_resume_from() {
    let mut cluster = failed_in_b();
    cluster.send(Event::Person(Command::Abort));
    assert!(cluster.log.contains(&Effect::Close { ended: false }));
    assert_eq!(cluster.phase(), Phase::Finished(Outcome::Aborted));
}

#[test]
fn a_pause_stops_before_the_next_stage_until_resumed() {
    let mut stages = vec![stage("a", 1), stage("b", 1)];
    stages[1].pause_before = true;
    let mut cluster = Cluster::new(spec(stages));
    cluster.send(Event::Start(approved()));
    assert_eq!(cluster.phase(), Phase::Paused { before: 1 });
    assert_eq!(cluster.statuses(), [StageStatus::Done, StageStatus::Pending]);
    cluster.send(Event::Person(Command::Resume));
    assert_eq!(cluster.phase(), Phase::Finished(Outcome::Completed));
}

#[test]
fn a_pause_asked_for_while_a_stage_runs_holds_after_it() {
    let mut cluster = Cluster::new(spec(vec![stage("a", 1), stage("b", 1)]));
    cluster.broken = vec!["a".to_owned()];
    cluster.send(Event::Start(approved()));
    cluster.send(Event::Person(Command::Pause));
    assert_eq!(cluster.phase(), Phase::Pausing);
    cluster.broken.clear();
    let healthy = Box::new(cluster.observation(0));
    cluster.send(Event::Observed {
        stage: 0,
        observation: healthy,
    });
    assert_eq!(cluster.phase(), Phase::Paused { before: 1 });
}

#[test]
fn stale_timers_are_ignored() {
    let mut cluster = Cluster::new(spec(vec![stage("b", 1)]));
    cluster.broken = vec!["b".to_owned()];
    cluster.send(Event::Start(approved()));
    let stale = cluster.rollout.heartbeat.unwrap();
    cluster.pass(1);
    let before = cluster.rollout.board(cluster.now);
    cluster.now += 1000;
    assert_eq!(
        cluster.rollout.handle(cluster.now, Event::Timer(stale)),
        Vec::new()
    );
    assert_eq!(cluster.rollout.board(101), before);
}

#[test]
fn answers_of_another_stage_are_ignored() {
    let mut rollout = Rollout::new(spec(vec![stage("a", 1), stage("b", 1)]));
    rollout.handle(0, Event::Start(approved()));
    rollout.handle(0, Event::Lease(Ok(())));
    let before = rollout.state.clone();
    for event in [
        Event::StageApplied {
            stage: 1,
            result: Ok(()),
        },
        Event::Recorded {
            stage: 0,
            result: Ok(()),
        },
        Event::RolledBack(Ok(())),
        Event::Closed(Ok(())),
    ] {
        assert_eq!(rollout.handle(0, event), Vec::new());
    }
    assert_eq!(rollout.state, before);
}

#[test]
fn ctrl_c_while_waiting_records_the_failure_and_keeps_the_state() {
    let mut cluster = Cluster::new(spec(vec![stage("b", 1)]));
    cluster.broken = vec!["b".to_owned()];
    cluster.send(Event::Start(approved()));
    cluster.send(Event::Cancelled);
    assert!(
        cluster
            .log
            .iter()
            .any(|e| matches!(e, Effect::RecordFailed { why, .. } if why.contains("interrupted")))
    );
    assert!(cluster.log.contains(&Effect::Close { ended: false }));
    assert_eq!(cluster.phase(), Phase::Finished(Outcome::Interrupted));
}

#[test]
fn a_lost_lease_writes_nothing_more() {
    let mut cluster = Cluster::new(spec(vec![stage("b", 1)]));
    cluster.broken = vec!["b".to_owned()];
    cluster.send(Event::Start(approved()));
    cluster.log.clear();
    cluster.send(Event::LeaseLost(Failure::new("ada took it")));
    let writes = |e: &Effect| {
        matches!(
            e,
            Effect::RecordFailed { .. } | Effect::ApplyObjects { .. } | Effect::SaveState { .. }
        )
    };
    assert!(!cluster.log.iter().any(writes), "{:?}", cluster.log);
    assert_eq!(cluster.phase(), Phase::Finished(Outcome::Failed));
}

#[test]
fn a_lease_that_another_holds_ends_it_before_any_write() {
    let mut cluster = Cluster::new(spec(vec![stage("a", 1)]));
    cluster.refuse = Some(|effect| matches!(effect, Effect::AcquireLease));
    cluster.send(Event::Start(approved()));
    assert_eq!(cluster.phase(), Phase::Finished(Outcome::Failed));
    assert!(
        !cluster
            .log
            .iter()
            .any(|e| matches!(e, Effect::SaveState { .. } | Effect::Close { .. }))
    );
}

/// Whatever a person does and wherever they quit, a revision that was created is recorded as deployed or failed, or was
/// rolled over: none stays pending.
fn no_revision_stays_pending(log: &[Effect]) -> bool {
    let mut pending = None;
    for effect in log {
        match effect {
            Effect::CreateRevision { stage } => pending = Some(*stage),
            Effect::RecordDeployed { stage } | Effect::RecordFailed { stage, .. }
                if pending == Some(*stage) =>
            {
                pending = None;
            }
            _ => {}
        }
    }
    pending.is_none()
}

proptest! {
    #[test]
    fn quitting_anywhere_leaves_a_readable_release(
        broken in prop::collection::vec(any::<bool>(), 3),
        moves in prop::collection::vec(0u8..9, 0..20),
    ) {
        let names = ["a", "b", "c"];
        let mut cluster = Cluster::new(spec(names.iter().map(|n| stage(n, 1)).collect()));
        cluster.broken = names.iter().zip(&broken).filter(|(_, b)| **b).map(|(n, _)| (*n).to_owned()).collect();
        cluster.send(Event::Start(approved()));
        for chosen in moves {
            let command = match chosen {
                0 => Command::Pause,
                1 => Command::Resume,
                2 => Command::Retry,
                3 => Command::Skip,
                4 => Command::RollbackStage,
                5 => Command::RollbackAll,
                6 => Command::Abort,
                7 => { cluster.pass(30); continue }
                _ => { cluster.broken.pop(); continue }
            };
            cluster.send(Event::Person(command));
        }
        cluster.send(Event::Cancelled);
        prop_assert!(matches!(cluster.phase(), Phase::Finished(_)), "{:?}", cluster.phase());
        prop_assert!(no_revision_stays_pending(&cluster.log), "{:?}", cluster.log);
    }
}
