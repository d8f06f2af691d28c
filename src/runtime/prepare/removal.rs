//! What removing a release would do, from its record and the cluster.

use super::JobOptions;
use crate::Result;
use crate::chart::manifest::{Hook, HookEvent, Manifest, ManifestObject, ObjectKey, sort_for_uninstall};
use crate::cluster::release::{Record, Status};
use crate::cluster::state::RolloutState;
use crate::cluster::{ClusterError, live};
use crate::plan::model::{Consequence, StageKind};
use crate::plan::{is_kept, of_removal};
use crate::runtime::rollout::{Job, JobStage, Leftovers, Purpose};
use crate::runtime::session::{Session, Survey, operator};
use crate::secrets::{MANAGED_BY_US, required};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// What goes and what stays when a release is removed.
#[derive(Debug, Clone)]
pub struct Removal {
    session: Session,
    survey: Survey,
    record: Record,
    /// The objects that are deleted, in the order in which they are.
    pub deleted: Vec<ObjectKey>,
    /// The objects of the release that stay, each with the reason.
    pub kept: Vec<(ObjectKey, String)>,
    /// What is lost for good with what is deleted.
    pub lost: Vec<String>,
    /// The Secrets that mesh-tui made for the release: kept unless somebody says otherwise.
    pub secrets: Vec<ObjectKey>,
    /// The claims of stateful sets: their volumes hold data, so they stay.
    pub claims: Vec<ObjectKey>,
    /// What the person lacks the right to delete, by resource: `deployments.apps`.
    pub forbidden: Vec<String>,
}

/// Looks at what is recorded of the release. `None` where there is none.
pub async fn prepare_removal(session: &Session, survey: Survey) -> Result<Option<Removal>> {
    let Some(record) = survey.last().filter(|_| !survey.is_install()).cloned() else {
        return Ok(None);
    };
    let mut objects = recorded(session, &survey)?;
    sort_for_uninstall(&mut objects);
    let keys: BTreeSet<ObjectKey> = objects.iter().map(|object| object.key.clone()).collect();
    let found = live::fetch(&session.cluster, keys).await?;
    let mut removal = Removal {
        session: session.clone(),
        survey,
        record,
        deleted: Vec::new(),
        kept: Vec::new(),
        lost: Vec::new(),
        secrets: own_secrets(session, &objects).await?,
        claims: Vec::new(),
        forbidden: Vec::new(),
    };
    let mut sets = Vec::new();
    for object in &objects {
        if let Some(Some(live)) = found.get(&object.key) {
            removal.judge(object, live);
            sets.push(live.clone());
        }
    }
    removal.claims = claims(session, &sets).await?;
    removal.forbidden = forbidden(session, &removal.deleted).await?;
    Ok(Some(removal))
}

impl Removal {
    fn judge(&mut self, object: &ManifestObject, live: &Json) {
        let key = object.key.clone();
        // The policy counts where the cluster has it, and where the release recorded it: Helm looks at the latter.
        if is_kept(live) || is_kept(&object.body) {
            self.kept.push((key, "its policy is to keep it".to_owned()));
        } else if let Err(error) = self.session.owner.check(&key, live) {
            self.kept.push((key, error.to_string()));
        } else {
            for consequence in of_removal(&key, live, false) {
                if let Consequence::DataLost { what } = consequence {
                    self.lost.push(what);
                }
            }
            self.deleted.push(key);
        }
    }

    /// An operation on the release that has not ended and is none of ours: somebody may be at it.
    #[must_use]
    pub fn pending(&self) -> Option<&Record> {
        self.survey
            .pending()
            .filter(|record| self.survey.state.is_none() && record.status() != Status::Uninstalling)
    }

    /// The environment that the release was rolled out for: `production`.
    #[must_use]
    pub fn environment(&self) -> String {
        let at = |values: &Json| values.pointer("/global/environment").cloned();
        let chosen = at(&self.record.values()).or_else(|| at(&self.record.chart()["values"]));
        chosen
            .and_then(|environment| environment.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// The job that removes the release. `with_secrets` takes the Secrets that mesh-tui made along.
    #[must_use]
    pub fn job(&self, keep_history: bool, with_secrets: bool, options: &JobOptions) -> Job {
        let recorded = Manifest {
            hooks: self.record.hooks(),
            ..Manifest::default()
        };
        let hooks = |event: HookEvent| -> Vec<Hook> {
            let mut hooks: Vec<Hook> = recorded.hooks_at(event).into_iter().cloned().collect();
            for hook in &mut hooks {
                super::render::resolve(&mut hook.object, &self.session);
            }
            hooks
        };
        let secrets = if with_secrets {
            self.secrets.clone()
        } else {
            Vec::new()
        };
        Job {
            owner: self.session.owner.clone(),
            purpose: Purpose::Uninstall(Leftovers {
                keep_history,
                secrets,
            }),
            stages: vec![JobStage {
                name: "uninstall".to_owned(),
                kind: StageKind::Service,
                objects: Vec::new(),
                // What leaves is deleted from the end.
                leaving: self.deleted.iter().rev().cloned().collect(),
                hooks_before: hooks(HookEvent::PreDelete),
                hooks_after: hooks(HookEvent::PostDelete),
                pause_before: false,
            }],
            last_revision: self.survey.last_revision(),
            base: Some(self.record.clone()),
            origin: None,
            first_revision: None,
            base_objects: Vec::new(),
            target: Vec::new(),
            hooks: Vec::new(),
            notes: String::new(),
            chart: self.record.chart().clone(),
            values: self.record.values(),
            state: RolloutState::default(),
            secrets: Vec::new(),
            create_namespace: false,
            stage_timeout: options.stage_timeout,
            operator: operator(),
            take_over_pending: true,
            take_over: Vec::new(),
        }
    }
}

/// What the release has in the cluster, as far as it is recorded: the objects of what is deployed, and those that newer
/// revisions brought before they failed.
fn recorded(session: &Session, survey: &Survey) -> Result<Vec<ManifestObject>> {
    let mut all = survey.objects()?;
    let deployed = survey.deployed().map_or(0, Record::revision);
    for record in survey.history.iter().filter(|r| r.revision() > deployed) {
        let objects = record.objects().map_err(|error| ClusterError::Unreadable {
            what: format!("the manifest of revision {}", record.revision()),
            reason: error.to_string(),
        })?;
        all.extend(objects);
    }
    let mut objects: Vec<ManifestObject> = Vec::with_capacity(all.len());
    for mut object in all {
        super::render::resolve(&mut object, session);
        if !objects.iter().any(|known| known.key.same_object(&object.key)) {
            objects.push(object);
        }
    }
    Ok(objects)
}

/// The Secrets that pods of the release refer to and that mesh-tui made.
async fn own_secrets(session: &Session, objects: &[ManifestObject]) -> Result<Vec<ObjectKey>, ClusterError> {
    let manifest = Manifest {
        objects: objects.to_vec(),
        ..Manifest::default()
    };
    let mut own = Vec::new();
    for secret in required(&manifest) {
        let key = key_of("Secret", &session.owner.namespace, secret.name);
        let live = session.cluster.get(&key).await?;
        if live
            .is_some_and(|live| live["metadata"]["labels"]["app.kubernetes.io/managed-by"] == MANAGED_BY_US)
        {
            own.push(key);
        }
    }
    Ok(own)
}

/// The resources of which the person may not delete an object that is to go, as far as the cluster tells.
async fn forbidden(session: &Session, deleted: &[ObjectKey]) -> Result<Vec<String>, ClusterError> {
    let Some(rules) = super::access(&session.cluster, &session.owner.namespace).await? else {
        return Ok(Vec::new());
    };
    let plurals = session.cluster.index().plurals();
    let missing = deleted
        .iter()
        .filter(|key| key.namespace.is_some())
        .filter_map(|key| {
            let resource = plurals.get(&format!("{}/{}", key.api_version, key.kind))?;
            let allowed = rules
                .iter()
                .any(|rule| rule.allows("delete", key.group(), resource, &key.name));
            let dot = if key.group().is_empty() { "" } else { "." };
            (!allowed).then(|| format!("{resource}{dot}{}", key.group()))
        });
    Ok(missing.collect::<BTreeSet<_>>().into_iter().collect())
}

/// The claims that the stateful sets among `live` have made: `<template>-<set>-<ordinal>`.
async fn claims(session: &Session, live: &[std::sync::Arc<Json>]) -> Result<Vec<ObjectKey>, ClusterError> {
    let prefixes: Vec<String> = live
        .iter()
        .filter(|object| object["kind"] == "StatefulSet")
        .flat_map(|set| {
            let name = set["metadata"]["name"].as_str().unwrap_or_default();
            let templates = set["spec"]["volumeClaimTemplates"]
                .as_array()
                .into_iter()
                .flatten();
            templates
                .filter_map(|template| template["metadata"]["name"].as_str())
                .map(move |template| format!("{template}-{name}-"))
                .collect::<Vec<_>>()
        })
        .collect();
    if prefixes.is_empty() {
        return Ok(Vec::new());
    }
    let namespace = &session.owner.namespace;
    let listed = session
        .cluster
        .list("v1", "PersistentVolumeClaim", Some(namespace), "")
        .await;
    let listed = match listed {
        // It is only told: whoever may not list claims may uninstall all the same.
        Err(ClusterError::Forbidden { .. }) => Vec::new(),
        listed => listed?,
    };
    let ordinal = |name: &str| {
        let rest = prefixes
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix.as_str()));
        rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    Ok(listed
        .iter()
        .filter_map(|claim| claim["metadata"]["name"].as_str())
        .filter(|name| ordinal(name))
        .map(|name| key_of("PersistentVolumeClaim", namespace, name.to_owned()))
        .collect())
}

fn key_of(kind: &str, namespace: &str, name: String) -> ObjectKey {
    ObjectKey {
        api_version: "v1".to_owned(),
        kind: kind.to_owned(),
        namespace: Some(namespace.to_owned()),
        name,
    }
}
