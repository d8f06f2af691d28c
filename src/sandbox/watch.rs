//! Watches: the store's log as a stream of events, one JSON document to a line.

use super::api::{Api, WatchRequest, metadata_only};
use super::failure::Failure;
use super::json;
use super::service::{BoxError, Shared};
use super::store::Change;
use bytes::Bytes;
use futures::Stream;
use futures::stream;
use serde_json::{Value as Json, json};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// How often a quiet watch tells the revision it has reached.
const BOOKMARK_INTERVAL: Duration = Duration::from_secs(60);

/// The longest watch where the client sets no limit.
const LONGEST: Duration = Duration::from_secs(3600);

struct Watch {
    shared: Arc<Shared>,
    request: WatchRequest,
    /// Everything up to this revision has been sent; `None` before the objects of the start have been.
    cursor: Option<u64>,
    news: watch::Receiver<u64>,
    deadline: Instant,
    next_bookmark: Instant,
    partial: bool,
    ended: bool,
}

/// The events that `request` asks for; `partial` leaves out everything but metadata.
pub(super) fn events(
    shared: Arc<Shared>,
    request: WatchRequest,
    partial: bool,
) -> impl Stream<Item = Result<Bytes, BoxError>> + Send {
    let now = Instant::now();
    let news = shared.api().store.subscribe();
    let watch = Watch {
        cursor: request.since,
        deadline: now + request.timeout.unwrap_or(LONGEST),
        next_bookmark: now + BOOKMARK_INTERVAL,
        shared,
        request,
        news,
        partial,
        ended: false,
    };
    stream::unfold(watch, |mut watch| async move {
        let lines = watch.next_lines().await?;
        Some((Ok(lines), watch))
    })
}

/// The stream of a watch whose revision is gone.
pub(super) fn gone(failure: &Failure) -> impl Stream<Item = Result<Bytes, BoxError>> + Send + use<> {
    let mut line = json!({"type": "ERROR", "object": failure.status()}).to_string();
    line.push('\n');
    stream::iter([Ok(Bytes::from(line))])
}

impl Watch {
    /// The next events, as soon as there are any; `None` at the end of the watch.
    async fn next_lines(&mut self) -> Option<Bytes> {
        loop {
            if self.ended {
                return None;
            }
            self.news.mark_unchanged();
            let lines = self.collect();
            if !lines.is_empty() {
                return Some(write(&lines));
            }
            tokio::select! {
                changed = self.news.changed() => changed.ok()?,
                () = sleep_until(self.deadline) => self.ended = true,
                () = sleep_until(self.next_bookmark), if self.request.bookmarks => {
                    self.next_bookmark += BOOKMARK_INTERVAL;
                    return self.cursor.map(|revision| write(&[self.bookmark(revision, false)].into()));
                }
            }
        }
    }

    fn collect(&mut self) -> VecDeque<Json> {
        let shared = Arc::clone(&self.shared);
        let api = shared.api();
        let newest = api.store.revision();
        let Some(cursor) = self.cursor.replace(newest) else {
            return self.initial(&api, newest);
        };
        match api.store.since(cursor) {
            Ok(changes) => changes.filter_map(|change| self.event(change)).collect(),
            Err(compacted) => {
                self.ended = true;
                let failure = Failure::expired(cursor, compacted.oldest);
                [json!({"type": "ERROR", "object": failure.status()})].into()
            }
        }
    }

    /// The objects as they are, as if they had just been created.
    fn initial(&self, api: &Api, newest: u64) -> VecDeque<Json> {
        let mut lines: VecDeque<Json> = api
            .store
            .list(&self.request.resource.qualified(), &self.request.namespace)
            .filter(|object| self.selects(object))
            .map(|object| self.line("ADDED", object))
            .collect();
        if self.request.marks_initial {
            lines.push_back(self.bookmark(newest, true));
        }
        lines
    }

    /// A change as the watcher sees it: an object that begins to fit the selectors is new to it, one that no longer
    /// does is gone.
    fn event(&self, change: &Change) -> Option<Json> {
        let request = &self.request;
        let elsewhere = !request.namespace.is_empty() && request.namespace != change.key.namespace;
        if elsewhere || change.key.resource != request.resource.qualified() {
            return None;
        }
        let before = change.before.as_ref().is_some_and(|object| self.selects(object));
        let after = !change.deleted && self.selects(&change.after);
        let kind = match (before, after) {
            (false, false) => return None,
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
        };
        Some(self.line(kind, &change.after))
    }

    fn selects(&self, object: &Json) -> bool {
        self.request.labels.matches(object) && self.request.fields.matches(object)
    }

    fn line(&self, kind: &str, object: &Json) -> Json {
        let mut object = if self.partial {
            metadata_only(object)
        } else {
            object.clone()
        };
        if self.request.resource.custom && !self.partial {
            json::set(&mut object, "/apiVersion", self.request.resource.api_version());
        }
        json!({"type": kind, "object": object})
    }

    fn bookmark(&self, revision: u64, initial: bool) -> Json {
        let mut metadata = json!({"resourceVersion": revision.to_string(), "creationTimestamp": null});
        if initial {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let (kind, version) = if self.partial {
            ("PartialObjectMetadata".to_owned(), "meta.k8s.io/v1".to_owned())
        } else {
            (
                self.request.resource.kind.clone(),
                self.request.resource.api_version(),
            )
        };
        json!({"type": "BOOKMARK", "object": {"kind": kind, "apiVersion": version, "metadata": metadata}})
    }
}

fn write(lines: &VecDeque<Json>) -> Bytes {
    let mut text = String::new();
    for line in lines {
        text.push_str(&line.to_string());
        text.push('\n');
    }
    Bytes::from(text)
}
