//! `uninstall`: removes a release, says before what goes and what stays.

use super::apply::{held, seconds};
use super::approve::ApprovalArgs;
use super::args::{ClusterArgs, Output};
use super::connect::{block_on, no_release, session};
use super::follow::{OnFailure, follow};
use super::print;
use crate::chart::manifest::ObjectKey;
use crate::cluster::ClusterError;
use crate::rollout::Guard;
use crate::runtime::prepare::{JobOptions, Removal, prepare_removal};
use crate::runtime::rollout::start;
use crate::{Error, ErrorKind, Result, profile};
use clap::Args;
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::process::ExitCode;

/// What `uninstall` takes.
#[derive(Debug, Clone, Args)]
pub struct UninstallArgs {
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    approval: ApprovalArgs,
    /// Keep the release's record, so that `rollback` can bring it back
    #[arg(long)]
    keep_history: bool,
    /// Also delete the Secrets that mesh-tui made for the release: passwords and keys that nobody else has
    #[arg(long)]
    delete_secrets: bool,
    /// Only show what would happen
    #[arg(long)]
    dry_run: bool,
    /// How long the objects may take to go away: 90s, 10m, 1h
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = seconds)]
    timeout: u64,
    /// How to write the report
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Removes the release.
pub(super) fn uninstall(args: &UninstallArgs) -> Result<ExitCode> {
    block_on(async {
        let connected = session(&args.cluster, None).await?;
        let survey = connected.session.survey().await?;
        held(&survey)?;
        let release = &args.cluster.release;
        let Some(removal) = prepare_removal(&connected.session, survey).await? else {
            return Err(no_release(&connected.session.owner));
        };
        if let Some(record) = removal.pending() {
            return Err(ClusterError::Pending {
                revision: record.revision(),
                status: record.status().to_string(),
                since: record.last_deployed().to_owned(),
            }
            .into());
        }
        if args.dry_run {
            match args.output {
                Output::Text => print::text(&text(&removal, args))?,
                Output::Json => print::json(&as_json(&removal, args))?,
            }
            return Ok(ExitCode::SUCCESS);
        }
        if !removal.forbidden.is_empty() {
            let message = format!("it is forbidden to delete {}", removal.forbidden.join(", "));
            return Err(Error::new(ErrorKind::Forbidden, message)
                .hint("nothing was deleted; ask for a role that may, or use another context"));
        }
        let interactive = args.approval.interactive();
        if interactive {
            print::note(text(&removal, args).trim_end());
        }
        let guard = Guard::new(release, is_guarded(&removal.environment()));
        let approved = args.approval.approve(&guard, &format!("remove {release}?"))?;
        let options = JobOptions {
            stage_timeout: args.timeout,
            ..JobOptions::default()
        };
        let job = removal.job(args.keep_history, args.delete_secrets, &options);
        let handle = start(connected.session.cluster.clone(), job, approved);
        follow(
            handle,
            OnFailure::Stop,
            args.output,
            interactive,
            &left(&removal, args),
        )
        .await
    })
}

/// Whether a profile for this environment wants the release's name typed: then no mere yes removes it.
fn is_guarded(environment: &str) -> bool {
    profile::list()
        .profiles
        .iter()
        .any(|profile| profile.environment == environment && profile.guards.typed_confirmation)
}

/// What would happen, for people.
fn text(removal: &Removal, args: &UninstallArgs) -> String {
    let mut out = format!("release {} would be removed:\n", args.cluster.release);
    for key in &removal.deleted {
        let _ = writeln!(out, "  - {key}");
    }
    for key in removal.secrets.iter().filter(|_| args.delete_secrets) {
        let _ = writeln!(out, "  - {key}  (its values are nowhere else)");
    }
    for what in &removal.lost {
        let _ = writeln!(out, "  ! lost for good: {what}");
    }
    out + &left(removal, args)
}

/// What stays, for people.
fn left(removal: &Removal, args: &UninstallArgs) -> String {
    let mut out = String::new();
    for (key, why) in &removal.kept {
        let _ = writeln!(out, "  = {key} stays: {why}");
    }
    for key in &removal.claims {
        let _ = writeln!(out, "  = {key} stays, with the data on its volume");
    }
    for key in removal.secrets.iter().filter(|_| !args.delete_secrets) {
        let _ = writeln!(
            out,
            "  = {key} stays: mesh-tui made it; --delete-secrets deletes it, too"
        );
    }
    out
}

fn as_json(removal: &Removal, args: &UninstallArgs) -> Json {
    let names = |keys: &[ObjectKey]| keys.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (secrets_deleted, secrets_kept) = if args.delete_secrets {
        (names(&removal.secrets), Vec::new())
    } else {
        (Vec::new(), names(&removal.secrets))
    };
    json!({
        "release": args.cluster.release,
        "deleted": names(&removal.deleted),
        "secretsDeleted": secrets_deleted,
        "secretsKept": secrets_kept,
        "claimsKept": names(&removal.claims),
        "kept": removal.kept.iter().map(|(key, why)| json!({"object": key.to_string(), "why": why})).collect::<Vec<_>>(),
        "lost": removal.lost,
    })
}
