//! A plan as text and as JSON.

use crate::plan::model::{
    Action, Confidence, Consequence, Counts, FieldChange, Finding, ObjectChange, PathStep, PlannedStage,
    Severity, Whose,
};
use crate::plan::{Sign, unified};
use crate::runtime::prepare::Prepared;
use crate::secrets::Provision;
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// The plan for a person; with the fields where `fields`. Writing to a string cannot fail.
pub(super) fn text(prepared: &Prepared, fields: bool) -> String {
    let mut out = String::new();
    let owner = &prepared.session.owner;
    let _ = writeln!(
        out,
        "release {} in {} on {} ({})",
        owner.release,
        owner.namespace,
        prepared.session.context,
        prepared.survey.deployed().map_or_else(
            || "not installed".to_owned(),
            |r| format!("revision {}", r.revision())
        )
    );
    for made in &prepared.plan.preparations {
        let what = if made.keys.is_empty() {
            "created".to_owned()
        } else {
            format!("generated once: {}", made.keys.join(", "))
        };
        let _ = writeln!(out, "  + {}  {what}; kept outside the release", made.object);
    }
    for stage in &prepared.plan.stages {
        push_stage(&mut out, stage, fields);
    }
    for finding in &prepared.plan.findings {
        let _ = writeln!(out, "{}", finding_words(finding));
    }
    out.push_str(&summary(prepared.plan.counts()));
    out
}

fn push_stage(out: &mut String, stage: &PlannedStage, fields: bool) {
    let changed: Vec<&ObjectChange> = stage
        .changes
        .iter()
        .filter(|c| c.action != Action::Unchanged)
        .collect();
    let unchanged = stage.changes.len() - changed.len();
    let tail = if unchanged > 0 {
        format!("  ({unchanged} unchanged)")
    } else {
        String::new()
    };
    let _ = writeln!(out, "\nstage {}{tail}", stage.name);
    for hook in &stage.hooks {
        let _ = writeln!(out, "  > {hook}  hook, runs when anything changes");
    }
    for change in changed {
        let _ = writeln!(
            out,
            "  {} {}  {}",
            mark(&change.action),
            change.key,
            words(change).join("; ")
        );
        if fields {
            for line in unified(change, CONTEXT) {
                let sign = match line.sign {
                    Sign::Added => '+',
                    Sign::Removed => '-',
                    Sign::Same => ' ',
                    Sign::Gap => '·',
                };
                let _ = writeln!(out, "      {sign} {}", line.text);
            }
        }
        for field in change
            .fields
            .iter()
            .filter(|field| matches!(field.whose, Whose::Drift { .. }))
        {
            let _ = writeln!(
                out,
                "      ! {}  {}",
                path(&field.path),
                whose_words(&field.whose)
            );
        }
    }
}

const fn mark(action: &Action) -> char {
    match action {
        Action::Create => '+',
        Action::Update => '~',
        Action::Recreate { .. } => '!',
        Action::Delete => '-',
        Action::Unchanged => ' ',
    }
}

const fn action_name(action: &Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Recreate { .. } => "recreate",
        Action::Delete => "delete",
        Action::Unchanged => "unchanged",
    }
}

/// What happens to the object and what that causes.
fn words(change: &ObjectChange) -> Vec<String> {
    let mut words = vec![action_name(&change.action).to_owned()];
    if let Action::Recreate { reason } = &change.action {
        words.push(reason.clone());
    }
    words.extend(change.consequences.iter().map(consequence_words));
    match &change.confidence {
        Confidence::Refused { message } => words.push(format!("the cluster refuses it: {message}")),
        Confidence::Conflicts(conflicts) => {
            words.extend(
                conflicts
                    .iter()
                    .map(|c| format!("conflict: {} is {}'s", c.field, c.manager)),
            );
        }
        Confidence::Predicted | Confidence::Confirmed => {}
    }
    words
}

fn consequence_words(consequence: &Consequence) -> String {
    match consequence {
        Consequence::PodsRestart {
            pods: Some(pods),
            because,
        } => format!("{pods} pods restart ({because})"),
        Consequence::PodsRestart { pods: None, because } => format!("its pods restart ({because})"),
        Consequence::DataLost { what } => format!("data is lost: {what}"),
        Consequence::Kept => "stays in the cluster".to_owned(),
        Consequence::HandedOver { field, to } => format!("{field} is handed over to {to}"),
    }
}

fn whose_words(whose: &Whose) -> String {
    match whose {
        Whose::Mine => "mine".to_owned(),
        Whose::Drift {
            manager,
            at: Some(at),
        } => format!("drift: set by {manager} at {at}"),
        Whose::Drift { manager, at: None } => format!("drift: set by {manager}"),
        Whose::ServerDefault => "server default".to_owned(),
        Whose::Other { manager } => format!("kept for {manager}"),
    }
}

/// A path as a person writes it: `spec.containers[name=rest-api].image`.
fn path(steps: &[PathStep]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            PathStep::Key(key) if text.is_empty() => text.push_str(key),
            PathStep::Key(key) => {
                text.push('.');
                text.push_str(key);
            }
            PathStep::Index(index) => {
                let _ = write!(text, "[{index}]");
            }
            PathStep::Item(key, value) => {
                let _ = write!(text, "[{key}={value}]");
            }
        }
    }
    text
}

/// A finding as one line, with what to do about it.
pub(super) fn finding_words(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    format!("{severity}: {}", finding_body(finding))
}

/// The same where how grave it is has been said already.
pub(super) fn finding_body(finding: &Finding) -> String {
    let hint = if finding.hint.is_empty() {
        String::new()
    } else {
        format!(" {}", finding.hint)
    };
    let field = finding
        .field
        .as_ref()
        .map(|field| format!(" ({field})"))
        .unwrap_or_default();
    format!("{}{field} [{}]{hint}", finding.message, finding.rule)
}

fn summary(counts: Counts) -> String {
    let parts = [
        (counts.create, "to create"),
        (counts.update, "to update"),
        (counts.recreate, "to recreate"),
        (counts.delete, "to delete"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{n} {what}"))
        .collect();
    let drift = if counts.drift > 0 {
        format!(", {} fields drifted", counts.drift)
    } else {
        String::new()
    };
    if said.is_empty() {
        format!(
            "\nno change, {} objects are as they should be\n",
            counts.unchanged
        )
    } else {
        format!("\n{}, {} unchanged{drift}\n", said.join(", "), counts.unchanged)
    }
}

/// The plan for a program. Secret values are masked in it as everywhere.
pub(super) fn json(prepared: &Prepared) -> Json {
    let counts = prepared.plan.counts();
    let owner = &prepared.session.owner;
    json!({
        "release": owner.release,
        "namespace": owner.namespace,
        "context": prepared.session.context,
        "revision": prepared.survey.last_revision(),
        "counts": {
            "create": counts.create, "update": counts.update, "recreate": counts.recreate,
            "delete": counts.delete, "unchanged": counts.unchanged, "drift": counts.drift,
        },
        "preparations": prepared.plan.preparations.iter().map(|made| json!({
            "object": made.object.to_string(), "keys": made.keys,
        })).collect::<Vec<_>>(),
        "secrets": prepared.secrets.iter().map(|(secret, provision)| json!({
            "name": secret.name, "provision": provision_name(provision),
        })).collect::<Vec<_>>(),
        "stages": prepared.plan.stages.iter().map(stage_json).collect::<Vec<_>>(),
        "findings": prepared.plan.findings.iter().map(finding_json).collect::<Vec<_>>(),
    })
}

const fn provision_name(provision: &Provision) -> &'static str {
    match provision {
        Provision::Present => "present",
        Provision::Generate { .. } => "generate",
        Provision::Missing { .. } => "missing",
    }
}

fn stage_json(stage: &PlannedStage) -> Json {
    json!({
        "name": stage.name,
        "changes": stage.changes.iter().map(change_json).collect::<Vec<_>>(),
        "hooks": stage.hooks.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn change_json(change: &ObjectChange) -> Json {
    json!({
        "apiVersion": change.key.api_version,
        "kind": change.key.kind,
        "namespace": change.key.namespace,
        "name": change.key.name,
        "action": action_name(&change.action),
        "confidence": match &change.confidence {
            Confidence::Predicted => "predicted",
            Confidence::Confirmed => "confirmed",
            Confidence::Refused { .. } => "refused",
            Confidence::Conflicts(_) => "conflicts",
        },
        "words": words(change),
        "fields": change.fields.iter().map(field_json).collect::<Vec<_>>(),
    })
}

fn field_json(field: &FieldChange) -> Json {
    json!({
        "path": path(&field.path),
        "before": field.before,
        "after": field.after,
        "whose": whose_words(&field.whose),
    })
}

fn finding_json(finding: &Finding) -> Json {
    json!({
        "severity": match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        },
        "rule": finding.rule,
        "message": finding.message,
        "hint": finding.hint,
        "object": finding.object.as_ref().map(ToString::to_string),
        "field": finding.field,
    })
}
