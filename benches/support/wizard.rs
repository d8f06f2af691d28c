//! The wizard as its loop runs it, with a terminal in memory: a key goes in, a finished frame comes out.

use super::charts;
use mesh_tui::profile;
use mesh_tui::runtime::wizard::{Driver, offered, setup};
use mesh_tui::sandbox::Speed;
use mesh_tui::tui::app::{Action, App};
use mesh_tui::tui::key::Key;
use mesh_tui::tui::theme::Theme;
use mesh_tui::tui::view;
use mesh_tui::wizard::facts::{ClusterRef, Wishes};
use mesh_tui::wizard::field::{Focus, Slot};
use mesh_tui::wizard::preview::Sureness;
use mesh_tui::wizard::{Event, State, Step, start};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

/// Columns and rows of the terminal.
pub const SIZE: (u16, u16) = (200, 60);
/// How long an answer of the sandbox may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The wizard on a sandbox of its own. The sandbox moves only while an answer is waited for, so that nothing of it is in
/// the time of a key press.
pub struct Wizard {
    /// What is drawn.
    pub app: App,
    driver: Driver,
    terminal: Terminal<TestBackend>,
    runtime: Runtime,
    /// What the driver reads beside the wizard.
    tasks: LocalSet,
}

impl Wizard {
    /// A wizard with a profile's values, connected to a scenario; the choices have been compared with its cluster.
    pub fn connected(scenario: &str, profile: &str) -> Self {
        let chart = charts::embedded();
        let mut profiles: Vec<_> = profile::list().profiles.into_iter().map(offered).collect();
        for profile in &mut profiles {
            // Nobody is there to go on.
            profile.pause_between_stages = false;
        }
        let wishes = Wishes {
            cluster: Some(ClusterRef::Sandbox(scenario.to_owned())),
            release: Some(charts::RELEASE.to_owned()),
            profile: Some(profile.to_owned()),
            ..Wishes::default()
        };
        let setup = setup(&chart, profiles, wishes).expect("the chart has readable values");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime starts");
        let driver = runtime.block_on(async { Driver::new(chart, None, Speed::INSTANT) });
        let backend = TestBackend::new(SIZE.0, SIZE.1);
        let mut wizard = Self {
            app: App::new(State::new(setup), Theme::new(true)),
            driver,
            terminal: Terminal::new(backend).expect("memory can be drawn on"),
            runtime,
            tasks: LocalSet::new(),
        };
        let effects = start(&mut wizard.app.wizard);
        wizard.perform(effects.into_iter().map(Action::Perform).collect());
        wizard.until("a plan", is_compared);
        wizard.draw();
        wizard
    }

    /// Rolls everything out and waits until the release that then exists has been compared with the choices.
    pub fn roll_out(&mut self) {
        self.event(Event::Jump(Step::Review));
        self.until("a plan that can be approved", |state| state.blocked().is_none());
        self.event(Event::Approve);
        self.until("the rollout", |state| state.step == Step::Rollout);
        self.until("its end", |state| {
            state.target.existing().is_some() && is_compared(state)
        });
    }

    /// Goes to the field of a value on a step.
    pub fn focus(&mut self, step: Step, path: &str) {
        self.event(Event::Jump(step));
        let slot = Slot::Value(path.to_owned());
        self.event(Event::Focus(Focus { slot, entry: 0 }));
    }

    /// What the loop does for a key: the key, what follows from it within the frame, and the frame.
    pub fn press(&mut self, key: Key) {
        let actions = self.app.key(key);
        self.perform(actions);
        self.draw();
    }

    /// Lets what was begun go on for a moment: timers, watches, answers.
    pub fn idle(&mut self) {
        self.tasks.block_on(&self.runtime, tokio::task::yield_now());
    }

    /// How many objects the plan is about.
    pub fn objects(&self) -> usize {
        let plan = self.app.wizard.preview.plan.as_ref();
        plan.map_or(0, |plan| plan.changes().count())
    }

    fn event(&mut self, event: Event) {
        let actions = self.app.wizard_event(event);
        self.perform(actions);
    }

    fn draw(&mut self) {
        let app = &self.app;
        let drawn = self.terminal.draw(|frame| view::draw(frame, app));
        let height = drawn.expect("memory can be drawn on").area.height;
        self.app.page = usize::from(height).saturating_sub(4);
    }

    fn perform(&mut self, actions: Vec<Action>) {
        let _within = (self.runtime.enter(), self.tasks.enter());
        let mut queue = VecDeque::from(actions);
        while let Some(action) = queue.pop_front() {
            if let Action::Perform(effect) = action
                && let Some(event) = self.driver.perform(effect)
            {
                queue.extend(self.app.wizard_event(event));
            }
        }
    }

    fn until(&mut self, what: &str, done: impl Fn(&State) -> bool) {
        while !done(&self.app.wizard) {
            let next = async { tokio::time::timeout(PATIENCE, self.driver.next()).await };
            match self.tasks.block_on(&self.runtime, next) {
                Ok(Some(event)) => self.event(event),
                _ => panic!("{what} never came: {:?}", self.app.wizard.blocked()),
            }
        }
    }
}

/// Whether the choices have been compared with the live objects.
fn is_compared(state: &State) -> bool {
    let sureness = &state.preview.sureness;
    matches!(sureness, Sureness::Confirmed)
        || matches!(sureness, Sureness::Predicted) && !state.target.namespace_exists
}
