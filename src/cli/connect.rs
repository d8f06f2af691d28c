//! From the arguments to a session on a cluster, real or simulated.

use super::args::{ClusterArgs, ValuesArgs};
use super::values::{self, Chosen};
use crate::cluster::{Cluster, Owner, Place, connect};
use crate::runtime::prepare::Intent;
use crate::runtime::session::Session;
use crate::sandbox::{Sandbox, Scenario, Speed};
use crate::{Error, ErrorKind, Result};

/// A session. The simulated cluster lives as long as it does.
pub(super) struct Connected {
    pub(super) session: Session,
    _sandbox: Option<Sandbox>,
}

/// Connects. The namespace is what the arguments say, else the profile's, else the context's.
pub(super) async fn session(args: &ClusterArgs, chosen: Option<&Chosen>) -> Result<Connected> {
    let proposed = chosen
        .and_then(|chosen| chosen.profile.as_ref())
        .map(|profile| profile.defaults.namespace.clone());
    let namespace = args.namespace.clone().or(proposed);
    if let Some(scenario) = &args.sandbox {
        return sandbox(scenario, args, namespace).await;
    }
    let place = Place {
        kubeconfig: args.kubeconfig.clone(),
        context: args.context.clone(),
    };
    let connection = connect(&place).await?;
    let cluster = Cluster::discover(&connection).await?;
    let owner = Owner {
        release: args.release.clone(),
        namespace: namespace.unwrap_or(connection.namespace),
    };
    Ok(Connected {
        session: Session {
            cluster,
            context: connection.context,
            owner,
        },
        _sandbox: None,
    })
}

async fn sandbox(scenario: &str, args: &ClusterArgs, namespace: Option<String>) -> Result<Connected> {
    let scenario: Scenario = scenario
        .parse()
        .map_err(|error: crate::sandbox::UnknownScenario| {
            let names: Vec<&str> = Scenario::ALL.iter().map(|scenario| scenario.name()).collect();
            Error::new(ErrorKind::Usage, error.to_string())
                .hint(format!("the scenarios are {}", names.join(", ")))
        })?;
    let sandbox = Sandbox::start(scenario, Speed::NATURAL);
    let namespace = namespace.unwrap_or_else(|| args.release.clone());
    let cluster = Cluster::with_client(sandbox.client(&namespace), "sandbox").await?;
    let owner = Owner {
        release: args.release.clone(),
        namespace,
    };
    let session = Session {
        cluster,
        context: "sandbox".to_owned(),
        owner,
    };
    Ok(Connected {
        session,
        _sandbox: Some(sandbox),
    })
}

/// What the arguments want the release to become.
pub(super) fn intent(args: &ValuesArgs, chosen: &Chosen, order: &[String], create_namespace: bool) -> Intent {
    let profile = chosen.profile.as_ref();
    Intent {
        chart: chosen.chart.clone(),
        chart_source: args.chart.clone().unwrap_or_default(),
        values: chosen.overlay.clone(),
        profile: profile.map(|profile| profile.name.clone()).unwrap_or_default(),
        order: order.to_vec(),
        policy_errors: profile
            .map(|profile| profile.guards.policy_errors.clone())
            .unwrap_or_default(),
        secrets: profile.map_or_else(
            || "kubernetes".to_owned(),
            |profile| profile.defaults.secrets_backend.clone(),
        ),
        create_namespace: create_namespace
            || profile.is_some_and(|profile| profile.defaults.create_namespace),
    }
}

/// Reads the values arguments.
pub(super) fn choose(args: &ValuesArgs) -> Result<Chosen> {
    values::choose(args)
}

/// Runs an asynchronous command to its end.
pub(super) fn block_on<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Error::new(ErrorKind::Bug, "the program cannot start its tasks").caused_by(error))?;
    runtime.block_on(command)
}
