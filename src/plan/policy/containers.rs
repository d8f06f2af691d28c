//! What every container should say of itself: a fixed image, its needs, a root file system that stays as it is, and an
//! environment without plain secrets.

use super::report::Report;
use super::rule::Rule;
use super::scene::{Container, Role, Workload};
use crate::plan::redact::looks_secret;
use serde_json::Value as Json;
use std::collections::BTreeSet;

pub(super) const LATEST_TAG: Rule = Rule {
    name: "latest-tag",
    level: None,
    finds: "runs an image without a fixed version",
    advice: "Name a tag other than latest, or a digest; otherwise nobody knows what runs, or what a rollback brings back.",
};
pub(super) const NO_READ_ONLY_ROOT_FS: Rule = Rule {
    name: "no-read-only-root-fs",
    level: None,
    finds: "has a container that may write to its root file system",
    advice: "Set securityContext.readOnlyRootFilesystem to true, and mount an emptyDir where the program writes.",
};
pub(super) const UNSET_CPU_REQUIREMENTS: Rule = Rule {
    name: "unset-cpu-requirements",
    level: None,
    finds: "has a container that requests no CPU",
    advice: "Set resources.requests.cpu: the scheduler plans by it, and an autoscaler measures against it.",
};
pub(super) const UNSET_MEMORY_REQUIREMENTS: Rule = Rule {
    name: "unset-memory-requirements",
    level: None,
    finds: "has a container without a limit of memory",
    advice: "Set resources.limits.memory: a leak then ends one container and not its neighbours.",
};
pub(super) const ENV_VAR_SECRET: Rule = Rule {
    name: "env-var-secret",
    level: None,
    finds: "has a secret in plain text in its environment",
    advice: "Keep it in a Secret and refer to it with secretKeyRef.",
};
pub(super) const READ_SECRET_FROM_ENV_VAR: Rule = Rule {
    name: "read-secret-from-env-var",
    level: None,
    finds: "reads a Secret from its environment",
    advice: "Mount the Secret as files where the program can read them: an environment is easily printed and inherited.",
};
pub(super) const DUPLICATE_ENV_VAR: Rule = Rule {
    name: "duplicate-env-var",
    level: None,
    finds: "sets a variable twice",
    advice: "Leave one of them; the last one wins today.",
};

pub(super) fn check(workload: &Workload<'_>, report: &mut Report<'_>) {
    for container in workload.own_containers() {
        let it = (workload, container);
        image(it, report);
        resources(it, report);
        environment(it, report);
        if !workload.is_windows() && container.security("readOnlyRootFilesystem") != true {
            let what = "may write to its root file system";
            report.container(
                &NO_READ_ONLY_ROOT_FS,
                it,
                "securityContext.readOnlyRootFilesystem",
                what,
            );
        }
    }
}

fn image(it: (&Workload<'_>, &Container<'_>), report: &mut Report<'_>) {
    let image = it.1.body["image"].as_str().unwrap_or_default();
    if !is_fixed(image) {
        let what = format!("runs the image {image}, whose version is not fixed");
        report.container(&LATEST_TAG, it, "image", &what);
    }
}

/// Whether an image reference has a digest, or a tag that is not `latest`.
fn is_fixed(image: &str) -> bool {
    // A colon before the last slash belongs to the registry's port.
    let name = image.rsplit('/').next().unwrap_or_default();
    let tag = name.split_once(':').map(|(_, tag)| tag);
    image.contains('@') || tag.is_some_and(|tag| !tag.is_empty() && tag != "latest")
}

fn resources(it: (&Workload<'_>, &Container<'_>), report: &mut Report<'_>) {
    let (workload, container) = it;
    // A limit without a request is a request of as much; what a whole pod may take counts for its containers.
    let has = |list: &str, name: &str| {
        [&workload.spec["resources"], &container.body["resources"]]
            .iter()
            .any(|resources| is_amount(&resources[list][name]))
    };
    if !has("requests", "cpu") && !has("limits", "cpu") {
        let what = "requests no CPU";
        report.container(&UNSET_CPU_REQUIREMENTS, it, "resources.requests.cpu", what);
    }
    if !has("limits", "memory") {
        let what = "has no limit of memory";
        report.container(&UNSET_MEMORY_REQUIREMENTS, it, "resources.limits.memory", what);
    }
}

/// Whether something is a quantity other than nothing.
fn is_amount(quantity: &Json) -> bool {
    match quantity {
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => text.chars().any(|c| matches!(c, '1'..='9')),
        _ => false,
    }
}

fn environment(it: (&Workload<'_>, &Container<'_>), report: &mut Report<'_>) {
    let mut seen = BTreeSet::new();
    for variable in it.1.items("env") {
        let name = variable["name"].as_str().unwrap_or_default();
        let field = format!("env[name={name}]");
        if !seen.insert(name) {
            report.container(
                &DUPLICATE_ENV_VAR,
                it,
                &field,
                &format!("sets the variable {name} twice"),
            );
        }
        let value = variable["value"].as_str().unwrap_or_default();
        if looks_secret(name) && is_plain_text(value) {
            let what = format!("has the secret {name} in plain text in its environment");
            report.container(&ENV_VAR_SECRET, it, &field, &what);
        }
    }
    from_secrets(it, report);
}

/// One finding for a container, however many Secrets it reads so: the remedy is one, too.
fn from_secrets(it: (&Workload<'_>, &Container<'_>), report: &mut Report<'_>) {
    let variables =
        it.1.items("env")
            .filter(|variable| !variable["valueFrom"]["secretKeyRef"].is_null())
            .filter_map(|variable| variable["name"].as_str().map(ToOwned::to_owned));
    let whole =
        it.1.items("envFrom")
            .filter_map(|source| source["secretRef"]["name"].as_str())
            .map(|name| format!("all of Secret {name}"));
    let read: Vec<String> = variables.chain(whole).collect();
    let what = match read.as_slice() {
        [] => return,
        [one] => format!("reads {one} from a Secret through its environment"),
        [one, rest @ ..] => format!(
            "reads {one} and {} more from Secrets through its environment",
            rest.len()
        ),
    };
    report.container(&READ_SECRET_FROM_ENV_VAR, it, "env", &what);
}

/// Whether a value is more than nothing, a switch, or a text into which the kubelet puts another variable.
fn is_plain_text(value: &str) -> bool {
    !matches!(value.trim(), "" | "true" | "false") && !value.contains("$(")
}

impl Container<'_> {
    /// Whether it runs beside the others, and not before them.
    pub(super) fn is_regular(&self) -> bool {
        self.role == Role::Regular
    }
}

#[cfg(test)]
mod tests {
    use super::is_fixed;
    use rstest::rstest;

    #[rstest]
    #[case("app:1", true)]
    #[case("registry.example.com:5000/team/app:1", true)]
    #[case("app@sha256:0a", true)]
    #[case("registry.example.com:5000/app", false)]
    #[case("app", false)]
    #[case("app:latest", false)]
    #[case("app:", false)]
    #[case("app:latest@sha256:0a", true)]
    fn a_version_is_a_digest_or_a_tag(#[case] image: &str, #[case] fixed: bool) {
        assert_eq!(is_fixed(image), fixed);
    }
}
