//! Why a profile cannot be used.

use crate::chart::goyaml::YamlError;
use crate::error::{Error, ErrorKind};
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a profile cannot be used.
#[derive(Debug, Error)]
pub enum ProfileError {
    /// No profile has this name.
    #[error("there is no profile `{name}`")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
        /// The one that was probably meant.
        suggestion: Option<String>,
    },
    /// The file cannot be read.
    #[error("cannot read the profile {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file does not follow the format.
    #[error("the profile {file}, line {line}: {problem}")]
    Format {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// What is wrong there.
        problem: String,
        /// The key that was probably meant.
        suggestion: Option<String>,
    },
    /// The values cannot be read.
    #[error("the profile {file} has values that cannot be read: {source}")]
    Values {
        /// The file.
        file: String,
        /// Why.
        #[source]
        source: YamlError,
    },
    /// The name within the file is not that of the file.
    #[error("the profile {file} calls itself `{name}`; its name must be that of its file")]
    Name {
        /// The file.
        file: String,
        /// The name within it.
        name: String,
    },
}

impl From<ProfileError> for Error {
    fn from(error: ProfileError) -> Self {
        let wrapped = Self::new(ErrorKind::Input, error.to_string());
        let hinted = match &error {
            ProfileError::Unknown {
                suggestion, known, ..
            } => {
                let meant = suggestion.iter().fold(wrapped, |error, name| {
                    error.hint(format!("did you mean `{name}`?"))
                });
                meant.hint(format!("the profiles are {}", known.join(", ")))
            }
            ProfileError::Format {
                suggestion: Some(key),
                ..
            } => wrapped.hint(format!("did you mean `{key}`?")),
            _ => wrapped,
        };
        hinted.caused_by(error)
    }
}
