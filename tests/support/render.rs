//! The embedded chart rendered here, as `helm template dm` renders it.

use super::choices::values_documents;
use super::helm::KUBE_VERSION;
use mesh_tui::chart::model::Chart;
use mesh_tui::chart::render::{Capabilities, Frozen, NoCluster, ReleaseOptions, Rendered, Renderer};
use mesh_tui::chart::values::{coalesce, process_dependencies};
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
    render_as(&release, values)
}

/// The same for a release of another kind.
pub fn render_as(release: &ReleaseOptions, values: &Json) -> Result<Rendered, Box<dyn std::error::Error>> {
    let capabilities = Capabilities::default().with_kube_version(KUBE_VERSION)?;
    let chart = source::embedded()?;
    let renderer = RENDERER.get_or_init(|| Renderer::new(chart));
    Ok(renderer.render(values, release, &capabilities, &NoCluster, &Frozen::default())?)
}

/// The values that its templates see with these above its own.
pub fn coalesced(values: &Json) -> Result<Json, Box<dyn std::error::Error>> {
    let mut chart = Chart::clone(&*source::embedded()?);
    process_dependencies(&mut chart, values)?;
    Ok(coalesce(&chart, values)?.values)
}

/// A values document, and what it renders to.
#[derive(Debug, Clone)]
pub struct RenderedDocument {
    pub name: String,
    pub values: Json,
    pub rendered: Rendered,
}

/// What every values document renders to. It is rendered once for all trials, on all cores.
pub fn rendered_documents() -> Result<&'static [RenderedDocument], String> {
    static RENDERED: OnceLock<Result<Vec<RenderedDocument>, String>> = OnceLock::new();
    let all = RENDERED.get_or_init(|| {
        let documents = values_documents();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            let share = documents.len().div_ceil(cores);
            let threads: Vec<_> = documents
                .chunks(share)
                .map(|documents| scope.spawn(|| documents.iter().map(one).collect::<Result<Vec<_>, _>>()))
                .collect();
            let parts = threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|_| Err("it panicked".to_owned())));
            Ok(parts.collect::<Result<Vec<_>, String>>()?.concat())
        })
    });
    match all {
        Ok(all) => Ok(all),
        Err(error) => Err(error.clone()),
    }
}

fn one((name, values): &(String, Json)) -> Result<RenderedDocument, String> {
    match render(values) {
        Ok(rendered) => Ok(RenderedDocument {
            name: name.clone(),
            values: values.clone(),
            rendered,
        }),
        Err(error) => Err(format!(
            "{name} does not render: {error}; its values are {values}"
        )),
    }
}
