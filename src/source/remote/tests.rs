#![allow(clippy::unwrap_used)]
//! References, and a server on loopback that asks for what servers ask for.

use super::super::request::ChartRequest;
use super::super::{MAX_CHART_SIZE, SourceError};
use super::credentials::Places;
use super::http::{Client, Options};
use super::oci::hex;
use super::reference::OciReference;
use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// A request as a server saw it: the line, and the `Authorization` header.
type Seen = Arc<Mutex<Vec<(String, Option<String>)>>>;

/// A server that answers each path as it is told; it ends with the test.
fn serve(answer: impl Fn(&str, &str, Option<&str>) -> Answer + Send + 'static) -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let seen = Seen::default();
    let (record, name) = (Arc::clone(&seen), host.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let Some(Ok(line)) = lines.next() else { continue };
            let headers = lines.map_while(Result::ok).take_while(|line| !line.is_empty());
            let authorization = headers
                .filter_map(|line| Some(line.split_once(": ")?).map(|(k, v)| (k.to_owned(), v.to_owned())))
                .filter(|(name, _)| name.eq_ignore_ascii_case("authorization"))
                .map(|(_, value)| value)
                .last();
            let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            let Answer {
                status,
                headers,
                body,
            } = answer(&name, &path, authorization.as_deref());
            record.lock().unwrap().push((line, authorization));
            let mut head = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n",
                body.len()
            );
            for header in headers {
                head.push_str(&header);
                head.push_str("\r\n");
            }
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(b"\r\n");
            let _ = stream.write_all(&body);
        }
    });
    (host, seen)
}

struct Answer {
    status: &'static str,
    headers: Vec<String>,
    body: Vec<u8>,
}

fn ok(body: impl Into<Vec<u8>>) -> Answer {
    Answer {
        status: "200 OK",
        headers: Vec::new(),
        body: body.into(),
    }
}

fn other(status: &'static str, headers: &[&str]) -> Answer {
    Answer {
        status,
        headers: headers.iter().map(ToString::to_string).collect(),
        body: Vec::new(),
    }
}

fn fetch_with(request: &ChartRequest, places: &Places) -> Result<Fetched, SourceError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(fetch_from(request, places))
}

fn plain(reference: String) -> ChartRequest {
    ChartRequest {
        plain_http: true,
        ..ChartRequest::new(reference)
    }
}

/// Files that know one registry.
fn knowing(host: &str, entry: &serde_json::Value) -> (tempfile::TempDir, Places) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    let mut config = json!({"auths": {}});
    config["auths"][host] = entry.clone();
    std::fs::write(&path, config.to_string()).unwrap();
    let places = Places {
        registries: vec![path],
        repositories: None,
    };
    (folder, places)
}

fn sha256(data: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(data)))
}

fn manifest(archive: &[u8]) -> Vec<u8> {
    json!({
        "schemaVersion": 2,
        "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": sha256(b"{}"), "size": 2},
        "layers": [{
            "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
            "digest": sha256(archive),
            "size": archive.len(),
        }],
    })
    .to_string()
    .into_bytes()
}

#[rstest]
#[case("oci://a.example/b", Some(("a.example", "b", None, None)))]
#[case("oci://a.example:5000/b/c-d:1.2.3_x", Some(("a.example:5000", "b/c-d", Some("1.2.3_x"), None)))]
#[case("oci://a.example", None)]
#[case("oci://a.example/", None)]
#[case("oci:///b", None)]
#[case("oci://a.example/B", None)]
#[case("oci://a.example/b/../c", None)]
#[case("oci://a.example/b:", None)]
#[case("oci://a.example/b:x/y", None)]
#[case("oci://user:word@a.example/b", None)]
#[case("oci://a.example/b@sha256:short", None)]
#[case("oci://a.example/b?x=y", None)]
fn references_are_read(
    #[case] text: &str,
    #[case] expected: Option<(&str, &str, Option<&str>, Option<&str>)>,
) {
    let read = OciReference::parse(text).ok();
    let read = read.as_ref().map(|read| {
        (
            read.host.as_str(),
            read.repository.as_str(),
            read.tag.as_deref(),
            read.digest.as_deref(),
        )
    });
    assert_eq!(read, expected);
}

/// A registry with the chart `c` in three versions that gives tokens for a password.
fn registry(archive: &'static [u8]) -> (String, Seen) {
    serve(move |host, path, authorization| match path {
        _ if path.starts_with("/token") => match authorization {
            Some(given) if given == format!("Basic {}", STANDARD.encode("me:word")) => {
                ok(r#"{"token": "let-me-in"}"#)
            }
            _ => other("401 Unauthorized", &[]),
        },
        _ if authorization != Some("Bearer let-me-in") => other(
            "401 Unauthorized",
            &[&format!(
                r#"www-authenticate: Bearer realm="http://{host}/token",service="test",scope="repository:c:pull""#
            )],
        ),
        "/v2/c/tags/list" => Answer {
            headers: vec!["link: </v2/c/tags/list?last=x>; rel=\"next\"".to_owned()],
            ..ok(r#"{"tags": ["1.0.0", "latest"]}"#)
        },
        "/v2/c/tags/list?last=x" => ok(r#"{"tags": ["1.10.0", "2.0.0-rc.1", "1.9.0_build"]}"#),
        "/v2/c/manifests/1.10.0" | "/v2/c/manifests/2.0.0-rc.1" | "/v2/c/manifests/1.9.0_build" => {
            ok(manifest(archive))
        }
        _ if path == format!("/v2/c/blobs/{}", sha256(archive)) => ok(archive),
        _ => other("404 Not Found", &[]),
    })
}

#[test]
fn a_registry_gives_a_token_for_a_password_and_the_newest_stable_version() {
    let (host, seen) = registry(b"the archive");
    let (_folder, places) = knowing(&host, &json!({"auth": STANDARD.encode("me:word")}));
    let reference = format!("oci://{host}/c");
    let fetched = fetch_with(&plain(reference.clone()), &places).unwrap();
    assert_eq!(fetched.archive, b"the archive");
    let digest = sha256(&manifest(b"the archive"));
    assert_eq!(fetched.reference, format!("{reference}:1.10.0@{digest}"));
    let tokens = seen
        .lock()
        .unwrap()
        .iter()
        .filter(|(line, _)| line.contains("/token"))
        .count();
    assert_eq!(tokens, 1, "one token is enough");
}

#[rstest]
#[case(Some("~1.9"), false, "1.9.0_build")]
#[case(Some("1.9.0+build"), false, "1.9.0_build")]
#[case(None, true, "2.0.0-rc.1")]
fn a_version_may_be_a_constraint(#[case] version: Option<&str>, #[case] devel: bool, #[case] tag: &str) {
    let (host, _) = registry(b"the archive");
    let (_folder, places) = knowing(&host, &json!({"auth": STANDARD.encode("me:word")}));
    let request = ChartRequest {
        version: version.map(str::to_owned),
        devel,
        ..plain(format!("oci://{host}/c"))
    };
    let fetched = fetch_with(&request, &places).unwrap();
    assert!(
        fetched.reference.contains(&format!("/c:{tag}@")),
        "{}",
        fetched.reference
    );
}

#[test]
fn a_version_that_is_not_there_is_named() {
    let (host, _) = registry(b"the archive");
    let (_folder, places) = knowing(&host, &json!({"auth": STANDARD.encode("me:word")}));
    let request = ChartRequest {
        version: Some("^3".to_owned()),
        ..plain(format!("oci://{host}/c"))
    };
    let error = fetch_with(&request, &places).unwrap_err();
    assert_eq!(error.to_string(), format!("no version of c fits ^3 in {host}"));
}

#[rstest]
#[case(json!({}), "and neither Helm's nor Docker's configuration has any for it")]
#[case(json!({"auth": STANDARD.encode("me:wrong")}), "does not accept the credentials for it (401 Unauthorized)")]
fn a_registry_that_does_not_open_says_why(#[case] entry: serde_json::Value, #[case] expected: &str) {
    let (host, _) = registry(b"the archive");
    let (_folder, places) = knowing(&host, &entry);
    let error = fetch_with(&plain(format!("oci://{host}/c:1.10.0")), &places).unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
    assert!(!error.to_string().contains("wrong"), "{error}");
}

#[test]
fn a_program_that_keeps_credentials_is_named_and_not_run() {
    let (host, _) = registry(b"the archive");
    let (folder, places) = knowing(&host, &json!({}));
    std::fs::write(folder.path().join("config.json"), r#"{"credsStore": "desktop"}"#).unwrap();
    let error = fetch_with(&plain(format!("oci://{host}/c:1.10.0")), &places).unwrap_err();
    let expected = "kept by docker-credential-desktop, a program that is not run";
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn an_archive_that_was_exchanged_is_refused() {
    let (host, _) = serve(|_, path, _| match path {
        _ if path.contains("/manifests/") => ok(manifest(b"the archive")),
        _ => ok("another archive"),
    });
    let error = fetch_with(&plain(format!("oci://{host}/c:1.0.0")), &Places::default()).unwrap_err();
    assert!(matches!(error, SourceError::Digest { .. }), "{error}");
    let pinned = format!("oci://{host}/c@{}", sha256(b"another manifest"));
    let error = fetch_with(&plain(pinned), &Places::default()).unwrap_err();
    assert!(matches!(error, SourceError::Digest { .. }), "{error}");
}

#[test]
fn an_image_is_no_chart() {
    let (host, _) = serve(|_, _, _| {
        ok(
            json!({"config": {"mediaType": "application/vnd.oci.image.config.v1+json"}, "layers": []})
                .to_string(),
        )
    });
    let error = fetch_with(&plain(format!("oci://{host}/c:1.0.0")), &Places::default()).unwrap_err();
    assert!(
        error.to_string().contains("an image or another artifact"),
        "{error}"
    );
}

#[test]
fn what_opens_one_door_is_not_shown_at_another() {
    let (elsewhere, seen) = serve(|_, _, _| ok("the archive"));
    let target = elsewhere.clone();
    let (host, _) =
        serve(move |_, _, _| other("302 Found", &[&format!("location: http://{target}/c-1.0.0.tgz")]));
    let request = ChartRequest::new(format!("http://me:word@{host}/c-1.0.0.tgz"));
    let fetched = fetch_with(&request, &Places::default()).unwrap();
    assert_eq!(fetched.archive, b"the archive");
    assert_eq!(seen.lock().unwrap()[0].1, None);
}

#[test]
fn an_answer_without_end_and_a_circle_are_given_up() {
    let (host, _) = serve(|_, path, _| match path {
        "/large" => ok(vec![0; 4096]),
        _ => other("302 Found", &["location: /circle"]),
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let client = Client::new(&Options::default()).unwrap();
    let get = |path: &str, limit| {
        let url = Url::parse(&format!("http://{host}{path}")).unwrap();
        runtime
            .block_on(client.get(&url, None, limit))
            .unwrap_err()
            .to_string()
    };
    assert!(get("/large", 1024).contains("length limit exceeded"));
    assert!(get("/circle", MAX_CHART_SIZE).contains("sends elsewhere more than 10 times"));
}

/// A repository with two versions of a chart, one on another host.
fn repository(other_host: String) -> (String, Seen) {
    serve(move |_, path, authorization| match path {
        _ if authorization.is_none() => other("401 Unauthorized", &[]),
        "/charts/index.yaml" => ok(format!(
            "apiVersion: v1\nentries:\n  c:\n  - version: 1.2.0\n    urls: [http://{other_host}/c-1.2.0.tgz]\n  - version: 2.0.0-beta\n    urls: [c-2.tgz]\n  - version: 1.1.0\n    digest: {}\n    urls: [files/c-1.1.0.tgz]\n",
            hex(&Sha256::digest(b"one")),
        )),
        "/charts/files/c-1.1.0.tgz" => ok("one"),
        _ => other("404 Not Found", &[]),
    })
}

fn repositories(host: &str, more: &str) -> (tempfile::TempDir, Places) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("repositories.yaml");
    let text = format!(
        "repositories:\n- name: mine\n  url: http://{host}/charts\n  username: me\n  password: word\n{more}"
    );
    std::fs::write(&path, text).unwrap();
    let places = Places {
        registries: Vec::new(),
        repositories: Some(path),
    };
    (folder, places)
}

#[test]
fn a_repository_that_helm_knows_is_asked_with_its_credentials_which_stay_there() {
    let (elsewhere, seen) = serve(|_, _, _| ok("two"));
    let (host, _) = repository(elsewhere.clone());
    let (_folder, places) = repositories(&host, "");
    let newest = fetch_with(&ChartRequest::new("mine/c"), &places).unwrap();
    assert_eq!(newest.archive, b"two");
    assert_eq!(newest.reference, format!("http://{elsewhere}/c-1.2.0.tgz"));
    assert_eq!(seen.lock().unwrap()[0].1, None);
    let older = ChartRequest {
        version: Some("<1.2".to_owned()),
        ..ChartRequest::new("mine/c")
    };
    let older = fetch_with(&older, &places).unwrap();
    assert_eq!(older.archive, b"one");
    // The reference alone finds the credentials again.
    assert_eq!(
        fetch_with(&ChartRequest::new(older.reference), &places)
            .unwrap()
            .archive,
        b"one"
    );
    let (_folder, places) = repositories(&host, "  pass_credentials_all: true\n");
    fetch_with(&ChartRequest::new("mine/c"), &places).unwrap();
    assert!(seen.lock().unwrap()[1].1.is_some());
}

#[rstest]
#[case("yours/c", None, "repo yours not found")]
#[case("mine/d", None, "there is no chart d in http://HOST/charts/index.yaml")]
#[case(
    "mine/c",
    Some("^3"),
    "no version of c fits ^3 in http://HOST/charts/index.yaml"
)]
#[case(
    "mine/c",
    Some("not a version"),
    "no version of c fits not a version in http://HOST/charts/index.yaml"
)]
fn what_a_repository_lacks_is_said(
    #[case] reference: &str,
    #[case] version: Option<&str>,
    #[case] expected: &str,
) {
    let (host, _) = repository("127.0.0.1:1".to_owned());
    let (_folder, places) = repositories(&host, "");
    let request = ChartRequest {
        version: version.map(str::to_owned),
        ..ChartRequest::new(reference)
    };
    let error = fetch_with(&request, &places).unwrap_err().to_string();
    assert_eq!(error, expected.replace("HOST", &host));
}

#[test]
fn a_repository_can_be_named_by_its_address() {
    let (host, _) = repository("127.0.0.1:1".to_owned());
    let request = ChartRequest {
        repository: Some(format!("http://me:word@{host}/charts/")),
        version: Some("1.1.0".to_owned()),
        ..ChartRequest::new("c")
    };
    assert_eq!(fetch_with(&request, &Places::default()).unwrap().archive, b"one");
    let request = ChartRequest {
        repository: Some(format!("http://{host}/charts/")),
        ..request
    };
    let error = fetch_with(&request, &Places::default()).unwrap_err().to_string();
    assert!(error.contains("it answered 401 Unauthorized"), "{error}");
}
