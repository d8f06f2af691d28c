//! URLs, as Go's `net/url` takes them apart and puts them together.

use crate::chart::template::fmt::{append, quote};
use crate::chart::template::function::{Failure, Function};
use crate::chart::value::{Map, Str, Value};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("urlParse", |text: Str| {
            let text = text.to_text();
            Url::parse(&text).map(|url| url.to_map()).map_err(|error| {
                Failure(format!(
                    "unable to parse url: parse {}: {error}",
                    quote(text.as_bytes(), '"')
                ))
            })
        }),
        Function::new("urlJoin", |map: Map| url_of(&map).map(|url| url.to_text())),
    ]
}

/// A URL in its parts; the path, the host and the fragment are decoded.
#[derive(Debug, Default)]
struct Url {
    scheme: String,
    opaque: String,
    /// As it is written: encoded.
    userinfo: Option<String>,
    host: String,
    path: String,
    query: String,
    forces_query: bool,
    fragment: String,
}

impl Url {
    fn parse(text: &str) -> Result<Self, String> {
        if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
        let mut url = Self {
            fragment: decoded(fragment)?,
            ..Self::default()
        };
        if text == "*" {
            "*".clone_into(&mut url.path);
            return Ok(url);
        }
        let (scheme, rest) = split_scheme(text)?;
        url.scheme = scheme.to_ascii_lowercase();
        let rest = match rest.split_once('?') {
            Some((rest, query)) => {
                url.forces_query = query.is_empty();
                query.clone_into(&mut url.query);
                rest
            }
            None => rest,
        };
        if !rest.starts_with('/') {
            if !url.scheme.is_empty() {
                rest.clone_into(&mut url.opaque);
                return Ok(url);
            }
            let first = rest.split('/').next().unwrap_or_default();
            if first.contains(':') {
                return Err("first path segment in URL cannot contain colon".to_owned());
            }
        }
        let has_authority = rest.starts_with("//") && (!url.scheme.is_empty() || !rest.starts_with("///"));
        let path = match rest.strip_prefix("//") {
            Some(authority) if has_authority => {
                let (authority, path) = authority.split_at(authority.find('/').unwrap_or(authority.len()));
                url.set_authority(authority)?;
                path
            }
            _ => rest,
        };
        url.path = decoded(path)?;
        Ok(url)
    }

    fn set_authority(&mut self, authority: &str) -> Result<(), String> {
        let host = match authority.rsplit_once('@') {
            Some((userinfo, host)) => {
                self.userinfo = Some(userinfo.to_owned());
                host
            }
            None => authority,
        };
        let port = match host.rfind(']') {
            Some(end) => host.get(end + 1..).unwrap_or_default(),
            None => host
                .rfind(':')
                .and_then(|colon| host.get(colon..))
                .unwrap_or_default(),
        };
        if !port.is_empty()
            && !port
                .strip_prefix(':')
                .is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Err(format!("invalid port {} after host", quote(port.as_bytes(), '"')));
        }
        if host.contains(' ') {
            return Err("invalid character \" \" in host name".to_owned());
        }
        self.host = decoded(host)?;
        Ok(())
    }

    /// The host without its port and brackets.
    fn hostname(&self) -> &str {
        if let Some(address) = self.host.strip_prefix('[') {
            return address.split(']').next().unwrap_or(address);
        }
        self.host.rsplit_once(':').map_or(&self.host, |(host, _)| host)
    }

    fn to_map(&self) -> Map {
        Map::from_iter([
            ("scheme", self.scheme.as_str()),
            ("host", &self.host),
            ("hostname", self.hostname()),
            ("path", &self.path),
            ("query", &self.query),
            ("opaque", &self.opaque),
            ("fragment", &self.fragment),
            ("userinfo", self.userinfo.as_deref().unwrap_or_default()),
        ])
    }

    fn to_text(&self) -> String {
        let mut text = String::new();
        if !self.scheme.is_empty() {
            text.push_str(&self.scheme);
            text.push(':');
        }
        if self.opaque.is_empty() {
            if !self.scheme.is_empty() || !self.host.is_empty() || self.userinfo.is_some() {
                if !self.host.is_empty() || !self.path.is_empty() || self.userinfo.is_some() {
                    text.push_str("//");
                }
                if let Some(userinfo) = &self.userinfo {
                    text.push_str(userinfo);
                    text.push('@');
                }
                text.push_str(&escaped(self.host.as_bytes(), b"!$&'()*+,;=:[]<>\""));
            }
            let path = escaped(self.path.as_bytes(), b"/$&+,:;=@!'()*");
            if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
                text.push('/');
            }
            text.push_str(&path);
        } else {
            text.push_str(&self.opaque);
        }
        if self.forces_query || !self.query.is_empty() {
            text.push('?');
            text.push_str(&self.query);
        }
        if !self.fragment.is_empty() {
            text.push('#');
            text.push_str(&escaped(self.fragment.as_bytes(), b"$&+,/:;=?@!()*"));
        }
        text
    }
}

/// The scheme and what follows its colon; no scheme where the text begins otherwise.
fn split_scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at > 0 => {
                return Ok((
                    text.get(..at).unwrap_or_default(),
                    text.get(at + 1..).unwrap_or_default(),
                ));
            }
            b':' => return Err("missing protocol scheme".to_owned()),
            _ => break,
        }
    }
    Ok(("", text))
}

/// Without percent signs.
fn decoded(text: &str) -> Result<String, String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if *byte == b'%' {
            let digits = bytes
                .get(at + 1..at + 3)
                .and_then(|digits| std::str::from_utf8(digits).ok());
            let value = digits
                .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
                .and_then(|digits| u8::from_str_radix(digits, 16).ok());
            let shown = || bytes.get(at..bytes.len().min(at + 3)).unwrap_or_default();
            decoded.push(value.ok_or_else(|| format!("invalid URL escape {}", quote(shown(), '"')))?);
            at += 3;
        } else {
            decoded.push(*byte);
            at += 1;
        }
    }
    Ok(String::from_utf8_lossy(&decoded).into_owned())
}

/// With percent signs for all but letters, digits, `-_.~` and `safe`.
fn escaped(bytes: &[u8], safe: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) || safe.contains(byte) {
            text.push(char::from(*byte));
        } else {
            append(&mut text, format_args!("%{byte:02X}"));
        }
    }
    text
}

/// As a part of a query: a space is a plus sign.
pub(super) fn query_escape(bytes: &[u8]) -> String {
    escaped(bytes, b" ").replace(' ', "+")
}

fn url_of(map: &Map) -> Result<Url, Failure> {
    let text = |key: &str| match map.get(key.as_bytes()) {
        None => Ok(String::new()),
        Some(Value::Str(text)) => Ok(text.to_text().into_owned()),
        Some(other) => Err(Failure(format!(
            "unable to parse {key} key, must be of type string, but {} found",
            other.kind().name()
        ))),
    };
    let userinfo = text("userinfo")?;
    Ok(Url {
        scheme: text("scheme")?,
        host: text("host")?,
        path: text("path")?,
        query: text("query")?,
        opaque: text("opaque")?,
        fragment: text("fragment")?,
        userinfo: (!userinfo.is_empty()).then_some(userinfo),
        forces_query: false,
    })
}
