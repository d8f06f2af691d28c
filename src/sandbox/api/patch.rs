//! Patching: server-side apply, merge patches and JSON patches. Strategic merge patches are not served.

use super::super::failure::{Failure, FieldError};
use super::super::json;
use super::super::resources::Resource;
use super::super::store::Key;
use super::write::{Managed, Writer, identify};
use super::{Api, Outcome};
use crate::apply::{self, ApplyRequest};
use serde_json::Value as Json;
use std::sync::Arc;

/// A kind of patch, by its media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PatchKind {
    Apply,
    Merge,
    Json,
}

impl PatchKind {
    /// The kind of a media type.
    pub(super) fn of(content_type: &str) -> Outcome<Self> {
        match content_type {
            "application/apply-patch+yaml" => Ok(Self::Apply),
            "application/merge-patch+json" => Ok(Self::Merge),
            "application/json-patch+json" => Ok(Self::Json),
            _ => Err(Failure::unsupported_media_type(&[
                "application/json-patch+json",
                "application/merge-patch+json",
                "application/apply-patch+yaml",
            ])),
        }
    }
}

/// Reads a body as JSON, or, for an apply, as YAML.
pub(super) fn read_body(body: &[u8], yaml: bool) -> Outcome<Json> {
    match serde_json::from_slice(body) {
        Ok(value) => Ok(value),
        Err(error) if !yaml => Err(Failure::bad_request(format!("error decoding the body: {error}"))),
        Err(_) => std::str::from_utf8(body)
            .map_err(|error| error.to_string())
            .and_then(|text| serde_yaml::from_str(text).map_err(|error| error.to_string()))
            .map_err(|error| Failure::bad_request(format!("error decoding YAML: {error}"))),
    }
}

impl Api {
    /// Patches an object; answers with the status code 201 where an apply created it.
    pub(super) fn patch(
        &mut self,
        resource: &Arc<Resource>,
        namespace: &str,
        name: &str,
        kind: PatchKind,
        patch: &Json,
        writer: Writer<'_>,
    ) -> Outcome<(u16, Arc<Json>)> {
        if kind == PatchKind::Apply {
            return self.apply(resource, namespace, name, patch.clone(), writer);
        }
        let live = self.get(resource, namespace, name)?;
        let mut object = patched(&live, kind, patch)?;
        identify(resource, namespace, &mut object)?;
        if json::name(&object) != name {
            let message = format!(
                "the name of the object ({}) does not match the name on the URL ({name})",
                json::name(&object)
            );
            return Err(Failure::bad_request(message));
        }
        let stored = self.replace(resource, &live, object, writer, Managed::Track)?;
        Ok((200, stored))
    }

    /// Applies a configuration; answers with the status code 201 where it created the object.
    pub(in super::super) fn apply(
        &mut self,
        resource: &Arc<Resource>,
        namespace: &str,
        name: &str,
        mut config: Json,
        writer: Writer<'_>,
    ) -> Outcome<(u16, Arc<Json>)> {
        if writer.manager.is_empty() {
            let missing = FieldError::required("fieldManager", "is required for apply patch");
            let message = format!(
                "PatchOptions.meta.k8s.io \"\" is invalid: {}: {}",
                missing.field, missing.message
            );
            return Err(Failure::new(422, "Invalid", message));
        }
        identify(resource, namespace, &mut config)?;
        if json::name(&config).is_empty() {
            json::set(&mut config, "/metadata/name", name);
        } else if json::name(&config) != name {
            return Err(Failure::bad_request("name must match the one on the URL"));
        }
        let live = self.store.get(&Key::new(resource, namespace, name)).cloned();
        if live.is_none() && !writer.subresource.is_empty() {
            return Err(Failure::not_found(resource, name));
        }
        let applied = apply::apply(&ApplyRequest {
            live: live.as_deref(),
            config: &config,
            manager: writer.manager,
            force: writer.force,
            subresource: writer.subresource,
            schema: self.schema(),
            time: &self.clock.stamp(),
        })
        .map_err(|error| Failure::from_apply(&error, resource, namespace, name))?;
        match live {
            Some(live) if !applied.changed => Ok((200, live)),
            Some(live) => Ok((
                200,
                self.replace(resource, &live, applied.object, writer, Managed::ByApply)?,
            )),
            None => Ok((
                201,
                self.insert(resource, namespace, applied.object, writer, Managed::ByApply)?,
            )),
        }
    }
}

/// The object after a merge patch or a JSON patch.
pub(super) fn patched(live: &Json, kind: PatchKind, patch: &Json) -> Outcome<Json> {
    let mut object = live.clone();
    if kind == PatchKind::Merge {
        json_patch::merge(&mut object, patch);
        return Ok(object);
    }
    let operations: json_patch::Patch = serde_json::from_value(patch.clone())
        .map_err(|error| Failure::bad_request(format!("error decoding patch: {error}")))?;
    json_patch::patch(&mut object, &operations).map_err(|error| {
        let message = format!("the server rejected our request due to an error in our request: {error}");
        Failure::new(422, "Invalid", message)
    })?;
    Ok(object)
}
