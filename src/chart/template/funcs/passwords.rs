//! Password hashes and derived passwords, and sprig's AES.

use super::encoding::{base64_encode, strict_base64_decode};
use crate::chart::template::exec::Exec;
use crate::chart::template::function::{Failure, Function, Uint32};
use crate::chart::value::Str;
use aes::Aes256;
use cbc::cipher::block_padding::{NoPadding, Pkcs7};
use cbc::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("bcrypt", |exec: &mut Exec<'_>, text: Str| bcrypt(exec, &text)),
        Function::new("htpasswd", |exec: &mut Exec<'_>, user: Str, password: Str| {
            if user.contains(&b':') {
                format!("invalid username: {user}").into_bytes()
            } else {
                [&user[..], b":", bcrypt(exec, &password).as_bytes()].concat()
            }
        }),
        Function::new("derivePassword", derive),
        Function::new("encryptAES", |exec: &mut Exec<'_>, password: Str, text: Str| {
            encrypt(exec, &password, &text)
        }),
        Function::new("decryptAES", |password: Str, text: Str| decrypt(&password, &text)),
    ]
}

/// A hash with Go's default cost, in the form that Apache's `htpasswd` reads.
fn bcrypt(exec: &Exec<'_>, password: &[u8]) -> String {
    const COST: u32 = 10;
    /// What the cipher takes of a password; Go refuses a longer one.
    const LONGEST: usize = 72;
    let hash = if password.len() > LONGEST {
        Err(format!("bcrypt: password length exceeds {LONGEST} bytes"))
    } else {
        let mut salt = [0; 16];
        exec.environment().fill_random(&mut salt);
        bcrypt::hash_with_salt(password, COST, salt).map_err(|error| error.to_string())
    };
    match hash {
        Ok(hash) => hash.format_for_version(bcrypt::Version::TwoA),
        Err(error) => format!("failed to encrypt string with bcrypt: {error}"),
    }
}

/// What precedes the names that a derived password is made of.
const SEED: &[u8] = b"com.lyndir.masterpassword";

/// A password that follows from a master password, a user and a site: the algorithm "Master Password" of Spectre.
fn derive(counter: Uint32, kind: Str, password: Str, user: Str, site: Str) -> Vec<u8> {
    let Some(templates) = password_templates(&kind) else {
        return [b"cannot find password template ", &kind[..]].concat();
    };
    let salt = [SEED, &length(&user), &user].concat();
    let mut key = [0; 64];
    // N = 2^15, r = 8, p = 2.
    let derived = scrypt::Params::new(15, 8, 2)
        .map_err(|error| error.to_string())
        .and_then(|params| {
            scrypt::scrypt(&password, &salt, &params, &mut key).map_err(|error| error.to_string())
        });
    if let Err(error) = derived {
        return format!("failed to derive password: {error}").into_bytes();
    }
    let Ok(mut digest) = Hmac::<Sha256>::new_from_slice(&key) else {
        return Vec::new();
    };
    digest.update(&[SEED, &length(&site), &site, &counter.0.to_be_bytes()].concat());
    let seed = digest.finalize().into_bytes();
    let pick = |bytes: &'static [&'static str], seed: u8| {
        bytes
            .get(usize::from(seed) % bytes.len())
            .copied()
            .unwrap_or_default()
    };
    let (first, seed) = seed
        .split_first()
        .map_or((0, &[][..]), |(first, rest)| (*first, rest));
    let characters = pick(templates, first).bytes().zip(seed);
    let characters = characters.map(|(class, seed)| {
        let class = character_class(class);
        class
            .get(usize::from(*seed) % class.len().max(1))
            .copied()
            .unwrap_or_default()
    });
    characters.collect()
}

/// The length of a name in four bytes, as Go's `uint32` has it.
fn length(name: &[u8]) -> [u8; 4] {
    u32::try_from(name.len()).unwrap_or(u32::MAX).to_be_bytes()
}

/// The shapes of a kind of password: each letter stands for a class of characters.
fn password_templates(kind: &[u8]) -> Option<&'static [&'static str]> {
    Some(match kind {
        b"maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        b"long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        b"medium" => &["CvcnoCvc", "CvcCvcno"],
        b"short" => &["Cvcn"],
        b"basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        b"pin" => &["nnnn"],
        _ => return None,
    })
}

fn character_class(letter: u8) -> &'static [u8] {
    match letter {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'A' => b"AEIOUBCDFGHJKLMNPQRSTVWXYZ",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// The bytes of an AES block.
const BLOCK: usize = 16;

/// The first 32 bytes of a password, with zeroes behind a shorter one.
fn aes_key(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    for (slot, byte) in key.iter_mut().zip(password) {
        *slot = *byte;
    }
    key
}

/// AES-256 in CBC mode with PKCS #7 padding; the initialization vector comes first.
fn encrypt(exec: &Exec<'_>, password: &[u8], text: &[u8]) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut vector = [0; BLOCK];
    exec.environment().fill_random(&mut vector);
    let encryptor = cbc::Encryptor::<Aes256>::new(&aes_key(password).into(), &vector.into());
    let encrypted = encryptor.encrypt_padded_vec::<Pkcs7>(text);
    base64_encode(&[&vector[..], &encrypted].concat())
}

/// The opposite of [`encrypt`]. What sprig's code stumbles over, it says in the words of Go's runtime.
fn decrypt(password: &[u8], text: &[u8]) -> Result<Vec<u8>, Failure> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let data = strict_base64_decode(text).map_err(Failure)?;
    let Some((vector, data)) = data.split_first_chunk::<BLOCK>() else {
        // Go decodes into a buffer for whole groups of four characters.
        let capacity = text.len() / 4 * 3;
        return Err(Failure(if capacity < BLOCK {
            format!("runtime error: slice bounds out of range [:{BLOCK}] with capacity {capacity}")
        } else {
            format!(
                "runtime error: slice bounds out of range [{BLOCK}:{}]",
                data.len()
            )
        }));
    };
    let decryptor = cbc::Decryptor::<Aes256>::new(&aes_key(password).into(), &(*vector).into());
    let mut text = decryptor
        .decrypt_padded_vec::<NoPadding>(data)
        .map_err(|_| Failure::from("crypto/cipher: input not full blocks"))?;
    let Some(padding) = text.last().copied().map(usize::from) else {
        return Err("runtime error: index out of range [-1]".into());
    };
    let Some(end) = text.len().checked_sub(padding) else {
        let beyond = padding - text.len();
        return Err(Failure(format!(
            "runtime error: slice bounds out of range [:-{beyond}]"
        )));
    };
    text.truncate(end);
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(1, "long", "ZedaFaxcZaso9*")]
    #[case(2, "long", "Fovi2@JifpTupx")]
    #[case(1, "maximum", "pf4zS1LjCg&LjhsZ7T2~")]
    #[case(1, "medium", "ZedJuz8$")]
    #[case(1, "basic", "pIS54PLs")]
    #[case(1, "short", "Zed5")]
    #[case(1, "pin", "6685")]
    #[case(1, "other", "cannot find password template other")]
    fn derived_passwords_are_those_of_the_algorithm(
        #[case] counter: u32,
        #[case] kind: &str,
        #[case] expected: &str,
    ) {
        let derived = derive(
            Uint32(counter),
            kind.into(),
            "password".into(),
            "user".into(),
            "example.com".into(),
        );
        assert_eq!(String::from_utf8(derived).unwrap(), expected);
    }

    #[rstest]
    #[case("30tEfhuJSVRhpG97XCuWgz2okj7L8vQ1s6V9zVUPeDQ=", Ok("plaintext"))]
    #[case("", Ok(""))]
    #[case("?", Err("illegal base64 data at input byte 0"))]
    #[case("QUJD", Err("runtime error: slice bounds out of range [:16] with capacity 3"))]
    #[case("QUJDREVGR0hJSktMTU5PUFE=", Err("crypto/cipher: input not full blocks"))]
    #[case("QUJDREVGR0hJSktMTU5PUA==", Err("runtime error: index out of range [-1]"))]
    fn what_was_encrypted_elsewhere_is_decrypted(#[case] text: &str, #[case] expected: Result<&str, &str>) {
        let decrypted = decrypt(b"secretkey", text.as_bytes());
        let decrypted = decrypted.map(|text| String::from_utf8(text).unwrap());
        let decrypted = decrypted.as_deref().map_err(|failure| failure.0.as_str());
        assert_eq!(decrypted, expected);
    }
}
