//! The real Helm accepts the embedded chart: with its own values, every profile, and the wizard's combinations.

use crate::manifest::{difference, documents};
use crate::support::choices::{chart_folder, values_documents, values_file};
use crate::support::harness::Ctx;
use crate::support::helm::Helm;
use crate::support::trial::{Outcome, with_part};
use libtest_mimic::Trial;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

pub fn trials(_: &Ctx) -> Vec<Trial> {
    let mut trials: Vec<Trial> = values_documents()
        .into_iter()
        .map(|(name, values)| {
            with_part(&format!("chart::{name}_is_accepted"), Helm::both, move |helms| {
                accepted(&helms, &values)
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

/// Both Helms lint it strictly and render the same documents, no two of which name the same object.
fn accepted(helms: &[Helm; 2], values: &Value) -> Outcome {
    let file = values_file(values)?;
    let (chart, file) = (chart_folder(), file.path());
    let mut rendered = Vec::new();
    for helm in helms {
        let lint = helm.run([
            Path::new("lint"),
            Path::new("--strict"),
            &chart,
            Path::new("--values"),
            file,
        ])?;
        assert!(
            lint.success,
            "lint with {values}:\n{}{}",
            lint.stdout, lint.stderr
        );
        let manifest = helm.template("dm", &chart, [Path::new("--values"), file])?.ok()?;
        rendered.push(documents(&manifest));
    }
    if let Some(difference) = difference(&rendered[0], &rendered[1]) {
        return Err(format!("Helm 3 and Helm 4 differ with {values}\n{difference}").into());
    }
    let mut seen = BTreeSet::new();
    for document in &rendered[0] {
        let object = document.body()?;
        let identity = format!("{} {}", object["kind"], object["metadata"]["name"]);
        assert!(
            seen.insert(identity.clone()),
            "{identity} occurs twice with {values}"
        );
    }
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
