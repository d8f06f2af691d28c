//! A running rollout: commands go in, boards come out.

use crate::rollout::{Board, Command, Outcome};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// What a rollout's driver listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// A person's decision.
    Person(Command),
    /// Finish the record and end.
    Cancel,
}

/// A rollout that runs in a task of its own. Dropping the handle does not end it; [`RolloutHandle::cancel`] does.
#[derive(Debug)]
pub struct RolloutHandle {
    orders: mpsc::UnboundedSender<Order>,
    boards: watch::Receiver<Arc<Board>>,
    task: JoinHandle<Outcome>,
}

impl RolloutHandle {
    pub(crate) const fn new(
        orders: mpsc::UnboundedSender<Order>,
        boards: watch::Receiver<Arc<Board>>,
        task: JoinHandle<Outcome>,
    ) -> Self {
        Self { orders, boards, task }
    }

    /// Passes a person's decision on. One that the board does not offer is ignored.
    pub fn send(&self, command: Command) {
        // A rollout that has ended needs no more orders.
        let _ = self.orders.send(Order::Person(command));
    }

    /// Asks the rollout to finish its record and end.
    pub fn cancel(&self) {
        let _ = self.orders.send(Order::Cancel);
    }

    /// The newest board.
    #[must_use]
    pub fn board(&self) -> Arc<Board> {
        self.boards.borrow().clone()
    }

    /// A receiver of boards, for those who wait in a `select!` of their own.
    #[must_use]
    pub fn boards(&self) -> watch::Receiver<Arc<Board>> {
        self.boards.clone()
    }

    /// Waits for the next board; `None` once the rollout is over and its last board has been seen.
    pub async fn changed(&mut self) -> Option<Arc<Board>> {
        self.boards.changed().await.ok()?;
        Some(self.boards.borrow_and_update().clone())
    }

    /// Waits for the end. A driver that died counts as failed: the record says how far it came.
    pub async fn finish(self) -> Outcome {
        self.task.await.unwrap_or(Outcome::Failed)
    }
}
