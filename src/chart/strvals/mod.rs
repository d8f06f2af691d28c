//! The grammar of `--set` and its kin, with Helm's rules and words (its package `strvals`).
//!
//! `a.b[0].c=1,d={x,y}`: dots descend into maps, brackets into lists, braces make a list, commas separate, and a
//! backslash takes the next character as it is.

mod parser;

use parser::{Parser, Values};
use serde_json::{Map, Value as Json};
use thiserror::Error;

/// Lists are not made longer than this by an index.
pub const MAX_INDEX: i64 = 65536;

/// How deep the names of a value may be nested.
pub const MAX_NESTED_NAME_LEVEL: usize = 30;

/// What is wrong with a line, in Helm's words.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StrvalsError {
    /// A key without an equals sign.
    #[error("key {0:?} has no value")]
    NoValue(String),
    /// A key that is followed by a comma.
    #[error("key {0:?} has no value (cannot end with ,)")]
    EndsWithComma(String),
    /// A key with a dot and nothing after it.
    #[error("key map {0:?} has no value")]
    MapWithoutValue(String),
    /// A key leads into something that is no map or no list.
    #[error("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}")]
    Kind {
        /// Go's name of the type that is there.
        found: &'static str,
        /// Go's name of the type that the line needs.
        wanted: &'static str,
    },
    /// Names nested too deep.
    #[error(
        "value name nested level is greater than maximum supported nested level of {MAX_NESTED_NAME_LEVEL}"
    )]
    Nested,
    /// What stands in brackets is no number.
    #[error("error parsing index: {0}")]
    Index(String),
    /// A negative index.
    #[error("negative {0} index not allowed")]
    NegativeIndex(i64),
    /// An index that would make a list too long.
    #[error("index of {0} is greater than maximum supported index of {MAX_INDEX}")]
    LargeIndex(i64),
    /// Something other than `.`, `[` or `=` after a bracket.
    #[error("unexpected data at end of array index: [{0}]")]
    AfterIndex(String),
    /// A list without its closing brace.
    #[error("list must terminate with '}}'")]
    OpenList,
    /// The value of `--set-json` is no JSON.
    #[error("{0}")]
    Json(String),
    /// The file of `--set-file` cannot be read.
    #[error("{0}")]
    File(String),
}

/// `--set`: whole numbers, `true`, `false` and `null` are what they say, everything else is text.
pub fn set(line: &str, values: &mut Map<String, Json>) -> Result<(), StrvalsError> {
    Parser::new(line, Values::Typed).parse(values)
}

/// `--set-string`: everything is text.
pub fn set_string(line: &str, values: &mut Map<String, Json>) -> Result<(), StrvalsError> {
    Parser::new(line, Values::Text).parse(values)
}

/// `--set-json`: each value is a JSON document, nothing at all is null.
pub fn set_json(line: &str, values: &mut Map<String, Json>) -> Result<(), StrvalsError> {
    Parser::new(line, Values::Json).parse(values)
}

/// `--set-literal`: everything after the equals sign is the text, with commas and backslashes.
pub fn set_literal(line: &str, values: &mut Map<String, Json>) -> Result<(), StrvalsError> {
    Parser::new(line, Values::Literal).parse(values)
}

/// `--set-file`: each value is the path of a file, which `read` answers the content of, or why it cannot.
pub fn set_file(
    line: &str,
    values: &mut Map<String, Json>,
    mut read: impl FnMut(&str) -> Result<String, String>,
) -> Result<(), StrvalsError> {
    Parser::new(line, Values::File(&mut read)).parse(values)
}

#[cfg(test)]
mod tests;
