//! Go's strings: bytes that are usually UTF-8.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A string of bytes, cheap to clone. A template's literals and a value's strings are the same type, so that a parsed
/// template can be shared between threads and its literals cost nothing to evaluate.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Str(Arc<[u8]>);

impl Str {
    /// As text, with U+FFFD for each byte that is no UTF-8, as Go decodes it.
    #[must_use]
    pub fn to_text(&self) -> Cow<'_, str> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(runes(&self.0).map(|(rune, _)| rune).collect()),
        }
    }
}

/// The characters of `bytes` with the bytes that each takes, decoded as Go decodes: each byte that is no UTF-8 is a
/// U+FFFD of its own.
pub fn runes(bytes: &[u8]) -> impl Iterator<Item = (char, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (rune, width) = first_rune(rest)?;
        let (taken, after) = rest.split_at(width);
        rest = after;
        Some((rune, taken))
    })
}

/// The first character and the bytes it takes.
fn first_rune(bytes: &[u8]) -> Option<(char, usize)> {
    let width = match bytes.first()? {
        0..=0x7f => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Some((char::REPLACEMENT_CHARACTER, 1)),
    };
    let decoded = bytes
        .get(..width)
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .and_then(|text| text.chars().next());
    Some(decoded.map_or((char::REPLACEMENT_CHARACTER, 1), |rune| (rune, width)))
}

impl Default for Str {
    fn default() -> Self {
        Self(Arc::from(&[][..]))
    }
}

impl Deref for Str {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Borrow<[u8]> for Str {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Str {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Self(Arc::from(text.as_bytes()))
    }
}

impl From<String> for Str {
    fn from(text: String) -> Self {
        Self(Arc::from(text.into_bytes()))
    }
}

impl From<&[u8]> for Str {
    fn from(bytes: &[u8]) -> Self {
        Self(Arc::from(bytes))
    }
}

impl From<&Arc<[u8]>> for Str {
    /// Shares the bytes.
    fn from(bytes: &Arc<[u8]>) -> Self {
        Self(Arc::clone(bytes))
    }
}

impl From<Vec<u8>> for Str {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Arc::from(bytes))
    }
}

impl From<Cow<'_, str>> for Str {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from(text.as_ref())
    }
}

impl FromIterator<char> for Str {
    fn from_iter<I: IntoIterator<Item = char>>(chars: I) -> Self {
        chars.into_iter().collect::<String>().into()
    }
}

impl PartialEq<str> for Str {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other.as_bytes()
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_text(), f)
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_broken_byte_is_a_replacement_character() {
        let text = Str::from(&b"a\xe2\x82b\xff"[..]);
        assert_eq!(text.to_text(), "a\u{fffd}\u{fffd}b\u{fffd}");
        assert_eq!(Str::from("é€😀").to_text(), "é€😀");
    }
}
