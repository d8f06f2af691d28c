//! The warnings that an API server puts beside its answers: a deprecated version, a field that has no effect, a workload
//! whose pods it will not admit.

use super::text::clean;
use http::{HeaderMap, Request, Response, header};
use http_body_util::BodyExt as _;
use kube::Client;
use kube::client::Body;
use kube::core::Status;
use serde_json::Value as Json;

/// Sends a request that answers with an object, and returns the object with the warnings beside it, cleaned of control
/// sequences.
pub(super) async fn send(
    client: &Client,
    request: Request<Vec<u8>>,
) -> Result<(Json, Vec<String>), kube::Error> {
    let answer = client.send(request.map(Body::from)).await?;
    let (parts, body) = Response::into_parts(answer);
    let body = body.collect().await?.to_bytes();
    if parts.status.is_client_error() || parts.status.is_server_error() {
        let status = serde_json::from_slice(&body).unwrap_or_else(|_| {
            let words = String::from_utf8_lossy(&body);
            Status::failure(&words, "the answer is no status").with_code(parts.status.as_u16())
        });
        return Err(kube::Error::Api(Box::new(status)));
    }
    let object = serde_json::from_slice(&body).map_err(kube::Error::SerdeError)?;
    Ok((object, warnings(&parts.headers)))
}

/// The texts of `Warning` headers: `299 - "text"` (RFC 7234, section 5.5).
fn warnings(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::WARNING).iter();
    values
        .filter_map(|value| text(std::str::from_utf8(value.as_bytes()).ok()?))
        .collect()
}

/// The quoted text, without its quotes and escapes.
fn text(header: &str) -> Option<String> {
    let (_, quoted) = header.split_once('"')?;
    let mut text = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => return Some(clean(&text)),
            '\\' => text.push(characters.next()?),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::text;
    use rstest::rstest;

    #[rstest]
    #[case(r#"299 - "spec.x is deprecated""#, Some("spec.x is deprecated"))]
    #[case(
        r#"299 - "would violate \"restricted\": a\\b""#,
        Some(r#"would violate "restricted": a\b"#)
    )]
    #[case("299 - \"a\u{1b}[31mb\" \"Wed, 21 Oct 2015 07:28:00 GMT\"", Some("ab"))]
    #[case(r#"299 - "open"#, None)]
    #[case("299 - none", None)]
    fn the_text_of_a_warning_is_quoted(#[case] header: &str, #[case] expected: Option<&str>) {
        assert_eq!(text(header).as_deref(), expected);
    }
}
