//! `history`: the revisions of a release.

use super::args::{ClusterArgs, Output};
use super::connect::{block_on, no_release, session};
use super::print;
use crate::Result;
use crate::cluster::release::Record;
use crate::cluster::text::clean;
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// What `history` takes.
#[derive(Debug, Clone, Args)]
pub struct HistoryArgs {
    #[command(flatten)]
    cluster: ClusterArgs,
    /// How to write the report
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Shows the revisions, the oldest first.
pub(super) fn history(args: &HistoryArgs) -> Result<ExitCode> {
    let history = block_on(async {
        let connected = session(&args.cluster, None).await?;
        let history = connected.session.survey().await?.history;
        if history.is_empty() {
            return Err(no_release(&connected.session.owner));
        }
        Ok(history)
    })?;
    match args.output {
        Output::Text => {
            let head = [
                "REVISION",
                "UPDATED",
                "STATUS",
                "CHART",
                "APP VERSION",
                "DESCRIPTION",
            ]
            .map(str::to_owned)
            .to_vec();
            let rows: Vec<Vec<String>> = std::iter::once(head).chain(history.iter().map(row)).collect();
            print::text(&print::table(&rows))?;
        }
        Output::Json => print::json(&history.iter().map(record_json).collect())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn row(record: &Record) -> Vec<String> {
    vec![
        record.revision().to_string(),
        clean(
            record
                .last_deployed()
                .get(..19)
                .unwrap_or_else(|| record.last_deployed()),
        ),
        record.status().to_string(),
        clean(&record.chart_label()),
        clean(record.app_version()),
        clean(record.description()),
    ]
}

/// A revision for a program, with the names that `helm history -o json` uses.
pub(super) fn record_json(record: &Record) -> serde_json::Value {
    json!({
        "revision": record.revision(),
        "updated": clean(record.last_deployed()),
        "status": record.status().name(),
        "chart": clean(&record.chart_label()),
        "app_version": clean(record.app_version()),
        "description": clean(record.description()),
    })
}
