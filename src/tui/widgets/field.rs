//! A field of a form as lines.

use crate::tui::app::App;
use crate::tui::text;
use crate::wizard::field::{Choice, Field, Kind};
use ratatui::text::{Line, Span};

/// How wide the labels are.
pub const LABEL: usize = 16;

/// Draws a field as lines; `entry` is the focused entry where the field has the focus.
#[must_use]
pub fn lines(field: &Field, entry: Option<usize>, columns: usize, app: &App) -> Vec<Line<'static>> {
    let mut lines = match &field.kind {
        Kind::List { choices, chosen } => list(choices, *chosen, entry, columns, app),
        Kind::Toggle { on } => vec![one(field, entry, columns, app, &toggle(*on, field, app))],
        Kind::Words { choices, chosen } => words(field, choices, *chosen, entry, columns, app),
        Kind::Text | Kind::Number | Kind::Fraction => {
            vec![one(
                field,
                entry,
                columns,
                app,
                &typed(field, entry.is_some(), columns, app),
            )]
        }
    };
    if let Some(problem) = &field.problem {
        let indent = " ".repeat(2 + LABEL);
        let wrapped = text::wrap(problem, columns.saturating_sub(indent.len() + 2));
        for (at, line) in wrapped.into_iter().enumerate() {
            let sign = if at == 0 { "✗" } else { " " };
            lines.push(Line::styled(format!("{indent}{sign} {line}"), app.theme.bad()));
        }
    }
    lines
}

fn label(field: &Field, focused: bool, app: &App) -> Vec<Span<'static>> {
    let indent = usize::from(field.nested) * 2;
    let style = if focused {
        app.theme.accent()
    } else {
        app.theme.plain()
    };
    let name = text::fit(&format!("{:indent$}{}", "", field.label), LABEL - 2);
    vec![
        Span::styled(if focused { "▸ " } else { "  " }, app.theme.accent()),
        Span::styled(name, style),
        // The person's own choice, as opposed to a default.
        Span::styled(if field.chosen { "• " } else { "  " }, app.theme.accent()),
    ]
}

fn one(
    field: &Field,
    entry: Option<usize>,
    columns: usize,
    app: &App,
    value: &[Span<'static>],
) -> Line<'static> {
    let mut spans = label(field, entry.is_some(), app);
    spans.extend(value.iter().cloned());
    let used: usize = spans.iter().map(Span::width).sum();
    if !field.note.is_empty() && columns > used + 3 {
        spans.push(Span::styled(
            format!("  {}", text::cut(&field.note, columns - used - 2)),
            app.theme.faint(),
        ));
    }
    Line::from(spans)
}

fn toggle(on: bool, field: &Field, app: &App) -> Vec<Span<'static>> {
    // A service says in its note that it is off.
    let is_service = app.wizard.step == crate::wizard::Step::Services && !field.note.is_empty();
    let (mark, style) = if on {
        ("● on ", app.theme.good())
    } else {
        ("○ off", app.theme.faint())
    };
    let mut spans = vec![Span::styled(mark, style)];
    if is_service && !on {
        spans.clear();
        spans.push(Span::styled("○", app.theme.faint()));
    } else if is_service {
        spans.clear();
        spans.push(Span::styled("●", app.theme.good()));
    }
    spans
}

fn words(
    field: &Field,
    choices: &[Choice],
    chosen: Option<usize>,
    entry: Option<usize>,
    columns: usize,
    app: &App,
) -> Vec<Line<'static>> {
    let indent = 2 + LABEL;
    let mut rows: Vec<Vec<Span<'static>>> = vec![Vec::new()];
    let mut used = indent;
    for (at, choice) in choices.iter().enumerate() {
        let word = text::cut(&choice.label, columns.saturating_sub(indent + 2));
        let width = text::width(&word) + 2;
        if used + width > columns && used > indent {
            rows.push(vec![Span::raw(" ".repeat(indent))]);
            used = indent;
        }
        used += width + 1;
        let span = if chosen == Some(at) {
            let style = if entry.is_some() {
                app.theme.selected()
            } else {
                app.theme.strong()
            };
            Span::styled(format!("‹{word}›"), style)
        } else {
            Span::styled(format!(" {word} "), app.theme.faint())
        };
        if let Some(row) = rows.last_mut() {
            row.push(span);
            row.push(Span::raw(" "));
        }
    }
    let mut lines = Vec::new();
    for (at, row) in rows.into_iter().enumerate() {
        if at == 0 {
            lines.push(one(field, entry, columns, app, &row));
        } else {
            lines.push(Line::from(row));
        }
    }
    let note = chosen
        .and_then(|at| choices.get(at))
        .map_or("", |choice| choice.note.as_str());
    if field.note.is_empty() && !note.is_empty() {
        let used = lines.last().map_or(0, Line::width);
        if let Some(line) = lines.last_mut()
            && columns > used + text::width(note) + 1
        {
            line.push_span(Span::styled(format!(" {note}"), app.theme.faint()));
        }
    }
    lines
}

/// A text with its cursor; the part around the cursor shows where it is longer than the room.
fn typed(field: &Field, focused: bool, columns: usize, app: &App) -> Vec<Span<'static>> {
    let most = columns.saturating_sub(2 + LABEL + 2);
    let reserved = if field.note.is_empty() {
        0
    } else {
        text::width(&field.note) + 2
    };
    let narrow = if matches!(field.kind, Kind::Number | Kind::Fraction) {
        8
    } else {
        34
    };
    let room = narrow.min(most.saturating_sub(reserved).max(12)).min(most);
    let bracket = if focused {
        app.theme.accent()
    } else {
        app.theme.faint()
    };
    let mut spans = vec![Span::styled("[", bracket)];
    if focused {
        let before = &field.text[..field.cursor.min(field.text.len())];
        let after = &field.text[before.len()..];
        let before = text::tail(before, room - 1);
        let (at, rest) = first_grapheme(after);
        let left = room.saturating_sub(text::width(before) + text::width(at).max(1));
        spans.push(Span::raw(before.to_owned()));
        let cursor = if at.is_empty() { " " } else { at };
        spans.push(Span::styled(cursor.to_owned(), app.theme.selected()));
        if field.text.is_empty() {
            spans.push(Span::styled(
                text::fit(&field.placeholder, left),
                app.theme.faint(),
            ));
        } else {
            spans.push(Span::raw(text::fit(rest, left)));
        }
    } else if field.text.is_empty() {
        spans.push(Span::styled(
            text::fit(&field.placeholder, room),
            app.theme.faint(),
        ));
    } else {
        spans.push(Span::raw(text::fit(&field.text, room)));
    }
    spans.push(Span::styled("]", bracket));
    spans
}

fn first_grapheme(text: &str) -> (&str, &str) {
    use unicode_segmentation::UnicodeSegmentation;
    match text.graphemes(true).next() {
        Some(first) => text.split_at(first.len()),
        None => ("", ""),
    }
}

fn list(
    choices: &[Choice],
    chosen: Option<usize>,
    entry: Option<usize>,
    columns: usize,
    app: &App,
) -> Vec<Line<'static>> {
    let name = choices
        .iter()
        .map(|choice| text::width(&choice.label))
        .max()
        .unwrap_or(0)
        .min(28);
    choices
        .iter()
        .enumerate()
        .map(|(at, choice)| {
            let focused = entry == Some(at);
            let is_chosen = chosen == Some(at);
            let style = match (focused, is_chosen) {
                (true, _) => app.theme.accent(),
                (false, true) => app.theme.strong(),
                (false, false) => app.theme.plain(),
            };
            let (mark, mark_style) = if is_chosen {
                ("● ", app.theme.good())
            } else {
                ("○ ", app.theme.faint())
            };
            Line::from(vec![
                Span::styled(if focused { "▸ " } else { "  " }, app.theme.accent()),
                Span::styled(mark, mark_style),
                Span::styled(text::fit(&text::cut_middle(&choice.label, name), name), style),
                Span::styled(
                    format!("   {}", text::cut(&choice.note, columns.saturating_sub(name + 7))),
                    app.theme.faint(),
                ),
            ])
        })
        .collect()
}
