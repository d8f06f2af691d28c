//! The one registry of commands: id, name, doc, default keys, and when each is there.
//!
//! Dispatch, footer, help and palette all read it; there is no other place where a key means something, except that
//! letters are text in a field that is typed.

use super::app::{App, Popup, View};
use super::key::Key;
use crate::rollout;
use crate::wizard::Step;
use crossterm::event::KeyCode;

/// What a person can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the registry below documents each")]
pub enum Id {
    Continue,
    Approve,
    Mend,
    TakeOver,
    Back,
    Toggle,
    NextField,
    PreviousField,
    Down,
    Up,
    Left,
    Right,
    PageDown,
    PageUp,
    Top,
    Bottom,
    Reset,
    Diff,
    Detail,
    UnfoldAll,
    Values,
    Apply,
    Find,
    Found,
    FindNext,
    FindPrevious,
    Refresh,
    Pause,
    Resume,
    Retry,
    Skip,
    RollBackStage,
    RollBackAll,
    Abort,
    Run,
    Yes,
    Close,
    Help,
    Palette,
    GoTo(Step),
    Suspend,
    Quit,
}

/// A command.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// What it does, for dispatch.
    pub id: Id,
    /// Its name in the footer: one or two words.
    pub name: &'static str,
    /// What it does, for help and palette.
    pub doc: &'static str,
    /// The keys that call it, the one that is shown first.
    pub keys: &'static [Key],
    /// When it is there.
    pub when: fn(&App) -> bool,
    /// Whether the footer shows it.
    pub footer: bool,
}

const fn k(code: KeyCode) -> Key {
    Key::plain(code)
}

const fn c(c: char) -> Key {
    Key::char(c)
}

/// All commands, in the order in which the footer shows them.
pub const COMMANDS: &[Command] = &[
    // Popups.
    command(
        Id::Yes,
        "yes, do it",
        "Do what is asked about",
        &[c('y')],
        |app| matches!(app.popup, Some(Popup::Confirm(_))),
        true,
    ),
    command(
        Id::Run,
        "run",
        "Run the selected command",
        &[k(KeyCode::Enter)],
        in_palette,
        true,
    ),
    // The deed of a screen.
    command(
        Id::Approve,
        "approve and roll out",
        "Approve the plan as shown and start the rollout",
        &[k(KeyCode::Enter)],
        |app| on_review(app) && !app.wizard.is_rolling() && app.wizard.blocked().is_none(),
        true,
    ),
    command(
        Id::Mend,
        "to the first mistake",
        "Go to the first answer that is missing or wrong",
        &[k(KeyCode::Enter)],
        |app| on_review(app) && !app.wizard.is_rolling() && !app.wizard.problems().is_empty(),
        true,
    ),
    command(
        Id::TakeOver,
        "take over",
        "Take over the fields that others have changed, or leave them again",
        &[c('t'), Key::ctrl('t')],
        |app| on_review(app) && !app.wizard.conflicts().is_empty(),
        true,
    ),
    command(
        Id::Resume,
        "go on",
        "Go on with the next stage",
        &[k(KeyCode::Enter), c('p')],
        |app| offers(app, rollout::Command::Resume),
        true,
    ),
    command(
        Id::Pause,
        "pause",
        "Stop before the next stage",
        &[c('p')],
        |app| offers(app, rollout::Command::Pause),
        true,
    ),
    command(
        Id::Retry,
        "retry",
        "Run the failed stage again",
        &[c('r')],
        |app| offers(app, rollout::Command::Retry),
        true,
    ),
    command(
        Id::Skip,
        "skip",
        "Leave the stage as it is and go on with the next",
        &[c('s')],
        |app| offers(app, rollout::Command::Skip),
        true,
    ),
    command(
        Id::RollBackStage,
        "roll back stage",
        "Take this stage back to what was deployed before it",
        &[c('b')],
        |app| offers(app, rollout::Command::RollbackStage),
        true,
    ),
    command(
        Id::RollBackAll,
        "roll back all",
        "Take everything back to what was deployed before the rollout",
        &[c('B')],
        |app| offers(app, rollout::Command::RollbackAll),
        true,
    ),
    command(
        Id::Abort,
        "abort",
        "End the rollout here and leave what was done",
        &[c('a')],
        |app| offers(app, rollout::Command::Abort),
        true,
    ),
    command(
        Id::Apply,
        "apply",
        "Take these values as your choices",
        &[Key::ctrl('s')],
        in_values,
        true,
    ),
    command(
        Id::Toggle,
        "choose",
        "Switch, or choose what has the focus",
        &[c(' ')],
        can_toggle,
        true,
    ),
    command(
        Id::Toggle,
        "fold",
        "Fold or unfold",
        &[c(' '), k(KeyCode::Enter)],
        in_diff,
        true,
    ),
    command(
        Id::NextField,
        "next field",
        "Go to the next field",
        &[k(KeyCode::Tab)],
        on_form,
        true,
    ),
    command(
        Id::PreviousField,
        "previous field",
        "Go to the field before",
        &[k(KeyCode::BackTab)],
        on_form,
        false,
    ),
    command(
        Id::Continue,
        "next step",
        "Go on to the next step",
        &[k(KeyCode::Enter)],
        can_continue,
        true,
    ),
    command(
        Id::Close,
        "close",
        "Close this and come back to where you were",
        &[k(KeyCode::Esc)],
        has_popup,
        true,
    ),
    command(
        Id::Back,
        "back",
        "Leave this screen, or go back one step",
        &[k(KeyCode::Esc)],
        can_go_back,
        true,
    ),
    // Moving.
    command(
        Id::Down,
        "down",
        "Move down",
        &[k(KeyCode::Down), c('j')],
        moves,
        false,
    ),
    command(Id::Up, "up", "Move up", &[k(KeyCode::Up), c('k')], moves, false),
    command(
        Id::Left,
        "left",
        "The word before; fold",
        &[k(KeyCode::Left), c('h')],
        sideways,
        false,
    ),
    command(
        Id::Right,
        "right",
        "The next word; unfold",
        &[k(KeyCode::Right), c('l')],
        sideways,
        false,
    ),
    command(
        Id::PageDown,
        "page down",
        "Move down by a page",
        &[k(KeyCode::PageDown), Key::ctrl('f')],
        pages,
        false,
    ),
    command(
        Id::PageUp,
        "page up",
        "Move up by a page",
        &[k(KeyCode::PageUp), Key::ctrl('b')],
        pages,
        false,
    ),
    command(
        Id::Top,
        "top",
        "Move to the first row",
        &[k(KeyCode::Home), c('g')],
        in_diff,
        false,
    ),
    command(
        Id::Bottom,
        "bottom",
        "Move to the last row",
        &[k(KeyCode::End), c('G')],
        in_diff,
        false,
    ),
    command(
        Id::Reset,
        "default",
        "Take the choice back: the default holds again",
        &[Key::ctrl('r')],
        can_reset,
        true,
    ),
    // Views.
    command(
        Id::Diff,
        "diff",
        "Show everything that changes",
        &[c('d'), Key::ctrl('d')],
        can_diff,
        true,
    ),
    command(
        Id::Detail,
        "fields / text",
        "Show changes field by field, or as text",
        &[c('u')],
        in_diff,
        true,
    ),
    command(
        Id::UnfoldAll,
        "unfold all",
        "Unfold every object, or fold them again",
        &[c('o')],
        in_diff,
        true,
    ),
    command(
        Id::Find,
        "find",
        "Find a text in the diff",
        &[c('/')],
        in_diff,
        true,
    ),
    command(
        Id::Found,
        "done",
        "Keep this text; n and N go from match to match",
        &[k(KeyCode::Enter)],
        is_finding,
        true,
    ),
    command(
        Id::FindNext,
        "next match",
        "Go to the next match",
        &[c('n')],
        in_diff,
        false,
    ),
    command(
        Id::FindPrevious,
        "previous match",
        "Go to the match before",
        &[c('N')],
        in_diff,
        false,
    ),
    command(
        Id::Values,
        "values",
        "Show and edit your choices as YAML",
        &[c('e'), Key::ctrl('e')],
        can_edit_values,
        true,
    ),
    command(
        Id::Refresh,
        "read again",
        "Ask the cluster again",
        &[k(KeyCode::F(5))],
        can_refresh,
        false,
    ),
    command(
        Id::GoTo(Step::Target),
        "go to Target",
        "Go to Target",
        &[Key::alt('1')],
        on_step,
        false,
    ),
    command(
        Id::GoTo(Step::Environment),
        "go to Environment",
        "Go to Environment",
        &[Key::alt('2')],
        on_step,
        false,
    ),
    command(
        Id::GoTo(Step::Services),
        "go to Services",
        "Go to Services",
        &[Key::alt('3')],
        on_step,
        false,
    ),
    command(
        Id::GoTo(Step::Data),
        "go to Data",
        "Go to Data",
        &[Key::alt('4')],
        on_step,
        false,
    ),
    command(
        Id::GoTo(Step::Secrets),
        "go to Secrets",
        "Go to Secrets",
        &[Key::alt('5')],
        on_step,
        false,
    ),
    command(
        Id::GoTo(Step::Access),
        "go to Access",
        "Go to Access",
        &[Key::alt('6')],
        on_step,
        false,
    ),
    command(
        Id::GoTo(Step::Observability),
        "go to Observability",
        "Go to Observability",
        &[Key::alt('7')],
        on_step,
        false,
    ),
    command(
        Id::GoTo(Step::Review),
        "go to Review",
        "Go to Review",
        &[Key::alt('8')],
        on_step,
        false,
    ),
    command(
        Id::GoTo(Step::Rollout),
        "go to Rollout",
        "Go to Rollout",
        &[Key::alt('9')],
        |app| on_step(app) && app.wizard.can_go_to(Step::Rollout),
        false,
    ),
    command(
        Id::GoTo(Step::Done),
        "go to Done",
        "Go to Done",
        &[Key::alt('0')],
        |app| on_step(app) && app.wizard.can_go_to(Step::Done),
        false,
    ),
    command(
        Id::Palette,
        "commands",
        "Find any command by its name",
        &[c(':'), Key::ctrl('p')],
        no_popup,
        false,
    ),
    command(
        Id::Help,
        "help",
        "List the keys of this screen",
        &[c('?'), k(KeyCode::F(1))],
        no_popup,
        true,
    ),
    command(
        Id::Suspend,
        "suspend",
        "Leave mesh-tui in the background",
        &[Key::ctrl('z')],
        |_| cfg!(unix),
        false,
    ),
    command(
        Id::Quit,
        "quit",
        "Leave mesh-tui",
        &[Key::ctrl('c'), c('q')],
        |_| true,
        true,
    ),
];

const fn command(
    id: Id,
    name: &'static str,
    doc: &'static str,
    keys: &'static [Key],
    when: fn(&App) -> bool,
    footer: bool,
) -> Command {
    Command {
        id,
        name,
        doc,
        keys,
        when,
        footer,
    }
}

impl Command {
    /// The key to show for it now: while letters are text, one that is none.
    #[must_use]
    pub fn key(&self, app: &App) -> Option<Key> {
        self.keys
            .iter()
            .copied()
            .find(|key| !app.is_typing() || key.typed().is_none())
    }
}

/// The key of a command, for texts that name it; empty where it has none now.
#[must_use]
pub fn key_of(id: Id, app: &App) -> String {
    let command = COMMANDS.iter().find(|command| command.id == id);
    command
        .and_then(|command| command.key(app))
        .map(|key| key.to_string())
        .unwrap_or_default()
}

/// The commands that are there now, in the registry's order.
pub fn available(app: &App) -> impl Iterator<Item = &'static Command> + '_ {
    COMMANDS.iter().filter(move |command| (command.when)(app))
}

/// The command that a key calls now.
#[must_use]
pub fn by_key(app: &App, key: Key) -> Option<&'static Command> {
    if app.is_typing() && key.typed().is_some() {
        return None;
    }
    available(app).find(|command| command.keys.contains(&key))
}

fn no_popup(app: &App) -> bool {
    app.popup.is_none()
}

fn has_popup(app: &App) -> bool {
    app.popup.is_some()
}

fn in_palette(app: &App) -> bool {
    matches!(app.popup, Some(Popup::Palette(_)))
}

/// On the step itself, with nothing before it.
fn on_step(app: &App) -> bool {
    no_popup(app) && app.view == View::Step
}

fn on_form(app: &App) -> bool {
    on_step(app) && app.wizard.step.is_form()
}

fn on_review(app: &App) -> bool {
    on_step(app) && app.wizard.step == Step::Review
}

fn in_diff(app: &App) -> bool {
    no_popup(app) && app.view == View::Diff && !app.diff.is_finding()
}

fn is_finding(app: &App) -> bool {
    no_popup(app) && app.view == View::Diff && app.diff.is_finding()
}

fn in_values(app: &App) -> bool {
    no_popup(app) && app.view == View::Values
}

fn can_toggle(app: &App) -> bool {
    on_form(app) && !app.is_typing()
}

fn can_continue(app: &App) -> bool {
    on_form(app)
        || (on_review(app) && app.wizard.is_rolling())
        || (on_step(app) && app.wizard.step == Step::Rollout && app.wizard.can_go_to(Step::Done))
}

fn can_go_back(app: &App) -> bool {
    no_popup(app) && (app.view != View::Step || app.wizard.step != Step::Target)
}

fn moves(app: &App) -> bool {
    match &app.popup {
        Some(Popup::Confirm(_)) => false,
        Some(_) => true,
        None => app.view != View::Values,
    }
}

fn sideways(app: &App) -> bool {
    on_form(app) || on_review(app) || in_diff(app)
}

fn pages(app: &App) -> bool {
    no_popup(app) && app.view != View::Values
}

fn can_reset(app: &App) -> bool {
    on_form(app) && app.wizard.focused().is_some_and(|(_, field)| field.chosen)
}

fn can_diff(app: &App) -> bool {
    on_step(app) && app.wizard.preview.plan.is_some() && app.wizard.step < Step::Rollout
}

fn can_edit_values(app: &App) -> bool {
    on_step(app) && app.wizard.step < Step::Rollout
}

fn can_refresh(app: &App) -> bool {
    no_popup(app) && app.wizard.step < Step::Rollout && app.wizard.target.cluster.is_some()
}

fn offers(app: &App, command: rollout::Command) -> bool {
    on_step(app)
        && app.wizard.step == Step::Rollout
        && app.wizard.is_rolling()
        && app
            .wizard
            .board
            .as_ref()
            .is_some_and(|board| board.choices.iter().any(|choice| choice.command == command))
}
