//! Creating and updating: the way of every object into the store, whoever writes it.

use super::super::failure::Failure;
use super::super::json::{self, set};
use super::super::resources::{CRD_GROUP, Resource};
use super::super::store::Key;
use super::super::{defaults, immutable, validation};
use super::{Api, Outcome};
use crate::apply::{self, UpdateRequest};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Who writes, and how.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Writer<'a> {
    /// The field manager.
    pub(in super::super) manager: &'a str,
    /// The subresource that is written through; empty for the object itself.
    pub(in super::super) subresource: &'a str,
    /// Whether everything is done but storing it.
    pub(in super::super) dry_run: bool,
    /// Whether an apply takes over what others own.
    pub(in super::super) force: bool,
}

impl<'a> Writer<'a> {
    /// A writer of objects.
    pub(in super::super) fn new(manager: &'a str) -> Self {
        Self {
            manager,
            ..Self::default()
        }
    }

    /// A writer of the status.
    pub(in super::super) fn of_status(manager: &'a str) -> Self {
        Self {
            manager,
            subresource: "status",
            ..Self::default()
        }
    }
}

/// Who keeps the managed fields of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Managed {
    /// They follow from the difference.
    Track,
    /// The apply has already written them.
    ByApply,
}

impl Api {
    /// Creates an object.
    pub(in super::super) fn create(
        &mut self,
        resource: &Arc<Resource>,
        namespace: &str,
        mut object: Json,
        writer: Writer<'_>,
    ) -> Outcome<Arc<Json>> {
        identify(resource, namespace, &mut object)?;
        if json::name(&object).is_empty() {
            let prefix = json::text(&object, "/metadata/generateName").to_owned();
            if prefix.is_empty() {
                let why = super::super::failure::FieldError::required(
                    "metadata.name",
                    "name or generateName is required",
                );
                return Err(Failure::invalid(resource, "", &[why]));
            }
            set(&mut object, "/metadata/name", prefix + &self.names.suffix());
        }
        self.insert(resource, namespace, object, writer, Managed::Track)
    }

    /// Stores an object that does not exist yet and has its name.
    pub(super) fn insert(
        &mut self,
        resource: &Arc<Resource>,
        namespace: &str,
        mut object: Json,
        writer: Writer<'_>,
        managed: Managed,
    ) -> Outcome<Arc<Json>> {
        let name = json::name(&object).to_owned();
        self.check_namespace(resource, namespace, &name)?;
        let key = Key::new(resource, namespace, &name);
        if self.store.get(&key).is_some() {
            return Err(Failure::already_exists(resource, &name));
        }
        json::remove(&mut object, "/metadata/resourceVersion");
        if resource.serves.status {
            json::remove(&mut object, "/status");
            if let Some(status) = defaults::initial_status(resource) {
                set(&mut object, "/status", status);
            }
        }
        let uid = self.names.uid();
        set(&mut object, "/metadata/uid", uid);
        set(&mut object, "/metadata/creationTimestamp", self.clock.stamp());
        if resource.generation {
            set(&mut object, "/metadata/generation", 1);
        }
        defaults::apply(resource, &mut object);
        self.prepare(resource, None, &mut object, writer.dry_run);
        let errors = validation::check(resource, &object);
        if !errors.is_empty() {
            return Err(Failure::invalid(resource, &name, &errors));
        }
        if managed == Managed::Track {
            object = self.track(None, &object, writer);
        }
        if writer.dry_run {
            return Ok(Arc::new(object));
        }
        Ok(self.commit(resource, key, object))
    }

    /// Replaces an object, or the part of it that the writer's subresource covers.
    pub(in super::super) fn update(
        &mut self,
        resource: &Arc<Resource>,
        namespace: &str,
        name: &str,
        mut object: Json,
        writer: Writer<'_>,
    ) -> Outcome<Arc<Json>> {
        identify(resource, namespace, &mut object)?;
        if json::name(&object) != name {
            let message = format!(
                "the name of the object ({}) does not match the name on the URL ({name})",
                json::name(&object)
            );
            return Err(Failure::bad_request(message));
        }
        let live = self.get(resource, namespace, name)?;
        self.replace(resource, &live, object, writer, Managed::Track)
    }

    /// Stores `object` in the place of `live`.
    pub(super) fn replace(
        &mut self,
        resource: &Arc<Resource>,
        live: &Arc<Json>,
        mut object: Json,
        writer: Writer<'_>,
        managed: Managed,
    ) -> Outcome<Arc<Json>> {
        let name = json::name(live).to_owned();
        check_revision(resource, live, &object)?;
        keep_system_fields(live, &mut object);
        keep_other_part(resource, live, &mut object, writer.subresource);
        defaults::apply(resource, &mut object);
        self.prepare(resource, Some(live), &mut object, writer.dry_run);
        if writer.subresource != "status" {
            let mut errors = validation::check(resource, &object);
            errors.extend(immutable::check(resource, live, &object));
            if !errors.is_empty() {
                return Err(Failure::invalid(resource, &name, &errors));
            }
        }
        if resource.generation && desired_state(live) != desired_state(&object) {
            let generation = json::number(live, "/metadata/generation").unwrap_or(0) + 1;
            set(&mut object, "/metadata/generation", generation);
        }
        if managed == Managed::Track {
            object = self.track_update(live, object, writer);
        }
        set(
            &mut object,
            "/metadata/resourceVersion",
            live["metadata"]["resourceVersion"].clone(),
        );
        if same_but_for_times(&object, live) {
            return Ok(Arc::clone(live));
        }
        if writer.dry_run {
            return Ok(Arc::new(object));
        }
        let key = Key::new(resource, json::namespace(live), &name);
        if json::is_terminating(&object) && !holds(&object) {
            self.store.put(key.clone(), object);
            return Ok(self.discard(resource, &key).unwrap_or_else(|| Arc::clone(live)));
        }
        Ok(self.commit(resource, key, object))
    }

    /// Writes to the store, and lets the API follow where the object changes what is served.
    pub(super) fn commit(&mut self, resource: &Resource, key: Key, object: Json) -> Arc<Json> {
        let stored = self.store.put(key, object);
        if resource.group == CRD_GROUP {
            self.refresh_custom_resources();
        }
        stored
    }

    /// Takes an object out of the store for good.
    pub(super) fn discard(&mut self, resource: &Resource, key: &Key) -> Option<Arc<Json>> {
        let last = self.store.remove(key)?;
        if resource.group == CRD_GROUP {
            self.refresh_custom_resources();
        }
        Some(last)
    }

    /// An object lives in a namespace that exists and stays.
    pub(super) fn check_namespace(&self, resource: &Resource, namespace: &str, name: &str) -> Outcome<()> {
        if !resource.namespaced {
            return Ok(());
        }
        let namespaces = self.kind("", "Namespace")?;
        match self.store.get(&Key::new(&namespaces, "", namespace)) {
            None => Err(Failure::not_found(&namespaces, namespace)),
            Some(found) if json::is_terminating(found) => {
                Err(Failure::terminating(resource, name, namespace))
            }
            Some(_) => Ok(()),
        }
    }

    fn track(&self, live: Option<&Json>, new: &Json, writer: Writer<'_>) -> Json {
        apply::update(&UpdateRequest {
            live,
            new,
            manager: writer.manager,
            subresource: writer.subresource,
            schema: &self.schema,
            time: &self.clock.stamp(),
        })
    }

    /// A write of nothing new leaves the managed fields alone. A client may also write them itself, as it does to
    /// fold the entries of an older client; then its entries are what the difference is added to.
    fn track_update(&self, live: &Json, mut object: Json, writer: Writer<'_>) -> Json {
        let own = json::remove(&mut object, "/metadata/managedFields").filter(|own| !is_empty(own));
        let base = own.unwrap_or_else(|| live["metadata"]["managedFields"].clone());
        let mut before = live.clone();
        json::remove(&mut before, "/metadata/managedFields");
        json::remove(&mut before, "/metadata/resourceVersion");
        let mut content = object.clone();
        json::remove(&mut content, "/metadata/resourceVersion");
        let with_base = |object: &mut Json| {
            if !base.is_null() && !is_reset(&base) {
                set(object, "/metadata/managedFields", base.clone());
            }
        };
        with_base(&mut object);
        if content == before {
            return object;
        }
        with_base(&mut before);
        self.track(Some(&before), &object, writer)
    }

    /// Gives a pod its node, as the subresource `binding` does.
    pub(in super::super) fn bind(&mut self, pod: &Arc<Json>, node: &str, conditions: &Json) {
        if let Ok(resource) = self.kind("", "Pod") {
            let mut object = Json::clone(pod);
            set(&mut object, "/spec/nodeName", node);
            set(&mut object, "/status/conditions", conditions.clone());
            let key = Key::new(&resource, json::namespace(pod), json::name(pod));
            self.commit(&resource, key, object);
        }
    }

    /// What is known of the kinds' shapes.
    pub(super) fn schema(&self) -> &apply::Schema {
        &self.schema
    }
}

fn is_empty(managed: &Json) -> bool {
    managed.as_array().is_none_or(Vec::is_empty)
}

/// `[{}]` is how a client asks to forget all managers.
fn is_reset(managed: &Json) -> bool {
    *managed == json!([{}])
}

/// Whether a write would change nothing but when the managers last wrote; the API server leaves it out then.
fn same_but_for_times(new: &Json, live: &Json) -> bool {
    let timeless = |object: &Json| {
        let mut managed = object["metadata"]["managedFields"].clone();
        for entry in managed.as_array_mut().into_iter().flatten() {
            json::remove(entry, "/time");
        }
        managed
    };
    if timeless(new) != timeless(live) {
        return false;
    }
    let mut new = new.clone();
    if let Some(managed) = live.pointer("/metadata/managedFields") {
        set(&mut new, "/metadata/managedFields", managed.clone());
    }
    new == *live
}

/// Whether something keeps an object from going away.
pub(super) fn holds(object: &Json) -> bool {
    !json::items(object, "/metadata/finalizers").is_empty()
        || (object["kind"] == "Namespace" && !json::items(object, "/spec/finalizers").is_empty())
        || (object["kind"] == "Pod"
            && json::number(object, "/metadata/deletionGracePeriodSeconds").is_some_and(|grace| grace > 0))
}

/// Everything that a person decides: the object without its metadata and its status.
fn desired_state(object: &Json) -> Json {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.remove("metadata");
        map.remove("status");
    }
    object
}

/// Kind, version and namespace of an object must be those of the URL; where it says nothing they are filled in.
pub(super) fn identify(resource: &Resource, namespace: &str, object: &mut Json) -> Outcome<()> {
    if !object.is_object() {
        return Err(Failure::bad_request(
            "the object provided is unrecognized: it is no map",
        ));
    }
    let (version, kind) = (json::text(object, "/apiVersion"), json::text(object, "/kind"));
    if !version.is_empty() && version != resource.api_version() {
        let message = format!(
            "the API version in the data ({version}) does not match the expected API version ({})",
            resource.api_version()
        );
        return Err(Failure::bad_request(message));
    }
    if !kind.is_empty() && kind != resource.kind {
        let message = format!(
            "{kind} in version \"{}\" cannot be handled as a {}: the kind in the data does not match the expected kind",
            resource.version, resource.kind
        );
        return Err(Failure::bad_request(message));
    }
    let own = json::namespace(object);
    if resource.namespaced && !own.is_empty() && own != namespace {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Failure::bad_request(message));
    }
    set(object, "/apiVersion", resource.api_version());
    set(object, "/kind", resource.kind.clone());
    if resource.namespaced {
        set(object, "/metadata/namespace", namespace);
    } else {
        json::remove(object, "/metadata/namespace");
    }
    Ok(())
}

/// An update that names a revision or a UID must name the current one.
fn check_revision(resource: &Resource, live: &Json, object: &Json) -> Outcome<()> {
    let (asked, have) = (
        json::text(object, "/metadata/resourceVersion"),
        &live["metadata"]["resourceVersion"],
    );
    if !asked.is_empty() && have != asked {
        return Err(Failure::modified(resource, json::name(live)));
    }
    let (asked, have) = (json::uid(object), json::uid(live));
    if !asked.is_empty() && asked != have {
        let words = format!("Precondition failed: UID in precondition: {asked}, UID in object meta: {have}");
        return Err(Failure::conflict(resource, json::name(live), &words));
    }
    Ok(())
}

/// What only the server writes stays as it is.
fn keep_system_fields(live: &Json, object: &mut Json) {
    for field in [
        "uid",
        "creationTimestamp",
        "generation",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generateName",
    ] {
        let pointer = format!("/metadata/{field}");
        match live.pointer(&pointer) {
            Some(value) => set(object, &pointer, value.clone()),
            None => {
                json::remove(object, &pointer);
            }
        }
    }
}

/// A write of the status leaves everything else alone, and every other write leaves the status alone.
fn keep_other_part(resource: &Resource, live: &Json, object: &mut Json, subresource: &str) {
    if subresource == "status" {
        let status = object.get("status").cloned();
        let managed = object.pointer("/metadata/managedFields").cloned();
        *object = live.clone();
        if let Some(status) = status {
            set(object, "/status", status);
        }
        if let Some(managed) = managed {
            set(object, "/metadata/managedFields", managed);
        }
    } else if resource.serves.status {
        match live.get("status") {
            Some(status) => set(object, "/status", status.clone()),
            None => {
                json::remove(object, "/status");
            }
        }
    }
}
