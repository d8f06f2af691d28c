//! The only place that performs effects: tasks, cancellation, timers.
//!
//! ```text
//! session      a cluster, a namespace and a release; what they hold before anything is done
//! prepare      from a chart and values to a plan, and from an approved plan to a job
//! rollout      runs a job
//! wizard       performs the wizard's effects
//! environment  the clock and the randomness of templates
//! ```

pub mod environment;
pub mod prepare;
pub mod rollout;
pub mod session;
pub mod wizard;
