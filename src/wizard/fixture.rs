//! Plain data for tests of the wizard and of its screens: a chart, profiles, a cluster, a plan. No clock, no files.
#![allow(clippy::unwrap_used)]

use super::effect::{Effect, RequestId};
use super::facts::{
    ChartFacts, ClusterFacts, ClusterRef, Context, IngressClass, Issuer, Profile, Scenario, Service, Setup,
};
use super::field::{Focus, Slot};
use super::input::Edit;
use super::{Event, State, start, update};
use crate::chart::manifest::ObjectKey;
use crate::plan::model::{
    Action, Confidence, Consequence, FieldChange, FieldConflict, Finding, ObjectChange, PathStep, Plan,
    PlannedStage, Preparation, Seal, Severity, StageKind, Whose,
};
use crate::rollout::{Board, Choice, Command, Phase, StageRow, StageStatus};
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub(crate) fn setup() -> Setup {
    Setup {
        chart: ChartFacts {
            name: "developer-mesh".into(),
            version: "0.1.0".into(),
            app_version: "1.4.2".into(),
            defaults: defaults(),
            services: [
                ("rest-api", "The REST API that everything else talks to."),
                ("edge-mcp", "Where agents connect, over WebSocket."),
                ("worker", "Works through the queue."),
                ("rag-loader", "Loads documents on a schedule."),
            ]
            .map(|(name, summary)| Service {
                name: name.into(),
                summary: summary.into(),
                app_version: "1.4.2".into(),
                needs: if name == "edge-mcp" {
                    vec!["redis".into()]
                } else {
                    vec!["postgresql".into(), "redis".into()]
                },
            })
            .to_vec(),
        },
        profiles: profiles(),
        scenarios: [
            ("healthy", "everything becomes ready"),
            ("image-pull", "an image cannot be pulled"),
        ]
        .map(|(name, summary)| Scenario {
            name: name.into(),
            summary: summary.into(),
        })
        .to_vec(),
        ..Setup::default()
    }
}

fn service(size: &str, ingress: bool) -> Json {
    let mut values = json!({
        "enabled": true, "replicaCount": 3, "size": size, "image": {"tag": ""},
        "autoscaling": {"enabled": true, "minReplicas": 3, "maxReplicas": 10, "targetCPUUtilizationPercentage": 70},
        "secrets": {"existingSecret": ""},
    });
    if ingress {
        values["ingress"] = json!({
            "enabled": false, "className": "", "hosts": [], "tls": [],
            "certManager": {"issuer": "", "clusterIssuer": ""},
        });
    }
    values
}

fn defaults() -> Json {
    json!({
        "global": {
            "environment": "production", "imageRegistry": "", "imagePullPolicy": "IfNotPresent",
            "database": {"host": "", "port": 5432, "name": "devmesh", "username": "devmesh", "sslMode": "",
                "existingSecret": "", "existingSecretPasswordKey": "password"},
            "redis": {"host": "", "port": 6379, "database": 0, "existingSecret": "",
                "existingSecretPasswordKey": "password"},
            "security": {"existingSecret": "", "existingSecretKeyName": "encryption-master-key",
                "jwt": {"existingSecret": "", "existingSecretKeyName": "jwt-secret"}},
            "externalSecrets": {"enabled": false, "refreshInterval": "1h", "remoteKeyPrefix": "developer-mesh",
                "secretStoreRef": {"name": "", "kind": "ClusterSecretStore"}},
            "aws": {"region": "", "useIRSA": false, "roleArn": "", "staticCredentials": false,
                "existingSecret": "", "s3": {"bucket": ""}},
            "monitoring": {"enabled": false, "prometheusLabel": "prometheus", "interval": "30s"},
            "tracing": {"enabled": false, "otlpEndpoint": "", "samplingRate": 0.1},
            "networkPolicy": {"enabled": true},
        },
        "rest-api": service("medium", true), "edge-mcp": service("medium", true),
        "worker": service("small", false), "rag-loader": service("medium", true),
        "postgresql": {"enabled": false}, "redis": {"enabled": false},
    })
}

fn profiles() -> Vec<Profile> {
    let embedded = json!({
        "global": {"environment": "development", "networkPolicy": {"enabled": false}},
        "postgresql": {"enabled": true}, "redis": {"enabled": true},
    });
    vec![
        Profile {
            name: "local".into(),
            summary: "on your own machine, everything included".into(),
            values: embedded,
            create_namespace: true,
            ..Profile::default()
        },
        Profile {
            name: "staging".into(),
            summary: "like production, for your team".into(),
            values: json!({"global": {"environment": "staging"}}),
            ..Profile::default()
        },
        Profile {
            name: "production".into(),
            summary: "others depend on it".into(),
            values: json!({"global": {"environment": "production", "monitoring": {"enabled": true}}}),
            typed_confirmation: true,
            pause_between_stages: true,
            ..Profile::default()
        },
    ]
}

pub(crate) fn contexts() -> Vec<Context> {
    vec![
        Context {
            name: "kind-staging".into(),
            server: "https://127.0.0.1:6443".into(),
            namespace: None,
            current: true,
        },
        Context {
            name: "eks-eu-1".into(),
            server: "https://eks-eu-1.example.com".into(),
            namespace: Some("mesh".into()),
            current: false,
        },
    ]
}

pub(crate) fn cluster() -> ClusterFacts {
    ClusterFacts {
        version: "v1.36.3".into(),
        ingress_classes: vec![
            IngressClass {
                name: "traefik".into(),
                controller: "traefik.io/ingress-controller".into(),
                default: true,
            },
            IngressClass {
                name: "nginx".into(),
                controller: "k8s.io/ingress-nginx".into(),
                default: false,
            },
        ],
        issuers: vec![Issuer {
            name: "letsencrypt".into(),
            cluster: true,
        }],
        secrets: vec!["db-credentials".into()],
        secret_stores: Some(vec![("ClusterSecretStore".into(), "vault".into())]),
        prometheus_operator: true,
    }
}

pub(crate) fn key(api_version: &str, kind: &str, name: &str) -> ObjectKey {
    ObjectKey {
        api_version: api_version.into(),
        kind: kind.into(),
        namespace: Some("developer-mesh".into()),
        name: name.into(),
    }
}

pub(crate) fn image_change(before: &str, after: &str) -> FieldChange {
    FieldChange {
        path: ["spec", "template", "spec", "containers"]
            .map(|step| PathStep::Key(step.into()))
            .into_iter()
            .chain([
                PathStep::Item("name".into(), "rest-api".into()),
                PathStep::Key("image".into()),
            ])
            .collect(),
        before: Some(before.into()),
        after: Some(after.into()),
        whose: Whose::Mine,
    }
}

fn object(key: ObjectKey, action: Action, fields: Vec<FieldChange>) -> ObjectChange {
    ObjectChange {
        key,
        source: "developer-mesh/templates/x.yaml".into(),
        action,
        fields,
        consequences: Vec::new(),
        confidence: Confidence::Predicted,
        before: None,
        after: None,
        seal: Seal::default(),
    }
}

fn deployment(image: &str) -> Json {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "rest-api"},
        "spec": {"replicas": 5, "template": {"spec": {"containers": [{"image": image, "name": "rest-api"}]}}},
    })
}

/// A plan with one of everything: an update that restarts pods, a creation, drift, a removal, what is left alone.
pub(crate) fn plan() -> Plan {
    let mut rest_api = object(
        key("apps/v1", "Deployment", "rest-api"),
        Action::Update,
        vec![
            image_change("ghcr.io/mesh/rest-api:1.4.1", "ghcr.io/mesh/rest-api:1.4.2"),
            FieldChange {
                path: vec![PathStep::Key("spec".into()), PathStep::Key("replicas".into())],
                before: Some(json!(5)),
                after: Some(json!(5)),
                whose: Whose::Other {
                    manager: "horizontal-pod-autoscaler".into(),
                },
            },
        ],
    );
    rest_api.consequences = vec![Consequence::PodsRestart {
        pods: Some(3),
        because: "image".into(),
    }];
    rest_api.before = Some(Arc::new(deployment("ghcr.io/mesh/rest-api:1.4.1")));
    rest_api.after = Some(Arc::new(deployment("ghcr.io/mesh/rest-api:1.4.2")));
    let mut drifted = object(
        key("v1", "ConfigMap", "edge-mcp"),
        Action::Update,
        vec![FieldChange {
            path: vec![PathStep::Key("data".into()), PathStep::Key("LOG_LEVEL".into())],
            before: Some(json!("trace")),
            after: Some(json!("info")),
            whose: Whose::Drift {
                manager: "kubectl-edit".into(),
                at: Some("2026-11-23T08:00:00Z".into()),
            },
        }],
    );
    drifted.before = Some(Arc::new(
        json!({"kind": "ConfigMap", "data": {"LOG_LEVEL": "trace", "PORT": "8082"}}),
    ));
    drifted.after = Some(Arc::new(
        json!({"kind": "ConfigMap", "data": {"LOG_LEVEL": "info", "PORT": "8082"}}),
    ));
    let mut created = object(key("v1", "Service", "worker"), Action::Create, Vec::new());
    created.after = Some(
        json!({"kind": "Service", "metadata": {"name": "worker"}, "spec": {"type": "ClusterIP"}}).into(),
    );
    let mut deleted = object(
        key("policy/v1", "PodDisruptionBudget", "worker"),
        Action::Delete,
        Vec::new(),
    );
    deleted.before = Some(Arc::new(
        json!({"kind": "PodDisruptionBudget", "spec": {"minAvailable": 1}}),
    ));
    let kept = object(key("v1", "Service", "rest-api"), Action::Unchanged, Vec::new());
    let stage = |name: &str, kind, changes| PlannedStage {
        name: name.into(),
        kind,
        changes,
        hooks: Vec::new(),
    };
    Plan {
        preparations: vec![Preparation {
            object: key("v1", "Secret", "developer-mesh-worker"),
            keys: vec!["api-key".into()],
        }],
        stages: vec![
            stage("rest-api", StageKind::Service, vec![rest_api, kept]),
            stage("edge-mcp", StageKind::Service, vec![drifted]),
            stage("worker", StageKind::Service, vec![created, deleted]),
        ],
        findings: vec![Finding {
            severity: Severity::Warning,
            rule: "single-replica",
            message: "worker runs a single pod".into(),
            hint: "Two or more survive the loss of a node".into(),
            object: None,
            field: None,
        }],
    }
}

/// The plan in which these fields of a ConfigMap belong to `kubectl-edit`.
pub(crate) fn conflicting(fields: &[&str]) -> Plan {
    let mut conflicting = plan();
    let conflicts = fields.iter().map(|field| FieldConflict {
        manager: "kubectl-edit using v1".into(),
        field: (*field).to_owned(),
    });
    conflicting.stages[1].changes[0].confidence = Confidence::Conflicts(conflicts.collect());
    conflicting
}

/// The id of the request of the first effect that `pick` accepts.
pub(crate) fn id_of(effects: &[Effect], pick: impl Fn(&Effect) -> Option<RequestId>) -> RequestId {
    effects.iter().find_map(pick).unwrap()
}

/// Answers each effect as a healthy world would, with `plan`, until nothing is asked any more. Rollouts are returned.
pub(crate) fn settle(state: &mut State, effects: Vec<Effect>, plan: &Plan) -> Vec<Effect> {
    let mut queue = std::collections::VecDeque::from(effects);
    let mut rest = Vec::new();
    while let Some(effect) = queue.pop_front() {
        let event = match effect {
            Effect::ListContexts => Event::Contexts(Ok(contexts())),
            Effect::Connect { id, cluster: to, .. } => Event::Connected {
                id,
                cluster: to,
                result: Ok(Box::new(cluster())),
            },
            Effect::LoadRelease { id, .. } => Event::ReleaseLoaded {
                id,
                result: Ok(Box::new(super::facts::Found {
                    namespace_exists: true,
                    release: None,
                })),
            },
            Effect::Predict { id, .. } => Event::Predicted {
                id,
                result: Ok(Arc::new(plan.clone())),
                unread: false,
            },
            Effect::FetchLive { id } => Event::LiveRead { id, result: Ok(()) },
            Effect::DryRun { id, .. } => Event::Confirmed {
                id,
                result: Ok(Arc::new(plan.clone())),
            },
            Effect::StartTimer { id, .. } => Event::Timer(id),
            other => {
                rest.push(other);
                continue;
            }
        };
        queue.extend(update(state, event));
    }
    rest
}

/// A state before anything was decided, with the contexts read.
pub(crate) fn fresh() -> State {
    let mut state = State::new(setup());
    let effects = start(&mut state);
    settle(&mut state, effects, &plan());
    state
}

/// A state that is connected to the sandbox with `profile`, on the step after the target.
pub(crate) fn connected(profile: &str) -> State {
    let mut setup = setup();
    setup.wishes.profile = Some(profile.into());
    setup.wishes.cluster = Some(ClusterRef::Context("kind-staging".into()));
    let mut state = State::new(setup);
    let effects = start(&mut state);
    settle(&mut state, effects, &plan());
    act(&mut state, Event::Next);
    state
}

/// Feeds an event and answers what follows from it.
pub(crate) fn act(state: &mut State, event: Event) -> Vec<Effect> {
    let effects = update(state, event);
    settle(state, effects, &plan())
}

/// Puts the focus on the value at `path`.
pub(crate) fn focus(state: &mut State, path: &str) {
    let slot = Slot::Value(path.into());
    act(state, Event::Focus(Focus { slot, entry: 0 }));
}

/// Types over what stands in the focused field.
pub(crate) fn retype(state: &mut State, text: &str) {
    act(state, Event::Edit(Edit::Clear));
    act(state, Event::Edit(Edit::Insert(text.into())));
}

/// A rollout in the middle of its second service.
pub(crate) fn board() -> Board {
    use crate::rollout::board::{EventRow, LogTail, PodRow};
    let row = |name: &str, kind, status, ready, elapsed, revision| StageRow {
        name: name.into(),
        kind,
        status,
        objects: 9,
        changes: 9,
        applied: 9,
        ready,
        elapsed,
        waits_for: Vec::new(),
        warnings: Vec::new(),
        revision,
        pause_before: false,
    };
    let mut edge = row(
        "edge-mcp",
        StageKind::Service,
        StageStatus::Waiting,
        Some((2, 3)),
        Some(44),
        Some(10),
    );
    edge.waits_for = vec!["pod edge-mcp-7d9c-x2x1q: ContainerCreating (pulling image, 31 s)".into()];
    let mut worker = row(
        "worker",
        StageKind::Service,
        StageStatus::Pending,
        None,
        None,
        None,
    );
    worker.pause_before = true;
    let pod = |name: &str, status: &str, ready, age| PodRow {
        name: name.into(),
        status: status.into(),
        ready: (ready, 1),
        restarts: 0,
        age,
        current: true,
    };
    Board {
        aim: crate::rollout::Aim::Apply,
        release: "developer-mesh".into(),
        namespace: "developer-mesh".into(),
        phase: Phase::Running,
        stages: vec![
            row(
                "foundation",
                StageKind::Foundation,
                StageStatus::Done,
                None,
                Some(4),
                Some(8),
            ),
            row(
                "rest-api",
                StageKind::Service,
                StageStatus::Done,
                Some((3, 3)),
                Some(62),
                Some(9),
            ),
            edge,
            worker,
            row(
                "guardrails",
                StageKind::Guardrails,
                StageStatus::Pending,
                None,
                None,
                None,
            ),
        ],
        current: Some(2),
        pods: vec![
            pod("edge-mcp-7d9c-8kq2p", "Running", 1, 40),
            pod("edge-mcp-7d9c-l5w7m", "Running", 1, 38),
            pod("edge-mcp-7d9c-x2x1q", "ContainerCreating", 0, 31),
        ],
        events: vec![EventRow {
            at: "2026-11-23T12:01:07Z".into(),
            warning: false,
            reason: "Pulling".into(),
            object: "Pod/edge-mcp-7d9c-x2x1q".into(),
            message: "Pulling image \"ghcr.io/mesh/edge-mcp:1.4.2\"".into(),
        }],
        log: Some(LogTail {
            pod: "edge-mcp-7d9c-8kq2p".into(),
            container: "edge-mcp".into(),
            lines: vec![r#"{"level":"info","msg":"listening","port":8082}"#.into()],
        }),
        cause: None,
        choices: vec![Choice {
            command: Command::Pause,
            means: "Stop before worker".into(),
        }],
        elapsed: 192,
    }
}

/// The same rollout after its second service failed.
pub(crate) fn failed_board() -> Board {
    let mut board = board();
    board.phase = Phase::Deciding;
    board.stages[2].status = StageStatus::Failed;
    let mut event = board.events[0].clone();
    event.warning = true;
    event.reason = "Failed".into();
    event.message = "Failed to pull image \"ghcr.io/mesh/edge-mcp:1.4.3\": not found".into();
    board.cause = Some(crate::rollout::CauseCard {
        headline: "The image ghcr.io/mesh/edge-mcp:1.4.3 cannot be pulled (ImagePullBackOff)".into(),
        stage: Some("edge-mcp".into()),
        object: Some(key("v1", "Pod", "edge-mcp-7d9c-x2x1q")),
        event: Some(event),
        log: None,
        advice: vec!["See whether the tag exists in the registry: edge-mcp.image.tag".into()],
        done: vec!["foundation".into(), "rest-api".into()],
        not_done: vec!["worker".into(), "guardrails".into()],
    });
    board.choices = [
        (Command::Retry, "Applies edge-mcp once more"),
        (Command::Skip, "Leaves edge-mcp as it is and goes on with worker"),
        (Command::RollbackStage, "Takes edge-mcp back to revision 9"),
        (Command::RollbackAll, "Takes everything back to revision 7"),
        (
            Command::Abort,
            "Ends here; foundation and rest-api stay as they are now",
        ),
    ]
    .map(|(command, means)| Choice {
        command,
        means: means.into(),
    })
    .to_vec();
    board
}

/// A state whose rollout shows `board`.
pub(crate) fn rolling(profile: &str, board: Board) -> State {
    let mut state = connected(profile);
    state.overlay =
        json!({"global": {"database": {"host": "db.example.com"}, "redis": {"host": "cache.example.com"}}});
    let overlay = state.overlay.clone();
    act(&mut state, Event::ReplaceOverlay(overlay));
    act(&mut state, Event::Jump(super::Step::Review));
    act(&mut state, Event::Approve);
    act(&mut state, Event::Board(Arc::new(board)));
    state
}
