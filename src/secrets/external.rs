//! The External Secrets Operator: the chart renders an `ExternalSecret` for each Secret, the operator fills it from a store.

use super::{Backend, LiveSecret, NewSecret, Provision, RequiredSecret};
use std::collections::{BTreeMap, BTreeSet};

/// The backend `external`. The values are elsewhere; nothing is made here.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExternalSecrets;

impl Backend for ExternalSecrets {
    fn id(&self) -> &'static str {
        "external"
    }

    fn provision(&self, _release: &str, secret: &RequiredSecret, live: Option<&LiveSecret>) -> Provision {
        let there = live.map(|live| live.keys.clone()).unwrap_or_default();
        let lacking: BTreeSet<String> = secret.keys.difference(&there).cloned().collect();
        if lacking.is_empty() && (live.is_some() || !secret.whole) {
            return Provision::Present;
        }
        Provision::Missing {
            keys: lacking,
            advice: format!(
                "{} is not among the external secrets: add it to the store and the values",
                secret.name
            ),
        }
    }

    fn generate(&self, _release: &str, _wanted: &BTreeMap<String, BTreeSet<String>>) -> Vec<NewSecret> {
        Vec::new()
    }
}
