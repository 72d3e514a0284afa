//! One word a value: MicroPython's object representation A.
//!
//! | low bits | is |
//! |---|---|
//! | `..1` | small int, the word shifted right by one |
//! | `..010` | qstr, its id in the bits above |
//! | `..110` | immediate: `None`, `False`, `True`, `Ellipsis`, ... |
//! | `..100` | what lies in an image: str or bytes of a module, or a cell; where, from a base that the VM keeps |
//! | `..000` | pointer to a cell (heap, or a static of the firmware) |
//!
//! A word of all zeros is no value: an unset local, an empty slot. `Option<Value>` is one word for that reason.

use core::num::NonZeroUsize;

use crate::qstr::Qstr;

/// A Python value. Copying one does not keep it alive: see invariant 3 (ARCHITECTURE.md).
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Value(NonZeroUsize);

/// A word of the value stack or of a traced cell: a value or nothing.
pub type Slot = Option<Value>;

const _: () = assert!(size_of::<Slot>() == size_of::<usize>());

/// The whole word of a slot; zero for nothing. Two slots are compared by it in one instruction.
#[inline(always)]
pub(crate) fn slot_bits(slot: Slot) -> usize {
    match slot {
        Some(v) => v.bits(),
        None => 0,
    }
}

const TAG_QSTR: usize = 0b010;
const TAG_IMMEDIATE: usize = 0b110;
const TAG_FLASH: usize = 0b100;
/// Bits of a word that names a text in flash: it is bytes; all its bytes are ASCII. The offset lies above them.
const FLASH_BYTES: usize = 1 << 3;
const FLASH_ASCII: usize = 1 << 4;
const FLASH_SHIFT: u32 = 5;
/// Both: it is a cell, a float or a tuple. The lowest bit of its offset, which is a multiple of eight, says which.
const FLASH_CELL: usize = FLASH_BYTES | FLASH_ASCII;

const _: () = {
    use romfs_runtime::format::constants as layout;
    assert!(TAG_FLASH as u64 == layout::FLASH_TAG && FLASH_SHIFT == layout::FLASH_SHIFT);
    assert!(FLASH_BYTES as u64 == layout::BYTES && FLASH_ASCII as u64 == layout::ASCII);
};
const TAG_MASK: usize = 0b111;

/// The number in a slot that is known to hold a small int.
#[inline(always)]
pub(crate) fn slot_small(slot: Slot) -> isize {
    slot_bits(slot) as isize >> 1
}

/// Largest small int (63 bits on a 64-bit target, 31 on a 32-bit one).
pub const SMALL_INT_MAX: isize = isize::MAX >> 1;
/// Smallest small int.
pub const SMALL_INT_MIN: isize = isize::MIN >> 1;
/// Bits of a small int as a `.mpy` header states them.
pub const SMALL_INT_BITS: u32 = usize::BITS - 1;

const fn immediate(n: usize) -> Value {
    match NonZeroUsize::new(n << 3 | TAG_IMMEDIATE) {
        Some(word) => Value(word),
        None => unreachable!(),
    }
}

impl Value {
    /// Python's `None`.
    pub const NONE: Value = immediate(0);
    /// Python's `False`.
    pub const FALSE: Value = immediate(1);
    /// Python's `True`.
    pub const TRUE: Value = immediate(3);
    /// Python's `...`.
    pub const ELLIPSIS: Value = immediate(4);
    /// Python's `NotImplemented`.
    pub const NOT_IMPLEMENTED: Value = immediate(5);
    /// The `__build_class__` function, which the interpreter calls without native recursion.
    pub(crate) const BUILD_CLASS: Value = immediate(6);

    /// A small int.
    ///
    /// `n` has to lie in [`SMALL_INT_MIN`]..=[`SMALL_INT_MAX`]; the bits above are lost otherwise.
    #[inline(always)]
    pub const fn small(n: isize) -> Value {
        match NonZeroUsize::new((n as usize) << 1 | 1) {
            Some(word) => Value(word),
            None => unreachable!(),
        }
    }

    /// A small int, where `n` fits one.
    #[inline]
    pub const fn try_small(n: isize) -> Option<Value> {
        if n >= SMALL_INT_MIN && n <= SMALL_INT_MAX {
            Some(Value::small(n))
        } else {
            None
        }
    }

    /// A value for an interned string.
    #[inline(always)]
    pub const fn qstr(q: Qstr) -> Value {
        match NonZeroUsize::new((q.0 as usize) << 3 | TAG_QSTR) {
            Some(word) => Value(word),
            None => unreachable!(),
        }
    }

    /// A value for a text that lies `offset` bytes from the VM's base; nothing where the word has no room for the offset.
    /// Whether all bytes are ASCII is kept of a str only.
    #[inline]
    pub(crate) const fn flash(offset: isize, bytes: bool, ascii: bool) -> Slot {
        let mut bits = (offset as usize) << FLASH_SHIFT | TAG_FLASH;
        if bits as isize >> FLASH_SHIFT != offset {
            return None;
        }
        if bytes {
            bits |= FLASH_BYTES;
        } else if ascii {
            bits |= FLASH_ASCII;
        }
        Value::from_bits(bits)
    }

    /// Whether the word is a cell that lies in an image.
    #[inline(always)]
    pub(crate) const fn is_flash_cell(self) -> bool {
        cfg!(feature = "constants")
            && self.bits() & (FLASH_CELL | TAG_MASK) == FLASH_CELL | TAG_FLASH
    }

    /// The bits of a word in flash that say what it is: bytes, ASCII, tuple.
    #[inline(always)]
    pub(crate) const fn flash_sort(self) -> usize {
        self.bits() >> 3 & 7
    }

    /// Of a cell in an image, how far it lies from the VM's base.
    #[inline(always)]
    pub(crate) const fn flash_cell_offset(self) -> isize {
        self.flash_offset() & !7
    }

    /// Whether the word is a text or a cell in flash.
    #[inline(always)]
    pub(crate) const fn is_flash(self) -> bool {
        self.bits() & TAG_MASK == TAG_FLASH
    }

    /// Of a text in flash, whether all bytes are ASCII.
    #[inline(always)]
    pub(crate) const fn is_flash_ascii(self) -> bool {
        self.bits() & FLASH_ASCII != 0
    }

    /// Of a text in flash, how far it lies from the VM's base.
    #[inline(always)]
    pub(crate) const fn flash_offset(self) -> isize {
        self.bits() as isize >> FLASH_SHIFT
    }

    /// `True` or `False`.
    #[inline(always)]
    pub const fn bool(b: bool) -> Value {
        if b { Value::TRUE } else { Value::FALSE }
    }

    /// The whole word, tag included.
    #[inline(always)]
    pub const fn bits(self) -> usize {
        self.0.get()
    }

    /// The value whose whole word this is; nothing for zero.
    #[inline(always)]
    pub(crate) const fn from_bits(bits: usize) -> Slot {
        match NonZeroUsize::new(bits) {
            Some(word) => Some(Value(word)),
            None => None,
        }
    }

    /// A pointer to a cell, as a value. The address has to be a multiple of eight.
    #[inline(always)]
    pub(crate) fn from_ptr<T>(cell: *const T) -> Value {
        debug_assert!(cell.expose_provenance() & TAG_MASK == 0);
        match NonZeroUsize::new(cell.expose_provenance()) {
            Some(word) => Value(word),
            None => Value::NONE,
        }
    }

    /// Whether the word is a small int.
    #[inline(always)]
    pub const fn is_small(self) -> bool {
        self.bits() & 1 != 0
    }

    /// The number, where the value is a small int.
    #[inline(always)]
    pub const fn as_small(self) -> Option<isize> {
        if self.is_small() {
            Some(self.small_unchecked())
        } else {
            None
        }
    }

    /// The number of a word that is known to be a small int; of another word, a meaningless number.
    #[inline(always)]
    pub(crate) const fn small_unchecked(self) -> isize {
        self.bits() as isize >> 1
    }

    /// The interned string, where the value is one.
    #[inline(always)]
    pub const fn as_qstr(self) -> Option<Qstr> {
        if self.bits() & TAG_MASK == TAG_QSTR {
            Some(Qstr((self.bits() >> 3) as u16))
        } else {
            None
        }
    }

    /// Whether the word is a pointer to a cell.
    #[inline(always)]
    pub const fn is_ptr(self) -> bool {
        self.bits() & TAG_MASK == 0
    }

    /// Whether the word is one of the immediates.
    #[inline(always)]
    pub const fn is_immediate(self) -> bool {
        self.bits() & TAG_MASK == TAG_IMMEDIATE
    }

    /// The cell's address. Only meaningful where [`is_ptr`](Value::is_ptr) holds.
    #[inline(always)]
    pub(crate) fn ptr<T>(self) -> *mut T {
        core::ptr::with_exposed_provenance_mut(self.bits())
    }
}

impl core::fmt::Debug for Value {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if let Some(n) = self.as_small() {
            write!(f, "small({n})")
        } else if let Some(q) = self.as_qstr() {
            write!(f, "qstr({})", q.0)
        } else {
            write!(f, "value({:#x})", self.bits())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_ints_keep_their_value() {
        for n in [0, 1, -1, SMALL_INT_MAX, SMALL_INT_MIN] {
            assert_eq!(Value::small(n).as_small(), Some(n));
            assert!(!Value::small(n).is_ptr());
        }
        assert!(Value::try_small(SMALL_INT_MAX + 1).is_none());
        assert!(Value::try_small(SMALL_INT_MIN - 1).is_none());
    }

    #[test]
    fn a_text_in_flash_keeps_its_offset_and_bits() {
        let most = isize::MAX >> FLASH_SHIFT;
        for offset in [0, 1, -1, 4096, most, -most - 1] {
            for (bytes, ascii) in [(false, false), (false, true), (true, false), (true, true)] {
                let v = Value::flash(offset, bytes, ascii).expect("there is room");
                assert!(v.is_flash() && !v.is_ptr() && !v.is_small() && !v.is_immediate());
                assert!(v.as_qstr().is_none());
                assert_eq!(v.flash_offset(), offset);
                assert_eq!(v.flash_sort() & 1 != 0, bytes);
                assert_eq!(v.is_flash_ascii(), ascii && !bytes);
                assert!(!v.is_flash_cell());
            }
        }
        assert!(Value::flash(most + 1, false, false).is_none());
        assert!(Value::flash(-most - 2, false, false).is_none());
    }

    #[test]
    fn tags_do_not_overlap() {
        let q = Value::qstr(Qstr(165));
        assert_eq!(q.as_qstr(), Some(Qstr(165)));
        assert!(!q.is_small() && !q.is_ptr() && !q.is_immediate());
        assert!(Value::NONE.is_immediate() && Value::NONE.as_qstr().is_none());
    }
}
