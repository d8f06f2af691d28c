//! What the wizard knows before the first screen: the chart, the profiles, the sandbox's scenarios.

use crate::chart::model::Chart;
use crate::chart::values::coalesce;
use crate::plan::stages::DEPENDS_ANNOTATION;
use crate::sandbox::Scenario as Played;
use crate::wizard::facts::{ChartFacts, Profile, Scenario, Service, Setup, Wishes};
use crate::{Error, ErrorKind, Result};
use serde_json::Value as Json;

/// Subcharts that hold data rather than serve it: they have a step of their own.
const STORES: [&str; 2] = ["postgresql", "redis"];

/// The setup for a chart.
pub fn setup(chart: &Chart, profiles: Vec<Profile>, wishes: Wishes) -> Result<Setup> {
    let defaults = coalesce(chart, &Json::Object(serde_json::Map::new()))
        .map_err(|error| Error::new(ErrorKind::Chart, "the chart's values cannot be read").caused_by(error))?
        .values;
    let services = chart
        .dependencies
        .iter()
        .map(|subchart| &subchart.metadata)
        .filter(|metadata| !STORES.contains(&metadata.name.as_str()) && metadata.kind != "library")
        .map(|metadata| Service {
            name: metadata.name.clone(),
            summary: metadata.description.clone(),
            app_version: metadata.app_version.clone(),
            needs: metadata
                .annotations
                .get(DEPENDS_ANNOTATION)
                .map(|names| names.split(',').map(|name| name.trim().to_owned()).collect())
                .unwrap_or_default(),
        });
    // Chart.yaml's order is the one that its author shows them in; `charts/` is read by name.
    let mut services: Vec<Service> = services.collect();
    let declared = |name: &str| {
        let dependencies = &chart.metadata.dependencies;
        dependencies.iter().position(|dependency| dependency.name == name)
    };
    services.sort_by_key(|service| declared(&service.name));
    Ok(Setup {
        chart: ChartFacts {
            name: chart.metadata.name.clone(),
            version: chart.metadata.version.clone(),
            app_version: chart.metadata.app_version.clone(),
            defaults,
            services,
        },
        profiles,
        scenarios: Played::ALL
            .into_iter()
            .map(|scenario| Scenario {
                name: scenario.name().to_owned(),
                summary: scenario.description().to_owned(),
            })
            .collect(),
        wishes,
    })
}

/// A profile as it is offered for choosing.
#[must_use]
pub fn offered(profile: crate::profile::Profile) -> Profile {
    Profile {
        name: profile.name,
        summary: profile.description,
        values: Json::Object(profile.values),
        namespace: Some(profile.defaults.namespace),
        create_namespace: profile.defaults.create_namespace,
        typed_confirmation: profile.guards.typed_confirmation,
        pause_between_stages: profile.guards.pause_between_stages,
        policy_errors: profile.guards.policy_errors,
    }
}
