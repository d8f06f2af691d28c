//! References to charts that are no files: `oci://registry.example/charts/mesh:1.2.3`.

use super::super::SourceError;
use url::Url;

/// What an OCI reference begins with.
pub(super) const OCI_SCHEME: &str = "oci://";

/// Whether a reference cannot be a path.
pub(in crate::source) fn is_remote(reference: &str) -> bool {
    reference.contains("://")
}

/// A chart in a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OciReference {
    /// The registry, with its port.
    pub(super) host: String,
    /// The repository in it: the path of the chart.
    pub(super) repository: String,
    /// The tag, where one is named; Helm writes `_` for the `+` of a version.
    pub(super) tag: Option<String>,
    /// The digest of the manifest, where one is named: `sha256:…`.
    pub(super) digest: Option<String>,
}

impl OciReference {
    /// Reads `oci://HOST/PATH[:TAG][@DIGEST]`.
    pub(super) fn parse(text: &str) -> Result<Self, SourceError> {
        let wrong = || SourceError::Reference(text.to_owned());
        let rest = text.strip_prefix(OCI_SCHEME).ok_or_else(wrong)?;
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (rest, None),
        };
        let (host, path) = rest.split_once('/').ok_or_else(wrong)?;
        let (repository, tag) = match path.rsplit_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (path, None),
        };
        let is_host = Url::parse(&format!("https://{host}/"))
            .is_ok_and(|url| url.has_host() && url.username().is_empty() && url.password().is_none());
        if !is_host
            || !is_repository(repository)
            || tag.is_some_and(|tag| !is_tag(tag))
            || digest.is_some_and(|digest| !is_digest(digest))
        {
            return Err(wrong());
        }
        Ok(Self {
            host: host.to_owned(),
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// The same with the tag and the digest that were found.
    pub(super) fn pinned(&self, tag: Option<&str>, digest: &str) -> String {
        let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
        format!("{OCI_SCHEME}{}/{}{tag}@{digest}", self.host, self.repository)
    }

    /// The address of the registry's interface; `docker.io` has another name there.
    pub(super) fn base(&self, plain_http: bool) -> Result<Url, SourceError> {
        let scheme = if plain_http { "http" } else { "https" };
        let host = match self.host.as_str() {
            "docker.io" | "index.docker.io" => "registry-1.docker.io",
            host => host,
        };
        Url::parse(&format!("{scheme}://{host}/v2/{}/", self.repository))
            .map_err(|_| SourceError::Reference(format!("{OCI_SCHEME}{}/{}", self.host, self.repository)))
    }
}

/// Names in lower case between slashes (distribution specification, "Pulling manifests").
fn is_repository(text: &str) -> bool {
    let is_part = |part: &str| {
        let edge =
            |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let bytes = part.as_bytes();
        edge(bytes.first())
            && edge(bytes.last())
            && bytes
                .iter()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(byte))
    };
    text.split('/').all(is_part)
}

pub(super) fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(word)
        && text
            .bytes()
            .all(|byte| word(byte) || byte == b'.' || byte == b'-')
}

pub(super) fn is_digest(text: &str) -> bool {
    let length = match text.split_once(':') {
        Some(("sha256", hex)) => (hex, 64),
        Some(("sha512", hex)) => (hex, 128),
        _ => return false,
    };
    length.0.len() == length.1
        && length
            .0
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
