//! The chart and the profiles that the program carries within itself.

use super::SourceError;
use super::files::{self, File};
use super::ignore::Rules;
use crate::chart::model::Chart;
use include_dir::{Dir, include_dir};
use std::sync::{Arc, OnceLock};

static CHART: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/assets/chart/developer-mesh");
static PROFILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/profiles");

/// The embedded chart. It is read once.
pub fn embedded() -> Result<Arc<Chart>, SourceError> {
    static LOADED: OnceLock<Arc<Chart>> = OnceLock::new();
    if let Some(chart) = LOADED.get() {
        return Ok(Arc::clone(chart));
    }
    let ignore = CHART
        .get_file(".helmignore")
        .and_then(|file| file.contents_utf8());
    let rules = Rules::parse(ignore.unwrap_or_default())?;
    let mut files = Vec::new();
    collect(&CHART, &rules, &mut files);
    let chart = Arc::new(files::load(files)?);
    Ok(Arc::clone(LOADED.get_or_init(|| chart)))
}

/// The built-in profiles, as (file name, text).
pub fn embedded_profiles() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    PROFILES
        .files()
        .filter_map(|file| Some((file.path().to_str()?, file.contents())))
}

/// Collects the files below a folder by name, files and folders mixed, as a walk on a disk does.
fn collect(folder: &Dir<'static>, rules: &Rules, files: &mut Vec<File>) {
    let mut entries: Vec<_> = folder.entries().iter().collect();
    entries.sort_unstable_by_key(|entry| entry.path());
    for entry in entries {
        let Some(name) = entry.path().to_str() else {
            continue;
        };
        // include_dir keeps the separators of the machine that it was built on.
        let name = name.replace('\\', "/");
        if rules.ignore(&name, entry.as_dir().is_some()) {
            continue;
        }
        match entry.as_dir() {
            Some(folder) => collect(folder, rules, files),
            None => files.extend(entry.as_file().map(|file| File::new(name, file.contents()))),
        }
    }
}
