//! `time`: ticks and waiting through the host. The [`calendar`] is beside it.

#[cfg(feature = "mod-time-calendar")]
use super::calendar;
use crate::native::{Member, ModuleDef, Res, func, func_1, func_2};
use crate::object::exception as types;
use crate::q;
use crate::value::{SMALL_INT_MAX, Value};
use crate::vm::Vm;

/// Ticks wrap at this power of two: they are small ints, never negative.
const TICKS_PERIOD: usize = SMALL_INT_MAX as usize + 1;

static MEMBERS: &[Member] = &[
    func(q!("ticks_ms"), 0, 0, |vm, _| ticks(vm, 1000)),
    func(q!("ticks_us"), 0, 0, |vm, _| ticks(vm, 1)),
    func(q!("ticks_cpu"), 0, 0, |vm, _| ticks(vm, 1)),
    func_2(q!("ticks_diff"), |vm, end, start| {
        let end = vm.as_index(end)? as usize;
        let start = vm.as_index(start)? as usize;
        Ok(Value::small(signed(end.wrapping_sub(start))))
    }),
    func_2(q!("ticks_add"), ticks_add),
    func_1(q!("sleep"), sleep),
    func_1(q!("sleep_ms"), |vm, n| sleep_for(vm, n, 1000)),
    func_1(q!("sleep_us"), |vm, n| sleep_for(vm, n, 1)),
    func(q!("time"), 0, 0, |vm, _| time(vm)),
    #[cfg(feature = "mod-time-calendar")]
    calendar::TIME_NS,
    #[cfg(feature = "mod-time-calendar")]
    calendar::GMTIME,
    #[cfg(feature = "mod-time-calendar")]
    calendar::LOCALTIME,
    #[cfg(feature = "mod-time-calendar")]
    calendar::MKTIME,
];

/// The module.
pub(super) static TIME: ModuleDef = ModuleDef::new(q!("time"), MEMBERS);

fn ticks(vm: &mut Vm<'_>, divisor: u64) -> Res {
    let t = (vm.host.ticks_us() / divisor) as usize % TICKS_PERIOD;
    Ok(Value::small(t as isize))
}

/// A number of ticks as a signed one: half of the period each way.
fn signed(ticks: usize) -> isize {
    let half = TICKS_PERIOD / 2;
    (ticks.wrapping_add(half) % TICKS_PERIOD) as isize - half as isize
}

fn ticks_add(vm: &mut Vm<'_>, ticks: Value, delta: Value) -> Res {
    let ticks = vm.as_index(ticks)? as usize;
    let delta = vm.as_index(delta)?;
    if delta.unsigned_abs() >= TICKS_PERIOD / 2 {
        return Err(vm.error(&types::OVERFLOW_ERROR, msg!("ticks interval overflow")));
    }
    let sum = ticks.wrapping_add_signed(delta) % TICKS_PERIOD;
    Ok(Value::small(sum as isize))
}

fn sleep(vm: &mut Vm<'_>, time: Value) -> Res {
    match u64::try_from(vm.as_microseconds(time)?) {
        Ok(us) => vm.wait_us(us)?,
        Err(_) => return Err(vm.os_error(crate::builtin::errno::EINVAL)),
    }
    Ok(Value::NONE)
}

fn sleep_for(vm: &mut Vm<'_>, n: Value, unit: u64) -> Res {
    let n = vm.as_index(n)?.max(0) as u64;
    vm.wait_us(n.saturating_mul(unit))?;
    Ok(Value::NONE)
}

/// Seconds since 1970: a float where one holds them, as on MicroPython's unix port, else an int.
fn time(vm: &mut Vm<'_>) -> Res {
    let ns = vm.host.unix_time_ns();
    if size_of::<crate::Float>() == 8 {
        vm.new_float(ns as crate::Float / 1e9)
    } else {
        vm.new_int((ns / 1_000_000_000) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_wrap() {
        assert_eq!(signed(TICKS_PERIOD - 1), -1);
        assert_eq!(signed(1usize.wrapping_sub(TICKS_PERIOD - 1)), 2);
        assert_eq!(signed(TICKS_PERIOD / 2), -(TICKS_PERIOD as isize / 2));
    }
}
