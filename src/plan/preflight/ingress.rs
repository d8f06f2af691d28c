//! Ingresses whose class nobody serves, or whose controller is no longer maintained.

use super::{Subject, finding};
use crate::plan::model::{Finding, Severity};
use std::collections::BTreeSet;

/// The controller of ingress-nginx, archived since March 2026.
const ARCHIVED: &str = "k8s.io/ingress-nginx";

pub(super) fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(classes) = &subject.facts.ingress_classes else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let mut archived = BTreeSet::new();
    for object in subject.objects().filter(|object| object.key.kind == "Ingress") {
        let wanted = object
            .body
            .pointer("/spec/ingressClassName")
            .and_then(|class| class.as_str());
        let class = match wanted {
            Some(name) => classes.iter().find(|class| class.name == name),
            None => classes.iter().find(|class| class.default),
        };
        let Some(class) = class else {
            let message = match wanted {
                Some(name) => format!(
                    "{} wants the ingress class {name}, which the cluster does not have",
                    object.key
                ),
                None => format!(
                    "{} names no ingress class and the cluster has no default one",
                    object.key
                ),
            };
            findings.push(Finding {
                object: Some(object.key.clone()),
                ..finding(Severity::Warning, "ingress-class", message, choices(subject))
            });
            continue;
        };
        if class.controller == ARCHIVED && archived.insert(class.name.as_str()) {
            findings.push(Finding {
                object: Some(object.key.clone()),
                ..finding(
                    Severity::Warning,
                    "archived-ingress-controller",
                    format!(
                        "the ingress class {} is served by ingress-nginx, archived since March 2026",
                        class.name
                    ),
                    "Plan to move to a controller that is maintained, or to the Gateway API.",
                )
            });
        }
    }
    findings
}

fn choices(subject: &Subject<'_>) -> String {
    let names = subject
        .facts
        .ingress_classes
        .iter()
        .flatten()
        .map(|class| class.name.as_str());
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        "Install an ingress controller, or switch the ingress off.".to_owned()
    } else {
        format!("The cluster has: {}.", names.join(", "))
    }
}
