//! What the wizard does, event by event.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::update;
use crate::plan::model::Plan;
use crate::wizard::effect::{Effect, RequestId};
use crate::wizard::facts::{ClusterRef, Found, Problem, ReleaseFacts};
use crate::wizard::field::{Focus, Slot};
use crate::wizard::fixture::{
    act, conflicting, connected, contexts, focus, fresh, id_of, plan, retype, settle,
};
use crate::wizard::input::Edit;
use crate::wizard::preview::Sureness;
use crate::wizard::review::Approval;
use crate::wizard::target::{Connection, Release};
use crate::wizard::{Event, State, Step};
use serde_json::json;
use std::sync::Arc;

fn has_rollout(effects: &[Effect]) -> bool {
    effects
        .iter()
        .any(|effect| matches!(effect, Effect::StartRollout { .. }))
}

fn reviewing(profile: &str) -> State {
    let mut state = connected(profile);
    for (path, host) in [
        ("global.database.host", "db.example.com"),
        ("global.redis.host", "cache.example.com"),
    ] {
        act(&mut state, Event::Jump(Step::Data));
        focus(&mut state, path);
        retype(&mut state, host);
    }
    act(&mut state, Event::Jump(Step::Review));
    state
}

#[test]
fn production_without_its_typed_confirmation_yields_no_apply() {
    let mut state = reviewing("production");
    assert_eq!(state.blocked(), None);
    assert!(!has_rollout(&act(&mut state, Event::Approve)));
    assert!(
        state
            .review
            .refusal
            .as_deref()
            .unwrap()
            .contains("developer-mesh")
    );
    act(&mut state, Event::Edit(Edit::Insert("developer-mess".into())));
    assert!(!has_rollout(&act(&mut state, Event::Approve)));
}

#[test]
fn production_with_the_release_typed_rolls_out() {
    let mut state = reviewing("production");
    act(&mut state, Event::Edit(Edit::Insert("developer-mesh".into())));
    assert!(has_rollout(&act(&mut state, Event::Approve)));
    assert_eq!(state.step, Step::Rollout);
}

#[test]
fn an_approved_plan_that_has_changed_since_is_asked_about_again() {
    let mut state = reviewing("staging");
    let effects = update(&mut state, Event::Approve);
    let mut other = plan();
    other.stages[1].changes[0].fields[0].before = Some(json!("warn"));
    assert!(!has_rollout(&settle(&mut state, effects, &other)));
    let Approval::AskAgain(keys) = &state.review.approval else {
        panic!("{:?}", state.review.approval);
    };
    assert_eq!(
        keys.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["ConfigMap/edge-mcp"]
    );
    let effects = update(&mut state, Event::Approve);
    assert!(
        has_rollout(&settle(&mut state, effects, &other)),
        "approved as it is now"
    );
}

#[test]
fn a_field_that_only_the_server_fills_in_is_not_asked_about_again() {
    let mut state = reviewing("staging");
    let effects = update(&mut state, Event::Approve);
    let mut other = plan();
    other.stages[0].changes[0].fields.pop();
    assert!(has_rollout(&settle(&mut state, effects, &other)));
}

#[test]
fn a_choice_made_while_the_approval_is_checked_takes_it_back() {
    let mut state = reviewing("staging");
    let effects = update(&mut state, Event::Approve);
    act(&mut state, Event::Jump(Step::Services));
    act(&mut state, Event::Toggle);
    assert!(!has_rollout(&settle(&mut state, effects, &plan())));
}

#[test]
fn a_finding_that_is_an_error_stops_the_approval() {
    let mut state = reviewing("staging");
    let mut bad = plan();
    bad.findings[0].severity = crate::plan::model::Severity::Error;
    let effects = update(&mut state, Event::Refresh);
    settle(&mut state, effects, &bad);
    assert!(!has_rollout(&act(&mut state, Event::Approve)));
    assert_eq!(state.blocked().as_deref(), Some("worker runs a single pod"));
}

#[test]
fn what_is_typed_wrongly_stays_and_the_value_does_not_follow() {
    let mut state = connected("staging");
    act(&mut state, Event::Jump(Step::Data));
    focus(&mut state, "global.database.host");
    retype(&mut state, "postgres://db");
    act(&mut state, Event::Next);
    act(&mut state, Event::Jump(Step::Environment));
    act(&mut state, Event::Jump(Step::Data));
    let (_, field) = state.focused().unwrap();
    assert_eq!(field.text, "postgres://db");
    assert!(field.problem.unwrap().contains("scheme"));
    assert_eq!(state.text("global.database.host"), "");
    assert!(state.blocked().unwrap().starts_with("Data: Host"));
}

#[test]
fn a_value_set_back_to_its_default_leaves_the_overlay() {
    let mut state = connected("local");
    act(&mut state, Event::Jump(Step::Services));
    act(&mut state, Event::Toggle);
    assert_eq!(state.overlay, json!({"rest-api": {"enabled": false}}));
    act(&mut state, Event::Toggle);
    assert_eq!(state.overlay, json!({}));
}

#[test]
fn a_hand_written_value_that_no_form_shows_survives() {
    let mut state = connected("local");
    act(
        &mut state,
        Event::ReplaceOverlay(json!({"worker": {"nodeSelector": {"disk": "ssd"}}})),
    );
    act(&mut state, Event::Jump(Step::Services));
    focus(&mut state, "worker.enabled");
    act(&mut state, Event::Toggle);
    act(&mut state, Event::Toggle);
    assert_eq!(
        state.overlay,
        json!({"worker": {"nodeSelector": {"disk": "ssd"}}})
    );
}

#[test]
fn another_profile_keeps_the_choices() {
    let mut state = connected("local");
    act(&mut state, Event::Jump(Step::Services));
    focus(&mut state, "worker.enabled");
    act(&mut state, Event::Toggle);
    act(&mut state, Event::Jump(Step::Environment));
    act(
        &mut state,
        Event::Focus(Focus {
            slot: Slot::Profile,
            entry: 2,
        }),
    );
    act(&mut state, Event::Toggle);
    assert_eq!(state.profile().unwrap().name, "production");
    assert!(!state.is_on("worker.enabled"));
    assert!(state.is_on("global.monitoring.enabled"), "from the profile");
}

#[test]
fn the_most_pods_cannot_be_fewer_than_the_least() {
    let mut state = connected("local");
    act(&mut state, Event::Jump(Step::Services));
    focus(&mut state, "rest-api.autoscaling.maxReplicas");
    retype(&mut state, "2");
    assert!(state.focused().unwrap().1.problem.unwrap().contains("3 or more"));
    assert_eq!(state.number("rest-api.autoscaling.maxReplicas"), Some(10));
    focus(&mut state, "rest-api.autoscaling.minReplicas");
    retype(&mut state, "1");
    act(&mut state, Event::Jump(Step::Review));
    assert_eq!(state.problems(), [], "what was typed before is right now");
    assert_eq!(
        state.number("rest-api.autoscaling.maxReplicas"),
        Some(2),
        "and counts"
    );
}

#[test]
fn without_a_kubeconfig_the_sandbox_is_offered_by_itself() {
    let mut state = State::new(crate::wizard::fixture::setup());
    let problem = Problem {
        message: "No kubeconfig was found".into(),
        ..Problem::default()
    };
    update(&mut state, Event::Contexts(Err(problem)));
    assert_eq!(state.target.cluster, Some(ClusterRef::Sandbox("healthy".into())));
}

#[test]
fn nothing_is_connected_before_the_person_goes_on() {
    let mut state = fresh();
    assert_eq!(
        state.target.cluster,
        Some(ClusterRef::Context("kind-staging".into()))
    );
    let effects = update(&mut state, Event::Down);
    assert_eq!(effects, []);
    let effects = update(&mut state, Event::Next);
    assert!(matches!(
        effects.as_slice(),
        [Effect::Connect { cluster: ClusterRef::Context(name), .. }] if name == "eks-eu-1"
    ));
    assert_eq!(state.target.namespace, "mesh", "the context's");
    settle(&mut state, effects, &plan());
    assert_eq!(state.step, Step::Environment, "and goes on by itself");
}

#[test]
fn an_answer_about_another_cluster_is_stale() {
    let mut state = fresh();
    let first = update(&mut state, Event::Next);
    update(&mut state, Event::Down);
    let second = update(&mut state, Event::Next);
    assert_ne!(first, second);
    settle(&mut state, first, &plan());
    assert!(matches!(state.target.connection, Connection::Connecting { .. }));
    settle(&mut state, second, &plan());
    assert_eq!(
        state.target.cluster,
        Some(ClusterRef::Context(contexts()[1].name.clone()))
    );
}

#[test]
fn a_failed_connection_stays_on_the_step_and_can_be_tried_again() {
    let mut state = fresh();
    let effects = update(&mut state, Event::Next);
    let id = id_of(&effects, |effect| match effect {
        Effect::Connect { id, .. } => Some(*id),
        _ => None,
    });
    let cluster = state.target.cluster.clone().unwrap();
    let result = Err(Problem::default());
    update(&mut state, Event::Connected { id, cluster, result });
    assert_eq!(state.step, Step::Target);
    act(&mut state, Event::Next);
    assert_eq!(state.step, Step::Environment);
}

#[test]
fn an_existing_release_is_loaded_with_its_choices_and_its_profile() {
    let mut state = fresh();
    let mut effects = update(&mut state, Event::Next);
    while let Some(effect) = effects.pop() {
        let event = match effect {
            Effect::Connect { id, cluster, .. } => Event::Connected {
                id,
                cluster,
                result: Ok(Box::default()),
            },
            Effect::LoadRelease { id, .. } => Event::ReleaseLoaded {
                id,
                result: Ok(Box::new(Found {
                    namespace_exists: true,
                    release: Some(ReleaseFacts {
                        revision: 7,
                        values: json!({
                            "global": {"environment": "staging"}, "rest-api": {"enabled": false},
                            "worker": {"tolerations": [1]},
                        }),
                        ..ReleaseFacts::default()
                    }),
                })),
            },
            _ => continue,
        };
        effects.extend(update(&mut state, event));
    }
    assert!(matches!(state.target.known, Release::Existing(_)));
    assert_eq!(state.profile().unwrap().name, "staging");
    assert_eq!(
        state.overlay,
        json!({"rest-api": {"enabled": false}, "worker": {"tolerations": [1]}})
    );
}

#[test]
fn a_prediction_about_older_choices_is_ignored() {
    let mut state = connected("local");
    act(&mut state, Event::Jump(Step::Services));
    let older = update(&mut state, Event::Toggle);
    let newer = update(&mut state, Event::Toggle);
    settle(&mut state, newer, &plan());
    let generation = state.preview.generation;
    settle(&mut state, older, &Plan::default());
    assert_eq!(state.preview.plan, Some(Arc::new(plan())));
    assert_eq!(state.preview.generation, generation);
}

#[test]
fn the_server_is_asked_once_the_choices_have_settled() {
    let mut state = connected("local");
    act(&mut state, Event::Jump(Step::Services));
    let effects = update(&mut state, Event::Toggle);
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::DryRun { .. }))
    );
    settle(&mut state, effects, &plan());
    assert_eq!(state.preview.sureness, Sureness::Confirmed);
    assert_eq!(
        update(&mut state, Event::Timer(RequestId(1))),
        [],
        "a stale timer"
    );
}

#[test]
fn a_tls_source_switches_the_others_off_and_typing_a_host_keeps_its_paths() {
    let mut state = connected("local");
    act(
        &mut state,
        Event::ReplaceOverlay(json!({"rest-api": {"ingress": {
            "enabled": true, "hosts": [{"host": "a.example.com", "paths": [{"path": "/v1"}]}, {"host": "b.example.com"}],
            "tls": [{"secretName": "mine"}],
        }}})),
    );
    act(&mut state, Event::Jump(Step::Access));
    let slot = Slot::IngressHost("rest-api.ingress".into());
    act(&mut state, Event::Focus(Focus { slot, entry: 0 }));
    retype(&mut state, "c.example.com");
    let slot = Slot::IngressIssuer("rest-api.ingress".into());
    act(&mut state, Event::Focus(Focus { slot, entry: 0 }));
    act(&mut state, Event::Cycle { forward: true });
    assert_eq!(
        state.overlay["rest-api"]["ingress"],
        json!({
            "enabled": true, "hosts": [{"host": "c.example.com", "paths": [{"path": "/v1"}]}, {"host": "b.example.com"}],
            "certManager": {"clusterIssuer": "letsencrypt"},
        })
    );
}

#[test]
fn tab_leads_from_a_service_to_its_details_and_up_leads_back() {
    let mut state = connected("local");
    act(&mut state, Event::Jump(Step::Services));
    act(&mut state, Event::Down);
    act(&mut state, Event::NextField);
    let at = |state: &State| state.focused().unwrap().0.slot;
    assert_eq!(at(&state), Slot::Value("edge-mcp.image.tag".into()));
    act(&mut state, Event::Up);
    assert_eq!(at(&state), Slot::Value("edge-mcp.enabled".into()));
}

#[test]
fn the_rollout_cannot_be_visited_before_it_was_started() {
    let mut state = connected("local");
    act(&mut state, Event::Jump(Step::Rollout));
    assert_eq!(state.step, Step::Environment);
}

#[test]
fn a_host_is_needed_only_by_services_that_cannot_do_without() {
    let mut state = connected("staging");
    assert!(state.blocked().unwrap().contains("is needed by rest-api"));
    act(
        &mut state,
        Event::ReplaceOverlay(json!({
            "rest-api": {"enabled": false}, "worker": {"enabled": false}, "rag-loader": {"enabled": false},
            "edge-mcp": {"config": {"redis": {"fallbackToMemory": true}}},
        })),
    );
    assert_eq!(state.problems(), []);
}

fn refresh(state: &mut State, plan: &Plan) {
    let effects = update(state, Event::Refresh);
    settle(state, effects, plan);
}

#[test]
fn what_was_agreed_to_is_taken_over_and_nothing_else() {
    let mut state = reviewing("staging");
    let one = conflicting(&[".data.LOG_LEVEL"]);
    refresh(&mut state, &one);
    act(&mut state, Event::TakeOver);
    assert_eq!(state.blocked(), None);

    refresh(&mut state, &conflicting(&[".data.LOG_LEVEL", ".data.PORT"]));
    assert!(
        state.blocked().unwrap().contains(".data.PORT"),
        "not agreed to yet"
    );

    refresh(&mut state, &one);
    let effects = update(&mut state, Event::Approve);
    let started = settle(&mut state, effects, &one);
    let taken: Vec<&str> = started
        .iter()
        .filter_map(|effect| match effect {
            Effect::StartRollout { take_over, .. } => Some(take_over),
            _ => None,
        })
        .flatten()
        .map(|agreed| agreed.field.as_str())
        .collect();
    assert_eq!(taken, [".data.LOG_LEVEL"]);
}

#[test]
fn an_agreement_holds_while_it_is_checked_and_ends_with_its_cluster() {
    let mut state = reviewing("staging");
    let plan = conflicting(&[".data.LOG_LEVEL"]);
    refresh(&mut state, &plan);
    act(&mut state, Event::TakeOver);
    let effects = update(&mut state, Event::Approve);
    assert_eq!(update(&mut state, Event::TakeOver), []);
    assert_eq!(state.open_conflict(), None);
    assert!(has_rollout(&settle(&mut state, effects, &plan)));

    let mut state = reviewing("staging");
    refresh(&mut state, &plan);
    act(&mut state, Event::TakeOver);
    act(&mut state, Event::Jump(Step::Target));
    let slot = Slot::Cluster;
    act(&mut state, Event::Focus(Focus { slot, entry: 99 }));
    act(&mut state, Event::Toggle);
    assert_eq!(state.review.take_over, [], "agreed for another cluster");
}

#[test]
fn a_conflict_that_turns_up_after_the_approval_is_asked_about() {
    let mut state = reviewing("staging");
    let effects = update(&mut state, Event::Approve);
    let started = settle(&mut state, effects, &conflicting(&[".data.LOG_LEVEL"]));
    assert!(!has_rollout(&started));
    assert!(matches!(state.review.approval, Approval::AskAgain(_)));
}

#[test]
fn an_agreement_to_take_over_can_be_taken_back() {
    let mut state = reviewing("staging");
    refresh(&mut state, &conflicting(&[".data.LOG_LEVEL"]));
    act(&mut state, Event::TakeOver);
    act(&mut state, Event::TakeOver);
    assert!(!has_rollout(&act(&mut state, Event::Approve)));
}

#[test]
fn what_another_manager_owns_is_said_before_anything_is_approved() {
    let mut state = reviewing("staging");
    refresh(&mut state, &conflicting(&[".data.LOG_LEVEL"]));
    assert!(
        state
            .blocked()
            .unwrap()
            .contains(".data.LOG_LEVEL of ConfigMap/edge-mcp belongs to kubectl-edit")
    );
    assert!(!has_rollout(&act(&mut state, Event::Approve)));
}

#[test]
fn nothing_is_approved_before_the_server_was_asked() {
    let mut state = reviewing("staging");
    update(&mut state, Event::Refresh);
    assert!(state.blocked().is_some());
    assert_eq!(update(&mut state, Event::Approve), []);
}

#[test]
fn a_switch_of_a_database_takes_the_value_with_it_that_says_the_same() {
    let mut state = connected("local");
    act(
        &mut state,
        Event::ReplaceOverlay(json!({"global": {"database": {"embedded": true}}})),
    );
    act(&mut state, Event::Jump(Step::Data));
    focus(&mut state, "postgresql.enabled");
    act(&mut state, Event::Toggle);
    assert_eq!(state.get("postgresql.enabled"), Some(&json!(false)));
    assert_eq!(state.get("global.database.embedded"), Some(&json!(false)));

    focus(&mut state, "redis.enabled");
    act(&mut state, Event::Toggle);
    assert_eq!(
        state
            .get("global.redis.embedded")
            .and_then(serde_json::Value::as_bool),
        None,
        "unset it follows by itself"
    );
}
