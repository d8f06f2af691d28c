//! The embedded chart rendered here, as `helm template dm` renders it.

use super::helm::KUBE_VERSION;
use mesh_tui::chart::render::{Capabilities, Frozen, NoCluster, ReleaseOptions, Rendered, Renderer};
use mesh_tui::source;
use serde_json::Value as Json;
use std::sync::OnceLock;

/// Its templates are parsed once for all trials.
static RENDERER: OnceLock<Renderer> = OnceLock::new();

/// Renders it with these values above its own.
pub fn render(values: &Json) -> Result<Rendered, Box<dyn std::error::Error>> {
    let release = ReleaseOptions {
        name: "dm".to_owned(),
        namespace: "default".to_owned(),
        revision: 1,
        is_upgrade: false,
    };
    let capabilities = Capabilities::default().with_kube_version(KUBE_VERSION)?;
    let chart = source::embedded()?;
    let renderer = RENDERER.get_or_init(|| Renderer::new(chart));
    Ok(renderer.render(values, &release, &capabilities, &NoCluster, &Frozen::default())?)
}
