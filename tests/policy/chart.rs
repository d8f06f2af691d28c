//! The embedded chart by the policy checks: with every values document that it is tried with, each finding has its
//! reason, in an annotation or in the choice that causes it.

use crate::support::harness::Ctx;
use crate::support::render::{coalesced, render, rendered_documents};
use crate::support::trial::Outcome;
use libtest_mimic::Trial;
use mesh_tui::plan::policy::{PolicyErrors, findings};
use mesh_tui::profile;
use serde_json::Value as Json;

pub fn trials(_: &Ctx) -> Vec<Trial> {
    vec![
        Trial::test("chart::leaves_no_finding_unexplained", explained),
        Trial::test("chart::breaks_no_rule_of_a_profile_that_forbids_it", permitted),
    ]
}

/// Whether the values ask for what a rule finds.
fn is_chosen(rule: &str, values: &Json) -> bool {
    match rule {
        "non-isolated-pod" => values["global"]["networkPolicy"]["enabled"] == false,
        _ => false,
    }
}

fn explained() -> Outcome {
    let mut unexplained = Vec::new();
    for document in rendered_documents()? {
        let (name, manifest) = (&document.name, &document.rendered.manifest);
        let values = coalesced(&document.values)?;
        let hooks = manifest.hooks.iter().map(|hook| &hook.object);
        for finding in findings(manifest.objects.iter().chain(hooks), &PolicyErrors::default()) {
            if !is_chosen(finding.rule, &values) {
                unexplained.push(format!("{name}: {} [{}]", finding.message, finding.rule));
            }
        }
    }
    if unexplained.is_empty() {
        Ok(())
    } else {
        Err(unexplained.join("\n").into())
    }
}

/// With its own values, no profile keeps its own rollout from starting.
fn permitted() -> Outcome {
    for profile in profile::list().profiles {
        let manifest = render(&Json::Object(profile.values))?.manifest;
        let hooks = manifest.hooks.iter().map(|hook| &hook.object);
        let found = findings(
            manifest.objects.iter().chain(hooks),
            &profile.guards.policy_errors,
        );
        let errors: Vec<_> = found
            .iter()
            .filter(|finding| finding.severity == mesh_tui::plan::model::Severity::Error)
            .map(|finding| &finding.message)
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", profile.name);
    }
    Ok(())
}
