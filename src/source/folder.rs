//! Charts as folders.

use super::files::{self, File};
use super::ignore::Rules;
use super::{MAX_CHART_SIZE, MAX_FILE_SIZE, SourceError};
use crate::chart::model::Chart;
use std::fs;
use std::path::{Path, PathBuf};

/// Loads a chart from its folder. Symbolic links are followed, as Helm follows them.
pub(super) fn load(folder: &Path) -> Result<Chart, SourceError> {
    let ignore_file = folder.join(".helmignore");
    let rules = if ignore_file.exists() {
        Rules::parse(&String::from_utf8_lossy(&read(&ignore_file)?))?
    } else {
        Rules::parse("")?
    };
    let mut walk = Walk {
        rules,
        files: Vec::new(),
        size: 0,
        above: Vec::new(),
    };
    walk.folder(folder, "")?;
    files::load(walk.files)
}

struct Walk {
    rules: Rules,
    files: Vec<File>,
    size: u64,
    /// The folders on the way here, against links that lead in a circle.
    above: Vec<PathBuf>,
}

impl Walk {
    fn folder(&mut self, folder: &Path, name: &str) -> Result<(), SourceError> {
        let resolved = fs::canonicalize(folder).map_err(|error| unreadable(folder, error))?;
        if self.above.contains(&resolved) {
            return Err(SourceError::Irregular {
                path: folder.to_owned(),
                what: "the link leads back to a folder that it lies in",
            });
        }
        self.above.push(resolved);
        let mut entries: Vec<String> = Vec::new();
        for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
            let entry = entry.map_err(|error| unreadable(folder, error))?;
            let entry_name = entry
                .file_name()
                .into_string()
                .map_err(|_| SourceError::Irregular {
                    path: entry.path(),
                    what: "its name is no UTF-8",
                })?;
            entries.push(entry_name);
        }
        entries.sort_unstable();
        for entry in entries {
            let path = folder.join(&entry);
            let name = if name.is_empty() {
                entry
            } else {
                format!("{name}/{entry}")
            };
            self.entry(&path, name)?;
        }
        self.above.pop();
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: String) -> Result<(), SourceError> {
        let found = fs::metadata(path).map_err(|error| unreadable(path, error))?;
        if self.rules.ignore(&name, found.is_dir()) {
            return Ok(());
        }
        if found.is_dir() {
            return self.folder(path, &name);
        }
        if !found.is_file() {
            return Err(SourceError::Irregular {
                path: path.to_owned(),
                what: "it is neither a file nor a folder",
            });
        }
        if found.len() > MAX_FILE_SIZE {
            return Err(SourceError::TooLarge(format!(
                "chart file \"{name}\" is larger than the maximum file size {MAX_FILE_SIZE}"
            )));
        }
        let data = read(path)?;
        self.size += data.len() as u64;
        if self.size > MAX_CHART_SIZE {
            return Err(SourceError::TooLarge(format!(
                "the chart is larger than the maximum size {MAX_CHART_SIZE}"
            )));
        }
        self.files.push(File::new(name, data));
        Ok(())
    }
}

fn read(path: &Path) -> Result<Vec<u8>, SourceError> {
    fs::read(path).map_err(|error| unreadable(path, error))
}

fn unreadable(path: &Path, source: std::io::Error) -> SourceError {
    SourceError::Read {
        path: path.to_owned(),
        source,
    }
}
