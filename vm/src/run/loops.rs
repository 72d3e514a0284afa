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

use super::work::task;
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

task!(get_iter, iterator, 1, 1, false);

#[inline(never)]
unsafe fn iterator(vm: &mut Vm<'_>, _: usize, sp: *mut Slot, _: *mut Frame) -> Res {
    // SAFETY: invariant 2.
    vm.iter(unsafe { word(sp.sub(1)) })
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

pub(super) unsafe fn get_iter_stack(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2; the verifier made room for the four words.
    unsafe {
        let fp = fp.of(vm);
        let v = word(sp.sub(1));
        let slots = sp.sub(1);
        let words = match vm.kind(v) {
            Some(Kind::Range) => range_words(&*v.ptr::<Range>()),
            Some(Kind::List | Kind::Tuple) => {
                Some([None, Some(vm.solid(v)), Some(Value::small(0)), None])
            }
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
        let header = *v.ptr::<Header>();
        if n >= header.len as usize {
            return None;
        }
        let items = match header.kind == Kind::List as u8 {
            true => data((*v.ptr::<List>()).items?),
            false => data(v),
        };
        *(items as *const Slot).add(n)
    }
}

pub(super) unsafe fn for_iter(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2; the verifier proved that the four words are those of `get_iter_stack`.
    unsafe {
        let fp = fp.of(vm);
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
        if (*slots.add(2)).is_some() {
            tail!(for_iter_items, vm, ip, sp, fp)
        }
        tail!(for_iter_quick, vm, ip, sp, fp)
    }
}

/// A loop over a list or a tuple.
#[cfg_attr(not(romfs_vm_small), inline(never))]
unsafe fn for_iter_items(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3; that the loop is of this kind was looked at.
    unsafe {
        let fp = fp.of(vm);
        let slots = sp.sub(ITER_SLOTS);
        let n = slot_small(*slots.add(2));
        let (distance, from) = forward(ip);
        match item(word(slots.add(1)), n as usize) {
            None => go!(vm, from.offset(distance), slots, fp),
            item => {
                *slots.add(2) = Some(Value::small(n + 1));
                give_item!(vm, from, sp, fp, item)
            }
        }
    }
}

/// A loop over an iterator of the firmware's, or a generator.
#[inline(never)]
unsafe fn for_iter_quick(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let fp = fp.of(vm);
        let slots = sp.sub(ITER_SLOTS);
        let it = word(slots.add(1));
        if (*slots.add(3)).is_some() || !it.is_ptr() {
            tail!(for_iter_object, vm, ip, sp, fp)
        }
        let header = it.ptr::<Header>();
        if (*header).kind == Kind::Iter as u8 {
            match (*header).aux {
                // One handler for all, where bytes count.
                _ if cfg!(romfs_vm_small) => {}
                which::SEQUENCE => tail!(for_iter_sequence, vm, ip, sp, fp),
                which::RANGE => tail!(for_iter_range, vm, ip, sp, fp),
                _ => {}
            }
        } else if (*header).kind == Kind::Generator as u8 {
            tail!(generators::for_iter_generator, vm, ip, sp, fp)
        }
        tail!(for_iter_object, vm, ip, sp, fp)
    }
}

macro_rules! for_iter_over {
    ($name:ident, $next:ident) => {
        #[cfg_attr(not(romfs_vm_small), inline(never))]
        unsafe fn $name(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
            // SAFETY: invariants 2 and 3; what the iterator goes over was looked at.
            unsafe {
                let fp = fp.of(vm);
                let it = word(sp.sub(ITER_SLOTS - 1));
                if let Some(item) = $next(vm, it.ptr()) {
                    let (_, from) = forward(ip);
                    give_item!(vm, from, sp, fp, Some(item))
                }
                tail!(for_iter_object, vm, ip, sp, fp)
            }
        }
    };
}

for_iter_over!(for_iter_sequence, next_in_sequence);
for_iter_over!(for_iter_range, next_in_range);

#[inline(never)]
unsafe fn for_iter_object(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let fp = fp.of(vm);
        let slots = sp.sub(ITER_SLOTS);
        let item = attempt!(vm, ip, sp, fp, next_item(vm, slots));
        let (distance, from) = far_forward(ip);
        match item {
            None => go!(vm, from.offset(distance), slots, fp),
            item => give_item!(vm, from, sp, fp, item),
        }
    }
}

/// What an iterator gives next, or the item at the position that a loop's fourth word holds; the position moves on. Never
/// inlined: a local of its that lies in memory would keep the handler from leaving by a jump.
#[inline(never)]
unsafe fn next_item(vm: &mut Vm<'_>, slots: *mut Slot) -> Res<Slot> {
    // SAFETY: invariant 2; the four words are those of `get_iter_stack`, the fourth a small int or nothing.
    unsafe {
        let over = word(slots.add(1));
        let Some(at) = *slots.add(3) else {
            return vm.next(over);
        };
        let found = vm.item_from(over, at.small_unchecked() as usize)?;
        Ok(found.map(|(item, next)| {
            *slots.add(3) = Some(Value::small(next as isize));
            item
        }))
    }
}

/// The next item of an iterator over a list or a tuple; nothing where it has to be asked in another way.
#[inline(always)]
unsafe fn next_in_sequence(vm: &Vm<'_>, iter: *mut Iter) -> Slot {
    // SAFETY: invariant 3; kinds are looked at.
    unsafe {
        let over = (*iter).over?;
        if !vm.is(over, Kind::List) && !vm.is(over, Kind::Tuple) {
            return None;
        }
        let found = item(over, (*iter).at as usize)?;
        (*iter).at += 1;
        Some(found)
    }
}

/// The same of an iterator over a range.
#[inline(always)]
unsafe fn next_in_range(_vm: &Vm<'_>, iter: *mut Iter) -> Slot {
    // SAFETY: invariant 3; such an iterator goes over a range.
    unsafe {
        let range = (*iter).over?.ptr::<Range>();
        let step = (*range).step;
        let at =
            Value::try_small((*range).start)?.small_unchecked() + (*iter).at.checked_mul(step)?;
        let is_over = match step > 0 {
            true => at >= (*range).stop,
            false => at <= (*range).stop,
        };
        if is_over {
            return None;
        }
        let found = Value::try_small(at)?;
        (*iter).at += 1;
        Some(found)
    }
}
