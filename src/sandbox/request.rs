//! Reading a request: which document or resource its path names, and what its query asks for.

use super::failure::Failure;
use super::selector::{FieldSelector, LabelSelector};
use bytes::Bytes;
use http::{HeaderMap, Method, Uri, header};
use std::collections::HashMap;
use std::time::Duration;

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// `/version`.
    Version,
    /// `/livez`, `/readyz`, `/healthz`.
    Health,
    /// `/api`: the versions of the core group.
    CoreVersions,
    /// `/apis`: the other groups.
    Groups,
    /// `/apis/<group>`.
    Group(String),
    /// `/api/v1`, `/apis/<group>/<version>`: the resources of a group's version.
    Resources { group: String, version: String },
    /// A collection, an object or a subresource.
    Resource(Place),
    /// Nothing that is served.
    Unknown,
}

/// The place of a collection, an object or a subresource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) group: String,
    pub(super) version: String,
    /// Empty where the path names none.
    pub(super) namespace: String,
    pub(super) plural: String,
    /// Empty for a collection.
    pub(super) name: String,
    /// Empty for the object itself.
    pub(super) subresource: String,
}

impl Target {
    /// Reads a path.
    pub(super) fn parse(path: &str) -> Self {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        match segments[..] {
            ["version"] => Self::Version,
            ["livez" | "readyz" | "healthz"] => Self::Health,
            ["api"] => Self::CoreVersions,
            ["apis"] => Self::Groups,
            ["apis", group] => Self::Group(group.into()),
            ["api", version] => Self::Resources {
                group: String::new(),
                version: version.into(),
            },
            ["apis", group, version] => Self::Resources {
                group: group.into(),
                version: version.into(),
            },
            ["api", version, ref rest @ ..] => place("", version, rest),
            ["apis", group, version, ref rest @ ..] => place(group, version, rest),
            _ => Self::Unknown,
        }
    }
}

fn place(group: &str, version: &str, rest: &[&str]) -> Target {
    let mut place = Place {
        group: group.into(),
        version: version.into(),
        ..Place::default()
    };
    let rest = match *rest {
        // `namespaces/x/status` is a subresource of the namespace, `namespaces/x/pods` a collection in it.
        ["namespaces", namespace, plural, ref more @ ..] if !matches!(plural, "status" | "finalize") => {
            place.namespace = namespace.into();
            [&[plural], more].concat()
        }
        _ => rest.to_vec(),
    };
    let [plural, ref more @ ..] = rest[..] else {
        return Target::Unknown;
    };
    place.plural = plural.into();
    match *more {
        [] => {}
        [name] => place.name = name.into(),
        [name, subresource] => {
            place.name = name.into();
            place.subresource = subresource.into();
        }
        _ => return Target::Unknown,
    }
    Target::Resource(place)
}

/// The parameters of a query.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(HashMap<String, String>);

impl Query {
    fn parse(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// The parameter, or the empty string.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether the parameter is set to true.
    pub(super) fn is_true(&self, name: &str) -> bool {
        matches!(self.get(name), "true" | "1")
    }

    /// The parameter as a number.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Failure> {
        match self.get(name) {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| {
                Failure::bad_request(format!(
                    "invalid value {text:?} for the parameter {name}: not a whole number"
                ))
            }),
        }
    }

    /// The selectors.
    pub(super) fn selectors(&self) -> Result<(LabelSelector, FieldSelector), Failure> {
        Ok((
            LabelSelector::parse(self.get("labelSelector"))?,
            FieldSelector::parse(self.get("fieldSelector"))?,
        ))
    }

    /// How long a watch may last.
    pub(super) fn timeout(&self) -> Result<Option<Duration>, Failure> {
        Ok(self.number("timeoutSeconds")?.map(Duration::from_secs))
    }
}

/// A request, read.
#[derive(Debug, Clone)]
pub(super) struct ApiRequest {
    pub(super) method: Method,
    pub(super) target: Target,
    pub(super) query: Query,
    /// The media type of the body, without parameters.
    pub(super) content_type: String,
    pub(super) accept: String,
    /// The field manager where the query names none: the first part of the user agent.
    pub(super) agent: String,
    pub(super) body: Bytes,
}

impl ApiRequest {
    /// Reads the parts of a request.
    pub(super) fn new(method: Method, uri: &Uri, headers: &HeaderMap, body: Bytes) -> Self {
        let header = |name| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let first = |text: &str, end: char| text.split(end).next().unwrap_or_default().trim().to_owned();
        Self {
            method,
            target: Target::parse(uri.path()),
            query: Query::parse(uri.query().unwrap_or_default()),
            content_type: first(header(header::CONTENT_TYPE), ';'),
            accept: header(header::ACCEPT).to_owned(),
            agent: first(header(header::USER_AGENT), '/'),
            body,
        }
    }

    /// Whether it asks for a watch.
    pub(super) fn is_watch(&self) -> bool {
        self.method == Method::GET && self.query.is_true("watch")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("/api/v1/namespaces", ["", "", "namespaces", "", ""])]
    #[case("/api/v1/namespaces/x", ["", "", "namespaces", "x", ""])]
    #[case("/api/v1/namespaces/x/status", ["", "", "namespaces", "x", "status"])]
    #[case("/api/v1/namespaces/x/pods", ["", "x", "pods", "", ""])]
    #[case("/api/v1/namespaces/x/pods/p/log", ["", "x", "pods", "p", "log"])]
    #[case("/apis/apps/v1/deployments", ["apps", "", "deployments", "", ""])]
    #[case("/apis/apps/v1/namespaces/x/deployments/d/scale", ["apps", "x", "deployments", "d", "scale"])]
    fn paths_name_their_place(#[case] path: &str, #[case] expected: [&str; 5]) {
        let Target::Resource(p) = Target::parse(path) else {
            panic!("{path} names no resource")
        };
        assert_eq!([p.group, p.namespace, p.plural, p.name, p.subresource], expected);
    }

    #[test]
    fn documents_are_told_from_resources() {
        assert_eq!(Target::parse("/version"), Target::Version);
        assert_eq!(Target::parse("/apis/"), Target::Groups);
        assert_eq!(Target::parse("/openapi/v3"), Target::Unknown);
        assert_eq!(
            Target::parse("/apis/apps/v1"),
            Target::Resources {
                group: "apps".into(),
                version: "v1".into()
            }
        );
    }
}
