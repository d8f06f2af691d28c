//! The commands that the platform's owner wrote down, word for word, from the folder that the chart lies in. What
//! needs a cluster (`install`, `upgrade`) is rendered here as `template`; `tests/cluster` installs for real.

use crate::support::choices::chart_folder;
use crate::support::harness::Ctx;
use crate::support::helm::{Helm, KUBE_VERSION};
use crate::support::trial::{Outcome, with_part};
use libtest_mimic::Trial;

/// The commands after `helm`.
const COMMANDS: [&str; 9] = [
    "install developer-mesh ./developer-mesh -f values-dev.yaml --set postgresql.enabled=true --set redis.enabled=true",
    "install developer-mesh ./developer-mesh -f values-prod.yaml --set global.environment=staging --set global.database.host=staging-rds.region.rds.amazonaws.com --set global.redis.host=staging-elasticache.region.cache.amazonaws.com",
    "install developer-mesh ./developer-mesh -f values-prod.yaml -f custom-values.yaml --set global.aws.useIRSA=true",
    "install developer-mesh ./developer-mesh --set rest-api.enabled=false --set worker.enabled=false --set rag-loader.enabled=false",
    "upgrade developer-mesh ./developer-mesh --set rest-api.enabled=true",
    "upgrade developer-mesh ./developer-mesh --set worker.enabled=true",
    "upgrade developer-mesh ./developer-mesh --set rag-loader.enabled=true",
    "template developer-mesh ./developer-mesh -f values-dev.yaml --debug",
    "install developer-mesh ./developer-mesh -f values-dev.yaml --create-namespace --namespace developer-mesh-test",
];

/// What the third scenario's own values file may say.
const CUSTOM: &str = "
global:
  database: {host: db.example.com}
  redis: {host: redis.example.com}
  aws: {region: eu-central-1, roleArn: \"arn:aws:iam::111122223333:role/developer-mesh\"}
rest-api:
  ingress: {hosts: [{host: api.example.com}]}
edge-mcp:
  ingress: {hosts: [{host: mcp.example.com}]}
";

pub fn trials(_: &Ctx) -> Vec<Trial> {
    let mut trials: Vec<Trial> = COMMANDS
        .into_iter()
        .zip(1..)
        .map(|(command, number)| {
            with_part(&format!("seed::command_{number}"), Helm::both, move |helms| {
                helms.iter().try_for_each(|helm| rendered(helm, command))
            })
        })
        .collect();
    trials.push(with_part("seed::lint", Helm::both, |helms| {
        for helm in &helms {
            let folder = folder()?;
            helm.run_at(folder.path(), ["lint", "./developer-mesh"])?.ok()?;
        }
        Ok(())
    }));
    trials
}

/// A folder as the owner's is: the chart, the values files that lie beside it, and one of one's own.
fn folder() -> std::io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    let chart = chart_folder();
    std::os::unix::fs::symlink(&chart, folder.path().join("developer-mesh"))?;
    for file in ["values-dev.yaml", "values-prod.yaml"] {
        let beside = chart.with_file_name(file);
        std::fs::copy(beside, folder.path().join(file))?;
    }
    std::fs::write(folder.path().join("custom-values.yaml"), CUSTOM)?;
    Ok(folder)
}

fn rendered(helm: &Helm, command: &str) -> Outcome {
    let words = command
        .split(' ')
        .map(|word| match word {
            "install" | "upgrade" => "template",
            other => other,
        })
        .filter(|word| *word != "--create-namespace")
        // Without a cluster, each build of Helm assumes a version of its own.
        .chain(["--kube-version", KUBE_VERSION]);
    let folder = folder()?;
    let manifest = helm.run_at(folder.path(), words)?.ok()?;
    assert!(
        manifest.contains("\nkind: Deployment\n"),
        "{command} rendered\n{manifest}"
    );
    Ok(())
}
