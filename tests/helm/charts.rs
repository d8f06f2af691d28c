//! Charts of our own, one for each mechanism of Helm's: `mesh-tui template` prints what `helm template` prints, or fails
//! with its words. Each chart is rendered with its own values and with every file of its `ci/` above them.

use crate::manifest::{difference, documents};
use crate::support::harness::Ctx;
use crate::support::helm::{Helm, KUBE_VERSION, Output};
use crate::support::trial::{Outcome, with_part};
use libtest_mimic::Trial;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Helm 4 renders something else than Helm 3, which we follow: the chart, and why.
const HELM_4: [(&str, &str); 2] = [
    ("dynamic", "the JSON of .Chart has the names of Go's fields there"),
    (
        "subcharts",
        "the JSON of .Chart.Dependencies has the names of Go's fields there",
    ),
];

pub fn trials(_: &Ctx) -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/charts");
    let mut trials = Vec::new();
    for chart in entries(&folder) {
        let name = name_of(&chart);
        let mut variants = vec![("defaults".to_owned(), None)];
        variants.extend(entries(&chart.join("ci")).into_iter().map(|file| {
            let name = name_of(&file);
            (name.trim_end_matches("-values.yaml").to_owned(), Some(file))
        }));
        for (variant, values) in variants {
            let (chart, name) = (chart.clone(), name.clone());
            trials.push(with_part(
                &format!("charts::{name}::{variant}"),
                Helm::both,
                move |helms| alike(&helms, &chart, &name, values.as_deref()),
            ));
        }
    }
    trials
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn alike([three, four]: &[Helm; 2], chart: &Path, name: &str, values: Option<&Path>) -> Outcome {
    let mut arguments = vec![Path::new("--include-crds")];
    arguments.extend(values.map(|_| Path::new("--values")));
    arguments.extend(values);
    let theirs = three.template("release", chart, &arguments)?;
    let ours = ours(chart, &arguments)?;
    if !theirs.success {
        let words = theirs.stderr.trim_start_matches("Error: ");
        let words = words
            .split("\n\nUse --debug")
            .next()
            .unwrap_or_default()
            .trim_end();
        if ours.success || !ours.stderr.contains(words) {
            return Err(format!("Helm: {}\nours: {}{}", theirs.stderr, ours.stdout, ours.stderr).into());
        }
        return Ok(());
    }
    if theirs.stdout != ours.stdout {
        let difference = difference(&documents(&theirs.stdout), &documents(&ours.stdout));
        return Err(format!(
            "{}{}",
            difference.unwrap_or_else(|| format!("{:?}\n{:?}", theirs.stdout, ours.stdout)),
            ours.stderr
        )
        .into());
    }
    let newer = four.template("release", chart, &arguments)?;
    let known = HELM_4.iter().find(|(chart, _)| *chart == name);
    match (
        difference(&documents(&newer.stdout), &documents(&ours.stdout)),
        known,
    ) {
        (None, None) | (Some(_), Some(_)) => Ok(()),
        (Some(difference), None) => {
            Err(format!("Helm 4 (-) and we (+): {difference}{}", newer.stderr).into())
        }
        (None, Some((_, reason))) => Err(format!("Helm 4 is alike now ({reason})").into()),
    }
}

fn ours(chart: &Path, arguments: &[&Path]) -> std::io::Result<Output> {
    let output = Command::new(env!("CARGO_BIN_EXE_mesh-tui"))
        .args(["template", "release"])
        .arg(chart)
        .args(["--kube-version", KUBE_VERSION])
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()?;
    Ok(Output {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
