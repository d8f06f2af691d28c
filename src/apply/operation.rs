//! The two ways in which an object is written: an apply, which merges, and every other write, which is tracked.

use super::error::{ApplyError, Conflict};
use super::fields::{FieldPath, FieldSet};
use super::managed::{ManagedEntry, ManagedFields, Operation};
use super::prune::prune;
use super::schema::{Schema, Type};
use super::typed::{Comparison, compare, drop_absent, equal, field_set, merge, tidy, validate};
use serde_json::{Map, Value as Json, json};

/// The manager that is said to own what was there before the first apply.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";

/// A server-side apply: `PATCH` with `application/apply-patch+yaml`.
#[derive(Debug, Clone, Copy)]
pub struct ApplyRequest<'a> {
    /// The object as the cluster has it, with its managed fields; `None` where it does not exist yet.
    pub live: Option<&'a Json>,
    /// The configuration that is applied: what the manager has an opinion about.
    pub config: &'a Json,
    /// The field manager.
    pub manager: &'a str,
    /// Whether fields of other managers are taken over.
    pub force: bool,
    /// The subresource that is written through; empty for the object itself.
    pub subresource: &'a str,
    /// What is known of the kind.
    pub schema: &'a Schema,
    /// The time of the write in RFC 3339, UTC, whole seconds: `2026-11-23T08:00:00Z`.
    pub time: &'a str,
}

/// What an apply results in.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The object, with its managed fields, before defaulting.
    pub object: Json,
    /// Whether it differs from the live one, be it only in who owns what. `false` means: nothing is written.
    pub changed: bool,
}

/// Any write that is not an apply: `POST`, `PUT`, and `PATCH` of the other kinds.
#[derive(Debug, Clone, Copy)]
pub struct UpdateRequest<'a> {
    /// The object as the cluster has it; `None` for one that is created.
    pub live: Option<&'a Json>,
    /// The object as it is to be stored, after patching and defaulting. Managed fields in it replace the live ones,
    /// as a client may wish; without any, the live ones go on.
    pub new: &'a Json,
    /// The field manager.
    pub manager: &'a str,
    /// The subresource that is written through; empty for the object itself.
    pub subresource: &'a str,
    /// What is known of the kind.
    pub schema: &'a Schema,
    /// The time of the write, as in [`ApplyRequest::time`].
    pub time: &'a str,
}

/// Applies `request.config`: merges it into the live object and records who owns what.
///
/// # Errors
/// When other managers own fields that it would change and it is not forced, and when the configuration does not fit.
pub fn apply(request: &ApplyRequest<'_>) -> Result<Applied, ApplyError> {
    let merged = merged(request, read_managers)?;
    Ok(finish(merged.ty, request.live, merged.object, &merged.managed))
}

/// The object that [`apply`] results in, without who owns what: for one who has read the managers of the live object
/// already, as `managed`.
///
/// # Errors
/// As [`apply`].
pub fn foresee(request: &ApplyRequest<'_>, managed: &ManagedFields) -> Result<Json, ApplyError> {
    let Merged { ty, object, managed } = merged(request, |_| Ok(managed.clone()))?;
    Ok(match request.live {
        Some(live) if is_same(ty, &object, &managed, live) => live.clone(),
        _ => object,
    })
}

/// A live object with a configuration merged into it.
struct Merged<'s> {
    ty: Type<'s>,
    object: Json,
    managed: ManagedFields,
}

/// Merges the configuration; `managers` reads those of the live object.
fn merged<'a>(
    request: &ApplyRequest<'a>,
    managers: impl FnOnce(&Json) -> Result<ManagedFields, ApplyError>,
) -> Result<Merged<'a>, ApplyError> {
    let config = checked_config(request)?;
    let ty = request.schema.of(&config);
    validate(ty, &config)?;
    let ignored = ignored_fields(ty, request.subresource);
    let entry = ManagedEntry {
        manager: request.manager.to_owned(),
        operation: Operation::Apply,
        subresource: request.subresource.to_owned(),
        api_version: config["apiVersion"].as_str().unwrap_or_default().to_owned(),
        time: None,
        fields: field_set(ty, &config).recursive_difference(&ignored),
    };
    let (base, mut managed) = starting_point(request, ty, managers)?;
    let merged = merge(ty, &base, &without_fields(config, &ignored));
    let last = replace_entry(&mut managed, entry.clone());
    let result = match &last {
        Some(last) => prune(ty, merged, &managed, &last.fields),
        None => merged,
    };

    let comparison = compare(ty, &base, &result).without(&ignored);
    let conflicts = take_over(&mut managed, &comparison, &entry);
    if !request.force && !conflicts.is_empty() {
        return Err(ApplyError::Conflicts(conflicts));
    }
    let written = !equal(&base, &result);
    for own in managed.entries.iter_mut().filter(|own| own.same_manager(&entry)) {
        own.fields = own.fields.difference(&never_owned());
        own.time = if written {
            Some(request.time.to_owned())
        } else {
            last.as_ref().and_then(|last| last.time.clone())
        };
    }
    managed.entries.retain(|entry| !entry.fields.is_empty());
    let mut object = result;
    tidy(ty, &mut object);
    Ok(Merged { ty, object, managed })
}

fn read_managers(live: &Json) -> Result<ManagedFields, ApplyError> {
    ManagedFields::of(live)
        .map_err(|error| ApplyError::BadRequest(format!("failed to decode managed fields: {error}")))
}

/// Records who owns what after a write that is no apply, and returns the object with its managed fields.
///
/// An object whose managers have never been recorded stays so, and unreadable managed fields are dropped, as the API
/// server does.
#[must_use]
pub fn update(request: &UpdateRequest<'_>) -> Json {
    let ty = request.schema.of(request.new);
    let managed = managers_of_update(request);
    let mut new = request.new.clone();
    ManagedFields::default().write_to(&mut new);
    if managed.entries.is_empty() && request.live.is_some() {
        return new;
    }
    let base = request.live.map_or_else(|| ty.zero(), without_managed_fields);
    let managed = track_update(managed, ty, &base, request);
    tidy(ty, &mut new);
    finish(ty, request.live, new, &managed).object
}

/// The configuration, once it is clear that it can be applied to this object.
fn checked_config(request: &ApplyRequest<'_>) -> Result<Json, ApplyError> {
    let bad = |message: String| Err(ApplyError::BadRequest(message));
    if request.manager.is_empty() {
        return bad("fieldManager is required for apply patch".into());
    }
    if request
        .config
        .pointer("/metadata/managedFields")
        .is_some_and(|fields| !fields.is_null())
    {
        return bad("metadata.managedFields must be nil".into());
    }
    for field in ["apiVersion", "kind"] {
        if request.config[field].as_str().is_none_or(str::is_empty) {
            return bad(format!("the applied configuration has no {field}"));
        }
    }
    if let Some(live) = request.live {
        for pointer in ["/kind", "/metadata/name"] {
            let (was, is) = (live.pointer(pointer), request.config.pointer(pointer));
            if is.is_some() && was != is {
                return bad(format!(
                    "the applied configuration is of another object: {pointer} differs"
                ));
            }
        }
    }
    Ok(request.config.clone())
}

/// The object that is merged into, and its managers.
fn starting_point(
    request: &ApplyRequest<'_>,
    ty: Type<'_>,
    managers: impl FnOnce(&Json) -> Result<ManagedFields, ApplyError>,
) -> Result<(Json, ManagedFields), ApplyError> {
    let Some(live) = request.live else {
        return Ok((Json::Object(Map::new()), ManagedFields::default()));
    };
    let managed = managers(live)?;
    let base = without_managed_fields(live);
    if !managed.entries.is_empty() {
        return Ok((base, managed));
    }
    let first = UpdateRequest {
        live: None,
        new: &base,
        manager: BEFORE_FIRST_APPLY,
        subresource: request.subresource,
        schema: request.schema,
        time: request.time,
    };
    let managed = track_update(managed, ty, &ty.zero(), &first);
    Ok((base, managed))
}

/// The managers that an update starts from: a client may set them in the object itself.
fn managers_of_update(request: &UpdateRequest<'_>) -> ManagedFields {
    let live = || {
        request
            .live
            .and_then(|live| ManagedFields::of(live).ok())
            .unwrap_or_default()
    };
    if !request.subresource.is_empty() {
        return live();
    }
    let given = request
        .new
        .pointer("/metadata/managedFields")
        .and_then(Json::as_array);
    let reset = given.is_some_and(|entries| {
        entries.is_empty() || matches!(entries.as_slice(), [Json::Object(only)] if only.is_empty())
    });
    if reset {
        return ManagedFields::default();
    }
    ManagedFields::of(request.new)
        .ok()
        .filter(|managed| !managed.entries.is_empty())
        .unwrap_or_else(live)
}

/// What the update from `base` to `request.new` makes of the managers.
fn track_update(
    managed: ManagedFields,
    ty: Type<'_>,
    base: &Json,
    request: &UpdateRequest<'_>,
) -> ManagedFields {
    let mut managed = managed;
    let ignored = ignored_fields(ty, request.subresource);
    let new = without_managed_fields(request.new);
    let replicas = FieldPath::of_fields(&["spec", "replicas"]);
    if request.subresource == "scale" && managed.owners(&replicas).next().is_none() {
        // A scale whose replicas belong to nobody is an object without managers, and stays one.
        return managed;
    }
    let comparison = if request.subresource == "scale" {
        compare(ty, &as_scale(base), &as_scale(&new))
    } else {
        compare(ty, base, &new).without(&ignored)
    };
    let mut entry = ManagedEntry {
        manager: if request.manager.is_empty() {
            "unknown"
        } else {
            request.manager
        }
        .to_owned(),
        operation: Operation::Update,
        subresource: request.subresource.to_owned(),
        api_version: request.new["apiVersion"].as_str().unwrap_or_default().to_owned(),
        time: Some(request.time.to_owned()),
        fields: comparison.written().difference(&never_owned()),
    };
    for other in &mut managed.entries {
        other.fields = other
            .fields
            .difference(&comparison.written())
            .difference(&comparison.removed);
    }
    managed.entries.retain(|entry| !entry.fields.is_empty());
    if entry.fields.is_empty() {
        return managed;
    }
    let same = managed
        .entries
        .iter()
        .position(|other| other.same_manager(&entry));
    let last = same.map(|at| managed.entries.swap_remove(at));
    if request.subresource == "scale" {
        // The server hands the managers of a scale over without a time of their own.
        entry.time = last.as_ref().and_then(|last| last.time.clone());
    }
    if let Some(last) = last {
        entry.fields = entry.fields.union(&last.fields);
    }
    managed.entries.push(entry);
    managed.cap_updates();
    managed
}

/// What the subresource `scale` shows of an object. It shows no replicas where there are none, so that nobody comes to
/// own a zero.
fn as_scale(object: &Json) -> Json {
    match object.pointer("/spec/replicas") {
        Some(replicas) if replicas.as_i64() != Some(0) => json!({"spec": {"replicas": replicas}}),
        _ => json!({"spec": {}}),
    }
}

/// Puts `entry` in the place of the entry of the same manager and returns that one.
fn replace_entry(managed: &mut ManagedFields, entry: ManagedEntry) -> Option<ManagedEntry> {
    let at = managed
        .entries
        .iter()
        .position(|other| other.same_manager(&entry));
    let last = at.map(|at| managed.entries.swap_remove(at));
    managed.entries.push(entry);
    last
}

/// Takes the fields that are written from every other manager, and those that are gone from all. Returns what was
/// taken from others.
fn take_over(managed: &mut ManagedFields, comparison: &Comparison, own: &ManagedEntry) -> Vec<Conflict> {
    let written = comparison.written();
    let mut conflicts = Vec::new();
    for other in managed
        .entries
        .iter_mut()
        .filter(|other| !other.same_manager(own))
    {
        let taken = other.fields.intersection(&written);
        conflicts.extend(taken.paths().into_iter().map(|path| conflict(other, path)));
        other.fields = other.fields.difference(&taken).difference(&comparison.removed);
    }
    conflicts.sort_by_cached_key(|conflict| (conflict.manager_words(), conflict.path.clone()));
    conflicts
}

fn conflict(other: &ManagedEntry, path: FieldPath) -> Conflict {
    Conflict {
        manager: other.manager.clone(),
        operation: other.operation,
        subresource: other.subresource.clone(),
        api_version: other.api_version.clone(),
        time: other.time.clone(),
        path,
    }
}

/// Writes the managed fields, and gives back the live object where nothing but times would differ.
fn finish(ty: Type<'_>, live: Option<&Json>, mut object: Json, managed: &ManagedFields) -> Applied {
    if let Some(live) = live.filter(|live| is_same(ty, &object, managed, live)) {
        return Applied {
            object: live.clone(),
            changed: false,
        };
    }
    managed.write_to(&mut object);
    Applied {
        object,
        changed: true,
    }
}

/// Whether an object is as the live one, and owned alike. Who owned what is read last: it is most of an object, and where
/// a value changes it does not matter.
fn is_same(ty: Type<'_>, object: &Json, managed: &ManagedFields, live: &Json) -> bool {
    reads_same(ty, object, live) && managed.same_but_for_times(&ManagedFields::of(live).unwrap_or_default())
}

/// Whether both objects are the same once the server has read them, whoever owns them.
fn reads_same(ty: Type<'_>, a: &Json, b: &Json) -> bool {
    let read = |object: &Json| {
        let mut object = without_managed_fields(object);
        drop_absent(ty, &mut object);
        object
    };
    equal(&read(a), &read(b))
}

fn without_managed_fields(object: &Json) -> Json {
    let mut object = object.clone();
    ManagedFields::default().write_to(&mut object);
    object
}

/// The configuration without what this way of writing cannot change.
fn without_fields(config: Json, ignored: &FieldSet) -> Json {
    let mut config = config;
    if let Some(map) = config.as_object_mut() {
        map.retain(|name, _| !ignored.has(&super::fields::PathElement::field(name)));
    }
    config
}

/// What a write through `subresource` leaves as it is: a write of the object itself does not reach its status, and
/// one of the status nothing else.
fn ignored_fields(ty: Type<'_>, subresource: &str) -> FieldSet {
    let ignored = match subresource {
        "" if ty.field("status").is_some() => "status",
        "status" => "spec",
        _ => return FieldSet::new(),
    };
    [FieldPath::of_fields(&[ignored])].iter().collect()
}

/// What no manager ever owns.
fn never_owned() -> FieldSet {
    const METADATA: [&str; 9] = [
        "name",
        "namespace",
        "creationTimestamp",
        "selfLink",
        "uid",
        "clusterName",
        "generation",
        "managedFields",
        "resourceVersion",
    ];
    let top = ["apiVersion", "kind", "metadata"].map(|name| FieldPath::of_fields(&[name]));
    let metadata = METADATA.map(|name| FieldPath::of_fields(&["metadata", name]));
    top.iter().chain(&metadata).collect()
}
