//! File patterns, with the grammar of the library `gobwas/glob` that `.Files.Glob` uses.

use crate::chart::template::fmt::append;
use regex::Regex;

/// A pattern for whole names.
#[derive(Debug)]
pub(in crate::chart::template) struct Glob(Regex);

impl Glob {
    /// Compiles a pattern: `*` and `?` stop at the separator, `**` does not; `[a-z]`, `[!a]`, `{a,b}` and `\`.
    pub(in crate::chart::template) fn new(pattern: &str, separator: Option<char>) -> Result<Self, String> {
        let one = match separator {
            Some(separator) => format!("[^{}]", regex::escape(&separator.to_string())),
            None => ".".to_owned(),
        };
        let mut translated = String::from("(?s)^");
        let mut braces = 0usize;
        let mut rest = pattern.chars().peekable();
        while let Some(next) = rest.next() {
            match next {
                '*' if rest.peek() == Some(&'*') => {
                    while rest.next_if_eq(&'*').is_some() {}
                    translated.push_str(".*");
                }
                '*' => append(&mut translated, format_args!("{one}*")),
                '?' => translated.push_str(&one),
                '{' => {
                    braces += 1;
                    translated.push_str("(?:");
                }
                '}' if braces > 0 => {
                    braces -= 1;
                    translated.push(')');
                }
                ',' if braces > 0 => translated.push('|'),
                '[' => translated.push_str(&class(&mut rest)?),
                '\\' => translated.push_str(&regex::escape(
                    &rest.next().ok_or("trailing backslash")?.to_string(),
                )),
                other => translated.push_str(&regex::escape(&other.to_string())),
            }
        }
        translated.push('$');
        Regex::new(&translated)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// Whether the whole of `name` fits.
    pub(in crate::chart::template) fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

/// A class of characters; its bracket is past.
fn class(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<String, String> {
    let mut class = String::from("[");
    if rest.next_if_eq(&'!').is_some() {
        class.push('^');
    }
    loop {
        match rest.next().ok_or("unclosed class")? {
            ']' => break,
            '-' => class.push('-'),
            '\\' => class.push_str(&regex::escape(
                &rest.next().ok_or("trailing backslash")?.to_string(),
            )),
            other => class.push_str(&regex::escape(&other.to_string())),
        }
    }
    class.push(']');
    Ok(class)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn stars_stop_at_the_separator() {
        for (pattern, name, fits) in [
            ("config/*", "config/a.yaml", true),
            ("config/*", "config/sub/a.yaml", false),
            ("config/**", "config/sub/a.yaml", true),
            ("**.{yaml,json}", "a/b.json", true),
            ("a?.[!0-9]", "ab.c", true),
            ("a?.[!0-9]", "ab.1", false),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
        ] {
            assert_eq!(
                Glob::new(pattern, Some('/')).unwrap().matches(name),
                fits,
                "{pattern} {name}"
            );
        }
        assert!(Glob::new("[a", Some('/')).is_err());
    }
}
