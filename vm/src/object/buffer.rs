//! bytearray, array and memoryview: bytes that can be changed.
//!
//! A bytearray or array owns a `Raw` cell that grows by half of its size. A memoryview points into the storage of
//! another object by offset, never by address, so that the other may grow.

use core::ops::Range;

use crate::heap::kind::data;
use crate::heap::{Cell, Header, Kind};
use crate::native::{
    Access, Args, BinaryOp, Buffer, Member, PrintKind, Res, Sink, TypeDef, UnaryOp, func,
};
use crate::object::exception as types;
use crate::q;
use crate::raise::Raised;
use crate::value::{Slot, Value};
use crate::vm::Vm;

use super::items;

/// A bytearray or an array. `aux` is the type code of the items, `B` in a bytearray.
#[repr(C)]
pub struct ByteArray {
    /// The cell's header.
    pub header: Header,
    /// Bytes in use.
    pub(crate) len: usize,
    /// Not used: it keeps the shape of a memoryview.
    spare: usize,
    /// A `Raw` cell, as long as there is room for.
    pub(crate) storage: Slot,
}

// SAFETY: `repr(C)`, header first; the shapes of both kinds are two raw words and a value.
unsafe impl Cell for ByteArray {
    const KIND: Kind = Kind::ByteArray;
}

/// A window into another object's bytes. `aux` is the type code.
#[repr(C)]
pub struct MemoryView {
    /// The cell's header.
    pub header: Header,
    /// Bytes before the window.
    offset: usize,
    /// Bytes of the window.
    len: usize,
    /// The object whose bytes they are.
    target: Slot,
}

// SAFETY: `repr(C)`, header first; the shape is two raw words and a value.
unsafe impl Cell for MemoryView {
    const KIND: Kind = Kind::MemoryView;
}

impl MemoryView {
    /// What it looks into, and where.
    pub(crate) fn window(&self) -> Option<(Value, Range<usize>)> {
        Some((self.target?, self.offset..self.offset + self.len))
    }
}

impl<'a> Vm<'a> {
    /// A view of part of a value's bytes.
    pub(crate) fn new_view(&mut self, target: Value, offset: usize, len: usize) -> Res {
        let v = self.alloc(Kind::MemoryView, 0)?;
        self.header_mut(v).aux = b'B' as u16;
        let view = self.cell_mut::<MemoryView>(v);
        (view.offset, view.len, view.target) = (offset, len, Some(target));
        Ok(v)
    }

    fn owned(&self, v: Value) -> Option<&ByteArray> {
        match self.kind(v) {
            // SAFETY: invariant 3; both kinds hold a `ByteArray`.
            Some(Kind::ByteArray | Kind::Array) => Some(unsafe { &*v.ptr::<ByteArray>() }),
            _ => None,
        }
    }

    fn owned_mut(&mut self, v: Value) -> &mut ByteArray {
        assert!(matches!(self.kind(v), Some(Kind::ByteArray | Kind::Array)));
        // SAFETY: invariant 3; likewise, and `self` is borrowed mutably.
        unsafe { &mut *v.ptr::<ByteArray>() }
    }

    /// The bytes of a str or of anything that lends bytes.
    pub fn bytes_of(&self, v: Value) -> Option<&[u8]> {
        if v.as_qstr().is_some() {
            return self.str_bytes(v);
        }
        match self.kind(v)? {
            Kind::Str | Kind::FlashStr | Kind::Bytes | Kind::FlashBytes => {
                Some(self.immutable_bytes(v))
            }
            Kind::ByteArray | Kind::Array => {
                let array = self.owned(v)?;
                array.storage.map_or(Some(&[][..]), |raw| {
                    self.immutable_bytes(raw).get(..array.len)
                })
            }
            Kind::MemoryView => {
                let view = self.get::<MemoryView>(v)?;
                self.bytes_of(view.target?)?
                    .get(view.offset..view.offset + view.len)
            }
            Kind::Object => crate::files::file_bytes(self, v),
            Kind::Instance => {
                let inner = self.native_part(v);
                if inner == v {
                    None
                } else {
                    self.bytes_of(inner)
                }
            }
            _ => None,
        }
    }

    /// The bytes of a bytearray, array or a view of one, to change them.
    pub(crate) fn bytes_mut(&mut self, v: Value) -> Option<&mut [u8]> {
        let (raw, range) = self.writable(v)?;
        // SAFETY: invariant 3; `writable` found the range inside the cell, and `self` is borrowed mutably.
        Some(unsafe { core::slice::from_raw_parts_mut(data(raw).add(range.start), range.len()) })
    }

    /// The raw cell and the part of it that a value's bytes are, where they may be written.
    pub(crate) fn writable(&self, v: Value) -> Option<(Value, Range<usize>)> {
        match self.kind(v)? {
            Kind::ByteArray | Kind::Array => {
                let array = self.owned(v)?;
                Some((array.storage?, 0..array.len))
            }
            Kind::MemoryView => {
                let view = self.get::<MemoryView>(v)?;
                let (raw, inner) = self.writable(view.target?)?;
                let range = inner.start + view.offset..inner.start + view.offset + view.len;
                if range.end <= inner.end {
                    Some((raw, range))
                } else {
                    None
                }
            }
            Kind::Instance => {
                let inner = self.native_part(v);
                if inner == v {
                    None
                } else {
                    self.writable(inner)
                }
            }
            _ => None,
        }
    }

    /// A bytearray with these bytes.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn new_bytearray(&mut self, bytes: &[u8]) -> Res {
        let v = self.new_owned(Kind::ByteArray, b'B', bytes.len())?;
        self.fill(v, bytes);
        Ok(v)
    }

    fn fill(&mut self, v: Value, bytes: &[u8]) {
        if let Some(target) = self.bytes_mut(v) {
            target.copy_from_slice(bytes);
        }
    }

    /// A bytearray or array of `len` zero bytes.
    pub(crate) fn new_owned(&mut self, kind: Kind, typecode: u8, len: usize) -> Res {
        let v = self.alloc(kind, 0)?;
        self.header_mut(v).aux = typecode as u16;
        let raw = self.alloc_bytes(Kind::Raw, len)?;
        self.raw_mut(raw).fill(0);
        let array = self.owned_mut(v);
        array.len = len;
        array.storage = Some(raw);
        Ok(v)
    }

    /// A new array of `typecode` with part of a value's bytes.
    pub(crate) fn new_owned_part(
        &mut self,
        kind: Kind,
        typecode: u8,
        from: Value,
        range: Range<usize>,
    ) -> Res {
        let v = self.new_owned(kind, typecode, range.len())?;
        self.copy_into(v, 0, from, range);
        Ok(v)
    }

    /// Copies part of a value's bytes over those of a changeable one; the two may be the same.
    pub(crate) fn copy_into(&mut self, to: Value, at: usize, from: Value, range: Range<usize>) {
        let Some(source) = self.bytes_of(from).and_then(|bytes| bytes.get(range)) else {
            return;
        };
        let (ptr, n) = (source.as_ptr(), source.len());
        if let Some(target) = self
            .bytes_mut(to)
            .and_then(|bytes| bytes.get_mut(at..at + n))
        {
            // SAFETY: invariant 3; both ranges were just looked up, and `copy` allows them to overlap.
            unsafe { core::ptr::copy(ptr, target.as_mut_ptr(), n) };
        }
    }

    /// Makes room for `extra` more bytes at the end and counts them in; they are whatever was there.
    fn grow(&mut self, v: Value, extra: usize) -> Res<usize> {
        let (len, room) = match self.owned(v) {
            Some(array) => (
                array.len,
                array.storage.map_or(0, |raw| self.header(raw).len as usize),
            ),
            None => return Err(self.type_error("object doesn't support item assignment")),
        };
        let Some(needed) = len.checked_add(extra) else {
            return Err(self.memory_error());
        };
        if needed > room {
            let mark = self.mark();
            let raw = self.alloc_bytes(Kind::Raw, needed + needed / 2 + 8)?;
            self.copy_bytes(raw, 0, v, 0..len);
            self.owned_mut(v).storage = Some(raw);
            self.release(mark);
        }
        self.owned_mut(v).len = needed;
        Ok(len)
    }

    /// Appends bytes to a bytearray.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn bytearray_push(&mut self, v: Value, bytes: &[u8]) -> Res<()> {
        let at = self.grow(v, bytes.len())?;
        if let Some(target) = self.bytes_mut(v) {
            target[at..].copy_from_slice(bytes);
        }
        Ok(())
    }

    /// Makes a bytearray `len` bytes long. Bytes that are new are whatever was there.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn bytearray_resize(&mut self, v: Value, len: usize) -> Res<()> {
        let old = self.bytes_of(v).map_or(0, <[u8]>::len);
        if len > old {
            self.grow(v, len - old)?;
        } else {
            self.owned_mut(v).len = len;
        }
        Ok(())
    }

    /// Replaces the bytes `range` of a bytearray or array by those of `source` (which may be the same object).
    fn splice(&mut self, v: Value, range: Range<usize>, source: Value) -> Res<()> {
        let new = self.bytes_of(source).map_or(0, <[u8]>::len);
        let old_len = self.bytes_of(v).map_or(0, <[u8]>::len);
        let mark = self.mark();
        // A copy, where growing would move the source under our feet.
        let source =
            if self.bytes_of(v).map(<[u8]>::as_ptr) == self.bytes_of(source).map(<[u8]>::as_ptr) {
                self.new_owned_part(Kind::ByteArray, b'B', source, 0..new)?
            } else {
                source
            };
        if new > range.len() {
            self.grow(v, new - range.len())?;
        }
        if let Some(bytes) = self.bytes_mut(v) {
            bytes.copy_within(range.end..old_len, range.start + new);
        }
        if new < range.len() {
            self.owned_mut(v).len = old_len - (range.len() - new);
        }
        self.copy_into(v, range.start, source, 0..new);
        self.release(mark);
        Ok(())
    }

    /// The type code of a buffer's items.
    pub(crate) fn typecode(&self, v: Value) -> u8 {
        match self.kind(v) {
            Some(Kind::Array | Kind::MemoryView) => self.header(v).aux as u8,
            _ => b'B',
        }
    }

    /// What a value lends, through its type: for functions that fill buffers.
    ///
    /// # Errors
    /// `TypeError` where it lends nothing.
    pub fn buffer_of(&mut self, v: Value) -> Res<Buffer> {
        let v = self.native_part(v);
        let lent = match self.native_type(v).and_then(|def| def.buffer) {
            Some(buffer) => buffer(self, v),
            None => None,
        };
        match lent {
            Some(buffer) => Ok(buffer),
            None => Err(self.type_error("object with buffer protocol required")),
        }
    }
}

fn lend(vm: &mut Vm<'_>, v: Value) -> Option<Buffer> {
    let typecode = vm.typecode(v);
    if let Some(bytes) = vm.bytes_mut(v) {
        return Some(Buffer {
            ptr: bytes.as_mut_ptr(),
            len: bytes.len(),
            writable: true,
            typecode,
        });
    }
    let bytes = vm.bytes_of(v)?;
    Some(Buffer {
        ptr: bytes.as_ptr() as *mut u8,
        len: bytes.len(),
        writable: false,
        typecode,
    })
}

#[cold]
fn bad_typecode(vm: &mut Vm<'_>) -> Raised {
    vm.value_error("bad typecode")
}

fn item_size(vm: &mut Vm<'_>, typecode: u8) -> Res<usize> {
    match items::size(typecode) {
        Some(n) => Ok(n),
        None => Err(bad_typecode(vm)),
    }
}

// --- making ----------------------------------------------------------------------------------------------------------

fn new_bytearray(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let Some(source) = args.get(0) else {
        return vm.new_bytearray(&[]);
    };
    if vm.is_int(source) {
        let n = vm.as_index(source)?;
        let n = usize::try_from(n).map_err(|_| vm.value_error("negative count"))?;
        return vm.new_owned(Kind::ByteArray, b'B', n);
    }
    if vm.is_str(source) && args.len() < 2 {
        return Err(vm.type_error("string argument without an encoding"));
    }
    if let Some(n) = vm.bytes_of(source).map(<[u8]>::len) {
        return vm.new_owned_part(Kind::ByteArray, b'B', source, 0..n);
    }
    let v = vm.new_bytearray(&[])?;
    extend_from(vm, v, source)?;
    Ok(v)
}

/// Appends the items of an iterable to a bytearray or array.
pub(crate) fn extend_from(vm: &mut Vm<'_>, v: Value, iterable: Value) -> Res<()> {
    let it = vm.iter(iterable)?;
    vm.root(it)?;
    loop {
        let mark = vm.mark();
        let Some(item) = vm.next(it)? else {
            return Ok(());
        };
        vm.root(item)?;
        append_item(vm, v, item)?;
        vm.release(mark);
    }
}

fn append_item(vm: &mut Vm<'_>, v: Value, item: Value) -> Res<()> {
    let typecode = vm.typecode(v);
    let mut bytes = [0; 8];
    let n = items::store(vm, typecode, item, &mut bytes)?;
    vm.bytearray_push(v, &bytes[..n])
}

fn new_array(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let typecode = match vm.str_bytes(args.at(0)) {
        Some(&[c]) => c,
        _ => return Err(bad_typecode(vm)),
    };
    item_size(vm, typecode)?;
    let v = vm.new_owned(Kind::Array, typecode, 0)?;
    if let Some(source) = args.get(1) {
        if !vm.is_str(source)
            && matches!(
                vm.kind(source),
                Some(Kind::Bytes | Kind::FlashBytes | Kind::ByteArray)
            )
        {
            let n = vm.bytes_of(source).map_or(0, <[u8]>::len);
            let whole = n - n % item_size(vm, typecode)?;
            return vm.new_owned_part(Kind::Array, typecode, source, 0..whole);
        }
        extend_from(vm, v, source)?;
    }
    Ok(v)
}

fn new_memoryview(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let source = args.at(0);
    let Some(len) = vm
        .bytes_of(source)
        .map(<[u8]>::len)
        .filter(|_| !vm.is_str(source))
    else {
        return Err(vm.type_error("object with buffer protocol required"));
    };
    let typecode = vm.typecode(source);
    let v = vm.alloc(Kind::MemoryView, 0)?;
    vm.header_mut(v).aux = typecode as u16;
    let view = vm.cell_mut::<MemoryView>(v);
    (view.offset, view.len, view.target) = (0, len, Some(source));
    Ok(v)
}

// --- operators -------------------------------------------------------------------------------------------------------

fn print_bytearray(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    vm.write(sink, b"bytearray(")?;
    vm.write_quoted(sink, v)?;
    vm.write(sink, b")")
}

fn print_array(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    let typecode = vm.typecode(v);
    vm.write_fmt_sink(sink, format_args!("array('{}'", typecode as char))?;
    let count = count(vm, v)?;
    for i in 0..count {
        vm.write(sink, if i == 0 { b", [" } else { b", " })?;
        let mark = vm.mark();
        let item = load(vm, v, i)?;
        vm.print(item, sink, PrintKind::Repr)?;
        vm.release(mark);
    }
    vm.write(sink, if count == 0 { b")" } else { b"])" })
}

fn count(vm: &mut Vm<'_>, v: Value) -> Res<usize> {
    let typecode = vm.typecode(v);
    Ok(vm.bytes_of(v).map_or(0, <[u8]>::len) / item_size(vm, typecode)?)
}

fn load(vm: &mut Vm<'_>, v: Value, index: usize) -> Res {
    let typecode = vm.typecode(v);
    let size = item_size(vm, typecode)?;
    let mut bytes = [0; 8];
    if let Some(item) = vm
        .bytes_of(v)
        .and_then(|all| all.get(index * size..(index + 1) * size))
    {
        bytes[..size].copy_from_slice(item);
    }
    items::load(vm, typecode, &bytes[..size])
}

fn unary(vm: &mut Vm<'_>, op: UnaryOp, v: Value) -> Res<Slot> {
    Ok(match op {
        UnaryOp::Len => Some(Value::small(count(vm, v)? as isize)),
        UnaryOp::Bool => Some(Value::bool(count(vm, v)? != 0)),
        UnaryOp::Hash if vm.is(v, Kind::MemoryView) && vm.writable(v).is_none() => {
            Some(Value::small(isize::from(vm.text_hash_of(v) as i16)))
        }
        _ => None,
    })
}

fn binary(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
    match op {
        BinaryOp::Add | BinaryOp::InplaceAdd if !vm.is(a, Kind::MemoryView) => add(vm, op, a, b),
        BinaryOp::Multiply | BinaryOp::InplaceMultiply if !vm.is(a, Kind::MemoryView) => {
            let Some(times) = vm.as_int(b) else {
                return Ok(None);
            };
            multiply(vm, a, times).map(Some)
        }
        BinaryOp::In => contains(vm, a, b).map(|found| Some(Value::bool(found))),
        BinaryOp::Equal
        | BinaryOp::Less
        | BinaryOp::More
        | BinaryOp::LessEqual
        | BinaryOp::MoreEqual => Ok(compare(vm, op, a, b)?.map(Value::bool)),
        _ => Ok(None),
    }
}

fn add(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
    if vm.is_str(b) || vm.bytes_of(b).is_none() {
        if op == BinaryOp::InplaceAdd && !vm.is_str(b) {
            extend_from(vm, a, b)?;
            return Ok(Some(a));
        }
        return Ok(None);
    }
    let (n, m) = (
        vm.bytes_of(a).map_or(0, <[u8]>::len),
        vm.bytes_of(b).map_or(0, <[u8]>::len),
    );
    if op == BinaryOp::InplaceAdd {
        vm.splice(a, n..n, b)?;
        return Ok(Some(a));
    }
    let (kind, typecode) = (vm.kind(a).unwrap_or(Kind::ByteArray), vm.typecode(a));
    let sum = vm.new_owned(kind, typecode, n + m)?;
    vm.copy_into(sum, 0, a, 0..n);
    vm.copy_into(sum, n, b, 0..m);
    Ok(Some(sum))
}

fn multiply(vm: &mut Vm<'_>, a: Value, times: i64) -> Res {
    let n = vm.bytes_of(a).map_or(0, <[u8]>::len);
    let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
    let Some(total) = n.checked_mul(times) else {
        return Err(vm.memory_error());
    };
    let (kind, typecode) = (vm.kind(a).unwrap_or(Kind::ByteArray), vm.typecode(a));
    let product = vm.new_owned(kind, typecode, total)?;
    for i in 0..if n == 0 { 0 } else { times } {
        vm.copy_into(product, i * n, a, 0..n);
    }
    Ok(product)
}

fn contains(vm: &mut Vm<'_>, a: Value, b: Value) -> Res<bool> {
    if let (Some(x), Some(y)) = (vm.bytes_of(a), vm.bytes_of(b)) {
        return Ok(vm.is(a, Kind::ByteArray) && super::str_methods::find(x, y).is_some());
    }
    for i in 0..count(vm, a)? {
        let mark = vm.mark();
        let item = load(vm, a, i)?;
        let same = vm.equal(item, b)?;
        vm.release(mark);
        if same {
            return Ok(true);
        }
    }
    Ok(false)
}

fn compare(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Option<bool>> {
    if vm.is_str(b) || op == BinaryOp::Equal && vm.is(a, Kind::Array) && !vm.is(b, Kind::Array) {
        return Ok(None);
    }
    let (code, other) = (vm.typecode(a), vm.typecode(b));
    let (Some(x), Some(y)) = (vm.bytes_of(a), vm.bytes_of(b)) else {
        return Ok(None);
    };
    // An array equals arrays only.
    if op == BinaryOp::Equal && vm.is(a, Kind::Array) != vm.is(b, Kind::Array) {
        return Ok(Some(false));
    }
    // Bytes in their order are items in theirs only where items are alike; only unsigned ones sort so.
    let alike = code.eq_ignore_ascii_case(&other) && !matches!(code, b'f' | b'd');
    let sorts = code.is_ascii_uppercase() || other.is_ascii_uppercase();
    if !alike || (op != BinaryOp::Equal && !sorts) {
        return Err(vm.error_bare(&types::NOT_IMPLEMENTED_ERROR));
    }
    Ok(match op {
        BinaryOp::Equal => Some(x == y),
        BinaryOp::Less => Some(x < y),
        BinaryOp::More => Some(x > y),
        BinaryOp::LessEqual => Some(x <= y),
        _ => Some(x >= y),
    })
}

// --- items -----------------------------------------------------------------------------------------------------------

fn subscr(vm: &mut Vm<'_>, v: Value, index: Value, access: Access) -> Res {
    let (len, typecode) = (count(vm, v)?, vm.typecode(v));
    let size = item_size(vm, typecode)?;
    if vm.is(index, Kind::Slice) {
        let (start, stop, step, _) = vm.slice_bounds(index, len)?;
        if step != 1 {
            return Err(vm.error(
                &types::NOT_IMPLEMENTED_ERROR,
                "only slices with step=1 (aka None) are supported",
            ));
        }
        let range = start as usize * size..stop.max(start) as usize * size;
        return match access {
            Access::Load => load_slice(vm, v, range),
            Access::Store(source) => store_slice(vm, v, range, source),
            Access::Delete if !vm.is(v, Kind::MemoryView) => {
                let empty = vm.new_bytes(&[])?;
                vm.splice(v, range, empty)?;
                Ok(Value::NONE)
            }
            Access::Delete => Err(no_item(vm, v, "deletion")),
        };
    }
    let name = vm.type_name(v);
    let name = super::print::name_text(vm, name);
    let at = vm.index_of(index, len, name.as_str())?;
    match access {
        Access::Load => load(vm, v, at),
        Access::Store(item) => {
            let mut bytes = [0; 8];
            let n = items::store(vm, typecode, item, &mut bytes)?;
            match vm.bytes_mut(v) {
                Some(target) => target[at * n..(at + 1) * n].copy_from_slice(&bytes[..n]),
                None => return Err(no_item(vm, v, "assignment")),
            }
            Ok(Value::NONE)
        }
        Access::Delete => Err(no_item(vm, v, "deletion")),
    }
}

#[cold]
fn no_item(vm: &mut Vm<'_>, v: Value, verb: &str) -> Raised {
    let name = vm.type_name(v);
    let name = super::print::name_text(vm, name);
    vm.error_fmt(
        &types::TYPE_ERROR,
        format_args!("'{}' object doesn't support item {verb}", name.as_str()),
    )
}

fn load_slice(vm: &mut Vm<'_>, v: Value, range: Range<usize>) -> Res {
    let typecode = vm.typecode(v);
    if !vm.is(v, Kind::MemoryView) {
        let kind = vm.kind(v).unwrap_or(Kind::ByteArray);
        return vm.new_owned_part(kind, typecode, v, range);
    }
    let cell = vm.alloc(Kind::MemoryView, 0)?;
    vm.header_mut(cell).aux = typecode as u16;
    let (offset, target) = {
        let view = vm.cell::<MemoryView>(v);
        (view.offset, view.target)
    };
    let view = vm.cell_mut::<MemoryView>(cell);
    (view.offset, view.len, view.target) = (offset + range.start, range.len(), target);
    Ok(cell)
}

fn store_slice(vm: &mut Vm<'_>, v: Value, range: Range<usize>, source: Value) -> Res {
    let mark = vm.mark();
    let source = if vm.is_str(source) || vm.bytes_of(source).is_none() {
        if vm.is(v, Kind::MemoryView) || vm.is_str(source) {
            return Err(vm.type_error("object with buffer protocol required"));
        }
        let typecode = vm.typecode(v);
        let items = vm.new_owned(Kind::Array, typecode, 0)?;
        extend_from(vm, items, source)?;
        items
    } else {
        source
    };
    if vm.is(v, Kind::MemoryView) {
        if vm.writable(v).is_none() {
            return Err(no_item(vm, v, "assignment"));
        }
        let n = vm.bytes_of(source).map_or(0, <[u8]>::len);
        if n != range.len() {
            return Err(vm.value_error("lhs and rhs should be compatible"));
        }
        vm.copy_into(v, range.start, source, 0..n);
    } else {
        vm.splice(v, range, source)?;
    }
    vm.release(mark);
    Ok(Value::NONE)
}

fn iter(vm: &mut Vm<'_>, v: Value) -> Res {
    let cell = vm.alloc(Kind::Object, 3)?;
    let slots = vm.slots_mut(cell);
    slots[0] = Some(ITERATOR.value());
    slots[1] = Some(v);
    slots[2] = Some(Value::small(0));
    Ok(cell)
}

fn iter_self(_: &mut Vm<'_>, v: Value) -> Res {
    Ok(v)
}

fn iter_next(vm: &mut Vm<'_>, it: Value) -> Res<Slot> {
    let slots = vm.slots(it);
    let (Some(source), Some(at)) = (slots[1], slots[2].and_then(Value::as_small)) else {
        return Ok(None);
    };
    if at as usize >= count(vm, source)? {
        return Ok(None);
    }
    vm.slots_mut(it)[2] = Some(Value::small(at + 1));
    load(vm, source, at as usize).map(Some)
}

/// The iterator of bytearray, array and memoryview.
pub static ITERATOR: TypeDef = TypeDef {
    iter: Some(iter_self),
    next: Some(iter_next),
    ..TypeDef::new(q!("iterator"))
};

// --- methods ---------------------------------------------------------------------------------------------------------

fn append(vm: &mut Vm<'_>, args: Args) -> Res {
    let v = vm.native_part(args.at(0));
    append_item(vm, v, args.at(1))?;
    Ok(Value::NONE)
}

fn extend(vm: &mut Vm<'_>, args: Args) -> Res {
    let v = vm.native_part(args.at(0));
    let source = args.at(1);
    if vm.is_str(source) || vm.bytes_of(source).is_none() {
        extend_from(vm, v, source)?;
        return Ok(Value::NONE);
    }
    let n = vm.bytes_of(v).map_or(0, <[u8]>::len);
    vm.splice(v, n..n, source)?;
    Ok(Value::NONE)
}

fn itemsize(vm: &mut Vm<'_>, v: Value) -> Res {
    let typecode = vm.typecode(v);
    Ok(Value::small(item_size(vm, typecode)? as isize))
}

fn tobytes(vm: &mut Vm<'_>, args: Args) -> Res {
    let n = vm.bytes_of(args.at(0)).map_or(0, <[u8]>::len);
    vm.part_of(args.at(0), 0..n)
}

pub(crate) const APPEND: Member = func(q!("append"), 2, 2, append);
pub(crate) const EXTEND: Member = func(q!("extend"), 2, 2, extend);

/// `bytearray`
pub static BYTEARRAY: TypeDef = TypeDef {
    make_new: Some(new_bytearray),
    print: Some(print_bytearray),
    unary: Some(unary),
    binary: Some(binary),
    subscr: Some(subscr),
    iter: Some(iter),
    buffer: Some(lend),
    members: super::bytes::BYTEARRAY_MEMBERS,
    keywords: false,
    ..TypeDef::new(q!("bytearray"))
};

/// `array.array`
pub static ARRAY: TypeDef = TypeDef {
    make_new: Some(new_array),
    print: Some(print_array),
    unary: Some(unary),
    binary: Some(binary),
    subscr: Some(subscr),
    iter: Some(iter),
    buffer: Some(lend),
    members: &[APPEND, EXTEND, func(q!("tobytes"), 1, 1, tobytes)],
    ..TypeDef::new(q!("array"))
};

/// `memoryview`
pub static MEMORYVIEW: TypeDef = TypeDef {
    make_new: Some(new_memoryview),
    unary: Some(unary),
    binary: Some(binary),
    subscr: Some(subscr),
    iter: Some(iter),
    buffer: Some(lend),
    members: &[
        crate::native::member(q!("itemsize"), crate::native::Item::Get(itemsize)),
        func(q!("tobytes"), 1, 1, tobytes),
        super::bytes::HEX,
    ],
    keywords: false,
    ..TypeDef::new(q!("memoryview"))
};
