//! `values.schema.json`: what does not meet a schema is refused here in the words of the real Helm 3.
//!
//! Go walks maps in any order, so the lines of a message are compared as a set.

use crate::support::harness::Ctx;
use crate::support::helm::{Helm, KUBE_VERSION};
use crate::support::trial::{Outcome, with_part};
use libtest_mimic::Trial;
use mesh_tui::chart::render::{Capabilities, Frozen, NoCluster, ReleaseOptions, Renderer};
use mesh_tui::source;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// A schema for the value `v`, and values of `v`.
#[allow(clippy::too_many_lines, reason = "a table")]
fn cases() -> Vec<(&'static str, Value, Vec<Value>)> {
    vec![
        (
            "types",
            json!({"type": ["integer", "null", "boolean"]}),
            vec![
                json!("x"),
                json!(1.5),
                json!([1]),
                json!({"a": 1}),
                json!(2.0),
                json!(true),
            ],
        ),
        (
            "numbers",
            json!({"minimum": -1.5, "exclusiveMaximum": 1_000_000}),
            vec![json!(-2), json!(1e6), json!(1_234_567.5), json!(0)],
        ),
        (
            "multiples",
            json!({"multipleOf": 0.25}),
            vec![json!(0.3), json!(1e-7), json!(12_345.75)],
        ),
        (
            "enums",
            json!({"enum": ["a'b", "c\"d", 1, 1.5, null, true]}),
            vec![json!("x"), json!(false), json!(1.5)],
        ),
        ("one_value", json!({"enum": ["only"]}), vec![json!("x")]),
        (
            "an_enum_of_objects",
            json!({"enum": [{"a": 1}, "b"]}),
            vec![json!("x"), json!({"a": 1})],
        ),
        ("constants", json!({"const": "x"}), vec![json!("y"), json!(1)]),
        ("constant_objects", json!({"const": {"a": [1]}}), vec![json!("y")]),
        (
            "strings",
            json!({"minLength": 3, "maxLength": 4, "pattern": "^[a-z]+'?$"}),
            vec![json!("ab"), json!("abcde"), json!("AB'"), json!("ä\n"), json!(1)],
        ),
        (
            "objects",
            json!({"required": ["a", "b"], "minProperties": 2, "maxProperties": 2, "additionalProperties": false,
                "properties": {"a": {}, "b": {"type": "string"}}, "patternProperties": {"^x-": {"type": "integer"}}}),
            vec![
                json!({}),
                json!({"a": 1}),
                json!({"a": 1, "b": 2, "c/d~e": 3}),
                json!({"a": 1, "x-1": "y"}),
            ],
        ),
        (
            "arrays",
            json!({"minItems": 1, "maxItems": 3, "uniqueItems": true, "items": {"type": "integer"}}),
            vec![
                json!([]),
                json!([1, 1]),
                json!([1, "a", 2, "b"]),
                json!([{"a": 1}, {"a": 1.0}]),
            ],
        ),
        (
            "tuples",
            json!({"prefixItems": [{"type": "string"}], "items": false}),
            vec![json!([1]), json!(["a", 2, 3])],
        ),
        (
            "contents",
            json!({"contains": {"type": "string"}, "minContains": 2, "maxContains": 3}),
            vec![
                json!([1]),
                json!(["a", 1]),
                json!(["a", "b", "c", "d"]),
                json!(["a", "b"]),
            ],
        ),
        (
            "combinations",
            json!({"anyOf": [{"type": "string"}, {"minimum": 10}], "allOf": [{"not": {"const": "x"}}, {"maximum": 20}]}),
            vec![json!(5), json!("x"), json!(30), json!(15)],
        ),
        (
            "one_of",
            json!({"oneOf": [{"type": "integer"}, {"minimum": 10}, {"maximum": 1}]}),
            vec![json!(12), json!(true), json!(5.5)],
        ),
        (
            "conditions",
            json!({"if": {"type": "string"}, "then": {"maxLength": 1}, "else": {"minimum": 5}}),
            vec![json!("ab"), json!(1)],
        ),
        (
            "dependencies",
            json!({"dependentRequired": {"a": ["b", "c"]}, "dependentSchemas": {"d": {"required": ["e"]}}}),
            vec![json!({"a": 1}), json!({"a": 1, "b": 2}), json!({"d": 1})],
        ),
        (
            "references",
            json!({"$ref": "#/$defs/name"}),
            vec![json!(1), json!("UPPER"), json!("ok")],
        ),
        ("never", json!(false), vec![json!(1), json!({})]),
        (
            "unevaluated",
            json!({"properties": {"a": {}}, "unevaluatedProperties": false}),
            vec![json!({"a": 1, "b": 2})],
        ),
        ("formats_are_remarks", json!({"format": "ipv4"}), vec![json!("x")]),
        ("a_wrong_type", json!({"type": "text"}), vec![json!(1)]),
        ("a_wrong_number", json!({"minLength": -1}), vec![json!(1)]),
        ("a_wrong_reference", json!({"$ref": "#/nowhere"}), vec![json!(1)]),
    ]
}

/// Formats, which draft 7 checks.
const FORMATS: [(&str, &[&str]); 14] = [
    ("ipv4", &["x", "1.2.3", "01.2.3.4", "1.2.3.256", "1.2.3.4"]),
    ("ipv6", &["x", "::1", "1:2", "fe80::1%eth0"]),
    ("hostname", &["-a", "a-", "a..b", "a_b", "a.example", ""]),
    ("email", &["x", "a@b", "a@-b", ".a@b"]),
    ("uri", &["a b", "/x", "http://a/b", "http://a b"]),
    ("uri-reference", &["/x", "a\\b"]),
    (
        "date-time",
        &[
            "x",
            "2020-01-01T00:00:00Z",
            "2020-13-01T00:00:00Z",
            "2020-01-01 00:00:00Z",
        ],
    ),
    ("date", &["x", "2020-01-01", "2020-02-30"]),
    ("time", &["x", "10:00:00Z", "25:00:00Z"]),
    ("regex", &["(", "a+"]),
    ("json-pointer", &["a", "/a~2", "/a"]),
    ("uuid", &["x", "2eb8aa08-aa98-11ea-b4aa-73b441d16380"]),
    ("duration", &["x", "P1D", "PT"]),
    ("unknown", &["x"]),
];

/// Schemas whose mistakes are told otherwise than Helm tells them, each with the reason. Where one of them is alike after
/// all, its trial fails: it belongs to the others then.
const DIFFERENCES: [(&str, &str); 4] = [
    (
        "tuples",
        "our library counts the items behind `prefixItems` from 0",
    ),
    (
        "combinations",
        "our library leaves out the line `'allOf' failed` above a single mistake",
    ),
    ("a_wrong_type", "the same in the schema of schemas"),
    ("a_wrong_number", "the same in the schema of schemas"),
];

pub fn trials(_: &Ctx) -> Vec<Trial> {
    let mut trials: Vec<Trial> = cases()
        .into_iter()
        .map(|(name, schema, values)| {
            let schema = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "properties": {"v": schema},
                "$defs": {"name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 3}},
            });
            with_part(&format!("schema::{name}"), Helm::three, move |helm| {
                let outcome = alike(&helm, &schema, &values);
                match DIFFERENCES.iter().find(|(known, _)| *known == name) {
                    Some((_, reason)) if outcome.is_ok() => {
                        Err(format!("is alike now, so take it from the known differences ({reason})").into())
                    }
                    Some(_) => Ok(()),
                    None => outcome,
                }
            })
        })
        .collect();
    trials.extend(FORMATS.map(|(format, texts)| {
        with_part(&format!("schema::format_{format}"), Helm::three, move |helm| {
            let schema = json!({
                "$schema": "http://json-schema.org/draft-07/schema#",
                "properties": {"v": {"format": format}},
            });
            let texts: Vec<Value> = texts.iter().map(|text| json!(text)).collect();
            alike(&helm, &schema, &texts)
        })
    }));
    trials.push(with_part(
        "schema::can_be_switched_off_and_holds_for_subcharts",
        Helm::three,
        |helm| subcharts(&helm),
    ));
    trials
}

fn alike(helm: &Helm, schema: &Value, values: &[Value]) -> Outcome {
    let folder = chart(schema)?;
    for value in values {
        compare(helm, folder.path(), &json!({"v": value}))?;
    }
    Ok(())
}

fn subcharts(helm: &Helm) -> Outcome {
    let schema = json!({"properties": {"v": {"type": "string"}, "sub": {"required": ["a"]}}});
    let folder = chart(&schema)?;
    let sub = folder.path().join("charts/sub");
    fs::create_dir_all(&sub)?;
    fs::write(
        sub.join("Chart.yaml"),
        "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
    )?;
    fs::write(sub.join("values.schema.json"), schema.to_string())?;
    fs::write(sub.join("values.yaml"), "v: 1\n")?;
    compare(helm, folder.path(), &json!({"v": 1, "sub": {"v": "x"}}))?;
    compare(helm, folder.path(), &json!({"v": "x"}))?;
    compare(helm, folder.path(), &json!({"v": "x", "sub": {"a": 1, "v": "y"}}))
}

fn chart(schema: &Value) -> std::io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text);
    write("Chart.yaml", "apiVersion: v2\nname: schema\nversion: 1.0.0\n")?;
    write("values.schema.json", &schema.to_string())?;
    fs::create_dir(folder.path().join("templates"))?;
    write("templates/none.yaml", "")?;
    Ok(folder)
}

fn compare(helm: &Helm, chart: &Path, values: &Value) -> Outcome {
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), values.to_string())?;
    let output = helm.template("release", chart, [Path::new("--values"), file.path()])?;
    let theirs = if output.success {
        String::new()
    } else {
        output.stderr.trim_start_matches("Error: ").to_owned()
    };
    let ours = ours(chart, values)?;
    if lines(&theirs) == lines(&ours) {
        return Ok(());
    }
    Err(format!("{values}\n  Helm: {theirs}\n  ours: {ours}").into())
}

/// The lines of a message in one order. Why a text does not have its format, each library says in its own words.
fn lines(text: &str) -> Vec<String> {
    let lines = text.trim_end().lines().map(|line| {
        let Some((before, after)) = line.split_once(" is not valid ") else {
            return line.to_owned();
        };
        let format = after.split(':').next().unwrap_or_default();
        format!("{before} is not valid {format}")
    });
    let mut lines: Vec<String> = lines.collect();
    lines.sort_unstable();
    lines
}

fn ours(chart: &Path, values: &Value) -> Result<String, Box<dyn std::error::Error>> {
    let release = ReleaseOptions {
        name: "release".to_owned(),
        namespace: "default".to_owned(),
        revision: 1,
        is_upgrade: false,
    };
    let capabilities = Capabilities::default().with_kube_version(KUBE_VERSION)?;
    let renderer = Renderer::new(source::load(&chart.to_string_lossy())?);
    let result = renderer.render(values, &release, &capabilities, &NoCluster, &Frozen::default());
    Ok(result.err().map(|error| error.to_string()).unwrap_or_default())
}
