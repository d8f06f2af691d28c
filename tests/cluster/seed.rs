//! The commands that the platform's owner wrote down, word for word, on a real cluster: by both Helms, and by the program
//! with the same arguments.

use crate::support::harness::Ctx;
use crate::support::helm::Helm;
use crate::support::parts::Missing;
use crate::support::seed::{DRY_RUN, LOCAL, MIGRATION, PRODUCTION, STAGING, TRIAL, folder};
use crate::support::trial::{Outcome, TestNamespace, in_cluster};
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{Api, ListParams};
use libtest_mimic::{Failed, Trial};
use std::collections::BTreeSet;
use std::process::Command;
use tempfile::TempDir;

const RELEASE: &str = "developer-mesh";
const SERVICES: [&str; 4] = ["edge-mcp", "rag-loader", "rest-api", "worker"];

/// Where a Helm is.
type Find = fn() -> Result<Helm, Missing>;

pub fn trials(ctx: &Ctx) -> Vec<Trial> {
    let helms: [(&str, Find); 2] = [("helm_3", Helm::three), ("helm_4", Helm::four)];
    let mut trials: Vec<Trial> = helms
        .into_iter()
        .flat_map(|(name, helm)| {
            [
                in_cluster(
                    ctx,
                    &format!("seed::{name}_runs_the_scenarios"),
                    move |place| async move { scenarios(&Owner::new(place)?, &helm()?).await },
                ),
                in_cluster(
                    ctx,
                    &format!("seed::{name}_runs_the_migration"),
                    move |place| async move { migration(&Owner::new(place)?, &helm()?).await },
                ),
            ]
        })
        .collect();
    trials.push(in_cluster(
        ctx,
        "seed::a_namespace_of_its_own_is_made",
        |place| async move { trial(&Owner::new(place)?).await },
    ));
    trials.push(in_cluster(
        ctx,
        "seed::the_program_deploys_locally_with_the_same_arguments",
        |place| async move { ours(&Owner::new(place)?, &[(LOCAL, &SERVICES)]).await },
    ));
    trials.push(in_cluster(
        ctx,
        "seed::the_program_migrates_with_the_same_arguments",
        |place| async move {
            let steps: [(&str, &[&str]); 3] = [
                (MIGRATION[0], &["edge-mcp"]),
                (MIGRATION[1], &SERVICES),
                (STAGING, &SERVICES),
            ];
            ours(&Owner::new(place)?, &steps).await
        },
    ));
    trials
}

/// Somebody in the folder of the chart, at a namespace.
struct Owner {
    place: TestNamespace,
    folder: TempDir,
}

impl Owner {
    fn new(place: TestNamespace) -> Result<Self, Failed> {
        Ok(Self {
            place,
            folder: folder()?,
        })
    }

    /// Runs a command of Helm's as it is written down.
    fn helm(&self, helm: &Helm, command: &str) -> Result<String, Failed> {
        let kubeconfig = self.place.cluster.kubeconfig();
        let output = helm.run_in_from(
            self.folder.path(),
            kubeconfig,
            &self.place.name,
            command.split(' '),
        )?;
        output
            .ok()
            .map_err(|error| format!("helm {command}: {error}").into())
    }

    /// Has the program do what a command of Helm's does.
    fn apply(&self, command: &str) -> Outcome {
        let mut arguments = vec!["apply", "--yes", "--chart", "./developer-mesh"];
        // What follows `install NAME CHART`.
        arguments.extend(command.split(' ').skip(3));
        let output = Command::new(env!("CARGO_BIN_EXE_mesh-tui"))
            .current_dir(self.folder.path())
            .args(&arguments)
            .arg("--kubeconfig")
            .arg(self.place.cluster.kubeconfig())
            .args(["--namespace", &self.place.name])
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("mesh-tui {}: {said}", arguments.join(" ")).into())
    }

    /// The services that there are in a namespace, once all their pods are ready.
    async fn services(&self, namespace: &str) -> Result<BTreeSet<String>, Failed> {
        let deployments = Api::<Deployment>::namespaced(self.place.client(), namespace);
        let every = ListParams::default();
        self.place
            .cluster
            .until("the services", || async {
                let list = deployments.list(&every).await;
                list.is_ok_and(|all| all.iter().all(is_ready))
            })
            .await?;
        let prefix = format!("{RELEASE}-");
        let list = deployments.list(&every).await?;
        let names = list.into_iter().filter_map(|it| it.metadata.name);
        Ok(names
            .map(|name| name.trim_start_matches(&prefix).to_owned())
            .collect())
    }
}

fn is_ready(deployment: &Deployment) -> bool {
    let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas);
    let status = deployment.status.as_ref();
    status.and_then(|status| status.ready_replicas) == wanted
}

fn all() -> BTreeSet<String> {
    SERVICES.map(str::to_owned).into()
}

async fn scenarios(owner: &Owner, helm: &Helm) -> Outcome {
    owner.helm(helm, DRY_RUN)?;
    let namespace = &owner.place.name;
    assert_eq!(
        owner.services(namespace).await?,
        BTreeSet::new(),
        "a dry run makes nothing"
    );
    for command in [LOCAL, STAGING, PRODUCTION] {
        owner.helm(helm, command)?;
        assert_eq!(owner.services(namespace).await?, all(), "{command}");
        owner.helm(helm, "uninstall developer-mesh --wait")?;
    }
    Ok(())
}

async fn migration(owner: &Owner, helm: &Helm) -> Outcome {
    let namespace = &owner.place.name;
    owner.helm(helm, MIGRATION[0])?;
    assert_eq!(owner.services(namespace).await?, ["edge-mcp".to_owned()].into());
    for command in &MIGRATION[1..] {
        owner.helm(helm, command)?;
        // An upgrade starts from the chart's own values, in which everything is on: one service after the other takes
        // `--reuse-values`, which the chart's guide says and tests/cluster/install.rs tries.
        assert_eq!(owner.services(namespace).await?, all(), "{command}");
    }
    Ok(())
}

/// The command names its namespace, so both Helms take turns in it.
async fn trial(owner: &Owner) -> Outcome {
    for helm in Helm::both()? {
        owner.helm(&helm, TRIAL)?;
        assert_eq!(owner.services("developer-mesh-test").await?, all());
        owner.helm(
            &helm,
            "uninstall developer-mesh --wait --namespace developer-mesh-test",
        )?;
    }
    Ok(())
}

/// Commands one after the other, each with the services that there are then.
async fn ours(owner: &Owner, steps: &[(&str, &[&str])]) -> Outcome {
    for (command, services) in steps {
        owner.apply(command)?;
        let there = owner.services(&owner.place.name).await?;
        let there: Vec<&str> = there.iter().map(String::as_str).collect();
        assert_eq!(there, *services, "{command}");
    }
    Ok(())
}
