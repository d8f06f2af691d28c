//! Coalescing: the defaults of a chart and its subcharts under what the user chose.

use super::table::{Node, Table};
use super::{Coalesced, ValuesError};
use crate::chart::model::Chart;
use serde_json::Value as Json;
use std::fmt;

const GLOBAL: &str = "global";

/// What becomes of null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    /// It deletes the default that it stands over.
    Delete,
    /// It stays, for a later coalescing.
    Keep,
}

/// The values that a chart's templates see: its defaults and its subcharts', under `values`; null deletes a default.
pub fn coalesce(chart: &Chart, values: &Json) -> Result<Coalesced, ValuesError> {
    run(chart, values, Nulls::Delete)
}

/// As [`coalesce`], but null stays: `chartutil.MergeValues`, for what is coalesced again later.
pub fn merge_defaults(chart: &Chart, values: &Json) -> Result<Coalesced, ValuesError> {
    run(chart, values, Nulls::Keep)
}

/// As [`coalesce`], with the values as they are shared, and what Helm would warn of.
pub(in crate::chart) fn coalesce_table<'a>(
    chart: &'a Chart,
    values: &'a Json,
) -> Result<(Table<'a>, Vec<String>), ValuesError> {
    table(chart, values, Nulls::Delete)
}

fn table<'a>(
    chart: &'a Chart,
    values: &'a Json,
    nulls: Nulls,
) -> Result<(Table<'a>, Vec<String>), ValuesError> {
    let values = Table::of(values);
    let warnings = lay_under(&values, chart, nulls)?;
    Ok((values, warnings))
}

fn run(chart: &Chart, values: &Json, nulls: Nulls) -> Result<Coalesced, ValuesError> {
    let (values, warnings) = table(chart, values, nulls)?;
    Ok(Coalesced {
        values: values.to_json(),
        warnings,
    })
}

/// Lays the defaults of a chart and its subcharts under `values`. Answers with what Helm would warn of.
pub(super) fn lay_under<'a>(
    values: &Table<'a>,
    chart: &'a Chart,
    nulls: Nulls,
) -> Result<Vec<String>, ValuesError> {
    let mut coalescer = Coalescer { warnings: Vec::new() };
    coalescer.chart(chart, values, &Place::ROOT, nulls)?;
    Ok(coalescer.warnings)
}

/// Lays `src` under `dst`, whose values win. For tables that are not a chart's whole values.
pub(super) fn tables<'a>(dst: &Table<'a>, src: &Table<'a>, nulls: Nulls) -> Vec<String> {
    let mut coalescer = Coalescer { warnings: Vec::new() };
    coalescer.tables(dst, src, &Place::ROOT, nulls);
    coalescer.warnings
}

/// A dotted path, which only a warning writes out.
#[derive(Clone, Copy)]
struct Place<'p> {
    above: Option<&'p Self>,
    name: &'p str,
}

impl<'p> Place<'p> {
    const ROOT: Place<'static> = Place {
        above: None,
        name: "",
    };

    const fn below(&'p self, name: &'p str) -> Self {
        Self {
            above: Some(self),
            name,
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            above.fmt(f)?;
            if above.above.is_some() {
                f.write_str(".")?;
            }
        }
        f.write_str(self.name)
    }
}

struct Coalescer {
    warnings: Vec<String>,
}

impl Coalescer {
    fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    fn chart<'a>(
        &mut self,
        chart: &'a Chart,
        dest: &Table<'a>,
        above: &Place<'_>,
        nulls: Nulls,
    ) -> Result<(), ValuesError> {
        let place = above.below(&chart.metadata.name);
        self.defaults(chart, dest, &place, nulls);
        for subchart in &chart.dependencies {
            let name = &subchart.metadata.name;
            let sub_dest = match dest.get(name) {
                None => {
                    let table = Table::default();
                    dest.insert(name, Node::Table(table.clone()));
                    table
                }
                Some(Node::Table(table)) => table,
                Some(Node::Other(found)) => return Err(mismatch(name, found)),
            };
            self.globals(&sub_dest, dest, &place);
            self.chart(subchart, &sub_dest, &place, nulls)?;
        }
        Ok(())
    }

    /// Lays a chart's own defaults under the values for it.
    fn defaults<'a>(&mut self, chart: &'a Chart, dest: &Table<'a>, place: &Place<'_>, nulls: Nulls) {
        for (key, default) in Table::of(&chart.values).entries() {
            match dest.get(key) {
                None => dest.insert(key, default),
                Some(value) if value.is_null() && nulls == Nulls::Delete => dest.remove(key),
                Some(Node::Other(_)) => {}
                Some(Node::Table(value)) => match &default {
                    Node::Table(default) => {
                        // A subchart's table is coalesced once more with the subchart itself.
                        let is_subchart = chart.dependencies.iter().any(|sub| sub.metadata.name == key);
                        let nulls = if is_subchart { Nulls::Keep } else { nulls };
                        self.tables(&value, default, &place.below(key), nulls);
                    }
                    Node::Other(Json::Null) => {}
                    Node::Other(_) => {
                        self.warn(format!("warning: skipped value for {place}.{key}: Not a table."));
                    }
                },
            }
        }
    }

    /// Hands the parent's globals down to a subchart.
    fn globals<'a>(&mut self, dest: &Table<'a>, src: &Table<'a>, place: &Place<'_>) {
        let dest_globals = match dest.get(GLOBAL) {
            None => Table::default(),
            Some(Node::Table(table)) => table,
            Some(Node::Other(_)) => {
                return self.warn(format!(
                    "warning: skipping globals because destination {GLOBAL} is not a table."
                ));
            }
        };
        let src_globals = match src.get(GLOBAL) {
            None => Table::default(),
            Some(Node::Table(table)) => table,
            Some(Node::Other(_)) => {
                return self.warn(format!(
                    "warning: skipping globals because source {GLOBAL} is not a table."
                ));
            }
        };
        for (key, value) in src_globals.entries() {
            match (&value, dest_globals.get(key)) {
                (Node::Table(value), None) => dest_globals.insert(key, Node::Table(value.shallow_copy())),
                (Node::Table(value), Some(Node::Table(below))) => {
                    // The parent's win here, so its table is the one that is laid on top.
                    let copy = value.shallow_copy();
                    self.tables(&copy, &below, &place.below(key), Nulls::Keep);
                    dest_globals.insert(key, Node::Table(copy));
                }
                (Node::Table(_), Some(Node::Other(_))) => {
                    self.warn(format!(
                        "Conflict: cannot merge map onto non-map for {key:?}. Skipping."
                    ));
                }
                (Node::Other(_), Some(Node::Table(_))) => self.warn(format!("key {key} is table. Skipping")),
                (Node::Other(_), _) => dest_globals.insert(key, value),
            }
        }
        dest.insert(GLOBAL, Node::Table(dest_globals));
    }

    fn tables<'a>(&mut self, dst: &Table<'a>, src: &Table<'a>, place: &Place<'_>, nulls: Nulls) {
        // What is null in `dst` becomes so in `src`, which is looked at as it was for whether there was a default.
        let mut originals = None;
        for key in dst.null_keys() {
            originals.get_or_insert_with(|| src.shallow_copy());
            src.insert(key, Node::Other(&Json::Null));
        }
        let mut at = 0;
        for (key, default) in src.entries() {
            let Some(value) = dst.seek(&mut at, key) else {
                dst.insert_at(at, key, default);
                continue;
            };
            if nulls == Nulls::Delete && value.is_null() {
                let original = originals
                    .as_ref()
                    .map_or(Some(default.clone()), |src| src.get(key));
                if original.is_some_and(|original| !original.is_null()) {
                    dst.remove(key);
                    continue;
                }
            }
            let place = place.below(key);
            match (&default, value.as_table()) {
                (Node::Table(default), Some(value)) => self.tables(value, default, &place, nulls),
                (Node::Table(_), None) => self.warn(format!(
                    "warning: cannot overwrite table with non table for {place} ({})",
                    go_value(&default.to_json())
                )),
                (Node::Other(other), Some(_)) if !other.is_null() => self.warn(format!(
                    "warning: destination for {place} is a table. Ignoring non-table value ({})",
                    go_value(other)
                )),
                (Node::Other(_), _) => {}
            }
        }
    }
}

fn mismatch(chart: &str, found: &Json) -> ValuesError {
    let found = match found {
        // %t prints a truth value as it is, and complains of everything else.
        Json::Bool(truth) => {
            return ValuesError::Subchart {
                chart: chart.to_owned(),
                found: truth.to_string(),
            };
        }
        Json::Null => "%!t(<nil>)".to_owned(),
        Json::String(text) => format!("%!t(string={text})"),
        Json::Number(_) => format!("%!t(float64={})", go_value(found)),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(mismatch_item).collect();
            format!("[{}]", items.join(" "))
        }
        Json::Object(_) => go_value(found),
    };
    ValuesError::Subchart {
        chart: chart.to_owned(),
        found,
    }
}

fn mismatch_item(item: &Json) -> String {
    match mismatch("", item) {
        ValuesError::Subchart { found, .. } => found,
    }
}

/// A value as Go's `%v` prints it.
fn go_value(value: &Json) -> String {
    use crate::chart::gojson;
    match value {
        Json::Null => "<nil>".to_owned(),
        Json::Bool(truth) => truth.to_string(),
        Json::String(text) => text.clone(),
        Json::Number(number) => number
            .as_f64()
            .map_or_else(|| number.to_string(), |float| gojson::float_g(float, 64)),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(go_value).collect();
            format!("[{}]", items.join(" "))
        }
        Json::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key}:{}", go_value(value)))
                .collect();
            format!("map[{}]", entries.join(" "))
        }
    }
}
