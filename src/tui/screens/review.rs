//! The review: stage by stage what will happen, what the preflight found, and the decision.

use super::form::{spinner, waiting};
use crate::plan::model::{Action, Consequence, ObjectChange, Plan, PlannedStage, Severity, TakeOver};
use crate::tui::app::App;
use crate::tui::text;
use crate::tui::widgets::panel::{self, Panel};
use crate::tui::widgets::scrolled::scrolled;
use crate::tui::widgets::{field, rows};
use crate::wizard::field::Block;
use crate::wizard::review::Approval;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span, Text};

/// Draws the review.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let right = Line::default();
    let panel = Panel {
        title: "Review",
        right: &right,
        focused: true,
    };
    let inner = panel::draw(frame, area, app, &panel);
    let columns = usize::from(inner.width);
    let decision = decision(app, columns);
    let height = u16::try_from(decision.len()).unwrap_or(0).min(inner.height);
    let body = Rect {
        height: inner.height - height,
        ..inner
    };
    let purpose = if app.wizard.is_rolling() {
        "A rollout runs, with what was approved. What you change now is for the next one."
    } else {
        app.wizard.step.purpose()
    };
    let mut lines: Vec<Line<'static>> = text::wrap(purpose, columns).into_iter().map(Line::raw).collect();
    match &app.wizard.preview.plan {
        Some(plan) => {
            preparations(&mut lines, plan, columns, app);
            leaving(&mut lines, plan, columns, app);
            stages(&mut lines, plan, columns, app);
            conflicts(&mut lines, columns, app);
            findings(&mut lines, plan, columns, app);
        }
        None => lines.push(Line::styled("The plan is not made yet.", app.theme.faint())),
    }
    frame.render_widget(scrolled(lines, app.panel_scroll, body.height, app), body);
    frame.render_widget(
        Text::from(decision),
        Rect {
            y: inner.bottom() - height,
            height,
            ..inner
        },
    );
}

/// What is made before the first stage: shown before it is approved, as everything is.
fn preparations(lines: &mut Vec<Line<'static>>, plan: &Plan, columns: usize, app: &App) {
    let theme = app.theme;
    if plan.preparations.is_empty() {
        return;
    }
    lines.push(Line::default());
    lines.push(Line::styled(
        "Made first, and kept if the release goes",
        theme.strong(),
    ));
    let (secrets, others): (Vec<_>, Vec<_>) = plan
        .preparations
        .iter()
        .partition(|made| made.object.kind == "Secret");
    let mut rows: Vec<String> = others.iter().map(|made| made.object.to_string()).collect();
    if !secrets.is_empty() {
        let names: Vec<&str> = secrets.iter().map(|made| made.object.name.as_str()).collect();
        rows.push(format!(
            "{} with generated values: {}",
            text::count(names.len(), "Secret", "Secrets"),
            names.join(", ")
        ));
    }
    for row in rows {
        let signs = std::iter::once("+").chain(std::iter::repeat(" "));
        for (line, sign) in text::wrap(&row, columns.saturating_sub(4)).into_iter().zip(signs) {
            lines.push(Line::from(vec![
                Span::styled(format!("  {sign} "), theme.good()),
                Span::raw(line),
            ]));
        }
    }
}

fn stages(lines: &mut Vec<Line<'static>>, plan: &Plan, columns: usize, app: &App) {
    let theme = app.theme;
    lines.push(Line::default());
    lines.push(Line::styled("Stages, in this order", theme.strong()));
    let touched: Vec<&PlannedStage> = plan
        .stages
        .iter()
        .filter(|stage| {
            stage
                .changes
                .iter()
                .any(|change| change.action != Action::Unchanged)
                || !stage.hooks.is_empty()
        })
        .collect();
    if touched.is_empty() {
        lines.push(Line::styled(
            "  Nothing changes: everything is as it should be.",
            theme.good(),
        ));
    }
    let name = touched
        .iter()
        .map(|stage| text::width(&stage.name))
        .max()
        .unwrap_or(0);
    for (at, stage) in touched.into_iter().enumerate() {
        let mut spans = vec![
            Span::styled(format!("{:>3}  ", at + 1), theme.faint()),
            Span::styled(text::fit(&stage.name, name), theme.strong()),
            Span::raw("  "),
        ];
        counts(&mut spans, stage, app);
        let used: usize = spans.iter().map(Span::width).sum();
        let (words, grave) = consequences(stage);
        let style = if grave { theme.bad() } else { theme.faint() };
        spans.push(Span::styled(
            format!(" {}", text::cut(&words, columns.saturating_sub(used + 1))),
            style,
        ));
        lines.push(Line::from(spans));
    }
    let pauses = if app.wizard.pauses() {
        "The rollout asks you before each stage."
    } else {
        "The rollout goes on by itself as long as everything becomes ready."
    };
    lines.push(Line::default());
    lines.extend(
        text::wrap(pauses, columns)
            .into_iter()
            .map(|line| Line::styled(line, theme.faint())),
    );
}

/// What goes away: first what stops running, by name.
fn leaving(lines: &mut Vec<Line<'static>>, plan: &Plan, columns: usize, app: &App) {
    let gone: Vec<&ObjectChange> = plan
        .changes()
        .filter(|change| change.action == Action::Delete)
        .collect();
    if gone.is_empty() {
        return;
    }
    let runs = |change: &&ObjectChange| {
        matches!(
            change.key.kind.as_str(),
            "Deployment" | "StatefulSet" | "DaemonSet"
        )
    };
    let (running, others): (Vec<&ObjectChange>, Vec<&ObjectChange>) = gone.into_iter().partition(runs);
    let mut rows: Vec<String> = running
        .iter()
        .map(|change| {
            let data = if change.key.kind == "StatefulSet" {
                "; its volumes stay, and its data moves nowhere by itself"
            } else {
                ""
            };
            format!("{} stops running{data}", change.key)
        })
        .collect();
    if !others.is_empty() {
        let names: Vec<String> = others.iter().map(|change| change.key.to_string()).collect();
        rows.push(names.join(", "));
    }
    lines.push(Line::default());
    lines.push(Line::styled(
        "Goes away",
        app.theme.bad().add_modifier(Modifier::BOLD),
    ));
    for row in rows {
        let signs = std::iter::once("-").chain(std::iter::repeat(" "));
        for (line, sign) in text::wrap(&row, columns.saturating_sub(4)).into_iter().zip(signs) {
            lines.push(Line::styled(format!("  {sign} {line}"), app.theme.bad()));
        }
    }
}

fn counts(spans: &mut Vec<Span<'static>>, stage: &PlannedStage, app: &App) {
    let mut width = 0;
    for action in [
        Action::Create,
        Action::Update,
        Action::Recreate {
            reason: String::new(),
        },
        Action::Delete,
    ] {
        let same = |other: &Action| std::mem::discriminant(other) == std::mem::discriminant(&action);
        let count = stage.changes.iter().filter(|change| same(&change.action)).count();
        if count > 0 {
            let (sign, style) = rows::action_sign(&action, app);
            let text = format!("{sign}{count} ");
            width += text::width(&text);
            spans.push(Span::styled(text, style));
        }
    }
    if stage.hooks.is_empty() {
        spans.push(Span::raw(" ".repeat(9usize.saturating_sub(width))));
    } else {
        let hooks = text::count(stage.hooks.len(), "job", "jobs");
        spans.push(Span::styled(
            text::fit(&hooks, 9usize.saturating_sub(width)),
            app.theme.other(),
        ));
    }
}

fn consequences(stage: &PlannedStage) -> (String, bool) {
    let mut restarts = 0;
    let mut unknown = false;
    let mut lost = Vec::new();
    for consequence in stage.changes.iter().flat_map(|change| &change.consequences) {
        match consequence {
            Consequence::PodsRestart { pods, .. } => {
                restarts += pods.unwrap_or(0);
                unknown |= pods.is_none();
            }
            Consequence::DataLost { what } => lost.push(format!("{what} is lost")),
            Consequence::Kept | Consequence::HandedOver { .. } => {}
        }
    }
    let grave = !lost.is_empty();
    match restarts {
        0 if unknown => lost.push("pods restart".into()),
        0 => {}
        1 => lost.push("1 pod restarts".into()),
        pods => lost.push(format!("{pods} pods restart")),
    }
    (lost.join(", "), grave)
}

/// The fields that other managers own, and whether they are taken over.
fn conflicts(lines: &mut Vec<Line<'static>>, columns: usize, app: &App) {
    let theme = app.theme;
    let conflicts = app.wizard.conflicts();
    if conflicts.is_empty() {
        return;
    }
    lines.push(Line::default());
    lines.push(Line::styled("Fields that others have changed", theme.strong()));
    for conflict in conflicts {
        let TakeOver {
            object,
            field,
            manager,
        } = &conflict;
        let (sign, deed, style) = if app.wizard.review.take_over.contains(&conflict) {
            ("→", "is taken over from", theme.warning())
        } else {
            ("✗", "belongs to", theme.bad())
        };
        let words = format!("{object} {field} {deed} {manager}");
        for (at, line) in text::wrap(&words, columns.saturating_sub(4))
            .into_iter()
            .enumerate()
        {
            let sign = if at == 0 { sign } else { " " };
            lines.push(Line::styled(format!("  {sign} {line}"), style));
        }
    }
}

fn findings(lines: &mut Vec<Line<'static>>, plan: &Plan, columns: usize, app: &App) {
    let theme = app.theme;
    if plan.findings.is_empty() {
        return;
    }
    lines.push(Line::default());
    lines.push(Line::styled("What the preflight found", theme.strong()));
    for finding in &plan.findings {
        let (sign, style) = match finding.severity {
            Severity::Error => ("✗", theme.bad()),
            Severity::Warning => ("!", theme.warning()),
            Severity::Note => ("·", theme.faint()),
        };
        for (at, line) in text::wrap(&finding.message, columns.saturating_sub(4))
            .into_iter()
            .enumerate()
        {
            let sign = if at == 0 { sign } else { " " };
            lines.push(Line::styled(format!("  {sign} {line}"), style));
        }
        let advice = format!("{} [{}]", finding.hint, finding.rule);
        lines.extend(
            text::wrap(advice.trim_start(), columns.saturating_sub(4))
                .into_iter()
                .map(|line| Line::styled(format!("    {line}"), theme.faint())),
        );
    }
}

/// What a rollout comes to: `24 changes to sandbox`.
pub(super) fn changes_to_cluster(app: &App) -> String {
    let state = &app.wizard;
    let changes = state.preview.plan.as_ref().map_or(0, |plan| {
        plan.changes()
            .filter(|change| change.action != Action::Unchanged)
            .count()
    });
    let cluster = state
        .target
        .cluster
        .as_ref()
        .map_or("", |cluster| cluster.label());
    format!("{} to {cluster}", text::count(changes, "change", "changes"))
}

/// The decision, at the foot: the brightest thing on the screen once it can be made.
fn decision(app: &App, columns: usize) -> Vec<Line<'static>> {
    let state = &app.wizard;
    let theme = app.theme;
    let mut lines = vec![Line::default()];
    for block in state.form(state.step) {
        if let Block::Field(confirmation) = block {
            let mut line = field::lines(&confirmation, Some(0), columns, app);
            lines.push(Line::styled(
                format!("Type {} to approve it:", state.target.release),
                theme.bad().add_modifier(Modifier::BOLD),
            ));
            lines.append(&mut line);
        }
    }
    match &state.review.approval {
        Approval::Checking { since, .. } => {
            let since = state.now.saturating_sub(*since);
            lines.push(Line::styled(
                format!(
                    "{}{}",
                    spinner(since),
                    waiting("Making sure that nothing has changed since", since)
                ),
                theme.accent(),
            ));
            return lines;
        }
        Approval::Started => {
            let words = "✓ Approved; the rollout has started. Enter shows it.";
            lines.push(Line::styled(text::cut(words, columns), theme.good()));
            return lines;
        }
        Approval::AskAgain(keys) => {
            let names = keys
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ");
            let message = format!(
                "The cluster has changed since you approved: {names}. See the diff, then approve it again."
            );
            lines.extend(
                text::wrap(&message, columns)
                    .into_iter()
                    .map(|line| Line::styled(line, theme.warning())),
            );
        }
        Approval::Open => {}
    }
    let refusal = state.review.refusal.clone().or_else(|| state.blocked());
    if state.has_nothing_to_do() {
        let words = "✓ Nothing to do: the cluster is as your choices want it.";
        let wrapped = text::wrap(words, columns);
        lines.extend(wrapped.into_iter().map(|line| Line::styled(line, theme.good())));
    } else if let Some(refusal) = refusal {
        let wrapped = text::wrap(&refusal, columns.saturating_sub(2));
        let signs = std::iter::once("✗").chain(std::iter::repeat(" "));
        lines.extend(
            wrapped
                .into_iter()
                .zip(signs)
                .map(|(line, sign)| Line::styled(format!("{sign} {line}"), theme.bad())),
        );
    }
    if state.blocked().is_none() && state.is_confirmed() {
        let deed = format!(" Enter  rolls out {} ", changes_to_cluster(app));
        lines.push(Line::styled(text::cut(&deed, columns), theme.decision()));
    }
    lines
}
