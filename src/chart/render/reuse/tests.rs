#![allow(clippy::unwrap_used)]
//! A renderer that has rendered before answers as a new one does.

use super::*;
use crate::chart::model::{Dependency, Metadata};
use crate::chart::render::tests::{release, template_files};
use crate::chart::render::{Frozen, NoCluster, RenderError, Rendered, Renderer};
use crate::chart::values::coalesce_table;
use proptest::prelude::*;
use serde_json::json;

fn chart(name: &str, values: Json, templates: &[(&str, &str)], dependencies: Vec<Chart>) -> Chart {
    let declared = dependencies.iter().map(|subchart| Dependency {
        name: subchart.metadata.name.clone(),
        condition: format!("{}.enabled", subchart.metadata.name),
        ..Dependency::default()
    });
    Chart {
        metadata: Metadata {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            dependencies: declared.collect(),
            ..Metadata::default()
        },
        values: Arc::new(values),
        templates: template_files(templates),
        dependencies,
        ..Chart::default()
    }
}

/// A chart whose templates do all that stands in the way of taking a text again.
fn hostile() -> Chart {
    let one = chart(
        "one",
        json!({"enabled": true, "n": 0, "fails": false, "global": {"g": 0}}),
        &[
            (
                "a.yaml",
                "n: {{ .Values.n }}{{ if .Values.fails }}{{ fail \"no\" }}{{ end }}",
            ),
            (
                "b.yaml",
                "g: {{ .Values.global.g }}\nrandom: {{ randNumeric 4 | len }}",
            ),
            ("_h.tpl", "{{ define \"name\" }}one{{ end }}"),
            (
                "c.yaml",
                "{{ if .Values.sets }}{{ $_ := set .Values \"n\" 7 }}{{ end }}x: {{ include \"name\" . }}",
            ),
        ],
        Vec::new(),
    );
    let two = chart(
        "two",
        json!({"enabled": true, "n": 0, "list": [{"a": 1}]}),
        &[
            ("a.yaml", "n: {{ .Values.n }}\nlist: {{ .Values.list | toJson }}"),
            (
                "b.yaml",
                "{{ if .Values.sets }}{{ $_ := set (index .Values.list 0) \"a\" 2 }}{{ end }}t: {{ .Template.Name }}",
            ),
        ],
        Vec::new(),
    );
    chart(
        "root",
        json!({"n": 0}),
        &[
            ("a.yaml", "n: {{ .Values.n }}\nall: {{ .Values | toJson }}"),
            (
                "b.yaml",
                "name: {{ include \"name\" . }}\nlast: {{ with .Subcharts.two }}{{ .Template.Name }}{{ end }}",
            ),
            (
                "c.yaml",
                "{{ if .Values.sets }}{{ $_ := set .Release \"Service\" \"x\" }}{{ end }}s: {{ .Release.Service }}",
            ),
            ("_h.tpl", "{{ define \"name\" }}root{{ .Values.n }}{{ end }}"),
        ],
        vec![one, two],
    )
}

fn render(renderer: &Renderer, values: &Json) -> Result<Rendered, RenderError> {
    let capabilities = Capabilities::default();
    renderer.render(values, &release(), &capabilities, &NoCluster, &Frozen::default())
}

fn values() -> impl Strategy<Value = Json> {
    let number = || 0..3_u8;
    let truth = || prop::bool::weighted(0.2);
    let one = (prop::bool::weighted(0.8), number(), truth(), truth());
    let two = (prop::bool::weighted(0.8), number(), truth());
    (number(), number(), truth(), one, two).prop_map(|(n, g, sets, one, two)| {
        json!({
            "n": n, "sets": sets, "global": {"g": g},
            "one": {"enabled": one.0, "n": one.1, "sets": one.2, "fails": one.3},
            "two": {"enabled": two.0, "n": two.1, "sets": two.2},
        })
    })
}

proptest! {
    #[test]
    fn earlier_renders_do_not_show(sequence in prop::collection::vec(values(), 1..8)) {
        let chart = Arc::new(hostile());
        let renderer = Renderer::new(Arc::clone(&chart));
        for values in sequence {
            let again = render(&renderer, &values);
            let anew = render(&Renderer::new(Arc::clone(&chart)), &values);
            prop_assert_eq!(again, anew, "{}", values);
        }
    }

    #[test]
    fn different_values_have_different_footprints(a in document(), b in document()) {
        let footprint = |values: &Json| {
            let mut footprint = Footprint::default();
            footprint.table(&Table::of(values));
            footprint
        };
        let (a, b) = (json!({"v": a}), json!({"v": b}));
        prop_assert_eq!(footprint(&a) == footprint(&b), a == b);
    }
}

fn document() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Json::from),
        (0..3_i64).prop_map(Json::from),
        Just(json!(1.0)),
        Just(json!(u64::MAX)),
        Just(json!(-1)),
        "[ns1]{0,2}".prop_map(Json::from),
        "(s{126,131}|s{300})".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
            prop::collection::btree_map("[kn]", inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

/// The texts that a renderer keeps for values, by the names of their files.
fn kept(renderer: &Renderer, values: &Json) -> Vec<(String, Arc<str>)> {
    render(renderer, values).unwrap();
    let kept = renderer.kept.lock().unwrap().clone().unwrap();
    let prepared = Arc::clone(&kept.context.prepared);
    let (table, _) = coalesce_table(&prepared.chart, values).unwrap();
    let reusable = kept.reusable(&kept.context, &Footprints::of(&prepared.chart, &table));
    let reusable = reusable.unwrap();
    let files = prepared.files.iter().enumerate();
    files
        .filter_map(|(at, file)| {
            let text = reusable.text(at, file.chart)?;
            Some((file.name.clone(), Arc::clone(text)))
        })
        .collect()
}

#[test]
fn a_choice_in_one_subchart_leaves_the_files_of_the_other_alone() {
    let renderer = Renderer::new(Arc::new(hostile()));
    let before = kept(&renderer, &json!({"one": {"n": 1}}));
    let after = kept(&renderer, &json!({"one": {"n": 2}}));
    let is_same = |name: &str| {
        let text = |kept: &[(String, Arc<str>)]| {
            let mut found = kept.iter().filter(|(known, _)| known == name);
            found.next().map(|(_, text)| Arc::clone(text)).unwrap()
        };
        Arc::ptr_eq(&text(&before), &text(&after))
    };
    assert!(is_same("root/charts/two/templates/a.yaml"));
    assert!(!is_same("root/charts/one/templates/a.yaml"));
    assert!(!is_same("root/templates/a.yaml"));
}

#[test]
fn what_asks_outside_or_follows_a_write_is_not_kept() {
    let renderer = Renderer::new(Arc::new(hostile()));
    let names = |values: &Json| -> Vec<String> {
        let kept = kept(&renderer, values);
        kept.into_iter().map(|(name, _)| name).collect()
    };
    assert!(!names(&json!({})).contains(&"root/charts/one/templates/b.yaml".to_owned()));
    assert!(names(&json!({"one": {"sets": true}})).is_empty());
}
