//! What the rules look at: the objects, and those that make pods with their containers at hand.

use crate::chart::manifest::ManifestObject;
use serde_json::Value as Json;

/// Everything that is rendered.
pub(super) struct Scene<'a> {
    pub(super) objects: Vec<&'a ManifestObject>,
    pub(super) workloads: Vec<Workload<'a>>,
}

/// An object that makes pods, or is one.
pub(super) struct Workload<'a> {
    pub(super) object: &'a ManifestObject,
    /// The way to the pod's spec: `spec.template.spec`.
    pub(super) at: &'static str,
    /// The pod's metadata.
    pub(super) metadata: &'a Json,
    /// The pod's spec.
    pub(super) spec: &'a Json,
    pub(super) containers: Vec<Container<'a>>,
}

/// Which list of a pod's spec a container is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Init,
    Regular,
    Ephemeral,
}

pub(super) struct Container<'a> {
    pub(super) role: Role,
    pub(super) name: &'a str,
    pub(super) body: &'a Json,
}

impl<'a> Scene<'a> {
    pub(super) fn of(objects: impl IntoIterator<Item = &'a ManifestObject>) -> Self {
        let objects: Vec<_> = objects.into_iter().collect();
        let workloads = objects.iter().filter_map(|object| Workload::of(object)).collect();
        Self { objects, workloads }
    }

    /// The objects of a kind.
    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &'a ManifestObject> {
        self.objects
            .iter()
            .copied()
            .filter(move |object| object.key.kind == kind)
    }

    /// How many pods of a workload there are at least: what its autoscaler keeps, or what it asks for itself.
    pub(super) fn replicas(&self, workload: &Workload<'_>) -> u64 {
        let key = &workload.object.key;
        let scales = |autoscaler: &&ManifestObject| {
            let target = &autoscaler.body["spec"]["scaleTargetRef"];
            target["kind"] == key.kind.as_str() && target["name"] == key.name.as_str()
        };
        let least = match self.of_kind("HorizontalPodAutoscaler").find(scales) {
            Some(autoscaler) => &autoscaler.body["spec"]["minReplicas"],
            None => &workload.object.body["spec"]["replicas"],
        };
        least.as_u64().unwrap_or(1)
    }
}

impl<'a> Workload<'a> {
    fn of(object: &'a ManifestObject) -> Option<Self> {
        let (at, template) = match object.key.kind.as_str() {
            "Pod" => ("spec", &*object.body),
            "CronJob" => (
                "spec.jobTemplate.spec.template.spec",
                object.body.pointer("/spec/jobTemplate/spec/template")?,
            ),
            "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" => {
                ("spec.template.spec", object.body.pointer("/spec/template")?)
            }
            _ => return None,
        };
        let spec = template.get("spec")?;
        let list = |name: &str, role: Role| {
            let items = spec[name].as_array().into_iter().flatten();
            items.map(move |body| Container {
                role,
                name: body["name"].as_str().unwrap_or_default(),
                body,
            })
        };
        let containers = list("initContainers", Role::Init)
            .chain(list("containers", Role::Regular))
            .chain(list("ephemeralContainers", Role::Ephemeral))
            .collect();
        Some(Self {
            object,
            at,
            metadata: &template["metadata"],
            spec,
            containers,
        })
    }

    /// The labels of its pods.
    pub(super) fn labels(&self) -> &'a Json {
        &self.metadata["labels"]
    }

    /// Whether its pods run on Windows, where some fields cannot be set.
    pub(super) fn is_windows(&self) -> bool {
        self.spec["os"]["name"] == "windows"
    }

    /// Whether its pods have a user namespace of their own, in which root is nobody.
    pub(super) fn has_user_namespace(&self) -> bool {
        self.spec["hostUsers"] == false
    }

    /// Whether it keeps a number of pods that somebody chose.
    pub(super) fn has_replicas(&self) -> bool {
        matches!(
            self.object.key.kind.as_str(),
            "Deployment" | "StatefulSet" | "ReplicaSet"
        )
    }

    /// Whether its pods run until somebody ends them, and not until their work is done.
    pub(super) fn serves(&self) -> bool {
        match self.object.key.kind.as_str() {
            "Job" | "CronJob" => false,
            _ => matches!(self.spec["restartPolicy"].as_str(), None | Some("Always")),
        }
    }

    pub(super) fn volumes(&self) -> impl Iterator<Item = &'a Json> {
        self.spec["volumes"].as_array().into_iter().flatten()
    }

    /// The containers that the pod's author writes: without ephemeral ones.
    pub(super) fn own_containers(&self) -> impl Iterator<Item = &Container<'a>> {
        self.containers.iter().filter(|it| it.role != Role::Ephemeral)
    }
}

impl Container<'_> {
    /// The way to it from the pod's spec.
    pub(super) fn path(&self) -> String {
        let list = match self.role {
            Role::Init => "initContainers",
            Role::Regular => "containers",
            Role::Ephemeral => "ephemeralContainers",
        };
        format!("{list}[name={}]", self.name)
    }

    /// A field of its security context; null where it is not set.
    pub(super) fn security(&self, field: &str) -> &Json {
        &self.body["securityContext"][field]
    }

    /// The items of one of its lists.
    pub(super) fn items(&self, list: &str) -> impl Iterator<Item = &Json> {
        self.body[list].as_array().into_iter().flatten()
    }
}
