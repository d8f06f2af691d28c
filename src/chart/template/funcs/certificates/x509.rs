//! Certificates, laid out as Go's `x509.CreateCertificate` lays them out for sprig.

use super::keys::{PrivateKey, pem_text};
use crate::chart::template::fmt::quote;
use core::net::IpAddr;
use der::asn1::{Any, BitString, Ia5String, Null, ObjectIdentifier, OctetString, SetOfVec, Uint};
use der::oid::AssociatedOid;
use der::{Decode as _, Encode, Sequence, Tag};
use ed25519_dalek::Signer as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const ECDSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// What a certificate is to say.
pub(super) struct Request {
    /// The common name of the subject; none where it is empty.
    pub(super) name: Vec<u8>,
    /// Addresses that it is valid for.
    pub(super) addresses: Vec<IpAddr>,
    /// Host names that it is valid for.
    pub(super) dns_names: Vec<String>,
    /// How many days it is valid from now.
    pub(super) days: i64,
    /// Its number, most significant byte first.
    pub(super) serial: [u8; 16],
    /// The clock.
    pub(super) now: Timestamp,
    /// Whether it may sign others.
    pub(super) is_authority: bool,
}

/// A certificate that signs another one.
pub(super) struct Issuer(Certificate);

impl Issuer {
    /// Reads the first PEM block of a text.
    pub(super) fn from_pem(text: &[u8]) -> Result<Self, String> {
        let block = pem::parse(text).map_err(|_| "unable to decode certificate".to_owned())?;
        Certificate::from_der(block.contents())
            .map(Self)
            .map_err(|error| {
                format!("error parsing certificate: decodedCert.Bytes: x509: malformed certificate: {error}")
            })
    }
}

/// The part of a certificate that is signed (RFC 5280, section 4.1), as far as Go fills it.
#[derive(Sequence)]
struct Body {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial: Uint,
    signature: AlgorithmIdentifierOwned,
    issuer: RdnSequence,
    validity: Validity,
    subject: RdnSequence,
    key: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

#[derive(Sequence)]
struct Validity {
    not_before: Any,
    not_after: Any,
}

#[derive(Sequence)]
struct Signed {
    body: Body,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

/// A certificate for `key` as PEM, signed by `issuer` or by the key itself.
pub(super) fn issue(
    request: &Request,
    key: &PrivateKey,
    issuer: Option<(&Issuer, &PrivateKey)>,
) -> Result<String, String> {
    let signer = issuer.map_or(key, |(_, signer)| signer);
    let algorithm = signature_algorithm(signer)?;
    let public = key.public()?;
    let subject = subject(&request.name)?;
    let parent = issuer.map(|(issuer, _)| issuer.0.tbs_certificate());
    let issuer_name = parent.map_or_else(|| subject.clone(), |parent| parent.subject().clone().into());
    let parent_key_id = parent
        .filter(|_| issuer_name != subject)
        .and_then(|parent| parent.get_extension::<SubjectKeyIdentifier>().ok().flatten())
        .map(|(_, id)| id);
    if let Some(parent) = parent
        && *parent.subject_public_key_info() != signer.public()?
    {
        return Err("x509: provided PrivateKey doesn't match parent's PublicKey".to_owned());
    }
    let extensions = extensions(request, &public, &subject, parent_key_id)?;
    let body = Body {
        version: 2,
        serial: Uint::new(&request.serial).map_err(words)?,
        signature: algorithm.clone(),
        issuer: issuer_name,
        validity: validity(request)?,
        subject,
        key: public,
        extensions,
    };
    let signature = sign(signer, &body.to_der().map_err(words)?)?;
    let certificate = Signed {
        body,
        algorithm,
        signature: BitString::from_bytes(&signature).map_err(words)?,
    };
    Ok(pem_text("CERTIFICATE", certificate.to_der().map_err(words)?))
}

#[allow(clippy::needless_pass_by_value, reason = "it is passed to map_err")]
fn words(error: der::Error) -> String {
    error.to_string()
}

fn signature_algorithm(signer: &PrivateKey) -> Result<AlgorithmIdentifierOwned, String> {
    let (oid, parameters) = match signer {
        PrivateKey::Rsa(_) => (RSA_SHA256, Some(Null.into())),
        PrivateKey::P256(_) => (ECDSA_SHA256, None),
        PrivateKey::P384(_) => (ECDSA_SHA384, None),
        PrivateKey::P521(_) => (ECDSA_SHA512, None),
        PrivateKey::Ed25519(_) => (ED25519, None),
        PrivateKey::Dsa(_) => {
            return Err("x509: certificate private key does not implement crypto.Signer".to_owned());
        }
    };
    Ok(AlgorithmIdentifierOwned { oid, parameters })
}

fn sign(signer: &PrivateKey, body: &[u8]) -> Result<Vec<u8>, String> {
    let failed = |error: rsa::signature::Error| error.to_string();
    Ok(match signer {
        PrivateKey::Rsa(key) => {
            let key = rsa::pkcs1v15::SigningKey::<Sha256>::new(key.as_ref().clone());
            rsa::signature::SignatureEncoding::to_vec(&key.try_sign(body).map_err(failed)?)
        }
        PrivateKey::P256(key) => {
            let signature: p256::ecdsa::Signature = p256::ecdsa::SigningKey::from(key)
                .try_sign(body)
                .map_err(failed)?;
            signature.to_der().as_bytes().to_vec()
        }
        PrivateKey::P384(key) => {
            let signature: p384::ecdsa::Signature = p384::ecdsa::SigningKey::from(key)
                .try_sign(body)
                .map_err(failed)?;
            signature.to_der().as_bytes().to_vec()
        }
        PrivateKey::P521(key) => {
            let signature: p521::ecdsa::Signature = p521::ecdsa::SigningKey::from(key)
                .try_sign(body)
                .map_err(failed)?;
            signature.to_der().as_bytes().to_vec()
        }
        PrivateKey::Ed25519(key) => key.try_sign(body).map_err(failed)?.to_bytes().to_vec(),
        PrivateKey::Dsa(_) => Vec::new(),
    })
}

/// The distinguished name with this common name alone.
fn subject(name: &[u8]) -> Result<RdnSequence, String> {
    if name.is_empty() {
        return Ok(RdnSequence::default());
    }
    let text = std::str::from_utf8(name).map_err(|_| "asn1: string not valid UTF-8".to_owned())?;
    // Go takes the smallest type of string that can hold the text.
    let printable = |byte: u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte);
    let tag = if text.bytes().all(printable) {
        Tag::PrintableString
    } else {
        Tag::Utf8String
    };
    let attribute = AttributeTypeAndValue {
        oid: COMMON_NAME,
        value: Any::new(tag, name).map_err(words)?,
    };
    let part = SetOfVec::try_from(vec![attribute]).map_err(words)?;
    Ok(RdnSequence::from(vec![RelativeDistinguishedName::from(part)]))
}

/// From the clock on for a number of days, which Go counts in nanoseconds of 64 bits.
fn validity(request: &Request) -> Result<Validity, String> {
    const DAY: i64 = 24 * 60 * 60 * 1_000_000_000;
    let span = jiff::SignedDuration::from_nanos(request.days.wrapping_mul(DAY));
    let end = request.now.checked_add(span);
    let end =
        end.map_err(|_| "asn1: structure error: cannot represent time as GeneralizedTime".to_owned())?;
    Ok(Validity {
        not_before: time(request.now)?,
        not_after: time(end)?,
    })
}

/// A moment in the short form where its year has one.
fn time(moment: Timestamp) -> Result<Any, String> {
    let moment = moment.to_zoned(TimeZone::UTC);
    let (tag, layout) = if (1950..2050).contains(&moment.year()) {
        (Tag::UtcTime, "%y%m%d%H%M%SZ")
    } else {
        (Tag::GeneralizedTime, "%Y%m%d%H%M%SZ")
    };
    Any::new(tag, moment.strftime(layout).to_string().into_bytes()).map_err(words)
}

fn extensions(
    request: &Request,
    public: &SubjectPublicKeyInfoOwned,
    subject: &RdnSequence,
    parent_key_id: Option<SubjectKeyIdentifier>,
) -> Result<Vec<Extension>, String> {
    let mut usage = KeyUsages::DigitalSignature | KeyUsages::KeyEncipherment;
    if request.is_authority {
        usage |= KeyUsages::KeyCertSign;
    }
    let constraints = BasicConstraints {
        ca: request.is_authority,
        path_len_constraint: None,
    };
    let mut extensions = vec![
        extension(true, &KeyUsage(usage))?,
        extension(false, &ExtendedKeyUsage(vec![SERVER_AUTH, CLIENT_AUTH]))?,
        extension(true, &constraints)?,
    ];
    if request.is_authority {
        // RFC 7093, section 2, method 1.
        let digest = Sha256::digest(public.subject_public_key.raw_bytes());
        let id = OctetString::new(digest.as_slice().get(..20).unwrap_or_default()).map_err(words)?;
        extensions.push(extension(false, &SubjectKeyIdentifier(id))?);
    }
    if let Some(SubjectKeyIdentifier(id)) = parent_key_id {
        let id = AuthorityKeyIdentifier {
            key_identifier: Some(id),
            ..AuthorityKeyIdentifier::default()
        };
        extensions.push(extension(false, &id)?);
    }
    let names = alternative_names(request)?;
    if !names.is_empty() {
        extensions.push(extension(
            *subject == RdnSequence::default(),
            &SubjectAltName(names),
        )?);
    }
    Ok(extensions)
}

fn extension<T: AssociatedOid + Encode>(critical: bool, value: &T) -> Result<Extension, String> {
    Ok(Extension {
        extn_id: T::OID,
        critical,
        extn_value: OctetString::new(value.to_der().map_err(words)?).map_err(words)?,
    })
}

fn alternative_names(request: &Request) -> Result<Vec<GeneralName>, String> {
    let dns_names = request.dns_names.iter().map(|name| {
        Ia5String::new(name).map(GeneralName::DnsName).map_err(|_| {
            format!(
                "x509: {} cannot be encoded as an IA5String",
                quote(name.as_bytes(), '"')
            )
        })
    });
    let addresses = request.addresses.iter().map(|address| {
        let bytes = match address.to_canonical() {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        OctetString::new(bytes).map(GeneralName::IpAddress).map_err(words)
    });
    dns_names.chain(addresses).collect()
}
