//! Laws that hold for every object and every sequence of writes.

#![allow(clippy::unwrap_used)]

use super::fields::{FieldPath, FieldSet, PathElement, Scalar};
use super::managed::{ManagedFields, Operation};
use super::{ApplyError, ApplyRequest, Schema, UpdateRequest, apply, fold_update_into_apply, update};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn element() -> impl Strategy<Value = PathElement> {
    let name = || prop::sample::select(vec!["a", "b", "c"]);
    prop_oneof![
        4 => name().prop_map(PathElement::field),
        1 => name().prop_map(|name| PathElement::key([("name", Scalar::String(name.into()))])),
        1 => name().prop_map(|name| PathElement::Value(Scalar::String(name.into()))),
        1 => (0..3_i64).prop_map(PathElement::Index),
    ]
}

fn set() -> impl Strategy<Value = FieldSet> {
    vec(vec(element(), 1..4), 0..12).prop_map(|paths| {
        let paths: Vec<FieldPath> = paths.into_iter().map(FieldPath::from_iter).collect();
        paths.iter().collect()
    })
}

/// Configurations without empty maps and lists: one that a manager applies is its own and is not kept, so that the next
/// apply of it conflicts, in the real API server as well.
fn config() -> impl Strategy<Value = Json> {
    let value = || prop::sample::select(vec![json!("1"), json!("2")]);
    let map = || btree_map(prop::sample::select(vec!["a", "b", "c"]), value(), 1..4);
    let env = btree_map(prop::sample::select(vec!["A", "B", "C"]), value(), 1..4).prop_map(|env| {
        env.iter()
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect::<Json>()
    });
    (map(), env, prop::option::of(0..3_u32), prop::option::of(map())).prop_map(
        |(labels, env, replicas, nodes)| {
            let mut object = json!({
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "labels": labels},
                "spec": {"template": {"spec": {"containers": [{"name": "app", "env": env}]}}},
            });
            if let Some(replicas) = replicas {
                object["spec"]["replicas"] = json!(replicas);
            }
            if let Some(nodes) = nodes {
                object["spec"]["template"]["spec"]["nodeSelector"] = json!(nodes);
            }
            object
        },
    )
}

#[derive(Debug, Clone)]
struct Write {
    manager: &'static str,
    applies: bool,
    config: Json,
}

fn writes() -> impl Strategy<Value = Vec<Write>> {
    let write = (
        prop::sample::select(vec!["helm", "other"]),
        any::<bool>(),
        config(),
    )
        .prop_map(|(manager, applies, config)| Write {
            manager,
            applies,
            config,
        });
    vec(write, 0..5)
}

fn request<'a>(
    schema: &'a Schema,
    live: Option<&'a Json>,
    config: &'a Json,
    force: bool,
) -> ApplyRequest<'a> {
    ApplyRequest {
        live,
        config,
        manager: "helm",
        force,
        subresource: "",
        schema,
        time: "2026-11-23T08:00:00Z",
    }
}

/// An object with a history.
fn written(schema: &Schema, writes: &[Write]) -> Option<Json> {
    let mut live: Option<Json> = None;
    for write in writes {
        live = Some(if write.applies {
            let request = ApplyRequest {
                manager: write.manager,
                ..request(schema, live.as_ref(), &write.config, true)
            };
            apply(&request).unwrap().object
        } else {
            update(&UpdateRequest {
                live: live.as_ref(),
                new: &write.config,
                manager: write.manager,
                subresource: "",
                schema,
                time: "2026-11-23T07:00:00Z",
            })
        });
    }
    live
}

proptest! {
    #[test]
    fn sets_of_fields_are_sets(a in set(), b in set(), c in set()) {
        prop_assert_eq!(a.union(&b), b.union(&a));
        prop_assert_eq!(a.intersection(&b), b.intersection(&a));
        prop_assert_eq!(a.union(&b).union(&c), a.union(&b.union(&c)));
        prop_assert_eq!(a.intersection(&b.union(&c)), a.intersection(&b).union(&a.intersection(&c)));
        prop_assert_eq!(a.difference(&b).union(&a.intersection(&b)), a.clone());
        prop_assert!(a.difference(&b).intersection(&b).is_empty());
        prop_assert_eq!(a.is_subset(&b), a.difference(&b).is_empty());
        prop_assert!(a.recursive_difference(&b).is_subset(&a.difference(&b)));
        prop_assert_eq!(a.union(&b).len() + a.intersection(&b).len(), a.len() + b.len());
    }

    #[test]
    fn a_set_is_its_paths(a in set()) {
        let paths = a.paths();
        prop_assert_eq!(paths.len(), a.len());
        prop_assert!(paths.iter().all(|path| a.contains(path.elements())));
        prop_assert_eq!(paths.iter().collect::<FieldSet>(), a);
    }

    #[test]
    fn a_set_survives_the_wire(a in set()) {
        prop_assert_eq!(FieldSet::from_fields_v1(&a.to_fields_v1()).unwrap(), a);
    }

    #[test]
    fn applying_twice_writes_nothing(writes in writes(), config in config()) {
        let schema = Schema::builtin();
        let live = written(&schema, &writes);
        let once = apply(&request(&schema, live.as_ref(), &config, true)).unwrap().object;
        let twice = apply(&request(&schema, Some(&once), &config, false)).unwrap();
        prop_assert!(!twice.changed);
        prop_assert_eq!(twice.object, once);
    }

    #[test]
    fn a_forced_apply_owns_what_it_says_and_nobody_else_says_otherwise(writes in writes(), config in config()) {
        let schema = Schema::builtin();
        let live = written(&schema, &writes);
        let after = apply(&request(&schema, live.as_ref(), &config, true)).unwrap().object;
        let managed = ManagedFields::of(&after).unwrap();
        let mine = managed.entries.iter().find(|e| e.manager == "helm" && e.operation == Operation::Apply);
        let spec = after.pointer("/spec/template/spec/containers/0/env");
        let wanted = config.pointer("/spec/template/spec/containers/0/env").and_then(Json::as_array);
        for variable in wanted.into_iter().flatten() {
            prop_assert!(spec.and_then(Json::as_array).is_some_and(|env| env.contains(variable)));
        }
        if let Some(replicas) = config.pointer("/spec/replicas") {
            let path = FieldPath::of_fields(&["spec", "replicas"]);
            prop_assert_eq!(after.pointer("/spec/replicas"), Some(replicas));
            prop_assert!(mine.is_some_and(|entry| entry.fields.contains(path.elements())));
        }
    }

    #[test]
    fn an_apply_conflicts_exactly_where_forcing_takes_something(writes in writes(), config in config()) {
        let schema = Schema::builtin();
        let live = written(&schema, &writes);
        let forced = apply(&request(&schema, live.as_ref(), &config, true)).unwrap();
        match apply(&request(&schema, live.as_ref(), &config, false)) {
            Ok(applied) => prop_assert_eq!(applied, forced),
            Err(ApplyError::Conflicts(conflicts)) => {
                let after = ManagedFields::of(&forced.object).unwrap();
                for conflict in conflicts {
                    let keeps = after.owners(&conflict.path).any(|owner| {
                        owner.manager == conflict.manager && owner.operation == conflict.operation
                    });
                    prop_assert!(!keeps, "{conflict:?}");
                }
            }
            Err(error) => prop_assert!(false, "{error}"),
        }
    }

    #[test]
    fn a_fold_changes_owners_only(writes in writes()) {
        let schema = Schema::builtin();
        let Some(live) = written(&schema, &writes) else { return Ok(()) };
        let Some(folded) = fold_update_into_apply(&live, "helm") else { return Ok(()) };
        let bare = |object: &Json| {
            let mut object = object.clone();
            ManagedFields::default().write_to(&mut object);
            object
        };
        prop_assert_eq!(bare(&folded), bare(&live));
        let owned = |object: &Json| {
            let entries = ManagedFields::of(object).unwrap().entries;
            let ours = entries.into_iter().filter(|entry| entry.manager == "helm");
            ours.fold(FieldSet::new(), |set, entry| set.union(&entry.fields))
        };
        prop_assert_eq!(owned(&folded), owned(&live));
        prop_assert_eq!(fold_update_into_apply(&folded, "helm"), None);
    }
}
