//! Workloads: their pods, told into those of the new version and older ones, and when they are ready.

use super::json::{
    annotation, condition, condition_is, controlled_by, count, label, list, number, text, uid,
};
use super::object::Status;
use super::{Observation, Observed};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// A workload with what belongs to it.
#[derive(Debug)]
pub(super) struct Workload<'a> {
    /// The workload itself.
    pub observed: &'a Observed,
    /// The workload's body.
    pub body: &'a Json,
    /// Pods of the version that the workload wants now.
    pub current: Vec<&'a Json>,
    /// Pods of older versions that are still there.
    pub old: Vec<&'a Json>,
    /// The workload, its current replica set and its current pods: whose events matter.
    pub uids: BTreeSet<&'a str>,
    /// How many pods it wants.
    pub wanted: u32,
    /// How many errors are no failure yet: one for each replica, none where a pod gets no second try.
    pub allowed: u32,
}

impl<'a> Workload<'a> {
    /// The workload that `observed` is, or `None` for an object that runs no pods.
    pub(super) fn of(observed: &'a Observed, observation: &'a Observation) -> Option<Self> {
        let body = observed.body.as_deref()?;
        let mut uids = BTreeSet::from([uid(body)]);
        let (current, old) = match (observed.key.group(), observed.key.kind.as_str()) {
            ("apps", "Deployment") => deployment_pods(body, observation, &mut uids),
            ("apps", "StatefulSet") => stateful_set_pods(body, observation),
            ("apps", "DaemonSet") | ("batch", "Job") => (owned_pods(body, observation).collect(), Vec::new()),
            ("", "Pod") => (vec![body], Vec::new()),
            _ => return None,
        };
        uids.extend(current.iter().map(|pod| uid(pod)));
        let wanted = wanted(&observed.key.kind, body);
        Some(Self {
            observed,
            body,
            current,
            old,
            uids,
            wanted,
            allowed: allowed(&observed.key.kind, body, wanted),
        })
    }

    /// Pods of the new version that are ready.
    pub(super) fn ready_pods(&self) -> u32 {
        let ready = self
            .current
            .iter()
            .filter(|pod| condition_is(pod, "Ready", "True"))
            .count();
        u32::try_from(ready).unwrap_or(u32::MAX)
    }

    /// Whether the workload counts its pods' ends by itself, as a Job does against its `backoffLimit`.
    pub(super) fn counts_ends_itself(&self) -> bool {
        self.observed.key.kind == "Job"
    }
}

fn wanted(kind: &str, body: &Json) -> u32 {
    match kind {
        "DaemonSet" => count(body, "/status/desiredNumberScheduled"),
        "Job" => body
            .pointer("/spec/completions")
            .map_or(1, |_| count(body, "/spec/completions")),
        "Pod" => 1,
        _ => replicas(body),
    }
}

fn allowed(kind: &str, body: &Json, wanted: u32) -> u32 {
    let policy = match kind {
        "Pod" => text(body, "/spec/restartPolicy"),
        _ => text(body, "/spec/template/spec/restartPolicy"),
    };
    if kind == "Job" || policy == "Never" {
        0
    } else {
        wanted.max(1)
    }
}

/// `spec.replicas`, 1 where it is absent.
fn replicas(body: &Json) -> u32 {
    body.pointer("/spec/replicas")
        .map_or(1, |_| count(body, "/spec/replicas"))
}

type Pods<'a> = (Vec<&'a Json>, Vec<&'a Json>);

fn owned_pods<'a>(body: &'a Json, observation: &'a Observation) -> impl Iterator<Item = &'a Json> {
    let owner = uid(body);
    observation
        .pods
        .iter()
        .map(AsRef::as_ref)
        .filter(move |pod| controlled_by(pod, owner))
}

/// A Deployment's pods belong to its replica sets; the new one carries the Deployment's own revision.
fn deployment_pods<'a>(
    body: &'a Json,
    observation: &'a Observation,
    uids: &mut BTreeSet<&'a str>,
) -> Pods<'a> {
    const REVISION: &str = "deployment.kubernetes.io/revision";
    let revision = annotation(body, REVISION);
    let sets: Vec<&Json> = observation
        .replica_sets
        .iter()
        .map(AsRef::as_ref)
        .filter(|set| controlled_by(set, uid(body)))
        .collect();
    let new = sets.iter().find(|set| annotation(set, REVISION) == revision);
    let hash = new.map_or("", |set| label(set, "pod-template-hash"));
    uids.extend(new.map(|set| uid(set)));
    observation
        .pods
        .iter()
        .map(AsRef::as_ref)
        .filter(|pod| sets.iter().any(|set| controlled_by(pod, uid(set))))
        .partition(|pod| label(pod, "pod-template-hash") == hash)
}

fn stateful_set_pods<'a>(body: &'a Json, observation: &'a Observation) -> Pods<'a> {
    let update = text(body, "/status/updateRevision");
    owned_pods(body, observation)
        .partition(|pod| update.is_empty() || label(pod, "controller-revision-hash") == update)
}

/// When a Deployment is ready.
pub(super) fn deployment(body: &Json) -> Status {
    if let Some(progressing) = condition(body, "Progressing")
        && text(progressing, "/reason") == "ProgressDeadlineExceeded"
    {
        return Status::failed("ProgressDeadlineExceeded", text(progressing, "/message"));
    }
    let wanted = replicas(body);
    let updated = count(body, "/status/updatedReplicas");
    let all = count(body, "/status/replicas");
    let available = count(body, "/status/availableReplicas");
    let ready = count(body, "/status/readyReplicas");
    if body.pointer("/spec/paused") == Some(&Json::Bool(true)) {
        return Status::waiting("it is paused (spec.paused)");
    }
    if updated < wanted {
        return Status::waiting(format!("{updated} of {wanted} new pods are created"));
    }
    if all > updated {
        return Status::waiting(format!("{} old pods must end", all - updated));
    }
    if available < updated || ready < updated {
        return Status::waiting(format!("{} of {updated} pods are ready", available.min(ready)));
    }
    Status::Ready
}

/// When a stateful set is ready.
pub(super) fn stateful_set(body: &Json) -> Status {
    let wanted = replicas(body);
    let ready = count(body, "/status/readyReplicas");
    if ready < wanted {
        return Status::waiting(format!("{ready} of {wanted} pods are ready"));
    }
    if count(body, "/status/replicas") > wanted {
        return Status::waiting("pods that are no longer wanted must end");
    }
    let updated = count(body, "/status/updatedReplicas");
    if text(body, "/spec/updateStrategy/type") == "OnDelete" {
        return if text(body, "/status/updateRevision") == text(body, "/status/currentRevision")
            || updated >= wanted
        {
            Status::Ready
        } else {
            Status::warning("its pods keep the old version until they are deleted (updateStrategy OnDelete)")
        };
    }
    let partition = count(body, "/spec/updateStrategy/rollingUpdate/partition");
    let to_update = wanted.saturating_sub(partition);
    if text(body, "/status/updateRevision") != text(body, "/status/currentRevision") && updated < to_update {
        return Status::waiting(format!("{updated} of {to_update} pods have the new version"));
    }
    Status::Ready
}

/// When a daemon set is ready.
pub(super) fn daemon_set(body: &Json) -> Status {
    let wanted = count(body, "/status/desiredNumberScheduled");
    let updated = count(body, "/status/updatedNumberScheduled");
    let available = count(body, "/status/numberAvailable");
    if updated < wanted {
        return Status::waiting(format!("{updated} of {wanted} pods have the new version"));
    }
    if available < wanted {
        return Status::waiting(format!("{available} of {wanted} pods are ready"));
    }
    Status::Ready
}

/// When a Job is done. A running one is not ready: what follows relies on its result.
pub(super) fn job(body: &Json) -> Status {
    if let Some(failed) = condition(body, "Failed").filter(|c| text(c, "/status") == "True") {
        return Status::failed(
            "JobFailed",
            &format!("{}: {}", text(failed, "/reason"), text(failed, "/message")),
        );
    }
    if condition_is(body, "Complete", "True") {
        return Status::Ready;
    }
    if body.pointer("/spec/suspend") == Some(&Json::Bool(true)) {
        return Status::warning("it is suspended (spec.suspend) and does not run");
    }
    let active = count(body, "/status/active");
    let failed = count(body, "/status/failed");
    Status::waiting(format!("it runs ({active} pods active, {failed} failed)"))
}

/// When a Pod of its own is ready: it runs ready, or it has ended well.
pub(super) fn pod(body: &Json) -> Status {
    match text(body, "/status/phase") {
        "Succeeded" => Status::Ready,
        "Failed" => Status::failed("Error", "the pod has failed"),
        _ if condition_is(body, "Ready", "True") => Status::Ready,
        _ => Status::waiting(super::pods::status_words(body)),
    }
}

/// Whether a workload of the stage makes pods that `selector` would choose.
pub(super) fn makes_pods_for(selector: &Json, observation: &Observation) -> bool {
    observation
        .objects
        .iter()
        .filter_map(|o| o.body.as_deref())
        .any(|body| {
            body.pointer("/spec/template/spec").is_some()
                && number(body, "/spec/replicas") != Some(0)
                && super::json::selects(selector, body.pointer("/spec/template/metadata/labels"))
        })
}

/// Whether an address of the Service `name` is ready.
pub(super) fn has_ready_endpoint(service: &str, observation: &Observation) -> bool {
    observation
        .endpoint_slices
        .iter()
        .filter(|slice| label(slice, "kubernetes.io/service-name") == service)
        .flat_map(|slice| list(slice, "/endpoints"))
        .any(|endpoint| endpoint.pointer("/conditions/ready") != Some(&Json::Bool(false)))
}
