//! The kubelet of every node: brings the containers of each pod from their image to readiness, restarts them, and ends
//! them. What becomes of a container is the [`Script`]'s decision.

mod container;
mod references;
mod report;

use super::super::json::{self, items, text};
use super::super::logs::{Program, Run};
use super::super::script::{Fate, Script, Start};
use super::Pass;
use container::{Container, End, State};
use jiff::Timestamp;
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use tokio::time::Instant;

/// From so many milliseconds on a start is so slow that probes fail.
const SLOW: u64 = 5_000;

/// The pods that have a node, by UID, and the images that each node has.
#[derive(Debug, Default)]
pub(super) struct Kubelet {
    pods: HashMap<String, Pod>,
    images: HashSet<(String, String)>,
}

#[derive(Debug)]
struct Pod {
    containers: BTreeMap<String, Container>,
    address: String,
    started: Timestamp,
    /// When the pod is gone, once it is being deleted.
    gone_at: Option<Instant>,
}

/// What a container looks at while it moves.
struct Surroundings<'a> {
    pod: &'a Arc<Json>,
    spec: &'a Json,
    script: &'a mut Script,
    images: &'a mut HashSet<(String, String)>,
}

pub(super) fn run(pass: &mut Pass<'_>, kubelet: &mut Kubelet, script: &mut Script) {
    let pods = pass.api.objects("", "Pod", "");
    let there: HashSet<&str> = pods.iter().map(|pod| json::uid(pod)).collect();
    let gone: Vec<String> = kubelet
        .pods
        .keys()
        .filter(|uid| !there.contains(uid.as_str()))
        .cloned()
        .collect();
    for uid in gone {
        kubelet.pods.remove(&uid);
        pass.api.runs.forget(&uid);
    }
    for pod in &pods {
        if text(pod, "/spec/nodeName").is_empty() {
            continue;
        }
        if !kubelet.pods.contains_key(json::uid(pod)) {
            script.meet(json::uid(pod));
            let node = text(pod, "/spec/nodeName")
                .bytes()
                .last()
                .map_or(0, |digit| digit.wrapping_sub(b'0'));
            let address = pass.api.names.pod_address(node).to_string();
            let new = Pod {
                containers: BTreeMap::new(),
                address,
                started: pass.api.clock.now(),
                gone_at: None,
            };
            kubelet.pods.insert(json::uid(pod).to_owned(), new);
        }
        let Some(state) = kubelet.pods.get_mut(json::uid(pod)) else {
            continue;
        };
        if json::is_terminating(pod) {
            stop(pass, pod, state);
        } else if !is_over(pod) {
            advance(pass, pod, state, script, &mut kubelet.images);
        }
    }
}

fn is_over(pod: &Json) -> bool {
    matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
}

/// Ends the containers of a pod that is being deleted, and takes it away after its last words.
fn stop(pass: &mut Pass<'_>, pod: &Arc<Json>, state: &mut Pod) {
    let Some(gone_at) = state.gone_at else {
        let at = pass.now + pass.takes(500);
        state.gone_at = Some(at);
        pass.wake_at(at);
        for (name, container) in &state.containers {
            if matches!(container.state, State::Running { .. }) {
                let field = format!("spec.containers{{{name}}}");
                pass.tell(
                    pod,
                    "kubelet",
                    "Normal",
                    "Killing",
                    &format!("Stopping container {name}"),
                    &field,
                );
            }
        }
        report::not_ready(pass, pod);
        return;
    };
    if pass.now < gone_at {
        pass.wake_at(gone_at);
        return;
    }
    if let Ok(resource) = pass.api.kind("", "Pod") {
        use super::super::api::Propagation;
        pass.api
            .delete_live(&resource, pod, Propagation::Background, Some(0));
    }
}

fn advance(
    pass: &mut Pass<'_>,
    pod: &Arc<Json>,
    state: &mut Pod,
    script: &mut Script,
    images: &mut HashSet<(String, String)>,
) {
    if state.containers.is_empty() && !references::mounts_are_there(pass, pod) {
        report::write(pass, pod, &state.address, state.started, &state.containers);
        return;
    }
    let mut initialized = true;
    for spec in items(pod, "/spec/initContainers") {
        let name = json::name_field(spec).to_owned();
        let container = state.containers.entry(name).or_default();
        let mut around = Surroundings {
            pod,
            spec,
            script,
            images,
        };
        step(pass, container, &mut around);
        let sidecar = spec["restartPolicy"] == "Always" && matches!(container.state, State::Running { .. });
        if !sidecar && !container.has_succeeded() {
            initialized = false;
            break;
        }
    }
    if initialized {
        for spec in items(pod, "/spec/containers") {
            let container = state
                .containers
                .entry(json::name_field(spec).to_owned())
                .or_default();
            let mut around = Surroundings {
                pod,
                spec,
                script,
                images,
            };
            step(pass, container, &mut around);
        }
    }
    report::write(pass, pod, &state.address, state.started, &state.containers);
}

/// Moves a container on as far as it gets at this moment.
fn step(pass: &mut Pass<'_>, container: &mut Container, around: &mut Surroundings<'_>) {
    loop {
        let next = match &container.state {
            State::Waiting { until, .. } | State::Pulling { until } | State::Starting { until }
                if pass.now < *until =>
            {
                pass.wake_at(*until);
                return;
            }
            State::Waiting { .. } => begin(pass, container, around),
            State::Pulling { .. } => pulled(pass, container, around),
            State::Starting { .. } => started(pass, container, around),
            State::Running { .. } => match running(pass, container, around) {
                Some(next) => next,
                None => return,
            },
            State::Ended(_) => match ended(pass, container, around) {
                Some(next) => next,
                None => return,
            },
        };
        container.state = next;
    }
}

impl Surroundings<'_> {
    fn name(&self) -> &str {
        json::name_field(self.spec)
    }

    fn image(&self) -> &str {
        text(self.spec, "/image")
    }

    fn image_on_node(&self) -> (String, String) {
        (
            text(self.pod, "/spec/nodeName").to_owned(),
            self.image().to_owned(),
        )
    }

    fn tell(&self, pass: &mut Pass<'_>, kind: &str, reason: &str, message: &str) {
        let init = items(self.pod, "/spec/initContainers")
            .iter()
            .any(|c| c["name"] == self.spec["name"]);
        let list = if init { "initContainers" } else { "containers" };
        let field = format!("spec.{list}{{{}}}", self.name());
        pass.tell(self.pod, "kubelet", kind, reason, message, &field);
    }
}

/// The image first.
fn begin(pass: &mut Pass<'_>, container: &Container, around: &mut Surroundings<'_>) -> State {
    let image = around.image().to_owned();
    let present = around.images.contains(&around.image_on_node());
    if (present && around.spec["imagePullPolicy"] != "Always") || container.restarts > 0 {
        if container.restarts == 0 {
            let message = format!("Container image \"{image}\" already present on machine");
            around.tell(pass, "Normal", "Pulled", &message);
        }
        return configured(pass, around);
    }
    around.tell(pass, "Normal", "Pulling", &format!("Pulling image \"{image}\""));
    State::Pulling {
        until: pass.now + pass.takes(container::pull_time(&image)),
    }
}

/// The image has arrived, or the registry has refused it.
fn pulled(pass: &mut Pass<'_>, container: &mut Container, around: &mut Surroundings<'_>) -> State {
    let image = around.image().to_owned();
    if let Err(refused) = around.script.pull(&image) {
        if container.pull_failures == 0 || container.backing_off {
            container.pull_failures += 1;
            container.backing_off = false;
            around.tell(
                pass,
                "Warning",
                "Failed",
                &format!("Failed to pull image \"{image}\": {refused}"),
            );
            around.tell(pass, "Warning", "Failed", "Error: ErrImagePull");
            return State::waiting("ErrImagePull", &refused, pass.now + pass.takes(600));
        }
        container.backing_off = true;
        let words = format!("Back-off pulling image \"{image}\"");
        around.tell(pass, "Normal", "BackOff", &words);
        around.tell(pass, "Warning", "Failed", "Error: ImagePullBackOff");
        let pause = container::backoff(container.pull_failures);
        let message = format!("{words}: ErrImagePull: {refused}");
        return State::waiting("ImagePullBackOff", &message, pass.now + pass.takes(pause));
    }
    container.pull_failures = 0;
    around.images.insert(around.image_on_node());
    let (milliseconds, size) = (container::pull_time(&image), container::image_size(&image));
    let message = format!(
        "Successfully pulled image \"{image}\" in {milliseconds}ms ({milliseconds}ms including waiting). Image size: {size} bytes."
    );
    around.tell(pass, "Normal", "Pulled", &message);
    configured(pass, around)
}

/// The configuration next: every variable must have its source.
fn configured(pass: &mut Pass<'_>, around: &mut Surroundings<'_>) -> State {
    match references::missing_for_variables(pass, around.pod, around.spec) {
        Some(missing) => {
            around.tell(pass, "Warning", "Failed", &format!("Error: {missing}"));
            State::waiting(
                "CreateContainerConfigError",
                &missing,
                pass.now + pass.takes(2000),
            )
        }
        None => State::Starting {
            until: pass.now + pass.takes(150),
        },
    }
}

fn started(pass: &mut Pass<'_>, container: &mut Container, around: &mut Surroundings<'_>) -> State {
    let name = around.name().to_owned();
    around.tell(pass, "Normal", "Created", &format!("Created container: {name}"));
    around.tell(pass, "Normal", "Started", &format!("Started container {name}"));
    let variables = references::variables(pass, around.pod, around.spec);
    let services: Vec<String> = pass
        .api
        .objects("", "Service", json::namespace(around.pod))
        .iter()
        .map(|service| json::name(service).to_owned())
        .collect();
    let start = Start {
        pod: around.pod,
        container: around.spec,
        variables: &variables,
        services: &services,
    };
    let fate = around.script.start(&start);
    let cause = match &fate {
        Fate::Crashes { cause, .. } => Some(cause.clone()),
        _ => None,
    };
    let since = pass.api.clock.now();
    let run = Run {
        program: Program::of(around.spec),
        started: since,
        ended: None,
        cause,
    };
    pass.api.runs.start(json::uid(around.pod), &name, run);
    container.warned_at = None;
    State::Running {
        since,
        started: pass.now,
        fate,
        ready: false,
    }
}

/// What a running container comes to: ready, ended, or nothing new.
fn running(pass: &mut Pass<'_>, container: &mut Container, around: &mut Surroundings<'_>) -> Option<State> {
    let State::Running {
        since,
        started,
        ref fate,
        ready,
    } = container.state
    else {
        return None;
    };
    let fate = fate.clone();
    let end = |pass: &mut Pass<'_>, code: i64| {
        let at = pass.api.clock.now();
        pass.api
            .runs
            .end(json::uid(around.pod), json::name_field(around.spec), at);
        Some(State::Ended(End { since, at, code }))
    };
    match &fate {
        Fate::Serves { ready_after } => {
            let due = started + pass.takes(*ready_after);
            if pass.now >= due {
                return (!ready).then_some(State::Running {
                    since,
                    started,
                    fate,
                    ready: true,
                });
            }
            pass.wake_at(due);
            if *ready_after >= SLOW {
                complain(pass, container, around);
            }
            None
        }
        Fate::Completes { after } => {
            let due = started + pass.takes(*after);
            if pass.now >= due {
                return end(pass, 0);
            }
            pass.wake_at(due);
            None
        }
        Fate::WaitsFor(services) => {
            let due = started + pass.takes(250);
            if pass.now < due {
                pass.wake_at(due);
            } else if services
                .iter()
                .all(|service| references::takes_connections(pass, around.pod, service))
            {
                return end(pass, 0);
            }
            None
        }
        Fate::Crashes { after, code, .. } => {
            let due = started + pass.takes(*after);
            if pass.now >= due {
                return end(pass, *code);
            }
            pass.wake_at(due);
            None
        }
    }
}

/// A container that is slow to be ready fails its probe, from its start on.
fn complain(pass: &mut Pass<'_>, container: &mut Container, around: &Surroundings<'_>) {
    let every = pass.takes(3_000);
    if let Some(due) = container.warned_at.map(|at| at + every)
        && pass.now < due
    {
        pass.wake_at(due);
        return;
    }
    container.warned_at = Some(pass.now);
    let probe = if around.spec.get("startupProbe").is_some() {
        "Startup"
    } else {
        "Readiness"
    };
    let message = format!("{probe} probe failed: HTTP probe failed with statuscode: 503");
    around.tell(pass, "Warning", "Unhealthy", &message);
    let next = pass.now + every;
    pass.wake_at(next);
}

/// What follows an end: a restart after a pause, or nothing.
fn ended(pass: &mut Pass<'_>, container: &mut Container, around: &Surroundings<'_>) -> Option<State> {
    let State::Ended(end) = container.state else {
        return None;
    };
    let init = items(around.pod, "/spec/initContainers")
        .iter()
        .any(|c| c["name"] == around.spec["name"]);
    let restarts = match text(around.pod, "/spec/restartPolicy") {
        "Never" => false,
        "OnFailure" => end.code != 0,
        _ => !init || end.code != 0,
    };
    if !restarts {
        return None;
    }
    container.last = Some(end);
    container.restarts += 1;
    if container.restarts == 1 {
        return Some(State::waiting("ContainerCreating", "", pass.now));
    }
    let pause = container::backoff(container.restarts - 1);
    let pod = format!(
        "{}_{}({})",
        json::name(around.pod),
        json::namespace(around.pod),
        json::uid(around.pod)
    );
    let words = format!(
        "Back-off restarting failed container {} in pod {pod}",
        around.name()
    );
    around.tell(pass, "Warning", "BackOff", &words);
    let message = format!(
        "back-off {}s restarting failed container={} pod={pod}",
        pause / 1000,
        around.name()
    );
    Some(State::waiting(
        "CrashLoopBackOff",
        &message,
        pass.now + pass.takes(pause),
    ))
}
