//! `None`, `True`, `False` and `...`.

use crate::native::{Args, BinaryOp, PrintKind, Res, Sink, TypeDef, TypeSpec, UnaryOp};
use crate::q;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

fn print_singleton(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    let text: &[u8] = match v {
        Value::NONE => b"None",
        Value::TRUE => b"True",
        Value::FALSE => b"False",
        Value::NOT_IMPLEMENTED => b"NotImplemented",
        _ => b"Ellipsis",
    };
    vm.write(sink, text)
}

fn none_unary(_: &mut Vm<'_>, op: UnaryOp, v: Value) -> Res<Slot> {
    Ok(match op {
        UnaryOp::Bool => Some(Value::bool(v != Value::NONE)),
        UnaryOp::Hash => Some(Value::small(v.bits() as isize >> 3)),
        _ => None,
    })
}

fn new_bool(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    match args.get(0) {
        Some(v) => vm.truth(v).map(Value::bool),
        None => Ok(Value::FALSE),
    }
}

fn bool_unary(vm: &mut Vm<'_>, op: UnaryOp, v: Value) -> Res<Slot> {
    match op {
        UnaryOp::Bool => Ok(Some(v)),
        UnaryOp::Len => Ok(None),
        _ => super::int::unary(vm.again(), op, Value::small((v == Value::TRUE) as isize)),
    }
}

fn bool_binary(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
    vm.number_binary(op, a, b)
}

/// `bool`
pub static BOOL: TypeDef = type_def!(TypeSpec {
    make_new: Some(new_bool),
    arity: (0, 1),
    print: Some(print_singleton),
    unary: Some(bool_unary),
    binary: Some(bool_binary),
    keywords: false,
    ..TypeSpec::new(q!("bool"))
});

/// `NoneType`
pub static NONE_TYPE: TypeDef = type_def!(TypeSpec {
    print: Some(print_singleton),
    unary: Some(none_unary),
    ..TypeSpec::new(q!("NoneType"))
});

/// The type of `...`.
pub static ELLIPSIS_TYPE: TypeDef = type_def!(TypeSpec {
    print: Some(print_singleton),
    unary: Some(none_unary),
    ..TypeSpec::new(q!("Ellipsis"))
});

/// The type of `NotImplemented`.
pub static NOT_IMPLEMENTED_TYPE: TypeDef = type_def!(TypeSpec {
    print: Some(print_singleton),
    unary: Some(none_unary),
    ..TypeSpec::new(q!("NotImplemented"))
});
