//! `apply` and `resume`: a plan, a yes, and the rollout.

use super::args::{ClusterArgs, Output, ValuesArgs};
use super::connect::{block_on, choose, intent, session};
use super::follow::{OnFailure, follow};
use super::{plan_report, print};
use crate::cluster::ClusterError;
use crate::rollout::{Approved, Guard, Unapproved};
use crate::runtime::prepare::{Intent, JobOptions, Prepared, chart_digest, prepare};
use crate::runtime::rollout::start;
use crate::runtime::session::{Session, Survey};
use crate::{Error, ErrorKind, Result, profile, source};
use clap::Args;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

/// How a rollout runs and is approved.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Rollout")]
pub struct RolloutArgs {
    /// Answer the ordinary questions with yes
    #[arg(short, long)]
    yes: bool,
    /// The release's name, as a profile with typed confirmation wants it
    #[arg(long, value_name = "RELEASE")]
    confirm: Option<String>,
    /// What to do when a stage fails
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    on_failure: OnFailure,
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
    /// Roll services out in this order: rest-api,worker (the chart's own order for those left out)
    #[arg(long, value_name = "SERVICES", value_delimiter = ',')]
    order: Vec<String>,
    /// Create the namespace if it does not exist
    #[arg(long)]
    create_namespace: bool,
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
        let intent = intent(&args.values, &chosen, &args.order, args.create_namespace);
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
        let (intent, guards) = interrupted(&connected.session, &survey)?;
        let prepared = prepare(&connected.session, &intent).await?;
        roll_out(&prepared, &args.rollout, &guards, true).await
    })
}

/// What the interrupted rollout was to bring the release to.
fn interrupted(session: &Session, survey: &Survey) -> Result<(Intent, profile::Guards)> {
    let Some(state) = &survey.state else {
        let message = format!("no rollout of {} was interrupted", session.owner.release);
        return Err(
            Error::new(ErrorKind::Input, message).hint("`mesh-tui status` shows where the release stands")
        );
    };
    let chart = if state.chart_source.is_empty() {
        source::embedded()?
    } else {
        source::load(&state.chart_source)?
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
    let interactive = std::io::stdin().is_terminal() && !args.yes;
    let job = prepared.job(JobOptions {
        stage_timeout: args.timeout,
        pause_between_stages: guards.pause_between_stages && interactive,
        take_over_pending,
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
    let approved = approval(&guard, args, interactive)?;
    let handle = start(prepared.session.cluster.clone(), job, approved);
    follow(handle, args.on_failure, args.output, interactive, &prepared.notes).await
}

/// What the preflight found to be wrong keeps a rollout from starting.
pub(super) fn refuse_errors(prepared: &Prepared) -> Result<()> {
    let errors: Vec<String> = prepared.errors().map(plan_report::finding_words).collect();
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

/// Asks, where somebody is there to answer and the arguments have not.
pub(super) fn approval(guard: &Guard, args: &RolloutArgs, interactive: bool) -> Result<Approved> {
    let mut yes = args.yes;
    let mut typed = args.confirm.clone();
    if interactive && guard.wants_typed() && typed.is_none() {
        typed = Some(ask("type the release's name to apply: ")?);
    } else if interactive && !guard.wants_typed() {
        yes = matches!(ask("apply this? [y/N] ")?.as_str(), "y" | "Y" | "yes");
    }
    guard.approve(yes, typed.as_deref()).map_err(|refused| {
        let hint = match &refused {
            Unapproved::NotAnswered => "answer with --yes where nobody is there to ask".to_owned(),
            Unapproved::NotTyped { release } => format!("give it as --confirm {release}"),
        };
        Error::new(ErrorKind::Unconfirmed, refused.to_string()).hint(hint)
    })
}

/// Asks a question on standard error and reads a line.
pub(super) fn ask(question: &str) -> Result<String> {
    let fail = |error| Error::new(ErrorKind::Unconfirmed, "the answer cannot be read").caused_by(error);
    let mut out = std::io::stderr().lock();
    out.write_all(question.as_bytes())
        .and_then(|()| out.flush())
        .map_err(fail)?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(fail)?;
    Ok(line.trim().to_owned())
}

/// Reads a time: a number with `s`, `m` or `h`; without a letter it is seconds.
fn seconds(text: &str) -> Result<u64, String> {
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

    /// Whether somebody is there to ask.
    pub(super) fn interactive(&self) -> bool {
        std::io::stdin().is_terminal() && !self.yes
    }

    /// What happens when a stage fails.
    pub(super) const fn on_failure(&self) -> OnFailure {
        self.on_failure
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
