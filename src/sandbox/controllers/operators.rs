//! The operators that the sandbox's cluster runs: definitions are established, External Secrets writes the Secrets of
//! its objects, cert-manager those of its certificates.
//!
//! What they write has the right shape and no meaning: values are derived from names, certificates certify nothing.

use super::super::json::{self, items, text};
use super::{Pass, owner_reference, with_condition};
use crate::sandbox::api::Writer;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::time::Instant;

const ESO: &str = "external-secrets.io";
const CERT_MANAGER: &str = "cert-manager.io";

/// When the objects that are still unanswered are answered, by UID and generation.
#[derive(Debug, Default)]
pub(super) struct Pending(HashMap<(String, i64), Instant>);

impl Pending {
    /// Whether an operator has had its time to look at this generation of an object.
    fn is_due(&mut self, pass: &mut Pass<'_>, object: &Json, milliseconds: u64) -> bool {
        let generation = json::number(object, "/metadata/generation").unwrap_or(0);
        let key = (json::uid(object).to_owned(), generation);
        let due = *self.0.entry(key).or_insert(pass.now + pass.takes(milliseconds));
        if pass.now < due {
            pass.wake_at(due);
        }
        pass.now >= due
    }
}

pub(super) fn run(pass: &mut Pass<'_>, pending: &mut Pending) {
    for definition in pass
        .api
        .objects("apiextensions.k8s.io", "CustomResourceDefinition", "")
    {
        if !json::condition_is_true(&definition, "Established") && pending.is_due(pass, &definition, 200) {
            establish(pass, &definition);
        }
    }
    for kind in ["SecretStore", "ClusterSecretStore"] {
        for store in pass.api.objects(ESO, kind, "") {
            if pending.is_due(pass, &store, 300) {
                set_ready(pass, (ESO, kind), &store, true, "Valid", "store validated");
            }
        }
    }
    for issuer in pass.api.objects(CERT_MANAGER, "Issuer", "") {
        if pending.is_due(pass, &issuer, 300) {
            set_ready(
                pass,
                (CERT_MANAGER, "Issuer"),
                &issuer,
                true,
                "IsReady",
                "the issuer is ready",
            );
        }
    }
    for external in pass.api.objects(ESO, "ExternalSecret", "") {
        if !json::is_terminating(&external) && pending.is_due(pass, &external, 900) {
            synchronize(pass, &external);
        }
    }
    for certificate in pass.api.objects(CERT_MANAGER, "Certificate", "") {
        if !json::is_terminating(&certificate) && pending.is_due(pass, &certificate, 2_000) {
            issue(pass, &certificate);
        }
    }
}

fn establish(pass: &mut Pass<'_>, definition: &Arc<Json>) {
    let now = pass.stamp();
    let names = with_condition(
        &[],
        "NamesAccepted",
        true,
        "NoConflicts",
        "no conflicts found",
        &now,
    );
    let words = "the initial names have been accepted";
    let conditions = with_condition(&names, "Established", true, "InitialNamesAccepted", words, &now);
    let stored: Vec<&str> = items(definition, "/spec/versions")
        .iter()
        .filter(|version| version["storage"] == true)
        .map(json::name_field)
        .collect();
    let status = json!({"acceptedNames": definition["spec"]["names"], "conditions": conditions, "storedVersions": stored});
    pass.set_status(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        definition,
        status,
    );
}

/// Sets the condition `Ready` and leaves the rest of the status alone.
fn set_ready(
    pass: &mut Pass<'_>,
    (group, kind): (&str, &str),
    object: &Arc<Json>,
    ready: bool,
    reason: &str,
    message: &str,
) {
    let now = pass.stamp();
    let old = items(object, "/status/conditions");
    let mut status = object.get("status").cloned().unwrap_or_else(|| json!({}));
    status["conditions"] = with_condition(old, "Ready", ready, reason, message, &now).into();
    pass.set_status(group, kind, object, status);
}

/// Writes the Secret of an `ExternalSecret`.
fn synchronize(pass: &mut Pass<'_>, external: &Arc<Json>) {
    const KIND: (&str, &str) = (ESO, "ExternalSecret");
    let store_kind = match text(external, "/spec/secretStoreRef/kind") {
        "" => "SecretStore",
        kind => kind,
    };
    let store_name = text(external, "/spec/secretStoreRef/name");
    let namespace = json::namespace(external);
    let store = pass.api.object(ESO, store_kind, namespace, store_name);
    if !store.is_some_and(|store| json::condition_is_true(&store, "Ready")) {
        let message = format!("could not get provider client: {store_kind}.{ESO} \"{store_name}\" not found");
        set_ready(pass, KIND, external, false, "SecretSyncedError", &message);
        pass.warning(external, "external-secrets", "UpdateFailed", &message);
        let again = pass.now + pass.takes(3_000);
        pass.wake_at(again);
        return;
    }
    let target = match text(external, "/spec/target/name") {
        "" => json::name(external),
        name => name,
    };
    if json::condition_is_true(external, "Ready")
        && pass.api.object("", "Secret", namespace, target).is_some()
    {
        return;
    }
    let mut data = Map::new();
    for entry in items(external, "/spec/data") {
        let remote = format!(
            "{}/{}",
            text(entry, "/remoteRef/key"),
            text(entry, "/remoteRef/property")
        );
        data.insert(text(entry, "/secretKey").to_owned(), invented(&remote).into());
    }
    write_secret(pass, external, target, "Opaque", &data, "external-secrets");
    set_ready(pass, KIND, external, true, "SecretSynced", "secret synced");
    pass.event(external, "external-secrets", "Created", "secret created");
}

/// Writes the Secret of a Certificate.
fn issue(pass: &mut Pass<'_>, certificate: &Arc<Json>) {
    const KIND: (&str, &str) = (CERT_MANAGER, "Certificate");
    let kind = match text(certificate, "/spec/issuerRef/kind") {
        "" => "Issuer",
        kind => kind,
    };
    let (issuer, namespace) = (
        text(certificate, "/spec/issuerRef/name"),
        json::namespace(certificate),
    );
    let found = pass.api.object(CERT_MANAGER, kind, namespace, issuer);
    if !found.is_some_and(|issuer| json::condition_is_true(&issuer, "Ready")) {
        let message =
            format!("Referenced \"{kind}\" not found: {kind}.{CERT_MANAGER} \"{issuer}\" not found");
        set_ready(pass, KIND, certificate, false, "IssuerNotFound", &message);
        let again = pass.now + pass.takes(3_000);
        pass.wake_at(again);
        return;
    }
    if json::condition_is_true(certificate, "Ready") {
        return;
    }
    let pem = |what: &str| {
        format!(
            "-----BEGIN {what}-----\n{}\n-----END {what}-----\n",
            invented(json::uid(certificate))
        )
    };
    let data = Map::from_iter([
        ("tls.crt".to_owned(), pem("CERTIFICATE").into()),
        ("tls.key".to_owned(), pem("PRIVATE KEY").into()),
    ]);
    let target = text(certificate, "/spec/secretName").to_owned();
    write_secret(
        pass,
        certificate,
        &target,
        "kubernetes.io/tls",
        &data,
        "cert-manager-certificates-issuing",
    );
    set_ready(
        pass,
        KIND,
        certificate,
        true,
        "Ready",
        "Certificate is up to date and has not expired",
    );
    pass.event(
        certificate,
        "cert-manager-certificates-issuing",
        "Issuing",
        "The certificate has been successfully issued",
    );
}

/// Creates the Secret, or puts these values into the one that exists.
fn write_secret(
    pass: &mut Pass<'_>,
    owner: &Json,
    name: &str,
    kind: &str,
    data: &Map<String, Json>,
    manager: &str,
) {
    let namespace = json::namespace(owner);
    if let Some(live) = pass.api.object("", "Secret", namespace, name) {
        let mut object = Json::clone(&live);
        object["stringData"] = data.clone().into();
        pass.write("", "Secret", object, Writer::new(manager));
        return;
    }
    let secret = json!({
        "metadata": {"name": name, "ownerReferences": [owner_reference(owner)]},
        "type": kind, "stringData": data,
    });
    if let Err(refused) = pass.create("", "Secret", namespace, secret, manager) {
        tracing::debug!(name, refused, "a simulated operator could not write its Secret");
    }
}

/// A value that stands for a secret: 32 bytes in base64, the same for the same name.
fn invented(name: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(Sha256::digest(name))
}
