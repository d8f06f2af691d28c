//! The embedded chart renders here as both Helms render it: the same documents in the same order, text by text and
//! object by object, with its own values, every profile, and the wizard's combinations.

use crate::manifest::{Document, difference, documents};
use crate::support::choices::{chart_folder, values_documents, values_file};
use crate::support::harness::Ctx;
use crate::support::helm::Helm;
use crate::support::render::render;
use crate::support::trial::{Outcome, with_part};
use libtest_mimic::Trial;
use mesh_tui::chart::render::Rendered;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

pub fn trials(_: &Ctx) -> Vec<Trial> {
    values_documents()
        .iter()
        .map(|(name, values)| {
            with_part(&format!("render::{name}"), Helm::both, move |helms| {
                alike(&helms, values)
            })
        })
        .collect()
}

fn alike(helms: &[Helm; 2], values: &Value) -> Outcome {
    let file = values_file(values)?;
    let rendered = render(values)?;
    let ours = documents(&(rendered.manifest.text() + &rendered.manifest.hooks_text()));
    for (helm, version) in helms.iter().zip(["Helm 3", "Helm 4"]) {
        let theirs = helm
            .template("dm", &chart_folder(), [Path::new("--values"), file.path()])?
            .ok()?;
        let theirs = documents(&theirs);
        let in_text = difference(&theirs, &ours);
        let in_objects = other_objects(&theirs, &rendered)?;
        if in_text.is_some() || in_objects.is_some() {
            return Err(format!(
                "{version} (-) and we (+) differ with {values}\n{}\n{}",
                in_objects.unwrap_or_else(|| "All objects are equal, only texts differ.".to_owned()),
                in_text.unwrap_or_default(),
            )
            .into());
        }
    }
    once_each(&rendered, values);
    Ok(())
}

/// No two documents name the same object: Helm would apply one over the other.
fn once_each(rendered: &Rendered, values: &Value) {
    let hooks = rendered.manifest.hooks.iter().map(|hook| &hook.object);
    let mut seen = BTreeSet::new();
    for object in rendered.manifest.objects.iter().chain(hooks) {
        assert!(
            seen.insert((object.key.kind.clone(), object.key.name.clone())),
            "{} occurs twice with {values}",
            object.key
        );
    }
}

/// Which objects differ, as one sentence; `None` if they are the same in the same order.
fn other_objects(theirs: &[Document], rendered: &Rendered) -> Result<Option<String>, String> {
    let hooks = rendered.manifest.hooks.iter().map(|hook| &hook.object);
    let ours: Vec<_> = rendered.manifest.objects.iter().chain(hooks).collect();
    if ours.len() != theirs.len() {
        return Ok(Some(format!(
            "Helm renders {} objects, we {}.",
            theirs.len(),
            ours.len()
        )));
    }
    let mut names = Vec::new();
    for (theirs, ours) in theirs.iter().zip(ours) {
        if theirs.source != ours.source || theirs.body()? != *ours.body {
            names.push(ours.key.to_string());
        }
    }
    Ok((!names.is_empty()).then(|| format!("These objects differ: {}.", names.join(", "))))
}
