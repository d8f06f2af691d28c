//! The commands that the platform's owner wrote down, word for word, and a folder as the owner's is to run them in.

use super::choices::chart_folder;
use std::io;
use std::os::unix::fs::symlink;
use tempfile::TempDir;

/// Local development: databases in the cluster.
pub const LOCAL: &str = "install developer-mesh ./developer-mesh -f values-dev.yaml --set postgresql.enabled=true --set redis.enabled=true";
/// Staging: managed databases.
pub const STAGING: &str = "install developer-mesh ./developer-mesh -f values-prod.yaml --set global.environment=staging --set global.database.host=staging-rds.region.rds.amazonaws.com --set global.redis.host=staging-elasticache.region.cache.amazonaws.com";
/// Production: values of one's own, and identities instead of keys.
pub const PRODUCTION: &str = "install developer-mesh ./developer-mesh -f values-prod.yaml -f custom-values.yaml --set global.aws.useIRSA=true";
/// The way from edge-mcp alone to the whole platform.
pub const MIGRATION: [&str; 4] = [
    "install developer-mesh ./developer-mesh --set rest-api.enabled=false --set worker.enabled=false --set rag-loader.enabled=false",
    "upgrade developer-mesh ./developer-mesh --set rest-api.enabled=true",
    "upgrade developer-mesh ./developer-mesh --set worker.enabled=true",
    "upgrade developer-mesh ./developer-mesh --set rag-loader.enabled=true",
];
/// Looking at it first.
pub const TEMPLATE: &str = "template developer-mesh ./developer-mesh -f values-dev.yaml --debug";
/// Trying it in a namespace of its own.
pub const TRIAL: &str = "install developer-mesh ./developer-mesh -f values-dev.yaml --create-namespace --namespace developer-mesh-test";
/// Looking at what would be installed.
pub const DRY_RUN: &str = "install developer-mesh ./developer-mesh --dry-run --debug";
/// Checking it.
pub const LINT: &str = "lint ./developer-mesh";

/// The commands that render the chart.
pub const RENDERING: [&str; 10] = [
    LOCAL,
    STAGING,
    PRODUCTION,
    MIGRATION[0],
    MIGRATION[1],
    MIGRATION[2],
    MIGRATION[3],
    TEMPLATE,
    TRIAL,
    DRY_RUN,
];

/// What the production's own values file may say.
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

/// The chart, the values files that lie beside it, and one of one's own.
pub fn folder() -> io::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let chart = chart_folder();
    symlink(&chart, folder.path().join("developer-mesh"))?;
    for file in ["values-dev.yaml", "values-prod.yaml"] {
        std::fs::copy(chart.with_file_name(file), folder.path().join(file))?;
    }
    std::fs::write(folder.path().join("custom-values.yaml"), CUSTOM)?;
    Ok(folder)
}

/// The words of a command that renders the same without a cluster.
pub fn as_template(command: &str) -> impl Iterator<Item = &str> {
    let only_with_a_cluster = ["--create-namespace", "--dry-run"];
    command
        .split(' ')
        .filter(move |word| !only_with_a_cluster.contains(word))
        .map(|word| match word {
            "install" | "upgrade" => "template",
            other => other,
        })
}
