//! A small HTTP client: reads with a bound, follows redirects, speaks TLS with the system's roots or given ones.

use super::super::SourceError;
use super::credentials::Credentials;
use super::shown;
use ::http::header::{AUTHORIZATION, HeaderName, LOCATION, USER_AGENT};
use ::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long a whole answer may take. Helm's bound.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// How often a server may send elsewhere.
const MAX_REDIRECTS: usize = 10;

/// Whom to trust and how to show oneself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// A file with certificates to trust, instead of the system's.
    pub(super) trusted: Option<PathBuf>,
    /// A file with the certificate that this side shows.
    pub(super) certificate: Option<PathBuf>,
    /// A file with its key.
    pub(super) key: Option<PathBuf>,
}

/// An answer that was read whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A client with one configuration of TLS.
#[derive(Debug)]
pub(super) struct Client {
    tls: ClientConfig,
    proxies: Matcher,
}

impl Client {
    pub(super) fn new(options: &Options) -> Result<Self, SourceError> {
        Ok(Self {
            tls: tls(options)?,
            proxies: Matcher::from_env(),
        })
    }

    /// What lies at `url`, of at most `limit` bytes.
    pub(super) async fn get(
        &self,
        url: &Url,
        credentials: Option<&Credentials>,
        limit: u64,
    ) -> Result<Vec<u8>, SourceError> {
        let mut headers = HeaderMap::new();
        if let Some(credentials) = credentials {
            headers.insert(AUTHORIZATION, credentials.basic()?);
        }
        let answer = self
            .send(&Method::GET, url, &headers, Bytes::new(), limit)
            .await?;
        if answer.status.is_success() {
            return Ok(answer.body.to_vec());
        }
        Err(refused(url, &answer))
    }

    /// Sends a request and reads the answer, whatever its status; redirects are followed.
    pub(super) async fn send(
        &self,
        method: &Method,
        url: &Url,
        headers: &HeaderMap,
        body: Bytes,
        limit: u64,
    ) -> Result<Answer, SourceError> {
        let mut url = url.clone();
        let mut headers = headers.clone();
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.exchange(method, &url, &headers, body.clone(), limit).await?;
            let Some(next) = redirect(&url, &answer) else {
                return Ok(answer);
            };
            // What opens one door is not shown at another.
            if next.origin() != url.origin() {
                headers.remove(AUTHORIZATION);
            }
            url = next;
        }
        Err(SourceError::Refused {
            url: shown(&url),
            answer: format!("it sends elsewhere more than {MAX_REDIRECTS} times"),
        })
    }

    async fn exchange(
        &self,
        method: &Method,
        url: &Url,
        headers: &HeaderMap,
        body: Bytes,
        limit: u64,
    ) -> Result<Answer, SourceError> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| SourceError::Fetch {
            url: shown(url),
            source,
        };
        let mut bare = url.clone();
        let _ = bare.set_username("");
        let _ = bare.set_password(None);
        bare.set_fragment(None);
        let uri: Uri = bare.as_str().parse().map_err(|error| failed(Box::new(error)))?;
        let mut request = Request::builder()
            .method(method)
            .uri(uri.clone())
            .body(Full::new(body))
            .map_err(|error| failed(Box::new(error)))?;
        request.headers_mut().clone_from(headers);
        request.headers_mut().insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("mesh-tui/", env!("CARGO_PKG_VERSION"))),
        );
        let exchange = async {
            let response = self
                .respond(&uri, request)
                .await
                .map_err(|error| failed(Box::new(error)))?;
            let (head, body) = response.into_parts();
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let body = Limited::new(body, limit).collect().await.map_err(failed)?;
            Ok(Answer {
                status: head.status,
                headers: head.headers,
                body: body.to_bytes(),
            })
        };
        tokio::time::timeout(TIMEOUT, exchange)
            .await
            .map_err(|elapsed| failed(Box::new(elapsed)))?
    }

    async fn respond(
        &self,
        uri: &Uri,
        request: Request<Full<Bytes>>,
    ) -> Result<::http::Response<hyper::body::Incoming>, hyper_util::client::legacy::Error> {
        let mut plain = HttpConnector::new();
        plain.enforce_http(false);
        plain.set_connect_timeout(Some(CONNECT_TIMEOUT));
        match self.proxies.intercept(uri) {
            Some(proxy) => {
                let tunnel = Tunnel::new(proxy.uri().clone(), plain);
                let tunnel = match proxy.basic_auth() {
                    Some(header) => tunnel.with_auth(header.clone()),
                    None => tunnel,
                };
                Pool::builder(TokioExecutor::new())
                    .build(self.secured(tunnel))
                    .request(request)
                    .await
            }
            None => {
                Pool::builder(TokioExecutor::new())
                    .build(self.secured(plain))
                    .request(request)
                    .await
            }
        }
    }

    fn secured<C>(&self, connector: C) -> HttpsConnector<C> {
        HttpsConnectorBuilder::new()
            .with_tls_config(self.tls.clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector)
    }
}

/// The error for an answer that is none of success.
pub(super) fn refused(url: &Url, answer: &Answer) -> SourceError {
    let detail = registry_message(&answer.body);
    let detail = detail.map(|detail| format!(": {detail}")).unwrap_or_default();
    SourceError::Refused {
        url: shown(url),
        answer: format!("it answered {}{detail}", answer.status),
    }
}

/// What a registry says in its own form of errors.
fn registry_message(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let message = body.get("errors")?.get(0)?.get("message")?.as_str()?;
    Some(message.chars().filter(|c| !c.is_control()).take(200).collect())
}

/// A header's value as text.
pub(super) fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn redirect(url: &Url, answer: &Answer) -> Option<Url> {
    if !matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let next = url.join(text(&answer.headers, LOCATION)?).ok()?;
    // Never from TLS to none.
    let is_worse = url.scheme() == "https" && next.scheme() != "https";
    (matches!(next.scheme(), "http" | "https") && !is_worse).then_some(next)
}

fn tls(options: &Options) -> Result<ClientConfig, SourceError> {
    let failed = |what: String| SourceError::Tls(what);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?;
    let builder = match &options.trusted {
        None => builder
            .with_native_roots()
            .map_err(|error| failed(format!("no certificates to trust: {error}")))?,
        Some(file) => builder.with_root_certificates(roots(file)?),
    };
    match (&options.certificate, &options.key) {
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(certificate), Some(key)) => {
            let key = PrivateKeyDer::from_pem_slice(&read(key)?)
                .map_err(|error| failed(format!("{} holds no key: {error}", key.display())))?;
            builder
                .with_client_auth_cert(certificates(certificate)?, key)
                .map_err(|error| failed(error.to_string()))
        }
        _ => Err(failed(
            "a client's certificate and its key belong together, and one of them is missing".to_owned(),
        )),
    }
}

fn roots(file: &Path) -> Result<RootCertStore, SourceError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots
            .add(certificate)
            .map_err(|error| SourceError::Tls(format!("{}: {error}", file.display())))?;
    }
    Ok(roots)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, SourceError> {
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&read(file)?)
        .collect::<Result<_, _>>()
        .map_err(|error| SourceError::Tls(format!("{}: {error}", file.display())))?;
    if certificates.is_empty() {
        return Err(SourceError::Tls(format!(
            "{} holds no certificate",
            file.display()
        )));
    }
    Ok(certificates)
}

fn read(file: &Path) -> Result<Vec<u8>, SourceError> {
    std::fs::read(file).map_err(|source| SourceError::Read {
        path: file.to_owned(),
        source,
    })
}
