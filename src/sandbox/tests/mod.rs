//! The sandbox as a `kube::Client` sees it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod apply;
mod operators;
mod release;
mod workloads;

use super::{Sandbox, Scenario, Speed};
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use serde_json::{Value as Json, json};
use std::time::Duration;

/// A healthy cluster at full speed with a client of its namespace `default`.
fn healthy() -> (Sandbox, Client) {
    started(Scenario::Healthy)
}

fn started(scenario: Scenario) -> (Sandbox, Client) {
    let sandbox = Sandbox::start(scenario, Speed::INSTANT);
    let client = sandbox.client("default");
    (sandbox, client)
}

/// The objects of a kind in the client's namespace.
fn dynamic(client: &Client, api_version: &str, kind: &str) -> Api<DynamicObject> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    Api::default_namespaced_with(client.clone(), &resource)
}

fn object(value: Json) -> DynamicObject {
    serde_json::from_value(value).unwrap()
}

/// Waits until an object is as it should be; a minute without is a failure that shows the last state.
async fn until(api: &Api<DynamicObject>, name: &str, fits: impl Fn(&Json) -> bool) -> Json {
    let mut last = Json::Null;
    for _ in 0..30_000 {
        if let Some(object) = api.get_opt(name).await.unwrap() {
            last = serde_json::to_value(object).unwrap();
            if fits(&last) {
                return last;
            }
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("{name} never came to be as expected: {last:#}");
}

fn config_map(name: &str, value: &str) -> DynamicObject {
    object(
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"key": value}}),
    )
}
