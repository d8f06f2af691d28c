//! What a person sees, and what they may decide.

use super::{Rollout, State};
use crate::rollout::board::{Board, Choice, Phase, StageRow, StageStatus};
use crate::rollout::{Aim, Command, Seconds};

impl Rollout {
    /// The rollout as it stands at `now`.
    #[must_use]
    pub fn board(&self, now: Seconds) -> Board {
        Board {
            release: self.spec.release.clone(),
            aim: self.spec.aim,
            namespace: self.spec.namespace.clone(),
            phase: self.phase(),
            stages: (0..self.stages.len()).map(|index| self.row(now, index)).collect(),
            current: self.current(),
            pods: self.scene.pods.clone(),
            events: self.scene.events.clone(),
            log: self.scene.log.clone(),
            cause: self.cause.clone(),
            choices: self.choices(),
            elapsed: self
                .started
                .map_or(0, |started| self.ended.unwrap_or(now).saturating_sub(started)),
        }
    }

    fn phase(&self) -> Phase {
        match &self.state {
            State::Ready => Phase::Ready,
            State::Leasing => Phase::Preparing,
            State::Stage { .. } if self.stopping => Phase::Stopping,
            State::Stage { .. } if self.pausing => Phase::Pausing,
            State::Stage { .. } => Phase::Running,
            State::Paused { before } => Phase::Paused { before: *before },
            State::Failing { .. } => Phase::Failing,
            State::Deciding { .. } => Phase::Deciding,
            State::RollingBack { .. } => Phase::RollingBack,
            State::Closing(_) => Phase::Stopping,
            State::Finished(outcome) => Phase::Finished(outcome.clone()),
        }
    }

    fn current(&self) -> Option<usize> {
        match self.state {
            State::Ready | State::Leasing => (!self.stages.is_empty()).then_some(0),
            State::Stage { index, .. }
            | State::Failing { index, .. }
            | State::Deciding { index }
            | State::RollingBack { index, .. }
            | State::Paused { before: index } => Some(index),
            State::Closing(_) | State::Finished(_) => self
                .stages
                .iter()
                .position(|progress| progress.status == StageStatus::Failed),
        }
    }

    fn row(&self, now: Seconds, index: usize) -> StageRow {
        let (spec, progress) = (&self.spec.stages[index], &self.stages[index]);
        StageRow {
            name: spec.name.clone(),
            kind: spec.kind,
            status: progress.status.clone(),
            objects: spec.objects.len(),
            changes: spec.changes,
            applied: progress.applied,
            ready: progress.ready,
            elapsed: progress
                .began
                .map(|began| progress.ended.unwrap_or(now).saturating_sub(began)),
            waits_for: progress.waits_for.clone(),
            warnings: progress.warnings.clone(),
            revision: progress.revision,
            pause_before: spec.pause_before,
        }
    }

    /// What a person may decide now.
    pub(super) fn choices(&self) -> Vec<Choice> {
        if self.stopping {
            return Vec::new();
        }
        match self.state {
            State::Stage { index, .. } if index + 1 < self.stages.len() => vec![if self.pausing {
                choice(Command::Resume, "go on without a pause")
            } else {
                choice(Command::Pause, "stop before the next stage")
            }],
            State::Paused { before } => self.paused_choices(before),
            State::Deciding { index } => self.decision_choices(index),
            _ => Vec::new(),
        }
    }

    fn paused_choices(&self, before: usize) -> Vec<Choice> {
        let name = &self.spec.stages[before].name;
        let mut choices = vec![
            choice(Command::Resume, format!("go on with stage {name}")),
            choice(
                Command::Skip,
                format!("leave {name} as it is and go on with the next stage"),
            ),
        ];
        choices.extend(self.rollback_all());
        choices.push(choice(
            Command::Abort,
            format!("end here; {}", self.spec.aim.how_to_go_on()),
        ));
        choices
    }

    fn decision_choices(&self, index: usize) -> Vec<Choice> {
        let name = &self.spec.stages[index].name;
        let mut choices = vec![choice(Command::Retry, format!("run stage {name} again"))];
        if self.stages[index].status == StageStatus::Failed && self.spec.aim != Aim::Uninstall {
            choices.push(choice(
                Command::Skip,
                format!("leave {name} as it is and go on with the next stage"),
            ));
            if self.stages[index].touched || self.stages[index].revision.is_some() {
                choices.push(choice(
                    Command::RollbackStage,
                    format!("take {name} back to what was deployed before"),
                ));
            }
        }
        choices.extend(self.rollback_all());
        choices.push(choice(
            Command::Abort,
            format!(
                "end here and leave what was done; {}",
                self.spec.aim.how_to_go_on()
            ),
        ));
        choices
    }

    fn rollback_all(&self) -> Option<Choice> {
        let written = self
            .stages
            .iter()
            .any(|p| p.status != StageStatus::RolledBack && (p.touched || p.revision.is_some()));
        (written && self.spec.aim != Aim::Uninstall).then(|| {
            choice(
                Command::RollbackAll,
                self.spec.base_revision.map_or_else(
                    || "remove everything that this rollout installed".to_owned(),
                    |base| format!("take everything back to revision {base}"),
                ),
            )
        })
    }
}

fn choice(command: Command, means: impl Into<String>) -> Choice {
    Choice {
        command,
        means: means.into(),
    }
}
