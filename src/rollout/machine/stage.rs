//! How a stage runs: state saved → revision created → hooks → objects written → ready → leftovers deleted → hooks →
//! recorded. A stage that writes nothing is only looked at: what later stages rely on must be ready, not just exist.

use super::{Progress, Rollout, Scene, State, Step};
use crate::chart::manifest::ObjectKey;
use crate::rollout::board::{LogTail, Outcome, StageStatus};
use crate::rollout::readiness::{ContainerRef, Judge, Limits, Observation, Report, Verdict};
use crate::rollout::{Effect, Failure, Seconds};

/// How often the log of the container that matters most is read again, in seconds.
const FOLLOW: Seconds = 3;

impl Rollout {
    /// Comes to stage `index`, or to the end.
    pub(super) fn enter(&mut self, now: Seconds, index: usize) -> Vec<Effect> {
        let Some(stage) = self.spec.stages.get(index) else {
            return self.close(Outcome::Completed);
        };
        if self.stopping {
            return self.close(Outcome::Interrupted);
        }
        if stage.writes() && (stage.pause_before || self.pausing) {
            self.pausing = false;
            self.state = State::Paused { before: index };
            return Vec::new();
        }
        self.begin(now, index)
    }

    /// Begins stage `index`, for the first time or again.
    pub(super) fn begin(&mut self, now: Seconds, index: usize) -> Vec<Effect> {
        self.cause = None;
        self.scene = Scene::default();
        self.judge = Judge::new(Limits {
            timeout: self.spec.stage_timeout,
            silence: Limits::SILENCE,
        });
        let touched = self.stages[index].touched;
        self.stages[index] = Progress {
            began: Some(now),
            touched,
            ..Progress::new()
        };
        if self.spec.stages[index].writes() {
            self.step(index, Step::SavingState)
        } else {
            let mut effects = vec![Effect::Observe { stage: index }];
            effects.extend(self.step(index, Step::Waiting));
            effects
        }
    }

    /// Takes the step: its state, its line on the board, its effect.
    fn step(&mut self, index: usize, step: Step) -> Vec<Effect> {
        self.state = State::Stage { index, step };
        let words = self.step_words(index, step);
        let progress = &mut self.stages[index];
        progress.status = match step {
            Step::SavingState | Step::CreatingRevision | Step::HookBefore(_) | Step::Applying => {
                StageStatus::Applying
            }
            Step::Waiting | Step::HookAfter(_) => StageStatus::Waiting,
            Step::Pruning | Step::Recording => StageStatus::Recording,
        };
        progress.touched |= matches!(
            step,
            Step::HookBefore(_) | Step::Applying | Step::Pruning | Step::HookAfter(_)
        );
        progress.waits_for = words;
        self.step_effects(index, step)
    }

    fn step_effects(&self, index: usize, step: Step) -> Vec<Effect> {
        let stage = index;
        let spec = &self.spec.stages[index];
        match step {
            Step::SavingState => vec![Effect::SaveState { next: index }],
            Step::CreatingRevision => vec![Effect::CreateRevision { stage }],
            Step::HookBefore(n) => vec![Effect::RunHook {
                stage,
                hook: spec.hooks_before[n].clone(),
            }],
            // Watching begins before the first write: what it shows then is the past.
            Step::Applying => vec![Effect::Observe { stage }, Effect::ApplyObjects { stage }],
            Step::Waiting => Vec::new(),
            Step::Pruning => vec![Effect::Prune { stage }],
            Step::HookAfter(n) => vec![Effect::RunHook {
                stage,
                hook: spec.hooks_after[n].clone(),
            }],
            Step::Recording => vec![Effect::RecordDeployed { stage }],
        }
    }

    /// What the stage waits for.
    fn step_words(&self, index: usize, step: Step) -> Vec<String> {
        let spec = &self.spec.stages[index];
        match step {
            Step::SavingState => vec!["the rollout's state to be stored".to_owned()],
            Step::CreatingRevision => vec!["the revision to be created".to_owned()],
            Step::HookBefore(n) => vec![format!("hook {}", spec.hooks_before[n])],
            Step::HookAfter(n) => vec![format!("hook {}", spec.hooks_after[n])],
            Step::Pruning => vec![format!(
                "{} objects to be deleted that left the release",
                spec.leaving.len()
            )],
            Step::Recording => vec!["the revision to be recorded".to_owned()],
            Step::Applying | Step::Waiting => Vec::new(),
        }
    }

    /// The answer to the step that runs; one to any other step is stale.
    pub(super) fn answer(
        &mut self,
        now: Seconds,
        stage: Option<usize>,
        step: Step,
        result: Result<Option<i64>, Failure>,
    ) -> Vec<Effect> {
        let State::Stage { index, step: running } = self.state else {
            return Vec::new();
        };
        if running != step || stage.is_some_and(|stage| stage != index) {
            return Vec::new();
        }
        match result {
            Err(failure) => self.fail(now, index, failure, None),
            Ok(revision) => {
                if revision.is_some() {
                    self.stages[index].revision = revision;
                }
                self.after(now, index, step)
            }
        }
    }

    pub(super) fn hook_finished(
        &mut self,
        now: Seconds,
        stage: usize,
        hook: &ObjectKey,
        result: Result<(), Failure>,
    ) -> Vec<Effect> {
        let State::Stage { index, step } = self.state else {
            return Vec::new();
        };
        let running = match step {
            Step::HookBefore(n) => self.spec.stages[index].hooks_before.get(n),
            Step::HookAfter(n) => self.spec.stages[index].hooks_after.get(n),
            _ => None,
        };
        if running != Some(hook) {
            return Vec::new();
        }
        self.answer(now, Some(stage), step, result.map(|()| None))
    }

    /// What follows once a step has succeeded.
    fn after(&mut self, now: Seconds, index: usize, step: Step) -> Vec<Effect> {
        // A record that is under way is finished; anything else ends here when the process is asked to.
        if self.stopping && step != Step::Recording {
            return self.interrupt(now, index);
        }
        match step {
            Step::SavingState => self.step(index, Step::CreatingRevision),
            Step::CreatingRevision => self.hooks_before(index, 0),
            Step::HookBefore(n) => self.hooks_before(index, n + 1),
            Step::Applying => {
                let mut effects = self.step(index, Step::Waiting);
                if self.spec.stages[index].changes > 0 {
                    // What was seen before the writes says nothing about them.
                    self.scene.observation = None;
                }
                effects.extend(self.look(now, index));
                effects
            }
            Step::Waiting => self.ready(now, index),
            Step::Pruning => self.hooks_after(index, 0),
            Step::HookAfter(n) => self.hooks_after(index, n + 1),
            Step::Recording => self.done(now, index),
        }
    }

    fn hooks_before(&mut self, index: usize, next: usize) -> Vec<Effect> {
        if next < self.spec.stages[index].hooks_before.len() {
            self.step(index, Step::HookBefore(next))
        } else {
            self.step(index, Step::Applying)
        }
    }

    fn hooks_after(&mut self, index: usize, next: usize) -> Vec<Effect> {
        if next < self.spec.stages[index].hooks_after.len() {
            self.step(index, Step::HookAfter(next))
        } else {
            self.step(index, Step::Recording)
        }
    }

    fn ready(&mut self, now: Seconds, index: usize) -> Vec<Effect> {
        let mut effects = vec![Effect::StopObserving];
        let stage = &self.spec.stages[index];
        effects.extend(if !stage.writes() {
            self.done(now, index)
        } else if stage.leaving.is_empty() {
            self.hooks_after(index, 0)
        } else {
            self.step(index, Step::Pruning)
        });
        effects
    }

    fn done(&mut self, now: Seconds, index: usize) -> Vec<Effect> {
        let progress = &mut self.stages[index];
        progress.status = StageStatus::Done;
        progress.ended = Some(now);
        progress.waits_for.clear();
        self.enter(now, index + 1)
    }

    pub(super) fn skip(&mut self, now: Seconds, index: usize) -> Vec<Effect> {
        self.cause = None;
        let progress = &mut self.stages[index];
        progress.status = StageStatus::Skipped;
        progress.ended = progress.began.map(|_| now);
        progress.waits_for.clear();
        self.enter(now, index + 1)
    }

    pub(super) fn object_applied(&mut self, stage: usize) -> Vec<Effect> {
        if let State::Stage {
            index,
            step: Step::Applying,
        } = self.state
            && index == stage
        {
            self.stages[index].applied += 1;
        }
        Vec::new()
    }

    pub(super) fn observed(
        &mut self,
        now: Seconds,
        stage: usize,
        observation: Box<Observation>,
    ) -> Vec<Effect> {
        let State::Stage { index, step } = self.state else {
            return Vec::new();
        };
        if index != stage || !matches!(step, Step::Applying | Step::Waiting) {
            return Vec::new();
        }
        if !std::mem::replace(&mut self.scene.past_taken, true) {
            self.judge.take_past(&observation);
        }
        self.scene.observation = Some(observation);
        if step == Step::Waiting {
            self.look(now, index)
        } else {
            Vec::new()
        }
    }

    /// Judges the stage by what was observed last.
    pub(super) fn look(&mut self, now: Seconds, index: usize) -> Vec<Effect> {
        let Some(observation) = self.scene.observation.take() else {
            return Vec::new();
        };
        let report = self.judge.look(now, &observation);
        self.scene.observation = Some(observation);
        let verdict = report.verdict.clone();
        self.show(index, report);
        match verdict {
            Verdict::Waiting => self.follow(now, index),
            Verdict::Ready => self.after(now, index, Step::Waiting),
            Verdict::Failed(cause) => self.fail_by(now, index, *cause),
        }
    }

    fn show(&mut self, index: usize, report: Report) {
        let progress = &mut self.stages[index];
        progress.ready = report.ready;
        progress.waits_for = report.waits_for;
        progress.warnings = report.warnings;
        self.scene.pods = report.pods;
        self.scene.events = report.events;
        self.scene.follow = report.follow;
    }

    /// Reads the log of the container that matters most again, one read at a time.
    fn follow(&mut self, now: Seconds, index: usize) -> Vec<Effect> {
        let due = now.saturating_sub(self.scene.last_fetch) >= FOLLOW || self.scene.log.is_none();
        match self.scene.follow.clone() {
            Some(container) if due && self.scene.fetching.is_none() => {
                self.scene.last_fetch = now;
                vec![self.fetch(index, container)]
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn fetch(&mut self, stage: usize, of: ContainerRef) -> Effect {
        self.scene.fetching = Some(of.clone());
        Effect::FetchLogs {
            stage,
            pod: of.pod,
            container: of.container,
            previous: of.previous,
        }
    }

    pub(super) fn logs(&mut self, now: Seconds, stage: usize, tail: LogTail) -> Vec<Effect> {
        let wanted = self
            .scene
            .fetching
            .take_if(|of| of.pod == tail.pod && of.container == tail.container)
            .is_some();
        match self.state {
            State::Failing { index, log: true, .. } if index == stage && wanted => {
                self.failure_log(now, index, tail)
            }
            State::Stage { index, .. } if index == stage && wanted => {
                self.scene.log = Some(tail);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}
