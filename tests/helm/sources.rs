//! Charts from a real OCI registry and from a classic repository: what the real Helm 3 pushes and packages there, is
//! fetched here as Helm fetches it.

use crate::support::harness::Ctx;
use crate::support::helm::{Helm, Output};
use crate::support::parts::{Missing, REGISTRY};
use crate::support::trial::{Outcome, with_part};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libtest_mimic::Trial;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub fn trials(_: &Ctx) -> Vec<Trial> {
    let both = || Ok::<_, Missing>((Helm::three()?, REGISTRY.locate()?.program("registry")));
    vec![
        with_part("sources::a_registry", both, |(helm, registry)| {
            from_registry(&helm, &registry)
        }),
        with_part("sources::a_repository", Helm::three, |helm| {
            from_repository(&helm)
        }),
    ]
}

/// The versions of the chart that are published.
const VERSIONS: [&str; 4] = ["1.0.0", "1.10.0", "1.9.0+build.5", "2.0.0-rc.1"];

/// What is asked for: more arguments, and whether it is there.
const WISHES: [&[&str]; 6] = [
    &[],
    &["--version", "~1.9"],
    &["--version", "1.0.0"],
    &["--version", "1.9.0+build.5"],
    &["--version", ">=3"],
    &["--devel"],
];

fn from_registry(helm: &Helm, program: &Path) -> Outcome {
    let folder = tempfile::tempdir()?;
    let registry = Registry::start(program, folder.path())?;
    let config = folder.path().join("login.json");
    let host = &registry.host;
    helm.run([
        "registry",
        "login",
        host,
        "--plain-http",
        "--username",
        "me",
        "--password",
        "word",
        "--registry-config",
        &config.to_string_lossy(),
    ])?
    .ok()?;
    for version in VERSIONS {
        let archive = package(helm, folder.path(), version)?;
        helm.run([
            "push",
            &archive.to_string_lossy(),
            &format!("oci://{host}/charts"),
            "--plain-http",
            "--registry-config",
            &config.to_string_lossy(),
        ])?
        .ok()?;
    }
    let chart = format!("oci://{host}/charts/published");
    for wish in WISHES {
        let theirs = helm.run(
            [
                "template",
                "x",
                &chart,
                "--plain-http",
                "--registry-config",
                &config.to_string_lossy(),
            ]
            .into_iter()
            .chain(wish.iter().copied()),
        )?;
        let ours = mesh_tui(
            folder.path(),
            &[("HELM_REGISTRY_CONFIG", &config)],
            ["template", "x", &chart, "--plain-http"]
                .into_iter()
                .chain(wish.iter().copied()),
        )?;
        alike(&theirs, &ours, wish)?;
    }
    let locked = mesh_tui(folder.path(), &[], ["template", "x", &chart, "--plain-http"])?;
    assert!(
        locked
            .stderr
            .contains("neither Helm's nor Docker's configuration has any for it"),
        "{}",
        locked.stderr
    );
    Ok(())
}

fn from_repository(helm: &Helm) -> Outcome {
    let folder = tempfile::tempdir()?;
    let files = folder.path().join("files");
    fs::create_dir_all(files.join("charts"))?;
    for version in VERSIONS {
        let archive = package(helm, folder.path(), version)?;
        let name = archive.file_name().unwrap_or_default().to_owned();
        fs::rename(archive, files.join("charts").join(name))?;
    }
    helm.run([Path::new("repo"), Path::new("index"), &files.join("charts")])?
        .ok()?;
    let host = serve(files)?;
    let url = format!("http://{host}/charts");
    let list = folder.path().join("repositories.yaml");
    let cache = folder.path().join("cache");
    let helm_files = [
        "--repository-config",
        &list.to_string_lossy(),
        "--repository-cache",
        &cache.to_string_lossy(),
    ];
    let add = [
        "repo",
        "add",
        "mine",
        &url,
        "--username",
        "me",
        "--password",
        "word",
    ];
    helm.run(add.into_iter().chain(helm_files))?.ok()?;
    for wish in WISHES {
        let arguments = ["template", "x", "mine/published"];
        let theirs = helm.run(
            arguments
                .into_iter()
                .chain(helm_files)
                .chain(wish.iter().copied()),
        )?;
        let ours = mesh_tui(
            folder.path(),
            &[("HELM_REPOSITORY_CONFIG", &list)],
            arguments.into_iter().chain(wish.iter().copied()),
        )?;
        alike(&theirs, &ours, wish)?;
    }
    Ok(())
}

/// The same manifest, or an error of both.
fn alike(theirs: &Output, ours: &Output, wish: &[&str]) -> Outcome {
    if theirs.success == ours.success && theirs.stdout == ours.stdout {
        return Ok(());
    }
    Err(format!(
        "{wish:?}\n  Helm: {}{}\n  ours: {}{}",
        theirs.stdout, theirs.stderr, ours.stdout, ours.stderr
    )
    .into())
}

/// An archive of the chart, made by Helm.
fn package(helm: &Helm, folder: &Path, version: &str) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let chart = folder.join("published");
    fs::create_dir_all(chart.join("templates"))?;
    fs::write(
        chart.join("Chart.yaml"),
        format!("apiVersion: v2\nname: published\nversion: {version}\n"),
    )?;
    fs::write(
        chart.join("templates/a.yaml"),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {version: {{ .Chart.Version | quote }}}\n",
    )?;
    helm.run([Path::new("package"), &chart, Path::new("--destination"), folder])?
        .ok()?;
    Ok(folder.join(format!("published-{version}.tgz")))
}

fn mesh_tui<'a>(
    home: &Path,
    variables: &[(&str, &PathBuf)],
    arguments: impl IntoIterator<Item = &'a str>,
) -> std::io::Result<Output> {
    let output = Command::new(env!("CARGO_BIN_EXE_mesh-tui"))
        .env_clear()
        .env("HOME", home.join("nobody"))
        .envs(variables.iter().copied())
        .args(arguments)
        .output()?;
    Ok(Output {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// A running registry that lets `me` in with `word`.
struct Registry {
    process: Child,
    host: String,
}

impl Registry {
    fn start(program: &Path, folder: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        // Free at this moment; nothing else binds ports in this order.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let host = format!("127.0.0.1:{port}");
        let users = folder.join("htpasswd");
        let hash = bcrypt::hash_with_salt("word", 4, [7; 16])
            .map_err(|error| error.to_string())?
            .format_for_version(bcrypt::Version::TwoA);
        fs::write(&users, format!("me:{hash}\n"))?;
        let config = serde_json::json!({
            "version": 0.1,
            "log": {"level": "error"},
            "storage": {"inmemory": {}},
            "http": {"addr": host},
            "auth": {"htpasswd": {"realm": "test", "path": users}},
        });
        let file = folder.join("registry.yaml");
        fs::write(&file, config.to_string())?;
        let process = Command::new(program)
            .arg("serve")
            .arg(&file)
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let registry = Self { process, host };
        for _ in 0..200 {
            if TcpStream::connect(&registry.host).is_ok() {
                return Ok(registry);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err("the registry does not listen".into())
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves the files of a folder to `me` with `word`.
fn serve(folder: PathBuf) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let host = listener.local_addr()?.to_string();
    let expected = format!("Basic {}", STANDARD.encode("me:word"));
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // A client that goes away is no matter of the server.
            let _ = answer(&stream, &folder, &expected);
        }
    });
    Ok(host)
}

fn answer(mut stream: &TcpStream, folder: &Path, expected: &str) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let line = lines.next().transpose()?.unwrap_or_default();
    let headers: Vec<String> = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    let allowed = headers.iter().any(|header| {
        header
            .split_once(": ")
            .is_some_and(|(name, value)| name.eq_ignore_ascii_case("authorization") && value == expected)
    });
    let path = line.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
    let path = path.replace("%2B", "+");
    let (status, body) = match fs::read(folder.join(path)) {
        Ok(body) if allowed => ("200 OK", body),
        Ok(_) => ("401 Unauthorized", Vec::new()),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)
}
