//! One-template cases: each line of the files in `tests/data/cases` is a template, rendered here and by the real
//! Helm 3. They must print the same text, or fail with the same words.
//!
//! Here the template is the chart's NOTES.txt, whose text comes back as it is. Helm prints no notes without a cluster;
//! there it is a manifest, with an end that no YAML document has, and `--debug` prints a manifest that cannot be read.

use crate::support::harness::Ctx;
use crate::support::helm::{Helm, KUBE_VERSION};
use crate::support::trial::{Outcome, with_part};
use libtest_mimic::Trial;
use mesh_tui::chart::goyaml;
use mesh_tui::chart::model::{Chart, ChartFile, Metadata};
use mesh_tui::chart::render::{Capabilities, Frozen, NoCluster, ReleaseOptions, Renderer};
use serde_json::json;
use std::fs;
use std::sync::Arc;

/// The files with templates, by subject.
const TEMPLATES: [(&str, &str); 6] = [
    ("templates", include_str!("../data/cases/templates.txt")),
    ("language", include_str!("../data/cases/language.txt")),
    ("strings", include_str!("../data/cases/strings.txt")),
    ("numbers", include_str!("../data/cases/numbers.txt")),
    ("collections", include_str!("../data/cases/collections.txt")),
    (
        "dates_and_paths",
        include_str!("../data/cases/dates_and_paths.txt"),
    ),
];
const VALUES: &str = include_str!("../data/cases/values.yaml");
/// Templates for which we say something else than Helm, each with the reason why it may stay so. Where one of them is
/// alike after all, its trial fails: it belongs to the others then.
const DIFFERENCES: [(&str, &str); 1] = [(
    r#"{{ fromToml "bad =" | toJson }}"#,
    "the words for wrong TOML are those of our TOML parser",
)];

/// What follows a template on a line of its own, so that no output can be read as YAML.
pub const END: &str = "\n]: the end";

pub fn trials(_: &Ctx) -> Vec<Trial> {
    let cases = TEMPLATES.into_iter().flat_map(|(file, text)| {
        let lines = text.lines().zip(1..);
        lines.map(move |(template, line)| (format!("cases::{file}_{line:03}"), template))
    });
    cases
        .map(|(name, template)| with_part(&name, Helm::three, move |helm| alike(&helm, template)))
        .collect()
}

fn alike(helm: &Helm, template: &str) -> Outcome {
    let theirs = theirs(helm, template)?;
    let ours = ours(template);
    let known = DIFFERENCES.iter().find(|(known, _)| *known == template);
    match known {
        Some((_, reason)) if ours == theirs => Err(format!(
            "{template}\n  is alike now, so take it from the known differences ({reason})"
        )
        .into()),
        None if ours != theirs => Err(format!("{template}\n  Helm: {theirs:?}\n  ours: {ours:?}").into()),
        _ => Ok(()),
    }
}

/// What Helm prints, or what it says instead.
fn theirs(helm: &Helm, template: &str) -> Result<Result<String, String>, std::io::Error> {
    let folder = tempfile::tempdir()?;
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text);
    fs::create_dir(folder.path().join("templates"))?;
    write("Chart.yaml", "apiVersion: v2\nname: cases\nversion: 1.2.3\n")?;
    write("values.yaml", VALUES)?;
    write("templates/case.yaml", &format!("{template}{END}"))?;
    let output = helm.template("release", folder.path(), ["--debug"])?;
    let printed = output.stdout.split_once("# Source: cases/templates/case.yaml\n");
    Ok(match printed.and_then(|(_, rest)| rest.rsplit_once(END)) {
        Some((text, _)) => Ok(text.to_owned()),
        None => Err(error_of(&output.stderr)),
    })
}

/// Helm's error without its heading, and without what `--debug` adds after it.
pub fn error_of(stderr: &str) -> String {
    let lines = stderr.lines().skip_while(|line| !line.starts_with("Error: "));
    let said: Vec<&str> = lines.take_while(|line| !line.starts_with("helm.go:")).collect();
    said.join("\n").trim_start_matches("Error: ").to_owned()
}

/// What we print, or what we say instead, with the manifest's name for the notes.
fn ours(template: &str) -> Result<String, String> {
    ours_with(VALUES, &[], template)
}

/// The same with other values and more templates.
pub fn ours_with(values: &str, more: &[(&str, &str)], template: &str) -> Result<String, String> {
    let templates = more.iter().map(|(name, text)| ChartFile {
        name: (*name).to_owned(),
        data: text.as_bytes().into(),
    });
    let chart = Chart {
        metadata: Metadata {
            name: "cases".to_owned(),
            version: "1.2.3".to_owned(),
            api_version: "v2".to_owned(),
            ..Metadata::default()
        },
        values: goyaml::parse(values.as_bytes())
            .map_err(|error| error.to_string())?
            .into(),
        values_source: values.as_bytes().into(),
        templates: templates
            .chain([ChartFile {
                name: "templates/NOTES.txt".to_owned(),
                data: format!("{template}{END}").into_bytes().into(),
            }])
            .collect(),
        ..Chart::default()
    };
    let release = ReleaseOptions {
        name: "release".to_owned(),
        namespace: "default".to_owned(),
        revision: 1,
        is_upgrade: false,
    };
    let capabilities = Capabilities::default()
        .with_kube_version(KUBE_VERSION)
        .map_err(|error| error.to_string())?;
    // Any moment of these years: Helm takes its own clock.
    let environment = Frozen::new(jiff::Timestamp::constant(1_790_000_000, 0), 1);
    let rendered =
        Renderer::new(Arc::new(chart)).render(&json!({}), &release, &capabilities, &NoCluster, &environment);
    let as_theirs = |text: &str| text.replace("NOTES.txt", "case.yaml");
    match rendered {
        Ok(rendered) => Ok(as_theirs(
            rendered.notes.strip_suffix(END).unwrap_or(&rendered.notes),
        )),
        Err(error) => Err(as_theirs(&error.to_string())),
    }
}
