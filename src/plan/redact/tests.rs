#![allow(clippy::unwrap_used)]

use super::*;
use serde_json::json;

const PASSWORD: &str = "p@ss/w0rd";

fn secret(password: &str) -> Json {
    json!({"kind": "Secret", "stringData": {"password": password, "username": "postgres"}})
}

fn redactor() -> Redactor {
    Redactor::new(SecretValues::collect([&secret(PASSWORD)], []))
}

fn masked(object: &Json) -> Json {
    redactor().object(object, None, MASK_AFTER).object
}

#[test]
fn all_values_of_a_secret_are_masked_and_marked_when_they_differ() {
    let (before, after) = (secret("one-password"), secret("two-passwords"));
    let (was, is) = (
        redactor().object(&before, Some(&after), MASK_BEFORE),
        redactor().object(&after, Some(&before), MASK_AFTER),
    );
    assert_eq!(
        was.object["stringData"],
        json!({"password": MASK_BEFORE, "username": MASK})
    );
    assert_eq!(
        is.object["stringData"],
        json!({"password": MASK_AFTER, "username": MASK})
    );
    assert_ne!(was.hidden, is.hidden);
}

#[test]
fn masks_tell_no_length() {
    assert_eq!(masked(&secret("a")), masked(&secret(&"a".repeat(99))));
}

#[test]
fn literal_variables_with_telling_names_are_masked() {
    let object = json!({"kind": "Pod", "spec": {"containers": [{"name": "a", "env": [
        {"name": "API_KEY", "value": "literal"},
        {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "s", "key": "password"}}},
        {"name": "LOG_LEVEL", "value": "debug"},
        {"name": "JWT_SECRET", "value": "$(OTHER)"},
    ]}]}});
    let env = masked(&object)["spec"]["containers"][0]["env"].clone();
    assert_eq!(env[0]["value"], MASK);
    assert_eq!(env[1]["valueFrom"]["secretKeyRef"]["key"], "password");
    assert_eq!(env[2]["value"], "debug");
    assert_eq!(env[3]["value"], "$(OTHER)");
}

#[test]
fn a_known_value_is_found_in_every_shape() {
    let object = json!({"kind": "ConfigMap", "data": {
        "raw": format!("password={PASSWORD};"),
        "base64": "cEBzcy93MHJk",
        "url": "postgres://postgres:p%40ss%2Fw0rd@db:5432/mesh",
        "other": "nothing here",
    }});
    let expected = json!({
        "raw": "password=***;", "base64": "***", "url": "postgres://postgres:***@db:5432/mesh",
        "other": "nothing here",
    });
    assert_eq!(masked(&object)["data"], expected);
}

#[test]
fn the_password_of_an_address_is_masked_though_nobody_knows_it() {
    let object = json!({"kind": "ConfigMap", "data": {"cache": "redis://:hunter22@redis:6379", "web": "https://a.b/c"}});
    let data = masked(&object)["data"].clone();
    assert_eq!(
        data,
        json!({"cache": "redis://:***@redis:6379", "web": "https://a.b/c"})
    );
}

#[test]
fn a_value_that_differs_in_the_masked_part_only_is_marked() {
    let object =
        |password: &str| json!({"kind": "ConfigMap", "data": {"url": format!("redis://:{password}@redis")}});
    let (one, two) = (object("hunter11"), object("hunter22"));
    let masked = redactor().object(&one, Some(&two), MASK_BEFORE).object;
    assert_eq!(masked["data"]["url"], "redis://:***@redis (before)");
}

#[test]
fn the_servers_words_are_masked_too() {
    assert_eq!(
        redactor().text(&format!("invalid value {PASSWORD:?}")),
        "invalid value \"***\""
    );
}

#[test]
fn debugging_shows_no_value() {
    assert!(!format!("{:?}", redactor()).contains("w0rd"));
}
