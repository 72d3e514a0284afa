//! Tasks in the order of their time: a pairing heap through the tasks themselves.
//!
//! Tasks of the same millisecond stay in the order in which they were pushed, by a number that counts pushes. A task
//! knows its queue, so that pushing it twice or removing it from a queue that it is not in does no harm.

use super::clock;
use super::task::{TASK, slot};
use crate::native::{Res, TypeDef, TypeSpec, func_1, func_2, func_2_3};
use crate::object::exception as types;
use crate::q;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// The first task of the heap.
const ROOT: usize = 1;
/// Pushes so far.
const PUSHES: usize = 2;

/// `TaskQueue`
pub(in crate::builtin) static TASK_QUEUE: TypeDef = type_def!(TypeSpec {
    make_new: Some(|vm, _, _| new(vm)),
    members: &[
        func_1(q!("peek"), |vm, queue| {
            vm.check_object(queue, &TASK_QUEUE)?;
            Ok(vm.slots(queue)[ROOT].unwrap_or(Value::NONE))
        }),
        func_2_3(q!("push"), |vm, queue, task, key| {
            let (queue, task) = operands(vm, queue, task)?;
            let key = match key {
                Some(key) => vm.as_index(key)? as i64,
                None => clock::now(vm),
            };
            push(vm, queue, task, key);
            Ok(Value::NONE)
        }),
        func_1(q!("pop"), |vm, queue| {
            vm.check_object(queue, &TASK_QUEUE)?;
            match vm.slots(queue)[ROOT] {
                Some(task) => {
                    remove(vm, task);
                    Ok(task)
                }
                None => Err(vm.error(&types::INDEX_ERROR, msg!("empty heap"))),
            }
        }),
        func_2(q!("remove"), |vm, queue, task| {
            let (queue, task) = operands(vm, queue, task)?;
            if is_in(vm, task, queue) {
                remove(vm, task);
            }
            Ok(Value::NONE)
        }),
    ],
    ..TypeSpec::new(q!("TaskQueue"))
});

/// An empty queue.
pub(super) fn new(vm: &mut Vm<'_>) -> Res {
    let queue = vm.new_object_room(&TASK_QUEUE, 2)?;
    vm.set_slot(queue, PUSHES, Some(Value::small(0)));
    Ok(queue)
}

fn operands(vm: &mut Vm<'_>, queue: Value, task: Value) -> Res<(Value, Value)> {
    let task = vm.native_part(task);
    vm.check_object(queue, &TASK_QUEUE)?;
    vm.check_object(task, &TASK)?;
    Ok((queue, task))
}

/// Whether a task is in a queue.
pub(super) fn is_in(vm: &Vm<'_>, task: Value, queue: Value) -> bool {
    vm.slot(task, slot::QUEUE) == Some(queue)
}

fn number(vm: &Vm<'_>, task: Value, i: usize) -> i64 {
    vm.slot_int(task, i) as i64
}

/// Whether `a` is due before `b`.
fn before(vm: &Vm<'_>, a: Value, b: Value) -> bool {
    let by = |i| clock::between(number(vm, a, i), number(vm, b, i));
    match by(slot::KEY) {
        0 => by(slot::PUSH) > 0,
        n => n > 0,
    }
}

/// Puts a task into a queue, due at `key`. What it waited for is forgotten.
pub(super) fn push(vm: &mut Vm<'_>, queue: Value, task: Value, key: i64) {
    remove(vm, task);
    let pushes = number(vm, queue, PUSHES);
    vm.set_slot(
        queue,
        PUSHES,
        Some(Value::small(clock::count(pushes) as isize)),
    );
    let slots = vm.slots_mut(task);
    slots[slot::DATA] = Some(Value::NONE);
    slots[slot::KEY] = Some(Value::small(key as isize));
    slots[slot::PUSH] = Some(Value::small(pushes as isize));
    slots[slot::QUEUE] = Some(queue);
    let root = meld(vm, vm.slot(queue, ROOT), Some(task));
    vm.set_slot(queue, ROOT, root);
}

/// Takes a task out of the queue that it is in, if it is in one.
pub(super) fn remove(vm: &mut Vm<'_>, task: Value) {
    let slots = vm.slots_mut(task);
    let Some(queue) = slots[slot::QUEUE].take() else {
        return;
    };
    let (child, next, previous) = (
        slots[slot::CHILD].take(),
        slots[slot::NEXT].take(),
        slots[slot::PREVIOUS].take(),
    );
    if let Some(next) = next {
        vm.set_slot(next, slot::PREVIOUS, previous);
    }
    // What stands before is the task's elder sibling, or for an eldest one its parent.
    let rest = match previous {
        Some(previous) => {
            let slots = vm.slots_mut(previous);
            if slots[slot::CHILD] == Some(task) {
                slots[slot::CHILD] = next;
            } else {
                slots[slot::NEXT] = next;
            }
            vm.slot(queue, ROOT)
        }
        None => None,
    };
    let orphans = pair(vm, child);
    let root = meld(vm, rest, orphans);
    vm.set_slot(queue, ROOT, root);
}

/// One heap of two: the later root becomes the first child of the other.
fn meld(vm: &mut Vm<'_>, a: Slot, b: Slot) -> Slot {
    let (Some(a), Some(b)) = (a, b) else {
        return a.or(b);
    };
    let (first, later) = if before(vm, b, a) { (b, a) } else { (a, b) };
    let sibling = vm.slots_mut(first)[slot::CHILD].replace(later);
    if let Some(sibling) = sibling {
        vm.set_slot(sibling, slot::PREVIOUS, Some(later));
    }
    let slots = vm.slots_mut(later);
    slots[slot::NEXT] = sibling;
    slots[slot::PREVIOUS] = Some(first);
    Some(first)
}

/// One heap of a row of siblings: they are melded in pairs, and the pairs from the last to the first.
fn pair(vm: &mut Vm<'_>, mut at: Slot) -> Slot {
    let mut pairs: Slot = None;
    while let Some(a) = at {
        let b = cut(vm, a);
        at = b.and_then(|b| cut(vm, b));
        if let Some(both) = meld(vm, Some(a), b) {
            vm.set_slot(both, slot::NEXT, pairs);
            pairs = Some(both);
        }
    }
    let mut heap = None;
    while let Some(one) = pairs {
        pairs = cut(vm, one);
        heap = meld(vm, heap, Some(one));
    }
    heap
}

/// Makes a task stand alone; gives the sibling that followed it.
fn cut(vm: &mut Vm<'_>, task: Value) -> Slot {
    let slots = vm.slots_mut(task);
    slots[slot::PREVIOUS] = None;
    slots[slot::NEXT].take()
}
