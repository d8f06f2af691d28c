//! What others change in the cluster: it is set back once that was agreed to, never silently, and rollouts that do not touch
//! it leave it alone.

use crate::bench::Bench;
use crate::support::harness::Ctx;
use crate::support::trial::{Outcome, TestNamespace, in_cluster};
use http::{Method, Request, header};
use libtest_mimic::{Failed, Trial};
use mesh_tui::chart::manifest::ObjectKey;
use mesh_tui::plan::model::TakeOver;
use mesh_tui::rollout::{Command, Outcome as End};
use mesh_tui::runtime::prepare::Prepared;
use serde_json::{Value as Json, json};

pub fn trials(ctx: &Ctx) -> Vec<Trial> {
    vec![
        in_cluster(ctx, "drift::is_set_back_once_that_was_agreed_to", set_back),
        in_cluster(
            ctx,
            "drift::an_agreement_counts_for_what_was_shown_only",
            agreement,
        ),
        in_cluster(
            ctx,
            "drift::a_rollback_leaves_alone_what_the_rollout_has_not_touched",
            rollback,
        ),
    ]
}

/// Edits a ConfigMap of the release as a person with an editor does.
async fn edit(bench: &Bench, name: &str, data: &Json) -> Result<(), Failed> {
    let uri = format!(
        "/api/v1/namespaces/{}/configmaps/{name}?fieldManager=kubectl-edit",
        bench.place.name
    );
    let request = Request::builder()
        .method(Method::PATCH)
        .uri(uri)
        .header(header::CONTENT_TYPE, "application/merge-patch+json")
        .body(json!({"data": data}).to_string().into_bytes())?;
    bench.place.client().request::<Json>(request).await?;
    Ok(())
}

async fn data(bench: &Bench, name: &str, key: &str) -> Result<Json, Failed> {
    let live = bench.get("v1", "ConfigMap", name).await?.unwrap_or_default();
    Ok(live["data"][key].clone())
}

/// Rolls a plan out that has conflicts, with what was agreed to.
async fn run(bench: &Bench, plan: &Prepared, agreed: Vec<TakeOver>) -> Result<End, Failed> {
    let (outcome, _) = bench.run_with(plan, false, agreed, |_| Command::Abort).await?;
    Ok(outcome)
}

async fn set_back(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    bench.install(&json!({})).await?;
    let wanted = data(&bench, "dm-edge-mcp", "LOG_LEVEL").await?;
    edit(&bench, "dm-edge-mcp", &json!({"LOG_LEVEL": "trace"})).await?;

    let plan = bench.plan(&json!({})).await?;
    let conflicts = plan.plan.conflicts();
    let expected = TakeOver {
        object: ObjectKey {
            api_version: "v1".to_owned(),
            kind: "ConfigMap".to_owned(),
            namespace: Some(bench.place.name.clone()),
            name: "dm-edge-mcp".to_owned(),
        },
        field: ".data.LOG_LEVEL".to_owned(),
        manager: "kubectl-edit".to_owned(),
    };
    assert_eq!(conflicts, [expected]);

    assert_eq!(run(&bench, &plan, Vec::new()).await?, End::Aborted);
    assert_eq!(data(&bench, "dm-edge-mcp", "LOG_LEVEL").await?, json!("trace"));

    let plan = bench.plan(&json!({})).await?;
    assert_eq!(run(&bench, &plan, conflicts).await?, End::Completed);
    assert_eq!(data(&bench, "dm-edge-mcp", "LOG_LEVEL").await?, wanted);
    assert!(bench.plan(&json!({})).await?.plan.is_empty());
    Ok(())
}

async fn agreement(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    bench.install(&json!({})).await?;
    edit(&bench, "dm-edge-mcp", &json!({"LOG_LEVEL": "trace"})).await?;
    let agreed = bench.plan(&json!({})).await?.plan.conflicts();
    edit(&bench, "dm-edge-mcp", &json!({"LOG_FORMAT": "text"})).await?;
    let plan = bench.plan(&json!({})).await?;
    assert_eq!(plan.plan.conflicts().len(), 2);
    assert_eq!(run(&bench, &plan, agreed).await?, End::Aborted);
    assert_eq!(data(&bench, "dm-edge-mcp", "LOG_LEVEL").await?, json!("trace"));
    assert_eq!(data(&bench, "dm-edge-mcp", "LOG_FORMAT").await?, json!("text"));
    Ok(())
}

async fn rollback(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    bench.install(&json!({})).await?;
    let change = json!({"rest-api": {"image": {"tag": "1.4.3-nopull"}}});
    let plan = bench.plan(&change).await?;
    // Somebody edits another service after the plan was approved.
    edit(&bench, "dm-edge-mcp", &json!({"LOG_LEVEL": "trace"})).await?;
    let (outcome, board) = bench.run(&plan, false, |_| Command::RollbackAll).await?;
    assert_eq!(outcome, End::RolledBack, "{:#?}", board.cause);
    assert_eq!(data(&bench, "dm-edge-mcp", "LOG_LEVEL").await?, json!("trace"));
    Ok(())
}
