//! The subresource `scale`: the replicas of a workload as an object of its own.

use super::super::failure::Failure;
use super::super::json::{self, items, number, set, strings, text};
use super::super::resources::Resource;
use super::patch::{PatchKind, patched};
use super::write::{Managed, Writer};
use super::{Api, Outcome};
use serde_json::{Value as Json, json};
use std::sync::Arc;

impl Api {
    /// The Scale of a workload.
    pub(super) fn scale(&self, resource: &Resource, namespace: &str, name: &str) -> Outcome<Json> {
        Ok(scale_of(&*self.get(resource, namespace, name)?))
    }

    /// Sets the replicas as a Scale says.
    pub(super) fn put_scale(
        &mut self,
        resource: &Arc<Resource>,
        namespace: &str,
        name: &str,
        scale: &Json,
        writer: Writer<'_>,
    ) -> Outcome<Json> {
        let live = self.get(resource, namespace, name)?;
        let asked = text(scale, "/metadata/resourceVersion");
        if !asked.is_empty() && live["metadata"]["resourceVersion"] != asked {
            return Err(Failure::modified(resource, name));
        }
        let replicas = number(scale, "/spec/replicas").unwrap_or(0);
        self.set_replicas(resource, &live, replicas, writer)
            .map(|object| scale_of(&object))
    }

    /// Patches the Scale of a workload.
    pub(super) fn patch_scale(
        &mut self,
        resource: &Arc<Resource>,
        namespace: &str,
        name: &str,
        kind: PatchKind,
        patch: &Json,
        writer: Writer<'_>,
    ) -> Outcome<Json> {
        if kind == PatchKind::Apply {
            let config = json!({
                "metadata": {"name": name},
                "spec": {"replicas": patch.pointer("/spec/replicas")},
            });
            let (_, object) = self.apply(resource, namespace, name, config, writer)?;
            return Ok(scale_of(&object));
        }
        let scale = patched(&self.scale(resource, namespace, name)?, kind, patch)?;
        self.put_scale(resource, namespace, name, &scale, writer)
    }

    /// Sets the replicas through `scale`, as an autoscaler does.
    pub(in super::super) fn set_replicas(
        &mut self,
        resource: &Arc<Resource>,
        live: &Arc<Json>,
        replicas: i64,
        writer: Writer<'_>,
    ) -> Outcome<Arc<Json>> {
        let mut object = Json::clone(live);
        set(&mut object, "/spec/replicas", replicas);
        let writer = Writer {
            subresource: "scale",
            ..writer
        };
        self.replace(resource, live, object, writer, Managed::Track)
    }
}

fn scale_of(object: &Json) -> Json {
    let mut selector: Vec<String> = strings(object, "/spec/selector/matchLabels")
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    for expression in items(object, "/spec/selector/matchExpressions") {
        let values: Vec<&str> = items(expression, "/values")
            .iter()
            .filter_map(Json::as_str)
            .collect();
        let (key, values) = (text(expression, "/key"), values.join(","));
        selector.push(match text(expression, "/operator") {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        });
    }
    let metadata = &object["metadata"];
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": json::name(object),
            "namespace": json::namespace(object),
            "uid": json::uid(object),
            "resourceVersion": metadata["resourceVersion"],
            "creationTimestamp": metadata["creationTimestamp"],
        },
        "spec": {"replicas": number(object, "/spec/replicas").unwrap_or(0)},
        "status": {
            "replicas": number(object, "/status/replicas").unwrap_or(0),
            "selector": selector.join(","),
        },
    })
}
