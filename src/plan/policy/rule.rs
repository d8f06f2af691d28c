//! A rule's name, what it finds and what to do, and the choice of rules whose findings are errors.

use super::RULES;
use crate::suggest;
use std::collections::BTreeSet;
use thiserror::Error;

/// A level of the Pod Security Standards. A rule of [`Level::Baseline`] is part of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Prevents known ways to gain privileges.
    Baseline,
    /// Hardened as far as is good practice.
    Restricted,
}

/// A rule: what it is called, what it finds and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, kube-linter's where that has the rule.
    pub name: &'static str,
    /// The Pod Security Standard that it is part of.
    pub level: Option<Level>,
    /// What it finds, as the end of a sentence that begins with the object: `runs a privileged container`.
    pub finds: &'static str,
    /// What to do about a finding.
    pub advice: &'static str,
}

/// A name that stands for all rules of a Pod Security Standard, each with its rules.
const GROUPS: [(&str, &[Level]); 2] = [
    ("pod-security-baseline", &[Level::Baseline]),
    ("pod-security-restricted", &[Level::Baseline, Level::Restricted]),
];

/// The rules whose findings keep a rollout from starting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyErrors(BTreeSet<&'static str>);

/// A name that is no rule's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no policy check `{name}`")]
pub struct UnknownRule {
    /// The name.
    pub name: String,
    /// The one that was probably meant.
    pub suggestion: Option<&'static str>,
}

impl PolicyErrors {
    /// The rules of these names, each that of a rule or of a Pod Security Standard: `pod-security-baseline`,
    /// `pod-security-restricted`.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownRule> {
        let mut rules = BTreeSet::new();
        for name in names {
            let meant: Vec<&str> = named(name).map(|rule| rule.name).collect();
            if meant.is_empty() {
                return Err(UnknownRule {
                    name: name.to_owned(),
                    suggestion: suggest::closest(name, names_of_all()),
                });
            }
            rules.extend(meant);
        }
        Ok(Self(rules))
    }

    /// Whether a finding of this rule is an error.
    #[must_use]
    pub fn has(&self, rule: &Rule) -> bool {
        self.0.contains(rule.name)
    }
}

fn named(name: &str) -> impl Iterator<Item = &'static Rule> {
    let levels = GROUPS.iter().find(|(group, _)| *group == name);
    RULES.iter().copied().filter(move |rule| match levels {
        Some((_, levels)) => rule.level.is_some_and(|level| levels.contains(&level)),
        None => rule.name == name,
    })
}

fn names_of_all() -> impl Iterator<Item = &'static str> {
    RULES
        .iter()
        .map(|rule| rule.name)
        .chain(GROUPS.iter().map(|(group, _)| *group))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::policy::security::{PRIVILEGED_CONTAINER, RUN_AS_NON_ROOT};

    #[test]
    fn a_standard_stands_for_its_rules_and_restricted_for_those_of_baseline_too() {
        let baseline = PolicyErrors::of(["pod-security-baseline"]).unwrap();
        assert!(baseline.has(&PRIVILEGED_CONTAINER) && !baseline.has(&RUN_AS_NON_ROOT));
        let restricted = PolicyErrors::of(["pod-security-restricted", "pod-security-baseline"]).unwrap();
        assert!(restricted.has(&PRIVILEGED_CONTAINER) && restricted.has(&RUN_AS_NON_ROOT));
        assert_eq!(PolicyErrors::of([]).unwrap(), PolicyErrors::default());
    }

    #[test]
    fn an_unknown_name_brings_the_nearest_one() {
        let unknown = PolicyErrors::of(["latest-tag", "no-livenes-probe"]).unwrap_err();
        assert_eq!(unknown.to_string(), "there is no policy check `no-livenes-probe`");
        assert_eq!(unknown.suggestion, Some("no-liveness-probe"));
    }
}
