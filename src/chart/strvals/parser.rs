//! One line of `--set` as it is read, character by character.

use super::{MAX_INDEX, MAX_NESTED_NAME_LEVEL, StrvalsError};
use serde_json::{Map, Value as Json};

/// What becomes of the text after an equals sign.
pub(super) enum Values<'a> {
    Typed,
    Text,
    Json,
    Literal,
    File(&'a mut dyn FnMut(&str) -> Result<String, String>),
}

/// Why reading stopped.
enum Stop {
    /// The line is over, which is its proper end between two values.
    End,
    Error(StrvalsError),
}

impl From<StrvalsError> for Stop {
    fn from(error: StrvalsError) -> Self {
        Self::Error(error)
    }
}

pub(super) struct Parser<'a> {
    rest: &'a str,
    values: Values<'a>,
}

impl<'a> Parser<'a> {
    pub(super) const fn new(line: &'a str, values: Values<'a>) -> Self {
        Self { rest: line, values }
    }

    pub(super) fn parse(mut self, values: &mut Map<String, Json>) -> Result<(), StrvalsError> {
        loop {
            match self.key(values, 0) {
                Ok(()) => {}
                Err(Stop::End) => return Ok(()),
                Err(Stop::Error(error)) => return Err(error),
            }
        }
    }

    const fn is_literal(&self) -> bool {
        matches!(self.values, Values::Literal)
    }

    /// Reads a key and what belongs to it into a map.
    fn key(&mut self, map: &mut Map<String, Json>, level: usize) -> Result<(), Stop> {
        let stops: &[char] = if self.is_literal() {
            &['=', '[', '.']
        } else {
            &['=', '[', ',', '.']
        };
        let (key, stop) = self.until(stops);
        match stop {
            None if key.is_empty() => Err(Stop::End),
            None => Err(StrvalsError::NoValue(key).into()),
            Some('[') => self.list(map, key, level),
            Some('=') => {
                let (value, end) = self.value()?;
                insert(map, key, value);
                end
            }
            Some(',') => Err(StrvalsError::EndsWithComma(key).into()),
            Some(_) => self.nested(map, key, level + 1),
        }
    }

    fn nested(&mut self, map: &mut Map<String, Json>, key: String, level: usize) -> Result<(), Stop> {
        if level > MAX_NESTED_NAME_LEVEL {
            return Err(StrvalsError::Nested.into());
        }
        if let Some(existing) = map.get_mut(&key) {
            let Json::Object(inner) = existing else {
                return Err(wrong_kind(existing, "map[string]interface {}"));
            };
            self.key(inner, level)?;
            return if inner.is_empty() {
                Err(StrvalsError::MapWithoutValue(key).into())
            } else {
                Ok(())
            };
        }
        let mut inner = Map::new();
        let result = self.key(&mut inner, level);
        if inner.is_empty() {
            result?;
            return Err(StrvalsError::MapWithoutValue(key).into());
        }
        insert(map, key, Json::Object(inner));
        result
    }

    fn list(&mut self, map: &mut Map<String, Json>, key: String, level: usize) -> Result<(), Stop> {
        let index = self.index()?;
        let mut list = match map.get_mut(&key) {
            None => Vec::new(),
            Some(Json::Array(list)) => std::mem::take(list),
            Some(other) => return Err(wrong_kind(other, "[]interface {}")),
        };
        let result = self.item(&mut list, index, level);
        insert(map, key, Json::Array(list));
        result
    }

    /// Reads the number in brackets.
    fn index(&mut self) -> Result<i64, Stop> {
        match self.until(&[']']) {
            (_, None) => Err(StrvalsError::Index("EOF".to_owned()).into()),
            (digits, Some(_)) => digits.parse().map_err(|_| {
                StrvalsError::Index(format!("strconv.Atoi: parsing {digits:?}: invalid syntax")).into()
            }),
        }
    }

    /// Reads what follows `key[index]`.
    fn item(&mut self, list: &mut Vec<Json>, index: i64, level: usize) -> Result<(), Stop> {
        let Ok(place) = usize::try_from(index) else {
            return Err(StrvalsError::NegativeIndex(index).into());
        };
        let (between, stop) = self.until(&['[', '.', '=']);
        if !between.is_empty() {
            let quoted: Vec<String> = between.chars().map(|c| format!("{c:?}")).collect();
            return Err(StrvalsError::AfterIndex(quoted.join(" ")).into());
        }
        match stop {
            None => Err(Stop::End),
            Some('=') => {
                let (value, end) = self.value()?;
                set_index(list, index, value)?;
                // After the last item the line may end as after any value.
                match end {
                    Err(Stop::End) | Ok(()) => Ok(()),
                    error => error,
                }
            }
            Some('[') => {
                let next = self.index()?;
                let mut inner = match list.get_mut(place) {
                    None | Some(Json::Null) => Vec::new(),
                    Some(Json::Array(inner)) => std::mem::take(inner),
                    Some(other) => return Err(wrong_kind(other, "[]interface {}")),
                };
                self.item(&mut inner, next, level)?;
                Ok(set_index(list, index, Json::Array(inner))?)
            }
            Some(_) => match list.get_mut(place) {
                Some(Json::Object(inner)) => self.key(inner, level),
                Some(other) => {
                    let mut inner = Map::new();
                    let result = self.key(&mut inner, level);
                    *other = Json::Object(inner);
                    result
                }
                None => {
                    let mut inner = Map::new();
                    // A line that ends here leaves the list as it was.
                    self.key(&mut inner, level)?;
                    Ok(set_index(list, index, Json::Object(inner))?)
                }
            },
        }
    }

    /// Reads a value. The second part says whether the line ended with it.
    fn value(&mut self) -> Result<(Json, Result<(), Stop>), Stop> {
        match self.values {
            Values::Literal => {
                let text = std::mem::take(&mut self.rest);
                return Ok((Json::from(text), Ok(())));
            }
            Values::Json => return Ok((self.json()?, Ok(()))),
            Values::Typed | Values::Text | Values::File(_) => {}
        }
        if self.rest.is_empty() {
            return Ok((Json::from(""), Err(Stop::End)));
        }
        if let Some(rest) = self.rest.strip_prefix('{') {
            self.rest = rest;
            return Ok((self.braces()?, Ok(())));
        }
        let (text, _) = self.until(&[',']);
        Ok((self.convert(text)?, Ok(())))
    }

    fn braces(&mut self) -> Result<Json, Stop> {
        let mut items = Vec::new();
        loop {
            let (text, stop) = self.until(&[',', '}']);
            match stop {
                None => return Err(StrvalsError::OpenList.into()),
                Some('}') => {
                    self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
                    items.push(self.convert(text)?);
                    return Ok(Json::Array(items));
                }
                Some(_) => items.push(self.convert(text)?),
            }
        }
    }

    fn json(&mut self) -> Result<Json, StrvalsError> {
        if self.skip_blanks() {
            return Ok(Json::Null);
        }
        let mut documents = serde_json::Deserializer::from_str(self.rest).into_iter::<Json>();
        let value = match documents.next() {
            Some(Ok(value)) => value,
            Some(Err(error)) => return Err(StrvalsError::Json(error.to_string())),
            None => return Ok(Json::Null),
        };
        self.rest = &self.rest[documents.byte_offset()..];
        self.skip_blanks();
        Ok(value)
    }

    /// Skips white space and a comma after it; answers whether a comma or the end came.
    fn skip_blanks(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        let Some(rest) = self.rest.strip_prefix(',') else {
            return self.rest.is_empty();
        };
        self.rest = rest;
        true
    }

    fn convert(&mut self, text: String) -> Result<Json, StrvalsError> {
        match &mut self.values {
            Values::Typed => Ok(typed(text)),
            Values::File(read) => read(&text).map(Json::from).map_err(StrvalsError::File),
            Values::Text | Values::Json | Values::Literal => Ok(Json::from(text)),
        }
    }

    /// Reads up to one of `stops`, which is consumed, or to the end. A backslash takes the next character as it is.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut text = String::new();
        let mut characters = self.rest.chars();
        let stop = loop {
            match characters.next() {
                None => break None,
                Some(c) if stops.contains(&c) => break Some(c),
                Some('\\') if !self.is_literal() => text.extend(characters.next()),
                Some(c) => text.push(c),
            }
        };
        self.rest = characters.as_str();
        (text, stop)
    }
}

/// Puts a value into a map; an empty key puts it nowhere.
fn insert(map: &mut Map<String, Json>, key: String, value: Json) {
    if !key.is_empty() {
        map.insert(key, value);
    }
}

fn set_index(list: &mut Vec<Json>, index: i64, value: Json) -> Result<(), StrvalsError> {
    if index > MAX_INDEX {
        return Err(StrvalsError::LargeIndex(index));
    }
    let place = usize::try_from(index).map_err(|_| StrvalsError::NegativeIndex(index))?;
    if list.len() <= place {
        list.resize(place + 1, Json::Null);
    }
    list[place] = value;
    Ok(())
}

fn wrong_kind(found: &Json, wanted: &'static str) -> Stop {
    let found = match found {
        Json::Null => "nil",
        Json::Bool(_) => "bool",
        Json::Number(number) if number.is_f64() => "float64",
        Json::Number(_) => "int64",
        Json::String(_) => "string",
        Json::Array(_) => "[]interface {}",
        Json::Object(_) => "map[string]interface {}",
    };
    StrvalsError::Kind { found, wanted }.into()
}

fn typed(text: String) -> Json {
    if text.eq_ignore_ascii_case("true") {
        Json::Bool(true)
    } else if text.eq_ignore_ascii_case("false") {
        Json::Bool(false)
    } else if text.eq_ignore_ascii_case("null") {
        Json::Null
    } else if text == "0" {
        Json::from(0)
    } else if text.starts_with('0') {
        // Such as a file mode or a telephone number.
        Json::String(text)
    } else {
        match text.parse::<i64>() {
            Ok(number) => Json::from(number),
            Err(_) => Json::String(text),
        }
    }
}
