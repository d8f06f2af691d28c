//! Quantities (`500m`, `1Gi`) in the one form in which the API server writes them.

use serde_json::Value as Json;

/// Suffixes of powers of 1024, and of powers of 1000 from nano upwards.
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [(&str, i32); 10] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];

/// The canonical form; `None` for what is no quantity.
pub(super) fn canonical(value: &Json) -> Option<String> {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => return None,
    };
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(&text)),
    };
    let split = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(split);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let scale = -i32::try_from(fraction.len()).ok()?;
    let written = match BINARY
        .iter()
        .position(|known| *known == suffix)
        .filter(|at| *at > 0)
    {
        Some(power) => binary(digits, scale, u32::try_from(power).ok()?)?,
        None => decimal(digits, scale.checked_add(exponent(suffix)?)?)?,
    };
    Some(if written == "0" {
        written
    } else {
        format!("{sign}{written}")
    })
}

fn exponent(suffix: &str) -> Option<i32> {
    if let Some((_, exponent)) = DECIMAL.iter().find(|(known, _)| *known == suffix) {
        return Some(*exponent);
    }
    suffix.strip_prefix(['e', 'E'])?.parse().ok()
}

/// The largest binary suffix that leaves a whole number; what is no whole number of bytes is written decimally.
fn binary(digits: i128, scale: i32, power: u32) -> Option<String> {
    let value = digits.checked_mul(1_i128.checked_shl(10 * power)?)?;
    let divisor = 10_i128.checked_pow(scale.unsigned_abs())?;
    if value % divisor != 0 {
        return decimal(value, scale);
    }
    let mut value = value / divisor;
    let mut at = 0;
    while value != 0 && value % 1024 == 0 && at + 1 < BINARY.len() {
        value /= 1024;
        at += 1;
    }
    Some(format!("{value}{}", BINARY[at]))
}

/// The largest decimal suffix that leaves a whole number.
fn decimal(mut digits: i128, mut exponent: i32) -> Option<String> {
    if digits == 0 {
        return Some("0".into());
    }
    while digits % 10 == 0 {
        digits /= 10;
        exponent += 1;
    }
    let (suffix, power) = DECIMAL.iter().rev().find(|(_, power)| *power <= exponent)?;
    let mantissa = digits.checked_mul(10_i128.checked_pow((exponent - power).unsigned_abs())?)?;
    Some(format!("{mantissa}{suffix}"))
}

/// Writes every quantity of a map in its canonical form.
pub(super) fn canonicalize_all(map: Option<&mut Json>) {
    for value in map
        .and_then(Json::as_object_mut)
        .into_iter()
        .flat_map(|map| map.values_mut())
    {
        canonicalize(Some(value));
    }
}

/// Writes a quantity in its canonical form.
pub(super) fn canonicalize(value: Option<&mut Json>) {
    if let Some(value) = value
        && let Some(canonical) = canonical(value)
    {
        *value = canonical.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!("1000m"), "1")]
    #[case(json!("1500m"), "1500m")]
    #[case(json!("0.5"), "500m")]
    #[case(json!(1), "1")]
    #[case(json!(0.25), "250m")]
    #[case(json!("2000"), "2k")]
    #[case(json!("1024Mi"), "1Gi")]
    #[case(json!("1.5Gi"), "1536Mi")]
    #[case(json!("500Mi"), "500Mi")]
    #[case(json!("0.1Ki"), "102400m")]
    #[case(json!("1e3"), "1k")]
    #[case(json!("0"), "0")]
    #[case(json!("-1000m"), "-1")]
    fn quantities_have_one_form(#[case] value: Json, #[case] expected: &str) {
        assert_eq!(canonical(&value).as_deref(), Some(expected));
    }

    #[test]
    fn what_is_no_quantity_stays() {
        let mut value = json!("lots");
        canonicalize(Some(&mut value));
        assert_eq!(value, "lots");
    }
}
