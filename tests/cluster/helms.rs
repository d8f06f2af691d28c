//! Both Helms on what was recorded here, and releases that they installed taken over.

use crate::bench::{Bench, RELEASE, chart_folder, local};
use crate::support::harness::Ctx;
use crate::support::helm::Helm;
use crate::support::trial::{Outcome, TestNamespace, in_cluster};
use libtest_mimic::{Failed, Trial};
use mesh_tui::plan::model::Action;
use serde_json::{Value as Json, json};

pub fn trials(ctx: &Ctx) -> Vec<Trial> {
    vec![
        in_cluster(ctx, "helms::helm_3_goes_on_with_our_release", |place| async {
            goes_on(place, Helm::three()?).await
        }),
        in_cluster(ctx, "helms::helm_4_goes_on_with_our_release", |place| async {
            goes_on(place, Helm::four()?).await
        }),
        in_cluster(ctx, "helms::a_release_of_helm_3_is_taken_over", |place| async {
            taken_over(place, Helm::three()?).await
        }),
        in_cluster(ctx, "helms::a_release_of_helm_4_is_taken_over", |place| async {
            taken_over(place, Helm::four()?).await
        }),
    ]
}

async fn goes_on(place: TestNamespace, helm: Helm) -> Outcome {
    let bench = Bench::new(place).await?;
    let board = bench.install(&json!({})).await?;
    bench
        .install(&json!({"edge-mcp": {"image": {"tag": "1.4.3"}}}))
        .await?;
    let changed = bench.survey().await?.last_revision();
    let installed = board.stages.len().to_string();

    let list: Json = serde_json::from_str(&bench.helm(&helm, &["list", "-o", "json"])?)?;
    assert_eq!(
        (&list[0]["name"], &list[0]["status"]),
        (&json!(RELEASE), &json!("deployed"))
    );
    let history: Json = serde_json::from_str(&bench.helm(&helm, &["history", RELEASE, "-o", "json"])?)?;
    let newest = history
        .as_array()
        .and_then(|all| all.last())
        .cloned()
        .unwrap_or_default();
    assert_eq!(newest["revision"], json!(changed));
    let manifest = bench.helm(&helm, &["get", "manifest", RELEASE])?;
    assert!(manifest.contains(":1.4.3"), "{manifest}");
    // `helm status` and `helm get all` read every part of the record.
    bench.helm(&helm, &["get", "all", RELEASE])?;

    bench.helm(&helm, &["rollback", RELEASE, &installed])?;
    assert!(!bench.image("dm-edge-mcp").await?.ends_with(":1.4.3"));
    upgrade(&bench, &helm, &json!({"edge-mcp": {"image": {"tag": "1.4.4"}}}))?;
    assert!(bench.image("dm-edge-mcp").await?.ends_with(":1.4.4"));

    // And back to us.
    bench
        .install(&json!({"edge-mcp": {"image": {"tag": "1.4.5"}}}))
        .await?;
    assert!(bench.image("dm-edge-mcp").await?.ends_with(":1.4.5"));
    Ok(())
}

async fn taken_over(place: TestNamespace, helm: Helm) -> Outcome {
    let bench = Bench::new(place).await?;
    // Helm creates no Secrets: those that the services read come from plain values here.
    let secrets = json!({
        "global": {
            "database": {"password": "one"}, "redis": {"password": "two"},
            "security": {"encryptionMasterKey": "three", "jwt": {"secret": "four"}},
        },
        "rest-api": {"secrets": {"adminApiKey": "five", "readerApiKey": "six", "mcpApiKey": "seven"}},
        "edge-mcp": {"secrets": {"apiKey": "eight", "devMeshApiKey": "seven"}},
        "rag-loader": {"secrets": {"ragMasterKey": "nine"}},
    });
    upgrade(&bench, &helm, &secrets)?;
    let plan = bench.plan(&secrets).await?;
    let changes: Vec<_> = plan
        .plan
        .changes()
        .filter(|change| change.action != Action::Unchanged)
        .collect();
    let words: Vec<_> = changes
        .iter()
        .map(|c| format!("{} {:?} {:?}", c.key, c.action, c.fields))
        .collect();
    assert!(changes.is_empty(), "{words:#?}");

    let mut changed = secrets.clone();
    changed["worker"] = json!({"config": {"concurrency": 7}});
    bench.install(&changed).await?;
    let map = bench
        .get("v1", "ConfigMap", "dm-worker")
        .await?
        .unwrap_or_default();
    assert_eq!(managers(&map), [("helm".to_owned(), "Apply".to_owned())]);
    // A field that goes away is really gone, whoever set it first.
    upgrade(&bench, &helm, &changed)?;
    Ok(())
}

/// `helm upgrade --install` with the values of the profile `local` and `changes` on top.
fn upgrade(bench: &Bench, helm: &Helm, changes: &Json) -> Result<String, Failed> {
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), local(changes).to_string())?;
    let (chart, values) = (chart_folder(), file.path().to_owned());
    let (chart, values) = (
        chart.to_str().unwrap_or_default(),
        values.to_str().unwrap_or_default(),
    );
    bench.helm(helm, &["upgrade", "--install", RELEASE, chart, "-f", values])
}

/// Who manages fields of the object itself, and how.
fn managers(live: &Json) -> Vec<(String, String)> {
    let entries = live["metadata"]["managedFields"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let text = |entry: &Json, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    entries
        .iter()
        .filter(|entry| entry["subresource"].is_null())
        .map(|entry| (text(entry, "manager"), text(entry, "operation")))
        .collect()
}
