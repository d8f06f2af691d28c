//! What can go wrong with a cluster, told apart by what a person can do about it.

use super::text::clean;
use crate::chart::manifest::ObjectKey;
use crate::plan::model::FieldConflict;
use crate::{Error, ErrorKind};
use std::path::PathBuf;
use thiserror::Error as ThisError;

/// A failure at the border to a cluster. Texts of the cluster are clean of control sequences.
#[derive(Debug, ThisError)]
pub enum ClusterError {
    /// A kubeconfig cannot be read.
    #[error("the kubeconfig{} cannot be read", path_words(path.as_ref()))]
    Kubeconfig {
        /// The file, where one was named.
        path: Option<PathBuf>,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no kubeconfig, and this is no pod.
    #[error("no cluster is configured: there is no kubeconfig, and this is not a pod")]
    NoCluster,
    /// The kubeconfig has no such context.
    #[error("the kubeconfig has no context {name:?}")]
    NoContext {
        /// The name that was asked for; empty where none was, and there is no current one.
        name: String,
        /// The contexts that there are.
        known: Vec<String>,
    },
    /// Nothing answers.
    #[error("the API server {server} cannot be reached")]
    Unreachable {
        /// Its URL.
        server: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A request took longer than its deadline.
    #[error("the API server did not answer within {seconds} s: {what}")]
    Deadline {
        /// What was asked.
        what: String,
        /// The deadline.
        seconds: u64,
    },
    /// The credentials are not accepted.
    #[error("the API server does not accept the credentials: {message}")]
    Unauthorized {
        /// Its words.
        message: String,
    },
    /// The access rules forbid it.
    #[error("it is forbidden to {verb} {resource}{}", namespace_words(namespace.as_ref()))]
    Forbidden {
        /// The verb of the API: `list`, `patch`.
        verb: String,
        /// The resource with its group: `deployments.apps`.
        resource: String,
        /// The namespace, for a namespaced resource.
        namespace: Option<String>,
        /// The server's words.
        message: String,
    },
    /// There is no such object.
    #[error("{what} does not exist")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// There is one already.
    #[error("{what} exists already")]
    AlreadyExists {
        /// What was to be created.
        what: String,
    },
    /// Other managers own fields that the change sets to something else.
    #[error("{object} has fields that others own: {}", conflict_words(conflicts))]
    Conflicts {
        /// The object.
        object: ObjectKey,
        /// The fields and their owners.
        conflicts: Vec<FieldConflict>,
    },
    /// The object has changed since it was read.
    #[error("{what} was changed by somebody else in the meantime")]
    Changed {
        /// What was to be written.
        what: String,
    },
    /// The server or an admission policy refuses the object; trying again does not help.
    #[error("the cluster refuses {what}: {message}")]
    Refused {
        /// What was to be written.
        what: String,
        /// The server's words.
        message: String,
        /// Whether a field was to change that cannot be changed.
        immutable: bool,
    },
    /// The cluster has no such kind.
    #[error("the cluster has no kind {kind} in {api_version}")]
    NoKind {
        /// The group and version.
        api_version: String,
        /// The kind.
        kind: String,
    },
    /// The object exists and belongs to somebody else.
    #[error("{object} exists and does not belong to the release: {owner}")]
    Foreign {
        /// The object.
        object: ObjectKey,
        /// Whose it is, in words.
        owner: String,
    },
    /// The namespace is on its way out.
    #[error("the namespace {namespace} is being deleted: {message}")]
    Terminating {
        /// The namespace.
        namespace: String,
        /// What holds it, in the cluster's words.
        message: String,
    },
    /// A record of the cluster cannot be read.
    #[error("{what} cannot be read: {reason}")]
    Unreadable {
        /// Which record.
        what: String,
        /// Why not.
        reason: String,
    },
    /// A record is larger than a Secret may be.
    #[error("the record of the release has {size} bytes and a Secret holds at most {limit}")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Another operator holds the release.
    #[error("the release is held by {holder} since {since}")]
    Held {
        /// The holder's name for itself.
        holder: String,
        /// Since when, as RFC 3339 in UTC.
        since: String,
    },
    /// An operation on the release has not been finished.
    #[error("revision {revision} of the release is {status} since {since}")]
    Pending {
        /// The revision.
        revision: i64,
        /// `pending-install`, `pending-upgrade`, `pending-rollback`.
        status: String,
        /// Since when, as RFC 3339.
        since: String,
    },
    /// Any other answer.
    #[error("{what} failed: {message}")]
    Api {
        /// What was asked.
        what: String,
        /// The HTTP status code, 0 where there was no answer.
        code: u16,
        /// The server's words.
        message: String,
    },
}

impl ClusterError {
    /// What `error` means for the request `what` to `server`.
    #[must_use]
    pub fn from_kube(error: kube::Error, what: &str, server: &str) -> Self {
        match error {
            kube::Error::Api(status) => Self::from_status(&status, what),
            kube::Error::Auth(error) => Self::Unauthorized {
                message: clean(&error.to_string()),
            },
            kube::Error::Service(source) => match source.downcast_ref::<super::bounded::Deadline>() {
                Some(deadline) => Self::Deadline {
                    what: what.to_owned(),
                    seconds: deadline.seconds(),
                },
                None => Self::Unreachable {
                    server: server.to_owned(),
                    source,
                },
            },
            kube::Error::HyperError(error) => Self::Unreachable {
                server: server.to_owned(),
                source: Box::new(error),
            },
            other => Self::Api {
                what: what.to_owned(),
                code: 0,
                message: clean(&other.to_string()),
            },
        }
    }

    fn from_status(status: &kube::core::Status, what: &str) -> Self {
        let message = clean(&status.message);
        let what = what.to_owned();
        match (status.code, status.reason.as_str()) {
            (401, _) => Self::Unauthorized { message },
            (403, _) if message.contains("because it is being terminated") => Self::Terminating {
                namespace: message
                    .split("namespace ")
                    .nth(1)
                    .and_then(|w| w.split(' ').next())
                    .unwrap_or("")
                    .to_owned(),
                message,
            },
            (403, _) if message.contains("exceeded quota") || message.contains("denied the request") => {
                Self::Refused {
                    what,
                    message,
                    immutable: false,
                }
            }
            (403, _) => forbidden(message),
            (404, _) => Self::NotFound { what },
            (409, "AlreadyExists") => Self::AlreadyExists { what },
            (409, _) => Self::Changed { what },
            (400 | 413 | 422, _) => {
                let immutable =
                    message.contains("immutable") || message.contains("updates to statefulset spec");
                Self::Refused {
                    what,
                    message,
                    immutable,
                }
            }
            (code, _) => Self::Api { what, code, message },
        }
    }

    /// Whether the object is not there.
    #[must_use]
    pub const fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }
}

/// The server says it in one sentence: `User "u" cannot patch resource "deployments" in API group "apps" in the
/// namespace "n"`; the parts are what a person needs to ask for the right.
fn forbidden(message: String) -> ClusterError {
    let after = |word: &str| message.split(word).nth(1).unwrap_or_default();
    let quoted = |word: &str| after(word).split('"').nth(1).unwrap_or_default().to_owned();
    let verb = after("cannot ").split(' ').next().unwrap_or_default().to_owned();
    let resource = quoted(" resource ");
    let group = quoted(" in API group ");
    let namespace = Some(quoted(" in the namespace ")).filter(|name| !name.is_empty());
    if verb.is_empty() || resource.is_empty() {
        return ClusterError::Refused {
            what: "the request".to_owned(),
            message,
            immutable: false,
        };
    }
    let resource = if group.is_empty() {
        resource
    } else {
        format!("{resource}.{group}")
    };
    ClusterError::Forbidden {
        verb,
        resource,
        namespace,
        message,
    }
}

fn path_words(path: Option<&PathBuf>) -> String {
    path.map(|path| format!(" {}", path.display()))
        .unwrap_or_default()
}

fn namespace_words(namespace: Option<&String>) -> String {
    namespace.map_or_else(
        || " in the whole cluster".to_owned(),
        |name| format!(" in the namespace {name}"),
    )
}

fn conflict_words(conflicts: &[FieldConflict]) -> String {
    conflicts
        .iter()
        .map(|c| format!("{} ({})", c.field, c.manager))
        .collect::<Vec<_>>()
        .join(", ")
}

impl From<ClusterError> for Error {
    fn from(error: ClusterError) -> Self {
        let hint = hint(&error);
        let wrapped = Self::new(kind(&error), error.to_string());
        let wrapped = match hint {
            Some(hint) => wrapped.hint(hint),
            None => wrapped,
        };
        wrapped.caused_by(error)
    }
}

const fn kind(error: &ClusterError) -> ErrorKind {
    match error {
        ClusterError::Kubeconfig { .. } | ClusterError::NoContext { .. } | ClusterError::TooLarge { .. } => {
            ErrorKind::Input
        }
        ClusterError::Forbidden { .. } | ClusterError::Unauthorized { .. } => ErrorKind::Forbidden,
        ClusterError::Conflicts { .. } | ClusterError::Changed { .. } | ClusterError::Foreign { .. } => {
            ErrorKind::Conflict
        }
        ClusterError::Held { .. } | ClusterError::Pending { .. } => ErrorKind::Locked,
        _ => ErrorKind::Cluster,
    }
}

fn hint(error: &ClusterError) -> Option<String> {
    Some(match error {
        ClusterError::Kubeconfig { .. } => "name another one with --kubeconfig or $KUBECONFIG".to_owned(),
        ClusterError::NoCluster => "point $KUBECONFIG or --kubeconfig at a cluster, or try `--sandbox`".to_owned(),
        ClusterError::NoContext { known, .. } if known.is_empty() => "it has no contexts at all".to_owned(),
        ClusterError::NoContext { known, .. } => format!("it has these: {}", known.join(", ")),
        ClusterError::Unreachable { .. } => {
            "check that the cluster runs, that a VPN it needs is up, and that the context is the right one".to_owned()
        }
        ClusterError::Unauthorized { .. } => "log in again; a token may have expired".to_owned(),
        ClusterError::Forbidden { verb, resource, .. } => {
            format!("ask for a role that may {verb} {resource}, or use another context")
        }
        ClusterError::Conflicts { .. } => {
            "`mesh-tui diff` shows both values; --force-conflicts takes the field over".to_owned()
        }
        ClusterError::Changed { .. } => "run the command again: it reads the newest version first".to_owned(),
        ClusterError::Refused { immutable: true, .. } => {
            "the field cannot be changed in place: delete the object and apply again".to_owned()
        }
        ClusterError::NoKind { kind, .. } => {
            format!("install what brings the kind {kind} (a CRD or an operator), or switch the feature off")
        }
        ClusterError::Foreign { .. } => "remove it, or label and annotate it as Helm does to adopt it".to_owned(),
        ClusterError::Terminating { .. } => "wait until it is gone, or choose another namespace".to_owned(),
        ClusterError::TooLarge { .. } => "make the chart's files or the values smaller".to_owned(),
        ClusterError::Held { .. } => "wait for it, or `mesh-tui unlock` once you know that nobody works".to_owned(),
        ClusterError::Pending { status, .. } if status == "uninstalling" => {
            "`mesh-tui uninstall` finishes it, `mesh-tui rollback` brings the release back".to_owned()
        }
        ClusterError::Pending { .. } => {
            "`mesh-tui resume` finishes it, `mesh-tui rollback` goes back, `mesh-tui unlock` marks it as failed".to_owned()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_right_names_verb_resource_and_namespace() {
        let status = kube::core::Status {
            code: 403,
            reason: "Forbidden".to_owned(),
            message: "deployments.apps \"x\" is forbidden: User \"ada\" cannot patch resource \"deployments\" in API \
                      group \"apps\" in the namespace \"mesh\""
                .to_owned(),
            ..Default::default()
        };
        let error = ClusterError::from_status(&status, "apply Deployment/x");
        assert_eq!(
            error.to_string(),
            "it is forbidden to patch deployments.apps in the namespace mesh"
        );
        assert_eq!(Error::from(error).kind(), ErrorKind::Forbidden);
    }

    #[test]
    fn a_quota_is_no_missing_right() {
        let status = kube::core::Status {
            code: 403,
            reason: "Forbidden".to_owned(),
            message: "pods \"x\" is forbidden: exceeded quota: small".to_owned(),
            ..Default::default()
        };
        assert!(matches!(
            ClusterError::from_status(&status, "x"),
            ClusterError::Refused { .. }
        ));
    }
}
