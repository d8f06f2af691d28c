//! The commands that the platform's owner wrote down, from the folder that the chart lies in. What needs a cluster
//! (`install`, `upgrade`) is rendered here as `template`, by both Helms and by the program itself, which takes the same
//! arguments and prints the same; `tests/cluster` installs for real.

use crate::support::harness::Ctx;
use crate::support::helm::{Helm, KUBE_VERSION};
use crate::support::seed::{LINT, RENDERING, as_template, folder};
use crate::support::trial::{Outcome, with_part};
use libtest_mimic::Trial;
use similar::TextDiff;
use std::path::Path;
use std::process::Command;

pub fn trials(_: &Ctx) -> Vec<Trial> {
    let mut trials: Vec<Trial> = RENDERING
        .into_iter()
        .zip(1..)
        .map(|(command, number)| {
            with_part(&format!("seed::command_{number:02}"), Helm::both, move |helms| {
                rendered(&helms, command)
            })
        })
        .collect();
    trials.push(with_part("seed::lint", Helm::both, |helms| {
        for helm in &helms {
            helm.run_at(folder()?.path(), LINT.split(' '))?.ok()?;
        }
        Ok(())
    }));
    trials
}

fn rendered([helm_3, helm_4]: &[Helm; 2], command: &str) -> Outcome {
    // Without a cluster, each build of Helm assumes a version of its own.
    let words: Vec<&str> = as_template(command)
        .chain(["--kube-version", KUBE_VERSION])
        .collect();
    let folder = folder()?;
    let theirs = helm_3.run_at(folder.path(), &words)?.ok()?;
    assert!(
        theirs.contains("\nkind: Deployment\n"),
        "{command} rendered\n{theirs}"
    );
    let newer = helm_4.run_at(folder.path(), &words)?.ok()?;
    alike(&theirs, &without_blank_lines(&newer), "Helm 4", command)?;
    let ours = ours(folder.path(), &words)?;
    alike(&theirs, &without_blank_lines(&ours), "mesh-tui", command)
}

fn alike(helm_3: &str, other: &str, whose: &str, command: &str) -> Outcome {
    let helm_3 = without_blank_lines(helm_3);
    if helm_3 == other {
        return Ok(());
    }
    let diff = TextDiff::from_lines(helm_3.as_str(), other);
    Err(format!(
        "{command}: Helm 3 (-) and {whose} (+) differ\n{}",
        diff.unified_diff()
    )
    .into())
}

/// Helm 4 prints a blank line more between documents than Helm 3.
fn without_blank_lines(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// What the program prints for the same words; it has no `--debug`, which adds nothing to the output of Helm's.
fn ours(folder: &Path, words: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    let output = Command::new(env!("CARGO_BIN_EXE_mesh-tui"))
        .current_dir(folder)
        .args(words.iter().filter(|word| **word != "--debug"))
        .output()?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into())
    }
}
