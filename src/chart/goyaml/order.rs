//! The order in which goyaml writes the keys of a map: natural for digits, letters after everything else.

use regex::Regex;
use std::cmp::Ordering;
use std::sync::LazyLock;

static LETTER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{L}").ok());
static DIGIT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Nd}").ok());

/// Sorts keys as version 2 does. A merge sort of our own, because goyaml's order is not transitive for numbers that
/// overflow, which the sorts of the standard library may answer with a panic.
pub(super) fn sort<T: Copy>(keys: &mut [(&str, T)]) {
    sort_by(keys, &mut Vec::new(), compare);
}

/// Sorts keys as version 3 does.
pub(super) fn sort_three<T: Copy>(keys: &mut [(&str, T)]) {
    sort_by(keys, &mut Vec::new(), compare_three);
}

/// `spare` is room for merging.
fn sort_by<'k, T: Copy>(
    keys: &mut [(&'k str, T)],
    spare: &mut Vec<(&'k str, T)>,
    compare: fn(&str, &str) -> Ordering,
) {
    if keys.len() < 2 {
        return;
    }
    let middle = keys.len() / 2;
    let (left, right) = keys.split_at_mut(middle);
    sort_by(left, spare, compare);
    sort_by(right, spare, compare);
    spare.clear();
    spare.extend_from_slice(left);
    let (mut to, mut next) = (0, middle);
    for key in spare.iter() {
        while let Some(other) = keys.get(next).copied()
            && compare(other.0, key.0) == Ordering::Less
        {
            keys[to] = other;
            to += 1;
            next += 1;
        }
        keys[to] = *key;
        to += 1;
    }
}

/// Compares two keys as version 2 does.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    compare_after(a, b, |_| false)
}

/// Compares two keys as version 3 does: behind a digit, a letter comes first.
fn compare_three(a: &str, b: &str) -> Ordering {
    compare_after(a, b, |shared| shared.chars().next_back().is_some_and(is_digit))
}

/// Compares two keys; `letters_first` says of what both begin with whether letters come first behind it.
fn compare_after(a: &str, b: &str, letters_first: impl FnOnce(&str) -> bool) -> Ordering {
    let shared = shared_prefix(a, b);
    let (rest_a, rest_b) = (&a[shared..], &b[shared..]);
    let (Some(first_a), Some(first_b)) = (rest_a.chars().next(), rest_b.chars().next()) else {
        return rest_a.len().cmp(&rest_b.len());
    };
    match (is_letter(first_a), is_letter(first_b)) {
        (is_letter, other) if is_letter != other => {
            return if is_letter == letters_first(&a[..shared]) {
                Ordering::Less
            } else {
                Ordering::Greater
            };
        }
        (true, _) => return first_a.cmp(&first_b),
        _ => {}
    }
    // A zero within a number counts for what stands before it: "10" is before "1-" only as a number is.
    let carry = (first_a == '0' || first_b == '0') && follows_non_zero_digit(&a[..shared]);
    let (number_a, length_a) = leading_number(rest_a, carry);
    let (number_b, length_b) = leading_number(rest_b, carry);
    number_a
        .cmp(&number_b)
        .then(length_a.cmp(&length_b))
        .then(first_a.cmp(&first_b))
}

/// The length in bytes of the characters that both begin with.
fn shared_prefix(a: &str, b: &str) -> usize {
    let mut length = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    while !a.is_char_boundary(length) {
        length -= 1;
    }
    length
}

fn follows_non_zero_digit(prefix: &str) -> bool {
    prefix
        .chars()
        .rev()
        .take_while(|digit| is_digit(*digit))
        .any(|digit| digit != '0')
}

/// The number that the text begins with, and how many characters it has. It wraps as Go's does.
fn leading_number(text: &str, carry: bool) -> (i64, usize) {
    let mut number = i64::from(carry);
    let mut length = 0;
    for digit in text.chars().take_while(|digit| is_digit(*digit)) {
        let value = i64::from(u32::from(digit)) - i64::from(u32::from('0'));
        number = number.wrapping_mul(10).wrapping_add(value);
        length += 1;
    }
    (number, length)
}

fn is_letter(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphabetic()
    } else {
        in_category(LETTER.as_ref(), c)
    }
}

fn is_digit(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_digit()
    } else {
        in_category(DIGIT.as_ref(), c)
    }
}

fn in_category(category: Option<&Regex>, c: char) -> bool {
    category.is_some_and(|category| category.is_match(c.encode_utf8(&mut [0; 4])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted<'a>(keys: &[&'a str]) -> Vec<&'a str> {
        let mut keys: Vec<_> = keys.iter().map(|key| (*key, ())).collect();
        sort(&mut keys);
        keys.into_iter().map(|(key, ())| key).collect()
    }

    #[test]
    fn digits_sort_by_their_value_and_letters_come_last() {
        assert_eq!(
            sorted(&["a10", "a2", "a", "b", "B", "_", "1", "01", "a-b", "a.b", "a1"]),
            ["_", "1", "01", "B", "a", "a-b", "a.b", "a1", "a2", "a10", "b"]
        );
    }

    #[test]
    fn a_number_too_large_for_go_does_not_break_the_sort() {
        let keys: Vec<String> = (0..200u64)
            .map(|n| {
                format!(
                    "{}{}",
                    n * 7919 % 97,
                    "9".repeat(18 + usize::try_from(n % 5).unwrap())
                )
            })
            .collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        assert_eq!(sorted(&keys).len(), 200);
    }
}
