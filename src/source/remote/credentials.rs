//! Names and passwords for registries, from the files that `helm registry login` and `docker login` write.
//!
//! Programs that keep credentials for Docker are not run: where a file says that one of them has the password, the error
//! of a refused request says so.

use super::super::SourceError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value as Json;
use std::env;
use std::path::PathBuf;

/// A name and a password.
#[derive(Debug, Clone)]
pub(super) struct Credentials {
    pub(super) username: String,
    pub(super) password: SecretString,
}

impl Credentials {
    /// The header of basic authentication.
    pub(super) fn basic(&self) -> Result<HeaderValue, SourceError> {
        let text = format!("{}:{}", self.username, self.password.expose_secret());
        let mut header = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(text)))
            .map_err(|_| SourceError::Credentials("the credentials cannot be sent".to_owned()))?;
        header.set_sensitive(true);
        Ok(header)
    }
}

/// What is known of a registry.
#[derive(Debug, Clone)]
pub(super) enum Known {
    /// Nothing.
    Nothing,
    /// A name and a password.
    Password(Credentials),
    /// A token that is good for others.
    IdentityToken(SecretString),
    /// A program has them: its name without `docker-credential-`.
    Helper(String),
}

/// The configuration files that are read.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    /// Helm's `registry/config.json`, then Docker's `config.json`.
    pub(super) registries: Vec<PathBuf>,
    /// Helm's `repositories.yaml`.
    pub(super) repositories: Option<PathBuf>,
}

impl Places {
    /// Where Helm and Docker keep their files for this user, by their environment variables.
    pub(super) fn of_the_user() -> Self {
        let path = |name: &str| {
            env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
        let helm = path("HELM_CONFIG_HOME").or_else(|| {
            path("XDG_CONFIG_HOME")
                .or_else(|| {
                    let own = if cfg!(target_os = "macos") {
                        "Library/Preferences"
                    } else {
                        ".config"
                    };
                    home.as_ref().map(|home| home.join(own))
                })
                .map(|config| config.join("helm"))
        });
        let in_helm = |name: &str| helm.as_ref().map(|helm| helm.join(name));
        let docker = path("DOCKER_CONFIG").or_else(|| home.as_ref().map(|home| home.join(".docker")));
        let registries = [
            path("HELM_REGISTRY_CONFIG").or_else(|| in_helm("registry/config.json")),
            docker.map(|docker| docker.join("config.json")),
        ];
        Self {
            registries: registries.into_iter().flatten().collect(),
            repositories: path("HELM_REPOSITORY_CONFIG").or_else(|| in_helm("repositories.yaml")),
        }
    }

    /// What the files know of a registry; the first that knows anything.
    pub(super) fn known_of(&self, host: &str) -> Known {
        let mut helper = None;
        for file in &self.registries {
            let Ok(text) = std::fs::read(file) else { continue };
            let Ok(config) = serde_json::from_slice::<Json>(&text) else {
                continue;
            };
            match known_in(&config, host) {
                Known::Nothing => {}
                Known::Helper(name) => helper = helper.or(Some(name)),
                known => return known,
            }
        }
        helper.map_or(Known::Nothing, Known::Helper)
    }
}

/// The names under which a registry may stand in a file.
fn names(host: &str) -> Vec<&str> {
    match host {
        "docker.io" | "index.docker.io" | "registry-1.docker.io" => {
            vec!["docker.io", "index.docker.io", "registry-1.docker.io"]
        }
        host => vec![host],
    }
}

/// The host of a key such as `https://index.docker.io/v1/`.
fn host_of(key: &str) -> &str {
    let key = key.split_once("://").map_or(key, |(_, rest)| rest);
    key.split('/').next().unwrap_or(key)
}

fn known_in(config: &Json, host: &str) -> Known {
    let names = names(host);
    let of_host = |section: &str| {
        let entries = config.get(section)?.as_object()?;
        let entry = entries.iter().find(|(key, _)| names.contains(&host_of(key)));
        entry.map(|(_, value)| value.clone())
    };
    if let Some(entry) = of_host("auths") {
        let known = known_from(&entry);
        if !matches!(known, Known::Nothing) {
            return known;
        }
    }
    let helper = of_host("credHelpers").or_else(|| config.get("credsStore").cloned());
    match helper.as_ref().and_then(Json::as_str) {
        Some(name) if !name.is_empty() => Known::Helper(name.to_owned()),
        _ => Known::Nothing,
    }
}

fn known_from(entry: &Json) -> Known {
    let text = |name: &str| {
        entry
            .get(name)
            .and_then(Json::as_str)
            .filter(|text| !text.is_empty())
    };
    if let Some(token) = text("identitytoken") {
        return Known::IdentityToken(token.into());
    }
    let decoded = text("auth")
        .and_then(|auth| STANDARD.decode(auth).ok())
        .and_then(|auth| String::from_utf8(auth).ok());
    let pair = decoded
        .as_deref()
        .and_then(|auth| auth.split_once(':'))
        .or_else(|| text("username").zip(text("password")));
    match pair {
        Some((username, password)) if !username.is_empty() => Known::Password(Credentials {
            username: username.to_owned(),
            password: password.trim_end_matches('\0').into(),
        }),
        _ => Known::Nothing,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_registry_is_found_under_each_form_of_its_name() {
        let config = json!({
            "auths": {
                "https://index.docker.io/v1/": {"auth": STANDARD.encode("me:pa:ss")},
                "registry.example:5000": {"username": "you", "password": "word"},
                "token.example": {"auth": STANDARD.encode("x:y"), "identitytoken": "t"},
                "empty.example": {},
            },
            "credHelpers": {"helped.example": "ecr-login"},
            "credsStore": "desktop",
        });
        let known = |host: &str| match known_in(&config, host) {
            Known::Password(found) => format!("{} {}", found.username, found.password.expose_secret()),
            Known::IdentityToken(token) => token.expose_secret().to_owned(),
            Known::Helper(name) => format!("helper {name}"),
            Known::Nothing => "nothing".to_owned(),
        };
        assert_eq!(known("docker.io"), "me pa:ss");
        assert_eq!(known("registry.example:5000"), "you word");
        assert_eq!(known("registry.example"), "helper desktop");
        assert_eq!(known("token.example"), "t");
        assert_eq!(known("empty.example"), "helper desktop");
        assert_eq!(known("helped.example"), "helper ecr-login");
    }

    #[test]
    fn the_file_that_has_a_password_wins_over_one_that_names_a_program() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, config: &Json| {
            let path = folder.path().join(name);
            std::fs::write(&path, config.to_string()).unwrap();
            path
        };
        let places = Places {
            registries: vec![
                folder.path().join("none.json"),
                file("helm.json", &json!({"credsStore": "pass"})),
                file(
                    "docker.json",
                    &json!({"auths": {"a.example": {"auth": STANDARD.encode("a:b")}}}),
                ),
            ],
            repositories: None,
        };
        assert!(matches!(places.known_of("a.example"), Known::Password(_)));
        assert!(matches!(places.known_of("b.example"), Known::Helper(name) if name == "pass"));
    }

    #[test]
    fn a_password_is_not_shown() {
        let credentials = Credentials {
            username: "me".to_owned(),
            password: "hunter2".into(),
        };
        assert!(!format!("{credentials:?}").contains("hunter2"));
        assert!(credentials.basic().unwrap().is_sensitive());
    }
}
