//! Service accounts, and what roles give away.

use super::report::Report;
use super::rule::Rule;
use super::scene::{Scene, Workload};
use crate::chart::manifest::ManifestObject;
use serde_json::Value as Json;

pub(super) const DEFAULT_SERVICE_ACCOUNT: Rule = Rule {
    name: "default-service-account",
    level: None,
    finds: "runs as the namespace's default service account",
    advice: "Give it a service account of its own: what is granted to the default one is granted to every pod.",
};
pub(super) const WILDCARD_IN_RULES: Rule = Rule {
    name: "wildcard-in-rules",
    level: None,
    finds: "grants every verb, or on every resource",
    advice: "List the verbs and resources that are needed; a wildcard also grants what later versions add.",
};
pub(super) const ACCESS_TO_SECRETS: Rule = Rule {
    name: "access-to-secrets",
    level: None,
    finds: "lets its subjects at every Secret",
    advice: "Mount the Secret that is needed, or name it in resourceNames.",
};
pub(super) const CLUSTER_ADMIN_ROLE_BINDING: Rule = Rule {
    name: "cluster-admin-role-binding",
    level: None,
    finds: "makes its subjects administrators",
    advice: "Bind a role with the rights that are needed.",
};

const BINDINGS: [&str; 2] = ["RoleBinding", "ClusterRoleBinding"];
const ROLES: [&str; 2] = ["Role", "ClusterRole"];

pub(super) fn check_workload(workload: &Workload<'_>, report: &mut Report<'_>) {
    let names = ["serviceAccountName", "serviceAccount"];
    let mut names = names.iter().filter_map(|name| workload.spec[name].as_str());
    if names.find(|name| !name.is_empty()).unwrap_or("default") == "default" {
        report.pod(
            &DEFAULT_SERVICE_ACCOUNT,
            workload,
            "serviceAccountName",
            DEFAULT_SERVICE_ACCOUNT.finds,
        );
    }
}

pub(super) fn check(scene: &Scene<'_>, report: &mut Report<'_>) {
    for role in ROLES.iter().flat_map(|kind| scene.of_kind(kind)) {
        for field in ["verbs", "resources"] {
            if rules(role).any(|rule| lists(&rule[field], "*")) {
                let what = format!("grants rights with a wildcard in {field}");
                report.object(&WILDCARD_IN_RULES, role, "rules", &what);
            }
        }
    }
    for binding in BINDINGS.iter().flat_map(|kind| scene.of_kind(kind)) {
        let reference = &binding.body["roleRef"];
        if reference["name"] == "cluster-admin" {
            report.object(
                &CLUSTER_ADMIN_ROLE_BINDING,
                binding,
                "roleRef",
                CLUSTER_ADMIN_ROLE_BINDING.finds,
            );
        }
        let kind = reference["kind"].as_str().filter(|kind| ROLES.contains(kind));
        let role = kind.and_then(|kind| scene.named(kind, reference["name"].as_str()?));
        if let Some(role) = role.filter(|role| rules(role).any(opens_secrets)) {
            let what = format!("gives its subjects {}, and with it every Secret", role.key);
            report.object(&ACCESS_TO_SECRETS, binding, "roleRef", &what);
        }
    }
}

fn rules(role: &ManifestObject) -> impl Iterator<Item = &Json> {
    role.body["rules"].as_array().into_iter().flatten()
}

/// Whether a list holds one of some words, as RBAC has it: the word itself or a wildcard.
fn lists(list: &Json, word: &str) -> bool {
    list.as_array()
        .is_some_and(|list| list.iter().any(|item| item == word))
}

/// Whether a rule reads, makes or removes any Secret. One that names its Secrets is as narrow as it can be.
fn opens_secrets(rule: &Json) -> bool {
    let has = |field: &str, word: &str| lists(&rule[field], word) || lists(&rule[field], "*");
    let names_none = rule["resourceNames"].as_array().is_none_or(Vec::is_empty);
    let verbs = ["get", "list", "watch", "create", "delete"];
    names_none
        && has("apiGroups", "")
        && has("resources", "secrets")
        && verbs.iter().any(|verb| has("verbs", verb))
}
