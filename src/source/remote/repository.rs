//! Classic repositories: an `index.yaml` that names archives, and Helm's list of the repositories that it knows.

use super::super::SourceError;
use super::super::request::ChartRequest;
use super::credentials::{Credentials, Places};
use super::http::{Client, Options};
use super::oci::hex;
use super::reference::is_remote;
use super::shown;
use crate::chart::goyaml;
use crate::chart::semver::{Constraint, Version};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;
use url::Url;

/// More than the largest public index.
const MAX_INDEX: u64 = 64 * 1024 * 1024;

/// Where an archive lies.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) url: Url,
    pub(super) credentials: Option<Credentials>,
    pub(super) options: Options,
    /// The SHA-256 that the index gives.
    pub(super) digest: Option<String>,
}

/// An entry of `repositories.yaml`, or what the command line says instead.
#[derive(Debug, Clone)]
struct Repository {
    name: String,
    url: Url,
    credentials: Option<Credentials>,
    options: Options,
    pass_credentials: bool,
}

/// Finds the archive that is meant: a URL, a name with `--repo`, or `REPOSITORY/NAME`.
pub(super) async fn locate(
    request: &ChartRequest,
    options: &Options,
    places: &Places,
) -> Result<Located, SourceError> {
    let known = known_repositories(places)?;
    let reference = request.reference.as_str();
    if request.repository.is_none() && is_remote(reference) {
        return Ok(direct(web_url(reference)?, &known, options));
    }
    let (repository, chart) = if let Some(url) = &request.repository {
        let repository = Repository {
            name: url.clone(),
            url: web_url(url)?,
            credentials: None,
            options: options.clone(),
            pass_credentials: request.pass_credentials,
        };
        (repository, reference)
    } else {
        let (name, chart) = reference
            .split_once('/')
            .ok_or_else(|| SourceError::Reference(reference.to_owned()))?;
        let found = known.into_iter().find(|repository| repository.name == name);
        let found = found.ok_or_else(|| SourceError::UnknownRepository(name.to_owned()))?;
        (found, chart)
    };
    in_index(&repository, chart, request).await
}

/// An archive at a URL, with the credentials of the repository that it belongs to.
fn direct(url: Url, known: &[Repository], options: &Options) -> Located {
    let repository = known
        .iter()
        .find(|repository| url.as_str().starts_with(base_of(&repository.url).as_str()));
    Located {
        credentials: repository
            .and_then(|repository| repository.credentials.clone())
            .or_else(|| of_url(&url)),
        options: repository
            .filter(|_| *options == Options::default())
            .map_or_else(|| options.clone(), |repository| repository.options.clone()),
        url,
        digest: None,
    }
}

async fn in_index(
    repository: &Repository,
    chart: &str,
    request: &ChartRequest,
) -> Result<Located, SourceError> {
    let client = Client::new(&repository.options)?;
    let base = base_of(&repository.url);
    let index_url = joined(&base, "index.yaml", &repository.url)?;
    let credentials = repository.credentials.clone().or_else(|| of_url(&repository.url));
    let index = client.get(&index_url, credentials.as_ref(), MAX_INDEX).await?;
    let index = goyaml::parse(&index).map_err(|error| SourceError::Index {
        url: shown(&index_url),
        why: error.to_string(),
    })?;
    let entry = find(&index, chart, request, &index_url)?;
    let address = entry["urls"][0].as_str().unwrap_or_default();
    if address.is_empty() {
        return Err(SourceError::Index {
            url: shown(&index_url),
            why: format!("it gives no address for {chart}"),
        });
    }
    let url = joined(&base, address, &repository.url)?;
    let may_see = repository.pass_credentials || url.origin() == repository.url.origin();
    Ok(Located {
        credentials: credentials.filter(|_| may_see),
        options: repository.options.clone(),
        digest: entry["digest"].as_str().map(str::to_owned),
        url,
    })
}

/// The entry of the newest version that is wanted. A version that is written exactly so wins over what it matches.
fn find<'i>(
    index: &'i Json,
    chart: &str,
    request: &ChartRequest,
    url: &Url,
) -> Result<&'i Json, SourceError> {
    let no_version = |wanted: &str| SourceError::NoVersion {
        chart: chart.to_owned(),
        wanted: wanted.to_owned(),
        place: shown(url),
    };
    let entries = index["entries"][chart].as_array().map(Vec::as_slice);
    let entries = entries
        .filter(|entries| !entries.is_empty())
        .ok_or_else(|| SourceError::NotInIndex {
            chart: chart.to_owned(),
            url: shown(url),
        })?;
    let version = |entry: &Json| entry["version"].as_str().unwrap_or_default().to_owned();
    let wanted = request.constraint();
    if let Some(exact) = entries.iter().find(|entry| version(entry) == wanted) {
        return Ok(exact);
    }
    let constraint = Constraint::parse(wanted).map_err(|_| no_version(wanted))?;
    let versions = entries
        .iter()
        .filter_map(|entry| Some((Version::parse(&version(entry)).ok()?, entry)));
    let newest = versions
        .filter(|(version, _)| constraint.matches(version))
        .max_by(|(a, _), (b, _)| a.cmp(b));
    newest.map(|(_, entry)| entry).ok_or_else(|| no_version(wanted))
}

/// Compares an archive with what its index says of it.
pub(super) fn check_digest(archive: &[u8], digest: Option<&str>, url: &Url) -> Result<(), SourceError> {
    let Some(digest) = digest.filter(|digest| !digest.is_empty()) else {
        return Ok(());
    };
    let expected = digest.strip_prefix("sha256:").unwrap_or(digest);
    let found = hex(&Sha256::digest(archive));
    if found.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    Err(SourceError::Digest {
        place: shown(url),
        expected: expected.to_owned(),
        found,
    })
}

fn known_repositories(places: &Places) -> Result<Vec<Repository>, SourceError> {
    let Some(path) = &places.repositories else {
        return Ok(Vec::new());
    };
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => {
            return Err(SourceError::Read {
                path: path.clone(),
                source,
            });
        }
    };
    let wrong = |why: String| SourceError::Index {
        url: path.display().to_string(),
        why,
    };
    let list = goyaml::parse(&text).map_err(|error| wrong(error.to_string()))?;
    let entries = list["repositories"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    // An entry for a scheme of a plugin is none of ours.
    Ok(entries.iter().filter_map(repository).collect())
}

fn repository(entry: &Json) -> Option<Repository> {
    let text = |name: &str| {
        entry[name]
            .as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let file = |name: &str| text(name).map(PathBuf::from);
    let credentials = text("username")
        .zip(text("password"))
        .map(|(username, password)| Credentials {
            username,
            password: password.into(),
        });
    Some(Repository {
        name: text("name")?,
        url: web_url(&text("url")?).ok()?,
        credentials,
        options: Options {
            trusted: file("caFile"),
            certificate: file("certFile"),
            key: file("keyFile"),
        },
        pass_credentials: entry["pass_credentials_all"].as_bool().unwrap_or_default(),
    })
}

pub(super) fn web_url(text: &str) -> Result<Url, SourceError> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| SourceError::Reference(text.to_owned()))
}

/// The URL with a slash at the end of its path: addresses in it are relative to it.
fn base_of(url: &Url) -> Url {
    let mut base = url.clone();
    if !base.path().ends_with('/') {
        base.set_path(&format!("{}/", url.path()));
    }
    base.set_query(None);
    base
}

/// An address of a repository; a relative one keeps the repository's query, which may be a key.
fn joined(base: &Url, address: &str, repository: &Url) -> Result<Url, SourceError> {
    let url = base
        .join(address)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https" | "oci"));
    let mut url = url.ok_or_else(|| SourceError::Reference(address.to_owned()))?;
    if Url::parse(address).is_err() {
        url.set_query(repository.query());
    }
    Ok(url)
}

/// The credentials that stand in a URL.
pub(super) fn of_url(url: &Url) -> Option<Credentials> {
    let decoded = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    (!url.username().is_empty()).then(|| Credentials {
        username: decoded(url.username()),
        password: decoded(url.password().unwrap_or_default()).into(),
    })
}
