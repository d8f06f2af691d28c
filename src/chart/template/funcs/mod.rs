//! The functions of Go's `text/template`, of sprig and of Helm, under the names that templates use.

#![allow(
    clippy::needless_pass_by_value,
    reason = "the signature of a body is that of the function: its arguments are values"
)]

mod builtin;
mod case;
mod certificates;
mod compare;
mod convert;
mod dates;
mod decimal;
mod dicts;
mod digest;
pub(super) mod encoding;
mod escape;
pub(super) mod glob;
mod helm;
mod json_errors;
mod lists;
mod math;
mod merge;
mod passwords;
pub(super) mod paths;
mod random;
mod regexes;
mod semvers;
mod strings;
mod tomls;
mod types;
mod urls;

pub(crate) use json_errors::syntax_error as json_syntax_error;
pub(crate) use regexes::check_regex;

use super::function::Function;
use foldhash::{HashMap, HashMapExt};
use std::sync::LazyLock;

/// Every function by its name.
pub(super) fn table() -> &'static HashMap<&'static str, Function> {
    static TABLE: LazyLock<HashMap<&'static str, Function>> = LazyLock::new(|| {
        // Later ones take the place of earlier ones: sprig's `slice` that of Go's, Helm's `fail` that of sprig's.
        let groups = [
            builtin::functions(),
            compare::functions(),
            escape::functions(),
            case::functions(),
            convert::functions(),
            dates::functions(),
            dicts::functions(),
            digest::functions(),
            encoding::functions(),
            lists::functions(),
            math::functions(),
            paths::functions(),
            random::functions(),
            regexes::functions(),
            semvers::functions(),
            strings::functions(),
            tomls::functions(),
            types::functions(),
            urls::functions(),
            passwords::functions(),
            certificates::functions(),
            helm::functions(),
        ];
        let mut table = HashMap::with_capacity(groups.iter().map(Vec::len).sum());
        for function in groups.into_iter().flatten() {
            table.insert(function.name, function);
        }
        table
    });
    &TABLE
}
