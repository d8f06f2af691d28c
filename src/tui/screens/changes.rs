//! What changes, beside the form.

use super::form::{spinner, waiting};
use crate::tui::app::App;
use crate::tui::diff::tree::{self, Detail, Row};
use crate::tui::text;
use crate::tui::widgets::panel::{self, Panel};
use crate::tui::widgets::rows;
use crate::wizard::Step;
use crate::wizard::preview::Sureness;
use crate::wizard::steps::shown_service;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Text};
use std::collections::BTreeSet;

/// How sure the plan is, for the panel's upper right.
#[must_use]
pub fn sureness(app: &App) -> Line<'static> {
    let theme = app.theme;
    let preview = &app.wizard.preview;
    let since = |since: u64| app.wizard.now.saturating_sub(since);
    match &preview.sureness {
        Sureness::Nothing => Line::default(),
        _ if preview.problem.is_some() => Line::styled("✗ cannot be rendered", theme.bad()),
        Sureness::Reading { since: at } => Line::styled(
            format!(
                "{}{}",
                spinner(since(*at)),
                waiting("reading the cluster", since(*at))
            ),
            theme.accent(),
        ),
        Sureness::Predicted if !app.wizard.target.namespace_exists => {
            Line::styled("predicted (new namespace)", theme.faint())
        }
        Sureness::Predicted => Line::styled("predicted", theme.faint()),
        Sureness::Confirming { since: at } => Line::styled(
            format!(
                "{}{}",
                spinner(since(*at)),
                waiting("asking the server", since(*at))
            ),
            theme.accent(),
        ),
        Sureness::Confirmed => Line::styled("✓ confirmed by server", theme.good()),
        Sureness::Unconfirmed(_) => Line::styled("! not confirmed", theme.warning()),
    }
}

/// Draws the panel.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let panel = Panel {
        title: "What changes",
        right: &sureness(app),
        focused: false,
    };
    let inner = panel::draw(frame, area, app, &panel);
    let columns = usize::from(inner.width);
    let mut lines = trouble(app, columns);
    let Some(plan) = app
        .wizard
        .preview
        .plan
        .as_ref()
        .filter(|_| app.wizard.target.facts().is_some())
    else {
        if lines.is_empty() {
            draw_empty(frame, inner, app);
        } else {
            frame.render_widget(Text::from(lines), inner);
        }
        return;
    };
    let open = plan.changes().filter(|change| !change.fields.is_empty()).count() <= 12;
    let all = tree::rows(plan, &BTreeSet::new(), false, Detail::Fields);
    let all = if open { unfolded(plan) } else { all };
    if all.is_empty() && lines.is_empty() {
        draw_empty(frame, inner, app);
        return;
    }
    let height = usize::from(inner.height).saturating_sub(lines.len());
    let from = app
        .panel_scroll
        .saturating_add(of_service(&all, app))
        .min(all.len().saturating_sub(height));
    let shown = all.iter().skip(from).take(height);
    lines.extend(shown.map(|row| rows::line(row, columns, app)));
    let below = all.len().saturating_sub(from + height);
    if below > 0
        && let Some(last) = lines.last_mut()
    {
        *last = Line::styled(
            format!("↓ {}", text::count(below + 1, "more line", "more lines")),
            app.theme.faint(),
        )
        .right_aligned();
    }
    frame.render_widget(Text::from(lines), inner);
}

/// The tree with changed objects unfolded, and new and leaving ones folded: their names tell enough here.
fn unfolded(plan: &crate::plan::model::Plan) -> Vec<Row> {
    use crate::plan::model::Action;
    let turned = plan
        .changes()
        .filter(|change| matches!(change.action, Action::Create | Action::Delete))
        .map(|change| tree::Node::Object(change.key.clone()))
        .collect();
    tree::rows(plan, &turned, true, Detail::Fields)
}

/// Where the service is that the person is looking at.
fn of_service(all: &[Row], app: &App) -> usize {
    if app.wizard.step != Step::Services {
        return 0;
    }
    let Some(service) = shown_service(&app.wizard) else {
        return 0;
    };
    all.iter()
        .position(|row| matches!(row, Row::Stage { name, .. } if *name == service.name))
        .unwrap_or(0)
}

/// Why there is no newer plan.
fn trouble(app: &App, columns: usize) -> Vec<Line<'static>> {
    let preview = &app.wizard.preview;
    let ((Some(problem), _) | (None, Sureness::Unconfirmed(problem))) = (&preview.problem, &preview.sureness)
    else {
        return Vec::new();
    };
    let style = if preview.problem.is_some() {
        app.theme.bad()
    } else {
        app.theme.warning()
    };
    let mut lines: Vec<Line<'static>> = text::wrap(&problem.message, columns)
        .into_iter()
        .map(|line| Line::styled(line, style))
        .collect();
    for line in problem.causes.iter().chain(&problem.hints) {
        lines.extend(
            text::wrap(line, columns)
                .into_iter()
                .map(|line| Line::styled(line, app.theme.faint())),
        );
    }
    lines.push(Line::default());
    lines
}

/// Says why there is nothing to see.
pub fn draw_empty(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let state = &app.wizard;
    let message = if state.target.facts().is_none() {
        "Once a cluster is connected, you see here what your choices would change in it, live."
    } else if state.preview.plan.is_none() {
        "Comparing your choices with the cluster …"
    } else {
        "Nothing changes yet: the cluster is as your choices want it."
    };
    let lines = text::wrap(message, usize::from(area.width).min(44));
    let top = area
        .height
        .saturating_sub(u16::try_from(lines.len()).unwrap_or(0))
        / 3;
    let text: Vec<Line<'_>> = lines
        .into_iter()
        .map(|line| Line::styled(line, app.theme.faint()).centered())
        .collect();
    frame.render_widget(
        Text::from(text),
        Rect {
            y: area.y + top,
            height: area.height - top,
            ..area
        },
    );
}
