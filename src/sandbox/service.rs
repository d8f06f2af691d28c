//! The tower service beneath `kube::Client`: carries HTTP requests to the simulated API server and its replies back.

use super::api::{Api, Reply, metadata_only};
use super::fault::{Blow, Faults};
use super::request::ApiRequest;
use super::{logs, watch as watches};
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{Stream, TryStreamExt};
use http::{HeaderValue, Request, Response, header};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use kube::client::Body;
use serde_json::Value as Json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio::sync::watch;
use tower::Service;

/// An error of the simulated network.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A response's body: all at once, or a stream.
pub type ResponseBody = UnsyncBoxBody<Bytes, BoxError>;

/// What requests, watches and controllers share.
#[derive(Debug)]
pub(super) struct Shared {
    api: Mutex<Api>,
    faults: Mutex<Faults>,
    /// Whether requests are answered: not before everything of the past has happened.
    open: watch::Sender<bool>,
}

impl Shared {
    pub(super) fn new(api: Api) -> Self {
        Self {
            api: Mutex::new(api),
            faults: Mutex::new(Faults::default()),
            open: watch::Sender::new(false),
        }
    }

    /// The API server, for as long as one request takes. Every write to it is whole before the next can panic, so
    /// what a panic leaves behind is still true.
    pub(super) fn api(&self) -> MutexGuard<'_, Api> {
        self.api.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers requests from now on.
    pub(super) fn open(&self) {
        self.open.send_replace(true);
    }

    /// Waits until requests are answered.
    async fn opened(&self) {
        // The sender lives as long as this does, so waiting for it cannot fail.
        let _ = self.open.subscribe().wait_for(|open| *open).await;
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The simulated API as a tower service. Cheap to clone; middleware goes on top of it as on a real connection.
#[derive(Debug, Clone)]
pub struct SandboxService {
    shared: Arc<Shared>,
}

impl SandboxService {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl Service<Request<Body>> for SandboxService {
    type Response = Response<ResponseBody>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = body.collect_bytes().await?;
            shared.opened().await;
            let request = ApiRequest::new(parts.method, &parts.uri, &parts.headers, body);
            let fault = shared.faults().take(&request, parts.uri.path());
            match fault {
                None => Ok(answer(&shared, &request)),
                Some(fault) => suffer(&shared, &request, fault.blow()).await,
            }
        })
    }
}

/// Answers a request as the API server does.
fn answer(shared: &Arc<Shared>, request: &ApiRequest) -> Response<ResponseBody> {
    let partial = request.accept.contains("as=PartialObjectMetadata");
    let (outcome, date) = {
        let mut api = shared.api();
        (api.handle(request), http_date(&api))
    };
    let mut response = match outcome {
        Ok(Reply::Object(code, object)) if partial => document(code, &metadata_only(&object)),
        Ok(Reply::Object(code, object)) => document(code, &object),
        Ok(Reply::Text(text)) => respond(
            200,
            "text/plain",
            Full::from(text).map_err(Into::into).boxed_unsync(),
        ),
        Ok(Reply::Watch(watch)) => respond(
            200,
            "application/json",
            streamed(watches::events(Arc::clone(shared), watch, partial)),
        ),
        Ok(Reply::Log(log)) => respond(200, "text/plain", streamed(logs::stream(Arc::clone(shared), log))),
        Err(failure) => document(failure.code, &failure.status()),
    };
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

/// Answers a request as a broken network or a troubled API server does.
async fn suffer(
    shared: &Arc<Shared>,
    request: &ApiRequest,
    blow: Blow,
) -> Result<Response<ResponseBody>, BoxError> {
    match blow {
        Blow::Answer {
            failure,
            retry_after,
            after_commit,
        } => {
            if after_commit {
                drop(answer(shared, request));
            }
            let mut response = document(failure.code, &failure.status());
            if let Some(seconds) = retry_after {
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            Ok(response)
        }
        Blow::Reset { after_commit } => {
            if after_commit {
                drop(answer(shared, request));
            }
            Err(std::io::Error::new(std::io::ErrorKind::ConnectionReset, "connection reset by peer").into())
        }
        Blow::Hang => std::future::pending().await,
        Blow::EndWatch(failure) => Ok(respond(
            200,
            "application/json",
            streamed(watches::gone(&failure)),
        )),
    }
}

fn document(code: u16, object: &Json) -> Response<ResponseBody> {
    let body = Full::from(object.to_string()).map_err(Into::into).boxed_unsync();
    respond(code, "application/json", body)
}

fn streamed(stream: impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static) -> ResponseBody {
    StreamBody::new(stream.map_ok(Frame::data)).boxed_unsync()
}

fn respond(code: u16, content_type: &'static str, body: ResponseBody) -> Response<ResponseBody> {
    let mut response = Response::new(body);
    // Every code that is written here is a status; an unknown one would be the fault of a new line of code.
    *response.status_mut() =
        http::StatusCode::from_u16(code).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn http_date(api: &Api) -> String {
    api.clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
