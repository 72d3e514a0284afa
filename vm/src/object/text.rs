//! str: interned names, cells of UTF-8, and views of UTF-8 that lies in flash.
//!
//! Positions that a program sees are characters; inside, everything counts bytes. A text of only ASCII says so in its
//! header, so that the two are the same without a look at the bytes.

use core::ops::Range;

use mpy_format::is_ascii;

use super::flash_text::FlashText;
use crate::codec::{has, utf8};
use crate::heap::kind::data;
use crate::heap::{Header, Kind};
use crate::message::Part;
use crate::native::{Access, Args, BinaryOp, PrintKind, Res, Sink, TypeDef, TypeSpec, UnaryOp};
use crate::q;
use crate::qstr::text_hash;
use crate::table::int_hash;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Header flag: all bytes are below 128.
pub(super) const ASCII: u8 = 1;
/// Texts up to this length are looked for among the names at once. Longer ones are hashed when somebody asks: few are
/// ever keys, and hashing each one made costs more than making it.
pub(crate) const SHORT: usize = romfs_runtime::format::constants::SHORT;
/// The hash in a header that nobody has asked for yet.
pub(super) const HASH_LATER: u16 = 0;

impl<'a> Vm<'a> {
    /// A str of these bytes, which are UTF-8. A text that is interned gives its qstr.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn new_str(&mut self, text: &[u8]) -> Res {
        let mut hash = HASH_LATER;
        if text.len() <= SHORT {
            hash = text_hash(text);
            if let Some(q) = self.intern.find(text, hash) {
                return Ok(Value::qstr(q));
            }
        }
        let cell = self.alloc_bytes(Kind::Str, text.len())?;
        self.raw_mut(cell).copy_from_slice(text);
        self.seal_str(cell, hash);
        Ok(cell)
    }

    /// A bytes object.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn new_bytes(&mut self, bytes: &[u8]) -> Res {
        let cell = self.alloc_bytes(Kind::Bytes, bytes.len())?;
        self.raw_mut(cell).copy_from_slice(bytes);
        Ok(cell)
    }

    /// Notes hash and ASCII flag of a str cell whose bytes were just written.
    fn seal_str(&mut self, cell: Value, hash: u16) {
        let ascii = is_ascii(self.raw_mut(cell));
        let header = self.header_mut(cell);
        header.aux = hash;
        if ascii {
            header.flags |= ASCII;
        }
    }

    /// A str of a cell that a caller has filled: its qstr where it is a name.
    pub(crate) fn finish_str(&mut self, cell: Value) -> Value {
        let bytes = self.raw_mut(cell);
        if bytes.len() > SHORT {
            self.seal_str(cell, HASH_LATER);
            return cell;
        }
        let hash = text_hash(bytes);
        let found = match self.str_bytes(cell) {
            Some(text) => self.intern.find(text, hash),
            None => None,
        };
        match found {
            Some(q) => Value::qstr(q),
            None => {
                self.seal_str(cell, hash);
                cell
            }
        }
    }

    /// The bytes of a str.
    #[inline]
    pub fn str_bytes(&self, v: Value) -> Option<&[u8]> {
        if let Some(q) = v.as_qstr() {
            return Some(self.intern.text(q));
        }
        match self.kind_quick(v)? {
            Kind::Str | Kind::FlashStr => Some(self.immutable_bytes(v)),
            Kind::Instance => {
                let inner = self.native_part(v);
                if inner == v {
                    None
                } else {
                    self.str_bytes(inner)
                }
            }
            _ => None,
        }
    }

    /// The bytes of a cell of one of the four kinds of str and bytes.
    #[inline]
    pub(crate) fn immutable_bytes(&self, v: Value) -> &[u8] {
        if v.is_flash() {
            return self.flash_bytes(v);
        }
        let header = self.header(v);
        let ptr = match self.cell_kind(v) {
            Some(Kind::Str | Kind::Bytes | Kind::Raw) => data(v) as *const u8,
            // SAFETY: invariant 3; both flash kinds hold a `FlashText`.
            Some(Kind::FlashStr | Kind::FlashBytes) => unsafe { (*v.ptr::<FlashText>()).ptr },
            _ => return &[],
        };
        // SAFETY: invariant 3 for bytes in the cell, invariant 1 for bytes in flash.
        unsafe { core::slice::from_raw_parts(ptr, header.len as usize) }
    }

    /// Whether a value is a str.
    #[inline]
    pub fn is_str(&self, v: Value) -> bool {
        self.str_bytes(v).is_some()
    }

    fn is_ascii(&self, v: Value) -> bool {
        match self.kind(v) {
            Some(Kind::FlashStr) if v.is_flash() => v.is_flash_ascii(),
            Some(Kind::Str | Kind::FlashStr) => self.header(v).flags & ASCII != 0,
            _ => self.str_bytes(v).is_some_and(is_ascii),
        }
    }

    /// What a table looks a key up by: a str's qstr where it has one, else the value itself.
    #[inline]
    pub fn canonical_key(&self, v: Value) -> Value {
        match self.kind(v) {
            Some(Kind::Str | Kind::FlashStr) => {
                let found = self
                    .intern
                    .find(self.immutable_bytes(v), self.text_hash_of(v));
                found.map_or(v, Value::qstr)
            }
            _ => v,
        }
    }

    /// The hash of a str's text.
    #[inline]
    pub fn text_hash_of(&self, v: Value) -> u16 {
        if v.is_ptr()
            && let Some(Kind::Str | Kind::FlashStr) = self.kind(v)
            && let hash = self.header(v).aux
            && hash != HASH_LATER
        {
            return hash;
        }
        self.new_text_hash(v)
    }

    #[inline(never)]
    fn new_text_hash(&self, v: Value) -> u16 {
        if let Some(q) = v.as_qstr() {
            return self.intern.hash(q);
        }
        let hash = text_hash(self.bytes_of(v).unwrap_or(b""));
        if v.is_ptr()
            && let Some(Kind::Str | Kind::FlashStr) = self.kind(v)
        {
            // SAFETY: invariant 3; a str is a cell of the heap, and nobody holds a reference to its header.
            unsafe { (*v.ptr::<Header>()).aux = hash };
        }
        hash
    }

    /// How many bytes a str has, or what else lends bytes; none, where it lends none.
    #[cfg_attr(romfs_vm_small, inline(never))]
    pub(crate) fn bytes_len(&self, v: Value) -> usize {
        self.bytes_of(v).map_or(0, <[u8]>::len)
    }

    /// Copies all bytes of a value into a new cell; gives the place behind them.
    pub(crate) fn put_bytes(&mut self, to: Value, at: usize, from: Value) -> usize {
        let n = self.bytes_len(from);
        self.copy_bytes(to, at, from, 0..n);
        at + n
    }

    /// Copies part of a value's bytes into a new cell. The cell must not be the source.
    pub(crate) fn copy_bytes(&mut self, to: Value, at: usize, from: Value, range: Range<usize>) {
        let source = match self.bytes_of(from) {
            Some(bytes) => &bytes[range],
            None => return,
        };
        let (ptr, len) = (source.as_ptr(), source.len());
        let target = &mut self.raw_mut(to)[at..at + len];
        // SAFETY: invariant 3; no allocation ran since the source was looked up, and the two are different cells.
        unsafe { core::ptr::copy_nonoverlapping(ptr, target.as_mut_ptr(), len) };
    }

    /// Part of a str as a str, of any other buffer as bytes. The whole of a str or bytes is itself.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn part_of(&mut self, v: Value, range: Range<usize>) -> Res {
        let len = self.bytes_len(v);
        let (is_str, kind) = (self.is_str(v), self.kind(v));
        let is_bytes = matches!(kind, Some(Kind::Bytes | Kind::FlashBytes));
        if range == (0..len) && (is_bytes || is_str && kind != Some(Kind::Instance)) {
            return Ok(v);
        }
        let cell = self.room_like(v, range.len())?;
        self.copy_bytes(cell, 0, v, range);
        Ok(self.finish_text(cell))
    }

    /// A new cell of a kind with all bytes of a value: a str, where they are UTF-8.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn bytes_as(&mut self, kind: Kind, v: Value) -> Res {
        let cell = self.alloc_bytes(kind, self.bytes_len(v))?;
        self.put_bytes(cell, 0, v);
        Ok(self.finish_text(cell))
    }

    /// A filled cell as the str or bytes that it is.
    pub(super) fn finish_text(&mut self, cell: Value) -> Value {
        match self.is(cell, Kind::Str) {
            true => self.finish_str(cell),
            false => cell,
        }
    }

    /// The same, but a bytearray gives a bytearray: what the methods that texts share do.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn part_like(&mut self, v: Value, range: Range<usize>) -> Res {
        let inside = self.native_part(v);
        if self.is(inside, Kind::ByteArray) {
            return self.new_owned_part(Kind::ByteArray, b'B', inside, range);
        }
        self.part_of(v, range)
    }

    /// A cell for a text of the type of `v`; [`finish_like`](Vm::finish_like) makes it one.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn room_like(&mut self, v: Value, n: usize) -> Res {
        let kind = if self.is_str(v) {
            Kind::Str
        } else {
            Kind::Bytes
        };
        self.alloc_bytes(kind, n)
    }

    /// The text of a filled cell: a str, bytes or bytearray, as `v` is one.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn finish_like(&mut self, v: Value, cell: Value) -> Res {
        let inside = self.native_part(v);
        if self.is(inside, Kind::ByteArray) {
            let n = self.bytes_len(cell);
            return self.new_owned_part(Kind::ByteArray, b'B', cell, 0..n);
        }
        Ok(self.finish_text(cell))
    }

    /// The characters of a str, the bytes of anything else.
    pub(crate) fn text_len(&self, v: Value) -> usize {
        match self.bytes_of(v) {
            Some(bytes) if self.is_str(v) && !self.is_ascii(v) => count_chars(bytes),
            Some(bytes) => bytes.len(),
            None => 0,
        }
    }

    /// The byte at which a character starts (for other things than str, the same number).
    pub(crate) fn byte_at(&self, v: Value, index: usize) -> usize {
        match self.bytes_of(v) {
            Some(bytes) if self.is_str(v) && !self.is_ascii(v) => byte_of_char(bytes, index),
            _ => index,
        }
    }

    /// The character that a byte position is in.
    pub(crate) fn char_of_byte(&self, v: Value, byte: usize) -> usize {
        match self.bytes_of(v) {
            Some(bytes) if self.is_str(v) && !self.is_ascii(v) => count_chars(&bytes[..byte]),
            _ => byte,
        }
    }

    /// Two texts or two byte strings in one.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn concat(&mut self, a: Value, b: Value) -> Res {
        let cell = self.room_like(a, self.bytes_len(a) + self.bytes_len(b))?;
        let at = self.put_bytes(cell, 0, a);
        self.put_bytes(cell, at, b);
        Ok(self.finish_text(cell))
    }

    /// A text or byte string, `times` times.
    ///
    /// # Errors
    /// As [`repeat_len`](Vm::repeat_len).
    pub(crate) fn repeat(&mut self, v: Value, times: Value) -> Res {
        let total = self.repeat_len(self.bytes_len(v), times)?;
        let cell = self.room_like(v, total)?;
        let mut at = 0;
        while at < total {
            at = self.put_bytes(cell, at, v);
        }
        Ok(self.finish_text(cell))
    }

    /// A str of one character.
    ///
    /// # Errors
    /// `ValueError` where the number is no character.
    pub(crate) fn new_char(&mut self, code: u32) -> Res {
        match char::from_u32(code).and(utf8::encode(code, &mut [0; 4])) {
            Some(&[byte @ 0..128]) => {
                let v = self.new_ascii_char(byte)?;
                self.root(v)?;
                Ok(v)
            }
            Some(text) => self.new_str(text),
            None => Err(self.value_error(msg!("char not in range(0x110000)"))),
        }
    }

    /// A str of one character below 128. It has no root yet.
    pub(crate) fn new_ascii_char(&mut self, c: u8) -> Res {
        let text = [c & 0x7f];
        let hash = text_hash(&text);
        if let Some(q) = self.intern.find(&text, hash) {
            return Ok(Value::qstr(q));
        }
        let cell = self.alloc_bare(Kind::Str, 1)?;
        // SAFETY: invariant 7; the new cell has one byte, and is a cell of the heap.
        unsafe {
            *data(cell) = text[0];
            let header = cell.ptr::<Header>();
            (*header).aux = hash;
            (*header).flags |= ASCII;
        }
        Ok(cell)
    }
}

/// Characters of UTF-8.
pub(crate) fn count_chars(text: &[u8]) -> usize {
    text.iter().filter(|&&b| b & 0xC0 != 0x80).count()
}

/// Where character `index` starts, or the end.
fn byte_of_char(text: &[u8], index: usize) -> usize {
    text.iter()
        .enumerate()
        .filter(|(_, b)| *b & 0xC0 != 0x80)
        .nth(index)
        .map_or(text.len(), |(at, _)| at)
}

/// Length of the character that starts at `at`.
pub(crate) fn char_len(text: &[u8], at: usize) -> usize {
    1 + text[at + 1..]
        .iter()
        .take_while(|b| *b & 0xC0 == 0x80)
        .count()
}

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    match (args.get(0), args.len()) {
        (None, _) => Ok(Value::qstr(crate::qstr::Qstr::EMPTY)),
        (Some(v), 1) => {
            if v.as_qstr().is_some() || vm.is_loose_str(v) {
                return Ok(v);
            }
            vm.to_str(v, PrintKind::Str)
        }
        (Some(_), _) => super::decode::decode(vm, args),
    }
}

fn print(vm: &mut Vm<'_>, v: Value, sink: Sink, kind: PrintKind) -> Res<()> {
    match kind {
        PrintKind::Str => vm.write_value_text(sink, v),
        PrintKind::Repr => vm.write_quoted(sink, v),
    }
}

/// Unary operators of str and bytes.
pub(crate) fn unary(vm: &mut Vm<'_>, op: UnaryOp, v: Value) -> Res<Slot> {
    Ok(match op {
        UnaryOp::Len => Some(Value::small(vm.text_len(v) as isize)),
        UnaryOp::Bool => Some(Value::bool(vm.bytes_of(v).is_some_and(|b| !b.is_empty()))),
        UnaryOp::Hash => Some(Value::small(isize::from(vm.text_hash_of(v) as i16))),
        _ => None,
    })
}

/// Binary operators of str and bytes (and, for what gives bytes, of other buffers).
pub(crate) fn binary(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
    let op = op.plain();
    match op {
        BinaryOp::Multiply => {
            return if vm.is_int(b) {
                vm.repeat(a, b).map(Some)
            } else {
                Ok(None)
            };
        }
        BinaryOp::Modulo if cfg!(feature = "format") => return vm.percent_format(a, b).map(Some),
        _ => {}
    }
    let is_str = vm.is_str(a);
    if op == BinaryOp::In && !is_str && vm.is_int(b) {
        let byte = vm.as_machine(b).and_then(|n| u8::try_from(n).ok());
        return Ok(Some(Value::bool(byte.is_some_and(|byte| {
            vm.bytes_of(a).is_some_and(|bytes| has(bytes, byte))
        }))));
    }
    if op == BinaryOp::Equal && vm.is(b, Kind::Array) {
        return Ok(None);
    }
    let (lends, is_other_str) = (vm.bytes_of(b).is_some(), vm.is_str(b));
    let alike = lends && is_str == is_other_str;
    match op {
        // bytes take the bytes of a str.
        BinaryOp::Add if alike || is_other_str => return add(vm, a, b).map(Some),
        BinaryOp::Add if lends => return Err(super::str_methods::wrong_type(vm, b, a)),
        BinaryOp::In if !alike => return Err(super::str_methods::wrong_type(vm, b, a)),
        BinaryOp::Equal if lends && !alike => return Ok(Some(Value::FALSE)),
        _ => {}
    }
    let (true, Some(x), Some(y)) = (alike, vm.bytes_of(a), vm.bytes_of(b)) else {
        return Ok(None);
    };
    let answer = match op {
        BinaryOp::In => super::str_methods::find(x, y).is_some(),
        _ if op.is_relation() => op.holds(x.cmp(y)),
        _ => return Ok(None),
    };
    Ok(Some(Value::bool(answer)))
}

fn add(vm: &mut Vm<'_>, a: Value, b: Value) -> Res {
    if vm.bytes_of(a).is_some_and(<[u8]>::is_empty) && vm.kind(a) == vm.kind(b) {
        return Ok(b);
    }
    if vm.bytes_of(b).is_some_and(<[u8]>::is_empty) {
        return Ok(a);
    }
    vm.concat(a, b)
}

/// `a[i]` of str and bytes.
pub(crate) fn subscr(vm: &mut Vm<'_>, v: Value, index: Value, access: Access) -> Res {
    if access != Access::Load {
        return Err(vm.no_item(v, access));
    }
    let len = vm.text_len(v);
    if vm.is(index, Kind::Slice) {
        let range = vm.plain_bounds(index, len)?;
        let range = vm.byte_at(v, range.start)..vm.byte_at(v, range.end);
        return vm.part_of(v, range);
    }
    if vm.is_str(v) {
        let at = vm.index_in(index, len, Part::Text(b"string"))?;
        let start = vm.byte_at(v, at);
        let n = vm.str_bytes(v).map_or(1, |text| char_len(text, start));
        return vm.part_of(v, start..start + n);
    }
    let at = vm.index_in(index, len, Part::Name(q!("bytes")))?;
    Ok(Value::small(
        vm.bytes_of(v).map_or(0, |bytes| bytes[at]) as isize
    ))
}

/// The hash that tables use for a text, spread over 32 bits.
pub fn table_hash(hash: u16) -> u32 {
    int_hash(hash as isize)
}

/// `str`
pub static STR: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    arity: (0, 3),
    print: Some(print),
    unary: Some(unary),
    binary: Some(binary),
    subscr: Some(subscr),
    buffer: Some(super::buffer::lend),
    members: super::str_methods::STR,
    keywords: false,
    ..TypeSpec::new(q!("str"))
});
