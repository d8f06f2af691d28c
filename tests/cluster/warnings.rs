//! What the API server warns of is part of the plan, before anything is written.

use crate::bench::Bench;
use crate::support::harness::Ctx;
use crate::support::trial::{Outcome, TestNamespace, in_cluster};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, Patch, PatchParams};
use libtest_mimic::Trial;
use mesh_tui::plan::model::Severity;
use serde_json::json;

pub fn trials(ctx: &Ctx) -> Vec<Trial> {
    vec![in_cluster(
        ctx,
        "warnings::pods_that_a_namespace_will_not_admit_are_known_before",
        known_before,
    )]
}

async fn known_before(place: TestNamespace) -> Outcome {
    let label = json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}});
    Api::<Namespace>::all(place.client())
        .patch(&place.name, &PatchParams::default(), &Patch::Merge(label))
        .await?;
    let bench = Bench::new(place).await?;
    let sound = bench.plan(&json!({})).await?;
    let warned = |finding: &&mesh_tui::plan::model::Finding| finding.rule == "server-warning";
    assert_eq!(sound.plan.findings.iter().find(warned), None);

    let careless =
        json!({"global": {"security": {"containerSecurityContext": {"allowPrivilegeEscalation": true}}}});
    let plan = bench.plan(&careless).await?.plan;
    let deployment = |finding: &&mesh_tui::plan::model::Finding| {
        let key = finding.object.as_ref();
        key.is_some_and(|key| key.to_string() == "Deployment/dm-worker")
    };
    let finding = plan.findings.iter().filter(warned).find(deployment);
    let finding = finding.ok_or("the server warned of nothing")?;
    assert_eq!(finding.severity, Severity::Warning);
    assert!(
        finding.message.contains("violate PodSecurity"),
        "{}",
        finding.message
    );
    Ok(())
}
