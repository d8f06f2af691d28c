//! Removing a release: what goes, what stays, and what both Helms and a later install make of it.

use crate::bench::{Bench, RELEASE};
use crate::support::harness::Ctx;
use crate::support::helm::Helm;
use crate::support::trial::{Outcome, TestNamespace, in_cluster};
use libtest_mimic::{Failed, Trial};
use mesh_tui::chart::manifest::ObjectKey;
use mesh_tui::cluster::release::Status;
use mesh_tui::rollout::{Command, Guard, Outcome as End, Phase};
use mesh_tui::runtime::prepare::{JobOptions, Removal, prepare_removal};
use mesh_tui::runtime::rollout::start;
use serde_json::{Value as Json, json};

pub fn trials(ctx: &Ctx) -> Vec<Trial> {
    vec![
        in_cluster(
            ctx,
            "uninstall::what_the_release_made_goes_and_what_cannot_be_made_again_stays",
            removed,
        ),
        in_cluster(
            ctx,
            "uninstall::one_that_is_held_up_says_so_and_can_go_on",
            held_up,
        ),
        in_cluster(
            ctx,
            "uninstall::what_a_failed_stage_brought_goes_as_well",
            failed_stage,
        ),
        in_cluster(ctx, "uninstall::its_history_can_be_kept", history_kept),
        in_cluster(ctx, "uninstall::what_helm_installed_goes_as_well", of_helm),
    ]
}

async fn removal(bench: &Bench) -> Result<Removal, Failed> {
    let survey = bench.survey().await?;
    prepare_removal(&bench.session, survey)
        .await?
        .ok_or_else(|| "there is no release to remove".into())
}

async fn uninstall(bench: &Bench, keep_history: bool, with_secrets: bool) -> Result<End, Failed> {
    uninstall_within(bench, keep_history, with_secrets, 120).await
}

async fn uninstall_within(
    bench: &Bench,
    keep_history: bool,
    with_secrets: bool,
    seconds: u64,
) -> Result<End, Failed> {
    let options = JobOptions {
        stage_timeout: seconds,
        ..JobOptions::default()
    };
    let job = removal(bench).await?.job(keep_history, with_secrets, &options);
    let approved = Guard::new(RELEASE, false).approve(true, None)?;
    let mut handle = start(bench.session.cluster.clone(), job, approved);
    while let Some(board) = handle.changed().await {
        if board.phase == Phase::Deciding {
            handle.send(Command::Abort);
        }
    }
    Ok(handle.finish().await)
}

async fn password(bench: &Bench) -> Result<Option<Json>, Failed> {
    let secret = bench.get("v1", "Secret", "dm-database").await?;
    Ok(secret.map(|secret| secret["data"].clone()))
}

async fn removed(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    bench.install(&json!({})).await?;
    let before = password(&bench).await?;
    let told = removal(&bench).await?;
    let claims: Vec<&str> = told.claims.iter().map(|claim| claim.name.as_str()).collect();
    assert!(
        claims.iter().any(|name| name.ends_with("dm-postgresql-0")),
        "{claims:?}"
    );
    assert!(told.secrets.iter().any(|secret| secret.name == "dm-database"));

    assert_eq!(uninstall(&bench, false, false).await?, End::Completed);
    for key in &told.deleted {
        assert_eq!(
            bench.session.cluster.get(key).await?,
            None,
            "{key} is still there"
        );
    }
    let survey = bench.survey().await?;
    assert!(survey.history.is_empty());
    assert_eq!(
        (survey.state, survey.holder),
        (None, None),
        "nothing of ours is left"
    );
    for claim in &told.claims {
        assert!(
            bench.session.cluster.get(claim).await?.is_some(),
            "{claim} is lost"
        );
    }
    assert_eq!(
        password(&bench).await?,
        before,
        "kept, as the database on the volume has it"
    );

    bench.install(&json!({})).await?;
    assert_eq!(password(&bench).await?, before);
    assert_eq!(uninstall(&bench, false, true).await?, End::Completed);
    assert_eq!(password(&bench).await?, None);
    Ok(())
}

async fn held_up(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    bench.install(&json!({})).await?;
    let key = ObjectKey {
        api_version: "v1".to_owned(),
        kind: "ConfigMap".to_owned(),
        namespace: Some(bench.place.name.clone()),
        name: "dm-edge-mcp".to_owned(),
    };
    let hold = json!([{"op": "add", "path": "/metadata/finalizers", "value": ["example.com/hold"]}]);
    bench.session.cluster.json_patch(&key, &hold).await?;
    assert_eq!(uninstall_within(&bench, false, false, 5).await?, End::Aborted);
    let survey = bench.survey().await?;
    assert_eq!(
        survey.last().map(|last| last.status()),
        Some(Status::Uninstalling)
    );

    let plan = bench.plan(&json!({})).await?;
    let refused: Vec<&str> = plan.errors().map(|finding| finding.rule).collect();
    assert!(refused.contains(&"pending-release"), "{refused:?}");

    let release = json!([{"op": "remove", "path": "/metadata/finalizers"}]);
    bench.session.cluster.json_patch(&key, &release).await?;
    assert_eq!(uninstall(&bench, false, false).await?, End::Completed);
    assert!(bench.survey().await?.history.is_empty());
    Ok(())
}

async fn failed_stage(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    let change = json!({"rest-api": {"image": {"tag": "1-nopull"}}});
    let (outcome, _) = bench.roll_out(&change, |_| Command::Abort).await?;
    assert_eq!(outcome, End::Aborted);
    assert!(bench.get("apps/v1", "Deployment", "dm-rest-api").await?.is_some());
    assert_eq!(uninstall(&bench, false, false).await?, End::Completed);
    assert_eq!(bench.get("apps/v1", "Deployment", "dm-rest-api").await?, None);
    assert_eq!(bench.survey().await?.state, None, "nothing is left to resume");
    Ok(())
}

async fn history_kept(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    bench.install(&json!({})).await?;
    assert_eq!(uninstall(&bench, true, false).await?, End::Completed);
    let survey = bench.survey().await?;
    assert_eq!(survey.last().map(|last| last.status()), Some(Status::Uninstalled));
    for helm in [Helm::three()?, Helm::four()?] {
        let status = bench.helm(&helm, &["status", RELEASE])?;
        assert!(status.contains("STATUS: uninstalled"), "{status}");
    }
    assert!(survey.is_install(), "a later apply installs anew");
    // Helm takes such a release up again.
    bench.helm(
        &Helm::three()?,
        &["rollback", RELEASE, &survey.last_revision().to_string()],
    )?;
    assert!(bench.get("apps/v1", "Deployment", "dm-rest-api").await?.is_some());
    Ok(())
}

async fn of_helm(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    let chart = crate::support::choices::chart_folder();
    let values = chart.join("values-dev.yaml");
    bench.helm(
        &Helm::four()?,
        &[
            "install",
            RELEASE,
            &chart.to_string_lossy(),
            "-f",
            &values.to_string_lossy(),
        ],
    )?;
    let told = removal(&bench).await?;
    assert!(told.secrets.is_empty(), "Helm's own are objects of the release");
    assert_eq!(uninstall(&bench, false, false).await?, End::Completed);
    for key in &told.deleted {
        assert_eq!(
            bench.session.cluster.get(key).await?,
            None,
            "{key} is still there"
        );
    }
    assert!(bench.survey().await?.history.is_empty());
    Ok(())
}
