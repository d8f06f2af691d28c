//! How fields are declared: a constructor for each kind, and what can be added to it.

use crate::wizard::check;
use crate::wizard::field::{Block, Choice, Field, Kind, Slot, Tone};
use crate::wizard::overlay;
use crate::wizard::state::State;
use serde_json::Value as Json;

/// A form under construction.
pub(super) struct Form<'a> {
    pub(super) state: &'a State,
    blocks: Vec<Block>,
}

impl<'a> Form<'a> {
    pub(super) const fn new(state: &'a State) -> Self {
        Self {
            state,
            blocks: Vec::new(),
        }
    }

    pub(super) fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading(text.into()));
    }

    pub(super) fn note(&mut self, tone: Tone, text: impl Into<String>) {
        self.blocks.push(Block::Note(tone, text.into()));
    }

    pub(super) fn add(&mut self, field: Field) {
        self.blocks.push(Block::Field(field));
    }

    pub(super) fn done(self) -> Vec<Block> {
        self.blocks
    }
}

/// A number as it is typed.
fn plain(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Number(number) => match number.as_f64() {
            // Values arrive as float64 from Go's YAML: 3.0 is typed as 3.
            Some(float) if number.as_i64().is_none() && float.fract() == 0.0 && float.abs() < 1e15 => {
                format!("{float:.0}")
            }
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

impl Field {
    fn new(slot: Slot, label: &str, kind: Kind) -> Self {
        Self {
            slot,
            label: label.to_owned(),
            help: String::new(),
            kind,
            text: String::new(),
            cursor: 0,
            placeholder: String::new(),
            note: String::new(),
            chosen: false,
            problem: None,
            nested: false,
        }
    }

    /// A line of text that sets `slot`, with `stored` in it until something is typed.
    pub(super) fn typed(state: &State, slot: Slot, label: &str, stored: String, kind: Kind) -> Self {
        let mut field = Self::new(slot, label, kind);
        if let Some(draft) = state.drafts.get(&field.slot) {
            draft.text().clone_into(&mut field.text);
            field.cursor = draft.cursor();
        } else {
            field.cursor = stored.len();
            field.text = stored;
        }
        field
    }

    /// A line of text for the value at `path`.
    pub(super) fn text(state: &State, path: &str, label: &str) -> Self {
        let stored = plain(state.get(path).unwrap_or(&Json::Null));
        Self::typed(state, Slot::Value(path.to_owned()), label, stored, Kind::Text).marked(state, path)
    }

    /// A whole number from `low` to `high` for the value at `path`.
    pub(super) fn number(state: &State, path: &str, label: &str, low: i64, high: i64) -> Self {
        let stored = plain(state.get(path).unwrap_or(&Json::Null));
        Self::typed(state, Slot::Value(path.to_owned()), label, stored, Kind::Number)
            .marked(state, path)
            .check(|text| check::whole(text, low, high).map(drop))
    }

    /// A number with a fraction for the value at `path`.
    pub(super) fn fraction(state: &State, path: &str, label: &str) -> Self {
        let stored = plain(state.get(path).unwrap_or(&Json::Null));
        Self::typed(state, Slot::Value(path.to_owned()), label, stored, Kind::Fraction)
            .marked(state, path)
            .check(check::share)
    }

    /// A switch for the value at `path`.
    pub(super) fn toggle(state: &State, path: &str, label: &str) -> Self {
        let on = state.is_on(path);
        Self::new(Slot::Value(path.to_owned()), label, Kind::Toggle { on }).marked(state, path)
    }

    /// A switch for something that is no value.
    pub(super) fn switch(slot: Slot, label: &str, on: bool) -> Self {
        Self::new(slot, label, Kind::Toggle { on })
    }

    /// A few words side by side for the value at `path`.
    ///
    /// A value that is none of the choices is shown beside them rather than lost.
    pub(super) fn words(state: &State, path: &str, label: &str, mut choices: Vec<Choice>) -> Self {
        let value = state.get(path).cloned().unwrap_or(Json::Null);
        let mut chosen = choices.iter().position(|choice| choice.value == value);
        let empty = value.is_null() || value.as_str() == Some("");
        if chosen.is_none() && !empty {
            choices.push(Choice::new(value.clone(), plain(&value), ""));
            chosen = Some(choices.len() - 1);
        }
        Self::new(
            Slot::Value(path.to_owned()),
            label,
            Kind::Words { choices, chosen },
        )
        .marked(state, path)
    }

    /// A few words side by side for something that is no plain value.
    pub(super) fn words_of(slot: Slot, label: &str, choices: Vec<Choice>, current: &Json) -> Self {
        let chosen = choices.iter().position(|choice| &choice.value == current);
        Self::new(slot, label, Kind::Words { choices, chosen })
    }

    /// A list for something that is no plain value.
    pub(super) fn list_of(slot: Slot, label: &str, choices: Vec<Choice>, current: &Json) -> Self {
        let chosen = choices.iter().position(|choice| &choice.value == current);
        Self::new(slot, label, Kind::List { choices, chosen })
    }

    /// A list for the value at `path`.
    pub(super) fn list(state: &State, path: &str, label: &str, choices: Vec<Choice>) -> Self {
        let value = state.get(path).cloned().unwrap_or(Json::Null);
        let chosen = choices.iter().position(|choice| choice.value == value);
        Self::new(
            Slot::Value(path.to_owned()),
            label,
            Kind::List { choices, chosen },
        )
        .marked(state, path)
    }

    fn marked(mut self, state: &State, path: &str) -> Self {
        self.chosen = overlay::get(&state.overlay, path).is_some();
        self
    }

    /// Marks it as the person's own choice.
    pub(super) const fn chosen_if(mut self, chosen: bool) -> Self {
        self.chosen = chosen;
        self
    }

    /// What it means.
    pub(super) fn help(mut self, help: &str) -> Self {
        help.clone_into(&mut self.help);
        self
    }

    /// What stands there while nothing is typed.
    pub(super) fn placeholder(mut self, placeholder: impl Into<String>) -> Self {
        self.placeholder = placeholder.into();
        self
    }

    /// What follows it.
    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Lies below the field above it.
    pub(super) const fn nested(mut self) -> Self {
        self.nested = true;
        self
    }

    /// Checks what is typed; the first reason found stays.
    pub(super) fn check(mut self, check: impl Fn(&str) -> Result<(), String>) -> Self {
        if self.problem.is_none() {
            self.problem = check(self.text.trim()).err();
        }
        self
    }
}

impl Field {
    /// Something must be chosen.
    pub(super) fn required(mut self) -> Self {
        if let Kind::Words { chosen: None, .. } | Kind::List { chosen: None, .. } = self.kind {
            self.problem = Some("is needed".into());
        }
        self
    }

    /// Shows which of its words an empty value stands for.
    pub(super) fn by_default(mut self, word: &str) -> Self {
        if let Kind::Words { choices, chosen } = &mut self.kind {
            *chosen = chosen.or_else(|| {
                choices
                    .iter()
                    .position(|choice| choice.value.as_str() == Some(word))
            });
        }
        self
    }
}
