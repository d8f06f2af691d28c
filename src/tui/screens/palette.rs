//! The palette: every command that is there now, found by any part of its name.

use crate::tui::app::App;
use crate::tui::command::{self, Command, Id};
use crate::tui::text;
use crate::tui::widgets::panel;
use crate::wizard::input::{Edit, LineEdit};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::Frame;
use ratatui::text::{Line, Span, Text};

/// The palette.
#[derive(Debug, Clone)]
pub struct Palette {
    query: LineEdit,
    commands: Vec<&'static Command>,
    found: Vec<&'static Command>,
    selected: usize,
}

impl Palette {
    /// The commands of the screen as it is.
    #[must_use]
    pub fn new(app: &App) -> Self {
        let commands: Vec<_> = command::available(app)
            .filter(|command| !matches!(command.id, Id::Palette | Id::Up | Id::Down | Id::Left | Id::Right))
            .collect();
        Self {
            query: LineEdit::default(),
            found: commands.clone(),
            commands,
            selected: 0,
        }
    }

    /// Edits what is looked for.
    pub fn edit(&mut self, edit: &Edit) {
        if !self.query.apply(edit) {
            return;
        }
        let pattern = Pattern::parse(self.query.text(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut scored: Vec<_> = self
            .commands
            .iter()
            .filter_map(|command| {
                let text = format!("{} {}", command.name, command.doc);
                let score = pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher)?;
                Some((score, *command))
            })
            .collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        self.found = scored.into_iter().map(|(_, command)| command).collect();
        self.selected = 0;
    }

    /// Moves the selection.
    pub fn step(&mut self, by: isize) {
        self.selected = self
            .selected
            .saturating_add_signed(by)
            .min(self.found.len().saturating_sub(1));
    }

    /// The selected command.
    #[must_use]
    pub fn chosen(&self) -> Option<Id> {
        self.found.get(self.selected).map(|command| command.id)
    }
}

/// Draws the palette.
pub fn draw(frame: &mut Frame<'_>, app: &App, palette: &Palette) {
    let inner = panel::popup(frame, app, "Commands", 72, 16);
    let mut lines = vec![Line::from(vec![
        Span::styled("> ", app.theme.accent()),
        Span::raw(palette.query.text().to_owned()),
        Span::styled(" ", app.theme.selected()),
    ])];
    if palette.found.is_empty() {
        lines.push(Line::styled("No command is called so", app.theme.faint()));
    }
    let height = usize::from(inner.height).saturating_sub(1);
    let top = (palette.selected + 1).saturating_sub(height);
    for (at, command) in palette.found.iter().enumerate().skip(top).take(height) {
        let keys = command.keys.first().map(ToString::to_string).unwrap_or_default();
        let room = usize::from(inner.width).saturating_sub(12);
        let line = Line::from(vec![
            Span::raw(text::fit(command.doc, room)),
            Span::styled(format!("{keys:>12}"), app.theme.faint()),
        ]);
        lines.push(if at == palette.selected {
            line.patch_style(app.theme.selected())
        } else {
            line
        });
    }
    frame.render_widget(Text::from(lines), inner);
}
