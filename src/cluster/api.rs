//! Objects of any kind, as JSON: read, written and deleted by their key.

use super::client::Connection;
use super::discovery::ApiIndex;
use super::error::ClusterError;
use crate::chart::manifest::ObjectKey;
use http::{Method, Request, header};
use kube::Client;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// A cluster with what it serves. Cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    server: Arc<str>,
    index: Arc<ApiIndex>,
}

/// How objects that depend on a deleted one go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    /// Afterwards.
    Background,
    /// Before it.
    Foreground,
}

impl Cluster {
    /// The cluster behind `connection`: asks it what it serves.
    pub async fn discover(connection: &Connection) -> Result<Self, ClusterError> {
        Self::with_client(connection.client.clone(), &connection.server).await
    }

    /// The cluster behind any client, such as the sandbox's.
    pub async fn with_client(client: Client, server: &str) -> Result<Self, ClusterError> {
        let index = ApiIndex::discover(&client, server).await?;
        Ok(Self {
            client,
            server: server.into(),
            index: Arc::new(index),
        })
    }

    /// The same cluster, asked anew what it serves: a rollout may have installed kinds.
    pub async fn rediscover(&self) -> Result<Self, ClusterError> {
        Self::with_client(self.client.clone(), &self.server).await
    }

    /// What it serves.
    #[must_use]
    pub fn index(&self) -> &ApiIndex {
        &self.index
    }

    /// The client.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// The API server's URL.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The object, or `None` where there is none or not even its kind.
    pub async fn get(&self, key: &ObjectKey) -> Result<Option<Json>, ClusterError> {
        let path = match self.index.object_path(key) {
            Err(ClusterError::NoKind { .. }) => return Ok(None),
            path => path?,
        };
        match self.send(Method::GET, &path, None, &format!("read {key}")).await {
            Err(error) if error.is_not_found() => Ok(None),
            result => result.map(Some),
        }
    }

    /// The objects of a kind that `labels` selects, all of them where it is empty.
    pub async fn list(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
        labels: &str,
    ) -> Result<Vec<Json>, ClusterError> {
        let path = self.index.collection_path(api_version, kind, namespace)?;
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("labelSelector", labels)
            .finish();
        let path = if labels.is_empty() {
            path
        } else {
            format!("{path}?{query}")
        };
        let mut list = self
            .send(Method::GET, &path, None, &format!("list {kind}"))
            .await?;
        let items = list.get_mut("items").map(Json::take).unwrap_or_default();
        let Json::Array(mut items) = items else {
            return Ok(Vec::new());
        };
        // Items of a list do not say what they are.
        for item in &mut items {
            item["apiVersion"] = json!(api_version);
            item["kind"] = json!(kind);
        }
        Ok(items)
    }

    /// Creates the object; one that exists already is an error.
    pub async fn create(&self, key: &ObjectKey, body: &Json) -> Result<Json, ClusterError> {
        let path = self
            .index
            .collection_path(&key.api_version, &key.kind, key.namespace.as_deref())?;
        let path = format!("{path}?fieldManager={}", super::MANAGER);
        self.send(
            Method::POST,
            &path,
            Some(("application/json", body)),
            &format!("create {key}"),
        )
        .await
    }

    /// Replaces the object; where `body` names a resource version, only if it still has that.
    pub async fn replace(&self, key: &ObjectKey, body: &Json) -> Result<Json, ClusterError> {
        let path = format!("{}?fieldManager={}", self.index.object_path(key)?, super::MANAGER);
        self.send(
            Method::PUT,
            &path,
            Some(("application/json", body)),
            &format!("update {key}"),
        )
        .await
    }

    /// Patches the object with a JSON patch.
    pub async fn json_patch(&self, key: &ObjectKey, operations: &Json) -> Result<Json, ClusterError> {
        let path = format!("{}?fieldManager={}", self.index.object_path(key)?, super::MANAGER);
        let body = Some(("application/json-patch+json", operations));
        self.send(Method::PATCH, &path, body, &format!("patch {key}"))
            .await
    }

    /// Deletes the object; answers whether there was one.
    pub async fn delete(&self, key: &ObjectKey, how: Propagation) -> Result<bool, ClusterError> {
        let path = match self.index.object_path(key) {
            Err(ClusterError::NoKind { .. }) => return Ok(false),
            path => path?,
        };
        let policy = match how {
            Propagation::Background => "Background",
            Propagation::Foreground => "Foreground",
        };
        let options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": policy});
        let body = Some(("application/json", &options));
        match self
            .send(Method::DELETE, &path, body, &format!("delete {key}"))
            .await
        {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Sends a request of any kind; `what` says in words what it is for.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, &Json)>,
        what: &str,
    ) -> Result<Json, ClusterError> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT, "application/json");
        let bytes = match body {
            Some((content_type, body)) => {
                request = request.header(header::CONTENT_TYPE, content_type);
                body.to_string().into_bytes()
            }
            None => Vec::new(),
        };
        let answer = match request.body(bytes) {
            // Boxed, because whoever awaits it would carry its whole size along.
            Ok(request) => Box::pin(self.client.request(request)).await,
            Err(error) => Err(kube::Error::HttpError(error)),
        };
        answer.map_err(|error| ClusterError::from_kube(error, what, &self.server))
    }

    /// Reads a text, such as a log.
    pub(super) async fn text(&self, path: &str, what: &str) -> Result<String, ClusterError> {
        let request = Request::get(path)
            .body(Vec::new())
            .map_err(kube::Error::HttpError);
        let answer = match request {
            Ok(request) => self.client.request_text(request).await,
            Err(error) => Err(error),
        };
        answer.map_err(|error| ClusterError::from_kube(error, what, &self.server))
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}
