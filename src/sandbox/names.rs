//! Names that the cluster invents: UIDs, suffixes of generated names, addresses. The same run invents the same ones.

use sha1::{Digest, Sha1};
use std::fmt::Write as _;
use std::net::Ipv4Addr;

/// The letters of Kubernetes' generated names: no vowels and nothing that is mistaken for another letter.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// Invents names, one after the other.
#[derive(Debug, Default)]
pub(super) struct Names {
    count: u64,
    addresses: u16,
}

impl Names {
    fn next(&mut self) -> [u8; 20] {
        self.count += 1;
        Sha1::digest(self.count.to_be_bytes()).into()
    }

    /// A UUID of version 4.
    pub(super) fn uid(&mut self) -> String {
        let mut bytes = self.next();
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let mut uid = String::with_capacity(36);
        for (at, byte) in bytes[..16].iter().enumerate() {
            if [4, 6, 8, 10].contains(&at) {
                uid.push('-');
            }
            let _ = write!(uid, "{byte:02x}");
        }
        uid
    }

    /// Five letters that end a generated name.
    pub(super) fn suffix(&mut self) -> String {
        self.next()[..5].iter().map(|byte| letter(*byte)).collect()
    }

    /// The next address of a Service.
    pub(super) fn service_address(&mut self) -> Ipv4Addr {
        self.addresses += 1;
        let [high, low] = (self.addresses + 10).to_be_bytes();
        Ipv4Addr::new(10, 96, high, low)
    }

    /// The next address of a Pod, on the node with this number.
    pub(super) fn pod_address(&mut self, node: u8) -> Ipv4Addr {
        self.addresses += 1;
        let [_, low] = self.addresses.to_be_bytes();
        Ipv4Addr::new(10, 244, node, low)
    }

    /// The next port that a Service opens on every node, out of 30000–32767.
    pub(super) fn node_port(&mut self) -> u16 {
        self.addresses += 1;
        30000 + self.addresses % 2768
    }
}

/// A short name for a content, as the hash of a pod template: the same content has the same name.
pub(super) fn content_hash(content: &serde_json::Value) -> String {
    // serde_json keeps the order in which keys came in; the hash must not depend on it.
    fn feed(value: &serde_json::Value, hasher: &mut Sha1) {
        match value {
            serde_json::Value::Object(map) => {
                let mut entries: Vec<_> = map.iter().collect();
                entries.sort_by_key(|(key, _)| *key);
                hasher.update(b"{");
                for (key, value) in entries {
                    hasher.update(key.as_bytes());
                    hasher.update(b":");
                    feed(value, hasher);
                }
                hasher.update(b"}");
            }
            serde_json::Value::Array(items) => {
                hasher.update(b"[");
                for item in items {
                    feed(item, hasher);
                    hasher.update(b",");
                }
                hasher.update(b"]");
            }
            scalar => hasher.update(scalar.to_string().as_bytes()),
        }
    }
    let mut hasher = Sha1::new();
    feed(content, &mut hasher);
    hasher.finalize()[..10].iter().map(|byte| letter(*byte)).collect()
}

fn letter(byte: u8) -> char {
    char::from(LETTERS[usize::from(byte) % LETTERS.len()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn uids_are_uuids_and_differ() {
        let mut names = Names::default();
        let (a, b) = (names.uid(), names.uid());
        assert_ne!(a, b);
        assert_eq!((a.len(), a.as_bytes()[14]), (36, b'4'));
    }

    #[test]
    fn hashes_depend_on_content_and_not_on_order() {
        let a = content_hash(&json!({"a": 1, "b": [1, 2]}));
        assert_eq!(a, content_hash(&json!({"b": [1, 2], "a": 1})));
        assert_ne!(a, content_hash(&json!({"b": [2, 1], "a": 1})));
        assert_eq!(a.len(), 10);
    }
}
