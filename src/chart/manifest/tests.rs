//! How files become a manifest and its text, as the real Helm does it.

use super::*;
use proptest::prelude::*;
use rstest::rstest;

fn assembled(files: &[(&str, &str)]) -> Assembled {
    assemble(files.iter().copied(), &mut DocumentCache::default()).unwrap()
}

fn error(text: &str) -> String {
    assemble([("c/templates/x.yaml", text)], &mut DocumentCache::default())
        .unwrap_err()
        .to_string()
}

#[rstest]
#[case("a: 1\n---\nb: 2\n", &["a: 1", "b: 2"])]
#[case("\n\n---\n \na: 1\n---\n", &["a: 1"])]
#[case("---\n---\na: 1", &["---\na: 1"])]
#[case("a: 1\n--- # why\nb: 2", &["a: 1", "# why\nb: 2"])]
#[case("a: |\n  x\n  ---\n  y", &["a: |\n  x\n  ---\n  y"])]
#[case("a: |\n  x\n---\n  y", &["a: |\n  x", "y"])]
#[case("# only this", &["# only this"])]
#[case("", &[])]
fn documents_are_split_at_three_dashes(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(split(text).collect::<Vec<_>>(), expected);
}

#[test]
fn a_block_of_text_at_the_end_of_a_document_keeps_its_line_break() {
    let file = "kind: ConfigMap\nmetadata: {name: a}\ndata:\n  conf: |\n    one\n";
    let made = assembled(&[("c/templates/a.yaml", file)]);
    let recorded = parse_recorded(&made.manifest.text()).unwrap();
    for object in made.manifest.objects.iter().chain(&recorded.objects) {
        assert_eq!(object.body["data"]["conf"], "one\n");
    }
}

#[test]
fn objects_come_in_the_order_of_installation_and_files_by_name() {
    let made = assembled(&[
        ("c/templates/b.yaml", "kind: Service\nmetadata: {name: b}"),
        (
            "c/templates/a.yaml",
            "kind: Own\n---\nkind: Deployment\n---\nkind: Service\nmetadata: {name: a, namespace: ns}",
        ),
        ("c/templates/_helpers.yaml", "kind: Never"),
        ("c/templates/off.yaml", "# switched off\n"),
        ("c/templates/empty.yaml", "\n \n"),
    ]);
    let names: Vec<String> = made
        .manifest
        .objects
        .iter()
        .map(|object| object.key.to_string())
        .collect();
    assert_eq!(names, ["Service/a", "Service/b", "Deployment/", "Own/"]);
    assert_eq!(made.manifest.objects[0].key.namespace.as_deref(), Some("ns"));
    assert_eq!(
        made.manifest.text(),
        "---\n# Source: c/templates/a.yaml\nkind: Service\nmetadata: {name: a, namespace: ns}\n\
         ---\n# Source: c/templates/b.yaml\nkind: Service\nmetadata: {name: b}\n\
         ---\n# Source: c/templates/a.yaml\nkind: Deployment\n\
         ---\n# Source: c/templates/off.yaml\n# switched off\n\
         ---\n# Source: c/templates/a.yaml\nkind: Own\n"
    );
}

#[test]
fn hooks_are_told_by_their_annotations() {
    let hook = |name: &str, annotations: &str| {
        format!("kind: Job\nmetadata:\n  name: {name}\n  annotations: {{{annotations}}}\n")
    };
    let text = [
        hook(
            "late",
            "helm.sh/hook: 'Pre-Install, pre-upgrade', helm.sh/hook-weight: 5",
        ),
        hook(
            "b",
            "helm.sh/hook: pre-install, helm.sh/hook-delete-policy: 'hook-succeeded, before-hook-creation'",
        ),
        hook("a", "helm.sh/hook: pre-install, helm.sh/hook-weight: much"),
        hook("early", "helm.sh/hook: pre-install, helm.sh/hook-weight: '-1'"),
        hook("test", "helm.sh/hook: test-success"),
        hook("unknown", "helm.sh/hook: 'pre-install, never'"),
    ]
    .join("---\n");
    let made = assembled(&[("c/templates/h.yaml", text.as_str())]);
    assert!(made.manifest.objects.is_empty());
    assert_eq!(
        made.warnings,
        ["info: skipping unknown hook: \"pre-install, never\""]
    );
    let names: Vec<&str> = made
        .manifest
        .hooks_at(HookEvent::PreInstall)
        .iter()
        .map(|hook| hook.object.key.name.as_str())
        .collect();
    assert_eq!(names, ["early", "a", "b", "late"]);
    assert_eq!(
        made.manifest.hooks[0].events,
        [HookEvent::PreInstall, HookEvent::PreUpgrade]
    );
    assert_eq!(
        made.manifest.hooks[1].delete_policies,
        [
            HookDeletePolicy::HookSucceeded,
            HookDeletePolicy::BeforeHookCreation
        ]
    );
    assert_eq!(made.manifest.hooks_at(HookEvent::Test).len(), 1);
    assert!(
        made.manifest
            .hooks_text()
            .starts_with("---\n# Source: c/templates/h.yaml\nkind: Job\n")
    );
}

#[rstest]
#[case("a: .inf", "error converting YAML to JSON: json: unsupported value: +Inf")]
#[case(
    "- a",
    "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type releaseutil.SimpleHead"
)]
#[case(
    "metadata: {annotations: {a: {b: c}}}",
    "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal object into Go struct field .metadata.annotations of type string"
)]
#[case(
    "kind: [a]",
    "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field SimpleHead.kind of type string"
)]
#[case(
    "metadata: x",
    "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go struct field SimpleHead.metadata of type struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \"json:\\\"annotations\\\"\" }"
)]
fn errors_are_worded_as_helms(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(
        error(text),
        format!("YAML parse error on c/templates/x.yaml: {expected}")
    );
}

#[test]
fn a_document_that_did_not_change_keeps_its_json() {
    let mut cache = DocumentCache::default();
    let files = [
        ("c/templates/a.yaml", "kind: A"),
        ("c/templates/b.yaml", "kind: B"),
    ];
    let first = assemble(files, &mut cache).unwrap().manifest;
    let second = assemble([files[0]], &mut cache).unwrap().manifest;
    assert!(Arc::ptr_eq(&first.objects[0].body, &second.objects[0].body));
    let third = assemble(files, &mut cache).unwrap().manifest;
    assert!(
        !Arc::ptr_eq(&first.objects[1].body, &third.objects[1].body),
        "it was forgotten"
    );
    assert_eq!(first, third);
}

#[test]
fn the_orders_name_the_same_kinds() {
    let sorted = |mut kinds: Vec<&'static str>| {
        kinds.sort_unstable();
        kinds
    };
    assert_eq!(sorted(INSTALL_ORDER.to_vec()), sorted(UNINSTALL_ORDER.to_vec()));
}

#[test]
fn removal_takes_services_before_their_pods() {
    let mut objects = assembled(&[(
        "t.yaml",
        "kind: Deployment\n---\nkind: Own\n---\nkind: Service\n---\nkind: Namespace",
    )])
    .manifest
    .objects;
    sort_for_uninstall(&mut objects);
    let kinds: Vec<&str> = objects.iter().map(|object| object.key.kind.as_str()).collect();
    assert_eq!(kinds, ["Service", "Deployment", "Namespace", "Own"]);
    sort_for_install(&mut objects);
    assert_eq!(objects[0].key.kind, "Namespace");
}

proptest! {
    #[test]
    fn a_recorded_manifest_is_read_back(
        documents in prop::collection::vec(("[a-c]", "(Service|Own|Secret)", "[a-z]{1,5}", prop::bool::ANY), 0..8)
    ) {
        let files: Vec<(String, String)> = documents
            .into_iter()
            .map(|(file, kind, name, remark)| {
                let text = if remark { format!("# {name}") } else { format!("kind: {kind}\nmetadata:\n  name: {name}") };
                (format!("c/templates/{file}.yaml"), text)
            })
            .collect();
        let manifest = assembled(&files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>()).manifest;
        let read = parse_recorded(&manifest.text()).unwrap();
        prop_assert_eq!(read, manifest);
    }
}
