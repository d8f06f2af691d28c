//! The load test's script, run by the real k6 against a small server: it passes where the services answer as they
//! should, and fails where they do not, are slow, or refuse a WebSocket.

use crate::support::choices::chart_folder;
use crate::support::harness::Ctx;
use crate::support::parts::{K6, Missing};
use crate::support::trial::{Outcome, with_part};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

/// The key that the server wants at `/secret`.
const KEY: &str = "reader-key";

pub fn trials(_: &Ctx) -> Vec<Trial> {
    vec![
        with_part("load::good_answers_pass", k6, |k6| {
            let server = serve()?;
            let targets = json!([
                {"name": "rest-api", "url": format!("http://{server}/health"), "kind": "http"},
                {"name": "rag-loader", "url": format!("http://{server}/secret"), "kind": "http", "authenticated": true},
                {"name": "edge-mcp", "url": format!("ws://{server}/ws"), "kind": "websocket"},
            ]);
            passes(&run(&k6, &targets, &[])?)?;
            let load = [("SCENARIO", "load"), ("USERS", "5"), ("DURATION", "1s")];
            passes(&run(&k6, &targets, &load)?)
        }),
        with_part("load::bad_answers_fail", k6, |k6| {
            let server = serve()?;
            let one = |kind: &str, path: &str| {
                let scheme = if kind == "websocket" { "ws" } else { "http" };
                json!([{"name": "rest-api", "url": format!("{scheme}://{server}{path}"), "kind": kind}])
            };
            fails(&run(&k6, &one("http", "/broken"), &[])?, "failed");
            fails(&run(&k6, &one("http", "/secret"), &[])?, "failed");
            fails(&run(&k6, &one("websocket", "/health"), &[])?, "failed");
            fails(
                &run(&k6, &one("http", "/slow"), &[("P95_MILLISECONDS", "100")])?,
                "answered",
            );
            Ok(())
        }),
    ]
}

fn k6() -> Result<PathBuf, Missing> {
    Ok(K6.locate()?.program("k6"))
}

fn run(k6: &Path, targets: &Value, settings: &[(&str, &str)]) -> io::Result<Output> {
    let home = tempfile::tempdir()?;
    Command::new(k6)
        .args(["run", "--no-usage-report", "--quiet"])
        .arg(chart_folder().join("loadtest/load.js"))
        .env_clear()
        .env("HOME", home.path())
        .env("TARGETS", targets.to_string())
        .env("API_KEY", KEY)
        .envs(settings.iter().copied())
        .output()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn passes(output: &Output) -> Outcome {
    if output.status.success() {
        Ok(())
    } else {
        Err(said(output).into())
    }
}

/// That k6 ended because the threshold of this metric was crossed (its exit code 99), and not for another reason.
fn fails(output: &Output, metric: &str) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(99), "{said}");
    let crossed = said
        .lines()
        .any(|line| line.contains("thresholds on metrics") && line.contains(metric));
    assert!(crossed, "{said}");
}

/// A server for as long as the test runs; its address.
fn serve() -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if line.trim().is_empty() {
                break;
            }
            head.push(line.trim().to_owned());
        }
        let header = |name: &str| {
            let lines = head.iter().filter_map(|line| line.split_once(": "));
            lines
                .filter(|(its, _)| its.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.to_owned())
                .next()
        };
        let path = head[0].split(' ').nth(1).unwrap_or_default().to_owned();
        let status = match path.as_str() {
            "/health" => "200 OK",
            "/secret" if header("x-api-key").as_deref() == Some(KEY) => "200 OK",
            "/secret" => "401 Unauthorized",
            "/slow" => {
                std::thread::sleep(Duration::from_millis(300));
                "200 OK"
            }
            "/ws" => {
                let accept = accept(&header("sec-websocket-key").unwrap_or_default());
                return write!(
                    stream,
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
                )
                .and_then(|()| reader.read_line(&mut String::new()).map(drop));
            }
            _ => "503 Service Unavailable",
        };
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")?;
    }
}

/// The answer to a WebSocket's key (RFC 6455, section 4.2.2).
fn accept(key: &str) -> String {
    let digest = Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    STANDARD.encode(digest)
}
