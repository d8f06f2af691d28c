//! A chart as Helm writes it into a record: without its subcharts, with files as base64.

use crate::chart::model::{Chart, ChartFile};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

/// The chart for a record.
#[must_use]
pub fn chart_json(chart: &Chart) -> Json {
    let mut others: Vec<&ChartFile> = chart.files.iter().chain(&chart.crds).collect();
    others.sort_by(|a, b| a.name.cmp(&b.name));
    json!({
        "metadata": chart.metadata,
        "lock": chart.lock,
        "templates": files(chart.templates.iter()),
        "values": *chart.values,
        "schema": chart.schema.as_ref().map(|schema| STANDARD.encode(schema)),
        "files": files(others.into_iter()),
    })
}

fn files<'a>(files: impl Iterator<Item = &'a ChartFile>) -> Json {
    files
        .map(|file| json!({"name": file.name, "data": STANDARD.encode(&file.data)}))
        .collect()
}
