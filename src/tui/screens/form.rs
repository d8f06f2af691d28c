//! The form of a step: what is to be decided here, and what the focused field means.

use crate::tui::app::App;
use crate::tui::text;
use crate::tui::widgets::field;
use crate::tui::widgets::panel::{self, Panel};
use crate::wizard::field::{Block, Kind, Tone};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};

/// Draws the form.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let step = app.wizard.step;
    let panel = Panel {
        title: step.title(),
        right: &Line::default(),
        focused: true,
    };
    let inner = panel::draw(frame, area, app, &panel);
    let columns = usize::from(inner.width);
    let help = help(app, columns);
    let help_height = u16::try_from(help.len()).unwrap_or(0);
    let body = Rect {
        height: inner.height.saturating_sub(help_height + 1),
        ..inner
    };
    let (lines, focus) = lines(app, columns);
    let height = usize::from(body.height);
    let hidden = lines.len().saturating_sub(height);
    // The focus stays two thirds down, so that what follows it is in sight.
    let top = focus.saturating_sub(height * 2 / 3).min(hidden);
    let shown: Vec<Line<'_>> = lines.into_iter().skip(top).take(height).collect();
    frame.render_widget(Text::from(shown), body);
    let below = hidden - top;
    if below > 0 && inner.height > help_height {
        let more = Rect {
            y: body.bottom(),
            height: 1,
            ..inner
        };
        let line = Line::styled(
            format!("↓ {}", text::count(below, "more line", "more lines")),
            app.theme.faint(),
        );
        frame.render_widget(line.right_aligned(), more);
    }
    let at = Rect {
        y: inner.bottom().saturating_sub(help_height),
        height: help_height,
        ..inner
    };
    frame.render_widget(Text::from(help), at);
}

/// What the focused field means, in at most three lines.
fn help(app: &App, columns: usize) -> Vec<Line<'static>> {
    let Some((focus, field)) = app.wizard.focused() else {
        return Vec::new();
    };
    let said = match &field.kind {
        // An entry of a list is explained by itself, in full.
        Kind::List { choices, .. } => choices
            .get(focus.entry)
            .map(|choice| format!("{}: {}.", choice.label, choice.note.trim_end_matches('.')))
            .unwrap_or_default(),
        _ => field.help.clone(),
    };
    let mut lines = text::wrap(&said, columns);
    lines.truncate(4);
    lines
        .into_iter()
        .map(|line| {
            Line::styled(
                line,
                app.theme.faint().add_modifier(ratatui::style::Modifier::ITALIC),
            )
        })
        .collect()
}

/// The form as lines, and the line that has the focus.
fn lines(app: &App, columns: usize) -> (Vec<Line<'static>>, usize) {
    let state = &app.wizard;
    let focused = state.focused().map(|(focus, _)| focus);
    let mut lines: Vec<Line<'static>> = text::wrap(state.step.purpose(), columns)
        .into_iter()
        .map(|line| Line::styled(line, app.theme.plain()))
        .collect();
    let mut at = 0;
    for block in state.form(state.step) {
        match block {
            Block::Heading(heading) => {
                lines.push(Line::default());
                lines.push(Line::styled(heading, app.theme.strong()));
            }
            Block::Note(tone, note) => lines.extend(self::note(tone, &note, columns, app)),
            Block::Field(field) => {
                let entry = focused
                    .as_ref()
                    .filter(|focus| focus.slot == field.slot)
                    .map(|focus| focus.entry);
                if let Some(entry) = entry {
                    at = lines.len() + entry;
                }
                lines.extend(field::lines(&field, entry, columns, app));
            }
        }
    }
    (lines, at)
}

/// A note as lines: its sign says how it is meant.
pub(super) fn note(tone: Tone, note: &str, columns: usize, app: &App) -> Vec<Line<'static>> {
    let theme = app.theme;
    let (sign, style, note) = match tone {
        Tone::Plain => ("  ", theme.faint(), note.to_owned()),
        Tone::Good => ("✓ ", theme.good(), note.to_owned()),
        Tone::Warning => ("! ", theme.warning(), note.to_owned()),
        Tone::Bad => ("✗ ", theme.bad(), note.to_owned()),
        Tone::Waiting(seconds) => (spinner(seconds), theme.accent(), waiting(note, seconds)),
    };
    text::wrap(&note, columns.saturating_sub(4))
        .into_iter()
        .enumerate()
        .map(|(at, line)| {
            Line::from(vec![
                Span::styled(format!("  {}", if at == 0 { sign } else { "  " }), style),
                Span::styled(line, style),
            ])
        })
        .collect()
}

/// What is waited for and for how long: a spinner alone would say neither.
#[must_use]
pub fn waiting(what: &str, seconds: u64) -> String {
    if seconds == 0 {
        format!("{what} …")
    } else {
        format!("{what} … {seconds} s")
    }
}

/// A sign that turns with each second.
#[must_use]
pub const fn spinner(seconds: u64) -> &'static str {
    match seconds % 4 {
        0 => "◐ ",
        1 => "◓ ",
        2 => "◑ ",
        _ => "◒ ",
    }
}
