//! What the sandbox's user may do: everything, except what a scenario or a test forbids.

use super::request::Place;

/// The user that every request comes from.
pub(super) const USER: &str = "sandbox";

/// Something that is forbidden; `*` stands for anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// `create`, `list`, `patch`, …
    pub verb: String,
    /// The API group; empty for the core group.
    pub group: String,
    /// The plural, with its subresource: `secrets`, `pods/log`.
    pub resource: String,
    /// The namespace; `*` also covers what is asked for at the cluster's scope.
    pub namespace: String,
}

impl Rule {
    /// Forbids `verb` on `resource` of `group` in every namespace.
    #[must_use]
    pub fn everywhere(verb: &str, group: &str, resource: &str) -> Self {
        Self {
            verb: verb.into(),
            group: group.into(),
            resource: resource.into(),
            namespace: "*".into(),
        }
    }

    fn covers(&self, verb: &str, group: &str, resource: &str, namespace: &str) -> bool {
        let same = |rule: &str, asked: &str| rule == "*" || rule == asked;
        same(&self.verb, verb)
            && same(&self.group, group)
            && same(&self.resource, resource)
            && same(&self.namespace, namespace)
    }
}

/// All that is forbidden.
#[derive(Debug, Clone, Default)]
pub(super) struct Policy(Vec<Rule>);

impl Policy {
    /// Forbids one thing more.
    pub(super) fn forbid(&mut self, rule: Rule) {
        self.0.push(rule);
    }

    /// Whether something is allowed; `resource` with its subresource.
    pub(super) fn allows(&self, verb: &str, group: &str, resource: &str, namespace: &str) -> bool {
        !self
            .0
            .iter()
            .any(|rule| rule.covers(verb, group, resource, namespace))
    }

    /// Whether `verb` on a place is allowed.
    pub(super) fn allows_at(&self, verb: &str, place: &Place) -> bool {
        let resource = if place.subresource.is_empty() {
            place.plural.clone()
        } else {
            format!("{}/{}", place.plural, place.subresource)
        };
        self.allows(verb, &place.group, &resource, &place.namespace)
    }

    /// Whether anything is forbidden at all.
    pub(super) fn is_open(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_is_forbidden() {
        let mut policy = Policy::default();
        assert!(policy.is_open());
        policy.forbid(Rule::everywhere("create", "", "secrets"));
        assert!(!policy.allows("create", "", "secrets", "prod"));
        assert!(policy.allows("get", "", "secrets", "prod"));
        assert!(policy.allows("create", "", "configmaps", "prod"));
    }
}
