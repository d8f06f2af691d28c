//! The last line: the keys that do something here, from the registry.

use crate::tui::app::App;
use crate::tui::command::{self, Command, Id};
use crate::tui::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// The commands that the footer shows now, with the key for each, as far as they fit.
#[must_use]
pub fn shown(app: &App, columns: usize) -> Vec<(&'static Command, String)> {
    let fixed = |id: Id| matches!(id, Id::Help | Id::Quit);
    let all: Vec<_> = command::available(app)
        .filter(|command| command.footer)
        .filter_map(|command| command.key(app).map(|key| (command, key.to_string())))
        .collect();
    let size = |(command, key): &(&Command, String)| text::width(key) + 1 + text::width(command.name) + 3;
    let mut shown = all;
    while shown.iter().map(size).sum::<usize>() + 1 > columns {
        // What everybody tries anyway goes first, then what stands last.
        let obvious = |(command, _): &(&Command, String)| matches!(command.id, Id::Toggle | Id::NextField);
        let at = shown
            .iter()
            .position(obvious)
            .or_else(|| shown.iter().rposition(|(command, _)| !fixed(command.id)));
        match at {
            Some(at) => shown.remove(at),
            None => break,
        };
    }
    shown
}

/// Draws the footer.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let shown = shown(app, usize::from(area.width));
    let (quit, others): (Vec<_>, Vec<_>) = shown.into_iter().partition(|(command, _)| command.id == Id::Quit);
    let line = |entries: Vec<(&Command, String)>| {
        let mut spans = vec![Span::raw(" ")];
        for (command, key) in entries {
            spans.push(Span::styled(key, app.theme.accent()));
            spans.push(Span::raw(format!(" {}   ", command.name)));
        }
        Line::from(spans)
    };
    frame.render_widget(line(others), area);
    let quit = line(quit);
    let width = u16::try_from(quit.width().saturating_sub(2)).unwrap_or(0);
    let at = Rect {
        x: area.right().saturating_sub(width),
        width: width.min(area.width),
        ..area
    };
    frame.render_widget(quit, at);
}
