//! Sleeping: an iterator that puts the running task back into its queue for later, and then is over.
//!
//! One such object is enough as long as each sleep is awaited at once; it serves again and again, without allocating.

use super::{clock, queue};
use crate::native::{Res, TypeDef, TypeSpec};
use crate::object::exception as types;
use crate::q;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// When the task is due; None once it is asleep.
const UNTIL: usize = 1;

/// The iterator.
pub(super) static SLEEP: TypeDef = type_def!(TypeSpec {
    next: Some(next),
    ..TypeSpec::new(q!("SingletonGenerator"))
});

/// `sleep_ms(ms)`
pub(super) fn sleep_ms(vm: &mut Vm<'_>, ms: Value) -> Res {
    let ms = vm.as_index(ms)?;
    sleep_for(vm, ms as i64)
}

/// `sleep(s)`
#[allow(clippy::unnecessary_cast, reason = "Float is f32 on some targets")]
pub(super) fn sleep(vm: &mut Vm<'_>, s: Value) -> Res {
    let ms = match s.as_small() {
        Some(s) => (s as i64).saturating_mul(1000),
        None => (vm.to_float(s)? * 1000.0) as i64,
    };
    sleep_for(vm, ms)
}

fn sleep_for(vm: &mut Vm<'_>, ms: i64) -> Res {
    let until = clock::after(vm, ms.max(0))?;
    let until = Value::small(until as isize);
    let idle = vm.asyncio_global(q!("_sleeper"))?;
    if !vm.is_object(idle, &SLEEP) {
        return Err(vm.error(&types::RUNTIME_ERROR, msg!("no running event loop")));
    }
    if vm.slot(idle, UNTIL) == Some(Value::NONE) {
        vm.set_slot(idle, UNTIL, Some(until));
        return Ok(idle);
    }
    vm.new_object(SLEEP.value(), &[until])
}

fn next(vm: &mut Vm<'_>, v: Value) -> Res<Slot> {
    let Some(until) = vm.slot(v, UNTIL).and_then(Value::as_small) else {
        return Ok(None);
    };
    let (queue, task) = (vm.run_queue_of_tasks()?, vm.current_task()?);
    vm.set_slot(v, UNTIL, Some(Value::NONE));
    queue::push(vm, queue, task, until as i64);
    Ok(Some(Value::NONE))
}
