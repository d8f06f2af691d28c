//! The loop between the machine and the world: events in, effects out, a board after each.

use super::handle::{Order, RolloutHandle};
use super::job::Job;
use super::worker::Worker;
use crate::cluster::{Cluster, logs};
use crate::rollout::{Approved, Board, Effect, Event, Outcome, Rollout, Seconds};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Starts a rollout in a task of its own.
#[must_use]
pub fn start(cluster: Cluster, job: Job, approved: Approved) -> RolloutHandle {
    let rollout = Rollout::new(job.spec());
    let (orders, incoming) = mpsc::unbounded_channel();
    let (boards, view) = watch::channel(Arc::new(rollout.board(0)));
    let driver = Driver::new(cluster, job, rollout, boards);
    let task = tokio::spawn(driver.run(approved, incoming));
    RolloutHandle::new(orders, view, task)
}

struct Driver {
    rollout: Rollout,
    cluster: Cluster,
    namespace: String,
    began: Instant,
    boards: watch::Sender<Arc<Board>>,
    events: mpsc::UnboundedSender<Event>,
    incoming: mpsc::UnboundedReceiver<Event>,
    work: mpsc::UnboundedSender<Effect>,
    worker: tokio::task::JoinHandle<()>,
    cancel: CancellationToken,
}

impl Driver {
    fn new(cluster: Cluster, job: Job, rollout: Rollout, boards: watch::Sender<Arc<Board>>) -> Self {
        let (events, incoming) = mpsc::unbounded_channel();
        let (work, effects) = mpsc::unbounded_channel();
        let cancel = CancellationToken::new();
        let namespace = job.owner.namespace.clone();
        let worker = Worker::new(cluster.clone(), job, events.clone(), cancel.clone());
        let worker = tokio::spawn(worker.run(effects));
        let began = Instant::now();
        Self {
            rollout,
            cluster,
            namespace,
            began,
            boards,
            events,
            incoming,
            work,
            worker,
            cancel,
        }
    }

    async fn run(mut self, approved: Approved, mut orders: mpsc::UnboundedReceiver<Order>) -> Outcome {
        let mut next = Some(Event::Start(approved));
        let mut listening = true;
        loop {
            if let Some(event) = next.take() {
                let effects = self.rollout.handle(self.now(), event);
                let outcome = effects.into_iter().find_map(|effect| self.dispatch(effect));
                self.show();
                if let Some(outcome) = outcome {
                    return self.end(outcome).await;
                }
            }
            tokio::select! {
                event = self.incoming.recv() => next = event,
                order = orders.recv(), if listening => match order {
                    Some(Order::Person(command)) => next = Some(Event::Person(command)),
                    Some(Order::Cancel) => {
                        self.cancel.cancel();
                        next = Some(Event::Cancelled);
                    }
                    // Nobody holds the handle any more; the rollout goes on by itself.
                    None => listening = false,
                },
            }
        }
    }

    fn now(&self) -> Seconds {
        self.began.elapsed().as_secs()
    }

    fn show(&self) {
        self.boards.send_replace(Arc::new(self.rollout.board(self.now())));
    }

    /// Starts an effect; the outcome, where it is the last one.
    fn dispatch(&self, effect: Effect) -> Option<Outcome> {
        match effect {
            Effect::Finish(outcome) => return Some(outcome),
            Effect::StartTimer { id, after } => {
                let events = self.events.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_secs(after)).await;
                    let _ = events.send(Event::Timer(id));
                });
            }
            Effect::FetchLogs {
                stage,
                pod,
                container,
                previous,
            } => self.fetch_logs(stage, pod, container, previous),
            // The worker performs the others one after the other, in their order.
            effect => {
                let _ = self.work.send(effect);
            }
        }
        None
    }

    fn fetch_logs(&self, stage: usize, pod: String, container: String, previous: bool) {
        let (events, cluster, namespace) =
            (self.events.clone(), self.cluster.clone(), self.namespace.clone());
        tokio::spawn(async move {
            let lines = last_log(&cluster, &namespace, &pod, &container, previous).await;
            let _ = events.send(Event::Logs {
                stage,
                pod,
                container,
                lines,
            });
        });
    }

    async fn end(self, outcome: Outcome) -> Outcome {
        drop(self.work);
        if let Err(error) = self.worker.await {
            tracing::error!(%error, "the rollout's worker broke");
        }
        outcome
    }
}

/// The end of a log; of the run before the last restart where that is meant and there is one. A log that cannot be read
/// is empty: the rollout does not depend on it.
pub(super) async fn last_log(
    cluster: &Cluster,
    namespace: &str,
    pod: &str,
    container: &str,
    previous: bool,
) -> Vec<String> {
    let read = |previous| logs::tail(cluster, namespace, pod, container, previous);
    match read(previous).await {
        Ok(lines) if !lines.is_empty() || !previous => lines,
        _ if previous => read(false).await.unwrap_or_default(),
        _ => Vec::new(),
    }
}
