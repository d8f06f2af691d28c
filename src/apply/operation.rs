//! The two ways in which an object is written: an apply, which merges, and every other write, which is tracked.

use super::error::ApplyError;
use super::schema::Schema;
use serde_json::Value as Json;

/// A server-side apply: `PATCH` with `application/apply-patch+yaml`.
#[derive(Debug, Clone, Copy)]
pub struct ApplyRequest<'a> {
    /// The object as the cluster has it, with its managed fields; `None` where it does not exist yet.
    pub live: Option<&'a Json>,
    /// The configuration that is applied: what the manager has an opinion about.
    pub config: &'a Json,
    /// The field manager.
    pub manager: &'a str,
    /// Whether fields of other managers are taken over.
    pub force: bool,
    /// The subresource that is written through; empty for the object itself.
    pub subresource: &'a str,
    /// What is known of the kind.
    pub schema: &'a Schema,
    /// The time of the write in RFC 3339, UTC, whole seconds: `2026-11-23T08:00:00Z`.
    pub time: &'a str,
}

/// What an apply results in.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The object, with its managed fields, before defaulting.
    pub object: Json,
    /// Whether it differs from the live one, be it only in who owns what. `false` means: nothing is written.
    pub changed: bool,
}

/// Any write that is not an apply: `POST`, `PUT`, and `PATCH` of the other kinds.
#[derive(Debug, Clone, Copy)]
pub struct UpdateRequest<'a> {
    /// The object as the cluster has it; `None` for one that is created.
    pub live: Option<&'a Json>,
    /// The object as it is to be stored, after patching and defaulting.
    pub new: &'a Json,
    /// The field manager.
    pub manager: &'a str,
    /// The subresource that is written through; empty for the object itself.
    pub subresource: &'a str,
    /// What is known of the kind.
    pub schema: &'a Schema,
    /// The time of the write, as in [`ApplyRequest::time`].
    pub time: &'a str,
}

/// Applies `request.config`: merges it into the live object and records who owns what.
///
/// # Errors
/// When other managers own fields that it would change and it is not forced, and when the configuration does not fit.
pub fn apply(request: &ApplyRequest<'_>) -> Result<Applied, ApplyError> {
    Err(ApplyError::BadRequest(format!(
        "{} cannot apply yet",
        request.manager
    )))
}

/// Records who owns what after a write that is no apply, and returns the object with its managed fields.
#[must_use]
pub fn update(request: &UpdateRequest<'_>) -> Json {
    request.new.clone()
}
