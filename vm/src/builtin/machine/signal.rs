//! `machine.Signal`: a pin that may mean the opposite of its level, and `machine.PinBase`, which a program's own pins extend.

use crate::native::{ANY, Args, Res, TypeDef, TypeSpec, func};
#[cfg(not(feature = "mod-machine"))]
use crate::object::exception as types;
use crate::q;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// `PinBase`: whoever extends it has a method `value`.
pub(super) static PIN_BASE: TypeDef = type_def!(TypeSpec {
    make_new: Some(|vm, _, _| vm.new_object(PIN_BASE.value(), &[])),
    ..TypeSpec::new(q!("PinBase"))
});

/// `Signal(pin, invert=False)`, or `Signal(pin_arguments..., invert=False)`
pub(super) static SIGNAL: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    arity: (1, ANY),
    call: Some(|vm, v, args| access(vm, v, args.get(0))),
    members: &[
        func(q!("value"), 1, 2, |vm, args| access(
            vm,
            args.at(0),
            args.get(1)
        )),
        func(q!("on"), 1, 1, |vm, args| access(
            vm,
            args.at(0),
            Some(Value::TRUE)
        )),
        func(q!("off"), 1, 1, |vm, args| access(
            vm,
            args.at(0),
            Some(Value::FALSE)
        )),
    ],
    ..TypeSpec::new(q!("Signal"))
});

/// Slots: the pin, and whether its level is the opposite.
const TARGET: usize = 1;
const INVERT: usize = 2;

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let first = args.at(0);
    let invert = match args.kw(q!("invert")) {
        Some(invert) => vm.truth(invert)?,
        None => false,
    };
    let target = match vm.is_instance(first, &PIN_BASE) {
        true => first,
        #[cfg(feature = "mod-machine")]
        false => pin_of(vm, args, invert)?,
        #[cfg(not(feature = "mod-machine"))]
        false => return Err(vm.error_bare(&types::TYPE_ERROR)),
    };
    vm.new_object(SIGNAL.value(), &[target, Value::bool(invert)])
}

/// The pin of a signal's other arguments. The value to begin with is the signal's.
#[cfg(feature = "mod-machine")]
fn pin_of(vm: &mut Vm<'_>, args: Args, invert: bool) -> Res {
    let list = vm.new_list(&[])?;
    for i in 0..args.len() {
        vm.list_push(list, args.at(i))?;
    }
    let keywords = vm.new_dict()?;
    for i in 0..args.kw_len() {
        let (name, mut value) = args.kw_at(i);
        if name == Value::qstr(q!("invert")) {
            continue;
        }
        if invert && name == Value::qstr(q!("value")) {
            value = Value::bool(!vm.truth(value)?);
        }
        vm.dict_set(keywords, name, value)?;
    }
    vm.call_unpacked(super::pin::PIN.value(), list, keywords)
}

/// Reads a signal, or sets it where there is a level.
fn access(vm: &mut Vm<'_>, v: Value, level: Slot) -> Res {
    let v = vm.native_part(v);
    vm.check_object(v, &SIGNAL)?;
    let target = vm.slot(v, TARGET).unwrap_or(Value::NONE);
    let invert = vm.slot(v, INVERT) == Some(Value::TRUE);
    let Some(level) = level else {
        // A pin of a program's own may answer with any number.
        let answer = vm.call_method(target, q!("value"), &[])?;
        return Ok(Value::small(vm.as_index(answer)? ^ isize::from(invert)));
    };
    let level = Value::bool(vm.truth(level)? ^ invert);
    vm.call_method(target, q!("value"), &[level])?;
    Ok(Value::NONE)
}
