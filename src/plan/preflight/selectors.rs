//! Services that select no pods of the release.

use super::references::pod_spec;
use super::{Subject, finding};
use crate::chart::manifest::ManifestObject;
use crate::plan::model::{Finding, Severity};
use serde_json::{Map, Value as Json};

pub(super) fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let pods: Vec<&Map<String, Json>> = subject.objects().filter_map(pod_labels).collect();
    let selects = |selector: &Map<String, Json>| {
        pods.iter().any(|labels| {
            selector
                .iter()
                .all(|(name, value)| labels.get(name) == Some(value))
        })
    };
    let judge = |object: &ManifestObject| {
        let selector = object
            .body
            .pointer("/spec/selector")?
            .as_object()
            .filter(|selector| !selector.is_empty())?;
        if object.key.kind != "Service" || selects(selector) {
            return None;
        }
        let words: Vec<String> = selector
            .iter()
            .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
            .collect();
        Some(Finding {
            object: Some(object.key.clone()),
            ..finding(
                Severity::Warning,
                "dangling-service",
                format!(
                    "{} selects {}, which no pod of the release carries",
                    object.key,
                    words.join(",")
                ),
                "Let the selector and the labels of the pod template agree.",
            )
        })
    };
    subject.target.objects.iter().filter_map(judge).collect()
}

fn pod_labels(object: &ManifestObject) -> Option<&Map<String, Json>> {
    pod_spec(object)?;
    object
        .body
        .pointer(match object.key.kind.as_str() {
            "Pod" => "/metadata/labels",
            "CronJob" => "/spec/jobTemplate/spec/template/metadata/labels",
            _ => "/spec/template/metadata/labels",
        })?
        .as_object()
}
