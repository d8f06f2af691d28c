//! Every screen at 80×24 and 120×40: its text, and its styles apart from it.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::app::{App, View};
use super::command::{self, Id};
use super::key::Key;
use super::theme::Theme;
use super::view;
use super::widgets::footer;
use crate::rollout::{Outcome, Phase, StageStatus};
use crate::wizard::field::{Focus, Slot};
use crate::wizard::fixture::{
    act, board, conflicting, connected, failed_board, focus, fresh, retype, rolling, settle,
};
use crate::wizard::target::Connection;
use crate::wizard::{Event, State, Step, update};
use crossterm::event::KeyCode;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use std::fmt::Write as _;

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

fn app(state: State) -> App {
    let mut app = App::new(state, Theme::new(true));
    app.diff.follow(&app.wizard.preview);
    app
}

fn drawn(app: &App, (width, height): (u16, u16)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view::draw(frame, app)).unwrap();
    terminal.backend().buffer().clone()
}

fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let row: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

/// Which style begins where, row by row; a row in one plain style is left out.
fn styles(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        let mut last = None;
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let style = (cell.fg, cell.bg, cell.modifier);
            if last != Some(style) {
                last = Some(style);
                write!(row, " {x}:{}", name(style)).unwrap();
            }
        }
        if row != " 0:plain" {
            writeln!(text, "{y}{row}").unwrap();
        }
    }
    text
}

fn name((fg, bg, modifier): (Color, Color, Modifier)) -> String {
    let mut parts = Vec::new();
    if fg != Color::Reset {
        parts.push(format!("{fg}"));
    }
    if bg != Color::Reset {
        parts.push(format!("on{bg}"));
    }
    parts.extend(modifier.iter_names().map(|(name, _)| name.to_owned()));
    if parts.is_empty() {
        "plain".into()
    } else {
        parts.join("+")
    }
}

fn snapshot(name: &str, app: &App) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for size in SIZES {
            let buffer = drawn(app, size);
            insta::assert_snapshot!(format!("{name}@{}x{}", size.0, size.1), text(&buffer));
            insta::assert_snapshot!(format!("{name}@{}x{}.styles", size.0, size.1), styles(&buffer));
        }
    });
}

fn at(profile: &str, step: Step) -> State {
    let mut state = connected(profile);
    act(&mut state, Event::Jump(step));
    state
}

#[test]
fn target_before_anything_is_connected() {
    snapshot("target", &app(fresh()));
}

#[test]
fn target_while_it_connects() {
    let mut state = fresh();
    crate::wizard::update(&mut state, Event::Next);
    act(&mut state, Event::Tick(3));
    snapshot("target_connecting", &app(state));
}

#[test]
fn target_that_cannot_be_reached() {
    let mut state = fresh();
    state.target.connection = Connection::Failed(crate::wizard::facts::Problem {
        message: "kind-staging cannot be reached at https://127.0.0.1:6443".into(),
        causes: vec!["connection refused".into()],
        hints: vec!["See whether the cluster runs: it may have been stopped with your machine".into()],
    });
    snapshot("target_failed", &app(state));
}

#[test]
fn environment() {
    snapshot("environment", &app(connected("local")));
}

#[test]
fn environment_of_production() {
    let mut state = connected("production");
    act(
        &mut state,
        Event::Focus(Focus {
            slot: Slot::Profile,
            entry: 2,
        }),
    );
    snapshot("environment_production", &app(state));
}

#[test]
fn services() {
    snapshot("services", &app(at("staging", Step::Services)));
}

#[test]
fn services_with_a_mistake() {
    let mut state = at("staging", Step::Services);
    focus(&mut state, "rest-api.autoscaling.maxReplicas");
    retype(&mut state, "2");
    snapshot("services_mistake", &app(state));
}

#[test]
fn data_embedded() {
    snapshot("data_embedded", &app(at("local", Step::Data)));
}

#[test]
fn data_external() {
    let mut state = at("staging", Step::Data);
    focus(&mut state, "global.database.host");
    retype(&mut state, "postgres://db");
    snapshot("data_external", &app(state));
}

#[test]
fn secrets() {
    snapshot("secrets", &app(at("staging", Step::Secrets)));
}

#[test]
fn secrets_external() {
    let mut state = at("staging", Step::Secrets);
    act(&mut state, Event::Down);
    act(&mut state, Event::Toggle);
    snapshot("secrets_external", &app(state));
}

#[test]
fn access() {
    let mut state = at("staging", Step::Access);
    focus(&mut state, "rest-api.ingress.enabled");
    act(&mut state, Event::Toggle);
    snapshot("access", &app(state));
}

#[test]
fn observability() {
    let mut state = at("production", Step::Observability);
    focus(&mut state, "global.aws.useIRSA");
    act(&mut state, Event::Toggle);
    snapshot("observability", &app(state));
}

#[test]
fn review() {
    let mut state = rolling("staging", board());
    state.board = None;
    state.review = crate::wizard::review::Review::default();
    act(&mut state, Event::Jump(Step::Review));
    act(&mut state, Event::Refresh);
    snapshot("review", &app(state));
}

#[test]
fn review_that_is_blocked() {
    snapshot("review_blocked", &app(at("staging", Step::Review)));
}

#[test]
fn review_with_fields_of_others() {
    let mut state = rolling("staging", board());
    state.board = None;
    state.review = crate::wizard::review::Review::default();
    act(&mut state, Event::Jump(Step::Review));
    let effects = update(&mut state, Event::Refresh);
    settle(&mut state, effects, &conflicting(&[".data.LOG_LEVEL"]));
    act(&mut state, Event::TakeOver);
    let effects = update(&mut state, Event::Refresh);
    settle(
        &mut state,
        effects,
        &conflicting(&[".data.LOG_LEVEL", ".data.PORT"]),
    );
    snapshot("review_conflicts", &app(state));
}

#[test]
fn review_of_production() {
    let mut state = at("production", Step::Review);
    act(
        &mut state,
        Event::ReplaceOverlay(serde_json::json!({
            "global": {"database": {"host": "db.example.com"}, "redis": {"host": "cache.example.com"}},
        })),
    );
    act(
        &mut state,
        Event::Edit(crate::wizard::input::Edit::Insert("developer".into())),
    );
    act(&mut state, Event::Approve);
    snapshot("review_production", &app(state));
}

#[test]
fn rollout() {
    snapshot("rollout", &app(rolling("staging", board())));
}

#[test]
fn rollout_that_failed() {
    snapshot("rollout_failed", &app(rolling("staging", failed_board())));
}

#[test]
fn rollout_that_is_paused() {
    let mut board = board();
    board.stages[2].status = StageStatus::Done;
    board.stages[2].waits_for.clear();
    board.phase = Phase::Paused { before: 3 };
    board.current = Some(3);
    board.choices = vec![crate::rollout::Choice {
        command: crate::rollout::Command::Resume,
        means: "Goes on with worker".into(),
    }];
    snapshot("rollout_paused", &app(rolling("staging", board)));
}

#[test]
fn done() {
    let mut board = board();
    for stage in &mut board.stages {
        stage.status = StageStatus::Done;
    }
    board.phase = Phase::Finished(Outcome::Completed);
    board.choices.clear();
    let mut state = rolling("staging", board);
    act(
        &mut state,
        Event::Notes("Developer Mesh 1.4.2 is being deployed.\n\nSee kubectl get pods".into()),
    );
    act(&mut state, Event::Next);
    snapshot("done", &app(state));
}

#[test]
fn diff() {
    let mut app = app(at("staging", Step::Services));
    app.run(Id::Diff);
    app.run(Id::UnfoldAll);
    snapshot("diff", &app);
    app.run(Id::Detail);
    snapshot("diff_text", &app);
}

#[test]
fn values() {
    let mut state = at("staging", Step::Services);
    act(&mut state, Event::Toggle);
    let mut app = app(state);
    app.run(Id::Values);
    snapshot("values", &app);
    app.values.replace("a:\n\tb");
    app.run(Id::Apply);
    assert_eq!(app.view, View::Values, "what is not valid is not applied");
}

#[test]
fn help() {
    let mut app = app(at("staging", Step::Services));
    app.run(Id::Help);
    snapshot("help", &app);
}

#[test]
fn palette() {
    let mut app = app(at("staging", Step::Services));
    app.run(Id::Palette);
    app.paste("review");
    snapshot("palette", &app);
    app.run(Id::Run);
    assert_eq!(app.wizard.step, Step::Review);
}

#[test]
fn leaving_with_choices_asks() {
    let mut state = at("staging", Step::Services);
    act(&mut state, Event::Toggle);
    let mut app = app(state);
    assert_eq!(app.run(Id::Quit), []);
    snapshot("leave", &app);
    assert_eq!(app.run(Id::Quit), [super::app::Action::Quit]);
}

#[test]
fn without_colours_every_colour_leaves_a_sign() {
    let mut with = app(at("production", Step::Services));
    with.run(Id::Diff);
    with.run(Id::UnfoldAll);
    let mut without = with.clone();
    without.theme = Theme::new(false);
    let (with, without) = (drawn(&with, (120, 40)), drawn(&without, (120, 40)));
    assert_eq!(text(&with), text(&without));
    let coloured = |buffer: &Buffer| {
        buffer
            .content
            .iter()
            .any(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset)
    };
    assert!(coloured(&with) && !coloured(&without));
}

#[test]
fn a_terminal_that_is_too_small_says_so_in_one_line() {
    let app = app(fresh());
    let text = text(&drawn(&app, (60, 10)));
    assert_eq!(text.trim(), "mesh-tui needs 80×24, this is 60×10");
    drawn(&app, (1, 1));
}

/// Every screen with something on it.
fn screens() -> Vec<App> {
    let mut screens: Vec<App> = Step::ALL
        .into_iter()
        .filter(|step| step.is_form() || *step == Step::Review)
        .map(|step| app(at("staging", step)))
        .collect();
    screens.push(app(rolling("staging", board())));
    screens.push(app(rolling("staging", failed_board())));
    for id in [Id::Diff, Id::Values, Id::Help, Id::Palette] {
        let mut with = app(at("staging", Step::Services));
        with.run(id);
        screens.push(with);
    }
    screens
}

#[test]
fn every_key_in_the_footer_calls_its_command() {
    for app in screens() {
        for (shown, _) in footer::shown(&app, 400) {
            let key = shown.key(&app).unwrap();
            let called = command::by_key(&app, key).map(|command| command.id);
            assert_eq!(
                called,
                Some(shown.id),
                "{key} on {:?} {:?}",
                app.wizard.step,
                app.view
            );
        }
    }
}

#[test]
fn no_two_commands_of_a_screen_share_a_key() {
    for app in screens() {
        let mut seen = std::collections::HashMap::new();
        for command in command::available(&app) {
            for key in command.keys {
                let before = seen.insert(*key, command.id);
                assert!(
                    before.is_none_or(|id| id == command.id),
                    "{key}: {before:?} and {:?} on {:?} {:?} {:?}",
                    command.id,
                    app.wizard.step,
                    app.view,
                    app.popup.is_some()
                );
            }
        }
    }
}

#[test]
fn letters_are_text_where_text_is_typed() {
    let mut app = app(at("staging", Step::Data));
    focus(&mut app.wizard, "global.database.host");
    for c in "qdje?".chars() {
        app.key(Key::char(c));
    }
    assert_eq!(app.wizard.focused().unwrap().1.text, "qdje?");
    app.key(Key::ctrl('d'));
    assert_eq!(app.view, View::Diff);
    app.key(Key::plain(KeyCode::Esc));
    assert_eq!(app.wizard.focused().unwrap().1.text, "qdje?", "as it was left");
}

#[test]
fn finding_goes_to_the_match_and_around() {
    let mut app = app(at("staging", Step::Services));
    app.run(Id::Diff);
    app.key(Key::char('/'));
    for c in "worker".chars() {
        app.key(Key::char(c));
    }
    app.key(Key::plain(KeyCode::Enter));
    let first = text(&drawn(&app, (120, 40)));
    assert!(first.contains("/worker  4 found"), "{first}");
    for _ in 0..4 {
        app.key(Key::char('n'));
    }
    assert_eq!(text(&drawn(&app, (120, 40))), first);
}

#[test]
fn a_decision_that_cannot_be_taken_back_is_asked_about() {
    let mut app = app(rolling("staging", failed_board()));
    assert_eq!(app.key(Key::char('B')), []);
    assert_eq!(app.key(Key::plain(KeyCode::Esc)), []);
    assert!(app.popup.is_none());
    app.key(Key::char('B'));
    let decided = app.key(Key::char('y'));
    assert_eq!(
        decided,
        [super::app::Action::Perform(
            crate::wizard::Effect::RolloutCommand(crate::rollout::Command::RollbackAll)
        )]
    );
}
