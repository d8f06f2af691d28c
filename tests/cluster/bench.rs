//! A release in a namespace of its own, rolled out as the command line does it.

use crate::support::helm::Helm;
use crate::support::trial::TestNamespace;
use libtest_mimic::Failed;
use mesh_tui::chart::manifest::ObjectKey;
use mesh_tui::cluster::{Cluster, Owner};
use mesh_tui::plan::model::TakeOver;
use mesh_tui::profile;
use mesh_tui::rollout::{Board, Command, Guard, Outcome, Phase};
use mesh_tui::runtime::prepare::{Intent, JobOptions, Prepared, prepare};
use mesh_tui::runtime::rollout::start;
use mesh_tui::runtime::session::{Session, Survey};
use mesh_tui::source;
use serde_json::{Map, Value as Json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of the release in every test.
pub const RELEASE: &str = "dm";

/// A release.
pub struct Bench {
    pub place: TestNamespace,
    pub session: Session,
}

impl Bench {
    pub async fn new(place: TestNamespace) -> Result<Self, Failed> {
        let cluster = Cluster::with_client(place.client(), place.cluster.server()).await?;
        let owner = Owner {
            release: RELEASE.to_owned(),
            namespace: place.name.clone(),
        };
        Ok(Self {
            place,
            session: Session {
                cluster,
                context: "test".to_owned(),
                owner,
            },
        })
    }

    /// The plan for the profile `local` with `changes` on top.
    pub async fn plan(&self, changes: &Json) -> Result<Prepared, Failed> {
        self.plan_of(&local(changes)).await
    }

    /// The plan for exactly these values.
    pub async fn plan_of(&self, values: &Json) -> Result<Prepared, Failed> {
        let intent = Intent {
            chart: source::embedded()?,
            chart_source: String::new(),
            values: values.clone(),
            profile: "local".to_owned(),
            order: Vec::new(),
            policy_errors: profile::load("local")?.guards.policy_errors,
            secrets: "kubernetes".to_owned(),
            create_namespace: false,
        };
        prepare(&self.session, &intent)
            .await
            .map_err(|error| Failed::from(format!("{error}: {:?}", error.causes())))
    }

    /// Rolls the plan for `changes` out; `decide` answers the boards that wait for somebody.
    pub async fn roll_out(
        &self,
        changes: &Json,
        decide: impl Fn(&Board) -> Command,
    ) -> Result<(Outcome, Arc<Board>), Failed> {
        self.run(&self.plan(changes).await?, false, decide).await
    }

    /// Rolls a plan out, and takes nothing over from other managers.
    pub async fn run(
        &self,
        prepared: &Prepared,
        take_over_pending: bool,
        decide: impl Fn(&Board) -> Command,
    ) -> Result<(Outcome, Arc<Board>), Failed> {
        self.run_with(prepared, take_over_pending, Vec::new(), decide)
            .await
    }

    /// Rolls a plan out, and takes over what was agreed to.
    pub async fn run_with(
        &self,
        prepared: &Prepared,
        take_over_pending: bool,
        take_over: Vec<TakeOver>,
        decide: impl Fn(&Board) -> Command,
    ) -> Result<(Outcome, Arc<Board>), Failed> {
        let errors: Vec<String> = prepared.errors().map(|finding| finding.message.clone()).collect();
        if !errors.is_empty() {
            return Err(errors.join("; ").into());
        }
        let options = JobOptions {
            stage_timeout: 120,
            pause_between_stages: false,
            take_over_pending,
            take_over,
        };
        let approved = Guard::new(RELEASE, false).approve(true, None)?;
        let mut handle = start(self.session.cluster.clone(), prepared.job(options), approved);
        let mut waiting = false;
        while let Some(board) = handle.changed().await {
            let waits = matches!(board.phase, Phase::Deciding | Phase::Paused { .. });
            if waits && !waiting {
                handle.send(decide(&board));
            }
            waiting = waits;
        }
        let board = handle.board();
        Ok((handle.finish().await, board))
    }

    /// Rolls out what must succeed.
    pub async fn install(&self, changes: &Json) -> Result<Arc<Board>, Failed> {
        let (outcome, board) = self.roll_out(changes, |_| Command::Abort).await?;
        assert!(
            matches!(outcome, Outcome::Completed),
            "{outcome:?}: {:#?}",
            board.cause
        );
        Ok(board)
    }

    pub async fn survey(&self) -> Result<Survey, Failed> {
        Ok(self.session.survey().await?)
    }

    /// A live object of the release's namespace.
    pub async fn get(&self, api_version: &str, kind: &str, name: &str) -> Result<Option<Json>, Failed> {
        let key = ObjectKey {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: Some(self.place.name.clone()),
            name: name.to_owned(),
        };
        Ok(self.session.cluster.get(&key).await?)
    }

    /// The image of a Deployment's first container.
    pub async fn image(&self, deployment: &str) -> Result<String, Failed> {
        let live = self
            .get("apps/v1", "Deployment", deployment)
            .await?
            .unwrap_or_default();
        Ok(live["spec"]["template"]["spec"]["containers"][0]["image"]
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    /// Runs a Helm in the namespace.
    pub fn helm(&self, helm: &Helm, arguments: &[&str]) -> Result<String, Failed> {
        Ok(helm
            .run_in(self.place.cluster.kubeconfig(), &self.place.name, arguments)?
            .ok()?)
    }
}

/// The values of the profile `local` with `changes` on top.
pub fn local(changes: &Json) -> Json {
    let mut values = profile::load("local").unwrap().values;
    lay(&mut values, changes);
    Json::Object(values)
}

fn lay(values: &mut Map<String, Json>, changes: &Json) {
    for (key, change) in changes.as_object().into_iter().flatten() {
        match (values.get_mut(key), change) {
            (Some(Json::Object(below)), Json::Object(_)) => lay(below, change),
            _ => {
                values.insert(key.clone(), change.clone());
            }
        }
    }
}

/// The folder of the embedded chart.
pub fn chart_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/chart/developer-mesh")
}
