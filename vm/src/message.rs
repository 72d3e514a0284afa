//! Messages of exceptions, and other short texts with a value or two in them: a template in which each `%` stands for a
//! [`Part`]. What a call takes is a table of parts, and core's formatting is not in the firmware.

use crate::native::{Res, Sink, TypeDef};
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
}

impl Part<'_> {
    /// How many there are of something.
    pub(crate) const fn count(n: usize) -> Self {
        Part::Int(n as isize)
    }
}

impl Vm<'_> {
    fn message(&self, template: Msg, parts: &[Part<'_>]) -> Text {
        let mut text = Text::new();
        let mut parts = parts.iter();
        let template = template.text();
        for piece in template.as_bytes().split_inclusive(|&byte| byte == b'%') {
            match piece.strip_suffix(b"%") {
                Some(before) => {
                    text.push(before);
                    if let Some(part) = parts.next() {
                        self.add_part(&mut text, *part);
                    }
                }
                None => text.push(piece),
            }
        }
        text
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
            Part::Str(v) => text.push(self.str_bytes(v).unwrap_or_default()),
        }
    }

    /// Writes a text.
    ///
    /// # Errors
    /// As [`write`](Vm::write).
    pub(crate) fn write_with(&mut self, sink: Sink, template: Msg, parts: &[Part<'_>]) -> Res<()> {
        let text = self.message(template, parts);
        self.write(sink, text.as_bytes())
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
        let text = self.message(template, parts);
        self.error_bytes(class, text.as_bytes())
    }

    #[cold]
    #[inline(never)]
    fn type_error_made(&mut self, template: Msg, parts: &[Part<'_>]) -> Raised {
        self.error_made_with(&types::TYPE_ERROR, template, parts)
    }
}
