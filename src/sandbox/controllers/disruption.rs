//! `PodDisruptionBudgets`: how many of their pods may go at once.

use super::super::json::{self, condition_is_true, items};
use super::super::selector::LabelSelector;
use super::replicaset::is_active;
use super::{Pass, with_condition};
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub(super) fn run(pass: &mut Pass<'_>) {
    for budget in pass.api.objects("policy", "PodDisruptionBudget", "") {
        sync(pass, &budget);
    }
}

fn sync(pass: &mut Pass<'_>, budget: &Arc<Json>) {
    let selector = LabelSelector::of_object(&budget["spec"]["selector"]);
    let mut pods = pass.api.objects("", "Pod", json::namespace(budget));
    pods.retain(|pod| selector.matches(pod) && is_active(pod));
    let expected = i64::try_from(pods.len()).unwrap_or(i64::MAX);
    let healthy =
        i64::try_from(pods.iter().filter(|pod| condition_is_true(pod, "Ready")).count()).unwrap_or(i64::MAX);
    let desired = match (
        budget["spec"].get("minAvailable"),
        budget["spec"].get("maxUnavailable"),
    ) {
        (Some(least), _) => share(least, expected),
        (None, Some(most)) => (expected - share(most, expected)).max(0),
        (None, None) => expected,
    };
    let allowed = (healthy - desired).max(0);
    let now = pass.stamp();
    let reason = if allowed > 0 {
        "SufficientPods"
    } else {
        "InsufficientPods"
    };
    let old = items(budget, "/status/conditions");
    let mut conditions = with_condition(old, "DisruptionAllowed", allowed > 0, reason, "", &now);
    for condition in &mut conditions {
        condition["message"] = "".into();
        condition["observedGeneration"] = budget["metadata"]["generation"].clone();
    }
    let status = json!({
        "observedGeneration": budget["metadata"]["generation"],
        "currentHealthy": healthy, "desiredHealthy": desired,
        "disruptionsAllowed": allowed, "expectedPods": expected, "conditions": conditions,
    });
    pass.set_status("policy", "PodDisruptionBudget", budget, status);
}

/// A number of pods, or a percentage of them, rounded up.
fn share(value: &Json, of: i64) -> i64 {
    let percent = value
        .as_str()
        .and_then(|text| text.strip_suffix('%'))
        .and_then(|text| text.parse::<i64>().ok());
    percent.map_or_else(
        || value.as_i64().unwrap_or(0),
        |percent| (of * percent + 99) / 100,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_round_up() {
        assert_eq!((share(&"50%".into(), 3), share(&1.into(), 3)), (2, 1));
    }
}
