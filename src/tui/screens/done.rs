//! Done: how it ended, what runs, where to find it, and the chart's notes.

use crate::rollout::{Outcome, Phase, StageStatus};
use crate::tui::app::App;
use crate::tui::text;
use crate::tui::widgets::panel::{self, Panel};
use crate::tui::widgets::scrolled::scrolled;
use crate::wizard::State;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// Draws the screen.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let panel = Panel {
        title: "Done",
        right: &Line::default(),
        focused: true,
    };
    let inner = panel::draw(frame, area, app, &panel);
    let columns = usize::from(inner.width);
    let mut lines = outcome(app, columns);
    lines.push(Line::default());
    stages(&mut lines, app);
    let runs = matches!(
        app.wizard.board.as_ref().map(|board| &board.phase),
        Some(Phase::Finished(
            Outcome::Completed | Outcome::Unchanged | Outcome::Aborted
        ))
    );
    if runs {
        addresses(&mut lines, app, columns);
    }
    if runs && !app.wizard.notes.trim().is_empty() {
        lines.push(Line::default());
        lines.push(Line::styled("Notes of the chart", app.theme.strong()));
        for line in app.wizard.notes.trim_matches('\n').lines() {
            lines.extend(set_in(line, columns, app.theme.plain()));
        }
    }
    frame.render_widget(scrolled(lines, app.panel_scroll, inner.height, app), inner);
}

/// Words below a heading, on as many lines as they need.
fn set_in(words: &str, columns: usize, style: Style) -> impl Iterator<Item = Line<'static>> {
    let lines = text::wrap(words, columns.saturating_sub(2)).into_iter();
    lines.map(move |line| Line::styled(format!("  {line}"), style))
}

fn outcome(app: &App, columns: usize) -> Vec<Line<'static>> {
    let theme = app.theme;
    let state = &app.wizard;
    let release = &state.target.release;
    let Some(board) = &state.board else {
        return Vec::new();
    };
    let Phase::Finished(outcome) = &board.phase else {
        return vec![Line::raw("The rollout has not ended yet.")];
    };
    let (sign, words, style) = match outcome {
        Outcome::Completed => ("✓", format!("{release} is rolled out."), theme.good()),
        Outcome::Unchanged => (
            "✓",
            format!("{release} was as it should be; nothing was written."),
            theme.good(),
        ),
        Outcome::Aborted => (
            "!",
            format!("{release} was rolled out in part. What was done stays; it can be resumed."),
            theme.warning(),
        ),
        Outcome::RolledBack => (
            "↶",
            format!("{release} is back as it was before."),
            theme.warning(),
        ),
        Outcome::Interrupted => (
            "!",
            "The rollout was interrupted; it can be resumed.".into(),
            theme.warning(),
        ),
        Outcome::Failed => ("✗", format!("{release} could not be rolled out."), theme.bad()),
    };
    let lines = text::wrap(&format!("{sign} {words}"), columns).into_iter();
    lines
        .map(|line| Line::styled(line, style.add_modifier(Modifier::BOLD)))
        .collect()
}

fn stages(lines: &mut Vec<Line<'static>>, app: &App) {
    let theme = app.theme;
    let Some(board) = &app.wizard.board else { return };
    lines.push(Line::styled("Stages", theme.strong()));
    let name = board
        .stages
        .iter()
        .map(|stage| text::width(&stage.name))
        .max()
        .unwrap_or(0);
    for stage in &board.stages {
        let (sign, style) = match stage.status {
            StageStatus::Done => ("✓", theme.good()),
            StageStatus::Failed => ("✗", theme.bad()),
            StageStatus::Skipped => ("»", theme.warning()),
            StageStatus::RolledBack => ("↶", theme.warning()),
            _ => ("·", theme.faint()),
        };
        let ready = stage
            .ready
            .filter(|_| !matches!(stage.status, StageStatus::Skipped | StageStatus::RolledBack))
            .map(|(ready, wanted)| format!("{ready}/{wanted} ready"))
            .unwrap_or_default();
        let elapsed = stage.elapsed.map(text::clock).unwrap_or_default();
        lines.push(Line::from(vec![
            Span::styled(format!("  {sign} "), style),
            Span::raw(text::fit(&stage.name, name)),
            Span::raw(format!("  {ready:<12}")),
            Span::styled(format!("{elapsed:>6}"), theme.faint()),
        ]));
    }
}

/// Where the services are reached from outside.
fn addresses(lines: &mut Vec<Line<'static>>, app: &App, columns: usize) {
    lines.push(Line::default());
    lines.push(Line::styled("Addresses", app.theme.strong()));
    let found = urls(&app.wizard);
    if found.is_empty() {
        let words = "None from outside the cluster: no ingress is switched on (see Access).";
        lines.extend(set_in(words, columns, app.theme.faint()));
    }
    for (service, url) in found {
        lines.push(Line::from(vec![
            Span::raw(format!("  {}", text::fit(&service, 12))),
            Span::styled(url, app.theme.accent()),
        ]));
    }
}

/// The address of each service that has an ingress with a host.
fn urls(state: &State) -> Vec<(String, String)> {
    state
        .setup
        .chart
        .services
        .iter()
        .filter(|service| {
            state.is_on(&format!("{}.enabled", service.name))
                && state.is_on(&format!("{}.ingress.enabled", service.name))
        })
        .filter_map(|service| {
            let hosts = state.get(&format!("{}.ingress.hosts", service.name))?;
            let host = hosts.get(0)?.get("host")?.as_str()?;
            let at = |key: &str| state.get(&format!("{}.ingress.{key}", service.name));
            let listed = at("tls")
                .and_then(serde_json::Value::as_array)
                .is_some_and(|tls| !tls.is_empty());
            let issued = ["certManager.issuer", "certManager.clusterIssuer"]
                .iter()
                .any(|key| !state.text(&format!("{}.ingress.{key}", service.name)).is_empty());
            let scheme = if listed || issued { "https" } else { "http" };
            Some((service.name.clone(), format!("{scheme}://{host}/")))
        })
        .collect()
}
