//! Profiles: values, defaults and guard rails for one kind of environment.
//!
//! Three are built in; a person's own lie in the configuration folder, as `mesh-tui/profiles/NAME.yaml`, and win over a
//! built-in one of the same name. A profile chooses nothing that a person could not choose: its values are an overlay
//! like any other.

mod error;
mod read;

pub use error::ProfileError;

use crate::plan::policy::PolicyErrors;
use crate::source;
use crate::suggest;
use directories::ProjectDirs;
use serde_json::{Map, Value as Json};
use std::fmt;
use std::path::{Path, PathBuf};

/// A profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// What it is called on the command line.
    pub name: String,
    /// What it is called on a screen.
    pub title: String,
    /// One sentence on what it is for.
    pub description: String,
    /// The environment that it deploys: `development`, `staging`, `production`.
    pub environment: String,
    /// Whether mistakes are expensive there.
    pub production: bool,
    /// What the wizard starts from.
    pub defaults: Defaults,
    /// What stands between a plan and a rollout.
    pub guards: Guards,
    /// The overlay above the chart's values.
    pub values: Map<String, Json>,
    /// Where it was read from.
    pub origin: Origin,
}

/// What the wizard and the commands start from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defaults {
    /// The namespace of the release.
    pub namespace: String,
    /// The name of the release.
    pub release: String,
    /// Whether a missing namespace is created without being asked for.
    pub create_namespace: bool,
    /// The backend that holds the secrets: `kubernetes`, `external-secrets`, `sealed-secrets`, `sops`.
    pub secrets_backend: String,
}

/// What stands between a plan and a rollout.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guards {
    /// Applying wants the release's name typed, or `--confirm NAME`.
    pub typed_confirmation: bool,
    /// The rollout waits for a person after each stage.
    pub pause_between_stages: bool,
    /// The policy checks whose findings keep a rollout from starting.
    pub policy_errors: PolicyErrors,
}

/// Where a profile comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It is part of the program.
    BuiltIn,
    /// It is a person's own.
    File(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built in"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// The profiles that there are.
#[derive(Debug, Default)]
pub struct Profiles {
    /// The ones that can be used, the built-in ones first, each name once.
    pub profiles: Vec<Profile>,
    /// The files that cannot be read, each with the reason. They do not keep the others from being used.
    pub broken: Vec<ProfileError>,
}

/// The profile of this name.
pub fn load(name: &str) -> Result<Profile, ProfileError> {
    find(name, folder().as_deref())
}

/// All profiles: the built-in ones and a person's own.
#[must_use]
pub fn list() -> Profiles {
    list_with(folder().as_deref())
}

/// The folder of a person's own profiles, whether it exists or not; `None` where there is no home folder.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    ProjectDirs::from("", "", "mesh-tui").map(|folders| folders.config_dir().join("profiles"))
}

fn find(name: &str, folder: Option<&Path>) -> Result<Profile, ProfileError> {
    let own = files(folder).into_iter().find(|(stem, _)| stem == name);
    if let Some((_, path)) = own {
        return from_file(&path);
    }
    let built_in = source::embedded_profiles().find(|(file, _)| stem(Path::new(file)) == Some(name));
    if let Some((file, text)) = built_in {
        return read::profile(text, file, Origin::BuiltIn);
    }
    let mut known: Vec<String> = source::embedded_profiles()
        .filter_map(|(file, _)| stem(Path::new(file)).map(str::to_owned))
        .chain(files(folder).into_iter().map(|(stem, _)| stem))
        .collect();
    known.sort_unstable();
    known.dedup();
    Err(ProfileError::Unknown {
        name: name.to_owned(),
        suggestion: suggest::closest(name, known.iter().map(String::as_str)).map(str::to_owned),
        known,
    })
}

fn list_with(folder: Option<&Path>) -> Profiles {
    let mut found = Profiles::default();
    let own = files(folder);
    let built_in = source::embedded_profiles()
        .filter(|(file, _)| {
            own.iter()
                .all(|(name, _)| Some(name.as_str()) != stem(Path::new(file)))
        })
        .map(|(file, text)| read::profile(text, file, Origin::BuiltIn));
    let mut built_in: Vec<_> = built_in.collect();
    // From a laptop to production, which the alphabet happens not to know.
    built_in.sort_by_key(|profile| {
        profile
            .as_ref()
            .map_or((true, true), |p| (p.production, p.name != "local"))
    });
    for profile in built_in
        .into_iter()
        .chain(own.iter().map(|(_, path)| from_file(path)))
    {
        match profile {
            Ok(profile) => found.profiles.push(profile),
            Err(error) => found.broken.push(error),
        }
    }
    found
}

fn from_file(path: &Path) -> Result<Profile, ProfileError> {
    let text = std::fs::read(path).map_err(|source| ProfileError::Read {
        path: path.to_owned(),
        source,
    })?;
    read::profile(&text, &path.display().to_string(), Origin::File(path.to_owned()))
}

/// A person's own files by name; a folder that is not there holds none.
fn files(folder: Option<&Path>) -> Vec<(String, PathBuf)> {
    let Some(Ok(entries)) = folder.map(std::fs::read_dir) else {
        return Vec::new();
    };
    let mut files: Vec<(String, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let is_yaml = path
                .extension()
                .is_some_and(|extension| extension == "yaml" || extension == "yml");
            Some((stem(&path).filter(|_| is_yaml)?.to_owned(), path.clone()))
        })
        .collect();
    files.sort_unstable();
    files
}

fn stem(path: &Path) -> Option<&str> {
    path.file_stem()?.to_str()
}

#[cfg(test)]
mod tests;
