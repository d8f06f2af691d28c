//! Both Helms install the embedded chart into a real cluster, upgrade it and uninstall it.

use crate::support::choices::chart_folder;
use crate::support::harness::Ctx;
use crate::support::helm::Helm;
use crate::support::trial::{Outcome, TestNamespace, in_cluster};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Secret};
use kube::api::{Api, ListParams};
use libtest_mimic::Trial;
use std::path::Path;

pub fn trials(ctx: &Ctx) -> Vec<Trial> {
    vec![
        in_cluster(ctx, "install::helm_3", |place| async move {
            lives(&place, &Helm::three()?).await
        }),
        in_cluster(ctx, "install::helm_4", |place| async move {
            lives(&place, &Helm::four()?).await
        }),
    ]
}

/// Installs for development with the databases embedded, upgrades to external ones (whose migration is a hook), and
/// uninstalls.
async fn lives(place: &TestNamespace, helm: &Helm) -> Outcome {
    let values = chart_folder().join("values-dev.yaml");
    let chart = chart_folder();
    let run = |arguments: &[&Path]| -> Result<String, Box<dyn std::error::Error>> {
        Ok(helm
            .run_in(place.cluster.kubeconfig(), &place.name, arguments)?
            .ok()?)
    };
    let with_values = [
        Path::new("--values"),
        &values,
        Path::new("--wait"),
        Path::new("--timeout=2m"),
    ];

    run(&[&[Path::new("install"), Path::new("dm"), &chart], &with_values[..]].concat())?;
    let deployments = Api::<Deployment>::namespaced(place.client(), &place.name);
    let installed = deployments.list(&ListParams::default()).await?;
    assert_eq!(installed.items.len(), 4, "the four services");
    for deployment in installed {
        let status = deployment.status.unwrap_or_default();
        assert_eq!(status.ready_replicas, Some(1), "{:?}", deployment.metadata.name);
    }

    let external = [
        "--set=postgresql.enabled=false,global.database.host=db.example.com",
        "--set=redis.enabled=false,global.redis.host=redis.example.com",
    ]
    .map(Path::new);
    let upgrade = [Path::new("upgrade"), Path::new("dm"), &chart];
    run(&[&upgrade, &with_values[..], &external].concat())?;
    let claims = Api::<PersistentVolumeClaim>::namespaced(place.client(), &place.name);
    let kept = claims.list(&ListParams::default()).await?;
    assert!(
        !kept.items.is_empty(),
        "the embedded databases' volumes outlive them"
    );

    run(&["uninstall", "dm", "--wait"].map(Path::new))?;
    assert!(deployments.list(&ListParams::default()).await?.items.is_empty());
    let secrets = Api::<Secret>::namespaced(place.client(), &place.name);
    let records = secrets.list(&ListParams::default().labels("owner=helm")).await?;
    assert!(records.items.is_empty(), "no record is left");
    Ok(())
}
