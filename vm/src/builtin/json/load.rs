//! JSON text as values, in one pass, without recursion.
//!
//! As MicroPython has it, commas and colons count as white space and a closing bracket closes either container.

use crate::codec::utf8;
use crate::heap::Kind;
use crate::native::Res;
use crate::object::decode::decode_utf8;
use crate::object::float::FLOAT;
use crate::raise::Raised;
use crate::value::Value;
use crate::vm::Vm;

/// Bytes that are taken from the source at a time.
const CHUNK: usize = 64;

/// Where the text comes from, a piece at a time.
struct Source {
    from: Value,
    is_stream: bool,
    /// Bytes to take from a stream at a time.
    step: usize,
    /// How much of a text has been taken.
    taken: usize,
    chunk: [u8; CHUNK],
    at: usize,
    len: usize,
}

impl Source {
    /// The next byte, left where it is; 0, which is in no JSON, at the end.
    fn peek(&mut self, vm: &mut Vm<'_>) -> Res<u8> {
        if self.at >= self.len {
            self.fill(vm)?;
        }
        Ok(self.chunk.get(self.at).copied().unwrap_or(0))
    }

    fn next(&mut self, vm: &mut Vm<'_>) -> Res<u8> {
        let byte = self.peek(vm)?;
        self.at += usize::from(byte != 0);
        Ok(byte)
    }

    fn fill(&mut self, vm: &mut Vm<'_>) -> Res<()> {
        (self.at, self.len) = (0, 0);
        if self.is_stream {
            let mark = vm.mark();
            let target = (&mut self.chunk[..self.step]).into();
            self.len = vm.stream_read(self.from, target)?.unwrap_or(0);
            vm.release(mark);
        } else if let Some(rest) = vm.bytes_of(self.from).and_then(|t| t.get(self.taken..)) {
            self.len = rest.len().min(CHUNK);
            self.chunk[..self.len].copy_from_slice(&rest[..self.len]);
            self.taken += self.len;
        }
        if self.len == 0 {
            self.chunk[0] = 0;
        }
        Ok(())
    }

    /// Takes these bytes, or fails.
    fn expect(&mut self, vm: &mut Vm<'_>, text: &[u8], value: Value) -> Res {
        for &wanted in text {
            if self.next(vm)? != wanted {
                return Err(syntax_error(vm));
            }
        }
        Ok(value)
    }
}

#[cold]
fn syntax_error(vm: &mut Vm<'_>) -> Raised {
    vm.value_error(msg!("syntax error in JSON"))
}

/// Reads one value, and only white space after it: from what a stream gives, or from the bytes of a str or a buffer.
///
/// A stream of a program's own is asked for a byte at a time, as MicroPython asks: it may answer as it likes what is asked
/// for beyond the value.
pub(super) fn load(vm: &mut Vm<'_>, from: Value, is_stream: bool) -> Res {
    let is_own = is_stream && vm.stream_of(from).is_none();
    let mut source = Source {
        from,
        is_stream,
        step: if is_own { 1 } else { CHUNK },
        taken: 0,
        chunk: [0; CHUNK],
        at: 0,
        len: 0,
    };
    // Containers that are open.
    let open = vm.new_list(&[])?;
    // Bytes of the text or number that is being read.
    let scratch = vm.new_scratch()?;
    // The key whose value comes next, or `scratch`.
    let key = vm.keep(scratch)?;
    let mark = vm.mark();
    let result = loop {
        vm.release(mark);
        let depth = vm.list_len(open);
        let top = vm.item_at(open, depth.wrapping_sub(1));
        let byte = source.next(vm)?;
        let v = match byte {
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => continue,
            b'n' => source.expect(vm, b"ull", Value::NONE)?,
            b'f' => source.expect(vm, b"alse", Value::FALSE)?,
            b't' => source.expect(vm, b"rue", Value::TRUE)?,
            b'"' => text(vm, &mut source, scratch)?,
            b'-' | b'0'..=b'9' => number(vm, &mut source, scratch, byte)?,
            b'[' => vm.new_list(&[])?,
            b'{' => vm.new_dict()?,
            b']' | b'}' if depth > 1 => {
                vm.list_truncate(open, depth - 1);
                continue;
            }
            b']' | b'}' => match top {
                Some(top) => break top,
                None => return Err(syntax_error(vm)),
            },
            _ => return Err(syntax_error(vm)),
        };
        let is_container = matches!(byte, b'[' | b'{');
        match top {
            Some(list) if vm.is(list, Kind::List) => vm.list_push(list, v)?,
            Some(dict) if vm.kept(&key) != scratch => {
                vm.dict_set(dict, vm.kept(&key), v)?;
                vm.set_kept(&key, scratch);
            }
            Some(_) if is_container => return Err(syntax_error(vm)),
            Some(_) => vm.set_kept(&key, v),
            None if is_container => {}
            None => break v,
        }
        if is_container {
            vm.list_push(open, v)?;
        }
    };
    vm.root(result)?;
    loop {
        match source.next(vm)? {
            0 => return Ok(result),
            b' ' | b'\t'..=b'\r' => {}
            _ => return Err(syntax_error(vm)),
        }
    }
}

/// A text, its opening quote read already.
fn text(vm: &mut Vm<'_>, source: &mut Source, scratch: Value) -> Res {
    vm.bytearray_resize(scratch, 0)?;
    loop {
        match source.peek(vm)? {
            0 => return Err(syntax_error(vm)),
            b'"' => break,
            b'\\' => {
                source.at += 1;
                escape(vm, source, scratch)?;
            }
            _ => {
                let rest = source.chunk.get(source.at..source.len).unwrap_or(b"");
                let n = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0));
                let n = n.unwrap_or(rest.len());
                vm.bytearray_push(scratch, &rest[..n])?;
                source.at += n;
            }
        }
    }
    source.at += 1;
    decode_utf8(vm, scratch)
}

/// An escape, its backslash read already.
fn escape(vm: &mut Vm<'_>, source: &mut Source, scratch: Value) -> Res<()> {
    let byte = match source.next(vm)? {
        0 => return Err(syntax_error(vm)),
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => {
            let code = code_unit(vm, source)?;
            return push_char(vm, source, scratch, code);
        }
        other => other,
    };
    vm.bytearray_push(scratch, &[byte])
}

/// The four hexadecimal digits of `\u`.
fn code_unit(vm: &mut Vm<'_>, source: &mut Source) -> Res<u32> {
    let mut code = 0;
    for _ in 0..4 {
        match char::from(source.next(vm)?).to_digit(16) {
            Some(digit) => code = code << 4 | digit,
            None => return Err(syntax_error(vm)),
        }
    }
    Ok(code)
}

/// Appends a character; the two halves of one beyond the basic plane are put together.
fn push_char(vm: &mut Vm<'_>, source: &mut Source, scratch: Value, code: u32) -> Res<()> {
    let mut code = code;
    if (0xD800..0xDC00).contains(&code) {
        source.expect(vm, b"\\u", Value::NONE)?;
        let low = code_unit(vm, source)?;
        if !(0xDC00..0xE000).contains(&low) {
            return Err(syntax_error(vm));
        }
        code = 0x1_0000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    let mut bytes = [0; 4];
    match utf8::encode(code, &mut bytes) {
        Some(bytes) => vm.bytearray_push(scratch, bytes),
        None => Err(syntax_error(vm)),
    }
}

/// A number that begins with `first`.
fn number(vm: &mut Vm<'_>, source: &mut Source, scratch: Value, first: u8) -> Res {
    vm.bytearray_resize(scratch, 0)?;
    vm.bytearray_push(scratch, &[first])?;
    let mut is_float = false;
    loop {
        let byte = source.peek(vm)?;
        match byte {
            b'.' | b'e' | b'E' => is_float = true,
            b'+' | b'-' | b'0'..=b'9' => {}
            _ => break,
        }
        vm.bytearray_push(scratch, &[byte])?;
        source.at += 1;
    }
    if is_float {
        vm.call(FLOAT.value(), &[scratch])
    } else {
        vm.parse_int_of(scratch, 10)
    }
}
