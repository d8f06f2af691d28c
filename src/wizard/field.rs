//! What a form consists of: headings, notes and fields, as plain data.
//!
//! A step builds its blocks from the state each time it is asked; a field carries what it shows and why it is wrong,
//! so that views only draw.

use serde_json::Value as Json;

/// What a field sets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// The cluster.
    Cluster,
    /// The sandbox's scenario.
    Scenario,
    /// The namespace.
    Namespace,
    /// The release's name.
    Release,
    /// The profile.
    Profile,
    /// Whether the rollout pauses before each stage.
    Pauses,
    /// The value at this dotted path of the chart's values.
    Value(String),
    /// The first host of the ingress whose values lie at this dotted path.
    IngressHost(String),
    /// The Secret with the certificate of the ingress whose values lie at this dotted path.
    IngressTls(String),
    /// Where the certificate of the ingress whose values lie at this dotted path comes from.
    IngressIssuer(String),
    /// The store of External Secrets, kind and name together.
    SecretStore,
    /// The typed confirmation.
    Confirmation,
}

/// One of several things that can be chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// What it sets.
    pub value: Json,
    /// What it is called.
    pub label: String,
    /// What it means, as half a line; may be empty.
    pub note: String,
}

impl Choice {
    /// A choice.
    pub fn new(value: impl Into<Json>, label: impl Into<String>, note: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            note: note.into(),
        }
    }
}

/// How a field is filled in.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// On or off.
    Toggle {
        /// Which it is.
        on: bool,
    },
    /// A few words side by side.
    Words {
        /// What there is to choose from.
        choices: Vec<Choice>,
        /// Which one it is, by position.
        chosen: Option<usize>,
    },
    /// A list, one below the other, each with its note; every entry takes the focus.
    List {
        /// What there is to choose from.
        choices: Vec<Choice>,
        /// Which one it is, by position.
        chosen: Option<usize>,
    },
    /// A line of text.
    Text,
    /// A whole number.
    Number,
    /// A number with a fraction.
    Fraction,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// What it sets.
    pub slot: Slot,
    /// Its name in the form.
    pub label: String,
    /// What it means, as one or two sentences.
    pub help: String,
    /// How it is filled in.
    pub kind: Kind,
    /// What stands in it, for kinds that are typed.
    pub text: String,
    /// Where the cursor stands in the text, as a byte offset; at its end until it is edited.
    pub cursor: usize,
    /// What stands there while nothing is typed.
    pub placeholder: String,
    /// What follows the field, as half a line: a unit, what it was before.
    pub note: String,
    /// Whether it is the person's choice rather than a default.
    pub chosen: bool,
    /// Why it cannot stay as it is.
    pub problem: Option<String>,
    /// Whether it lies below the field above it.
    pub nested: bool,
}

impl Field {
    /// Whether letters are text here.
    #[must_use]
    pub const fn is_typed(&self) -> bool {
        matches!(self.kind, Kind::Text | Kind::Number | Kind::Fraction)
    }

    /// How many places take the focus.
    #[must_use]
    pub fn stops(&self) -> usize {
        match &self.kind {
            Kind::List { choices, .. } => choices.len(),
            _ => 1,
        }
    }
}

/// How a note is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Explains.
    Plain,
    /// Good news.
    Good,
    /// Something waits; the number is seconds since it began.
    Waiting(u64),
    /// Look out.
    Warning,
    /// Went wrong.
    Bad,
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A heading over what follows.
    Heading(String),
    /// Something to read.
    Note(Tone, String),
    /// Something to decide.
    Field(Field),
}

impl Block {
    /// The field, where it is one.
    #[must_use]
    pub const fn field(&self) -> Option<&Field> {
        match self {
            Self::Field(field) => Some(field),
            _ => None,
        }
    }
}

/// Where the focus is: a field, and the entry in it where it is a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Focus {
    /// The field.
    pub slot: Slot,
    /// The entry of a list; 0 otherwise.
    pub entry: usize,
}
