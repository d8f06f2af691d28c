//! The tree of a plan: stages, objects, and what changes in them, with what is folded left out.

use super::unified::{self, Mark, UnifiedLine};
use crate::chart::manifest::ObjectKey;
use crate::plan::model::{
    Action, Confidence, Consequence, FieldChange, ObjectChange, PathStep, Plan, PlannedStage, Whose,
};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// What can be folded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    /// A stage, by its name.
    Stage(String),
    /// An object.
    Object(ObjectKey),
}

/// How an object's change is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// Field by field.
    #[default]
    Fields,
    /// As two texts, line by line.
    Unified,
}

/// What a row says.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// A stage with the number of objects that change in it.
    Stage {
        /// Its name.
        name: String,
        /// Created, updated, recreated, deleted.
        counts: [usize; 4],
        /// Whether it is unfolded.
        open: bool,
    },
    /// An object.
    Object {
        /// What names it.
        key: ObjectKey,
        /// What happens to it.
        action: Action,
        /// What it causes, as half a line.
        effect: String,
        /// Whether that is grave.
        grave: bool,
        /// Whether it is unfolded.
        open: bool,
    },
    /// The field that the lines below it are about.
    Path(String),
    /// A value: how it was (`-`), will be (`+`), or stays (`~`).
    Value {
        /// `-`, `+`, `~` or `!` for drift.
        sign: char,
        /// The value, with its key.
        text: String,
        /// Whose the change is.
        whose: Whose,
    },
    /// A line of the unified view.
    Line(UnifiedLine),
    /// Something the cluster said about the object.
    Said(String),
}

impl Row {
    /// What can be folded here.
    #[must_use]
    pub fn node(&self) -> Option<Node> {
        match self {
            Self::Stage { name, .. } => Some(Node::Stage(name.clone())),
            Self::Object { key, .. } => Some(Node::Object(key.clone())),
            _ => None,
        }
    }

    /// The text that a search looks into.
    #[must_use]
    pub fn searched(&self) -> String {
        match self {
            Self::Stage { name, .. } => name.clone(),
            Self::Object { key, effect, .. } => format!("{key} {effect}"),
            Self::Path(text) | Self::Value { text, .. } | Self::Said(text) => text.clone(),
            Self::Line(line) => line.text.clone(),
        }
    }
}

/// The rows of a plan. `folded` holds the nodes that are the other way round than by default: stages are unfolded by
/// default, objects where `open_objects`.
#[must_use]
pub fn rows(plan: &Plan, folded: &BTreeSet<Node>, open_objects: bool, detail: Detail) -> Vec<Row> {
    let mut rows = Vec::new();
    for stage in &plan.stages {
        let changed: Vec<&ObjectChange> = stage.changes.iter().filter(|change| is_shown(change)).collect();
        if changed.is_empty() {
            continue;
        }
        let open = !folded.contains(&Node::Stage(stage.name.clone()));
        rows.push(Row::Stage {
            name: stage.name.clone(),
            counts: counts(stage),
            open,
        });
        if !open {
            continue;
        }
        for change in changed {
            object(&mut rows, change, folded, open_objects, detail);
        }
    }
    rows
}

/// Whether there is something to see of an object: a change, or somebody else's field in it.
fn is_shown(change: &ObjectChange) -> bool {
    change.action != Action::Unchanged
        || change
            .fields
            .iter()
            .any(|field| matches!(field.whose, Whose::Drift { .. }))
        || matches!(
            change.confidence,
            Confidence::Refused { .. } | Confidence::Conflicts(_)
        )
}

fn counts(stage: &PlannedStage) -> [usize; 4] {
    let mut counts = [0; 4];
    for change in &stage.changes {
        match change.action {
            Action::Create => counts[0] += 1,
            Action::Update => counts[1] += 1,
            Action::Recreate { .. } => counts[2] += 1,
            Action::Delete => counts[3] += 1,
            Action::Unchanged => {}
        }
    }
    counts
}

fn object(
    rows: &mut Vec<Row>,
    change: &ObjectChange,
    folded: &BTreeSet<Node>,
    open_objects: bool,
    detail: Detail,
) {
    let turned = folded.contains(&Node::Object(change.key.clone()));
    let open = open_objects != turned;
    let (effect, grave) = effect(change);
    rows.push(Row::Object {
        key: change.key.clone(),
        action: change.action.clone(),
        effect,
        grave,
        open,
    });
    said(rows, change);
    if !open {
        return;
    }
    let bare = change.fields.is_empty() || matches!(change.action, Action::Create | Action::Delete);
    if detail == Detail::Unified || bare {
        rows.extend(unified::unified(change).into_iter().map(Row::Line));
        return;
    }
    let mut above = None;
    let mut fields: Vec<&FieldChange> = change
        .fields
        .iter()
        .filter(|field| field.whose != Whose::ServerDefault)
        .collect();
    // Labels and annotations follow from the other changes; these come first.
    fields.sort_by_key(|field| is_metadata(&field.path));
    for field in fields {
        let (way, name) = split(&field.path);
        if above.as_ref() != Some(&way) && !way.is_empty() {
            rows.push(Row::Path(way.clone()));
        }
        above = Some(way);
        values(rows, field, &name);
    }
}

/// What the cluster said, which must be seen even where the object is folded.
fn said(rows: &mut Vec<Row>, change: &ObjectChange) {
    match &change.confidence {
        Confidence::Refused { message } => rows.push(Row::Said(format!("refused: {message}"))),
        Confidence::Conflicts(conflicts) => rows.extend(
            conflicts
                .iter()
                .map(|conflict| Row::Said(format!("{} is owned by {}", conflict.field, conflict.manager))),
        ),
        Confidence::Predicted | Confidence::Confirmed => {}
    }
    if let Action::Recreate { reason } = &change.action {
        rows.push(Row::Said(reason.clone()));
    }
}

/// What a change causes, as half a line, and whether it is grave.
fn effect(change: &ObjectChange) -> (String, bool) {
    let mut words = Vec::new();
    let mut grave = false;
    for consequence in &change.consequences {
        match consequence {
            Consequence::PodsRestart { pods: Some(1), .. } => words.push("1 pod restarts".to_owned()),
            Consequence::PodsRestart { pods: Some(pods), .. } => words.push(format!("{pods} pods restart")),
            Consequence::PodsRestart { pods: None, .. } => words.push("pods restart".to_owned()),
            Consequence::DataLost { what } => {
                grave = true;
                words.push(format!("{what} is lost"));
            }
            Consequence::Kept => words.push("stays in the cluster".to_owned()),
            Consequence::HandedOver { field, to } => words.push(format!("{field} goes to {to}")),
        }
    }
    if words.is_empty() {
        let word = match change.action {
            Action::Create => "new",
            Action::Delete => "goes away",
            Action::Recreate { .. } => "deleted and created anew",
            Action::Update | Action::Unchanged => "",
        };
        words.push(word.to_owned());
    }
    (
        words.join(", "),
        grave || matches!(change.action, Action::Recreate { .. }),
    )
}

/// The way to a field as people write it, and the last step of it.
fn split(path: &[PathStep]) -> (String, String) {
    let Some((last, way)) = path.split_last() else {
        return (String::new(), String::new());
    };
    let mut text = String::new();
    // A pod template's own way says little: what follows it says where.
    for step in way {
        write_step(&mut text, step);
    }
    let text = text
        .strip_prefix("spec.template.spec.")
        .map_or_else(|| text.clone(), ToOwned::to_owned);
    let mut name = String::new();
    write_step(&mut name, last);
    (text, name)
}

/// Whether a field lies in the metadata of the object, or of the pods that it makes.
fn is_metadata(path: &[PathStep]) -> bool {
    let key = |at: usize| match path.get(at) {
        Some(PathStep::Key(key)) => key.as_str(),
        _ => "",
    };
    key(0) == "metadata" || (key(0) == "spec" && key(1) == "template" && key(2) == "metadata")
}

/// A path as people write it: `spec.template.spec.containers[rest-api].image`.
#[must_use]
pub fn path_text(path: &[PathStep]) -> String {
    let mut text = String::new();
    for step in path {
        write_step(&mut text, step);
    }
    text
}

fn write_step(text: &mut String, step: &PathStep) {
    match step {
        PathStep::Key(key) => {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(key);
        }
        PathStep::Index(at) => text.extend(["[", &at.to_string(), "]"]),
        PathStep::Item(_, value) => text.extend(["[", value, "]"]),
    }
}

fn values(rows: &mut Vec<Row>, field: &FieldChange, name: &str) {
    let mut push = |sign: char, text: String| {
        rows.push(Row::Value {
            sign,
            text,
            whose: field.whose.clone(),
        });
    };
    let shown = |value: &Json| format!("{name}: {}", short(value));
    match &field.whose {
        Whose::Other { manager } => {
            let value = field.before.as_ref().or(field.after.as_ref());
            push(
                '~',
                format!("{}   kept for {manager}", value.map(shown).unwrap_or_default()),
            );
        }
        Whose::Drift { manager, at } => {
            let when = at
                .as_deref()
                .map(|at| format!(", {}", moment(at)))
                .unwrap_or_default();
            let value = field
                .before
                .as_ref()
                .map_or_else(|| format!("{name}: gone"), shown);
            push('!', format!("{value}   set by {manager}{when}"));
            if let Some(after) = &field.after {
                push('+', shown(after));
            }
        }
        Whose::Mine | Whose::ServerDefault => {
            if let Some(before) = &field.before {
                push('-', shown(before));
            }
            if let Some(after) = &field.after {
                push('+', shown(after));
            }
        }
    }
}

/// A moment to the minute, in UTC as the cluster notes it.
fn moment(at: &str) -> String {
    let minute = at.get(..16).unwrap_or(at);
    format!("{} UTC", minute.replace('T', " "))
}

/// A value on one line.
fn short(value: &Json) -> String {
    match value {
        Json::String(text) if text.contains('\n') => {
            let lines = text.lines().count();
            format!("({lines} lines of text)")
        }
        Json::String(text) => text.clone(),
        Json::Object(map) if map.is_empty() => "{}".into(),
        Json::Array(items) if items.is_empty() => "[]".into(),
        nested => nested.to_string(),
    }
}

/// Whether a line of the unified view is a change.
#[must_use]
pub const fn is_change(line: &UnifiedLine) -> bool {
    matches!(line.mark, Mark::Added | Mark::Removed)
}
