//! The values documents that the embedded chart is tried with: its own, every profile, and combinations of the
//! choices that the wizard offers.
//!
//! All combinations would be millions. These rows are chosen so that every pair of choices about different subjects
//! occurs together in some row, and are filled up with others: faults come from two choices that nobody thought of
//! together, seldom from three. The rows are the same in every run.

use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// How many combinations there are at least.
const ROWS: usize = 48;

/// A subject that the wizard asks about, and its answers: a name, and the values that it sets.
struct Subject {
    name: &'static str,
    answers: Vec<(&'static str, Value)>,
}

/// A combination of answers.
struct Combination {
    /// The answers' names, for the name of a test: `rest-api=on, database=external, …`.
    name: String,
    /// What they come to, above the chart's defaults.
    values: Value,
}

/// The embedded chart's folder.
pub fn chart_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/chart/developer-mesh")
}

/// Every values document that the chart is tried with: its defaults, the two files beside them, each profile, and the
/// combinations.
pub fn values_documents() -> Vec<(String, Value)> {
    let mut all = vec![("defaults".to_owned(), Value::Object(Map::new()))];
    for file in ["values-dev.yaml", "values-prod.yaml"] {
        all.push((
            file.replace(".yaml", "").replace('-', "_"),
            yaml(&chart_folder().join(file)),
        ));
    }
    for profile in ["local", "staging", "production"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("profiles/{profile}.yaml"));
        all.push((format!("profile_{profile}"), yaml(&file)["values"].clone()));
    }
    let rows = combinations().into_iter().zip(1..);
    all.extend(rows.map(|(row, number)| (format!("combination_{number:02}"), row.values)));
    all
}

fn yaml(file: &Path) -> Value {
    let text = std::fs::read_to_string(file).expect("the file can be read");
    serde_yaml::from_str(&text).expect("the file is YAML")
}

/// A values document as a file for Helm.
pub fn values_file(values: &Value) -> std::io::Result<NamedTempFile> {
    let file = NamedTempFile::with_suffix(".yaml")?;
    std::fs::write(file.path(), values.to_string())?;
    Ok(file)
}

/// The combinations.
fn combinations() -> Vec<Combination> {
    let subjects = subjects();
    let sizes: Vec<usize> = subjects.iter().map(|subject| subject.answers.len()).collect();
    let rows = rows(&sizes);
    rows.iter().map(|row| combination(&subjects, row)).collect()
}

fn combination(subjects: &[Subject], row: &[usize]) -> Combination {
    let mut values = json!({});
    let mut names = Vec::new();
    for (subject, &answer) in subjects.iter().zip(row) {
        let (name, sets) = &subject.answers[answer];
        merge(&mut values, sets);
        names.push(format!("{}={name}", subject.name));
    }
    Combination {
        name: names.join(", "),
        values,
    }
}

/// Merges `from` into `into`, key by key.
pub fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

/// Rows in which every pair of answers to different subjects occurs, at least [`ROWS`] of them.
fn rows(sizes: &[usize]) -> Vec<Vec<usize>> {
    let mut wanted = pairs(sizes);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut rows = Vec::new();
    while !wanted.is_empty() || rows.len() < ROWS {
        let candidates = (0..40).map(|_| sizes.iter().map(|&size| random.below(size)).collect::<Vec<_>>());
        let seeded = candidates.map(|mut row| {
            // A pair that is still wanted makes sure that each row helps.
            if let Some(&[(subject, answer), (other, its)]) = wanted.first() {
                row[subject] = answer;
                row[other] = its;
            }
            row
        });
        let fresh = |row: &Vec<usize>| wanted.iter().filter(|pair| covers(row, pair)).count();
        if let Some(row) = seeded.max_by_key(fresh) {
            wanted.retain(|pair| !covers(&row, pair));
            rows.push(row);
        }
    }
    rows
}

type Pair = [(usize, usize); 2];

fn pairs(sizes: &[usize]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for first in 0..sizes.len() {
        for second in first + 1..sizes.len() {
            for answer in 0..sizes[first] {
                pairs.extend((0..sizes[second]).map(|other| [(first, answer), (second, other)]));
            }
        }
    }
    pairs
}

fn covers(row: &[usize], pair: &Pair) -> bool {
    pair.iter().all(|&(subject, answer)| row[subject] == answer)
}

/// A xorshift generator: the rows must be the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap_or_default()
    }
}

const SERVICES: [&str; 4] = ["rest-api", "edge-mcp", "worker", "rag-loader"];

/// The same settings for every service.
fn services(settings: &Value) -> Value {
    let each = SERVICES.map(|service| (service.to_owned(), settings.clone()));
    Value::Object(Map::from_iter(each))
}

fn subjects() -> Vec<Subject> {
    let mut all: Vec<Subject> = SERVICES.into_iter().map(switch).collect();
    all.extend([environment(), database(), redis(), secrets(), aws()]);
    all.extend([ingress(), network(), monitoring(), tracing(), scaling(), images()]);
    all
}

fn switch(service: &'static str) -> Subject {
    Subject {
        name: service,
        answers: vec![
            ("on", json!({service: {"enabled": true}})),
            ("off", json!({service: {"enabled": false}})),
        ],
    }
}

fn environment() -> Subject {
    let of = |name: &str, level: &str| json!({"global": {"environment": name, "logging": {"level": level}}});
    Subject {
        name: "environment",
        answers: vec![
            ("development", of("development", "debug")),
            ("staging", of("staging", "info")),
            ("production", of("production", "warn")),
        ],
    }
}

fn database() -> Subject {
    Subject {
        name: "database",
        answers: vec![
            ("embedded", json!({"postgresql": {"enabled": true}})),
            (
                "embedded, said twice",
                json!({"postgresql": {"enabled": true}, "global": {"database": {"embedded": true}}}),
            ),
            (
                "external",
                json!({"global": {"database": {
                    "host": "db.example.com", "port": 6432, "sslMode": "verify-full",
                    "caSecret": {"name": "db-ca"},
                }}}),
            ),
            (
                "external with a Secret",
                json!({"global": {"database": {
                    "embedded": false, "host": "db.example.com",
                    "existingSecret": "db", "existingSecretPasswordKey": "pw", "existingSecretDsnKey": "dsn",
                }}}),
            ),
        ],
    }
}

fn redis() -> Subject {
    Subject {
        name: "redis",
        answers: vec![
            ("embedded", json!({"redis": {"enabled": true}})),
            (
                "external",
                json!({"global": {"redis": {"host": "redis.example.com", "port": 6380, "database": 3}}}),
            ),
            (
                "external with a Secret",
                json!({"global": {"redis": {"host": "redis.example.com", "existingSecret": "redis"}}}),
            ),
            (
                "external without a password",
                json!({"global": {"redis": {"host": "redis.example.com", "auth": {"enabled": false}}}}),
            ),
        ],
    }
}

fn secrets() -> Subject {
    let key = "bWVzaC10dWktdGVzdC1rZXktb2YtMzItYnl0ZXMhISE=";
    let inline = json!({
        "global": {
            "database": {"password": "db-password"},
            "redis": {"password": "redis-password"},
            "security": {"encryptionMasterKey": key, "jwt": {"secret": "jwt-secret"}},
        },
        "rest-api": {"secrets": {"adminApiKey": "a", "readerApiKey": "r", "mcpApiKey": "m"}},
    });
    Subject {
        name: "secrets",
        answers: vec![
            (
                "kept by mesh-tui",
                json!({"global": {"secrets": {"revision": "f3a9"}}}),
            ),
            ("inline", inline),
            (
                "existing",
                json!({
                    "global": {"security": {
                        "existingSecret": "sec", "jwt": {"existingSecret": "jwt", "existingSecretKeyName": "key"},
                    }},
                    "rest-api": {"secrets": {"existingSecret": "rest"}},
                }),
            ),
            (
                "external-secrets",
                json!({"global": {"externalSecrets": {"enabled": true, "secretStoreRef": {"name": "vault"}}}}),
            ),
        ],
    }
}

fn aws() -> Subject {
    let bucket = json!({"bucket": "mesh", "endpoint": "https://s3.example.com", "usePathStyle": true});
    Subject {
        name: "aws",
        answers: vec![
            ("none", json!({})),
            (
                "IRSA",
                json!({"global": {"aws": {
                    "region": "eu-west-1", "useIRSA": true, "roleArn": "arn:aws:iam::111122223333:role/mesh",
                }}}),
            ),
            (
                "static keys",
                json!({"global": {"aws": {"region": "eu-west-1", "existingSecret": "aws-keys", "s3": bucket}}}),
            ),
        ],
    }
}

fn ingress() -> Subject {
    let exposed = |more: Value| {
        let mut settings =
            json!({"enabled": true, "className": "nginx", "hosts": [{"host": "mesh.example.com"}]});
        merge(&mut settings, &more);
        let mut edge = settings.clone();
        edge["hosts"][0]["host"] = json!("edge.example.com");
        json!({"rest-api": {"ingress": settings}, "edge-mcp": {"ingress": edge}})
    };
    Subject {
        name: "ingress",
        answers: vec![
            ("off", json!({})),
            (
                "plain",
                exposed(json!({"annotations": {"example.com/timeout": "3600"}})),
            ),
            (
                "TLS from a Secret",
                exposed(json!({"tls": [{"secretName": "mesh-tls"}]})),
            ),
            (
                "TLS from cert-manager",
                exposed(json!({"certManager": {"clusterIssuer": "letsencrypt"}})),
            ),
        ],
    }
}

fn network() -> Subject {
    let of = |settings: Value| json!({"global": {"networkPolicy": settings}});
    Subject {
        name: "network policies",
        answers: vec![
            ("off", of(json!({"enabled": false}))),
            ("on", of(json!({"enabled": true}))),
            (
                "narrow",
                of(json!({
                    "enabled": true, "ingressNamespace": "ingress-nginx", "monitoringNamespace": "monitoring",
                    "databaseCIDRs": ["10.1.0.0/16"], "redisCIDRs": ["10.2.0.0/16"], "httpsCIDRs": ["10.0.0.0/8"],
                })),
            ),
        ],
    }
}

fn monitoring() -> Subject {
    Subject {
        name: "monitoring",
        answers: vec![
            ("off", json!({"global": {"monitoring": {"enabled": false}}})),
            ("on", json!({"global": {"monitoring": {"enabled": true}}})),
            (
                "without alerts",
                json!({"global": {"monitoring": {"enabled": true, "alerts": {"enabled": false}}}}),
            ),
        ],
    }
}

fn tracing() -> Subject {
    Subject {
        name: "tracing",
        answers: vec![
            ("off", json!({})),
            (
                "on",
                json!({"global": {"tracing": {
                    "enabled": true, "otlpEndpoint": "http://otel.example.com:4317", "samplingRate": 0.25,
                }}}),
            ),
        ],
    }
}

fn scaling() -> Subject {
    Subject {
        name: "scaling",
        answers: vec![
            (
                "fixed",
                services(&json!({"replicaCount": 2, "autoscaling": {"enabled": false}})),
            ),
            (
                "one pod",
                services(&json!({
                    "replicaCount": 1, "size": "small",
                    "autoscaling": {"enabled": false}, "podDisruptionBudget": {"enabled": false},
                })),
            ),
            (
                "automatic",
                services(&json!({
                    "size": "large",
                    "autoscaling": {"enabled": true, "minReplicas": 2, "maxReplicas": 7, "targetCPUUtilizationPercentage": 65},
                })),
            ),
        ],
    }
}

fn images() -> Subject {
    Subject {
        name: "images",
        answers: vec![
            ("stock", json!({})),
            (
                "mirrored",
                json!({"global": {
                    "imageRegistry": "registry.example.com", "imagePullPolicy": "Always",
                    "imagePullSecrets": [{"name": "pull"}],
                    "labels": {"team": "mesh"}, "annotations": {"example.com/owner": "mesh"},
                }}),
            ),
            (
                "pinned",
                services(&json!({"image": {"digest": format!("sha256:{}", "0a".repeat(32))}})),
            ),
        ],
    }
}
