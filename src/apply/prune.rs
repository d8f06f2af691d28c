//! Taking away what a manager no longer applies, where nobody else owns it.

use super::fields::FieldSet;
use super::managed::ManagedFields;
use super::schema::Type;
use super::typed::{field_set, remove, with_named_fields};
use serde_json::{Map, Value as Json};

/// `merged` without the fields of `last`, the set that the manager applied before, unless a manager of `managed`
/// (which already holds its new set) owns them.
pub(super) fn prune(ty: Type<'_>, merged: Json, managed: &ManagedFields, last: &FieldSet) -> Json {
    let mut owned = FieldSet::new();
    for entry in &managed.entries {
        owned = owned.union(&entry.fields);
    }
    if last.is_subset(&owned) {
        return merged;
    }
    let named = |set: &FieldSet| with_named_fields(Some(ty), set);
    let removed = |gone: &FieldSet| remove(ty, &merged, gone).unwrap_or_else(|| Json::Object(Map::new()));

    let last = named(last);
    let present = named(&field_set(ty, &merged));
    // First everything that was applied goes, with all that lies below it; then what has an owner comes back.
    let left = named(&field_set(ty, &removed(&last)));
    let left = removed(&present.difference(&left.union(&named(&owned))));
    // What nobody owns comes back as well, unless it was this manager's: it may be the server's default.
    let left = named(&field_set(ty, &left));
    removed(&present.difference(&left).intersection(&last))
}
