//! Texts to bytes and back: encodings, and what becomes of bytes that are no text.

use mpy_format::is_ascii;

use crate::codec::utf8;
use crate::heap::Kind;
use crate::message::Part;
use crate::native::{Args, Res};
use crate::object::exception as types;
use crate::value::{Slot, Value};
use crate::vm::Vm;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Ascii,
}

impl Encoding {
    /// The encoding of an optional argument.
    fn of(vm: &mut Vm<'_>, name: Slot) -> Res<Encoding> {
        let Some(name) = name else {
            return Ok(Encoding::Utf8);
        };
        match vm.str_bytes(name) {
            // Compared as a whole: a pattern compares byte by byte.
            Some(name) if name == b"utf-8" || name == b"utf8" => Ok(Encoding::Utf8),
            #[cfg(feature = "methods")]
            Some(name) if name == b"ascii" => Ok(Encoding::Ascii),
            Some(_) => Err(vm.error_with(
                &types::LOOKUP_ERROR,
                msg!("unknown encoding: %"),
                &[Part::Str(name)],
            )),
            None => Err(vm.cannot_convert_implicitly(name, "str")),
        }
    }

    fn accepts(self, bytes: &[u8]) -> bool {
        match self {
            Encoding::Utf8 => utf8::is_valid(bytes),
            Encoding::Ascii => is_ascii(bytes),
        }
    }

    /// Bytes that belong together at the start of `bytes`, which is not empty, and whether they are a character.
    fn next(self, bytes: &[u8]) -> (usize, bool) {
        let n = match bytes[0] {
            0..0x80 => return (1, true),
            _ if self == Encoding::Ascii => return (1, false),
            0xc0..0xe0 => 2,
            0xe0..0xf0 => 3,
            0xf0..0xf8 => 4,
            _ => return (1, false),
        };
        let rest = bytes[1..].iter().take(n - 1);
        let got = 1 + rest.take_while(|&&b| utf8::is_continuation(b)).count();
        (got, got == n)
    }
}

/// `str.encode(encoding, errors)` and `bytes(str, encoding, errors)`: the same bytes.
pub(crate) fn encode(vm: &mut Vm<'_>, args: Args) -> Res {
    let v = args.at(0);
    let encoding = Encoding::of(vm, args.get(1))?;
    let Some(bytes) = vm.str_bytes(v) else {
        return Err(vm.cannot_convert_implicitly(v, "str"));
    };
    if encoding == Encoding::Ascii && !is_ascii(bytes) {
        return Err(vm.error(&types::UNICODE_ERROR, msg!("")));
    }
    vm.bytes_as(Kind::Bytes, v)
}

/// `bytes.decode(encoding, errors)` and `str(buffer, encoding, errors)`.
pub(crate) fn decode(vm: &mut Vm<'_>, args: Args) -> Res {
    let v = args.at(0);
    let encoding = Encoding::of(vm, args.get(1))?;
    let Some(bytes) = vm.bytes_of(v) else {
        return Err(vm.type_error(msg!("object with buffer protocol required")));
    };
    if encoding.accepts(bytes) {
        return vm.bytes_as(Kind::Str, v);
    }
    match args.get(2).and_then(|errors| vm.str_bytes(errors)) {
        #[cfg(feature = "methods")]
        Some(errors) if errors == b"ignore" => decode_loosely(vm, v, encoding, b""),
        #[cfg(feature = "methods")]
        Some(errors) if errors == b"replace" => {
            decode_loosely(vm, v, encoding, "\u{fffd}".as_bytes())
        }
        _ => Err(vm.error(&types::UNICODE_ERROR, msg!(""))),
    }
}

/// A str of a buffer's bytes, which have to be UTF-8.
pub(crate) fn decode_utf8(vm: &mut Vm<'_>, v: Value) -> Res {
    match vm.bytes_of(v) {
        Some(bytes) if utf8::is_valid(bytes) => vm.bytes_as(Kind::Str, v),
        _ => Err(vm.error(&types::UNICODE_ERROR, msg!(""))),
    }
}

/// What is no character gives `instead`.
fn decode_loosely(vm: &mut Vm<'_>, v: Value, encoding: Encoding, instead: &[u8]) -> Res {
    let out = vm.new_scratch()?;
    let mut at = 0;
    while let Some(rest) = vm.bytes_of(v).and_then(|b| b.get(at..)) {
        if rest.is_empty() {
            break;
        }
        let (n, whole) = encoding.next(rest);
        let mut one = [0; 4];
        one[..n].copy_from_slice(&rest[..n]);
        vm.bytearray_push(out, if whole { &one[..n] } else { instead })?;
        at += n;
    }
    vm.buffer_to_str(out)
}

impl Vm<'_> {
    /// The error of a value where a text is needed.
    #[cold]
    pub(crate) fn cannot_convert_implicitly(&mut self, v: Value, to: &str) -> crate::raise::Raised {
        self.type_error_with(
            msg!("can't convert '%' object to % implicitly"),
            &[Part::TypeOf(v), Part::Text(to.as_bytes())],
        )
    }
}
