//! slice and range.

use crate::heap::{Cell, Header, Kind};
use crate::message::Part;
use crate::native::{
    Access, Args, BinaryOp, PrintKind, Res, Sink, TypeDef, TypeSpec, UnaryOp, func_2,
};
use crate::q;
use crate::qstr::Qstr;
use crate::table::int_hash;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// A slice.
#[repr(C)]
pub struct Slice {
    /// The cell's header.
    pub header: Header,
    /// Where it starts, or `None` of Python.
    pub start: Value,
    /// Where it ends, exclusive.
    pub stop: Value,
    /// From one item to the next.
    pub step: Value,
}

// SAFETY: `repr(C)`, header first, made only by `Vm::new_slice`, which fills it.
unsafe impl Cell for Slice {
    const KIND: Kind = Kind::Slice;
}

/// A range.
#[repr(C)]
pub struct Range {
    /// The cell's header.
    pub header: Header,
    /// The first number.
    pub start: isize,
    /// Where it ends, exclusive.
    pub stop: isize,
    /// From one number to the next; never zero.
    pub step: isize,
}

// SAFETY: `repr(C)`, header first; plain numbers.
unsafe impl Cell for Range {
    const KIND: Kind = Kind::Range;
}

impl Range {
    /// How many numbers there are.
    pub fn len(&self) -> usize {
        steps(self.start, self.stop, self.step)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number `i`, which has to be below the length.
    #[inline]
    pub fn at(&self, i: usize) -> isize {
        self.start
            .wrapping_add((i as isize).wrapping_mul(self.step))
    }
}

/// How many steps lead from `start` to before `stop`.
#[inline]
fn steps(start: isize, stop: isize, step: isize) -> usize {
    // The distance of two words as an unsigned one is right even where it is no `isize`.
    let distance = if step > 0 {
        if stop <= start {
            return 0;
        }
        stop.wrapping_sub(start) as usize
    } else {
        if stop >= start {
            return 0;
        }
        start.wrapping_sub(stop) as usize
    };
    match step.unsigned_abs() {
        1 => distance,
        size => distance.div_ceil(size),
    }
}

/// `slice`
pub static SLICE: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_slice),
    arity: (1, 3),
    print: Some(print_slice),
    binary: Some(binary_slice),
    attr: Some(slice_attr),
    members: &[func_2(q!("indices"), indices)],
    ..TypeSpec::new(q!("slice"))
});

/// `range`
pub static RANGE: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_range),
    arity: (1, 3),
    print: Some(print_range),
    unary: Some(unary_range),
    binary: Some(binary_range),
    subscr: Some(subscr_range),
    attr: Some(range_attr),
    keywords: false,
    ..TypeSpec::new(q!("range"))
});

impl Vm<'_> {
    /// A slice of these bounds, each an int or `None` of Python.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn new_slice(&mut self, start: Value, stop: Value, step: Value) -> Res {
        self.must_exist(Kind::Slice)?;
        for &v in &[start, stop, step] {
            self.root(v)?;
        }
        let cell = self.alloc_bare(Kind::Slice, 0)?;
        // SAFETY: invariant 7; the new cell has three words of values, which become valid here.
        unsafe {
            let slice = cell.ptr::<Slice>();
            (*slice).start = start;
            (*slice).stop = stop;
            (*slice).step = step;
        }
        self.root(cell)?;
        Ok(cell)
    }

    /// A range; `step` is not zero.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn new_range(&mut self, start: isize, stop: isize, step: isize) -> Res {
        let cell = self.alloc(Kind::Range, 0)?;
        let range = self.cell_mut::<Range>(cell);
        (range.start, range.stop, range.step) = (start, stop, step);
        Ok(cell)
    }

    /// What a slice means for `len` items: start, stop, step and how many items.
    ///
    /// # Errors
    /// `ValueError` for a step of zero, `TypeError` for a bound that is no int.
    pub fn slice_bounds(&mut self, slice: Value, len: usize) -> Res<(isize, isize, isize, usize)> {
        let Slice {
            start, stop, step, ..
        } = *self.cell::<Slice>(slice);
        self.bounds([start, stop, step], len)
    }

    /// The same for what has slices without a step only.
    ///
    /// # Errors
    /// `NotImplementedError` for others, and as above.
    pub(crate) fn plain_bounds(
        &mut self,
        slice: Value,
        len: usize,
    ) -> Res<core::ops::Range<usize>> {
        let (start, stop, step, _) = self.slice_bounds(slice, len)?;
        if step != 1 {
            return Err(self.error(
                &super::exception::NOT_IMPLEMENTED_ERROR,
                msg!("only slices with step=1 (aka None) are supported"),
            ));
        }
        Ok(start as usize..stop.max(start) as usize)
    }

    /// The same of the three values of a slice.
    #[inline(always)]
    pub(crate) fn bounds(
        &mut self,
        [start, stop, step]: [Value; 3],
        len: usize,
    ) -> Res<(isize, isize, isize, usize)> {
        let step = if step == Value::NONE {
            1
        } else {
            match step.as_small() {
                Some(n) => n,
                None => self.as_index(step)?.max(-isize::MAX),
            }
        };
        if step == 0 {
            return Err(self.value_error(msg!("slice step can't be zero")));
        }
        let len = len as isize;
        // Backwards, the bounds lie one lower: -1 is before the first item.
        let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
        let (first, last) = if step > 0 { (low, high) } else { (high, low) };
        let start = self.slice_bound(start, len, low, high, first)?;
        let stop = self.slice_bound(stop, len, low, high, last)?;
        Ok((start, stop, step, steps(start, stop, step)))
    }

    #[inline(always)]
    fn slice_bound(
        &mut self,
        v: Value,
        len: isize,
        low: isize,
        high: isize,
        default: isize,
    ) -> Res<isize> {
        if v == Value::NONE {
            return Ok(default);
        }
        let n = match v.as_small() {
            Some(n) => n,
            None => self.as_index(v)?,
        };
        Ok((if n < 0 { n.saturating_add(len) } else { n }).clamp(low, high))
    }
}

/// The names of a slice's words, and of a range's.
static PARTS: [Qstr; 3] = [q!("start"), q!("stop"), q!("step")];

fn make_slice(vm: &mut Vm<'_>, _class: Value, args: Args) -> Res {
    match args.len() {
        1 => vm.new_slice(Value::NONE, args.at(0), Value::NONE),
        2 => vm.new_slice(args.at(0), args.at(1), Value::NONE),
        _ => vm.new_slice(args.at(0), args.at(1), args.at(2)),
    }
}

fn print_slice(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    let part = |i| Part::Value(vm.field(v, i), PrintKind::Repr);
    let parts = [part(0), part(1), part(2)];
    vm.write_with(sink, msg!("slice(%, %, %)"), &parts)
}

fn binary_slice(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
    if op != BinaryOp::Equal || !vm.is(b, Kind::Slice) {
        return Ok(None);
    }
    for i in 0..PARTS.len() {
        if !vm.equal(vm.field(a, i), vm.field(b, i))? {
            return Ok(Some(Value::FALSE));
        }
    }
    Ok(Some(Value::TRUE))
}

fn slice_attr(vm: &mut Vm<'_>, v: Value, name: Qstr, access: Access) -> Res<Slot> {
    let part = PARTS.iter().position(|&part| part == name);
    Ok(part
        .filter(|_| access == Access::Load)
        .map(|i| vm.field(v, i)))
}

fn indices(vm: &mut Vm<'_>, slice: Value, len: Value) -> Res {
    let n = vm.as_index(len)?;
    if n < 0 {
        return Err(vm.value_error(msg!("length should not be negative")));
    }
    let (start, stop, step, _) = vm.slice_bounds(slice, n as usize)?;
    let parts = [
        vm.new_int(start as i64)?,
        vm.new_int(stop as i64)?,
        vm.new_int(step as i64)?,
    ];
    vm.new_tuple(&parts)
}

fn make_range(vm: &mut Vm<'_>, _class: Value, args: Args) -> Res {
    let (start, stop, step) = match args.len() {
        1 => (0, vm.as_index(args.at(0))?, 1),
        2 => (vm.as_index(args.at(0))?, vm.as_index(args.at(1))?, 1),
        _ => (
            vm.as_index(args.at(0))?,
            vm.as_index(args.at(1))?,
            vm.as_index(args.at(2))?,
        ),
    };
    if step == 0 {
        return Err(vm.value_error(msg!("zero step")));
    }
    vm.new_range(start, stop, step)
}

fn print_range(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    let range = vm.cell::<Range>(v);
    let template = match range.step {
        1 => msg!("range(%, %)"),
        _ => msg!("range(%, %, %)"),
    };
    let parts = [
        Part::Int(range.start),
        Part::Int(range.stop),
        Part::Int(range.step),
    ];
    vm.write_with(sink, template, &parts)
}

/// What decides whether two ranges are equal: length, then first number, then step.
fn identity(range: &Range) -> (usize, isize, isize) {
    match range.len() {
        0 => (0, 0, 0),
        1 => (1, range.start, 0),
        n => (n, range.start, range.step),
    }
}

fn unary_range(vm: &mut Vm<'_>, op: UnaryOp, v: Value) -> Res<Slot> {
    let range = vm.cell::<Range>(v);
    Ok(match op {
        UnaryOp::Bool => Some(Value::bool(!range.is_empty())),
        UnaryOp::Len => {
            let n = range.len() as i64;
            Some(vm.new_int(n)?)
        }
        UnaryOp::Hash => {
            let (n, start, step) = identity(range);
            let hash = int_hash(n as isize).wrapping_mul(31)
                ^ int_hash(start).wrapping_mul(31)
                ^ int_hash(step);
            Some(Value::small((hash >> 2) as isize))
        }
        _ => None,
    })
}

fn binary_range(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
    match op {
        BinaryOp::Equal if vm.is(b, Kind::Range) => {
            let equal = identity(vm.cell(a)) == identity(vm.cell(b));
            Ok(Some(Value::bool(equal)))
        }
        BinaryOp::In if b.is_small() => {
            let (range, n) = (vm.cell::<Range>(a), b.small_unchecked());
            let (inside, away) = if range.step > 0 {
                (
                    n >= range.start && n < range.stop,
                    n.wrapping_sub(range.start),
                )
            } else {
                (
                    n <= range.start && n > range.stop,
                    range.start.wrapping_sub(n),
                )
            };
            Ok(Some(Value::bool(
                inside && (away as usize).is_multiple_of(range.step.unsigned_abs()),
            )))
        }
        _ => Ok(None),
    }
}

fn subscr_range(vm: &mut Vm<'_>, v: Value, index: Value, access: Access) -> Res {
    if access != Access::Load {
        return Err(vm.no_item(v, access));
    }
    let len = vm.cell::<Range>(v).len();
    if !vm.is(index, Kind::Slice) {
        let i = vm.index_in(index, len, Part::Name(q!("range")))?;
        let n = vm.cell::<Range>(v).at(i);
        return vm.new_int(n as i64);
    }
    let (start, stop, by, _) = vm.slice_bounds(index, len)?;
    let range = vm.cell::<Range>(v);
    let at = |n: isize| range.start.wrapping_add(n.wrapping_mul(range.step));
    let (start, stop, step) = (at(start), at(stop), range.step.wrapping_mul(by));
    vm.new_range(start, stop, step)
}

fn range_attr(vm: &mut Vm<'_>, v: Value, name: Qstr, access: Access) -> Res<Slot> {
    let range = vm.cell::<Range>(v);
    let n = match access {
        Access::Load if name == q!("start") => range.start,
        Access::Load if name == q!("stop") => range.stop,
        Access::Load if name == q!("step") => range.step,
        _ => return Ok(None),
    };
    Ok(Some(vm.new_int(n as i64)?))
}
