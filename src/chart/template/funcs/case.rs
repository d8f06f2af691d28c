//! Letter case and words.

use crate::chart::template::function::Function;
use crate::chart::value::{Str, runes};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("upper", |text: Str| mapped(&text, upper)),
        Function::new("lower", |text: Str| mapped(&text, lower)),
        Function::new("title", |text: Str| title(&text)),
        Function::new("untitle", |text: Str| {
            let mut starts = true;
            mapped(&text, |rune| {
                let first = std::mem::replace(&mut starts, rune.is_whitespace()) && !rune.is_whitespace();
                if first { lower(rune) } else { rune }
            })
        }),
        Function::new("swapcase", |text: Str| swapcase(&text)),
        Function::new("initials", |text: Str| initials(&text)),
        Function::new("camelcase", |text: Str| camelcase(&characters(&text))),
        Function::new("snakecase", |text: Str| separated(&characters(&text), '_')),
        Function::new("kebabcase", |text: Str| separated(&characters(&text), '-')),
    ]
}

fn characters(text: &[u8]) -> Vec<char> {
    runes(text).map(|(rune, _)| rune).collect()
}

fn mapped(text: &[u8], map: impl FnMut(char) -> char) -> Str {
    characters(text).into_iter().map(map).collect()
}

/// Go maps each character to one: where there would be several, it stays.
fn upper(rune: char) -> char {
    let mut mapped = rune.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(upper), None) => upper,
        _ => rune,
    }
}

fn lower(rune: char) -> char {
    // Only U+0130 becomes two characters, of which Go takes the first.
    rune.to_lowercase().next().unwrap_or(rune)
}

fn title(text: &[u8]) -> Str {
    let mut starts = true;
    mapped(text, |rune| {
        let is_part_of_word = if rune.is_ascii() {
            rune.is_ascii_alphanumeric() || rune == '_'
        } else {
            rune.is_alphanumeric() || !rune.is_whitespace()
        };
        let first = std::mem::replace(&mut starts, !is_part_of_word);
        if first { upper(rune) } else { rune }
    })
}

fn swapcase(text: &[u8]) -> Str {
    let mut after_space = true;
    mapped(text, |rune| {
        if rune.is_uppercase() {
            after_space = false;
            lower(rune)
        } else if rune.is_lowercase() {
            after_space = false;
            upper(rune)
        } else {
            after_space = rune.is_whitespace();
            rune
        }
    })
}

/// The first bytes of the words, each as a character of its own, as the library takes them.
fn initials(text: &[u8]) -> Str {
    let mut after_gap = true;
    let bytes = text.iter().map(|byte| char::from(*byte));
    bytes
        .filter(|rune| {
            let is_gap = rune.is_whitespace();
            std::mem::replace(&mut after_gap, is_gap) && !is_gap
        })
        .collect()
}

fn is_connector(rune: char) -> bool {
    rune == '-' || rune == '_' || rune.is_whitespace()
}

/// `some_words` as `SomeWords`, by the rules of `xstrings.ToPascalCase`.
fn camelcase(text: &[char]) -> Str {
    let leading = text.iter().take_while(|rune| is_connector(**rune)).count();
    let (connectors, words) = text.split_at(leading);
    let mut result: String = connectors.iter().collect();
    let Some((first, rest)) = words.split_first() else {
        // The last of the connectors is written twice.
        result.extend(connectors.last());
        return result.into();
    };
    let mut in_capitals = first.is_uppercase();
    let mut last = upper(*first);
    for rune in rest {
        let mut rune = *rune;
        if is_connector(rune) && is_connector(last) {
            result.push(last);
        } else if is_connector(last) {
            in_capitals = rune.is_uppercase();
            rune = upper(rune);
        } else {
            if in_capitals && rune.is_uppercase() {
                rune = lower(rune);
            } else {
                in_capitals = false;
            }
            result.push(last);
        }
        last = rune;
    }
    result.push(last);
    result.into()
}

/// The sorts of words that `xstrings` tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    None,
    Number,
    Upper,
    Alphabet,
    Connector,
    Punctuation,
    Other,
}

fn is_punctuation(rune: char) -> bool {
    // Beyond ASCII, dashes, quotes and the like; symbols such as `$` and `+` are none in Unicode.
    if rune.is_ascii() {
        return rune.is_ascii_punctuation()
            && !matches!(rune, '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~');
    }
    matches!(rune, '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}')
}

/// A letter of a script whose words are written in letters: not the ideographs.
fn is_alphabet(rune: char) -> bool {
    rune.is_alphabetic()
        && !matches!(rune, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The word at the start of `text`, and the rest.
fn next_word(text: &[char]) -> (Word, &[char], &[char]) {
    let Some(first) = text.first().copied() else {
        return (Word::None, &[], &[]);
    };
    let run = |holds: &dyn Fn(char) -> bool| text.iter().take_while(|rune| holds(**rune)).count();
    let is_low = |rune: char| is_alphabet(rune) && !rune.is_uppercase();
    let (word, length) = if is_connector(first) {
        (Word::Connector, run(&is_connector))
    } else if is_punctuation(first) {
        (Word::Punctuation, run(&is_punctuation))
    } else if first.is_uppercase() {
        let capitals = run(&|rune| rune.is_uppercase());
        let after = text.get(capitals).copied();
        let length = if capitals > 1 {
            // In `HTTPStatus` the S begins the next word.
            capitals - usize::from(after.is_some_and(is_alphabet))
        } else {
            1 + text.iter().skip(1).take_while(|rune| is_low(**rune)).count()
        };
        (Word::Upper, length)
    } else if is_alphabet(first) {
        (Word::Alphabet, run(&is_low))
    } else if first.is_numeric() {
        (Word::Number, run(&|rune| rune.is_numeric()))
    } else {
        let is_other = |rune: char| {
            !is_connector(rune) && !is_alphabet(rune) && !rune.is_numeric() && !is_punctuation(rune)
        };
        (Word::Other, run(&is_other).max(1))
    };
    let (taken, rest) = text.split_at(length.max(1).min(text.len()));
    (word, taken, rest)
}

fn push_lower(result: &mut String, word: Word, text: &[char], connector: char) {
    if !matches!(word, Word::Upper | Word::Connector) {
        result.extend(text);
        return;
    }
    result.extend(text.iter().map(|rune| {
        if is_connector(*rune) {
            connector
        } else {
            lower(*rune)
        }
    }));
}

/// `FirstName` as `first_name`, by the rules of `xstrings.ToSnakeCase`.
fn separated(text: &[char], connector: char) -> Str {
    let mut result = String::new();
    let ends_word = |word: Word| matches!(word, Word::Connector | Word::Punctuation);
    let (mut word, mut taken, mut rest) = next_word(text);
    while !rest.is_empty() {
        if word != Word::Connector {
            push_lower(&mut result, word, taken, connector);
        }
        let (before, last) = (word, taken);
        (word, taken, rest) = next_word(rest);
        match before {
            Word::Number => {
                while matches!(word, Word::Alphabet | Word::Number) {
                    push_lower(&mut result, word, taken, connector);
                    (word, taken, rest) = next_word(rest);
                }
                if word != Word::None && !ends_word(word) {
                    result.push(connector);
                }
            }
            Word::Connector => push_lower(&mut result, before, last, connector),
            Word::Punctuation => {}
            _ if word != Word::Number => {
                if !ends_word(word) {
                    result.push(connector);
                }
            }
            _ if rest.is_empty() => {}
            _ => {
                let number = taken;
                (word, taken, rest) = next_word(rest);
                if word != Word::Alphabet {
                    // The number belongs to the word before it: `Bld4Floor` is `bld4_floor`.
                    push_lower(&mut result, Word::Number, number, connector);
                    if !ends_word(word) {
                        result.push(connector);
                    }
                    continue;
                }
                // Small letters belong to the number: `HTTP2xx` is `http_2xx`.
                result.push(connector);
                push_lower(&mut result, Word::Number, number, connector);
                while matches!(word, Word::Alphabet | Word::Number) {
                    push_lower(&mut result, word, taken, connector);
                    (word, taken, rest) = next_word(rest);
                }
                if word != Word::None && !ends_word(word) {
                    result.push(connector);
                }
            }
        }
    }
    push_lower(&mut result, word, taken, connector);
    result.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_separated_as_the_library_does() {
        for (text, snake) in [
            ("FirstName", "first_name"),
            ("HTTPServer", "http_server"),
            ("NoHTTPS", "no_https"),
            ("GO_PATH", "go_path"),
            ("GO PATH", "go_path"),
            ("GO-PATH", "go_path"),
            ("http2xx", "http_2xx"),
            ("HTTP20xOK", "http_20x_ok"),
            ("Duration2m3s", "duration_2m3s"),
            ("Bld4Floor3rd", "bld4_floor_3rd"),
            ("a", "a"),
            ("", ""),
        ] {
            assert_eq!(
                separated(&text.chars().collect::<Vec<_>>(), '_').to_text(),
                snake,
                "{text}"
            );
        }
    }

    #[test]
    fn words_are_joined_as_the_library_does() {
        for (text, camel) in [
            ("some_words", "SomeWords"),
            ("http_server", "HttpServer"),
            ("_complex__case_", "_Complex_Case_"),
            ("some words", "SomeWords"),
            ("GOLANG_IS_GREAT", "GolangIsGreat"),
            ("foo-bar", "FooBar"),
        ] {
            assert_eq!(
                camelcase(&text.chars().collect::<Vec<_>>()).to_text(),
                camel,
                "{text}"
            );
        }
    }
}
