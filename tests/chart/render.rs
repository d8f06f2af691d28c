//! The embedded chart, rendered here.

use mesh_tui::chart::render::{Capabilities, Frozen, NoCluster, ReleaseOptions, Rendered, Renderer};
use mesh_tui::source;
use serde_json::Value;

/// The chart with these values, as the release `dm` in the namespace `mesh`.
pub fn render(values: &Value) -> Result<Rendered, String> {
    let release = ReleaseOptions {
        name: "dm".to_owned(),
        namespace: "mesh".to_owned(),
        revision: 1,
        is_upgrade: false,
    };
    let chart = source::embedded().map_err(|error| error.to_string())?;
    Renderer::new(chart)
        .render(
            values,
            &release,
            &Capabilities::default(),
            &NoCluster,
            &Frozen::default(),
        )
        .map_err(|error| error.to_string())
}

/// The objects of a kind.
pub fn of_kind(rendered: &Rendered, kind: &str) -> Vec<Value> {
    let objects = rendered.manifest.objects.iter();
    objects
        .filter(|object| object.key.kind == kind)
        .map(|object| (*object.body).clone())
        .collect()
}
