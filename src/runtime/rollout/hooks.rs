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
        let mut hooks = stage.hooks_before.iter().chain(&stage.hooks_after);
        let Some(hook) = hooks.find(|hook| hook.object.key == *key).cloned() else {
            return Err(Failure::new(format!("the chart has no hook {key}")));
        };
        self.carry_out(&hook).await
    }

    /// Runs one hook: what is left of its last run goes first where its policy says so.
    pub(super) async fn carry_out(&mut self, hook: &Hook) -> Result<(), Failure> {
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
        let (phase, policy) = match &result {
            Ok(()) => (HookPhase::Succeeded, HookDeletePolicy::HookSucceeded),
            Err(_) => (HookPhase::Failed, HookDeletePolicy::HookFailed),
        };
        let noted = self
            .note_run(hook, &started, Some(Timestamp::now().to_string()), phase)
            .await;
        // A hook that fails to clean up must not leave the release pending.
        if let Err(error) = self.clear_hook(hook, policy).await {
            tracing::warn!(hook = %key, %error, "a hook could not be cleaned up");
        }
        result?;
        noted.map_err(fail)
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
