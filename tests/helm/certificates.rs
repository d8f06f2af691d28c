//! Certificates made here and by the real Helm 3 for the same key say the same, and each accepts the other's.

use crate::support::harness::Ctx;
use crate::support::helm::{Helm, KUBE_VERSION};
use crate::support::trial::{Outcome, with_part};
use der::{Decode as _, Encode as _};
use libtest_mimic::Trial;
use mesh_tui::chart::model::{Chart, ChartFile, Metadata};
use mesh_tui::chart::render::{Capabilities, Frozen, NoCluster, ReleaseOptions, Renderer};
use serde_json::{Value, json};
use std::fs;
use std::sync::Arc;
use x509_cert::Certificate;

/// Makes a key of each kind that can sign.
const KEYS: &str = r#"{{ genPrivateKey "ecdsa" }}|{{ genPrivateKey "ed25519" }}|{{ (genCA "" 1).Key }}"#;

/// An authority, what it signs, and what signs itself, all with one key.
const CERTIFICATES: &str = r#"
{{- $ca := genCAWithKey "the authority" 3650 .Values.key -}}
{{- $ca.Cert }}|{{ $ca.Key }}|
{{- (genSignedCertWithKey "*.example.com" (list "127.0.0.1" "::1" "::ffff:10.0.0.1") (list "a.example" "*.example.com") 30 $ca .Values.key).Cert }}|
{{- (genSelfSignedCertWithKey "" nil (list "a.example") 100000 .Values.key).Cert }}|
{{- (genSelfSignedCertWithKey "Zoë & Co" (list "10.1.2.3") nil -1 .Values.key).Cert }}"#;

/// Takes an authority from elsewhere and signs with it.
const SIGN: &str = r#"
{{- $ca := buildCustomCert (b64enc .Values.certificate) (b64enc .Values.key) -}}
{{- (genSignedCertWithKey "server" nil (list "a.example") 30 $ca .Values.key).Cert }}"#;

/// What stands around a text, so that it comes back as it is.
const END: &str = "\n]: the end";

pub fn trials(_: &Ctx) -> Vec<Trial> {
    vec![
        with_part(
            "certificates::say_the_same_for_the_same_key",
            Helm::three,
            |helm| say_the_same(&helm),
        ),
        with_part(
            "certificates::each_signs_with_the_authority_of_the_other",
            Helm::three,
            |helm| sign_for_each_other(&helm),
        ),
    ]
}

fn say_the_same(helm: &Helm) -> Outcome {
    for key in ours(KEYS, &json!({}))?.split('|') {
        let values = json!({"key": key});
        let theirs = theirs(helm, CERTIFICATES, &values)?;
        let ours = ours(CERTIFICATES, &values)?;
        let (theirs, ours): (Vec<&str>, Vec<&str>) = (theirs.split('|').collect(), ours.split('|').collect());
        assert_eq!(theirs.len(), 5, "{theirs:?}");
        assert_eq!((theirs.len(), theirs[1]), (ours.len(), ours[1]), "the key itself");
        for index in [0, 2, 3, 4] {
            let (theirs, ours) = (certificate(theirs[index])?, certificate(ours[index])?);
            assert_eq!(content(&theirs)?, content(&ours)?, "{theirs:#?}\n{ours:#?}");
        }
    }
    Ok(())
}

fn sign_for_each_other(helm: &Helm) -> Outcome {
    for key in ours(KEYS, &json!({}))?.split('|') {
        let values = json!({"key": key});
        let authority = |all: String| all.split('|').next().unwrap_or_default().to_owned();
        let our_authority = authority(ours(CERTIFICATES, &values)?);
        let signed = theirs(helm, SIGN, &json!({"key": key, "certificate": our_authority}))?;
        certificate(&signed)?;
        let their_authority = authority(theirs(helm, CERTIFICATES, &values)?);
        let signed = ours(SIGN, &json!({"key": key, "certificate": their_authority}))?;
        certificate(&signed)?;
    }
    Ok(())
}

fn certificate(pem: &str) -> Result<Certificate, String> {
    let block = pem::parse(pem).map_err(|error| format!("{error}: {pem}"))?;
    Certificate::from_der(block.contents()).map_err(|error| format!("{error}: {pem}"))
}

/// All that a certificate says but its number and the moment, with the seconds that it is valid.
fn content(certificate: &Certificate) -> Result<(Vec<Vec<u8>>, i64), der::Error> {
    let body = certificate.tbs_certificate();
    let extensions = body.extensions().cloned().unwrap_or_default();
    let parts = [
        body.version().to_der()?,
        body.signature().to_der()?,
        body.issuer().to_der()?,
        body.subject().to_der()?,
        body.subject_public_key_info().to_der()?,
        extensions.to_der()?,
        certificate.signature_algorithm().to_der()?,
    ];
    let seconds =
        |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).unwrap_or_default();
    let validity = body.validity();
    Ok((
        parts.to_vec(),
        seconds(validity.not_after) - seconds(validity.not_before),
    ))
}

fn theirs(helm: &Helm, template: &str, values: &Value) -> Result<String, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("templates"))?;
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text);
    write("Chart.yaml", "apiVersion: v2\nname: keys\nversion: 1.0.0\n")?;
    write("values.yaml", &values.to_string())?;
    write("templates/text.yaml", &format!("{template}{END}"))?;
    let output = helm.template("release", folder.path(), ["--debug"])?;
    let printed = output.stdout.split_once("# Source: keys/templates/text.yaml\n");
    let text = printed.and_then(|(_, rest)| rest.rsplit_once(END));
    text.map(|(text, _)| text.trim_start().to_owned())
        .ok_or_else(|| output.stderr.into())
}

fn ours(template: &str, values: &Value) -> Result<String, Box<dyn std::error::Error>> {
    let chart = Chart {
        metadata: Metadata {
            name: "keys".to_owned(),
            version: "1.0.0".to_owned(),
            api_version: "v2".to_owned(),
            ..Metadata::default()
        },
        values: values.clone().into(),
        templates: vec![ChartFile {
            name: "templates/NOTES.txt".to_owned(),
            data: template.as_bytes().into(),
        }],
        ..Chart::default()
    };
    let release = ReleaseOptions {
        name: "release".to_owned(),
        namespace: "default".to_owned(),
        revision: 1,
        is_upgrade: false,
    };
    let capabilities = Capabilities::default().with_kube_version(KUBE_VERSION)?;
    // Any moment of these years: Helm takes its own clock.
    let environment = Frozen::new(jiff::Timestamp::constant(1_790_000_000, 0), 1);
    let rendered = Renderer::new(Arc::new(chart)).render(
        &json!({}),
        &release,
        &capabilities,
        &NoCluster,
        &environment,
    )?;
    Ok(rendered.notes.trim_start().to_owned())
}
