//! Charts that lie elsewhere: in OCI registries, in classic repositories, or as an archive at a URL.
//!
//! Only reads. What the servers say is taken with bounds and checked against digests; charts are handed on as the bytes
//! of an archive, which [`archive`](super::archive) takes apart.

mod challenge;
mod credentials;
mod http;
mod oci;
mod reference;
mod repository;

pub(super) use reference::is_remote;

use super::SourceError;
use super::request::ChartRequest;
use credentials::Places;
use http::{Client, Options};
use reference::OciReference;
use url::Url;

/// An archive that was fetched, and where exactly it lies: the same text fetches the same again.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) archive: Vec<u8>,
    pub(super) reference: String,
}

/// Fetches the chart that `request` means.
///
/// It runs on a thread of its own, so that it can be called where an asynchronous runtime is already at work.
pub(super) fn fetch(request: &ChartRequest) -> Result<Fetched, SourceError> {
    on_a_thread(&request.reference, || {
        let places = Places::of_the_user();
        async move { fetch_from(request, &places).await }
    })
}

/// Reads what lies at a URL.
pub(super) fn read(url: &str) -> Result<Vec<u8>, SourceError> {
    on_a_thread(url, || async move {
        let url = repository::web_url(url)?;
        let client = Client::new(&Options::default())?;
        let credentials = repository::of_url(&url);
        client.get(&url, credentials.as_ref(), super::MAX_FILE_SIZE).await
    })
}

fn on_a_thread<T, F>(what: &str, task: impl FnOnce() -> F + Send) -> Result<T, SourceError>
where
    T: Send,
    F: Future<Output = Result<T, SourceError>>,
{
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| SourceError::Fetch {
                url: what.to_owned(),
                source: Box::new(error),
            })?;
        runtime.block_on(task())
    };
    std::thread::scope(|scope| scope.spawn(run).join())
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Fetches with the configuration files at `places`.
async fn fetch_from(request: &ChartRequest, places: &Places) -> Result<Fetched, SourceError> {
    let options = Options {
        trusted: request.ca_file.clone(),
        certificate: request.cert_file.clone(),
        key: request.key_file.clone(),
    };
    if request.repository.is_none() && request.reference.starts_with(reference::OCI_SCHEME) {
        return fetch_oci(request, &request.reference, &options, places).await;
    }
    let found = repository::locate(request, &options, places).await?;
    if found.url.scheme() == "oci" {
        return fetch_oci(request, found.url.as_str(), &found.options, places).await;
    }
    let client = Client::new(&found.options)?;
    let archive = client
        .get(&found.url, found.credentials.as_ref(), super::MAX_CHART_SIZE)
        .await?;
    repository::check_digest(&archive, found.digest.as_deref(), &found.url)?;
    Ok(Fetched {
        archive,
        reference: found.url.to_string(),
    })
}

async fn fetch_oci(
    request: &ChartRequest,
    reference: &str,
    options: &Options,
    places: &Places,
) -> Result<Fetched, SourceError> {
    let reference = OciReference::parse(reference)?;
    let client = Client::new(options)?;
    oci::pull(&client, &reference, request, places).await
}

/// A URL without the password that may stand in it.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Only a URL without a host refuses, and that has no password.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.to_string()
}

#[cfg(test)]
mod tests;
