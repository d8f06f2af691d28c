//! What the wizard asks about, and the answers: each as the values that it sets.

use super::merge;
use serde_json::{Map, Value, json};

/// The services, as the chart names them.
pub const SERVICES: [&str; 4] = ["rest-api", "edge-mcp", "worker", "rag-loader"];
/// Those that may be reached from outside.
const REACHABLE: [&str; 3] = ["rest-api", "edge-mcp", "rag-loader"];

/// A subject with its answers.
pub struct Subject {
    pub answers: Vec<Value>,
}

fn subject(answers: impl IntoIterator<Item = Value>) -> Subject {
    Subject {
        answers: answers.into_iter().collect(),
    }
}

/// All of them.
pub fn subjects() -> Vec<Subject> {
    let mut all = vec![
        environment(),
        namespace(),
        database(),
        redis(),
        secrets(),
        own_secrets(),
        aws(),
        network(),
        monitoring(),
        tracing(),
        images(),
        placement(),
    ];
    for service in SERVICES {
        all.extend([switch(service), scaling(service), size(service)]);
    }
    all.extend(REACHABLE.map(ingress));
    all.extend([gateway(), service_mesh(), backup(), governance(), load_test()]);
    all.extend([edge_mcp(), rag_loader(), worker()]);
    all
}

/// The same settings for every service.
fn services(settings: &Value) -> Value {
    let each = SERVICES.map(|service| (service.to_owned(), settings.clone()));
    Value::Object(Map::from_iter(each))
}

fn switch(service: &str) -> Subject {
    subject([true, false].map(|on| json!({service: {"enabled": on}})))
}

fn environment() -> Subject {
    let of = |name: &str, level: &str, format: &str| json!({"global": {"environment": name, "logging": {"level": level, "format": format}}});
    subject([
        of("development", "debug", "text"),
        of("staging", "info", "json"),
        of("production", "warn", "json"),
    ])
}

fn namespace() -> Subject {
    subject([
        json!({}),
        json!({"global": {"namespace": {"name": "mesh-elsewhere"}}}),
        json!({"global": {"namespace": {"create": true}}}),
    ])
}

fn database() -> Subject {
    let external = |more: Value| {
        let mut settings = json!({"host": "db.example.com"});
        merge(&mut settings, &more);
        json!({"global": {"database": settings}})
    };
    subject([
        json!({"postgresql": {"enabled": true, "size": "small"}}),
        json!({"postgresql": {"enabled": true, "persistence": {"enabled": false}}, "global": {"database": {"embedded": true}}}),
        json!({"postgresql": {"enabled": true, "persistence": {"size": "20Gi", "storageClass": "fast"}, "size": "large"}}),
        external(json!({"sslMode": "disable"})),
        external(
            json!({"port": 6432, "name": "mesh", "username": "mesh", "sslMode": "verify-full", "caSecret": {"name": "db-ca"}}),
        ),
        external(json!({
            "embedded": false, "sslMode": "verify-ca",
            "existingSecret": "db", "existingSecretPasswordKey": "pw", "existingSecretDsnKey": "dsn",
        })),
        external(json!({"sslMode": "require", "existingSecret": "db", "existingSecretPasswordKey": "pw"})),
    ])
}

fn redis() -> Subject {
    let external = |more: Value| {
        let mut settings = json!({"host": "redis.example.com"});
        merge(&mut settings, &more);
        json!({"global": {"redis": settings}})
    };
    subject([
        json!({"redis": {"enabled": true}}),
        json!({"redis": {"enabled": true, "persistence": {"enabled": false}, "size": "large"}, "global": {"redis": {"embedded": true}}}),
        external(json!({"port": 6380, "database": 3})),
        external(json!({"embedded": false, "existingSecret": "redis", "existingSecretPasswordKey": "pw"})),
        external(json!({"auth": {"enabled": false}})),
    ])
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
        "edge-mcp": {"secrets": {"apiKey": "e"}},
        "rag-loader": {"secrets": {"ragMasterKey": key}},
    });
    let external = |kind: &str| {
        json!({"global": {"externalSecrets": {
            "enabled": true, "secretStoreRef": {"name": "vault", "kind": kind},
            "remoteKeyPrefix": "mesh/staging", "refreshInterval": "15m",
        }}})
    };
    subject([
        json!({"global": {"secrets": {"revision": "f3a9"}}}),
        inline,
        json!({"global": {"security": {
            "existingSecret": "sec", "existingSecretKeyName": "master",
            "jwt": {"existingSecret": "jwt", "existingSecretKeyName": "key"},
        }}}),
        external("ClusterSecretStore"),
        external("SecretStore"),
    ])
}

fn own_secrets() -> Subject {
    subject([
        json!({}),
        json!({"rest-api": {"secrets": {"existingSecret": "rest"}}, "rag-loader": {"secrets": {"existingSecret": "rag"}}}),
        services(&json!({"secrets": {"existingSecret": "all"}})),
    ])
}

fn aws() -> Subject {
    let of = |settings: Value| json!({"global": {"aws": settings}});
    let bucket = json!({"bucket": "mesh", "endpoint": "https://s3.example.com", "usePathStyle": true});
    subject([
        json!({}),
        of(json!({"region": "eu-west-1", "s3": {"bucket": "mesh"}})),
        of(json!({"region": "eu-west-1", "useIRSA": true, "roleArn": "arn:aws:iam::111122223333:role/mesh"})),
        of(
            json!({"region": "eu-west-1", "staticCredentials": true, "existingSecret": "aws-keys", "s3": bucket}),
        ),
        of(json!({"region": "eu-west-1", "staticCredentials": true})),
    ])
}

fn network() -> Subject {
    let of = |settings: Value| json!({"global": {"networkPolicy": settings}});
    subject([
        of(json!({"enabled": false})),
        of(json!({"enabled": true})),
        of(json!({
            "enabled": true, "ingressNamespace": "ingress-nginx", "monitoringNamespace": "monitoring",
            "databaseCIDRs": ["10.1.0.0/16"], "redisCIDRs": ["10.2.0.0/16"], "httpsCIDRs": ["10.0.0.0/8"],
        })),
    ])
}

fn monitoring() -> Subject {
    let of = |settings: Value| json!({"global": {"monitoring": settings}});
    subject([
        of(json!({"enabled": false})),
        of(json!({"enabled": true})),
        of(
            json!({"enabled": true, "prometheusLabel": "kube-prometheus", "interval": "15s", "alerts": {"enabled": false}}),
        ),
    ])
}

fn tracing() -> Subject {
    let of = |endpoint: &str, rate: f64| json!({"global": {"tracing": {"enabled": true, "otlpEndpoint": endpoint, "samplingRate": rate}}});
    subject([
        json!({}),
        of("http://otel.example.com:4317", 0.25),
        of("http://otel-collector.observability:14317", 1.0),
    ])
}

fn images() -> Subject {
    subject([
        json!({}),
        json!({"global": {
            "imageRegistry": "registry.example.com", "imagePullPolicy": "Always",
            "imagePullSecrets": [{"name": "pull"}],
            "labels": {"team": "mesh"}, "annotations": {"example.com/owner": "mesh"},
        }}),
        services(&json!({"image": {"digest": format!("sha256:{}", "0a".repeat(32))}})),
        // A tag that YAML would take for a number.
        services(&json!({"image": {"tag": "1.20", "pullPolicy": "Never"}})),
    ])
}

/// Where pods run; no form shows it.
fn placement() -> Subject {
    subject([
        json!({}),
        services(&json!({"podAntiAffinity": "hard", "priorityClassName": "high"})),
        services(&json!({
            "podAntiAffinity": "none", "nodeSelector": {"pool": "mesh"},
            "tolerations": [{"key": "pool", "operator": "Exists"}],
        })),
    ])
}

fn scaling(service: &str) -> Subject {
    let fixed = |pods: u32| json!({service: {"replicaCount": pods, "autoscaling": {"enabled": false}}});
    let automatic = |least: u32, most: u32| {
        json!({service: {"autoscaling": {
            "enabled": true, "minReplicas": least, "maxReplicas": most, "targetCPUUtilizationPercentage": 65,
        }}})
    };
    let mut alone = fixed(1);
    merge(
        &mut alone,
        &json!({service: {"podDisruptionBudget": {"enabled": false}}}),
    );
    subject([fixed(0), alone, fixed(3), automatic(1, 3), automatic(3, 20)])
}

fn size(service: &str) -> Subject {
    subject(["small", "medium", "large"].map(|size| json!({service: {"size": size}})))
}

fn ingress(service: &str) -> Subject {
    let host = format!("{service}.example.com");
    let exposed = |more: Value| {
        let mut settings = json!({"enabled": true, "hosts": [{"host": host}]});
        merge(&mut settings, &more);
        json!({service: {"ingress": settings}})
    };
    subject([
        json!({service: {"ingress": {"enabled": false}}}),
        // Without a host there is none.
        json!({service: {"ingress": {"enabled": true}}}),
        exposed(json!({"annotations": {"example.com/timeout": "3600"}})),
        exposed(json!({"className": "nginx", "tls": [{"secretName": "mesh-tls"}]})),
        exposed(json!({"className": "traefik", "certManager": {"clusterIssuer": "letsencrypt"}})),
        exposed(json!({"certManager": {"issuer": "letsencrypt"}})),
    ])
}

fn edge_mcp() -> Subject {
    subject([
        json!({}),
        json!({"edge-mcp": {"config": {"standalone": true, "redis": {"enabled": false}}}}),
        json!({"edge-mcp": {"config": {"redis": {"fallbackToMemory": false}}}}),
    ])
}

fn rag_loader() -> Subject {
    subject([
        json!({}),
        json!({"rag-loader": {"config": {"api": {"enabled": false}, "providers": {"bedrock": {"enabled": true}}}}}),
    ])
}

fn worker() -> Subject {
    subject([
        json!({}),
        json!({"worker": {
            "waitForRestApi": false,
            "config": {"providers": {"openai": {"enabled": true}, "google": {"enabled": true}}},
        }}),
    ])
}

/// Routes of the Gateway API; no form shows them.
fn gateway() -> Subject {
    let routes = |more: Value| {
        let mut values = json!({"global": {"gateway": more}});
        for service in REACHABLE {
            let host = format!("{service}.routes.example.com");
            merge(
                &mut values,
                &json!({service: {"httpRoute": {"enabled": true, "hostnames": [host, "*.example.org"]}}}),
            );
        }
        values
    };
    subject([
        json!({}),
        routes(json!({"name": "public", "namespace": "gateways", "sectionName": "https"})),
        routes(json!({"create": true, "className": "envoy"})),
        routes(
            json!({"create": true, "className": "istio", "tls": {"certManager": {"clusterIssuer": "letsencrypt"}}}),
        ),
        routes(json!({"create": true, "className": "cilium", "tls": {"secretName": "mesh-tls"}})),
    ])
}

fn service_mesh() -> Subject {
    let of = |settings: Value| json!({"global": {"serviceMesh": settings}});
    subject([
        json!({}),
        of(json!({"provider": "istio", "plaintextPorts": [9094]})),
        of(json!({"provider": "istio", "ambient": true, "mtls": "permissive"})),
        of(json!({"provider": "linkerd"})),
        of(json!({"provider": "linkerd", "mtls": "permissive", "controlPlaneNamespace": "mesh"})),
    ])
}

/// Backups of the embedded database; said of an external one they are refused.
fn backup() -> Subject {
    let of = |settings: Value| json!({"postgresql": {"backup": settings}});
    subject([
        json!({}),
        of(json!({"enabled": true})),
        of(json!({
            "enabled": true, "schedule": "0 3 * * 0", "timeZone": "Europe/Berlin", "keep": 4,
            "persistence": {"existingClaim": "dumps"},
            "upload": {"enabled": true, "command": ["/bin/sh"], "args": ["-c", "true"]},
            "serviceAccount": {"annotations": {"example.com/role": "backup"}},
        })),
    ])
}

fn governance() -> Subject {
    subject([
        json!({}),
        json!({"governance": {
            "allowedRegistries": ["ghcr.io/developer-mesh/"],
            "validatingAdmissionPolicy": {"enabled": true, "actions": ["Warn", "Audit"]},
        }}),
    ])
}

fn load_test() -> Subject {
    subject([
        json!({}),
        json!({"loadTest": {"enabled": true}}),
        json!({"loadTest": {
            "enabled": true, "trigger": "rollout", "scenario": "load", "apiKey": {"secret": "keys"},
            "requests": [
                {"service": "rest-api", "path": "/health", "authenticated": true},
                {"service": "edge-mcp", "path": "/ws", "kind": "websocket"},
            ],
        }}),
    ])
}
