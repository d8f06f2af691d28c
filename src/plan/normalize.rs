//! What an object says, without what only the cluster writes.

use crate::apply::drop_absent;
use crate::apply::schema::Type;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};

/// Fields of the metadata that only the cluster writes.
const SERVER_METADATA: [&str; 7] = [
    "managedFields",
    "resourceVersion",
    "uid",
    "creationTimestamp",
    "generation",
    "selfLink",
    "deletionGracePeriodSeconds",
];

/// Annotations that controllers and clients write for themselves. The last one repeats whole objects, secrets and all.
const SERVER_ANNOTATIONS: [&str; 3] = [
    "deployment.kubernetes.io/revision",
    "deprecated.daemonset.template.generation",
    "kubectl.kubernetes.io/last-applied-configuration",
];

/// A copy of the object without what only the cluster writes and without what reads back as absent. The `stringData`
/// of a Secret becomes `data`, as it does in the cluster.
#[must_use]
pub fn normalize(ty: Type<'_>, object: &Json) -> Json {
    let Some(map) = object.as_object() else {
        return object.clone();
    };
    let mut kept: Map<String, Json> = map
        .iter()
        .filter(|(name, _)| *name != "status")
        .map(|(name, value)| match name.as_str() {
            "metadata" => (name.clone(), metadata(value)),
            _ => (name.clone(), value.clone()),
        })
        .collect();
    if kept.get("kind").and_then(Json::as_str) == Some("Secret") {
        fold_string_data(&mut kept);
    }
    let mut kept = Json::Object(kept);
    drop_absent(ty, &mut kept);
    kept
}

fn metadata(value: &Json) -> Json {
    let fields = value.as_object().into_iter().flatten();
    let kept = fields.filter(|(name, _)| !SERVER_METADATA.contains(&name.as_str()));
    Json::Object(
        kept.map(|(name, value)| {
            let mut value = value.clone();
            if let (Some(map), "annotations") = (value.as_object_mut(), name.as_str()) {
                map.retain(|name, _| !SERVER_ANNOTATIONS.contains(&name.as_str()));
            }
            (name.clone(), value)
        })
        .collect(),
    )
}

fn fold_string_data(secret: &mut Map<String, Json>) {
    let Some(Json::Object(strings)) = secret.remove("stringData") else {
        return;
    };
    let data = secret.entry("data").or_insert_with(|| Json::Object(Map::new()));
    if data.is_null() {
        *data = Json::Object(Map::new());
    }
    if let Some(data) = data.as_object_mut() {
        for (name, value) in strings {
            if let Some(text) = value.as_str() {
                data.insert(name, STANDARD.encode(text).into());
            }
        }
    }
}

/// Whether two values at a place that holds quantities (`resources.limits.cpu`) are the same amount: `1000m` is `1`.
#[must_use]
pub fn same_quantity(a: &Json, b: &Json) -> bool {
    match (quantity(a), quantity(b)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

/// Whether the place with these last two steps holds quantities in Kubernetes' own kinds.
#[must_use]
pub fn holds_quantity(parent: &str, name: &str) -> bool {
    const PARENTS: [&str; 13] = [
        "limits",
        "requests",
        "hard",
        "capacity",
        "allocatable",
        "overhead",
        "default",
        "defaultRequest",
        "max",
        "min",
        "maxLimitRequestRatio",
        "used",
        "allocatedResources",
    ];
    const NAMES: [&str; 4] = ["sizeLimit", "averageValue", "divisor", "storage"];
    PARENTS.contains(&parent) || NAMES.contains(&name)
}

/// A quantity in nano units; `None` for what is no quantity. Kubernetes keeps no smaller fraction.
fn quantity(value: &Json) -> Option<i128> {
    const NANO: i128 = 1_000_000_000;
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => return None,
    };
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text.as_str()),
    };
    let end = digits
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(digits.len());
    let (number, suffix) = digits.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (multiplier, divisor) = scale(suffix)?;
    let places = u32::try_from(fraction.len())
        .ok()
        .filter(|places| *places <= 18)?;
    let mantissa: i128 = format!("{whole}{fraction}").parse().ok()?;
    let scaled = mantissa.checked_mul(multiplier)?.checked_mul(NANO)?;
    let nano = scaled / divisor.checked_mul(10_i128.checked_pow(places)?)?;
    Some(if negative { -nano } else { nano })
}

/// What a suffix multiplies and divides by.
fn scale(suffix: &str) -> Option<(i128, i128)> {
    Some(match suffix {
        "" => (1, 1),
        "n" => (1, 1_000_000_000),
        "u" => (1, 1_000_000),
        "m" => (1, 1_000),
        "k" => (1_000, 1),
        "M" => (1_000_000, 1),
        "G" => (1_000_000_000, 1),
        "T" => (1_000_000_000_000, 1),
        "P" => (1_000_000_000_000_000, 1),
        "E" => (1_000_000_000_000_000_000, 1),
        "Ki" => (1 << 10, 1),
        "Mi" => (1 << 20, 1),
        "Gi" => (1 << 30, 1),
        "Ti" => (1 << 40, 1),
        "Pi" => (1 << 50, 1),
        "Ei" => (1 << 60, 1),
        _ => {
            let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
            if exponent < 0 { (1, power) } else { (power, 1) }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::Schema;
    use serde_json::json;

    fn normalized(object: &Json) -> Json {
        let schema = Schema::builtin();
        normalize(schema.of(object), object)
    }

    #[test]
    fn what_only_the_cluster_writes_goes() {
        let object = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "a", "uid": "1", "resourceVersion": "2", "generation": 3, "managedFields": [],
                "creationTimestamp": "2026-01-01T00:00:00Z",
                "annotations": {"deployment.kubernetes.io/revision": "4"}},
            "spec": {"replicas": 1, "strategy": {}}, "status": {"replicas": 1},
        });
        let expected = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"replicas": 1},
        });
        assert_eq!(normalized(&object), expected);
    }

    #[test]
    fn empty_is_absent_only_where_the_server_reads_it_so() {
        let object = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {}},
            "spec": {"volumes": [{"name": "tmp", "emptyDir": {}}], "tolerations": [], "securityContext": {},
                "containers": [{"name": "a", "resources": {"limits": {}}, "env": null}]},
        });
        let expected = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
            "spec": {"volumes": [{"name": "tmp", "emptyDir": {}}], "securityContext": {},
                "containers": [{"name": "a"}]},
        });
        assert_eq!(normalized(&object), expected);
    }

    #[test]
    fn string_data_is_data() {
        let object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"},
            "data": {"a": "eA=="}, "stringData": {"b": "y"}});
        assert_eq!(normalized(&object)["data"], json!({"a": "eA==", "b": "eQ=="}));
    }

    #[test]
    fn quantities_are_compared_by_value() {
        for (a, b) in [
            ("1000m", "1"),
            ("1Gi", "1024Mi"),
            ("1.5", "1500m"),
            ("1e3", "1k"),
            ("0.5Gi", "512Mi"),
        ] {
            assert!(same_quantity(&json!(a), &json!(b)), "{a} {b}");
        }
        assert!(same_quantity(&json!(2), &json!("2000m")));
        for (a, b) in [("1", "1m"), ("1G", "1Gi"), ("a", "a"), ("", ""), ("1x", "1x")] {
            assert!(!same_quantity(&json!(a), &json!(b)), "{a} {b}");
        }
    }
}
