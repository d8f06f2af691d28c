//! Shell patterns as Go's `path.Match` understands them: `*` and `?` stop at a slash, and there is no `**`.

use thiserror::Error;

/// A pattern that cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("syntax error in pattern")]
pub(crate) struct BadPattern;

/// A pattern, ready to hold names against.
#[derive(Debug)]
pub(crate) struct Pattern(Vec<char>);

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A class that is not closed, or a backslash at the end.
    pub(crate) fn parse(pattern: &str) -> Result<Self, BadPattern> {
        let pattern: Vec<char> = pattern.chars().collect();
        check(&pattern)?;
        Ok(Self(pattern))
    }

    /// Whether the whole name fits.
    pub(crate) fn matches(&self, name: &str) -> bool {
        fits(&self.0, name)
    }
}

/// Whether each class is closed and nothing ends in a backslash.
fn check(mut pattern: &[char]) -> Result<(), BadPattern> {
    while let Some((first, rest)) = pattern.split_first() {
        pattern = match first {
            '\\' => rest.get(1..).ok_or(BadPattern)?,
            '[' => class(rest, None)?.1,
            _ => rest,
        };
    }
    Ok(())
}

fn fits(pattern: &[char], name: &str) -> bool {
    // Where to go on when what follows the last star did not fit: the star takes one character more.
    let (mut pattern, mut name) = (pattern, name);
    let mut retry: Option<(&[char], &str)> = None;
    loop {
        if let Some(('*', rest)) = split(pattern) {
            retry = Some((rest, name));
            pattern = rest;
            continue;
        }
        if pattern.is_empty() && name.is_empty() {
            return true;
        }
        if let Some((pattern_rest, name_rest)) = one(pattern, name) {
            (pattern, name) = (pattern_rest, name_rest);
            continue;
        }
        let longer = retry.and_then(|(after, name)| Some((after, split_name(name)?)));
        match longer {
            Some((after, (first, rest))) if first != '/' => {
                retry = Some((after, rest));
                (pattern, name) = (after, rest);
            }
            _ => return false,
        }
    }
}

fn split(pattern: &[char]) -> Option<(char, &[char])> {
    pattern.split_first().map(|(first, rest)| (*first, rest))
}

fn split_name(name: &str) -> Option<(char, &str)> {
    let first = name.chars().next()?;
    Some((first, name.get(first.len_utf8()..)?))
}

/// Takes one character of both, if they fit.
fn one<'p, 'n>(pattern: &'p [char], name: &'n str) -> Option<(&'p [char], &'n str)> {
    let (wanted, rest) = split(pattern)?;
    let (found, name) = split_name(name)?;
    let (fits, rest) = match wanted {
        '?' => (found != '/', rest),
        '[' => class(rest, Some(found)).ok()?,
        '\\' => {
            let (escaped, rest) = split(rest)?;
            (escaped == found, rest)
        }
        wanted => (wanted == found, rest),
    };
    fits.then_some((rest, name))
}

/// Reads a class behind its bracket; answers whether the character is in it, and what follows.
fn class(pattern: &[char], found: Option<char>) -> Result<(bool, &[char]), BadPattern> {
    let (negated, mut rest) = match pattern {
        ['^', rest @ ..] => (true, rest),
        _ => (false, pattern),
    };
    let mut inside = false;
    let mut empty = true;
    loop {
        match rest {
            [']', after @ ..] if !empty => return Ok((found.is_some() && inside != negated, after)),
            _ => {
                let (low, after) = class_character(rest)?;
                let (high, after) = match after {
                    ['-', after @ ..] => class_character(after)?,
                    _ => (low, after),
                };
                inside |= found.is_some_and(|found| (low..=high).contains(&found));
                rest = after;
                empty = false;
            }
        }
    }
}

fn class_character(pattern: &[char]) -> Result<(char, &[char]), BadPattern> {
    match pattern {
        [] | ['-' | ']', ..] | ['\\'] => Err(BadPattern),
        ['\\', escaped, rest @ ..] => Ok((*escaped, rest)),
        [character, rest @ ..] => Ok((*character, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("abc", "abc", true)]
    #[case("*", "abc", true)]
    #[case("*", "a/c", false)]
    #[case("a*/b", "abc/b", true)]
    #[case("a*b*c*d*e*/f", "axbxcxdxexxx/f", true)]
    #[case("a*b?c*x", "abxbbxdbxebxczzx", true)]
    #[case("a*b?c*x", "abxbbxdbxebxczzy", false)]
    #[case("ab[b-d]", "abc", true)]
    #[case("ab[^c]", "abc", false)]
    #[case("a\\*b", "a*b", true)]
    #[case("a\\*b", "axb", false)]
    #[case("a?b", "a☺b", true)]
    #[case("a?b", "a/b", false)]
    #[case("*x", "xxx", true)]
    #[case("templates/.?*", "templates/.x", true)]
    #[case("", "", true)]
    fn patterns_mean_what_they_mean_in_go(#[case] pattern: &str, #[case] name: &str, #[case] expected: bool) {
        let read = Pattern::parse(pattern).unwrap();
        assert_eq!(read.matches(name), expected, "{pattern} {name}");
    }

    #[rstest]
    #[case("[]a]")]
    #[case("[-]")]
    #[case("[a-]")]
    #[case("[")]
    #[case("[a")]
    #[case("a\\")]
    fn what_is_no_pattern_is_an_error(#[case] pattern: &str) {
        assert!(Pattern::parse(pattern).is_err(), "{pattern}");
    }
}
