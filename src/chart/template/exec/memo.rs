//! What templates wrote before, taken again where it is provably the same: a chart includes the same few definitions
//! with the same dot in each of its files, and whole files for their checksums.
//!
//! What a template writes follows from the templates, its dot, and what it asks of the world outside. So a text is
//! kept if nothing outside was asked and if `.Template`, which differs from file to file, was neither looked into nor
//! changed; and it is taken only as long as no template has written to any other map that templates share.

use super::{Exec, ExecError, Operand};
use crate::chart::template::ast::Tree;
use crate::chart::value::{List, Map, Str, Value, Watch};
use foldhash::{HashMap, HashMapExt};
use std::mem;
use std::sync::Arc;

/// A text is only taken where what wrote it would go no deeper than this: it never stands for an execution that would
/// have reached a bound.
const MAX_TAKEN_DEPTH: usize = 500;
/// The most bytes that are kept, keys and all. Generated texts must not fill the memory.
const MAX_KEPT: usize = 4 * 1024 * 1024;
/// What a text costs beside its own bytes and those of its key, roughly.
const OVERHEAD: usize = 64;
/// Longer descriptions of a dot than this are of long texts and lists, which hardly come again.
const MAX_KEY: usize = 512;

/// What the templates of one render wrote.
pub(crate) struct Memo {
    /// Sees what is written to what more than one template can reach.
    writes: Watch,
    /// Sees that `.Template` is looked into or changed.
    file_uses: Watch,
    texts: HashMap<Box<[u8]>, Kept>,
    /// How many bytes are kept.
    size: usize,
    /// Room for the key that is looked for.
    key: Key,
}

impl Memo {
    /// Nothing yet. `writes` sees what is written to what more than one template can reach, `file_uses` that what
    /// differs from file to file is looked into or changed.
    pub(crate) fn new(writes: &Watch, file_uses: &Watch) -> Self {
        Self {
            writes: writes.clone(),
            file_uses: file_uses.clone(),
            texts: HashMap::new(),
            size: 0,
            key: Key(Vec::new()),
        }
    }

    fn keep(&mut self, key: Box<[u8]>, text: &Str, height: usize) {
        let size = key.len() + text.len() + OVERHEAD;
        if size > MAX_KEPT {
            return;
        }
        if self.size + size > MAX_KEPT {
            self.texts.clear();
            self.size = 0;
        }
        self.size += size;
        let text = text.clone();
        self.texts.insert(key, Kept { text, height });
    }
}

/// What a template wrote.
struct Kept {
    text: Str,
    /// How many executions were open at once for it.
    height: usize,
}

/// A template and its dot, in bytes that differ wherever they do.
struct Key(Vec<u8>);

/// A dot that cannot be told from another one by a few bytes, or that a template could change for others unseen.
struct Unfit;

impl Key {
    /// Makes it that of a template and a dot.
    fn set(&mut self, tree: &Arc<Tree>, dot: &Operand) -> Result<(), Unfit> {
        self.0.clear();
        self.number(b't', Arc::as_ptr(tree).addr());
        self.0.push(u8::from(dot.boxed));
        self.value(&dot.value, true)
    }

    /// `is_unique` says whether nobody else holds what the value is a part of.
    fn value(&mut self, value: &Value, is_unique: bool) -> Result<(), Unfit> {
        if self.0.len() > MAX_KEY {
            return Err(Unfit);
        }
        match value {
            Value::Nil => self.0.push(b'n'),
            Value::Bool(value) => self.0.extend([b'b', u8::from(*value)]),
            Value::Int(value) => self.bytes(b'i', &value.to_le_bytes()),
            Value::Int64(value) => self.bytes(b'l', &value.to_le_bytes()),
            Value::Uint8(value) => self.0.extend([b'c', *value]),
            Value::Uint64(value) => self.bytes(b'u', &value.to_le_bytes()),
            Value::Float(value) => self.bytes(b'f', &value.to_bits().to_le_bytes()),
            Value::Str(text) => self.text(b's', text)?,
            Value::Bytes(bytes) => self.text(b'y', bytes)?,
            Value::List(list) => self.list(list, is_unique)?,
            Value::Map(map) => self.map(map, is_unique)?,
            Value::Struct(_) | Value::Version(_) | Value::Time(_) => return Err(Unfit),
        }
        Ok(())
    }

    /// A map that is watched is the same as long as no write was seen, and lives as long. Another one is the same if
    /// its entries are; who else holds it could see what the template writes to it.
    fn map(&mut self, map: &Map, is_unique: bool) -> Result<(), Unfit> {
        if map.is_write_watched() {
            self.number(b'w', map.address());
            self.0.push(map.map_type() as u8);
            return Ok(());
        }
        if !(is_unique && map.is_unique()) {
            return Err(Unfit);
        }
        let entries = map.entries();
        self.number(b'm', entries.len());
        self.0.push(map.map_type() as u8);
        for (key, value) in entries.iter() {
            self.text(b'k', key)?;
            self.value(value, true)?;
        }
        Ok(())
    }

    fn list(&mut self, list: &List, is_unique: bool) -> Result<(), Unfit> {
        if !list.is_whole() {
            return Err(Unfit);
        }
        let is_unique = is_unique && list.is_unique();
        self.number(b'a', list.len());
        self.0.extend([list.list_type() as u8, u8::from(list.is_nil())]);
        list.iter().try_for_each(|item| self.value(item, is_unique))
    }

    fn text(&mut self, tag: u8, text: &[u8]) -> Result<(), Unfit> {
        if text.len() > MAX_KEY {
            return Err(Unfit);
        }
        self.number(tag, text.len());
        self.0.extend_from_slice(text);
        Ok(())
    }

    fn number(&mut self, tag: u8, number: usize) {
        self.bytes(tag, &number.to_le_bytes());
    }

    fn bytes(&mut self, tag: u8, bytes: &[u8]) {
        self.0.push(tag);
        self.0.extend_from_slice(bytes);
    }
}

/// What is known of a template with a dot.
enum Found<'k> {
    Text(Str),
    /// Nothing yet; what it writes may be kept under this key.
    Nothing(&'k [u8]),
    /// Nothing may be taken or kept.
    Unfit,
}

/// What was seen before a template ran whose text may be kept.
struct Before {
    has_asked_outside: bool,
    has_used_file: bool,
    deepest: usize,
}

impl Exec<'_> {
    /// What `tree` writes with `dot`.
    pub(super) fn text(&mut self, tree: &Arc<Tree>, dot: &Operand) -> Result<Str, ExecError> {
        let key: Box<[u8]> = match self.look_up(tree, dot) {
            Found::Text(text) => return Ok(text),
            Found::Nothing(key) => key.into(),
            Found::Unfit => return self.written(tree, dot),
        };
        let before = self.begin_trial();
        let result = self.written(tree, dot);
        let height = self.deepest - self.depth;
        let is_the_same_again = self.end_trial(&before);
        if let (Some(memo), Ok(text), true) = (&mut self.memo, &result, is_the_same_again) {
            memo.keep(key, text, height);
        }
        result
    }

    /// What `tree` wrote with `dot` before, if that is known.
    pub(super) fn recalled(&mut self, tree: &Arc<Tree>, dot: &Operand) -> Option<Str> {
        match self.look_up(tree, dot) {
            Found::Text(text) => Some(text),
            Found::Nothing(_) | Found::Unfit => None,
        }
    }

    fn look_up(&mut self, tree: &Arc<Tree>, dot: &Operand) -> Found<'_> {
        // A text of `tpl` may define anew what the template includes.
        let is_fit = self.templates.is_outermost();
        let open = |memo: &&mut Memo| is_fit && !memo.writes.has_seen();
        let Some(Memo { key, texts, .. }) = self.memo.as_mut().filter(open) else {
            return Found::Unfit;
        };
        if key.set(tree, dot).is_err() {
            return Found::Unfit;
        }
        match texts.get(key.0.as_slice()) {
            None => Found::Nothing(&key.0),
            Some(Kept { text, height }) if self.depth + height <= MAX_TAKEN_DEPTH => {
                self.deepest = self.deepest.max(self.depth + height);
                Found::Text(text.clone())
            }
            Some(_) => Found::Unfit,
        }
    }

    fn begin_trial(&mut self) -> Before {
        let file_uses = self.memo.as_ref().map(|memo| &memo.file_uses);
        Before {
            has_asked_outside: self.has_asked_outside.take(),
            has_used_file: file_uses.is_some_and(Watch::take),
            deepest: mem::replace(&mut self.deepest, self.depth),
        }
    }

    /// Whether what ran since [`Exec::begin_trial`] would write the same again. What was seen then is seen again.
    fn end_trial(&mut self, before: &Before) -> bool {
        let Some(memo) = &self.memo else {
            return false;
        };
        let has_asked = self.has_asked_outside.get() || memo.file_uses.has_seen();
        let is_the_same_again = !has_asked && !memo.writes.has_seen();
        if before.has_asked_outside {
            self.has_asked_outside.set(true);
        }
        if before.has_used_file {
            memo.file_uses.note();
        }
        self.deepest = self.deepest.max(before.deepest);
        is_the_same_again
    }
}

#[cfg(test)]
mod tests;
