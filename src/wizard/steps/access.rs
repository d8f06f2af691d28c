//! Access: ingress with hosts and TLS for each service that can have one, and network policies.

use super::build::Form;
use crate::wizard::check;
use crate::wizard::facts::{ClusterFacts, IngressClass};
use crate::wizard::field::{Block, Choice, Field, Kind, Slot, Tone};
use crate::wizard::state::State;
use serde_json::Value as Json;

/// The controller that is no longer maintained.
const ARCHIVED_CONTROLLER: &str = "k8s.io/ingress-nginx";

pub(super) fn form(state: &State) -> Vec<Block> {
    let mut form = Form::new(state);
    for service in &state.setup.chart.services {
        let name = &service.name;
        let ingress = format!("{name}.ingress");
        if state.get(&ingress).is_some() && state.is_on(&format!("{name}.enabled")) {
            form.heading(format!("Ingress of {name}"));
            self::ingress(&mut form, &ingress);
        }
    }
    form.heading("Network");
    form.add(
        Field::toggle(state, "global.networkPolicy.enabled", "Policies")
            .help("Services may only talk to whom they need. The allowing rules come first, ‘deny the rest’ comes last."),
    );
    form.done()
}

fn ingress(form: &mut Form<'_>, at: &str) {
    let state = form.state;
    form.add(Field::toggle(state, &format!("{at}.enabled"), "Reachable").help(
        "Whether it can be reached from outside the cluster, by a host name through an ingress controller.",
    ));
    if !state.is_on(&format!("{at}.enabled")) {
        return;
    }
    let host = host_of(state, at);
    form.add(
        Field::typed(state, Slot::IngressHost(at.to_owned()), "Host", host, Kind::Text)
            .chosen_if(crate::wizard::overlay::get(&state.overlay, &format!("{at}.hosts")).is_some())
            .placeholder("api.example.com")
            .help("The name under which it is reached. Your DNS must lead it to the ingress controller.")
            .check(|text| {
                if text.is_empty() {
                    Err("is needed: without a host there is no ingress".into())
                } else {
                    check::ingress_host(text)
                }
            })
            .nested(),
    );
    class(form, at);
    tls(form, at);
}

/// The first host of an ingress.
pub(in crate::wizard) fn host_of(state: &State, at: &str) -> String {
    state
        .get(&format!("{at}.hosts"))
        .and_then(|hosts| hosts.get(0))
        .and_then(|first| first.get("host"))
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// The Secret with the certificate of an ingress.
fn tls_secret_of(state: &State, at: &str) -> Option<String> {
    state
        .get(&format!("{at}.tls"))
        .and_then(|tls| tls.get(0))
        .map(|first| {
            first
                .get("secretName")
                .and_then(Json::as_str)
                .unwrap_or_default()
                .to_owned()
        })
}

fn class(form: &mut Form<'_>, at: &str) {
    let state = form.state;
    let path = format!("{at}.className");
    let classes: &[IngressClass] = state.target.facts().map_or(&[], |facts| &facts.ingress_classes);
    if classes.is_empty() {
        form.add(
            Field::text(state, &path, "Class")
                .placeholder("the cluster’s default")
                .help("Which ingress controller serves it. The cluster has named none.")
                .check(check::optional_name)
                .nested(),
        );
        return;
    }
    let mut choices: Vec<Choice> = Vec::new();
    if let Some(default) = classes.iter().find(|class| class.default) {
        choices.push(Choice::new("", format!("default ({})", default.name), ""));
    } else if state.text(&path).is_empty() {
        choices.push(Choice::new("", "none", ""));
    }
    choices.extend(
        classes
            .iter()
            .map(|class| Choice::new(class.name.clone(), class.name.clone(), "")),
    );
    form.add(
        Field::words(state, &path, "Class", choices)
            .help("Which ingress controller serves it. These are the ones the cluster has.")
            .nested(),
    );
    let chosen = state.text(&path);
    let serves = classes
        .iter()
        .find(|class| class.name == chosen || (chosen.is_empty() && class.default));
    if serves.is_some_and(|class| class.controller == ARCHIVED_CONTROLLER) {
        form.note(
            Tone::Warning,
            "This class is served by ingress-nginx, which is archived and gets no security fixes.",
        );
    }
}

/// Where the certificate of an ingress comes from, as its choice's value.
pub(in crate::wizard) fn issuer_of(state: &State, at: &str) -> String {
    if tls_secret_of(state, at).is_some() {
        return "secret".into();
    }
    for (kind, key) in [("ClusterIssuer", "clusterIssuer"), ("Issuer", "issuer")] {
        let name = state.text(&format!("{at}.certManager.{key}"));
        if !name.is_empty() {
            return format!("{kind}/{name}");
        }
    }
    String::new()
}

fn tls(form: &mut Form<'_>, at: &str) {
    let state = form.state;
    let current = issuer_of(state, at);
    let mut choices = vec![
        Choice::new("", "none", ""),
        Choice::new("secret", "own certificate", ""),
    ];
    let known = state
        .target
        .facts()
        .into_iter()
        .flat_map(|facts: &ClusterFacts| &facts.issuers);
    choices.extend(known.map(|issuer| {
        let kind = if issuer.cluster { "ClusterIssuer" } else { "Issuer" };
        Choice::new(format!("{kind}/{}", issuer.name), issuer.name.clone(), "")
    }));
    let unknown = !choices
        .iter()
        .any(|choice| choice.value.as_str() == Some(current.as_str()));
    if unknown {
        let name = current.split_once('/').map_or(current.as_str(), |(_, name)| name);
        choices.push(Choice::new(current.clone(), name, ""));
    }
    let chosen = ["tls", "certManager"]
        .iter()
        .any(|key| crate::wizard::overlay::get(&state.overlay, &format!("{at}.{key}")).is_some());
    form.add(
        Field::words_of(Slot::IngressIssuer(at.to_owned()), "TLS", choices, &Json::from(current.clone()))
            .chosen_if(chosen)
            .help("Where the certificate comes from: an issuer of cert-manager in the cluster, or a Secret that you have put there.")
            .nested(),
    );
    if unknown && state.target.facts().is_some() {
        form.note(
            Tone::Warning,
            "The cluster has no cert-manager issuer of this name.",
        );
    }
    if current.is_empty() && state.is_guarded() {
        form.note(
            Tone::Warning,
            "Without TLS everything, passwords too, travels readable.",
        );
    }
    if let Some(secret) = tls_secret_of(state, at) {
        let missing = state
            .target
            .facts()
            .is_some_and(|facts| state.target.namespace_exists && !facts.secrets.contains(&secret));
        form.add(
            Field::typed(
                state,
                Slot::IngressTls(at.to_owned()),
                "Certificate",
                secret,
                Kind::Text,
            )
            .help("The Secret of type kubernetes.io/tls with certificate and key.")
            .note(if missing { "not in the namespace yet" } else { "" })
            .check(check::subdomain)
            .nested(),
        );
    }
}
