//! Performs the wizard's effects: connections, the release, the live diff, the rollout, timers.
//!
//! What can be answered within a frame (rendering and planning) is answered at once; everything else is a task, and its
//! answer comes out of [`Driver::next`]. A newer request of a kind replaces the one that runs.

mod connect;
mod follow;
mod preview;
mod release;
mod setup;

pub use setup::{offered, setup};

use crate::chart::manifest::ObjectKey;
use crate::chart::model::Chart;
use crate::chart::render::{RenderError, Renderer};
use crate::cluster::dry_run::ask;
use crate::cluster::{ClusterError, Owner, contexts, live};
use crate::plan::Answers;
use crate::plan::model::TakeOver;
use crate::rollout::{Approved, Phase};
use crate::runtime::prepare::JobOptions;
use crate::runtime::rollout::{RolloutHandle, start as start_rollout};
use crate::runtime::session::Session;
use crate::sandbox::{Sandbox, Scenario, Speed};
use crate::wizard::effect::{Inputs, RequestId};
use crate::wizard::facts::{ClusterFacts, ClusterRef, Context, Found, Problem};
use crate::wizard::{Effect, Event};
use crate::{Error, ErrorKind};
use connect::{Link, Way};
use follow::Follow;
use preview::{Preview, Read};
use release::Recorded;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// How long changes of live objects are gathered before they are read.
const GATHER: Duration = Duration::from_millis(150);
/// How long a stage may take to become ready, in seconds.
const STAGE_TIMEOUT: u64 = 600;

/// What a task tells the driver.
enum Message {
    Event(Event),
    Linked {
        id: RequestId,
        cluster: ClusterRef,
        result: Result<Box<(Link, ClusterFacts)>, ClusterError>,
    },
    Recorded {
        id: RequestId,
        result: crate::Result<Box<Recorded>>,
    },
    Live {
        /// The request, or none where an object has changed by itself.
        id: Option<RequestId>,
        result: Result<Read, ClusterError>,
    },
    Answers {
        id: RequestId,
        prediction: RequestId,
        result: Result<Answers, ClusterError>,
    },
}

/// What one kind of request is about; the newest replaces the one that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Lane {
    Connect,
    Release,
    Live,
    DryRun,
}

/// Performs effects. It lives within a [`LocalSet`](tokio::task::LocalSet): what it reads, it reads on its own thread.
pub struct Driver {
    kubeconfig: Option<PathBuf>,
    speed: Speed,
    sandbox: Option<(String, Arc<Sandbox>)>,
    link: Option<Link>,
    recorded: Option<Recorded>,
    preview: Preview,
    follow: Option<Follow>,
    rollout: Option<RolloutHandle>,
    running: std::collections::HashMap<Lane, AbortHandle>,
    messages: mpsc::UnboundedSender<Message>,
    incoming: mpsc::UnboundedReceiver<Message>,
    touched: mpsc::UnboundedSender<ObjectKey>,
    changes: mpsc::UnboundedReceiver<ObjectKey>,
}

impl Driver {
    /// A driver for `chart`. Must live within a tokio runtime.
    #[must_use]
    pub fn new(chart: Arc<Chart>, kubeconfig: Option<PathBuf>, speed: Speed) -> Self {
        let (messages, incoming) = mpsc::unbounded_channel();
        let (touched, changes) = mpsc::unbounded_channel();
        Self {
            kubeconfig,
            speed,
            sandbox: None,
            link: None,
            recorded: None,
            preview: Preview::new(Renderer::new(chart)),
            follow: None,
            rollout: None,
            running: std::collections::HashMap::new(),
            messages,
            incoming,
            touched,
            changes,
        }
    }

    /// Performs an effect; the answer, where it is there at once.
    pub fn perform(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::ListContexts => return Some(Event::Contexts(self.contexts())),
            Effect::Connect {
                id,
                cluster,
                namespace,
            } => self.connect(id, cluster, namespace),
            Effect::LoadRelease {
                id,
                namespace,
                release,
            } => self.load(id, namespace, release),
            Effect::Predict { id, inputs } => return Some(self.predict(id, *inputs)),
            Effect::FetchLive { id } => self.fetch_live(id),
            Effect::DryRun { id, prediction } => self.dry_run(id, prediction),
            Effect::StartTimer { id, after } => {
                let messages = self.messages.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(after).await;
                    let _ = messages.send(Message::Event(Event::Timer(id)));
                });
            }
            Effect::StartRollout {
                approved,
                prediction,
                pauses,
                take_over,
            } => return Some(self.start(approved, prediction, pauses, take_over)),
            Effect::RolloutCommand(command) => {
                if let Some(rollout) = &self.rollout {
                    rollout.send(command);
                }
            }
        }
        None
    }

    /// Waits for the next answer.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                message = self.incoming.recv() => {
                    if let Some(event) = self.take(message?) {
                        return Some(event);
                    }
                }
                Some(key) = self.changes.recv() => self.read_again(key),
            }
        }
    }

    /// Asks a running rollout to finish its record and end.
    pub fn finish_record(&self) {
        if let Some(rollout) = &self.rollout {
            rollout.cancel();
        }
    }

    /// Runs a task in a lane, instead of the one that runs there.
    fn spawn(&mut self, lane: Lane, task: impl Future<Output = Message> + Send + 'static) {
        let messages = self.messages.clone();
        // Beside the wizard, on its thread: what one thread reads and another forgets, the allocator keeps for long.
        let handle = tokio::task::spawn_local(async move {
            let _ = messages.send(task.await);
            let_go();
        });
        if let Some(older) = self.running.insert(lane, handle.abort_handle()) {
            older.abort();
        }
    }

    fn contexts(&self) -> Result<Vec<Context>, Problem> {
        let found = contexts(self.kubeconfig.as_deref()).map_err(problem)?;
        if found.is_empty() {
            return Err(Problem {
                message: "There is no kubeconfig with a cluster in it, so the sandbox is chosen for you."
                    .into(),
                ..Problem::default()
            });
        }
        Ok(found
            .into_iter()
            .map(|entry| Context {
                name: entry.name,
                server: entry.cluster,
                namespace: entry.namespace,
                current: entry.current,
            })
            .collect())
    }

    fn connect(&mut self, id: RequestId, cluster: ClusterRef, namespace: String) {
        self.link = None;
        self.follow = None;
        self.recorded = None;
        self.preview.forget();
        let way = match &cluster {
            ClusterRef::Context(name) => Way::context(self.kubeconfig.clone(), name.clone()),
            ClusterRef::Sandbox(scenario) => match self.sandbox(scenario) {
                Ok(sandbox) => Way::Sandbox(sandbox),
                Err(problem) => {
                    let event = Event::Connected {
                        id,
                        cluster,
                        result: Err(problem),
                    };
                    let _ = self.messages.send(Message::Event(event));
                    return;
                }
            },
        };
        self.spawn(Lane::Connect, async move {
            let result = connect::connect(way, &cluster, &namespace).await.map(Box::new);
            Message::Linked { id, cluster, result }
        });
    }

    /// The sandbox that plays a scenario; one that runs goes on, with all that was done in it.
    fn sandbox(&mut self, scenario: &str) -> Result<Arc<Sandbox>, Problem> {
        if let Some((playing, sandbox)) = &self.sandbox
            && playing == scenario
        {
            return Ok(Arc::clone(sandbox));
        }
        let played: Scenario = scenario
            .parse()
            .map_err(|error: crate::sandbox::UnknownScenario| {
                Problem::from(&Error::new(ErrorKind::Input, error.to_string()))
            })?;
        let sandbox = Arc::new(Sandbox::start(played, self.speed));
        self.sandbox = Some((scenario.to_owned(), Arc::clone(&sandbox)));
        Ok(sandbox)
    }

    fn load(&mut self, id: RequestId, namespace: String, release: String) {
        let Some(link) = &self.link else { return };
        let session = Session {
            cluster: link.cluster.clone(),
            context: link.context.clone(),
            owner: Owner { release, namespace },
        };
        self.spawn(Lane::Release, async move {
            let result = release::load(session).await.map(Box::new);
            Message::Recorded { id, result }
        });
    }

    fn predict(&mut self, id: RequestId, inputs: Inputs) -> Event {
        let (Some(link), Some(recorded)) = (&self.link, &self.recorded) else {
            let result = Err(Problem {
                message: "No cluster is connected".into(),
                ..Problem::default()
            });
            return Event::Predicted {
                id,
                result,
                unread: false,
            };
        };
        match self.preview.predict(id, inputs, link, recorded) {
            Ok((plan, unread)) => Event::Predicted {
                id,
                result: Ok(plan),
                unread,
            },
            Err(error) => Event::Predicted {
                id,
                result: Err(unrendered(error)),
                unread: false,
            },
        }
    }

    fn fetch_live(&mut self, id: RequestId) {
        let Some(link) = &self.link else { return };
        let cluster = link.cluster.clone();
        let keys: Vec<ObjectKey> = self.preview.keys().collect();
        self.follow = Some(follow::follow(&cluster, keys.clone(), &self.touched));
        self.spawn(Lane::Live, async move {
            Message::Live {
                id: Some(id),
                result: live::fetch(&cluster, keys).await,
            }
        });
    }

    /// Reads objects that have changed by themselves, some at a time.
    fn read_again(&mut self, first: ObjectKey) {
        let mut keys = vec![first];
        while let Ok(key) = self.changes.try_recv() {
            keys.push(key);
        }
        let Some(link) = &self.link else { return };
        let cluster = link.cluster.clone();
        let messages = self.messages.clone();
        keys.sort();
        keys.dedup();
        tokio::task::spawn_local(async move {
            tokio::time::sleep(GATHER).await;
            let result = live::fetch(&cluster, keys).await;
            let _ = messages.send(Message::Live { id: None, result });
            let_go();
        });
    }

    fn dry_run(&mut self, id: RequestId, prediction: RequestId) {
        let Some(link) = &self.link else { return };
        let cluster = link.cluster.clone();
        let questions = self.preview.questions();
        self.spawn(Lane::DryRun, async move {
            Message::Answers {
                id,
                prediction,
                result: ask(&cluster, questions).await,
            }
        });
    }

    /// Takes what a task said; the event that follows from it.
    fn take(&mut self, message: Message) -> Option<Event> {
        match message {
            Message::Event(event) => Some(event),
            Message::Linked { id, cluster, result } => {
                let result = match result {
                    Ok(linked) => {
                        let (link, facts) = *linked;
                        self.link = Some(link);
                        Ok(Box::new(facts))
                    }
                    Err(error) => Err(problem(error)),
                };
                Some(Event::Connected { id, cluster, result })
            }
            Message::Recorded { id, result } => {
                let result = match result {
                    Ok(recorded) => {
                        let found = Found {
                            namespace_exists: recorded.namespace_exists(),
                            release: recorded.facts(),
                        };
                        self.recorded = Some(*recorded);
                        Ok(Box::new(found))
                    }
                    Err(error) => Err(Problem::from(&error)),
                };
                Some(Event::ReleaseLoaded { id, result })
            }
            Message::Live { id, result } => self.take_live(id, result),
            Message::Answers {
                id,
                prediction,
                result,
            } => {
                let (link, recorded) = (self.link.as_ref()?, self.recorded.as_ref()?);
                // Choices have moved on; what was asked about is no longer shown.
                if self.preview.last().is_none_or(|(newest, _)| newest != prediction) {
                    return None;
                }
                let result = match result {
                    Ok(answers) => {
                        self.preview.take_answers(answers);
                        Ok(self.preview.remake(link, recorded)?)
                    }
                    Err(error) => Err(problem(error)),
                };
                Some(Event::Confirmed { id, result })
            }
        }
    }

    fn take_live(&mut self, id: Option<RequestId>, result: Result<Read, ClusterError>) -> Option<Event> {
        match (id, result) {
            (Some(id), Ok(read)) => {
                self.preview.take_live(read);
                Some(Event::LiveRead { id, result: Ok(()) })
            }
            (Some(id), Err(error)) => Some(Event::LiveRead {
                id,
                result: Err(problem(error)),
            }),
            (None, Ok(read)) => self.preview.take_live(read).then_some(Event::LiveChanged),
            (None, Err(error)) => {
                tracing::debug!(%error, "an object that changed could not be read");
                None
            }
        }
    }

    fn start(
        &mut self,
        approved: Approved,
        prediction: RequestId,
        pauses: bool,
        take_over: Vec<TakeOver>,
    ) -> Event {
        let Some((newest, prepared)) = self.preview.last() else {
            return refused("the cluster is no longer connected");
        };
        if newest != prediction || approved.release() != prepared.session.owner.release {
            return refused("the plan is not the one that was approved");
        }
        let job = prepared.job(JobOptions {
            stage_timeout: STAGE_TIMEOUT,
            pause_between_stages: pauses,
            take_over_pending: false,
            take_over,
        });
        let notes = job.notes.clone();
        let handle = start_rollout(prepared.session.cluster.clone(), job, approved);
        let mut boards = handle.boards();
        let messages = self.messages.clone();
        let first = boards.borrow_and_update().clone();
        tokio::spawn(async move {
            while boards.changed().await.is_ok() {
                let board = boards.borrow_and_update().clone();
                let over = matches!(board.phase, Phase::Finished(_));
                if over {
                    let _ = messages.send(Message::Event(Event::Notes(notes.clone())));
                }
                let _ = messages.send(Message::Event(Event::Board(board)));
                if over {
                    return;
                }
            }
        });
        self.follow = None;
        self.rollout = Some(handle);
        Event::Board(first)
    }
}

fn refused(why: &str) -> Event {
    Event::RolloutRefused(Problem {
        message: format!("The rollout was not started: {why}"),
        hints: vec!["Go back to the review and approve it again".into()],
        ..Problem::default()
    })
}

fn problem(error: ClusterError) -> Problem {
    Problem::from(&Error::from(error))
}

fn unrendered(error: RenderError) -> Problem {
    let error = Error::new(ErrorKind::Chart, "These choices cannot be rendered").caused_by(error);
    Problem::from(&error)
}

/// Lets a thread of the pool begin, which ends a while after what was read has been taken in. The allocator looks for
/// memory to give back where a thread ends, and else only while more is allocated (ADR 9): nobody might press a key.
fn let_go() {
    tokio::task::spawn_blocking(|| drop(std::hint::black_box(Box::new(0_u8))));
}
