//! `for` loops.
//!
//! The bytecode gives a loop four words of the operand stack. What they hold, by the first that fits:
//!
//! | words | loop over |
//! |---|---|
//! | next number, how many are left, step, - | a range, without an object |
//! | -, list or tuple, index, - | a list or tuple, without an iterator |
//! | -, object, -, position | another built-in container, without an iterator |
//! | -, iterator, -, - | anything else |

use super::*;
use crate::heap::kind::data;
use crate::heap::{Header, Kind};
use crate::object::iter::{Iter, which};
use crate::object::list::List;
use crate::object::slice::Range;
use crate::value::slot_small;

/// Words that an iterator takes on the operand stack.
pub(super) const ITER_SLOTS: usize = 4;

/// Gives the loop its item: right into the local, where the next instruction stores it there.
macro_rules! give_item {
    ($vm:ident, $from:expr, $sp:expr, $fp:expr, $item:expr) => {{
        let from = $from;
        if *from & 0xf0 == 0xc0 {
            *Frame::local($fp, (*from & 0xf) as usize) = $item;
            go!($vm, from.add(1), $sp, $fp)
        }
        *$sp = $item;
        go!($vm, from, $sp.add(1), $fp)
    }};
}

pub(super) unsafe fn get_iter(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let it = attempt!(vm, ip, sp, fp, vm.iter(word(sp.sub(1))));
        *sp.sub(1) = Some(it);
        go!(vm, ip.add(1), sp, fp)
    }
}

/// The words of a loop over a range, where its numbers are small ints.
#[inline(always)]
fn range_words(range: &Range) -> Option<[Slot; 4]> {
    let start = Value::try_small(range.start)?;
    let left = Value::try_small(isize::try_from(range.len()).ok()?)?;
    let step = Value::try_small(range.step)?;
    // The last number has to be a small int too.
    Value::try_small(range.stop)?;
    Some([Some(start), Some(left), Some(step), None])
}

pub(super) unsafe fn get_iter_stack(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2; the verifier made room for the four words.
    unsafe {
        let v = word(sp.sub(1));
        let slots = sp.sub(1);
        let words = match vm.kind(v) {
            Some(Kind::Range) => range_words(&*v.ptr::<Range>()),
            Some(Kind::List | Kind::Tuple) => Some([None, Some(v), Some(Value::small(0)), None]),
            Some(
                Kind::Bytes
                | Kind::FlashBytes
                | Kind::Str
                | Kind::FlashStr
                | Kind::ByteArray
                | Kind::Array
                | Kind::Dict
                | Kind::Set
                | Kind::FrozenSet,
            ) => Some([None, Some(v), None, Some(Value::small(0))]),
            None if v.as_qstr().is_some() => Some([None, Some(v), None, Some(Value::small(0))]),
            _ => None,
        };
        let [a, b, c, d] = match words {
            Some(words) => words,
            None => {
                let it = attempt!(vm, ip, sp, fp, vm.iter(v));
                [None, Some(it), None, None]
            }
        };
        (*slots, *slots.add(1), *slots.add(2), *slots.add(3)) = (a, b, c, d);
        go!(vm, ip.add(1), slots.add(ITER_SLOTS), fp)
    }
}

/// Item `n` of a list or tuple.
#[inline(always)]
unsafe fn item(v: Value, n: usize) -> Slot {
    // SAFETY: invariant 3; `v` is a list or a tuple.
    unsafe {
        if (*v.ptr::<Header>()).kind == Kind::List as u8 {
            let list = v.ptr::<List>();
            if n >= (*list).len {
                return None;
            }
            *(data((*list).items?) as *const Slot).add(n)
        } else if n < (*v.ptr::<Header>()).len as usize {
            *(data(v) as *const Slot).add(n)
        } else {
            None
        }
    }
}

pub(super) unsafe fn for_iter(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2; the verifier proved that the four words are those of `get_iter_stack`.
    unsafe {
        let slots = sp.sub(ITER_SLOTS);
        if let Some(at) = *slots {
            let left = slot_small(*slots.add(1));
            let (distance, from) = forward(ip);
            if left == 0 {
                go!(vm, from.offset(distance), slots, fp)
            }
            let step = slot_small(*slots.add(2));
            *slots.add(1) = Some(Value::small(left - 1));
            // Behind the last number this may be no small int; nobody looks at it then.
            *slots = Some(Value::small(at.small_unchecked().wrapping_add(step)));
            give_item!(vm, from, sp, fp, Some(at))
        }
        if let Some(position) = *slots.add(2) {
            let n = position.small_unchecked();
            let (distance, from) = forward(ip);
            match item(word(slots.add(1)), n as usize) {
                None => go!(vm, from.offset(distance), slots, fp),
                item => {
                    *slots.add(2) = Some(Value::small(n + 1));
                    give_item!(vm, from, sp, fp, item)
                }
            }
        }
        tail!(for_iter_quick, vm, ip, sp, fp)
    }
}

/// A loop over an iterator of the firmware's, or a generator.
#[inline(never)]
unsafe fn for_iter_quick(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: *mut Frame) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let slots = sp.sub(ITER_SLOTS);
        let it = word(slots.add(1));
        if (*slots.add(3)).is_none() {
            if let Some(item) = quick_next(vm, it) {
                let (_, from) = forward(ip);
                give_item!(vm, from, sp, fp, Some(item))
            }
            if vm.is(it, Kind::Generator) {
                tail!(generators::for_iter_generator, vm, ip, sp, fp)
            }
        }
        tail!(for_iter_object, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn for_iter_object(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: *mut Frame) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let slots = sp.sub(ITER_SLOTS);
        let it = word(slots.add(1));
        if (*slots.add(3)).is_some() {
            let item = attempt!(vm, ip, sp, fp, item_by_position(vm, slots));
            let (distance, from) = forward(ip);
            match item {
                None => go!(vm, from.offset(distance), slots, fp),
                item => give_item!(vm, from, sp, fp, item),
            }
        }
        let item = attempt!(vm, ip, sp, fp, next_object(vm, it));
        let (distance, from) = forward(ip);
        match item {
            None => go!(vm, from.offset(distance), slots, fp),
            item => give_item!(vm, from, sp, fp, item),
        }
    }
}

/// The item at the position that a loop's fourth word holds; the position moves on. A function of its own, since what
/// `item_from` gives lies in memory: see [`next_object`].
#[inline(never)]
unsafe fn item_by_position(vm: &mut Vm<'_>, slots: *mut Slot) -> Res<Slot> {
    // SAFETY: invariant 2; the four words are those of `get_iter_stack`, the fourth a small int.
    unsafe {
        let at = word(slots.add(3)).small_unchecked() as usize;
        let found = vm.item_from(word(slots.add(1)), at)?;
        Ok(found.map(|(item, next)| {
            *slots.add(3) = Some(Value::small(next as isize));
            item
        }))
    }
}

/// What an iterator gives next. Never inlined: a local of its that lies in memory would keep the handler from leaving by
/// a jump.
#[inline(never)]
fn next_object(vm: &mut Vm<'_>, it: Value) -> Res<Slot> {
    vm.next(it)
}

/// The next item of an iterator over a list, a tuple or a range; nothing where it has to be asked in another way.
#[inline(always)]
unsafe fn quick_next(vm: &Vm<'_>, it: Value) -> Slot {
    // SAFETY: invariant 3; kinds are looked at.
    unsafe {
        if !vm.is(it, Kind::Iter) {
            return None;
        }
        let iter = it.ptr::<Iter>();
        let (over, n) = ((*iter).over?, (*iter).at as usize);
        let found = match (*iter).header.aux {
            which::SEQUENCE if vm.is(over, Kind::List) || vm.is(over, Kind::Tuple) => {
                item(over, n)?
            }
            which::RANGE => {
                let range = over.ptr::<Range>();
                let at = Value::try_small((*range).start)?.small_unchecked()
                    + (n as isize).checked_mul((*range).step)?;
                let more = if (*range).step > 0 {
                    at < (*range).stop
                } else {
                    at > (*range).stop
                };
                if !more {
                    return None;
                }
                Value::try_small(at)?
            }
            _ => return None,
        };
        (*iter).at += 1;
        Some(found)
    }
}
