//! Connecting to a cluster and looking for the release.

use super::{edit, navigate, predict};
use crate::wizard::effect::{Effect, RequestId};
use crate::wizard::facts::{ClusterFacts, ClusterRef, Context, Found, Problem};
use crate::wizard::field::{Field, Kind, Slot};
use crate::wizard::overlay;
use crate::wizard::preview::Preview;
use crate::wizard::state::State;
use crate::wizard::step::Step;
use crate::wizard::target::{Connection, Release};
use serde_json::{Map, Value as Json};
use std::time::Duration;

/// How long a name must stay as it is before the cluster is asked about it.
const SETTLE: Duration = Duration::from_millis(400);

/// The kubeconfig was read: its current context is proposed, or the sandbox where there is none.
pub(super) fn contexts(state: &mut State, result: Result<Vec<Context>, Problem>) -> Vec<Effect> {
    let contexts = match result {
        Ok(contexts) => contexts,
        Err(problem) => {
            state.target.kubeconfig_problem = Some(problem);
            Vec::new()
        }
    };
    if state.target.cluster.is_none() {
        state.target.cluster = Some(match contexts.iter().find(|context| context.current) {
            Some(context) => ClusterRef::Context(context.name.clone()),
            None => ClusterRef::Sandbox(state.target.scenario.clone()),
        });
    }
    state.target.contexts = Some(contexts);
    state.settle_namespace();
    Vec::new()
}

/// Whether an answer about the target is still to come.
pub(super) fn is_under_way(state: &State) -> bool {
    matches!(state.target.connection, Connection::Connecting { .. })
        || matches!(state.target.known, Release::Loading { .. })
}

/// Chooses an entry of the list of clusters.
pub(super) fn choose_entry(state: &mut State, field: &Field, entry: usize) -> Vec<Effect> {
    let Kind::List { choices, .. } = &field.kind else {
        return Vec::new();
    };
    match choices.get(entry).and_then(|choice| choice.value.as_str()) {
        Some(value) => choose(state, &Slot::Cluster, value),
        None => Vec::new(),
    }
}

/// Chooses the cluster or the scenario. Nothing is connected before the person goes on.
pub(super) fn choose(state: &mut State, slot: &Slot, value: &str) -> Vec<Effect> {
    if *slot == Slot::Scenario {
        value.clone_into(&mut state.target.scenario);
    }
    let cluster = if *slot == Slot::Scenario {
        Some(ClusterRef::Sandbox(value.to_owned()))
    } else {
        edit::cluster_of(state, value)
    };
    if cluster == state.target.cluster {
        return Vec::new();
    }
    state.target.cluster = cluster;
    forget_cluster(state);
    state.settle_namespace();
    Vec::new()
}

fn forget_cluster(state: &mut State) {
    // What was agreed to was about another cluster's objects.
    state.review.take_over.clear();
    state.target.connection = Connection::None;
    state.target.known = Release::Unknown;
    state.target.go_on = false;
    state.preview = Preview {
        generation: state.preview.generation + 1,
        ..Preview::default()
    };
}

/// Connects to the chosen cluster.
pub(super) fn connect(state: &mut State) -> Vec<Effect> {
    let Some(cluster) = state.target.cluster.clone() else {
        return Vec::new();
    };
    let id = state.request();
    state.target.connection = Connection::Connecting { id, since: state.now };
    state.target.known = Release::Unknown;
    vec![Effect::Connect {
        id,
        cluster,
        namespace: state.target.namespace.clone(),
    }]
}

/// Asks again whatever is shown.
pub(super) fn refresh(state: &mut State) -> Vec<Effect> {
    if state.step == Step::Target || state.target.facts().is_none() {
        connect(state)
    } else {
        predict::read_live(state)
    }
}

/// The cluster has answered, or has not.
pub(super) fn connected(
    state: &mut State,
    id: RequestId,
    cluster: ClusterRef,
    result: Result<Box<ClusterFacts>, Problem>,
) -> Vec<Effect> {
    if !matches!(state.target.connection, Connection::Connecting { id: newest, .. } if newest == id) {
        return Vec::new();
    }
    match result {
        Ok(facts) => {
            state.target.cluster = Some(cluster);
            state.target.connection = Connection::Connected(facts);
            load_release(state)
        }
        Err(problem) => {
            state.target.connection = Connection::Failed(problem);
            state.target.go_on = false;
            Vec::new()
        }
    }
}

fn load_release(state: &mut State) -> Vec<Effect> {
    let id = state.request();
    state.target.known = Release::Loading { id };
    vec![Effect::LoadRelease {
        id,
        namespace: state.target.namespace.clone(),
        release: state.target.release.clone(),
    }]
}

/// Looks for the release once more, after it was changed.
pub(super) fn reload(state: &mut State) -> Vec<Effect> {
    connect(state)
}

/// Namespace or name are other ones: the cluster is asked about them once they have settled.
pub(super) fn renamed(state: &mut State) -> Vec<Effect> {
    if state.target.facts().is_none() {
        return Vec::new();
    }
    state.review.take_over.clear();
    state.target.known = Release::Unknown;
    state.target.settling = state.request();
    vec![Effect::StartTimer {
        id: state.target.settling,
        after: SETTLE,
    }]
}

/// Namespace and name have settled. The survey is made again too, because it is about the namespace.
pub(super) fn settled(state: &mut State) -> Vec<Effect> {
    state.target.settling = RequestId::default();
    connect(state)
}

/// The release was looked for.
pub(super) fn release_loaded(
    state: &mut State,
    id: RequestId,
    result: Result<Box<Found>, Problem>,
) -> Vec<Effect> {
    if state.target.known != (Release::Loading { id }) {
        return Vec::new();
    }
    match result {
        Ok(found) => {
            state.target.namespace_exists = found.namespace_exists;
            state.target.known = match found.release {
                None => Release::New,
                Some(facts) => {
                    take_over(state, &facts.values);
                    Release::Existing(Box::new(facts))
                }
            };
        }
        Err(problem) => {
            state.target.known = Release::Failed(problem);
            state.target.go_on = false;
            return Vec::new();
        }
    }
    let mut effects = predict::predict(state);
    effects.extend(predict::read_live(state));
    if std::mem::take(&mut state.target.go_on) && state.step == Step::Target {
        effects.extend(navigate::jump(state, Step::Environment));
    }
    effects
}

/// Makes the choices those of the existing release, unless something was chosen here already.
fn take_over(state: &mut State, values: &Json) {
    let untouched = state.overlay.as_object().is_none_or(Map::is_empty);
    if !untouched {
        return;
    }
    if state.setup.wishes.profile.is_none() {
        let environment = overlay::get(values, "global.environment").and_then(Json::as_str);
        let matching = state.setup.profiles.iter().position(|profile| {
            overlay::get(&profile.values, "global.environment").and_then(Json::as_str) == environment
        });
        if environment.is_some() && matching.is_some() {
            state.profile = matching;
            state.rebase();
        }
    }
    let wanted = overlay::merge(&state.setup.chart.defaults, values);
    state.overlay = overlay::between(&state.base, &wanted);
    // A service that does not run yet starts as the profile proposes, but for what somebody had set of it.
    for service in &state.setup.chart.services {
        let on = overlay::get(&wanted, &format!("{}.enabled", service.name));
        if on == Some(&Json::Bool(false)) {
            overlay::keep_only(&mut state.overlay, &service.name, values);
        }
    }
    state.recompute();
    edit::keep_wrong_drafts(state);
}
