//! Which files a render may take from the one before: those whose text is provably the same.
//!
//! What a file renders to follows from the templates, from its dot, and from what it asks of the world outside. So its
//! text is kept if it asked for nothing outside and no template wrote to a map that another one can reach, and it is
//! taken again for the same templates, release, capabilities and values of its chart. The values are compared in full.

use super::prepared::Prepared;
use super::{Capabilities, ReleaseOptions};
use crate::chart::model::Chart;
use crate::chart::values::{Node, Table};
use serde_json::{Number, Value as Json};
use std::sync::Arc;

/// All of a chart's values, in bytes that differ wherever values differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Footprint(Vec<u8>);

/// The footprints of the values of a chart and its subcharts: each chart before its subcharts.
#[derive(Debug, Clone)]
pub(super) struct Footprints(Arc<[Footprint]>);

impl Footprints {
    /// Those of coalesced values.
    pub(super) fn of(chart: &Chart, values: &Table<'_>) -> Self {
        let mut footprints = Vec::new();
        collect(chart, Some(values), &mut footprints);
        Self(footprints.into())
    }
}

fn collect(chart: &Chart, values: Option<&Table<'_>>, footprints: &mut Vec<Footprint>) {
    let mut footprint = Footprint::default();
    if let Some(values) = values {
        footprint.table(values);
    }
    footprints.push(footprint);
    for subchart in &chart.dependencies {
        let below = values.and_then(|values| values.get(&subchart.metadata.name));
        collect(subchart, below.as_ref().and_then(Node::as_table), footprints);
    }
}

impl Footprint {
    fn table(&mut self, table: &Table<'_>) {
        let entries = table.borrow();
        self.head(b'{', entries.len());
        for (key, value) in entries.iter() {
            self.text(b'k', key.as_bytes());
            match value {
                Node::Table(table) => self.table(table),
                Node::Other(json) => self.json(json),
            }
        }
    }

    fn json(&mut self, json: &Json) {
        match json {
            Json::Null => self.0.push(b'n'),
            Json::Bool(value) => self.0.push(if *value { b't' } else { b'f' }),
            Json::Number(number) => self.number(number),
            Json::String(text) => self.text(b's', text.as_bytes()),
            Json::Array(items) => {
                self.head(b'[', items.len());
                for item in items {
                    self.json(item);
                }
            }
            Json::Object(map) => {
                self.head(b'{', map.len());
                for (key, value) in map {
                    self.text(b'k', key.as_bytes());
                    self.json(value);
                }
            }
        }
    }

    fn number(&mut self, number: &Number) {
        let (tag, bits) = match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => (b'i', number.cast_unsigned()),
            (_, Some(number)) => (b'u', number),
            _ => (b'd', number.as_f64().unwrap_or_default().to_bits()),
        };
        self.0.push(tag);
        self.0.extend_from_slice(&bits.to_le_bytes());
    }

    fn text(&mut self, tag: u8, text: &[u8]) {
        self.head(tag, text.len());
        self.0.extend_from_slice(text);
    }

    /// What kind of value follows, and of how many bytes or items: no two values have the same bytes.
    fn head(&mut self, tag: u8, length: usize) {
        self.0.push(tag);
        let mut left = length;
        // Seven bits a byte, the lowest first; all but the last with the eighth bit set.
        while left > 0x7f {
            let [low, ..] = left.to_le_bytes();
            self.0.push(low | 0x80);
            left >>= 7;
        }
        let [low, ..] = left.to_le_bytes();
        self.0.push(low);
    }
}

/// What all files of a render depend on beside their values.
#[derive(Debug, Clone)]
pub(super) struct Context {
    pub(super) prepared: Arc<Prepared>,
    pub(super) release: ReleaseOptions,
    pub(super) capabilities: Capabilities,
}

impl Context {
    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.prepared, &other.prepared)
            && self.release == other.release
            && self.capabilities == other.capabilities
    }
}

/// What a render leaves for the next one.
#[derive(Debug)]
pub(super) struct Kept {
    context: Context,
    values: Footprints,
    /// The texts by the places of their files; `None` for one that asks for something outside.
    files: Vec<Option<Arc<str>>>,
}

impl Kept {
    /// Nothing yet of a render with these values.
    pub(super) fn none(context: Context, values: Footprints) -> Self {
        Self {
            files: context.prepared.files.iter().map(|_| None).collect(),
            context,
            values,
        }
    }

    /// What can be taken from here in `context` with these values; `None` where nothing can.
    pub(super) fn reusable(&self, context: &Context, values: &Footprints) -> Option<Reusable<'_>> {
        let charts = self.values.0.iter().zip(values.0.iter());
        self.context.is_same(context).then(|| Reusable {
            files: &self.files,
            charts: charts.map(|(before, now)| before == now).collect(),
        })
    }

    /// Keeps the text of a file.
    pub(super) fn keep(&mut self, file: usize, text: &Arc<str>) {
        if let Some(slot) = self.files.get_mut(file) {
            *slot = Some(Arc::clone(text));
        }
    }
}

/// What can be taken from an earlier render.
#[derive(Debug)]
pub(super) struct Reusable<'k> {
    files: &'k [Option<Arc<str>>],
    /// Whether each chart has the values that it had.
    charts: Vec<bool>,
}

impl Reusable<'_> {
    /// The text of a file, if it is the same.
    pub(super) fn text(&self, file: usize, chart: usize) -> Option<&Arc<str>> {
        let is_same = self.charts.get(chart).copied().unwrap_or_default();
        self.files.get(file)?.as_ref().filter(|_| is_same)
    }
}

#[cfg(test)]
mod tests;
