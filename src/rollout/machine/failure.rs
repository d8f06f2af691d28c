//! After a failure: the cause is written down, the revision is recorded as failed, and a person decides.

use super::{Rollout, State, Step};
use crate::rollout::board::{CauseCard, LogTail, Outcome, StageStatus};
use crate::rollout::readiness::{Cause, ContainerRef};
use crate::rollout::{Effect, Extent, Failure, Seconds};

/// Helm's records show descriptions in a table: one line of this many characters is enough.
const DESCRIPTION: usize = 240;

impl Rollout {
    /// The stage failed for what an effect answered.
    pub(super) fn fail(
        &mut self,
        now: Seconds,
        index: usize,
        failure: Failure,
        container: Option<ContainerRef>,
    ) -> Vec<Effect> {
        let why = failure.message.clone();
        self.cause = Some(self.card(Some(index), failure));
        self.failing(now, index, &why, container)
    }

    /// The stage failed for what its objects show.
    pub(super) fn fail_by(&mut self, now: Seconds, index: usize, cause: Cause) -> Vec<Effect> {
        let mut card = self.card(Some(index), Failure::new(cause.headline.clone()));
        card.object = Some(cause.object);
        card.event = cause.event;
        card.advice = cause.advice;
        self.cause = Some(card);
        self.failing(now, index, &cause.headline, cause.container)
    }

    /// The process is asked to end in the middle of a stage.
    pub(super) fn interrupt(&mut self, now: Seconds, index: usize) -> Vec<Effect> {
        let failure = Failure {
            message: format!("interrupted during stage {}", self.spec.stages[index].name),
            advice: vec![self.spec.aim.how_to_go_on().to_owned()],
            ..Failure::default()
        };
        self.fail(now, index, failure, None)
    }

    fn failing(
        &mut self,
        now: Seconds,
        index: usize,
        why: &str,
        container: Option<ContainerRef>,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        if matches!(
            self.state,
            State::Stage {
                step: Step::Applying | Step::Waiting,
                ..
            }
        ) {
            effects.push(Effect::StopObserving);
        }
        let progress = &mut self.stages[index];
        progress.status = StageStatus::Failed;
        progress.ended = Some(now);
        let record = progress.revision.is_some();
        let log = container.is_some();
        effects.extend(container.map(|container| self.fetch(index, container)));
        if record {
            let why: String = why.chars().take(DESCRIPTION).collect();
            effects.push(Effect::RecordFailed { stage: index, why });
        }
        self.state = State::Failing { index, log, record };
        effects.extend(self.failed_completely(index));
        effects
    }

    pub(super) fn failure_log(&mut self, _now: Seconds, index: usize, tail: LogTail) -> Vec<Effect> {
        if let Some(card) = &mut self.cause
            && !tail.lines.is_empty()
        {
            card.log = Some(tail);
        }
        if let State::Failing { log, .. } = &mut self.state {
            *log = false;
        }
        self.failed_completely(index)
    }

    pub(super) fn failure_recorded(
        &mut self,
        _now: Seconds,
        stage: usize,
        result: Result<(), Failure>,
    ) -> Vec<Effect> {
        match &mut self.state {
            State::Failing { index, record, .. } if *index == stage => *record = false,
            _ => return Vec::new(),
        }
        if let (Err(failure), Some(card)) = (result, &mut self.cause) {
            card.advice.push(format!(
                "the failure itself could not be recorded: {}",
                failure.message
            ));
        }
        self.failed_completely(stage)
    }

    /// Goes on to the decision once the log has been read and the failure is recorded.
    fn failed_completely(&mut self, index: usize) -> Vec<Effect> {
        if !matches!(
            self.state,
            State::Failing {
                log: false,
                record: false,
                ..
            }
        ) {
            return Vec::new();
        }
        if self.stopping {
            return self.close(Outcome::Interrupted);
        }
        self.state = State::Deciding { index };
        Vec::new()
    }

    pub(super) fn roll_back(&mut self, index: usize, extent: Extent) -> Vec<Effect> {
        self.state = State::RollingBack { index, extent };
        vec![Effect::RollBack(extent)]
    }

    pub(super) fn rolled_back(&mut self, now: Seconds, result: Result<(), Failure>) -> Vec<Effect> {
        let State::RollingBack { index, extent } = self.state else {
            return Vec::new();
        };
        if let Err(failure) = result {
            self.cause = Some(self.card(Some(index), failure));
            self.state = State::Deciding { index };
            return if self.stopping {
                self.close(Outcome::Interrupted)
            } else {
                Vec::new()
            };
        }
        self.mark_rolled_back(now, extent);
        match extent {
            Extent::All => self.close(Outcome::RolledBack),
            Extent::Stage(_) if self.stopping => self.close(Outcome::Interrupted),
            Extent::Stage(_) => {
                self.state = State::Deciding { index };
                Vec::new()
            }
        }
    }

    fn mark_rolled_back(&mut self, now: Seconds, extent: Extent) {
        for (n, progress) in self.stages.iter_mut().enumerate() {
            let meant = match extent {
                Extent::Stage(stage) => n == stage,
                Extent::All => progress.touched || progress.revision.is_some(),
            };
            if meant {
                progress.status = StageStatus::RolledBack;
                progress.touched = false;
                progress.ended = progress.ended.or(Some(now));
                progress.waits_for.clear();
            }
        }
    }

    /// The card for `failure`.
    pub(super) fn card(&self, stage: Option<usize>, failure: Failure) -> CauseCard {
        let names = |wanted: fn(&StageStatus) -> bool| {
            let both = self.spec.stages.iter().zip(&self.stages);
            both.filter(|(_, progress)| wanted(&progress.status))
                .map(|(spec, _)| spec.name.clone())
                .collect()
        };
        let log = (!failure.log.is_empty()).then(|| LogTail {
            pod: failure
                .object
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            container: String::new(),
            lines: failure.log,
        });
        CauseCard {
            headline: failure.message,
            stage: stage
                .and_then(|n| self.spec.stages.get(n))
                .map(|spec| spec.name.clone()),
            object: failure.object,
            event: None,
            log,
            advice: failure.advice,
            done: names(|status| *status == StageStatus::Done),
            not_done: names(|status| *status == StageStatus::Pending),
        }
    }
}
