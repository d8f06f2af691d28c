//! The embedded chart is fit for Argo CD, which renders it with plain `helm template`, as a fresh install every time, and
//! compares what comes out with the cluster: the same values must give the same objects.

use crate::support::choices::{chart_folder, values_documents, values_file};
use crate::support::harness::Ctx;
use crate::support::helm::Helm;
use crate::support::render::{render, render_as, rendered_documents};
use crate::support::trial::{Outcome, with_part};
use libtest_mimic::Trial;
use mesh_tui::chart::manifest::HookEvent;
use mesh_tui::chart::render::{ReleaseOptions, Rendered};
use serde_json::Value as Json;
use std::path::Path;

/// Of the combinations, one in so many is rendered again.
const SHARE: usize = 25;

/// The hooks that Argo CD knows how to run; it leaves tests alone.
const KNOWN: [HookEvent; 6] = [
    HookEvent::PreInstall,
    HookEvent::PreUpgrade,
    HookEvent::PostInstall,
    HookEvent::PostUpgrade,
    HookEvent::PostDelete,
    HookEvent::Test,
];

pub fn trials(_: &Ctx) -> Vec<Trial> {
    vec![
        with_part(
            "argo::the_same_is_rendered_twice_by_either_helm",
            Helm::both,
            |helms| twice(&helms),
        ),
        Trial::test("argo::an_upgrade_renders_what_an_install_does", upgrade),
        Trial::test("argo::its_hooks_are_ones_that_argo_cd_runs", hooks),
    ]
}

/// The chart's own values, the profiles, and some of the combinations.
fn some() -> impl Iterator<Item = &'static (String, Json)> {
    let numbered = values_documents().iter().enumerate();
    numbered
        .filter(|(number, (name, _))| !name.starts_with("combination") || number % SHARE == 0)
        .map(|(_, document)| document)
}

fn twice(helms: &[Helm; 2]) -> Outcome {
    for (name, values) in some() {
        let file = values_file(values)?;
        let arguments = [
            "--values".as_ref(),
            file.path(),
            Path::new("--include-crds"),
            Path::new("--namespace=mesh"),
        ];
        for helm in helms {
            let first = helm.template("dm", &chart_folder(), arguments)?.ok()?;
            let second = helm.template("dm", &chart_folder(), arguments)?.ok()?;
            assert_eq!(first, second, "{name}");
        }
    }
    Ok(())
}

/// Argo CD never tells a chart that there is a release already.
fn upgrade() -> Outcome {
    let text = |rendered: &Rendered| rendered.manifest.text() + &rendered.manifest.hooks_text();
    for (name, values) in some() {
        let release = ReleaseOptions {
            name: "dm".to_owned(),
            namespace: "default".to_owned(),
            revision: 7,
            is_upgrade: true,
        };
        let upgraded = render_as(&release, values)?;
        assert_eq!(text(&upgraded), text(&render(values)?), "{name}");
    }
    Ok(())
}

fn hooks() -> Outcome {
    for document in rendered_documents()? {
        let (name, rendered) = (&document.name, &document.rendered);
        for hook in &rendered.manifest.hooks {
            let unknown: Vec<_> = hook
                .events
                .iter()
                .filter(|event| !KNOWN.contains(event))
                .collect();
            assert!(
                unknown.is_empty(),
                "{name}: {} runs at {unknown:?}",
                hook.object.key
            );
        }
        // One hook of Argo's own would make it forget all of Helm's.
        let hooks = rendered.manifest.hooks.iter().map(|hook| &hook.object);
        for object in rendered.manifest.objects.iter().chain(hooks) {
            let annotations = object.body["metadata"]["annotations"].as_object();
            let own = annotations.and_then(|all| all.get("argocd.argoproj.io/hook"));
            assert_eq!(own, None, "{name}: {}", object.key);
        }
    }
    Ok(())
}
