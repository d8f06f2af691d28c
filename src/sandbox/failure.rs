//! Errors of the simulated API: the `Status` objects that the API server answers with, in its words.

use super::resources::Resource;
use crate::apply::{ApplyError, Conflict};
use serde_json::{Value as Json, json};

/// A failed request.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub(super) struct Failure {
    /// The HTTP status.
    pub(super) code: u16,
    /// The machine's word: `NotFound`.
    pub(super) reason: &'static str,
    /// The person's words.
    pub(super) message: String,
    /// `details` of the Status; null where there are none.
    pub(super) details: Json,
}

/// A field that is wrong, as one of the causes of an `Invalid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldError {
    /// `spec.selector`.
    pub(super) field: String,
    /// `FieldValueInvalid`.
    pub(super) reason: &'static str,
    /// `Invalid value: "x": field is immutable`.
    pub(super) message: String,
}

impl FieldError {
    /// A field whose value is wrong.
    pub(super) fn invalid(field: impl Into<String>, value: &Json, why: &str) -> Self {
        Self {
            field: field.into(),
            reason: "FieldValueInvalid",
            message: format!("Invalid value: {value}: {why}"),
        }
    }

    /// A field that must be there.
    pub(super) fn required(field: impl Into<String>, why: &str) -> Self {
        let message = if why.is_empty() {
            "Required value".into()
        } else {
            format!("Required value: {why}")
        };
        Self {
            field: field.into(),
            reason: "FieldValueRequired",
            message,
        }
    }

    /// A change that is not allowed.
    pub(super) fn forbidden(field: impl Into<String>, why: &str) -> Self {
        Self {
            field: field.into(),
            reason: "FieldValueForbidden",
            message: format!("Forbidden: {why}"),
        }
    }
}

impl Failure {
    /// A failure without details.
    pub(super) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            details: Json::Null,
        }
    }

    fn about(mut self, resource: &Resource, name: &str) -> Self {
        self.details = json!({"name": name, "group": resource.group, "kind": resource.plural});
        self
    }

    /// 404 for an object.
    pub(super) fn not_found(resource: &Resource, name: &str) -> Self {
        Self::new(
            404,
            "NotFound",
            format!("{} \"{name}\" not found", resource.qualified()),
        )
        .about(resource, name)
    }

    /// 404 for a path that nothing serves.
    pub(super) fn no_such_path() -> Self {
        Self::new(
            404,
            "NotFound",
            "the server could not find the requested resource",
        )
    }

    /// 409 for a create.
    pub(super) fn already_exists(resource: &Resource, name: &str) -> Self {
        Self::new(
            409,
            "AlreadyExists",
            format!("{} \"{name}\" already exists", resource.qualified()),
        )
        .about(resource, name)
    }

    /// 409 for an update from an old revision.
    pub(super) fn modified(resource: &Resource, name: &str) -> Self {
        let words =
            "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(resource, name, words)
    }

    /// 409 with other words.
    pub(super) fn conflict(resource: &Resource, name: &str, words: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{name}\": {words}",
            resource.qualified()
        );
        Self::new(409, "Conflict", message).about(resource, name)
    }

    /// 422 with every field that is wrong.
    pub(super) fn invalid(resource: &Resource, name: &str, errors: &[FieldError]) -> Self {
        let words: Vec<String> = errors
            .iter()
            .map(|e| format!("{}: {}", e.field, e.message))
            .collect();
        let words = match words.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let message = format!("{} \"{name}\" is invalid: {words}", resource.qualified_kind());
        let causes: Vec<Json> = errors
            .iter()
            .map(|e| json!({"reason": e.reason, "message": e.message, "field": e.field}))
            .collect();
        let mut failure = Self::new(422, "Invalid", message);
        failure.details =
            json!({"name": name, "group": resource.group, "kind": resource.kind, "causes": causes});
        failure
    }

    /// 403 for a user without the right.
    pub(super) fn forbidden(
        user: &str,
        verb: &str,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Self {
        let what = if name.is_empty() {
            resource.qualified()
        } else {
            format!("{} \"{name}\"", resource.qualified())
        };
        let scope = if namespace.is_empty() {
            "at the cluster scope".to_owned()
        } else {
            format!("in the namespace \"{namespace}\"")
        };
        let message = format!(
            "{what} is forbidden: User \"{user}\" cannot {verb} resource \"{}\" in API group \"{}\" {scope}",
            resource.plural, resource.group
        );
        Self::new(403, "Forbidden", message).about(resource, name)
    }

    /// 403 for a create in a namespace that is going away.
    pub(super) fn terminating(resource: &Resource, name: &str, namespace: &str) -> Self {
        let message = format!(
            "{} \"{name}\" is forbidden: unable to create new content in namespace {namespace} because it is being terminated",
            resource.qualified()
        );
        let mut failure = Self::new(403, "Forbidden", message).about(resource, name);
        failure.details["causes"] = json!([{
            "reason": "NamespaceTerminating",
            "message": format!("namespace {namespace} is being terminated"),
            "field": "metadata.namespace",
        }]);
        failure
    }

    /// 410 for a watch or a list that starts before the oldest revision known.
    pub(super) fn expired(asked: u64, oldest: u64) -> Self {
        Self::new(
            410,
            "Expired",
            format!("too old resource version: {asked} ({oldest})"),
        )
    }

    /// 400.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 405.
    pub(super) fn method_not_allowed() -> Self {
        let words = "the server does not allow this method on the requested resource";
        Self::new(405, "MethodNotAllowed", words)
    }

    /// 415 for a patch of a kind that is not served.
    pub(super) fn unsupported_media_type(accepted: &[&str]) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {}",
            accepted.join(", ")
        );
        Self::new(415, "UnsupportedMediaType", message)
    }

    /// What an apply was refused for.
    pub(super) fn from_apply(error: &ApplyError, resource: &Resource, namespace: &str, name: &str) -> Self {
        match error {
            ApplyError::Conflicts(conflicts) => {
                let mut failure = Self::new(409, "Conflict", error.to_string());
                failure.details = json!({"causes": conflicts.iter().map(cause).collect::<Vec<_>>()});
                failure
            }
            ApplyError::Schema { path, message } => {
                let gvk = format!("{}, Kind={}", resource.api_version(), resource.kind);
                let words = format!(
                    "failed to create typed patch object ({namespace}/{name}; {gvk}): {path}: {message}"
                );
                Self::new(500, "", words)
            }
            ApplyError::BadRequest(message) => Self::bad_request(message.clone()),
        }
    }

    /// The `Status` object.
    pub(super) fn status(&self) -> Json {
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        });
        if !self.details.is_null() {
            status["details"] = self.details.clone();
        }
        status
    }
}

/// One conflict as a cause of the Status.
fn cause(conflict: &Conflict) -> Json {
    json!({
        "reason": "FieldManagerConflict",
        "message": format!("conflict with {}", conflict.manager_words()),
        "field": conflict.path.to_string(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::resources::Registry;
    use super::*;

    #[test]
    fn the_words_are_the_api_servers() {
        let registry = Registry::built_in();
        let secrets = registry.of_kind("", "Secret").unwrap();
        let deployments = registry.of_kind("apps", "Deployment").unwrap();
        assert_eq!(
            Failure::not_found(&secrets, "db").message,
            "secrets \"db\" not found"
        );
        assert_eq!(
            Failure::already_exists(&deployments, "web").message,
            "deployments.apps \"web\" already exists"
        );
        let immutable = FieldError::invalid("spec.selector", &json!({"a": "b"}), "field is immutable");
        assert_eq!(
            Failure::invalid(&deployments, "web", &[immutable]).message,
            "Deployment.apps \"web\" is invalid: spec.selector: Invalid value: {\"a\":\"b\"}: field is immutable"
        );
        assert_eq!(
            Failure::forbidden("sandbox", "list", &secrets, "prod", "").message,
            "secrets is forbidden: User \"sandbox\" cannot list resource \"secrets\" in API group \"\" in the namespace \"prod\""
        );
    }

    #[test]
    fn a_status_carries_code_reason_and_details() {
        let registry = Registry::built_in();
        let status = Failure::not_found(&registry.of_kind("apps", "Deployment").unwrap(), "web").status();
        assert_eq!(status["code"], 404);
        assert_eq!(status["reason"], "NotFound");
        assert_eq!(
            status["details"],
            json!({"name": "web", "group": "apps", "kind": "deployments"})
        );
    }
}
