//! Chart.yaml: reading it as Helm does, and checking what it says.

use super::SourceError;
use crate::chart::goyaml::{self, YamlError};
use crate::chart::model::{Dependency, Metadata};
use crate::chart::semver::Version;
use serde_json::Value as Json;

/// Reads Chart.yaml, with the dependencies of a chart of Helm 2 from its requirements.yaml.
pub(super) fn read(chart_yaml: &[u8], requirements: Option<&[u8]>) -> Result<Metadata, SourceError> {
    let mut metadata = parse(chart_yaml, "Chart.yaml")?;
    if metadata.api_version.is_empty() {
        "v1".clone_into(&mut metadata.api_version);
    }
    if let Some(requirements) = requirements {
        let read = parse(requirements, "requirements.yaml")?;
        if !read.dependencies.is_empty() {
            metadata.dependencies = read.dependencies;
        }
    }
    validate(&mut metadata).map_err(SourceError::Invalid)?;
    Ok(metadata)
}

fn parse(text: &[u8], file: &'static str) -> Result<Metadata, SourceError> {
    let in_file = |source| SourceError::Yaml { file, source };
    let mut document = match goyaml::parse(text).map_err(in_file)? {
        Json::Null => Json::Object(serde_json::Map::new()),
        document => document,
    };
    as_text(&mut document);
    serde_json::from_value(document)
        .map_err(|error| in_file(YamlError::Convert(format!("error unmarshaling JSON: {error}"))))
}

/// Makes text of numbers and truth values where Go has a string, as YAML's way into Go does; null is nothing.
fn as_text(value: &mut Json) {
    match value {
        Json::Object(map) => {
            map.retain(|_, item| !item.is_null());
            for (key, item) in map {
                // These are no text in Go either.
                if !matches!(key.as_str(), "deprecated" | "enabled" | "import-values") {
                    as_text(item);
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(as_text),
        Json::Bool(truth) => *value = Json::String(truth.to_string()),
        Json::Number(number) => {
            let text = match number.as_f64() {
                Some(float) if number.is_f64() => crate::chart::gojson::float_g(float, 32),
                _ => number.to_string(),
            };
            *value = Json::String(text);
        }
        Json::Null | Json::String(_) => {}
    }
}

fn validate(metadata: &mut Metadata) -> Result<(), String> {
    clean(metadata);
    let name = &metadata.name;
    if name.is_empty() {
        return Err("chart.metadata.name is required".to_owned());
    }
    if matches!(name.as_str(), "." | "..") {
        return Err(format!("chart.metadata.name {name:?} is not allowed"));
    }
    if name.contains('/') {
        return Err(format!("chart.metadata.name {name:?} is invalid"));
    }
    if metadata.version.is_empty() {
        return Err("chart.metadata.version is required".to_owned());
    }
    if Version::parse(&metadata.version).is_err() {
        return Err(format!(
            "chart.metadata.version {:?} is invalid",
            metadata.version
        ));
    }
    if !matches!(metadata.kind.as_str(), "" | "application" | "library") {
        return Err("chart.metadata.type must be application or library".to_owned());
    }
    let mut seen: Vec<&str> = Vec::new();
    for dependency in &metadata.dependencies {
        let key = key(dependency)?;
        if seen.contains(&key) {
            return Err(format!("more than one dependency with name or alias {key:?}"));
        }
        seen.push(key);
    }
    Ok(())
}

/// The name under which the parent uses a dependency.
fn key(dependency: &Dependency) -> Result<&str, String> {
    let alias = &dependency.alias;
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !alias.chars().all(allowed) {
        return Err(format!(
            "dependency {:?} has disallowed characters in the alias",
            dependency.name
        ));
    }
    Ok(if alias.is_empty() { &dependency.name } else { alias })
}

/// Takes control characters out of what is shown.
fn clean(metadata: &mut Metadata) {
    let maintainers = metadata
        .maintainers
        .iter_mut()
        .flat_map(|maintainer| [&mut maintainer.name, &mut maintainer.email, &mut maintainer.url]);
    let dependencies = metadata.dependencies.iter_mut().flat_map(|dependency| {
        let texts = [
            &mut dependency.name,
            &mut dependency.version,
            &mut dependency.repository,
            &mut dependency.condition,
        ];
        texts.into_iter().chain(&mut dependency.tags)
    });
    let texts = [
        &mut metadata.name,
        &mut metadata.description,
        &mut metadata.home,
        &mut metadata.icon,
        &mut metadata.condition,
        &mut metadata.tags,
        &mut metadata.app_version,
        &mut metadata.kube_version,
    ];
    let lists = metadata.sources.iter_mut().chain(&mut metadata.keywords);
    for text in texts
        .into_iter()
        .chain(lists)
        .chain(maintainers)
        .chain(dependencies)
    {
        if text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() && c != ' ')
        {
            *text = text
                .chars()
                .map(|c| if c.is_whitespace() { ' ' } else { c })
                .filter(|c| !c.is_control())
                .collect();
        }
    }
}
