//! Charts as .tgz archives, read into memory and never unpacked to a disk.

use super::files::{self, File};
use super::{MAX_CHART_SIZE, MAX_FILE_SIZE, SourceError};
use crate::chart::model::Chart;
use flate2::read::MultiGzDecoder;
use std::io::Read;
use std::path::Path;
use tar::{Archive, EntryType};

/// The first bytes of gzip with its only method.
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// Loads a chart from an archive file.
pub(super) fn load(path: &Path) -> Result<Chart, SourceError> {
    let unreadable = |source| SourceError::Read {
        path: path.to_owned(),
        source,
    };
    let mut data = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    // What is compressed is never larger than what it unpacks to by more than its frame.
    file.take(MAX_CHART_SIZE)
        .read_to_end(&mut data)
        .map_err(unreadable)?;
    if !data.starts_with(&GZIP) {
        return Err(SourceError::NoArchive(path.to_owned()));
    }
    unpack(&data)
}

/// What a chart with all archives in it may take. Helm bounds each archive alone, so that archives in archives grow
/// without an end.
#[derive(Debug)]
pub(super) struct Budget {
    /// How many bytes may still be unpacked.
    pub(super) bytes: u64,
    /// How many entries may still be read.
    pub(super) entries: usize,
    /// How deep archives may still lie in archives.
    pub(super) depth: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            bytes: 4 * MAX_CHART_SIZE,
            entries: 100_000,
            depth: 16,
        }
    }
}

impl Budget {
    /// Goes into an archive.
    fn enter(&mut self) -> Result<(), SourceError> {
        self.depth = self.depth.checked_sub(1).ok_or_else(|| {
            SourceError::TooLarge("archives lie in archives too deeply in this chart".to_owned())
        })?;
        Ok(())
    }

    fn entry(&mut self) -> Result<(), SourceError> {
        self.entries = self
            .entries
            .checked_sub(1)
            .ok_or_else(|| SourceError::TooLarge("the chart has too many files".to_owned()))?;
        Ok(())
    }
}

/// Loads a chart from the bytes of an archive.
pub(super) fn unpack(data: &[u8]) -> Result<Chart, SourceError> {
    unpack_within(data, &mut Budget::default())
}

/// Loads a chart from the bytes of an archive that may lie in another one.
pub(super) fn unpack_within(data: &[u8], budget: &mut Budget) -> Result<Chart, SourceError> {
    budget.enter()?;
    let files = files_of(data, budget)?;
    let chart = files::load_within(files, budget)?;
    budget.depth += 1;
    Ok(chart)
}

fn files_of(data: &[u8], budget: &mut Budget) -> Result<Vec<File>, SourceError> {
    // Headers count as well: an archive of nothing but headers is a bomb, too.
    let mut archive = Archive::new(MultiGzDecoder::new(data).take(budget.bytes));
    let mut files = Vec::new();
    let mut remaining = MAX_CHART_SIZE.min(budget.bytes);
    for entry in archive.entries().map_err(|error| damaged(&error))? {
        let mut entry = entry.map_err(|error| damaged(&error))?;
        budget.entry()?;
        let kind = entry.header().entry_type();
        if matches!(
            kind,
            EntryType::Directory | EntryType::XGlobalHeader | EntryType::XHeader
        ) {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if kind.is_symlink() || kind.is_hard_link() {
            return Err(SourceError::Archive(format!("\"{path}\" is a link")));
        }
        if kind.is_character_special() || kind.is_block_special() || kind.is_fifo() {
            return Err(SourceError::Archive(format!("\"{path}\" is a device")));
        }
        let name = inner_name(&path)?;
        if entry.size() > MAX_FILE_SIZE {
            return Err(SourceError::TooLarge(format!(
                "decompressed chart file \"{path}\" is larger than the maximum file size {MAX_FILE_SIZE}"
            )));
        }
        let mut data = Vec::new();
        (&mut entry)
            .take(remaining)
            .read_to_end(&mut data)
            .map_err(|error| damaged(&error))?;
        remaining -= data.len() as u64;
        budget.bytes = budget.bytes.saturating_sub(data.len() as u64);
        if remaining == 0 {
            return Err(SourceError::TooLarge(format!(
                "decompressed chart is larger than the maximum file size {MAX_CHART_SIZE}"
            )));
        }
        files.push(File::new(name, &data));
    }
    // An archive that was cut off at the end of a file looks whole.
    if archive.into_inner().limit() == 0 {
        return Err(SourceError::TooLarge(
            "the chart with the archives in it is too large to unpack".to_owned(),
        ));
    }
    if files.is_empty() {
        return Err(SourceError::Archive("no files in chart archive".to_owned()));
    }
    Ok(files)
}

fn damaged(error: &std::io::Error) -> SourceError {
    SourceError::Archive(error.to_string())
}

/// The path below the archive's one folder. What leads out of it is refused.
fn inner_name(path: &str) -> Result<String, SourceError> {
    let refused = |why: &str| Err(SourceError::Archive(why.to_owned()));
    // An archive that was made on Windows may hold backslashes.
    let path = if path.contains('\\') {
        path.replace('\\', "/")
    } else {
        path.to_owned()
    };
    if path == "Chart.yaml" {
        return refused("chart yaml not in base directory");
    }
    let Some((_, inner)) = path.split_once('/') else {
        return refused(&format!(
            "chart illegally contains content outside the base directory: \"{path}\""
        ));
    };
    if inner.starts_with('/') {
        return refused("chart illegally contains absolute paths");
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in inner.split('/') {
        match part {
            ".." if parts.pop().is_none() => return refused("chart illegally references parent directory"),
            "" | "." | ".." => {}
            part => parts.push(part),
        }
    }
    let drive = parts.first().is_some_and(|first| {
        parts.len() > 1
            && first.len() == 2
            && first.ends_with(':')
            && first.starts_with(|c: char| c.is_ascii_alphabetic())
    });
    if drive {
        return refused("chart contains illegally named files");
    }
    if parts.is_empty() {
        return refused(&format!(
            "chart illegally contains content outside the base directory: \"{path}\""
        ));
    }
    Ok(parts.join("/"))
}
