//! The cause of a failure as one card: what failed, in which object, the event, the log, what to do, what was done.

use super::rollout::event_line;
use crate::rollout::{Board, CauseCard};
use crate::tui::app::App;
use crate::tui::log_line::readable;
use crate::tui::text;
use crate::tui::widgets::panel::{self, Panel};
use crate::tui::widgets::scrolled::scrolled;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// So many lines of the log are shown even where there is hardly any room.
const LEAST_LOG: usize = 3;

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
    let room = usize::from(inner.height);
    let headline = headline(cause, columns, app);
    let event: Vec<Line<'_>> = cause
        .event
        .iter()
        .map(|event| event_line(event, columns, app))
        .collect();
    let (advice, foot) = (advice(cause, columns), foot(cause, columns, app));
    let taken = headline.len() + event.len() + advice.len() + foot.len();
    let all_log = cause
        .log
        .as_ref()
        .map_or(0, |log| log.lines.len().min(LEAST_LOG) + 1);
    let parts = if taken + all_log <= room {
        let log = log(cause, room - taken, columns, app);
        [headline, event, advice, log, foot]
    } else {
        // Where there is little room, the log tells more than what the cluster and we say about it; the rest is below.
        let log = log(cause, all_log, columns, app);
        [headline, log, advice, event, foot]
    };
    let lines: Vec<Line<'_>> = parts.into_iter().flatten().collect();
    frame.render_widget(scrolled(lines, app.panel_scroll, inner.height, app), inner);
}

/// What failed; the object is in the title already.
fn headline(cause: &CauseCard, columns: usize, app: &App) -> Vec<Line<'static>> {
    let object = cause.object.as_ref().map(|object| format!("{object}: "));
    let words = object
        .and_then(|object| cause.headline.strip_prefix(&object))
        .unwrap_or(&cause.headline);
    signed("✗", words, columns)
        .into_iter()
        .map(|line| line.style(app.theme.bad()))
        .collect()
}

fn advice(cause: &CauseCard, columns: usize) -> Vec<Line<'static>> {
    let lines: Vec<_> = cause
        .advice
        .iter()
        .flat_map(|advice| signed("→", advice, columns))
        .collect();
    if lines.is_empty() {
        return lines;
    }
    std::iter::once(Line::default()).chain(lines).collect()
}

/// A text over several lines, the first with a sign before it.
fn signed(sign: &str, words: &str, columns: usize) -> Vec<Line<'static>> {
    let signs = std::iter::once(sign).chain(std::iter::repeat(" "));
    let lines = text::wrap(words, columns.saturating_sub(2))
        .into_iter()
        .zip(signs);
    lines
        .map(|(line, sign)| Line::raw(format!("{sign} {line}")))
        .collect()
}

/// The end of the log, with a line before it that says whose it is.
fn log(cause: &CauseCard, room: usize, columns: usize, app: &App) -> Vec<Line<'static>> {
    let Some(log) = cause.log.as_ref().filter(|log| room > 1 && !log.lines.is_empty()) else {
        return Vec::new();
    };
    let container = if log.container.is_empty() {
        String::new()
    } else {
        format!(" ({})", log.container)
    };
    let mut lines = vec![Line::styled(
        text::cut(&format!("The end of the log of {}{container}", log.pod), columns),
        app.theme.faint(),
    )];
    if room > log.lines.len() + 1 {
        lines.insert(0, Line::default());
    }
    let from = log.lines.len().saturating_sub(room - lines.len());
    lines.extend(log.lines[from..].iter().map(|line| {
        Line::raw(format!(
            "  {}",
            text::cut(&readable(line), columns.saturating_sub(2))
        ))
    }));
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
