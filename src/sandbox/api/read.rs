//! Getting and listing.

use super::super::failure::Failure;
use super::super::json;
use super::super::request::Query;
use super::super::resources::Resource;
use super::super::store::Key;
use super::{Api, Outcome};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};
use std::sync::Arc;

impl Api {
    /// An object.
    pub(in super::super) fn get(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Outcome<Arc<Json>> {
        self.store
            .get(&Key::new(resource, namespace, name))
            .cloned()
            .ok_or_else(|| Failure::not_found(resource, name))
    }

    /// A list, in pages where the query sets a limit. A page shows the objects of its own moment.
    pub(super) fn list(&self, resource: &Resource, namespace: &str, query: &Query) -> Outcome<Json> {
        let (labels, fields) = query.selectors()?;
        self.check_list_revision(query)?;
        let start = after(query.get("continue"))?;
        let limit = query.number("limit")?.unwrap_or(0);
        let qualified = resource.qualified();
        let mut rest = self
            .store
            .list(&qualified, namespace)
            .filter(|object| labels.matches(object) && fields.matches(object))
            .filter(|object| start.as_ref().is_none_or(|start| place(object) > *start))
            .peekable();
        let mut items: Vec<Arc<Json>> = Vec::new();
        while limit == 0 || (items.len() as u64) < limit {
            let Some(object) = rest.next() else { break };
            items.push(Arc::clone(object));
        }
        let mut metadata = json!({"resourceVersion": self.store.revision().to_string()});
        if let (Some(last), left @ 1..) = (items.last(), rest.count()) {
            let (namespace, name) = place(last);
            metadata["continue"] = URL_SAFE_NO_PAD.encode(format!("{namespace}/{name}")).into();
            metadata["remainingItemCount"] = left.into();
        }
        let items: Vec<Json> = items.iter().map(|object| in_version(resource, object)).collect();
        Ok(json!({
            "kind": format!("{}List", resource.kind),
            "apiVersion": resource.api_version(),
            "metadata": metadata,
            "items": items,
        }))
    }

    /// A list of an exact revision can only be answered for the newest one; older ones count as compacted.
    fn check_list_revision(&self, query: &Query) -> Outcome<()> {
        let newest = self.store.revision();
        match query.number("resourceVersion")? {
            Some(asked) if query.get("resourceVersionMatch") == "Exact" && asked < newest => {
                Err(Failure::expired(asked, newest))
            }
            Some(asked) if asked > newest => {
                let message = format!("Too large resource version: {asked}, current: {newest}");
                Err(Failure::new(504, "Timeout", message))
            }
            _ => Ok(()),
        }
    }
}

/// An object as the version of the resource shows it. All versions of a resource share their objects.
pub(super) fn in_version(resource: &Resource, object: &Json) -> Json {
    let mut object = object.clone();
    if resource.custom {
        json::set(&mut object, "/apiVersion", resource.api_version());
    }
    object
}

fn place(object: &Json) -> (String, String) {
    (json::namespace(object).to_owned(), json::name(object).to_owned())
}

/// Reads the token of a page.
fn after(token: &str) -> Outcome<Option<(String, String)>> {
    if token.is_empty() {
        return Ok(None);
    }
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| {
            text.split_once('/')
                .map(|(namespace, name)| (namespace.to_owned(), name.to_owned()))
        })
        .map(Some)
        .ok_or_else(|| Failure::bad_request("continue key is not valid"))
}
