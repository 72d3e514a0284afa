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

/// Layouts.
pub(super) const BIG_ENDIAN: isize = 1;
pub(super) const NATIVE: isize = 2;

/// Number of the first bit field's type, and of the types behind them.
const BIT_FIELDS: i32 = 8;
pub(super) const FLOAT32: i32 = 14;
pub(super) const FLOAT64: i32 = 15;

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

/// A scalar.
#[derive(Clone, Copy)]
pub(super) struct Scalar {
    pub kind: i32,
    pub offset: usize,
    /// Position and length of a bit field.
    pub bits: Option<(u32, u32)>,
}

impl Scalar {
    pub(super) fn of(word: isize) -> Scalar {
        let (kind, rest) = parts(word, 4);
        if (BIT_FIELDS..FLOAT32).contains(&kind) {
            let bits = |at: u32| rest as u32 >> at & 31;
            return Scalar {
                kind: kind - BIT_FIELDS,
                offset: rest & ((1 << POSITION) - 1),
                bits: Some((bits(POSITION), bits(LENGTH))),
            };
        }
        Scalar {
            kind,
            offset: rest,
            bits: None,
        }
    }

    pub(super) fn size(&self) -> usize {
        match self.kind {
            FLOAT32 => 4,
            FLOAT64 => 8,
            kind => 1 << (kind >> 1),
        }
    }

    pub(super) fn is_signed(&self) -> bool {
        self.kind & 1 != 0
    }

    /// The letter that `struct` has for it.
    pub(super) fn typecode(&self) -> u8 {
        match self.kind {
            FLOAT32 => b'f',
            FLOAT64 => b'd',
            kind => b"BbHhIiQq"[kind as usize & 7],
        }
    }
}

/// What a tuple describes.
#[derive(Clone, Copy)]
pub(super) enum Aggregate {
    /// A part with fields of its own.
    Struct(Value),
    /// The address of a scalar or of a part.
    Ptr(Value),
    /// So many scalars.
    Scalars(Scalar, usize),
    /// So many parts.
    Parts(Value, usize),
}

#[cold]
pub(super) fn syntax_error(vm: &mut Vm<'_>) -> Raised {
    vm.type_error(msg!("syntax error in uctypes descriptor"))
}

/// Reads a tuple: its offset and what it describes; `None` where it is none.
pub(super) fn aggregate(vm: &Vm<'_>, tuple: Value) -> Option<(usize, Aggregate)> {
    if !vm.is_tuple(tuple) {
        return None;
    }
    let items = vm.slots(tuple);
    let int = |slot: &Slot| slot.and_then(Value::as_small);
    let (kind, offset) = parts(int(items.first()?)?, 2);
    let what = match (kind, items) {
        (STRUCT, [_, fields]) => Aggregate::Struct((*fields)?),
        (PTR, [_, target]) => Aggregate::Ptr((*target)?),
        (ARRAY, [_, scalar]) => {
            let scalar = Scalar::of(int(scalar)?);
            Aggregate::Scalars(scalar, scalar.offset)
        }
        (ARRAY, [_, count, fields]) => Aggregate::Parts((*fields)?, parts(int(count)?, 4).1),
        _ => return None,
    };
    Some((offset, what))
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
        return measure_aggregate(vm, aggregate(vm, desc)?.1, layout, align, depth);
    }
    let (mut total, mut i) = (0usize, 0);
    while let Some((key, field)) = vm.dict_entry(desc, i) {
        i += 1;
        let (Some(_), Some(field)) = (key, field) else {
            continue;
        };
        let (offset, size) = match field.as_small() {
            Some(word) => {
                let scalar = Scalar::of(word);
                *align = (*align).max(scalar.size());
                (scalar.offset, scalar.size())
            }
            None => {
                let (offset, what) = aggregate(vm, field)?;
                (offset, measure_aggregate(vm, what, layout, align, depth)?)
            }
        };
        total = total.max(offset.checked_add(size)?);
    }
    if layout == NATIVE {
        total = total.checked_next_multiple_of(*align)?;
    }
    Some(total)
}

fn measure_aggregate(
    vm: &Vm<'_>,
    what: Aggregate,
    layout: isize,
    align: &mut usize,
    depth: u32,
) -> Option<usize> {
    match what {
        Aggregate::Struct(fields) => measure(vm, fields, layout, align, depth),
        Aggregate::Ptr(_) => {
            *align = (*align).max(size_of::<usize>());
            Some(size_of::<usize>())
        }
        Aggregate::Scalars(scalar, count) => {
            *align = (*align).max(scalar.size());
            scalar.size().checked_mul(count)
        }
        Aggregate::Parts(fields, count) => {
            measure(vm, fields, layout, align, depth)?.checked_mul(count)
        }
    }
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
