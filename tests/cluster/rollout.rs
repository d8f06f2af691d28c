//! Whole rollouts: install, nothing to do, a change of one service, a failing image and the way back.

use crate::bench::Bench;
use crate::support::harness::Ctx;
use crate::support::trial::{Outcome, TestNamespace, in_cluster};
use libtest_mimic::Trial;
use mesh_tui::cluster::release::{Releases, Status};
use mesh_tui::cluster::state::{RolloutState, StateStore};
use mesh_tui::plan::model::{Action, Severity};
use mesh_tui::rollout::{Command, Outcome as End, StageStatus};
use serde_json::json;
use std::collections::BTreeSet;

pub fn trials(ctx: &Ctx) -> Vec<Trial> {
    vec![
        in_cluster(ctx, "rollout::a_second_run_writes_nothing", second_run),
        in_cluster(
            ctx,
            "rollout::a_change_of_one_service_touches_only_its_objects",
            one_service,
        ),
        in_cluster(
            ctx,
            "rollout::a_failing_image_ends_early_and_is_rolled_back",
            failing_image,
        ),
        in_cluster(
            ctx,
            "rollout::a_first_install_that_fails_is_removed",
            failing_install,
        ),
        in_cluster(
            ctx,
            "rollout::a_stage_that_failed_can_be_mended_and_run_again",
            mended,
        ),
        in_cluster(
            ctx,
            "rollout::what_another_run_left_pending_is_taken_over",
            taken_over,
        ),
        in_cluster(
            ctx,
            "rollout::a_resumed_rollout_goes_back_to_before_it_began",
            resumed_and_back,
        ),
        in_cluster(
            ctx,
            "rollout::a_resumed_rollout_removes_nothing_because_a_record_is_gone",
            origin_gone,
        ),
        in_cluster(ctx, "rollout::objects_of_others_are_refused", foreign),
        in_cluster(
            ctx,
            "rollout::a_service_that_is_switched_off_leaves",
            switched_off,
        ),
        in_cluster(ctx, "rollout::an_autoscaler_takes_the_replicas_over", autoscaler),
        in_cluster(ctx, "rollout::history_is_pruned_to_ten", pruned),
        in_cluster(ctx, "rollout::hooks_stay_while_later_ones_need_them", hooks),
    ]
}

async fn second_run(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    let board = bench.install(&json!({})).await?;
    assert!(
        board.stages.iter().all(|stage| stage.status == StageStatus::Done),
        "{board:#?}"
    );
    let survey = bench.survey().await?;
    assert_eq!(
        survey.history.len(),
        board.stages.len(),
        "a revision for each stage"
    );
    assert_eq!(
        survey.deployed().map(|record| record.revision()),
        Some(board.stages.len() as i64)
    );
    assert_eq!(
        (survey.state, survey.holder),
        (None, None),
        "nothing of ours is left"
    );

    let mark = bench.place.cluster.mark().await?;
    let plan = bench.plan(&json!({})).await?;
    assert!(
        plan.plan.is_empty(),
        "{:#?}",
        plan.plan
            .changes()
            .filter(|c| c.action != Action::Unchanged)
            .collect::<Vec<_>>()
    );
    let (outcome, _) = bench.run(&plan, false, |_| Command::Abort).await?;
    assert_eq!(outcome, End::Unchanged);
    let writes = bench.place.writes_since(mark).await?;
    assert!(writes.is_empty(), "{writes:#?}");
    Ok(())
}

async fn one_service(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    bench.install(&json!({})).await?;
    let before = bench.survey().await?.last_revision();
    let mark = bench.place.cluster.mark().await?;
    bench
        .install(&json!({"edge-mcp": {"image": {"tag": "1.4.3"}}}))
        .await?;
    let written: BTreeSet<(String, String)> = bench
        .place
        .writes_since(mark)
        .await?
        .into_iter()
        .map(|write| (write.object_ref.resource, write.object_ref.name))
        .collect();
    let known = |(resource, name): &(String, String)| match resource.as_str() {
        "secrets" => name.starts_with("sh.helm.release.v1.dm.") || name == "mesh-tui.dm.rollout",
        "leases" => name == "mesh-tui.dm",
        _ => name == "dm-edge-mcp",
    };
    assert!(written.iter().all(known), "{written:#?}");
    assert!(
        written.contains(&("deployments".to_owned(), "dm-edge-mcp".to_owned())),
        "{written:#?}"
    );
    assert!(bench.image("dm-edge-mcp").await?.ends_with(":1.4.3"));
    let last = bench.survey().await?.last_revision();
    assert!(
        last - before <= 2,
        "{before} -> {last}: a revision for the service, and one where values change last"
    );
    Ok(())
}

async fn failing_image(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    bench.install(&json!({})).await?;
    let (base, image) = (
        bench.survey().await?.last_revision(),
        bench.image("dm-rest-api").await?,
    );
    let change = json!({"rest-api": {"image": {"tag": "1.4.3-nopull"}}});
    let (outcome, board) = bench.roll_out(&change, |_| Command::RollbackAll).await?;
    assert_eq!(outcome, End::RolledBack, "{:#?}", board.cause);
    let cause = board.cause.clone().unwrap();
    assert!(
        cause.headline.contains("ImagePullBackOff") || cause.headline.contains("ErrImagePull"),
        "{cause:#?}"
    );
    assert_eq!(cause.stage.as_deref(), Some("rest-api"));
    assert!(board.elapsed < 100, "it took {} s", board.elapsed);
    assert_eq!(bench.image("dm-rest-api").await?, image);
    let survey = bench.survey().await?;
    let statuses: Vec<Status> = survey
        .history
        .iter()
        .filter(|r| r.revision() >= base)
        .map(|record| record.status())
        .collect();
    assert_eq!(statuses, [Status::Superseded, Status::Failed, Status::Deployed]);
    assert_eq!(
        survey.last().unwrap().description(),
        format!("Rollback to {base}")
    );
    assert_eq!(survey.state, None);
    assert!(bench.plan(&json!({})).await?.plan.is_empty());
    Ok(())
}

async fn failing_install(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    let change = json!({"rest-api": {"image": {"tag": "1-nopull"}}});
    let (outcome, board) = bench.roll_out(&change, |_| Command::RollbackAll).await?;
    assert_eq!(outcome, End::RolledBack, "{:#?}", board.cause);
    assert!(bench.survey().await?.history.is_empty());
    assert_eq!(bench.get("apps/v1", "Deployment", "dm-rest-api").await?, None);
    assert_eq!(bench.get("v1", "ConfigMap", "dm-rest-api").await?, None);
    // What cannot be made again stays.
    assert!(bench.get("v1", "Secret", "dm-database").await?.is_some());
    Ok(())
}

async fn mended(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    let change = json!({"rest-api": {"image": {"tag": "1-nopull"}}});
    let (outcome, _) = bench.roll_out(&change, |_| Command::Abort).await?;
    assert_eq!(outcome, End::Aborted);
    let survey = bench.survey().await?;
    let state = survey.state.unwrap();
    assert_eq!(state.stages[state.next], "rest-api");
    assert_eq!(survey.history.last().unwrap().status(), Status::Failed);
    bench.install(&json!({})).await?;
    assert_eq!(bench.survey().await?.state, None);
    Ok(())
}

async fn resumed_and_back(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    bench.install(&json!({})).await?;
    let (base, image) = (
        bench.survey().await?.last_revision(),
        bench.image("dm-rest-api").await?,
    );
    let change =
        json!({"rest-api": {"image": {"tag": "1.4.3"}}, "worker": {"image": {"tag": "1.4.3-nopull"}}});
    let (outcome, _) = bench.roll_out(&change, |_| Command::Abort).await?;
    assert_eq!(outcome, End::Aborted);
    assert_ne!(bench.image("dm-rest-api").await?, image, "its stage had ended");

    let plan = bench.plan(&change).await?;
    let (outcome, board) = bench.run(&plan, true, |_| Command::RollbackAll).await?;
    assert_eq!(outcome, End::RolledBack, "{:#?}", board.cause);
    assert_eq!(bench.image("dm-rest-api").await?, image);
    let survey = bench.survey().await?;
    assert_eq!(
        survey.last().unwrap().description(),
        format!("Rollback to {base}")
    );
    assert!(bench.plan(&json!({})).await?.plan.is_empty());
    Ok(())
}

async fn origin_gone(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    bench.install(&json!({})).await?;
    let base = bench.survey().await?.last_revision();
    let change =
        json!({"rest-api": {"image": {"tag": "1.4.3"}}, "worker": {"image": {"tag": "1.4.3-nopull"}}});
    bench.roll_out(&change, |_| Command::Abort).await?;
    let owner = &bench.session.owner;
    Releases::new(bench.session.cluster.clone(), &owner.namespace, &owner.release)
        .delete(base)
        .await?;
    let plan = bench.plan(&change).await?;
    let (outcome, board) = bench.run(&plan, true, |_| Command::RollbackAll).await?;
    assert_eq!(outcome, End::RolledBack, "{:#?}", board.cause);
    // What was deployed last stands in its place; nothing is removed.
    assert!(bench.image("dm-rest-api").await?.ends_with(":1.4.3"));
    assert!(bench.survey().await?.deployed().is_some());
    Ok(())
}

async fn taken_over(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    bench.install(&json!({})).await?;
    let (cluster, owner) = (bench.session.cluster.clone(), bench.session.owner.clone());
    let releases = Releases::new(cluster.clone(), &owner.namespace, &owner.release);
    // As a laptop leaves it that dies in the middle of a stage.
    let survey = bench.survey().await?;
    let last = survey.last().unwrap();
    let mut pending = last.rolled_back_to(last.revision() + 1, last, "2026-01-01T00:00:00Z");
    pending.set_status(Status::PendingUpgrade, Some("stage 3 of 6: rest-api"));
    releases.create(&mut pending, 0).await?;
    StateStore::new(cluster, &owner.namespace, &owner.release)
        .save(&RolloutState::default())
        .await?;

    let change = json!({"edge-mcp": {"image": {"tag": "1.4.3"}}});
    let plan = bench.plan(&change).await?;
    let (outcome, board) = bench.run(&plan, false, |_| Command::Abort).await?;
    assert_eq!(outcome, End::Failed, "{board:#?}");
    assert!(
        board.cause.as_ref().unwrap().headline.contains("pending-upgrade"),
        "{board:#?}"
    );
    let plan = bench.plan(&change).await?;
    let (outcome, board) = bench.run(&plan, true, |_| Command::Abort).await?;
    assert_eq!(outcome, End::Completed, "{board:#?}");
    let survey = bench.survey().await?;
    assert!(survey.pending().is_none());
    assert_eq!(survey.state, None);
    Ok(())
}

async fn foreign(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "dm-rest-api"}, "data": {"a": "b"}});
    let key = mesh_tui::chart::manifest::ObjectKey {
        api_version: "v1".to_owned(),
        kind: "ConfigMap".to_owned(),
        namespace: Some(bench.place.name.clone()),
        name: "dm-rest-api".to_owned(),
    };
    bench.session.cluster.create(&key, &map).await?;
    let plan = bench.plan(&json!({})).await?;
    let found = plan
        .plan
        .findings
        .iter()
        .find(|finding| finding.rule == "foreign-object")
        .unwrap();
    assert_eq!(
        (found.severity, found.object.as_ref()),
        (Severity::Error, Some(&key))
    );
    Ok(())
}

async fn switched_off(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    bench.install(&json!({})).await?;
    bench.install(&json!({"worker": {"enabled": false}})).await?;
    assert_eq!(bench.get("apps/v1", "Deployment", "dm-worker").await?, None);
    assert_eq!(bench.get("v1", "ConfigMap", "dm-worker").await?, None);
    let survey = bench.survey().await?;
    assert!(!survey.deployed().unwrap().manifest().contains("dm-worker"));
    assert!(
        bench
            .plan(&json!({"worker": {"enabled": false}}))
            .await?
            .plan
            .is_empty()
    );
    Ok(())
}

async fn autoscaler(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    bench.install(&json!({"rest-api": {"replicaCount": 2}})).await?;
    let on = json!({"rest-api": {"replicaCount": 2,
        "autoscaling": {"enabled": true, "minReplicas": 2, "maxReplicas": 5}}});
    bench.install(&on).await?;
    let live = bench.get("apps/v1", "Deployment", "dm-rest-api").await?.unwrap();
    assert_eq!(live["spec"]["replicas"], 2, "handed over, not dropped");
    assert!(bench.plan(&on).await?.plan.is_empty());
    // And back: the release takes the field again from what kept it.
    bench.install(&json!({"rest-api": {"replicaCount": 1}})).await?;
    let live = bench.get("apps/v1", "Deployment", "dm-rest-api").await?.unwrap();
    assert_eq!(live["spec"]["replicas"], 1);
    Ok(())
}

async fn pruned(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    bench.install(&json!({})).await?;
    let first = bench.survey().await?.last_revision();
    for n in 0..6 {
        bench
            .install(&json!({"worker": {"config": {"concurrency": 10 + n}}}))
            .await?;
    }
    let survey = bench.survey().await?;
    assert!(survey.history.len() <= 10, "{}", survey.history.len());
    let kept: Vec<i64> = survey.history.iter().map(|record| record.revision()).collect();
    assert!(
        kept.contains(&first),
        "the end of the first rollout outlives its stages: {kept:?}"
    );
    assert_eq!(survey.deployed().unwrap().revision(), survey.last_revision());
    Ok(())
}

/// The migration's Job needs the account, the policy and the Secret that come before it, the load test's Job its script:
/// they go when the last hook is through, and then they are gone.
async fn hooks(place: TestNamespace) -> Outcome {
    let bench = Bench::new(place).await?;
    let board = bench
        .install(&json!({
            "global": {
                "database": {"host": "db.example.com", "password": "in-plain"},
                "networkPolicy": {"enabled": true},
            },
            "postgresql": {"enabled": false},
            "loadTest": {"enabled": true, "trigger": "rollout"},
        }))
        .await?;
    assert!(
        board.stages.iter().all(|stage| stage.status == StageStatus::Done),
        "{board:#?}"
    );
    let survey = bench.survey().await?;
    let record = survey.deployed().ok_or("nothing is deployed")?;
    let hooks = record.hooks();
    assert!(hooks.len() >= 8, "{} hooks", hooks.len());
    for hook in hooks {
        let key = bench
            .session
            .cluster
            .index()
            .resolve(hook.object.key, &bench.place.name);
        assert!(
            bench.session.cluster.get(&key).await?.is_none(),
            "{key} is still there"
        );
    }
    Ok(())
}
