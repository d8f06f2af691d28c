//! Values: how a chart's defaults, those of its parents and what the user chose become one document.
//!
//! As Helm's `chartutil` does it, with its order, its rules for null and its warnings. Reading files is not done here.

mod coalesce;
mod dependencies;
mod import;
mod path;
mod table;

pub(super) use coalesce::coalesce_table;
pub use coalesce::{coalesce, merge_defaults};
pub use dependencies::process_dependencies;
pub(super) use dependencies::{Declared, Selected, Selection};
pub use path::{PathError, get_path, parse_path, remove_path, set_path};
pub(super) use table::{Node, Table};

use serde_json::{Map, Value as Json};
use thiserror::Error;

/// Why values cannot be used with a chart, in Helm's words.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ValuesError {
    /// The values for a subchart are no map.
    #[error("type mismatch on {chart}: {found}")]
    Subchart {
        /// The name of the subchart.
        chart: String,
        /// What stands there instead, as Go prints it.
        found: String,
    },
}

/// The values a chart can be rendered with, and what Helm would warn of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Coalesced {
    /// The values, an object.
    pub values: Json,
    /// One sentence each, in Helm's words.
    pub warnings: Vec<String>,
}

/// Lays values over others, as Helm does with the files of `-f`: maps are merged, everything else is replaced.
///
/// Null stays: it deletes the chart's default when the values are coalesced.
pub fn merge(base: &mut Map<String, Json>, over: Map<String, Json>) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Json::Object(base)), Json::Object(over)) => merge(base, over),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
