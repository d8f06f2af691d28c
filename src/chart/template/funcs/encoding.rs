//! Base64 and base32.

use crate::chart::template::function::Function;
use crate::chart::value::Str;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("b64enc", |text: Str| base64_encode(&text)),
        Function::new("b64dec", |text: Str| base64_decode(&text)),
        Function::new("b32enc", |text: Str| base32_encode(&text)),
        Function::new("b32dec", |text: Str| base32_decode(&text)),
    ]
}

/// Standard base64 with padding.
pub(in crate::chart::template) fn base64_encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes, or what Go says of a text that is no base64: sprig returns the error as the result.
fn base64_decode(text: &[u8]) -> Vec<u8> {
    strict_base64_decode(text).unwrap_or_else(String::into_bytes)
}

/// The bytes, or what Go says of a text that is no base64.
pub(super) fn strict_base64_decode(text: &[u8]) -> Result<Vec<u8>, String> {
    let stripped: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    STANDARD.decode(&stripped).map_err(|_| {
        let at = bad_offset(
            text,
            |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'),
            4,
        );
        format!("illegal base64 data at input byte {at}")
    })
}

/// Where a text with groups of `group` characters goes wrong.
fn bad_offset(text: &[u8], is_digit: impl Fn(u8) -> bool, group: usize) -> usize {
    let mut digits = 0;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'\r' | b'\n' => {}
            byte if is_digit(*byte) => digits += 1,
            // Padding within its group is fine so far; what follows it is not.
            b'=' if digits % group > 1 => {
                let pad = text
                    .get(at..)
                    .unwrap_or_default()
                    .iter()
                    .take_while(|byte| **byte == b'=')
                    .count();
                return at + pad.min(group - digits % group);
            }
            _ => return at,
        }
    }
    // Go counts back from the end over the digits of the group that is not complete, as if no line break were among them.
    text.len() - digits % group
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn base32_encode(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let mut group = [0; 5];
        for (slot, byte) in group.iter_mut().zip(chunk) {
            *slot = *byte;
        }
        let bits = group.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        let digits = (chunk.len() * 8).div_ceil(5);
        for digit in 0..8 {
            let index = usize::try_from(bits >> (35 - 5 * digit) & 31).unwrap_or(0);
            let letter = BASE32.get(index).copied().unwrap_or(b'=');
            text.push(if digit < digits { letter } else { b'=' });
        }
    }
    text
}

/// The bytes, or what Go says of a text that is no base32: sprig returns the error as the result.
fn base32_decode(text: &[u8]) -> Vec<u8> {
    let stripped: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    let mut decoded = Vec::with_capacity(stripped.len() / 8 * 5);
    for (index, group) in stripped.chunks(8).enumerate() {
        match base32_group(group, stripped.len() - index * 8) {
            Ok((bits, digits)) => {
                decoded.extend(bits.to_be_bytes().iter().skip(3).take(digits * 5 / 8));
                if digits < 8 {
                    break;
                }
            }
            Err(at) => return format!("illegal base32 data at input byte {}", index * 8 + at).into_bytes(),
        }
    }
    decoded
}

/// The bits of a group and how many digits it has; `left` is the length of the text from here on. The error is where
/// Go's decoder stops.
fn base32_group(group: &[u8], left: usize) -> Result<(u64, usize), usize> {
    let mut bits = 0u64;
    for (at, byte) in group.iter().enumerate() {
        if *byte == b'=' && at >= 2 && left - at - 1 < 8 {
            let padding = group.get(at + 1..).unwrap_or_default();
            if at + 1 + padding.len() < 8 {
                return Err(left);
            }
            if let Some(wrong) = padding.iter().position(|byte| *byte != b'=') {
                return Err(at + wrong);
            }
            // 1, 3 and 6 digits are no whole bytes.
            return if matches!(at, 1 | 3 | 6) {
                Err(at)
            } else {
                Ok((bits, at))
            };
        }
        let digit = BASE32.iter().position(|letter| letter == byte);
        match digit.and_then(|digit| u64::try_from(digit).ok()) {
            Some(digit) => bits |= digit << (35 - 5 * at),
            None => return Err(at),
        }
    }
    // The end came before the padding.
    if group.len() < 8 { Err(0) } else { Ok((bits, 8)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_goes_there_and_back() {
        for (text, encoded) in [
            ("", ""),
            ("f", "MY======"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI======"),
        ] {
            assert_eq!(base32_encode(text.as_bytes()), encoded.as_bytes());
            assert_eq!(base32_decode(encoded.as_bytes()), text.as_bytes());
        }
        assert_eq!(base32_decode(b"M!======"), b"illegal base32 data at input byte 1");
    }

    #[test]
    fn what_is_no_base64_is_named() {
        assert_eq!(base64_decode(b"YWJj"), b"abc");
        assert_eq!(base64_decode(b"Y!Jj"), b"illegal base64 data at input byte 1");
        assert_eq!(base64_decode(b"YWJjZ"), b"illegal base64 data at input byte 4");
    }
}
