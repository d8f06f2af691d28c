//! Numbers as they come out of JSON and go into YAML.

use super::super::gojson;
use super::resolve::{self, Resolved};
use serde_json::Number;

/// A number as toYaml prints it: it goes through Go's JSON, whose text is read as YAML and written again.
pub(super) fn text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => match resolve::plain(&gojson::float(float)) {
            Resolved::Int(int) => int.to_string(),
            Resolved::Uint(int) => int.to_string(),
            _ => gojson::float_g(float, 64),
        },
        _ => number.to_string(),
    }
}

/// The JSON number that `YAMLToJSON` makes of a float; `None` for the ones that JSON has no number for.
///
/// Go writes `1.0` as `1`, so a float without a fraction becomes an integer where one can hold it.
pub(super) fn from_float(float: f64) -> Option<Number> {
    match resolve::plain(&gojson::float(float)) {
        Resolved::Int(int) if int != 0 || float.is_sign_positive() => Some(int.into()),
        Resolved::Uint(int) => Some(int.into()),
        _ => Number::from_f64(float),
    }
}
