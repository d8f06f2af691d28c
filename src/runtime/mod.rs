//! The only place that performs effects: tasks, cancellation, timers.

pub mod rollout;
