//! Tuples with named items, and the classes that `namedtuple()` makes.
//!
//! Such a class is a class of the program's as any other, with a flag: it extends `tuple`, its `_fields` are the names,
//! and calling it makes a `NamedTuple` cell, whose first word is the class. A class that extends it has instances with
//! such a cell inside.

use crate::heap::Kind;
use crate::message::Part;
use crate::native::{Access, Args, PrintKind, Res, Sink, TypeDef, TypeSpec, func_1};
use crate::object::attr_tuple;
use crate::object::class::{Class, flags};
use crate::object::exception as types;
use crate::object::tuple::{self, TUPLE};
use crate::q;
use crate::qstr::Qstr;
use crate::raise::Raised;
use crate::text::Msg;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// The native type of all namedtuples.
pub(crate) static NAMED_TUPLE: TypeDef = type_def!(TypeSpec {
    parent: Some(&TUPLE),
    make_new: Some(make),
    print: Some(print),
    unary: Some(tuple::unary),
    binary: Some(tuple::binary),
    subscr: Some(tuple::subscr),
    attr: Some(attr),
    members: &[func_1(q!("_asdict"), as_dict)],
    ..TypeSpec::new(q!("tuple"))
});

/// `namedtuple(name, fields)`: fields are a list or tuple of names, or names in one string.
pub(super) fn namedtuple(vm: &mut Vm<'_>, name: Value, fields: Value) -> Res {
    let name = Value::qstr(vm.name_of(name)?);
    let list = match vm.is_str(fields) {
        true => vm.call_method(fields, q!("split"), &[])?,
        false => fields,
    };
    let given = vm.checked_sequence_len(list)?;
    let fields = vm.new_tuple_room(given)?;
    for i in 0..given {
        let field = vm.item_at(list, i).unwrap_or(Value::NONE);
        let field = vm.name_of(field)?;
        vm.set_slot(fields, i, Some(Value::qstr(field)));
    }
    let bases = vm.new_tuple(&[TUPLE.value()])?;
    let dict = vm.new_dict()?;
    vm.dict_set(dict, Value::qstr(q!("_fields")), fields)?;
    let class = vm.new_class(name, bases, dict)?;
    let cell = vm.cell_mut::<Class>(class);
    cell.header.flags |= flags::NAMED_TUPLE;
    cell.native = Some(NAMED_TUPLE.value());
    Ok(class)
}

/// The class that `namedtuple()` made, in a class that is or extends it.
fn named_class(vm: &Vm<'_>, class: Value) -> Option<Value> {
    let cell = vm.get::<Class>(class)?;
    if cell.header.flags & flags::NAMED_TUPLE != 0 {
        return Some(class);
    }
    vm.slots(cell.bases)
        .iter()
        .flatten()
        .find_map(|&base| named_class(vm, base))
}

/// The names of a class's fields. A program that puts something else in their place has none.
fn fields<'v>(vm: &'v Vm<'_>, class: Value) -> &'v [Slot] {
    let found = vm
        .get::<Class>(class)
        .and_then(|c| vm.dict_get_word(c.dict, Value::qstr(q!("_fields"))));
    match found {
        Some(names) if vm.is_tuple(names) => vm.slots(names),
        _ => &[],
    }
}

/// A namedtuple of a class, the items by position and by name.
pub(crate) fn make(vm: &mut Vm<'_>, class: Value, args: Args) -> Res {
    let Some(class) = named_class(vm, class) else {
        return Err(vm.type_error(msg!("type isn't an acceptable base type")));
    };
    let n = fields(vm, class).len();
    if args.len() + args.kw_len() != n {
        let name = vm.class_name(class);
        let given = args.len() + args.kw_len();
        return Err(vm.type_error_with(
            msg!("%() takes % positional arguments but % were given"),
            &[Part::Name(name), Part::count(n), Part::count(given)],
        ));
    }
    let tuple = vm.alloc(Kind::NamedTuple, n as u32 + 1)?;
    vm.set_slot(tuple, 0, Some(class));
    for i in 0..args.len() {
        vm.set_slot(tuple, 1 + i, args.get(i));
    }
    for i in 0..args.kw_len() {
        let (name, value) = args.kw_at(i);
        let Some(at) = fields(vm, class).iter().position(|&f| f == Some(name)) else {
            return Err(keyword_error(
                vm,
                msg!("unexpected keyword argument '%'"),
                name,
            ));
        };
        let slot = &mut vm.slots_mut(tuple)[1 + at];
        if slot.is_some() {
            return Err(keyword_error(
                vm,
                msg!("function got multiple values for argument '%'"),
                name,
            ));
        }
        *slot = Some(value);
    }
    Ok(tuple)
}

#[cold]
fn keyword_error(vm: &mut Vm<'_>, what: Msg, name: Value) -> Raised {
    vm.type_error_with(what, &[Part::Str(name)])
}

fn print(vm: &mut Vm<'_>, v: Value, sink: Sink, kind: PrintKind) -> Res<()> {
    let name = Value::qstr(vm.type_name(v));
    vm.print(name, sink, PrintKind::Str)?;
    attr_tuple::print(vm.again(), v, sink, kind)
}

fn attr(vm: &mut Vm<'_>, v: Value, name: Qstr, access: Access) -> Res<Slot> {
    match attr_tuple::attr(vm.again(), v, name, Access::Load)? {
        Some(_) if access != Access::Load => {
            Err(vm.error(&types::ATTRIBUTE_ERROR, msg!("can't set attribute")))
        }
        found => Ok(found),
    }
}

fn as_dict(vm: &mut Vm<'_>, tuple: Value) -> Res {
    let v = vm.native_part(tuple);
    if !vm.is(v, Kind::NamedTuple) {
        return Err(vm.type_error(msg!("argument has wrong type")));
    }
    let dict = vm.new_ordered_dict()?;
    let names = attr_tuple::names(vm, v).unwrap_or(Value::NONE);
    let mut i = 0;
    while let (Some(name), Some(item)) = (vm.item_at(names, i), vm.item_at(v, i)) {
        vm.dict_set(dict, name, item)?;
        i += 1;
    }
    Ok(dict)
}
