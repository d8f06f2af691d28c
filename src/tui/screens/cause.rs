//! The cause of a failure as one card: what failed, in which object, the event, the log, what to do, what was done.

use super::rollout::event_line;
use crate::rollout::{Board, CauseCard};
use crate::tui::app::App;
use crate::tui::text;
use crate::tui::widgets::panel::{self, Panel};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Text};

/// Draws the card where there is a cause, else what `details` draws.
pub(super) fn draw_or(
    frame: &mut Frame<'_>,
    area: Rect,
    board: &Board,
    app: &App,
    details: fn(&mut Frame<'_>, Rect, &Board, &App),
) {
    match &board.cause {
        Some(cause) => draw(frame, area, cause, app),
        None => details(frame, area, board, app),
    }
}

fn draw(frame: &mut Frame<'_>, area: Rect, cause: &CauseCard, app: &App) {
    let title = match (&cause.object, &cause.stage) {
        (Some(object), _) => format!("Why: {object}"),
        (None, Some(stage)) => format!("Why: {stage}"),
        (None, None) => "Why".to_owned(),
    };
    let inner = panel::draw(
        frame,
        area,
        app,
        &Panel {
            title: &title,
            right: &Line::default(),
            focused: true,
        },
    );
    let columns = usize::from(inner.width);
    let mut lines = head(cause, columns, app);
    let foot = foot(cause, columns, app);
    let room = usize::from(inner.height).saturating_sub(lines.len() + foot.len());
    lines.extend(log(cause, room, columns, app));
    lines.extend(foot);
    frame.render_widget(Text::from(lines), inner);
}

fn head(cause: &CauseCard, columns: usize, app: &App) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = text::wrap(&cause.headline, columns.saturating_sub(2))
        .into_iter()
        .enumerate()
        .map(|(at, line)| {
            Line::styled(
                format!("{} {line}", if at == 0 { "✗" } else { " " }),
                app.theme.bad(),
            )
        })
        .collect();
    if let Some(event) = &cause.event {
        lines.push(event_line(event, columns, app));
    }
    for (at, advice) in cause.advice.iter().enumerate() {
        if at == 0 {
            lines.push(Line::default());
        }
        lines.extend(
            text::wrap(advice, columns.saturating_sub(2))
                .into_iter()
                .enumerate()
                .map(|(at, line)| Line::raw(format!("{} {line}", if at == 0 { "→" } else { " " }))),
        );
    }
    lines
}

fn log(cause: &CauseCard, room: usize, columns: usize, app: &App) -> Vec<Line<'static>> {
    let Some(log) = cause.log.as_ref().filter(|log| room > 2 && !log.lines.is_empty()) else {
        return Vec::new();
    };
    let mut lines = vec![
        Line::default(),
        Line::styled(
            format!("The end of the log of {} ({})", log.pod, log.container),
            app.theme.faint(),
        ),
    ];
    let from = log.lines.len().saturating_sub(room - 2);
    lines.extend(
        log.lines[from..]
            .iter()
            .map(|line| Line::raw(format!("  {}", text::cut(line, columns - 2)))),
    );
    lines
}

fn foot(cause: &CauseCard, columns: usize, app: &App) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    for (what, stages) in [("done", &cause.done), ("not begun", &cause.not_done)] {
        if !stages.is_empty() {
            lines.push(Line::styled(
                text::cut(&format!("{what}: {}", stages.join(", ")), columns),
                app.theme.faint(),
            ));
        }
    }
    lines
}
