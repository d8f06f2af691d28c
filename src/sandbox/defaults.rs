//! What the API server fills in where an object says nothing: a table of fields, and the few defaults that depend on
//! other fields. Fields that only the cluster can know (addresses, generated selectors) belong to `api::prepare`.

use super::json::{set, text};
use super::quantity;
use super::resources::Resource;
use serde_json::{Map, Value as Json, json};

/// A field and its default, as JSON. `[]` walks all items of a list. A default is set only where its parent exists, so
/// a default for a parent comes before those for its fields.
type Row = (&'static str, &'static str);

const POD_SPEC: &[Row] = &[
    ("restartPolicy", r#""Always""#),
    ("dnsPolicy", r#""ClusterFirst""#),
    ("schedulerName", r#""default-scheduler""#),
    ("terminationGracePeriodSeconds", "30"),
    ("securityContext", "{}"),
    ("volumes[].secret.defaultMode", "420"),
    ("volumes[].configMap.defaultMode", "420"),
    ("volumes[].downwardAPI.defaultMode", "420"),
    ("volumes[].downwardAPI.items[].fieldRef.apiVersion", r#""v1""#),
    ("volumes[].projected.defaultMode", "420"),
    (
        "volumes[].projected.sources[].serviceAccountToken.expirationSeconds",
        "3600",
    ),
    (
        "volumes[].projected.sources[].downwardAPI.items[].fieldRef.apiVersion",
        r#""v1""#,
    ),
    ("volumes[].hostPath.type", r#""""#),
];

const CONTAINER: &[Row] = &[
    ("terminationMessagePath", r#""/dev/termination-log""#),
    ("terminationMessagePolicy", r#""File""#),
    ("resources", "{}"),
    ("ports[].protocol", r#""TCP""#),
    ("env[].valueFrom.fieldRef.apiVersion", r#""v1""#),
    ("lifecycle.preStop.httpGet.path", r#""/""#),
    ("lifecycle.preStop.httpGet.scheme", r#""HTTP""#),
    ("lifecycle.postStart.httpGet.path", r#""/""#),
    ("lifecycle.postStart.httpGet.scheme", r#""HTTP""#),
];

const PROBE: &[Row] = &[
    ("timeoutSeconds", "1"),
    ("periodSeconds", "10"),
    ("successThreshold", "1"),
    ("failureThreshold", "3"),
    ("httpGet.path", r#""/""#),
    ("httpGet.scheme", r#""HTTP""#),
    ("grpc.service", r#""""#),
];

const DEPLOYMENT: &[Row] = &[
    ("spec.replicas", "1"),
    ("spec.revisionHistoryLimit", "10"),
    ("spec.progressDeadlineSeconds", "600"),
    ("spec.strategy", "{}"),
    ("spec.strategy.type", r#""RollingUpdate""#),
];

const STATEFUL_SET: &[Row] = &[
    ("spec.replicas", "1"),
    ("spec.revisionHistoryLimit", "10"),
    ("spec.podManagementPolicy", r#""OrderedReady""#),
    ("spec.updateStrategy", "{}"),
    ("spec.updateStrategy.type", r#""RollingUpdate""#),
    ("spec.persistentVolumeClaimRetentionPolicy", "{}"),
    (
        "spec.persistentVolumeClaimRetentionPolicy.whenDeleted",
        r#""Retain""#,
    ),
    (
        "spec.persistentVolumeClaimRetentionPolicy.whenScaled",
        r#""Retain""#,
    ),
    ("spec.volumeClaimTemplates[].apiVersion", r#""v1""#),
    ("spec.volumeClaimTemplates[].kind", r#""PersistentVolumeClaim""#),
    ("spec.volumeClaimTemplates[].spec.volumeMode", r#""Filesystem""#),
    ("spec.volumeClaimTemplates[].status", r#"{"phase":"Pending"}"#),
];

const DAEMON_SET: &[Row] = &[
    ("spec.revisionHistoryLimit", "10"),
    ("spec.updateStrategy", "{}"),
    ("spec.updateStrategy.type", r#""RollingUpdate""#),
];

const JOB: &[Row] = &[
    ("spec.completionMode", r#""NonIndexed""#),
    ("spec.parallelism", "1"),
    ("spec.backoffLimit", "6"),
    ("spec.suspend", "false"),
    ("spec.manualSelector", "false"),
    ("spec.podReplacementPolicy", r#""TerminatingOrFailed""#),
];

const CRON_JOB: &[Row] = &[
    ("spec.concurrencyPolicy", r#""Allow""#),
    ("spec.suspend", "false"),
    ("spec.successfulJobsHistoryLimit", "3"),
    ("spec.failedJobsHistoryLimit", "1"),
    ("spec.jobTemplate.metadata", "{}"),
    ("spec.jobTemplate.spec.template.metadata", "{}"),
];

const SERVICE: &[Row] = &[
    ("spec.type", r#""ClusterIP""#),
    ("spec.sessionAffinity", r#""None""#),
    ("spec.ports[].protocol", r#""TCP""#),
];

const HPA: &[Row] = &[
    ("spec.minReplicas", "1"),
    (
        "spec.metrics",
        r#"[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":80}}}]"#,
    ),
    ("spec.behavior.scaleUp", "{}"),
    ("spec.behavior.scaleUp.stabilizationWindowSeconds", "0"),
    ("spec.behavior.scaleUp.selectPolicy", r#""Max""#),
    (
        "spec.behavior.scaleUp.policies",
        r#"[{"type":"Pods","value":4,"periodSeconds":15},{"type":"Percent","value":100,"periodSeconds":15}]"#,
    ),
    ("spec.behavior.scaleDown", "{}"),
    ("spec.behavior.scaleDown.selectPolicy", r#""Max""#),
    (
        "spec.behavior.scaleDown.policies",
        r#"[{"type":"Percent","value":100,"periodSeconds":15}]"#,
    ),
];

const NETWORK_POLICY: &[Row] = &[
    ("spec.ingress[].ports[].protocol", r#""TCP""#),
    ("spec.egress[].ports[].protocol", r#""TCP""#),
];

const CRD: &[Row] = &[("spec.conversion", r#"{"strategy":"None"}"#)];
const SECRET: &[Row] = &[("type", r#""Opaque""#)];
const PVC: &[Row] = &[("spec.volumeMode", r#""Filesystem""#)];
const STORAGE_CLASS: &[Row] = &[
    ("reclaimPolicy", r#""Delete""#),
    ("volumeBindingMode", r#""Immediate""#),
];

/// Fills in what `object` leaves out.
pub(super) fn apply(resource: &Resource, object: &mut Json) {
    match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "Pod") => pod(object, "/spec"),
        ("", "Service") => service(object),
        ("", "Secret") => secret(object),
        ("", "PersistentVolumeClaim") => {
            fill_all(object, PVC);
            quantity::canonicalize_all(object.pointer_mut("/spec/resources/requests"));
        }
        ("", "Namespace") => namespace(object),
        ("apps", "Deployment") => {
            fill_all(object, DEPLOYMENT);
            rolling_update(object);
            pod_template(object, "/spec/template");
        }
        ("apps", "StatefulSet") => {
            fill_all(object, STATEFUL_SET);
            if text(object, "/spec/updateStrategy/type") == "RollingUpdate"
                && object
                    .pointer("/spec/updateStrategy/rollingUpdate/partition")
                    .is_none()
            {
                set(object, "/spec/updateStrategy/rollingUpdate/partition", 0);
            }
            let claims = object
                .pointer_mut("/spec/volumeClaimTemplates")
                .and_then(Json::as_array_mut);
            for claim in claims.into_iter().flatten() {
                quantity::canonicalize_all(claim.pointer_mut("/spec/resources/requests"));
            }
            pod_template(object, "/spec/template");
        }
        ("apps", "ReplicaSet") => {
            fill_all(object, &[("spec.replicas", "1")]);
            pod_template(object, "/spec/template");
        }
        ("apps", "DaemonSet") => daemon_set(object),
        ("batch", "Job") => {
            fill_all(object, JOB);
            if object["spec"].get("completions").is_none() && object["spec"]["parallelism"] == 1 {
                set(object, "/spec/completions", 1);
            }
            pod_template(object, "/spec/template");
        }
        ("batch", "CronJob") => {
            fill_all(object, CRON_JOB);
            pod_template(object, "/spec/jobTemplate/spec/template");
        }
        ("autoscaling", "HorizontalPodAutoscaler") => fill_all(object, HPA),
        ("networking.k8s.io", "NetworkPolicy") => network_policy(object),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => binding(object),
        ("storage.k8s.io", "StorageClass") => fill_all(object, STORAGE_CLASS),
        (super::resources::CRD_GROUP, _) => definition(object),
        _ => {}
    }
}

/// Sets every default of `rows` that is missing.
fn fill_all(object: &mut Json, rows: &[Row]) {
    for (path, default) in rows {
        if let Ok(default) = serde_json::from_str(default) {
            fill(object, path, &default);
        }
    }
}

fn fill(here: &mut Json, path: &str, default: &Json) {
    let (head, rest) = path
        .split_once('.')
        .map_or((path, None), |(head, rest)| (head, Some(rest)));
    let Some(map) = here.as_object_mut() else { return };
    match (head.strip_suffix("[]"), rest) {
        (Some(list), Some(rest)) => {
            for item in map
                .get_mut(list)
                .and_then(Json::as_array_mut)
                .into_iter()
                .flatten()
            {
                fill(item, rest, default);
            }
        }
        (None, Some(rest)) => {
            if let Some(next) = map.get_mut(head) {
                fill(next, rest, default);
            }
        }
        (_, None) => {
            if map.get(head).is_none_or(Json::is_null) {
                map.insert(head.into(), default.clone());
            }
        }
    }
}

/// A pod template: the defaults of its spec.
fn pod_template(object: &mut Json, pointer: &str) {
    pod(object, &format!("{pointer}/spec"));
}

fn pod(object: &mut Json, spec: &str) {
    let Some(spec) = object.pointer_mut(spec) else {
        return;
    };
    fill_all(spec, POD_SPEC);
    if let Some(account) = spec.get("serviceAccountName").cloned() {
        set(spec, "/serviceAccount", account);
    }
    for list in ["initContainers", "containers"] {
        for container in spec
            .get_mut(list)
            .and_then(Json::as_array_mut)
            .into_iter()
            .flatten()
        {
            fill_all(container, CONTAINER);
            for list in ["limits", "requests"] {
                quantity::canonicalize_all(container.pointer_mut(&format!("/resources/{list}")));
            }
            let policy = pull_policy(text(container, "/image"));
            fill(container, "imagePullPolicy", &Json::from(policy));
            for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
                if let Some(probe) = container.get_mut(probe) {
                    fill_all(probe, PROBE);
                }
            }
        }
    }
    for volume in spec
        .get_mut("volumes")
        .and_then(Json::as_array_mut)
        .into_iter()
        .flatten()
    {
        let Some(volume) = volume.as_object_mut() else {
            continue;
        };
        if volume.len() == 1 && volume.contains_key("name") {
            volume.insert("emptyDir".into(), json!({}));
        }
    }
}

/// `Always` for `latest` and for an image without a tag, `IfNotPresent` otherwise.
fn pull_policy(image: &str) -> &'static str {
    let name = image.rsplit('/').next().unwrap_or_default();
    let pinned = name.contains('@') || name.split_once(':').is_some_and(|(_, tag)| tag != "latest");
    if pinned { "IfNotPresent" } else { "Always" }
}

fn rolling_update(object: &mut Json) {
    if text(object, "/spec/strategy/type") != "RollingUpdate" {
        return;
    }
    for field in ["maxSurge", "maxUnavailable"] {
        let pointer = format!("/spec/strategy/rollingUpdate/{field}");
        if object.pointer(&pointer).is_none_or(Json::is_null) {
            set(object, &pointer, "25%");
        }
    }
}

fn daemon_set(object: &mut Json) {
    fill_all(object, DAEMON_SET);
    if object["spec"]["updateStrategy"]["type"] == "RollingUpdate" {
        fill_all(object, &[("spec.updateStrategy.rollingUpdate", "{}")]);
        fill_all(
            object,
            &[
                ("spec.updateStrategy.rollingUpdate.maxSurge", "0"),
                ("spec.updateStrategy.rollingUpdate.maxUnavailable", "1"),
            ],
        );
    }
    pod_template(object, "/spec/template");
}

fn service(object: &mut Json) {
    fill_all(object, SERVICE);
    for port in object
        .pointer_mut("/spec/ports")
        .and_then(Json::as_array_mut)
        .into_iter()
        .flatten()
    {
        let same = port.get("port").cloned().unwrap_or(Json::Null);
        fill(port, "targetPort", &same);
    }
    let kind = text(object, "/spec/type").to_owned();
    if kind != "ExternalName" {
        fill_all(object, &[("spec.internalTrafficPolicy", r#""Cluster""#)]);
    }
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        fill_all(object, &[("spec.externalTrafficPolicy", r#""Cluster""#)]);
    }
    if kind == "LoadBalancer" {
        fill_all(object, &[("spec.allocateLoadBalancerNodePorts", "true")]);
    }
}

/// `stringData` is written in plain text and stored, encoded, in `data`.
fn secret(object: &mut Json) {
    use base64::Engine as _;
    fill_all(object, SECRET);
    let Some(Json::Object(plain)) = object.as_object_mut().and_then(|map| map.remove("stringData")) else {
        return;
    };
    for (key, value) in plain {
        let encoded = base64::engine::general_purpose::STANDARD.encode(value.as_str().unwrap_or_default());
        if let Some(data) = super::json::map_mut(object, "/data") {
            data.insert(key, encoded.into());
        }
    }
}

fn namespace(object: &mut Json) {
    let name = super::json::name(object).to_owned();
    set(object, "/metadata/labels/kubernetes.io~1metadata.name", name);
    if object.pointer("/spec/finalizers").is_none() {
        set(object, "/spec/finalizers", json!(["kubernetes"]));
    }
}

fn network_policy(object: &mut Json) {
    fill_all(object, NETWORK_POLICY);
    if object.pointer("/spec/policyTypes").is_none() {
        let egress = object.pointer("/spec/egress").is_some();
        let types = if egress {
            json!(["Ingress", "Egress"])
        } else {
            json!(["Ingress"])
        };
        set(object, "/spec/policyTypes", types);
    }
    if object.pointer("/spec/podSelector").is_none() {
        set(object, "/spec/podSelector", json!({}));
    }
}

fn binding(object: &mut Json) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    fill(object, "roleRef.apiGroup", &Json::from(GROUP));
    for subject in object
        .get_mut("subjects")
        .and_then(Json::as_array_mut)
        .into_iter()
        .flatten()
    {
        if matches!(text(subject, "/kind"), "User" | "Group") {
            fill(subject, "apiGroup", &Json::from(GROUP));
        }
    }
}

fn definition(object: &mut Json) {
    fill_all(object, CRD);
    let kind = text(object, "/spec/names/kind").to_owned();
    fill(object, "spec.names.singular", &Json::from(kind.to_lowercase()));
    fill(object, "spec.names.listKind", &Json::from(format!("{kind}List")));
}

/// The status that an object of this kind is born with.
pub(super) fn initial_status(resource: &Resource) -> Option<Json> {
    let status = match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "Pod") => json!({"phase": "Pending", "qosClass": "Burstable"}),
        ("", "Namespace") => json!({"phase": "Active"}),
        ("", "PersistentVolumeClaim" | "PersistentVolume") => json!({"phase": "Pending"}),
        ("", "Service") | ("networking.k8s.io", "Ingress") => json!({"loadBalancer": {}}),
        ("apps", "StatefulSet") => json!({"replicas": 0, "availableReplicas": 0}),
        ("apps", "ReplicaSet") => json!({"replicas": 0}),
        ("autoscaling", _) => json!({"currentReplicas": 0, "desiredReplicas": 0, "currentMetrics": null}),
        ("policy", _) => {
            json!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0})
        }
        _ if resource.custom => return None,
        _ => Json::Object(Map::new()),
    };
    resource.serves.status.then_some(status)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::resources::Registry;
    use super::*;
    use rstest::rstest;

    fn defaulted(group: &str, kind: &str, mut object: Json) -> Json {
        apply(&Registry::built_in().of_kind(group, kind).unwrap(), &mut object);
        object
    }

    #[test]
    fn a_deployment_gets_its_strategy_and_its_containers_their_policies() {
        let object = defaulted(
            "apps",
            "Deployment",
            json!({"spec": {"strategy": {"rollingUpdate": {"maxUnavailable": 0}}, "template": {"spec": {"containers": [
                {"name": "a", "image": "x:1", "ports": [{"containerPort": 1}], "livenessProbe": {"httpGet": {"port": 1}}},
            ]}}}}),
        );
        assert_eq!(
            object["spec"]["strategy"],
            json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}})
        );
        let container = &object["spec"]["template"]["spec"]["containers"][0];
        assert_eq!(container["imagePullPolicy"], "IfNotPresent");
        assert_eq!(container["ports"][0]["protocol"], "TCP");
        assert_eq!(container["livenessProbe"]["httpGet"]["scheme"], "HTTP");
        assert!(container.get("readinessProbe").is_none());
    }

    #[test]
    fn defaulting_twice_changes_nothing() {
        let once = defaulted(
            "batch",
            "Job",
            json!({"spec": {"template": {"spec": {"containers": [{"image": "x"}]}}}}),
        );
        assert_eq!(defaulted("batch", "Job", once.clone()), once);
    }

    #[rstest]
    #[case("x", "Always")]
    #[case("reg:5000/x", "Always")]
    #[case("x:latest", "Always")]
    #[case("reg:5000/x:1.2", "IfNotPresent")]
    #[case("x@sha256:00", "IfNotPresent")]
    fn the_pull_policy_follows_the_tag(#[case] image: &str, #[case] policy: &str) {
        assert_eq!(pull_policy(image), policy);
    }

    #[test]
    fn string_data_is_encoded() {
        let secret = defaulted(
            "",
            "Secret",
            json!({"stringData": {"a": "b"}, "data": {"c": "ZA=="}}),
        );
        assert_eq!(
            secret,
            json!({"type": "Opaque", "data": {"a": "Yg==", "c": "ZA=="}})
        );
    }
}
