//! Renders a chart for a release on a cluster.

use super::Intent;
use crate::Result;
use crate::chart::manifest::{Manifest, ManifestObject, ObjectKey};
use crate::chart::render::{Capabilities, Lookup, ReleaseOptions, Rendered, Renderer};
use crate::cluster::Cluster;
use crate::runtime::environment::System;
use crate::runtime::session::{Session, Survey};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use tokio::runtime::Handle;

/// The template function `lookup`, answered by a cluster.
#[derive(Debug, Clone)]
pub struct ClusterLookup {
    cluster: Cluster,
    handle: Handle,
}

impl Lookup for ClusterLookup {
    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Json, String> {
        let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
        let answer = self.handle.block_on(async {
            if name.is_empty() {
                let items = self.cluster.list(api_version, kind, namespace, "").await?;
                return Ok(json!({"apiVersion": api_version, "kind": format!("{kind}List"), "items": items}));
            }
            let key = ObjectKey {
                api_version: api_version.to_owned(),
                kind: kind.to_owned(),
                namespace: namespace.map(str::to_owned),
                name: name.to_owned(),
            };
            Ok(self.cluster.get(&key).await?.unwrap_or_else(|| json!({})))
        });
        answer.map_err(|error: crate::cluster::ClusterError| error.to_string())
    }
}

/// Renders `intent` as the next revision of the release.
pub async fn render(session: &Session, intent: &Intent, survey: &Survey) -> Result<Rendered> {
    let release = ReleaseOptions {
        name: session.owner.release.clone(),
        namespace: session.owner.namespace.clone(),
        revision: survey.last_revision() + 1,
        is_upgrade: !survey.is_install(),
    };
    let index = session.cluster.index();
    let capabilities = Capabilities {
        kube_version: index.version().to_owned(),
        api_versions: index.api_versions(),
    };
    let lookup = ClusterLookup {
        cluster: session.cluster.clone(),
        handle: Handle::current(),
    };
    let (chart, values) = (intent.chart.clone(), intent.values.clone());
    // Templates may look things up, and wait for the answer.
    let task = tokio::task::spawn_blocking(move || {
        Renderer::new(chart).render(&values, &release, &capabilities, &lookup, &System)
    });
    let rendered = task.await.map_err(|error| {
        crate::Error::new(crate::ErrorKind::Bug, "the chart engine broke").caused_by(error)
    })?;
    Ok(rendered?)
}

/// `manifest` with keys as the cluster knows them, and its objects marked as the release's own.
#[must_use]
pub fn settle(mut manifest: Manifest, session: &Session) -> Manifest {
    for object in &mut manifest.objects {
        resolve(object, session);
        object.body = Arc::new(session.owner.mark(&object.body));
    }
    for hook in &mut manifest.hooks {
        resolve(&mut hook.object, session);
    }
    manifest
}

/// Gives the object the key by which the cluster knows it.
pub(super) fn resolve(object: &mut ManifestObject, session: &Session) {
    object.key = session
        .cluster
        .index()
        .resolve(object.key.clone(), &session.owner.namespace);
}
