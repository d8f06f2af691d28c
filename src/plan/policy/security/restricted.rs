//! The standard `restricted`: what it asks beyond `baseline`.

use super::super::report::Report;
use super::super::rule::{Level, Rule};
use super::super::scene::{Container, Workload};
use super::baseline::{is_default_capability, is_unmasked};
use super::shown;
use serde_json::Value as Json;

const LEVEL: Option<Level> = Some(Level::Restricted);

pub(in crate::plan::policy) const PRIVILEGE_ESCALATION: Rule = Rule {
    name: "privilege-escalation-container",
    level: LEVEL,
    finds: "has a container whose processes may gain more privileges than they start with",
    advice: "Set securityContext.allowPrivilegeEscalation to false.",
};
pub(in crate::plan::policy) const CAPABILITIES_RESTRICTED: Rule = Rule {
    name: "capabilities-restricted",
    level: LEVEL,
    finds: "has a container that keeps capabilities, or adds another one than NET_BIND_SERVICE",
    advice: "Set securityContext.capabilities.drop to [ALL], and add at most NET_BIND_SERVICE.",
};
pub(in crate::plan::policy) const RUN_AS_NON_ROOT: Rule = Rule {
    name: "run-as-non-root",
    level: LEVEL,
    finds: "may run as root",
    advice: "Set securityContext.runAsNonRoot to true, for the pod or for each container.",
};
pub(in crate::plan::policy) const RUN_AS_USER: Rule = Rule {
    name: "run-as-user",
    level: LEVEL,
    finds: "runs as root",
    advice: "Set securityContext.runAsUser to another number than 0, or leave it out.",
};
pub(in crate::plan::policy) const SECCOMP_RESTRICTED: Rule = Rule {
    name: "seccomp-profile-restricted",
    level: LEVEL,
    finds: "has a container without a seccomp profile",
    advice: "Set securityContext.seccompProfile.type to RuntimeDefault, for the pod or for each container.",
};
pub(in crate::plan::policy) const PROC_MOUNT_RESTRICTED: Rule = Rule {
    name: "proc-mount-restricted",
    level: LEVEL,
    finds: "sees all of /proc, within a user namespace of its own",
    advice: "Take securityContext.procMount away.",
};
pub(in crate::plan::policy) const RESTRICTED_VOLUMES: Rule = Rule {
    name: "restricted-volumes",
    level: LEVEL,
    finds: "mounts a volume of a kind that only an administrator should choose",
    advice: "Use a claim, and leave the kind of storage to its storage class.",
};

/// The sources of volumes that a pod may name itself. `hostPath` has a rule of its own.
const VOLUMES: [&str; 10] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "hostPath",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

pub(super) fn check(workload: &Workload<'_>, report: &mut Report<'_>) {
    volumes(workload, report);
    let context = &workload.spec["securityContext"];
    if !workload.has_user_namespace() {
        if context["runAsUser"] == 0 {
            report.pod(
                &RUN_AS_USER,
                workload,
                "securityContext.runAsUser",
                RUN_AS_USER.finds,
            );
        }
        if context["runAsNonRoot"] == false {
            let what = "allows its containers to run as root";
            report.pod(&RUN_AS_NON_ROOT, workload, "securityContext.runAsNonRoot", what);
        }
    }
    for container in &workload.containers {
        let it = (workload, container);
        user(it, context, report);
        proc_mount(it, report);
        // Windows knows none of these, and refuses pods that set them.
        if !workload.is_windows() {
            escalation(it, report);
            capabilities(it, report);
            seccomp(it, context, report);
        }
    }
}

fn volumes(workload: &Workload<'_>, report: &mut Report<'_>) {
    for volume in workload.volumes() {
        let sources = volume.as_object().into_iter().flatten();
        let chosen = sources.filter(|(source, value)| *source != "name" && !value.is_null());
        for (source, _) in chosen.filter(|(source, _)| !VOLUMES.contains(&source.as_str())) {
            let name = shown(&volume["name"]);
            let what = format!("mounts the volume {name} of the kind {source}");
            report.pod(
                &RESTRICTED_VOLUMES,
                workload,
                &format!("volumes[name={name}].{source}"),
                &what,
            );
        }
    }
}

fn user(it: (&Workload<'_>, &Container<'_>), pod: &Json, report: &mut Report<'_>) {
    let (workload, container) = it;
    if workload.has_user_namespace() {
        return;
    }
    if container.security("runAsUser") == 0 {
        report.container(&RUN_AS_USER, it, "securityContext.runAsUser", RUN_AS_USER.finds);
    }
    let own = container.security("runAsNonRoot");
    let unset = own.is_null() && pod["runAsNonRoot"].is_null();
    if own == false || unset {
        report.container(
            &RUN_AS_NON_ROOT,
            it,
            "securityContext.runAsNonRoot",
            RUN_AS_NON_ROOT.finds,
        );
    }
}

fn proc_mount(it: (&Workload<'_>, &Container<'_>), report: &mut Report<'_>) {
    let mount = it.1.security("procMount");
    if is_unmasked(mount) && it.0.has_user_namespace() {
        let what = format!("sets procMount to {}", shown(mount));
        report.container(&PROC_MOUNT_RESTRICTED, it, "securityContext.procMount", &what);
    }
}

fn escalation(it: (&Workload<'_>, &Container<'_>), report: &mut Report<'_>) {
    if it.1.security("allowPrivilegeEscalation") != false {
        let what = "may gain more privileges than it starts with";
        report.container(
            &PRIVILEGE_ESCALATION,
            it,
            "securityContext.allowPrivilegeEscalation",
            what,
        );
    }
}

fn capabilities(it: (&Workload<'_>, &Container<'_>), report: &mut Report<'_>) {
    let rule = &CAPABILITIES_RESTRICTED;
    let capabilities = it.1.security("capabilities");
    let list = |name: &str| capabilities[name].as_array().into_iter().flatten().map(shown);
    if !list("drop").any(|dropped| dropped == "ALL") {
        let what = "keeps the capabilities that containers have by default";
        report.container(rule, it, "securityContext.capabilities.drop", what);
    }
    for added in list("add").filter(|it| it != "NET_BIND_SERVICE" && is_default_capability(it)) {
        let what = format!("adds the capability {added}");
        report.container(rule, it, "securityContext.capabilities.add", &what);
    }
}

fn seccomp(it: (&Workload<'_>, &Container<'_>), pod: &Json, report: &mut Report<'_>) {
    // A profile that is set and does not confine breaks the baseline, and is reported there.
    if it.1.security("seccompProfile").is_null() && pod["seccompProfile"].is_null() {
        let what = "runs without a seccomp profile";
        report.container(&SECCOMP_RESTRICTED, it, "securityContext.seccompProfile", what);
    }
}
