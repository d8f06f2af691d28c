//! What a person changes in a field, and how it becomes a choice in the overlay.

use super::{predict, target};
use crate::wizard::effect::Effect;
use crate::wizard::facts::ClusterRef;
use crate::wizard::field::{Field, Focus, Kind, Slot};
use crate::wizard::input::{Edit, LineEdit};
use crate::wizard::overlay;
use crate::wizard::review::Approval;
use crate::wizard::state::State;
use crate::wizard::step::Step;
use serde_json::{Value as Json, json};

/// Switches of the chart with the values that must say the same where they are set, because the chart refuses values that
/// contradict each other. Left unset they follow by themselves.
const TWINS: [(&str, &str); 2] = [
    ("postgresql.enabled", "global.database.embedded"),
    ("redis.enabled", "global.redis.embedded"),
];

/// Switches the focused field, or chooses the focused entry.
pub(super) fn toggle(state: &mut State) -> Vec<Effect> {
    let Some((focus, field)) = state.focused() else {
        return Vec::new();
    };
    match &field.kind {
        Kind::Toggle { on } => choose(state, &field.slot, json!(!on)),
        Kind::Words { .. } => cycle(state, true),
        Kind::List { .. } => entry(state, &field, &focus),
        Kind::Text | Kind::Number | Kind::Fraction => text(state, &Edit::Insert(" ".into())),
    }
}

fn entry(state: &mut State, field: &Field, focus: &Focus) -> Vec<Effect> {
    let Kind::List { choices, .. } = &field.kind else {
        return Vec::new();
    };
    match choices.get(focus.entry) {
        Some(choice) => choose(state, &field.slot, choice.value.clone()),
        None => Vec::new(),
    }
}

/// Takes the next or the previous word; moves within text and switches a toggle too.
pub(super) fn cycle(state: &mut State, forward: bool) -> Vec<Effect> {
    let Some((_, field)) = state.focused() else {
        return Vec::new();
    };
    match &field.kind {
        Kind::Words { choices, chosen } if !choices.is_empty() => {
            let last = choices.len() - 1;
            let to = match (chosen, forward) {
                (None, true) => 0,
                (None, false) => last,
                (Some(at), true) => {
                    if *at == last {
                        0
                    } else {
                        at + 1
                    }
                }
                (Some(at), false) => at.checked_sub(1).unwrap_or(last),
            };
            choose(state, &field.slot, choices[to].value.clone())
        }
        Kind::Toggle { on } => choose(state, &field.slot, json!(!on)),
        Kind::Text | Kind::Number | Kind::Fraction => {
            text(state, if forward { &Edit::Right } else { &Edit::Left })
        }
        Kind::Words { .. } | Kind::List { .. } => Vec::new(),
    }
}

/// Edits the focused field's text. What is typed stays, also where it is wrong; the value follows where it is right.
pub(super) fn text(state: &mut State, edit: &Edit) -> Vec<Effect> {
    let Some((_, field)) = state.focused() else {
        return Vec::new();
    };
    if !field.is_typed() {
        return Vec::new();
    }
    let draft = state
        .drafts
        .entry(field.slot.clone())
        .or_insert_with(|| LineEdit::new(field.text.clone()));
    if !draft.apply(edit) {
        return Vec::new();
    }
    if field.slot == Slot::Confirmation {
        state.review.refusal = None;
        return Vec::new();
    }
    let typed = draft.text().trim().to_owned();
    let fields = state.fields(state.step);
    let wrong = fields
        .iter()
        .find(|now| now.slot == field.slot)
        .is_none_or(|now| now.problem.is_some());
    if wrong {
        return Vec::new();
    }
    match read(&field, &typed) {
        Some(value) => choose(state, &field.slot, value),
        None => Vec::new(),
    }
}

/// What was typed, as a value.
fn read(field: &Field, typed: &str) -> Option<Json> {
    match field.kind {
        Kind::Number => typed.parse::<i64>().ok().map(Json::from),
        Kind::Fraction => typed.parse::<f64>().ok().map(Json::from),
        _ => Some(Json::from(typed)),
    }
}

/// The focused field goes back to its default.
pub(super) fn reset(state: &mut State) -> Vec<Effect> {
    let Some((_, field)) = state.focused() else {
        return Vec::new();
    };
    state.drafts.remove(&field.slot);
    match &field.slot {
        Slot::Value(path) => overlay::forget(&mut state.overlay, path),
        Slot::IngressHost(at) => overlay::forget(&mut state.overlay, &format!("{at}.hosts")),
        Slot::IngressTls(at) | Slot::IngressIssuer(at) => {
            overlay::forget(&mut state.overlay, &format!("{at}.tls"));
            overlay::forget(&mut state.overlay, &format!("{at}.certManager"));
            state.drafts.remove(&Slot::IngressTls(at.clone()));
        }
        Slot::SecretStore => overlay::forget(&mut state.overlay, "global.externalSecrets.secretStoreRef"),
        Slot::Pauses => state.pauses = None,
        Slot::Namespace => {
            state.target.namespace_chosen = false;
            state.settle_namespace();
            return target::renamed(state);
        }
        Slot::Release => {
            state.target.release = state.setup.chart.name.clone();
            return target::renamed(state);
        }
        Slot::Cluster | Slot::Scenario | Slot::Profile | Slot::Confirmation => return Vec::new(),
    }
    changed(state)
}

/// Replaces the choices as a whole. Drafts go where their value is another one now.
pub(super) fn replace(state: &mut State, overlay: Json) -> Vec<Effect> {
    state.overlay = overlay;
    state.recompute();
    keep_wrong_drafts(state);
    changed(state)
}

/// Forgets what was typed and is right, because the value says it; keeps what is wrong, because nothing else does.
pub(super) fn keep_wrong_drafts(state: &mut State) {
    let wrong: Vec<Slot> = state
        .problems()
        .into_iter()
        .map(|(_, field)| field.slot)
        .collect();
    state.drafts.retain(|slot, _| wrong.contains(slot));
}

/// Sets what a slot stands for.
pub(super) fn choose(state: &mut State, slot: &Slot, value: Json) -> Vec<Effect> {
    let text = value.as_str().unwrap_or_default();
    match slot {
        Slot::Cluster | Slot::Scenario => return target::choose(state, slot, text),
        Slot::Profile => return profile(state, text),
        Slot::Pauses => state.pauses = value.as_bool(),
        Slot::Namespace => {
            text.clone_into(&mut state.target.namespace);
            state.target.namespace_chosen = true;
            return target::renamed(state);
        }
        Slot::Release => {
            text.clone_into(&mut state.target.release);
            return target::renamed(state);
        }
        Slot::Value(path) => {
            if let Some((_, twin)) = TWINS.iter().find(|(switch, _)| switch == path)
                && state.get(twin).is_some_and(Json::is_boolean)
            {
                put(state, twin, value.clone());
            }
            put(state, path, value);
        }
        Slot::IngressHost(at) => host(state, at, text),
        Slot::IngressTls(at) => put(state, &format!("{at}.tls"), json!([{"secretName": text}])),
        Slot::IngressIssuer(at) => issuer(state, at, text),
        Slot::SecretStore => {
            if let Some((kind, name)) = text.split_once('/') {
                put(state, "global.externalSecrets.secretStoreRef.kind", json!(kind));
                put(state, "global.externalSecrets.secretStoreRef.name", json!(name));
            }
        }
        Slot::Confirmation => return Vec::new(),
    }
    changed(state)
}

fn put(state: &mut State, path: &str, value: Json) {
    overlay::choose(&mut state.overlay, &state.base, path, value);
}

/// Sets the first host and keeps its paths, and the other hosts.
fn host(state: &mut State, at: &str, host: &str) {
    let path = format!("{at}.hosts");
    let mut hosts = state
        .get(&path)
        .and_then(Json::as_array)
        .cloned()
        .unwrap_or_default();
    match hosts.first_mut() {
        Some(Json::Object(first)) => {
            first.insert("host".into(), host.into());
        }
        _ => hosts.insert(0, json!({"host": host})),
    }
    put(state, &path, Json::Array(hosts));
}

/// Sets where the certificate comes from; the other sources are switched off, because the chart takes one.
fn issuer(state: &mut State, at: &str, source: &str) {
    let (cluster, namespaced) = match source.split_once('/') {
        Some(("ClusterIssuer", name)) => (name, ""),
        Some((_, name)) => ("", name),
        None => ("", ""),
    };
    let tls = if source == "secret" {
        let service = at.split('.').next().unwrap_or(at);
        json!([{"secretName": format!("{}-{service}-tls", state.target.release)}])
    } else {
        json!([])
    };
    state.drafts.remove(&Slot::IngressTls(at.to_owned()));
    put(state, &format!("{at}.tls"), tls);
    put(state, &format!("{at}.certManager.clusterIssuer"), json!(cluster));
    put(state, &format!("{at}.certManager.issuer"), json!(namespaced));
}

fn profile(state: &mut State, name: &str) -> Vec<Effect> {
    let Some(at) = state
        .setup
        .profiles
        .iter()
        .position(|profile| profile.name == name)
    else {
        return Vec::new();
    };
    state.profile = Some(at);
    state.rebase();
    keep_wrong_drafts(state);
    let namespace = state.target.namespace.clone();
    state.settle_namespace();
    let mut effects = changed(state);
    if state.target.namespace != namespace {
        effects.extend(target::renamed(state));
    }
    effects
}

/// A choice has changed: what was approved no longer holds, and the plan is made anew.
pub(super) fn changed(state: &mut State) -> Vec<Effect> {
    state.recompute();
    take_drafts_that_became_right(state);
    if state.review.approval != Approval::Started {
        state.review.approval = Approval::Open;
        state.review.refusal = None;
    }
    predict::predict(state)
}

/// What was typed may have been wrong only beside another field ("at most" below "at least"): once that has changed,
/// the value follows.
fn take_drafts_that_became_right(state: &mut State) {
    let drafted: Vec<Field> = Step::ALL
        .into_iter()
        .filter(|step| step.is_form())
        .flat_map(|step| state.fields(step))
        .filter(|field| field.is_typed() && field.problem.is_none() && state.drafts.contains_key(&field.slot))
        .collect();
    for field in drafted {
        if let Slot::Value(path) = &field.slot
            && let Some(value) = read(&field, field.text.trim())
            && state.get(path) != Some(&value)
        {
            put(state, path, value);
        }
    }
    state.recompute();
}

/// The cluster that an entry of the list stands for.
pub(super) fn cluster_of(state: &State, value: &str) -> Option<ClusterRef> {
    if let Some(name) = value.strip_prefix("context/") {
        return Some(ClusterRef::Context(name.to_owned()));
    }
    (value == "sandbox").then(|| ClusterRef::Sandbox(state.target.scenario.clone()))
}
