//! Looks at a stage's objects again and again, and says whether they are ready, have failed, or what they wait for.

use super::errors::{Errors, Gravity};
use super::events::{self, Past};
use super::json::{name, text, uid};
use super::object::{self, Status};
use super::pods::{self, Trouble};
use super::workload::Workload;
use super::{Observation, Observed, advice};
use crate::chart::manifest::ObjectKey;
use crate::rollout::Seconds;
use crate::rollout::board::{EventRow, PodRow};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// How long a stage may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From its first look until everything is ready, in seconds.
    pub timeout: Seconds,
    /// Without anything happening at all, in seconds.
    pub silence: Seconds,
}

impl Limits {
    /// The longest time without any activity, in seconds.
    pub const SILENCE: Seconds = 240;
}

/// A container whose log tells more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerRef {
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// Whether the run before its last restart is meant.
    pub previous: bool,
}

/// Why a stage failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The object that failed.
    pub object: ObjectKey,
    /// One sentence.
    pub headline: String,
    /// The event that tells most.
    pub event: Option<EventRow>,
    /// Whose log tells more.
    pub container: Option<ContainerRef>,
    /// What to do about it.
    pub advice: Vec<String>,
}

/// Where a stage stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Not ready yet.
    Waiting,
    /// Everything is ready.
    Ready,
    /// It will not become ready by itself.
    Failed(Box<Cause>),
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Where the stage stands.
    pub verdict: Verdict,
    /// Pods that are ready, of those wanted; `None` for a stage without pods.
    pub ready: Option<(u32, u32)>,
    /// What it waits for, in words.
    pub waits_for: Vec<String>,
    /// What is worth knowing although it goes on.
    pub warnings: Vec<String>,
    /// The pods of the stage's workloads.
    pub pods: Vec<PodRow>,
    /// The events about the stage's objects, the newest first.
    pub events: Vec<EventRow>,
    /// The running container whose log is worth following.
    pub follow: Option<ContainerRef>,
}

/// Judges one stage.
#[derive(Debug)]
pub struct Judge {
    limits: Limits,
    began: Option<Seconds>,
    past: Past,
    errors: Errors,
    first_seen: BTreeMap<String, Seconds>,
    activity: (Vec<String>, Seconds),
}

impl Judge {
    /// A judge that has seen nothing yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            began: None,
            past: Past::default(),
            errors: Errors::default(),
            first_seen: BTreeMap::new(),
            activity: (Vec::new(), 0),
        }
    }

    /// Takes what `observation` shows as the past: its events and restarts blame nobody.
    pub fn take_past(&mut self, observation: &Observation) {
        self.past = Past::of(observation);
        self.errors = Errors::with_past(observation);
    }

    /// Looks at the stage as it is now.
    pub fn look(&mut self, now: Seconds, observation: &Observation) -> Report {
        let waited = now.saturating_sub(*self.began.get_or_insert(now));
        let workloads: Vec<Workload<'_>> = observation
            .objects
            .iter()
            .filter_map(|o| Workload::of(o, observation))
            .collect();
        let mut report = self.survey(now, &workloads, observation);
        let mut failed = None;
        let mut waits = Vec::new();
        for observed in &observation.objects {
            match object::status(observed, observation, waited) {
                Status::Ready => {}
                Status::Warning(words) => report.warnings.push(format!("{}: {words}", observed.key)),
                Status::Waiting(words) => waits.push((observed, words)),
                Status::Failed { reason, message } => {
                    failed.get_or_insert_with(|| {
                        self.object_cause(observed, &workloads, observation, &reason, &message)
                    });
                }
            }
        }
        let ready = waits.is_empty() && failed.is_none();
        report.waits_for = waiting_words(&waits, &workloads);
        let grave = self.pod_failure(now, &workloads, observation);
        // A pod's own trouble says more than what its owner concludes from it.
        let cause = if ready {
            None
        } else {
            grave
                .or(failed)
                .or_else(|| self.too_long(now, waited, &waits, observation))
        };
        report.verdict = match cause {
            Some(cause) => Verdict::Failed(Box::new(cause)),
            None if ready => Verdict::Ready,
            None => Verdict::Waiting,
        };
        if report.verdict == Verdict::Ready {
            // The workloads count their pods themselves; what is seen of the pods may be a moment older.
            report.ready = report.ready.map(|(_, wanted)| (wanted, wanted));
        }
        report
    }

    /// What there is to show, whatever the verdict.
    fn survey(&mut self, now: Seconds, workloads: &[Workload<'_>], observation: &Observation) -> Report {
        let uids: BTreeSet<&str> = workloads
            .iter()
            .flat_map(|w| w.uids.iter().copied())
            .chain(
                observation
                    .objects
                    .iter()
                    .filter_map(|o| o.body.as_deref())
                    .map(uid),
            )
            .filter(|uid| !uid.is_empty())
            .collect();
        let events: Vec<EventRow> = events::about(observation, &uids, &self.past)
            .into_iter()
            .map(events::row)
            .collect();
        self.note_activity(now, observation, &uids, events.len());
        Report {
            verdict: Verdict::Waiting,
            ready: ready_of(workloads),
            waits_for: Vec::new(),
            warnings: Vec::new(),
            pods: self.rows(now, workloads),
            events,
            follow: follow(workloads),
        }
    }

    fn rows(&mut self, now: Seconds, workloads: &[Workload<'_>]) -> Vec<PodRow> {
        let mut rows = Vec::new();
        for workload in workloads {
            let current = workload.current.iter().map(|pod| (*pod, true));
            let old = workload.old.iter().map(|pod| (*pod, false));
            for (pod, current) in current.chain(old) {
                let first = *self.first_seen.entry(uid(pod).to_owned()).or_insert(now);
                rows.push(PodRow {
                    name: name(pod).to_owned(),
                    status: pods::status_words(pod),
                    ready: pods::ready_containers(pod),
                    restarts: pods::restarts(pod),
                    age: now.saturating_sub(first),
                    current,
                });
            }
        }
        rows
    }

    /// Something happened when any object, pod or event that matters is another one or another version.
    fn note_activity(
        &mut self,
        now: Seconds,
        observation: &Observation,
        uids: &BTreeSet<&str>,
        events: usize,
    ) {
        let mut signs: Vec<String> = observation
            .objects
            .iter()
            .filter_map(|o| o.body.as_deref())
            .chain(
                observation
                    .pods
                    .iter()
                    .map(AsRef::as_ref)
                    .filter(|pod| uids.contains(uid(pod))),
            )
            .map(|body| format!("{}@{}", uid(body), text(body, "/metadata/resourceVersion")))
            .collect();
        signs.push(events.to_string());
        if signs != self.activity.0 {
            self.activity = (signs, now);
        }
    }

    /// The first workload that one of its pods, or its controller, fails.
    fn pod_failure(
        &mut self,
        now: Seconds,
        workloads: &[Workload<'_>],
        observation: &Observation,
    ) -> Option<Cause> {
        let mut cause = None;
        self.errors.begin();
        for workload in workloads {
            for pod in &workload.current {
                for trouble in pods::troubles(pod) {
                    let gravity = self.weigh(now, workload, pod, &trouble, observation);
                    if gravity == Gravity::Fatal && cause.is_none() {
                        cause = Some(self.trouble_cause(workload, pod, &trouble, observation));
                    }
                }
            }
        }
        self.errors.end();
        cause.or_else(|| {
            workloads
                .iter()
                .find_map(|workload| self.refused(workload, observation))
        })
    }

    fn weigh(
        &mut self,
        now: Seconds,
        workload: &Workload<'_>,
        pod: &Json,
        trouble: &Trouble,
        observation: &Observation,
    ) -> Gravity {
        let ended = matches!(
            trouble.reason.as_str(),
            "Error" | "Restarted" | "OOMKilled" | "CrashLoopBackOff"
        );
        if ended && workload.counts_ends_itself() {
            return Gravity::Tolerated;
        }
        if trouble.reason == "Unschedulable" && nodes_are_coming(pod, observation) {
            return Gravity::Tolerated;
        }
        self.errors
            .weigh(now, uid(workload.body), workload.allowed, pod, trouble)
    }

    fn trouble_cause(
        &self,
        workload: &Workload<'_>,
        pod: &Json,
        trouble: &Trouble,
        observation: &Observation,
    ) -> Cause {
        let place = trouble.container.as_ref().map_or_else(
            || format!("pod {}", name(pod)),
            |c| format!("container {c} of pod {}", name(pod)),
        );
        let started = !matches!(
            trouble.reason.as_str(),
            "Unschedulable" | "CreateContainerConfigError"
        ) && !trouble.reason.contains("Image");
        Cause {
            object: workload.observed.key.clone(),
            headline: sentence(
                &format!("{}: {place}: {}", workload.observed.key, trouble.reason),
                &trouble.message,
            ),
            event: self.telling_event(&BTreeSet::from([uid(pod)]), observation),
            container: trouble
                .container
                .clone()
                .filter(|_| started)
                .map(|container| ContainerRef {
                    pod: name(pod).to_owned(),
                    container,
                    previous: trouble.previous_log,
                }),
            advice: advice::for_reason(&trouble.reason),
        }
    }

    /// A controller that cannot create its pods says so in an event only.
    fn refused(&self, workload: &Workload<'_>, observation: &Observation) -> Option<Cause> {
        let event = events::about(observation, &workload.uids, &self.past)
            .into_iter()
            .find(|event| text(event, "/type") == "Warning" && text(event, "/reason") == "FailedCreate")?;
        let row = events::row(event);
        Some(Cause {
            object: workload.observed.key.clone(),
            headline: sentence(
                &format!("{}: its pods cannot be created", workload.observed.key),
                &row.message,
            ),
            event: Some(row),
            container: None,
            advice: advice::for_reason("FailedCreate"),
        })
    }

    fn object_cause(
        &self,
        observed: &Observed,
        workloads: &[Workload<'_>],
        observation: &Observation,
        reason: &str,
        message: &str,
    ) -> Cause {
        let workload = workloads.iter().find(|w| w.observed.key == observed.key);
        let own = BTreeSet::from([observed.body.as_deref().map_or("", uid)]);
        Cause {
            object: observed.key.clone(),
            headline: sentence(&format!("{}: {reason}", observed.key), message),
            event: self.telling_event(workload.map_or(&own, |w| &w.uids), observation),
            container: workload.and_then(|w| w.current.iter().rev().find_map(|pod| first_container(pod))),
            advice: advice::for_reason(reason),
        }
    }

    /// It took too long, or nothing has happened for too long.
    fn too_long(
        &self,
        now: Seconds,
        waited: Seconds,
        waits: &[(&Observed, String)],
        observation: &Observation,
    ) -> Option<Cause> {
        let silent = now.saturating_sub(self.activity.1);
        let (reason, said) = if waited >= self.limits.timeout {
            ("Timeout", format!("not ready within {} s", self.limits.timeout))
        } else if silent >= self.limits.silence {
            (
                "NoActivity",
                format!("nothing has happened for {} s", self.limits.silence),
            )
        } else {
            return None;
        };
        let (observed, words) = waits.first()?;
        let workload = Workload::of(observed, observation);
        let own = BTreeSet::from([observed.body.as_deref().map_or("", uid)]);
        Some(Cause {
            object: observed.key.clone(),
            headline: sentence(&format!("{}: {said}", observed.key), words),
            event: self.telling_event(workload.as_ref().map_or(&own, |w| &w.uids), observation),
            container: workload.and_then(|w| w.current.iter().find_map(|pod| first_container(pod))),
            advice: advice::for_reason(reason),
        })
    }

    /// The newest warning about one of these, else the newest event.
    fn telling_event(&self, uids: &BTreeSet<&str>, observation: &Observation) -> Option<EventRow> {
        let found = events::about(observation, uids, &self.past);
        let warning = found.iter().find(|event| text(event, "/type") == "Warning");
        warning.or_else(|| found.first()).map(|event| events::row(event))
    }
}

fn sentence(what: &str, words: &str) -> String {
    if words.is_empty() {
        what.to_owned()
    } else {
        format!("{what}: {words}")
    }
}

fn ready_of(workloads: &[Workload<'_>]) -> Option<(u32, u32)> {
    let running: Vec<&Workload<'_>> = workloads.iter().filter(|w| !w.counts_ends_itself()).collect();
    (!running.is_empty()).then(|| {
        (
            running.iter().map(|w| w.ready_pods()).sum(),
            running.iter().map(|w| w.wanted).sum(),
        )
    })
}

/// What the objects wait for; a workload's own words are followed by its pods'.
fn waiting_words(waits: &[(&Observed, String)], workloads: &[Workload<'_>]) -> Vec<String> {
    let mut lines = Vec::new();
    let runs_pods = |observed: &Observed| workloads.iter().any(|w| w.observed.key == observed.key);
    let (first, then): (Vec<_>, Vec<_>) = waits.iter().partition(|(observed, _)| runs_pods(observed));
    for (observed, words) in first.into_iter().chain(then) {
        lines.push(format!("{}: {words}", observed.key));
        if let Some(workload) = workloads.iter().find(|w| w.observed.key == observed.key) {
            lines.extend(workload.current.iter().filter_map(|pod| pods::waits_for(pod)));
        }
    }
    lines
}

/// Whether something adds a node for the pod, so that it is worth waiting.
fn nodes_are_coming(pod: &Json, observation: &Observation) -> bool {
    observation.events.iter().any(|event| {
        text(event, "/involvedObject/uid") == uid(pod)
            && matches!(text(event, "/reason"), "TriggeredScaleUp" | "Nominated")
    })
}

fn first_container(pod: &Json) -> Option<ContainerRef> {
    let status = super::json::list(pod, "/status/containerStatuses")
        .iter()
        .find(|s| s.pointer("/state/running").is_some() || s.pointer("/state/terminated").is_some())?;
    Some(ContainerRef {
        pod: name(pod).to_owned(),
        container: text(status, "/name").to_owned(),
        previous: false,
    })
}

/// The first container that runs in a pod that is not ready yet, else in any.
fn follow(workloads: &[Workload<'_>]) -> Option<ContainerRef> {
    let pods = || workloads.iter().flat_map(|w| w.current.iter());
    pods()
        .filter(|pod| !super::json::condition_is(pod, "Ready", "True"))
        .find_map(|pod| first_container(pod))
        .or_else(|| pods().find_map(|pod| first_container(pod)))
}
