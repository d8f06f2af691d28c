//! Mistakes in the words of the library that Helm validates with: `at '/replicas': got string, want integer`.

use crate::chart::template::check_regex;
use crate::chart::template::fmt::quote;
use boon::{ErrorKind, Type, Types, ValidationError};
use serde_json::{Number, Value as Json};

/// The mistakes below the root, each on a line of its own with those that it consists of set in below it.
pub(super) fn of(error: &ValidationError<'_, '_>) -> String {
    let mut text = String::new();
    for cause in &error.causes {
        add(&mut text, cause, 0);
    }
    text
}

/// The root's own line and the mistakes below it.
pub(super) fn whole(error: &ValidationError<'_, '_>) -> String {
    match &error.kind {
        ErrorKind::Schema { url } => {
            format!("jsonschema validation failed with {}\n{}", quoted(url), of(error))
        }
        _ => of(error),
    }
}

fn add(text: &mut String, error: &ValidationError<'_, '_>, depth: usize) {
    // A reference with one mistake behind it says nothing of its own.
    let is_silent = error.causes.len() == 1 && matches!(error.kind, ErrorKind::Reference { .. });
    if !is_silent {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&"  ".repeat(depth));
        let place = quoted(&error.instance_location.to_string());
        for part in ["- at ", &place, ": ", &sentence(&error.kind)] {
            text.push_str(part);
        }
    }
    for cause in &error.causes {
        add(text, cause, if is_silent { depth } else { depth + 1 });
    }
}

fn sentence(kind: &ErrorKind<'_, '_>) -> String {
    match kind {
        ErrorKind::Group | ErrorKind::Reference { .. } => "validation failed".to_owned(),
        ErrorKind::Schema { url } => format!("jsonschema validation failed with {}", quoted(url)),
        ErrorKind::ContentSchema => "'contentSchema' failed".to_owned(),
        ErrorKind::PropertyName { prop } => format!("invalid propertyName {}", quoted(prop)),
        ErrorKind::RefCycle {
            url,
            kw_loc1,
            kw_loc2,
        } => {
            format!(
                "both {kw_loc1} and {kw_loc2} resolve to {} causing reference cycle",
                quote(url.as_bytes(), '"')
            )
        }
        ErrorKind::FalseSchema => "false schema".to_owned(),
        ErrorKind::Type { got, want } => format!("got {got}, want {}", types(*want)),
        ErrorKind::Enum { want } => one_of(want),
        ErrorKind::Const { want } if is_primitive(want) => format!("value must be {}", shown(want)),
        ErrorKind::Const { .. } => "'const' failed".to_owned(),
        // The library's own words take several lines.
        ErrorKind::Format {
            got, want: "regex", ..
        } => {
            let why = got.as_str().and_then(|pattern| check_regex(pattern).err());
            format!("{} is not valid regex: {}", shown(got), why.unwrap_or_default())
        }
        ErrorKind::Format { got, want, err } => format!("{} is not valid {want}: {err}", shown(got)),
        ErrorKind::MinProperties { got, want } => counts("minProperties", *got, *want),
        ErrorKind::MaxProperties { got, want } => counts("maxProperties", *got, *want),
        ErrorKind::MinItems { got, want } => counts("minItems", *got, *want),
        ErrorKind::MaxItems { got, want } => counts("maxItems", *got, *want),
        ErrorKind::MinLength { got, want } => counts("minLength", *got, *want),
        ErrorKind::MaxLength { got, want } => counts("maxLength", *got, *want),
        ErrorKind::AdditionalProperties { got } => {
            format!("additional properties {} not allowed", all_quoted(got))
        }
        ErrorKind::Required { want } => match want.as_slice() {
            [one] => format!("missing property {}", quoted(one)),
            several => format!("missing properties {}", all_quoted(several)),
        },
        ErrorKind::Dependency { prop, missing } | ErrorKind::DependentRequired { prop, missing } => {
            format!(
                "properties {} required, if {} exists",
                all_quoted(missing),
                quoted(prop)
            )
        }
        ErrorKind::Contains => "no items match contains schema".to_owned(),
        ErrorKind::MinContains { got, want } => contains("min", got, *want),
        ErrorKind::MaxContains { got, want } => contains("max", got, *want),
        ErrorKind::UniqueItems { got: [first, second] } => {
            format!("items at {} and {} are equal", grouped(*first), grouped(*second))
        }
        ErrorKind::AdditionalItems { got } => {
            format!("last {} additionalItem(s) not allowed", grouped(*got))
        }
        ErrorKind::Pattern { got, want } => {
            format!("{} does not match pattern {}", quoted(got), quoted(want))
        }
        ErrorKind::ContentEncoding { want, err } => format!("value is not {} encoded: {err}", quoted(want)),
        ErrorKind::ContentMediaType { want, err, .. } => {
            format!("value is not of mediatype {}: {err}", quoted(want))
        }
        ErrorKind::Minimum { got, want } => bounds("minimum", got, want),
        ErrorKind::Maximum { got, want } => bounds("maximum", got, want),
        ErrorKind::ExclusiveMinimum { got, want } => bounds("exclusiveMinimum", got, want),
        ErrorKind::ExclusiveMaximum { got, want } => bounds("exclusiveMaximum", got, want),
        ErrorKind::MultipleOf { got, want } => bounds("multipleOf", got, want),
        ErrorKind::Not => "'not' failed".to_owned(),
        ErrorKind::AllOf => "'allOf' failed".to_owned(),
        ErrorKind::AnyOf => "'anyOf' failed".to_owned(),
        ErrorKind::OneOf(None) => "'oneOf' failed, none matched".to_owned(),
        ErrorKind::OneOf(Some((first, second))) => format!(
            "'oneOf' failed, subschemas {}, {} matched",
            grouped(*first),
            grouped(*second)
        ),
    }
}

fn types(types: Types) -> String {
    let names: Vec<String> = types.iter().map(|kind: Type| kind.to_string()).collect();
    names.join(" or ")
}

fn is_primitive(value: &Json) -> bool {
    !matches!(value, Json::Array(_) | Json::Object(_))
}

fn one_of(want: &[Json]) -> String {
    if !want.iter().all(is_primitive) {
        return "'enum' failed".to_owned();
    }
    match want {
        [one] => format!("value must be {}", shown(one)),
        several => {
            let several: Vec<String> = several.iter().map(shown).collect();
            format!("value must be one of {}", several.join(", "))
        }
    }
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => quoted(text),
        Json::Null => "<nil>".to_owned(),
        Json::Array(_) | Json::Object(_) => "value".to_owned(),
        other => other.to_string(),
    }
}

/// In single quotes, with Go's escapes.
fn quoted(text: &str) -> String {
    let double = quote(text.as_bytes(), '"');
    let inner = double.get(1..double.len().saturating_sub(1)).unwrap_or_default();
    format!("'{}'", inner.replace("\\\"", "\"").replace('\'', "\\'"))
}

fn all_quoted(texts: &[impl AsRef<str>]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text.as_ref())).collect();
    texts.join(", ")
}

fn counts(keyword: &str, got: usize, want: usize) -> String {
    format!("{keyword}: got {}, want {}", grouped(got), grouped(want))
}

fn contains(bound: &str, got: &[usize], want: usize) -> String {
    let required = format!(
        "{bound} {} items required to match contains schema, but",
        grouped(want)
    );
    if got.is_empty() && bound == "min" {
        return format!("{required} none matched");
    }
    let places: Vec<String> = got.iter().map(ToString::to_string).collect();
    format!(
        "{required} matched {} items at {}",
        grouped(got.len()),
        places.join(" ")
    )
}

fn bounds(keyword: &str, got: &Number, want: &Number) -> String {
    let number = |number: &Number| english(number.as_f64().unwrap_or(f64::NAN));
    format!("{keyword}: got {}, want {}", number(got), number(want))
}

/// A count with commas between groups of three digits.
fn grouped(count: usize) -> String {
    with_commas(&count.to_string())
}

fn with_commas(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number as Go's `golang.org/x/text/message` prints it for English: with commas, or with a power of ten where `%g`
/// would have an exponent.
fn english(number: f64) -> String {
    /// The first exponent that is written as one.
    const LARGE: i32 = 6;
    const SMALL: i32 = -4;
    if number == 0.0 {
        return "0".to_owned();
    }
    let sign = if number < 0.0 { "-" } else { "" };
    let scientific = format!("{:e}", number.abs());
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (SMALL..LARGE).contains(&exponent) {
        let plain = number.abs().to_string();
        let (whole, fraction) = plain
            .split_once('.')
            .map_or((plain.as_str(), None), |(whole, fraction)| {
                (whole, Some(fraction))
            });
        let fraction = fraction.map_or_else(String::new, |fraction| format!(".{fraction}"));
        return format!("{sign}{}{fraction}", with_commas(whole));
    }
    let minus = if exponent < 0 { "\u{207b}" } else { "" };
    let raised: String = format!("{:02}", exponent.unsigned_abs())
        .chars()
        .map(superscript)
        .collect();
    format!("{sign}{digits}×10{minus}{raised}")
}

fn superscript(digit: char) -> char {
    match digit {
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        _ => '⁹',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0.0, "0")]
    #[case(-1234.5, "-1,234.5")]
    #[case(999_999.0, "999,999")]
    #[case(1_000_000.0, "1×10⁰⁶")]
    #[case(20_971_520.0, "2.097152×10⁰⁷")]
    #[case(0.0001, "0.0001")]
    #[case(0.00001, "1×10⁻⁰⁵")]
    #[case(1e21, "1×10²¹")]
    #[case(0.123_456_789_1, "0.1234567891")]
    fn numbers_are_written_as_in_english(#[case] number: f64, #[case] expected: &str) {
        assert_eq!(english(number), expected);
    }
}
