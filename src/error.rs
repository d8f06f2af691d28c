//! What went wrong, as data: a kind that decides heading and exit code, one sentence, hints, and the causes.
//!
//! Subsystems have typed errors of their own and convert into [`Error`] at their edge. This module knows none of
//! them, and prints nothing: the command line and the screens do.

use std::error::Error as StdError;
use std::fmt;

/// The result of whatever a person asked for.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of failure it was. The kind decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The command line cannot be understood.
    Usage,
    /// A file, a value or a choice is wrong.
    Input,
    /// The chart cannot be loaded or rendered.
    Chart,
    /// The cluster cannot be reached, or answered with an error.
    Cluster,
    /// The cluster's access rules forbid it.
    Forbidden,
    /// Somebody else owns what would be changed, or it changed after it was approved.
    Conflict,
    /// Another operator, or an unfinished operation, holds the release.
    Locked,
    /// A question needs an answer that was not given (`--yes`, `--confirm`).
    Unconfirmed,
    /// A stage did not become ready.
    Rollout,
    /// A person stopped it.
    Interrupted,
    /// A fault of the program itself.
    Bug,
}

impl ErrorKind {
    /// The exit code of a process that ends with this kind; `docs/EXIT-CODES.md` lists them.
    ///
    /// 2 is left free: `diff` answers with it when there are changes.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Input | Self::Chart | Self::Cluster | Self::Forbidden | Self::Conflict => 1,
            Self::Rollout => 3,
            Self::Locked => 4,
            Self::Unconfirmed => 5,
            Self::Usage => 64,
            Self::Bug => 70,
            Self::Interrupted => 130,
        }
    }
}

/// A failure that a person reads: what failed, where, and what to do about it.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hints: Vec<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind` that says `message`: one clear sentence without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hints: Vec::new(),
            source: None,
        }
    }

    /// Adds what the person can do about it, as one sentence.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Keeps the cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The sort of failure.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What the person can do about it, the most useful first.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The causes, outermost first, each as one line that adds something to the line above it.
    #[must_use]
    pub fn causes(&self) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut next = self.source();
        while let Some(cause) = next {
            let line = cause.to_string();
            let said = lines.last().map_or(self.message.as_str(), String::as_str);
            if !said.contains(&line) {
                lines.push(line);
            }
            next = cause.source();
        }
        lines
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_skip_what_the_line_above_already_said() {
        let inner = Error::new(ErrorKind::Input, "line 3: a tab");
        let middle = Error::new(ErrorKind::Input, "cannot read values.yaml: line 3: a tab").caused_by(inner);
        let outer = Error::new(ErrorKind::Chart, "cannot render").caused_by(middle);
        assert_eq!(outer.causes(), ["cannot read values.yaml: line 3: a tab"]);
    }

    #[test]
    fn no_kind_takes_the_exit_code_that_means_changes() {
        for kind in [
            ErrorKind::Input,
            ErrorKind::Rollout,
            ErrorKind::Locked,
            ErrorKind::Usage,
            ErrorKind::Bug,
        ] {
            assert!(![0, 2].contains(&kind.exit_code()), "{kind:?}");
        }
    }
}
