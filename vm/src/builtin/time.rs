//! `time`: ticks and waiting, through the host.

use crate::native::{ModuleDef, Res, func};
use crate::q;
use crate::value::Value;
use crate::vm::Vm;

/// Ticks wrap at this power of two, so that they stay small ints on a 32-bit target too.
const TICKS_PERIOD: i64 = 1 << 30;

fn ticks(vm: &mut Vm<'_>, divisor: u64) -> Res {
    let t = (vm.host.ticks_us() / divisor) as i64 & (TICKS_PERIOD - 1);
    vm.new_int(t)
}

/// The module.
pub(super) static TIME: ModuleDef = ModuleDef::new(
    q!("time"),
    &[
        func(q!("ticks_ms"), 0, 0, |vm, _| ticks(vm, 1000)),
        func(q!("ticks_us"), 0, 0, |vm, _| ticks(vm, 1)),
        func(q!("ticks_cpu"), 0, 0, |vm, _| ticks(vm, 1)),
        func(q!("ticks_diff"), 2, 2, |vm, args| {
            let (a, b) = (
                vm.as_index(args.at(0))? as i64,
                vm.as_index(args.at(1))? as i64,
            );
            let half = TICKS_PERIOD / 2;
            vm.new_int(((a - b + half) & (TICKS_PERIOD - 1)) - half)
        }),
        func(q!("ticks_add"), 2, 2, |vm, args| {
            let (a, b) = (
                vm.as_index(args.at(0))? as i64,
                vm.as_index(args.at(1))? as i64,
            );
            vm.new_int((a + b) & (TICKS_PERIOD - 1))
        }),
        func(q!("sleep_ms"), 1, 1, |vm, args| sleep(vm, args.at(0), 1000)),
        func(q!("sleep_us"), 1, 1, |vm, args| sleep(vm, args.at(0), 1)),
        func(q!("time"), 0, 0, |vm, _| {
            let t = vm.host.unix_time_ns() / 1_000_000_000;
            vm.new_int(t as i64)
        }),
    ],
);

fn sleep(vm: &mut Vm<'_>, n: Value, unit: u64) -> Res {
    let n = vm.as_index(n)?.max(0) as u64;
    vm.host.sleep_us(n * unit);
    Ok(Value::NONE)
}
