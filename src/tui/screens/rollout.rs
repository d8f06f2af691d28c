//! The rollout: the board first, then the cause or the pods with their events, then the log's tail.

use super::form::{spinner, waiting};
use crate::rollout::board::{EventRow, LogTail, PodRow};
use crate::rollout::{Board, Phase, StageRow, StageStatus};
use crate::tui::app::App;
use crate::tui::log_line::readable;
use crate::tui::text::{self, clock};
use crate::tui::widgets::panel::{self, Panel};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span, Text};

/// Draws the rollout.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App) {
    if let Some(problem) = &app.wizard.rollout_problem {
        let lines: Vec<Line<'_>> =
            std::iter::once(Line::styled(format!("✗ {}", problem.message), app.theme.bad()))
                .chain(
                    problem
                        .causes
                        .iter()
                        .chain(&problem.hints)
                        .map(|line| Line::raw(format!("  {line}"))),
                )
                .collect();
        frame.render_widget(Text::from(lines), inset(area));
        return;
    }
    let Some(board) = app.wizard.board.as_deref() else {
        frame.render_widget(
            Line::styled("Starting the rollout …", app.theme.faint()),
            inset(area),
        );
        return;
    };
    let decision = decision(board, app, usize::from(area.width).saturating_sub(2));
    let stages = u16::try_from(board.stages.len()).unwrap_or(u16::MAX);
    let most = area.height.saturating_sub(10).max(area.height / 3);
    let [top, middle, bottom] = Layout::vertical([
        Constraint::Length((stages + 1).min(most)),
        Constraint::Length(u16::try_from(decision.len()).unwrap_or(0)),
        Constraint::Fill(1),
    ])
    .areas(area);
    draw_stages(frame, inset(top), board, app);
    frame.render_widget(Text::from(decision), inset(middle));
    super::cause::draw_or(frame, bottom, board, app, draw_details);
}

pub(super) const fn inset(area: Rect) -> Rect {
    Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        ..area
    }
}

fn draw_stages(frame: &mut Frame<'_>, area: Rect, board: &Board, app: &App) {
    let height = usize::from(area.height);
    let current = board.current.unwrap_or(0);
    let top = (current + 2)
        .saturating_sub(height)
        .min(board.stages.len().saturating_sub(height));
    let name = board
        .stages
        .iter()
        .map(|stage| text::width(&stage.name))
        .max()
        .unwrap_or(0)
        .max(10);
    let lines: Vec<Line<'_>> = board
        .stages
        .iter()
        .enumerate()
        .skip(top)
        .take(height)
        .map(|(at, stage)| stage_line(stage, board, at, name, usize::from(area.width), app))
        .collect();
    frame.render_widget(Text::from(lines), area);
}

fn stage_line(
    stage: &StageRow,
    board: &Board,
    at: usize,
    name: usize,
    columns: usize,
    app: &App,
) -> Line<'static> {
    let theme = app.theme;
    let (mark, style) = match stage.status {
        StageStatus::Done => ("✓", theme.good()),
        StageStatus::Failed => ("✗", theme.bad()),
        StageStatus::Skipped => ("»", theme.warning()),
        StageStatus::RolledBack => ("↶", theme.warning()),
        StageStatus::Applying | StageStatus::Waiting | StageStatus::Recording => ("▶", theme.accent()),
        StageStatus::Pending => ("·", theme.faint()),
    };
    let running = matches!(
        stage.status,
        StageStatus::Applying | StageStatus::Waiting | StageStatus::Recording
    );
    let name_style = match stage.status {
        StageStatus::Pending => theme.faint(),
        _ if running => theme.accent(),
        _ => theme.plain(),
    };
    let elapsed = stage.elapsed.map(clock).unwrap_or_default();
    let revision = stage
        .revision
        .map(|revision| format!("rev {revision}"))
        .unwrap_or_default();
    let mut line = Line::from(vec![
        Span::styled(format!("{mark} "), style),
        Span::styled(text::fit(&stage.name, name), name_style),
        Span::raw(format!("  {}", text::fit(&progress(stage), 14))),
        Span::styled(format!("{elapsed:>6}  {revision:<7} "), theme.faint()),
    ]);
    let (words, style) = remark(stage, board, at, app);
    let room = columns.saturating_sub(line.width());
    line.push_span(Span::styled(text::cut(&words, room), style));
    line
}

fn progress(stage: &StageRow) -> String {
    match (&stage.status, stage.ready) {
        (StageStatus::Skipped, _) => "skipped".into(),
        (StageStatus::RolledBack, _) => "rolled back".into(),
        (StageStatus::Applying, _) => format!("{}/{} applied", stage.applied, stage.changes),
        (StageStatus::Pending, _) if stage.changes == 0 => "unchanged".into(),
        (_, Some((ready, wanted))) if stage.status != StageStatus::Pending => {
            format!("{ready}/{wanted} ready")
        }
        _ => text::count(stage.objects, "object", "objects"),
    }
}

fn remark(stage: &StageRow, board: &Board, at: usize, app: &App) -> (String, ratatui::style::Style) {
    let theme = app.theme;
    if board.phase == (Phase::Paused { before: at }) {
        return ("waits for you".into(), theme.decision());
    }
    if stage.status == StageStatus::Pending {
        let words = if stage.pause_before { "asks you before" } else { "" };
        return (words.into(), theme.faint());
    }
    match (
        stage.status.clone(),
        stage.waits_for.first(),
        stage.warnings.first(),
    ) {
        (StageStatus::Waiting | StageStatus::Applying, Some(first), _) => {
            let more = stage.waits_for.len() - 1;
            let more = if more > 0 {
                format!(" (+{more})")
            } else {
                String::new()
            };
            (format!("waiting for {first}{more}"), theme.plain())
        }
        (_, _, Some(warning)) => (format!("! {warning}"), theme.warning()),
        _ => (String::new(), theme.plain()),
    }
}

/// What waits for the person: the brightest thing on the screen. Else, what goes on.
fn decision(board: &Board, app: &App, columns: usize) -> Vec<Line<'static>> {
    let theme = app.theme;
    let state = match &board.phase {
        Phase::Ready | Phase::Preparing => Line::styled(
            format!(
                "{}{}",
                spinner(board.elapsed),
                waiting("Taking the lease", board.elapsed)
            ),
            theme.accent(),
        ),
        Phase::Paused { before } => {
            let stage = board.stages.get(*before).map_or("", |stage| stage.name.as_str());
            Line::styled(
                format!(" Paused before {stage}:  Enter goes on "),
                theme.decision(),
            )
        }
        Phase::Deciding => Line::styled(" It failed. What should happen? ", theme.decision()),
        Phase::Pausing => Line::styled("Pauses before the next stage.", theme.warning()),
        Phase::Failing => Line::styled("Recording the failure …", theme.warning()),
        Phase::RollingBack => Line::styled(
            format!("{}{}", spinner(board.elapsed), "Rolling back …"),
            theme.accent(),
        ),
        Phase::Stopping => Line::styled("Finishing the record …", theme.warning()),
        Phase::Finished(outcome) => finished(outcome, app),
        Phase::Running => Line::default(),
    };
    let mut lines = vec![state];
    if matches!(board.phase, Phase::Deciding | Phase::Paused { .. }) {
        for choice in &board.choices {
            lines.push(choice_line(choice, app, columns));
        }
    }
    lines.push(Line::default());
    lines
}

fn choice_line(choice: &crate::rollout::Choice, app: &App, columns: usize) -> Line<'static> {
    use crate::rollout::Command as Decision;
    use crate::tui::command::{COMMANDS, Id, key_of};
    let id = match choice.command {
        Decision::Pause => Id::Pause,
        Decision::Resume => Id::Resume,
        Decision::Retry => Id::Retry,
        Decision::Skip => Id::Skip,
        Decision::RollbackStage => Id::RollBackStage,
        Decision::RollbackAll => Id::RollBackAll,
        Decision::Abort => Id::Abort,
    };
    let command = COMMANDS.iter().find(|command| command.id == id);
    let key = key_of(id, app);
    let name = command.map_or("", |command| command.name);
    Line::from(vec![
        Span::styled(format!("  {key:>5}  "), app.theme.accent()),
        Span::styled(text::fit(name, 17), app.theme.strong()),
        Span::raw(text::cut(&choice.means, columns.saturating_sub(26))),
    ])
}

fn finished(outcome: &crate::rollout::Outcome, app: &App) -> Line<'static> {
    use crate::rollout::Outcome;
    let theme = app.theme;
    match outcome {
        Outcome::Unchanged => Line::styled("✓ Nothing had to change. Enter shows what runs.", theme.good()),
        Outcome::Completed => Line::styled(" ✓ Rolled out.  Enter shows where to find it ", theme.decision()),
        Outcome::Aborted => Line::styled(
            "! Ended here; what was done stays and can be resumed.",
            theme.warning(),
        ),
        Outcome::RolledBack => Line::styled("↶ Everything is back as it was.", theme.warning()),
        Outcome::Interrupted => Line::styled(
            "! Interrupted; the record is complete, it can be resumed.",
            theme.warning(),
        ),
        Outcome::Failed => Line::styled("✗ The rollout failed.", theme.bad()),
    }
}

/// Pods, events and the log of the current stage.
fn draw_details(frame: &mut Frame<'_>, area: Rect, board: &Board, app: &App) {
    let stage = board
        .current
        .and_then(|at| board.stages.get(at))
        .map_or("", |stage| stage.name.as_str());
    let log_height = if area.height >= 14 {
        area.height / 2
    } else {
        area.height / 3
    };
    let [upper, lower] = Layout::vertical([Constraint::Fill(1), Constraint::Length(log_height)]).areas(area);
    let [left, right] = if area.width >= 100 {
        Layout::horizontal([Constraint::Percentage(42), Constraint::Fill(1)]).areas(upper)
    } else {
        Layout::horizontal([Constraint::Percentage(52), Constraint::Fill(1)]).areas(upper)
    };
    draw_pods(frame, left, stage, &board.pods, app);
    draw_events(frame, right, &board.events, app);
    draw_log(frame, lower, board.log.as_ref(), app);
}

fn panel(frame: &mut Frame<'_>, area: Rect, title: &str, right: &str, app: &App) -> Rect {
    let right = Line::styled(right.to_owned(), app.theme.faint());
    panel::draw(
        frame,
        area,
        app,
        &Panel {
            title,
            right: &right,
            focused: false,
        },
    )
}

fn draw_pods(frame: &mut Frame<'_>, area: Rect, stage: &str, pods: &[PodRow], app: &App) {
    let title = if stage.is_empty() {
        "pods".to_owned()
    } else {
        format!("{stage} · pods")
    };
    let inner = panel(frame, area, &title, "", app);
    let columns = usize::from(inner.width);
    if pods.is_empty() {
        frame.render_widget(
            Line::styled("No pods in this stage yet", app.theme.faint()),
            inner,
        );
        return;
    }
    let status = pods
        .iter()
        .map(|pod| text::width(&pod.status))
        .max()
        .unwrap_or(0)
        .min(18)
        // The name tells which pod it is; it comes first.
        .min(columns.saturating_sub(11 + 20).max(8));
    let restarted = if pods.iter().any(|pod| pod.restarts > 0) {
        4
    } else {
        0
    };
    let name = columns.saturating_sub(status + 11 + restarted);
    // Every pod of the release begins with its name, which the header says.
    let release = format!("{}-", app.wizard.target.release);
    let lines: Vec<Line<'_>> = pods
        .iter()
        .map(|pod| {
            let short = pod.name.strip_prefix(&release).unwrap_or(&pod.name);
            let ready = pod.ready.0 == pod.ready.1 && pod.ready.1 > 0;
            let (mark, style) = match (ready, pod.current) {
                (_, false) => ("old", app.theme.faint()),
                (true, true) => ("✓", app.theme.good()),
                (false, true) => ("…", app.theme.warning()),
            };
            let restarts = if pod.restarts > 0 {
                format!("↻{}", pod.restarts)
            } else {
                String::new()
            };
            Line::from(vec![
                Span::raw(text::fit(&text::cut_middle(short, name), name)),
                Span::styled(format!(" {} {mark:<3}", text::fit(&pod.status, status)), style),
                Span::styled(format!("{restarts:>restarted$}"), app.theme.bad()),
                Span::styled(format!("{:>6}", clock(pod.age)), app.theme.faint()),
            ])
        })
        .collect();
    frame.render_widget(Text::from(lines), inner);
}

/// An event on one line: when, what, about whom.
pub(super) fn event_line(event: &EventRow, columns: usize, app: &App) -> Line<'static> {
    let style = if event.warning {
        app.theme.warning()
    } else {
        app.theme.plain()
    };
    let time = event.at.get(11..19).unwrap_or_default();
    let sign = if event.warning { "! " } else { "  " };
    let words = format!("{}: {}", event.reason, event.message);
    Line::from(vec![
        Span::styled(format!("{time} "), app.theme.faint()),
        Span::styled(sign, style),
        Span::styled(text::cut(&words, columns.saturating_sub(11)), style),
    ])
}

fn draw_events(frame: &mut Frame<'_>, area: Rect, events: &[EventRow], app: &App) {
    let inner = panel(frame, area, "events", "newest first", app);
    if events.is_empty() {
        frame.render_widget(Line::styled("No events yet", app.theme.faint()), inner);
        return;
    }
    let lines: Vec<Line<'_>> = events
        .iter()
        .take(usize::from(inner.height))
        .map(|event| event_line(event, usize::from(inner.width), app))
        .collect();
    frame.render_widget(Text::from(lines), inner);
}

fn draw_log(frame: &mut Frame<'_>, area: Rect, log: Option<&LogTail>, app: &App) {
    let title = log.map_or_else(|| "log".to_owned(), |log| format!("log · {}", log.pod));
    let inner = panel(
        frame,
        area,
        &title,
        if log.is_some() { "following" } else { "" },
        app,
    );
    let Some(log) = log else {
        frame.render_widget(Line::styled("Nothing was logged yet", app.theme.faint()), inner);
        return;
    };
    let from = log.lines.len().saturating_sub(usize::from(inner.height));
    let lines: Vec<Line<'_>> = log.lines[from..]
        .iter()
        .map(|line| Line::raw(text::cut(&readable(line), usize::from(inner.width))))
        .collect();
    frame.render_widget(Text::from(lines), inner);
}
