//! Container logs: which program ran when, and what it has written by now. What the programs write lies in [`program`].

mod program;

pub(super) use program::Program;

use super::api::LogRequest;
use super::clock::Speed;
use super::service::{BoxError, Shared};
use bytes::Bytes;
use futures::{Stream, stream};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// How often a log that is followed is looked at.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(200);

/// One life of a container's process.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    /// What runs.
    pub(super) program: Program,
    /// When it started.
    pub(super) started: Timestamp,
    /// When it ended, if it has.
    pub(super) ended: Option<Timestamp>,
    /// The last line before it crashes or fails; `None` for one that does well.
    pub(super) cause: Option<String>,
}

/// The runs of all containers, by the pod's UID and the container's name.
#[derive(Debug, Default)]
pub(super) struct Runs(BTreeMap<(String, String), Vec<Run>>);

impl Runs {
    /// A container starts.
    pub(super) fn start(&mut self, pod_uid: &str, container: &str, run: Run) {
        let runs = self.0.entry((pod_uid.into(), container.into())).or_default();
        runs.push(run);
        // The kubelet keeps the log of the current and of the previous life.
        if runs.len() > 2 {
            runs.remove(0);
        }
    }

    /// The container that runs ends.
    pub(super) fn end(&mut self, pod_uid: &str, container: &str, at: Timestamp) {
        if let Some(run) = self
            .0
            .get_mut(&(pod_uid.into(), container.into()))
            .and_then(|runs| runs.last_mut())
        {
            run.ended.get_or_insert(at);
        }
    }

    /// The pod is gone, and its logs with it.
    pub(super) fn forget(&mut self, pod_uid: &str) {
        self.0.retain(|(uid, _), _| uid != pod_uid);
    }

    /// Whether there is a log to read.
    pub(super) fn has(&self, pod_uid: &str, container: &str, previous: bool) -> bool {
        self.run(pod_uid, container, previous).is_some()
    }

    fn run(&self, pod_uid: &str, container: &str, previous: bool) -> Option<&Run> {
        let runs = self.0.get(&(pod_uid.to_owned(), container.to_owned()))?;
        runs.iter().rev().nth(usize::from(previous))
    }

    /// What a log holds at a moment, and whether it can still grow.
    fn read(&self, request: &LogRequest, speed: Speed, now: Timestamp) -> (Vec<(Timestamp, String)>, bool) {
        self.run(&request.pod_uid, &request.container, request.previous)
            .map(|run| (program::lines(run, speed, now), run.ended.is_none()))
            .unwrap_or_default()
    }
}

struct Reader {
    shared: Arc<Shared>,
    request: LogRequest,
    /// When the last line that was sent was written.
    sent: Option<Timestamp>,
    grows: bool,
}

/// The log as a stream; it ends at once unless it is followed.
pub(super) fn stream(
    shared: Arc<Shared>,
    request: LogRequest,
) -> impl Stream<Item = Result<Bytes, BoxError>> + Send {
    let reader = Reader {
        shared,
        request,
        sent: None,
        grows: true,
    };
    stream::unfold(reader, |mut reader| async move {
        let text = reader.next_text().await?;
        Some((Ok(text), reader))
    })
}

impl Reader {
    async fn next_text(&mut self) -> Option<Bytes> {
        loop {
            if !self.grows {
                return None;
            }
            let text = self.read();
            self.grows &= self.request.follow;
            if !text.is_empty() {
                return Some(Bytes::from(text));
            }
            if self.grows {
                sleep(FOLLOW_INTERVAL).await;
            }
        }
    }

    fn read(&mut self) -> String {
        let api = self.shared.api();
        let now = api.clock.now();
        let (lines, grows) = api.runs.read(&self.request, api.clock.speed, now);
        drop(api);
        self.grows = grows;
        let start = match self.sent {
            Some(sent) => lines.partition_point(|(time, _)| *time <= sent),
            None => self.first(&lines, now),
        };
        if let Some((last, _)) = lines.last() {
            self.sent = Some(*last);
        }
        let mut text = String::new();
        for (time, line) in lines.iter().skip(start) {
            if self.request.timestamps {
                let _ = write!(text, "{time} ");
            }
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Where to start: the last lines, or those since a time, or the beginning.
    fn first(&self, lines: &[(Timestamp, String)], now: Timestamp) -> usize {
        let tail = self
            .request
            .tail
            .map_or(0, |tail| lines.len().saturating_sub(tail));
        let since = self
            .request
            .since
            .and_then(|since| now.checked_sub(since).ok())
            .map_or(0, |from| lines.partition_point(|(time, _)| *time < from));
        tail.max(since)
    }
}
