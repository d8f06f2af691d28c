//! Deleting: at once, after a grace period, or once every finalizer is gone.

use super::super::failure::Failure;
use super::super::json::{self, set};
use super::super::request::Query;
use super::super::resources::Resource;
use super::super::store::Key;
use super::write::holds;
use super::{Api, Outcome};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// What happens to the objects that an object owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Propagation {
    /// They go after it.
    Background,
    /// They go before it.
    Foreground,
    /// They stay.
    Orphan,
}

/// The body of a DELETE.
#[derive(Debug, Clone)]
pub(super) struct DeleteOptions {
    propagation: Propagation,
    grace: Option<i64>,
    uid: String,
    revision: String,
    dry_run: bool,
}

impl DeleteOptions {
    /// Reads the options from the body and the query.
    pub(super) fn read(body: &[u8], query: &Query) -> Outcome<Self> {
        let body: Json = if body.is_empty() {
            json!({})
        } else {
            serde_json::from_slice(body)
                .map_err(|error| Failure::bad_request(format!("cannot read DeleteOptions: {error}")))?
        };
        let asked = match query.get("propagationPolicy") {
            "" => json::text(&body, "/propagationPolicy"),
            policy => policy,
        };
        let propagation = match asked {
            "Foreground" => Propagation::Foreground,
            "Orphan" => Propagation::Orphan,
            "" | "Background" => Propagation::Background,
            other => {
                return Err(Failure::bad_request(format!(
                    "invalid propagationPolicy {other:?}"
                )));
            }
        };
        Ok(Self {
            propagation,
            grace: json::number(&body, "/gracePeriodSeconds"),
            uid: json::text(&body, "/preconditions/uid").into(),
            revision: json::text(&body, "/preconditions/resourceVersion").into(),
            dry_run: query.get("dryRun") == "All" || !json::items(&body, "/dryRun").is_empty(),
        })
    }
}

impl Api {
    /// Answers a DELETE of an object.
    pub(super) fn delete_object(
        &mut self,
        resource: &Arc<Resource>,
        namespace: &str,
        name: &str,
        options: &DeleteOptions,
    ) -> Outcome<Json> {
        let live = self.get(resource, namespace, name)?;
        check_preconditions(resource, &live, options)?;
        if options.dry_run {
            return Ok(success(resource, &live));
        }
        match self.delete_live(resource, &live, options.propagation, options.grace) {
            None => Ok(success(resource, &live)),
            Some(waiting) => Ok(Json::clone(&waiting)),
        }
    }

    /// Answers a DELETE of a collection with what was deleted.
    pub(super) fn delete_collection(
        &mut self,
        resource: &Arc<Resource>,
        namespace: &str,
        query: &Query,
        options: &DeleteOptions,
    ) -> Outcome<Json> {
        let list = self.list(resource, namespace, query)?;
        if !options.dry_run {
            for object in json::items(&list, "/items") {
                let live = self.get(resource, json::namespace(object), json::name(object))?;
                self.delete_live(resource, &live, options.propagation, options.grace);
            }
        }
        Ok(list)
    }

    /// Deletes on behalf of a controller.
    pub(in super::super) fn delete(&mut self, group: &str, kind: &str, object: &Arc<Json>) {
        if let Ok(resource) = self.kind(group, kind) {
            self.delete_live(&resource, object, Propagation::Background, None);
        }
    }

    /// Deletes an object; answers with it where it still waits for something.
    pub(in super::super) fn delete_live(
        &mut self,
        resource: &Arc<Resource>,
        live: &Arc<Json>,
        propagation: Propagation,
        grace: Option<i64>,
    ) -> Option<Arc<Json>> {
        let key = Key::new(resource, json::namespace(live), json::name(live));
        if propagation == Propagation::Orphan {
            self.orphan_dependents(json::uid(live));
        }
        let mut object = Json::clone(live);
        if propagation == Propagation::Foreground {
            add_finalizer(&mut object, "foregroundDeletion");
        }
        if object["kind"] == "Pod" {
            let own = json::number(&object, "/spec/terminationGracePeriodSeconds").unwrap_or(30);
            let started = !json::text(&object, "/spec/nodeName").is_empty();
            let ended = matches!(json::text(&object, "/status/phase"), "Succeeded" | "Failed");
            let grace = if started && !ended {
                grace.unwrap_or(own)
            } else {
                0
            };
            set(&mut object, "/metadata/deletionGracePeriodSeconds", grace);
        } else if holds(&object) {
            set(&mut object, "/metadata/deletionGracePeriodSeconds", 0);
        }
        if !holds(&object) {
            self.discard(resource, &key);
            return None;
        }
        if !json::is_terminating(&object) {
            set(&mut object, "/metadata/deletionTimestamp", self.clock.stamp());
            if object["kind"] == "Namespace" {
                set(&mut object, "/status/phase", "Terminating");
            }
            if resource.generation {
                let generation = json::number(&object, "/metadata/generation").unwrap_or(0) + 1;
                set(&mut object, "/metadata/generation", generation);
            }
        }
        if object == **live {
            return Some(Arc::clone(live));
        }
        Some(self.commit(resource, key, object))
    }

    /// Takes the finalizer away, and with the last one the object.
    pub(in super::super) fn finalize(
        &mut self,
        resource: &Arc<Resource>,
        live: &Arc<Json>,
        list: &str,
        finalizer: &str,
    ) {
        let mut object = Json::clone(live);
        if let Some(finalizers) = object.pointer_mut(list).and_then(Json::as_array_mut) {
            finalizers.retain(|have| have != finalizer);
        }
        let key = Key::new(resource, json::namespace(live), json::name(live));
        if json::is_terminating(&object) && !holds(&object) {
            self.discard(resource, &key);
        } else {
            self.commit(resource, key, object);
        }
    }

    fn orphan_dependents(&mut self, uid: &str) {
        let owned: Vec<(Key, Arc<Json>)> = self
            .store
            .all()
            .filter(|(_, object)| {
                json::items(object, "/metadata/ownerReferences")
                    .iter()
                    .any(|owner| owner["uid"] == uid)
            })
            .map(|(key, object)| (key.clone(), Arc::clone(object)))
            .collect();
        for (key, object) in owned {
            let mut object = Json::clone(&object);
            if let Some(owners) = object
                .pointer_mut("/metadata/ownerReferences")
                .and_then(Json::as_array_mut)
            {
                owners.retain(|owner| owner["uid"] != uid);
            }
            self.store.put(key, object);
        }
    }
}

fn check_preconditions(resource: &Resource, live: &Json, options: &DeleteOptions) -> Outcome<()> {
    let name = json::name(live);
    let check = |what: &str, asked: &str, have: &str| {
        if asked.is_empty() || asked == have {
            return Ok(());
        }
        let words =
            format!("Precondition failed: {what} in precondition: {asked}, {what} in object meta: {have}");
        Err(Failure::conflict(resource, name, &words))
    };
    check("UID", &options.uid, json::uid(live))?;
    check(
        "ResourceVersion",
        &options.revision,
        json::text(live, "/metadata/resourceVersion"),
    )
}

fn add_finalizer(object: &mut Json, finalizer: &str) {
    let mut finalizers = json::items(object, "/metadata/finalizers").to_vec();
    if !finalizers.iter().any(|have| have == finalizer) {
        finalizers.push(finalizer.into());
    }
    set(object, "/metadata/finalizers", finalizers);
}

/// The Status that answers a deletion that is done.
fn success(resource: &Resource, live: &Json) -> Json {
    json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {
            "name": json::name(live),
            "group": resource.group,
            "kind": resource.plural,
            "uid": json::uid(live),
        },
    })
}
