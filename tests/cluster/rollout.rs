//! Whole rollouts: install, nothing to do, a change of one service, a failing image and the way back.

use crate::support::harness::Ctx;
use crate::support::helm::Helm;
use crate::support::trial::{Outcome, TestNamespace, in_cluster};
use libtest_mimic::Trial;
use mesh_tui::chart::manifest::parse_recorded;
use mesh_tui::chart::render::Rendered;
use mesh_tui::cluster::{Cluster, Owner};
use mesh_tui::rollout::{Guard, Outcome as RolloutOutcome};
use mesh_tui::runtime::prepare::{Intent, JobOptions, against};
use mesh_tui::runtime::rollout::start;
use mesh_tui::runtime::session::Session;
use mesh_tui::source;
use serde_json::json;
use std::path::Path;

pub fn trials(ctx: &Ctx) -> Vec<Trial> {
    vec![in_cluster(ctx, "rollout::install", install)]
}

async fn install(place: TestNamespace) -> Outcome {
    let cluster = Cluster::with_client(place.client(), place.cluster.server()).await?;
    let owner = Owner {
        release: "dm".to_owned(),
        namespace: place.name.clone(),
    };
    let session = Session {
        cluster,
        context: "test".to_owned(),
        owner,
    };
    let chart = source::embedded().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/chart/developer-mesh");
    let values = folder.join("values-dev.yaml");
    let out = Helm::four()?.template("dm", &folder, ["-n", &place.name, "-f", values.to_str().unwrap()])?;
    let text = out.ok()?;
    let manifest = parse_recorded(&text)?;
    eprintln!(
        "{} objects {} hooks",
        manifest.objects.len(),
        manifest.hooks.len()
    );
    let intent = Intent {
        chart,
        chart_source: String::new(),
        values: json!({}),
        profile: String::new(),
        order: Vec::new(),
        secrets: "kubernetes".to_owned(),
        create_namespace: false,
    };
    for round in 0..2 {
        let survey = session.survey().await?;
        let rendered = Rendered {
            manifest: manifest.clone(),
            notes: String::new(),
            values: json!({}),
        };
        let prepared = against(&session, intent.clone(), survey, rendered)
            .await
            .map_err(|e| format!("{e} {:?}", e.causes()))?;
        for finding in &prepared.plan.findings {
            eprintln!("{finding:?}");
        }
        eprintln!("{:?}", prepared.plan.counts());
        for change in prepared
            .plan
            .changes()
            .filter(|c| c.action != mesh_tui::plan::model::Action::Unchanged)
            .take(if round > 0 { 50 } else { 0 })
        {
            eprintln!("{} {:?} {:?}", change.key, change.action, change.fields);
        }
        let job = prepared.job(JobOptions {
            stage_timeout: 120,
            pause_between_stages: false,
            take_over_pending: false,
        });
        let approved = Guard::new("dm", false).approve(true, None).unwrap();
        let mut handle = start(session.cluster.clone(), job, approved);
        let mut last = Vec::new();
        while let Some(board) = handle.changed().await {
            let now: Vec<_> = board
                .stages
                .iter()
                .map(|s| (s.status.clone(), s.waits_for.clone()))
                .collect();
            if now != last {
                for (stage, (status, waits)) in board.stages.iter().zip(&now) {
                    eprintln!(
                        "{} {:?} {:?} {:?} {waits:?}",
                        board.elapsed, stage.name, status, stage.ready
                    );
                }
                eprintln!();
                last = now;
            }
            if board.phase == mesh_tui::rollout::Phase::Deciding {
                eprintln!("{:#?}", board.cause);
                handle.send(mesh_tui::rollout::Command::Abort);
            }
        }
        eprintln!("cause {:#?}", handle.board().cause);
        let outcome = handle.finish().await;
        eprintln!("{outcome:?}");
        assert_eq!(
            outcome,
            if round == 0 {
                RolloutOutcome::Completed
            } else {
                RolloutOutcome::Unchanged
            }
        );
    }
    for helm in Helm::both()? {
        eprintln!(
            "{}",
            helm.run_in(place.cluster.kubeconfig(), &place.name, ["history", "dm"])?
                .ok()?
        );
    }
    Ok(())
}
