//! Charts in OCI registries (distribution specification 1.1; Helm's media types).

use super::super::SourceError;
use super::super::request::ChartRequest;
use super::challenge::Challenge;
use super::credentials::{Known, Places};
use super::http::{Answer, Client, refused, text};
use super::reference::{OciReference, is_digest, is_tag};
use super::{Fetched, shown};
use crate::chart::semver::{Constraint, Version};
use crate::source::MAX_CHART_SIZE;
use bytes::Bytes;
use form_urlencoded::Serializer;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LINK, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256, Sha512};
use std::fmt::Write as _;
use url::Url;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
/// The archive of a chart, under its name of today and the one of Helm's first experiments.
const ARCHIVES: [&str; 2] = [
    "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
    "application/tar+gzip",
];
/// Far more than a manifest or a list of tags has.
const MAX_DOCUMENT: u64 = 4 * 1024 * 1024;
/// How many pages of tags are read.
const MAX_PAGES: usize = 100;

/// Fetches the archive of a chart.
pub(super) async fn pull(
    client: &Client,
    reference: &OciReference,
    request: &ChartRequest,
    places: &Places,
) -> Result<Fetched, SourceError> {
    let mut registry = Registry {
        client,
        host: reference.host.clone(),
        base: reference.base(request.plain_http)?,
        repository: reference.repository.clone(),
        known: places.known_of(&reference.host),
        authorization: None,
    };
    let tag = registry.tag(reference, request).await?;
    let wanted = reference.digest.as_deref().or(tag.as_deref()).unwrap_or_default();
    let answer = registry
        .get(&format!("manifests/{wanted}"), MANIFEST, MAX_DOCUMENT)
        .await?;
    let digest = reference
        .digest
        .clone()
        .unwrap_or_else(|| format!("sha256:{}", hex(&Sha256::digest(&answer.body))));
    let whole = reference.pinned(tag.as_deref(), &digest);
    check(&answer.body, &digest, &whole)?;
    let archive = archive_digest(&answer.body, &whole)?;
    let answer = registry
        .get(&format!("blobs/{archive}"), "*/*", MAX_CHART_SIZE)
        .await?;
    check(&answer.body, &archive, &whole)?;
    Ok(Fetched {
        archive: answer.body.to_vec(),
        reference: whole,
    })
}

/// The digest of the layer that holds the chart.
fn archive_digest(manifest: &[u8], reference: &str) -> Result<String, SourceError> {
    let no_chart = |why: &str| SourceError::NoChart {
        reference: reference.to_owned(),
        why: why.to_owned(),
    };
    let manifest: Json = serde_json::from_slice(manifest).map_err(|_| no_chart("its manifest is no JSON"))?;
    let kind = manifest["config"]["mediaType"].as_str().unwrap_or_default();
    if kind != CONFIG {
        return Err(no_chart("the registry holds an image or another artifact there"));
    }
    let layers = manifest["layers"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let layer = layers.iter().find(|layer| {
        layer["mediaType"]
            .as_str()
            .is_some_and(|kind| ARCHIVES.contains(&kind))
    });
    let digest = layer.and_then(|layer| layer["digest"].as_str());
    match digest {
        Some(digest) if is_digest(digest) => Ok(digest.to_owned()),
        _ => Err(no_chart("its manifest names no archive")),
    }
}

fn check(data: &[u8], digest: &str, reference: &str) -> Result<(), SourceError> {
    let found = if digest.starts_with("sha512:") {
        format!("sha512:{}", hex(&Sha512::digest(data)))
    } else {
        format!("sha256:{}", hex(&Sha256::digest(data)))
    };
    if found == digest {
        return Ok(());
    }
    Err(SourceError::Digest {
        place: reference.to_owned(),
        expected: digest.to_owned(),
        found,
    })
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A repository of a registry, with what it lets in with.
struct Registry<'c> {
    client: &'c Client,
    host: String,
    base: Url,
    repository: String,
    known: Known,
    authorization: Option<HeaderValue>,
}

impl Registry<'_> {
    /// Which tag is meant; none where a digest says it all.
    async fn tag(
        &mut self,
        reference: &OciReference,
        request: &ChartRequest,
    ) -> Result<Option<String>, SourceError> {
        let version = request.version.as_deref().map(str::trim).unwrap_or_default();
        if let Some(tag) = &reference.tag {
            if !version.is_empty() && version.replace('+', "_") != *tag {
                return Err(SourceError::NoVersion {
                    chart: reference.repository.clone(),
                    wanted: version.to_owned(),
                    place: format!("the reference, which names {tag}"),
                });
            }
            return Ok(Some(tag.clone()));
        }
        if reference.digest.is_some() {
            return Ok(None);
        }
        let tag = version.replace('+', "_");
        if Version::parse(version).is_ok() && is_tag(&tag) {
            return Ok(Some(tag));
        }
        let constraint = request.constraint();
        let tags = self.tags().await?;
        newest(&tags, constraint)
            .map(Some)
            .ok_or_else(|| SourceError::NoVersion {
                chart: reference.repository.clone(),
                wanted: constraint.to_owned(),
                place: self.host.clone(),
            })
    }

    async fn tags(&mut self) -> Result<Vec<String>, SourceError> {
        let mut tags = Vec::new();
        let mut page = "tags/list".to_owned();
        for _ in 0..MAX_PAGES {
            let answer = self.get(&page, "application/json", MAX_DOCUMENT).await?;
            let list: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
            let names = list["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
            tags.extend(names.iter().filter_map(Json::as_str).map(str::to_owned));
            match text(&answer.headers, LINK).and_then(next_page) {
                Some(next) => page = next,
                None => break,
            }
        }
        Ok(tags)
    }

    /// Gets something of the repository; where the registry asks for credentials, once more with them.
    async fn get(&mut self, path: &str, accept: &str, limit: u64) -> Result<Answer, SourceError> {
        let url = self.base.join(path).map_err(|error| SourceError::Fetch {
            url: shown(&self.base),
            source: Box::new(error),
        })?;
        let mut answer = self.send(&url, accept, limit).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            self.authorize(&answer).await?;
            answer = self.send(&url, accept, limit).await?;
        }
        match answer.status {
            status if status.is_success() => Ok(answer),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(self.locked(&answer)),
            _ => Err(refused(&url, &answer)),
        }
    }

    async fn send(&self, url: &Url, accept: &str, limit: u64) -> Result<Answer, SourceError> {
        let mut headers = HeaderMap::new();
        if let Ok(accept) = HeaderValue::from_str(accept) {
            headers.insert(ACCEPT, accept);
        }
        if let Some(authorization) = &self.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        self.client
            .send(&Method::GET, url, &headers, Bytes::new(), limit)
            .await
    }

    /// Gets what the registry wants to see.
    async fn authorize(&mut self, answer: &Answer) -> Result<(), SourceError> {
        let challenge = answer.headers.get_all(WWW_AUTHENTICATE).iter();
        let challenge = challenge
            .filter_map(|header| header.to_str().ok())
            .find_map(Challenge::parse);
        self.authorization = match (challenge, &self.known) {
            (Some(Challenge::Basic), Known::Password(credentials)) => Some(credentials.basic()?),
            (
                Some(Challenge::Bearer {
                    realm,
                    service,
                    scope,
                }),
                _,
            ) => Some(self.token(&realm, service.as_deref(), scope).await?),
            _ => return Err(self.locked(answer)),
        };
        Ok(())
    }

    /// A token from the server that the registry names (distribution specification, "Token authentication").
    async fn token(
        &self,
        realm: &str,
        service: Option<&str>,
        scope: Option<String>,
    ) -> Result<HeaderValue, SourceError> {
        let mut url = Url::parse(realm).map_err(|_| {
            SourceError::Credentials(format!(
                "{} sends to {realm} for a token, which is no address",
                self.host
            ))
        })?;
        if self.base.scheme() == "https" && url.scheme() != "https" {
            return Err(SourceError::Credentials(format!(
                "{} sends to {realm} for a token, which is not secured by TLS",
                self.host
            )));
        }
        let scope = scope.unwrap_or_else(|| format!("repository:{}:pull", self.repository));
        let mut headers = HeaderMap::new();
        let (method, body) = if let Known::IdentityToken(token) = &self.known {
            headers.insert(
                CONTENT_TYPE,
                HeaderValue::from_static("application/x-www-form-urlencoded"),
            );
            let mut form = Serializer::new(String::new());
            form.append_pair("grant_type", "refresh_token")
                .append_pair("client_id", "mesh-tui")
                .append_pair("scope", &scope)
                .append_pair("refresh_token", token.expose_secret());
            if let Some(service) = service {
                form.append_pair("service", service);
            }
            (Method::POST, form.finish())
        } else {
            let mut query = url.query_pairs_mut();
            if let Some(service) = service {
                query.append_pair("service", service);
            }
            query.append_pair("scope", &scope);
            drop(query);
            if let Known::Password(credentials) = &self.known {
                headers.insert(AUTHORIZATION, credentials.basic()?);
            }
            (Method::GET, String::new())
        };
        let answer = self
            .client
            .send(&method, &url, &headers, body.into(), MAX_DOCUMENT)
            .await?;
        if !answer.status.is_success() {
            return Err(self.locked(&answer));
        }
        let token: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
        let token = token["token"].as_str().or(token["access_token"].as_str());
        let header = token.and_then(|token| HeaderValue::from_str(&format!("Bearer {token}")).ok());
        let mut header = header.ok_or_else(|| SourceError::Credentials(format!("{realm} gave no token")))?;
        header.set_sensitive(true);
        Ok(header)
    }

    /// Why the registry does not open, with where the credentials are.
    fn locked(&self, answer: &Answer) -> SourceError {
        let (host, status) = (&self.host, answer.status);
        SourceError::Credentials(match &self.known {
            Known::Nothing => format!(
                "{host} asks for credentials ({status}), and neither Helm's nor Docker's configuration has any for it"
            ),
            Known::Helper(name) => format!(
                "{host} asks for credentials ({status}), and they are kept by docker-credential-{name}, a program that is not run"
            ),
            Known::Password(_) | Known::IdentityToken(_) => {
                format!("{host} does not accept the credentials for it ({status})")
            }
        })
    }
}

/// The newest version among the tags that meets a constraint, as a tag.
fn newest(tags: &[String], constraint: &str) -> Option<String> {
    let constraint = Constraint::parse(constraint).ok()?;
    let versions = tags
        .iter()
        .filter_map(|tag| Some((Version::parse(&tag.replace('_', "+")).ok()?, tag)));
    versions
        .filter(|(version, _)| constraint.matches(version))
        .max_by(|(a, _), (b, _)| a.cmp(b))
        .map(|(_, tag)| tag.clone())
}

/// The address behind `rel="next"` of a `Link` header.
fn next_page(link: &str) -> Option<String> {
    let (address, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    let is_next = parameters
        .split(';')
        .any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"));
    is_next.then(|| address.to_owned())
}
