//! Constants that are objects where they lie: tuples and floats that the builder of an image has laid out.
//!
//! A record of the image (romfs-runtime/SPEC.md §4.5) holds cells as the heap would: a header, then words. A tuple of the
//! module's table of constants is such a cell by its address, as the firmware's statics are. What lies within it cannot
//! be: an image is at no fixed address. So it is a word which says how far from the image's start the cell is.
//!
//! Nobody has to believe the record. When a constant is first loaded, module and cell are walked together, and every
//! word has to be the one that making the constant would have given; otherwise it is made.

use mpy_format::{Constant, is_ascii};
use romfs_runtime::Constants;
use romfs_runtime::format::constants::{CELL_HEADER_LEN, FLOAT, TUPLE};

use super::text::SHORT;
use crate::Float;
use crate::code::vuint_at;
use crate::heap::kind::data;
use crate::heap::{Header, Kind};
use crate::link::{Number, quick_number};
use crate::qstr::{ABI, text_hash};
use crate::value::Value;
use crate::vm::Vm;

const _: () = assert!(Kind::Tuple as u8 == TUPLE && Kind::Float as u8 == FLOAT);
const _: () = assert!(size_of::<Header>() == CELL_HEADER_LEN);
const _: () = assert!(size_of::<Float>() == size_of::<usize>());

/// The kinds of words in flash, by the bits above their tag.
pub(crate) static KINDS: [Kind; 8] = [
    Kind::FlashStr,
    Kind::FlashBytes,
    Kind::FlashStr,
    Kind::Float,
    Kind::FlashStr,
    Kind::FlashBytes,
    Kind::FlashStr,
    Kind::Tuple,
];

impl<'a> Vm<'a> {
    /// Whether a value is a tuple, wherever it lies.
    pub fn is_tuple(&self, v: Value) -> bool {
        self.kind(v) == Some(Kind::Tuple)
    }

    /// A cell that may be a word in flash as a pointer to it.
    #[inline(always)]
    pub(crate) fn solid(&self, v: Value) -> Value {
        match v.is_flash_cell() {
            true => self.flash_cell(v),
            false => v,
        }
    }

    #[cold]
    #[inline(never)]
    fn flash_cell(&self, v: Value) -> Value {
        let address = self.flash_base.wrapping_add_signed(v.flash_cell_offset());
        Value::from_ptr(core::ptr::with_exposed_provenance::<Header>(address))
    }

    /// The float that a word in flash is.
    #[inline(never)]
    pub(crate) fn flash_float(&self, v: Value) -> Option<Float> {
        if self.kind(v) != Some(Kind::Float) {
            return None;
        }
        // SAFETY: invariants 1 and 2; such words are only in cells that `laid_out` compared.
        Some(unsafe { *(data(self.flash_cell(v)) as *const Float) })
    }

    /// Takes the constants of an image, where they were laid out for this firmware. They stay for as long as the VM lives.
    pub(crate) fn attach_constants(&mut self, constants: Constants<'a>) {
        let start = constants.payload().as_ptr();
        let fits = constants.abi() == ABI
            && constants.word() == size_of::<usize>()
            && start.addr().is_multiple_of(CELL_HEADER_LEN)
            && cfg!(target_endian = "little");
        if !cfg!(feature = "constants")
            || !crate::CACHES
            || !fits
            || self.constants.is_some()
            || self.flash_base != 0
        {
            return;
        }
        self.flash_base = start.expose_provenance();
        self.constants = Some(constants);
    }

    /// The tuple at a position of a module's table of constants, where the image has it as an object, and it is that
    /// constant.
    pub(crate) fn laid_out(&self, module: &'a [u8], at: u32) -> Option<Value> {
        let constants = self
            .constants
            .as_ref()
            .filter(|_| cfg!(feature = "constants"))?;
        let (&10, payload) = (module.get(at as usize)?, constants.payload()) else {
            return None;
        };
        let place = module
            .as_ptr()
            .addr()
            .checked_sub(payload.as_ptr().addr())?;
        if place >= payload.len() {
            return None;
        }
        let position = u32::try_from(place).ok()?.checked_add(at)?;
        let cell = constants.find(position)?;
        self.is_same_tuple(payload, cell as usize, module, at)?;
        // The cell's first word was read, so it is inside the payload.
        Some(Value::from_ptr(payload.get(cell as usize)?))
    }

    /// Compares the cell at `cell` with the tuple at `at` of a module. Gives the position behind the tuple if they agree.
    fn is_same_tuple(&self, payload: &[u8], cell: usize, module: &'a [u8], at: u32) -> Option<u32> {
        let (n, items) = vuint_at(module, at + 1);
        let words = cell_of(payload, cell, Header::new(Kind::Tuple, n), n as usize)?;
        if n == 0 {
            // There is one empty tuple.
            return None;
        }
        let mut at = items;
        for word in words.as_chunks().0 {
            at = self.is_same(payload, usize::from_le_bytes(*word), module, at)?;
        }
        Some(at)
    }

    /// Compares a word with the constant at `at`: it has to be just the word that making it would give, or that of an
    /// equal cell.
    fn is_same(&self, payload: &[u8], word: usize, module: &'a [u8], at: u32) -> Option<u32> {
        let v = Value::from_bits(word)?;
        let (expected, next) = match *module.get(at as usize)? {
            kind @ (5 | 6) => {
                let (length, start) = vuint_at(module, at + 1);
                let text = module.get(start as usize..)?.get(..length as usize)?;
                let word = self.text_word(&module[at as usize + 1], text, kind == 6)?;
                (word, start + length + 1)
            }
            10 if v.is_flash_cell() && v.flash_sort() == TUPLE_SORT => {
                let cell = usize::try_from(v.flash_cell_offset()).ok()?;
                return self.is_same_tuple(payload, cell, module, at);
            }
            _ => match number(module, at)? {
                (Plain::Word(word), next) => (word, next),
                (Plain::Float(x), next) => {
                    let is_float = v.is_flash_cell() && v.flash_sort() != TUPLE_SORT;
                    let cell = usize::try_from(v.flash_cell_offset()).ok()?;
                    let bytes = cell_of(payload, cell, Header::new(Kind::Float, 0), 1)?;
                    return (is_float && bytes == x.to_bits().to_le_bytes()).then_some(next);
                }
            },
        };
        (v == expected).then_some(next)
    }

    /// The word that a text of a module is, whose length is at `at`.
    fn text_word(&self, at: &'a u8, text: &[u8], is_bytes: bool) -> Option<Value> {
        if !is_bytes
            && text.len() <= SHORT
            && let Some(q) = self.intern.find(text, text_hash(text))
        {
            return Some(Value::qstr(q));
        }
        let offset = (at as *const u8).addr().wrapping_sub(self.flash_base);
        Value::flash(offset as isize, is_bytes, is_ascii(text))
    }
}

/// What the bits of a tuple's word say.
const TUPLE_SORT: usize = 7;

/// The `n` words of the cell at a position, if it has that header.
fn cell_of(payload: &[u8], at: usize, header: Header, n: usize) -> Option<&[u8]> {
    let (head, words) = payload.get(at..)?.split_at_checked(CELL_HEADER_LEN)?;
    let is_right = at.is_multiple_of(CELL_HEADER_LEN) && head == header.bits().to_le_bytes();
    let words = words.get(..n.checked_mul(size_of::<usize>())?)?;
    is_right.then_some(words)
}

/// A constant that is no text and no tuple.
enum Plain {
    Word(Value),
    Float(Float),
}

/// The constant at a position and the position behind it, where it needs no object or is a float.
fn number(module: &[u8], at: u32) -> Option<(Plain, u32)> {
    if let Some((number, next)) = quick_number(module, at) {
        let plain = match number {
            Number::Small(n) => Plain::Word(Value::small(n)),
            Number::Float(x) => Plain::Float(x),
        };
        return Some((plain, next));
    }
    let (constant, next) = Constant::read(module, at).ok()?;
    let plain = match constant {
        Constant::None => Plain::Word(Value::NONE),
        Constant::False => Plain::Word(Value::FALSE),
        Constant::True => Plain::Word(Value::TRUE),
        Constant::Ellipsis => Plain::Word(Value::ELLIPSIS),
        Constant::Float(text) if Kind::Float.exists() => {
            Plain::Float(crate::num::parse::float(text.as_bytes()).ok()?)
        }
        _ => return None,
    };
    Some((plain, next))
}
