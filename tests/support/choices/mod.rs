//! The values documents that the embedded chart is tried with: its own, every profile, and combinations of the
//! choices that the wizard offers.
//!
//! All combinations would be more than there are atoms. These are chosen so that every pair of choices about different
//! subjects occurs together, several times over: faults come from two choices that nobody thought of together, seldom
//! from three. They are the same in every run.

mod pairs;
mod subjects;

use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use subjects::{Subject, subjects};
use tempfile::NamedTempFile;

/// How many combinations there are at least.
const ROWS: usize = 300;

/// The embedded chart's folder.
pub fn chart_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/chart/developer-mesh")
}

/// Every values document that the chart is tried with: its defaults, the two files beside them, each profile, and the
/// combinations.
pub fn values_documents() -> &'static [(String, Value)] {
    static DOCUMENTS: OnceLock<Vec<(String, Value)>> = OnceLock::new();
    DOCUMENTS.get_or_init(|| {
        let mut all = vec![("defaults".to_owned(), Value::Object(Map::new()))];
        for file in ["values-dev.yaml", "values-prod.yaml"] {
            all.push((
                file.replace(".yaml", "").replace('-', "_"),
                yaml(&chart_folder().join(file)),
            ));
        }
        for profile in ["local", "staging", "production"] {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("profiles/{profile}.yaml"));
            all.push((format!("profile_{profile}"), yaml(&file)["values"].clone()));
        }
        let rows = combinations().into_iter().zip(1..);
        all.extend(rows.map(|(values, number)| (format!("combination_{number:03}"), values)));
        all
    })
}

fn yaml(file: &Path) -> Value {
    let text = std::fs::read_to_string(file).expect("the file can be read");
    serde_yaml::from_str(&text).expect("the file is YAML")
}

/// A values document as a file for Helm.
pub fn values_file(values: &Value) -> std::io::Result<NamedTempFile> {
    let file = NamedTempFile::with_suffix(".yaml")?;
    std::fs::write(file.path(), values.to_string())?;
    Ok(file)
}

/// The combinations: what each comes to, above the chart's defaults.
fn combinations() -> Vec<Value> {
    let subjects = subjects();
    let sizes: Vec<usize> = subjects.iter().map(|subject| subject.answers.len()).collect();
    let rows = pairs::rows(&sizes, ROWS);
    rows.iter().map(|row| combination(&subjects, row)).collect()
}

fn combination(subjects: &[Subject], row: &[usize]) -> Value {
    let mut values = json!({});
    for (subject, &answer) in subjects.iter().zip(row) {
        merge(&mut values, &subject.answers[answer]);
    }
    without_contradictions(&mut values);
    values
}

/// What the chart refuses by name is no combination: backups are those of the embedded database.
fn without_contradictions(values: &mut Value) {
    let embedded = values.pointer("/postgresql/enabled") == Some(&json!(true));
    if !embedded && let Some(postgresql) = values["postgresql"].as_object_mut() {
        postgresql.remove("backup");
    }
}

/// Merges `from` into `into`, key by key.
pub fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}
