//! Probes: that there are some, and that they ask a port which the container has.

use super::report::Report;
use super::rule::Rule;
use super::scene::{Container, Workload};
use serde_json::Value as Json;

pub(super) const NO_LIVENESS_PROBE: Rule = Rule {
    name: "no-liveness-probe",
    level: None,
    finds: "has a container that nobody restarts when it hangs",
    advice: "Give it a livenessProbe.",
};
pub(super) const NO_READINESS_PROBE: Rule = Rule {
    name: "no-readiness-probe",
    level: None,
    finds: "has a container that counts as ready once it has started",
    advice: "Give it a readinessProbe: without, a rollout goes on and traffic arrives before it can serve.",
};
pub(super) const LIVENESS_PORT: Rule = Rule {
    name: "liveness-port",
    level: None,
    finds: "has a livenessProbe on a port that its container does not have",
    advice: "Let the probe's port and the container's ports agree.",
};
pub(super) const READINESS_PORT: Rule = Rule {
    name: "readiness-port",
    level: None,
    finds: "has a readinessProbe on a port that its container does not have",
    advice: "Let the probe's port and the container's ports agree.",
};
pub(super) const STARTUP_PORT: Rule = Rule {
    name: "startup-port",
    level: None,
    finds: "has a startupProbe on a port that its container does not have",
    advice: "Let the probe's port and the container's ports agree.",
};

pub(super) fn check(workload: &Workload<'_>, report: &mut Report<'_>) {
    for container in workload.own_containers() {
        let it = (workload, container);
        if container.is_regular() && workload.serves() {
            for (rule, field) in [
                (&NO_LIVENESS_PROBE, "livenessProbe"),
                (&NO_READINESS_PROBE, "readinessProbe"),
            ] {
                if container.body[field].is_null() {
                    report.container(rule, it, field, &format!("has no {field}"));
                }
            }
        }
        for (rule, field) in [
            (&LIVENESS_PORT, "livenessProbe"),
            (&READINESS_PORT, "readinessProbe"),
            (&STARTUP_PORT, "startupProbe"),
        ] {
            port(it, rule, field, report);
        }
    }
}

fn port(it: (&Workload<'_>, &Container<'_>), rule: &'static Rule, field: &str, report: &mut Report<'_>) {
    let probe = &it.1.body[field];
    for kind in ["httpGet", "tcpSocket", "grpc"] {
        let asked = &probe[kind]["port"];
        if !asked.is_null() && !it.1.items("ports").any(|port| is_port(port, asked)) {
            let asked = asked
                .as_str()
                .map_or_else(|| asked.to_string(), ToOwned::to_owned);
            let what = format!("has no port {asked}, which its {field} asks");
            report.container(rule, it, &format!("{field}.{kind}.port"), &what);
        }
    }
}

/// Whether a container's port is the one that somebody names by its name or its number.
pub(super) fn is_port(port: &Json, asked: &Json) -> bool {
    match asked {
        Json::String(name) => port["name"] == name.as_str(),
        number => port["containerPort"] == *number,
    }
}
