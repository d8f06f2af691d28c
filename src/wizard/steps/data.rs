//! Data: PostgreSQL and Redis, embedded or external.

use super::build::Form;
use crate::wizard::check;
use crate::wizard::field::{Block, Choice, Field, Tone};
use crate::wizard::state::State;

pub(super) fn form(state: &State) -> Vec<Block> {
    let mut form = Form::new(state);
    postgresql(&mut form);
    redis(&mut form);
    form.done()
}

fn place(state: &State, path: &str, help: &str) -> Field {
    let choices = vec![
        Choice::new(true, "embedded", "runs beside the services"),
        Choice::new(false, "external", "runs elsewhere"),
    ];
    Field::words(state, path, "Runs", choices).help(help)
}

fn port(state: &State, path: &str) -> Field {
    Field::number(state, path, "Port", 1, 65_535).help("The port it listens on.")
}

/// The host of an external store. Without one only services can run that do not need `store`.
fn host(state: &State, store: &str, path: &str, placeholder: &str) -> Field {
    let needed = state
        .setup
        .chart
        .services
        .iter()
        .filter(|service| state.is_on(&format!("{}.enabled", service.name)))
        .filter(|service| !state.is_on(&format!("{}.config.{store}.fallbackToMemory", service.name)))
        .find(|service| service.needs.iter().any(|name| name == store));
    Field::text(state, path, "Host")
        .placeholder(placeholder)
        .help("The name or address under which pods in the cluster reach it.")
        .check(|text| match needed {
            Some(service) if text.is_empty() => Err(format!("is needed by {}", service.name)),
            None if text.is_empty() => Ok(()),
            _ => check::server(text),
        })
}

fn postgresql(form: &mut Form<'_>) {
    let state = form.state;
    form.heading("PostgreSQL");
    form.add(place(
        state,
        "postgresql.enabled",
        "Embedded: one PostgreSQL in this namespace, good for trying and development. External: one that somebody looks after, with backups.",
    ));
    if state.is_on("postgresql.enabled") {
        form.note(
            Tone::Plain,
            "One pod with a volume of its own. Without backups: not for data you would miss.",
        );
        return;
    }
    form.add(host(
        state,
        "postgresql",
        "global.database.host",
        "db.example.com",
    ));
    form.add(port(state, "global.database.port"));
    form.add(
        Field::text(state, "global.database.name", "Database")
            .help("The database on that server. It needs the extension ‘vector’.")
            .check(check::needed),
    );
    form.add(
        Field::text(state, "global.database.username", "User")
            .help("Who the services log in as. The password comes from a Secret, see the next step.")
            .check(check::needed),
    );
    form.add(
        Field::words(
            state,
            "global.database.sslMode",
            "TLS",
            ["disable", "require", "verify-ca", "verify-full"]
                .map(|mode| Choice::new(mode, mode, ""))
                .to_vec(),
        )
        .by_default("require")
        .help("require encrypts; verify-full also makes sure that it is the right server."),
    );
}

fn redis(form: &mut Form<'_>) {
    let state = form.state;
    form.heading("Redis");
    form.add(place(
        state,
        "redis.enabled",
        "Embedded: one Redis in this namespace. External: one that somebody looks after.",
    ));
    if state.is_on("redis.enabled") {
        form.note(Tone::Plain, "One pod. Queues and caches are lost with it.");
        return;
    }
    form.add(host(state, "redis", "global.redis.host", "cache.example.com"));
    form.add(port(state, "global.redis.port"));
    form.add(
        Field::number(state, "global.redis.database", "Database", 0, 15)
            .help("Redis’ number for it, usually 0."),
    );
}
