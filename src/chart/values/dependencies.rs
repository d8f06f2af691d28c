//! Subcharts: which are used (`condition`, `tags`), under which name (`alias`), and what they give to their parent
//! (`import-values`).

use super::coalesce::{self, Nulls};
use super::table::Table;
use super::{ValuesError, coalesce as coalesce_values, merge_defaults};
use crate::chart::model::{Chart, Dependency};
use crate::chart::semver;
use serde_json::{Map, Value as Json, json};

/// Removes the subcharts that `values` switch off, renames the ones with an alias and lifts imported values, as Helm
/// does before it renders. Answers what Helm would warn of.
pub fn process_dependencies(chart: &mut Chart, values: &Json) -> Result<Vec<String>, ValuesError> {
    let mut processor = Processor::default();
    processor.enable(chart, values, "")?;
    processor.import(chart)?;
    Ok(processor.warnings)
}

#[derive(Default)]
struct Processor {
    warnings: Vec<String>,
}

impl Processor {
    fn enable(&mut self, chart: &mut Chart, values: &Json, path: &str) -> Result<(), ValuesError> {
        if chart.metadata.dependencies.is_empty() {
            return Ok(());
        }
        chart.dependencies = declared_and_others(chart);
        for dependency in &mut chart.metadata.dependencies {
            if !dependency.alias.is_empty() {
                dependency.name.clone_from(&dependency.alias);
            }
            dependency.enabled = true;
        }
        let coalesced = coalesce_values(chart, values)?;
        let values = coalesced.values;
        self.tags(&mut chart.metadata.dependencies, &values);
        self.conditions(&mut chart.metadata.dependencies, &values, path);

        let disabled: Vec<String> = chart
            .metadata
            .dependencies
            .iter()
            .filter(|dependency| !dependency.enabled)
            .map(|dependency| dependency.name.clone())
            .collect();
        chart
            .dependencies
            .retain(|subchart| !disabled.contains(&subchart.metadata.name));
        chart
            .metadata
            .dependencies
            .retain(|dependency| !disabled.contains(&dependency.name));
        for subchart in &mut chart.dependencies {
            let path = format!("{path}{}.", subchart.metadata.name);
            self.enable(subchart, &values, &path)?;
        }
        Ok(())
    }

    fn tags(&mut self, dependencies: &mut [Dependency], values: &Json) {
        let Some(Json::Object(tags)) = values.get("tags") else {
            return;
        };
        for dependency in dependencies {
            let mut truths = Vec::new();
            for tag in &dependency.tags {
                match tags.get(tag) {
                    None => {}
                    Some(Json::Bool(truth)) => truths.push(*truth),
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

    fn conditions(&mut self, dependencies: &mut [Dependency], values: &Json, path: &str) {
        for dependency in dependencies {
            let conditions = dependency.condition.trim().split(',');
            for condition in conditions.filter(|condition| !condition.is_empty()) {
                match scalar_at(values, &format!("{path}{condition}")) {
                    None => {}
                    Some(Json::Bool(truth)) => {
                        dependency.enabled = *truth;
                        break;
                    }
                    Some(_) => self.warnings.push(format!(
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
        let values = merge_defaults(chart, &json!({}))?.values;
        let imported = Table::default();
        for dependency in &mut chart.metadata.dependencies {
            let mut recorded = Vec::new();
            for import in &dependency.import_values {
                let Some((child, parent)) = child_and_parent(import) else {
                    continue;
                };
                recorded.push(json!({"child": child, "parent": parent}));
                let whole_path = format!("{}.{child}", dependency.name);
                match table_at(&values, &whole_path) {
                    Ok(table) => {
                        let lifted = lift(&parent, table);
                        self.warnings
                            .extend(coalesce::tables(&imported, &Table::new(&lifted), Nulls::Keep));
                    }
                    Err(missing) => self.warnings.push(format!(
                        "Warning: ImportValues missing table from chart {}: \"{missing}\" is not a table",
                        dependency.name
                    )),
                }
            }
            dependency.import_values = recorded;
        }
        // What the parent says itself wins over what it imports.
        let own = Table::new(values.as_object().unwrap_or(&Map::new()));
        self.warnings
            .extend(coalesce::tables(&own, &imported, Nulls::Keep));
        chart.values = own.to_json();
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
fn lift(path: &str, table: &Map<String, Json>) -> Map<String, Json> {
    if path == "." {
        return table.clone();
    }
    path.split('.').rev().fold(table.clone(), |inner, key| {
        Map::from_iter([(key.to_owned(), Json::Object(inner))])
    })
}

/// A value that is no map, at a path as Helm splits it: at every dot.
fn scalar_at<'a>(values: &'a Json, path: &str) -> Option<&'a Json> {
    path.split('.')
        .try_fold(values, |value, key| value.as_object()?.get(key))
        .filter(|value| !value.is_object())
}

/// The map at a path, or the key at which there is none.
fn table_at<'a, 'p>(values: &'a Json, path: &'p str) -> Result<&'a Map<String, Json>, &'p str> {
    let empty = values.as_object().ok_or("")?;
    path.split('.').try_fold(empty, |table, key| {
        table.get(key).and_then(Json::as_object).ok_or(key)
    })
}
