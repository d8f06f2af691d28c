//! The API server's audit log, which shows every write whoever made it.

use serde::Deserialize;
use std::fs;
use std::io;
use std::path::Path;

/// The audit policy: who did what to which object, once the answer is out. Bodies are not logged.
pub const POLICY: &str = r#"{"apiVersion":"audit.k8s.io/v1","kind":"Policy","omitStages":["RequestReceived","ResponseStarted"],
"rules":[{"level":"None","verbs":["watch"]},{"level":"Metadata"}]}"#;

/// A request that the API server answered.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// `create`, `update`, `patch`, `delete`, `get` …
    pub verb: String,
    /// The path and the query: `?dryRun=All`, `?fieldManager=helm`.
    #[serde(rename = "requestURI")]
    pub uri: String,
    /// Who asked.
    pub user: User,
    /// The client's name for itself.
    #[serde(default)]
    pub user_agent: String,
    /// What it was about; absent for paths that are no objects.
    #[serde(default)]
    pub object_ref: ObjectReference,
    /// What was answered.
    #[serde(default)]
    pub response_status: ResponseStatus,
}

/// Who asked.
#[derive(Debug, Clone, Deserialize)]
pub struct User {
    /// The user's name.
    pub username: String,
}

/// The object that a request was about.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectReference {
    /// The resource in the plural: `deployments`.
    pub resource: String,
    /// The namespace, or empty.
    pub namespace: String,
    /// The name, or empty where the server chose it.
    pub name: String,
    /// `status`, `scale`, or empty.
    pub subresource: String,
}

/// What was answered.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ResponseStatus {
    /// The HTTP status code.
    pub code: u16,
}

impl Request {
    /// Whether it changed something, or would have: a dry run and a refused request do not count.
    pub fn is_write(&self) -> bool {
        ["create", "update", "patch", "delete", "deletecollection"].contains(&self.verb.as_str())
            && !self.uri.contains("dryRun=All")
            && self.response_status.code < 300
            // Reviews are questions that are asked by creating an object that nobody keeps.
            && !self.object_ref.resource.ends_with("reviews")
    }
}

/// The requests in the log from byte `from` on, and the log's length. A line that is still being written is left out.
pub fn read(log: &Path, from: usize) -> io::Result<(Vec<Request>, usize)> {
    let bytes = fs::read(log)?;
    let whole = bytes
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |last| last + 1);
    let requests = bytes
        .get(from..whole)
        .unwrap_or_default()
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(serde_json::from_slice)
        .collect::<Result<_, _>>()?;
    Ok((requests, whole))
}
