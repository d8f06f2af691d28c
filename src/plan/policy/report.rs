//! Collects what rules find, and leaves out what an annotation explains.

use super::rule::{PolicyErrors, Rule};
use super::scene::{Container, Workload};
use crate::chart::manifest::ManifestObject;
use crate::plan::model::{Finding, Severity};

/// The annotation, less the rule's name, that says why a rule does not hold for an object; kube-linter's own.
const EXCEPTION: &str = "ignore-check.kube-linter.io/";

/// What was found so far.
pub(super) struct Report<'a> {
    errors: &'a PolicyErrors,
    findings: Vec<Finding>,
}

impl<'a> Report<'a> {
    pub(super) fn new(errors: &'a PolicyErrors) -> Self {
        Self {
            errors,
            findings: Vec::new(),
        }
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// A finding about an object: the field with its way from the object's root, and what is wrong with it as the end of
    /// a sentence.
    pub(super) fn object(&mut self, rule: &'static Rule, object: &ManifestObject, field: &str, what: &str) {
        self.add(rule, object, format!("{} {what}", object.key), field.to_owned());
    }

    /// A finding about the pods of a workload: the field with its way from the pod's spec.
    pub(super) fn pod(&mut self, rule: &'static Rule, workload: &Workload<'_>, field: &str, what: &str) {
        let object = workload.object;
        let field = format!("{}.{field}", workload.at);
        self.add(rule, object, format!("{} {what}", object.key), field);
    }

    /// A finding about a container: the field with its way from the container.
    pub(super) fn container(
        &mut self,
        rule: &'static Rule,
        (workload, container): (&Workload<'_>, &Container<'_>),
        field: &str,
        what: &str,
    ) {
        let object = workload.object;
        let message = format!("{}: container {} {what}", object.key, container.name);
        let field = format!("{}.{}.{field}", workload.at, container.path());
        self.add(rule, object, message, field);
    }

    fn add(&mut self, rule: &'static Rule, object: &ManifestObject, message: String, field: String) {
        if is_explained(object, rule) {
            return;
        }
        self.findings.push(Finding {
            severity: if self.errors.has(rule) {
                Severity::Error
            } else {
                Severity::Warning
            },
            rule: rule.name,
            message,
            hint: rule.advice.to_owned(),
            object: Some(object.key.clone()),
            field: Some(field),
        });
    }
}

/// Whether an annotation of the object gives a reason for what the rule finds. One without a reason explains nothing.
fn is_explained(object: &ManifestObject, rule: &Rule) -> bool {
    let Some(annotations) = object.body["metadata"]["annotations"].as_object() else {
        return false;
    };
    annotations.iter().any(|(name, reason)| {
        name.strip_prefix(EXCEPTION) == Some(rule.name)
            && reason.as_str().is_some_and(|reason| !reason.trim().is_empty())
    })
}
