//! When an object is ready, by its kind. First whether its controller has seen the newest version, then what controllers
//! of the kstatus convention say (`Reconciling`, `Stalled`), then the kind's own rule.

use super::json::{condition, condition_is, list, number, text, uid};
use super::{Observation, Observed, workload};
use crate::rollout::Seconds;
use serde_json::Value as Json;

/// How long a controller may take before its silence is only worth a warning, in seconds.
const SILENCE: Seconds = 30;

/// Where an object stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Status {
    /// As it should be.
    Ready,
    /// Good enough to go on, and worth knowing.
    Warning(String),
    /// Not yet, and why not.
    Waiting(String),
    /// It will not become ready by itself.
    Failed {
        /// The reason as the cluster names it.
        reason: String,
        /// The cluster's words.
        message: String,
    },
}

impl Status {
    pub(super) fn waiting(words: impl Into<String>) -> Self {
        Self::Waiting(words.into())
    }

    pub(super) fn warning(words: impl Into<String>) -> Self {
        Self::Warning(words.into())
    }

    pub(super) fn failed(reason: &str, message: &str) -> Self {
        Self::Failed {
            reason: reason.to_owned(),
            message: message.trim().to_owned(),
        }
    }
}

/// Where `observed` stands, `waited` seconds after the stage began to wait.
pub(super) fn status(observed: &Observed, observation: &Observation, waited: Seconds) -> Status {
    let Some(body) = observed.body.as_deref() else {
        return Status::waiting("it does not exist yet");
    };
    if body.pointer("/metadata/deletionTimestamp").is_some() {
        return Status::waiting("it is being deleted");
    }
    if let (Some(seen), Some(newest)) = (
        number(body, "/status/observedGeneration"),
        number(body, "/metadata/generation"),
    ) && seen < newest
    {
        return Status::waiting("its controller has not seen the newest version yet");
    }
    if let Some(stalled) = condition(body, "Stalled").filter(|c| text(c, "/status") == "True") {
        return Status::failed(text(stalled, "/reason"), text(stalled, "/message"));
    }
    if let Some(busy) = condition(body, "Reconciling").filter(|c| text(c, "/status") == "True") {
        return Status::waiting(words_of(busy));
    }
    by_kind(observed, body, observation, waited)
}

fn by_kind(observed: &Observed, body: &Json, observation: &Observation, waited: Seconds) -> Status {
    match (observed.key.group(), observed.key.kind.as_str()) {
        ("apps", "Deployment") => unseen(body).unwrap_or_else(|| workload::deployment(body)),
        ("apps", "StatefulSet") => unseen(body).unwrap_or_else(|| workload::stateful_set(body)),
        ("apps", "DaemonSet") => unseen(body).unwrap_or_else(|| workload::daemon_set(body)),
        ("batch", "Job") => workload::job(body),
        ("", "Pod") => workload::pod(body),
        ("", "Namespace") => namespace(body),
        ("", "PersistentVolumeClaim") => claim(body, observation),
        ("", "Service") => service(body, observation),
        ("networking.k8s.io", "Ingress") => ingress(body),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaler(body, waited),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(body),
        ("external-secrets.io", "ExternalSecret" | "SecretStore" | "ClusterSecretStore")
        | ("cert-manager.io", "Certificate" | "Issuer" | "ClusterIssuer") => {
            by_condition(body, "Ready", waited)
        }
        ("bitnami.com", "SealedSecret") => by_condition(body, "Synced", waited),
        ("apiregistration.k8s.io", "APIService") => by_condition(body, "Available", waited),
        _ => Status::Ready,
    }
}

/// A workload without any status: no controller has looked at it.
fn unseen(body: &Json) -> Option<Status> {
    number(body, "/status/observedGeneration")
        .is_none()
        .then(|| Status::waiting("its controller has not seen it yet"))
}

/// The words of a condition: its message, else its reason.
fn words_of(condition: &Json) -> String {
    match text(condition, "/message").trim() {
        "" => text(condition, "/reason").to_owned(),
        message => message.to_owned(),
    }
}

fn namespace(body: &Json) -> Status {
    match text(body, "/status/phase") {
        "Active" | "" => Status::Ready,
        phase => Status::waiting(format!("it is {phase}")),
    }
}

/// A claim is bound, or waits for its first consumer, which comes with a pod.
fn claim(body: &Json, observation: &Observation) -> Status {
    match text(body, "/status/phase") {
        "Bound" => Status::Ready,
        "Lost" => Status::failed("ClaimLost", "the volume that it was bound to is gone"),
        _ => {
            let reasons: Vec<&Json> = observation
                .events
                .iter()
                .map(AsRef::as_ref)
                .filter(|event| text(event, "/involvedObject/uid") == uid(body))
                .collect();
            if reasons
                .iter()
                .any(|event| text(event, "/reason") == "WaitForFirstConsumer")
            {
                return Status::Ready;
            }
            let failed = reasons
                .iter()
                .find(|event| text(event, "/reason") == "ProvisioningFailed");
            Status::waiting(failed.map_or_else(
                || "no volume is bound to it yet".to_owned(),
                |event| format!("no volume: {}", text(event, "/message").trim()),
            ))
        }
    }
}

/// A Service is ready with its first ready address. One whose pods come with another stage, or that runs none, waits
/// for nothing.
fn service(body: &Json, observation: &Observation) -> Status {
    let Some(selector) = body.pointer("/spec/selector") else {
        return Status::Ready;
    };
    if text(body, "/spec/type") == "ExternalName" || !workload::makes_pods_for(selector, observation) {
        return Status::Ready;
    }
    if workload::has_ready_endpoint(text(body, "/metadata/name"), observation) {
        Status::Ready
    } else {
        Status::waiting("none of its addresses is ready")
    }
}

/// An Ingress has an address, or that is worth a warning: many controllers never report one.
fn ingress(body: &Json) -> Status {
    if list(body, "/status/loadBalancer/ingress").is_empty() {
        Status::warning("no controller has given it an address yet")
    } else {
        Status::Ready
    }
}

/// An autoscaler can scale; that it has no measurements yet is worth a warning.
fn autoscaler(body: &Json, waited: Seconds) -> Status {
    match condition(body, "AbleToScale") {
        None if waited < SILENCE => Status::waiting("its controller has not looked at it yet"),
        None => Status::warning("no controller has looked at it"),
        Some(able) if text(able, "/status") == "False" => Status::waiting(words_of(able)),
        Some(_) => match condition(body, "ScalingActive").filter(|c| text(c, "/status") == "False") {
            Some(idle) if text(idle, "/reason") != "ScalingDisabled" => {
                Status::warning(format!("it does not scale yet: {}", words_of(idle)))
            }
            _ => Status::Ready,
        },
    }
}

fn definition(body: &Json) -> Status {
    if let Some(names) = condition(body, "NamesAccepted").filter(|c| text(c, "/status") == "False") {
        return Status::failed(text(names, "/reason"), text(names, "/message"));
    }
    if condition_is(body, "Established", "True") {
        Status::Ready
    } else {
        Status::waiting("the API server does not serve it yet")
    }
}

/// A kind whose controller says in one condition whether all is well. An explicit no gets some time to become a yes.
fn by_condition(body: &Json, kind: &str, waited: Seconds) -> Status {
    match condition(body, kind) {
        None => Status::waiting("its controller has not looked at it yet"),
        Some(found) => match text(found, "/status") {
            "True" => Status::Ready,
            "False" if waited >= SILENCE => Status::failed(text(found, "/reason"), &words_of(found)),
            _ => Status::waiting(words_of(found)),
        },
    }
}
