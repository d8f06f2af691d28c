//! The environment of each service is complete: with every feature on, its pod gets every variable that the program
//! reads, and a secret one from a Secret alone.

use crate::support::harness::Ctx;
use crate::support::render::render;
use crate::support::trial::Outcome;
use libtest_mimic::Trial;
use mesh_tui::chart::render::Rendered;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What every service reads.
const ALL: &str = "ENVIRONMENT LOG_LEVEL LOG_FORMAT TRACING_ENABLED OTLP_ENDPOINT OTEL_EXPORTER_OTLP_ENDPOINT \
    TRACING_SAMPLING_RATE REDIS_HOST REDIS_PORT REDIS_ADDR REDIS_DATABASE";
const DATABASE: &str =
    "DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_USER DATABASE_SSL_MODE DATABASE_SEARCH_PATH";
const ALIASES: &str = "DB_HOST DB_PORT DB_NAME DB_USER DB_SSLMODE";
const AWS: &str = "AWS_REGION S3_BUCKET S3_ENDPOINT S3_USE_PATH_STYLE";
const AWS_KEYS: &str = "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY";

const REST_API: &str = "CACHE_TYPE API_HOST API_PORT MCP_SERVER_URL GITHUB_OWNER GITHUB_REPO EMBEDDING_ENABLED \
    BEDROCK_ENABLED BEDROCK_REGION BEDROCK_ENDPOINT BEDROCK_ROLE_ARN OPENAI_ENABLED GOOGLE_AI_ENABLED \
    FEATURE_WEBHOOKS_ENABLED FEATURE_VECTOR_SEARCH_ENABLED FEATURE_GITHUB_INTEGRATION_ENABLED CORS_ENABLED \
    CORS_ALLOWED_ORIGINS RATE_LIMIT_ENABLED PROMETHEUS_ENABLED ALLOW_LOCALHOST_URLS ALLOW_PRIVATE_NETWORK_URLS \
    MIGRATIONS_FAIL_FAST PORT";
const REST_API_SECRETS: &str = "ADMIN_API_KEY READER_API_KEY MCP_API_KEY GITHUB_TOKEN GITHUB_WEBHOOK_SECRET \
    OPENAI_API_KEY GOOGLE_AI_API_KEY JWT_SECRET ENCRYPTION_MASTER_KEY DATABASE_PASSWORD DB_PASSWORD REDIS_PASSWORD";
const EDGE_MCP: &str = "EDGE_MCP_REDIS_ENABLED EDGE_MCP_REDIS_DB EDGE_MCP_REDIS_FALLBACK_MODE EDGE_MCP_ID EDGE_MCP_PORT \
    DEV_MESH_URL EDGE_MCP_ENABLE_COMPRESSION EDGE_MCP_COMPRESSION_THRESHOLD EDGE_MCP_GLOBAL_RPS EDGE_MCP_GLOBAL_BURST \
    EDGE_MCP_TENANT_RPS EDGE_MCP_TENANT_BURST EDGE_MCP_TOOL_RPS EDGE_MCP_TOOL_BURST EDGE_MCP_ENABLE_QUOTAS";
const EDGE_MCP_SECRETS: &str = "EDGE_MCP_API_KEY DEV_MESH_API_KEY REDIS_PASSWORD";
const WORKER: &str = "WORKER_QUEUE_TYPE WORKER_CONCURRENCY HEALTH_ENDPOINT DEFAULT_EMBEDDING_MODEL CONTEXT_CHUNK_SIZE \
    EMBEDDING_BATCH_SIZE MCP_EMBEDDING_PROVIDERS_BEDROCK_ENABLED MCP_EMBEDDING_PROVIDERS_BEDROCK_REGION \
    MCP_EMBEDDING_PROVIDERS_BEDROCK_ENDPOINT MCP_EMBEDDING_PROVIDERS_OPENAI_ENABLED \
    MCP_EMBEDDING_PROVIDERS_GOOGLE_ENABLED";
const WORKER_SECRETS: &str = "MCP_EMBEDDING_PROVIDERS_OPENAI_API_KEY MCP_EMBEDDING_PROVIDERS_GOOGLE_API_KEY JWT_SECRET \
    ENCRYPTION_MASTER_KEY DATABASE_PASSWORD DB_PASSWORD REDIS_PASSWORD";
const RAG_LOADER: &str = "RAG_API_ENABLED RAG_API_PORT RAG_LOADER_METRICS_PORT DEFAULT_SCHEDULE SCHEDULER_ENABLE_API \
    SCHEDULER_ENABLE_EVENTS DEFAULT_EMBEDDING_MODEL MCP_EMBEDDING_PROVIDERS_BEDROCK_ENABLED \
    MCP_EMBEDDING_PROVIDERS_BEDROCK_REGION MCP_EMBEDDING_PROVIDERS_BEDROCK_ENDPOINT";
const RAG_LOADER_SECRETS: &str = "RAG_MASTER_KEY JWT_SECRET DATABASE_PASSWORD REDIS_PASSWORD";

pub fn trials(_: &Ctx) -> Vec<Trial> {
    vec![
        Trial::test("environment::is_complete", complete),
        Trial::test("environment::with_irsa_there_are_no_keys", without_keys),
    ]
}

/// Every feature on.
fn everything() -> Value {
    let bedrock = json!({"enabled": true, "region": "eu-west-1", "endpoint": "https://bedrock.example.com"});
    let mut embedding = json!({"bedrock": bedrock, "openai": {"enabled": true}, "google": {"enabled": true}});
    embedding["bedrock"]["roleArn"] = json!("arn:aws:iam::111122223333:role/bedrock");
    json!({
        "global": {
            "database": {"host": "db.example.com"}, "redis": {"host": "redis.example.com"},
            "aws": {
                "region": "eu-west-1", "existingSecret": "aws",
                "s3": {"bucket": "mesh", "endpoint": "https://s3.example.com"},
            },
            "tracing": {"enabled": true, "otlpEndpoint": "http://otel:4317"},
        },
        "rest-api": {"config": {
            "github": {"enabled": true, "owner": "o", "repo": "r"},
            "cors": {"enabled": true, "allowedOrigins": ["https://example.com"]},
            "embedding": embedding,
        }},
        "worker": {"config": {"providers": {
            "bedrock": bedrock, "openai": {"enabled": true}, "google": {"enabled": true},
        }}},
        "rag-loader": {"config": {"providers": {"bedrock": bedrock}}},
    })
}

/// The variables of a service's pod: those with a value, and those from a Secret.
fn variables(rendered: &Rendered, service: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let name = format!("dm-{service}");
    let body = |kind: &str| {
        let objects = &mut rendered.manifest.objects.iter();
        let found = objects.find(|object| object.key.kind == kind && object.key.name == name);
        found.map(|object| &object.body).expect("it is rendered")
    };
    let settings = body("ConfigMap")["data"].as_object().expect("it has data");
    let mut plain: BTreeSet<String> = settings.keys().cloned().collect();
    let mut secret = BTreeSet::new();
    let container = &body("Deployment")["spec"]["template"]["spec"]["containers"][0];
    for variable in container["env"].as_array().into_iter().flatten() {
        let name = variable["name"].as_str().unwrap_or_default().to_owned();
        if variable["valueFrom"]["secretKeyRef"].is_object() {
            secret.insert(name);
        } else {
            plain.insert(name);
        }
    }
    (plain, secret)
}

fn complete() -> Outcome {
    let rendered = render(&everything())?;
    let services: [(&str, &[&str], &[&str]); 4] = [
        (
            "rest-api",
            &[ALL, DATABASE, ALIASES, AWS, REST_API],
            &[REST_API_SECRETS, AWS_KEYS],
        ),
        ("edge-mcp", &[ALL, EDGE_MCP], &[EDGE_MCP_SECRETS]),
        (
            "worker",
            &[ALL, DATABASE, ALIASES, AWS, WORKER],
            &[WORKER_SECRETS, AWS_KEYS],
        ),
        (
            "rag-loader",
            &[ALL, DATABASE, AWS, RAG_LOADER],
            &[RAG_LOADER_SECRETS, AWS_KEYS],
        ),
    ];
    let names = |texts: &[&str]| -> BTreeSet<String> {
        texts
            .iter()
            .flat_map(|text| text.split_whitespace())
            .map(str::to_owned)
            .collect()
    };
    for (service, plain, secret) in services {
        let (mut its, its_secrets) = variables(&rendered, service);
        // It holds the password, which the kubelet puts in.
        let with_dsn = its.remove("DATABASE_DSN");
        assert_eq!(with_dsn, service != "edge-mcp", "DATABASE_DSN of {service}");
        assert_eq!(its, names(plain), "the settings of {service}");
        assert_eq!(its_secrets, names(secret), "the secrets of {service}");
    }
    Ok(())
}

fn without_keys() -> Outcome {
    let mut values = everything();
    values["global"]["aws"] =
        json!({"region": "eu-west-1", "useIRSA": true, "roleArn": "arn:aws:iam::111122223333:role/mesh"});
    let rendered = render(&values)?;
    for service in ["rest-api", "worker", "rag-loader"] {
        let (_, secret) = variables(&rendered, service);
        assert!(
            secret.iter().all(|name| !name.starts_with("AWS_")),
            "{service}: {secret:?}"
        );
    }
    let accounts = rendered
        .manifest
        .objects
        .iter()
        .filter(|object| object.key.kind == "ServiceAccount");
    let with_role = accounts.filter(|account| {
        account.body["metadata"]["annotations"]["eks.amazonaws.com/role-arn"]
            == "arn:aws:iam::111122223333:role/mesh"
    });
    assert_eq!(with_role.count(), 4);
    Ok(())
}
