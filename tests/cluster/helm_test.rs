//! `helm test` on a real cluster: the chart's tests run, leave nothing behind when they pass, and say so when they fail.

use crate::support::choices::chart_folder;
use crate::support::harness::Ctx;
use crate::support::helm::Helm;
use crate::support::trial::{Outcome, TestNamespace, in_cluster};
use kube::api::{Api, DynamicObject, ListParams};
use kube::discovery::{Discovery, Scope, verbs};
use libtest_mimic::{Failed, Trial};
use std::collections::BTreeSet;

pub fn trials(ctx: &Ctx) -> Vec<Trial> {
    vec![
        in_cluster(ctx, "helm_test::helm_3_passes_and_fails", |place| async move {
            tested(&place, &Helm::three()?).await
        }),
        in_cluster(ctx, "helm_test::helm_4_passes_and_fails", |place| async move {
            tested(&place, &Helm::four()?).await
        }),
    ]
}

async fn tested(place: &TestNamespace, helm: &Helm) -> Outcome {
    let run = |arguments: &[&str]| helm.run_in(place.cluster.kubeconfig(), &place.name, arguments);
    let chart = chart_folder();
    let values = chart.join("values-dev.yaml");
    let (chart, values) = (chart.display().to_string(), values.display().to_string());
    let set = "--set=global.networkPolicy.enabled=true,loadTest.enabled=true";
    run(&[
        "install",
        "dm",
        &chart,
        "--values",
        &values,
        set,
        "--wait",
        "--timeout=3m",
    ])?
    .ok()?;
    let before = objects(place).await?;

    let said = run(&["test", "dm", "--timeout=2m"])?.ok()?;
    for test in [
        "dm-rest-api-test",
        "dm-edge-mcp-test",
        "dm-rag-loader-test",
        "dm-postgresql-test",
        "dm-redis-test",
    ] {
        assert!(said.contains(test), "{test} is not in\n{said}");
    }
    assert!(said.contains("dm-load-test"), "{said}");
    assert_eq!(objects(place).await?, before, "what the tests needed is gone");

    // An image of this kind ends as failed.
    let failing = [
        "--reuse-values",
        "--set=loadTest.image.tag=1.3.0-fail",
        "--wait",
        "--timeout=3m",
    ];
    run(&[&["upgrade", "dm", &chart], &failing[..]].concat())?.ok()?;
    let said = run(&["test", "dm", "--timeout=2m"])?;
    assert!(!said.success, "{}", said.stdout);
    Ok(())
}

/// What carries the release's label, less the records of requests and what controllers make of it.
async fn objects(place: &TestNamespace) -> Result<BTreeSet<String>, Failed> {
    let discovery = Discovery::new(place.client()).run().await?;
    let labelled = ListParams::default().labels("app.kubernetes.io/instance=dm");
    let mut names = BTreeSet::new();
    for (resource, capabilities) in discovery.groups().flat_map(|group| group.recommended_resources()) {
        if capabilities.scope != Scope::Namespaced || !capabilities.supports_operation(verbs::LIST) {
            continue;
        }
        let api = Api::<DynamicObject>::namespaced_with(place.client(), &place.name, &resource);
        names.extend(api.list(&labelled).await?.into_iter().map(|object| {
            let name = object.metadata.name.unwrap_or_default();
            format!("{}/{name}", resource.kind)
        }));
    }
    Ok(names)
}
