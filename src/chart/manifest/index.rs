//! Finding things by the object that they are about.

use super::ObjectKey;
use foldhash::{HashMap, HashMapExt};

/// What names an object whichever version of its group its manifest was written in: group, kind, namespace, name.
type Identity<'a> = (&'a str, &'a str, &'a str, &'a str);

/// Things by the object that each is about. Where several are about one object, the first counts.
#[derive(Debug, Clone)]
pub struct ObjectIndex<'a, T> {
    things: HashMap<Identity<'a>, T>,
    namespace: &'a str,
}

impl<'a, T: Copy> ObjectIndex<'a, T> {
    /// An index of `things`. A key without a namespace stands for one of `namespace`.
    pub fn new(namespace: &'a str, things: impl IntoIterator<Item = (&'a ObjectKey, T)>) -> Self {
        let mut index = Self {
            things: HashMap::new(),
            namespace,
        };
        for (key, thing) in things {
            index.things.entry(identity(key, namespace)).or_insert(thing);
        }
        index
    }

    /// What is about the object of this key.
    #[must_use]
    pub fn get(&self, key: &ObjectKey) -> Option<T> {
        self.things.get(&identity(key, self.namespace)).copied()
    }
}

fn identity<'a>(key: &'a ObjectKey, namespace: &'a str) -> Identity<'a> {
    let namespace = key.namespace.as_deref().unwrap_or(namespace);
    (key.group(), &key.kind, namespace, &key.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(api_version: &str, namespace: Option<&str>) -> ObjectKey {
        ObjectKey {
            api_version: api_version.into(),
            kind: "Deployment".into(),
            namespace: namespace.map(Into::into),
            name: "a".into(),
        }
    }

    #[test]
    fn an_object_is_found_whichever_version_and_with_or_without_its_namespace() {
        let keys = [
            key("apps/v1", Some("n")),
            key("apps/v1", None),
            key("apps/v1", Some("m")),
        ];
        let index = ObjectIndex::new("n", keys.iter().zip(0..));
        assert_eq!(
            index.get(&key("apps/v1beta1", None)),
            Some(0),
            "the first of two counts"
        );
        assert_eq!(index.get(&key("apps/v1", Some("m"))), Some(2));
        assert_eq!(index.get(&key("v1", Some("n"))), None);
    }
}
