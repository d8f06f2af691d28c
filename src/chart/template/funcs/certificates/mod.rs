//! Private keys and certificates, as sprig makes them with Go's `crypto/x509`.
//!
//! Keys are real and come from the render's own randomness; [`keys`] makes, reads and writes them, [`x509`] lays out and
//! signs certificates.

mod keys;
mod x509;

use super::encoding::strict_base64_decode;
use crate::chart::template::exec::Exec;
use crate::chart::template::fmt::value_text;
use crate::chart::template::function::{CERTIFICATE, Failure, Function};
use crate::chart::value::{Field, List, Str, Struct, Value};
use core::net::IpAddr;
use keys::{KeyKind, PrivateKey};
use std::rc::Rc;
use x509::{Issuer, Request};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("genPrivateKey", |exec: &mut Exec<'_>, kind: Str| {
            let kind = match &kind[..] {
                b"" | b"rsa" => KeyKind::Rsa { bits: 4096 },
                b"dsa" => KeyKind::Dsa,
                b"ecdsa" => KeyKind::P256,
                b"ed25519" => KeyKind::Ed25519,
                other => return [b"Unknown type ", other].concat(),
            };
            keys::generate(exec.environment(), kind)
                .map_or_else(
                    |error| format!("failed to generate private key: {error}"),
                    |key| key.to_pem(),
                )
                .into_bytes()
        }),
        Function::new("buildCustomCert", |certificate: Str, key: Str| {
            build_custom(&certificate, &key)
        }),
        Function::new("genCA", |exec: &mut Exec<'_>, name: Str, days: i64| {
            let key = generate(exec)?;
            authority(exec, &name, days, &key)
        }),
        Function::new(
            "genCAWithKey",
            |exec: &mut Exec<'_>, name: Str, days: i64, key: Str| {
                let key = given_key(&key)?;
                authority(exec, &name, days, &key)
            },
        ),
        Function::new(
            "genSelfSignedCert",
            |exec: &mut Exec<'_>, name: Str, ips: List, names: List, days: i64| {
                let key = generate(exec)?;
                let request = request(exec, &name, &ips, &names, days)?;
                certificate(&request, &key, None)
            },
        ),
        Function::new(
            "genSelfSignedCertWithKey",
            |exec: &mut Exec<'_>, name: Str, ips: List, names: List, days: i64, key: Str| {
                let key = given_key(&key)?;
                let request = request(exec, &name, &ips, &names, days)?;
                certificate(&request, &key, None)
            },
        ),
        Function::new(
            "genSignedCert",
            |exec: &mut Exec<'_>, name: Str, ips: List, names: List, days: i64, ca: Rc<Struct>| {
                let key = generate(exec)?;
                signed(exec, (&name, &ips, &names, days), &ca, &key)
            },
        ),
        Function::new(
            "genSignedCertWithKey",
            |exec: &mut Exec<'_>, name: Str, ips: List, names: List, days: i64, ca: Rc<Struct>, key: Str| {
                let key = given_key(&key)?;
                signed(exec, (&name, &ips, &names, days), &ca, &key)
            },
        ),
    ]
}

/// A key as `genCA` and its kin make it where none is given.
fn generate(exec: &Exec<'_>) -> Result<PrivateKey, Failure> {
    keys::generate(exec.environment(), KeyKind::Rsa { bits: 2048 })
        .map_err(|error| Failure(format!("error generating rsa key: {error}")))
}

fn given_key(pem: &[u8]) -> Result<PrivateKey, Failure> {
    PrivateKey::from_pem(pem).map_err(|error| Failure(format!("parsing private key: {error}")))
}

/// What `.Cert` and `.Key` are read from.
fn value(certificate: impl Into<Value>, key: impl Into<Value>) -> Value {
    let field = |name, value| Field {
        name,
        json_name: name,
        omit_empty: false,
        value,
    };
    Value::Struct(Rc::new(Struct {
        type_name: CERTIFICATE,
        is_pointer: false,
        embedded: 0,
        fields: vec![field("Cert", certificate.into()), field("Key", key.into())],
        display: None,
    }))
}

fn build_custom(certificate: &[u8], key: &[u8]) -> Result<Value, Failure> {
    let certificate = strict_base64_decode(certificate)
        .map_err(|_| Failure::from("unable to decode base64 certificate"))?;
    let key = strict_base64_decode(key).map_err(|_| Failure::from("unable to decode base64 private key"))?;
    Issuer::from_pem(&certificate).map_err(Failure)?;
    PrivateKey::from_pem(&key).map_err(|error| Failure(format!("error parsing private key: {error}")))?;
    Ok(value(certificate, key))
}

fn authority(exec: &Exec<'_>, name: &[u8], days: i64, key: &PrivateKey) -> Result<Value, Failure> {
    let mut request = request(exec, name, &List::any(Vec::new()), &List::any(Vec::new()), days)?;
    request.is_authority = true;
    certificate(&request, key, None)
}

fn signed(
    exec: &Exec<'_>,
    (name, ips, names, days): (&[u8], &List, &List, i64),
    ca: &Struct,
    key: &PrivateKey,
) -> Result<Value, Failure> {
    let text = |field| match ca.field(field) {
        Some(Value::Str(text)) => text.clone(),
        _ => Str::default(),
    };
    let issuer = Issuer::from_pem(&text("Cert")).map_err(Failure)?;
    let issuer_key = PrivateKey::from_pem(&text("Key"))
        .map_err(|error| Failure(format!("error parsing private key: {error}")))?;
    let request = request(exec, name, ips, names, days)?;
    certificate(&request, key, Some((&issuer, &issuer_key)))
}

/// What a certificate is to say; the clock and the serial number are those of the render.
fn request(exec: &Exec<'_>, name: &[u8], ips: &List, names: &List, days: i64) -> Result<Request, Failure> {
    let addresses = ips.iter().map(address).collect::<Result<_, _>>()?;
    let dns_names = names.iter().map(dns_name).collect::<Result<_, _>>()?;
    let mut serial = [0; 16];
    exec.environment().fill_random(&mut serial);
    Ok(Request {
        name: name.to_vec(),
        addresses,
        dns_names,
        days,
        serial,
        now: exec.environment().now(),
        is_authority: false,
    })
}

fn address(value: &Value) -> Result<IpAddr, Failure> {
    let Value::Str(text) = value else {
        let shown = value_text(value);
        return Err(Failure(format!("error parsing ip: {shown} is not a string")));
    };
    let text = text.to_text();
    text.parse()
        .map_err(|_| Failure(format!("error parsing ip: {text}")))
}

fn dns_name(value: &Value) -> Result<String, Failure> {
    match value {
        Value::Str(text) => Ok(text.to_text().into_owned()),
        other => Err(Failure(format!(
            "error processing alternate dns name: {} is not a string",
            value_text(other)
        ))),
    }
}

/// Issues a certificate for `key`, by itself where there is no issuer.
fn certificate(
    request: &Request,
    key: &PrivateKey,
    issuer: Option<(&Issuer, &PrivateKey)>,
) -> Result<Value, Failure> {
    let pem = x509::issue(request, key, issuer)
        .map_err(|error| Failure(format!("error creating certificate: {error}")))?;
    Ok(value(pem, key.to_pem()))
}

#[cfg(test)]
mod tests;
