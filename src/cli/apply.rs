//! `apply` and `resume`: a plan, a yes, and the rollout.

use super::approve::ApprovalArgs;
use super::args::{ChartServerArgs, ClusterArgs, Output, ReleaseArgs, ValuesArgs};
use super::connect::{block_on, choose, intent, session};
use super::follow::{OnFailure, follow};
use super::{plan_report, print};
use crate::cluster::ClusterError;
use crate::plan::model::TakeOver;
use crate::rollout::Guard;
use crate::runtime::prepare::{Intent, JobOptions, Prepared, chart_digest, prepare};
use crate::runtime::rollout::start;
use crate::runtime::session::{Session, Survey};
use crate::{Error, ErrorKind, Result, profile, source};
use clap::Args;
use std::process::ExitCode;

/// How a rollout runs and is approved.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Rollout")]
pub struct RolloutArgs {
    #[command(flatten)]
    approval: ApprovalArgs,
    /// What to do when a stage fails
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    on_failure: OnFailure,
    /// Take over the fields that other managers have changed, all that the plan lists as conflicts
    #[arg(long)]
    force_conflicts: bool,
    /// How long a stage may take to become ready: 90s, 10m, 1h
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = seconds)]
    timeout: u64,
    /// How to write the report
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// What `apply` takes.
#[derive(Debug, Clone, Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    values: ValuesArgs,
    #[command(flatten)]
    rollout: RolloutArgs,
    #[command(flatten)]
    release: ReleaseArgs,
    /// Only show what would happen
    #[arg(long)]
    dry_run: bool,
}

/// What `resume` takes.
#[derive(Debug, Clone, Args)]
pub struct ResumeArgs {
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    pub(super) server: ChartServerArgs,
    #[command(flatten)]
    rollout: RolloutArgs,
}

/// Brings the release to the values.
pub(super) fn apply(args: &ApplyArgs) -> Result<ExitCode> {
    let chosen = choose(&args.values)?;
    let guards = chosen
        .profile
        .as_ref()
        .map(|profile| profile.guards.clone())
        .unwrap_or_default();
    block_on(async {
        let connected = session(&args.cluster, Some(&chosen)).await?;
        let intent = intent(&connected.session, chosen, &args.release).await?;
        let prepared = prepare(&connected.session, &intent).await?;
        if args.dry_run {
            match args.rollout.output {
                Output::Text => print::text(&plan_report::text(&prepared, false))?,
                Output::Json => print::json(&plan_report::json(&prepared))?,
            }
            return Ok(ExitCode::SUCCESS);
        }
        free(&prepared.survey)?;
        roll_out(&prepared, &args.rollout, &guards, false).await
    })
}

/// Goes on with a rollout that was interrupted, from wherever its state lies.
pub(super) fn resume(args: &ResumeArgs) -> Result<ExitCode> {
    block_on(async {
        let connected = session(&args.cluster, None).await?;
        let survey = connected.session.survey().await?;
        held(&survey)?;
        let (intent, guards) = interrupted(&connected.session, &survey, &args.server)?;
        let prepared = prepare(&connected.session, &intent).await?;
        roll_out(&prepared, &args.rollout, &guards, true).await
    })
}

/// What the interrupted rollout was to bring the release to.
fn interrupted(
    session: &Session,
    survey: &Survey,
    server: &ChartServerArgs,
) -> Result<(Intent, profile::Guards)> {
    let Some(state) = &survey.state else {
        let message = format!("no rollout of {} was interrupted", session.owner.release);
        return Err(
            Error::new(ErrorKind::Input, message).hint("`mesh-tui status` shows where the release stands")
        );
    };
    let chart = if state.chart_source.is_empty() {
        source::embedded()?
    } else {
        source::locate(&server.request(&state.chart_source))?.chart
    };
    if chart_digest(&chart) != state.chart_digest {
        let message = format!(
            "the chart is another one than {}, which the rollout began with",
            state.chart
        );
        return Err(Error::new(ErrorKind::Input, message)
            .hint("use the same version of mesh-tui, or start anew with `mesh-tui apply`"));
    }
    let profile = (!state.profile.is_empty())
        .then(|| profile::load(&state.profile))
        .transpose()?;
    let intent = Intent {
        chart,
        chart_source: state.chart_source.clone(),
        values: state.overlay.clone(),
        profile: state.profile.clone(),
        order: state.stages.clone(),
        policy_errors: profile
            .as_ref()
            .map(|profile| profile.guards.policy_errors.clone())
            .unwrap_or_default(),
        secrets: profile
            .as_ref()
            .map_or("kubernetes", |profile| &profile.defaults.secrets_backend)
            .to_owned(),
        create_namespace: false,
    };
    Ok((intent, profile.map(|profile| profile.guards).unwrap_or_default()))
}

/// Refuses where somebody works on the release, or an earlier operation was left unfinished.
fn free(survey: &Survey) -> Result<()> {
    held(survey)?;
    match survey.pending() {
        Some(record) => Err(ClusterError::Pending {
            revision: record.revision(),
            status: record.status().to_string(),
            since: record.last_deployed().to_owned(),
        }
        .into()),
        None => Ok(()),
    }
}

/// Refuses where somebody alive holds the release.
pub(super) fn held(survey: &Survey) -> Result<()> {
    match &survey.holder {
        Some(holder) if holder.alive => Err(ClusterError::Held {
            holder: holder.name.clone(),
            since: holder.since.clone(),
        }
        .into()),
        _ => Ok(()),
    }
}

async fn roll_out(
    prepared: &Prepared,
    args: &RolloutArgs,
    guards: &profile::Guards,
    take_over_pending: bool,
) -> Result<ExitCode> {
    refuse_errors(prepared)?;
    let take_over = args.take_over(prepared)?;
    let interactive = args.interactive();
    let job = prepared.job(JobOptions {
        stage_timeout: args.timeout,
        pause_between_stages: guards.pause_between_stages && interactive,
        take_over_pending,
        take_over,
    });
    let guard = Guard::new(&prepared.session.owner.release, guards.typed_confirmation);
    if !job.spec().writes() {
        if args.output == Output::Text {
            print::text("nothing to do: the release is as it should be\n")?;
        } else {
            print::json(&serde_json::json!({"outcome": "unchanged"}))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    if interactive {
        print::note(plan_report::text(prepared, false).trim_end());
    }
    let approved = args.approval.approve(&guard, "apply this?")?;
    let handle = start(prepared.session.cluster.clone(), job, approved);
    follow(handle, args.on_failure, args.output, interactive, &prepared.notes).await
}

/// What the preflight found to be wrong keeps a rollout from starting.
pub(super) fn refuse_errors(prepared: &Prepared) -> Result<()> {
    let errors: Vec<String> = prepared.errors().map(plan_report::finding_body).collect();
    if errors.is_empty() {
        return Ok(());
    }
    let count = if errors.len() == 1 {
        "one error".to_owned()
    } else {
        format!("{} errors", errors.len())
    };
    let error = Error::new(
        ErrorKind::Input,
        format!("the rollout does not start: the plan has {count}"),
    );
    Err(errors.into_iter().fold(error, Error::hint))
}

/// Reads a time: a number with `s`, `m` or `h`; without a letter it is seconds.
pub(super) fn seconds(text: &str) -> Result<u64, String> {
    let (digits, factor) = match text.char_indices().last() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3600),
        _ => (text, 1),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| "a time is a number with s, m or h, as in 10m".to_owned())?;
    number
        .checked_mul(factor)
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| "the time must be more than nothing".to_owned())
}

impl RolloutArgs {
    /// How the report is written.
    pub(super) const fn output(&self) -> Output {
        self.output
    }

    /// How it is approved.
    pub(super) const fn approval(&self) -> &ApprovalArgs {
        &self.approval
    }

    /// Whether somebody is there to ask.
    pub(super) fn interactive(&self) -> bool {
        self.approval.interactive()
    }

    /// What happens when a stage fails.
    pub(super) const fn on_failure(&self) -> OnFailure {
        self.on_failure
    }

    /// The fields to take over from other managers; an error where there are some and nobody has agreed to it.
    pub(super) fn take_over(&self, prepared: &Prepared) -> Result<Vec<TakeOver>> {
        let conflicts = prepared.plan.conflicts();
        let Some(first) = conflicts.first().filter(|_| !self.force_conflicts) else {
            return Ok(conflicts);
        };
        let more = match conflicts.len() {
            1 => String::new(),
            count => format!(", and {} more", count - 1),
        };
        let message = format!(
            "the rollout does not start: {} of {} belongs to {}{more}",
            first.field, first.object, first.manager
        );
        Err(Error::new(ErrorKind::Conflict, message)
            .hint("`mesh-tui diff` shows both values of each; --force-conflicts takes the fields over")
            .hint("to keep what is there, choose it as your own value"))
    }

    /// How long a stage may take, in seconds.
    pub(super) const fn timeout(&self) -> u64 {
        self.timeout
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_unit() {
        assert_eq!(seconds("90"), Ok(90));
        assert_eq!(seconds("10m"), Ok(600));
        assert_eq!(seconds("1h"), Ok(3600));
        for wrong in ["", "m", "0", "-1s", "1d", "99999999999999999999h"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
