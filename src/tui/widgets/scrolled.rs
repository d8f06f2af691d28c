//! Lines of which more may lie below: the last one that is shown says how many.

use crate::tui::app::App;
use crate::tui::text;
use ratatui::text::{Line, Text};

/// The part of `lines` from `from` on that fits into `height`.
#[must_use]
pub fn scrolled<'a>(lines: Vec<Line<'a>>, from: usize, height: u16, app: &App) -> Text<'a> {
    let height = usize::from(height);
    let hidden = lines.len().saturating_sub(height);
    let from = from.min(hidden);
    let mut shown: Vec<Line<'_>> = lines.into_iter().skip(from).take(height).collect();
    if hidden > from
        && let Some(last) = shown.last_mut()
    {
        let more = text::count(hidden - from + 1, "more line", "more lines");
        *last = Line::styled(format!("↓ {more}"), app.theme.faint()).right_aligned();
    }
    Text::from(shown)
}
