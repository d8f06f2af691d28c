//! Known secret values, wherever they turn up.

use super::MASK;
use super::names::looks_secret;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use regex::{Captures, Regex};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::OnceLock;

/// A value of a key that sounds secret is looked for from this length on.
const SHORTEST_SECRET: usize = 4;
/// Other values of Secrets (user names, hosts) are looked for from this length on: shorter ones turn up by chance.
const SHORTEST_OTHER: usize = 12;

/// Keys of Secrets whose values are public.
const PUBLIC_KEYS: [&str; 9] = [
    "username", "user", "host", "port", "database", "dbname", "name", "ca.crt", "tls.crt",
];

/// Values that must not be shown.
#[derive(Clone, Default)]
pub struct SecretValues {
    needles: BTreeSet<String>,
    pattern: Option<Regex>,
}

impl fmt::Debug for SecretValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretValues({} known)", self.needles.len())
    }
}

impl PartialEq for SecretValues {
    fn eq(&self, other: &Self) -> bool {
        self.needles == other.needles
    }
}

impl Eq for SecretValues {}

impl SecretValues {
    /// The values of the Secrets among these objects, and those given besides.
    pub fn collect<'j>(
        objects: impl IntoIterator<Item = &'j Json>,
        besides: impl IntoIterator<Item = &'j str>,
    ) -> Self {
        let mut needles = needles_of(objects);
        for value in besides {
            add(value, SHORTEST_SECRET, &mut needles);
        }
        // The longest first: where one value holds another, the whole of it is masked.
        let mut longest: Vec<&String> = needles.iter().collect();
        longest.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
        let alternatives: Vec<String> = longest.into_iter().map(|needle| regex::escape(needle)).collect();
        let pattern = if alternatives.is_empty() {
            None
        } else {
            Regex::new(&alternatives.join("|")).ok()
        };
        Self { needles, pattern }
    }

    /// Whether the Secrets among these objects hold exactly the known values.
    pub(super) fn are_of<'j>(&self, objects: impl IntoIterator<Item = &'j Json>) -> bool {
        self.needles == needles_of(objects)
    }

    /// The text with every known value masked, and the passwords of addresses; `None` where there is none.
    #[must_use]
    pub fn mask(&self, text: &str) -> Option<String> {
        let known = self.pattern.as_ref().filter(|pattern| pattern.is_match(text));
        let masked = known.map(|pattern| pattern.replace_all(text, MASK).into_owned());
        let rest = masked.as_deref().unwrap_or(text);
        mask_address(rest).or(masked)
    }
}

fn needles_of<'j>(objects: impl IntoIterator<Item = &'j Json>) -> BTreeSet<String> {
    let mut needles = BTreeSet::new();
    for object in objects {
        if object.get("kind").and_then(Json::as_str) == Some("Secret") {
            collect_secret(object, &mut needles);
        }
    }
    needles
}

fn collect_secret(secret: &Json, needles: &mut BTreeSet<String>) {
    let entries = |field: &str| secret.get(field).and_then(Json::as_object).into_iter().flatten();
    for (key, value) in entries("stringData") {
        if let Some(value) = value.as_str() {
            add_value(key, value, needles);
        }
    }
    for (key, value) in entries("data") {
        let decoded = value.as_str().and_then(|value| STANDARD.decode(value).ok());
        if let Some(value) = decoded.and_then(|bytes| String::from_utf8(bytes).ok()) {
            add_value(key, &value, needles);
        }
    }
}

fn add_value(key: &str, value: &str, needles: &mut BTreeSet<String>) {
    if !PUBLIC_KEYS.contains(&key.to_ascii_lowercase().as_str()) {
        let shortest = if looks_secret(key) {
            SHORTEST_SECRET
        } else {
            SHORTEST_OTHER
        };
        add(value, shortest, needles);
    }
}

/// Adds a value in the shapes in which it turns up.
fn add(value: &str, shortest: usize, needles: &mut BTreeSet<String>) {
    let value = value.trim_end_matches('\n');
    if value.len() < shortest || matches!(value, "true" | "false") {
        return;
    }
    let url = url_encoded(value);
    for encoded in [
        STANDARD.encode(value),
        STANDARD_NO_PAD.encode(value),
        URL_SAFE_NO_PAD.encode(value),
    ] {
        // The encoding of a short value turns up by chance.
        if encoded.len() >= 8 {
            needles.insert(encoded);
        }
    }
    needles.insert(url);
    needles.insert(value.to_owned());
}

fn url_encoded(value: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Masks the password in `scheme://user:password@host`. A reference to a variable is left as it is.
fn mask_address(text: &str) -> Option<String> {
    static ADDRESS: OnceLock<Option<Regex>> = OnceLock::new();
    if !text.contains("://") || !text.contains('@') {
        return None;
    }
    let pattern = r"(?P<head>[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@]*:)(?P<password>[^\s/@]+)@";
    let address = ADDRESS.get_or_init(|| Regex::new(pattern).ok()).as_ref()?;
    let masked = address.replace_all(text, |found: &Captures<'_>| {
        let password = &found["password"];
        let shown = if password.starts_with("$(") || password == MASK {
            password
        } else {
            MASK
        };
        format!("{}{shown}@", &found["head"])
    });
    (masked != text).then(|| masked.into_owned())
}
