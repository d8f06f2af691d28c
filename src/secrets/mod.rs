//! Secrets: which ones a manifest refers to, and the backends that provide them, behind one trait.
//!
//! A value lives in its backend and nowhere else: it is no part of the chart's values, of the release's record, of a log
//! or of a report. What is planned names Secrets and keys only; [`NewSecret`] holds values, wiped from memory when it is
//! dropped, for the moment between making and storing them.

mod external;
mod kubernetes;
mod recipe;
mod required;

pub use external::ExternalSecrets;
pub use kubernetes::{Kubernetes, MANAGED_BY_US};
pub use required::{RequiredSecret, required};

use secrecy::SecretString;
use std::collections::{BTreeMap, BTreeSet};

/// A Secret that is to be created, with its values.
#[derive(Debug, Clone)]
pub struct NewSecret {
    /// Its name.
    pub name: String,
    /// Its keys and their values.
    pub data: BTreeMap<String, SecretString>,
}

/// What the cluster has of a Secret: whose it is and which keys it has, never the values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveSecret {
    /// Its keys.
    pub keys: BTreeSet<String>,
    /// Whether this program made it.
    pub ours: bool,
}

/// What has to happen for a Secret that the release needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provision {
    /// It is there with every key.
    Present,
    /// The backend makes it, with these keys.
    Generate {
        /// The keys.
        keys: BTreeSet<String>,
    },
    /// Somebody has to provide these keys.
    Missing {
        /// The keys.
        keys: BTreeSet<String>,
        /// What to do about it.
        advice: String,
    },
}

/// Where secret values come from and how they reach the cluster.
pub trait Backend {
    /// The name by which profiles and the wizard choose it: `kubernetes`.
    fn id(&self) -> &'static str;

    /// What has to happen for `secret`, of which the cluster has `live`.
    fn provision(&self, release: &str, secret: &RequiredSecret, live: Option<&LiveSecret>) -> Provision;

    /// Makes the Secrets that [`Self::provision`] answered with [`Provision::Generate`] for. `wanted` holds each one's name
    /// and keys.
    fn generate(&self, release: &str, wanted: &BTreeMap<String, BTreeSet<String>>) -> Vec<NewSecret>;
}

/// The backend of this name.
#[must_use]
pub fn backend(id: &str) -> Option<Box<dyn Backend + Send + Sync>> {
    match id {
        "kubernetes" => Some(Box::new(Kubernetes)),
        "external" | "external-secrets" => Some(Box::new(ExternalSecrets)),
        _ => None,
    }
}
