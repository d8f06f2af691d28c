//! A change as text: the two objects as YAML, line by line.

use super::model::ObjectChange;
use crate::chart::goyaml;
use serde_json::Value as Json;
use similar::{ChangeTag, TextDiff};

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sign {
    /// On both sides.
    Same,
    /// Taken away.
    Removed,
    /// Added.
    Added,
    /// Stands for lines on both sides that are left out.
    Gap,
}

/// A line of a unified view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub sign: Sign,
    /// Its number before the change, from 1; `None` where it is not there.
    pub before: Option<usize>,
    /// Its number after the change, from 1.
    pub after: Option<usize>,
    /// The text without a line break; for a gap, how many lines are left out, in words.
    pub text: String,
}

/// The change as lines of YAML, with `context` lines around each difference. Secret values are masked in it already.
#[must_use]
pub fn unified(change: &ObjectChange, context: usize) -> Vec<Line> {
    let text = |side: Option<&Json>| {
        side.map(|object| goyaml::to_string(object) + "\n")
            .unwrap_or_default()
    };
    let (before, after) = (text(change.before.as_deref()), text(change.after.as_deref()));
    let diff = TextDiff::from_lines(&before, &after);
    let mut lines = Vec::new();
    let mut next = 0;
    for group in diff.grouped_ops(context) {
        for op in &group {
            gap(&mut lines, op.old_range().start, &mut next);
            next = op.old_range().end;
            lines.extend(diff.iter_changes(op).map(|change| Line {
                sign: match change.tag() {
                    ChangeTag::Equal => Sign::Same,
                    ChangeTag::Delete => Sign::Removed,
                    ChangeTag::Insert => Sign::Added,
                },
                before: change.old_index().map(|index| index + 1),
                after: change.new_index().map(|index| index + 1),
                text: change.value().trim_end_matches('\n').to_owned(),
            }));
        }
    }
    if !lines.is_empty() {
        gap(&mut lines, before.lines().count(), &mut next);
    }
    lines
}

/// Notes the lines from `next` to `start` as left out.
fn gap(lines: &mut Vec<Line>, start: usize, next: &mut usize) {
    if start > *next {
        lines.push(Line {
            sign: Sign::Gap,
            before: Some(*next + 1),
            after: None,
            text: match start - *next {
                1 => "1 unchanged line".to_owned(),
                count => format!("{count} unchanged lines"),
            },
        });
    }
    *next = start;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::manifest::ObjectKey;
    use crate::plan::model::{Action, Confidence, Seal};
    use serde_json::json;
    use std::sync::Arc;

    fn lines(before: Option<Json>, after: Option<Json>, context: usize) -> Vec<String> {
        let change = ObjectChange {
            key: ObjectKey {
                api_version: "v1".into(),
                kind: "ConfigMap".into(),
                namespace: None,
                name: "a".into(),
            },
            source: String::new(),
            action: Action::Update,
            fields: Vec::new(),
            consequences: Vec::new(),
            confidence: Confidence::Predicted,
            before: before.map(Arc::new),
            after: after.map(Arc::new),
            seal: Seal::default(),
        };
        let sign = |sign| match sign {
            Sign::Same => ' ',
            Sign::Removed => '-',
            Sign::Added => '+',
            Sign::Gap => '@',
        };
        unified(&change, context)
            .into_iter()
            .map(|line| format!("{}{}", sign(line.sign), line.text))
            .collect()
    }

    #[test]
    fn differences_have_context_and_the_rest_is_counted() {
        let object = |c: &str| json!({"a": 1, "b": 2, "c": c, "d": 4, "e": 5});
        let lines = lines(Some(object("x")), Some(object("y")), 1);
        assert_eq!(
            lines,
            [
                "@1 unchanged line",
                " b: 2",
                "-c: x",
                "+c: \"y\"",
                " d: 4",
                "@1 unchanged line"
            ]
        );
    }

    #[test]
    fn a_creation_is_all_added() {
        assert_eq!(lines(None, Some(json!({"a": 1})), 3), ["+a: 1"]);
    }

    #[test]
    fn what_is_the_same_has_no_lines() {
        assert_eq!(
            lines(Some(json!({"a": 1})), Some(json!({"a": 1})), 3),
            Vec::<String>::new()
        );
    }
}
