//! The standard `baseline`: known ways to gain privileges.

use super::super::report::Report;
use super::super::rule::{Level, Rule};
use super::super::scene::{Container, Workload};
use super::{confines, shown};
use serde_json::Value as Json;

const LEVEL: Option<Level> = Some(Level::Baseline);

pub(in crate::plan::policy) const PRIVILEGED_CONTAINER: Rule = Rule {
    name: "privileged-container",
    level: LEVEL,
    finds: "runs a privileged container",
    advice: "Take securityContext.privileged away, and add the single capability that is needed, if one is.",
};
pub(in crate::plan::policy) const HOST_NETWORK: Rule = Rule {
    name: "host-network",
    level: LEVEL,
    finds: "shares the network of its node",
    advice: "Take hostNetwork away; a Service makes pods reachable.",
};
pub(in crate::plan::policy) const HOST_PID: Rule = Rule {
    name: "host-pid",
    level: LEVEL,
    finds: "sees the processes of its node",
    advice: "Take hostPID away.",
};
pub(in crate::plan::policy) const HOST_IPC: Rule = Rule {
    name: "host-ipc",
    level: LEVEL,
    finds: "shares the memory segments and queues of its node",
    advice: "Take hostIPC away.",
};
pub(in crate::plan::policy) const HOST_PATH_VOLUMES: Rule = Rule {
    name: "host-path-volumes",
    level: LEVEL,
    finds: "mounts a folder of its node",
    advice: "Use a claim, an emptyDir or a ConfigMap instead of hostPath.",
};
pub(in crate::plan::policy) const HOST_PORTS: Rule = Rule {
    name: "host-ports",
    level: LEVEL,
    finds: "takes a port of its node",
    advice: "Take hostPort away; a Service makes pods reachable.",
};
pub(in crate::plan::policy) const HOST_PROBES: Rule = Rule {
    name: "host-probes-and-host-lifecycle",
    level: LEVEL,
    finds: "has a probe or a lifecycle handler that calls another host than the pod",
    advice: "Take the host away: probes and handlers ask the pod itself.",
};
pub(in crate::plan::policy) const CAPABILITIES_BASELINE: Rule = Rule {
    name: "capabilities-baseline",
    level: LEVEL,
    finds: "adds a capability beyond those that containers have by default",
    advice: "Take it away from securityContext.capabilities.add.",
};
pub(in crate::plan::policy) const APP_ARMOR_PROFILE: Rule = Rule {
    name: "app-armor-profile",
    level: LEVEL,
    finds: "runs without an AppArmor profile",
    advice: "Set appArmorProfile.type to RuntimeDefault or Localhost, or leave it out.",
};
pub(in crate::plan::policy) const SECCOMP_BASELINE: Rule = Rule {
    name: "seccomp-profile-baseline",
    level: LEVEL,
    finds: "runs without a seccomp profile, on purpose",
    advice: "Set seccompProfile.type to RuntimeDefault or Localhost.",
};
pub(in crate::plan::policy) const SELINUX_OPTIONS: Rule = Rule {
    name: "se-linux-options",
    level: LEVEL,
    finds: "sets a SELinux user, role or type that may reach beyond a container",
    advice: "Leave user and role out; the type may be container_t, container_init_t, container_kvm_t or container_engine_t.",
};
pub(in crate::plan::policy) const UNSAFE_PROC_MOUNT: Rule = Rule {
    name: "unsafe-proc-mount",
    level: LEVEL,
    finds: "sees all of /proc",
    advice: "Take procMount away, or give the pod a user namespace (hostUsers: false).",
};
pub(in crate::plan::policy) const UNSAFE_SYSCTLS: Rule = Rule {
    name: "unsafe-sysctls",
    level: LEVEL,
    finds: "sets a kernel parameter that others on the node feel",
    advice: "Take it away from securityContext.sysctls.",
};
pub(in crate::plan::policy) const WINDOWS_HOST_PROCESS: Rule = Rule {
    name: "windows-host-process",
    level: LEVEL,
    finds: "runs as a process of its Windows node",
    advice: "Take windowsOptions.hostProcess away.",
};

/// What a container may add.
const CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Kernel parameters that are a pod's own.
const SYSCTLS: [&str; 12] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

const SELINUX_TYPES: [&str; 4] = [
    "container_t",
    "container_init_t",
    "container_kvm_t",
    "container_engine_t",
];

/// What `AppArmor`'s profiles were set by before they had a field.
const APP_ARMOR_ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

/// Whether a container may add this capability under `baseline`.
pub(super) fn is_default_capability(name: &str) -> bool {
    CAPABILITIES.contains(&name)
}

pub(super) fn check(workload: &Workload<'_>, report: &mut Report<'_>) {
    namespaces(workload, report);
    volumes(workload, report);
    sysctls(workload, report);
    annotations(workload, report);
    let context = &workload.spec["securityContext"];
    for (rule, field, what) in contexts(context) {
        report.pod(rule, workload, &format!("securityContext.{field}"), &what);
    }
    for container in &workload.containers {
        let it = (workload, container);
        for (rule, field, what) in contexts(&container.body["securityContext"]) {
            report.container(rule, it, &format!("securityContext.{field}"), &what);
        }
        own(it, report);
        handlers(it, report);
    }
}

fn namespaces(workload: &Workload<'_>, report: &mut Report<'_>) {
    for (field, rule) in [
        ("hostNetwork", &HOST_NETWORK),
        ("hostPID", &HOST_PID),
        ("hostIPC", &HOST_IPC),
    ] {
        if workload.spec[field] == true {
            report.pod(rule, workload, field, rule.finds);
        }
    }
}

fn volumes(workload: &Workload<'_>, report: &mut Report<'_>) {
    for volume in workload.volumes() {
        let source = &volume["hostPath"];
        if !source.is_null() {
            let field = format!("volumes[name={}].hostPath", shown(&volume["name"]));
            let what = format!("mounts the folder {} of its node", shown(&source["path"]));
            report.pod(&HOST_PATH_VOLUMES, workload, &field, &what);
        }
    }
}

fn sysctls(workload: &Workload<'_>, report: &mut Report<'_>) {
    let sysctls = workload.spec["securityContext"]["sysctls"].as_array();
    for sysctl in sysctls.into_iter().flatten() {
        let name = shown(&sysctl["name"]);
        if !SYSCTLS.contains(&name.as_str()) {
            let what = format!("sets the kernel parameter {name}, which others on the node feel");
            report.pod(&UNSAFE_SYSCTLS, workload, "securityContext.sysctls", &what);
        }
    }
}

fn annotations(workload: &Workload<'_>, report: &mut Report<'_>) {
    let annotations = workload.metadata["annotations"].as_object();
    for (name, value) in annotations.into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        let confined = matches!(value, "" | "runtime/default") || value.starts_with("localhost/");
        if name.starts_with(APP_ARMOR_ANNOTATION) && !confined {
            let what = format!("asks for the AppArmor profile {value} in the annotation {name}");
            report.object(&APP_ARMOR_PROFILE, workload.object, "metadata.annotations", &what);
        }
    }
}

/// What a security context may hold both of a pod and of a container: the rule, the field, and what is wrong.
fn contexts(context: &Json) -> Vec<(&'static Rule, &'static str, String)> {
    let mut found = Vec::new();
    for (field, rule) in [
        ("appArmorProfile", &APP_ARMOR_PROFILE),
        ("seccompProfile", &SECCOMP_BASELINE),
    ] {
        let profile = &context[field];
        if !profile.is_null() && !confines(profile) {
            let what = format!("sets {field}.type to {}", shown(&profile["type"]));
            found.push((rule, field, what));
        }
    }
    let options = &context["seLinuxOptions"];
    for field in ["user", "role", "type"] {
        let value = options[field].as_str().unwrap_or_default();
        let allowed = value.is_empty() || (field == "type" && SELINUX_TYPES.contains(&value));
        if !allowed {
            let what = format!("sets seLinuxOptions.{field} to {value}");
            found.push((&SELINUX_OPTIONS, "seLinuxOptions", what));
        }
    }
    if context["windowsOptions"]["hostProcess"] == true {
        let rule = &WINDOWS_HOST_PROCESS;
        found.push((rule, "windowsOptions.hostProcess", rule.finds.to_owned()));
    }
    found
}

/// What only a container's security context holds, and ports.
fn own(it: (&Workload<'_>, &Container<'_>), report: &mut Report<'_>) {
    let (workload, container) = it;
    if container.security("privileged") == true {
        let what = "is privileged: it may do on its node whatever root may";
        report.container(&PRIVILEGED_CONTAINER, it, "securityContext.privileged", what);
    }
    let added = container.security("capabilities")["add"].as_array();
    for capability in added.into_iter().flatten().map(shown) {
        if !is_default_capability(&capability) {
            let what = format!("adds the capability {capability}");
            report.container(
                &CAPABILITIES_BASELINE,
                it,
                "securityContext.capabilities.add",
                &what,
            );
        }
    }
    let mount = container.security("procMount");
    if is_unmasked(mount) && !workload.has_user_namespace() {
        let what = format!("sets procMount to {}, and so sees all of /proc", shown(mount));
        report.container(&UNSAFE_PROC_MOUNT, it, "securityContext.procMount", &what);
    }
    for port in container.items("ports") {
        let number = port["hostPort"].as_u64().unwrap_or(0);
        if number != 0 {
            let what = format!("takes port {number} of its node");
            report.container(&HOST_PORTS, it, "ports", &what);
        }
    }
}

/// Whether a `procMount` shows what is hidden by default.
pub(super) fn is_unmasked(mount: &Json) -> bool {
    mount.as_str().is_some_and(|mount| mount != "Default")
}

fn handlers(it: (&Workload<'_>, &Container<'_>), report: &mut Report<'_>) {
    const HANDLERS: [&str; 5] = [
        "livenessProbe",
        "readinessProbe",
        "startupProbe",
        "lifecycle.postStart",
        "lifecycle.preStop",
    ];
    for path in HANDLERS {
        let handler = path.split('.').fold(it.1.body, |at, step| &at[step]);
        for kind in ["httpGet", "tcpSocket"] {
            let host = handler[kind]["host"].as_str().unwrap_or_default();
            if !host.is_empty() {
                let what = format!("calls the host {host} in {path}");
                report.container(&HOST_PROBES, it, &format!("{path}.{kind}.host"), &what);
            }
        }
    }
}
