//! Both Helms live with the embedded chart on a real cluster: install, upgrade, roll back, uninstall, and a platform that
//! grows from one service to four.

use crate::support::choices::chart_folder;
use crate::support::harness::Ctx;
use crate::support::helm::Helm;
use crate::support::parts::Missing;
use crate::support::trial::{Outcome, TestNamespace, in_cluster};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Secret};
use kube::api::{Api, ListParams};
use kube::core::DynamicObject;
use kube::discovery::{Discovery, Scope, verbs};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::path::Path;

/// The release's name.
const RELEASE: &str = "dm";

/// What the cluster's own controllers make for a release, and what outlives it on purpose.
const NOT_OF_THE_MANIFEST: [&str; 6] = [
    "ControllerRevision",
    "EndpointSlice",
    "Endpoints",
    "PersistentVolumeClaim",
    "Pod",
    "ReplicaSet",
];

pub fn trials(ctx: &Ctx) -> Vec<Trial> {
    type Find = fn() -> Result<Helm, Missing>;
    let helms: [(&str, Find); 2] = [("helm_3", Helm::three), ("helm_4", Helm::four)];
    helms
        .into_iter()
        .flat_map(|(name, helm)| {
            [
                in_cluster(
                    ctx,
                    &format!("install::{name}_installs_upgrades_rolls_back_and_uninstalls"),
                    move |place| async move { lives(&Life::new(place, helm()?)).await },
                ),
                in_cluster(
                    ctx,
                    &format!("install::with_{name}_the_platform_grows_beside_its_own_database"),
                    move |place| async move { grows(&Life::new(place, helm()?), &embedded()).await },
                ),
                in_cluster(
                    ctx,
                    &format!("install::with_{name}_the_platform_grows_beside_an_external_database"),
                    move |place| async move { grows(&Life::new(place, helm()?), &external()).await },
                ),
            ]
        })
        .collect()
}

/// Where the databases are: arguments for Helm.
fn embedded() -> [&'static str; 1] {
    ["--set=postgresql.enabled=true,redis.enabled=true"]
}

fn external() -> [&'static str; 2] {
    [
        "--set=postgresql.enabled=false,global.database.host=db.example.com",
        "--set=redis.enabled=false,global.redis.host=redis.example.com",
    ]
}

/// A Helm and the namespace that it works in.
struct Life {
    place: TestNamespace,
    helm: Helm,
}

impl Life {
    fn new(place: TestNamespace, helm: Helm) -> Self {
        Self { place, helm }
    }

    fn run(&self, arguments: &[&str]) -> Result<String, Failed> {
        let kubeconfig = self.place.cluster.kubeconfig();
        let output = self.helm.run_in(kubeconfig, &self.place.name, arguments)?;
        output
            .ok()
            .map_err(|error| format!("helm {}: {error}", arguments.join(" ")).into())
    }

    /// `helm install` or `helm upgrade` of the chart for development, waiting until everything is ready.
    fn bring(&self, verb: &str, more: &[&str]) -> Result<String, Failed> {
        let chart = chart_folder();
        let values = chart.join("values-dev.yaml");
        let text = |path: &Path| path.display().to_string();
        let (chart, values) = (text(&chart), text(&values));
        let with_values = ["--values", values.as_str()];
        let values = if more.contains(&"--reuse-values") {
            &[][..]
        } else {
            &with_values[..]
        };
        let arguments = [&[verb, RELEASE, &chart, "--wait", "--timeout=3m"], values, more];
        self.run(&arguments.concat())
    }

    /// The objects that a revision recorded, as `Kind/name`.
    fn recorded(&self, revision: &str) -> Result<BTreeSet<String>, Failed> {
        let manifest = self.run(&["get", "manifest", RELEASE, "--revision", revision])?;
        let mut names = BTreeSet::new();
        for text in manifest.split("\n---\n") {
            let object: Json = serde_yaml::from_str(text.trim_start_matches("---\n"))?;
            names.extend(object["metadata"]["name"].as_str().map(|name| {
                let kind = object["kind"].as_str().unwrap_or_default();
                format!("{kind}/{name}")
            }));
        }
        Ok(names)
    }

    /// The objects in the namespace that carry the release's label, less those that controllers make.
    async fn live(&self) -> Result<BTreeSet<String>, Failed> {
        let discovery = Discovery::new(self.place.client()).run().await?;
        let mut names = BTreeSet::new();
        let labelled = ListParams::default().labels(&format!("app.kubernetes.io/instance={RELEASE}"));
        for (resource, capabilities) in discovery.groups().flat_map(|group| group.recommended_resources()) {
            let listed =
                capabilities.scope == Scope::Namespaced && capabilities.supports_operation(verbs::LIST);
            if !listed || NOT_OF_THE_MANIFEST.contains(&resource.kind.as_str()) {
                continue;
            }
            let api = Api::<DynamicObject>::namespaced_with(self.place.client(), &self.place.name, &resource);
            let objects = api.list(&labelled).await?;
            names.extend(objects.into_iter().map(|object| {
                let name = object.metadata.name.unwrap_or_default();
                format!("{}/{name}", resource.kind)
            }));
        }
        Ok(names)
    }

    fn deployments(&self) -> Api<Deployment> {
        Api::namespaced(self.place.client(), &self.place.name)
    }

    /// The services that run, each with all its pods ready.
    async fn ready(&self) -> Result<BTreeSet<String>, Failed> {
        let mut names = BTreeSet::new();
        for deployment in self.deployments().list(&ListParams::default()).await? {
            let name = deployment.metadata.name.unwrap_or_default();
            let wanted = deployment.spec.and_then(|spec| spec.replicas);
            let status = deployment.status.unwrap_or_default();
            assert_eq!(status.ready_replicas, wanted, "{name}");
            names.insert(name);
        }
        Ok(names)
    }

    async fn database_host(&self) -> Result<Option<String>, Failed> {
        let maps =
            Api::<k8s_openapi::api::core::v1::ConfigMap>::namespaced(self.place.client(), &self.place.name);
        let data = maps.get("dm-rest-api").await?.data;
        Ok(data.and_then(|mut data| data.remove("DATABASE_HOST")))
    }

    async fn claims(&self) -> Result<BTreeSet<String>, Failed> {
        let claims = Api::<PersistentVolumeClaim>::namespaced(self.place.client(), &self.place.name);
        let claims = claims.list(&ListParams::default()).await?;
        Ok(claims
            .into_iter()
            .filter_map(|claim| claim.metadata.uid)
            .collect())
    }
}

/// Installs for development with the databases embedded, upgrades to external ones (whose migration is a hook), rolls
/// back, and uninstalls. After each step there is what was recorded, and nothing else.
async fn lives(life: &Life) -> Outcome {
    life.bring("install", &embedded())?;
    let services = ["dm-edge-mcp", "dm-rag-loader", "dm-rest-api", "dm-worker"];
    assert_eq!(life.ready().await?, services.map(str::to_owned).into());
    assert_eq!(life.live().await?, life.recorded("1")?);
    assert_eq!(life.database_host().await?.as_deref(), Some("dm-postgresql"));
    let claims = life.claims().await?;
    assert!(!claims.is_empty(), "the embedded databases keep their data");

    life.bring("upgrade", &external())?;
    assert_eq!(life.live().await?, life.recorded("2")?);
    assert_eq!(life.database_host().await?.as_deref(), Some("db.example.com"));
    assert_eq!(life.claims().await?, claims, "data outlive the databases");

    life.run(&["rollback", RELEASE, "1", "--wait", "--timeout=3m"])?;
    assert_eq!(life.recorded("3")?, life.recorded("1")?);
    assert_eq!(life.live().await?, life.recorded("1")?);
    assert_eq!(life.ready().await?.len(), services.len());
    assert_eq!(life.database_host().await?.as_deref(), Some("dm-postgresql"));
    assert_eq!(life.claims().await?, claims, "a rollback finds the data again");
    let history: Json = serde_json::from_str(&life.run(&["history", RELEASE, "--output=json"])?)?;
    let statuses: Vec<&Json> = history
        .as_array()
        .into_iter()
        .flatten()
        .map(|revision| &revision["status"])
        .collect();
    assert_eq!(statuses, ["superseded", "superseded", "deployed"]);

    life.run(&["uninstall", RELEASE, "--wait"])?;
    assert_eq!(life.live().await?, BTreeSet::new());
    let secrets = Api::<Secret>::namespaced(life.place.client(), &life.place.name);
    let records = secrets.list(&ListParams::default().labels("owner=helm")).await?;
    assert!(records.items.is_empty(), "no record is left");
    assert_eq!(life.claims().await?, claims, "data outlive the release");
    Ok(())
}

/// From edge-mcp alone to the whole platform, a service at a time, as the owner's migration goes. Switched on later,
/// rest-api brings its migration along: a hook where the database is external.
async fn grows(life: &Life, databases: &[&str]) -> Outcome {
    let alone = "--set=rest-api.enabled=false,worker.enabled=false,rag-loader.enabled=false";
    life.bring("install", &[&[alone], databases].concat())?;
    let mut services: BTreeSet<String> = ["dm-edge-mcp".to_owned()].into();
    assert_eq!(life.ready().await?, services);
    for (service, revision) in [("rest-api", "2"), ("worker", "3"), ("rag-loader", "4")] {
        let mark = life.place.cluster.mark().await?;
        let on = format!("--set={service}.enabled=true");
        life.bring("upgrade", &["--reuse-values", &on])?;
        services.insert(format!("dm-{service}"));
        assert_eq!(life.ready().await?, services);
        assert_eq!(life.live().await?, life.recorded(revision)?);
        let writes = life.place.writes_since(mark).await?;
        // Helm 3 creates a hook, Helm 4 applies it.
        let makes = |verb: &str| ["create", "patch"].contains(&verb);
        let migrations = writes
            .iter()
            .filter(|write| write.object_ref.resource == "jobs" && makes(&write.verb))
            .count();
        let external = databases.iter().any(|set| set.contains("database.host"));
        let has_rest_api = services.contains("dm-rest-api");
        assert_eq!(migrations, usize::from(external && has_rest_api), "{service}");
    }
    let jobs = Api::<Job>::namespaced(life.place.client(), &life.place.name);
    let left = jobs.list(&ListParams::default()).await?;
    assert!(left.items.is_empty(), "a migration that succeeded leaves nothing");
    let values: Json = serde_json::from_str(&life.run(&["get", "values", RELEASE, "--output=json"])?)?;
    assert_eq!(values["rest-api"]["enabled"], json!(true));
    Ok(())
}
