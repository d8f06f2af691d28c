//! The layer that every request passes: a deadline, and retries that are bounded and only where they are safe.
//!
//! kube retries 429, 503 and 504 on any verb up to fifteen times and sets no deadline. Here a request that may have been
//! carried out is not sent twice unless carrying it out twice is the same as once.

use futures::future::BoxFuture;
use http::{Method, Request, Response, StatusCode, header};
use kube::client::Body;
use std::task::{Context, Poll};
use std::time::Duration;
use tower::{BoxError, Layer, Service};

/// How long the server may take to begin its answer.
const DEADLINE: Duration = Duration::from_secs(30);
/// How often a request is sent at most.
const ATTEMPTS: u32 = 5;
/// The longest wait that the server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// The first wait where the server does not say.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// The server did not begin its answer in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no answer within {} s", .0.as_secs())]
pub(super) struct Deadline(Duration);

impl Deadline {
    /// The deadline in seconds.
    #[must_use]
    pub(super) const fn seconds(&self) -> u64 {
        self.0.as_secs()
    }
}

/// Adds [`Bounded`] to a client.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct BoundedLayer;

impl<S> Layer<S> for BoundedLayer {
    type Service = Bounded<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Bounded { inner }
    }
}

/// A client's service with deadlines and bounded retries.
#[derive(Debug, Clone)]
pub(super) struct Bounded<S> {
    inner: S,
}

impl<S, B> Service<Request<Body>> for Bounded<S>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response<B>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<B>, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let fresh = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, fresh);
        Box::pin(send(ready, request))
    }
}

async fn send<S, B>(mut service: S, request: Request<Body>) -> Result<Response<B>, BoxError>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Into<BoxError>,
{
    let (parts, body) = request.into_parts();
    let mut attempt = 1;
    loop {
        let (Some(copy), true) = (body.try_clone(), attempt < ATTEMPTS) else {
            return once(&mut service, Request::from_parts(parts, body)).await;
        };
        let response = once(&mut service, Request::from_parts(parts.clone(), copy)).await?;
        match wait_before_retry(&parts.method, &response, attempt) {
            Some(wait) => tokio::time::sleep(wait).await,
            None => return Ok(response),
        }
        attempt += 1;
    }
}

async fn once<S, B>(service: &mut S, request: Request<Body>) -> Result<Response<B>, BoxError>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Into<BoxError>,
{
    std::future::poll_fn(|context| service.poll_ready(context))
        .await
        .map_err(Into::into)?;
    tokio::time::timeout(DEADLINE, service.call(request))
        .await
        .map_err(|_| Deadline(DEADLINE))?
        .map_err(Into::into)
}

/// How long to wait before the request is sent again, or `None` where this answer is the last word.
fn wait_before_retry<B>(method: &Method, response: &Response<B>, attempt: u32) -> Option<Duration> {
    let safe = match response.status() {
        // Turned away before it was looked at.
        StatusCode::TOO_MANY_REQUESTS => true,
        // May have been carried out: once more only where twice is the same as once.
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => *method != Method::POST,
        _ => false,
    };
    let asked = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .map(Duration::from_secs);
    let wait = asked.unwrap_or_else(|| FIRST_WAIT.saturating_mul(1 << attempt.min(6)));
    (safe && wait <= LONGEST_WAIT).then_some(wait)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// How often the server is asked when it always answers with `status`.
    async fn asked(method: Method, status: StatusCode) -> u32 {
        let times = Arc::new(AtomicU32::new(0));
        let counter = times.clone();
        let server = tower::service_fn(move |_: Request<Body>| {
            counter.fetch_add(1, Ordering::Relaxed);
            async move {
                Ok::<_, BoxError>(
                    Response::builder()
                        .status(status)
                        .header("retry-after", "0")
                        .body(())
                        .unwrap(),
                )
            }
        });
        let request = Request::builder().method(method).body(Body::empty()).unwrap();
        BoundedLayer.layer(server).call(request).await.unwrap();
        times.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn a_create_whose_outcome_is_unknown_is_not_sent_again() {
        assert_eq!(asked(Method::POST, StatusCode::SERVICE_UNAVAILABLE).await, 1);
        assert_eq!(asked(Method::POST, StatusCode::TOO_MANY_REQUESTS).await, ATTEMPTS);
    }

    #[tokio::test]
    async fn what_can_be_done_twice_is_sent_again_and_not_for_ever() {
        assert_eq!(asked(Method::PATCH, StatusCode::GATEWAY_TIMEOUT).await, ATTEMPTS);
        assert_eq!(asked(Method::GET, StatusCode::NOT_FOUND).await, 1);
    }
}
