//! Where charts come from: the embedded one, folders and archives.
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

pub use embedded::{embedded, embedded_profiles};
pub use error::SourceError;

use crate::chart::model::Chart;
use std::path::Path;
use std::sync::Arc;

/// The largest file that a chart may hold, in bytes, after it was unpacked. Helm's bound.
pub const MAX_FILE_SIZE: u64 = 5 * 1024 * 1024;

/// The largest chart, in bytes, after it was unpacked. Helm's bound.
pub const MAX_CHART_SIZE: u64 = 100 * 1024 * 1024;

/// Loads the chart that a person named: a folder or a .tgz archive.
///
/// As in Helm, a chart whose Chart.yaml names a subchart that does not lie in `charts/` is refused.
pub fn load(reference: &str) -> Result<Arc<Chart>, SourceError> {
    if reference.contains("://") {
        return Err(SourceError::Remote(reference.to_owned()));
    }
    let path = Path::new(reference);
    let found = std::fs::metadata(path).map_err(|source| SourceError::Missing {
        path: path.to_owned(),
        source,
    })?;
    let chart = if found.is_dir() {
        folder::load(path)?
    } else {
        archive::load(path)?
    };
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
