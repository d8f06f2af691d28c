//! `rollback` and `unlock`: back to an earlier revision, and out of an operation that nobody finishes.

use super::apply::{RolloutArgs, held, refuse_errors};
use super::args::ClusterArgs;
use super::connect::{block_on, no_release, session};
use super::follow::follow;
use super::{plan_report, print};
use crate::cluster::Owner;
use crate::cluster::lease::Lease;
use crate::cluster::release::{Record, Releases, Status};
use crate::cluster::state::StateStore;
use crate::rollout::Guard;
use crate::runtime::prepare::{JobOptions, prepare_rollback};
use crate::runtime::rollout::start;
use crate::runtime::session::Survey;
use crate::{Error, ErrorKind, Result};
use clap::Args;
use jiff::Timestamp;
use std::process::ExitCode;

/// What `rollback` takes.
#[derive(Debug, Clone, Args)]
pub struct RollbackArgs {
    /// The revision to go back to, instead of what was deployed before the last rollout
    #[arg(value_name = "REVISION")]
    revision: Option<i64>,
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    rollout: RolloutArgs,
}

/// What `unlock` takes.
#[derive(Debug, Clone, Args)]
pub struct UnlockArgs {
    #[command(flatten)]
    cluster: ClusterArgs,
    /// Unlock although the holder was heard of a moment ago
    #[arg(long)]
    force: bool,
}

/// Goes back to an earlier revision: to exactly what it recorded, as a new revision.
pub(super) fn rollback(args: &RollbackArgs) -> Result<ExitCode> {
    block_on(async {
        let connected = session(&args.cluster, None).await?;
        let survey = connected.session.survey().await?;
        held(&survey)?;
        let target = target(&survey, &connected.session.owner, args)?;
        let prepared = prepare_rollback(&connected.session, survey, &target).await?;
        refuse_errors(&prepared)?;
        let take_over = args.rollout.take_over(&prepared)?;
        let interactive = args.rollout.interactive();
        if interactive {
            print::note(plan_report::text(&prepared, false).trim_end());
        }
        let guard = Guard::new(&args.cluster.release, false);
        let approved = args.rollout.approval().approve(&guard, "go back to it?")?;
        let options = JobOptions {
            stage_timeout: args.rollout.timeout(),
            pause_between_stages: false,
            take_over_pending: true,
            take_over,
        };
        let job = prepared.rollback_job(&target, options);
        let states = StateStore::new(
            connected.session.cluster.clone(),
            &connected.session.owner.namespace,
            &connected.session.owner.release,
        );
        let handle = start(connected.session.cluster.clone(), job, approved);
        let code = follow(
            handle,
            args.rollout.on_failure(),
            args.rollout.output(),
            interactive,
            "",
        )
        .await?;
        if code == ExitCode::SUCCESS {
            // Whatever rollout was under way is over with this.
            states.clear().await?;
        }
        Ok(code)
    })
}

/// The revision that was asked for, else what was deployed before the last rollout: the newest one that a whole rollout,
/// or Helm, has left behind.
fn target(survey: &Survey, owner: &Owner, args: &RollbackArgs) -> Result<Record> {
    let release = &args.cluster.release;
    let Some(last) = survey.last() else {
        return Err(no_release(owner));
    };
    if let Some(revision) = args.revision {
        let found = survey.history.iter().find(|record| record.revision() == revision);
        return found.cloned().ok_or_else(|| {
            Error::new(
                ErrorKind::Input,
                format!("release {release} has no revision {revision}"),
            )
            .hint("`mesh-tui history` lists those that there are")
        });
    }
    // A release that was removed, or half so, comes back as it was.
    if matches!(last.status(), Status::Uninstalling | Status::Uninstalled) {
        return Ok(last.clone());
    }
    let unfinished = survey.state.as_ref().and_then(|state| state.base_revision);
    let complete = |record: &&Record| {
        matches!(record.status(), Status::Superseded | Status::Deployed)
            && record.revision() < last.revision()
            && record.stage().is_none_or(|mark| mark.stage == mark.of)
    };
    let found = match unfinished {
        Some(base) => survey.history.iter().find(|record| record.revision() == base),
        None => survey.history.iter().rev().find(complete),
    };
    found.cloned().ok_or_else(|| {
        Error::new(
            ErrorKind::Input,
            format!("release {release} has nothing to go back to"),
        )
        .hint("`mesh-tui history` lists its revisions")
    })
}

/// Ends an operation that nobody finishes: its revision is recorded as failed, and its lease is removed.
pub(super) fn unlock(args: &UnlockArgs) -> Result<ExitCode> {
    block_on(async {
        let connected = session(&args.cluster, None).await?;
        let (cluster, owner) = (connected.session.cluster.clone(), connected.session.owner.clone());
        let survey = connected.session.survey().await?;
        if !args.force {
            held(&survey)?;
        }
        let releases = Releases::new(cluster.clone(), &owner.namespace, &owner.release);
        let mut done = Vec::new();
        for mut record in survey
            .history
            .iter()
            .filter(|record| record.status().is_pending())
            .cloned()
        {
            done.push(format!(
                "revision {} was {} and is failed now",
                record.revision(),
                record.status()
            ));
            let description = format!("{}: unlocked", record.description());
            record.set_status(Status::Failed, Some(&description));
            releases.update(&mut record, Timestamp::now().as_second()).await?;
        }
        if let Some(holder) = &survey.holder {
            Lease::new(cluster, &owner.namespace, &owner.release, "")
                .remove()
                .await?;
            done.push(format!("the lease of {} is removed", holder.name));
        }
        let text = if done.is_empty() {
            "nothing holds the release\n".to_owned()
        } else {
            done.join("\n") + "\n"
        };
        print::text(&text)?;
        Ok(ExitCode::SUCCESS)
    })
}
