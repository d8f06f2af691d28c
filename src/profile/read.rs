//! The file format of profiles. Its values are read as values are, the rest with a type and without leniency.

use super::{Defaults, Guards, Origin, Profile, ProfileError};
use crate::chart::goyaml;
use crate::plan::policy::PolicyErrors;
use crate::suggest;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value as Json};
use std::path::Path;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    name: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    environment: String,
    #[serde(default)]
    production: bool,
    #[serde(default)]
    defaults: FileDefaults,
    #[serde(default)]
    guards: FileGuards,
    /// Read once more as Go reads it: `yes` and `0777` are no strings in values.
    #[serde(default, rename = "values")]
    _values: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct FileDefaults {
    namespace: String,
    release: String,
    create_namespace: bool,
    secrets_backend: String,
}

impl Default for FileDefaults {
    fn default() -> Self {
        Self {
            namespace: "developer-mesh".to_owned(),
            release: "developer-mesh".to_owned(),
            create_namespace: false,
            secrets_backend: "kubernetes".to_owned(),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct FileGuards {
    typed_confirmation: bool,
    pause_between_stages: bool,
    policy_errors: Vec<String>,
}

/// Reads a profile. `file` is what errors call it.
pub(super) fn profile(text: &[u8], file: &str, origin: Origin) -> Result<Profile, ProfileError> {
    let read: File = serde_yaml::from_slice(text).map_err(|error| format_error(&error, file))?;
    if Path::new(file).file_stem().and_then(|stem| stem.to_str()) != Some(read.name.as_str()) {
        return Err(ProfileError::Name {
            file: file.to_owned(),
            name: read.name,
        });
    }
    Ok(Profile {
        title: if read.title.is_empty() {
            read.name.clone()
        } else {
            read.title
        },
        name: read.name,
        description: read.description,
        environment: read.environment,
        production: read.production,
        defaults: Defaults {
            namespace: read.defaults.namespace,
            release: read.defaults.release,
            create_namespace: read.defaults.create_namespace,
            secrets_backend: read.defaults.secrets_backend,
        },
        guards: Guards {
            typed_confirmation: read.guards.typed_confirmation,
            pause_between_stages: read.guards.pause_between_stages,
            policy_errors: policy_errors(&read.guards.policy_errors, text, file)?,
        },
        values: values(text).map_err(|source| ProfileError::Values {
            file: file.to_owned(),
            source,
        })?,
        origin,
    })
}

/// The rules of these names. serde knows the place of a key, and not that of an item: it is looked up in the text.
fn policy_errors(names: &[String], text: &[u8], file: &str) -> Result<PolicyErrors, ProfileError> {
    PolicyErrors::of(names.iter().map(String::as_str)).map_err(|unknown| ProfileError::Format {
        file: file.to_owned(),
        line: line_of(&unknown.name, text),
        problem: format!("in guards.policyErrors, {unknown}"),
        suggestion: unknown.suggestion.map(str::to_owned),
    })
}

/// The first line from `policyErrors` on in which a word stands, from 1.
fn line_of(word: &str, text: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(text);
    let mut lines = text
        .lines()
        .zip(1..)
        .skip_while(|(line, _)| !line.contains("policyErrors"));
    lines
        .find(|(line, _)| line.contains(word))
        .map_or(1, |(_, number)| number)
}

fn values(text: &[u8]) -> Result<Map<String, Json>, goyaml::YamlError> {
    let mut document = goyaml::parse_object(text)?;
    match document.remove("values") {
        None | Some(Json::Null) => Ok(Map::new()),
        Some(Json::Object(values)) => Ok(values),
        // The error names what is there instead.
        Some(other) => goyaml::parse_object(goyaml::to_string(&other).as_bytes()),
    }
}

fn format_error(error: &serde_yaml::Error, file: &str) -> ProfileError {
    let inner = error.without_snippet();
    let suggestion = match inner {
        serde_yaml::Error::SerdeUnknownField { field, expected, .. } => {
            suggest::closest(field, expected.iter().copied())
        }
        _ => None,
    };
    let text = inner.to_string();
    // The place has its own words in ours.
    let problem = text
        .split_once(" at line ")
        .map_or(text.as_str(), |(problem, _)| problem);
    ProfileError::Format {
        file: file.to_owned(),
        line: error.location().map_or(1, |location| location.line()),
        problem: problem.to_owned(),
        suggestion: suggestion.map(str::to_owned),
    }
}
