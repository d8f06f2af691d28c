//! Target: which cluster, which namespace, which release.

use super::build::Form;
use crate::wizard::check;
use crate::wizard::facts::{ClusterRef, Problem};
use crate::wizard::field::{Block, Choice, Field, Kind, Slot, Tone};
use crate::wizard::state::State;
use crate::wizard::target::{Connection, Release};
use serde_json::Value as Json;

/// The value of the list's entry for the sandbox; contexts carry a prefix so that none can be mistaken for it.
pub(in crate::wizard) const SANDBOX: &str = "sandbox";

/// The value of a context's entry in the list.
pub(in crate::wizard) fn context_value(name: &str) -> String {
    format!("context/{name}")
}

pub(super) fn form(state: &State) -> Vec<Block> {
    let mut form = Form::new(state);
    form.heading("Cluster");
    if let Some(problem) = &state.target.kubeconfig_problem
        && state.setup.wishes.cluster.is_none()
    {
        form.note(Tone::Plain, problem.message.clone());
    }
    form.add(cluster(state));
    if matches!(state.target.cluster, Some(ClusterRef::Sandbox(_))) {
        scenario(&mut form);
    }
    connection(&mut form);
    form.heading("Release");
    form.add(
        Field::typed(
            state,
            Slot::Namespace,
            "Namespace",
            state.target.namespace.clone(),
            Kind::Text,
        )
        .help("Where everything is put. A namespace that does not exist is created first, and shown before.")
        .check(check::dns_label),
    );
    form.add(
        Field::typed(state, Slot::Release, "Name", state.target.release.clone(), Kind::Text)
            .help("The name Helm keeps its record under. Taking the name of an existing release means changing that one.")
            .check(check::release_name),
    );
    release(&mut form);
    form.done()
}

fn cluster(state: &State) -> Field {
    let mut choices: Vec<Choice> = state
        .target
        .contexts
        .iter()
        .flatten()
        .map(|context| {
            let note = if context.current {
                format!("current · {}", context.server)
            } else {
                context.server.clone()
            };
            Choice::new(context_value(&context.name), context.name.clone(), note)
        })
        .collect();
    choices.push(Choice::new(
        SANDBOX,
        "sandbox",
        "simulated, nothing real is touched",
    ));
    let current = match &state.target.cluster {
        Some(ClusterRef::Context(name)) => Json::from(context_value(name)),
        Some(ClusterRef::Sandbox(_)) => Json::from(SANDBOX),
        None => Json::Null,
    };
    Field::list_of(Slot::Cluster, "Cluster", choices, &current).help(
        "A context of your kubeconfig, or the sandbox: a simulated cluster in this program, to try everything without risk.",
    )
}

fn scenario(form: &mut Form<'_>) {
    let state = form.state;
    let choices: Vec<Choice> = state
        .setup
        .scenarios
        .iter()
        .map(|scenario| Choice::new(scenario.name.clone(), scenario.name.clone(), ""))
        .collect();
    let summary = state
        .setup
        .scenarios
        .iter()
        .find(|scenario| scenario.name == state.target.scenario)
        .map(|scenario| scenario.summary.clone())
        .unwrap_or_default();
    form.add(
        Field::words_of(
            Slot::Scenario,
            "Scenario",
            choices,
            &Json::from(state.target.scenario.clone()),
        )
        .help("What the simulated cluster does, so that you can see how trouble looks before you meet it.")
        .nested(),
    );
    if !summary.is_empty() {
        form.note(Tone::Plain, summary);
    }
}

fn connection(form: &mut Form<'_>) {
    let state = form.state;
    let name = state
        .target
        .cluster
        .as_ref()
        .map_or("the cluster", ClusterRef::label);
    match &state.target.connection {
        Connection::None if state.target.cluster.is_some() => {
            form.note(Tone::Plain, format!("Enter connects to {name}."));
        }
        Connection::None => form.note(Tone::Plain, "Choose a cluster; Enter connects to it."),
        Connection::Connecting { since, .. } => form.note(
            Tone::Waiting(state.now.saturating_sub(*since)),
            format!("Connecting to {name}"),
        ),
        Connection::Connected(facts) => {
            form.note(
                Tone::Good,
                format!("Connected to {name}, Kubernetes {}", facts.version),
            );
        }
        Connection::Failed(problem) => bad(form, problem),
    }
}

fn release(form: &mut Form<'_>) {
    let state = form.state;
    let name = &state.target.release;
    match &state.target.known {
        Release::Unknown => {}
        Release::Loading { .. } => form.note(Tone::Waiting(0), format!("Looking for {name}")),
        Release::New => {
            let namespace = &state.target.namespace;
            let created = if state.target.namespace_exists {
                ""
            } else {
                " The namespace will be created."
            };
            form.note(Tone::Good, format!("{name} is new in {namespace}.{created}"));
        }
        Release::Existing(facts) => {
            form.note(
                Tone::Good,
                format!(
                    "{name} exists: revision {}, {} {}. Its choices are loaded.",
                    facts.revision, facts.status, facts.age
                ),
            );
            if let Some(unfinished) = &facts.unfinished {
                form.note(Tone::Warning, unfinished.clone());
            }
        }
        Release::Failed(problem) => bad(form, problem),
    }
}

fn bad(form: &mut Form<'_>, problem: &Problem) {
    form.note(Tone::Bad, problem.message.clone());
    for cause in &problem.causes {
        form.note(Tone::Plain, cause.clone());
    }
    for hint in &problem.hints {
        form.note(Tone::Plain, hint.clone());
    }
}
