//! Subcharts: which are used (`condition`, `tags`) and under which name (`alias`).

use super::ValuesError;
use super::coalesce::{Nulls, lay_under};
use super::import::import_values;
use super::table::{Node, Table};
use crate::chart::model::{Chart, Dependency};
use crate::chart::semver;
use serde_json::Value as Json;

/// Removes the subcharts that `values` switch off, renames the ones with an alias and lifts imported values, as Helm
/// does before it renders. Answers what Helm would warn of.
pub fn process_dependencies(chart: &mut Chart, values: &Json) -> Result<Vec<String>, ValuesError> {
    let declared = Declared::new(chart);
    let (selection, mut warnings) = declared.select(values)?;
    let selected = declared.selected(&selection)?;
    *chart = selected.chart;
    warnings.extend(selected.warnings);
    Ok(warnings)
}

/// A chart with all that its Chart.yaml declares, to select from again and again.
#[derive(Debug)]
pub(in crate::chart) struct Declared {
    /// The chart; where it declares subcharts, with each of them under the name that it is used by.
    chart: Chart,
    /// The same for the subcharts; empty where the chart declares none, and they are used as they are.
    subcharts: Vec<Self>,
}

/// Which subcharts are switched on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::chart) struct Selection {
    /// Whether each declared dependency is.
    dependencies: Vec<bool>,
    /// What is selected of each subchart; `None` where it is off.
    subcharts: Vec<Option<Self>>,
}

/// A chart with the subcharts that are switched on.
#[derive(Debug)]
pub(in crate::chart) struct Selected {
    /// The chart.
    pub(in crate::chart) chart: Chart,
    /// What Helm would warn of, one sentence each.
    pub(in crate::chart) warnings: Vec<String>,
}

impl Declared {
    /// What `chart` declares.
    pub(in crate::chart) fn new(chart: &Chart) -> Self {
        if chart.metadata.dependencies.is_empty() {
            return Self {
                chart: chart.clone(),
                subcharts: Vec::new(),
            };
        }
        let mut all = Chart {
            dependencies: declared_and_others(chart),
            ..chart.clone()
        };
        for dependency in &mut all.metadata.dependencies {
            if !dependency.alias.is_empty() {
                dependency.name.clone_from(&dependency.alias);
            }
            dependency.enabled = true;
        }
        Self {
            subcharts: all.dependencies.iter().map(Self::new).collect(),
            chart: all,
        }
    }

    /// What `values` switch on, and what Helm would warn of.
    pub(in crate::chart) fn select(&self, values: &Json) -> Result<(Selection, Vec<String>), ValuesError> {
        let mut selector = Selector::default();
        let selection = selector.select(self, &Table::of(values), "")?;
        Ok((selection, selector.warnings))
    }

    /// The chart as `selection` has it.
    pub(in crate::chart) fn selected(&self, selection: &Selection) -> Result<Selected, ValuesError> {
        let mut chart = self.with(selection);
        let warnings = import_values(&mut chart)?;
        Ok(Selected { chart, warnings })
    }

    fn with(&self, selection: &Selection) -> Chart {
        if self.chart.metadata.dependencies.is_empty() {
            return self.chart.clone();
        }
        let mut metadata = self.chart.metadata.clone();
        for (dependency, on) in metadata.dependencies.iter_mut().zip(&selection.dependencies) {
            dependency.enabled = *on;
        }
        let off = off(&metadata.dependencies);
        metadata
            .dependencies
            .retain(|dependency| !off.contains(&dependency.name));
        let subcharts = self.subcharts.iter().zip(&selection.subcharts);
        let subcharts =
            subcharts.filter_map(|(subchart, selection)| Some(subchart.with(selection.as_ref()?)));
        Chart {
            metadata,
            dependencies: subcharts.collect(),
            ..self.chart.clone()
        }
    }
}

/// The names of the dependencies that are switched off.
fn off(dependencies: &[Dependency]) -> Vec<String> {
    let off = dependencies.iter().filter(|dependency| !dependency.enabled);
    off.map(|dependency| dependency.name.clone()).collect()
}

#[derive(Default)]
struct Selector {
    warnings: Vec<String>,
}

impl Selector {
    /// Lays the defaults under `values`, which share nothing with what others need.
    fn select<'a>(
        &mut self,
        declared: &'a Declared,
        values: &Table<'a>,
        path: &str,
    ) -> Result<Selection, ValuesError> {
        let chart = &declared.chart;
        if chart.metadata.dependencies.is_empty() {
            return Ok(Selection::default());
        }
        lay_under(values, chart, Nulls::Delete)?;
        let all = chart.metadata.dependencies.iter();
        // Helm warns of all tags before it warns of conditions, which win over tags.
        let by_tags: Vec<bool> = all
            .clone()
            .map(|dependency| self.tags(dependency, values))
            .collect();
        let on = |(dependency, by_tags)| {
            let by_condition = self.condition(dependency, values, path);
            (dependency, by_condition.unwrap_or(by_tags))
        };
        let dependencies: Vec<(&Dependency, bool)> = all.zip(by_tags).map(on).collect();

        let mut subcharts = Vec::new();
        for subchart in &declared.subcharts {
            let name = &subchart.chart.metadata.name;
            let is_off = |(dependency, on): &(&Dependency, bool)| !on && dependency.name == *name;
            subcharts.push(if dependencies.iter().any(is_off) {
                None
            } else {
                Some(match subchart.chart.metadata.dependencies.as_slice() {
                    [] => Selection::default(),
                    _ => self.select(subchart, &values.deep_copy(), &format!("{path}{name}."))?,
                })
            });
        }
        Ok(Selection {
            dependencies: dependencies.into_iter().map(|(_, on)| on).collect(),
            subcharts,
        })
    }

    /// Whether a dependency's tags switch it on.
    fn tags(&mut self, dependency: &Dependency, values: &Table<'_>) -> bool {
        let Some(Node::Table(tags)) = values.get("tags") else {
            return dependency.enabled;
        };
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
        truths.is_empty() || truths.contains(&true)
    }

    /// What the first of a dependency's conditions says that says anything.
    fn condition(&mut self, dependency: &Dependency, values: &Table<'_>, path: &str) -> Option<bool> {
        let conditions = dependency.condition.trim().split(',');
        for condition in conditions.filter(|condition| !condition.is_empty()) {
            // Helm splits the path at every dot.
            match values.at(path.split_terminator('.').chain(condition.split('.'))) {
                None | Some(Node::Table(_)) => {}
                Some(Node::Other(Json::Bool(truth))) => return Some(*truth),
                Some(Node::Other(_)) => self.warnings.push(format!(
                    "Warning: Condition path '{condition}' for chart {} returned non-bool value",
                    dependency.name
                )),
            }
        }
        None
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
