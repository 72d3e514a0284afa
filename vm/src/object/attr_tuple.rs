//! Tuples whose items have names too, as `sys.implementation` is one.

use crate::heap::Kind;
use crate::native::{Access, PrintKind, Res, Sink, TypeDef, TypeSpec};
use crate::object::class::Class;
use crate::object::tuple::TUPLE;
use crate::q;
use crate::qstr::Qstr;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Its type. A program sees it as `tuple`.
pub static ATTR_TUPLE: TypeDef = type_def!(TypeSpec {
    parent: Some(&TUPLE),
    print: Some(print),
    attr: Some(attr),
    ..TypeSpec::new(q!("tuple"))
});

/// A tuple of these names and items.
///
/// # Errors
/// `MemoryError`.
pub fn new(vm: &mut Vm<'_>, names: &[Qstr], items: &[Value]) -> Res {
    let mark = vm.mark();
    for &item in items {
        vm.root(item)?;
    }
    let list = vm.new_tuple_room(names.len())?;
    for (slot, &name) in vm.slots_mut(list).iter_mut().zip(names) {
        *slot = Some(Value::qstr(name));
    }
    let tuple = vm.new_named_tuple(list, items)?;
    vm.release(mark);
    vm.root(tuple)?;
    Ok(tuple)
}

/// Whether the first word of a namedtuple's cell is names, not a class.
pub(crate) fn is_attr_tuple(vm: &Vm<'_>, v: Value) -> bool {
    vm.is(v, Kind::NamedTuple) && vm.slot(v, 0).is_some_and(|names| vm.is(names, Kind::Tuple))
}

/// The tuple of names: of a namedtuple, what its class says. A program that puts something else in their place has none.
pub(crate) fn names(vm: &Vm<'_>, v: Value) -> Slot {
    if !vm.is(v, Kind::NamedTuple) {
        return None;
    }
    let first = vm.slot(v, 0)?;
    let names = match vm.get::<Class>(first) {
        Some(class) => vm.dict_get_word(class.dict, Value::qstr(q!("_fields")))?,
        None => first,
    };
    Some(names).filter(|&names| vm.is_tuple(names))
}

/// Prints the items with their names.
pub(crate) fn print(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    vm.write_byte(sink, b'(')?;
    let names = names(vm, v).unwrap_or(Value::NONE);
    let mut i = 0;
    while let (Some(name), Some(item)) = (vm.item_at(names, i), vm.item_at(v, i)) {
        if i > 0 {
            vm.write(sink, b", ")?;
        }
        vm.print(name, sink, PrintKind::Str)?;
        vm.write_byte(sink, b'=')?;
        vm.print(item, sink, PrintKind::Repr)?;
        i += 1;
    }
    vm.write_byte(sink, b')')
}

/// The item of a name.
pub(crate) fn attr(vm: &mut Vm<'_>, v: Value, name: Qstr, access: Access) -> Res<Slot> {
    if let Access::Load = access
        && let Some(names) = names(vm, v)
        && let Some(i) = vm.sequence_find(names, Value::qstr(name), 0, usize::MAX)?
    {
        return Ok(vm.item_at(v, i));
    }
    Ok(None)
}
