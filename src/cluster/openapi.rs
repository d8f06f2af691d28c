//! The shape of kinds, from the API server's own OpenAPI v3 documents.

use super::{Cluster, ClusterError};
use crate::apply::Schema;
use futures::{StreamExt, TryStreamExt};
use http::Method;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;
use std::fmt;

/// How many documents are fetched at once: each is a megabyte or two of text, of which little is kept.
const AT_ONCE: usize = 4;

/// The schema of every kind in these groups and versions (`apps/v1`). A server without OpenAPI v3, or without one of the
/// documents, leaves those to the built-in table.
pub async fn schema(
    cluster: &Cluster,
    api_versions: impl IntoIterator<Item = String>,
) -> Result<Schema, ClusterError> {
    let root = match cluster
        .send(Method::GET, "/openapi/v3", None, "read the server's schemas")
        .await
    {
        Err(error) if error.is_not_found() => return Ok(Schema::builtin()),
        root => root?,
    };
    let wanted: BTreeSet<String> = api_versions.into_iter().collect();
    // Collected, because a borrowing iterator would keep the future from moving to another thread.
    let urls: Vec<String> = wanted
        .iter()
        .filter_map(|api_version| url(&root, api_version))
        .map(str::to_owned)
        .collect();
    let mut documents = futures::stream::iter(urls)
        .map(|url| async move { cluster.text(&url, "read a schema of the server").await })
        .buffer_unordered(AT_ONCE);
    let mut definitions = Map::new();
    while let Some(text) = documents.try_next().await? {
        add_definitions(&mut definitions, &text).map_err(|error| unreadable(&error))?;
    }
    if definitions.is_empty() {
        return Ok(Schema::builtin());
    }
    let document = json!({"components": {"schemas": definitions}});
    Schema::from_openapi([&document]).map_err(|error| unreadable(&error))
}

fn unreadable(error: &dyn fmt::Display) -> ClusterError {
    ClusterError::Unreadable {
        what: "the server's schema".to_owned(),
        reason: error.to_string(),
    }
}

/// Where the document of a group and version lies, as the root document says.
fn url<'a>(root: &'a Json, api_version: &str) -> Option<&'a str> {
    let prefix = if api_version.contains('/') { "apis" } else { "api" };
    root["paths"][format!("{prefix}/{api_version}")]["serverRelativeURL"].as_str()
}

/// Adds the definitions of a document that are not there yet: documents repeat what they refer to. Its paths, which are
/// most of it, never come into memory, and no description stays there.
fn add_definitions(definitions: &mut Map<String, Json>, document: &str) -> serde_json::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_str(document);
    let within = Within {
        path: &["components", "schemas"],
        definitions,
    };
    within.deserialize(&mut deserializer)?;
    deserializer.end()
}

/// A place in a document, so many keys above the definitions.
struct Within<'m> {
    path: &'static [&'static str],
    definitions: &'m mut Map<String, Json>,
}

impl<'de> DeserializeSeed<'de> for Within<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Within<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an OpenAPI document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<String>()? {
            match self.path {
                [next, path @ ..] if *next == name => {
                    let definitions = &mut *self.definitions;
                    fields.next_value_seed(Within { path, definitions })?;
                }
                [] if !self.definitions.contains_key(&name) => {
                    let mut definition = fields.next_value()?;
                    remove_descriptions(&mut definition);
                    self.definitions.insert(name, definition);
                }
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Removes what a definition says to people. A field may be called so too, and is no text.
fn remove_descriptions(definition: &mut Json) {
    match definition {
        Json::Object(fields) => {
            fields.retain(|name, value| name != "description" || !value.is_string());
            // A default is data, whatever its keys are called.
            let schemas = fields.iter_mut().filter(|(name, _)| *name != "default");
            schemas.for_each(|(_, value)| remove_descriptions(value));
        }
        Json::Array(items) => items.iter_mut().for_each(remove_descriptions),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn of_documents_the_definitions_stay_the_first_of_each_name() {
        let mut definitions = Map::new();
        let first = json!({"paths": {"/a": {"description": "long"}}, "components": {"schemas": {
            "a": {"description": "words", "properties": {"description": {"type": "string", "description": "more"}}},
        }}});
        let second = json!({"components": {"other": [], "schemas": {"a": {"type": "string"}, "b": {}}}});
        add_definitions(&mut definitions, &first.to_string()).unwrap();
        add_definitions(&mut definitions, &second.to_string()).unwrap();
        let expected = json!({"a": {"properties": {"description": {"type": "string"}}}, "b": {}});
        assert_eq!(Json::Object(definitions), expected);
    }
}
