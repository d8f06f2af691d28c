//! Profiles, built in and one's own.

use super::*;
use crate::Error;
use rstest::rstest;
use std::fs;

fn own(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn the_built_in_ones_are_read_from_the_laptop_to_production() {
    let listed = list_with(None);
    assert!(listed.broken.is_empty(), "{:?}", listed.broken);
    let names: Vec<&str> = listed
        .profiles
        .iter()
        .map(|profile| profile.name.as_str())
        .collect();
    assert_eq!(names, ["local", "staging", "production"]);
    let production = find("production", None).unwrap();
    assert!(
        production.production
            && production.guards.typed_confirmation
            && production.guards.pause_between_stages
    );
    let local = find("local", None).unwrap();
    assert!(local.defaults.create_namespace && !local.production);
    assert_eq!(local.values["postgresql"]["enabled"], true);
    assert_eq!(local.origin, Origin::BuiltIn);
}

#[test]
fn ones_own_join_the_built_in_ones_and_win() {
    let folder = own(&[
        (
            "team.yaml",
            "name: team\nenvironment: staging\nvalues:\n  mode: 0777\n  on: yes\n",
        ),
        (
            "local.yaml",
            "name: local\ntitle: Mine\nenvironment: development\n",
        ),
        ("broken.yml", "name: broken\n"),
        ("notes.txt", "no profile"),
    ]);
    let listed = list_with(Some(folder.path()));
    let names: Vec<&str> = listed
        .profiles
        .iter()
        .map(|profile| profile.name.as_str())
        .collect();
    assert_eq!(names, ["staging", "production", "local", "team"]);
    assert_eq!(listed.broken.len(), 1);
    let team = find("team", Some(folder.path())).unwrap();
    assert_eq!(
        team.values,
        serde_json::json!({"mode": 511, "true": true})
            .as_object()
            .cloned()
            .unwrap()
    );
    assert_eq!(team.title, "team");
    assert_eq!(team.defaults.secrets_backend, "kubernetes");
    assert_eq!(find("local", Some(folder.path())).unwrap().title, "Mine");
}

#[rstest]
#[case(
    "name: a\nenvironment: x\nguards:\n  typedConfirmatoin: true\n",
    "line 4: unknown field `typedConfirmatoin`",
    Some("typedConfirmation")
)]
#[case(
    "name: a\nenvironment: x\nproduction: perhaps\n",
    "line 3: invalid boolean",
    None
)]
#[case(
    "name: a\nenvironment: x\nguards:\n  policyErrors:\n    - latest-tag\n    - no-livenes-probe\n",
    "line 6: in guards.policyErrors, there is no policy check `no-livenes-probe`",
    Some("no-liveness-probe")
)]
#[case("name: a\n", "line 1: missing field `environment`", None)]
#[case(
    "name: a\nenvironment: x\nvalues: [1]\n",
    "cannot unmarshal array into Go value of type map[string]interface {}",
    None
)]
#[case("name: b\nenvironment: x\n", "calls itself `b`", None)]
fn a_wrong_file_says_where_and_what(
    #[case] text: &str,
    #[case] expected: &str,
    #[case] suggestion: Option<&str>,
) {
    let folder = own(&[("a.yaml", text)]);
    let error = find("a", Some(folder.path())).unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
    assert!(error.to_string().contains("a.yaml"), "{error}");
    let hints = Error::from(error).hints().join(" ");
    match suggestion {
        Some(suggestion) => assert!(hints.contains(suggestion), "{hints}"),
        None => assert!(hints.is_empty(), "{hints}"),
    }
}

#[test]
fn an_unknown_name_brings_the_nearest_one() {
    let error = Error::from(find("prodution", None).unwrap_err());
    assert_eq!(error.to_string(), "there is no profile `prodution`");
    assert_eq!(
        error.hints(),
        [
            "did you mean `production`?",
            "the profiles are local, production, staging"
        ]
    );
}
