//! Secrets: which backend holds passwords and keys. Values hold references only.

use super::build::Form;
use crate::wizard::check;
use crate::wizard::field::{Block, Choice, Field, Slot, Tone};
use crate::wizard::state::State;
use serde_json::Value as Json;

/// A group of keys that lies in one Secret: what it is, its value's path, the path of the key's name.
struct Group {
    label: &'static str,
    path: &'static str,
    key: Option<(&'static str, &'static str)>,
    help: &'static str,
}

const GROUPS: [Group; 4] = [
    Group {
        label: "Database",
        path: "global.database.existingSecret",
        key: Some(("global.database.existingSecretPasswordKey", "password")),
        help: "The Secret with the database’s password.",
    },
    Group {
        label: "Redis",
        path: "global.redis.existingSecret",
        key: Some(("global.redis.existingSecretPasswordKey", "password")),
        help: "The Secret with Redis’ password.",
    },
    Group {
        label: "Encryption",
        path: "global.security.existingSecret",
        key: Some(("global.security.existingSecretKeyName", "encryption-master-key")),
        help: "The Secret with the key that encrypts stored credentials. Losing it loses them.",
    },
    Group {
        label: "Sessions",
        path: "global.security.jwt.existingSecret",
        key: Some(("global.security.jwt.existingSecretKeyName", "jwt-secret")),
        help: "The Secret with the key that signs session tokens (JWT).",
    },
];

pub(super) fn form(state: &State) -> Vec<Block> {
    let mut form = Form::new(state);
    form.heading("Backend");
    form.add(
        Field::list(
            state,
            "global.externalSecrets.enabled",
            "Backend",
            backends(state),
        )
        .help("Who holds the secrets. The chart only ever refers to them by name."),
    );
    if state.is_on("global.externalSecrets.enabled") {
        external(&mut form);
    }
    form.heading("Secrets that exist already");
    for group in &GROUPS {
        reference(&mut form, group);
    }
    for service in &state.setup.chart.services {
        if state.is_on(&format!("{}.enabled", service.name)) {
            service_reference(&mut form, &service.name);
        }
    }
    form.done()
}

fn backends(state: &State) -> Vec<Choice> {
    let operator = match state.target.facts().map(|facts| &facts.secret_stores) {
        Some(None) => "the operator is not in this cluster",
        _ => "fetched from a vault by the operator",
    };
    vec![
        Choice::new(false, "Kubernetes", "generated once, kept in the namespace"),
        Choice::new(true, "External Secrets", operator),
    ]
}

fn external(form: &mut Form<'_>) {
    let state = form.state;
    let stores: Vec<Choice> = state
        .target
        .facts()
        .and_then(|facts| facts.secret_stores.as_ref())
        .into_iter()
        .flatten()
        .map(|(kind, name)| Choice::new(format!("{kind}/{name}"), name.clone(), kind.clone()))
        .collect();
    if stores.is_empty() {
        form.note(
            Tone::Warning,
            "No SecretStore was found in the cluster; name the one that will be there.",
        );
        form.add(
            Field::text(state, "global.externalSecrets.secretStoreRef.name", "Store")
                .placeholder("aws-secrets-manager")
                .help("The SecretStore or ClusterSecretStore to fetch from.")
                .check(check::subdomain),
        );
        form.add(
            Field::words(
                state,
                "global.externalSecrets.secretStoreRef.kind",
                "Kind",
                ["SecretStore", "ClusterSecretStore"]
                    .map(|kind| Choice::new(kind, kind, ""))
                    .to_vec(),
            )
            .help("A SecretStore serves its own namespace, a ClusterSecretStore all of them."),
        );
    } else {
        let name = state.text("global.externalSecrets.secretStoreRef.name");
        let kind = state.text("global.externalSecrets.secretStoreRef.kind");
        form.add(
            Field::words_of(
                Slot::SecretStore,
                "Store",
                stores,
                &Json::from(format!("{kind}/{name}")),
            )
            .chosen_if(!name.is_empty())
            .help("The store to fetch from.")
            .required(),
        );
    }
    form.add(
        Field::text(state, "global.externalSecrets.remoteKeyPrefix", "Prefix")
            .placeholder("none")
            .help("What the names in the store begin with: developer-mesh/staging."),
    );
    form.add(
        Field::text(state, "global.externalSecrets.refreshInterval", "Refresh")
            .help("How often the operator looks for a newer value: 1h.")
            .check(check::duration),
    );
}

fn placeholder(state: &State) -> &'static str {
    if state.is_on("global.externalSecrets.enabled") {
        "fetched from the store"
    } else {
        "generated by mesh-tui"
    }
}

/// Whether the Secret of that name is known not to exist.
fn missing(state: &State, name: &str) -> bool {
    !name.is_empty()
        && state.target.facts().is_some_and(|facts| {
            state.target.namespace_exists && !facts.secrets.iter().any(|known| known == name)
        })
}

fn named(state: &State, path: &str, label: &str, help: &str) -> Field {
    let field = Field::text(state, path, label)
        .placeholder(placeholder(state))
        .help(help)
        .check(check::optional_name);
    if missing(state, field.text.trim()) {
        field.note("not in the namespace yet")
    } else {
        field
    }
}

fn reference(form: &mut Form<'_>, group: &Group) {
    let state = form.state;
    form.add(named(state, group.path, group.label, group.help));
    let Some((path, default)) = group.key else { return };
    if !state.text(group.path).is_empty() {
        form.add(
            Field::text(state, path, "key")
                .placeholder(default)
                .help("The key in that Secret.")
                .nested()
                .check(check::secret_key),
        );
    }
}

fn service_reference(form: &mut Form<'_>, service: &str) {
    let help = "The Secret with the service’s own keys: API keys, tokens.";
    form.add(named(
        form.state,
        &format!("{service}.secrets.existingSecret"),
        service,
        help,
    ));
}
