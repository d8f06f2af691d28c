//! A panel: a rounded border with a title, and one column of air at both sides.

use crate::tui::app::App;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Padding};

/// What a panel says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Panel<'a> {
    /// Its title, at the left.
    pub title: &'a str,
    /// What stands at the right of its upper border.
    pub right: &'a Line<'a>,
    /// Whether it has the focus.
    pub focused: bool,
}

/// Draws a panel and answers with the room in it.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, panel: &Panel<'_>) -> Rect {
    let border = app.theme.border(panel.focused, app.wizard.is_guarded());
    let title = if panel.focused {
        app.theme.strong()
    } else {
        app.theme.plain()
    };
    let mut block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(border)
        .padding(Padding::horizontal(1));
    if !panel.title.is_empty() {
        block = block.title(Span::styled(format!(" {} ", panel.title), title));
    }
    if panel.right.width() > 0 && usize::from(area.width) > panel.right.width() + panel.title.len() + 8 {
        let mut right = panel.right.clone();
        right.spans.insert(0, Span::raw(" "));
        right.spans.push(Span::raw(" "));
        block = block.title(right.right_aligned());
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    inner
}

/// Clears a place in the middle for a popup and draws its panel.
pub fn popup(frame: &mut Frame<'_>, app: &App, title: &str, width: u16, height: u16) -> Rect {
    let full = frame.area();
    let width = width.min(full.width.saturating_sub(4));
    let height = height.min(full.height.saturating_sub(2));
    let area = Rect {
        x: (full.width - width) / 2,
        y: (full.height - height) / 3,
        width,
        height,
    };
    frame.render_widget(Clear, area);
    draw(
        frame,
        area,
        app,
        &Panel {
            title,
            right: &Line::default(),
            focused: true,
        },
    )
}
