//! Text from a cluster, cleaned where it enters: no control sequence in it may reach a terminal.

use serde_json::Value as Json;

/// The longest text of one field that is kept, in characters.
const LONGEST: usize = 4096;

/// `text` without escape sequences (CSI, OSC, DCS, APC and the like), control characters and bidirectional controls,
/// and of a bounded length. Line breaks stay; a tab becomes a space.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut cleaner = Cleaner::default();
    vte::Parser::new().advance(&mut cleaner, text.as_bytes());
    cleaner.text
}

/// Cleans every string in `value`, keys included.
pub fn clean_json(value: &mut Json) {
    match value {
        Json::String(text) => {
            if !is_plain(text) {
                *text = clean(text);
            }
        }
        Json::Array(items) => items.iter_mut().for_each(clean_json),
        Json::Object(fields) => {
            if fields.keys().all(|key| is_plain(key)) {
                fields.values_mut().for_each(clean_json);
            } else {
                let old = std::mem::take(fields);
                fields.extend(old.into_iter().map(|(key, mut value)| {
                    clean_json(&mut value);
                    (clean(&key), value)
                }));
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// Whether `text` is as it would be cleaned: what almost every text is.
fn is_plain(text: &str) -> bool {
    text.len() <= LONGEST
        && text
            .chars()
            .all(|c| c == '\n' || (!c.is_control() && !is_bidi_control(c)))
}

/// Characters that reorder what a reader sees.
const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Collects what a terminal would print.
#[derive(Default)]
struct Cleaner {
    text: String,
    length: usize,
}

impl Cleaner {
    fn push(&mut self, c: char) {
        if self.length < LONGEST {
            self.text.push(c);
            self.length += 1;
        }
    }
}

impl vte::Perform for Cleaner {
    fn print(&mut self, c: char) {
        if !c.is_control() && !is_bidi_control(c) {
            self.push(c);
        }
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' => self.push('\n'),
            b'\t' => self.push(' '),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sequences_go_and_words_stay() {
        assert_eq!(
            clean("\u{1b}[31mred\u{1b}[0m\tand \u{1b}]0;title\u{7}plain\r\n"),
            "red and plain\n"
        );
        assert_eq!(clean("a\u{202e}b\u{9b}c"), "abc");
    }

    proptest! {
        #[test]
        fn no_control_but_the_line_break_is_left(text in "\\PC*|(.|\u{1b}|\u{9b}|\u{7})*") {
            let cleaned = clean(&text);
            prop_assert!(is_plain(&cleaned), "{cleaned:?}");
            prop_assert_eq!(clean(&cleaned), cleaned);
        }

        #[test]
        fn plain_text_is_left_alone(text in "[a-zA-Z0-9 äöü☃.,:/-]{0,80}") {
            prop_assert_eq!(clean(&text), text);
        }
    }
}
