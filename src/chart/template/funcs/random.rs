//! Randomness, taken from the environment of the render.

use crate::chart::template::exec::Exec;
use crate::chart::template::function::{Failure, Function};
use crate::chart::value::{Str, runes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const DIGITS: &[u8] = b"0123456789";
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("randAlphaNum", |exec: &mut Exec<'_>, count: i64| {
            text(exec, ALPHANUMERIC, count)
        }),
        Function::new("randAlpha", |exec: &mut Exec<'_>, count: i64| {
            text(exec, LETTERS, count)
        }),
        Function::new("randNumeric", |exec: &mut Exec<'_>, count: i64| {
            text(exec, DIGITS, count)
        }),
        Function::new("randAscii", |exec: &mut Exec<'_>, count: i64| {
            let printable: Vec<u8> = (32..127).collect();
            text(exec, &printable, count)
        }),
        Function::new("randBytes", |exec: &mut Exec<'_>, count: i64| {
            let mut bytes = vec![0; length(count)?];
            exec.environment().fill_random(&mut bytes);
            Ok::<_, Failure>(STANDARD.encode(bytes))
        }),
        Function::new(
            "randInt",
            |exec: &mut Exec<'_>, min: i64, max: i64| match u64::try_from(i128::from(max) - i128::from(min)) {
                Ok(range) if range > 0 => Ok(min.wrapping_add_unsigned(below(exec, range))),
                _ => Err(Failure::from("invalid argument to Intn")),
            },
        ),
        Function::new("uuidv4", |exec: &mut Exec<'_>| uuid(exec)),
        Function::new("shuffle", |exec: &mut Exec<'_>, text: Str| {
            let mut characters: Vec<char> = runes(&text).map(|(rune, _)| rune).collect();
            for last in (1..characters.len()).rev() {
                let other = below(exec, u64::try_from(last).unwrap_or(u64::MAX).saturating_add(1));
                characters.swap(last, usize::try_from(other).unwrap_or(last));
            }
            characters.into_iter().collect::<Str>()
        }),
    ]
}

/// More than any secret needs.
const MAX_LENGTH: usize = 1024 * 1024;

fn length(count: i64) -> Result<usize, Failure> {
    let length = usize::try_from(count).ok().filter(|length| *length <= MAX_LENGTH);
    length.ok_or_else(|| Failure(format!("cannot make {count} random characters")))
}

fn text(exec: &Exec<'_>, alphabet: &[u8], count: i64) -> Result<String, Failure> {
    let size = u64::try_from(alphabet.len()).unwrap_or(1);
    let pick = |_| {
        usize::try_from(below(exec, size))
            .ok()
            .and_then(|index| alphabet.get(index))
            .copied()
    };
    Ok((0..length(count)?).filter_map(pick).map(char::from).collect())
}

/// A number below `limit`, each with the same chance: those of an incomplete last round are drawn again.
fn below(exec: &Exec<'_>, limit: u64) -> u64 {
    let fair = u64::MAX - u64::MAX % limit;
    loop {
        let mut bytes = [0; 8];
        exec.environment().fill_random(&mut bytes);
        let number = u64::from_le_bytes(bytes);
        if number < fair {
            return number % limit;
        }
    }
}

fn uuid(exec: &Exec<'_>) -> String {
    let mut bytes = [0; 16];
    exec.environment().fill_random(&mut bytes);
    let number = u128::from_be_bytes(bytes);
    // Version 4 of variant 1.
    let number = number & !(0xf << 76) | 4 << 76;
    let number = number & !(0x3 << 62) | 2 << 62;
    let hex = format!("{number:032x}");
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
}
