//! The first line: where the person is working, loud where others depend on it, and what the plan comes to.

use crate::plan::model::Severity;
use crate::rollout::{Board, Phase};
use crate::tui::app::App;
use crate::tui::command::{self, Id};
use crate::tui::text;
use crate::wizard::Step;
use crate::wizard::facts::ClusterRef;
use crate::wizard::target::{Connection, Release};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// Draws the header.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let guarded = app.wizard.is_guarded();
    let right = counts(app);
    let room = usize::from(area.width).saturating_sub(right.width() + 1);
    let left = place(app, room);
    let bar = Paragraph::new("").style(app.theme.header(guarded));
    frame.render_widget(bar, area);
    frame.render_widget(left, area);
    let width = u16::try_from(right.width()).unwrap_or(0).min(area.width);
    let at = Rect {
        x: area.right().saturating_sub(width),
        width,
        ..area
    };
    frame.render_widget(right, at);
}

fn place(app: &App, room: usize) -> Line<'static> {
    let state = &app.wizard;
    let theme = app.theme;
    let guarded = state.is_guarded();
    let mut spans = vec![Span::styled(" mesh-tui ", theme.strong())];
    if let Some(profile) = state.profile() {
        let name = profile.name.to_uppercase();
        let name = if guarded {
            format!(" ▲ {name} ▲ ")
        } else {
            format!(" {name} ")
        };
        let mut style = theme.badge(guarded);
        if guarded {
            // On the red bar the badge is turned round, so that the word stands out of it.
            style = style.add_modifier(ratatui::style::Modifier::REVERSED);
        }
        spans.push(Span::styled(name, style));
    }
    let used: usize = spans.iter().map(Span::width).sum();
    spans.push(Span::raw(text::cut(
        &format!("  {}", whereabouts(app)),
        room.saturating_sub(used),
    )));
    Line::from(spans)
}

fn whereabouts(app: &App) -> String {
    let target = &app.wizard.target;
    let Some(cluster) = &target.cluster else {
        return "no cluster yet".into();
    };
    if matches!(target.connection, Connection::None | Connection::Failed(_)) {
        return format!("{} (not connected)", cluster.label());
    }
    let cluster = match cluster {
        ClusterRef::Sandbox(scenario) => format!("sandbox ({scenario})"),
        ClusterRef::Context(name) => name.clone(),
    };
    let name = format!("release {}", target.release);
    let release = match &target.known {
        Release::Existing(facts) => format!(
            "{name} (rev {}, {}{})",
            facts.revision,
            // What is as it should be needs no word.
            if facts.status == "deployed" {
                String::new()
            } else {
                format!("{}, ", facts.status)
            },
            facts.age
        ),
        Release::New => format!("{name} (new)"),
        _ => name,
    };
    format!(
        "{cluster} · {} · {}",
        target.namespace,
        release.replace(" )", ")")
    )
}

/// The rollout that goes on while another step is shown: it must not be forgotten.
fn elsewhere(board: &Board, app: &App) -> Line<'static> {
    let key = command::key_of(Id::GoTo(Step::Rollout), app);
    let (words, style) = match board.phase {
        Phase::Deciding => ("✗ the rollout failed and waits for you", app.theme.decision()),
        Phase::Paused { .. } => ("the rollout waits for you", app.theme.decision()),
        _ => ("▶ a rollout runs", app.theme.accent()),
    };
    Line::styled(format!(" {words}: {key} "), style)
}

/// What the plan comes to. While a rollout runs, its clock.
fn counts(app: &App) -> Line<'static> {
    let theme = app.theme;
    let state = &app.wizard;
    if (state.step >= Step::Rollout || state.is_rolling())
        && let Some(board) = &state.board
    {
        if state.step < Step::Rollout {
            return elsewhere(board, app);
        }
        let done = board
            .stages
            .iter()
            .filter(|stage| stage.status == crate::rollout::StageStatus::Done)
            .count();
        return Line::from(format!(
            "{done} of {}   {} ",
            text::count(board.stages.len(), "stage", "stages"),
            text::clock(board.elapsed)
        ));
    }
    let Some(plan) = &state.preview.plan else {
        return Line::default();
    };
    let counts = plan.counts();
    let mine = counts.create + counts.update + counts.recreate + counts.delete;
    let errors = plan
        .findings
        .iter()
        .filter(|f| f.severity == Severity::Error)
        .count();
    let mut spans = Vec::new();
    let guarded = state.is_guarded();
    let mut push = |text: String, style| {
        // Colours on the red bar would not be readable.
        spans.push(Span::styled(text, if guarded { theme.strong() } else { style }));
        spans.push(Span::raw("  "));
    };
    if mine > 0 {
        push(text::count(mine, "change", "changes"), theme.good());
    }
    if counts.drift > 0 {
        push(format!("{} drift", counts.drift), theme.drift());
    }
    if !plan.findings.is_empty() {
        let style = if errors > 0 { theme.bad() } else { theme.warning() };
        push(text::count(plan.findings.len(), "finding", "findings"), style);
    }
    spans.pop();
    spans.push(Span::raw(" "));
    Line::from(spans)
}
