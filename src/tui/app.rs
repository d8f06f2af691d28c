//! What the screens show: the wizard's state, and where the person looks at it. Keys become commands here, commands
//! become events of the wizard or another view; nothing is performed.

use super::command::{self, Id};
use super::key::Key;
use super::screens::diff::DiffView;
use super::screens::palette::Palette;
use super::screens::values::ValuesEditor;
use super::theme::Theme;
use crate::rollout::Command as Decision;
use crate::wizard::field::Focus;
use crate::wizard::input::Edit;
use crate::wizard::{Effect, Event, State, Step, update};
use crossterm::event::KeyCode;

/// What fills the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The step.
    Step,
    /// The diff.
    Diff,
    /// The choices as YAML.
    Values,
}

/// What lies over the screen.
#[derive(Debug, Clone)]
pub enum Popup {
    /// The keys of this screen; scrolled by so many rows.
    Help(usize),
    /// All commands by name.
    Palette(Palette),
    /// A question before a deed.
    Confirm(Question),
}

/// A question before a deed that cannot simply be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Whether to roll out what the review shows.
    RollOut,
    /// Whether to leave while choices would be lost.
    Leave,
    /// Whether to leave while a rollout runs.
    LeaveRollout,
    /// Whether to decide so about the rollout.
    Decide(Decision),
}

/// What is to be done outside of the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// An effect of the wizard.
    Perform(Effect),
    /// Put the program into the background.
    Suspend,
    /// Leave.
    Quit,
}

/// Everything that is drawn.
#[derive(Debug, Clone)]
pub struct App {
    /// The wizard.
    pub wizard: State,
    /// What fills the screen.
    pub view: View,
    /// What lies over it.
    pub popup: Option<Popup>,
    /// The diff.
    pub diff: DiffView,
    /// The choices as YAML.
    pub values: ValuesEditor,
    /// How far the panel beside the form is scrolled.
    pub panel_scroll: usize,
    /// The colours.
    pub theme: Theme,
    /// How many rows a page has, as the last frame told.
    pub page: usize,
}

impl App {
    /// An app on the wizard's first step.
    #[must_use]
    pub fn new(wizard: State, theme: Theme) -> Self {
        Self {
            wizard,
            view: View::Step,
            popup: None,
            diff: DiffView::default(),
            values: ValuesEditor::default(),
            panel_scroll: 0,
            theme,
            page: 20,
        }
    }

    /// Whether letters that are typed now are text.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        match (&self.popup, self.view) {
            (Some(Popup::Palette(_)), _) | (None, View::Values) => true,
            (Some(_), _) => false,
            (None, View::Diff) => self.diff.is_finding(),
            (None, View::Step) => self.wizard.is_typing(),
        }
    }

    /// Takes an event of the wizard into its state.
    pub fn wizard_event(&mut self, event: Event) -> Vec<Action> {
        let effects = update(&mut self.wizard, event);
        self.diff.follow(&self.wizard.preview);
        effects.into_iter().map(Action::Perform).collect()
    }

    /// A key was pressed.
    pub fn key(&mut self, key: Key) -> Vec<Action> {
        if let Some(command) = command::by_key(self, key) {
            return self.run(command.id);
        }
        if self.is_typing() {
            self.type_key(key)
        } else {
            Vec::new()
        }
    }

    /// Text was pasted.
    pub fn paste(&mut self, text: &str) -> Vec<Action> {
        if !self.is_typing() {
            return Vec::new();
        }
        if self.popup.is_none() && self.view == View::Values {
            self.values.insert(text);
            return Vec::new();
        }
        self.edit(&Edit::Insert(text.to_owned()))
    }

    fn type_key(&mut self, key: Key) -> Vec<Action> {
        if self.popup.is_none() && self.view == View::Values {
            self.values.key(key);
            return Vec::new();
        }
        let edit = match (key.code(), key.has_ctrl()) {
            (KeyCode::Char('w'), true) => Edit::DeleteWord,
            (KeyCode::Char('u'), true) => Edit::Clear,
            (KeyCode::Char('a'), true) | (KeyCode::Home, _) => Edit::Home,
            (KeyCode::End, _) => Edit::End,
            (KeyCode::Backspace, _) => Edit::Backspace,
            (KeyCode::Delete, _) => Edit::Delete,
            (KeyCode::Left, _) => Edit::Left,
            (KeyCode::Right, _) => Edit::Right,
            _ => match key.typed() {
                Some(c) => Edit::Insert(c.to_string()),
                None => return Vec::new(),
            },
        };
        self.edit(&edit)
    }

    fn edit(&mut self, edit: &Edit) -> Vec<Action> {
        match (&mut self.popup, self.view) {
            (Some(Popup::Palette(palette)), _) => palette.edit(edit),
            (None, View::Diff) => self.diff.edit(edit),
            (None, View::Step) => return self.wizard_event(Event::Edit(edit.clone())),
            _ => {}
        }
        Vec::new()
    }

    /// Runs a command of the registry.
    pub fn run(&mut self, id: Id) -> Vec<Action> {
        match id {
            Id::Down => return self.vertical(1),
            Id::Up => return self.vertical(-1),
            Id::PageDown => return self.page(1),
            Id::PageUp => return self.page(-1),
            Id::Top => self.diff.to(0),
            Id::Bottom => self.diff.to(usize::MAX),
            Id::Left | Id::Right if self.view == View::Diff => self.diff.fold(Some(id == Id::Right)),
            Id::Left | Id::Right => {
                let forward = id == Id::Right;
                return self.wizard_event(Event::Cycle { forward });
            }
            Id::Toggle if self.view == View::Diff => self.diff.fold(None),
            Id::Toggle => return self.wizard_event(Event::Toggle),
            Id::NextField => return self.wizard_event(Event::NextField),
            Id::PreviousField => return self.wizard_event(Event::PreviousField),
            Id::Continue => return self.stepped(Event::Next),
            Id::TakeOver => return self.wizard_event(Event::TakeOver),
            // Enter led here through the steps: one more of it, typed ahead, must not be enough. Where the release's name
            // is typed, that is the answer.
            Id::Approve if self.wizard.is_guarded() => return self.stepped(Event::Approve),
            Id::Approve => self.ask(Question::RollOut),
            Id::Mend => return self.mend(),
            Id::GoTo(step) => return self.stepped(Event::Jump(step)),
            Id::Back => return self.back(),
            Id::Reset => return self.wizard_event(Event::Reset),
            Id::Refresh => return self.wizard_event(Event::Refresh),
            Id::Pause => return self.decide(Decision::Pause),
            Id::Resume => return self.decide(Decision::Resume),
            Id::Retry => return self.decide(Decision::Retry),
            Id::Skip => return self.decide(Decision::Skip),
            Id::RollBackStage => return self.decide(Decision::RollbackStage),
            Id::RollBackAll => self.ask(Question::Decide(Decision::RollbackAll)),
            Id::Abort => self.ask(Question::Decide(Decision::Abort)),
            Id::Diff => {
                self.diff.follow(&self.wizard.preview);
                self.view = View::Diff;
            }
            Id::Detail => self.diff.switch_detail(),
            Id::UnfoldAll => self.diff.unfold_all(),
            Id::Find => self.diff.start_finding(),
            Id::Found => self.diff.found(),
            Id::FindNext => self.diff.next_match(true),
            Id::FindPrevious => self.diff.next_match(false),
            Id::Values => {
                self.values.open(&self.wizard.overlay);
                self.view = View::Values;
            }
            Id::Apply => {
                if let Some(overlay) = self.values.read() {
                    self.view = View::Step;
                    return self.wizard_event(Event::ReplaceOverlay(overlay));
                }
            }
            Id::Help => self.popup = Some(Popup::Help(0)),
            Id::Palette => self.popup = Some(Popup::Palette(Palette::new(self))),
            Id::Run => return self.run_from_palette(),
            Id::Yes => return self.yes(),
            Id::Close => self.popup = None,
            Id::Suspend => return vec![Action::Suspend],
            Id::Quit => return self.quit(),
        }
        Vec::new()
    }

    fn stepped(&mut self, event: Event) -> Vec<Action> {
        let before = self.wizard.step;
        let actions = self.wizard_event(event);
        if self.wizard.step != before {
            self.panel_scroll = 0;
        }
        actions
    }

    fn mend(&mut self) -> Vec<Action> {
        let Some((step, field)) = self.wizard.problems().into_iter().next() else {
            return Vec::new();
        };
        let mut actions = self.stepped(Event::Jump(step));
        let slot = field.slot;
        actions.extend(self.wizard_event(Event::Focus(Focus { slot, entry: 0 })));
        actions
    }

    fn decide(&mut self, decision: Decision) -> Vec<Action> {
        self.wizard_event(Event::Rollout(decision))
    }

    fn ask(&mut self, question: Question) {
        self.popup = Some(Popup::Confirm(question));
    }

    fn run_from_palette(&mut self) -> Vec<Action> {
        let chosen = match &self.popup {
            Some(Popup::Palette(palette)) => palette.chosen(),
            _ => None,
        };
        self.popup = None;
        match chosen {
            Some(id) => self.run(id),
            None => Vec::new(),
        }
    }

    fn yes(&mut self) -> Vec<Action> {
        match self.popup.take() {
            Some(Popup::Confirm(Question::RollOut)) => self.stepped(Event::Approve),
            Some(Popup::Confirm(Question::Decide(decision))) => self.decide(decision),
            Some(Popup::Confirm(Question::Leave | Question::LeaveRollout)) => vec![Action::Quit],
            other => {
                self.popup = other;
                Vec::new()
            }
        }
    }

    /// Leaves; asks before where something would be lost, and takes a second one as the answer.
    fn quit(&mut self) -> Vec<Action> {
        if matches!(
            self.popup,
            Some(Popup::Confirm(Question::Leave | Question::LeaveRollout))
        ) {
            return vec![Action::Quit];
        }
        if self.wizard.is_rolling() {
            self.ask(Question::LeaveRollout);
        } else if crate::wizard::overlay::count(&self.wizard.overlay) > 0 && self.wizard.step < Step::Rollout
        {
            self.ask(Question::Leave);
        } else {
            return vec![Action::Quit];
        }
        Vec::new()
    }

    fn back(&mut self) -> Vec<Action> {
        match self.view {
            View::Diff if self.diff.leave_finding() => Vec::new(),
            View::Diff | View::Values => {
                self.view = View::Step;
                Vec::new()
            }
            View::Step => self.stepped(Event::Back),
        }
    }

    fn vertical(&mut self, by: isize) -> Vec<Action> {
        match &mut self.popup {
            Some(Popup::Help(scroll)) => *scroll = scroll.saturating_add_signed(by),
            Some(Popup::Palette(palette)) => palette.step(by),
            Some(Popup::Confirm(_)) => {}
            None if self.view == View::Diff => self.diff.step(by),
            None if self.wizard.step.is_form() => {
                return self.wizard_event(if by > 0 { Event::Down } else { Event::Up });
            }
            None => self.panel_scroll = self.panel_scroll.saturating_add_signed(by),
        }
        Vec::new()
    }

    fn page(&mut self, direction: isize) -> Vec<Action> {
        let by = direction * isize::try_from(self.page.max(2) - 1).unwrap_or(1);
        if self.view == View::Diff {
            self.diff.step(by);
        } else {
            self.panel_scroll = self.panel_scroll.saturating_add_signed(by);
        }
        Vec::new()
    }
}
