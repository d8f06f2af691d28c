//! `status`: where a release stands, and whether its objects are ready.

use super::args::{ClusterArgs, Output};
use super::connect::no_release;
use super::connect::{block_on, session};
use super::history::record_json;
use super::print;
use crate::Result;
use crate::chart::manifest::Manifest;
use crate::cluster::release::Record;
use crate::cluster::text::clean;
use crate::cluster::watch::Watch;
use crate::cluster::{ClusterError, live};
use crate::rollout::readiness::{Judge, Limits, Report, Verdict};
use crate::runtime::prepare::settle;
use crate::runtime::session::{Session, Survey};
use clap::Args;
use serde_json::{Value as Json, json};
use std::process::ExitCode;

/// What `status` takes.
#[derive(Debug, Clone, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    cluster: ClusterArgs,
    /// How to write the report
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Shows where the release stands.
pub(super) fn status(args: &StatusArgs) -> Result<ExitCode> {
    let (session, survey, report) = block_on(async {
        let connected = session(&args.cluster, None).await?;
        let survey = connected.session.survey().await?;
        let report = look(&connected.session, &survey).await?;
        Ok((connected.session.clone(), survey, report))
    })?;
    if survey.history.is_empty() {
        return Err(no_release(&session.owner));
    }
    match args.output {
        Output::Text => print::text(&text(&session, &survey, &report))?,
        Output::Json => print::json(&document(&session, &survey, &report))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Looks once at everything that the release has recorded.
async fn look(session: &Session, survey: &Survey) -> Result<Report, ClusterError> {
    let manifest = Manifest {
        objects: survey.objects()?,
        ..Manifest::default()
    };
    let keys: Vec<_> = settle(manifest, session)
        .objects
        .into_iter()
        .map(|object| object.key)
        .collect();
    let known = live::fetch(&session.cluster, keys.iter().cloned()).await?;
    let known = known
        .into_iter()
        .filter_map(|(key, body)| Some((key, body?)))
        .collect();
    let watch = Watch::start(&session.cluster, &session.owner.namespace, keys, known).await;
    let mut judge = Judge::new(Limits {
        timeout: u64::MAX,
        silence: Limits::SILENCE,
    });
    Ok(judge.look(0, &watch.observation()))
}

fn text(session: &Session, survey: &Survey, report: &Report) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut row = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
    row(
        "release",
        format!(
            "{} in {} on {}",
            session.owner.release, session.owner.namespace, session.context
        ),
    );
    if let Some(last) = survey.last() {
        row("revision", format!("{}, {}", last.revision(), last.status()));
        row(
            "chart",
            clean(&format!("{} ({})", last.chart_label(), last.app_version())),
        );
        row("updated", clean(last.last_deployed()));
        row("description", clean(last.description()));
    }
    if let Some(state) = &survey.state {
        let next = state.stages.get(state.next).cloned().unwrap_or_default();
        row(
            "unfinished",
            clean(&format!(
                "stopped at stage {next}, started by {} at {}",
                state.operator, state.started
            )),
        );
    }
    if let Some(holder) = &survey.holder {
        let alive = if holder.alive {
            ""
        } else {
            ", not heard of any more"
        };
        row(
            "held by",
            format!("{} since {}{alive}", holder.name, holder.since),
        );
    }
    if let Some((ready, wanted)) = report.ready {
        row("pods", format!("{ready} of {wanted} ready"));
    }
    row("health", verdict_words(&report.verdict));
    for words in &report.waits_for {
        row("", words.clone());
    }
    for words in &report.warnings {
        row("note", words.clone());
    }
    print::table(&rows)
}

fn verdict_words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Ready => "ready".to_owned(),
        Verdict::Waiting => "not ready".to_owned(),
        Verdict::Failed(cause) => format!("failing: {}", cause.headline),
    }
}

fn document(session: &Session, survey: &Survey, report: &Report) -> Json {
    json!({
        "release": session.owner.release,
        "namespace": session.owner.namespace,
        "context": session.context,
        "revision": survey.last().map(record_json),
        "deployed": survey.deployed().map(Record::revision),
        "unfinished": survey.state.as_ref().map(|state| json!({
            "operator": clean(&state.operator), "started": clean(&state.started),
            "next": state.stages.get(state.next), "stages": state.stages,
        })),
        "heldBy": survey.holder.as_ref().map(|holder| json!({
            "name": holder.name, "since": holder.since, "alive": holder.alive,
        })),
        "health": match &report.verdict {
            Verdict::Ready => "ready",
            Verdict::Waiting => "waiting",
            Verdict::Failed(_) => "failed",
        },
        "pods": report.ready.map(|(ready, wanted)| json!({"ready": ready, "wanted": wanted})),
        "waitsFor": report.waits_for,
        "warnings": report.warnings,
    })
}
