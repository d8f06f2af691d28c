//! Checksums.

use crate::chart::template::function::Function;
use crate::chart::value::Str;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use std::fmt::Write;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("sha1sum", |text: Str| hex(&Sha1::digest(&text[..]))),
        Function::new("sha256sum", |text: Str| hex(&Sha256::digest(&text[..]))),
        Function::new("sha512sum", |text: Str| hex(&Sha512::digest(&text[..]))),
        Function::new("adler32sum", |text: Str| adler32(&text).to_string()),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    let (a, b) = bytes.iter().fold((1, 0), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % MODULUS;
        (a, (a + b) % MODULUS)
    });
    b << 16 | a
}
