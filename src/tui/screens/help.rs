//! Help: the keys of the screen behind it, from the registry.

use crate::tui::app::App;
use crate::tui::command;
use crate::tui::text;
use crate::tui::widgets::panel;
use crate::tui::widgets::scrolled::scrolled;
use ratatui::Frame;
use ratatui::text::{Line, Span};

/// Draws the help.
pub fn draw(frame: &mut Frame<'_>, app: &App, scroll: usize) {
    let mut behind = app.clone();
    behind.popup = None;
    let mut lines: Vec<Line<'_>> = command::available(&behind)
        .map(|command| {
            let keys = command
                .keys
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("  ");
            Line::from(vec![
                Span::styled(text::fit(&keys, 16), app.theme.accent()),
                Span::raw(command.doc),
            ])
        })
        .collect();
    lines.push(Line::default());
    for line in [
        "Letters are text in a field that is typed; the Ctrl and Alt keys work there too.",
        "There Ctrl-U takes away everything, and Ctrl-W a word.",
        "• marks your own choice; Ctrl-R takes it back.",
        "In the diff: + new  ~ kept for another manager  - goes away  ! drift",
    ] {
        lines.push(Line::styled(line, app.theme.faint()));
    }
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inner = panel::popup(frame, app, "Keys of this screen", 84, height);
    frame.render_widget(scrolled(lines, scroll, inner.height, app), inner);
}
