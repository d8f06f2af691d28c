#![allow(clippy::unwrap_used)]
use super::*;
use crate::chart::model::{ChartFile, Metadata};
use serde_json::json;

/// The files of a chart, by their names in `templates/`.
pub(super) fn template_files(templates: &[(&str, &str)]) -> Vec<ChartFile> {
    let files = templates.iter().map(|(name, text)| ChartFile {
        name: format!("templates/{name}"),
        data: text.as_bytes().into(),
    });
    files.collect()
}

pub(super) fn release() -> ReleaseOptions {
    ReleaseOptions {
        name: "r".to_owned(),
        namespace: "ns".to_owned(),
        revision: 1,
        is_upgrade: false,
    }
}

fn chart(templates: &[(&str, &str)]) -> Chart {
    Chart {
        metadata: Metadata {
            name: "c".to_owned(),
            version: "1.2.3".to_owned(),
            api_version: "v2".to_owned(),
            ..Metadata::default()
        },
        values: Arc::new(json!({"a": {"b": "x"}})),
        templates: template_files(templates),
        ..Chart::default()
    }
}

fn render(chart: Chart, values: &Json) -> Result<Rendered, RenderError> {
    let renderer = Renderer::new(Arc::new(chart));
    renderer.render(
        values,
        &release(),
        &Capabilities::default(),
        &NoCluster,
        &Frozen::default(),
    )
}

const OBJECT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ include \"name\" . }}\n";

#[test]
fn a_chart_renders_to_objects_and_notes() {
    let chart = chart(&[
        (
            "_helpers.tpl",
            "{{ define \"name\" }}{{ .Release.Name }}-{{ .Values.a.b }}{{ end }}",
        ),
        ("config.yaml", OBJECT),
        (
            "NOTES.txt",
            "{{ .Chart.Name }} {{ .Values.no }}{{ .Template.Name }}",
        ),
    ]);
    let rendered = render(chart, &json!({"a": {"b": "y"}})).unwrap();
    let [object] = rendered.manifest.objects.as_slice() else {
        unreachable!("one object: {:?}", rendered.manifest)
    };
    assert_eq!(object.key.name, "r-y");
    assert_eq!(object.source, "c/templates/config.yaml");
    assert_eq!(rendered.notes, "c c/templates/NOTES.txt");
}

#[test]
fn subcharts_share_their_values_with_the_parent_and_its_definitions_win() {
    let mut sub = chart(&[
        ("config.yaml", OBJECT),
        ("_h.tpl", "{{ define \"name\" }}sub{{ end }}"),
    ]);
    sub.metadata.name = "sub".to_owned();
    sub.values = Arc::new(json!({}));
    let mut parent = chart(&[
        ("_h.tpl", "{{ define \"name\" }}{{ .Values.said }}{{ end }}"),
        ("a.yaml", "{{ $_ := set .Values.sub \"said\" \"late\" }}"),
    ]);
    parent.values = Arc::new(json!({"sub": {"said": "early"}}));
    parent.dependencies.push(sub);
    let rendered = render(parent, &Json::Null).unwrap();
    // The subchart's files are deeper and run first.
    assert_eq!(
        rendered
            .manifest
            .objects
            .first()
            .map(|object| object.key.name.as_str()),
        Some("early")
    );
}

#[test]
fn failures_name_their_place() {
    let error = render(chart(&[("a.yaml", "x: 1\ny: {{ fail \"boom\" }}")]), &Json::Null).unwrap_err();
    assert_eq!(
        error.to_string(),
        "execution error at (c/templates/a.yaml:2:6): boom"
    );
    let error = render(chart(&[("a.yaml", "{{ nosuch }}")]), &Json::Null).unwrap_err();
    assert_eq!(
        error.to_string(),
        "parse error at (c/templates/a.yaml:1): function \"nosuch\" not defined"
    );
    let RenderError::Template { template, line, .. } = error else {
        unreachable!("a template's error")
    };
    assert_eq!((template.as_str(), line), ("c/templates/a.yaml", 1));
}

#[test]
fn endless_recursion_is_an_error() {
    let error = render(
        chart(&[(
            "a.yaml",
            "{{ define \"x\" }}{{ include \"x\" . }}{{ end }}{{ include \"x\" . }}",
        )]),
        &Json::Null,
    );
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("rendering template has a nested reference name: x")
    );
    let error = render(
        chart(&[(
            "a.yaml",
            "{{ define \"x\" }}{{ template \"x\" . }}{{ end }}{{ template \"x\" . }}",
        )]),
        &Json::Null,
    );
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("exceeded maximum template depth")
    );
    let error = render(
        chart(&[(
            "a.yaml",
            "{{ $t := \"{{ tpl .t . }}\" }}{{ tpl $t (dict \"t\" $t) }}",
        )]),
        &Json::Null,
    );
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("exceeded maximum template depth")
    );
}

#[test]
fn the_chart_names_the_clusters_it_is_for() {
    let mut chart = chart(&[]);
    chart.metadata.kube_version = ">=1.99".to_owned();
    assert_eq!(
        render(chart, &Json::Null).unwrap_err().to_string(),
        "chart requires kubeVersion: >=1.99 which is incompatible with Kubernetes v1.36.0"
    );
}

#[test]
fn a_renderer_goes_between_threads() {
    fn check<T: Send + Sync>() {}
    check::<Renderer>();
}
