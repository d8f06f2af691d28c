//! Takes versions and conditions apart, as the regular expressions of Masterminds' semver do.
//!
//! Each of its expressions can be read from left to right without going back, so that no expression has to be compiled:
//! most programs check one version or two. What the pieces mean, [`super`] knows.

/// The pieces of a version, each but the first number with the mark before it; empty where it is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pieces<'t> {
    /// All of it.
    pub(super) whole: &'t str,
    pub(super) major: &'t str,
    /// With its dot.
    pub(super) minor: &'t str,
    /// With its dot.
    pub(super) patch: &'t str,
    /// With its hyphen.
    pub(super) prerelease: &'t str,
    /// With its plus sign.
    pub(super) metadata: &'t str,
}

/// The pieces of a text that is a version, loosely.
pub(super) fn version(text: &str) -> Option<Pieces<'_>> {
    let (pieces, rest) = take_version(text, |byte| byte.is_ascii_digit())?;
    rest.is_empty().then_some(pieces)
}

/// A condition: its operator, and the version, some of whose numbers may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece<'t> {
    /// All of it, with the white space before it where it has no operator.
    pub(super) whole: &'t str,
    pub(super) operator: &'t str,
    pub(super) version: Pieces<'t>,
}

/// The conditions of a text that has nothing else, with white space or a comma between them.
pub(super) fn conditions(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut conditions = Vec::new();
    let mut rest = text;
    loop {
        let (condition, after) = take_condition(rest)?;
        conditions.push(condition);
        let next = skip_space(after);
        rest = match next.strip_prefix(',') {
            _ if next.is_empty() => return Some(conditions),
            Some(next) => next,
            None if next.len() == after.len() => return None,
            None => after,
        };
    }
}

/// The operators, longer ones before those that they begin with.
const OPERATORS: [&str; 10] = ["!=", ">=", "=>", "<=", "=<", "~>", "=", ">", "<", "~"];

fn take_condition(text: &str) -> Option<(Piece<'_>, &str)> {
    let known = OPERATORS.iter().chain(&["^", ""]);
    let start = skip_space(text);
    let operator = known.copied().find(|operator| start.starts_with(operator))?;
    let (operator, after) = start.split_at(operator.len());
    let is_number = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'|' | b'x' | b'X' | b'*');
    let (version, rest) = take_version(skip_space(after), is_number)?;
    let start = if operator.is_empty() { text } else { start };
    let whole = start.get(..start.len() - rest.len())?;
    let piece = Piece {
        whole,
        operator,
        version,
    };
    Some((piece, rest))
}

fn take_version(text: &str, is_number: impl Fn(u8) -> bool) -> Option<(Pieces<'_>, &str)> {
    let is_identifier = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let (major, rest) = take(text.strip_prefix('v').unwrap_or(text), &is_number);
    if major.is_empty() {
        return None;
    }
    let (minor, rest) = take_marked(rest, '.', &is_number);
    let (patch, rest) = take_marked(rest, '.', &is_number);
    let (prerelease, rest) = take_identifiers(rest, '-', is_identifier);
    let (metadata, rest) = take_identifiers(rest, '+', is_identifier);
    let pieces = Pieces {
        whole: text.get(..text.len() - rest.len())?,
        major,
        minor,
        patch,
        prerelease,
        metadata,
    };
    Some((pieces, rest))
}

/// The bytes at the start of `text` that are of a sort, and what follows them.
fn take(text: &str, is: impl Fn(u8) -> bool) -> (&str, &str) {
    let length = text.bytes().take_while(|byte| is(*byte)).count();
    text.split_at(length)
}

/// As [`take`], after a mark that counts where something follows it.
fn take_marked(text: &str, mark: char, is: impl Fn(u8) -> bool) -> (&str, &str) {
    let after = text.strip_prefix(mark).unwrap_or_default();
    match take(after, is) {
        ("", _) => ("", text),
        (taken, _) => text.split_at(taken.len() + mark.len_utf8()),
    }
}

/// Identifiers with dots between them, after a mark.
fn take_identifiers(text: &str, mark: char, is: impl Fn(u8) -> bool) -> (&str, &str) {
    let (_, mut rest) = take_marked(text, mark, &is);
    while rest.len() < text.len() {
        match take_marked(rest, '.', &is) {
            ("", _) => break,
            (_, after) => rest = after,
        }
    }
    text.split_at(text.len() - rest.len())
}

/// Without the white space at the start: Go's `\s`, which knows ASCII alone.
fn skip_space(text: &str) -> &str {
    text.trim_start_matches(['\t', '\n', '\x0c', '\r', ' '])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{SPACE, WILD};
    use super::*;
    use proptest::prelude::*;
    use regex_lite::Regex;
    use std::sync::LazyLock;

    const LOOSE: &str = r"v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?";
    const OPERATOR: &str = r"=||!=|>|<|>=|=>|<=|=<|~|~>|\^";

    static VERSION: LazyLock<Regex> = LazyLock::new(|| Regex::new(&format!("^{LOOSE}$")).unwrap());
    static FIND: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(&format!("({OPERATOR}){SPACE}*({WILD})")).unwrap());
    static GROUP: LazyLock<Regex> = LazyLock::new(|| {
        let one = format!("({OPERATOR}){SPACE}*({WILD}){SPACE}*");
        Regex::new(&format!("^({SPACE}*{one})((?:{SPACE}+|,{SPACE}*){one})*$")).unwrap()
    });

    /// The groups of the version that starts at group `first`.
    fn groups<'t>(captures: &regex_lite::Captures<'t>, first: usize, whole: &'t str) -> Pieces<'t> {
        let group = |index: usize| captures.get(first + index).map_or("", |group| group.as_str());
        Pieces {
            whole,
            major: group(0),
            minor: group(1),
            patch: group(2),
            prerelease: group(3),
            metadata: group(6),
        }
    }

    proptest! {
        #[test]
        fn versions_are_taken_apart_as_by_the_regular_expression(
            text in r"v?[0-9x]{0,2}(\.[0-9]{0,2}){0,3}(-[0-9a-z.-]{0,4})?(\+[0-9a-z.-]{0,4})?[ .+-]?",
        ) {
            let expected = VERSION.captures(&text).map(|found| groups(&found, 1, &text));
            prop_assert_eq!(version(&text), expected);
        }

        #[test]
        fn conditions_are_taken_apart_as_by_the_regular_expressions(
            text in r"([ ,]{0,2}[=!<>~^]{0,2} ?v?[0-9xX*|]{0,2}(\.[0-9x]{0,2}){0,3}(-[0-9a-z.]{0,3})?(\+[a-z.]{0,2})?[ ,]{0,2}){0,3}",
        ) {
            let expected: Option<Vec<_>> = GROUP.is_match(&text).then(|| {
                let found = FIND.captures_iter(&text);
                found.map(|found| {
                    let group = |index: usize| found.get(index).unwrap().as_str();
                    Piece { whole: group(0), operator: group(1), version: groups(&found, 3, group(2)) }
                }).collect()
            });
            prop_assert_eq!(conditions(&text), expected, "{}", text);
        }
    }
}
