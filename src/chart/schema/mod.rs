//! `values.schema.json`: the values of a chart and of its subcharts against JSON Schema, drafts 4 to 2020-12.
//!
//! Nothing is fetched: a schema that refers to another document is an error that says so, but for `urn:`, which Helm
//! lets pass as well. How mistakes are worded, [`words`] knows.

mod document;
mod quick;
mod words;

use super::model::Chart;
use super::template::json_syntax_error;
use super::values::{Node, Table};
use boon::{CompileError, Compiler, SchemaIndex, Schemas, UrlLoader};
use quick::Everyday;
use serde_json::Value as Json;
use std::fmt;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Where Helm says that a schema lies.
const LOCATION: &str = "file:///values.schema.json";

/// A schema that was read, or what is wrong with it.
type Compiled = Result<Schema, String>;

/// The schemas of a chart and its subcharts, each read once.
#[derive(Default)]
pub(super) struct SchemaCache(Mutex<Vec<Arc<Source>>>);

impl fmt::Debug for SchemaCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchemaCache").finish_non_exhaustive()
    }
}

impl SchemaCache {
    /// Checks the coalesced values of a chart and those of its subcharts.
    ///
    /// # Errors
    /// What does not meet a schema, in the words that Helm prints after `Error: `.
    pub(super) fn check(&self, chart: &Chart, values: &Table<'_>) -> Result<(), String> {
        let mut said = String::new();
        self.check_chart(chart, values, &mut said);
        if said.is_empty() {
            return Ok(());
        }
        Err(format!(
            "values don't meet the specifications of the schema(s) in the following chart(s):\n{said}"
        ))
    }

    fn check_chart(&self, chart: &Chart, values: &Table<'_>, said: &mut String) {
        let name = &chart.metadata.name;
        if let Some(source) = &chart.schema
            && let Err(error) = self.source(source).check(values)
        {
            // Writing to a string cannot fail.
            let _ = write!(said, "{name}:\n{error}");
        }
        for subchart in &chart.dependencies {
            let name = &subchart.metadata.name;
            match values.get(name) {
                None | Some(Node::Other(Json::Null)) => {}
                Some(Node::Table(values)) => self.check_chart(subchart, &values, said),
                Some(Node::Other(other)) => {
                    let _ = writeln!(
                        said,
                        "{name}:\ninvalid type for values: expected object (map), got {}",
                        go_type(other)
                    );
                }
            }
        }
    }

    fn source(&self, text: &Arc<[u8]>) -> Arc<Source> {
        let mut sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &&Arc<Source>| Arc::ptr_eq(&known.text, text) || known.text == *text;
        if let Some(known) = sources.iter().find(same) {
            return Arc::clone(known);
        }
        let source = Arc::new(Source::new(text));
        sources.push(Arc::clone(&source));
        source
    }
}

/// A schema as it lies in a chart.
struct Source {
    text: Arc<[u8]>,
    /// The same, where a quick look understands it.
    everyday: Option<Everyday>,
    compiled: OnceLock<Compiled>,
}

impl Source {
    fn new(text: &Arc<[u8]>) -> Self {
        Self {
            text: Arc::clone(text),
            everyday: everyday(text),
            compiled: OnceLock::new(),
        }
    }

    fn check(&self, values: &Table<'_>) -> Result<(), String> {
        if let Some(schema) = &self.everyday
            && schema.accepts(values)
        {
            return Ok(());
        }
        match self.compiled.get_or_init(|| Schema::compile(&self.text)) {
            Ok(schema) => schema.check(&values.to_json()),
            Err(error) => Err(error.clone()),
        }
    }
}

/// A schema as a quick look takes it, where it understands it.
fn everyday(text: &[u8]) -> Option<Everyday> {
    // As a text that is known to be UTF-8, so that no string in it has to be checked for itself.
    let document = serde_json::from_str(std::str::from_utf8(text).ok()?).ok()?;
    Everyday::read(&document)
}

/// What Go's `%T` prints of a value of a document.
fn go_type(value: &Json) -> &'static str {
    match value {
        Json::Null => "<nil>",
        Json::Bool(_) => "bool",
        Json::Number(_) => "float64",
        Json::String(_) => "string",
        Json::Array(_) => "[]interface {}",
        Json::Object(_) => "map[string]interface {}",
    }
}

/// One schema, ready to check with.
struct Schema {
    schemas: Schemas,
    root: SchemaIndex,
}

impl Schema {
    fn compile(source: &[u8]) -> Compiled {
        let document: Json = serde_json::from_slice(source).map_err(|_| json_syntax_error(source))?;
        let mut schemas = Schemas::new();
        let mut compiler = Compiler::new();
        compiler.use_loader(Box::new(Nowhere));
        compiler
            .add_resource(LOCATION, document)
            .map_err(|error| compile_words(&error))?;
        let root = compiler
            .compile(LOCATION, &mut schemas)
            .map_err(|error| compile_words(&error))?;
        Ok(Self { schemas, root })
    }

    fn check(&self, values: &Json) -> Result<(), String> {
        self.schemas
            .validate(values, self.root)
            .map_err(|error| words::of(&error) + "\n")
    }
}

/// Loads nothing.
struct Nowhere;

impl UrlLoader for Nowhere {
    fn load(&self, url: &str) -> Result<Json, Box<dyn std::error::Error>> {
        if url.starts_with("urn:") {
            return Ok(Json::Bool(true));
        }
        Err("no schema is fetched from elsewhere".into())
    }
}

/// What is wrong with a schema itself.
fn compile_words(error: &CompileError) -> String {
    match error {
        CompileError::LoadUrlError { url, .. } | CompileError::UnsupportedUrlScheme { url } => format!(
            "values.schema.json refers to {url}, and no schema is fetched from elsewhere: put it into the file itself, under \"$defs\""
        ),
        CompileError::ValidationError { url, src } => {
            format!("{url:?} is not valid against metaschema: {}", words::whole(src))
        }
        CompileError::JsonPointerNotFound(url) => format!("json-pointer in {url:?} not found"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
