//! The sixteen terminal colours by purpose, so that the person's own theme rules. Every colour comes with a second
//! sign (a letter, a mark, a position) from whoever draws; with `NO_COLOR` only that sign and the weight are left.

use ratatui::style::{Color, Modifier, Style};

/// Styles by purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    colours: bool,
}

impl Theme {
    /// The theme as the environment wants it: a non-empty `NO_COLOR` takes the colours away.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::new(std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()))
    }

    /// A theme with or without colours.
    #[must_use]
    pub const fn new(colours: bool) -> Self {
        Self { colours }
    }

    fn fg(self, colour: Color) -> Style {
        if self.colours {
            Style::new().fg(colour)
        } else {
            Style::new()
        }
    }

    /// What the eye should find first: the focus, the next key.
    #[must_use]
    pub fn accent(self) -> Style {
        self.fg(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    /// Headings and names.
    #[must_use]
    pub const fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What may be overlooked.
    #[must_use]
    pub const fn faint(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// Ordinary text.
    #[must_use]
    pub const fn plain(self) -> Style {
        Style::new()
    }

    /// Good news, and what is added.
    #[must_use]
    pub fn good(self) -> Style {
        self.fg(Color::Green)
    }

    /// Look out.
    #[must_use]
    pub fn warning(self) -> Style {
        self.fg(Color::Yellow)
    }

    /// Went wrong, and what is taken away.
    #[must_use]
    pub fn bad(self) -> Style {
        self.fg(Color::Red)
    }

    /// Drift: somebody else's change.
    #[must_use]
    pub fn drift(self) -> Style {
        self.fg(Color::Magenta)
    }

    /// What belongs to another manager or to the server.
    #[must_use]
    pub fn other(self) -> Style {
        self.fg(Color::Blue)
    }

    /// A row that is selected.
    #[must_use]
    pub const fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// A decision that waits for the person: the brightest thing on the screen.
    #[must_use]
    pub fn decision(self) -> Style {
        if self.colours {
            Style::new()
                .fg(Color::Black)
                .bg(Color::Yellow)
                .add_modifier(Modifier::BOLD)
        } else {
            Style::new().add_modifier(Modifier::BOLD.union(Modifier::REVERSED))
        }
    }

    /// The badge of a profile; a guarded one is loud.
    #[must_use]
    pub fn badge(self, guarded: bool) -> Style {
        if !self.colours {
            return Style::new().add_modifier(Modifier::BOLD.union(Modifier::REVERSED));
        }
        let style = Style::new().add_modifier(Modifier::BOLD);
        if guarded {
            style.fg(Color::White).bg(Color::Red)
        } else {
            style.fg(Color::Black).bg(Color::Green)
        }
    }

    /// The header's bar as a whole; red from edge to edge under a guarded profile.
    #[must_use]
    pub fn header(self, guarded: bool) -> Style {
        match (guarded, self.colours) {
            (true, true) => Style::new().fg(Color::White).bg(Color::Red),
            (true, false) => Style::new().add_modifier(Modifier::REVERSED),
            (false, _) => Style::new(),
        }
    }

    /// The border of a panel: quiet, coloured where it has the focus, red where a mistake is felt by others.
    #[must_use]
    pub fn border(self, focused: bool, guarded: bool) -> Style {
        match (focused, guarded) {
            (true, true) => self.bad(),
            (true, false) => self.fg(Color::Cyan),
            (false, _) => self.faint(),
        }
    }
}
