//! Milliseconds of `time.ticks_ms()`, as tasks are ordered by them.

use crate::native::Res;
use crate::object::exception as types;
use crate::value::SMALL_INT_MAX;
use crate::vm::Vm;

/// Ticks wrap here.
const PERIOD: i64 = SMALL_INT_MAX as i64 + 1;

/// Now.
pub(super) fn now(vm: &mut Vm<'_>) -> i64 {
    (vm.host.ticks_us() / 1000) as i64 & (PERIOD - 1)
}

/// From `start` to `end`, negative where the end comes first.
pub(super) fn between(start: i64, end: i64) -> i64 {
    let half = PERIOD / 2;
    (end.wrapping_sub(start).wrapping_add(half) & (PERIOD - 1)) - half
}

/// The time `ms` from now.
///
/// # Errors
/// `OverflowError` where it is so far away that it would seem past.
pub(super) fn after(vm: &mut Vm<'_>, ms: i64) -> Res<i64> {
    if ms >= PERIOD / 2 {
        return Err(vm.error(&types::OVERFLOW_ERROR, msg!("ticks interval overflow")));
    }
    Ok((now(vm) + ms) & (PERIOD - 1))
}

/// The number behind a number of pushes.
pub(super) fn count(n: i64) -> i64 {
    (n + 1) & (PERIOD - 1)
}
