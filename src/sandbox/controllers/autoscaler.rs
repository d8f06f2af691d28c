//! `HorizontalPodAutoscalers`: keep the replicas of their target within bounds, through its `scale`. The load that they
//! measure here is a steady one, well below what would ask for more pods.

use super::super::json::{self, items, number, text};
use super::{MANAGER, Pass, with_condition};
use crate::sandbox::api::Writer;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// The share of its target that every measure shows, in percent.
const LOAD: i64 = 40;

pub(super) fn run(pass: &mut Pass<'_>) {
    for scaler in pass.api.objects("autoscaling", "HorizontalPodAutoscaler", "") {
        if !json::is_terminating(&scaler) {
            sync(pass, &scaler);
        }
    }
}

fn sync(pass: &mut Pass<'_>, scaler: &Arc<Json>) {
    let now = pass.stamp();
    let old = items(scaler, "/status/conditions");
    let (kind, name) = (
        text(scaler, "/spec/scaleTargetRef/kind"),
        text(scaler, "/spec/scaleTargetRef/name"),
    );
    let group = text(scaler, "/spec/scaleTargetRef/apiVersion")
        .split_once('/')
        .map_or("", |(group, _)| group);
    let Some(target) = pass.api.object(group, kind, json::namespace(scaler), name) else {
        let message = format!(
            "the HPA controller was unable to get the target's current scale: {kind} \"{name}\" not found"
        );
        let conditions = with_condition(old, "AbleToScale", false, "FailedGetScale", &message, &now);
        let status = json!({"currentReplicas": 0, "desiredReplicas": 0, "currentMetrics": null, "conditions": conditions});
        pass.set_status("autoscaling", "HorizontalPodAutoscaler", scaler, status);
        return;
    };
    let current = number(&target, "/spec/replicas").unwrap_or(1);
    let (min, max) = (
        number(scaler, "/spec/minReplicas").unwrap_or(1),
        number(scaler, "/spec/maxReplicas").unwrap_or(1),
    );
    // Zero replicas switch an autoscaler off.
    let desired = if current == 0 {
        0
    } else {
        current.clamp(min, max.max(min))
    };
    if desired != current {
        rescale(pass, scaler, &target, (group, kind), current, desired);
    }
    let limited = if desired == min {
        (
            "TooFewReplicas",
            "the desired replica count is less than the minimum replica count",
        )
    } else {
        (
            "DesiredWithinRange",
            "the desired count is within the acceptable range",
        )
    };
    let conditions = with_condition(
        old,
        "AbleToScale",
        true,
        "ReadyForNewScale",
        "recommended size matches current size",
        &now,
    );
    let active = "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)";
    let conditions = with_condition(
        &conditions,
        "ScalingActive",
        current != 0,
        "ValidMetricFound",
        active,
        &now,
    );
    let conditions = with_condition(
        &conditions,
        "ScalingLimited",
        desired == min,
        limited.0,
        limited.1,
        &now,
    );
    let mut status = json!({
        "currentReplicas": number(&target, "/status/replicas").unwrap_or(0),
        "desiredReplicas": desired,
        "currentMetrics": metrics(scaler),
        "conditions": conditions,
    });
    let last = if desired == current {
        scaler.pointer("/status/lastScaleTime").cloned()
    } else {
        Some(now.into())
    };
    if let Some(last) = last {
        status["lastScaleTime"] = last;
    }
    pass.set_status("autoscaling", "HorizontalPodAutoscaler", scaler, status);
}

fn rescale(
    pass: &mut Pass<'_>,
    scaler: &Arc<Json>,
    target: &Arc<Json>,
    (group, kind): (&str, &str),
    current: i64,
    desired: i64,
) {
    let Ok(resource) = pass.api.kind(group, kind) else {
        return;
    };
    if let Err(refused) = pass
        .api
        .set_replicas(&resource, target, desired, Writer::new(MANAGER))
    {
        tracing::debug!(%refused, "a simulated autoscaler could not scale");
        return;
    }
    let reason = if desired > current {
        "Current number of replicas below Spec.MinReplicas"
    } else {
        "Current number of replicas above Spec.MaxReplicas"
    };
    let message = format!("New size: {desired}; reason: {reason}");
    pass.event(scaler, "horizontal-pod-autoscaler", "SuccessfulRescale", &message);
}

fn metrics(scaler: &Json) -> Vec<Json> {
    items(scaler, "/spec/metrics")
        .iter()
        .filter(|metric| metric["type"] == "Resource")
        .map(|metric| {
            let target = number(metric, "/resource/target/averageUtilization").unwrap_or(100);
            let current = json!({"averageUtilization": target * LOAD / 100, "averageValue": "100m"});
            json!({"type": "Resource", "resource": {"name": metric["resource"]["name"], "current": current}})
        })
        .collect()
}
