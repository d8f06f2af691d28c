//! `fmt.Sprintf`: the format and its operands.

use super::verb::{Flags, write_verb};
use super::write_value;
use crate::chart::value::{Value, runes};

/// More than any sensible width; Go refuses it too.
const MAX_WIDTH: usize = 1_000_000;

/// `fmt.Sprintf`. What does not fit is shown in place, as Go does: `%!d(string=a)`.
pub(crate) fn sprintf(format: &[u8], args: &[Value]) -> Vec<u8> {
    let mut printer = Printer {
        format,
        args,
        out: Vec::with_capacity(format.len() + 16),
        next: 0,
        reordered: false,
        good_index: true,
    };
    while printer.directive() {}
    printer.finish()
}

struct Printer<'a> {
    /// What is still to be read of the format.
    format: &'a [u8],
    args: &'a [Value],
    out: Vec<u8>,
    /// The operand that the next verb takes.
    next: usize,
    /// Whether an explicit index was used, which excuses operands that are left over.
    reordered: bool,
    good_index: bool,
}

impl Printer<'_> {
    /// Copies text up to the next directive and runs it. `false` at the end of the format.
    fn directive(&mut self) -> bool {
        let Some(percent) = self.format.iter().position(|byte| *byte == b'%') else {
            self.out.extend_from_slice(self.format);
            return false;
        };
        let (text, rest) = self.format.split_at(percent);
        self.out.extend_from_slice(text);
        self.format = rest.get(1..).unwrap_or_default();
        self.good_index = true;
        let flags = self.flags();
        let Some((verb, width)) = runes(self.format).next().map(|(rune, taken)| (rune, taken.len())) else {
            self.out.extend_from_slice(b"%!(NOVERB)");
            return false;
        };
        self.format = self.format.get(width..).unwrap_or_default();
        self.verb(verb, &flags);
        true
    }

    fn verb(&mut self, verb: char, flags: &Flags) {
        if verb == '%' {
            self.out.push(b'%');
        } else if !self.good_index {
            self.complain(verb, "BADINDEX");
        } else if let Some(arg) = self.args.get(self.next) {
            self.next += 1;
            write_verb(&mut self.out, arg, verb, flags);
        } else {
            self.complain(verb, "MISSING");
        }
    }

    fn complain(&mut self, verb: char, what: &str) {
        self.out.extend_from_slice(format!("%!{verb}({what})").as_bytes());
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        while let Some(byte) = self.format.first() {
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => break,
            }
            self.skip(1);
        }
        self.index();
        if self.eat(b'*') {
            match self.integer_operand() {
                Some(width) => {
                    flags.minus |= width < 0;
                    flags.width = usize::try_from(width.unsigned_abs()).ok();
                }
                None => self.out.extend_from_slice(b"%!(BADWIDTH)"),
            }
        } else {
            flags.width = self.number();
        }
        if self.eat(b'.') {
            self.index();
            if self.eat(b'*') {
                match self.integer_operand().map(usize::try_from) {
                    Some(Ok(precision)) => flags.precision = Some(precision),
                    // A negative precision counts as none.
                    Some(Err(_)) => flags.precision = None,
                    None => self.out.extend_from_slice(b"%!(BADPREC)"),
                }
            } else {
                flags.precision = Some(self.number().unwrap_or(0));
            }
        }
        self.index();
        if flags.minus {
            flags.zero = false;
        }
        flags
    }

    /// `[n]`: the operand that comes next.
    fn index(&mut self) {
        if self.format.first() != Some(&b'[') {
            return;
        }
        self.reordered = true;
        let Some(close) = self.format.iter().position(|byte| *byte == b']') else {
            self.good_index = false;
            self.skip(1);
            return;
        };
        let digits = self.format.get(1..close).unwrap_or_default();
        let index = std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| digits.parse::<usize>().ok());
        match index {
            Some(index) if index >= 1 && index <= self.args.len() => self.next = index - 1,
            _ => self.good_index = false,
        }
        self.skip(close + 1);
    }

    fn integer_operand(&mut self) -> Option<i64> {
        let operand = self.args.get(self.next)?;
        self.next += 1;
        match operand {
            Value::Int(number) | Value::Int64(number) if number.unsigned_abs() <= MAX_WIDTH as u64 => {
                Some(*number)
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<usize> {
        let count = self
            .format
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (digits, rest) = self.format.split_at(count);
        self.format = rest;
        let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
        (number <= MAX_WIDTH).then_some(number)
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.format.first() == Some(&byte);
        if found {
            self.skip(1);
        }
        found
    }

    fn skip(&mut self, count: usize) {
        self.format = self.format.get(count..).unwrap_or_default();
    }

    /// Complains about operands that no verb took.
    fn finish(mut self) -> Vec<u8> {
        let left = self.args.get(self.next..).unwrap_or_default();
        if self.reordered || left.is_empty() {
            return self.out;
        }
        self.out.extend_from_slice(b"%!(EXTRA ");
        for (index, arg) in left.iter().enumerate() {
            if index > 0 {
                self.out.extend_from_slice(b", ");
            }
            if arg.is_nil() {
                self.out.extend_from_slice(b"<nil>");
            } else {
                self.out
                    .extend_from_slice(format!("{}=", arg.type_name()).as_bytes());
                write_value(&mut self.out, arg);
            }
        }
        self.out.push(b')');
        self.out
    }
}
