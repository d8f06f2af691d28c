//! Plain Kubernetes Secrets: the conventional ones are made once, all others must exist.

use super::recipe::{self, Recipe};
use super::{Backend, LiveSecret, NewSecret, Provision, RequiredSecret};
use secrecy::SecretString;
use std::collections::{BTreeMap, BTreeSet};

/// The value of the label `app.kubernetes.io/managed-by` on Secrets that were made here.
pub const MANAGED_BY_US: &str = "mesh-tui";

/// The backend `kubernetes`. It never changes a value that exists.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kubernetes;

impl Backend for Kubernetes {
    fn id(&self) -> &'static str {
        "kubernetes"
    }

    fn provision(&self, release: &str, secret: &RequiredSecret, live: Option<&LiveSecret>) -> Provision {
        let there = live.map(|live| live.keys.clone()).unwrap_or_default();
        let lacking: BTreeSet<String> = secret.keys.difference(&there).cloned().collect();
        if lacking.is_empty() && (live.is_some() || !secret.whole) {
            return Provision::Present;
        }
        let can_make = |key: &String| recipe::of(release, &secret.name, key).is_some();
        // A Secret of somebody else is not added to: its owner would not expect it.
        let may_write = live.is_none_or(|live| live.ours);
        if !lacking.is_empty() && may_write && lacking.iter().all(can_make) {
            let optional = secret
                .optional
                .difference(&there)
                .filter(|key| can_make(key))
                .cloned();
            return Provision::Generate {
                keys: lacking.iter().cloned().chain(optional).collect(),
            };
        }
        let advice = if live.is_some() {
            format!("add the keys to the Secret {}", secret.name)
        } else {
            format!(
                "create the Secret {} with these keys, or name another one in the values",
                secret.name
            )
        };
        Provision::Missing {
            keys: lacking,
            advice,
        }
    }

    fn generate(&self, release: &str, wanted: &BTreeMap<String, BTreeSet<String>>) -> Vec<NewSecret> {
        let mut random = rand::rng();
        let mut made: BTreeMap<(String, String), SecretString> = BTreeMap::new();
        for (name, key, recipe) in recipes(release, wanted) {
            made.insert((name, key), recipe.make(&mut random));
        }
        for (name, key, recipe) in recipes(release, wanted) {
            if let Recipe::SameAs { suffix, key: other } = recipe
                && let Some(value) = made
                    .get(&(format!("{release}-{suffix}"), other.to_owned()))
                    .cloned()
            {
                made.insert((name, key), value);
            }
        }
        let mut secrets: BTreeMap<String, NewSecret> = BTreeMap::new();
        for ((name, key), value) in made {
            let secret = secrets.entry(name.clone()).or_insert_with(|| NewSecret {
                name,
                data: BTreeMap::new(),
            });
            secret.data.insert(key, value);
        }
        secrets.into_values().collect()
    }
}

fn recipes<'a>(
    release: &'a str,
    wanted: &'a BTreeMap<String, BTreeSet<String>>,
) -> impl Iterator<Item = (String, String, Recipe)> + 'a {
    wanted.iter().flat_map(move |(name, keys)| {
        keys.iter()
            .filter_map(move |key| Some((name.clone(), key.clone(), recipe::of(release, name, key)?)))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use secrecy::ExposeSecret;

    fn set(keys: &[&str]) -> BTreeSet<String> {
        keys.iter().map(|key| (*key).to_owned()).collect()
    }

    fn needs(name: &str, keys: &[&str]) -> RequiredSecret {
        RequiredSecret {
            name: name.to_owned(),
            keys: set(keys),
            whole: true,
            ..RequiredSecret::default()
        }
    }

    fn live(keys: &[&str], ours: bool) -> LiveSecret {
        LiveSecret {
            keys: set(keys),
            ours,
        }
    }

    #[test]
    fn what_exists_is_left_alone_and_what_is_conventional_is_made() {
        let secret = needs("dm-database", &["password"]);
        assert_eq!(
            Kubernetes.provision("dm", &secret, Some(&live(&["password"], false))),
            Provision::Present
        );
        assert_eq!(
            Kubernetes.provision("dm", &secret, None),
            Provision::Generate {
                keys: set(&["password"])
            }
        );
    }

    #[test]
    fn what_only_a_person_knows_or_another_owns_is_missing() {
        let missing = |provision| matches!(provision, Provision::Missing { .. });
        assert!(missing(Kubernetes.provision(
            "dm",
            &needs("rds", &["password"]),
            None
        )));
        assert!(missing(Kubernetes.provision(
            "dm",
            &needs("dm-database", &["password", "dsn"]),
            None
        )));
        assert!(missing(Kubernetes.provision(
            "dm",
            &needs("dm-database", &["password"]),
            Some(&live(&[], false))
        )));
        assert!(missing(Kubernetes.provision(
            "dm",
            &needs("credentials", &[]),
            None
        )));
    }

    #[test]
    fn a_key_that_a_new_version_needs_is_added_to_our_own() {
        let secret = needs("dm-security", &["jwt-secret", "encryption-master-key"]);
        let provision = Kubernetes.provision("dm", &secret, Some(&live(&["jwt-secret"], true)));
        assert_eq!(
            provision,
            Provision::Generate {
                keys: set(&["encryption-master-key"])
            }
        );
    }

    #[test]
    fn the_gateway_gets_the_key_that_the_api_expects() {
        let wanted = [
            ("dm-rest-api".to_owned(), set(&["mcp-api-key"])),
            ("dm-edge-mcp".to_owned(), set(&["api-key", "dev-mesh-api-key"])),
        ];
        let made = Kubernetes.generate("dm", &wanted.into());
        let value = |n: usize, key: &str| made[n].data[key].expose_secret().to_owned();
        assert_eq!(value(0, "dev-mesh-api-key"), value(1, "mcp-api-key"));
        assert_ne!(value(0, "api-key"), value(1, "mcp-api-key"));
    }

    #[test]
    fn debugging_shows_no_value() {
        let made = Kubernetes.generate("dm", &[("dm-database".to_owned(), set(&["password"]))].into());
        let shown = format!("{made:?}");
        assert!(
            !shown.contains(made[0].data["password"].expose_secret()),
            "{shown}"
        );
    }
}
