//! Removing a release: what goes, what stays, and what both Helms and a later install make of it.

use crate::bench::{Bench, RELEASE};
use crate::support::harness::Ctx;
use crate::support::helm::Helm;
use crate::support::trial::{Outcome, TestNamespace, in_cluster};
use libtest_mimic::{Failed, Trial};
use mesh_tui::cluster::release::Status;
use mesh_tui::rollout::{Guard, Outcome as End};
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
    let options = JobOptions {
        stage_timeout: 120,
        ..JobOptions::default()
    };
    let job = removal(bench).await?.job(keep_history, with_secrets, &options);
    let approved = Guard::new(RELEASE, false).approve(true, None)?;
    Ok(start(bench.session.cluster.clone(), job, approved).finish().await)
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
