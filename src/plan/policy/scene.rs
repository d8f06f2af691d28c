//! What the rules look at: the objects, and those that make pods with their containers at hand.

use crate::chart::manifest::ManifestObject;
use crate::plan::labels::{carries, selects};
use crate::plan::risk::Autoscalers;
use serde_json::Value as Json;
use std::collections::HashMap;

/// Everything that is rendered. What rules look for again and again is found by its kind or its labels, so that many
/// objects take a time in proportion.
pub(super) struct Scene<'a> {
    pub(super) workloads: Vec<Workload<'a>>,
    kinds: HashMap<&'a str, Vec<&'a ManifestObject>>,
    /// The first object of a kind and a name.
    names: HashMap<(&'a str, &'a str), &'a ManifestObject>,
    /// The workloads whose pods carry a label, by its name and then its value.
    labelled: HashMap<&'a str, HashMap<&'a str, Vec<usize>>>,
    autoscalers: Autoscalers<'a>,
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
        let mut scene = Self {
            workloads: Vec::new(),
            kinds: HashMap::new(),
            names: HashMap::new(),
            labelled: HashMap::new(),
            autoscalers: Autoscalers::among(objects.iter().copied()),
        };
        for object in objects {
            scene.kinds.entry(&object.key.kind).or_default().push(object);
            let name = (object.key.kind.as_str(), object.key.name.as_str());
            scene.names.entry(name).or_insert(object);
            scene.workloads.extend(Workload::of(object));
        }
        for (at, workload) in scene.workloads.iter().enumerate() {
            for (name, value) in workload.labels().as_object().into_iter().flatten() {
                let values = scene.labelled.entry(name).or_default();
                let value = value.as_str().unwrap_or_default();
                values.entry(value).or_default().push(at);
            }
        }
        scene
    }

    /// The objects of a kind.
    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &'a ManifestObject> {
        self.kinds.get(kind).into_iter().flatten().copied()
    }

    /// The object of a kind and a name.
    pub(super) fn named(&self, kind: &str, name: &str) -> Option<&'a ManifestObject> {
        self.names.get(&(kind, name)).copied()
    }

    /// The workloads whose pods carry all of a plain map of labels, by their places.
    pub(super) fn carrying(&self, wanted: &Json) -> impl Iterator<Item = (usize, &Workload<'a>)> {
        self.candidates(wanted)
            .filter(|(_, workload)| carries(wanted, workload.labels()))
    }

    /// The workloads whose pods a `LabelSelector` chooses, by their places.
    pub(super) fn selected(&self, selector: &Json) -> impl Iterator<Item = (usize, &Workload<'a>)> {
        self.candidates(&selector["matchLabels"])
            .filter(|(_, workload)| selects(selector, workload.labels()))
    }

    /// The workloads that carry the rarest of some labels; all of them where there is no label.
    fn candidates<'s>(
        &'s self,
        wanted: &Json,
    ) -> impl Iterator<Item = (usize, &'s Workload<'a>)> + use<'s, 'a> {
        let labels = wanted.as_object().into_iter().flatten();
        let carriers = labels.map(|(name, value)| {
            let values = self.labelled.get(name.as_str());
            let carriers = values.and_then(|values| values.get(value.as_str().unwrap_or_default()));
            carriers.map(Vec::as_slice).unwrap_or_default()
        });
        let rarest = carriers.min_by_key(|carriers| carriers.len());
        let all = 0..rarest.map_or(self.workloads.len(), |_| 0);
        let places = rarest.unwrap_or_default().iter().copied().chain(all);
        places.filter_map(|at| Some((at, self.workloads.get(at)?)))
    }

    /// How many pods of a workload there are at least: what its autoscaler keeps, or what it asks for itself.
    pub(super) fn replicas(&self, workload: &Workload<'_>) -> u64 {
        let least = match self.autoscalers.of(&workload.object.key) {
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
