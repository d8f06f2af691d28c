//! Without a command: the wizard, on the cluster of the kubeconfig or on the sandbox.

use super::args::{ClusterArgs, ValuesArgs};
use super::memory::stay_small;
use super::values::choose;
use crate::profile;
use crate::runtime::wizard::{Driver, offered, setup};
use crate::sandbox::{Scenario, Speed};
use crate::wizard::State;
use crate::wizard::facts::{self, ClusterRef, Wishes};
use crate::{Error, ErrorKind, Result, tui};
use clap::Args;
use serde_json::Value as Json;
use std::process::ExitCode;
use std::time::Duration;
use tokio::task::LocalSet;

/// What the wizard starts with.
#[derive(Debug, Clone, Args)]
pub struct WizardArgs {
    /// Chart and values.
    #[command(flatten)]
    pub values: ValuesArgs,
    /// Cluster and release.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// How many times faster than life the sandbox runs.
    #[arg(
        long,
        value_name = "FACTOR",
        default_value_t = 1.0,
        hide = true,
        env = "MESH_TUI_SANDBOX_SPEED"
    )]
    pub sandbox_speed: f64,
}

/// How long a thread of the pool waits for work. What is free for a second, the allocator gives back when one ends.
const IDLE: Duration = Duration::from_millis(1500);

/// Opens the wizard and stays until the person leaves.
pub(super) fn open(args: &WizardArgs) -> Result<ExitCode> {
    // It stays for hours, with little to do.
    stay_small();
    let chart = super::values::chart(&args.values)?.chart;
    let wishes = wishes(args)?;
    let setup = setup(&chart, profiles(args)?, wishes)?;
    // The wizard and what it reads run here. A rollout runs on a thread beside it, which a terminal that takes no more
    // output does not hold up.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_keep_alive(IDLE)
        .enable_all()
        .build()
        .map_err(|error| {
            Error::new(ErrorKind::Bug, "the asynchronous runtime cannot start").caused_by(error)
        })?;
    let wizard = async {
        let driver = Driver::new(
            chart,
            args.cluster.kubeconfig.clone(),
            Speed::times(args.sandbox_speed),
        );
        tui::run(State::new(setup), driver).await
    };
    let ended = runtime.block_on(LocalSet::new().run_until(wizard));
    // Whatever still waits for a cluster that does not answer must not keep the program from ending.
    runtime.shutdown_background();
    ended.map(|()| ExitCode::SUCCESS)
}

fn wishes(args: &WizardArgs) -> Result<Wishes> {
    let cluster = match (&args.cluster.sandbox, &args.cluster.context) {
        (Some(scenario), _) => {
            let scenario: Scenario = scenario
                .parse()
                .map_err(|error: crate::sandbox::UnknownScenario| {
                    let known: Vec<&str> = Scenario::ALL.into_iter().map(Scenario::name).collect();
                    Error::new(ErrorKind::Usage, error.to_string())
                        .hint(format!("the scenarios are {}", known.join(", ")))
                })?;
            Some(ClusterRef::Sandbox(scenario.name().to_owned()))
        }
        (None, Some(context)) => Some(ClusterRef::Context(context.clone())),
        (None, None) => None,
    };
    Ok(Wishes {
        cluster,
        namespace: args.cluster.namespace.clone(),
        release: Some(args.cluster.release.clone()),
        profile: args.values.profile.clone(),
        values: values(args)?,
    })
}

/// What was given with `-f` and `--set`, as the person's choices; the profile stays apart from them.
fn values(args: &WizardArgs) -> Result<Option<Json>> {
    let given = ValuesArgs {
        profile: None,
        chart: None,
        ..args.values.clone()
    };
    let overlay = choose(&given)?.overlay;
    Ok(overlay
        .as_object()
        .is_some_and(|overlay| !overlay.is_empty())
        .then_some(overlay))
}

/// The profiles to choose from. One that is named must be there.
fn profiles(args: &WizardArgs) -> Result<Vec<facts::Profile>> {
    let mut profiles = profile::list().profiles;
    if let Some(name) = &args.values.profile
        && !profiles.iter().any(|profile| &profile.name == name)
    {
        profiles.push(profile::load(name)?);
    }
    Ok(profiles.into_iter().map(offered).collect())
}
