//! Events: what controllers tell about objects. The same news about the same object is counted, not repeated.

use super::super::api::Writer;
use super::super::json::{self, set};
use super::Pass;
use serde_json::{Value as Json, json};

impl Pass<'_> {
    /// Tells something ordinary about an object.
    pub(super) fn event(&mut self, about: &Json, component: &str, reason: &str, message: &str) {
        self.tell(about, component, "Normal", reason, message, "");
    }

    /// Tells something that went wrong.
    pub(super) fn warning(&mut self, about: &Json, component: &str, reason: &str, message: &str) {
        self.tell(about, component, "Warning", reason, message, "");
    }

    /// Tells something about a part of an object: `spec.containers{rest-api}`.
    pub(super) fn tell(
        &mut self,
        about: &Json,
        component: &str,
        kind: &str,
        reason: &str,
        message: &str,
        field: &str,
    ) {
        let namespace = match json::namespace(about) {
            "" => "default",
            namespace => namespace,
        };
        let now = self.stamp();
        let same = self
            .api
            .objects("", "Event", namespace)
            .into_iter()
            .find(|event| {
                event["involvedObject"]["uid"] == json::uid(about)
                    && event["reason"] == reason
                    && event["message"] == message
                    && json::text(event, "/involvedObject/fieldPath") == field
            });
        if let Some(event) = same {
            let mut event = Json::clone(&event);
            let count = json::number(&event, "/count").unwrap_or(1) + 1;
            set(&mut event, "/count", count);
            set(&mut event, "/lastTimestamp", now);
            self.write("", "Event", event, Writer::new(component));
            return;
        }
        let name = format!(
            "{}.{}",
            json::name(about),
            self.api.names.uid().replace('-', "").split_at(16).0
        );
        let mut involved = json!({
            "kind": about["kind"], "apiVersion": about["apiVersion"], "namespace": namespace,
            "name": json::name(about), "uid": json::uid(about),
            "resourceVersion": about["metadata"]["resourceVersion"],
        });
        if !field.is_empty() {
            involved["fieldPath"] = field.into();
        }
        let node = json::text(about, "/spec/nodeName");
        let mut source = json!({"component": component});
        if component == "kubelet" && !node.is_empty() {
            source["host"] = node.into();
        }
        let event = json!({
            "metadata": {"name": name},
            "involvedObject": involved,
            "type": kind, "reason": reason, "message": message, "count": 1,
            "firstTimestamp": now, "lastTimestamp": now, "eventTime": null,
            "source": source, "reportingComponent": component, "reportingInstance": node,
        });
        if let Err(refused) = self.create("", "Event", namespace, event, component) {
            tracing::debug!(reason, refused, "a simulated event was refused");
        }
    }
}
