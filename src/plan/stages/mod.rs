//! Which object belongs to which stage, and in what order stages run.
//!
//! Subcharts say it in their Chart.yaml: `mesh-tui.dev/stage` is `data` or `service` (the default), and
//! `mesh-tui.dev/depends-on` names subcharts, separated by commas. An object overrides it with an annotation
//! `mesh-tui.dev/stage` of its own, which may name any stage. What the umbrella chart itself renders is the
//! foundation; a chart without subcharts is one service.

mod order;

use super::model::{Finding, Severity, StageKind};
use crate::chart::manifest::{Hook, HookEvent, Manifest, ManifestObject};
use crate::chart::model::{Chart, Metadata};
use order::sorted;
use std::collections::BTreeSet;

/// The annotation that puts a subchart or an object into a stage.
pub const STAGE_ANNOTATION: &str = "mesh-tui.dev/stage";
/// The annotation that names the subcharts which a subchart needs.
pub const DEPENDS_ANNOTATION: &str = "mesh-tui.dev/depends-on";

const FOUNDATION: &str = "foundation";
const DATA: &str = "data";
const MIGRATION: &str = "migration";
const GUARDRAILS: &str = "guardrails";

/// A stage without its objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// `foundation`, `data`, `migration`, the service's name, `guardrails`.
    pub name: String,
    /// What it is for.
    pub kind: StageKind,
}

/// The stages of a chart in the order they run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stages {
    order: Vec<Stage>,
    /// Data subcharts, whose objects lie in one stage.
    data: BTreeSet<String>,
    /// Whether the chart has subcharts; without any, all of it is one service.
    umbrella: bool,
    chart: String,
}

/// A subchart as the stages need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subchart {
    pub(super) name: String,
    pub(super) data: bool,
    pub(super) depends_on: Vec<String>,
}

impl Stages {
    /// The stages of `chart`. `wanted` is the order of services that a person wants; services that it leaves out
    /// follow in the chart's own order. The findings warn of an order that runs a service before what it needs.
    #[must_use]
    pub fn of(chart: &Chart, wanted: &[String]) -> (Self, Vec<Finding>) {
        let subcharts = subcharts(chart);
        let (data, services): (Vec<_>, Vec<_>) = subcharts.into_iter().partition(|subchart| subchart.data);
        let services = sorted(services);
        let (services, findings) = reordered(services, wanted);
        let umbrella = !chart.dependencies.is_empty();
        let names = services.iter().map(|service| service.name.clone());
        let names: Vec<String> = if umbrella {
            names.collect()
        } else {
            vec![chart.metadata.name.clone()]
        };
        let stage = |name: &str, kind| Stage {
            name: name.to_owned(),
            kind,
        };
        let mut stages = vec![
            stage(FOUNDATION, StageKind::Foundation),
            stage(DATA, StageKind::Data),
            stage(MIGRATION, StageKind::Migration),
        ];
        stages.extend(names.iter().map(|name| stage(name, StageKind::Service)));
        stages.push(stage(GUARDRAILS, StageKind::Guardrails));
        let stages = Self {
            order: stages,
            data: data.into_iter().map(|subchart| subchart.name).collect(),
            umbrella,
            chart: chart.metadata.name.clone(),
        };
        (stages, findings)
    }

    /// The stages in the order they run, also those without an object.
    #[must_use]
    pub fn list(&self) -> &[Stage] {
        &self.order
    }

    /// The stage of an object that the chart renders, as an index into the list.
    #[must_use]
    pub fn of_object(&self, object: &ManifestObject) -> usize {
        let annotation = annotation(object, STAGE_ANNOTATION);
        if let Some(at) = annotation.and_then(|name| self.position(name)) {
            return at;
        }
        let name = match subchart_of(&object.source) {
            _ if !self.umbrella => self.chart.as_str(),
            None => FOUNDATION,
            Some(subchart) if self.data.contains(subchart) => DATA,
            Some(subchart) => subchart,
        };
        self.position(name)
            .or_else(|| self.position(FOUNDATION))
            .unwrap_or_default()
    }

    /// The stages that have objects of `target`, as indexes into the list.
    #[must_use]
    pub fn with_objects(&self, target: &Manifest) -> BTreeSet<usize> {
        target
            .objects
            .iter()
            .map(|object| self.of_object(object))
            .collect()
    }

    /// The stage in which an object goes that the chart no longer renders. A service that is still there (`rendered` has
    /// the stages with objects) takes its own along. Everything else goes at the end, when nothing needs it any more.
    #[must_use]
    pub fn of_leaving(&self, object: &ManifestObject, rendered: &BTreeSet<usize>) -> usize {
        let at = self.of_object(object);
        let service = self
            .order
            .get(at)
            .is_some_and(|stage| stage.kind == StageKind::Service);
        if service && rendered.contains(&at) {
            at
        } else {
            self.order.len().saturating_sub(1)
        }
    }

    /// The stage of a hook, where it runs in an install or an upgrade at all.
    #[must_use]
    pub fn of_hook(&self, hook: &Hook, install: bool) -> Option<usize> {
        let (before, after) = if install {
            (HookEvent::PreInstall, HookEvent::PostInstall)
        } else {
            (HookEvent::PreUpgrade, HookEvent::PostUpgrade)
        };
        if hook.events.contains(&before) {
            self.position(MIGRATION)
        } else if hook.events.contains(&after) {
            self.position(GUARDRAILS)
        } else {
            None
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.order.iter().position(|stage| stage.name == name)
    }
}

/// The subchart directly below the umbrella that a template belongs to:
/// `developer-mesh/charts/rest-api/templates/deployment.yaml` is of `rest-api`.
#[must_use]
pub fn subchart_of(source: &str) -> Option<&str> {
    let mut parts = source.split('/');
    (parts.nth(1) == Some("charts")).then(|| parts.next()).flatten()
}

fn annotation<'o>(object: &'o ManifestObject, name: &str) -> Option<&'o str> {
    object
        .body
        .get("metadata")?
        .get("annotations")?
        .get(name)?
        .as_str()
}

/// The subcharts in the order of Chart.yaml, under the names that the umbrella uses; those it does not list follow.
fn subcharts(chart: &Chart) -> Vec<Subchart> {
    let find = |name: &str| {
        chart
            .dependencies
            .iter()
            .find(|subchart| subchart.metadata.name == name)
    };
    let mut subcharts: Vec<Subchart> = Vec::new();
    for dependency in &chart.metadata.dependencies {
        let used_as = if dependency.alias.is_empty() {
            &dependency.name
        } else {
            &dependency.alias
        };
        if let Some(found) = find(used_as).or_else(|| find(&dependency.name)) {
            subcharts.push(subchart(used_as, &found.metadata));
        }
    }
    for found in &chart.dependencies {
        let name = &found.metadata.name;
        let listed = chart
            .metadata
            .dependencies
            .iter()
            .any(|dependency| dependency.name == *name);
        if !listed && subcharts.iter().all(|subchart| subchart.name != *name) {
            subcharts.push(subchart(name, &found.metadata));
        }
    }
    subcharts
}

fn subchart(name: &str, metadata: &Metadata) -> Subchart {
    let text = |annotation: &str| {
        metadata
            .annotations
            .get(annotation)
            .map(String::as_str)
            .unwrap_or_default()
    };
    let depends_on = text(DEPENDS_ANNOTATION)
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    Subchart {
        name: name.to_owned(),
        data: text(STAGE_ANNOTATION) == DATA,
        depends_on: depends_on.map(ToOwned::to_owned).collect(),
    }
}

/// The services in the wanted order, with a warning for each that would run before what it needs.
fn reordered(services: Vec<Subchart>, wanted: &[String]) -> (Vec<Subchart>, Vec<Finding>) {
    let place = |name: &str| {
        wanted
            .iter()
            .position(|wanted| wanted == name)
            .unwrap_or(usize::MAX)
    };
    let mut services = services;
    services.sort_by_key(|service| place(&service.name));
    let findings = services.iter().enumerate().flat_map(|(at, service)| {
        let later = services
            .iter()
            .skip(at + 1)
            .filter(|later| service.depends_on.contains(&later.name));
        later.map(|later| Finding {
            severity: Severity::Warning,
            rule: "stage-order",
            message: format!("{} runs before {}, which it needs", service.name, later.name),
            hint: format!("Move {} before {}.", later.name, service.name),
            object: None,
            field: None,
        })
    });
    let findings = findings.collect();
    (services, findings)
}

#[cfg(test)]
mod tests;
