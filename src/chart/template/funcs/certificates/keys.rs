//! Private keys: made from the render's randomness, read from PEM, written as Go's `crypto/x509` writes them.

use crate::chart::render::Environment;
use der::asn1::{BitString, Null, ObjectIdentifier, OctetString, Uint};
use der::oid::AssociatedOid;
use der::{Decode as _, Encode as _, Sequence};
use ed25519_dalek::SECRET_KEY_LENGTH;
use p256::elliptic_curve::sec1::{ModulusSize, ToSec1Point};
use p256::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytesSize, Generate as _};
use pem::{EncodeConfig, LineEnding, Pem};
use rand_core::{TryCryptoRng, TryRng};
use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _, EncodeRsaPublicKey as _};
use rsa::pkcs8::PrivateKeyInfoRef;
use std::convert::Infallible;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use zeroize::Zeroizing;

const ID_EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ID_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const ID_ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// The render's randomness as the crates for keys take it.
struct Source<'e>(&'e dyn Environment);

impl TryRng for Source<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill_random(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill_random(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_random(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Source<'_> {}

/// What key is to be made.
#[derive(Debug, Clone, Copy)]
pub(super) enum KeyKind {
    Rsa { bits: usize },
    Dsa,
    P256,
    Ed25519,
}

/// A private key.
pub(super) enum PrivateKey {
    Rsa(Box<rsa::PrivateKey>),
    P256(p256::SecretKey),
    P384(p384::SecretKey),
    P521(p521::SecretKey),
    Ed25519(ed25519_dalek::SigningKey),
    Dsa(DsaPrivateKey),
}

/// As SEC 1 lays out a key on an elliptic curve.
#[derive(Sequence)]
struct EcPrivateKey {
    version: u8,
    private_key: OctetString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    curve: Option<ObjectIdentifier>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    public_key: Option<BitString>,
}

/// As OpenSSL lays out a DSA key.
#[derive(Sequence)]
pub(super) struct DsaPrivateKey {
    version: u8,
    p: Uint,
    q: Uint,
    g: Uint,
    y: Uint,
    x: Uint,
}

/// Makes a key.
pub(super) fn generate(environment: &dyn Environment, kind: KeyKind) -> Result<PrivateKey, String> {
    let mut source = Source(environment);
    Ok(match kind {
        KeyKind::Rsa { bits } => {
            let key = rsa::PrivateKey::new(&mut source, bits).map_err(|error| error.to_string())?;
            PrivateKey::Rsa(Box::new(key))
        }
        KeyKind::Dsa => PrivateKey::Dsa(generate_dsa(&mut source)?),
        KeyKind::P256 => PrivateKey::P256(p256::SecretKey::generate_from_rng(&mut source)),
        KeyKind::Ed25519 => {
            let mut seed = Zeroizing::new([0; SECRET_KEY_LENGTH]);
            environment.fill_random(&mut *seed);
            PrivateKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed))
        }
    })
}

fn generate_dsa(source: &mut Source<'_>) -> Result<DsaPrivateKey, String> {
    let Ok(components) =
        dsa::Components::try_generate_from_rng_with_key_size(source, dsa::KeySize::DSA_2048_256);
    let Ok(key) = dsa::SigningKey::try_generate_from_rng_with_components(source, components);
    let public = key.verifying_key();
    let components = public.components();
    let number = |bytes: &[u8]| Uint::new(bytes).map_err(|error| error.to_string());
    Ok(DsaPrivateKey {
        version: 0,
        p: number(&components.p().to_be_bytes())?,
        q: number(&components.q().to_be_bytes())?,
        g: number(&components.g().to_be_bytes())?,
        y: number(&public.y().to_be_bytes())?,
        x: number(&Zeroizing::new(key.x().to_be_bytes()))?,
    })
}

impl PrivateKey {
    /// Reads the first PEM block of a text.
    pub(super) fn from_pem(text: &[u8]) -> Result<Self, String> {
        let block = pem::parse(text).map_err(|_| "no PEM data in input".to_owned())?;
        let tag = block.tag();
        let data = block.contents();
        if tag == "PRIVATE KEY" {
            return Self::from_pkcs8(data).map_err(|error| format!("decoding PEM as PKCS#8: {error}"));
        }
        let Some(kind) = tag.strip_suffix(" PRIVATE KEY") else {
            return Err(format!("no private key data in PEM block of type {tag}"));
        };
        let parsed = match kind {
            "RSA" => Self::from_pkcs1(data),
            "EC" => Self::from_sec1(None, data),
            "DSA" => DsaPrivateKey::from_der(data)
                .map(Self::Dsa)
                .map_err(|error| error.to_string()),
            _ => return Err(format!("invalid private key type {tag}")),
        };
        parsed.map_err(|error| format!("parsing {kind} private key from PEM: {error}"))
    }

    fn from_pkcs1(data: &[u8]) -> Result<Self, String> {
        match rsa::PrivateKey::from_pkcs1_der(data) {
            Ok(key) => Ok(Self::Rsa(Box::new(key))),
            Err(_) if EcPrivateKey::from_der(data).is_ok() => Err(other_format("ParseECPrivateKey")),
            Err(_) if PrivateKeyInfoRef::try_from(data).is_ok() => Err(other_format("ParsePKCS8PrivateKey")),
            Err(error) => Err(error.to_string()),
        }
    }

    fn from_pkcs8(data: &[u8]) -> Result<Self, String> {
        let info = match PrivateKeyInfoRef::try_from(data) {
            Ok(info) => info,
            Err(_) if EcPrivateKey::from_der(data).is_ok() => {
                return Err(other_format("ParseECPrivateKey"));
            }
            Err(_) if rsa::pkcs1::RsaPrivateKeyRef::try_from(data).is_ok() => {
                return Err(other_format("ParsePKCS1PrivateKey"));
            }
            Err(error) => return Err(error.to_string()),
        };
        let key = info.private_key.as_bytes();
        let embedded = |kind: &str, error: String| {
            format!("x509: failed to parse {kind} private key embedded in PKCS#8: {error}")
        };
        match info.algorithm.oid {
            ID_RSA => Self::from_pkcs1(key).map_err(|error| embedded("RSA", error)),
            ID_EC => {
                let curve = info.algorithm.parameters.and_then(|curve| curve.decode_as().ok());
                Self::from_sec1(curve, key).map_err(|error| embedded("EC", error))
            }
            ID_ED25519 => {
                let seed = OctetString::from_der(key)
                    .map_err(|error| format!("x509: invalid Ed25519 private key: {error}"))?;
                let length = seed.as_bytes().len();
                <&[u8; SECRET_KEY_LENGTH]>::try_from(seed.as_bytes())
                    .map(|seed| Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(seed)))
                    .map_err(|_| format!("x509: invalid Ed25519 private key length: {length}"))
            }
            other => Err(format!(
                "x509: PKCS#8 wrapping contained private key with unknown algorithm: {other}"
            )),
        }
    }

    /// Reads a key on an elliptic curve; what wraps it may name the curve.
    fn from_sec1(curve: Option<ObjectIdentifier>, data: &[u8]) -> Result<Self, String> {
        let key = match EcPrivateKey::from_der(data) {
            Ok(key) => key,
            Err(_) if PrivateKeyInfoRef::try_from(data).is_ok() => {
                return Err(other_format("ParsePKCS8PrivateKey"));
            }
            Err(_) if rsa::pkcs1::RsaPrivateKeyRef::try_from(data).is_ok() => {
                return Err(other_format("ParsePKCS1PrivateKey"));
            }
            Err(error) => return Err(format!("x509: failed to parse EC private key: {error}")),
        };
        if key.version != 1 {
            return Err(format!("x509: unknown EC private key version {}", key.version));
        }
        let secret = key.private_key.as_bytes();
        let malformed = |error: p256::elliptic_curve::Error| error.to_string();
        match curve.or(key.curve) {
            Some(p256::NistP256::OID) => padded::<32>(secret)
                .and_then(|secret| p256::SecretKey::from_slice(&*secret).map_err(malformed))
                .map(Self::P256),
            Some(p384::NistP384::OID) => padded::<48>(secret)
                .and_then(|secret| p384::SecretKey::from_slice(&*secret).map_err(malformed))
                .map(Self::P384),
            Some(p521::NistP521::OID) => padded::<66>(secret)
                .and_then(|secret| p521::SecretKey::from_slice(&*secret).map_err(malformed))
                .map(Self::P521),
            _ => Err("x509: unknown elliptic curve".to_owned()),
        }
    }

    /// The key as PEM, in the format that Go's tools write for its kind.
    pub(super) fn to_pem(&self) -> String {
        let (tag, data) = match self {
            Self::Rsa(key) => (
                "RSA PRIVATE KEY",
                key.to_pkcs1_der().map(|der| der.as_bytes().to_vec()).ok(),
            ),
            Self::P256(key) => ("EC PRIVATE KEY", sec1_der(key)),
            Self::P384(key) => ("EC PRIVATE KEY", sec1_der(key)),
            Self::P521(key) => ("EC PRIVATE KEY", sec1_der(key)),
            Self::Ed25519(key) => ("PRIVATE KEY", ed25519_der(key)),
            Self::Dsa(key) => ("DSA PRIVATE KEY", key.to_der().ok()),
        };
        // What was made or read by this module has a form to be written in.
        pem_text(tag, data.unwrap_or_default())
    }

    /// The public key as certificates hold it.
    pub(super) fn public(&self) -> Result<SubjectPublicKeyInfoOwned, String> {
        let (oid, parameters, key) = match self {
            Self::Rsa(key) => {
                let der = key
                    .to_public_key()
                    .to_pkcs1_der()
                    .map_err(|error| error.to_string())?;
                (ID_RSA, Some(Null.into()), der.into_vec())
            }
            Self::P256(key) => (ID_EC, Some(p256::NistP256::OID.into()), point(key)),
            Self::P384(key) => (ID_EC, Some(p384::NistP384::OID.into()), point(key)),
            Self::P521(key) => (ID_EC, Some(p521::NistP521::OID.into()), point(key)),
            Self::Ed25519(key) => (ID_ED25519, None, key.verifying_key().to_bytes().to_vec()),
            Self::Dsa(_) => return Err("x509: unsupported public key type: *dsa.PublicKey".to_owned()),
        };
        Ok(SubjectPublicKeyInfoOwned {
            algorithm: AlgorithmIdentifierOwned { oid, parameters },
            subject_public_key: BitString::from_bytes(&key).map_err(|error| error.to_string())?,
        })
    }
}

/// The public point of a key on a curve, uncompressed.
fn point<C>(key: &p256::elliptic_curve::SecretKey<C>) -> Vec<u8>
where
    C: CurveArithmetic,
    AffinePoint<C>: ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    key.public_key()
        .as_affine()
        .to_sec1_point(false)
        .as_bytes()
        .to_vec()
}

fn sec1_der<C>(key: &p256::elliptic_curve::SecretKey<C>) -> Option<Vec<u8>>
where
    C: CurveArithmetic + AssociatedOid,
    AffinePoint<C>: ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let key = EcPrivateKey {
        version: 1,
        private_key: OctetString::new(Zeroizing::new(key.to_bytes()).as_slice()).ok()?,
        curve: Some(C::OID),
        public_key: Some(BitString::from_bytes(&point(key)).ok()?),
    };
    key.to_der().ok()
}

/// A block of PEM as Go writes it.
pub(super) fn pem_text(tag: &str, data: Vec<u8>) -> String {
    pem::encode_config(
        &Pem::new(tag, data),
        EncodeConfig::new().set_line_ending(LineEnding::LF),
    )
}

fn other_format(function: &str) -> String {
    format!("x509: failed to parse private key (use {function} instead for this key format)")
}

/// A secret in as many bytes as its curve has: zeroes before it may be missing or too many.
fn padded<const N: usize>(mut secret: &[u8]) -> Result<Zeroizing<[u8; N]>, String> {
    while let ([0, rest @ ..], true) = (secret, secret.len() > N) {
        secret = rest;
    }
    let mut bytes = Zeroizing::new([0; N]);
    let start = N
        .checked_sub(secret.len())
        .ok_or("x509: invalid private key length")?;
    for (slot, byte) in bytes.iter_mut().skip(start).zip(secret) {
        *slot = *byte;
    }
    Ok(bytes)
}

fn ed25519_der(key: &ed25519_dalek::SigningKey) -> Option<Vec<u8>> {
    let seed = Zeroizing::new(key.to_bytes());
    let inner = OctetString::new(seed.as_slice()).ok()?.to_der().ok()?;
    let info = PrivateKeyInfoRef::new(
        rsa::pkcs8::AlgorithmIdentifierRef {
            oid: ID_ED25519,
            parameters: None,
        },
        der::asn1::OctetStringRef::new(&inner).ok()?,
    );
    info.to_der().ok()
}
