//! From files in memory to a chart: which file is what.

use super::archive::Budget;
use super::{SourceError, archive, metadata};
use crate::chart::goyaml::{self, YamlError};
use crate::chart::model::{Chart, ChartFile};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A file with its path below the chart's folder, with forward slashes.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) data: Arc<[u8]>,
}

impl File {
    /// A file as it was read; a byte order mark at its start is none of its content.
    pub(super) fn new(name: String, data: &[u8]) -> Self {
        let data = data.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(data);
        Self {
            name,
            data: data.into(),
        }
    }
}

/// Makes a chart of its files, in their order.
pub(super) fn load(files: Vec<File>) -> Result<Chart, SourceError> {
    load_within(files, &mut Budget::default())
}

/// Makes a chart of its files; the archives among them may take as much as is left.
pub(super) fn load_within(files: Vec<File>, budget: &mut Budget) -> Result<Chart, SourceError> {
    let mut chart = Chart {
        values: Arc::new(Json::Object(Map::new())),
        ..Chart::default()
    };
    let mut chart_yaml = None;
    let mut requirements = None;
    let mut subcharts: BTreeMap<String, Vec<File>> = BTreeMap::new();
    for file in files {
        match file.name.as_str() {
            "Chart.yaml" => chart_yaml = Some(file),
            "Chart.lock" | "requirements.lock" => {
                chart.lock = Some(goyaml::parse(&file.data).map_err(in_file("Chart.lock"))?);
            }
            "requirements.yaml" => requirements = Some(file),
            "values.yaml" => {
                let values = goyaml::parse_object(&file.data).map_err(in_file("values.yaml"))?;
                chart.values = Arc::new(Json::Object(values));
                chart.values_source = file.data;
            }
            "values.schema.json" => chart.schema = Some(file.data),
            name if name.starts_with("templates/") => chart.templates.push(file.into()),
            name if name.starts_with("charts/") => {
                if has_extension(name, "prov") {
                    chart.files.push(file.into());
                } else {
                    let name = name.trim_start_matches("charts/").to_owned();
                    let subchart = name.split('/').next().unwrap_or_default().to_owned();
                    subcharts.entry(subchart).or_default().push(File {
                        name,
                        data: file.data,
                    });
                }
            }
            name => {
                if name.starts_with("crds/") && is_manifest(name) {
                    chart.crds.push(file.clone().into());
                }
                chart.files.push(file.into());
            }
        }
    }
    let chart_yaml = chart_yaml.ok_or(SourceError::NoChartYaml)?;
    chart.metadata = metadata::read(&chart_yaml.data, requirements.as_ref().map(|file| &*file.data))?;
    if let Some(requirements) = requirements.filter(|_| chart.metadata.api_version == "v1") {
        chart.files.push(requirements.into());
    }
    for (name, files) in subcharts {
        chart
            .dependencies
            .extend(subchart(&chart.metadata.name, name, files, budget)?);
    }
    Ok(chart)
}

impl From<File> for ChartFile {
    fn from(file: File) -> Self {
        Self {
            name: file.name,
            data: file.data,
        }
    }
}

fn in_file(file: &'static str) -> impl Fn(YamlError) -> SourceError {
    move |source| SourceError::Yaml { file, source }
}

/// Loads what lies in `charts/` under one name; hidden files and those with an underscore are no charts.
fn subchart(
    parent: &str,
    name: String,
    files: Vec<File>,
    budget: &mut Budget,
) -> Result<Option<Chart>, SourceError> {
    if name.starts_with(['_', '.']) {
        return Ok(None);
    }
    let loaded = if has_extension(&name, "tgz") {
        match files.first() {
            Some(file) if file.name == name => archive::unpack_within(&file.data, budget),
            _ => Err(SourceError::Archive(format!(
                "expected the file {name}, got a folder"
            ))),
        }
    } else {
        // A file that lies in charts/ itself is no chart either.
        let inner = files.into_iter().filter_map(|file| {
            let inner = file.name.split_once('/')?.1.to_owned();
            Some(File {
                name: inner,
                data: file.data,
            })
        });
        load_within(inner.collect(), budget)
    };
    loaded.map(Some).map_err(|source| SourceError::Subchart {
        name,
        chart: parent.to_owned(),
        source: Box::new(source),
    })
}

fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, found)| found == extension)
}

fn is_manifest(name: &str) -> bool {
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    matches!(extension.as_deref(), Some("yaml" | "yml" | "json"))
}
