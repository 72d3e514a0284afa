//! `gc`: the collector.

use crate::native::{ModuleDef, Res, func, func_0_1};
use crate::q;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// The module.
pub(super) static GC: ModuleDef = ModuleDef::new(
    q!("gc"),
    &[
        func(q!("collect"), 0, 0, |vm, _| {
            let before = vm.heap.used_bytes();
            vm.collect();
            #[cfg(feature = "mod-weakref")]
            vm.call_weak_callbacks()?;
            let freed = before.saturating_sub(vm.heap.used_bytes());
            vm.new_int((freed / crate::heap::GRANULE) as i64)
        }),
        func(q!("enable"), 0, 0, |vm, _| {
            vm.heap.set_automatic(true);
            Ok(Value::NONE)
        }),
        func(q!("disable"), 0, 0, |vm, _| {
            vm.heap.set_automatic(false);
            Ok(Value::NONE)
        }),
        #[cfg(feature = "functions")]
        func(q!("isenabled"), 0, 0, |vm, _| {
            Ok(Value::bool(vm.heap.is_automatic()))
        }),
        func(q!("mem_alloc"), 0, 0, |vm, _| {
            vm.new_int(vm.heap.used_bytes() as i64)
        }),
        func(q!("mem_free"), 0, 0, |vm, _| {
            vm.new_int(vm.heap.free_bytes() as i64)
        }),
        #[cfg(feature = "functions")]
        func_0_1(q!("threshold"), threshold),
    ],
);

/// Bytes after which a collection is due; -1 leaves it to the VM.
fn threshold(vm: &mut Vm<'_>, amount: Slot) -> Res {
    match amount {
        None => vm.new_int(vm.heap.threshold().map_or(-1, |n| n as i64)),
        Some(n) => {
            let n = vm.as_index(n)?;
            vm.heap.set_threshold(usize::try_from(n).ok());
            Ok(Value::NONE)
        }
    }
}
