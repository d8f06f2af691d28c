//! The real Helm accepts the embedded chart: with its own values, every profile, and the wizard's combinations.

use crate::support::choices::{chart_folder, values_documents, values_file};
use crate::support::harness::Ctx;
use crate::support::helm::Helm;
use crate::support::trial::{Outcome, with_part};
use libtest_mimic::Trial;
use serde_json::Value;
use std::path::Path;

pub fn trials(_: &Ctx) -> Vec<Trial> {
    let mut trials: Vec<Trial> = values_documents()
        .iter()
        .enumerate()
        .map(|(number, (name, values))| {
            with_part(&format!("chart::{name}_is_accepted"), Helm::both, move |helms| {
                // Both render all of them alike; for what a linter sees besides, they take turns.
                accepted(&helms[number % 2], values)
            })
        })
        .collect();
    trials.push(with_part(
        "chart::contradictions_are_refused_by_name",
        Helm::both,
        |helms| contradictions(&helms),
    ));
    trials
}

fn accepted(helm: &Helm, values: &Value) -> Outcome {
    let file = values_file(values)?;
    let lint = helm.run([
        Path::new("lint"),
        Path::new("--strict"),
        &chart_folder(),
        Path::new("--values"),
        file.path(),
    ])?;
    assert!(
        lint.success,
        "lint with {values}:\n{}{}",
        lint.stdout, lint.stderr
    );
    Ok(())
}

/// Values that contradict each other fail, and the message names the keys.
fn contradictions(helms: &[Helm; 2]) -> Outcome {
    let cases: [(&[&str], &[&str]); 3] = [
        (
            &["postgresql.enabled=false", "global.database.embedded=true"],
            &["global.database.embedded", "postgresql.enabled"],
        ),
        (
            &["redis.enabled=true", "global.redis.embedded=false"],
            &["global.redis.embedded", "redis.enabled"],
        ),
        (
            &["global.aws.useIRSA=true", "global.aws.accessKeyId=AKIAEXAMPLE"],
            &["global.aws.useIRSA"],
        ),
    ];
    for helm in helms {
        for (sets, names) in cases {
            let arguments = sets.iter().flat_map(|set| ["--set", set]);
            let output = helm.template("dm", &chart_folder(), arguments)?;
            assert!(!output.success, "{sets:?} was accepted");
            for name in names {
                assert!(
                    output.stderr.contains(name),
                    "{sets:?}: {name} is not in\n{}",
                    output.stderr
                );
            }
        }
    }
    Ok(())
}
