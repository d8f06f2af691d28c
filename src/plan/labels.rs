//! Label selectors of objects: `matchLabels` with `matchExpressions`, or a plain map of labels.

use serde_json::Value as Json;

/// Whether labels fulfil a `LabelSelector`. An empty one is fulfilled by all, as the API has it; whether one that is
/// absent means all or none is the caller's to know.
pub(super) fn selects(selector: &Json, labels: &Json) -> bool {
    let plain = selector
        .get("matchLabels")
        .is_none_or(|wanted| carries(wanted, labels));
    let expressions = selector["matchExpressions"].as_array().into_iter().flatten();
    plain && expressions.into_iter().all(|it| fulfils(it, labels))
}

/// Whether labels have all of a plain map, as a Service's selector is.
pub(super) fn carries(wanted: &Json, labels: &Json) -> bool {
    let mut wanted = wanted.as_object().into_iter().flatten();
    wanted.all(|(name, value)| labels.get(name) == Some(value))
}

fn fulfils(expression: &Json, labels: &Json) -> bool {
    let value = expression["key"].as_str().and_then(|key| labels.get(key));
    let listed = || {
        let values = expression["values"].as_array();
        value.is_some_and(|value| values.is_some_and(|values| values.contains(value)))
    };
    match expression["operator"].as_str() {
        Some("In") => listed(),
        Some("NotIn") => !listed(),
        Some("Exists") => value.is_some(),
        Some("DoesNotExist") => value.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!({}), true)]
    #[case(json!({"matchLabels": {"app": "api"}}), true)]
    #[case(json!({"matchLabels": {"app": "api", "tier": "back"}}), false)]
    #[case(json!({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "api"]}]}), true)]
    #[case(json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["api"]}]}), false)]
    #[case(json!({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["back"]}]}), true)]
    #[case(json!({"matchExpressions": [{"key": "app", "operator": "Exists"}]}), true)]
    #[case(json!({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}), false)]
    #[case(json!({"matchLabels": {"app": "api"}, "matchExpressions": [{"key": "tier", "operator": "Exists"}]}), false)]
    fn selectors_choose_as_the_api_has_it(#[case] selector: Json, #[case] expected: bool) {
        assert_eq!(selects(&selector, &json!({"app": "api"})), expected);
    }

    #[test]
    fn a_plain_map_must_be_carried_whole() {
        assert!(carries(&json!({"a": "1"}), &json!({"a": "1", "b": "2"})));
        assert!(!carries(&json!({"a": "1"}), &json!({"b": "2"})));
    }
}
