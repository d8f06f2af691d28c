//! Anchors, aliases and tags.

use super::reader::is_word;
use super::{Kind, Scanner};
use crate::chart::goyaml::YamlError;

impl Scanner<'_> {
    pub(super) fn fetch_anchor(&mut self) -> Result<(), YamlError> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.reader.mark;
        let is_alias = self.reader.byte(0) == b'*';
        self.reader.skip();
        let mut name = String::new();
        self.reader.take_word(&mut name);
        let ends = self.reader.ends_word_at(0)
            || matches!(
                self.reader.byte(0),
                b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`'
            );
        if name.is_empty() || !ends {
            return Err(self.error("did not find expected alphabetic or numeric character"));
        }
        self.push(
            if is_alias {
                Kind::Alias(name)
            } else {
                Kind::Anchor(name)
            },
            start,
        );
        Ok(())
    }

    pub(super) fn fetch_tag(&mut self) -> Result<(), YamlError> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.reader.mark;
        let (handle, suffix) = if self.reader.byte(1) == b'<' {
            self.reader.skip_many(2);
            let suffix = self.tag_uri("")?;
            if self.reader.byte(0) != b'>' {
                return Err(self.error("did not find the expected '>'"));
            }
            self.reader.skip();
            (String::new(), suffix)
        } else {
            self.short_tag()?
        };
        if !self.reader.ends_word_at(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        self.push(Kind::Tag(handle, suffix), start);
        Ok(())
    }

    /// A tag such as `!!str`, `!own`, `!e!own` or `!`.
    fn short_tag(&mut self) -> Result<(String, String), YamlError> {
        let handle = self.tag_handle(false)?;
        if handle.len() > 1 && handle.ends_with('!') {
            let suffix = self.tag_uri("")?;
            return Ok((handle, suffix));
        }
        // What looked like a handle belongs to the suffix.
        let suffix = self.tag_uri(&handle)?;
        Ok(if suffix.is_empty() {
            (String::new(), "!".to_owned())
        } else {
            ("!".to_owned(), suffix)
        })
    }

    pub(super) fn tag_handle(&mut self, directive: bool) -> Result<String, YamlError> {
        if self.reader.byte(0) != b'!' {
            return Err(self.error("did not find expected '!'"));
        }
        let mut handle = String::new();
        self.reader.take(&mut handle);
        self.reader.take_word(&mut handle);
        if self.reader.byte(0) == b'!' {
            self.reader.take(&mut handle);
        } else if directive && handle != "!" {
            return Err(self.error("did not find expected '!'"));
        }
        Ok(handle)
    }

    /// The rest of a tag behind `head`, whose exclamation mark is left out.
    pub(super) fn tag_uri(&mut self, head: &str) -> Result<String, YamlError> {
        let mut uri: Vec<u8> = head.bytes().skip(1).collect();
        let mut found = !head.is_empty();
        loop {
            match self.reader.byte(0) {
                b'%' => self.uri_escape(&mut uri)?,
                byte if is_word(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte) => {
                    uri.push(byte);
                    self.reader.skip();
                }
                _ => break,
            }
            found = true;
        }
        if !found {
            return Err(self.error("did not find expected tag URI"));
        }
        Ok(String::from_utf8_lossy(&uri).into_owned())
    }

    /// One character as its octets: `%C3%A9`.
    fn uri_escape(&mut self, uri: &mut Vec<u8>) -> Result<(), YamlError> {
        let mut left = None;
        loop {
            let digit = |ahead: usize| char::from(self.reader.byte(ahead)).to_digit(16);
            let (b'%', Some(high), Some(low)) = (self.reader.byte(0), digit(1), digit(2)) else {
                return Err(self.error("did not find URI escaped octet"));
            };
            let octet = u8::try_from(high << 4 | low).unwrap_or_default();
            let after = match left {
                None => match octet {
                    0..=0x7f => 0,
                    0xc0..=0xdf => 1,
                    0xe0..=0xef => 2,
                    0xf0..=0xf7 => 3,
                    _ => return Err(self.error("found an incorrect leading UTF-8 octet")),
                },
                Some(left) if octet & 0xc0 == 0x80 => left - 1,
                Some(_) => return Err(self.error("found an incorrect trailing UTF-8 octet")),
            };
            uri.push(octet);
            self.reader.skip_many(3);
            if after == 0 {
                return Ok(());
            }
            left = Some(after);
        }
    }
}
