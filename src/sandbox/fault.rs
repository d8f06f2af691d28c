//! Faults on demand: what a network or an API server does wrong at the moment a test chooses.

use super::failure::Failure;
use super::request::ApiRequest;
use http::Method;

/// Which request a fault is for. The default matches every request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matcher {
    method: Option<Method>,
    path: Option<String>,
    watch: Option<bool>,
    skip: usize,
}

impl Matcher {
    /// Any request.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// A request with this method that is no watch.
    #[must_use]
    pub fn method(method: Method) -> Self {
        Self {
            method: Some(method),
            watch: Some(false),
            ..Self::default()
        }
    }

    /// The start of a watch.
    #[must_use]
    pub fn watch() -> Self {
        Self {
            watch: Some(true),
            ..Self::default()
        }
    }

    /// Only where the path contains this: `/deployments/rest-api`.
    #[must_use]
    pub fn path(mut self, part: impl Into<String>) -> Self {
        self.path = Some(part.into());
        self
    }

    /// Lets this many matching requests pass first.
    #[must_use]
    pub fn skip(mut self, requests: usize) -> Self {
        self.skip = requests;
        self
    }

    fn matches(&self, request: &ApiRequest, path: &str) -> bool {
        self.method
            .as_ref()
            .is_none_or(|method| *method == request.method)
            && self.watch.is_none_or(|watch| watch == request.is_watch())
            && self.path.as_ref().is_none_or(|part| path.contains(part.as_str()))
    }
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// 503, and nothing was done.
    Unavailable,
    /// 503, and yet the request was carried out.
    UnavailableAfterCommit,
    /// 500 `etcdserver: leader changed`, and nothing was done.
    LeaderChanged,
    /// 429 with this `Retry-After`, in seconds.
    TooManyRequests(u32),
    /// The connection breaks before the request arrives.
    ResetBeforeCommit,
    /// The connection breaks after the request was carried out.
    ResetAfterCommit,
    /// There never is an answer, and nothing was done.
    Hang,
    /// 401: the credentials have expired.
    Unauthorized,
    /// 409: somebody else was faster.
    Conflict,
    /// An admission webhook denies the request in these words.
    Denied(String),
    /// An admission webhook cannot be reached.
    WebhookUnreachable,
    /// A watch is told that its revision is gone.
    WatchGone,
}

/// How a fault meets a request.
#[derive(Debug)]
pub(super) enum Blow {
    /// Answer with this, without or after doing what was asked.
    Answer {
        failure: Failure,
        retry_after: Option<u32>,
        after_commit: bool,
    },
    /// Break the connection.
    Reset { after_commit: bool },
    /// Never answer.
    Hang,
    /// Send one event with this failure and end.
    EndWatch(Failure),
}

impl Fault {
    pub(super) fn blow(self) -> Blow {
        let answer = |code, reason, words: &str| Blow::Answer {
            failure: Failure::new(code, reason, words),
            retry_after: None,
            after_commit: false,
        };
        let unavailable = |after_commit| Blow::Answer {
            failure: Failure::new(
                503,
                "ServiceUnavailable",
                "the server is currently unable to handle the request",
            ),
            retry_after: None,
            after_commit,
        };
        match self {
            Self::Unavailable => unavailable(false),
            Self::UnavailableAfterCommit => unavailable(true),
            Self::LeaderChanged => answer(500, "InternalError", "etcdserver: leader changed"),
            Self::TooManyRequests(seconds) => Blow::Answer {
                failure: Failure::new(
                    429,
                    "TooManyRequests",
                    "The server has received too many requests and has asked us to try again later",
                ),
                retry_after: Some(seconds),
                after_commit: false,
            },
            Self::ResetBeforeCommit => Blow::Reset { after_commit: false },
            Self::ResetAfterCommit => Blow::Reset { after_commit: true },
            Self::Hang => Blow::Hang,
            Self::Unauthorized => answer(401, "Unauthorized", "Unauthorized"),
            Self::Conflict => answer(
                409,
                "Conflict",
                "Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version and try again",
            ),
            Self::Denied(words) => answer(
                403,
                "Forbidden",
                &format!("admission webhook \"policy.sandbox\" denied the request: {words}"),
            ),
            Self::WebhookUnreachable => answer(
                500,
                "InternalError",
                "Internal error occurred: failed calling webhook \"policy.sandbox\": failed to call webhook: \
                 Post \"https://policy.sandbox.svc:443/validate?timeout=10s\": context deadline exceeded",
            ),
            Self::WatchGone => Blow::EndWatch(Failure::expired(1, 2)),
        }
    }
}

/// The faults that wait for their request.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(Matcher, Fault)>);

impl Faults {
    /// Lets the next matching request fail.
    pub(super) fn add(&mut self, matcher: Matcher, fault: Fault) {
        self.0.push((matcher, fault));
    }

    /// The fault that is due for a request; each happens once.
    pub(super) fn take(&mut self, request: &ApiRequest, path: &str) -> Option<Fault> {
        let at = self
            .0
            .iter()
            .position(|(matcher, _)| matcher.matches(request, path))?;
        if self.0[at].0.skip > 0 {
            self.0[at].0.skip -= 1;
            return None;
        }
        Some(self.0.remove(at).1)
    }

    /// Whether every fault has happened.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use bytes::Bytes;
    use http::HeaderMap;

    #[test]
    fn a_fault_waits_for_its_request_and_happens_once() {
        let mut faults = Faults::default();
        faults.add(
            Matcher::method(Method::PATCH).path("/deployments/").skip(1),
            Fault::Unavailable,
        );
        let mut ask = |method: Method, path: &str| {
            let uri = path.parse().unwrap();
            faults.take(
                &ApiRequest::new(method, &uri, &HeaderMap::new(), Bytes::new()),
                path,
            )
        };
        let path = "/apis/apps/v1/namespaces/x/deployments/y";
        assert_eq!(ask(Method::GET, path), None);
        assert_eq!(ask(Method::PATCH, path), None);
        assert_eq!(ask(Method::PATCH, "/api/v1/namespaces/x"), None);
        assert_eq!(ask(Method::PATCH, path), Some(Fault::Unavailable));
        assert_eq!(ask(Method::PATCH, path), None);
    }
}
