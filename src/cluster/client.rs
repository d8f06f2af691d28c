//! From a kubeconfig or a pod's own account to a client with deadlines.

use super::bounded::BoundedLayer;
use super::error::ClusterError;
use kube::client::ClientBuilder;
use kube::config::{ExecInteractiveMode, KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a connection may be silent: longer than a watch lasts, so that a load balancer that drops silently is noticed.
const SILENCE: Duration = Duration::from_secs(230);

/// Which cluster is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The kubeconfig, instead of `$KUBECONFIG` or `~/.kube/config`.
    pub kubeconfig: Option<PathBuf>,
    /// The context, instead of the current one.
    pub context: Option<String>,
}

/// A context of a kubeconfig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextEntry {
    /// Its name.
    pub name: String,
    /// Its cluster's name.
    pub cluster: String,
    /// Its namespace, where it names one.
    pub namespace: Option<String>,
    /// Whether it is the current one.
    pub current: bool,
}

/// A client, and what it is connected to.
#[derive(Clone)]
pub struct Connection {
    /// The client.
    pub client: Client,
    /// The context's name; `in-cluster` within a pod.
    pub context: String,
    /// The API server's URL.
    pub server: String,
    /// The namespace that the context names, or `default`.
    pub namespace: String,
}

/// The contexts of a kubeconfig, without connecting to any of them; empty where there is no kubeconfig.
pub fn contexts(kubeconfig: Option<&Path>) -> Result<Vec<ContextEntry>, ClusterError> {
    let Some(config) = read(kubeconfig)? else {
        return Ok(Vec::new());
    };
    let current = config.current_context.clone().unwrap_or_default();
    let entry = |named: kube::config::NamedContext| ContextEntry {
        current: named.name == current,
        cluster: named
            .context
            .as_ref()
            .map(|c| c.cluster.clone())
            .unwrap_or_default(),
        namespace: named.context.and_then(|c| c.namespace),
        name: named.name,
    };
    Ok(config.contexts.into_iter().map(entry).collect())
}

/// Makes a client for `place`. Nothing is sent yet.
pub async fn connect(place: &Place) -> Result<Connection, ClusterError> {
    let Some(mut kubeconfig) =
        read(place.kubeconfig.as_deref())?.filter(|config| !config.contexts.is_empty())
    else {
        return match &place.context {
            Some(name) => Err(ClusterError::NoContext {
                name: name.clone(),
                known: Vec::new(),
            }),
            None => in_cluster(),
        };
    };
    let context = place
        .context
        .clone()
        .or_else(|| kubeconfig.current_context.clone())
        .unwrap_or_default();
    let known: Vec<String> = kubeconfig
        .contexts
        .iter()
        .map(|named| named.name.clone())
        .collect();
    if !known.contains(&context) {
        return Err(ClusterError::NoContext { name: context, known });
    }
    quieten_plugins(&mut kubeconfig);
    let options = KubeConfigOptions {
        context: Some(context.clone()),
        ..KubeConfigOptions::default()
    };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(|source| ClusterError::Kubeconfig {
            path: place.kubeconfig.clone(),
            source: Box::new(source),
        })?;
    connection(config, context)
}

fn read(path: Option<&Path>) -> Result<Option<Kubeconfig>, ClusterError> {
    let fail = |source: kube::config::KubeconfigError| ClusterError::Kubeconfig {
        path: path.map(Path::to_owned),
        source: Box::new(source),
    };
    if let Some(path) = path {
        return Kubeconfig::read_from(path).map(Some).map_err(fail);
    }
    match Kubeconfig::read() {
        Ok(config) => Ok(Some(config)),
        Err(kube::config::KubeconfigError::FindPath) => Ok(None),
        Err(kube::config::KubeconfigError::ReadConfig(error, _))
            if error.kind() == std::io::ErrorKind::NotFound =>
        {
            Ok(None)
        }
        Err(error) => Err(fail(error)),
    }
}

/// A plugin that asks for a password would fight with the screen for the terminal.
fn quieten_plugins(kubeconfig: &mut Kubeconfig) {
    for user in &mut kubeconfig.auth_infos {
        if let Some(exec) = user.auth_info.as_mut().and_then(|user| user.exec.as_mut()) {
            exec.interactive_mode = Some(ExecInteractiveMode::Never);
        }
    }
}

fn in_cluster() -> Result<Connection, ClusterError> {
    let config = Config::incluster().map_err(|_| ClusterError::NoCluster)?;
    connection(config, "in-cluster".to_owned())
}

fn connection(mut config: Config, context: String) -> Result<Connection, ClusterError> {
    config.connect_timeout = Some(CONNECT);
    config.read_timeout = Some(SILENCE);
    config.reset_reader_on_write = true;
    config.default_retry = false;
    let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
    let namespace = config.default_namespace.clone();
    let fail = |error| ClusterError::from_kube(error, "connect", &server);
    let client = bounded(config).map_err(fail)?;
    Ok(Connection {
        client,
        context,
        server,
        namespace,
    })
}

fn bounded(config: Config) -> Result<Client, kube::Error> {
    let builder = ClientBuilder::try_from(config)?;
    Ok(builder
        .with_layer(&tower::buffer::BufferLayer::new(64))
        .with_layer(&BoundedLayer)
        .build())
}
