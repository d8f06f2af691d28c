//! Runs a hook to its end, and keeps its run in the record.

use super::driver::last_log;
use super::objects::wait_until_gone;
use super::worker::{Worker, failure, unix_now};
use crate::chart::manifest::{Hook, HookDeletePolicy, ObjectKey};
use crate::cluster::apply::{Mode, apply};
use crate::cluster::release::{HookPhase, HookRun};
use crate::cluster::watch::Watch;
use crate::cluster::{ClusterError, Propagation};
use crate::rollout::Failure;
use crate::rollout::readiness::{Cause, Judge, Limits, Verdict};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

impl Worker {
    /// Runs the hook `key` of `stage`.
    pub(super) async fn run_hook(&mut self, stage: usize, key: &ObjectKey) -> Result<(), Failure> {
        let stage = &self.job.stages[stage];
        let moments = [&stage.hooks_before, &stage.hooks_after];
        let found = moments.into_iter().find_map(|hooks| {
            let at = hooks.iter().position(|hook| hook.object.key == *key)?;
            Some((hooks.clone(), at))
        });
        match found {
            Some((hooks, at)) => self.carry_out(&hooks, at).await,
            None => Err(Failure::new(format!("the chart has no hook {key}"))),
        }
    }

    /// Runs one of the hooks of a moment, given in the order in which they run. As with Helm, those that succeeded are
    /// cleared away once all of them have, or one has failed: a later one may need what an earlier one made.
    pub(super) async fn carry_out(&mut self, hooks: &[Hook], at: usize) -> Result<(), Failure> {
        let result = self.carry_out_one(&hooks[at]).await;
        let over = match &result {
            Ok(()) if at + 1 < hooks.len() => &[],
            Ok(()) => hooks,
            Err(_) => {
                self.tidy(&hooks[at], HookDeletePolicy::HookFailed).await;
                &hooks[..at]
            }
        };
        for hook in over.iter().rev() {
            self.tidy(hook, HookDeletePolicy::HookSucceeded).await;
        }
        result
    }

    /// What is left of its last run goes first where its policy says so.
    async fn carry_out_one(&mut self, hook: &Hook) -> Result<(), Failure> {
        let key = &hook.object.key;
        let fail = |error| failure(error, Some(key));
        self.clear_hook(hook, HookDeletePolicy::BeforeHookCreation)
            .await
            .map_err(fail)?;
        let started = Timestamp::now().to_string();
        self.note_run(hook, &started, None, HookPhase::Running)
            .await
            .map_err(fail)?;
        let result = match apply(&self.cluster, key, &hook.object.body, Mode::Apply).await {
            Ok(_) if runs_to_an_end(hook) => self.wait_for(hook).await,
            Ok(_) => Ok(()),
            Err(error) => Err(fail(error)),
        };
        let phase = match &result {
            Ok(()) => HookPhase::Succeeded,
            Err(_) => HookPhase::Failed,
        };
        let noted = self
            .note_run(hook, &started, Some(Timestamp::now().to_string()), phase)
            .await;
        result?;
        noted.map_err(fail)
    }

    /// Clears a hook away where its policy says so. One that cannot be must not leave the release pending.
    async fn tidy(&self, hook: &Hook, policy: HookDeletePolicy) {
        if let Err(error) = self.clear_hook(hook, policy).await {
            tracing::warn!(hook = %hook.object.key, %error, "a hook could not be cleaned up");
        }
    }

    async fn note_run(
        &mut self,
        hook: &Hook,
        started: &str,
        completed: Option<String>,
        phase: HookPhase,
    ) -> Result<(), ClusterError> {
        let Some(record) = &mut self.current else {
            return Ok(());
        };
        let run = HookRun {
            started: started.to_owned(),
            completed,
            phase,
        };
        record.set_hook_run(&hook.object.key.kind, &hook.object.key.name, &run);
        self.releases.update(record, unix_now()).await
    }

    async fn clear_hook(&self, hook: &Hook, policy: HookDeletePolicy) -> Result<(), ClusterError> {
        let default = hook.delete_policies.is_empty() && policy == HookDeletePolicy::BeforeHookCreation;
        let wanted = default || hook.delete_policies.contains(&policy);
        // Deleting a definition deletes every object of its kind.
        if !wanted || hook.object.key.kind == "CustomResourceDefinition" {
            return Ok(());
        }
        if self
            .cluster
            .delete(&hook.object.key, Propagation::Background)
            .await?
        {
            wait_until_gone(&self.cluster, &hook.object.key).await?;
        }
        Ok(())
    }

    /// Waits until the hook has done its work, or until it is clear that it will not.
    async fn wait_for(&self, hook: &Hook) -> Result<(), Failure> {
        let key = &hook.object.key;
        let namespace = key.namespace.as_deref().unwrap_or(&self.job.owner.namespace);
        let watch = Watch::start(&self.cluster, namespace, vec![key.clone()], BTreeMap::new()).await;
        let mut judge = Judge::new(Limits {
            timeout: self.job.stage_timeout,
            silence: Limits::SILENCE,
        });
        let began = Instant::now();
        loop {
            let report = judge.look(began.elapsed().as_secs(), &watch.observation());
            match report.verdict {
                Verdict::Ready => return Ok(()),
                Verdict::Failed(cause) => return Err(self.explained(*cause, namespace).await),
                Verdict::Waiting => {}
            }
            tokio::select! {
                () = watch.changed() => {}
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
                () = self.cancel.cancelled() => {
                    return Err(Failure::new(format!("interrupted while hook {key} ran")));
                }
            }
        }
    }

    async fn explained(&self, cause: Cause, namespace: &str) -> Failure {
        let log = match &cause.container {
            Some(of) => last_log(&self.cluster, namespace, &of.pod, &of.container, of.previous).await,
            None => Vec::new(),
        };
        Failure {
            object: Some(cause.object),
            message: format!("hook {}", cause.headline),
            advice: cause.advice,
            log,
        }
    }
}

/// Whether the hook's success is known only at its end; every other kind is done with being there.
fn runs_to_an_end(hook: &Hook) -> bool {
    matches!(hook.object.key.kind.as_str(), "Job" | "Pod")
}
