//! `metadata.managedFields`: which manager owns which fields.

use super::fields::{FieldPath, FieldSet, FieldsError};
use serde_json::{Map, Value as Json};
use std::fmt;

/// How many entries of updates an object keeps.
const MAX_UPDATES: usize = 10;
/// The manager that stands for those that are not kept.
const OLD_UPDATES: &str = "ancient-changes";

/// How a manager wrote its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// By server-side apply.
    Apply,
    /// By any other write.
    Update,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
        })
    }
}

/// What a manager owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedEntry {
    /// The manager's name: `helm`, `kubectl-edit`.
    pub manager: String,
    /// How it wrote.
    pub operation: Operation,
    /// The subresource that it wrote through; empty for the object itself.
    pub subresource: String,
    /// The version in which it wrote: `apps/v1`.
    pub api_version: String,
    /// When it last changed something, in RFC 3339.
    pub time: Option<String>,
    /// The fields.
    pub fields: FieldSet,
}

impl ManagedEntry {
    /// Whether both are the entry of the same manager. An applier is one manager in all versions.
    #[must_use]
    pub fn same_manager(&self, other: &Self) -> bool {
        self.manager == other.manager
            && self.operation == other.operation
            && self.subresource == other.subresource
            && (self.operation == Operation::Apply || self.api_version == other.api_version)
    }
}

/// Managed fields that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManagedError {
    /// An entry lacks what it must have.
    #[error("managedFields entry {index}: {message}")]
    Entry {
        /// Its position.
        index: usize,
        /// What is wrong.
        message: &'static str,
    },
    /// The fields of an entry cannot be read.
    #[error("managedFields entry {index}: {source}")]
    Fields {
        /// Its position.
        index: usize,
        /// Why.
        source: FieldsError,
    },
}

/// All managers of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManagedFields {
    /// One entry for each manager.
    pub entries: Vec<ManagedEntry>,
}

impl ManagedFields {
    /// Reads them from an object. An object without any has no entries.
    ///
    /// # Errors
    /// When an entry is malformed.
    pub fn of(object: &Json) -> Result<Self, ManagedError> {
        let Some(entries) = object.pointer("/metadata/managedFields").and_then(Json::as_array) else {
            return Ok(Self::default());
        };
        let mut managed = Self::default();
        for (index, entry) in entries.iter().enumerate() {
            let entry = read_entry(index, entry)?;
            // The server writes a manager twice now and then, and goes on with the later entry.
            match managed
                .entries
                .iter_mut()
                .find(|other| other.same_manager(&entry))
            {
                Some(other) => *other = entry,
                None => managed.entries.push(entry),
            }
        }
        Ok(managed)
    }

    /// Puts the fields of each entry into an object as their JSON text, which [`ManagedFields::of`] reads as well. As
    /// trees, very many maps of one key, they take more memory than all the rest of it. No server takes the text.
    pub fn pack(object: &mut Json) {
        let entries = object
            .pointer_mut("/metadata/managedFields")
            .and_then(Json::as_array_mut);
        for fields in entries
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.get_mut("fieldsV1"))
            .filter(|fields| fields.is_object())
        {
            *fields = Json::String(fields.to_string());
        }
    }

    /// Writes them into an object, in the API server's order; without entries the field is taken away.
    pub fn write_to(&self, object: &mut Json) {
        let Some(root) = object.as_object_mut() else {
            return;
        };
        if self.entries.is_empty() {
            if let Some(metadata) = root.get_mut("metadata").and_then(Json::as_object_mut) {
                metadata.remove("managedFields");
            }
            return;
        }
        let metadata = root.entry("metadata").or_insert_with(|| Json::Object(Map::new()));
        if let Some(metadata) = metadata.as_object_mut() {
            let mut entries: Vec<_> = self.entries.iter().collect();
            entries.sort_by_key(|entry| order_of(entry));
            metadata.insert(
                "managedFields".into(),
                entries.into_iter().map(write_entry).collect(),
            );
        }
    }

    /// Whether both say the same, whatever their times.
    #[must_use]
    pub fn same_but_for_times(&self, other: &Self) -> bool {
        self.entries.len() == other.entries.len()
            && self.entries.iter().all(|entry| {
                other.entries.iter().any(|other| {
                    entry.same_manager(other)
                        && entry.api_version == other.api_version
                        && entry.fields == other.fields
                })
            })
    }

    /// Keeps at most ten entries of updates: the oldest are put together, one for each version, as the API server
    /// does.
    pub(super) fn cap_updates(&mut self) {
        let mut updates: Vec<_> = self
            .entries
            .iter()
            .filter(|entry| entry.operation == Operation::Update)
            .cloned()
            .collect();
        if updates.len() <= MAX_UPDATES {
            return;
        }
        self.entries.retain(|entry| entry.operation == Operation::Apply);
        updates.sort_by(|a, b| (&a.time, &a.manager).cmp(&(&b.time, &b.manager)));
        while updates.len() > MAX_UPDATES {
            let Some((at, next)) = oldest_pair(&updates) else {
                break;
            };
            let younger = updates.remove(next);
            updates[at] = ManagedEntry {
                manager: OLD_UPDATES.to_owned(),
                subresource: String::new(),
                fields: updates[at].fields.union(&younger.fields),
                ..younger
            };
        }
        self.entries.append(&mut updates);
    }

    /// The entries that own the field at `path`.
    pub fn owners<'a>(&'a self, path: &'a FieldPath) -> impl Iterator<Item = &'a ManagedEntry> {
        self.entries
            .iter()
            .filter(|entry| entry.fields.contains(path.elements()))
    }
}

/// Appliers first, then by time, then by name, as the API server sorts them. RFC 3339 in UTC sorts as text.
fn order_of(entry: &ManagedEntry) -> (Operation, &str, &str, &str, &str) {
    (
        entry.operation,
        entry.time.as_deref().unwrap_or_default(),
        &entry.manager,
        &entry.api_version,
        &entry.subresource,
    )
}

/// The oldest entry and the next one of its version.
fn oldest_pair(updates: &[ManagedEntry]) -> Option<(usize, usize)> {
    updates.iter().enumerate().find_map(|(at, entry)| {
        let next = updates
            .iter()
            .skip(at + 1)
            .position(|next| next.api_version == entry.api_version)?;
        Some((at, at + 1 + next))
    })
}

fn read_entry(index: usize, entry: &Json) -> Result<ManagedEntry, ManagedError> {
    let wrong = |message| ManagedError::Entry { index, message };
    let text = |name: &str| {
        entry
            .get(name)
            .and_then(Json::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let operation = match text("operation").as_str() {
        "Apply" => Operation::Apply,
        "Update" => Operation::Update,
        _ => return Err(wrong("the operation must be Apply or Update")),
    };
    let api_version = text("apiVersion");
    if api_version.is_empty() {
        return Err(wrong("the apiVersion is missing"));
    }
    if text("fieldsType") != "FieldsV1" {
        return Err(wrong("the fieldsType must be FieldsV1"));
    }
    let fields = match entry.get("fieldsV1") {
        Some(fields) => {
            FieldSet::from_fields_v1(fields).map_err(|source| ManagedError::Fields { index, source })?
        }
        None => FieldSet::new(),
    };
    Ok(ManagedEntry {
        manager: text("manager"),
        operation,
        subresource: text("subresource"),
        api_version,
        time: entry.get("time").and_then(Json::as_str).map(ToOwned::to_owned),
        fields,
    })
}

fn write_entry(entry: &ManagedEntry) -> Json {
    let mut object = Map::new();
    let mut text = |name: &str, value: &str| {
        if !value.is_empty() {
            object.insert(name.into(), value.into());
        }
    };
    text("manager", &entry.manager);
    text("operation", &entry.operation.to_string());
    text("apiVersion", &entry.api_version);
    text("time", entry.time.as_deref().unwrap_or_default());
    text("fieldsType", "FieldsV1");
    text("subresource", &entry.subresource);
    object.insert("fieldsV1".into(), entry.fields.to_fields_v1());
    Json::Object(object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(manager: &str, operation: Operation, time: &str) -> ManagedEntry {
        ManagedEntry {
            manager: manager.into(),
            operation,
            subresource: String::new(),
            api_version: "v1".into(),
            time: Some(time.into()),
            fields: [FieldPath::of_fields(&["data"])].iter().collect(),
        }
    }

    #[test]
    fn entries_are_written_in_the_servers_order_and_read_back() {
        let managed = ManagedFields {
            entries: vec![
                entry("c", Operation::Update, "2026-01-01T00:00:00Z"),
                entry("b", Operation::Apply, "2026-01-02T00:00:00Z"),
                entry("a", Operation::Apply, "2026-01-03T00:00:00Z"),
            ],
        };
        let mut object = json!({"kind": "ConfigMap"});
        managed.write_to(&mut object);
        let read = ManagedFields::of(&object).unwrap();
        let names: Vec<_> = read.entries.iter().map(|entry| entry.manager.as_str()).collect();
        assert_eq!(names, ["b", "a", "c"]);
        assert_eq!(read.entries[2], managed.entries[0]);
    }

    #[test]
    fn without_entries_the_field_goes_away() {
        let mut object = json!({"metadata": {"name": "a", "managedFields": []}});
        ManagedFields::default().write_to(&mut object);
        assert_eq!(object, json!({"metadata": {"name": "a"}}));
    }

    #[test]
    fn an_entry_of_an_unknown_operation_is_refused() {
        let object = json!({"metadata": {"managedFields": [{"operation": "Guess", "apiVersion": "v1"}]}});
        assert!(ManagedFields::of(&object).is_err());
    }

    #[test]
    fn what_is_packed_says_the_same_and_nothing_else_changes() {
        let object = json!({
            "metadata": {"name": "a", "managedFields": [{
                "manager": "helm", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1",
                "fieldsV1": {"f:data": {"f:a": {}}},
            }]},
            "data": {"fieldsV1": {"f:a": {}}},
        });
        let mut packed = object.clone();
        ManagedFields::pack(&mut packed);
        assert!(packed["metadata"]["managedFields"][0]["fieldsV1"].is_string());
        assert_eq!(packed["data"], object["data"]);
        let managed = ManagedFields::of(&packed).unwrap();
        assert_eq!(managed, ManagedFields::of(&object).unwrap());
        managed.write_to(&mut packed);
        assert_eq!(packed, object);
    }
}
