//! The person's choices as YAML, to read and to edit. What is typed here stays, also where it is wrong; nothing is
//! written to a file.

use crate::tui::app::App;
use crate::tui::diff::yaml;
use crate::tui::key::Key;
use crate::tui::text;
use crate::tui::widgets::panel::{self, Panel};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Text};
use ratatui_textarea::{Input, Key as TextKey, TextArea};
use serde_json::Value as Json;

/// The editor.
#[derive(Debug, Clone, Default)]
pub struct ValuesEditor {
    area: TextArea<'static>,
    /// The choices that the text was made from; another text is made only once these have changed.
    from: Option<Json>,
    problem: Option<String>,
}

impl ValuesEditor {
    /// Shows the choices; what was typed before and not applied is still there.
    pub fn open(&mut self, overlay: &Json) {
        if self.from.as_ref() == Some(overlay) {
            return;
        }
        self.from = Some(overlay.clone());
        self.area = TextArea::new(yaml::text(overlay).lines().map(ToOwned::to_owned).collect());
        self.problem = None;
    }

    /// Edits the text.
    pub fn key(&mut self, key: Key) {
        let Some(name) = text_key(key) else { return };
        let input = Input {
            key: name,
            ctrl: key.has_ctrl(),
            alt: false,
            shift: false,
        };
        if self.area.input(input) {
            self.problem = self.parse().err();
        }
    }

    /// Inserts pasted text.
    pub fn insert(&mut self, text: &str) {
        let clean: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
        self.area.insert_str(clean);
        self.problem = self.parse().err();
    }

    /// The choices that the text says; the reason is shown where it says none.
    pub fn read(&mut self) -> Option<Json> {
        match self.parse() {
            Ok(overlay) => {
                self.from = None;
                self.problem = None;
                Some(overlay)
            }
            Err(problem) => {
                self.problem = Some(problem);
                None
            }
        }
    }

    fn parse(&self) -> Result<Json, String> {
        let text = self.area.lines().join("\n");
        if text.trim().is_empty() {
            return Ok(Json::Object(serde_json::Map::new()));
        }
        crate::tui::values_yaml::parse(&text)
    }

    #[cfg(test)]
    pub(crate) fn replace(&mut self, text: &str) {
        self.area = TextArea::new(text.lines().map(ToOwned::to_owned).collect());
        self.area.move_cursor(ratatui_textarea::CursorMove::Bottom);
    }
}

const fn text_key(key: Key) -> Option<TextKey> {
    use crossterm::event::KeyCode;
    Some(match key.code() {
        KeyCode::Char(c) => TextKey::Char(c),
        KeyCode::Enter => TextKey::Enter,
        KeyCode::Tab => TextKey::Tab,
        KeyCode::Backspace => TextKey::Backspace,
        KeyCode::Delete => TextKey::Delete,
        KeyCode::Left => TextKey::Left,
        KeyCode::Right => TextKey::Right,
        KeyCode::Up => TextKey::Up,
        KeyCode::Down => TextKey::Down,
        KeyCode::Home => TextKey::Home,
        KeyCode::End => TextKey::End,
        KeyCode::PageUp => TextKey::PageUp,
        KeyCode::PageDown => TextKey::PageDown,
        _ => return None,
    })
}

/// Draws the editor over the whole body.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let editor = &app.values;
    let right = match &editor.problem {
        Some(_) => Line::styled("✗ not valid", app.theme.bad()),
        None => Line::styled("✓ valid", app.theme.good()),
    };
    let inner = panel::draw(
        frame,
        area,
        app,
        &Panel {
            title: "Your choices, as values.yaml holds them",
            right: &right,
            focused: true,
        },
    );
    let columns = usize::from(inner.width);
    let words = "Only what differs from the chart’s defaults and the profile. Ctrl-S applies it, Esc leaves it here for later.";
    let mut foot: Vec<Line<'_>> = Vec::new();
    if let Some(problem) = &editor.problem {
        foot.extend(
            text::wrap(problem, columns)
                .into_iter()
                .map(|line| Line::styled(line, app.theme.bad())),
        );
    }
    foot.extend(
        text::wrap(words, columns)
            .into_iter()
            .map(|line| Line::styled(line, app.theme.faint())),
    );
    let height = u16::try_from(foot.len()).unwrap_or(0).min(inner.height);
    let body = Rect {
        height: inner.height.saturating_sub(height + 1),
        ..inner
    };
    let mut widget = editor.area.clone();
    widget.set_cursor_line_style(app.theme.plain());
    widget.set_cursor_style(app.theme.selected());
    widget.set_placeholder_text("Nothing was chosen yet: everything is as the profile has it.");
    frame.render_widget(&widget, body);
    let at = Rect {
        y: inner.bottom() - height,
        height,
        ..inner
    };
    frame.render_widget(Text::from(foot), at);
}
