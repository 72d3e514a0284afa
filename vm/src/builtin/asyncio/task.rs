//! A coroutine that the event loop runs.
//!
//! `state` says how it stands: True while it runs and nobody waits for it, a `TaskQueue` of those who do, a function to
//! be called when it ends; None when it has ended and nobody has asked for its outcome, False when somebody has.
//! `data` is what it waits for (anything with `remove`, or another task), the exception to be thrown into it when it
//! runs next, or its outcome.

use super::clock;
use super::queue::{self, TASK_QUEUE};
use crate::native::{Access, Args, Res, TypeDef, TypeSpec, func_1};
use crate::object::exception as types;
use crate::q;
use crate::qstr::Qstr;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Slots of a task.
pub(super) mod slot {
    pub const CORO: usize = 1;
    pub const DATA: usize = 2;
    pub const STATE: usize = 3;
    /// When it is due, in ticks.
    pub const KEY: usize = 4;
    /// The number of the push that brought it into its queue.
    pub const PUSH: usize = 5;
    pub const QUEUE: usize = 6;
    pub const CHILD: usize = 7;
    pub const NEXT: usize = 8;
    pub const PREVIOUS: usize = 9;
}

/// Tasks that wait for each other in a row, at most.
const CHAIN: usize = 10_000;

/// `Task`
pub(in crate::builtin) static TASK: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    arity: (1, 2),
    attr: Some(attr),
    iter: Some(wait),
    next: Some(next),
    members: &[
        func_1(q!("done"), |vm, task| {
            vm.check_object(task, &TASK)?;
            Ok(Value::bool(is_done(vm, task)))
        }),
        func_1(q!("cancel"), |vm, task| {
            vm.check_object(task, &TASK)?;
            cancel(vm, task)
        }),
    ],
    ..TypeSpec::new(q!("Task"))
});

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let task = vm.new_object_room(&TASK, slot::PREVIOUS)?;
    let slots = vm.slots_mut(task);
    slots[slot::CORO] = Some(args.at(0));
    slots[slot::DATA] = Some(Value::NONE);
    slots[slot::STATE] = Some(Value::TRUE);
    slots[slot::KEY] = Some(Value::small(0));
    Ok(task)
}

fn attr(vm: &mut Vm<'_>, v: Value, name: Qstr, access: Access) -> Res<Slot> {
    let i = if name == q!("data") {
        slot::DATA
    } else if name == q!("state") {
        slot::STATE
    } else if name == q!("coro") && access == Access::Load {
        slot::CORO
    } else if name == q!("ph_key") && access == Access::Load {
        slot::KEY
    } else {
        return Ok(None);
    };
    match access {
        Access::Load => {}
        Access::Store(value) => vm.slots_mut(v)[i] = Some(value),
        Access::Delete => return Ok(None),
    }
    Ok(vm.slot(v, i))
}

fn state(vm: &Vm<'_>, task: Value) -> Value {
    vm.slot(task, slot::STATE).unwrap_or(Value::NONE)
}

fn data(vm: &Vm<'_>, task: Value) -> Value {
    vm.slot(task, slot::DATA).unwrap_or(Value::NONE)
}

fn is_done(vm: &Vm<'_>, task: Value) -> bool {
    matches!(state(vm, task), Value::NONE | Value::FALSE)
}

/// `await task` begins.
fn wait(vm: &mut Vm<'_>, task: Value) -> Res {
    let state = state(vm, task);
    let state = match state {
        Value::NONE | Value::FALSE => Value::FALSE,
        Value::TRUE => queue::new(vm)?,
        queue if vm.is_object(queue, &TASK_QUEUE) => queue,
        _ => return Err(vm.error(&types::RUNTIME_ERROR, msg!("can't wait"))),
    };
    vm.set_slot(task, slot::STATE, Some(state));
    Ok(task)
}

/// `await task` goes on: whoever waits is put into the task's queue until the task has ended.
fn next(vm: &mut Vm<'_>, task: Value) -> Res<Slot> {
    if is_done(vm, task) {
        let outcome = data(vm, task);
        let e = vm.raisable(outcome)?;
        return Err(vm.raise(e));
    }
    let queue = state(vm, task);
    if !vm.is_object(queue, &TASK_QUEUE) {
        return Err(vm.error(&types::RUNTIME_ERROR, msg!("can't wait")));
    }
    let waiting = vm.current_task()?;
    let now = clock::now(vm);
    queue::push(vm, queue, waiting, now);
    vm.set_slot(waiting, slot::DATA, Some(task));
    Ok(Some(Value::NONE))
}

/// Has `CancelledError` thrown into a task when it runs next, which is at once. A task that waits for another one has
/// that one cancelled.
fn cancel(vm: &mut Vm<'_>, task: Value) -> Res {
    if is_done(vm, task) {
        return Ok(Value::FALSE);
    }
    let error = vm.asyncio_global(q!("CancelledError"))?;
    if vm.current_task().is_ok_and(|current| current == task) {
        return Err(vm.error(&types::RUNTIME_ERROR, msg!("can't cancel self")));
    }
    let mut task = task;
    for _ in 0..CHAIN {
        match vm.native_part(data(vm, task)) {
            inner if vm.is_object(inner, &TASK) => task = inner,
            _ => break,
        }
    }
    let ready = vm.run_queue_of_tasks()?;
    let remove = match data(vm, task) {
        Value::NONE => None,
        waits_for => vm.load_attr_maybe(waits_for, q!("remove"))?,
    };
    let now = clock::now(vm);
    if let Some(remove) = remove {
        vm.call(remove, &[task])?;
        queue::push(vm, ready, task, now);
    } else if queue::is_in(vm, task, ready) && clock::between(now, key(vm, task)) > 0 {
        queue::push(vm, ready, task, now);
    }
    vm.set_slot(task, slot::DATA, Some(error));
    Ok(Value::TRUE)
}

/// Milliseconds until a task is due.
pub(super) fn due_in(vm: &mut Vm<'_>, task: Value) -> i64 {
    let now = clock::now(vm);
    clock::between(now, key(vm, task))
}

fn key(vm: &Vm<'_>, task: Value) -> i64 {
    vm.slot(task, slot::KEY)
        .and_then(Value::as_small)
        .unwrap_or(0) as i64
}
