//! How the values of the conventional Secrets are made.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::distr::{Alphanumeric, SampleString};
use rand::{CryptoRng, RngCore};
use secrecy::SecretString;
use zeroize::Zeroizing;

/// How a value is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recipe {
    /// So many letters and digits: they need no escaping in a URL or a shell.
    Letters(usize),
    /// Base64 of 32 random bytes: the key of a cipher.
    Key256,
    /// The same value as another key, where that is made in the same run, else letters and digits.
    SameAs {
        /// The other Secret's name after the release's.
        suffix: &'static str,
        /// Its key.
        key: &'static str,
    },
}

/// The conventional Secrets: the name after the release's, the key, the recipe.
const RECIPES: [(&str, &str, Recipe); 10] = [
    ("database", "password", Recipe::Letters(32)),
    ("redis", "password", Recipe::Letters(32)),
    ("security", "jwt-secret", Recipe::Letters(64)),
    ("security", "encryption-master-key", Recipe::Key256),
    ("rest-api", "admin-api-key", Recipe::Letters(40)),
    ("rest-api", "reader-api-key", Recipe::Letters(40)),
    ("rest-api", "mcp-api-key", Recipe::Letters(40)),
    ("edge-mcp", "api-key", Recipe::Letters(40)),
    // What the gateway calls rest-api with.
    (
        "edge-mcp",
        "dev-mesh-api-key",
        Recipe::SameAs {
            suffix: "rest-api",
            key: "mcp-api-key",
        },
    ),
    ("rag-loader", "rag-master-key", Recipe::Key256),
];

/// How the key of a release's Secret is made; `None` where only a person knows the value.
pub(super) fn of(release: &str, secret: &str, key: &str) -> Option<Recipe> {
    let suffix = secret.strip_prefix(release)?.strip_prefix('-')?;
    RECIPES
        .iter()
        .find(|(s, k, _)| *s == suffix && *k == key)
        .map(|(_, _, recipe)| *recipe)
}

impl Recipe {
    /// Makes a value.
    pub(super) fn make<R: RngCore + CryptoRng>(self, random: &mut R) -> SecretString {
        match self {
            Self::Letters(length) => Alphanumeric.sample_string(random, length).into(),
            Self::SameAs { .. } => Alphanumeric.sample_string(random, 40).into(),
            Self::Key256 => {
                let mut bytes = Zeroizing::new([0u8; 32]);
                random.fill_bytes(bytes.as_mut());
                STANDARD.encode(bytes.as_ref()).into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn only_conventional_names_of_the_release_have_a_recipe() {
        assert!(of("dm", "dm-database", "password").is_some());
        assert_eq!(of("dm", "other-database", "password"), None);
        assert_eq!(of("dm", "dm-database", "dsn"), None);
        assert_eq!(of("dm", "dmx-database", "password"), None);
    }

    #[test]
    fn values_have_their_form_and_differ() {
        let mut random = rand::rng();
        let key = Recipe::Key256.make(&mut random);
        assert_eq!(STANDARD.decode(key.expose_secret()).unwrap().len(), 32);
        let (one, two) = (
            Recipe::Letters(32).make(&mut random),
            Recipe::Letters(32).make(&mut random),
        );
        assert_eq!(one.expose_secret().len(), 32);
        assert_ne!(one.expose_secret(), two.expose_secret());
    }
}
