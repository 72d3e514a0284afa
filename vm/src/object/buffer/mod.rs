//! bytearray, array and memoryview: bytes that can be changed.
//!
//! A bytearray or array owns a `Raw` cell that grows by half of its size. A memoryview points into the storage of
//! another object by offset, never by address, so that the other may grow.

mod make;
mod operators;
mod subscript;

use core::ops::Range;

use crate::heap::kind::data;
use crate::heap::{Cell, Header, Kind};
use crate::native::{Buffer, Member, Res, TypeDef, TypeSpec, func_1, func_2};
use crate::q;
use crate::raise::Raised;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

use super::items;
pub(crate) use make::extend_from;
use make::{append_item, new_array, new_bytearray, new_memoryview};
use operators::{binary, print_array, print_bytearray, print_view, unary};
pub(crate) use subscript::next;
use subscript::{iter, subscr};

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

/// Flag of a view that stands for a bytearray.
const AS_BYTEARRAY: u8 = 1;

impl MemoryView {
    /// What it looks into, and where.
    pub(crate) fn window(&self) -> Option<(Value, Range<usize>)> {
        Some((self.target?, self.offset..self.offset + self.len))
    }
}

impl<'a> Vm<'a> {
    /// A view of part of a value's bytes.
    pub(crate) fn new_view(&mut self, target: Value, offset: usize, len: usize) -> Res {
        self.new_typed_view(b'B', target, offset, len)
    }

    /// The same with items of another type.
    fn new_typed_view(&mut self, typecode: u8, target: Value, offset: usize, len: usize) -> Res {
        self.must_exist(Kind::MemoryView)?;
        let v = self.alloc(Kind::MemoryView, 0)?;
        let view = self.cell_mut::<MemoryView>(v);
        view.header.aux = typecode as u16;
        (view.offset, view.len, view.target) = (offset, len, Some(target));
        Ok(v)
    }

    /// The same, printed as the bytearray that it stands for.
    #[cfg(feature = "mod-uctypes")]
    pub(crate) fn new_bytearray_view(&mut self, target: Value, offset: usize, len: usize) -> Res {
        let v = self.new_view(target, offset, len)?;
        self.header_mut(v).flags |= AS_BYTEARRAY;
        Ok(v)
    }

    fn owned(&self, v: Value) -> Option<&ByteArray> {
        match self.cell_kind(v) {
            // SAFETY: invariant 3; both kinds hold a `ByteArray`.
            Some(Kind::ByteArray | Kind::Array) => Some(unsafe { &*v.ptr::<ByteArray>() }),
            _ => None,
        }
    }

    fn owned_mut(&mut self, v: Value) -> &mut ByteArray {
        assert!(matches!(
            self.cell_kind(v),
            Some(Kind::ByteArray | Kind::Array)
        ));
        // SAFETY: invariant 3; likewise, and `self` is borrowed mutably.
        unsafe { &mut *v.ptr::<ByteArray>() }
    }

    /// The bytes of a str or of anything that lends bytes.
    pub fn bytes_of(&self, v: Value) -> Option<&[u8]> {
        if v.as_qstr().is_some() {
            return self.str_bytes(v);
        }
        match self.kind_quick(v)? {
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
            #[cfg(feature = "mod-uctypes")]
            Kind::Object if crate::builtin::uctypes::bytes(self, v).is_some() => {
                crate::builtin::uctypes::bytes(self, v)
            }
            #[cfg(feature = "mod-framebuf")]
            Kind::Object if crate::builtin::framebuf::bytes(self, v).is_some() => {
                self.bytes_of(crate::builtin::framebuf::bytes(self, v)?)
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
        match self.cell_kind(v)? {
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
            #[cfg(feature = "mod-framebuf")]
            Kind::Object => self.writable(crate::builtin::framebuf::bytes(self, v)?),
            _ => None,
        }
    }

    /// A bytearray with these bytes.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn new_bytearray(&mut self, bytes: &[u8]) -> Res {
        self.must_exist(Kind::MemoryView)?;
        let v = self.new_owned(Kind::ByteArray, b'B', bytes.len())?;
        self.fill(v, bytes);
        Ok(v)
    }

    /// An empty bytearray that no program sees: what a text is put together in. Builds without the type have that, too.
    pub(crate) fn new_scratch(&mut self) -> Res {
        self.new_owned(Kind::ByteArray, b'B', 0)
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

    /// Copies all bytes of a value there; gives the place behind them.
    fn put_into(&mut self, to: Value, at: usize, from: Value) -> usize {
        let n = self.bytes_len(from);
        self.copy_into(to, at, from, 0..n);
        at + n
    }

    /// Makes room for `extra` more bytes at the end and counts them in; they are whatever was there.
    fn grow(&mut self, v: Value, extra: usize) -> Res<usize> {
        let (len, room) = match self.owned(v) {
            Some(array) => (
                array.len,
                array.storage.map_or(0, |raw| self.header(raw).len as usize),
            ),
            None => return Err(self.type_error(msg!("object doesn't support item assignment"))),
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
        let old = self.bytes_len(v);
        if len > old {
            self.grow(v, len - old)?;
        } else {
            self.owned_mut(v).len = len;
        }
        Ok(())
    }

    /// Replaces the bytes `range` of a bytearray or array by those of `source` (which may be the same object).
    fn splice(&mut self, v: Value, range: Range<usize>, source: Value) -> Res<()> {
        let new = self.bytes_len(source);
        let old_len = self.bytes_len(v);
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
        self.put_into(v, range.start, source);
        self.release(mark);
        Ok(())
    }

    /// The type code of a buffer's items.
    #[cfg_attr(romfs_vm_small, inline(never))]
    pub(crate) fn typecode(&self, v: Value) -> u8 {
        match self.cell_kind(v) {
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
        let lent = match self.native_type(v).and_then(|def| def.buffer()) {
            Some(buffer) => buffer(self.again(), v),
            None => None,
        };
        match lent {
            Some(buffer) => Ok(buffer),
            None => Err(self.type_error(msg!("object with buffer protocol required"))),
        }
    }
}

/// The bytes of a str, bytes or buffer, to be written where they may.
pub(crate) fn lend(vm: &mut Vm<'_>, v: Value) -> Option<Buffer> {
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
    vm.value_error(msg!("bad typecode"))
}

/// Bytes of an item.
fn item_size(vm: &Vm<'_>, v: Value) -> usize {
    items::size(vm.typecode(v)).max(1)
}

fn append(vm: &mut Vm<'_>, v: Value, item: Value) -> Res {
    let v = vm.native_part(v);
    append_item(vm, v, item)?;
    Ok(Value::NONE)
}

fn extend(vm: &mut Vm<'_>, v: Value, source: Value) -> Res {
    let v = vm.native_part(v);
    if vm.is_str(source) || vm.bytes_of(source).is_none() {
        extend_from(vm, v, source)?;
        return Ok(Value::NONE);
    }
    let n = vm.bytes_len(v);
    vm.splice(v, n..n, source)?;
    Ok(Value::NONE)
}

fn itemsize(vm: &mut Vm<'_>, v: Value) -> Res {
    Ok(Value::small(item_size(vm, v) as isize))
}

fn tobytes(vm: &mut Vm<'_>, v: Value) -> Res {
    let n = vm.bytes_len(v);
    vm.part_of(v, 0..n)
}

pub(crate) const APPEND: Member = func_2(q!("append"), append);
pub(crate) const EXTEND: Member = func_2(q!("extend"), extend);

/// `bytearray`
pub static BYTEARRAY: TypeDef = type_def!(TypeSpec {
    make_new: Some(new_bytearray),
    print: Some(print_bytearray),
    unary: Some(unary),
    binary: Some(binary),
    subscr: Some(subscr),
    iter: Some(iter),
    buffer: Some(lend),
    members: super::str_methods::BYTEARRAY,
    keywords: false,
    ..TypeSpec::new(q!("bytearray"))
});

/// `array.array`
pub static ARRAY: TypeDef = type_def!(TypeSpec {
    make_new: Some(new_array),
    print: Some(print_array),
    unary: Some(unary),
    binary: Some(binary),
    subscr: Some(subscr),
    iter: Some(iter),
    buffer: Some(lend),
    members: &[APPEND, EXTEND, func_1(q!("tobytes"), tobytes)],
    ..TypeSpec::new(q!("array"))
});

/// `memoryview`
pub static MEMORYVIEW: TypeDef = type_def!(TypeSpec {
    make_new: Some(new_memoryview),
    arity: (1, 1),
    print: Some(print_view),
    unary: Some(unary),
    binary: Some(binary),
    subscr: Some(subscr),
    iter: Some(iter),
    buffer: Some(lend),
    members: &[
        crate::native::member(q!("itemsize"), crate::native::Item::Get(itemsize)),
        func_1(q!("tobytes"), tobytes),
        super::bytes::HEX,
    ],
    keywords: false,
    ..TypeSpec::new(q!("memoryview"))
});
