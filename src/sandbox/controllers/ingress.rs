//! Ingresses: an address from the controller of their class, and the certificates that their annotations ask for.

use super::super::json::{self, items, text};
use super::{Pass, owner_reference};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::time::Instant;

/// When the Ingresses that have no address yet get theirs, by UID.
#[derive(Debug, Default)]
pub(super) struct Addresses(HashMap<String, Instant>);

pub(super) fn run(pass: &mut Pass<'_>, addresses: &mut Addresses) {
    for ingress in pass.api.objects("networking.k8s.io", "Ingress", "") {
        if json::is_terminating(&ingress) {
            continue;
        }
        ask_for_certificates(pass, &ingress);
        let class = text(&ingress, "/spec/ingressClassName");
        let served = pass.api.object("networking.k8s.io", "IngressClass", "", class);
        let Some(class) = served else { continue };
        if !items(&ingress, "/status/loadBalancer/ingress").is_empty() {
            continue;
        }
        let due = *addresses
            .0
            .entry(json::uid(&ingress).to_owned())
            .or_insert(pass.now + pass.takes(1_500));
        if pass.now < due {
            pass.wake_at(due);
            continue;
        }
        addresses.0.remove(json::uid(&ingress));
        let (address, component) = match text(&class, "/spec/controller") {
            "k8s.io/ingress-nginx" => ("172.18.0.241", "nginx-ingress-controller"),
            _ => ("172.18.0.242", "traefik"),
        };
        let status = json!({"loadBalancer": {"ingress": [{"ip": address}]}});
        pass.set_status("networking.k8s.io", "Ingress", &ingress, status);
        pass.event(&ingress, component, "Sync", "Scheduled for sync");
    }
}

/// cert-manager makes a Certificate for each TLS entry of an Ingress that names an issuer.
fn ask_for_certificates(pass: &mut Pass<'_>, ingress: &Arc<Json>) {
    let annotation =
        |name: &str| text(ingress, &format!("/metadata/annotations/cert-manager.io~1{name}")).to_owned();
    let (kind, issuer) = match (annotation("cluster-issuer"), annotation("issuer")) {
        (issuer, _) if !issuer.is_empty() => ("ClusterIssuer", issuer),
        (_, issuer) if !issuer.is_empty() => ("Issuer", issuer),
        _ => return,
    };
    for entry in items(ingress, "/spec/tls") {
        let name = text(entry, "/secretName");
        let namespace = json::namespace(ingress);
        if name.is_empty()
            || pass
                .api
                .object("cert-manager.io", "Certificate", namespace, name)
                .is_some()
        {
            continue;
        }
        let certificate = json!({
            "metadata": {"name": name, "ownerReferences": [owner_reference(ingress)]},
            "spec": {
                "secretName": name, "dnsNames": entry["hosts"], "usages": ["digital signature", "key encipherment"],
                "issuerRef": {"group": "cert-manager.io", "kind": kind, "name": issuer},
            },
        });
        if pass
            .create(
                "cert-manager.io",
                "Certificate",
                namespace,
                certificate,
                "cert-manager-ingress-shim",
            )
            .is_ok()
        {
            let message = format!("Successfully created Certificate \"{name}\"");
            pass.event(
                ingress,
                "cert-manager-ingress-shim",
                "CreateCertificate",
                &message,
            );
        }
    }
}
