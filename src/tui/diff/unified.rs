//! Two objects line by line, each changed line with whose it is.

use super::yaml::{self, YamlLine};
use crate::plan::model::{FieldChange, ObjectChange, PathStep, Whose};
use serde_json::Value as Json;
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// How many unchanged lines stay around a change.
const CONTEXT: usize = 2;

/// What a line of the unified view is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The same before and after.
    Same,
    /// Goes away.
    Removed,
    /// Comes in.
    Added,
    /// Stands for so many unchanged lines.
    Skipped(usize),
}

/// A line of the unified view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnifiedLine {
    /// What it is.
    pub mark: Mark,
    /// The line.
    pub text: String,
    /// Whose the change is, where the plan says so.
    pub whose: Option<Whose>,
}

/// The unified view of an object. Secret values are masked in the plan already.
#[must_use]
pub fn unified(change: &ObjectChange) -> Vec<UnifiedLine> {
    let before = change
        .before
        .as_ref()
        .map(|body| yaml::lines(body))
        .unwrap_or_default();
    let after = change
        .after
        .as_ref()
        .map(|body| yaml::lines(body))
        .unwrap_or_default();
    let texts = |lines: &[YamlLine]| lines.iter().map(|line| line.text.clone()).collect::<Vec<_>>();
    let operations = capture_diff_slices(Algorithm::Patience, &texts(&before), &texts(&after));
    let mut lines = Vec::new();
    let last = operations.len().saturating_sub(1);
    for (at, operation) in operations.iter().enumerate() {
        match operation {
            DiffOp::Equal { new_index, len, .. } => {
                same(
                    &mut lines,
                    &after[*new_index..new_index + len],
                    at == 0,
                    at == last,
                );
            }
            DiffOp::Delete {
                old_index, old_len, ..
            } => {
                removed(&mut lines, change, &before[*old_index..old_index + old_len]);
            }
            DiffOp::Insert {
                new_index, new_len, ..
            } => {
                added(&mut lines, change, &after[*new_index..new_index + new_len]);
            }
            DiffOp::Replace {
                old_index,
                old_len,
                new_index,
                new_len,
            } => {
                removed(&mut lines, change, &before[*old_index..old_index + old_len]);
                added(&mut lines, change, &after[*new_index..new_index + new_len]);
            }
        }
    }
    lines
}

fn same(lines: &mut Vec<UnifiedLine>, equal: &[YamlLine], first: bool, last: bool) {
    let head = if first { 0 } else { CONTEXT.min(equal.len()) };
    let tail = if last { 0 } else { CONTEXT.min(equal.len() - head) };
    let skipped = equal.len() - head - tail;
    let plain = |line: &YamlLine| UnifiedLine {
        mark: Mark::Same,
        text: line.text.clone(),
        whose: None,
    };
    lines.extend(equal[..head].iter().map(plain));
    match skipped {
        0 => {}
        // One line is shorter than the words about it.
        1 => lines.push(plain(&equal[head])),
        more => lines.push(UnifiedLine {
            mark: Mark::Skipped(more),
            text: format!("{more} unchanged lines"),
            whose: None,
        }),
    }
    lines.extend(equal[equal.len() - tail..].iter().map(plain));
}

fn removed(lines: &mut Vec<UnifiedLine>, change: &ObjectChange, gone: &[YamlLine]) {
    lines.extend(gone.iter().map(|line| UnifiedLine {
        mark: Mark::Removed,
        text: line.text.clone(),
        whose: whose(change, change.before.as_deref(), line),
    }));
}

fn added(lines: &mut Vec<UnifiedLine>, change: &ObjectChange, new: &[YamlLine]) {
    lines.extend(new.iter().map(|line| UnifiedLine {
        mark: Mark::Added,
        text: line.text.clone(),
        whose: whose(change, change.after.as_deref(), line),
    }));
}

/// Whose a line is: that of the field it belongs to, or of a field within it.
fn whose(change: &ObjectChange, document: Option<&Json>, line: &YamlLine) -> Option<Whose> {
    let document = document?;
    change
        .fields
        .iter()
        .find(|field| belongs(field, document, &line.path))
        .map(|field| field.whose.clone())
}

/// Whether a field lies on the way to a line, or the line on the way to the field.
fn belongs(field: &FieldChange, document: &Json, line: &[PathStep]) -> bool {
    let mut at = document;
    for (step, on_line) in field.path.iter().zip(line) {
        let Some(below) = descend(at, on_line) else {
            return false;
        };
        let alike = match (step, on_line) {
            (PathStep::Item(key, value), PathStep::Index(_)) => {
                below.get(key).is_some_and(|found| match found {
                    Json::String(text) => text == value,
                    other => &other.to_string() == value,
                })
            }
            (step, on_line) => step == on_line,
        };
        if !alike {
            return false;
        }
        at = below;
    }
    true
}

fn descend<'a>(at: &'a Json, step: &PathStep) -> Option<&'a Json> {
    match step {
        PathStep::Key(key) => at.get(key),
        PathStep::Index(index) => at.get(index),
        PathStep::Item(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::fixture;

    fn shown(change: &ObjectChange) -> String {
        unified(change).iter().fold(String::new(), |text, line| {
            let mark = match line.mark {
                Mark::Same => ' ',
                Mark::Removed => '-',
                Mark::Added => '+',
                Mark::Skipped(_) => '·',
            };
            let whose = line
                .whose
                .as_ref()
                .map(|whose| format!("  <{whose:?}>"))
                .unwrap_or_default();
            format!("{text}{mark} {}{whose}\n", line.text)
        })
    }

    #[test]
    fn a_changed_line_says_whose_it_is_and_what_is_alike_is_skipped() {
        let plan = fixture::plan();
        insta::assert_snapshot!(shown(&plan.stages[0].changes[0]), @r"
        · 7 unchanged lines
              spec:
                containers:
        -       - image: ghcr.io/mesh/rest-api:1.4.1  <Mine>
        +       - image: ghcr.io/mesh/rest-api:1.4.2  <Mine>
                  name: rest-api
        ");
    }

    #[test]
    fn a_creation_is_all_new() {
        let plan = fixture::plan();
        insta::assert_snapshot!(shown(&plan.stages[2].changes[0]), @r"
        + kind: Service
        + metadata:
        +   name: worker
        + spec:
        +   type: ClusterIP
        ");
    }
}
