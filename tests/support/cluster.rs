//! A real control plane for tests: etcd, API server, controller manager, scheduler, and kwok with three nodes. What it
//! holds from the start is in [`super::furniture`].
//!
//! A test binary has one cluster, and each trial a fresh namespace in it. Every port is free and on the loopback; the
//! supervisor takes everything down. Set `MESH_TUI_TEST_KEEP=1` to keep a cluster's folder with its logs.

use super::control_plane::{ControlPlane, Programs};
use super::parts::Missing;
use super::supervisor::{Process, Supervisor};
use super::{audit, furniture};
use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use kube::api::{Api, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use std::fs;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The user that the kubeconfig of [`TestCluster::kubeconfig`] stands for; it may do everything.
pub const OPERATOR: &str = "operator";
/// How often a start is tried: between choosing a free port and listening on it, another process may take it.
const ATTEMPTS: u32 = 3;
/// How long a part of the start may take; a machine that builds at the same time is slow.
const PATIENCE: Duration = Duration::from_secs(90);

/// Why there is no cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// A part is not there.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// A file or a process could not be made.
    #[error("the test cluster cannot be set up: {0}")]
    Io(#[from] io::Error),
    /// A part ended while it should have run.
    #[error("the test cluster broke: {0}")]
    Casualty(String),
    /// A part did not get ready.
    #[error("the test cluster did not get ready in time: {0}")]
    Late(String),
    /// The API server refused something that belongs to the start.
    #[error("the test cluster cannot be used: {0}")]
    Api(#[from] kube::Error),
}

/// A running control plane. Dropping it ends it.
pub struct TestCluster {
    supervisor: Mutex<Supervisor>,
    client: Client,
    kubeconfig: PathBuf,
    server: String,
    authority: PathBuf,
    folder: PathBuf,
    namespaces: AtomicU32,
}

/// A place in the audit log.
#[derive(Debug, Clone, Copy)]
pub struct Mark(usize);

impl TestCluster {
    /// Starts a control plane and waits until its three nodes are ready.
    pub async fn start() -> Result<Self, ClusterError> {
        let programs = Programs::locate()?;
        let mut attempt = 1;
        loop {
            match Self::start_once(&programs).await {
                Err(ClusterError::Casualty(log))
                    if attempt < ATTEMPTS && log.contains("address already in use") =>
                {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn start_once(programs: &Programs) -> Result<Self, ClusterError> {
        let folder = tempfile::Builder::new()
            .prefix("mesh-tui-test-cluster-")
            .tempdir()?
            .keep();
        let mut supervisor = Supervisor::start(&folder)?;
        let mut plane = ControlPlane::prepare(programs, &folder)?;
        let operator = plane.add_user(OPERATOR, "system:masters")?;
        let kwok = plane.add_user("kwok", "system:masters")?;
        let controllers = plane.add_user("system:kube-controller-manager", "")?;
        let scheduler = plane.add_user("system:kube-scheduler", "")?;

        supervisor.run(&plane.etcd())?;
        supervisor.run(&plane.api_server()?)?;
        let cluster = Self {
            supervisor: Mutex::new(supervisor),
            client: client(&operator).await?,
            kubeconfig: operator,
            server: plane.server(),
            authority: plane.authority().to_owned(),
            folder: folder.clone(),
            namespaces: AtomicU32::new(0),
        };
        cluster
            .until("the API server", || async {
                cluster.get("/readyz").await.is_ok()
            })
            .await?;
        cluster.run(&plane.controller_manager(&controllers))?;
        cluster.run(&plane.scheduler(&scheduler))?;
        cluster.run(&plane.kwok(&kwok)?)?;
        furniture::furnish(&cluster, programs).await?;
        cluster
            .until("the nodes", || furniture::is_ready(&cluster))
            .await?;
        Ok(cluster)
    }

    /// A client that may do everything.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// The path of the kubeconfig of the user [`OPERATOR`], who may do everything.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The URL of the API server.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The PEM file of the authority that signed the API server's certificate.
    pub fn authority(&self) -> &Path {
        &self.authority
    }

    /// Writes a kubeconfig that acts as `user`, who may do what RBAC grants and nothing else, and returns its path.
    pub fn kubeconfig_as(&self, user: &str) -> Result<PathBuf, ClusterError> {
        let path = self.folder.join(format!("as-{user}.kubeconfig"));
        let mut document: Value =
            serde_json::from_slice(&fs::read(self.kubeconfig())?).map_err(io::Error::other)?;
        document["users"][0]["user"]["as"] = json!(user);
        fs::write(&path, document.to_string())?;
        Ok(path)
    }

    /// Makes a namespace that nobody has used, with its service account, named after `subject`.
    pub async fn namespace(&self, subject: &str) -> Result<String, ClusterError> {
        let number = self.namespaces.fetch_add(1, Ordering::Relaxed);
        let words: String = subject
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_lowercase()
                } else {
                    '-'
                }
            })
            .take(40)
            .collect();
        let name = format!("t{number}-{}", words.trim_matches('-'));
        let namespace = Namespace {
            metadata: kube::api::ObjectMeta {
                name: Some(name.clone()),
                ..Default::default()
            },
            ..Default::default()
        };
        Api::<Namespace>::all(self.client())
            .create(&PostParams::default(), &namespace)
            .await?;
        let accounts = Api::<ServiceAccount>::namespaced(self.client(), &name);
        self.until("the service account of a namespace", || async {
            matches!(accounts.get_opt("default").await, Ok(Some(_)))
        })
        .await?;
        Ok(name)
    }

    /// The place in the audit log after everything that was answered until now.
    pub async fn mark(&self) -> Result<Mark, ClusterError> {
        let (_, end) = self.audit(0).await?;
        Ok(Mark(end))
    }

    /// What the users of kubeconfigs of this cluster wrote since `mark`: not what its own controllers did.
    pub async fn writes_since(&self, mark: Mark) -> Result<Vec<audit::Request>, ClusterError> {
        let (mut requests, _) = self.audit(mark.0).await?;
        requests.retain(|request| request.user.username == OPERATOR && request.is_write());
        Ok(requests)
    }

    /// The audit log from byte `from` on. Asks for a path of its own first and waits until that is in the log:
    /// then whatever was answered before is in it, too.
    async fn audit(&self, from: usize) -> Result<(Vec<audit::Request>, usize), ClusterError> {
        static NONCE: AtomicU32 = AtomicU32::new(0);
        let sentinel = format!("/version?sentinel={}", NONCE.fetch_add(1, Ordering::Relaxed));
        self.get(&sentinel).await?;
        let log = self.folder.join("audit.log");
        let seen = Mutex::new(None);
        self.until("the audit log", || async {
            let Ok((requests, end)) = audit::read(&log, from) else {
                return false;
            };
            let found = requests.iter().any(|request| request.uri == sentinel);
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some((requests, end));
            found
        })
        .await?;
        let read = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        read.ok_or_else(|| ClusterError::Late("the audit log".to_owned()))
    }

    /// Waits until `done` says yes; fails when the cluster breaks, or after a minute and a half.
    pub async fn until<F, Fut>(&self, what: &str, done: F) -> Result<(), ClusterError>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = bool>,
    {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while !done().await {
            if let Some(log) = self.supervisor().casualty()? {
                return Err(ClusterError::Casualty(log));
            }
            if tokio::time::Instant::now() > deadline {
                return Err(ClusterError::Late(what.to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    fn supervisor(&self) -> std::sync::MutexGuard<'_, Supervisor> {
        self.supervisor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, process: &Process) -> io::Result<()> {
        self.supervisor().run(process)
    }

    async fn get(&self, path: &str) -> Result<String, kube::Error> {
        let request = http::Request::get(path)
            .body(Vec::new())
            .map_err(kube::Error::HttpError)?;
        self.client.request_text(request).await
    }
}

/// Makes a client from a kubeconfig file.
pub async fn client(kubeconfig: &Path) -> Result<Client, ClusterError> {
    let document = Kubeconfig::read_from(kubeconfig).map_err(io::Error::other)?;
    let config = Config::from_custom_kubeconfig(document, &KubeConfigOptions::default())
        .await
        .map_err(io::Error::other)?;
    Ok(Client::try_from(config)?)
}
