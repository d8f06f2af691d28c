//! The proof that a person, or who runs the command in their name, approved a rollout.

use thiserror::Error;

/// What it takes to approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    release: String,
    typed: bool,
}

/// A rollout was approved. Only [`Guard::approve`] makes one, and a rollout does not start without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    release: String,
}

/// Why it counts as not approved.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unapproved {
    /// Nobody said yes.
    #[error("the rollout was not approved")]
    NotAnswered,
    /// The profile wants the release's name to be typed, and it was not, or another name was.
    #[error("the profile wants the name of the release, {release}, as confirmation")]
    NotTyped {
        /// The name to type.
        release: String,
    },
}

impl Guard {
    /// A guard for `release`; `typed` where the profile wants the release's name to be typed.
    #[must_use]
    pub fn new(release: impl Into<String>, typed: bool) -> Self {
        Self {
            release: release.into(),
            typed,
        }
    }

    /// Whether the release's name must be typed.
    #[must_use]
    pub const fn wants_typed(&self) -> bool {
        self.typed
    }

    /// Takes the answer: `yes` to the ordinary question, `typed` what was typed as confirmation.
    pub fn approve(&self, yes: bool, typed: Option<&str>) -> Result<Approved, Unapproved> {
        if self.typed && typed != Some(self.release.as_str()) {
            return Err(Unapproved::NotTyped {
                release: self.release.clone(),
            });
        }
        if !yes && !self.typed {
            return Err(Unapproved::NotAnswered);
        }
        Ok(Approved {
            release: self.release.clone(),
        })
    }
}

impl Approved {
    /// The release it was given for.
    #[must_use]
    pub fn release(&self) -> &str {
        &self.release
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_confirmation_takes_the_exact_name_and_nothing_else() {
        let guard = Guard::new("developer-mesh", true);
        for typed in [None, Some(""), Some("developer"), Some("Developer-Mesh")] {
            assert!(guard.approve(true, typed).is_err(), "{typed:?}");
        }
        assert!(guard.approve(false, Some("developer-mesh")).is_ok());
    }

    #[test]
    fn an_ordinary_question_takes_a_yes() {
        let guard = Guard::new("developer-mesh", false);
        assert_eq!(guard.approve(false, None), Err(Unapproved::NotAnswered));
        assert!(guard.approve(true, None).is_ok());
    }
}
