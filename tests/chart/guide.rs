//! The guide in `docs/guide` does not promise what the chart does not keep: values that it shows are accepted, each alert
//! has its heading, and the page on adding a service is followed word for word.

use crate::generated::schemas;
use crate::support::choices::{chart_folder, merge, values_file};
use crate::support::harness::Ctx;
use crate::support::helm::{Helm, KUBE_VERSION};
use crate::support::render::render;
use crate::support::trial::{Outcome, with_part};
use libtest_mimic::Trial;
use mesh_tui::chart::render::{Capabilities, Frozen, NoCluster, ReleaseOptions, Renderer};
use mesh_tui::plan::stages::Stages;
use mesh_tui::source;
use serde_json::{Value, json};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub fn trials(_: &Ctx) -> Vec<Trial> {
    vec![
        with_part("guide::shows_values_that_are_accepted", Helm::three, |helm| {
            shown_values(&helm)
        }),
        Trial::test("guide::explains_each_alert", each_alert),
        with_part("guide::adds_a_service", Helm::both, |helms| {
            adds_a_service(&helms)
        }),
    ]
}

fn guide() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide")
}

/// A fenced block of a page: the last words before it, its language, its text without its indentation.
struct Block {
    before: String,
    language: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let (mut found, mut before) = (Vec::new(), String::new());
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let body = line.trim_start();
        let Some(language) = body.strip_prefix("```") else {
            if !body.is_empty() {
                body.clone_into(&mut before);
            }
            continue;
        };
        let indent = line.len() - body.len();
        let inside = lines.by_ref().take_while(|line| line.trim_start() != "```");
        let text: Vec<&str> = inside
            .map(|line| line.get(indent..).unwrap_or_default())
            .collect();
        found.push(Block {
            before: before.clone(),
            language: language.to_owned(),
            text: text.join("\n") + "\n",
        });
    }
    found
}

/// Every YAML block that is values of the chart renders, and Helm takes it.
fn shown_values(helm: &Helm) -> Outcome {
    let keys = [
        "global",
        "rest-api",
        "edge-mcp",
        "worker",
        "rag-loader",
        "postgresql",
        "redis",
        "governance",
        "loadTest",
    ];
    let mut count = 0;
    for entry in fs::read_dir(guide())? {
        let page = entry?.path();
        for block in blocks(&fs::read_to_string(&page)?) {
            if block.language != "yaml" || block.text.contains("{{") {
                continue;
            }
            let shown: Value = serde_yaml::from_str(&block.text)?;
            let Some(shown) = shown
                .as_object()
                .filter(|shown| shown.keys().all(|key| keys.contains(&key.as_str())))
            else {
                continue;
            };
            // Backups are shown for the embedded database.
            let mut values = json!({"postgresql": {"enabled": shown.contains_key("postgresql")}});
            merge(&mut values, &Value::Object(shown.clone()));
            let file = values_file(&values)?;
            let lint = [
                Path::new("lint"),
                Path::new("--strict"),
                &chart_folder(),
                Path::new("--values"),
                file.path(),
            ];
            let said = helm.run(lint)?;
            assert!(
                said.success,
                "{}:\n{}{}{}",
                page.display(),
                block.text,
                said.stdout,
                said.stderr
            );
            count += 1;
        }
    }
    assert!(count >= 12, "only {count} blocks of values were found");
    Ok(())
}

fn each_alert() -> Outcome {
    let page = fs::read_to_string(guide().join("alerts.md"))?;
    let values = json!({
        "global": {
            "monitoring": {"enabled": true},
            "externalSecrets": {"enabled": true, "secretStoreRef": {"name": "vault"}},
        },
        "postgresql": {"enabled": true, "backup": {"enabled": true}},
    });
    let rendered = render(&values)?;
    let is_rule = |kind: &str| kind == "PrometheusRule";
    let rule = rendered
        .manifest
        .objects
        .iter()
        .find(|object| is_rule(&object.key.kind));
    let rule = rule.ok_or("no PrometheusRule is rendered")?;
    let groups = rule.body["spec"]["groups"].as_array().into_iter().flatten();
    let mut alerts: Vec<&str> = groups
        .flat_map(|group| group["rules"].as_array().into_iter().flatten())
        .filter_map(|rule| rule["alert"].as_str())
        .collect();
    let mut headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    alerts.sort_unstable();
    headings.sort_unstable();
    assert_eq!(alerts, headings);
    Ok(())
}

/// Follows the page on a copy of the chart.
fn adds_a_service(helms: &[Helm; 2]) -> Outcome {
    let folder = tempfile::tempdir()?;
    let chart = folder.path().join("developer-mesh");
    copy(&chart_folder(), &chart)?;
    let reporter = chart.join("charts/reporter");
    copy(&chart.join("charts/rest-api"), &reporter)?;
    fs::remove_file(reporter.join("templates/migration.yaml"))?;
    for block in blocks(&fs::read_to_string(guide().join("add-a-service.md"))?) {
        follow(&chart, &block)?;
    }
    without_section(&reporter.join("values.yaml"), "migration")?;
    for (file, schema) in schemas(&chart) {
        fs::write(file, schema)?;
    }
    let arguments = [
        "--values",
        "values-dev.yaml",
        "--set",
        "reporter.secrets.signingKey=x",
        "--set",
        "global.networkPolicy.enabled=true",
    ];
    for helm in helms {
        helm.run_at(&chart, ["lint", "--strict", "."].iter().chain(&arguments))?
            .ok()?;
        let template = ["template", "dm", ".", "--kube-version", KUBE_VERSION];
        let manifest = helm.run_at(&chart, template.iter().chain(&arguments))?.ok()?;
        for kind in [
            "Deployment",
            "Service",
            "ServiceAccount",
            "ConfigMap",
            "Secret",
            "NetworkPolicy",
        ] {
            let head = format!("kind: {kind}\nmetadata:\n  name: dm-reporter\n");
            assert!(
                manifest.contains(&head),
                "{kind}/dm-reporter is not in\n{manifest}"
            );
        }
        let peer = "app.kubernetes.io/name: reporter\n      ports:\n        - port: postgresql";
        assert!(
            manifest.contains(peer),
            "the database does not let it in:\n{manifest}"
        );
        let wrong = ["--set", "reporter.config.retentionDays=long"];
        let said = helm.run_at(&chart, template.iter().chain(&arguments).chain(&wrong))?;
        assert!(said.stderr.contains("retentionDays"), "{}", said.stderr);
    }
    staged(&chart)
}

/// mesh-tui renders it too, and rolls it out after rest-api.
fn staged(chart: &Path) -> Outcome {
    let chart = source::load(&chart.to_string_lossy())?;
    let (stages, _) = Stages::of(&chart, &[]);
    let names: Vec<&str> = stages.list().iter().map(|stage| stage.name.as_str()).collect();
    let at = |name: &str| names.iter().position(|it| *it == name);
    assert!(
        at("rest-api") < at("reporter") && at("reporter").is_some(),
        "{names:?}"
    );
    let release = ReleaseOptions {
        name: "dm".to_owned(),
        namespace: "default".to_owned(),
        revision: 1,
        is_upgrade: false,
    };
    let values = json!({"postgresql": {"enabled": true}, "redis": {"enabled": true}});
    let rendered = Renderer::new(chart).render(
        &values,
        &release,
        &Capabilities::default().with_kube_version(KUBE_VERSION)?,
        &NoCluster,
        &Frozen::default(),
    )?;
    assert!(
        rendered.notes.contains("dm-reporter (signing-key)"),
        "{}",
        rendered.notes
    );
    Ok(())
}

/// What a block of the page asks for: a file, sections of a file, or lines at its end.
fn follow(chart: &Path, block: &Block) -> Outcome {
    if let Some(file) = block
        .before
        .strip_prefix('`')
        .and_then(|it| it.strip_suffix("`:"))
    {
        let file = chart.join(file);
        if file.ends_with("values.yaml") {
            for section in block.text.split("\n\n") {
                let text = fs::read_to_string(&file)?;
                fs::write(&file, with_section(&text, section.trim_end()))?;
            }
        } else {
            fs::write(&file, &block.text)?;
        }
    } else if let Some(rest) = block.before.strip_prefix("At the end of `") {
        let file = chart.join(rest.trim_end_matches("`:"));
        let text = fs::read_to_string(&file)?;
        fs::write(&file, text + &block.text)?;
    } else if block.before.starts_with("In `templates/_helpers.tpl`") {
        let file = chart.join("templates/_helpers.tpl");
        let text = fs::read_to_string(&file)?;
        let table = text
            .find("define \"developer-mesh.services\"")
            .ok_or("there is no table")?;
        let end = table
            + text[table..]
                .find("{{- end -}}")
                .ok_or("the table does not end")?;
        fs::write(&file, format!("{}{}{}", &text[..end], block.text, &text[end..]))?;
    }
    Ok(())
}

/// The lines of a top-level section: from the comment above its key to the next blank line above another key.
fn section(text: &str, key: &str) -> Option<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let head = format!("{key}:");
    let at = lines.iter().position(|line| line.starts_with(&head))?;
    let start = lines[..at]
        .iter()
        .rposition(|line| !line.starts_with('#'))
        .map_or(0, |it| it + 1);
    let next = |line: &&str| !line.is_empty() && !line.starts_with(' ');
    let end = lines[at + 1..]
        .iter()
        .position(next)
        .map_or(lines.len(), |it| at + 1 + it);
    Some((start, end))
}

fn with_section(text: &str, new: &str) -> String {
    let key = new
        .lines()
        .find(|line| !line.starts_with('#'))
        .unwrap_or_default();
    let (start, end) = section(text, key.trim_end_matches(':')).expect("the file has the section");
    let lines: Vec<&str> = text.lines().collect();
    [&lines[..start].join("\n"), new, "", &lines[end..].join("\n"), ""].join("\n")
}

fn without_section(file: &Path, key: &str) -> Outcome {
    let text = fs::read_to_string(file)?;
    let (start, end) = section(&text, key).ok_or("the file has no such section")?;
    let lines: Vec<&str> = text.lines().collect();
    fs::write(file, [&lines[..start], &lines[end..]].concat().join("\n") + "\n")?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
