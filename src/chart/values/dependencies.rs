//! Subcharts: which are used (`condition`, `tags`), under which name (`alias`), and what they give to their parent
//! (`import-values`).

use super::ValuesError;
use super::coalesce::{self, Nulls, lay_under};
use super::table::{Node, Table};
use crate::chart::model::{Chart, Dependency};
use crate::chart::semver;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Removes the subcharts that `values` switch off, renames the ones with an alias and lifts imported values, as Helm
/// does before it renders. Answers what Helm would warn of.
pub fn process_dependencies(chart: &mut Chart, values: &Json) -> Result<Vec<String>, ValuesError> {
    let mut processor = Processor::default();
    let mut enabled = processor.enabled(chart, &Table::of(values), "")?;
    processor.import(&mut enabled)?;
    *chart = enabled;
    Ok(processor.warnings)
}

#[derive(Default)]
struct Processor {
    warnings: Vec<String>,
}

impl Processor {
    /// The chart with the subcharts that are switched on.
    fn enabled(&mut self, chart: &Chart, values: &Table<'_>, path: &str) -> Result<Chart, ValuesError> {
        if chart.metadata.dependencies.is_empty() {
            return Ok(chart.clone());
        }
        let mut metadata = chart.metadata.clone();
        for dependency in &mut metadata.dependencies {
            if !dependency.alias.is_empty() {
                dependency.name.clone_from(&dependency.alias);
            }
            dependency.enabled = true;
        }
        let all = Chart {
            dependencies: declared_and_others(chart),
            metadata: metadata.clone(),
            ..chart.clone()
        };
        let values = values.deep_copy();
        lay_under(&values, &all, Nulls::Delete)?;
        self.tags(&mut metadata.dependencies, &values);
        self.conditions(&mut metadata.dependencies, &values, path);

        let (on, off): (Vec<_>, Vec<_>) = metadata
            .dependencies
            .into_iter()
            .partition(|dependency| dependency.enabled);
        let is_off = |name: &str| off.iter().any(|dependency| dependency.name == name);
        let mut subcharts = Vec::new();
        for subchart in all
            .dependencies
            .iter()
            .filter(|subchart| !is_off(&subchart.metadata.name))
        {
            let path = format!("{path}{}.", subchart.metadata.name);
            subcharts.push(self.enabled(subchart, &values, &path)?);
        }
        metadata.dependencies = on
            .into_iter()
            .filter(|dependency| !is_off(&dependency.name))
            .collect();
        Ok(Chart {
            metadata,
            dependencies: subcharts,
            ..chart.clone()
        })
    }

    fn tags(&mut self, dependencies: &mut [Dependency], values: &Table<'_>) {
        let Some(Node::Table(tags)) = values.get("tags") else {
            return;
        };
        for dependency in dependencies {
            let mut truths = Vec::new();
            for tag in &dependency.tags {
                match tags.get(tag) {
                    None => {}
                    Some(Node::Other(Json::Bool(truth))) => truths.push(*truth),
                    Some(_) => self.warnings.push(format!(
                        "Warning: Tag '{tag}' for chart {} returned non-bool value",
                        dependency.name
                    )),
                }
            }
            // One tag that is on is enough.
            dependency.enabled = truths.is_empty() || truths.contains(&true);
        }
    }

    fn conditions(&mut self, dependencies: &mut [Dependency], values: &Table<'_>, path: &str) {
        for dependency in dependencies {
            let conditions = dependency.condition.trim().split(',');
            for condition in conditions.filter(|condition| !condition.is_empty()) {
                // Helm splits the path at every dot.
                match values.at(path.split_terminator('.').chain(condition.split('.'))) {
                    None | Some(Node::Table(_)) => {}
                    Some(Node::Other(Json::Bool(truth))) => {
                        dependency.enabled = *truth;
                        break;
                    }
                    Some(Node::Other(_)) => self.warnings.push(format!(
                        "Warning: Condition path '{condition}' for chart {} returned non-bool value",
                        dependency.name
                    )),
                }
            }
        }
    }

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
        // What the parent says itself wins over what it imports.
        let own = values.deep_copy();
        self.warnings
            .extend(coalesce::tables(&own, &imported, Nulls::Keep));
        chart.values = Arc::new(own.to_json());
        for (dependency, imports) in chart.metadata.dependencies.iter_mut().zip(&wanted) {
            let recorded = imports.iter();
            dependency.import_values = recorded
                .map(|(child, parent)| json!({"child": child, "parent": parent}))
                .collect();
        }
        Ok(())
    }
}

/// The subcharts that Chart.yaml does not name, and a copy of a fitting one for each that it names.
fn declared_and_others(chart: &Chart) -> Vec<Chart> {
    let declared = &chart.metadata.dependencies;
    let fits = |dependency: &Dependency, subchart: &Chart| {
        subchart.metadata.name == dependency.name
            && semver::satisfies(&dependency.version, &subchart.metadata.version)
    };
    let mut subcharts: Vec<Chart> = chart
        .dependencies
        .iter()
        .filter(|subchart| !declared.iter().any(|dependency| fits(dependency, subchart)))
        .cloned()
        .collect();
    for dependency in declared {
        let found = chart
            .dependencies
            .iter()
            .find(|subchart| fits(dependency, subchart));
        if let Some(mut subchart) = found.cloned() {
            if !dependency.alias.is_empty() {
                subchart.metadata.name.clone_from(&dependency.alias);
            }
            subcharts.push(subchart);
        }
    }
    subcharts
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
