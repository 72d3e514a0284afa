//! `machine.Signal`: a pin that may mean the opposite of its level.

use super::pin::{self, PIN, PIN_BASE};
use crate::native::{ANY, Args, Res, TypeDef, TypeSpec, func};
use crate::q;
use crate::type_def;
use crate::value::Value;
use crate::vm::Vm;

/// `Signal(pin, invert=False)`, or `Signal(pin_arguments..., invert=False)`
pub(super) static SIGNAL: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    arity: (1, ANY),
    call: Some(|vm, v, args| {
        vm.check_object(v, &SIGNAL)?;
        value(vm, v, args.get(0))
    }),
    members: &[
        func(q!("value"), 1, 2, |vm, args| {
            let v = receiver(vm, args)?;
            value(vm, v, args.get(1))
        }),
        func(q!("on"), 1, 1, |vm, args| {
            let v = receiver(vm, args)?;
            value(vm, v, Some(Value::TRUE))
        }),
        func(q!("off"), 1, 1, |vm, args| {
            let v = receiver(vm, args)?;
            value(vm, v, Some(Value::FALSE))
        }),
    ],
    ..TypeSpec::new(q!("Signal"))
});

/// Slots: the pin, and whether its level is the opposite.
const TARGET: usize = 1;
const INVERT: usize = 2;

fn receiver(vm: &mut Vm<'_>, args: Args) -> Res {
    let v = vm.native_part(args.at(0));
    vm.check_object(v, &SIGNAL)?;
    Ok(v)
}

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let first = args.at(0);
    let invert = match args.kw(q!("invert")) {
        Some(invert) => vm.truth(invert)?,
        None => false,
    };
    let target = match vm.is_instance(first, &PIN_BASE) {
        true => first,
        false => pin_of(vm, args)?,
    };
    vm.new_object(SIGNAL.value(), &[target, Value::bool(invert)])
}

/// The pin of a signal's other arguments.
fn pin_of(vm: &mut Vm<'_>, args: Args) -> Res {
    let list = vm.new_list(&[])?;
    for i in 0..args.len() {
        vm.list_push(list, args.at(i))?;
    }
    let keywords = vm.new_dict()?;
    for i in 0..args.kw_len() {
        let (name, value) = args.kw_at(i);
        if name != Value::qstr(q!("invert")) {
            vm.dict_set(keywords, name, value)?;
        }
    }
    vm.call_unpacked(PIN.value(), list, keywords)
}

/// Reads a signal, or sets it where there is a level.
fn value(vm: &mut Vm<'_>, v: Value, level: Option<Value>) -> Res {
    let target = vm.slot(v, TARGET).unwrap_or(Value::NONE);
    let invert = vm.slot(v, INVERT) == Some(Value::TRUE);
    let level = match level {
        Some(level) => Some(Value::small((vm.truth(level)? ^ invert).into())),
        None => None,
    };
    let answer = if vm.is_object(target, &PIN) {
        pin::value(vm, target, level)?
    } else {
        match level {
            Some(level) => vm.call_method(target, q!("value"), &[level])?,
            None => vm.call_method(target, q!("value"), &[])?,
        }
    };
    match level {
        Some(_) => Ok(Value::NONE),
        // A pin of a program's own may answer with any number.
        None => Ok(Value::small(vm.as_index(answer)? ^ isize::from(invert))),
    }
}
