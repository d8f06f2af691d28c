//! Compares what `mesh-tui template` and a `helm` print for the charts below some folders: `just compat FOLDER…`.
//!
//! Each chart is rendered with its own values and with each file of its `ci/` folder above them. What Helm itself prints
//! otherwise each time (random passwords, keys) is left out of the comparison, line by line.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program that reports"
)]

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const USAGE: &str = "compat --helm HELM --mesh-tui MESH-TUI FOLDER…";

/// How one comparison ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    /// The same text.
    Text,
    /// The same objects in other words.
    Objects,
    /// The same error.
    Error,
    /// Both fail because subcharts were not fetched.
    NotBuilt,
    /// Something else.
    #[default]
    Different,
}

impl Verdict {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Text, "the same text"),
        (Self::Error, "the same error"),
        (Self::Objects, "the same objects, another text"),
        (Self::Different, "different"),
        (Self::NotBuilt, "not compared: subcharts are missing"),
    ];
}

/// What a program printed.
struct Printed {
    success: bool,
    stdout: String,
    stderr: String,
}

struct Programs {
    helm: PathBuf,
    mesh_tui: PathBuf,
}

fn main() -> ExitCode {
    let mut helm = None;
    let mut mesh_tui = None;
    let mut folders = Vec::new();
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--helm") => helm = arguments.next().map(PathBuf::from),
            Some("--mesh-tui") => mesh_tui = arguments.next().map(PathBuf::from),
            _ => folders.push(PathBuf::from(argument)),
        }
    }
    let (Some(helm), Some(mesh_tui), false) = (helm, mesh_tui, folders.is_empty()) else {
        eprintln!("{USAGE}");
        return ExitCode::from(64);
    };
    match report(&Programs { helm, mesh_tui }, &folders) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(1)
        }
    }
}

/// Compares and prints; answers how many differ.
fn report(programs: &Programs, folders: &[PathBuf]) -> std::io::Result<usize> {
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    let mut charts = Vec::new();
    for folder in folders {
        find_charts(folder, 3, &mut charts);
    }
    for chart in &charts {
        for values in variants(chart) {
            let (verdict, detail) = compare(programs, chart, values.as_deref())?;
            *counts.entry(verdict).or_default() += 1;
            if !matches!(verdict, Verdict::Text | Verdict::Error) {
                let (_, name) = Verdict::ALL
                    .into_iter()
                    .find(|(one, _)| *one == verdict)
                    .unwrap_or_default();
                println!("{}: {name}{detail}", shown(chart, values.as_deref()));
            }
        }
    }
    let compared: usize = counts
        .iter()
        .filter(|(verdict, _)| **verdict != Verdict::NotBuilt)
        .map(|(_, count)| count)
        .sum();
    println!("{} charts, {compared} comparisons", charts.len());
    for (verdict, name) in Verdict::ALL {
        let count = counts.get(&verdict).copied().unwrap_or_default();
        if verdict == Verdict::NotBuilt {
            println!("{count:6}          {name}");
        } else {
            let tenths = (count * 1000).checked_div(compared).unwrap_or_default();
            println!("{count:6}  {:3}.{} %  {name}", tenths / 10, tenths % 10);
        }
    }
    Ok(counts.get(&Verdict::Different).copied().unwrap_or_default())
}

fn shown(chart: &Path, values: Option<&Path>) -> String {
    let values = values
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy());
    let values = values.map(|name| format!(" with {name}")).unwrap_or_default();
    format!("{}{values}", chart.display())
}

fn find_charts(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if folder.join("Chart.yaml").is_file() {
        found.push(folder.to_owned());
    } else if depth > 0 {
        for entry in entries(folder).into_iter().filter(|entry| entry.is_dir()) {
            find_charts(&entry, depth - 1, found);
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries
}

/// No values file, and each one of `ci/`.
fn variants(chart: &Path) -> Vec<Option<PathBuf>> {
    let is_values = |path: &PathBuf| {
        path.extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml")
    };
    let files = entries(&chart.join("ci")).into_iter().filter(is_values);
    std::iter::once(None).chain(files.map(Some)).collect()
}

fn compare(programs: &Programs, chart: &Path, values: Option<&Path>) -> std::io::Result<(Verdict, String)> {
    let theirs = template(&programs.helm, chart, values)?;
    let ours = template(&programs.mesh_tui, chart, values)?;
    if !theirs.success {
        let words = theirs.stderr.trim_start_matches("Error: ");
        let words = words
            .split("\n\nUse --debug")
            .next()
            .unwrap_or_default()
            .trim_end();
        if words.contains("missing in charts/ directory") && !ours.success {
            return Ok((Verdict::NotBuilt, String::new()));
        }
        // Helm may warn before it fails.
        let last = words.rsplit("Error: ").next().unwrap_or(words);
        if !ours.success && ours.stderr.contains(last) {
            return Ok((Verdict::Error, String::new()));
        }
        let detail = format!(
            "\n  Helm: {last}\n  ours: {}{}",
            head(&ours.stdout),
            ours.stderr.trim_end()
        );
        return Ok((Verdict::Different, detail));
    }
    if theirs.stdout == ours.stdout {
        return Ok((Verdict::Text, String::new()));
    }
    let again = template(&programs.helm, chart, values)?;
    let random: Vec<bool> = (theirs.stdout.lines().zip(again.stdout.lines()))
        .map(|(one, other)| one != other)
        .collect();
    let constant = |text: &str| -> Vec<String> {
        text.lines()
            .zip(random.iter().copied().chain(std::iter::repeat(false)))
            .map(|(line, random)| if random { String::new() } else { line.to_owned() })
            .collect()
    };
    let (theirs_lines, ours_lines) = (constant(&theirs.stdout), constant(&ours.stdout));
    if theirs_lines == ours_lines {
        return Ok((Verdict::Text, String::new()));
    }
    if objects(&theirs.stdout)
        .is_some_and(|objects_of_theirs| Some(objects_of_theirs) == objects(&ours.stdout))
    {
        return Ok((Verdict::Objects, String::new()));
    }
    let first = theirs_lines
        .iter()
        .zip(&ours_lines)
        .position(|(one, other)| one != other);
    let first = first.unwrap_or_else(|| theirs_lines.len().min(ours_lines.len()));
    let line = |lines: &[String]| lines.get(first).cloned().unwrap_or_default();
    let detail = format!(
        "\n  line {}\n  Helm: {}\n  ours: {}{}",
        first + 1,
        line(&theirs_lines),
        line(&ours_lines),
        ours.stderr.trim_end()
    );
    Ok((Verdict::Different, detail))
}

fn head(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn template(program: &Path, chart: &Path, values: Option<&Path>) -> std::io::Result<Printed> {
    let mut command = Command::new(program);
    command
        .args(["template", "release"])
        .arg(chart)
        .args([
            "--include-crds",
            "--kube-version",
            "v1.36.3",
            "--namespace",
            "default",
        ])
        .env("NO_COLOR", "1");
    if let Some(values) = values {
        command.arg("--values").arg(values);
    }
    let output = command.output()?;
    Ok(Printed {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// The objects of a manifest in its order.
fn objects(manifest: &str) -> Option<Vec<Value>> {
    let documents = format!("\n{manifest}");
    documents
        .split("\n---\n")
        .skip(1)
        .map(|document| serde_yaml::from_str(document).ok())
        .collect()
}
