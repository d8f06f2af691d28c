//! The release that some scenarios begin with: developer-mesh with edge-mcp alone, as somebody installed it with Helm
//! yesterday. Rendered from the embedded chart by this crate's own engine, applied and recorded as Helm does it.

use super::api::{Api, Writer};
use super::failure::Failure;
use super::json;
use super::seed;
use crate::chart::manifest::ManifestObject;
use crate::chart::render::{
    Capabilities, Frozen, NoCluster, ReleaseOptions, RenderError, Rendered, Renderer,
};
use crate::cluster::ClusterError;
use crate::cluster::apply::{MANAGER, Owner};
use crate::cluster::release::{NewRevision, Record, Status, chart_json};
use crate::source::{SourceError, embedded};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The release's name, and that of its namespace.
const NAME: &str = "developer-mesh";

/// Why the release could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum InstallError {
    #[error("the embedded chart cannot be loaded")]
    Chart(#[from] SourceError),
    #[error("the embedded chart cannot be rendered")]
    Render(#[from] RenderError),
    #[error("the simulated API refuses the release")]
    Refused(#[from] Failure),
    #[error("the release cannot be recorded")]
    Record(#[from] Box<ClusterError>),
}

/// What the person of yesterday chose.
fn values() -> Json {
    let off = json!({"enabled": false});
    json!({
        "global": {"environment": "development", "networkPolicy": off},
        "rest-api": off, "worker": off, "rag-loader": off,
        "edge-mcp": {
            "enabled": true, "replicaCount": 1, "size": "small",
            "autoscaling": off, "podDisruptionBudget": off,
            "config": {"redis": off},
        },
    })
}

/// Installs the release.
pub(super) fn install(api: &mut Api) -> Result<(), InstallError> {
    let chart = embedded()?;
    let options = ReleaseOptions {
        name: NAME.into(),
        namespace: NAME.into(),
        revision: 1,
        is_upgrade: false,
    };
    let rendered = Renderer::new(chart.clone()).render(
        &values(),
        &options,
        &Capabilities::default(),
        &NoCluster,
        &Frozen::default(),
    )?;
    seed::put(api, "", "Namespace", json!({"metadata": {"name": NAME}}))?;
    seed::put(
        api,
        "",
        "Secret",
        json!({
            "metadata": {"name": format!("{NAME}-edge-mcp"), "namespace": NAME},
            "stringData": {"api-key": "sandbox-edge-key", "dev-mesh-api-key": "sandbox-mesh-key"},
        }),
    )?;
    let owner = Owner {
        release: NAME.into(),
        namespace: NAME.into(),
    };
    for object in &rendered.manifest.objects {
        apply(api, object, &owner)?;
    }
    let secret = record(api, chart_json(&chart), &rendered)
        .to_secret()
        .map_err(Box::new)?;
    let secrets = api.kind("", "Secret")?;
    api.create(&secrets, NAME, secret, Writer::new(MANAGER))?;
    Ok(())
}

fn apply(api: &mut Api, object: &ManifestObject, owner: &Owner) -> Result<(), Failure> {
    let resource = api.kind(object.key.group(), &object.key.kind)?;
    let namespace = object.key.namespace.as_deref().unwrap_or(NAME);
    let config = owner.mark(&object.body);
    api.apply(
        &resource,
        namespace,
        json::name(&object.body),
        config,
        Writer::new(MANAGER),
    )
    .map(drop)
}

fn record(api: &Api, chart: Json, rendered: &Rendered) -> Record {
    let now = api.clock.now();
    let mut record = Record::new(NewRevision {
        release: NAME.into(),
        namespace: NAME.into(),
        revision: 1,
        status: Status::PendingInstall,
        description: "Initial install underway".into(),
        chart,
        values: values(),
        manifest: rendered.manifest.text(),
        hooks: rendered.manifest.hooks.clone(),
        notes: rendered.notes.clone(),
        first_deployed: None,
        now: now.to_string(),
        labels: BTreeMap::from([("createdAt".to_owned(), now.as_second().to_string())]),
    });
    record.set_status(Status::Deployed, Some("Install complete"));
    record
}
