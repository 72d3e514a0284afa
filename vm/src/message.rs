//! Messages of exceptions, and other short texts with a value or two in them: a template in which each `%` stands for a
//! [`Part`]. What a call takes is a table of parts, and core's formatting is not in the firmware.

use crate::native::{PrintKind, Res, Sink, TypeDef};
use crate::object::exception as types;
use crate::object::print::Digits;
use crate::qstr::Qstr;
use crate::raise::{Raised, Text};
use crate::text::Msg;
use crate::value::Value;
use crate::vm::Vm;

/// What a `%` of a template stands for.
#[derive(Clone, Copy)]
pub(crate) enum Part<'a> {
    /// A name.
    Name(Qstr),
    /// The name of a value's type.
    TypeOf(Value),
    /// A number.
    Int(isize),
    /// A number in hex, of so many digits at least.
    Hex(usize, u8),
    /// A character up to U+00FF.
    Char(u8),
    /// UTF-8.
    Text(&'a [u8]),
    /// The text of a str, or nothing.
    Str(Value),
    /// A value as it prints, of any length. Not in a message: printing may run a program.
    Value(Value, PrintKind),
}

impl Part<'_> {
    /// How many there are of something.
    pub(crate) const fn count(n: usize) -> Self {
        Part::Int(n as isize)
    }
}

impl Vm<'_> {
    /// Puts a text together. What is there goes to the sink where a value is to be printed, and the rest at the end.
    fn compose(
        &mut self,
        sink: Option<Sink>,
        template: Msg,
        parts: &[Part<'_>],
        text: &mut Text,
    ) -> Res<()> {
        let mut parts = parts.iter();
        let template = template.text();
        for piece in template.as_bytes().split_inclusive(|&byte| byte == b'%') {
            let Some(before) = piece.strip_suffix(b"%") else {
                text.push(piece);
                continue;
            };
            text.push(before);
            match parts.next() {
                Some(&Part::Value(v, kind)) => {
                    if let Some(sink) = sink {
                        self.write(sink, text.as_bytes())?;
                        text.clear();
                        self.print(v, sink, kind)?;
                    }
                }
                Some(part) => self.add_part(text, *part),
                None => {}
            }
        }
        match sink {
            Some(sink) => self.write(sink, text.as_bytes()),
            None => Ok(()),
        }
    }

    fn add_part(&self, text: &mut Text, part: Part<'_>) {
        match part {
            Part::Name(name) => text.push(self.intern.text(name)),
            Part::TypeOf(v) => text.push(self.intern.text(self.type_name(v))),
            Part::Int(n) => {
                if n < 0 {
                    text.push(b"-");
                }
                text.push(Digits::new(n.unsigned_abs(), 10, 1).as_bytes());
            }
            Part::Hex(n, width) => text.push(Digits::new(n, 16, width as usize).as_bytes()),
            Part::Char(c) => text.push(char::from(c).encode_utf8(&mut [0; 2]).as_bytes()),
            Part::Text(bytes) => text.push(bytes),
            Part::Value(..) => {}
            Part::Str(v) => text.push(self.str_bytes(v).unwrap_or_default()),
        }
    }

    /// Writes a text.
    ///
    /// # Errors
    /// As [`write`](Vm::write).
    pub(crate) fn write_with(&mut self, sink: Sink, template: Msg, parts: &[Part<'_>]) -> Res<()> {
        self.compose(Some(sink), template, parts, &mut Text::new())
    }

    /// Raises an exception of a native type with a message; without one where messages are left out.
    #[inline(always)]
    pub(crate) fn error_with(
        &mut self,
        class: &'static TypeDef,
        template: Msg,
        parts: &[Part<'_>],
    ) -> Raised {
        if cfg!(feature = "messages") {
            self.error_made_with(class, template, parts)
        } else {
            self.error_bare(class)
        }
    }

    /// `TypeError` with a message.
    #[inline(always)]
    pub(crate) fn type_error_with(&mut self, template: Msg, parts: &[Part<'_>]) -> Raised {
        if cfg!(feature = "messages") {
            self.type_error_made(template, parts)
        } else {
            self.error_bare(&types::TYPE_ERROR)
        }
    }

    #[cold]
    #[inline(never)]
    fn error_made_with(
        &mut self,
        class: &'static TypeDef,
        template: Msg,
        parts: &[Part<'_>],
    ) -> Raised {
        let mut text = Text::new();
        let _ = self.compose(None, template, parts, &mut text);
        self.error_bytes(class, text.as_bytes())
    }

    #[cold]
    #[inline(never)]
    fn type_error_made(&mut self, template: Msg, parts: &[Part<'_>]) -> Raised {
        self.error_made_with(&types::TYPE_ERROR, template, parts)
    }
}
