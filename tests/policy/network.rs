//! Who may talk to whom: the network policies that the embedded chart renders, simulated connection by connection and
//! compared with what the platform's matrix says.
//!
//! - REST API ← Ingress, Edge MCP, Worker
//! - Edge MCP ← Ingress, all pods
//! - Worker → REST API, database, Redis
//! - RAG Loader ← Ingress; → database, Redis
//! - all services → DNS, external HTTPS
//!
//! and what that leaves unsaid: edge-mcp keeps sessions in Redis, rest-api keeps data in both and calls edge-mcp, Prometheus
//! reads the metrics, traces go to the collector, the migration and backups need the database, and tests call what they
//! test. Everything else is denied.

use crate::support::harness::Ctx;
use crate::support::render::{coalesced, render, rendered_documents};
use crate::support::trial::Outcome;
use crate::world::{Place, World};
use libtest_mimic::Trial;
use mesh_tui::plan::network::Port;
use serde_json::{Value as Json, json};

pub fn trials(_: &Ctx) -> Vec<Trial> {
    vec![
        Trial::test("network::the_matrix_holds_for_every_choice", matrix),
        Trial::test("network::the_platforms_own_words_hold", words),
        Trial::test("network::switched_off_nothing_is_denied", open),
    ]
}

/// Where a service takes requests; 0 for what takes none.
fn http_of(service: &str) -> u16 {
    match service {
        "rest-api" => 8080,
        "edge-mcp" => 8082,
        "rag-loader" => 8084,
        _ => 0,
    }
}

/// Who may open a connection to a pod of the release.
fn may_enter(world: &World, from: &Place, to: &str, port: Port) -> bool {
    let services = |names: &[&str]| names.iter().any(|name| from.is_service(name));
    let at = |number: u16| port == Port::tcp(number);
    let http = http_of(to);
    let metrics = if to == "rag-loader" { 9094 } else { http };
    let from_outside = at(http) && world.is_exposed(to) && world.is_controller(from);
    let from_monitoring = at(metrics) && world.is_monitoring(from);
    // What `helm test` runs calls what it tests, where the kubelet's probes call.
    let from_a_test = match to {
        "rest-api" => at(8080) && from.is_service("rest-api-test"),
        "edge-mcp" => at(8082) && from.is_service("edge-mcp-test"),
        "rag-loader" => at(9094) && from.is_service("rag-loader-test"),
        "postgresql" => at(5432) && services(&["postgresql-test", "postgresql-backup"]),
        "redis" => at(6379) && from.is_service("redis-test"),
        _ => false,
    };
    let load = from.is_service("load-test") && world.is_load_tested(to) && at(http);
    let from_the_release = match to {
        "rest-api" => at(8080) && services(&["edge-mcp", "worker"]),
        "edge-mcp" => at(8082) && world.is_neighbour(from),
        "postgresql" => at(5432) && services(&["rest-api", "worker", "rag-loader"]),
        "redis" => at(6379) && services(&["rest-api", "edge-mcp", "worker", "rag-loader"]),
        _ => false,
    };
    from_the_release || from_a_test || load || from_outside || from_monitoring
}

/// Where a pod of the release may open a connection to.
fn may_leave(world: &World, from: &str, to: &Place, port: Port) -> bool {
    let at = |number: u16| port == Port::tcp(number);
    let dns = to.is("dns") && (at(53) || port == Port::udp(53));
    let https = at(443) && world.is_https_server(to);
    let tracing = world.is_collector(to, port);
    let database = world.is_database(to, port);
    let redis = world.is_redis(to, port);
    let rest_api = to.is_service("rest-api") && at(8080);
    let edge_mcp = to.is_service("edge-mcp") && at(8082);
    match from {
        "rest-api" => dns || https || tracing || database || redis || edge_mcp,
        "edge-mcp" => {
            dns || https
                || tracing
                || (redis && world.keeps_sessions())
                || (rest_api && !world.is_edge_mcp_alone())
        }
        "worker" => dns || https || tracing || database || redis || rest_api,
        "rag-loader" => dns || https || tracing || database || redis,
        "rest-api-migration" => dns || database,
        "postgresql-backup" => dns || database || (https && world.uploads_backups()),
        "connections-test" => dns || database || redis,
        "load-test" => {
            dns || to
                .service()
                .is_some_and(|it| world.is_load_tested(it) && at(http_of(it)))
        }
        "rag-loader-test" => dns || (to.is_service("rag-loader") && at(9094)),
        test if test.ends_with("-test") => dns || to.is_service(test.trim_end_matches("-test")),
        "postgresql" | "redis" => dns && world.has_sidecars(),
        _ => false,
    }
}

/// Every connection between every two places at every port of interest.
fn matrix() -> Outcome {
    let mut wrong = Vec::new();
    let (mut open, mut closed) = (0_u32, 0_u32);
    for document in rendered_documents()? {
        let name = &document.name;
        let world = World::of(coalesced(&document.values)?, &document.rendered);
        if !world.is_guarded() {
            continue;
        }
        for (from, to, port) in world.connections() {
            let leaves = from
                .service()
                .is_none_or(|service| may_leave(&world, service, to, port));
            let enters = to
                .service()
                .is_none_or(|service| may_enter(&world, from, service, port));
            let expected = leaves && enters;
            let verdict = world.allows(from, to, port);
            if verdict != expected {
                let found = if verdict { "allowed" } else { "denied" };
                wrong.push(format!(
                    "{name}: {} -> {} at {port:?} is {found}",
                    from.name, to.name
                ));
            }
            // Whether a plugin takes pods for addresses must make no difference within the release.
            if to.listens(port) && world.allows_by_address(from, to, port) != verdict {
                wrong.push(format!(
                    "{name}: {} -> {} at {port:?} depends on the plugin",
                    from.name, to.name
                ));
            }
            *(if verdict { &mut open } else { &mut closed }) += 1;
        }
    }
    assert!(
        open > 1000 && closed > 1000,
        "{open} allowed and {closed} denied connections are no matrix"
    );
    if wrong.is_empty() {
        Ok(())
    } else {
        let shown = wrong.len().min(40);
        Err(format!("{} wrong:\n{}", wrong.len(), wrong[..shown].join("\n")).into())
    }
}

/// The platform's own words, one by one, as they hold in production with everything in its place.
fn words() -> Outcome {
    let ingress =
        |host: &str| json!({"enabled": true, "hosts": [{"host": host}], "tls": [{"secretName": "tls"}]});
    let values = json!({
        "global": {
            "database": {"host": "db.example.com"}, "redis": {"host": "redis.example.com"},
            "monitoring": {"enabled": true},
            "networkPolicy": {
                "enabled": true, "ingressNamespace": "ingress-nginx", "monitoringNamespace": "monitoring",
                "databaseCIDRs": ["10.1.0.0/16"], "redisCIDRs": ["10.2.0.0/16"],
            },
        },
        "rest-api": {"ingress": ingress("api.example.com")},
        "edge-mcp": {"ingress": ingress("mcp.example.com")},
        "rag-loader": {"config": {"api": {"enabled": true}}, "ingress": ingress("rag.example.com")},
    });
    let world = World::of(coalesced(&values)?, &render(&values)?);
    let cases: [(&str, &str, Port, bool); 42] = [
        // REST API <- Ingress, Edge MCP, Worker
        ("ingress controller", "rest-api", Port::tcp(8080), true),
        ("edge-mcp", "rest-api", Port::tcp(8080), true),
        ("worker", "rest-api", Port::tcp(8080), true),
        ("rag-loader", "rest-api", Port::tcp(8080), false),
        ("agent", "rest-api", Port::tcp(8080), false),
        ("stranger", "rest-api", Port::tcp(8080), false),
        ("ingress controller", "rest-api", Port::tcp(22), false),
        // Edge MCP <- Ingress, all pods
        ("ingress controller", "edge-mcp", Port::tcp(8082), true),
        ("agent", "edge-mcp", Port::tcp(8082), true),
        ("rest-api", "edge-mcp", Port::tcp(8082), true),
        ("stranger", "edge-mcp", Port::tcp(8082), false),
        ("agent", "edge-mcp", Port::tcp(8080), false),
        // Worker -> REST API, Database, Redis; nobody calls it
        ("worker", "database server", Port::tcp(5432), true),
        ("worker", "redis server", Port::tcp(6379), true),
        ("worker", "database server", Port::tcp(6379), false),
        ("worker", "private address", Port::tcp(5432), false),
        ("worker", "edge-mcp", Port::tcp(8082), false),
        ("agent", "worker", Port::tcp(8088), false),
        ("prometheus", "worker", Port::tcp(8088), false),
        // RAG Loader <- Ingress, -> Database, Redis
        ("ingress controller", "rag-loader", Port::tcp(8084), true),
        ("rag-loader", "database server", Port::tcp(5432), true),
        ("rag-loader", "redis server", Port::tcp(6379), true),
        ("agent", "rag-loader", Port::tcp(8084), false),
        ("ingress controller", "rag-loader", Port::tcp(9094), false),
        // All services can access DNS and external HTTPS, the metadata service excepted
        ("worker", "dns", Port::udp(53), true),
        ("worker", "dns", Port::tcp(53), true),
        ("worker", "system pod", Port::udp(53), false),
        ("rag-loader", "public server", Port::tcp(443), true),
        ("rest-api", "public server over IPv6", Port::tcp(443), true),
        ("edge-mcp", "public server", Port::tcp(80), false),
        ("edge-mcp", "metadata service", Port::tcp(443), false),
        ("rest-api", "metadata service", Port::tcp(80), false),
        ("rest-api", "metadata service over IPv6", Port::tcp(443), false),
        // Monitoring
        ("prometheus", "rest-api", Port::tcp(8080), true),
        ("prometheus", "edge-mcp", Port::tcp(8082), true),
        ("prometheus", "rag-loader", Port::tcp(9094), true),
        ("stranger", "rag-loader", Port::tcp(9094), false),
        // The migration needs the database, and its name
        ("rest-api-migration", "database server", Port::tcp(5432), true),
        ("rest-api-migration", "dns", Port::udp(53), true),
        ("rest-api-migration", "public server", Port::tcp(443), false),
        ("agent", "rest-api-migration", Port::tcp(8080), false),
        // What is not of the release is none of its business
        ("agent", "stranger", Port::tcp(80), true),
    ];
    for (from, to, port, wanted) in cases {
        let verdict = world.allows(world.place(from)?, world.place(to)?, port);
        assert_eq!(verdict, wanted, "{from} -> {to} at {port:?}");
    }
    Ok(())
}

fn open() -> Outcome {
    let values: Json = json!({"global": {"networkPolicy": {"enabled": false}}});
    let world = World::of(coalesced(&values)?, &render(&values)?);
    for (from, to, port) in world.connections() {
        assert!(
            world.allows(from, to, port),
            "{} -> {} at {port:?}",
            from.name,
            to.name
        );
    }
    Ok(())
}
