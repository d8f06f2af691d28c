//! Reviews: what the user may do, as the groups `authorization.k8s.io` and `authentication.k8s.io` answer.

use super::super::failure::Failure;
use super::super::json::text;
use super::super::policy::USER;
use super::{Api, Outcome};
use serde_json::{Value as Json, json};

/// The group and the plural of each review with its kind.
pub(super) const REVIEWS: [(&str, &str, &str); 3] = [
    ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
    (
        "authorization.k8s.io",
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
    ),
    (
        "authorization.k8s.io",
        "selfsubjectrulesreviews",
        "SelfSubjectRulesReview",
    ),
];

impl Api {
    /// Answers a review; nothing is stored.
    pub(super) fn review(&self, kind: &str, mut review: Json) -> Outcome<Json> {
        let status = match kind {
            "SelfSubjectAccessReview" => self.access(&review)?,
            "SelfSubjectRulesReview" => self.rules(&review),
            _ => json!({"userInfo": {"username": USER, "groups": ["system:authenticated"]}}),
        };
        review["status"] = status;
        Ok(review)
    }

    fn access(&self, review: &Json) -> Outcome<Json> {
        let spec = &review["spec"];
        if spec.get("nonResourceAttributes").is_some() {
            return Ok(json!({"allowed": true}));
        }
        let Some(asked) = spec.get("resourceAttributes") else {
            return Err(Failure::bad_request(
                "spec.resourceAttributes: exactly one of nonResourceAttributes or resourceAttributes must be specified",
            ));
        };
        let resource = match text(asked, "/subresource") {
            "" => text(asked, "/resource").to_owned(),
            subresource => format!("{}/{subresource}", text(asked, "/resource")),
        };
        let allowed = self.policy.allows(
            text(asked, "/verb"),
            text(asked, "/group"),
            &resource,
            text(asked, "/namespace"),
        );
        Ok(json!({"allowed": allowed}))
    }

    /// The rules in full where nothing is forbidden; otherwise one rule for each verb and resource that is left.
    fn rules(&self, review: &Json) -> Json {
        const VERBS: [&str; 8] = [
            "get",
            "list",
            "watch",
            "create",
            "update",
            "patch",
            "delete",
            "deletecollection",
        ];
        let everything = json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]});
        let rules = if self.policy.is_open() {
            vec![everything]
        } else {
            let namespace = text(review, "/spec/namespace");
            self.registry
                .all()
                .map(|resource| {
                    let verbs: Vec<&str> = VERBS
                        .into_iter()
                        .filter(|verb| {
                            self.policy
                                .allows(verb, &resource.group, &resource.plural, namespace)
                        })
                        .collect();
                    json!({"verbs": verbs, "apiGroups": [resource.group], "resources": [resource.plural]})
                })
                .collect()
        };
        json!({
            "resourceRules": rules,
            "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
            "incomplete": false,
        })
    }
}
