//! The stage machine: which event is expected in which state, and what follows from it.
//!
//! An event that does not fit the state is ignored: answers to what is no longer wanted, timers that are stale, commands
//! that the board does not offer. How a stage runs lies in [`stage`], what happens after a failure in [`failure`], what
//! a person sees in [`view`].

mod failure;
mod stage;
mod view;

#[cfg(test)]
mod tests;

use super::board::{CauseCard, EventRow, LogTail, Outcome, PodRow, StageStatus};
use super::readiness::{ContainerRef, Judge, Limits, Observation};
use super::{Command, Effect, Event, Extent, RolloutSpec, Seconds, TimerId};

/// How often a running rollout looks at the clock, in seconds.
const HEARTBEAT: Seconds = 1;

/// Where the rollout stands.
#[derive(Debug, Clone, PartialEq)]
enum State {
    Ready,
    Leasing,
    Stage { index: usize, step: Step },
    Paused { before: usize },
    Failing { index: usize, log: bool, record: bool },
    Deciding { index: usize },
    RollingBack { index: usize, extent: Extent },
    Closing(Outcome),
    Finished(Outcome),
}

/// Where a running stage stands: each step waits for one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    SavingState,
    CreatingRevision,
    HookBefore(usize),
    Applying,
    Waiting,
    Pruning,
    HookAfter(usize),
    Recording,
}

/// What is known of a stage beyond its specification.
#[derive(Debug)]
struct Progress {
    status: StageStatus,
    began: Option<Seconds>,
    ended: Option<Seconds>,
    applied: usize,
    ready: Option<(u32, u32)>,
    waits_for: Vec<String>,
    warnings: Vec<String>,
    revision: Option<i64>,
    /// Whether anything of it may have been written since it last was as recorded.
    touched: bool,
}

impl Progress {
    const fn new() -> Self {
        Self {
            status: StageStatus::Pending,
            began: None,
            ended: None,
            applied: 0,
            ready: None,
            waits_for: Vec::new(),
            warnings: Vec::new(),
            revision: None,
            touched: false,
        }
    }
}

/// What the current stage shows.
#[derive(Debug, Default)]
struct Scene {
    pods: Vec<PodRow>,
    events: Vec<EventRow>,
    log: Option<LogTail>,
    /// Whose log is being fetched.
    fetching: Option<ContainerRef>,
    last_fetch: Seconds,
    follow: Option<ContainerRef>,
    observation: Option<Box<Observation>>,
    /// Whether the judge knows what had happened before the stage.
    past_taken: bool,
}

/// A rollout: what it was told, and where it stands.
#[derive(Debug)]
pub struct Rollout {
    spec: RolloutSpec,
    state: State,
    stages: Vec<Progress>,
    scene: Scene,
    judge: Judge,
    cause: Option<CauseCard>,
    started: Option<Seconds>,
    ended: Option<Seconds>,
    /// A person wants it to stop before the next stage.
    pausing: bool,
    /// The process is asked to end.
    stopping: bool,
    /// How many timers were started; the number names the newest.
    timers: u64,
    heartbeat: Option<TimerId>,
}

impl Rollout {
    /// A rollout that has not started.
    #[must_use]
    pub fn new(spec: RolloutSpec) -> Self {
        let limits = Limits {
            timeout: spec.stage_timeout,
            silence: Limits::SILENCE,
        };
        let stages = spec.stages.iter().map(|_| Progress::new()).collect();
        Self {
            spec,
            state: State::Ready,
            stages,
            scene: Scene::default(),
            judge: Judge::new(limits),
            cause: None,
            started: None,
            ended: None,
            pausing: false,
            stopping: false,
            timers: 0,
            heartbeat: None,
        }
    }

    /// Takes an event that happened at `now`, and says what to do.
    pub fn handle(&mut self, now: Seconds, event: Event) -> Vec<Effect> {
        let mut effects = self.react(now, event);
        if matches!(self.state, State::Finished(_)) {
            self.heartbeat = None;
        } else if self.wants_heartbeat() && self.heartbeat.is_none() {
            effects.push(self.start_heartbeat());
        }
        effects
    }

    fn react(&mut self, now: Seconds, event: Event) -> Vec<Effect> {
        match event {
            Event::Start(approved) => self.start(now, approved.release()),
            Event::Cancelled => self.cancel(now),
            Event::Timer(id) => self.timer(now, id),
            Event::Person(command) => self.person(now, command),
            Event::LeaseLost(failure) => self.lease_lost(now, &failure),
            Event::Lease(result) => self.leased(now, result),
            Event::Closed(result) => self.closed(now, result),
            Event::RolledBack(result) => self.rolled_back(now, result),
            Event::FailureRecorded { stage, result } => self.failure_recorded(now, stage, result),
            Event::Logs {
                stage,
                pod,
                container,
                lines,
            } => self.logs(
                now,
                stage,
                LogTail {
                    pod,
                    container,
                    lines,
                },
            ),
            Event::ObjectApplied { stage, .. } => self.object_applied(stage),
            Event::Observed { stage, observation } => self.observed(now, stage, observation),
            Event::StateSaved(result) => self.answer(now, None, Step::SavingState, result.map(|()| None)),
            Event::RevisionCreated { stage, result } => {
                self.answer(now, Some(stage), Step::CreatingRevision, result.map(Some))
            }
            Event::HookFinished { stage, hook, result } => self.hook_finished(now, stage, &hook, result),
            Event::StageApplied { stage, result } => {
                self.answer(now, Some(stage), Step::Applying, result.map(|()| None))
            }
            Event::Pruned { stage, result } => {
                self.answer(now, Some(stage), Step::Pruning, result.map(|()| None))
            }
            Event::Recorded { stage, result } => {
                self.answer(now, Some(stage), Step::Recording, result.map(|()| None))
            }
        }
    }

    /// A rollout starts once, for the release it was approved for, and only if it has something to write.
    fn start(&mut self, now: Seconds, approved_for: &str) -> Vec<Effect> {
        if self.state != State::Ready || approved_for != self.spec.release {
            return Vec::new();
        }
        self.started = Some(now);
        if !self.spec.writes() {
            return self.finish(now, Outcome::Unchanged);
        }
        self.state = State::Leasing;
        vec![Effect::AcquireLease]
    }

    fn leased(&mut self, now: Seconds, result: Result<(), super::Failure>) -> Vec<Effect> {
        if self.state != State::Leasing {
            return Vec::new();
        }
        match result {
            Err(failure) => {
                self.cause = Some(self.card(None, failure));
                self.finish(now, Outcome::Failed)
            }
            Ok(()) if self.stopping => self.close(Outcome::Interrupted),
            Ok(()) => self.enter(now, 0),
        }
    }

    fn close(&mut self, outcome: Outcome) -> Vec<Effect> {
        let ended = matches!(
            outcome,
            Outcome::Completed | Outcome::RolledBack | Outcome::Unchanged
        );
        self.state = State::Closing(outcome);
        vec![Effect::Close { ended }]
    }

    fn closed(&mut self, now: Seconds, result: Result<(), super::Failure>) -> Vec<Effect> {
        let State::Closing(outcome) = self.state.clone() else {
            return Vec::new();
        };
        if let (Err(failure), None) = (result, &self.cause) {
            self.cause = Some(self.card(None, failure));
        }
        self.finish(now, outcome)
    }

    fn finish(&mut self, now: Seconds, outcome: Outcome) -> Vec<Effect> {
        self.ended = Some(now);
        self.state = State::Finished(outcome.clone());
        vec![Effect::Finish(outcome)]
    }

    /// Asks for the end: what runs is brought to a point where the record is complete.
    fn cancel(&mut self, now: Seconds) -> Vec<Effect> {
        self.stopping = true;
        match self.state.clone() {
            State::Ready => self.finish(now, Outcome::Interrupted),
            State::Paused { .. } | State::Deciding { .. } => self.close(Outcome::Interrupted),
            State::Stage {
                index,
                step: Step::Waiting,
            } => self.interrupt(now, index),
            // Everything else waits for an answer that is under way; what comes after it sees the flag.
            _ => Vec::new(),
        }
    }

    /// Somebody else may be writing: nothing more is written, not even a record.
    fn lease_lost(&mut self, now: Seconds, failure: &super::Failure) -> Vec<Effect> {
        let stage = match self.state {
            State::Ready | State::Leasing | State::Closing(_) | State::Finished(_) => return Vec::new(),
            State::Stage { index, .. }
            | State::Failing { index, .. }
            | State::Deciding { index }
            | State::RollingBack { index, .. } => index,
            State::Paused { before } => before,
        };
        if let Some(progress) = self.stages.get_mut(stage)
            && progress.began.is_some()
        {
            progress.status = StageStatus::Failed;
            progress.ended = Some(now);
        }
        self.cause = Some(self.card(Some(stage), failure.clone()));
        let mut effects = vec![Effect::StopObserving];
        effects.extend(self.close(Outcome::Failed));
        effects
    }

    fn person(&mut self, now: Seconds, command: Command) -> Vec<Effect> {
        if !self.choices().iter().any(|choice| choice.command == command) {
            return Vec::new();
        }
        match (self.state.clone(), command) {
            (State::Stage { .. }, Command::Pause) => self.set_pausing(true),
            (State::Stage { .. }, Command::Resume) => self.set_pausing(false),
            (State::Paused { before }, Command::Resume) => self.begin(now, before),
            (State::Paused { before: index } | State::Deciding { index }, Command::Skip) => {
                self.skip(now, index)
            }
            (State::Deciding { index }, Command::Retry) => self.begin(now, index),
            (State::Paused { .. } | State::Deciding { .. }, Command::Abort) => self.close(Outcome::Aborted),
            (State::Deciding { index }, Command::RollbackStage) => {
                self.roll_back(index, Extent::Stage(index))
            }
            (State::Paused { before: index } | State::Deciding { index }, Command::RollbackAll) => {
                self.roll_back(index, Extent::All)
            }
            _ => Vec::new(),
        }
    }

    fn set_pausing(&mut self, pausing: bool) -> Vec<Effect> {
        self.pausing = pausing;
        Vec::new()
    }

    const fn wants_heartbeat(&self) -> bool {
        matches!(
            self.state,
            State::Leasing | State::Stage { .. } | State::Failing { .. } | State::RollingBack { .. }
        )
    }

    fn start_heartbeat(&mut self) -> Effect {
        self.timers += 1;
        let id = TimerId(self.timers);
        self.heartbeat = Some(id);
        Effect::StartTimer { id, after: HEARTBEAT }
    }

    fn timer(&mut self, now: Seconds, id: TimerId) -> Vec<Effect> {
        if self.heartbeat != Some(id) {
            return Vec::new();
        }
        self.heartbeat = None;
        match self.state {
            State::Stage {
                index,
                step: Step::Waiting,
            } => self.look(now, index),
            _ => Vec::new(),
        }
    }
}
