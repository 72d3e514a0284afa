//! Values to text, into a sink.

use core::fmt::{self, Write};

use crate::code::prelude;
use crate::codec::has;
use crate::heap::Kind;
use crate::message::Part;
use crate::native::{ModuleDef, PrintKind, Res, Sink};
use crate::object::class::Instance;
use crate::object::function::{Closure, Function};
use crate::q;
use crate::qstr::Qstr;
use crate::raise::Raised;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Bytes that are copied at a time from a value to a sink.
const CHUNK: usize = 128;

/// A writer for `write!` onto a sink. The first error is kept.
struct SinkWriter<'v, 'a> {
    vm: &'v mut Vm<'a>,
    sink: Sink,
    raised: Option<Raised>,
}

impl Write for SinkWriter<'_, '_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.vm.write(self.sink, s.as_bytes()).map_err(|raised| {
            self.raised = Some(raised);
            fmt::Error
        })
    }
}

/// The digits of a number.
pub(crate) struct Digits {
    bytes: [u8; usize::BITS as usize],
    start: usize,
}

impl Digits {
    /// In a base up to 16, at least `width` of them.
    pub(crate) fn new(mut n: usize, base: usize, width: usize) -> Digits {
        let mut digits = Digits {
            bytes: [b'0'; usize::BITS as usize],
            start: usize::BITS as usize,
        };
        let last = digits.start - width;
        while (n != 0 || digits.start > last) && digits.start > 0 {
            // A division by a constant is a multiplication.
            let (rest, digit) = match base {
                10 => (n / 10, n % 10),
                _ => (n / base, n % base),
            };
            digits.start -= 1;
            digits.bytes[digits.start] = b"0123456789abcdef"[digit & 15];
            n = rest;
        }
        digits
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

impl<'a> Vm<'a> {
    /// Writes a byte to a sink.
    ///
    /// # Errors
    /// As [`write`](Vm::write).
    #[cfg_attr(romfs_vm_small, inline(never))]
    pub(crate) fn write_byte(&mut self, sink: Sink, byte: u8) -> Res<()> {
        self.write(sink, &[byte])
    }

    /// Writes bytes to a sink.
    ///
    /// # Errors
    /// What the sink raises; `MemoryError` for a buffer.
    pub fn write(&mut self, sink: Sink, bytes: &[u8]) -> Res<()> {
        match sink {
            Sink::Console => self.host.write(bytes),
            Sink::Error => self.host.write_error(bytes),
            _ if self.is_object_sink(sink) => {
                self.stream_write_all(sink.target(), bytes.into())?;
            }
            _ => self.bytearray_push(sink.target(), bytes)?,
        }
        Ok(())
    }

    /// Whether a sink is an object that is written to.
    fn is_object_sink(&self, sink: Sink) -> bool {
        let target = sink.target();
        cfg!(feature = "files") && target.is_ptr() && !self.is(target, Kind::ByteArray)
    }

    /// Writes formatted text to a sink.
    ///
    /// # Errors
    /// As [`write`](Vm::write).
    pub fn write_fmt_sink(&mut self, sink: Sink, text: fmt::Arguments<'_>) -> Res<()> {
        let mut writer = SinkWriter {
            vm: self,
            sink,
            raised: None,
        };
        let _ = writer.write_fmt(text);
        match writer.raised {
            Some(raised) => Err(raised),
            None => Ok(()),
        }
    }

    /// Writes an integer.
    ///
    /// # Errors
    /// As [`write`](Vm::write).
    pub fn write_int(&mut self, sink: Sink, n: isize) -> Res<()> {
        if n < 0 {
            self.write_byte(sink, b'-')?;
        }
        self.write(sink, Digits::new(n.unsigned_abs(), 10, 1).as_bytes())
    }

    /// Writes a number in hex behind a backslash and a letter, which says of how many digits: two, or more for `u` and `U`.
    fn write_hex(&mut self, sink: Sink, letter: u8, n: usize) -> Res<()> {
        let width = match letter {
            b'u' => 4,
            b'U' => 8,
            _ => 2,
        };
        self.write(sink, &[b'\\', letter])?;
        self.write(sink, Digits::new(n, 16, width).as_bytes())
    }

    /// Writes the bytes of a str or buffer.
    ///
    /// # Errors
    /// As [`write`](Vm::write).
    pub fn write_value_text(&mut self, sink: Sink, v: Value) -> Res<()> {
        let len = self.bytes_len(v);
        self.write_part(sink, v, 0, len)
    }

    /// Writes the bytes `from..to` of a str or buffer, a piece at a time: a sink may run a program in between. An object
    /// gets the whole at once.
    ///
    /// # Errors
    /// As [`write`](Vm::write).
    pub(crate) fn write_part(&mut self, sink: Sink, v: Value, from: usize, to: usize) -> Res<()> {
        if self.is_object_sink(sink) {
            let mark = self.mark();
            let part = self.source_of(v)?.skip(from).first(to - from);
            self.stream_write_all(sink.target(), part)?;
            self.release(mark);
            return Ok(());
        }
        let mut at = from;
        while at < to {
            let mut chunk = [0; CHUNK];
            let Some(rest) = self
                .bytes_of(v)
                .and_then(|bytes| bytes.get(at..to.min(bytes.len())))
            else {
                break;
            };
            let n = rest.len().min(CHUNK);
            if n == 0 {
                break;
            }
            chunk[..n].copy_from_slice(&rest[..n]);
            self.write(sink, &chunk[..n])?;
            at += n;
        }
        Ok(())
    }

    /// Writes a str or bytes as a literal: quotes, and escapes for what is not printable.
    ///
    /// # Errors
    /// As [`write`](Vm::write).
    pub fn write_quoted(&mut self, sink: Sink, v: Value) -> Res<()> {
        let is_str = self.is_str(v);
        let bytes = self.bytes_of(v).unwrap_or(b"");
        let len = bytes.len();
        let quote = if has(bytes, b'\'') && !has(bytes, b'"') {
            b'"'
        } else {
            b'\''
        };
        if !is_str {
            self.write_byte(sink, b'b')?;
        }
        self.write_byte(sink, quote)?;
        let mut at = 0;
        while at < len {
            let bytes = self.bytes_of(v).unwrap_or(b"");
            if at >= bytes.len() {
                break;
            }
            let plain = plain_run(&bytes[at..], quote, is_str);
            if plain > 0 {
                self.write_part(sink, v, at, at + plain)?;
                at += plain;
                continue;
            }
            if is_str && let Some((code, n)) = strange_char(&bytes[at..]) {
                let letter = if code < 0x10000 { b'u' } else { b'U' };
                self.write_hex(sink, letter, code as usize)?;
                at += n;
                continue;
            }
            let byte = bytes[at];
            self.write_escape(sink, byte, b'x')?;
            at += 1;
        }
        self.write_byte(sink, quote)
    }

    /// Writes a byte by a backslash and a letter, or in hex behind this letter.
    pub(crate) fn write_escape(&mut self, sink: Sink, byte: u8, hex: u8) -> Res<()> {
        let letter = match byte {
            b'\'' | b'"' | b'\\' => byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            _ => return self.write_hex(sink, hex, byte.into()),
        };
        self.write(sink, &[b'\\', letter])
    }

    /// Prints a value.
    ///
    /// # Errors
    /// What `__str__`, `__repr__` or the sink raise; `RuntimeError` for nesting too deep.
    pub fn print(&mut self, v: Value, sink: Sink, kind: PrintKind) -> Res<()> {
        let mark = self.mark();
        let done = self.print_unmarked(v, sink, kind);
        self.release(mark);
        done
    }

    fn print_unmarked(&mut self, v: Value, sink: Sink, kind: PrintKind) -> Res<()> {
        match self.kind(v) {
            Some(Kind::Instance) => self.print_instance(v, sink, kind),
            Some(Kind::Class | Kind::Type) => {
                let name = self.class_name(v);
                self.write_with(sink, msg!("<class '%'>"), &[name_of(name)])
            }
            Some(Kind::Function | Kind::Closure) => {
                let name = self.function_name(v);
                let parts = [name_of(name), Part::Hex(v.bits(), 1)];
                self.write_with(sink, msg!("<function % at 0x%>"), &parts)
            }
            Some(Kind::Native) => self.write(sink, b"<function>"),
            Some(Kind::Module) => self.print_module(v, sink),
            Some(Kind::NativeModule) => {
                // SAFETY: cells of this kind are statics.
                let module: &'static ModuleDef = unsafe { &*v.ptr::<ModuleDef>() };
                self.write_with(sink, msg!("<module '%'>"), &[name_of(module.name())])
            }
            _ => match self.offer(v).print() {
                Some(print) => print(self.again(), v, sink, kind),
                None => {
                    let name = self.type_name(v);
                    self.write_with(sink, msg!("<%>"), &[name_of(name)])
                }
            },
        }
    }

    /// The name of a function.
    pub(crate) fn function_name(&self, v: Value) -> Qstr {
        let v = match self.get::<Closure>(v) {
            Some(closure) => closure.fun,
            None => v,
        };
        let Some(function) = self.get::<Function>(v) else {
            return self.native_def(v).map_or(Qstr::EMPTY, |f| f.name());
        };
        // SAFETY: invariant 3; a function keeps its code. Invariant 2; the verifier proved the name's number.
        unsafe {
            let code = &*function.code_ptr();
            let bytes = code.bytes();
            code.qstr(prelude(bytes, function.header.len).name(bytes, 0))
        }
    }

    fn print_module(&mut self, v: Value, sink: Sink) -> Res<()> {
        let globals = self.field(v, 0);
        let name = self.dict_get_word(globals, Value::qstr(q!("__name__")));
        let file = self.dict_get_word(globals, Value::qstr(q!("__file__")));
        let part = |v: Slot| Part::Value(v.unwrap_or(Value::qstr(Qstr::EMPTY)), PrintKind::Str);
        match file {
            Some(_) => self.write_with(
                sink,
                msg!("<module '%' from '%'>"),
                &[part(name), part(file)],
            ),
            None => self.write_with(sink, msg!("<module '%'>"), &[part(name)]),
        }
    }

    fn print_instance(&mut self, v: Value, sink: Sink, kind: PrintKind) -> Res<()> {
        let mut method = None;
        if kind == PrintKind::Str {
            method = self.lookup_special(v, q!("__str__"))?;
        }
        if method.is_none() {
            method = self.lookup_special(v, q!("__repr__"))?;
        }
        if let Some(method) = method {
            self.root(method)?;
            let text = self.call(method, &[])?;
            self.root(text)?;
            if !self.is_str(text) {
                return self.print(text, sink, PrintKind::Str);
            }
            return self.write_value_text(sink, text);
        }
        if let Some(native) = self.cell::<Instance>(v).native {
            if self.is(native, Kind::Exception) {
                return crate::raise::print_exception(self.again(), v, sink, kind);
            }
            return self.print(native, sink, kind);
        }
        let name = self.type_name(v);
        let parts = [name_of(name), Part::Hex(v.bits(), 1)];
        self.write_with(sink, msg!("<% object at 0x%>"), &parts)
    }

    /// What printing a value gives, as a str.
    ///
    /// # Errors
    /// As [`print`](Vm::print), and `MemoryError`.
    pub fn to_str(&mut self, v: Value, kind: PrintKind) -> Res {
        let mark = self.mark();
        let buffer = self.new_scratch()?;
        self.print(v, Sink::Buffer(buffer), kind)?;
        let text = self.buffer_to_str(buffer)?;
        self.release(mark);
        self.root(text)?;
        Ok(text)
    }

    /// The bytes of a bytearray as a str.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn buffer_to_str(&mut self, buffer: Value) -> Res {
        self.bytes_as(Kind::Str, buffer)
    }
}

/// Whether a byte stands for itself inside quotes. Bytes of characters beyond ASCII do, in a str.
/// How many bytes can be written as they are.
fn plain_run(bytes: &[u8], quote: u8, is_str: bool) -> usize {
    bytes
        .iter()
        .enumerate()
        .take_while(|&(i, &b)| {
            is_plain(b, quote, is_str)
                && (b < 0xED || !is_str || strange_char(&bytes[i..]).is_none())
        })
        .count()
}

/// A surrogate or a number past the last code point, which texts may hold, and its length.
fn strange_char(bytes: &[u8]) -> Option<(u32, usize)> {
    let (n, first) = match *bytes.first()? {
        b @ 0xE0..0xF0 => (3, b & 0x0F),
        b @ 0xF0..0xF8 => (4, b & 0x07),
        _ => return None,
    };
    let rest = bytes.get(1..n)?;
    let code = rest
        .iter()
        .fold(u32::from(first), |code, &b| code << 6 | u32::from(b & 0x3F));
    char::from_u32(code).is_none().then_some((code, n))
}

fn is_plain(byte: u8, quote: u8, is_str: bool) -> bool {
    byte != quote && byte != b'\\' && ((b' '..0x7F).contains(&byte) || is_str && byte >= 0x80)
}

/// A name, of any length.
pub(super) fn name_of(name: Qstr) -> Part<'static> {
    Part::Value(Value::qstr(name), PrintKind::Str)
}
