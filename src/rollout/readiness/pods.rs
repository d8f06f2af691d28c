//! What a pod shows: its line on the board, and what is wrong with it.

use super::json::{condition, count, list, name, number, text};
use serde_json::Value as Json;

/// How a trouble counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Counts against the errors that are allowed.
    Counted,
    /// Fails the object at once.
    Outright,
    /// Counts once it has held for longer than the grace, in seconds.
    After(u64),
    /// Fails the object once it has held for longer than the grace, in seconds.
    OutrightAfter(u64),
}

/// Something that is wrong with a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// The container, where it is one's.
    pub container: Option<String>,
    /// The reason as the cluster names it, or one of ours in the same style.
    pub reason: String,
    /// The cluster's words.
    pub message: String,
    /// Tells one occurrence from the next: the number of restarts.
    pub occurrence: u32,
    /// How it counts.
    pub weight: Weight,
    /// Whether the log before the last restart tells the cause.
    pub previous_log: bool,
}

/// Reasons of a waiting container that are errors.
const ERRORS: [&str; 9] = [
    "ImagePullBackOff",
    "ErrImagePull",
    "ErrImageNeverPull",
    "InvalidImageName",
    "RegistryUnavailable",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "CrashLoopBackOff",
];

/// How long the scheduler may take to find a node, in seconds.
const UNSCHEDULABLE_GRACE: u64 = 15;

/// The least grace for a container that runs and is not ready, in seconds.
const READINESS_GRACE: u64 = 60;

/// What is wrong with `pod`.
pub(super) fn troubles(pod: &Json) -> Vec<Trouble> {
    let mut found = Vec::new();
    for status in list(pod, "/status/initContainerStatuses") {
        found.extend(container(status).map(|trouble| init(pod, status, trouble)));
    }
    for status in list(pod, "/status/containerStatuses") {
        found.extend(container(status));
        found.extend(not_ready(pod, status));
    }
    found.extend(unschedulable(pod));
    found
}

/// What a container's status says is wrong.
fn container(status: &Json) -> Option<Trouble> {
    let restarts = count(status, "/restartCount");
    let waiting = text(status, "/state/waiting/reason");
    if ERRORS.contains(&waiting) {
        // How the container ended says more than how long the next start is put off.
        let ended = status
            .pointer("/lastState/terminated")
            .filter(|_| waiting == "CrashLoopBackOff");
        let words = ended.map_or_else(|| text(status, "/state/waiting/message").to_owned(), exit_words);
        return Some(trouble(status, waiting, &words, restarts));
    }
    if let Some(ended) = status
        .pointer("/state/terminated")
        .filter(|ended| number(ended, "/exitCode") != Some(0))
    {
        return Some(trouble(
            status,
            terminated_reason(ended),
            &exit_words(ended),
            restarts,
        ));
    }
    let last = status.pointer("/lastState/terminated")?;
    (restarts > 0 && number(last, "/exitCode") != Some(0))
        .then(|| trouble(status, "Restarted", &exit_words(last), restarts))
}

fn trouble(status: &Json, reason: &str, message: &str, occurrence: u32) -> Trouble {
    let killed = text(status, "/lastState/terminated/reason") == "OOMKilled";
    Trouble {
        container: Some(text(status, "/name").to_owned()),
        reason: if killed {
            "OOMKilled".to_owned()
        } else {
            reason.to_owned()
        },
        message: message.trim().to_owned(),
        occurrence,
        weight: Weight::Counted,
        previous_log: status.pointer("/state/running").is_some() || reason == "CrashLoopBackOff",
    }
}

/// `Error` where the cluster names no reason.
fn terminated_reason(ended: &Json) -> &str {
    match text(ended, "/reason") {
        "" => "Error",
        reason => reason,
    }
}

fn exit_words(ended: &Json) -> String {
    let code = number(ended, "/exitCode").unwrap_or_default();
    match text(ended, "/message").trim() {
        "" => format!("ended with exit code {code}"),
        message => format!("ended with exit code {code}: {message}"),
    }
}

/// An init container's error fails the pod at once: nothing that follows can start. A sidecar (an init container that
/// restarts always) counts like any other container.
fn init(pod: &Json, status: &Json, mut trouble: Trouble) -> Trouble {
    let sidecar = list(pod, "/spec/initContainers")
        .iter()
        .any(|c| text(c, "/name") == text(status, "/name") && text(c, "/restartPolicy") == "Always");
    if !sidecar {
        trouble.weight = Weight::Outright;
    }
    trouble
}

/// A container that runs but is not ready, once its probes' own settings give it up.
fn not_ready(pod: &Json, status: &Json) -> Option<Trouble> {
    let running = status.pointer("/state/running").is_some();
    if !running || status.pointer("/ready") != Some(&Json::Bool(false)) {
        return None;
    }
    let container = text(status, "/name");
    let spec = list(pod, "/spec/containers")
        .iter()
        .find(|c| text(c, "/name") == container)?;
    spec.pointer("/readinessProbe")?;
    Some(Trouble {
        container: Some(container.to_owned()),
        reason: "NotReady".to_owned(),
        message: "runs, but its readiness probe keeps failing".to_owned(),
        occurrence: count(status, "/restartCount"),
        weight: Weight::After(readiness_grace(spec)),
        previous_log: false,
    })
}

/// How long the container's own probes let it take to become ready, in seconds.
fn readiness_grace(container: &Json) -> u64 {
    let allowed = |probe: &str| {
        container.get(probe).map_or(0, |probe| {
            let setting =
                |name: &str, default: u64| probe.get(name).and_then(Json::as_u64).unwrap_or(default);
            setting("initialDelaySeconds", 0)
                + setting("failureThreshold", 3)
                    * (setting("periodSeconds", 10) + setting("timeoutSeconds", 1))
        })
    };
    (allowed("startupProbe") + allowed("readinessProbe")).max(READINESS_GRACE)
}

fn unschedulable(pod: &Json) -> Option<Trouble> {
    let scheduled = condition(pod, "PodScheduled")?;
    (text(scheduled, "/status") == "False" && text(scheduled, "/reason") == "Unschedulable").then(|| {
        Trouble {
            container: None,
            reason: "Unschedulable".to_owned(),
            message: text(scheduled, "/message").trim().to_owned(),
            occurrence: 0,
            weight: Weight::OutrightAfter(UNSCHEDULABLE_GRACE),
            previous_log: false,
        }
    })
}

/// What the pod's line says: its phase, or what holds a container up.
pub(super) fn status_words(pod: &Json) -> String {
    if pod.pointer("/metadata/deletionTimestamp").is_some() {
        return "Terminating".to_owned();
    }
    let waiting = list(pod, "/status/initContainerStatuses")
        .iter()
        .chain(list(pod, "/status/containerStatuses"))
        .map(|status| text(status, "/state/waiting/reason"))
        .find(|reason| !reason.is_empty() && *reason != "PodInitializing");
    let words = waiting.unwrap_or_else(|| text(pod, "/status/phase"));
    if words.is_empty() {
        "Pending".to_owned()
    } else {
        words.to_owned()
    }
}

/// Containers that are ready, of all.
pub(super) fn ready_containers(pod: &Json) -> (u32, u32) {
    let ready = list(pod, "/status/containerStatuses")
        .iter()
        .filter(|status| status.pointer("/ready") == Some(&Json::Bool(true)))
        .count();
    let all = list(pod, "/spec/containers").len();
    (
        u32::try_from(ready).unwrap_or(u32::MAX),
        u32::try_from(all).unwrap_or(u32::MAX),
    )
}

/// Restarts of all containers.
pub(super) fn restarts(pod: &Json) -> u32 {
    list(pod, "/status/containerStatuses")
        .iter()
        .chain(list(pod, "/status/initContainerStatuses"))
        .map(|status| count(status, "/restartCount"))
        .sum()
}

/// What a pod that is not ready waits for, in words.
pub(super) fn waits_for(pod: &Json) -> Option<String> {
    if super::json::condition_is(pod, "Ready", "True") {
        return None;
    }
    let init = list(pod, "/status/initContainerStatuses")
        .iter()
        .find(|status| status.pointer("/state/running").is_some())
        .map(|status| format!("init container {} runs", text(status, "/name")));
    let words = init.unwrap_or_else(|| status_words(pod));
    Some(format!("pod {}: {words}", name(pod)))
}
