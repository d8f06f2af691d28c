//! Rendering: from a chart, values and what is known of the release and the cluster to a manifest and notes.
//!
//! [`Renderer`] is the entrance: it keeps the parsed templates of one chart, so that rendering again with other
//! values costs evaluation alone. What the templates may ask of the world comes in as traits: [`Lookup`] for the
//! cluster, [`Environment`] for the clock and randomness.

mod capabilities;
mod environment;
mod error;
mod files;
mod parsed;
mod prepared;
mod reuse;
mod scope;

pub use capabilities::{Capabilities, InvalidKubeVersion};
pub use environment::{Environment, Frozen};
pub use error::RenderError;

use super::manifest::{DocumentCache, Manifest, Wanted, assemble};
use super::model::Chart;
use super::schema::SchemaCache;
use super::semver;
use super::template::exec::{Exec, TemplateSet, TextCache};
use super::template::parse::parse;
use super::value::{Str, Value};
use super::values::{Declared, Table, ValuesError, coalesce_table};
use files::RenderedFiles;
use parsed::ParsedFiles;
use prepared::PreparedCache;
use reuse::{Context, Kept};
use serde_json::Value as Json;
use std::sync::{Arc, Mutex, PoisonError};

/// What `.Release` holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseOptions {
    /// `.Release.Name`.
    pub name: String,
    /// `.Release.Namespace`.
    pub namespace: String,
    /// `.Release.Revision`, from 1.
    pub revision: i64,
    /// `.Release.IsUpgrade`; `.Release.IsInstall` is its opposite.
    pub is_upgrade: bool,
}

/// How the template function `lookup` reaches the cluster.
pub trait Lookup {
    /// The object, or the list of objects where `name` is empty; an empty object where there is none.
    ///
    /// # Errors
    /// What the cluster answered, as a text for the template's error.
    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Json, String>;
}

/// The [`Lookup`] without a cluster, as `helm template` has it: nothing is ever found.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCluster;

impl Lookup for NoCluster {
    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<Json, String> {
        Ok(Json::Object(serde_json::Map::new()))
    }
}

/// What a render results in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rendered {
    /// Objects and hooks.
    pub manifest: Manifest,
    /// NOTES.txt of the chart itself, rendered; empty where there is none.
    pub notes: String,
    /// What Helm would warn of, one sentence each.
    pub warnings: Vec<String>,
}

/// Renders one chart, again and again. Each template is parsed once, a file whose text is provably the same as in the
/// last render is not rendered again, and a document whose text did not change keeps its parsed JSON.
#[derive(Debug)]
pub struct Renderer {
    chart: Arc<Chart>,
    declared: Declared,
    prepared: PreparedCache,
    parsed: ParsedFiles,
    texts: TextCache,
    kept: Mutex<Option<Arc<Kept>>>,
    /// Whether it renders again: else nothing is kept.
    renders_again: bool,
    documents: Mutex<DocumentCache>,
    /// `None`: values are not checked.
    schemas: Option<SchemaCache>,
}

impl Renderer {
    /// A renderer of `chart`. Nothing is parsed yet: a template that no render reaches may be wrong.
    #[must_use]
    pub fn new(chart: Arc<Chart>) -> Self {
        Self {
            declared: Declared::new(&chart),
            chart,
            prepared: PreparedCache::default(),
            parsed: ParsedFiles::default(),
            texts: TextCache::default(),
            kept: Mutex::default(),
            renders_again: true,
            documents: Mutex::default(),
            schemas: Some(SchemaCache::default()),
        }
    }

    /// The same renderer that takes values as they are, whatever a `values.schema.json` says.
    #[must_use]
    pub fn without_schema_validation(mut self) -> Self {
        self.schemas = None;
        self
    }

    /// The same renderer for one who prints, once: the objects have no JSON, which for large ones takes many times the
    /// memory of their text, and no text of a file is kept for another render.
    #[must_use]
    pub fn for_printing(self) -> Self {
        Self {
            documents: Mutex::new(DocumentCache::of(Wanted::Texts)),
            renders_again: false,
            ..self
        }
    }

    /// The chart that is rendered.
    #[must_use]
    pub fn chart(&self) -> &Arc<Chart> {
        &self.chart
    }

    /// Renders the chart with `user_values` (an object, or null for none) above its defaults.
    ///
    /// # Errors
    /// Values that cannot be used, a template that fails, or a document that is no YAML.
    pub fn render(
        &self,
        user_values: &Json,
        release: &ReleaseOptions,
        capabilities: &Capabilities,
        lookup: &dyn Lookup,
        environment: &dyn Environment,
    ) -> Result<Rendered, RenderError> {
        self.check_kube_version(capabilities)?;
        let (selection, mut warnings) = self.declared.select(user_values).map_err(values_error)?;
        let prepared = self
            .prepared
            .get(&self.declared, selection)
            .map_err(values_error)?;
        warnings.extend(prepared.warnings.iter().cloned());
        let chart = &prepared.chart;
        let (values, more) = coalesce_table(chart, user_values).map_err(values_error)?;
        warnings.extend(more);
        if let Some(schemas) = &self.schemas {
            schemas.check(chart, &values).map_err(RenderError::Schema)?;
        }
        let context = Context {
            prepared: Arc::clone(&prepared),
            release: release.clone(),
            capabilities: capabilities.clone(),
        };
        let mut files = self.files(&context, &values, lookup, environment)?;

        let notes_name = format!("{}/templates/NOTES.txt", chart.metadata.name);
        let notes = files.remove(notes_name.as_str()).unwrap_or_default();
        files.retain(|name, _| !name.ends_with("NOTES.txt"));
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        let assembled = assemble(files, &mut documents)?;
        warnings.extend(assembled.warnings);
        Ok(Rendered {
            manifest: assembled.manifest,
            notes: notes.to_string(),
            warnings,
        })
    }

    fn check_kube_version(&self, capabilities: &Capabilities) -> Result<(), RenderError> {
        let wanted = &self.chart.metadata.kube_version;
        if wanted.is_empty() || semver::satisfies(wanted, &capabilities.kube_version) {
            return Ok(());
        }
        Err(RenderError::KubeVersion {
            wanted: wanted.clone(),
            found: capabilities.kube_version.clone(),
        })
    }

    /// The rendered files by their names.
    fn files<'c>(
        &self,
        context: &'c Context,
        values: &Table<'_>,
        lookup: &dyn Lookup,
        environment: &dyn Environment,
    ) -> Result<RenderedFiles<'c>, RenderError> {
        let templates = context.prepared.templates(&self.parsed)?;
        let mut exec = Exec::new(templates, lookup, environment, &self.texts);
        if !self.renders_again {
            return files::render_once(context, values, &mut exec);
        }
        let earlier = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (files, kept) = files::render(context, values, &mut exec, earlier.as_deref())?;
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(kept));
        Ok(files)
    }
}

/// Runs a template that belongs to no chart, with nothing as its dot: what `--name-template` names a release with.
///
/// # Errors
/// What is wrong with the template, in Go's words.
pub fn run_text(text: &str, environment: &dyn Environment) -> Result<String, String> {
    const NAME: &str = "name-template";
    let trees = parse(&Arc::from(NAME), &Str::from(text)).map_err(|error| error.to_string())?;
    let mut set = TemplateSet::default();
    set.add(&trees);
    let cache = TextCache::default();
    let mut exec = Exec::new(Arc::new(set), &NoCluster, environment, &cache);
    let written = exec.render(NAME, &Value::Nil).map_err(|error| error.text)?;
    Ok(Str::from(written).to_text().into_owned())
}

#[allow(clippy::needless_pass_by_value, reason = "it is passed to map_err")]
fn values_error(error: ValuesError) -> RenderError {
    RenderError::Values(error.to_string())
}

#[cfg(test)]
mod tests;
