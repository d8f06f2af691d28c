//! Coalescing: the defaults of a chart and its subcharts under what the user chose.

use super::table::{Node, Table};
use super::{Coalesced, ValuesError};
use crate::chart::model::Chart;
use serde_json::{Map, Value as Json};

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

fn run(chart: &Chart, values: &Json, nulls: Nulls) -> Result<Coalesced, ValuesError> {
    let empty = Map::new();
    let dest = Table::new(values.as_object().unwrap_or(&empty));
    let mut coalescer = Coalescer { warnings: Vec::new() };
    coalescer.chart(chart, &dest, "", nulls)?;
    Ok(Coalesced {
        values: dest.to_json(),
        warnings: coalescer.warnings,
    })
}

/// Lays `src` under `dst`, whose values win. For tables that are not a chart's whole values.
pub(super) fn tables(dst: &Table, src: &Table, nulls: Nulls) -> Vec<String> {
    let mut coalescer = Coalescer { warnings: Vec::new() };
    coalescer.tables(dst, src, "", nulls);
    coalescer.warnings
}

struct Coalescer {
    warnings: Vec<String>,
}

impl Coalescer {
    fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    fn chart(&mut self, chart: &Chart, dest: &Table, prefix: &str, nulls: Nulls) -> Result<(), ValuesError> {
        self.defaults(chart, dest, prefix, nulls);
        for subchart in &chart.dependencies {
            let name = &subchart.metadata.name;
            let sub_dest = match dest.get(name) {
                None => {
                    let table = Table::default();
                    dest.insert(name, Node::Table(table.clone()));
                    table
                }
                Some(Node::Table(table)) => table,
                Some(Node::Other(found)) => return Err(mismatch(name, &found)),
            };
            let prefix = join(prefix, &chart.metadata.name);
            self.globals(&sub_dest, dest, &prefix);
            self.chart(subchart, &sub_dest, &prefix, nulls)?;
        }
        Ok(())
    }

    /// Lays a chart's own defaults under the values for it.
    fn defaults(&mut self, chart: &Chart, dest: &Table, prefix: &str, nulls: Nulls) {
        let prefix = join(prefix, &chart.metadata.name);
        let Json::Object(defaults) = &chart.values else {
            return;
        };
        for (key, default) in defaults {
            let default = Node::new(default);
            match dest.get(key) {
                None => dest.insert(key, default),
                Some(value) if value.is_null() && nulls == Nulls::Delete => dest.remove(key),
                Some(Node::Other(_)) => {}
                Some(Node::Table(value)) => match &default {
                    Node::Table(default) => {
                        // A subchart's table is coalesced once more with the subchart itself.
                        let is_subchart = chart.dependencies.iter().any(|sub| &sub.metadata.name == key);
                        let nulls = if is_subchart { Nulls::Keep } else { nulls };
                        self.tables(&value, default, &join(&prefix, key), nulls);
                    }
                    Node::Other(Json::Null) => {}
                    Node::Other(_) => {
                        self.warn(format!("warning: skipped value for {prefix}.{key}: Not a table."));
                    }
                },
            }
        }
    }

    /// Hands the parent's globals down to a subchart.
    fn globals(&mut self, dest: &Table, src: &Table, prefix: &str) {
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
            match (&value, dest_globals.get(&key)) {
                (Node::Table(value), None) => dest_globals.insert(&key, Node::Table(value.shallow_copy())),
                (Node::Table(value), Some(Node::Table(below))) => {
                    // The parent's win here, so its table is the one that is laid on top.
                    let copy = value.shallow_copy();
                    self.tables(&copy, &below, &join(prefix, &key), Nulls::Keep);
                    dest_globals.insert(&key, Node::Table(copy));
                }
                (Node::Table(_), Some(Node::Other(_))) => {
                    self.warn(format!(
                        "Conflict: cannot merge map onto non-map for {key:?}. Skipping."
                    ));
                }
                (Node::Other(_), Some(Node::Table(_))) => self.warn(format!("key {key} is table. Skipping")),
                (Node::Other(_), _) => dest_globals.insert(&key, value),
            }
        }
        dest.insert(GLOBAL, Node::Table(dest_globals));
    }

    fn tables(&mut self, dst: &Table, src: &Table, prefix: &str, nulls: Nulls) {
        let originals = src.entries();
        let has_default = |key: &str| {
            originals
                .iter()
                .any(|(name, value)| name == key && !value.is_null())
        };
        for (key, value) in dst.entries() {
            if value.is_null() {
                src.insert(&key, value);
            }
        }
        for (key, default) in src.entries() {
            let full_key = join(prefix, &key);
            let Some(value) = dst.get(&key) else {
                dst.insert(&key, default);
                continue;
            };
            if nulls == Nulls::Delete && value.is_null() && has_default(&key) {
                dst.remove(&key);
                continue;
            }
            match (&default, value.as_table()) {
                (Node::Table(default), Some(value)) => self.tables(value, default, &full_key, nulls),
                (Node::Table(_), None) => self.warn(format!(
                    "warning: cannot overwrite table with non table for {full_key} ({})",
                    go_value(&default.to_json())
                )),
                (Node::Other(other), Some(_)) if !other.is_null() => self.warn(format!(
                    "warning: destination for {full_key} is a table. Ignoring non-table value ({})",
                    go_value(other)
                )),
                (Node::Other(_), _) => {}
            }
        }
    }
}

fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() {
        key.to_owned()
    } else {
        format!("{prefix}.{key}")
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
