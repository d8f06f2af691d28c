//! A row of the diff as a line: every colour has a sign beside it.

use crate::chart::manifest::ObjectKey;
use crate::plan::model::{Action, Whose};
use crate::tui::app::App;
use crate::tui::diff::tree::Row;
use crate::tui::diff::unified::{Mark, UnifiedLine};
use crate::tui::text;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Draws a row.
#[must_use]
pub fn line(row: &Row, columns: usize, app: &App) -> Line<'static> {
    let theme = app.theme;
    match row {
        Row::Stage { name, counts, open } => {
            let fold = if *open { "▾ " } else { "▸ " };
            let mut spans = vec![
                Span::styled(fold, theme.faint()),
                Span::styled(name.clone(), theme.strong()),
                Span::raw("  "),
            ];
            for (count, sign, style) in [
                (counts[0], '+', theme.good()),
                (counts[1], '~', theme.warning()),
                (counts[2], '±', theme.bad()),
                (counts[3], '-', theme.bad()),
            ] {
                if count > 0 {
                    spans.push(Span::styled(format!("{sign}{count} "), style));
                }
            }
            Line::from(spans)
        }
        Row::Object {
            key,
            action,
            effect,
            grave,
            open,
        } => {
            let (sign, style) = action_sign(action, app);
            let fold = if *open { "▾" } else { "▸" };
            let name = text::cut_middle(&name_of(key, app), columns.saturating_sub(6).max(8));
            let room = columns.saturating_sub(6 + text::width(&name) + 2);
            // Half a word says less than none.
            let effect = if text::width(effect) <= room || room > 24 {
                effect.as_str()
            } else {
                ""
            };
            let effect_style = if *grave { theme.bad() } else { theme.faint() };
            Line::from(vec![
                Span::styled(format!("  {fold} "), theme.faint()),
                Span::styled(format!("{sign} "), style),
                Span::raw(name),
                Span::styled(format!("  {}", text::cut(effect, room)), effect_style),
            ])
        }
        Row::Path(path) => Line::styled(
            format!("      {}", text::cut_middle(path, columns.saturating_sub(6))),
            theme.faint(),
        ),
        Row::Value {
            sign,
            text: value,
            whose,
        } => {
            let style = value_style(*sign, whose, app);
            Line::styled(
                format!(
                    "      {sign} {}",
                    cut_value(*sign, value, columns.saturating_sub(8))
                ),
                style,
            )
        }
        Row::Line(line) => unified(line, columns, app),
        Row::Said(said) => Line::styled(
            format!("      ! {}", text::cut(said, columns.saturating_sub(8))),
            theme.bad(),
        ),
    }
}

/// A value that is too long. Two images differ at their ends, where the tag is; of what others have set the value comes
/// first, and who it was after it.
fn cut_value(sign: char, value: &str, columns: usize) -> String {
    match sign {
        '-' | '+' => text::cut_middle(value, columns),
        _ => text::cut(value, columns),
    }
}

/// Kind and name of an object, without the release's name at the beginning, which the header says.
fn name_of(key: &ObjectKey, app: &App) -> String {
    let release = format!("{}-", app.wizard.target.release);
    let name = key.name.strip_prefix(&release).unwrap_or(&key.name);
    format!("{}/{name}", key.kind)
}

/// The sign and the colour of what happens to an object.
#[must_use]
pub fn action_sign(action: &Action, app: &App) -> (char, Style) {
    match action {
        Action::Create => ('+', app.theme.good()),
        Action::Update => ('~', app.theme.warning()),
        Action::Recreate { .. } => ('±', app.theme.bad()),
        Action::Delete => ('-', app.theme.bad()),
        Action::Unchanged => (' ', app.theme.faint()),
    }
}

fn value_style(sign: char, whose: &Whose, app: &App) -> Style {
    match (whose, sign) {
        (Whose::Other { .. } | Whose::ServerDefault, _) => app.theme.other(),
        (Whose::Drift { .. }, '!') => app.theme.drift(),
        (_, '-') => app.theme.bad(),
        (_, '+') => app.theme.good(),
        _ => app.theme.plain(),
    }
}

fn unified(line: &UnifiedLine, columns: usize, app: &App) -> Line<'static> {
    let theme = app.theme;
    let (sign, style) = match (line.mark, &line.whose) {
        (Mark::Skipped(_), _) => ('·', theme.faint()),
        (Mark::Same, _) => (' ', theme.plain()),
        (_, Some(Whose::Other { .. } | Whose::ServerDefault)) => ('~', theme.other()),
        (Mark::Removed, Some(Whose::Drift { .. })) => ('!', theme.drift()),
        (Mark::Removed, _) => ('-', theme.bad()),
        (Mark::Added, _) => ('+', theme.good()),
    };
    Line::styled(
        format!(
            "      {sign} {}",
            text::cut(&line.text, columns.saturating_sub(8))
        ),
        style,
    )
}
