//! Deployments: one `ReplicaSet` for each pod template, and the way from the old one to the new one.

use super::super::json::{self, items, number, set, text};
use super::super::names::content_hash;
use super::{MANAGER, Pass, owner_reference, with_condition};
use crate::sandbox::api::Writer;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const REVISION: &str = "/metadata/annotations/deployment.kubernetes.io~1revision";
const HASH: &str = "pod-template-hash";

/// When each Deployment last made progress, by its UID, with what it had come to.
#[derive(Debug, Default)]
pub(super) struct Progress(HashMap<String, ([i64; 5], Instant)>);

pub(super) fn run(pass: &mut Pass<'_>, progress: &mut Progress) {
    for deployment in pass.api.objects("apps", "Deployment", "") {
        if !json::is_terminating(&deployment) {
            sync(pass, &deployment, progress);
        }
    }
}

fn sync(pass: &mut Pass<'_>, deployment: &Arc<Json>, progress: &mut Progress) {
    let hash = content_hash(&deployment["spec"]["template"]);
    let mut sets = pass.controlled("apps", "ReplicaSet", deployment);
    sets.sort_by_key(|set| revision(set));
    let newest = sets.last().map_or(0, |set| revision(set));
    let current = sets.iter().position(|set| json::label(set, HASH) == hash);
    let paused = deployment["spec"]["paused"] == true;
    let (new, old) = match current {
        Some(at) => {
            let new = sets.remove(at);
            (Some(new), sets)
        }
        None => (None, sets),
    };
    match new {
        None if paused => {}
        None => start(pass, deployment, &hash, newest + 1, &old),
        Some(new) if revision(&new) < newest => renumber(pass, &new, newest + 1),
        Some(new) if !paused => advance(pass, deployment, &new, &old),
        Some(_) => {}
    }
    report(pass, deployment, &hash, progress);
    forget_old(pass, deployment, &old);
}

fn revision(set: &Json) -> i64 {
    text(set, REVISION).parse().unwrap_or(0)
}

fn replicas(set: &Json) -> i64 {
    number(set, "/spec/replicas").unwrap_or(0)
}

fn available(set: &Json) -> i64 {
    number(set, "/status/availableReplicas").unwrap_or(0)
}

/// How many pods there may be beyond the wanted ones, and how many of those may be missing.
fn bounds(deployment: &Json, desired: i64) -> (i64, i64) {
    let value = |field: &str, round_up: bool| {
        let value = &deployment["spec"]["strategy"]["rollingUpdate"][field];
        match value
            .as_str()
            .and_then(|text| text.strip_suffix('%'))
            .and_then(|text| text.parse::<i64>().ok())
        {
            Some(percent) if round_up => (desired * percent + 99) / 100,
            Some(percent) => desired * percent / 100,
            None => value.as_i64().unwrap_or(0),
        }
    };
    let (surge, unavailable) = (value("maxSurge", true), value("maxUnavailable", false));
    if surge == 0 && unavailable == 0 {
        (0, 1)
    } else {
        (surge, unavailable)
    }
}

/// Creates the `ReplicaSet` of a template that is new.
fn start(pass: &mut Pass<'_>, deployment: &Arc<Json>, hash: &str, revision: i64, old: &[Arc<Json>]) {
    let desired = replicas(deployment);
    let running: i64 = old.iter().map(|set| replicas(set)).sum();
    let first = if deployment["spec"]["strategy"]["type"] == "Recreate" {
        0
    } else {
        (desired + bounds(deployment, desired).0 - running).clamp(0, desired)
    };
    let mut template = deployment["spec"]["template"].clone();
    set(&mut template, "/metadata/labels/pod-template-hash", hash);
    let mut selector = deployment["spec"]["selector"].clone();
    set(&mut selector, "/matchLabels/pod-template-hash", hash);
    let name = format!("{}-{hash}", json::name(deployment));
    let mut replica_set = json!({
        "metadata": {
            "name": name,
            "labels": template["metadata"]["labels"],
            "annotations": {
                "deployment.kubernetes.io/desired-replicas": desired.to_string(),
                "deployment.kubernetes.io/max-replicas": (desired + bounds(deployment, desired).0).to_string(),
            },
            "ownerReferences": [owner_reference(deployment)],
        },
        "spec": {"replicas": first, "selector": selector, "template": template},
    });
    set(&mut replica_set, REVISION, revision.to_string());
    if pass
        .create(
            "apps",
            "ReplicaSet",
            json::namespace(deployment),
            replica_set,
            MANAGER,
        )
        .is_err()
    {
        return;
    }
    annotate_revision(pass, deployment, revision);
    if first > 0 {
        let message = format!("Scaled up replica set {name} from 0 to {first}");
        pass.event(deployment, "deployment-controller", "ScalingReplicaSet", &message);
    }
}

/// An old template is wanted again: its `ReplicaSet` becomes the newest.
fn renumber(pass: &mut Pass<'_>, new: &Arc<Json>, revision: i64) {
    let mut object = Json::clone(new);
    set(&mut object, REVISION, revision.to_string());
    pass.write("apps", "ReplicaSet", object, Writer::new(MANAGER));
}

fn annotate_revision(pass: &mut Pass<'_>, deployment: &Arc<Json>, revision: i64) {
    let live = pass.api.object(
        "apps",
        "Deployment",
        json::namespace(deployment),
        json::name(deployment),
    );
    let Some(mut object) = live.map(|live| Json::clone(&live)) else {
        return;
    };
    if text(&object, REVISION) != revision.to_string() {
        set(&mut object, REVISION, revision.to_string());
        pass.write("apps", "Deployment", object, Writer::new(MANAGER));
    }
}

/// One step from the old pods to the new ones.
fn advance(pass: &mut Pass<'_>, deployment: &Arc<Json>, new: &Arc<Json>, old: &[Arc<Json>]) {
    annotate_revision(pass, deployment, revision(new));
    let desired = replicas(deployment);
    let old_total: i64 = old.iter().map(|set| replicas(set)).sum();
    if deployment["spec"]["strategy"]["type"] == "Recreate" {
        for set in old.iter().filter(|set| replicas(set) > 0) {
            scale(pass, deployment, set, 0);
        }
        if old_total == 0 && !old.iter().any(|set| has_pods(pass, set)) {
            scale(pass, deployment, new, desired);
        }
        return;
    }
    let (surge, unavailable) = bounds(deployment, desired);
    let room = desired + surge - old_total - replicas(new);
    if replicas(new) > desired {
        scale(pass, deployment, new, desired);
    } else if replicas(new) < desired && room > 0 {
        scale(pass, deployment, new, desired.min(replicas(new) + room));
    }
    // As many old pods may go as leave enough available ones; those that are not available go first.
    let new_missing = replicas(new) - available(new);
    let mut spare = old_total + replicas(new) - (desired - unavailable) - new_missing;
    for set in old {
        let broken = (replicas(set) - available(set)).max(0);
        let less = broken.min(spare.max(0));
        if less > 0 {
            scale(pass, deployment, set, replicas(set) - less);
            return;
        }
    }
    let all_available: i64 = old.iter().map(|set| available(set)).sum::<i64>() + available(new);
    spare = spare.min(all_available - (desired - unavailable));
    for set in old.iter().filter(|set| replicas(set) > 0) {
        let less = replicas(set).min(spare);
        if less > 0 {
            scale(pass, deployment, set, replicas(set) - less);
            spare -= less;
        }
    }
}

fn has_pods(pass: &Pass<'_>, set: &Json) -> bool {
    !pass.controlled("", "Pod", set).is_empty()
}

fn scale(pass: &mut Pass<'_>, deployment: &Arc<Json>, set_: &Arc<Json>, to: i64) {
    let from = replicas(set_);
    if from == to {
        return;
    }
    let mut object = Json::clone(set_);
    set(&mut object, "/spec/replicas", to);
    pass.write("apps", "ReplicaSet", object, Writer::new(MANAGER));
    let way = if to > from { "up" } else { "down" };
    let message = format!(
        "Scaled {way} replica set {} from {from} to {to}",
        json::name(set_)
    );
    pass.event(deployment, "deployment-controller", "ScalingReplicaSet", &message);
}

/// Writes the status from what the `ReplicaSets` have come to.
fn report(pass: &mut Pass<'_>, deployment: &Arc<Json>, hash: &str, progress: &mut Progress) {
    let live = pass.api.object(
        "apps",
        "Deployment",
        json::namespace(deployment),
        json::name(deployment),
    );
    let Some(deployment) = live else { return };
    let sets = pass.controlled("apps", "ReplicaSet", &deployment);
    let sum = |field: &str, only_new: bool| -> i64 {
        sets.iter()
            .filter(|set| !only_new || json::label(set, HASH) == hash)
            .map(|set| number(set, &format!("/status/{field}")).unwrap_or(0))
            .sum()
    };
    let desired = replicas(&deployment);
    let total = sum("replicas", false);
    let updated = sum("replicas", true);
    let (ready, available) = (sum("readyReplicas", false), sum("availableReplicas", false));
    let generation = number(&deployment, "/metadata/generation").unwrap_or(1);
    let mut status = json!({"observedGeneration": generation});
    for (field, count) in [
        ("replicas", total),
        ("updatedReplicas", updated),
        ("readyReplicas", ready),
        ("availableReplicas", available),
        ("unavailableReplicas", (total.max(desired) - available).max(0)),
    ] {
        if count > 0 {
            status[field] = count.into();
        }
    }
    let complete = updated == desired && total == desired && available == desired;
    let signature = [generation, updated, ready, available, total];
    let late = is_late(pass, &deployment, signature, complete, progress);
    let enough = available >= desired - bounds(&deployment, desired).1;
    let name = format!("{}-{hash}", json::name(&deployment));
    status["conditions"] = conditions(&deployment, &name, enough, complete, late, &pass.stamp()).into();
    if deployment["status"]["collisionCount"].is_number() {
        status["collisionCount"] = deployment["status"]["collisionCount"].clone();
    }
    pass.set_status("apps", "Deployment", &deployment, status);
}

/// Whether nothing has moved for longer than the Deployment's deadline.
fn is_late(
    pass: &mut Pass<'_>,
    deployment: &Json,
    signature: [i64; 5],
    complete: bool,
    progress: &mut Progress,
) -> bool {
    let now = pass.now;
    let entry = progress
        .0
        .entry(json::uid(deployment).to_owned())
        .or_insert((signature, now));
    if entry.0 != signature || complete {
        *entry = (signature, now);
        if complete {
            return false;
        }
    }
    let deadline = number(deployment, "/spec/progressDeadlineSeconds").unwrap_or(600);
    let deadline = Duration::from_secs(deadline.unsigned_abs());
    let due = entry.1 + pass.api.clock.speed.scale(deadline);
    if now < due {
        pass.wake_at(due);
    }
    now >= due
}

fn conditions(
    deployment: &Json,
    set: &str,
    enough: bool,
    complete: bool,
    late: bool,
    now: &str,
) -> Vec<Json> {
    let old = items(deployment, "/status/conditions");
    let was_late = old.iter().any(|c| c["reason"] == "ProgressDeadlineExceeded");
    let observed =
        number(deployment, "/status/observedGeneration") == number(deployment, "/metadata/generation");
    let (fine, reason, message) = if complete {
        (
            true,
            "NewReplicaSetAvailable",
            format!("ReplicaSet \"{set}\" has successfully progressed."),
        )
    } else if late || (was_late && observed) {
        (
            false,
            "ProgressDeadlineExceeded",
            format!("ReplicaSet \"{set}\" has timed out progressing."),
        )
    } else if old.is_empty() {
        (
            true,
            "NewReplicaSetCreated",
            format!("Created new replica set \"{set}\""),
        )
    } else {
        (
            true,
            "ReplicaSetUpdated",
            format!("ReplicaSet \"{set}\" is progressing."),
        )
    };
    let conditions = if enough {
        let words = "Deployment has minimum availability.";
        with_condition(old, "Available", true, "MinimumReplicasAvailable", words, now)
    } else {
        let words = "Deployment does not have minimum availability.";
        with_condition(old, "Available", false, "MinimumReplicasUnavailable", words, now)
    };
    with_condition(&conditions, "Progressing", fine, reason, &message, now)
        .into_iter()
        .map(|condition| stamped(condition, old, now))
        .collect()
}

/// A Deployment's conditions also carry when they were last written anew.
fn stamped(mut condition: Json, old: &[Json], now: &str) -> Json {
    let same = old.iter().find(|have| {
        ["type", "status", "reason", "message"]
            .iter()
            .all(|field| have[*field] == condition[*field])
    });
    condition["lastUpdateTime"] = same.map_or_else(|| now.into(), |have| have["lastUpdateTime"].clone());
    condition
}

/// Deletes the empty `ReplicaSets` beyond the history that is kept.
fn forget_old(pass: &mut Pass<'_>, deployment: &Json, old: &[Arc<Json>]) {
    let kept = number(deployment, "/spec/revisionHistoryLimit").unwrap_or(10);
    let empty: Vec<&Arc<Json>> = old
        .iter()
        .filter(|set| replicas(set) == 0 && number(set, "/status/replicas").unwrap_or(0) == 0)
        .collect();
    let surplus = empty.len().saturating_sub(usize::try_from(kept).unwrap_or(0));
    for set in empty.into_iter().take(surplus) {
        pass.api.delete("apps", "ReplicaSet", set);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_round_so_that_something_can_move() {
        let with = |surge: Json, unavailable: Json| json!({"spec": {"strategy": {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}}});
        assert_eq!(bounds(&with("25%".into(), "25%".into()), 1), (1, 0));
        assert_eq!(bounds(&with("25%".into(), "25%".into()), 10), (3, 2));
        assert_eq!(bounds(&with(1.into(), 0.into()), 3), (1, 0));
        assert_eq!(bounds(&with(0.into(), "10%".into()), 3), (0, 1));
    }
}
