//! Label and field selectors: as a query writes them, and as objects (`matchLabels`, `matchExpressions`) hold them.

use super::failure::Failure;
use super::json;
use serde_json::Value as Json;

/// What a label has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

impl Requirement {
    fn matches(&self, labels: Option<&Json>) -> bool {
        let value = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Json::as_str);
        match self {
            Self::In(key, values) => value(key).is_some_and(|have| values.iter().any(|v| v == have)),
            Self::NotIn(key, values) => value(key).is_none_or(|have| values.iter().all(|v| v != have)),
            Self::Exists(key) => value(key).is_some(),
            Self::Absent(key) => value(key).is_none(),
        }
    }
}

/// Chooses objects by their labels; without requirements it chooses all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct LabelSelector(Vec<Requirement>);

impl LabelSelector {
    /// Reads `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        split_outside_parentheses(text)
            .into_iter()
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(requirement)
            .collect::<Option<Vec<_>>>()
            .map(Self)
            .ok_or_else(|| {
                Failure::bad_request(format!(
                    "unable to parse requirement: found {text:?}, expected a label selector"
                ))
            })
    }

    /// Reads the selector of an object: `matchLabels` with `matchExpressions`.
    pub(super) fn of_object(selector: &Json) -> Self {
        let mut requirements: Vec<Requirement> = json::strings(selector, "/matchLabels")
            .map(|(key, value)| Requirement::In(key.into(), vec![value.into()]))
            .collect();
        for expression in json::items(selector, "/matchExpressions") {
            let key = json::text(expression, "/key").to_owned();
            let values = json::items(expression, "/values")
                .iter()
                .filter_map(|value| Some(value.as_str()?.to_owned()))
                .collect();
            requirements.push(match json::text(expression, "/operator") {
                "In" => Requirement::In(key, values),
                "NotIn" => Requirement::NotIn(key, values),
                "DoesNotExist" => Requirement::Absent(key),
                _ => Requirement::Exists(key),
            });
        }
        Self(requirements)
    }

    /// Reads a plain map of labels, as a Service has it.
    pub(super) fn of_map(labels: &Json) -> Self {
        Self::of_object(&serde_json::json!({ "matchLabels": labels }))
    }

    /// Whether there is nothing to fulfil.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the object's labels fulfil all requirements.
    pub(super) fn matches(&self, object: &Json) -> bool {
        self.matches_labels(object.pointer("/metadata/labels"))
    }

    /// Whether these labels do.
    pub(super) fn matches_labels(&self, labels: Option<&Json>) -> bool {
        self.0.iter().all(|requirement| requirement.matches(labels))
    }
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_u32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn requirement(text: &str) -> Option<Requirement> {
    if let Some(key) = text.strip_prefix('!') {
        return Some(Requirement::Absent(key.trim().into()));
    }
    if let Some((head, values)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        return match head.split_whitespace().collect::<Vec<_>>()[..] {
            [key, "in"] => Some(Requirement::In(key.into(), values)),
            [key, "notin"] => Some(Requirement::NotIn(key.into(), values)),
            _ => None,
        };
    }
    let pair = |key: &str, value: &str| (key.trim().to_owned(), vec![value.trim().to_owned()]);
    if let Some((key, value)) = text.split_once("!=") {
        let (key, values) = pair(key, value);
        return Some(Requirement::NotIn(key, values));
    }
    if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        let (key, values) = pair(key, value);
        return Some(Requirement::In(key, values));
    }
    (!text.contains(char::is_whitespace)).then(|| Requirement::Exists(text.into()))
}

/// Chooses objects by fields: `metadata.name=x,status.phase!=Running`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FieldSelector(Vec<(String, bool, String)>);

impl FieldSelector {
    /// Reads the selector. The API server knows a few fields of each kind; here any field can be compared.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        text.split(',')
            .filter(|part| !part.is_empty())
            .map(|part| {
                let (field, equal, value) = if let Some((field, value)) = part.split_once("!=") {
                    (field, false, value)
                } else {
                    let (field, value) = part.split_once("==").or_else(|| part.split_once('='))?;
                    (field, true, value)
                };
                Some((
                    format!("/{}", field.trim().replace('.', "/")),
                    equal,
                    value.trim().to_owned(),
                ))
            })
            .collect::<Option<Vec<_>>>()
            .map(Self)
            .ok_or_else(|| Failure::bad_request(format!("invalid selector: {text:?}; can't understand it")))
    }

    /// Whether the object's fields are as asked; a field that is missing counts as empty.
    pub(super) fn matches(&self, object: &Json) -> bool {
        self.0.iter().all(|(pointer, equal, value)| {
            let have = match object.pointer(pointer) {
                Some(Json::String(text)) => text.clone(),
                Some(Json::Null) | None => String::new(),
                Some(other) => other.to_string(),
            };
            (have == *value) == *equal
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("", true)]
    #[case("owner=helm", true)]
    #[case("owner==helm,name!=x", true)]
    #[case("owner in (helm, argo),name", true)]
    #[case("owner notin (helm)", false)]
    #[case("!name", false)]
    #[case("!other", true)]
    #[case("other", false)]
    #[case("other!=x", true)]
    fn labels_are_chosen_as_kubectl_does(#[case] selector: &str, #[case] expected: bool) {
        let object = json!({"metadata": {"labels": {"owner": "helm", "name": "dm"}}});
        assert_eq!(LabelSelector::parse(selector).unwrap().matches(&object), expected);
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(LabelSelector::parse("a b c").is_err());
        assert!(FieldSelector::parse("metadata.name").is_err());
    }

    #[test]
    fn expressions_of_objects_are_read() {
        let selector = LabelSelector::of_object(&json!({
            "matchLabels": {"app": "x"},
            "matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["db"]}],
        }));
        assert!(selector.matches_labels(Some(&json!({"app": "x"}))));
        assert!(!selector.matches_labels(Some(&json!({"app": "x", "tier": "db"}))));
    }

    #[test]
    fn fields_are_compared() {
        let object = json!({"metadata": {"name": "x"}, "spec": {}});
        assert!(FieldSelector::parse("metadata.name=x").unwrap().matches(&object));
        assert!(FieldSelector::parse("spec.nodeName=").unwrap().matches(&object));
        assert!(!FieldSelector::parse("metadata.name!=x").unwrap().matches(&object));
    }
}
