//! Splitting a rendered file into its documents.

use memchr::memmem;

/// What separates two documents, with the white space around it.
const SEPARATOR: &str = "---";

/// The documents of a file in their order, trimmed, without the empty ones: Helm's `SplitManifests`.
///
/// It looks at lines alone: three dashes at the start of a line within a block of text separate too.
pub fn split(text: &str) -> impl Iterator<Item = &str> {
    let text = text.trim();
    let mut from = Some(0);
    let documents = std::iter::from_fn(move || {
        let start = from?;
        let (end, next) = match separator(text, start) {
            Some((end, next)) => (end, Some(next)),
            None => (text.len(), None),
        };
        from = next;
        text.get(start..end)
    });
    documents.filter(|document| !document.is_empty()).map(str::trim)
}

/// Where the next separator after `from` begins and ends: Helm's `(?:^|\s*\n)---\s*` with the white space of Go.
fn separator(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let is_space = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ');
    let rest = bytes.get(from..)?;
    memmem::find_iter(rest, SEPARATOR).find_map(|dashes| {
        let before = rest.get(..dashes)?;
        if before.last() != Some(&b'\n') && from + dashes > 0 {
            return None;
        }
        let spaces = before.iter().rev().take_while(|byte| is_space(byte)).count();
        let after = rest.get(dashes + SEPARATOR.len()..)?;
        let more = after.iter().take_while(|byte| is_space(byte)).count();
        Some((from + dashes - spaces, from + dashes + SEPARATOR.len() + more))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use regex::Regex;

    proptest! {
        #[test]
        fn documents_are_split_as_by_helms_expression(text in "[-a \\n\\r\\t]{0,24}") {
            let expression = Regex::new(r"(?:^|[\t\n\f\r ]*\n)---[\t\n\f\r ]*").unwrap();
            let wanted = expression.split(text.trim()).filter(|part| !part.is_empty()).map(str::trim);
            prop_assert_eq!(split(&text).collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
        }
    }
}
