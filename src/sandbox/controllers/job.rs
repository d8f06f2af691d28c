//! Jobs: pods that run to their end, with a bounded number of attempts.

use super::super::json::{self, items, number, text};
use super::replicaset::{is_active, pod_of};
use super::{MANAGER, Pass, with_condition};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// When the Jobs started and ended and when their next attempt is due, by their UID.
#[derive(Debug, Default)]
pub(super) struct Jobs(HashMap<String, Times>);

#[derive(Debug, Clone, Copy)]
struct Times {
    started: Instant,
    retry: Option<(usize, Instant)>,
    ended: Option<Instant>,
}

/// How a Job ended: the condition, its reason and its words.
type End = (&'static str, &'static str, &'static str);

pub(super) fn run(pass: &mut Pass<'_>, jobs: &mut Jobs) {
    for job in pass.api.objects("batch", "Job", "") {
        if json::is_terminating(&job) || job["spec"]["suspend"] == true {
            continue;
        }
        let times = jobs.0.entry(json::uid(&job).to_owned()).or_insert(Times {
            started: pass.now,
            retry: None,
            ended: None,
        });
        if is_over(&job) {
            expire(pass, &job, times);
        } else {
            sync(pass, &job, times);
        }
    }
}

fn is_over(job: &Json) -> bool {
    json::condition_is_true(job, "Complete") || json::condition_is_true(job, "Failed")
}

fn sync(pass: &mut Pass<'_>, job: &Arc<Json>, times: &mut Times) {
    let pods = pass.controlled("", "Pod", job);
    let in_phase = |phase: &str| {
        pods.iter()
            .filter(|pod| text(pod, "/status/phase") == phase)
            .count()
    };
    let (succeeded, failed) = (in_phase("Succeeded"), in_phase("Failed"));
    let active: Vec<&Arc<Json>> = pods.iter().filter(|pod| is_active(pod)).collect();
    let wanted = number(job, "/spec/completions")
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(1);
    let parallel = number(job, "/spec/parallelism")
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(1);
    let limit = number(job, "/spec/backoffLimit").unwrap_or(6);
    let restarts: i64 = active.iter().map(|pod| restarts(pod)).sum();
    let attempts = i64::try_from(failed).unwrap_or(i64::MAX).saturating_add(restarts);

    let end: Option<End> = if succeeded >= wanted {
        Some((
            "Complete",
            "CompletionsReached",
            "Reached expected number of succeeded pods",
        ))
    } else if attempts > limit {
        Some((
            "Failed",
            "BackoffLimitExceeded",
            "Job has reached the specified backoff limit",
        ))
    } else if is_past_deadline(pass, job, times) {
        Some((
            "Failed",
            "DeadlineExceeded",
            "Job was active longer than specified deadline",
        ))
    } else {
        None
    };
    if end.is_some() {
        for pod in &active {
            pass.api.delete("", "Pod", pod);
        }
        times.ended = Some(pass.now);
    } else if active.len() < parallel.min(wanted - succeeded) && may_try(pass, times, failed) {
        create_pod(pass, job);
    }
    report(pass, job, succeeded, failed, end);
}

fn restarts(pod: &Json) -> i64 {
    items(pod, "/status/containerStatuses")
        .iter()
        .filter_map(|status| number(status, "/restartCount"))
        .sum()
}

fn is_past_deadline(pass: &mut Pass<'_>, job: &Json, times: &Times) -> bool {
    let Some(seconds) = number(job, "/spec/activeDeadlineSeconds") else {
        return false;
    };
    let due = times.started
        + pass
            .api
            .clock
            .speed
            .scale(Duration::from_secs(seconds.unsigned_abs()));
    if pass.now < due {
        pass.wake_at(due);
    }
    pass.now >= due
}

/// After each failure the next attempt waits twice as long.
fn may_try(pass: &mut Pass<'_>, times: &mut Times, failed: usize) -> bool {
    if failed == 0 {
        return true;
    }
    let due = match times.retry {
        Some((after, due)) if after == failed => due,
        _ => pass.now + pass.takes(1000 << failed.min(5)),
    };
    times.retry = Some((failed, due));
    if pass.now < due {
        pass.wake_at(due);
    }
    pass.now >= due
}

fn create_pod(pass: &mut Pass<'_>, job: &Arc<Json>) {
    let pod = pod_of(job, &job["spec"]["template"]);
    match pass.create("", "Pod", json::namespace(job), pod, MANAGER) {
        Ok(pod) => {
            pass.event(
                job,
                "job-controller",
                "SuccessfulCreate",
                &format!("Created pod: {}", json::name(&pod)),
            );
        }
        Err(refused) => {
            pass.warning(
                job,
                "job-controller",
                "FailedCreate",
                &format!("Error creating: {refused}"),
            );
        }
    }
}

fn report(pass: &mut Pass<'_>, job: &Arc<Json>, succeeded: usize, failed: usize, end: Option<End>) {
    let now = pass.stamp();
    let pods = pass.controlled("", "Pod", job);
    let active: Vec<&Arc<Json>> = pods.iter().filter(|pod| is_active(pod)).collect();
    let ready = active
        .iter()
        .filter(|pod| json::condition_is_true(pod, "Ready"))
        .count();
    let started = job
        .pointer("/status/startTime")
        .cloned()
        .unwrap_or_else(|| now.clone().into());
    let mut status = json!({
        "startTime": started, "terminating": 0, "ready": ready, "uncountedTerminatedPods": {},
    });
    for (field, count) in [
        ("active", active.len()),
        ("succeeded", succeeded),
        ("failed", failed),
    ] {
        if count > 0 {
            status[field] = count.into();
        }
    }
    if let Some((condition, reason, message)) = end {
        let met = if condition == "Complete" {
            "SuccessCriteriaMet"
        } else {
            "FailureTarget"
        };
        let conditions = with_condition(&[], met, true, reason, message, &now);
        let conditions: Vec<Json> = with_condition(&conditions, condition, true, reason, message, &now)
            .into_iter()
            .map(|mut condition| {
                condition["lastProbeTime"] = now.clone().into();
                condition
            })
            .collect();
        status["conditions"] = conditions.into();
        if condition == "Complete" {
            status["completionTime"] = now.into();
            pass.event(job, "job-controller", "Completed", "Job completed");
        } else {
            pass.warning(job, "job-controller", reason, message);
        }
    }
    pass.set_status("batch", "Job", job, status);
}

/// A Job that has ended goes after its time to live.
fn expire(pass: &mut Pass<'_>, job: &Arc<Json>, times: &mut Times) {
    let Some(seconds) = number(job, "/spec/ttlSecondsAfterFinished") else {
        return;
    };
    let ended = *times.ended.get_or_insert(pass.now);
    let due = ended
        + pass
            .api
            .clock
            .speed
            .scale(Duration::from_secs(seconds.unsigned_abs()));
    if pass.now >= due {
        pass.api.delete("batch", "Job", job);
    } else {
        pass.wake_at(due);
    }
}
