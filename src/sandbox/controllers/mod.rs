//! What happens in a cluster by itself. Each controller looks at the whole of its objects and brings them one step
//! further; a pass lets each have its turn, and passes follow each other until nothing is left to do.

mod autoscaler;
mod deployment;
mod disruption;
mod events;
mod garbage;
mod hands;
mod ingress;
mod job;
mod kubelet;
mod namespace;
mod operators;
mod replicaset;
mod scheduler;
mod service;
mod statefulset;
mod volume;

use super::api::{Api, Writer};
use super::clock::Clock;
use super::json;
use super::scenario::Scenario;
use super::script::Script;
use super::service::Shared;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The manager of what the built-in controllers write.
const MANAGER: &str = "kube-controller-manager";

/// The controllers with what they remember between two passes.
#[derive(Debug)]
pub(super) struct Controllers {
    script: Script,
    kubelet: kubelet::Kubelet,
    queue: scheduler::Queue,
    progress: deployment::Progress,
    jobs: job::Jobs,
    volumes: volume::Volumes,
    addresses: ingress::Addresses,
    pending: operators::Pending,
    hands: hands::Hands,
    /// Whether this is still the time before anybody looked.
    past: bool,
}

/// One turn of all controllers.
struct Pass<'a> {
    api: &'a mut Api,
    now: Instant,
    /// When something is due next, as far as it is known.
    next: Option<Instant>,
}

impl Controllers {
    /// The controllers of a cluster in which this scenario plays.
    pub(super) fn new(scenario: Scenario) -> Self {
        Self {
            script: Script::new(scenario),
            kubelet: kubelet::Kubelet::default(),
            queue: scheduler::Queue::default(),
            progress: deployment::Progress::default(),
            jobs: job::Jobs::default(),
            volumes: volume::Volumes::default(),
            addresses: ingress::Addresses::default(),
            pending: operators::Pending::default(),
            hands: hands::Hands::of(scenario),
            past: true,
        }
    }

    /// Lets every controller have its turn; answers with when the next one is due without a change before.
    fn pass(&mut self, api: &mut Api) -> Option<Instant> {
        let mut pass = Pass {
            api,
            now: Clock::instant(),
            next: None,
        };
        namespace::run(&mut pass);
        garbage::run(&mut pass);
        operators::run(&mut pass, &mut self.pending);
        volume::run(&mut pass, &mut self.volumes);
        autoscaler::run(&mut pass);
        deployment::run(&mut pass, &mut self.progress);
        statefulset::run(&mut pass);
        job::run(&mut pass, &mut self.jobs);
        replicaset::run(&mut pass);
        scheduler::run(&mut pass, &mut self.queue);
        kubelet::run(&mut pass, &mut self.kubelet, &mut self.script);
        service::run(&mut pass);
        ingress::run(&mut pass, &mut self.addresses);
        disruption::run(&mut pass);
        if !self.past {
            hands::run(&mut pass, &mut self.hands);
        }
        pass.next
    }
}

/// The longest that what was there before may take to come to rest.
const LONGEST_PAST: Duration = Duration::from_secs(2);

/// Runs the controllers for as long as the task lives: first what happened before anybody looked, fast and in the
/// past, then at the speed and the time of `clock`.
pub(super) async fn drive(shared: Arc<Shared>, mut controllers: Controllers, clock: Clock) {
    let mut news = shared.api().store.subscribe();
    let end = Clock::instant() + LONGEST_PAST;
    loop {
        news.mark_unchanged();
        let next = controllers.pass(&mut shared.api());
        let rests = next.is_none() && !news.has_changed().unwrap_or(false);
        if controllers.past && (rests || Clock::instant() > end) {
            controllers.past = false;
            shared.api().clock = clock;
            shared.open();
            continue;
        }
        let timer = async {
            match next {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = news.changed() => if changed.is_err() { return },
            () = timer => {}
        }
    }
}

impl Pass<'_> {
    /// Asks for a turn at this moment, whatever happens before. Moments that have passed ask for the next turn.
    fn wake_at(&mut self, at: Instant) {
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }

    /// How long something takes at the sandbox's speed.
    fn takes(&self, milliseconds: u64) -> Duration {
        self.api.clock.speed.scale(Duration::from_millis(milliseconds))
    }

    /// Writes a status where it differs from what the object has.
    fn set_status(&mut self, group: &str, kind: &str, live: &Arc<Json>, status: Json) {
        if live.get("status") == Some(&status) {
            return;
        }
        let mut object = Json::clone(live);
        json::set(&mut object, "/status", status);
        self.write(group, kind, object, Writer::of_status(MANAGER));
    }

    /// Writes an object. A controller whose object has just changed or gone looks again at its next turn, so what
    /// the API refuses is no failure here.
    fn write(&mut self, group: &str, kind: &str, object: Json, writer: Writer<'_>) {
        let (namespace, name) = (
            json::namespace(&object).to_owned(),
            json::name(&object).to_owned(),
        );
        let written = self
            .api
            .kind(group, kind)
            .and_then(|resource| self.api.update(&resource, &namespace, &name, object, writer));
        if let Err(refused) = written {
            tracing::debug!(kind, namespace, name, %refused, "a simulated controller's write was refused");
        }
    }

    /// Creates an object; answers with the API's words where it is refused.
    fn create(
        &mut self,
        group: &str,
        kind: &str,
        namespace: &str,
        object: Json,
        manager: &str,
    ) -> Result<Arc<Json>, String> {
        let created = self.api.kind(group, kind).and_then(|resource| {
            self.api
                .create(&resource, namespace, object, Writer::new(manager))
        });
        created.map_err(|refused| refused.message)
    }

    /// The objects that this one controls.
    fn controlled(&self, group: &str, kind: &str, owner: &Json) -> Vec<Arc<Json>> {
        let mut objects = self.api.objects(group, kind, json::namespace(owner));
        objects.retain(|object| json::controller_of(object).is_some_and(|c| c["uid"] == json::uid(owner)));
        objects
    }

    /// The time for a timestamp.
    fn stamp(&self) -> String {
        self.api.clock.stamp()
    }
}

/// A reference to the controlling owner.
fn owner_reference(owner: &Json) -> Json {
    json!({
        "apiVersion": owner["apiVersion"], "kind": owner["kind"],
        "name": json::name(owner), "uid": json::uid(owner),
        "controller": true, "blockOwnerDeletion": true,
    })
}

/// The conditions with one more, or with a new state of it; the time of transition only moves with the status.
fn with_condition(
    conditions: &[Json],
    kind: &str,
    status: bool,
    reason: &str,
    message: &str,
    now: &str,
) -> Vec<Json> {
    let word = if status { "True" } else { "False" };
    let mut conditions = conditions.to_vec();
    let old = conditions.iter().position(|condition| condition["type"] == kind);
    let since = old
        .filter(|at| conditions[*at]["status"] == word)
        .map_or_else(|| now.into(), |at| conditions[at]["lastTransitionTime"].clone());
    let mut new = json!({"type": kind, "status": word, "lastTransitionTime": since});
    if !reason.is_empty() {
        new["reason"] = reason.into();
    }
    if !message.is_empty() {
        new["message"] = message.into();
    }
    match old {
        Some(at) => conditions[at] = new,
        None => conditions.push(new),
    }
    conditions
}
