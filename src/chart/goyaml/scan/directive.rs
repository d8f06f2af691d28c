//! Directives: `%YAML` and `%TAG`.

use super::{Kind, Scanner};
use crate::chart::goyaml::YamlError;

impl Scanner<'_> {
    pub(super) fn fetch_directive(&mut self) -> Result<(), YamlError> {
        self.unroll(None);
        self.drop_key()?;
        self.key_allowed = false;
        let start = self.reader.mark;
        self.reader.skip();
        let mut name = String::new();
        self.reader.take_word(&mut name);
        if name.is_empty() {
            return Err(self.error("could not find expected directive name"));
        }
        if !self.reader.ends_word_at(0) {
            return Err(self.error("found unexpected non-alphabetical character"));
        }
        let kind = match name.as_str() {
            "YAML" => self.version()?,
            "TAG" => self.tag_directive()?,
            _ => return Err(self.error("found unknown directive name")),
        };
        self.reader.skip_blanks();
        self.reader.skip_comment();
        if !self.reader.is_break_or_end() {
            return Err(self.error("did not find expected comment or line break"));
        }
        self.reader.skip_line();
        self.push(kind, start);
        Ok(())
    }

    fn version(&mut self) -> Result<Kind<'static>, YamlError> {
        self.reader.skip_blanks();
        let major = self.version_number()?;
        if self.reader.byte(0) != b'.' {
            return Err(self.error("did not find expected digit or '.' character"));
        }
        self.reader.skip();
        Ok(Kind::Version(major, self.version_number()?))
    }

    fn version_number(&mut self) -> Result<u8, YamlError> {
        let mut number: Option<u8> = None;
        let mut length = 0;
        while let digit @ b'0'..=b'9' = self.reader.byte(0) {
            length += 1;
            if length > 2 {
                return Err(self.error("found extremely long version number"));
            }
            number = Some(number.unwrap_or(0) * 10 + (digit - b'0'));
            self.reader.skip();
        }
        number.ok_or_else(|| self.error("did not find expected version number"))
    }

    fn tag_directive(&mut self) -> Result<Kind<'static>, YamlError> {
        self.reader.skip_blanks();
        let handle = self.tag_handle(true)?;
        if !self.reader.is_blank() {
            return Err(self.error("did not find expected whitespace"));
        }
        self.reader.skip_blanks();
        let prefix = self.tag_uri("")?;
        if !self.reader.ends_word_at(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        Ok(Kind::TagDirective(handle, prefix))
    }
}
