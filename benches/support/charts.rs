//! The charts that are rendered: the embedded one, and one of any size.

use mesh_tui::chart::manifest::Manifest;
use mesh_tui::chart::model::Chart;
use mesh_tui::chart::render::{Capabilities, Frozen, NoCluster, ReleaseOptions, Rendered, Renderer};
use mesh_tui::{profile, source};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// The release and its namespace.
pub const RELEASE: &str = "developer-mesh";
/// The folder of the chart that has as many objects as its values want.
pub const LARGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/large-chart");
/// The objects of one service of that chart.
pub const OBJECTS_OF_A_SERVICE: u32 = 5;

/// The embedded chart.
pub fn embedded() -> Arc<Chart> {
    source::embedded().expect("the embedded chart can be read")
}

/// The values of a profile.
pub fn profile(name: &str) -> Json {
    Json::Object(profile::load(name).expect("the profile is built in").values)
}

/// The chart that has as many objects as its values want.
pub fn large() -> Arc<Chart> {
    source::load(LARGE).expect("the chart lies beside the benches")
}

/// Its values for so many objects; `log_level` is that of its first service.
pub fn large_values(objects: u32, log_level: &str) -> Json {
    json!({
        "services": objects / OBJECTS_OF_A_SERVICE,
        "odd": {"service": 0, "logLevel": log_level},
    })
}

/// Renders as an upgrade on no cluster.
pub fn render(renderer: &Renderer, values: &Json) -> Rendered {
    let release = ReleaseOptions {
        name: RELEASE.to_owned(),
        namespace: RELEASE.to_owned(),
        revision: 2,
        is_upgrade: true,
    };
    let capabilities = Capabilities::default();
    renderer
        .render(values, &release, &capabilities, &NoCluster, &Frozen::default())
        .expect("the chart renders")
}

/// How many objects a manifest brings into a cluster, hooks included.
pub fn objects(manifest: &Manifest) -> usize {
    manifest.objects.len() + manifest.hooks.len()
}
