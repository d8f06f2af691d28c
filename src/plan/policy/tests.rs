//! Every rule on objects that break it and on the same objects that do not.
#![allow(clippy::unwrap_used)]
#![allow(clippy::too_many_lines, reason = "tables of cases")]

use super::*;
use crate::chart::manifest::ObjectKey;
use crate::plan::model::Severity;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;

fn object(body: Json) -> ManifestObject {
    let text = |field: &Json| field.as_str().unwrap_or_default().to_owned();
    ManifestObject {
        key: ObjectKey {
            api_version: text(&body["apiVersion"]),
            kind: text(&body["kind"]),
            namespace: None,
            name: text(&body["metadata"]["name"]),
        },
        source: String::new(),
        text: "".into(),
        body: Arc::new(body),
    }
}

/// Objects in which no rule finds anything.
fn sound() -> Vec<Json> {
    let container = json!({
        "name": "main", "image": "app:1",
        "ports": [{"name": "http", "containerPort": 8080}],
        "env": [{"name": "LOG_LEVEL", "value": "info"}],
        "livenessProbe": {"httpGet": {"port": "http"}},
        "readinessProbe": {"httpGet": {"port": 8080}},
        "resources": {"requests": {"cpu": "10m"}, "limits": {"memory": "64Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]},
        },
    });
    let spread = json!([{"weight": 1, "podAffinityTerm": {
        "topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}},
    }}]);
    let pod = json!({
        "serviceAccountName": "web",
        "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
        "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": spread}},
        "containers": [container],
    });
    let of = |api: &str, kind: &str, rest: Json| {
        let mut object = json!({"apiVersion": api, "kind": kind, "metadata": {"name": "web"}});
        object
            .as_object_mut()
            .unwrap()
            .extend(rest.as_object().unwrap().clone());
        object
    };
    let selector = json!({"matchLabels": {"app": "web"}});
    vec![
        of(
            "apps/v1",
            "Deployment",
            json!({"spec": {
                "replicas": 3, "selector": selector,
                "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod},
            }}),
        ),
        of(
            "v1",
            "Service",
            json!({"spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}}),
        ),
        of(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            json!({"spec": {"podSelector": selector}}),
        ),
        of(
            "policy/v1",
            "PodDisruptionBudget",
            json!({"spec": {"selector": selector, "minAvailable": 2}}),
        ),
        of(
            "rbac.authorization.k8s.io/v1",
            "Role",
            json!({"rules": [
                {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]},
            ]}),
        ),
        of(
            "rbac.authorization.k8s.io/v1",
            "RoleBinding",
            json!({"roleRef": {"kind": "Role", "name": "web"}}),
        ),
    ]
}

/// A field of one of the objects, set to what breaks rules and to what does not.
struct Case {
    rules: &'static [&'static str],
    kind: &'static str,
    field: &'static str,
    bad: Json,
    good: Json,
}

const POD: &str = "/spec/template/spec";
const CONTAINER: &str = "/spec/template/spec/containers/0";

/// A case about a field of the pod's spec, or of its container.
fn pod(rules: &'static [&'static str], field: &'static str, bad: Json, good: Json) -> Case {
    Case {
        rules,
        kind: "Deployment",
        field,
        bad,
        good,
    }
}

fn other(
    rule: &'static [&'static str],
    kind: &'static str,
    field: &'static str,
    bad: Json,
    good: Json,
) -> Case {
    Case {
        rules: rule,
        kind,
        field,
        bad,
        good,
    }
}

/// `pod:/…` is a field of the pod's spec, `container:/…` one of its container, `/…` one of the object.
fn pointer(field: &str) -> String {
    match field.split_once(':') {
        Some(("pod", rest)) => format!("{POD}{rest}"),
        Some(("container", rest)) => format!("{CONTAINER}{rest}"),
        _ => field.to_owned(),
    }
}

fn security_cases() -> Vec<Case> {
    let context = "container:/securityContext";
    let volume = |source: &str, value: Json| json!([{"name": "v", source: value}]);
    let mut cases = vec![
        pod(&["host-network"], "pod:/hostNetwork", json!(true), json!(false)),
        pod(&["host-pid"], "pod:/hostPID", json!(true), json!(false)),
        pod(&["host-ipc"], "pod:/hostIPC", json!(true), Json::Null),
        pod(
            &["host-path-volumes"],
            "pod:/volumes",
            volume("hostPath", json!({"path": "/data"})),
            volume("emptyDir", json!({})),
        ),
        pod(
            &["restricted-volumes"],
            "pod:/volumes",
            volume("nfs", json!({"path": "/data"})),
            volume("image", json!({})),
        ),
        pod(
            &["sensitive-host-mounts", "host-path-volumes"],
            "pod:/volumes",
            volume("hostPath", json!({"path": "/etc/"})),
            json!([{"name": "v"}]),
        ),
        pod(
            &["host-ports"],
            "container:/ports/0/hostPort",
            json!(80),
            json!(0),
        ),
        pod(
            &["host-probes-and-host-lifecycle"],
            "container:/livenessProbe/httpGet/host",
            json!("example.com"),
            json!(""),
        ),
        pod(
            &["host-probes-and-host-lifecycle"],
            "container:/lifecycle",
            json!({"preStop": {"tcpSocket": {"host": "a"}}}),
            json!({"preStop": {"sleep": {"seconds": 1}}}),
        ),
        pod(
            &["unsafe-sysctls"],
            "pod:/securityContext/sysctls",
            json!([{"name": "kernel.msgmax", "value": "1"}]),
            json!([{"name": "net.ipv4.tcp_rmem", "value": "1"}]),
        ),
        pod(
            &["app-armor-profile"],
            "pod:/securityContext/appArmorProfile",
            json!({"type": "Unconfined"}),
            json!({"type": "Localhost"}),
        ),
        pod(
            &["app-armor-profile"],
            "/spec/template/metadata/annotations",
            json!({"container.apparmor.security.beta.kubernetes.io/main": "unconfined"}),
            json!({"container.apparmor.security.beta.kubernetes.io/main": "localhost/x"}),
        ),
        pod(
            &["seccomp-profile-baseline"],
            "pod:/securityContext/seccompProfile/type",
            json!("Unconfined"),
            json!("Localhost"),
        ),
        pod(
            &["seccomp-profile-restricted"],
            "pod:/securityContext/seccompProfile",
            Json::Null,
            json!({"type": "RuntimeDefault"}),
        ),
        pod(
            &["se-linux-options"],
            "pod:/securityContext/seLinuxOptions",
            json!({"role": "sysadm_r"}),
            json!({"type": "container_t"}),
        ),
        pod(
            &["se-linux-options"],
            "pod:/securityContext/seLinuxOptions",
            json!({"type": "spc_t"}),
            json!({}),
        ),
        pod(
            &["windows-host-process"],
            "pod:/securityContext/windowsOptions",
            json!({"hostProcess": true}),
            json!({}),
        ),
        pod(
            &["run-as-non-root"],
            "pod:/securityContext/runAsNonRoot",
            Json::Null,
            json!(true),
        ),
        pod(
            &["run-as-user"],
            "pod:/securityContext/runAsUser",
            json!(0),
            json!(1000),
        ),
    ];
    let own: [(&'static [&'static str], &str, Json, Json); 9] = [
        (&["privileged-container"], "privileged", json!(true), json!(false)),
        (
            &["capabilities-baseline"],
            "capabilities",
            json!({"drop": ["ALL"], "add": ["NET_ADMIN"]}),
            json!({"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}),
        ),
        (
            &["capabilities-restricted"],
            "capabilities",
            json!({"drop": ["ALL"], "add": ["CHOWN"]}),
            json!({"drop": ["ALL"]}),
        ),
        (
            &["capabilities-restricted"],
            "capabilities",
            json!({"drop": ["NET_RAW"]}),
            json!({"drop": ["NET_RAW", "ALL"]}),
        ),
        (
            &["unsafe-proc-mount"],
            "procMount",
            json!("Unmasked"),
            json!("Default"),
        ),
        (
            &["privilege-escalation-container"],
            "allowPrivilegeEscalation",
            Json::Null,
            json!(false),
        ),
        (&["run-as-user"], "runAsUser", json!(0), json!(1)),
        (&["run-as-non-root"], "runAsNonRoot", json!(false), json!(true)),
        (
            &["no-read-only-root-fs"],
            "readOnlyRootFilesystem",
            json!(false),
            json!(true),
        ),
    ];
    cases.extend(own.map(|(rules, field, bad, good)| Case {
        rules,
        kind: "Deployment",
        field: format!("{context}/{field}").leak(),
        bad,
        good,
    }));
    cases
}

fn good_practice_cases() -> Vec<Case> {
    let env = |more: Json| json!([{"name": "LOG_LEVEL", "value": "info"}, more]);
    let secret = json!({"name": "DATABASE_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}});
    let rule =
        |resource: &str, verb: &str| json!([{"apiGroups": [""], "resources": [resource], "verbs": [verb]}]);
    vec![
        pod(
            &["latest-tag"],
            "container:/image",
            json!("registry.example.com:5000/app"),
            json!("registry.example.com:5000/app:2"),
        ),
        pod(
            &["unset-cpu-requirements"],
            "container:/resources",
            json!({"limits": {"memory": "1Gi"}}),
            json!({"limits": {"memory": "1Gi", "cpu": 1}}),
        ),
        pod(
            &["unset-memory-requirements"],
            "container:/resources/limits/memory",
            json!("0"),
            json!("1Gi"),
        ),
        pod(
            &["env-var-secret"],
            "container:/env",
            env(json!({"name": "JWT_SECRET", "value": "hunter2"})),
            env(json!({"name": "DATABASE_DSN", "value": "postgres://u:$(PASSWORD)@db"})),
        ),
        pod(
            &["read-secret-from-env-var"],
            "container:/env",
            env(secret),
            env(json!({"name": "NAME", "valueFrom": {"fieldRef": {}}})),
        ),
        pod(
            &["read-secret-from-env-var"],
            "container:/envFrom",
            json!([{"secretRef": {"name": "all"}}]),
            json!([{"configMapRef": {"name": "all"}}]),
        ),
        pod(
            &["duplicate-env-var"],
            "container:/env",
            env(json!({"name": "LOG_LEVEL", "value": "debug"})),
            env(json!({"name": "OTHER"})),
        ),
        pod(
            &["no-liveness-probe"],
            "container:/livenessProbe",
            Json::Null,
            json!({"exec": {"command": ["true"]}}),
        ),
        pod(
            &["no-readiness-probe"],
            "container:/readinessProbe",
            Json::Null,
            json!({"exec": {"command": ["true"]}}),
        ),
        pod(
            &["liveness-port"],
            "container:/livenessProbe/httpGet/port",
            json!("htp"),
            json!("http"),
        ),
        pod(
            &["readiness-port"],
            "container:/readinessProbe/httpGet/port",
            json!(8081),
            json!(8080),
        ),
        pod(
            &["startup-port"],
            "container:/startupProbe",
            json!({"tcpSocket": {"port": 1}}),
            json!({"tcpSocket": {"port": 8080}}),
        ),
        pod(
            &["invalid-target-ports"],
            "container:/ports/1",
            json!({"name": "Not_Good", "containerPort": 1}),
            json!({"name": "good", "containerPort": 1}),
        ),
        pod(
            &["default-service-account"],
            "pod:/serviceAccountName",
            json!("default"),
            json!("web"),
        ),
        pod(
            &["no-anti-affinity"],
            "pod:/affinity",
            Json::Null,
            json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                {"topologyKey": "topology.kubernetes.io/zone", "labelSelector": {"matchLabels": {"app": "web"}}},
            ]}}),
        ),
        pod(
            &["mismatching-selector"],
            "/spec/selector/matchLabels",
            json!({"app": "wbe"}),
            json!({"app": "web"}),
        ),
        other(
            &["dangling-service"],
            "Service",
            "/spec/selector",
            json!({"app": "wbe"}),
            Json::Null,
        ),
        other(
            &["invalid-target-ports"],
            "Service",
            "/spec/ports/0/targetPort",
            json!("htp"),
            json!(8080),
        ),
        other(
            &["invalid-target-ports"],
            "Service",
            "/spec/ports/0",
            json!({"port": 70_000}),
            json!({"port": 8080}),
        ),
        other(
            &["non-isolated-pod"],
            "NetworkPolicy",
            "/spec/podSelector",
            json!({"matchLabels": {"app": "wbe"}}),
            json!({}),
        ),
        other(
            &["pdb-min-available"],
            "PodDisruptionBudget",
            "/spec/minAvailable",
            json!(3),
            json!("66%"),
        ),
        other(
            &["pdb-min-available"],
            "PodDisruptionBudget",
            "/spec/minAvailable",
            json!("67%"),
            json!("34%"),
        ),
        other(
            &["pdb-max-unavailable"],
            "PodDisruptionBudget",
            "/spec",
            json!({"maxUnavailable": "0%"}),
            json!({"maxUnavailable": 1}),
        ),
        other(
            &["wildcard-in-rules"],
            "Role",
            "/rules",
            rule("configmaps", "*"),
            rule("configmaps", "list"),
        ),
        other(
            &["access-to-secrets"],
            "Role",
            "/rules",
            rule("secrets", "list"),
            json!([
                {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["one"]},
            ]),
        ),
        other(
            &["cluster-admin-role-binding"],
            "RoleBinding",
            "/roleRef",
            json!({"kind": "ClusterRole", "name": "cluster-admin"}),
            json!({"kind": "ClusterRole", "name": "view"}),
        ),
    ]
}

fn cases() -> Vec<Case> {
    let mut cases = security_cases();
    cases.extend(good_practice_cases());
    cases
}

/// Sets a field, and makes what leads to it.
fn set(body: &mut Json, pointer: &str, value: Json) {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let at = parent
        .split('/')
        .skip(1)
        .fold(body, |at, step| match step.parse::<usize>() {
            Ok(index) if at.is_array() => &mut at[index],
            _ => &mut at[step],
        });
    match at {
        Json::Array(items) if last.parse() == Ok(items.len()) => items.push(value),
        Json::Array(items) => items[last.parse::<usize>().unwrap()] = value,
        at => at[last] = value,
    }
}

fn judged(bodies: Vec<Json>, errors: &PolicyErrors) -> Vec<Finding> {
    let objects: Vec<ManifestObject> = bodies.into_iter().map(object).collect();
    findings(&objects, errors)
}

fn with(kind: &str, field: &str, value: &Json) -> Vec<Finding> {
    let mut bodies = sound();
    let body = bodies.iter_mut().find(|body| body["kind"] == kind).unwrap();
    set(body, &pointer(field), value.clone());
    judged(bodies, &PolicyErrors::default())
}

fn rules(findings: &[Finding]) -> BTreeSet<&str> {
    findings.iter().map(|finding| finding.rule).collect()
}

#[test]
fn nothing_is_found_in_sound_objects() {
    assert_eq!(judged(sound(), &PolicyErrors::default()), []);
}

#[test]
fn each_rule_finds_what_breaks_it_and_nothing_else() {
    for case in cases() {
        let broken = with(case.kind, case.field, &case.bad);
        let expected: BTreeSet<&str> = case.rules.iter().copied().collect();
        assert_eq!(rules(&broken), expected, "{} is {}", case.field, case.bad);
        let whole = with(case.kind, case.field, &case.good);
        assert_eq!(whole, [], "{} is {}", case.field, case.good);
    }
}

#[test]
fn no_rule_goes_untried() {
    let cases = cases();
    let tried: BTreeSet<&str> = cases.iter().flat_map(|case| case.rules).copied().collect();
    let untried: Vec<&str> = RULES
        .iter()
        .map(|rule| rule.name)
        .filter(|name| !tried.contains(name))
        .collect();
    // It needs two fields at once, and has a test of its own.
    assert_eq!(untried, ["proc-mount-restricted"]);
}

#[test]
fn a_user_namespace_makes_root_harmless() {
    let mut bodies = sound();
    set(&mut bodies[0], &pointer("pod:/hostUsers"), json!(false));
    set(
        &mut bodies[0],
        &pointer("pod:/securityContext/runAsNonRoot"),
        json!(false),
    );
    set(
        &mut bodies[0],
        &pointer("pod:/securityContext/runAsUser"),
        json!(0),
    );
    assert_eq!(judged(bodies.clone(), &PolicyErrors::default()), []);
    set(
        &mut bodies[0],
        &pointer("container:/securityContext/procMount"),
        json!("Unmasked"),
    );
    assert_eq!(
        rules(&judged(bodies, &PolicyErrors::default())),
        ["proc-mount-restricted"].into()
    );
}

#[test]
fn a_finding_says_where_it_is_and_what_to_do() {
    let found = with("Deployment", "container:/image", &json!("app:latest"));
    let finding = &found[0];
    assert_eq!(
        finding.message,
        "Deployment/web: container main runs the image app:latest, whose version is not fixed"
    );
    assert_eq!(
        finding.field.as_deref(),
        Some("spec.template.spec.containers[name=main].image")
    );
    assert_eq!(finding.hint, containers::LATEST_TAG.advice);
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(finding.object.as_ref().unwrap().to_string(), "Deployment/web");
}

#[test]
fn a_profile_makes_errors_of_the_rules_that_it_names() {
    let mut bodies = sound();
    set(&mut bodies[0], &pointer("container:/image"), json!("app"));
    set(&mut bodies[0], &pointer("container:/livenessProbe"), Json::Null);
    let errors = PolicyErrors::of(["latest-tag"]).unwrap();
    let severities = judged(bodies, &errors)
        .into_iter()
        .map(|it| (it.rule, it.severity));
    assert_eq!(
        severities.collect::<Vec<_>>(),
        [
            ("latest-tag", Severity::Error),
            ("no-liveness-probe", Severity::Warning)
        ]
    );
}

#[test]
fn an_annotation_with_a_reason_explains_and_one_without_does_not() {
    for (reason, explained) in [("moved by our own pipeline", true), (" ", false)] {
        let mut bodies = sound();
        set(&mut bodies[0], &pointer("container:/image"), json!("app"));
        let annotations = json!({"ignore-check.kube-linter.io/latest-tag": reason});
        set(&mut bodies[0], "/metadata/annotations", annotations);
        assert_eq!(
            judged(bodies, &PolicyErrors::default()).is_empty(),
            explained,
            "{reason:?}"
        );
    }
}

#[test]
fn what_an_autoscaler_keeps_counts_as_replicas() {
    let scaled = |least: u64| {
        let mut bodies = sound();
        set(&mut bodies[0], "/spec/replicas", Json::Null);
        bodies.push(json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
            "spec": {"minReplicas": least, "scaleTargetRef": {"kind": "Deployment", "name": "web"}}}));
        judged(bodies, &PolicyErrors::default())
    };
    assert_eq!(scaled(3), []);
    assert_eq!(rules(&scaled(2)), ["pdb-min-available"].into());
}

#[test]
fn jobs_and_pods_that_end_need_neither_probes_nor_isolation() {
    let mut bodies = sound();
    let pod = bodies[0].pointer("/spec/template").unwrap().clone();
    let mut job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "job"}, "spec": {"template": pod}});
    for probe in ["livenessProbe", "readinessProbe"] {
        set(&mut job, &pointer(&format!("container:/{probe}")), Json::Null);
    }
    let mut test = job["spec"]["template"].clone();
    test["kind"] = json!("Pod");
    test["metadata"]["name"] = json!("test");
    test["spec"]["restartPolicy"] = json!("Never");
    bodies.extend([job, test]);
    assert_eq!(judged(bodies.clone(), &PolicyErrors::default()), []);
    bodies.retain(|body| body["kind"] != "NetworkPolicy");
    let found = judged(bodies, &PolicyErrors::default());
    assert_eq!(found.len(), 1, "only what serves is worth isolating: {found:#?}");
}

#[test]
fn init_and_ephemeral_containers_are_judged_too() {
    for list in ["initContainers", "ephemeralContainers"] {
        let mut bodies = sound();
        let context = json!({"privileged": true, "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
            "capabilities": {"drop": ["ALL"]}});
        let container = json!({"name": "other", "image": "app:1", "securityContext": context,
            "resources": {"requests": {"cpu": 1}, "limits": {"memory": 1}}});
        set(
            &mut bodies[0],
            &pointer(&format!("pod:/{list}")),
            json!([container]),
        );
        let found = judged(bodies, &PolicyErrors::default());
        assert_eq!(rules(&found), ["privileged-container"].into());
        assert_eq!(
            found[0].field.as_deref(),
            Some(format!("spec.template.spec.{list}[name=other].securityContext.privileged").as_str())
        );
    }
}
