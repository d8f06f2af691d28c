//! The alerts and dashboards, tried with the real `promtool`: rules and queries are `PromQL`, and each alert fires on the
//! series that it is for and on no others.

use crate::support::harness::Ctx;
use crate::support::parts::{Missing, system_program};
use crate::support::render::render;
use crate::support::trial::{Outcome, with_part};
use libtest_mimic::Trial;
use mesh_tui::chart::render::Rendered;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the alerts do on made-up series.
const CASES: &str = include_str!("alerts.yaml");

pub fn trials(_: &Ctx) -> Vec<Trial> {
    vec![
        with_part("alerts::do_what_they_say", promtool, |promtool| {
            do_what_they_say(&promtool)
        }),
        Trial::test("alerts::have_cases_for_and_against", have_cases),
        with_part("alerts::dashboards_ask_in_promql", promtool, |promtool| {
            queries(&promtool)
        }),
        Trial::test("alerts::dashboards_are_whole", dashboards_are_whole),
        Trial::test(
            "alerts::dashboards_ask_for_the_metrics_that_are_there",
            renamed_metrics,
        ),
    ]
}

fn promtool() -> Result<PathBuf, Missing> {
    system_program("promtool", "prometheus", &[])
}

/// Everything on that an alert looks at.
fn watched() -> Value {
    json!({
        "global": {
            "monitoring": {"enabled": true, "alerts": {
                "labels": {"team": "mesh"}, "runbookUrl": "https://runbooks.example.com/mesh",
            }},
            "externalSecrets": {"enabled": true, "secretStoreRef": {"name": "vault"}},
        },
        "postgresql": {"enabled": true, "backup": {"enabled": true}},
        "redis": {"enabled": true},
    })
}

/// The objects of a kind.
fn of_kind(rendered: &Rendered, kind: &str) -> Vec<Value> {
    let objects = rendered.manifest.objects.iter();
    objects
        .filter(|object| object.key.kind == kind)
        .map(|object| (*object.body).clone())
        .collect()
}

/// The groups of the rendered rule.
fn rules() -> Result<Value, Box<dyn std::error::Error>> {
    let rendered = render(&watched())?;
    let rule = of_kind(&rendered, "PrometheusRule").into_iter().next();
    Ok(rule.ok_or("no PrometheusRule is rendered")?["spec"].clone())
}

fn names(rules: &Value) -> BTreeSet<String> {
    let groups = rules["groups"].as_array().into_iter().flatten();
    groups
        .flat_map(|group| group["rules"].as_array().into_iter().flatten())
        .filter_map(|rule| rule["alert"].as_str())
        .map(str::to_owned)
        .collect()
}

fn do_what_they_say(promtool: &Path) -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("rules.yaml"), rules()?.to_string())?;
    fs::write(folder.path().join("alerts.yaml"), CASES)?;
    run(promtool, folder.path(), &["check", "rules", "rules.yaml"])?;
    run(promtool, folder.path(), &["test", "rules", "alerts.yaml"])
}

fn run(promtool: &Path, folder: &Path, arguments: &[&str]) -> Outcome {
    let output = Command::new(promtool)
        .args(arguments)
        .current_dir(folder)
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "promtool {}:\n{}{}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
    .into())
}

/// Each alert has a case in which it fires and one in which it does not.
fn have_cases() -> Outcome {
    let cases: Value = serde_yaml::from_str(CASES)?;
    let (mut firing, mut silent) = (BTreeSet::new(), BTreeSet::new());
    let tests = cases["tests"].as_array().into_iter().flatten();
    for case in tests.flat_map(|test| test["alert_rule_test"].as_array().into_iter().flatten()) {
        let name = case["alertname"].as_str().unwrap_or_default().to_owned();
        let fires = case["exp_alerts"]
            .as_array()
            .is_some_and(|alerts| !alerts.is_empty());
        if fires { &mut firing } else { &mut silent }.insert(name);
    }
    // Of a volume that is almost full, one that is not lies beside it in the same case.
    silent.insert("DeveloperMeshVolumeAlmostFull".to_owned());
    let alerts = names(&rules()?);
    assert_eq!(alerts, firing, "these alerts fire in some case");
    assert_eq!(alerts, silent, "these alerts do not fire in some case");
    Ok(())
}

/// The dashboards as they are rendered: file name and content.
fn dashboards(values: &Value) -> Result<Vec<(String, Value)>, Box<dyn std::error::Error>> {
    let mut found = Vec::new();
    for config in of_kind(&render(values)?, "ConfigMap") {
        if config["metadata"]["labels"]["grafana_dashboard"] != "1" {
            continue;
        }
        for (name, text) in config["data"].as_object().into_iter().flatten() {
            let text = text.as_str().unwrap_or_default();
            let dashboard = serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))?;
            found.push((name.clone(), dashboard));
        }
    }
    Ok(found)
}

/// Every query of a dashboard: of its panels, its annotations, its variables.
fn expressions(dashboard: &Value) -> Vec<String> {
    let panels = dashboard["panels"].as_array().into_iter().flatten();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let annotations = dashboard["annotations"]["list"].as_array().into_iter().flatten();
    let asked = targets.chain(annotations).filter_map(|it| it["expr"].as_str());
    let variables = dashboard["templating"]["list"].as_array().into_iter().flatten();
    let series = variables
        .filter_map(|it| it["definition"].as_str())
        .filter_map(|it| {
            it.strip_prefix("label_values(")?
                .rsplit_once(',')
                .map(|(series, _)| series)
        });
    asked.chain(series).map(str::to_owned).collect()
}

fn queries(promtool: &Path) -> Outcome {
    let mut rules = Vec::new();
    for (name, dashboard) in dashboards(&watched())? {
        for expression in expressions(&dashboard) {
            // Grafana fills these in.
            let expression = expression
                .replace("$__rate_interval", "5m")
                .replace("$namespace", "default")
                .replace("$release", "dm");
            assert!(
                !expression.contains('$'),
                "{name}: an unknown variable in {expression}"
            );
            let record = format!("query:{}", rules.len());
            rules.push(json!({"record": record, "expr": expression}));
        }
    }
    assert!(rules.len() > 40, "only {} queries were found", rules.len());
    let folder = tempfile::tempdir()?;
    let groups = json!({"groups": [{"name": "dashboards", "rules": rules}]});
    fs::write(folder.path().join("rules.yaml"), groups.to_string())?;
    run(
        promtool,
        folder.path(),
        &["check", "rules", "--lint=none", "rules.yaml"],
    )
}

/// The three are there, with what Grafana needs: an identity, panels with numbers of their own, within its width.
fn dashboards_are_whole() -> Outcome {
    let dashboards = dashboards(&watched())?;
    let files: Vec<&str> = dashboards.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        files,
        [
            "developer-mesh-overview.json",
            "edge-mcp-metrics.json",
            "rest-api-metrics.json"
        ]
    );
    for (name, dashboard) in &dashboards {
        assert!(
            dashboard["uid"].is_string() && dashboard["title"].is_string(),
            "{name}"
        );
        let mut ids = BTreeSet::new();
        for panel in dashboard["panels"].as_array().into_iter().flatten() {
            let number = |pointer: &str| panel.pointer(pointer).and_then(Value::as_u64).unwrap_or(99);
            assert!(ids.insert(number("/id")), "{name}: two panels have one number");
            assert!(
                number("/gridPos/x") + number("/gridPos/w") <= 24,
                "{name}: {} is too wide",
                panel["title"]
            );
            let asks = panel["targets"]
                .as_array()
                .is_some_and(|targets| !targets.is_empty());
            assert!(
                asks || panel["type"] == "row",
                "{name}: {} asks for nothing",
                panel["title"]
            );
        }
    }
    Ok(())
}

/// Where the services' metrics have other names, the dashboards ask for those, and show the label that there is.
fn renamed_metrics() -> Outcome {
    let mut values = watched();
    values["global"]["monitoring"]["alerts"] = json!({
        "requestsMetric": "mesh_requests_total", "durationMetric": "mesh_seconds", "statusLabel": "code",
    });
    let renamed = dashboards(&values)?;
    let text = format!("{renamed:?}");
    for old in [
        "http_requests_total",
        "http_request_duration_seconds",
        "status=",
        "(status)",
    ] {
        assert!(!text.contains(old), "{old} is still asked for");
    }
    for new in [
        "mesh_requests_total",
        "mesh_seconds_bucket",
        "code=~",
        "by (code)",
        "{{code}}",
    ] {
        assert!(text.contains(new), "{new} is not asked for");
    }
    Ok(())
}
