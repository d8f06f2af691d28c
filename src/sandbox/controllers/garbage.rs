//! The garbage collector: what nobody owns any more goes, and what is deleted in the foreground waits for its dependents.

use super::super::api::Propagation;
use super::super::json;
use super::super::resources::Resource;
use super::Pass;
use serde_json::Value as Json;
use std::collections::HashSet;
use std::sync::Arc;

pub(super) fn run(pass: &mut Pass<'_>) {
    let kinds: Vec<Arc<Resource>> = pass.api.registry.all().cloned().collect();
    let mut seen = HashSet::new();
    let objects: Vec<(Arc<Resource>, Arc<Json>)> = kinds
        .iter()
        .filter(|resource| seen.insert(resource.qualified()))
        .flat_map(|resource| {
            pass.api
                .objects(&resource.group, &resource.kind, "")
                .into_iter()
                .map(|object| (Arc::clone(resource), object))
        })
        .collect();
    let uids: HashSet<&str> = objects.iter().map(|(_, object)| json::uid(object)).collect();
    for (resource, object) in &objects {
        if is_garbage(object, &uids) && !json::is_terminating(object) {
            pass.api
                .delete_live(resource, object, Propagation::Background, None);
        }
        if is_foreground(object) {
            collect_foreground(pass, &objects, resource, object);
        }
    }
}

/// Whether the object has owners and none of them is left.
fn is_garbage(object: &Json, uids: &HashSet<&str>) -> bool {
    let owners = json::items(object, "/metadata/ownerReferences");
    !owners.is_empty()
        && owners
            .iter()
            .all(|owner| !uids.contains(json::text(owner, "/uid")))
}

fn is_foreground(object: &Json) -> bool {
    json::is_terminating(object)
        && json::items(object, "/metadata/finalizers")
            .iter()
            .any(|f| f == "foregroundDeletion")
}

fn collect_foreground(
    pass: &mut Pass<'_>,
    objects: &[(Arc<Resource>, Arc<Json>)],
    resource: &Arc<Resource>,
    owner: &Arc<Json>,
) {
    let mut blocked = false;
    for (kind, object) in objects {
        let depends = json::items(object, "/metadata/ownerReferences")
            .iter()
            .any(|reference| reference["uid"] == json::uid(owner));
        if depends {
            blocked = true;
            if !json::is_terminating(object) {
                pass.api.delete_live(kind, object, Propagation::Foreground, None);
            }
        }
    }
    if !blocked {
        pass.api
            .finalize(resource, owner, "/metadata/finalizers", "foregroundDeletion");
    }
}
