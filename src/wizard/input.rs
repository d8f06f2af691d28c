//! One line of text with a cursor, edited by grapheme cluster. It does not know how it is drawn.

use unicode_segmentation::UnicodeSegmentation;

/// A line that is being typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineEdit {
    text: String,
    /// A byte offset into `text`, always on a grapheme boundary.
    cursor: usize,
}

/// A change to a [`LineEdit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Typed or pasted text; only its first line is taken.
    Insert(String),
    /// Takes away the character before the cursor.
    Backspace,
    /// Takes away the character at the cursor.
    Delete,
    /// Takes away the word before the cursor.
    DeleteWord,
    /// Takes away everything.
    Clear,
    /// Moves by one character.
    Left,
    /// Moves by one character.
    Right,
    /// Moves to the start.
    Home,
    /// Moves to the end.
    End,
}

impl LineEdit {
    /// A line with the cursor at its end.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let cursor = text.len();
        Self { text, cursor }
    }

    /// What stands in the line.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the cursor stands, as a byte offset on a grapheme boundary.
    #[must_use]
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// Applies a change; true when the text is another one afterwards.
    pub fn apply(&mut self, edit: &Edit) -> bool {
        let before = self.text.len();
        match edit {
            Edit::Insert(text) => return self.insert(text),
            Edit::Backspace => self.remove(self.previous(), self.cursor),
            Edit::Delete => self.remove(self.cursor, self.following()),
            Edit::DeleteWord => self.remove(self.word_start(), self.cursor),
            Edit::Clear => self.remove(0, self.text.len()),
            Edit::Left => self.cursor = self.previous(),
            Edit::Right => self.cursor = self.following(),
            Edit::Home => self.cursor = 0,
            Edit::End => self.cursor = self.text.len(),
        }
        self.text.len() != before
    }

    fn insert(&mut self, text: &str) -> bool {
        let line: String = text
            .trim_start_matches(['\r', '\n'])
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_control())
            .collect();
        self.text.insert_str(self.cursor, &line);
        self.cursor += line.len();
        // A combining character joins the one before it: step back onto a boundary of the new text.
        while !self.is_boundary(self.cursor) {
            self.cursor += 1;
        }
        !line.is_empty()
    }

    fn is_boundary(&self, at: usize) -> bool {
        at >= self.text.len() || self.text.grapheme_indices(true).any(|(start, _)| start == at)
    }

    fn remove(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }

    fn previous(&self) -> usize {
        self.text
            .grapheme_indices(true)
            .map(|(at, _)| at)
            .take_while(|at| *at < self.cursor)
            .last()
            .unwrap_or(0)
    }

    fn following(&self) -> usize {
        self.text
            .grapheme_indices(true)
            .map(|(at, _)| at)
            .find(|at| *at > self.cursor)
            .unwrap_or(self.text.len())
    }

    fn word_start(&self) -> usize {
        let head = self.text[..self.cursor].trim_end_matches(|c: char| !c.is_alphanumeric());
        head.trim_end_matches(char::is_alphanumeric).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str, edits: &[Edit]) -> (String, usize) {
        let mut line = LineEdit::new(text);
        for edit in edits {
            line.apply(edit);
        }
        (line.text().to_owned(), line.cursor())
    }

    #[test]
    fn moves_and_deletes_by_what_a_person_calls_a_character() {
        assert_eq!(
            typed("ae\u{301}o", &[Edit::Left, Edit::Backspace]),
            ("ao".into(), 1)
        );
        assert_eq!(typed("👩‍👩‍👧x", &[Edit::Home, Edit::Delete]), ("x".into(), 0));
    }

    #[test]
    fn a_combining_mark_joins_the_letter_before_the_cursor() {
        assert_eq!(
            typed("e", &[Edit::Insert("\u{301}".into()), Edit::Backspace]),
            (String::new(), 0)
        );
    }

    #[test]
    fn pasted_text_keeps_its_first_line_and_no_control_characters() {
        assert_eq!(
            typed("", &[Edit::Insert("\nhost\u{1b}[31m\nrm".into())]).0,
            "host[31m"
        );
    }

    #[test]
    fn deletes_a_word_with_what_follows_it() {
        assert_eq!(typed("db.example.com", &[Edit::DeleteWord]).0, "db.example.");
        assert_eq!(typed("db.example.", &[Edit::DeleteWord]).0, "db.");
    }

    #[test]
    fn says_whether_the_text_changed() {
        let mut line = LineEdit::new("a");
        assert!(!line.apply(&Edit::Left));
        assert!(line.apply(&Edit::Delete));
        assert!(!line.apply(&Edit::Delete));
    }
}
