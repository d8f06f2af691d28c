//! Help: the keys of the screen behind it, from the registry.

use crate::tui::app::App;
use crate::tui::command;
use crate::tui::text;
use crate::tui::widgets::panel;
use ratatui::Frame;
use ratatui::text::{Line, Span, Text};

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
        "• marks your own choice; Ctrl-R takes it back.",
        "In the diff: + new  ~ kept for another manager  - goes away  ! drift",
    ] {
        lines.push(Line::styled(line, app.theme.faint()));
    }
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inner = panel::popup(frame, app, "Keys of this screen", 84, height);
    let hidden = lines.len().saturating_sub(usize::from(inner.height));
    let shown: Vec<Line<'_>> = lines.into_iter().skip(scroll.min(hidden)).collect();
    frame.render_widget(Text::from(shown), inner);
}
