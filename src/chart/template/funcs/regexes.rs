//! Regular expressions with the syntax of RE2, on bytes.

use crate::chart::template::fmt::{append, quote};
use crate::chart::template::function::{Call, Failure, Function, IntoBody};
use crate::chart::value::{List, ListType, Str, Value};
use regex::bytes::{NoExpand, Regex};
use std::collections::HashMap;
use std::iter::Peekable;
use std::str::Chars;
use std::sync::{LazyLock, Mutex, PoisonError};

pub(super) fn functions() -> Vec<Function> {
    let mut functions = vec![
        Function::new("regexMatch", |pattern: Str, text: Str| {
            compile(&pattern).is_ok_and(|regex| regex.is_match(&text))
        }),
        Function::new("mustRegexMatch", |pattern: Str, text: Str| {
            compile(&pattern).map(|regex| regex.is_match(&text))
        }),
        Function::new("regexQuoteMeta", |text: Str| quote_meta(&text)),
    ];
    functions.extend(both("regexFind", "mustRegexFind", |pattern: Str, text: Str| {
        let regex = compile(&pattern)?;
        Ok::<_, Failure>(
            regex
                .find(&text)
                .map(|found| Str::from(found.as_bytes()))
                .unwrap_or_default(),
        )
    }));
    functions.extend(both("regexFindAll", "mustRegexFindAll", find_all));
    functions.extend(both(
        "regexReplaceAll",
        "mustRegexReplaceAll",
        |pattern: Str, text: Str, with: Str| {
            compile(&pattern).map(|regex| Str::from(regex.replace_all(&text, &with[..]).as_ref()))
        },
    ));
    functions.extend(both(
        "regexReplaceAllLiteral",
        "mustRegexReplaceAllLiteral",
        |pattern: Str, text: Str, with: Str| {
            compile(&pattern).map(|regex| Str::from(regex.replace_all(&text, NoExpand(&with)).as_ref()))
        },
    ));
    functions.extend(both("regexSplit", "mustRegexSplit", split));
    functions
}

/// A function and its `must` variant: without it, Go's `MustCompile` says in its own words what is wrong with a pattern.
fn both<M, F: IntoBody<M> + Clone>(name: &'static str, must: &'static str, body: F) -> [Function; 2] {
    let mut function = Function::new(name, body.clone());
    if let Call::Plain(body) = function.call {
        function.call = Call::Plain(Box::new(move |exec, args| {
            let pattern = match args.as_slice().first().map(|operand| &operand.value) {
                Some(Value::Str(pattern)) => pattern.clone(),
                _ => Str::default(),
            };
            body(exec, args).map_err(|Failure(words)| {
                let quoted = match std::str::from_utf8(&pattern) {
                    Ok(text) if !text.contains(|c: char| c == '`' || c.is_control() && c != '\t') => {
                        format!("`{text}`")
                    }
                    _ => quote(&pattern, '"'),
                };
                Failure(format!("regexp: Compile({quoted}): {words}"))
            })
        }));
    }
    [function, Function::new(must, body)]
}

/// `-1` means all.
fn limit(count: i64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn find_all(pattern: Str, text: Str, count: i64) -> Result<List, Failure> {
    let regex = compile(&pattern)?;
    let found = regex.find_iter(&text).take(limit(count));
    let found: Vec<Str> = found.map(|found| Str::from(found.as_bytes())).collect();
    Ok(if found.is_empty() {
        List::nil(ListType::Strings)
    } else {
        List::strings(found)
    })
}

fn split(pattern: Str, text: Str, count: i64) -> Result<List, Failure> {
    let regex = compile(&pattern)?;
    if count == 0 {
        return Ok(List::nil(ListType::Strings));
    }
    if !pattern.is_empty() && text.is_empty() {
        return Ok(List::strings([""]));
    }
    let part = |from: usize, to: usize| Str::from(text.get(from..to).unwrap_or_default());
    let mut parts = Vec::new();
    let (mut start, mut end) = (0, 0);
    for found in regex.find_iter(&text).take(limit(count)) {
        if parts.len() + 1 == limit(count) {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.push(part(start, end));
        }
        start = found.end();
    }
    if end != text.len() {
        parts.push(part(start, text.len()));
    }
    Ok(List::strings(parts))
}

fn quote_meta(text: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(text.len());
    for byte in text {
        if br"\.+*?()|[]{}^$".contains(byte) {
            quoted.push(b'\\');
        }
        quoted.push(*byte);
    }
    quoted
}

/// More patterns than a chart has; generated ones must not fill the memory.
const CAPACITY: usize = 1024;

/// Compiles a pattern, or finds it among those compiled before.
fn compile(pattern: &Str) -> Result<Regex, Failure> {
    static COMPILED: LazyLock<Mutex<HashMap<Str, Regex>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = compiled.get(pattern) {
        return Ok(regex.clone());
    }
    let text = pattern.to_text();
    let regex = Regex::new(&translated(&text)).map_err(|error| Failure(complaint(&text, &error)))?;
    if compiled.len() >= CAPACITY {
        compiled.clear();
    }
    compiled.insert(pattern.clone(), regex.clone());
    Ok(regex)
}

/// What Go says of a pattern that is none.
pub(crate) fn check_regex(pattern: &str) -> Result<(), String> {
    compile(&Str::from(pattern))
        .map(|_| ())
        .map_err(|failure| failure.0)
}

/// What Go says of the most common mistakes, and what this library says of the others.
fn complaint(pattern: &str, error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    let last = last.strip_prefix("error: ").unwrap_or(last);
    match last {
        "unclosed group" => format!("error parsing regexp: missing closing ): `{pattern}`"),
        "incomplete escape sequence, reached end of pattern prematurely" => {
            "error parsing regexp: trailing backslash at end of expression: ``".to_owned()
        }
        "unopened group" => format!("error parsing regexp: unexpected ): `{pattern}`"),
        "unclosed character class" => {
            let class = pattern
                .rfind('[')
                .and_then(|at| pattern.get(at..))
                .unwrap_or(pattern);
            format!("error parsing regexp: missing closing ]: `{class}`")
        }
        "repetition operator missing expression" => {
            let operator = pattern.get(..1).unwrap_or(pattern);
            format!("error parsing regexp: missing argument to repetition operator: `{operator}`")
        }
        other => format!("error parsing regexp: {other}: `{pattern}`"),
    }
}

/// The pattern in the dialect of the crate `regex`: there `\d`, `\w`, `\s` and `\b` mean Unicode, a brace must belong to
/// a repetition, and a class has operators of its own.
fn translated(pattern: &str) -> String {
    let mut translated = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '\\' => escape(&mut translated, &mut rest, false),
            '[' => class(&mut translated, &mut rest),
            '{' if !is_repetition(rest.clone()) => translated.push_str(r"\{"),
            other => translated.push(other),
        }
    }
    translated
}

/// Whether `2}`, `2,}` or `2,3}` comes next.
fn is_repetition(rest: Peekable<Chars<'_>>) -> bool {
    let inner: String = rest.take_while(|next| *next != '}').collect();
    let (least, most) = inner.split_once(',').unwrap_or((&inner, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && is_number(least) && is_number(most)
}

/// An escape; the backslash is past.
fn escape(translated: &mut String, rest: &mut Peekable<Chars<'_>>, in_class: bool) {
    let Some(next) = rest.next() else {
        translated.push('\\');
        return;
    };
    let set = match next {
        'd' | 'D' => "0-9",
        'w' | 'W' => "0-9A-Za-z_",
        's' | 'S' => r"\t\n\f\r ",
        'b' if !in_class => return translated.push_str(r"(?-u:\b)"),
        'B' if !in_class => return translated.push_str(r"(?-u:\B)"),
        'Q' => return quoted(translated, rest),
        other if other.is_ascii_alphanumeric() => {
            translated.push('\\');
            translated.push(other);
            // The braces belong to the escape: `\p{Greek}`, `\x{1F600}`.
            if matches!(other, 'p' | 'P' | 'x') && rest.peek() == Some(&'{') {
                for inner in rest.by_ref() {
                    translated.push(inner);
                    if inner == '}' {
                        break;
                    }
                }
            }
            return;
        }
        other => return translated.push_str(&regex::escape(&other.to_string())),
    };
    match (next.is_ascii_uppercase(), in_class) {
        (true, _) => append(translated, format_args!("[^{set}]")),
        (false, true) => translated.push_str(set),
        (false, false) => append(translated, format_args!("[{set}]")),
    }
}

/// `\Q…\E`: literal text.
fn quoted(translated: &mut String, rest: &mut Peekable<Chars<'_>>) {
    let mut literal = String::new();
    for next in rest.by_ref() {
        literal.push(next);
        if literal.ends_with(r"\E") {
            literal.truncate(literal.len() - 2);
            break;
        }
    }
    translated.push_str(&regex::escape(&literal));
}

/// A class; its bracket is past.
fn class(translated: &mut String, rest: &mut Peekable<Chars<'_>>) {
    translated.push('[');
    if rest.next_if_eq(&'^').is_some() {
        translated.push('^');
    }
    let mut is_first = true;
    while let Some(next) = rest.next() {
        match next {
            ']' if is_first => translated.push_str(r"\]"),
            ']' => {
                translated.push(']');
                return;
            }
            '[' if rest.peek() == Some(&':') => {
                translated.push('[');
                for next in rest.by_ref() {
                    translated.push(next);
                    if translated.ends_with(":]") {
                        break;
                    }
                }
            }
            '\\' => escape(translated, rest, true),
            '[' | '&' | '~' => {
                translated.push('\\');
                translated.push(next);
            }
            // Two dashes would subtract.
            '-' if rest.peek() == Some(&'-') => translated.push_str(r"\-"),
            other => translated.push(other),
        }
        is_first = false;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_in_re2() {
        for (pattern, text, fits) in [
            (r"^\d+$", "12", true),
            (r"^\d+$", "١", false),
            (r"^\w$", "é", false),
            (r"^[\w-]+$", "a-b", true),
            (r"^[^\d]$", "a", true),
            (r"a{", "a{", true),
            (r"^a{2}$", "aa", true),
            (r"^[[]$", "[", true),
            (r"^[]a]$", "]", true),
            (r"^[a&&b]+$", "a&", true),
            (r"^\Qa.b\E$", "a.b", true),
            (r"^\Qa.b\E$", "axb", false),
            (r"^[[:alpha:]]$", "a", true),
            (r"\bé", "é", false),
            (r"^a\/b$", "a/b", true),
        ] {
            assert_eq!(
                compile(&Str::from(pattern)).unwrap().is_match(text.as_bytes()),
                fits,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn splits_as_go_does() {
        let parts = |pattern: &str, text: &str, count| {
            let list = split(pattern.into(), text.into(), count).unwrap();
            list.iter()
                .map(crate::chart::template::fmt::value_text)
                .collect::<Vec<_>>()
        };
        assert_eq!(parts("a", "banana", -1), ["b", "n", "n", ""]);
        assert_eq!(parts("a", "banana", 2), ["b", "nana"]);
        assert_eq!(parts("", "abc", -1), ["a", "b", "c"]);
        assert_eq!(parts("x", "", -1), [""]);
    }
}
