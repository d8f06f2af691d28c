//! The combinations leave no choice of the wizard out: whatever a form sets, some of them set.

use crate::support::choices::values_documents;
use crate::support::harness::Ctx;
use crate::support::trial::Outcome;
use libtest_mimic::Trial;
use mesh_tui::runtime::wizard::setup;
use mesh_tui::source;
use mesh_tui::wizard::facts::{Profile, Wishes};
use mesh_tui::wizard::field::Slot;
use mesh_tui::wizard::{State, Step};
use serde_json::Value as Json;
use std::collections::BTreeSet;

pub fn trials(_: &Ctx) -> Vec<Trial> {
    vec![Trial::test(
        "choices::no_choice_of_the_wizard_is_left_out",
        complete,
    )]
}

fn complete() -> Outcome {
    let chart = source::embedded()?;
    let combinations = values_documents()
        .iter()
        .filter(|(name, _)| name.starts_with("combination"));
    let (mut offered, mut set) = (BTreeSet::new(), BTreeSet::new());
    for (_, values) in combinations {
        let wishes = Wishes {
            values: Some(values.clone()),
            ..Wishes::default()
        };
        let state = State::new(setup(&chart, vec![Profile::default()], wishes)?);
        for step in Step::ALL.into_iter().filter(|step| step.is_form()) {
            offered.extend(
                state
                    .fields(step)
                    .into_iter()
                    .flat_map(|field| paths(&field.slot)),
            );
        }
        set.extend(leaves(values, ""));
    }
    assert!(offered.len() > 60, "only {} fields: {offered:?}", offered.len());
    let left_out: Vec<_> = offered
        .iter()
        .filter(|path| !set.iter().any(|leaf| is_within(leaf, path)))
        .collect();
    assert!(left_out.is_empty(), "no combination sets {left_out:?}");
    Ok(())
}

/// The values that a field sets.
fn paths(slot: &Slot) -> Vec<String> {
    match slot {
        Slot::Value(path) => vec![path.clone()],
        Slot::IngressHost(at) => vec![format!("{at}.hosts")],
        Slot::IngressTls(at) => vec![format!("{at}.tls")],
        Slot::IngressIssuer(at) => ["clusterIssuer", "issuer"]
            .map(|key| format!("{at}.certManager.{key}"))
            .to_vec(),
        Slot::SecretStore => ["name", "kind"]
            .map(|key| format!("global.externalSecrets.secretStoreRef.{key}"))
            .to_vec(),
        _ => Vec::new(),
    }
}

fn is_within(leaf: &str, path: &str) -> bool {
    leaf.strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The dotted paths of all that is set.
fn leaves(values: &Json, at: &str) -> Vec<String> {
    match values {
        Json::Object(map) => map
            .iter()
            .flat_map(|(key, value)| {
                let path = if at.is_empty() {
                    key.clone()
                } else {
                    format!("{at}.{key}")
                };
                leaves(value, &path)
            })
            .collect(),
        _ => vec![at.to_owned()],
    }
}
