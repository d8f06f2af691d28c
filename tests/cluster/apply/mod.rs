//! Our server-side apply against the API server's: random sequences of writes by several managers come to the same
//! object, the same managed fields and the same conflicts.
//!
//! Each step starts from what the server has; what the step makes of it is worked out here as well, once with the
//! schema that the server publishes and once with the built-in table. `PROPTEST_CASES` sets how many sequences are
//! tried for each kind; the sequences are the same in every run.

mod oracle;
mod steps;

use crate::support::harness::Ctx;
use crate::support::trial::{Outcome, TestNamespace, in_cluster};
use libtest_mimic::Trial;
use mesh_tui::apply::{ApplyRequest, Schema, UpdateRequest, apply, update};
use oracle::{Kind, Server, Verdict};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use std::cell::Cell;
use steps::{Step, Subject};

/// A step cannot be taken when controllers write at the same moment; it is tried again from the newer object.
const TRIES: usize = 20;
/// A second that all our times lie in: they are never compared with the server's.
const TIME: &str = "2026-11-23T08:00:00Z";

pub fn trials(ctx: &Ctx) -> Vec<Trial> {
    let property = |name: &str, subject: Subject| {
        in_cluster(ctx, &format!("apply::{name}"), move |place| agree(place, subject))
    };
    vec![
        property("config_maps_come_out_as_the_servers", Subject::ConfigMap),
        property("deployments_come_out_as_the_servers", Subject::Deployment),
        property("services_come_out_as_the_servers", Subject::Service),
        property("custom_resources_come_out_as_the_servers", Subject::Custom),
        in_cluster(ctx, "apply::a_fold_leaves_helm_one_entry", fold),
        in_cluster(
            ctx,
            "apply::a_configuration_that_does_not_fit_is_refused_alike",
            unfit,
        ),
    ]
}

async fn agree(place: TestNamespace, subject: Subject) -> Outcome {
    let server = Server::new(&place, subject.kind());
    if let Subject::Custom = subject {
        server.define(&steps::definition(&place.name)).await?;
    }
    let published = Schema::from_openapi([&server.openapi().await?])?;
    assert!(
        published.knows(&subject.kind().api_version(), subject.kind().name),
        "the server publishes the kind"
    );
    let mut schemas = vec![("published", published)];
    if !matches!(subject, Subject::Custom) {
        schemas.push(("built-in", Schema::builtin()));
    }
    let (counter, taken) = (Cell::new(0_u32), Cell::new(0_u32));
    let mut runner = runner();
    let run = runner.run(&steps::sequences(subject), |sequence| {
        counter.set(counter.get() + 1);
        let name = format!("o{}", counter.get());
        let play = play(&server, &schemas, &name, &sequence, &taken);
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(play));
        Ok(())
    });
    run.map_err(|error| error.to_string())?;
    // Steps that the server finds invalid prove nothing; most must be real ones.
    assert!(
        taken.get() > counter.get() * 2,
        "only {} steps in {} sequences",
        taken.get(),
        counter.get()
    );
    Ok(())
}

fn runner() -> TestRunner {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(40);
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

async fn play(server: &Server, schemas: &[(&str, Schema)], name: &str, sequence: &[Step], taken: &Cell<u32>) {
    for step in sequence {
        if take(server, schemas, name, step).await {
            taken.set(taken.get() + 1);
        }
    }
}

/// Takes one step; whether the server took it, too, or refused it for a conflict.
async fn take(server: &Server, schemas: &[(&str, Schema)], name: &str, step: &Step) -> bool {
    for _ in 0..TRIES {
        let live = server.get(name).await;
        let verdict = server.take(name, live.as_ref(), step).await;
        match &verdict {
            Verdict::Stale => continue,
            Verdict::Invalid(_) => return false,
            // A scale splits the entry of an updater that owns the replicas in two, of which the server forgets one at
            // the next write. We keep one.
            Verdict::Stored(stored) if oracle::has_twins(stored) => return false,
            Verdict::Stored(_) | Verdict::Conflicts(_) => {}
        }
        for (which, schema) in schemas {
            compare(schema, name, live.as_ref(), step, &verdict, server, which);
        }
        return true;
    }
    panic!("the object {name} never held still");
}

fn compare(
    schema: &Schema,
    name: &str,
    live: Option<&Value>,
    step: &Step,
    verdict: &Verdict,
    server: &Server,
    which: &str,
) {
    let context = || {
        format!(
            "{which} schema\nstep: {step:?}\nlive: {}",
            live.map_or("-".into(), oracle::pretty)
        )
    };
    match step {
        Step::Apply {
            manager,
            force,
            config,
        } => {
            let config = server.named(name, live, config);
            let ours = apply(&ApplyRequest {
                live,
                config: &config,
                manager,
                force: *force,
                subresource: "",
                schema,
                time: TIME,
            });
            match (ours, verdict) {
                (Ok(applied), Verdict::Stored(stored)) => {
                    oracle::assert_same_object(&applied.object, stored, &context());
                    oracle::assert_same_managers(&applied.object, stored, &context());
                    let wrote = live.is_none_or(|live| oracle::version(live) != oracle::version(stored));
                    assert_eq!(applied.changed, wrote, "whether it is written\n{}", context());
                }
                (Err(error), Verdict::Conflicts(theirs)) => {
                    assert_eq!(oracle::conflicts(&error), *theirs, "{}", context());
                }
                (ours, theirs) => panic!("ours: {ours:?}\nthe server's: {theirs:?}\n{}", context()),
            }
        }
        Step::Update { manager, .. } | Step::Forget { manager } | Step::Scale { manager, .. } => {
            let Verdict::Stored(stored) = verdict else {
                panic!("{verdict:?}\n{}", context())
            };
            let new = oracle::as_sent(stored, live, step);
            let ours = update(&UpdateRequest {
                live,
                new: &new,
                manager,
                subresource: if matches!(step, Step::Scale { .. }) {
                    "scale"
                } else {
                    ""
                },
                schema,
                time: TIME,
            });
            oracle::assert_same_managers(&ours, stored, &context());
        }
    }
}

/// A release that an older Helm made client-side: after the fold, dropping a key takes it away.
async fn fold(place: TestNamespace) -> Outcome {
    let server = Server::new(&place, Kind::CONFIG_MAP);
    let create = Step::Update {
        manager: "helm",
        change: json!({"data": {"a": "1", "b": "1"}}),
    };
    let Verdict::Stored(live) = server.take("folded", None, &create).await else {
        panic!("it is created")
    };
    let patch = mesh_tui::apply::fold_patch(&live, "helm").expect("there is something to fold");
    let folded = server.json_patch("folded", &patch).await?;
    let ours = mesh_tui::apply::fold_update_into_apply(&live, "helm").expect("there is something to fold");
    oracle::assert_same_managers(&ours, &folded, "the fold");

    let without = Step::Apply {
        manager: "helm",
        force: false,
        config: json!({"data": {"a": "2"}}),
    };
    let Verdict::Stored(after) = server.take("folded", Some(&folded), &without).await else {
        panic!("it applies")
    };
    assert_eq!(after["data"], json!({"a": "2"}));
    assert_eq!(
        after["metadata"]["managedFields"].as_array().map(Vec::len),
        Some(1)
    );
    Ok(())
}

async fn unfit(place: TestNamespace) -> Outcome {
    let server = Server::new(&place, Kind::SERVICE);
    let schema = Schema::from_openapi([&server.openapi().await?])?;
    let port = json!({"port": 80, "name": "a"});
    for spec in [
        json!({"ports": [port], "unheardOf": 1}),
        json!({"ports": [port, port]}),
        json!({"ports": [port], "type": 7}),
        json!({"ports": port}),
    ] {
        let config = server.named("unfit", None, &json!({"spec": spec}));
        let step = Step::Apply {
            manager: "a",
            force: false,
            config: json!({"spec": spec}),
        };
        let ours = apply(&ApplyRequest {
            live: None,
            config: &config,
            manager: "a",
            force: false,
            subresource: "",
            schema: &schema,
            time: TIME,
        });
        let Verdict::Invalid(theirs) = server.take("unfit", None, &step).await else {
            panic!("the server takes {spec}")
        };
        let ours = ours.expect_err("it does not fit").to_string();
        let place = ours.split(':').next().unwrap_or_default();
        assert!(theirs.contains(place), "ours: {ours}\nthe server's: {theirs}");
    }
    Ok(())
}
