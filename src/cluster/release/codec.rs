//! How a release lies in a Secret: JSON, compressed with gzip, as base64. The API adds a second base64 around it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value as Json;
use std::io::{Read, Write};

/// The first bytes of anything compressed with gzip. Records older than the compression lack them.
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];
/// The largest document that is unpacked: a Secret's worth of gzip can grow to any size.
const LARGEST: u64 = 64 * 1024 * 1024;

/// `document` as the value of the Secret's key `release`, before the API's own base64.
pub fn encode(document: &Json) -> std::io::Result<String> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(document.to_string().as_bytes())?;
    Ok(STANDARD.encode(packed.finish()?))
}

/// The document in the value of the Secret's key `release`, after the API's own base64 is undone.
pub fn decode(data: &[u8]) -> Result<Json, String> {
    let bytes = STANDARD
        .decode(data)
        .map_err(|error| format!("it is not base64: {error}"))?;
    let text = if bytes.starts_with(&GZIP) {
        let mut text = Vec::new();
        let read = GzDecoder::new(bytes.as_slice())
            .take(LARGEST + 1)
            .read_to_end(&mut text);
        read.map_err(|error| format!("it cannot be unpacked: {error}"))?;
        if text.len() as u64 > LARGEST {
            return Err("it is too large".to_owned());
        }
        text
    } else {
        bytes
    };
    serde_json::from_slice(&text).map_err(|error| format!("it is not a release: {error}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_encoded_decodes() {
        let document = json!({"name": "dm", "version": 3});
        assert_eq!(decode(encode(&document).unwrap().as_bytes()).unwrap(), document);
    }

    #[test]
    fn records_from_before_compression_are_read() {
        let plain = STANDARD.encode(r#"{"name":"dm"}"#);
        assert_eq!(decode(plain.as_bytes()).unwrap(), json!({"name": "dm"}));
    }

    #[test]
    fn damaged_records_are_errors() {
        for data in [&b"***"[..], b"AAAA", b"H4sIAAAA"] {
            assert!(decode(data).is_err());
        }
    }

    /// Made by the real Helms with `helm install`.
    #[test]
    fn records_of_both_helms_are_read() {
        let read = |data: &[u8]| decode(data.trim_ascii()).unwrap();
        let three = read(include_bytes!("testdata/helm3.release"));
        let four = read(include_bytes!("testdata/helm4.release"));
        for record in [&three, &four] {
            assert_eq!(record["info"]["status"], "deployed");
            assert_eq!(record["chart"]["metadata"]["name"], "tiny");
        }
        assert_eq!(
            (&three["apply_method"], &four["apply_method"]),
            (&json!(null), &json!("ssa"))
        );
    }
}
