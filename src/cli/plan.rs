//! `plan` and `diff`: what would change, by stage.

use super::args::{ClusterArgs, Output, ReleaseArgs, ValuesArgs};
use super::connect::{block_on, choose, intent, session};
use super::{plan_report, print};
use crate::Result;
use crate::runtime::prepare::{Prepared, prepare};
use clap::Args;
use std::process::ExitCode;

/// The exit code of `diff` when there are changes.
const CHANGES: u8 = 2;

/// What `plan` and `diff` take.
#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    values: ValuesArgs,
    #[command(flatten)]
    release: ReleaseArgs,
    /// How to write the report
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Shows what would happen, object by object, without the fields.
pub(super) fn plan(args: &PlanArgs) -> Result<ExitCode> {
    let prepared = made(args)?;
    match args.output {
        Output::Text => print::text(&plan_report::text(&prepared, false))?,
        Output::Json => print::json(&plan_report::json(&prepared))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows what would change, field by field; exits with 2 where something would.
pub(super) fn diff(args: &PlanArgs) -> Result<ExitCode> {
    let prepared = made(args)?;
    match args.output {
        Output::Text => print::text(&plan_report::text(&prepared, true))?,
        Output::Json => print::json(&plan_report::json(&prepared))?,
    }
    Ok(if prepared.plan.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(CHANGES)
    })
}

fn made(args: &PlanArgs) -> Result<Prepared> {
    let chosen = choose(&args.values)?;
    block_on(async {
        let connected = session(&args.cluster, Some(&chosen)).await?;
        let intent = intent(&connected.session, chosen, &args.release).await?;
        prepare(&connected.session, &intent).await
    })
}
