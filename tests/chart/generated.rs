//! What is made of the values files: each chart's `values.schema.json`, and the tables in the README. They are
//! committed, because Helm and people read them where there is nothing to make them with.
//!
//! `MESH_TUI_WRITE=1 cargo test --test chart -- generated` (`just chart-docs`) writes them anew.

use crate::readme;
use crate::schema;
use crate::support::choices::chart_folder;
use crate::support::harness::Ctx;
use crate::support::trial::Outcome;
use crate::values::{Key, keys};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the tables of the README begin and end.
const BEGIN: &str = "<!-- The tables below are made of the comments in values.yaml: just chart-docs -->\n";
const END: &str = "<!-- The end of the tables -->\n";

pub fn trials(_: &Ctx) -> Vec<Trial> {
    let files = schemas(&chart_folder()).into_iter().map(|(file, schema)| {
        let folder = file.parent().and_then(Path::file_name).unwrap_or_default();
        let name = format!("generated::schema_of_{}", folder.to_string_lossy());
        Trial::test(name, move || up_to_date(&file, &schema).map_err(Into::into))
    });
    let tables = Trial::test("generated::tables_of_the_readme", tables);
    files.chain([tables]).collect()
}

/// The schemas of a chart and its subcharts: the file of each, and what it should hold.
pub fn schemas(chart: &Path) -> Vec<(PathBuf, String)> {
    let text = |schema: Value| serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n";
    let subcharts = subcharts(chart);
    let mut schemas = vec![(
        chart.join("values.schema.json"),
        text(umbrella(chart, &subcharts)),
    )];
    schemas.extend(subcharts.iter().map(|name| {
        let folder = chart.join("charts").join(name);
        let given = [
            ("enabled", json!({"type": "boolean"})),
            ("global", json!({"type": "object"})),
        ];
        let schema = schema::schema(&format!("Values of {name}"), &keys_of(&folder), &given);
        (folder.join("values.schema.json"), text(schema))
    }));
    schemas
}

/// The umbrella's own keys; those of a subchart are checked by the subchart's schema, while it is on.
fn umbrella(chart: &Path, subcharts: &[String]) -> Value {
    let open = json!({"type": "object", "properties": {"enabled": {"type": "boolean"}}});
    let given: Vec<(&str, Value)> = subcharts
        .iter()
        .map(|name| (name.as_str(), open.clone()))
        .collect();
    let mut keys = keys_of(chart);
    keys.retain(|key| !subcharts.contains(&key.path[0]));
    schema::schema("Values of developer-mesh", &keys, &given)
}

/// The names of the subcharts, in the umbrella's order.
fn subcharts(chart: &Path) -> Vec<String> {
    let text = fs::read_to_string(chart.join("Chart.yaml")).expect("there is a Chart.yaml");
    let metadata: Value = serde_yaml::from_str(&text).expect("Chart.yaml is YAML");
    let dependencies = metadata["dependencies"].as_array().into_iter().flatten();
    dependencies
        .filter_map(|dependency| dependency["name"].as_str())
        .map(str::to_owned)
        .collect()
}

fn keys_of(folder: &Path) -> Vec<Key> {
    keys(&folder.join("values.yaml"))
}

/// Compares a file with what it should be, or writes it.
fn up_to_date(file: &Path, expected: &str) -> Result<(), String> {
    if std::env::var_os("MESH_TUI_WRITE").is_some() {
        return fs::write(file, expected).map_err(|error| error.to_string());
    }
    let found = fs::read_to_string(file).unwrap_or_default();
    if found == expected {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(found.as_str(), expected);
    Err(format!(
        "{} is not what values.yaml makes of it; `just chart-docs` writes it\n{}",
        file.display(),
        diff.unified_diff().context_radius(2)
    ))
}

fn tables() -> Outcome {
    let chart = chart_folder();
    let file = chart.join("README.md");
    let readme = fs::read_to_string(&file)?;
    let (before, rest) = readme
        .split_once(BEGIN)
        .ok_or("the README has no place for the tables")?;
    let (_, after) = rest
        .split_once(END)
        .ok_or("the tables of the README do not end")?;
    let mut made = format!("\n### developer-mesh\n\n{}", readme::table(&keys_of(&chart), ""));
    for name in subcharts(&chart) {
        let keys = keys_of(&chart.join("charts").join(&name));
        let table = readme::table(&keys, &format!("{name}."));
        let _ = write!(made, "\n### {name}\n\n{table}");
    }
    up_to_date(&file, &format!("{before}{BEGIN}{made}\n{END}{after}"))?;
    Ok(())
}
