//! defaultdict: a dict that makes the values of missing keys.

use crate::heap::Kind;
use crate::native::{Access, Args, BinaryOp, PrintKind, Res, Sink, TypeDef, TypeSpec, UnaryOp};
use crate::object::dict::DICT;
use crate::q;
use crate::qstr::Qstr;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// `defaultdict`: an `Object` of type, dict and factory. What it does not say itself its dict says.
pub(super) static DEFAULT_DICT: TypeDef = type_def!(TypeSpec {
    parent: Some(&DICT),
    make_new: Some(make_new),
    print: Some(print),
    unary: Some(unary),
    binary: Some(binary),
    subscr: Some(subscr),
    iter: Some(|vm, v| {
        let dict = dict_of(vm, v);
        vm.iter(dict)
    }),
    attr: Some(attr),
    ..TypeSpec::new(q!("defaultdict"))
});

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let v = vm.alloc(Kind::Object, 3)?;
    vm.set_slot(v, 0, Some(DEFAULT_DICT.value()));
    let dict = vm.call_with(DICT.value(), args.skip(1))?;
    let words = vm.slots_mut(v);
    words[1] = Some(dict);
    words[2] = args.get(0).filter(|&f| f != Value::NONE);
    Ok(v)
}

/// The dict inside a defaultdict; other values as they are.
pub(crate) fn plain(vm: &Vm<'_>, v: Value) -> Value {
    let is_one = vm.is(v, Kind::Object) && vm.slots(v).first() == Some(&Some(DEFAULT_DICT.value()));
    if is_one { dict_of(vm, v) } else { v }
}

fn dict_of(vm: &Vm<'_>, v: Value) -> Value {
    vm.slot(v, 1).unwrap_or(Value::NONE)
}

fn print(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    let factory = vm.slot(v, 2).unwrap_or(Value::NONE);
    vm.write(sink, b"defaultdict(")?;
    vm.print(factory, sink, PrintKind::Repr)?;
    vm.write(sink, b", ")?;
    vm.print(dict_of(vm, v), sink, PrintKind::Repr)?;
    vm.write_byte(sink, b')')
}

fn unary(vm: &mut Vm<'_>, op: UnaryOp, v: Value) -> Res<Slot> {
    vm.unary_maybe(op, dict_of(vm, v))
}

fn binary(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
    let (a, b) = (plain(vm, a), plain(vm, b));
    // A type is asked `In` with itself on the left, the language has it on the right.
    if op == BinaryOp::In {
        return vm.binary(op, b, a).map(Some);
    }
    vm.binary(op, a, b).map(Some)
}

fn subscr(vm: &mut Vm<'_>, v: Value, key: Value, access: Access) -> Res {
    let dict = dict_of(vm, v);
    if access == Access::Load
        && let Some(factory) = vm.slot(v, 2)
    {
        if let Some(found) = vm.dict_get(dict, key)? {
            return Ok(found);
        }
        let made = vm.call(factory, &[])?;
        vm.dict_set(dict, key, made)?;
        return Ok(made);
    }
    vm.subscr(dict, key, access)
}

fn attr(vm: &mut Vm<'_>, v: Value, name: Qstr, access: Access) -> Res<Slot> {
    if name == q!("default_factory") {
        return match access {
            Access::Load => Ok(Some(vm.slot(v, 2).unwrap_or(Value::NONE))),
            Access::Store(f) => {
                vm.set_slot(v, 2, Some(f).filter(|&f| f != Value::NONE));
                Ok(Some(Value::NONE))
            }
            Access::Delete => Ok(None),
        };
    }
    match access {
        Access::Load => vm.load_attr_maybe(dict_of(vm, v), name),
        _ => Ok(None),
    }
}
