//! Go's `text/template` with the functions that Helm adds: from text to trees to output.
//!
//! [`parse`] makes trees, [`exec`] runs them over [`Value`](super::value::Value)s, [`funcs`] holds the functions.
//! Which files make up a chart and what their dot is, [`render`](super::render) knows.

mod ast;
pub(crate) mod exec;
pub(crate) mod fmt;
mod funcs;
mod function;
mod lexer;
mod methods;
mod number;
pub(crate) mod parse;
pub(crate) mod time;
mod token;
mod unquote;

pub(crate) use ast::Tree;
pub(crate) use funcs::{check_regex, json_syntax_error};

/// Runs `body` on a fresh piece of stack where little is left of this one: templates may nest and recurse deeply.
fn grow_stack<T>(body: impl FnOnce() -> T) -> T {
    /// What must be left for one more level; debug builds take large frames.
    const RED_ZONE: usize = 256 * 1024;
    const MORE: usize = 4 * 1024 * 1024;
    stacker::maybe_grow(RED_ZONE, MORE, body)
}
