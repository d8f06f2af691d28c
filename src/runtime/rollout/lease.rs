//! Keeps the lease while a rollout runs.

use crate::cluster::ClusterError;
use crate::cluster::lease::{DURATION, Lease, RENEWAL};
use crate::rollout::Event;
use jiff::Timestamp;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Renews a lease until it is dropped, or until it is lost.
#[derive(Debug)]
pub(super) struct Renewal(JoinHandle<()>);

impl Renewal {
    pub(super) fn start(lease: Lease, events: mpsc::UnboundedSender<Event>) -> Self {
        Self(tokio::spawn(async move {
            if let Some(error) = keep(&lease).await {
                let _ = events.send(Event::LeaseLost(super::worker::failure(error, None)));
            }
        }))
    }
}

impl Drop for Renewal {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Renews until somebody else holds the lease, or until it has run out because the server could not be reached.
async fn keep(lease: &Lease) -> Option<ClusterError> {
    let mut renewed = Timestamp::now();
    loop {
        tokio::time::sleep(Duration::from_secs(RENEWAL)).await;
        let now = Timestamp::now();
        match lease.renew(now).await {
            Ok(()) => renewed = now,
            Err(error @ (ClusterError::Held { .. } | ClusterError::NotFound { .. })) => return Some(error),
            Err(error) if now.as_second() - renewed.as_second() >= DURATION => return Some(error),
            Err(error) => tracing::warn!(%error, "the lease could not be renewed, trying again"),
        }
    }
}
