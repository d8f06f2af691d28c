//! Versions.

use crate::chart::semver::{Constraint, SemverError, Version};
use crate::chart::template::function::{Failure, Function};
use crate::chart::value::{Str, Value};
use std::rc::Rc;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("semver", |text: Str| {
            parse(&text).map(|version| Value::Version(Rc::new(version)))
        }),
        Function::new("semverCompare", |constraint: Str, version: Str| {
            let constraint = Constraint::parse(&constraint.to_text()).map_err(failure)?;
            parse(&version).map(|version| constraint.matches(&version))
        }),
    ]
}

fn parse(text: &Str) -> Result<Version, Failure> {
    Version::parse(&text.to_text()).map_err(failure)
}

#[allow(clippy::needless_pass_by_value, reason = "it is passed to map_err")]
fn failure(error: SemverError) -> Failure {
    Failure(error.to_string())
}
