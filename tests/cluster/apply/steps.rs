//! Random sequences of writes.

use super::oracle::Kind;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

/// What is written to.
#[derive(Debug, Clone, Copy)]
pub enum Subject {
    ConfigMap,
    Deployment,
    Service,
    Custom,
}

impl Subject {
    pub const fn kind(self) -> Kind {
        match self {
            Self::ConfigMap => Kind::CONFIG_MAP,
            Self::Deployment => Kind::DEPLOYMENT,
            Self::Service => Kind::SERVICE,
            Self::Custom => Kind::CUSTOM,
        }
    }
}

/// One write.
#[derive(Debug, Clone)]
pub enum Step {
    /// A server-side apply of a configuration; name and version are added to it.
    Apply {
        manager: &'static str,
        force: bool,
        config: Value,
    },
    /// A `PUT` of the live object merged with a change (RFC 7396), or a `POST` of it where there is none.
    Update { manager: &'static str, change: Value },
    /// A `PUT` that takes the managed fields away.
    Forget { manager: &'static str },
    /// A write through the subresource `scale`.
    Scale { manager: &'static str, replicas: u32 },
}

const APPLIERS: [&str; 3] = ["helm", "argo", "flux"];
const UPDATERS: [&str; 3] = ["kubectl-edit", "helm", "controller"];

/// Sequences of writes to one object. The first one creates it in full.
pub fn sequences(subject: Subject) -> BoxedStrategy<Vec<Step>> {
    let config = move || match subject {
        Subject::ConfigMap => config_map().boxed(),
        Subject::Deployment => deployment().boxed(),
        Subject::Service => service().boxed(),
        Subject::Custom => custom().boxed(),
    };
    let apply =
        (select(&APPLIERS[..]), prop::bool::weighted(0.3), config()).prop_map(|(manager, force, config)| {
            Step::Apply {
                manager,
                force,
                config,
            }
        });
    let update =
        (select(&UPDATERS[..]), config()).prop_map(|(manager, change)| Step::Update { manager, change });
    let first = prop_oneof![
        3 => (select(&APPLIERS[..]), config()).prop_map(|(manager, config)| Step::Apply {
            manager,
            force: false,
            config,
        }),
        1 => (select(&UPDATERS[..]), config()).prop_map(|(manager, change)| Step::Update { manager, change }),
    ];
    let forget = select(&UPDATERS[..]).prop_map(|manager| Step::Forget { manager });
    let step = match subject {
        Subject::Deployment => prop_oneof![
            6 => apply,
            3 => update,
            1 => forget,
            1 => (0..3_u32).prop_map(|replicas| Step::Scale { manager: "hpa", replicas }),
        ]
        .boxed(),
        _ => prop_oneof![6 => apply, 3 => update, 1 => forget].boxed(),
    };
    (first, vec(step, 2..7))
        .prop_map(|(first, rest)| [first].into_iter().chain(rest).collect())
        .boxed()
}

fn value() -> impl Strategy<Value = Value> {
    select(vec![json!("1"), json!("2")])
}

/// A map with some of these keys.
fn some_of(keys: &'static [&'static str]) -> impl Strategy<Value = Value> {
    subsequence(keys, 0..=keys.len()).prop_flat_map(|keys| {
        vec(value(), keys.len()).prop_map(move |values| {
            let named = keys.iter().map(|key| (*key).to_owned());
            Value::Object(named.zip(values).collect::<Map<_, _>>())
        })
    })
}

/// An object of the fields that are there.
fn fields(fields: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Value {
    let there = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect())
}

fn metadata() -> impl Strategy<Value = Value> {
    let finalizers =
        subsequence(&["example.com/a", "example.com/b", "example.com/c"][..], 0..=3).prop_shuffle();
    let finalizers = finalizers.prop_map(|names| json!(names));
    (
        option::of(some_of(&["app", "tier"])),
        option::weighted(0.3, some_of(&["note"])),
        option::weighted(0.3, finalizers),
    )
        .prop_map(|(labels, annotations, finalizers)| {
            fields([
                ("labels", labels),
                ("annotations", annotations),
                ("finalizers", finalizers),
            ])
        })
}

fn config_map() -> impl Strategy<Value = Value> {
    let empty = prop_oneof![9 => some_of(&["a", "b", "c", "d"]), 1 => Just(Value::Null)];
    (metadata(), option::weighted(0.9, empty))
        .prop_map(|(metadata, data)| fields([("metadata", Some(metadata)), ("data", data)]))
}

fn service() -> impl Strategy<Value = Value> {
    let ports = subsequence(
        &[
            (80, None),
            (443, Some("TCP")),
            (53, Some("UDP")),
            (53, Some("TCP")),
        ][..],
        1..=4,
    );
    let ports = (ports.prop_shuffle(), option::of(1..3_u32)).prop_map(|(ports, target)| {
        let port = |(number, protocol): &(u32, Option<&str>)| {
            let name = format!("p{number}-{}", protocol.unwrap_or("TCP").to_lowercase());
            let protocol = protocol.map(Value::from);
            fields([
                ("port", Some(json!(number))),
                ("name", Some(json!(name))),
                ("protocol", protocol),
                ("targetPort", target.map(|target| json!(target))),
            ])
        };
        ports.iter().map(port).collect::<Value>()
    });
    // Not sessionAffinity: the server takes its configuration away with it, by a rule of its own.
    let publish = any::<bool>().prop_map(Value::from);
    (
        metadata(),
        ports,
        option::of(some_of(&["app", "tier"])),
        option::weighted(0.3, publish),
    )
        .prop_map(|(metadata, ports, selector, publish)| {
            let spec = fields([
                ("ports", Some(ports)),
                ("selector", selector),
                ("publishNotReadyAddresses", publish),
            ]);
            json!({"metadata": metadata, "spec": spec})
        })
}

fn container(name: &'static str) -> impl Strategy<Value = Value> {
    let env = subsequence(&["A", "B", "C"][..], 0..=3)
        .prop_shuffle()
        .prop_flat_map(|names| {
            vec(value(), names.len()).prop_map(move |values| {
                let pairs = names.iter().zip(values);
                pairs
                    .map(|(name, value)| json!({"name": name, "value": value}))
                    .collect::<Value>()
            })
        });
    let ports = subsequence(&[80_u32, 8080][..], 0..=2).prop_flat_map(|numbers| {
        any::<bool>().prop_map(move |tcp| {
            let protocol = || tcp.then(|| json!("TCP"));
            let port =
                |number: &u32| fields([("containerPort", Some(json!(number))), ("protocol", protocol())]);
            numbers.iter().map(port).collect::<Value>()
        })
    });
    let args = vec(value(), 0..3).prop_map(Value::from);
    let cpu = select(vec!["1", "2", "1000m"]).prop_map(|cpu| json!({"limits": {"cpu": cpu}}));
    let probe = (1..3_u32).prop_map(|port| json!({"httpGet": {"port": port}}));
    (
        select(vec!["a:1", "a:2"]),
        option::weighted(0.6, env),
        option::weighted(0.4, ports),
        option::weighted(0.3, args),
        option::weighted(0.3, cpu),
        option::weighted(0.3, probe),
    )
        .prop_map(move |(image, env, ports, args, resources, probe)| {
            fields([
                ("name", Some(json!(name))),
                ("image", Some(json!(image))),
                ("env", env),
                ("ports", ports),
                ("args", args),
                ("resources", resources),
                ("livenessProbe", probe),
            ])
        })
}

fn deployment() -> impl Strategy<Value = Value> {
    let containers =
        (container("app"), container("side"), 0..4_u8).prop_map(|(app, side, which)| match which {
            0 => json!([app, side]),
            1 => json!([side, app]),
            _ => json!([app]),
        });
    let volumes = subsequence(&["v", "w"][..], 0..=2).prop_map(|names| {
        names
            .iter()
            .map(|name| json!({"name": name, "emptyDir": {}}))
            .collect::<Value>()
    });
    let tolerations = vec(select(vec!["x", "y"]), 0..3).prop_map(|keys| {
        keys.iter()
            .map(|key| json!({"key": key, "operator": "Exists"}))
            .collect::<Value>()
    });
    (
        metadata(),
        option::of(0..3_u32),
        containers,
        option::weighted(0.4, volumes),
        option::weighted(0.3, some_of(&["zone", "disk"])),
        option::weighted(0.3, tolerations),
        option::weighted(0.4, some_of(&["checksum", "note"])),
        option::weighted(0.2, Just(json!({"type": "Recreate"}))),
    )
        .prop_map(
            |(metadata, replicas, containers, volumes, nodes, tolerations, notes, strategy)| {
                let pod = fields([
                    ("containers", Some(containers)),
                    ("volumes", volumes),
                    ("nodeSelector", nodes),
                    ("tolerations", tolerations),
                ]);
                let mut labels = json!({"labels": {"app": "x"}});
                if let Some(notes) = notes {
                    labels["annotations"] = notes;
                }
                // A paused Deployment makes no pods, which no test here looks at.
                let spec = fields([
                    ("paused", Some(json!(true))),
                    ("selector", Some(json!({"matchLabels": {"app": "x"}}))),
                    ("replicas", replicas.map(|replicas| json!(replicas))),
                    ("strategy", strategy),
                    ("template", Some(json!({"metadata": labels, "spec": pod}))),
                ]);
                json!({"metadata": metadata, "spec": spec})
            },
        )
}

/// A kind of our own with every sort of list and map.
pub fn definition(namespace: &str) -> Value {
    let text = json!({"type": "string"});
    let pair = json!({"type": "object", "properties": {"a": text, "b": text}});
    let item = json!({"type": "object", "required": ["name"], "properties": {
        "name": text, "zone": {"type": "string", "default": "near"}, "value": text, "inner": pair}});
    let mut atomic = pair.clone();
    atomic["x-kubernetes-map-type"] = json!("atomic");
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.apply.example.com", "annotations": {"used-by": namespace}},
        "spec": {
            "group": "apply.example.com",
            "scope": "Namespaced",
            "names": {"kind": "Thing", "plural": "things", "singular": "thing", "listKind": "ThingList"},
            "versions": [{
                "name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {"type": "object", "properties": {
                        "set": {"type": "array", "x-kubernetes-list-type": "set", "items": text},
                        "keyed": {"type": "array", "x-kubernetes-list-type": "map",
                            "x-kubernetes-list-map-keys": ["name", "zone"], "items": item},
                        "whole": {"type": "array", "items": pair},
                        "pair": pair,
                        "atomic": atomic,
                        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                        "map": {"type": "object", "additionalProperties": text},
                        "count": {"type": "integer", "default": 3},
                    }},
                    "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                }}},
            }],
        },
    })
}

/// The keys of an item: its name, and its zone where it is given.
type Name = (&'static str, Option<&'static str>);

fn custom() -> impl Strategy<Value = Value> {
    let pair = || some_of(&["a", "b"]);
    let set = subsequence(&["x", "y", "z"][..], 0..=3)
        .prop_shuffle()
        .prop_map(|items| json!(items));
    let keyed = subsequence(&[("n", None), ("m", Some("near")), ("m", Some("far"))][..], 0..=3)
        .prop_shuffle()
        .prop_flat_map(move |names| {
            vec((option::of(value()), option::of(pair())), names.len()).prop_map(move |rest| {
                let item = |(name, rest): (&Name, (Option<Value>, Option<Value>))| {
                    fields([
                        ("name", Some(json!(name.0))),
                        ("zone", name.1.map(Value::from)),
                        ("value", rest.0),
                        ("inner", rest.1),
                    ])
                };
                names.iter().zip(rest).map(item).collect::<Value>()
            })
        });
    let free = prop_oneof![
        pair(),
        pair().prop_map(|pair| json!({"deep": pair})),
        vec(value(), 0..2).prop_map(|list| json!({"list": list})),
    ];
    (
        metadata(),
        option::of(set),
        option::of(keyed),
        option::weighted(0.4, vec(pair(), 0..3).prop_map(Value::from)),
        option::of(pair()),
        option::weighted(0.4, pair()),
        option::weighted(0.4, free),
        option::weighted(0.4, pair()),
        option::weighted(0.3, (1..4_u32).prop_map(Value::from)),
    )
        .prop_map(|(metadata, set, keyed, whole, pair, atomic, free, map, count)| {
            let spec = fields([
                ("set", set),
                ("keyed", keyed),
                ("whole", whole),
                ("pair", pair),
                ("atomic", atomic),
                ("free", free),
                ("map", map),
                ("count", count),
            ]);
            json!({"metadata": metadata, "spec": spec})
        })
}
