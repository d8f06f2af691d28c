#![allow(clippy::unwrap_used)]
//! Keys that read back as they were written, and certificates that a TLS library of others accepts.

use super::keys::{KeyKind, PrivateKey, generate};
use crate::chart::render::{Frozen, NoCluster};
use crate::chart::template::exec::{Exec, TemplateSet, TextCache};
use crate::chart::template::parse::parse;
use crate::chart::value::{Str, from_json};
use jiff::Timestamp;
use rstest::rstest;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

const NOW: i64 = 1_790_000_000;

fn render_with(text: &str, values: &Json, seed: u64) -> Result<String, String> {
    let trees = parse(&Arc::from("t"), &Str::from(text)).map_err(|error| error.to_string())?;
    let mut set = TemplateSet::default();
    set.add(&trees);
    let cache = TextCache::default();
    let environment = Frozen::new(Timestamp::from_second(NOW).unwrap(), seed);
    let mut exec = Exec::new(set.into(), &NoCluster, &environment, &cache);
    exec.render("t", &from_json(values))
        .map(|text| String::from_utf8(text).unwrap())
        .map_err(|error| error.text)
}

fn render(text: &str) -> Result<String, String> {
    render_with(text, &json!({}), 1)
}

fn key(kind: &str) -> String {
    render(&format!("{{{{ genPrivateKey {kind:?} }}}}")).unwrap()
}

/// A key on a curve that `genPrivateKey` does not make.
fn curve_key(curve: &str) -> String {
    let source = Frozen::new(Timestamp::UNIX_EPOCH, 7);
    let bytes = |length| {
        let mut bytes = vec![0; length];
        crate::chart::render::Environment::fill_random(&source, &mut bytes);
        // Below the order of the curve.
        bytes[0] = 0;
        bytes
    };
    match curve {
        "P-384" => PrivateKey::P384(p384::SecretKey::from_slice(&bytes(48)).unwrap()),
        _ => PrivateKey::P521(p521::SecretKey::from_slice(&bytes(66)).unwrap()),
    }
    .to_pem()
}

#[rstest]
#[case("rsa", "RSA PRIVATE KEY")]
#[case("dsa", "DSA PRIVATE KEY")]
#[case("ecdsa", "EC PRIVATE KEY")]
#[case("ed25519", "PRIVATE KEY")]
fn a_key_is_written_as_its_kind_and_reads_back(#[case] kind: &str, #[case] tag: &str) {
    let pem = key(kind);
    assert!(pem.starts_with(&format!("-----BEGIN {tag}-----\n")), "{pem}");
    assert!(pem.ends_with(&format!("-----END {tag}-----\n")), "{pem}");
    assert_eq!(PrivateKey::from_pem(pem.as_bytes()).unwrap().to_pem(), pem);
}

#[test]
fn a_key_follows_from_the_randomness_of_the_render() {
    let pem = |seed| {
        generate(
            &Frozen::new(Timestamp::UNIX_EPOCH, seed),
            KeyKind::Rsa { bits: 1024 },
        )
        .unwrap()
        .to_pem()
    };
    assert_eq!(pem(1), pem(1));
    assert_ne!(pem(1), pem(2));
}

/// Verifies a certificate for a server as a TLS client would.
fn verify(certificate: &str, authority: &str, name: &str) -> Result<(), String> {
    let der = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    let (certificate, authority) = (der(certificate), der(authority));
    let anchor = anchor_from_trusted_cert(&authority).map_err(|error| error.to_string())?;
    let certificate = EndEntityCert::try_from(&certificate).map_err(|error| error.to_string())?;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW.unsigned_abs() + 3600));
    certificate
        .verify_for_usage(
            ALL_VERIFICATION_ALGS,
            &[anchor],
            &[],
            now,
            KeyUsage::server_auth(),
            None,
            None,
        )
        .map_err(|error| error.to_string())?;
    let name = ServerName::try_from(name).unwrap();
    certificate
        .verify_is_valid_for_subject_name(&name)
        .map_err(|error| error.to_string())
}

/// The authority, and what it signs for `a.example` and 127.0.0.1.
fn chain(key: &str) -> [String; 2] {
    let text = "{{ $ca := genCAWithKey \"ca\" 10 .key }}{{ $ca.Cert }}|\
        {{ (genSignedCertWithKey \"server\" (list \"127.0.0.1\") (list \"a.example\") 5 $ca .key).Cert }}";
    let both = render_with(text, &json!({"key": key}), 1).unwrap();
    let (authority, certificate) = both.split_once('|').unwrap();
    [authority.to_owned(), certificate.to_owned()]
}

#[rstest]
#[case(&key("ecdsa"))]
#[case(&key("ed25519"))]
#[case(&curve_key("P-384"))]
fn a_chain_of_each_kind_of_key_is_accepted(#[case] key: &str) {
    let [authority, certificate] = chain(key);
    assert_eq!(verify(&certificate, &authority, "a.example"), Ok(()));
    assert_eq!(verify(&certificate, &authority, "127.0.0.1"), Ok(()));
    assert!(verify(&certificate, &authority, "b.example").is_err());
}

#[test]
fn an_rsa_chain_is_accepted_and_a_foreign_authority_is_not() {
    let text = "{{ $ca := genCA \"ca\" 10 }}{{ $ca.Cert }}|{{ (genCA \"ca\" 10).Cert }}|\
        {{ (genSignedCert \"server\" nil (list \"a.example\") 5 $ca).Cert }}";
    let all = render(text).unwrap();
    let [authority, other, certificate] = all.split('|').collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(verify(certificate, authority, "a.example"), Ok(()));
    assert!(verify(certificate, other, "a.example").is_err());
}

#[test]
fn a_key_on_the_largest_curve_signs_what_its_public_key_verifies() {
    use der::{Decode as _, Encode as _};
    use p521::ecdsa::signature::Verifier as _;
    use p521::pkcs8::DecodePublicKey as _;
    let [authority, _] = chain(&curve_key("P-521"));
    let der = pem::parse(authority).unwrap();
    let certificate = x509_cert::Certificate::from_der(der.contents()).unwrap();
    let body = certificate.tbs_certificate();
    let spki = body.subject_public_key_info().to_der().unwrap();
    let public = p521::PublicKey::from_public_key_der(&spki).unwrap();
    let signature = p521::ecdsa::Signature::from_der(certificate.signature().raw_bytes()).unwrap();
    p521::ecdsa::VerifyingKey::from(&public)
        .verify(&body.to_der().unwrap(), &signature)
        .unwrap();
}

#[rstest]
#[case(r#"{{ genPrivateKey "none" }}"#, Ok("Unknown type none"))]
#[case(
    r#"{{ buildCustomCert "?" "" }}"#,
    Err("error calling buildCustomCert: unable to decode base64 certificate")
)]
#[case(
    r#"{{ buildCustomCert "" "?" }}"#,
    Err("error calling buildCustomCert: unable to decode base64 private key")
)]
#[case(
    r#"{{ buildCustomCert "" "" }}"#,
    Err("error calling buildCustomCert: unable to decode certificate")
)]
#[case(
    r#"{{ genCAWithKey "ca" 1 "x" }}"#,
    Err("error calling genCAWithKey: parsing private key: no PEM data in input")
)]
#[case(
    r#"{{ genCAWithKey "ca" 1 (genPrivateKey "ed25519" | replace "PRIVATE" "EC PRIVATE") }}"#,
    Err(
        "parsing private key: parsing EC private key from PEM: x509: failed to parse private key (use ParsePKCS8PrivateKey instead for this key format)"
    )
)]
#[case(
    r#"{{ genSelfSignedCertWithKey "a" (list "1.2.3") nil 1 (genPrivateKey "ed25519") }}"#,
    Err("error calling genSelfSignedCertWithKey: error parsing ip: 1.2.3")
)]
#[case(
    r#"{{ genSelfSignedCertWithKey "a" (list 1) nil 1 (genPrivateKey "ed25519") }}"#,
    Err("error calling genSelfSignedCertWithKey: error parsing ip: 1 is not a string")
)]
#[case(
    r#"{{ genSelfSignedCertWithKey "a" nil (list true) 1 (genPrivateKey "ed25519") }}"#,
    Err("error processing alternate dns name: true is not a string")
)]
#[case(
    r#"{{ genSelfSignedCertWithKey "a" nil (list "ä.example") 1 (genPrivateKey "ed25519") }}"#,
    Err("error creating certificate: x509: \"ä.example\" cannot be encoded as an IA5String")
)]
#[case(
    r#"{{ genSignedCert "a" nil nil 1 (dict "Cert" "") }}"#,
    Err("wrong type for value; expected sprig.certificate; got map[string]interface {}")
)]
#[case(
    r#"{{ genSelfSignedCert "a" "b" nil 1 }}"#,
    Err("can't handle \"b\" for arg of type []interface {}")
)]
#[case(
    r#"{{ derivePassword -1 "pin" "a" "b" "c" }}"#,
    Err("expected unsigned integer; found -1")
)]
#[case(
    r#"{{ $n := 1 }}{{ derivePassword $n "pin" "a" "b" "c" }}"#,
    Err("wrong type for value; expected uint32; got int")
)]
fn what_cannot_be_done_is_said_as_sprig_says_it(#[case] text: &str, #[case] expected: Result<&str, &str>) {
    match (render(text), expected) {
        (Ok(text), Ok(expected)) => assert_eq!(text, expected),
        (Err(error), Err(expected)) => assert!(error.contains(expected), "{error}"),
        (result, _) => unreachable!("{result:?}"),
    }
}

#[test]
fn a_key_that_is_not_the_authority_s_cannot_sign_for_it() {
    let text = "{{ $a := genCAWithKey \"a\" 1 (genPrivateKey \"ed25519\") }}\
        {{ $cert := buildCustomCert (b64enc $a.Cert) (genPrivateKey \"ed25519\" | b64enc) }}\
        {{ genSignedCertWithKey \"s\" nil nil 1 $cert (genPrivateKey \"ed25519\") }}";
    let error = render(text).unwrap_err();
    assert!(
        error.contains("x509: provided PrivateKey doesn't match parent's PublicKey"),
        "{error}"
    );
}

#[test]
fn a_dsa_key_signs_nothing() {
    let text = "{{ genCAWithKey \"a\" 1 (genPrivateKey \"dsa\") }}";
    let error = render(text).unwrap_err();
    assert!(
        error.contains(
            "error creating certificate: x509: certificate private key does not implement crypto.Signer"
        ),
        "{error}"
    );
}
