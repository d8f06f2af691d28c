//! Charts as folders.

use super::files::{self, File};
use super::ignore::Rules;
use super::{MAX_CHART_SIZE, MAX_FILE_SIZE, SourceError};
use crate::chart::model::Chart;
use std::fs::{self, FileType};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Loads a chart from its folder. Symbolic links are followed, as Helm follows them.
pub(super) fn load(folder: &Path) -> Result<Chart, SourceError> {
    let ignore_file = folder.join(".helmignore");
    let rules = if ignore_file.exists() {
        let mut text = Vec::new();
        read(&ignore_file, &mut text)?;
        Rules::parse(&String::from_utf8_lossy(&text))?
    } else {
        Rules::parse("")?
    };
    let mut walk = Walk {
        rules,
        files: Vec::new(),
        size: 0,
        above: Vec::new(),
        content: Vec::with_capacity(64 * 1024),
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
    /// What the file that was read last consists of.
    content: Vec<u8>,
}

impl Walk {
    fn folder(&mut self, folder: &Path, name: &str) -> Result<(), SourceError> {
        self.above.push(folder.to_owned());
        let mut entries: Vec<(String, FileType)> = Vec::new();
        for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
            let entry = entry.map_err(|error| unreadable(folder, error))?;
            let found = entry
                .file_type()
                .map_err(|error| unreadable(&entry.path(), error))?;
            let entry_name = entry
                .file_name()
                .into_string()
                .map_err(|_| SourceError::Irregular {
                    path: entry.path(),
                    what: "its name is no UTF-8",
                })?;
            entries.push((entry_name, found));
        }
        entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        for (entry, found) in entries {
            let path = folder.join(&entry);
            let name = if name.is_empty() {
                entry
            } else {
                format!("{name}/{entry}")
            };
            self.entry(&path, name, found)?;
        }
        self.above.pop();
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: String, found: FileType) -> Result<(), SourceError> {
        let is_link = found.is_symlink();
        let found = if is_link {
            let metadata = fs::metadata(path).map_err(|error| unreadable(path, error))?;
            metadata.file_type()
        } else {
            found
        };
        if self.rules.ignore(&name, found.is_dir()) {
            return Ok(());
        }
        if found.is_dir() {
            if is_link {
                self.check_link(path)?;
            }
            return self.folder(path, &name);
        }
        if !found.is_file() {
            return Err(SourceError::Irregular {
                path: path.to_owned(),
                what: "it is neither a file nor a folder",
            });
        }
        read(path, &mut self.content)?;
        let data = self.content.as_slice();
        if data.len() as u64 > MAX_FILE_SIZE {
            return Err(SourceError::TooLarge(format!(
                "chart file \"{name}\" is larger than the maximum file size {MAX_FILE_SIZE}"
            )));
        }
        self.size += data.len() as u64;
        if self.size > MAX_CHART_SIZE {
            return Err(SourceError::TooLarge(format!(
                "the chart is larger than the maximum size {MAX_CHART_SIZE}"
            )));
        }
        self.files.push(File::new(name, data));
        Ok(())
    }

    /// Checks that a link to a folder does not lead back to one that it lies in. Without a link, nothing does.
    fn check_link(&self, path: &Path) -> Result<(), SourceError> {
        let resolved = |path: &Path| fs::canonicalize(path).map_err(|error| unreadable(path, error));
        let target = resolved(path)?;
        for folder in &self.above {
            if resolved(folder)? == target {
                return Err(SourceError::Irregular {
                    path: path.to_owned(),
                    what: "the link leads back to a folder that it lies in",
                });
            }
        }
        Ok(())
    }
}

/// Reads a file into `content`, but no more of it than shows that it is too large.
fn read(path: &Path, content: &mut Vec<u8>) -> Result<(), SourceError> {
    content.clear();
    let file = fs::File::open(path);
    let read = file.and_then(|file| file.take(MAX_FILE_SIZE + 1).read_to_end(content));
    read.map(|_| ()).map_err(|error| unreadable(path, error))
}

fn unreadable(path: &Path, source: std::io::Error) -> SourceError {
    SourceError::Read {
        path: path.to_owned(),
        source,
    }
}
