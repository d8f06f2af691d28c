//! Charts from folders and archives, good and bad.

use super::*;
use flate2::{Compression, write::GzEncoder};
use rstest::rstest;
use serde_json::json;
use std::fs;
use tempfile::TempDir;

const CHART_YAML: &str = "apiVersion: v2\nname: demo\nversion: 1.0.0\nappVersion: 1.10\n";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn load_folder(files: &[(&str, &str)]) -> Result<Arc<Chart>, SourceError> {
    load(folder(files).path().to_str().unwrap())
}

fn tgz(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, data) in files {
        let mut header = tar::Header::new_gnu();
        // Builder refuses names that lead out of the archive, which is what is to be tried here.
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, *data).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

fn names(files: &[crate::chart::model::ChartFile]) -> Vec<&str> {
    files.iter().map(|file| file.name.as_str()).collect()
}

#[test]
fn a_folder_is_loaded_as_helm_loads_it() {
    let chart = load_folder(&[
        ("Chart.yaml", CHART_YAML),
        ("values.yaml", "\u{feff}a: 0777 # mode\n"),
        ("values.schema.json", "{}"),
        ("Chart.lock", "digest: x"),
        (".helmignore", "*.md\nsecret/\n"),
        ("README.md", "ignored"),
        ("secret/key", "ignored"),
        ("LICENSE", "kept"),
        ("crds/b.yaml", "kind: X"),
        ("crds/a.txt", "no manifest"),
        ("templates/b.yaml", "b"),
        ("templates/a/c.yaml", "c"),
        ("templates/.hidden", "ignored"),
        ("charts/sub/Chart.yaml", "name: sub\nversion: 2"),
        ("charts/sub/values.yaml", "k: 1"),
        ("charts/_old/Chart.yaml", "ignored"),
        ("charts/notes.txt.prov", "a file"),
    ])
    .unwrap();
    assert_eq!(
        chart.metadata.app_version, "1.1",
        "YAML's number lost its zero, as in Helm"
    );
    assert_eq!(*chart.values, json!({"a": 511}));
    assert_eq!(*chart.values_source, *b"a: 0777 # mode\n");
    assert_eq!(chart.schema.as_deref(), Some(b"{}".as_slice()));
    assert_eq!(chart.lock, Some(json!({"digest": "x"})));
    assert_eq!(
        names(&chart.templates),
        ["templates/a/c.yaml", "templates/b.yaml"]
    );
    assert_eq!(names(&chart.crds), ["crds/b.yaml"]);
    assert_eq!(
        names(&chart.files),
        [
            ".helmignore",
            "LICENSE",
            "charts/notes.txt.prov",
            "crds/a.txt",
            "crds/b.yaml"
        ]
    );
    let sub = &chart.dependencies[0];
    assert_eq!(
        (sub.metadata.name.as_str(), sub.metadata.version.as_str()),
        ("sub", "2")
    );
    assert_eq!(sub.metadata.api_version, "v1");
    assert_eq!(*sub.values, json!({"k": 1}));
}

#[test]
fn an_archive_is_the_same_chart_as_its_folder() {
    let sub = tgz(&[("sub/Chart.yaml", b"name: sub\nversion: 2")]);
    let archive = tgz(&[
        ("demo/Chart.yaml", CHART_YAML.as_bytes()),
        ("demo/values.yaml", b"a: 1"),
        ("demo/templates/a.yaml", b"x"),
        ("demo/charts/sub-2.tgz", &sub),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo-1.0.0.tgz");
    fs::write(&path, archive).unwrap();
    let from_archive = load(path.to_str().unwrap()).unwrap();
    let from_folder = load_folder(&[
        ("Chart.yaml", CHART_YAML),
        ("values.yaml", "a: 1"),
        ("templates/a.yaml", "x"),
        ("charts/sub/Chart.yaml", "name: sub\nversion: 2"),
    ])
    .unwrap();
    assert_eq!(from_archive, from_folder);
}

#[rstest]
#[case("demo/../../evil", "chart illegally references parent directory")]
#[case("demo//etc/passwd", "chart illegally contains absolute paths")]
#[case("loose", "chart illegally contains content outside the base directory")]
#[case("demo/c:/x", "chart contains illegally named files")]
#[case("demo\\..\\..\\x", "chart illegally references parent directory")]
#[case("Chart.yaml", "chart yaml not in base directory")]
fn an_archive_cannot_lead_out_of_itself(#[case] name: &str, #[case] expected: &str) {
    let error =
        archive::unpack(&tgz(&[("demo/Chart.yaml", CHART_YAML.as_bytes()), (name, b"x")])).unwrap_err();
    assert!(error.to_string().contains(expected), "{name}: {error}");
}

#[test]
fn links_in_an_archive_are_refused() {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    archive
        .append_link(&mut header, "demo/values.yaml", "/etc/passwd")
        .unwrap();
    let data = archive.into_inner().unwrap().finish().unwrap();
    assert!(
        archive::unpack(&data)
            .unwrap_err()
            .to_string()
            .contains("is a link")
    );
}

#[test]
fn a_bomb_does_not_go_off() {
    let large = vec![0; usize::try_from(MAX_FILE_SIZE).unwrap() + 1];
    let error = archive::unpack(&tgz(&[("demo/Chart.yaml", large.as_slice())])).unwrap_err();
    assert!(matches!(error, SourceError::TooLarge(_)), "{error}");
}

#[test]
fn an_archive_of_nothing_but_headers_does_not_go_off_either() {
    let data = tgz(&[
        ("demo/Chart.yaml", CHART_YAML.as_bytes()),
        ("demo/a", b""),
        ("demo/b", b""),
    ]);
    let refused = |budget: archive::Budget| {
        let mut budget = budget;
        archive::unpack_within(&data, &mut budget)
            .unwrap_err()
            .to_string()
    };
    let few = archive::Budget {
        entries: 2,
        ..archive::Budget::default()
    };
    assert_eq!(refused(few), "the chart has too many files");
    let small = archive::Budget {
        bytes: 1024,
        ..archive::Budget::default()
    };
    assert_eq!(
        refused(small),
        "the chart with the archives in it is too large to unpack"
    );
}

#[test]
fn archives_in_archives_come_to_an_end() {
    let nested = |depth: usize| {
        (0..depth).fold(tgz(&[("demo/Chart.yaml", CHART_YAML.as_bytes())]), |inner, _| {
            tgz(&[
                ("demo/Chart.yaml", CHART_YAML.as_bytes()),
                ("demo/charts/demo.tgz", &inner),
            ])
        })
    };
    assert!(archive::unpack(&nested(3)).is_ok());
    let error = archive::unpack(&nested(20)).unwrap_err().to_string();
    assert!(error.contains("archives lie in archives too deeply"), "{error}");
}

#[test]
fn devices_in_an_archive_are_refused() {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Char);
    header.set_size(0);
    archive
        .append_data(&mut header, "demo/values.yaml", &b""[..])
        .unwrap();
    let data = archive.into_inner().unwrap().finish().unwrap();
    let error = archive::unpack(&data).unwrap_err().to_string();
    assert!(error.contains("is a device"), "{error}");
}

#[cfg(unix)]
#[test]
fn links_in_a_folder_are_followed_but_not_in_a_circle() {
    use std::os::unix::fs::symlink;
    let outside = folder(&[("shared.yaml", "shared")]);
    let chart = folder(&[("Chart.yaml", CHART_YAML), ("templates/a.yaml", "a")]);
    symlink(
        outside.path().join("shared.yaml"),
        chart.path().join("templates/b.yaml"),
    )
    .unwrap();
    let loaded = load(chart.path().to_str().unwrap()).unwrap();
    assert_eq!(names(&loaded.templates), ["templates/a.yaml", "templates/b.yaml"]);
    symlink(chart.path(), chart.path().join("templates/again")).unwrap();
    let error = load(chart.path().to_str().unwrap()).unwrap_err();
    assert!(error.to_string().contains("leads back"), "{error}");
}

#[rstest]
#[case(&[("values.yaml", "a: 1")], "Chart.yaml file is missing")]
#[case(&[("Chart.yaml", "version: 1.0.0")], "validation: chart.metadata.name is required")]
#[case(&[("Chart.yaml", "name: a/b\nversion: 1.0.0")], "validation: chart.metadata.name \"a/b\" is invalid")]
#[case(&[("Chart.yaml", "name: a")], "validation: chart.metadata.version is required")]
#[case(&[("Chart.yaml", "name: a\nversion: one")], "validation: chart.metadata.version \"one\" is invalid")]
#[case(&[("Chart.yaml", "name: a\nversion: 1.0.0\ntype: x")], "validation: chart.metadata.type must be application or library")]
#[case(&[("Chart.yaml", CHART_YAML), ("values.yaml", "- a")], "cannot load values.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}")]
#[case(&[("Chart.yaml", "name: a\nversion: 1.0.0\ndependencies: [{name: b}, {name: c, alias: b}]")], "validation: more than one dependency with name or alias \"b\"")]
#[case(&[("Chart.yaml", "name: a\nversion: 1.0.0\ndependencies: [{name: b}]")], "chart a: found in Chart.yaml, but missing in charts/ directory: b")]
#[case(&[("Chart.yaml", CHART_YAML), ("charts/sub/values.yaml", "a: 1")], "error unpacking subchart sub in demo: Chart.yaml file is missing")]
fn a_chart_that_is_none_says_why(#[case] files: &[(&str, &str)], #[case] expected: &str) {
    assert_eq!(load_folder(files).unwrap_err().to_string(), expected);
}

#[test]
fn what_is_no_chart_at_all_says_so() {
    let folder = folder(&[("values.yaml", "a: 1")]);
    let file = folder.path().join("values.yaml");
    assert!(matches!(
        load(file.to_str().unwrap()),
        Err(SourceError::NoArchive(_))
    ));
    assert!(matches!(load("/no/such/chart"), Err(SourceError::Missing { .. })));
    let error = load("s3://bucket/chart").unwrap_err().to_string();
    assert_eq!(error, "`s3://bucket/chart` is no reference to a chart");
}

#[test]
fn the_embedded_chart_is_the_one_in_the_repository() {
    let chart = embedded().unwrap();
    assert_eq!(chart.metadata.name, "developer-mesh");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/chart/developer-mesh");
    assert_eq!(chart, load(folder).unwrap());
}
