//! `gc`: the collector.

use crate::native::{ModuleDef, func};
use crate::q;
use crate::value::Value;

/// The module.
pub(super) static GC: ModuleDef = ModuleDef::new(
    q!("gc"),
    &[
        func(q!("collect"), 0, 0, |vm, _| {
            vm.collect();
            Ok(Value::small(0))
        }),
        func(q!("enable"), 0, 0, |_, _| Ok(Value::NONE)),
        func(q!("disable"), 0, 0, |_, _| Ok(Value::NONE)),
        func(q!("isenabled"), 0, 0, |_, _| Ok(Value::TRUE)),
        func(q!("mem_alloc"), 0, 0, |vm, _| {
            vm.new_int(vm.heap.used_bytes() as i64)
        }),
        func(q!("mem_free"), 0, 0, |vm, _| {
            vm.new_int(vm.heap.free_bytes() as i64)
        }),
    ],
);
