//! Descriptors: what lies at which offset, and how large it is.
//!
//! A scalar is an int with its type in the top 4 of 31 bits, a bit field one with position and length besides. What is
//! made of others is a tuple: an int with the kind in the top 2 bits, then what it is made of. A dict names the fields.

use crate::heap::Kind;
use crate::native::Res;
use crate::raise::Raised;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// First bit of a bit field's position and of its length.
pub(super) const POSITION: u32 = 17;
pub(super) const LENGTH: u32 = 22;

/// Kinds of tuples.
pub(super) const STRUCT: i32 = 0;
pub(super) const PTR: i32 = 1;
pub(super) const ARRAY: i32 = 2;
/// An array of scalars, whose tuple is shorter.
pub(super) const SCALARS: i32 = 3;

/// Layouts.
pub(super) const BIG_ENDIAN: isize = 1;
pub(super) const NATIVE: isize = 2;

/// Number of the first bit field's type, which are as the ints before them, and of the types behind them.
const BIT_FIELDS: i32 = 8;
pub(super) const FLOAT32: i32 = 14;
pub(super) const FLOAT64: i32 = 15;
/// Logarithms of the sizes of all 16 types, two bits each.
const SIZES: u32 = 0b1110_1010_0101_0000_1111_1010_0101_0000;
/// The type of an address: an int of a word.
const ADDRESS: i32 = if size_of::<usize>() == 8 { 6 } else { 4 };

/// How deep descriptors may nest.
const DEPTH: u32 = 32;

/// A type in the top `bits` of 31 bits, as constants of the module have it.
pub(super) const fn constant(kind: i32, bits: u32) -> isize {
    ((kind << (32 - bits)) >> 1) as isize
}

/// Type and rest of an int of a descriptor.
fn parts(word: isize, bits: u32) -> (i32, usize) {
    let kind = (word >> (31 - bits)) as i32 & ((1 << bits) - 1);
    (kind, word as usize & ((1 << (31 - bits)) - 1))
}

/// A scalar: the int of its descriptor.
#[derive(Clone, Copy)]
pub(super) struct Scalar(isize);

impl Scalar {
    pub(super) fn of(word: isize) -> Scalar {
        Scalar(word)
    }

    pub(super) fn kind(self) -> i32 {
        parts(self.0, 4).0
    }

    fn is_bits(self) -> bool {
        (BIT_FIELDS..FLOAT32).contains(&self.kind())
    }

    pub(super) fn offset(self) -> usize {
        let bits = if self.is_bits() { POSITION } else { 27 };
        self.0 as usize & ((1 << bits) - 1)
    }

    /// Position and length of a bit field.
    pub(super) fn bits(self) -> Option<(u32, u32)> {
        let bits = |at: u32| self.0 as u32 >> at & 31;
        self.is_bits().then(|| (bits(POSITION), bits(LENGTH)))
    }

    /// The int that a bit field lies in; any other as it is.
    pub(super) fn whole(self) -> Scalar {
        match self.is_bits() {
            true => Scalar(self.0 & !constant(BIT_FIELDS, 4)),
            false => self,
        }
    }

    pub(super) fn size(self) -> usize {
        1 << (SIZES >> (2 * self.kind()) & 3)
    }

    pub(super) fn is_signed(self) -> bool {
        self.kind() & 1 != 0
    }

    /// The letter that `struct` has for it.
    pub(super) fn typecode(self) -> u8 {
        b"BbHhIiQqBbHhIifd"[self.kind() as usize]
    }
}

/// What a tuple describes.
pub(super) struct Part {
    /// [`STRUCT`], [`PTR`], [`ARRAY`] or [`SCALARS`].
    pub kind: i32,
    pub offset: usize,
    /// The fields, or the int of a scalar.
    pub of: Value,
    /// So many of them.
    pub count: usize,
}

#[cold]
pub(super) fn syntax_error(vm: &mut Vm<'_>) -> Raised {
    vm.type_error(msg!("syntax error in uctypes descriptor"))
}

/// Reads a tuple; `None` where it is no descriptor.
pub(super) fn part(vm: &Vm<'_>, tuple: Value) -> Option<Part> {
    if !vm.is_tuple(tuple) {
        return None;
    }
    let items = vm.slots(tuple);
    let int = |slot: &Slot| slot.and_then(Value::as_small);
    let (mut kind, offset) = parts(int(items.first()?)?, 2);
    let (of, count) = match (kind, items) {
        (STRUCT | PTR, [_, of]) => (of, 1),
        (ARRAY, [_, scalar]) => {
            kind = SCALARS;
            (scalar, Scalar::of(int(scalar)?).offset())
        }
        (ARRAY, [_, count, of]) => (of, parts(int(count)?, 4).1),
        _ => return None,
    };
    let of = (*of)?;
    Some(Part {
        kind,
        offset,
        of,
        count,
    })
}

/// Size of what a descriptor describes; `None` where it is wrong.
pub(super) fn size(vm: &Vm<'_>, desc: Value, layout: isize) -> Option<usize> {
    let mut align = 1;
    measure(vm, desc, layout, &mut align, DEPTH)
}

fn measure(
    vm: &Vm<'_>,
    desc: Value,
    layout: isize,
    align: &mut usize,
    depth: u32,
) -> Option<usize> {
    let depth = depth.checked_sub(1)?;
    if !vm.is(desc, Kind::Dict) {
        return measure_part(vm, part(vm, desc)?, layout, align, depth);
    }
    let (mut total, mut at) = (0usize, 0);
    while let Some((_, field)) = vm.next_entry(desc, &mut at) {
        let field = field.unwrap_or(Value::NONE);
        let (offset, size) = match field.as_small() {
            Some(word) => (Scalar::of(word).offset(), measure_scalar(word, align)),
            None => {
                let part = part(vm, field)?;
                (part.offset, measure_part(vm, part, layout, align, depth)?)
            }
        };
        total = total.max(offset.checked_add(size)?);
    }
    if layout == NATIVE {
        // Sizes are powers of two.
        total = total.checked_add(*align - 1)? & !(*align - 1);
    }
    Some(total)
}

fn measure_scalar(word: isize, align: &mut usize) -> usize {
    let size = Scalar::of(word).size();
    *align = (*align).max(size);
    size
}

fn measure_part(
    vm: &Vm<'_>,
    part: Part,
    layout: isize,
    align: &mut usize,
    depth: u32,
) -> Option<usize> {
    let size = match part.kind {
        PTR => measure_scalar(constant(ADDRESS, 4), align),
        SCALARS => measure_scalar(part.of.as_small()?, align),
        _ => measure(vm, part.of, layout, align, depth)?,
    };
    size.checked_mul(part.count)
}

/// The size, or a `TypeError`.
pub(super) fn size_or_error(vm: &mut Vm<'_>, desc: Value, layout: isize) -> Res<usize> {
    match size(vm, desc, layout) {
        Some(size) => Ok(size),
        None if desc.is_small() => {
            Err(vm.type_error(msg!("can't unambiguously get sizeof scalar")))
        }
        None => Err(syntax_error(vm)),
    }
}
