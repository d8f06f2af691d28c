//! Where charts come from: the embedded one, folders, archives, OCI registries and classic repositories.
//!
//! What comes out is a [`Chart`] as Helm would load it from the same files. Nothing is rendered here, and values beyond
//! the chart's own defaults are not looked at.

mod archive;
mod embedded;
mod error;
mod files;
mod folder;
mod ignore;
mod metadata;
pub(crate) mod pattern;
mod remote;
mod request;

pub use embedded::{embedded, embedded_profiles};
pub use error::SourceError;
pub use request::ChartRequest;

use crate::chart::model::Chart;
use std::path::Path;
use std::sync::Arc;

/// The largest file that a chart may hold, in bytes, after it was unpacked. Helm's bound.
pub const MAX_FILE_SIZE: u64 = 5 * 1024 * 1024;

/// The largest chart, in bytes, after it was unpacked. Helm's bound.
pub const MAX_CHART_SIZE: u64 = 100 * 1024 * 1024;

/// A chart, and the reference that loads the very same again.
#[derive(Debug, Clone)]
pub struct Located {
    /// The chart.
    pub chart: Arc<Chart>,
    /// Where it lies: for what was fetched with its version, and in a registry with its digest.
    pub reference: String,
}

/// Loads the chart at `reference`, in its newest stable version; see [`locate`].
pub fn load(reference: &str) -> Result<Arc<Chart>, SourceError> {
    locate(&ChartRequest::new(reference)).map(|located| located.chart)
}

/// Loads the chart that a person named: a folder, a .tgz archive, or one that lies elsewhere.
///
/// As in Helm, what lies at the path wins over a repository of the same name, and a chart whose Chart.yaml names a
/// subchart that does not lie in `charts/` is refused.
pub fn locate(request: &ChartRequest) -> Result<Located, SourceError> {
    let reference = request.reference.trim();
    let request = ChartRequest {
        reference: reference.to_owned(),
        ..request.clone()
    };
    if is_elsewhere(&request) {
        let fetched = remote::fetch(&request)?;
        let chart = archive::unpack(&fetched.archive)?;
        return Ok(Located {
            chart: whole(chart)?,
            reference: fetched.reference,
        });
    }
    Ok(Located {
        chart: load_path(Path::new(reference))?,
        reference: reference.to_owned(),
    })
}

/// Reads a chart from the bytes of a .tgz archive, within the bounds that hold for archives in archives, too.
pub fn read_archive(data: &[u8]) -> Result<Chart, SourceError> {
    archive::unpack(data)
}

/// Reads a file at an `http` or `https` address, of at most [`MAX_FILE_SIZE`] bytes: Helm takes values from there, too.
pub fn read_url(url: &str) -> Result<Vec<u8>, SourceError> {
    remote::read(url)
}

/// Whether nothing at a path can be meant.
fn is_elsewhere(request: &ChartRequest) -> bool {
    let reference = request.reference.as_str();
    if request.repository.is_some() || remote::is_remote(reference) {
        return true;
    }
    let path = Path::new(reference);
    let is_repository_and_name = reference.split('/').count() == 2 && !reference.starts_with('.');
    is_repository_and_name && !path.is_absolute() && !path.exists()
}

fn load_path(path: &Path) -> Result<Arc<Chart>, SourceError> {
    let found = std::fs::metadata(path).map_err(|source| SourceError::Missing {
        path: path.to_owned(),
        source,
    })?;
    let chart = if found.is_dir() {
        folder::load(path)?
    } else {
        archive::load(path)?
    };
    whole(chart)
}

/// The chart, if all of its subcharts are there.
fn whole(chart: Chart) -> Result<Arc<Chart>, SourceError> {
    let missing: Vec<String> = missing_dependencies(&chart).map(str::to_owned).collect();
    if missing.is_empty() {
        Ok(Arc::new(chart))
    } else {
        Err(SourceError::Dependencies {
            chart: chart.metadata.name,
            missing,
        })
    }
}

/// The subcharts that Chart.yaml names and `charts/` does not hold.
fn missing_dependencies(chart: &Chart) -> impl Iterator<Item = &str> {
    let declared = chart
        .metadata
        .dependencies
        .iter()
        .map(|dependency| dependency.name.as_str());
    declared.filter(|name| {
        !chart
            .dependencies
            .iter()
            .any(|subchart| subchart.metadata.name == *name)
    })
}

#[cfg(test)]
mod tests;
