//! What the platform's programs write: a boot sequence, then lines that come back for as long as they run.

use super::super::clock::Speed;
use super::Run;
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use std::fmt::Write as _;
use std::time::Duration;

/// A program, known by its image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Program {
    RestApi,
    EdgeMcp,
    Worker,
    RagLoader,
    Postgres,
    Redis,
    /// Waits for something else to come up.
    Wait,
    /// Runs the database migrations and exits.
    Migrate,
    /// Anything else.
    Other,
}

/// Milliseconds after the start, level, message, fields as JSON.
type Entry = (u64, &'static str, &'static str, &'static str);

const REST_API: &[Entry] = &[
    (10, "info", "starting rest-api", r#"{"version":"1.4.2"}"#),
    (
        120,
        "info",
        "connected to database",
        r#"{"schema":"mcp","pool":25}"#,
    ),
    (
        240,
        "info",
        "database migrations are up to date",
        r#"{"version":38}"#,
    ),
    (300, "info", "connected to redis", r#"{"database":0}"#),
    (450, "info", "webhook worker started", r#"{"workers":4}"#),
    (600, "info", "listening", r#"{"addr":":8080"}"#),
];
const EDGE_MCP: &[Entry] = &[
    (10, "info", "starting edge-mcp", r#"{"version":"1.4.2"}"#),
    (
        90,
        "info",
        "loaded configuration",
        r#"{"path":"/app/configs/config.docker.yaml"}"#,
    ),
    (200, "info", "tool registry loaded", r#"{"tools":42}"#),
    (
        380,
        "info",
        "cache ready",
        r#"{"backend":"redis","fallback":"memory"}"#,
    ),
    (
        520,
        "info",
        "listening",
        r#"{"addr":":8082","protocol":"websocket"}"#,
    ),
];
const WORKER: &[Entry] = &[
    (10, "info", "starting worker", r#"{"version":"1.4.2"}"#),
    (
        150,
        "info",
        "connected to database",
        r#"{"schema":"mcp","pool":10}"#,
    ),
    (
        260,
        "info",
        "joined consumer group",
        r#"{"stream":"webhook_events","group":"workers"}"#,
    ),
    (400, "info", "health endpoint listening", r#"{"addr":":8088"}"#),
];
const RAG_LOADER: &[Entry] = &[
    (10, "info", "starting rag-loader", r#"{"version":"1.4.2"}"#),
    (
        170,
        "info",
        "connected to database",
        r#"{"schema":"rag","pool":10}"#,
    ),
    (310, "info", "scheduler started", r#"{"schedule":"0 */6 * * *"}"#),
    (420, "info", "metrics listening", r#"{"addr":":9094"}"#),
    (500, "info", "api listening", r#"{"addr":":8084"}"#),
];
const MIGRATE: &[Entry] = &[
    (10, "info", "running migrations", r#"{"version":"1.4.2"}"#),
    (150, "info", "connected to database", r#"{"schema":"mcp"}"#),
    (400, "info", "applied migrations", r#"{"from":0,"to":38}"#),
    (450, "info", "done", "{}"),
];
const OTHER: &[Entry] = &[(10, "info", "started", "{}")];

/// Lines of programs that do not write JSON: milliseconds after the start, text.
type Plain = (u64, &'static str);

const POSTGRES: &[Plain] = &[
    (
        10,
        "LOG:  starting PostgreSQL 17.6 (Debian 17.6-2.pgdg12+1) on x86_64-pc-linux-gnu, 64-bit",
    ),
    (40, "LOG:  listening on IPv4 address \"0.0.0.0\", port 5432"),
    (
        60,
        "LOG:  listening on Unix socket \"/var/run/postgresql/.s.PGSQL.5432\"",
    ),
    (120, "LOG:  database system was shut down at start"),
    (300, "LOG:  database system is ready to accept connections"),
];
const REDIS: &[Plain] = &[
    (10, "* oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo"),
    (
        20,
        "* Redis version=8.2.1, bits=64, commit=00000000, modified=0, pid=1, just started",
    ),
    (60, "* Running mode=standalone, port=6379."),
    (90, "* Server initialized"),
    (120, "* Ready to accept connections tcp"),
];
const WAIT: &[Plain] = &[(10, "waiting for the dependency to accept connections")];

/// How many of the lines that come back are kept; a log is rotated.
const KEPT: u32 = 500;

/// How often a line comes back, its message, and its fields by the number of the round.
type Heartbeat = (Duration, &'static str, fn(u64) -> Json);

impl Program {
    /// The program that a container runs, from its image, its name and its arguments.
    pub(in super::super) fn of(container: &Json) -> Self {
        let field = |name: &str| container.get(name).and_then(Json::as_str).unwrap_or_default();
        let (image, name) = (field("image"), field("name"));
        let argument = |wanted: &str| {
            ["command", "args"]
                .iter()
                .filter_map(|list| container.get(*list)?.as_array())
                .flatten()
                .any(|argument| {
                    argument
                        .as_str()
                        .is_some_and(|text| text.trim_start_matches('-') == wanted)
                })
        };
        if name.starts_with("wait") {
            return Self::Wait;
        }
        if argument("migrate") {
            return Self::Migrate;
        }
        let known = [
            ("rest-api", Self::RestApi),
            ("edge-mcp", Self::EdgeMcp),
            ("worker", Self::Worker),
            ("rag-loader", Self::RagLoader),
            ("postgres", Self::Postgres),
            ("pgvector", Self::Postgres),
            ("redis", Self::Redis),
        ];
        known
            .into_iter()
            .find(|(part, _)| image.contains(part))
            .map_or(Self::Other, |(_, program)| program)
    }

    /// The name in the program's own lines.
    fn name(self) -> &'static str {
        match self {
            Self::RestApi | Self::Migrate => "rest-api",
            Self::EdgeMcp => "edge-mcp",
            Self::Worker => "worker",
            Self::RagLoader => "rag-loader",
            Self::Postgres => "postgres",
            Self::Redis => "redis",
            Self::Wait => "wait",
            Self::Other => "container",
        }
    }

    fn entries(self) -> &'static [Entry] {
        match self {
            Self::RestApi => REST_API,
            Self::EdgeMcp => EDGE_MCP,
            Self::Worker => WORKER,
            Self::RagLoader => RAG_LOADER,
            Self::Migrate => MIGRATE,
            Self::Postgres | Self::Redis | Self::Wait => &[],
            Self::Other => OTHER,
        }
    }

    fn plain(self) -> &'static [Plain] {
        match self {
            Self::Postgres => POSTGRES,
            Self::Redis => REDIS,
            Self::Wait => WAIT,
            _ => &[],
        }
    }

    /// What comes back while the program runs.
    fn heartbeat(self) -> Option<Heartbeat> {
        let seconds = Duration::from_secs;
        match self {
            Self::RestApi => Some((seconds(4), "request", |n| {
                let path = ["/readyz", "/api/v1/agents", "/api/v1/tools", "/readyz"][(n % 4) as usize];
                json!({"method": "GET", "path": path, "status": 200, "duration_ms": 2 + n * 7 % 19})
            })),
            Self::EdgeMcp => Some((
                seconds(5),
                "sessions",
                |n| json!({"active": 1 + n % 5, "tools_called": n * 3}),
            )),
            Self::Worker => Some((
                seconds(3),
                "task processed",
                |n| json!({"stream": "webhook_events", "id": n + 1, "duration_ms": 11 + n * 13 % 47}),
            )),
            Self::RagLoader => Some((
                seconds(8),
                "documents indexed",
                |n| json!({"tenant": "default", "documents": 8 + n % 24}),
            )),
            _ => None,
        }
    }
}

/// The lines that a run has written by `now`, oldest first.
pub(super) fn lines(run: &Run, speed: Speed, now: Timestamp) -> Vec<(Timestamp, String)> {
    let end = run.ended.map_or(now, |ended| ended.min(now));
    let at = |offset: Duration| {
        run.started
            .checked_add(speed.scale(offset))
            .unwrap_or(run.started)
    };
    let mut lines: Vec<(Timestamp, String)> = Vec::new();
    for &(offset, level, message, fields) in run.program.entries() {
        let time = at(Duration::from_millis(offset));
        let fields = serde_json::from_str(fields).unwrap_or_default();
        lines.push((time, json_line(run.program, time, level, message, fields)));
    }
    for &(offset, text) in run.program.plain() {
        let time = at(Duration::from_millis(offset));
        lines.push((time, plain_line(run.program, time, text)));
    }
    if let Some(cause) = &run.cause {
        // A program that fails never comes to serve: its last words take the place of its last lines of the boot.
        lines.truncate(2.min(lines.len()));
        let time = run.ended.unwrap_or_else(|| at(Duration::from_millis(700)));
        lines.push((time, cause_line(run.program, time, cause)));
    } else if let Some((every, message, fields)) = run.program.heartbeat() {
        let passed = Duration::try_from(end.duration_since(run.started)).unwrap_or_default();
        let rounds = u32::try_from(passed.as_millis() / every.as_millis()).unwrap_or(u32::MAX);
        for round in rounds.saturating_sub(KEPT) + 1..=rounds {
            let time = run.started.checked_add(every * round).unwrap_or(end);
            let fields = fields(u64::from(round - 1))
                .as_object()
                .cloned()
                .unwrap_or_default();
            lines.push((time, json_line(run.program, time, "info", message, fields)));
        }
    }
    lines.retain(|(time, _)| *time <= end);
    lines.sort_by_key(|(time, _)| *time);
    lines
}

fn json_line(
    program: Program,
    time: Timestamp,
    level: &str,
    message: &str,
    fields: Map<String, Json>,
) -> String {
    let mut line = format!(
        "{{\"level\":{},\"ts\":{},\"service\":{},\"msg\":{}",
        Json::from(level),
        Json::from(time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
        Json::from(program.name()),
        Json::from(message),
    );
    for (key, value) in fields {
        let _ = write!(line, ",{}:{value}", Json::from(key));
    }
    line.push('}');
    line
}

fn plain_line(program: Program, time: Timestamp, text: &str) -> String {
    match program {
        Program::Postgres => format!("{} [1] {text}", time.strftime("%Y-%m-%d %H:%M:%S%.3f UTC")),
        Program::Redis => format!("1:M {} {text}", time.strftime("%d %b %Y %H:%M:%S%.3f")),
        _ => text.to_owned(),
    }
}

fn cause_line(program: Program, time: Timestamp, cause: &str) -> String {
    match program {
        Program::Postgres => plain_line(program, time, &format!("FATAL:  {cause}")),
        Program::Redis | Program::Wait => plain_line(program, time, &format!("# {cause}")),
        _ => json_line(program, time, "fatal", cause, Map::new()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rstest::rstest;

    fn run(program: Program, cause: Option<&str>) -> (Run, Timestamp) {
        let started: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let run = Run {
            program,
            started,
            ended: None,
            cause: cause.map(Into::into),
        };
        (run, started)
    }

    #[rstest]
    #[case(Program::RestApi)]
    #[case(Program::EdgeMcp)]
    #[case(Program::Worker)]
    #[case(Program::RagLoader)]
    fn services_boot_and_go_on_in_json(#[case] program: Program) {
        let (run, started) = run(program, None);
        let early = lines(&run, Speed::NATURAL, started + Duration::from_secs(1));
        let late = lines(&run, Speed::NATURAL, started + Duration::from_secs(60));
        assert!(late.len() > early.len());
        assert_eq!(late[..early.len()], early[..]);
        for (_, line) in late {
            let line: Json = serde_json::from_str(&line).unwrap();
            assert_eq!(line["service"], program.name());
        }
    }

    #[test]
    fn a_crash_names_its_cause_last() {
        let (mut run, started) = run(
            Program::RestApi,
            Some("required environment variable X is not set"),
        );
        run.ended = Some(started + Duration::from_millis(800));
        let lines = lines(&run, Speed::NATURAL, started + Duration::from_secs(60));
        assert!(
            lines
                .last()
                .unwrap()
                .1
                .contains("required environment variable X is not set")
        );
        assert!(!lines.iter().any(|(_, line)| line.contains("listening")));
    }

    #[test]
    fn programs_are_known_by_image_name_and_argument() {
        let of = |container: Json| Program::of(&container);
        assert_eq!(
            of(json!({"name": "a", "image": "ghcr.io/x/developer-mesh-worker:1"})),
            Program::Worker
        );
        assert_eq!(
            of(json!({"name": "a", "image": "pgvector/pgvector:pg17"})),
            Program::Postgres
        );
        assert_eq!(
            of(json!({"name": "wait-for-redis", "image": "redis:8"})),
            Program::Wait
        );
        assert_eq!(
            of(
                json!({"name": "m", "image": "x/rest-api:1", "command": ["/app/rest-api"], "args": ["-migrate"]})
            ),
            Program::Migrate
        );
    }
}
