//! From the arguments to a session on a cluster, real or simulated.

use super::args::{ClusterArgs, ReleaseArgs, ValuesArgs};
use super::values::{self, Chosen};
use crate::chart::model::Chart;
use crate::cluster::{Cluster, Owner, Place, connect};
use crate::plan::model::StageKind;
use crate::plan::stages::Stages;
use crate::runtime::prepare::Intent;
use crate::runtime::session::Session;
use crate::sandbox::{Sandbox, Scenario, Speed};
use crate::wizard::check;
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
    let owner = checked(Owner {
        release: args.release.clone(),
        namespace: namespace.unwrap_or(connection.namespace),
    })?;
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
    let owner = checked(Owner {
        release: args.release.clone(),
        namespace: namespace.unwrap_or_else(|| args.release.clone()),
    })?;
    let sandbox = Sandbox::start(scenario, Speed::NATURAL);
    let cluster = Cluster::with_client(sandbox.client(&owner.namespace), "sandbox").await?;
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
pub(super) async fn intent(session: &Session, mut chosen: Chosen, release: &ReleaseArgs) -> Result<Intent> {
    known_services(&chosen.chart, &release.order)?;
    if release.reuse_values {
        let survey = session.survey().await?;
        let recorded = survey.deployed().or_else(|| survey.last());
        let recorded = recorded.ok_or_else(|| no_release(&session.owner))?;
        chosen.reuse(&recorded.values());
    }
    let profile = chosen.profile.as_ref();
    Ok(Intent {
        chart: chosen.chart.clone(),
        chart_source: chosen.chart_source.clone(),
        values: chosen.overlay.clone(),
        profile: profile.map(|profile| profile.name.clone()).unwrap_or_default(),
        order: release.order.clone(),
        policy_errors: profile
            .map(|profile| profile.guards.policy_errors.clone())
            .unwrap_or_default(),
        secrets: profile.map_or_else(
            || "kubernetes".to_owned(),
            |profile| profile.defaults.secrets_backend.clone(),
        ),
        create_namespace: release.create_namespace
            || profile.is_some_and(|profile| profile.defaults.create_namespace),
    })
}

/// Refuses an order that names a service which the chart does not have.
fn known_services(chart: &Chart, order: &[String]) -> Result<()> {
    let (stages, _) = Stages::of(chart, &[]);
    let services: Vec<&str> = stages
        .list()
        .iter()
        .filter(|stage| stage.kind == StageKind::Service)
        .map(|stage| stage.name.as_str())
        .collect();
    match order.iter().find(|name| !services.contains(&name.as_str())) {
        Some(unknown) => Err(Error::new(
            ErrorKind::Usage,
            format!("the chart has no service `{unknown}` to order"),
        )
        .hint(format!("its services are {}", services.join(", ")))),
        None => Ok(()),
    }
}

/// Refuses names that no cluster takes, before one is asked.
fn checked(owner: Owner) -> Result<Owner> {
    let wrong = |what: &str, name: &str, why: String| {
        Error::new(
            ErrorKind::Usage,
            format!("{what} `{name}` cannot be used: it {why}"),
        )
    };
    check::release_name(&owner.release).map_err(|why| wrong("the release's name", &owner.release, why))?;
    check::dns_label(&owner.namespace).map_err(|why| wrong("the namespace", &owner.namespace, why))?;
    Ok(owner)
}

/// There is no release of this name.
pub(super) fn no_release(owner: &Owner) -> Error {
    let Owner { release, namespace } = owner;
    Error::new(
        ErrorKind::Input,
        format!("there is no release {release} in the namespace {namespace}"),
    )
    .hint("name another namespace with -n, or another release with --release")
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
