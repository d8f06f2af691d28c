//! Two objects, field by field.

use super::model::PathStep;
use super::normalize::{holds_quantity, same_quantity};
use crate::apply::fields::PathElement;
use crate::apply::schema::{ListOwnership, Type};
use crate::apply::{equal, item_element};
use serde_json::{Map, Value as Json};

/// A value and the copy of it that may be shown. Both have the same structure.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) raw: &'a Json,
    pub(super) shown: &'a Json,
}

/// One difference.
#[derive(Debug, Clone)]
pub(super) struct Difference<'a> {
    /// The way to it, as a person writes it.
    pub(super) steps: Vec<PathStep>,
    /// The way to the field that is owned: the same, or the atomic value that it lies in.
    pub(super) owned: Vec<PathElement>,
    pub(super) before: Option<Side<'a>>,
    pub(super) after: Option<Side<'a>>,
}

/// What differs from `before` to `after`, in the object's order.
pub(super) fn diff<'a>(ty: Type<'_>, before: Side<'a>, after: Side<'a>) -> Vec<Difference<'a>> {
    let mut walk = Walk::default();
    walk.values(Some(ty), before, after);
    walk.found
}

#[derive(Default)]
struct Walk<'a> {
    steps: Vec<PathStep>,
    owned: Vec<PathElement>,
    found: Vec<Difference<'a>>,
}

impl<'a> Walk<'a> {
    /// `ty` is `None` inside of what is owned as a whole.
    fn values(&mut self, ty: Option<Type<'_>>, before: Side<'a>, after: Side<'a>) {
        if equal(before.raw, after.raw) {
            return;
        }
        match (before.raw, after.raw) {
            (Json::Object(old), Json::Object(new)) => {
                self.maps(ty.filter(|ty| !ty.is_atomic_map()), (old, before), (new, after));
            }
            (Json::Array(old), Json::Array(new)) => self.lists(ty, (old, before), (new, after)),
            _ if self.at_quantity() && same_quantity(before.raw, after.raw) => {}
            _ => self.note(Some(before), Some(after)),
        }
    }

    fn note(&mut self, before: Option<Side<'a>>, after: Option<Side<'a>>) {
        self.found.push(Difference {
            steps: self.steps.clone(),
            owned: self.owned.clone(),
            before,
            after,
        });
    }

    fn at_quantity(&self) -> bool {
        match self.steps.as_slice() {
            [.., PathStep::Key(parent), PathStep::Key(name)] => holds_quantity(parent, name),
            _ => false,
        }
    }

    fn maps(
        &mut self,
        ty: Option<Type<'_>>,
        (old, before): (&'a Map<String, Json>, Side<'a>),
        (new, after): (&'a Map<String, Json>, Side<'a>),
    ) {
        let mut names: Vec<&String> = old
            .keys()
            .chain(new.keys().filter(|name| !old.contains_key(*name)))
            .collect();
        names.sort();
        for name in names {
            let was = old.get(name).map(|raw| Side {
                raw,
                shown: before.shown.get(name).unwrap_or(&Json::Null),
            });
            let is = new.get(name).map(|raw| Side {
                raw,
                shown: after.shown.get(name).unwrap_or(&Json::Null),
            });
            let step = PathStep::Key(name.clone());
            self.step(
                step,
                ty.map(|_| PathElement::field(name)),
                ty.and_then(|ty| ty.field(name)),
                was,
                is,
            );
        }
    }

    fn step(
        &mut self,
        step: PathStep,
        element: Option<PathElement>,
        ty: Option<Type<'_>>,
        before: Option<Side<'a>>,
        after: Option<Side<'a>>,
    ) {
        let depth = self.owned.len();
        self.steps.push(step);
        self.owned.extend(element);
        match (before, after) {
            (Some(before), Some(after)) => self.values(ty, before, after),
            _ => self.note(before, after),
        }
        self.steps.pop();
        self.owned.truncate(depth);
    }

    fn lists(
        &mut self,
        ty: Option<Type<'_>>,
        (old, before): (&'a [Json], Side<'a>),
        (new, after): (&'a [Json], Side<'a>),
    ) {
        let ownership = ty.map_or(&ListOwnership::Atomic, Type::list_ownership);
        let (old, new) = (sides(old, before), sides(new, after));
        if let Some((was, is)) = names_of(ownership, &old).zip(names_of(ownership, &new)) {
            let owned = *ownership != ListOwnership::Atomic;
            return self.named_lists(ty.filter(|_| owned), (&old, &was), (&new, &is));
        }
        let start = old
            .iter()
            .zip(&new)
            .take_while(|(old, new)| equal(old.raw, new.raw))
            .count();
        let (old, new) = (&old[start..], &new[start..]);
        let ends = old.iter().rev().zip(new.iter().rev());
        let end = ends.take_while(|(old, new)| equal(old.raw, new.raw)).count();
        let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
        for at in 0..old.len().max(new.len()) {
            let (was, is) = (old.get(at).copied(), new.get(at).copied());
            self.step(PathStep::Index(start + at), None, None, was, is);
        }
    }

    fn named_lists(
        &mut self,
        ty: Option<Type<'_>>,
        (old, was): (&[Side<'a>], &[Name]),
        (new, is): (&[Side<'a>], &[Name]),
    ) {
        let find = |names: &[Name], name: &Name| names.iter().position(|other| other.same(name));
        for (name, item) in is.iter().zip(new) {
            let before = find(was, name).and_then(|at| old.get(at)).copied();
            self.step(
                name.step.clone(),
                ty.and(name.element.clone()),
                ty.map(Type::item),
                before,
                Some(*item),
            );
        }
        for (name, item) in was.iter().zip(old) {
            if find(is, name).is_none() {
                self.step(
                    name.step.clone(),
                    ty.and(name.element.clone()),
                    ty.map(Type::item),
                    Some(*item),
                    None,
                );
            }
        }
    }
}

/// What tells an item of a list from the others.
struct Name {
    step: PathStep,
    element: Option<PathElement>,
}

impl Name {
    fn same(&self, other: &Self) -> bool {
        match (&self.element, &other.element) {
            (Some(a), Some(b)) => a == b,
            _ => self.step == other.step,
        }
    }
}

fn sides<'a>(list: &'a [Json], side: Side<'a>) -> Vec<Side<'a>> {
    let shown = side.shown.as_array();
    let shown = |at: usize| shown.and_then(|shown| shown.get(at)).unwrap_or(&Json::Null);
    list.iter()
        .enumerate()
        .map(|(at, raw)| Side {
            raw,
            shown: shown(at),
        })
        .collect()
}

/// The names of all items, each different; `None` where they have none.
fn names_of(ownership: &ListOwnership, items: &[Side<'_>]) -> Option<Vec<Name>> {
    let names: Vec<Name> = items
        .iter()
        .map(|item| name_of(ownership, item.raw))
        .collect::<Option<_>>()?;
    let unique = names
        .iter()
        .enumerate()
        .all(|(at, name)| names[..at].iter().all(|other| !other.same(name)));
    unique.then_some(names)
}

fn name_of(ownership: &ListOwnership, item: &Json) -> Option<Name> {
    match ownership {
        // Items of an atomic list that are called something are easier to follow by name than by position.
        ListOwnership::Atomic => Some(Name {
            step: PathStep::Item("name".into(), item.get("name")?.as_str()?.to_owned()),
            element: None,
        }),
        ListOwnership::Set | ListOwnership::Map(_) => {
            let element = item_element(ownership, item).ok()?;
            Some(Name {
                step: step_of(&element),
                element: Some(element),
            })
        }
    }
}

/// `containers[name=rest-api]`, `ports[port=53,protocol=UDP]`.
pub(super) fn step_of(element: &PathElement) -> PathStep {
    let plain = |value: &crate::apply::fields::Scalar| match value {
        crate::apply::fields::Scalar::String(text) => text.to_string(),
        other => other.to_string(),
    };
    match element {
        PathElement::Field(name) => PathStep::Key(name.to_string()),
        PathElement::Index(index) => PathStep::Index(usize::try_from(*index).unwrap_or_default()),
        PathElement::Value(value) => PathStep::Item(String::new(), plain(value)),
        PathElement::Key(keys) => {
            // TCP goes without saying, as it does in a manifest.
            let said = keys
                .iter()
                .filter(|(name, value)| &**name != "protocol" || plain(value) != "TCP");
            let (names, values): (Vec<_>, Vec<_>) =
                said.map(|(name, value)| (name.to_string(), plain(value))).unzip();
            PathStep::Item(names.join(","), values.join(","))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::Schema;
    use serde_json::json;

    /// Each difference in one line: path, before, after.
    fn lines(before: &Json, after: &Json) -> Vec<String> {
        let schema = Schema::builtin();
        let side = |raw| Side { raw, shown: raw };
        let text = |side: Option<Side<'_>>| side.map_or("-".to_owned(), |side| side.raw.to_string());
        diff(schema.of(before), side(before), side(after))
            .into_iter()
            .map(|d| {
                format!(
                    "{} {} {}",
                    crate::plan::ownership::words(&d.steps),
                    text(d.before),
                    text(d.after)
                )
            })
            .collect()
    }

    fn deployment(containers: &Json) -> Json {
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "spec": {"selector": {"matchLabels": {"app": "a"}}, "template": {"spec": {"containers": containers}}}})
    }

    #[test]
    fn items_of_keyed_lists_are_followed_by_name() {
        let before = deployment(&json!([
            {"name": "a", "image": "a:1", "ports": [{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}]},
            {"name": "gone", "image": "g:1"},
        ]));
        let after = deployment(&json!([
            {"name": "new", "image": "n:1"},
            {"name": "a", "image": "a:2", "ports": [{"containerPort": 80, "protocol": "TCP"}]},
        ]));
        assert_eq!(
            lines(&before, &after),
            [
                "spec.template.spec.containers[new] - {\"image\":\"n:1\",\"name\":\"new\"}",
                "spec.template.spec.containers[a].image \"a:1\" \"a:2\"",
                "spec.template.spec.containers[a].ports[80].protocol - \"TCP\"",
                "spec.template.spec.containers[a].ports[53,UDP] {\"containerPort\":53,\"protocol\":\"UDP\"} -",
                "spec.template.spec.containers[gone] {\"image\":\"g:1\",\"name\":\"gone\"} -",
            ]
        );
    }

    #[test]
    fn other_lists_are_followed_by_position_of_what_differs() {
        let before = deployment(&json!([{"name": "a", "args": ["run", "--a", "--z"]}]));
        let after = deployment(&json!([{"name": "a", "args": ["run", "--b", "--c", "--z"]}]));
        assert_eq!(
            lines(&before, &after),
            [
                "spec.template.spec.containers[a].args[1] \"--a\" \"--b\"",
                "spec.template.spec.containers[a].args[2] - \"--c\"",
            ]
        );
    }

    #[test]
    fn a_quantity_written_otherwise_is_no_difference() {
        let limits = |cpu: &str| deployment(&json!([{"name": "a", "resources": {"limits": {"cpu": cpu}}}]));
        assert_eq!(lines(&limits("1000m"), &limits("1")), Vec::<String>::new());
        assert_eq!(lines(&limits("1000m"), &limits("2")).len(), 1);
    }

    #[test]
    fn what_lies_in_an_atomic_value_is_owned_as_the_whole() {
        let before = deployment(&json!([]));
        let mut after = before.clone();
        after["spec"]["selector"]["matchLabels"]["app"] = json!("b");
        let schema = Schema::builtin();
        let side = |raw| Side { raw, shown: raw };
        let found = diff(schema.of(&before), side(&before), side(&after));
        assert_eq!(found[0].steps.len(), 4);
        assert_eq!(
            found[0].owned,
            [PathElement::field("spec"), PathElement::field("selector")]
        );
    }
}
