//! What subcharts give to their parents: `import-values`.

use super::ValuesError;
use super::coalesce::{self, Nulls, lay_under};
use super::table::{Node, Table};
use crate::chart::model::Chart;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Lifts the values that the parents in a chart import from their subcharts, from the deepest up. Answers what Helm
/// would warn of.
pub(super) fn import_values(chart: &mut Chart) -> Result<Vec<String>, ValuesError> {
    let mut importer = Importer::default();
    importer.import(chart)?;
    Ok(importer.warnings)
}

#[derive(Default)]
struct Importer {
    warnings: Vec<String>,
}

impl Importer {
    fn import(&mut self, chart: &mut Chart) -> Result<(), ValuesError> {
        for subchart in &mut chart.dependencies {
            self.import(subchart)?;
        }
        if chart.metadata.dependencies.is_empty() {
            return Ok(());
        }
        let wanted: Vec<Vec<(String, String)>> = chart
            .metadata
            .dependencies
            .iter()
            .map(|dependency| {
                dependency
                    .import_values
                    .iter()
                    .filter_map(child_and_parent)
                    .collect()
            })
            .collect();
        let values = Table::default();
        lay_under(&values, chart, Nulls::Keep)?;
        let imported = Table::default();
        for (dependency, imports) in chart.metadata.dependencies.iter().zip(&wanted) {
            for (child, parent) in imports {
                match table_at(&values, &dependency.name, child) {
                    Ok(table) => {
                        let lifted = lift(parent, table.deep_copy());
                        self.warnings
                            .extend(coalesce::tables(&imported, &lifted, Nulls::Keep));
                    }
                    Err(missing) => self.warnings.push(format!(
                        "Warning: ImportValues missing table from chart {}: \"{missing}\" is not a table",
                        dependency.name
                    )),
                }
            }
        }
        let values = if imported.borrow().is_empty() {
            values.to_json()
        } else {
            // What the parent says itself wins over what it imports.
            let own = values.deep_copy();
            self.warnings
                .extend(coalesce::tables(&own, &imported, Nulls::Keep));
            own.to_json()
        };
        chart.values = Arc::new(values);
        for (dependency, imports) in chart.metadata.dependencies.iter_mut().zip(&wanted) {
            let recorded = imports.iter();
            dependency.import_values = recorded
                .map(|(child, parent)| json!({"child": child, "parent": parent}))
                .collect();
        }
        Ok(())
    }
}

/// Where an entry of `import-values` takes a table and where it puts it.
fn child_and_parent(import: &Json) -> Option<(String, String)> {
    match import {
        Json::String(name) => Some((format!("exports.{name}"), ".".to_owned())),
        Json::Object(map) => {
            let text = |key: &str| match map.get(key) {
                Some(Json::String(text)) => text.clone(),
                None | Some(Json::Null) => "<nil>".to_owned(),
                Some(other) => other.to_string(),
            };
            Some((text("child"), text("parent")))
        }
        _ => None,
    }
}

/// A table under the keys of a path; `.` is the root.
fn lift<'a>(path: &'a str, table: Table<'a>) -> Table<'a> {
    if path == "." {
        return table;
    }
    path.split('.')
        .rev()
        .fold(table, |inner, key| Table::from_iter([(key, Node::Table(inner))]))
}

/// The table at a path below a subchart's values, or the key at which there is none.
fn table_at<'a, 'p>(values: &Table<'a>, subchart: &'p str, path: &'p str) -> Result<Table<'a>, &'p str> {
    let mut keys = subchart.split('.').chain(path.split('.'));
    keys.try_fold(values.clone(), |table, key| match table.get(key) {
        Some(Node::Table(table)) => Ok(table),
        _ => Err(key),
    })
}
