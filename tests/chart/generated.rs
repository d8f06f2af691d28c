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

/// The subcharts, services first.
const SUBCHARTS: [&str; 6] = [
    "rest-api",
    "edge-mcp",
    "worker",
    "rag-loader",
    "postgresql",
    "redis",
];
/// Where the tables of the README begin and end.
const BEGIN: &str = "<!-- The tables below are made of the comments in values.yaml: just chart-docs -->\n";
const END: &str = "<!-- The end of the tables -->\n";

pub fn trials(_: &Ctx) -> Vec<Trial> {
    let mut trials: Vec<Trial> = SUBCHARTS
        .into_iter()
        .map(|name| {
            let trial = move || {
                let folder = folder_of(name);
                up_to_date(&folder.join("values.schema.json"), &subchart_schema(name)).map_err(Into::into)
            };
            Trial::test(format!("generated::schema_of_{name}"), trial)
        })
        .collect();
    trials.push(Trial::test("generated::schema_of_the_umbrella", || {
        up_to_date(&chart_folder().join("values.schema.json"), &umbrella_schema()).map_err(Into::into)
    }));
    trials.push(Trial::test("generated::tables_of_the_readme", tables));
    trials
}

fn folder_of(subchart: &str) -> PathBuf {
    chart_folder().join("charts").join(subchart)
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

fn text(schema: &Value) -> String {
    serde_json::to_string_pretty(schema).expect("a schema is JSON") + "\n"
}

fn subchart_schema(name: &str) -> String {
    let given = [
        ("enabled", json!({"type": "boolean"})),
        ("global", json!({"type": "object"})),
    ];
    text(&schema::schema(
        &format!("Values of {name}"),
        &keys_of(&folder_of(name)),
        &given,
    ))
}

/// The umbrella's own keys; those of a subchart are checked by the subchart's schema, while it is on.
fn umbrella_schema() -> String {
    let open = json!({"type": "object", "properties": {"enabled": {"type": "boolean"}}});
    let given: Vec<(&str, Value)> = SUBCHARTS.iter().map(|name| (*name, open.clone())).collect();
    let mut keys = keys_of(&chart_folder());
    keys.retain(|key| !SUBCHARTS.contains(&key.path[0].as_str()));
    text(&schema::schema("Values of developer-mesh", &keys, &given))
}

fn tables() -> Outcome {
    let file = chart_folder().join("README.md");
    let readme = fs::read_to_string(&file)?;
    let (before, rest) = readme
        .split_once(BEGIN)
        .ok_or("the README has no place for the tables")?;
    let (_, after) = rest
        .split_once(END)
        .ok_or("the tables of the README do not end")?;
    let mut made = format!(
        "\n### developer-mesh\n\n{}",
        readme::table(&keys_of(&chart_folder()), "")
    );
    for name in SUBCHARTS {
        let table = readme::table(&keys_of(&folder_of(name)), &format!("{name}."));
        let _ = write!(made, "\n### {name}\n\n{table}");
    }
    up_to_date(&file, &format!("{before}{BEGIN}{made}\n{END}{after}"))?;
    Ok(())
}
