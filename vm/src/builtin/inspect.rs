//! `dir` and `help`: what a value has.

use crate::builtin::members_of;
use crate::heap::Kind;
use crate::message::Part;
use crate::native::{Binding, Item, Member, PrintKind, Res, Sink, TypeDef};
use crate::object::class::{Class, Instance};
use crate::q;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// `dir(v)`: each name once. Without a value, the names where it is called.
pub(super) fn dir(vm: &mut Vm<'_>, of: Slot) -> Res {
    let Some(v) = of else {
        let names = vm.running_names();
        let found = vm.new_dict()?;
        take_keys(vm, found, names)?;
        return vm.collect_list(found);
    };
    if let Some(hook) = vm.lookup_special(v, q!("__dir__"))? {
        return vm.call(hook, &[]);
    }
    let found = vm.new_dict()?;
    take_names(vm, found, v)?;
    vm.collect_list(found)
}

fn take_keys(vm: &mut Vm<'_>, found: Value, from: Value) -> Res<()> {
    let mut at = 0;
    while let Some((key, _)) = vm.next_entry(from, &mut at) {
        vm.dict_set(found, key, Value::NONE)?;
    }
    Ok(())
}

fn take_members(vm: &mut Vm<'_>, found: Value, members: &[Member]) -> Res<()> {
    for m in members {
        vm.dict_set(found, Value::qstr(m.name()), Value::NONE)?;
    }
    Ok(())
}

fn take_type(vm: &mut Vm<'_>, found: Value, def: &'static TypeDef) -> Res<()> {
    let mut at = Some(def);
    while let Some(t) = at {
        take_members(vm, found, t.members())?;
        at = t.parent();
    }
    Ok(())
}

/// The names of a class and of what it extends.
fn take_class(vm: &mut Vm<'_>, found: Value, class: Value) -> Res<()> {
    if let Some(def) = vm.type_def(class) {
        return take_type(vm, found, def);
    }
    let Some((dict, bases)) = vm.get::<Class>(class).map(|c| (c.dict, c.bases)) else {
        return Ok(());
    };
    take_keys(vm, found, dict)?;
    for i in 0..vm.slots(bases).len() {
        if let Some(base) = vm.slot(bases, i) {
            take_class(vm, found, base)?;
        }
    }
    Ok(())
}

fn take_names(vm: &mut Vm<'_>, found: Value, v: Value) -> Res<()> {
    vm.dict_set(found, Value::qstr(q!("__class__")), Value::NONE)?;
    match vm.kind(v) {
        Some(Kind::Module) => {
            let names = vm.field(v, 0);
            take_keys(vm, found, names)
        }
        Some(Kind::NativeModule) => {
            vm.dict_set(found, Value::qstr(q!("__name__")), Value::NONE)?;
            take_members(vm, found, members_of(vm, v))
        }
        Some(Kind::Class | Kind::Type) => take_class(vm, found, v),
        Some(Kind::Instance) => {
            let mut at = 0;
            while let Some((key, _)) = vm.next_in_table(vm.cell::<Instance>(v).table, &mut at) {
                vm.dict_set(found, key, Value::NONE)?;
            }
            let class = vm.type_of(v);
            take_class(vm, found, class)
        }
        _ => {
            let class = vm.type_of(v);
            take_class(vm, found, class)
        }
    }
}

/// `help(v)`: its type and its names.
pub(super) fn help(vm: &mut Vm<'_>, of: Slot) -> Res {
    let out = Sink::Console;
    let Some(v) = of else {
        let welcome = msg!(
            "Welcome to MicroPython!\n\nFor further help on a specific object, type help(obj)\nFor a list of available modules, type help('modules')\n"
        );
        vm.write_with(out, welcome, &[])?;
        return Ok(Value::NONE);
    };
    if v == Value::qstr(q!("modules")) {
        for module in crate::builtin::modules() {
            vm.write_with(out, msg!("%\n"), &[Part::Name(module.name())])?;
        }
        vm.write_with(out, msg!("Plus any modules on the filesystem\n"), &[])?;
        return Ok(Value::NONE);
    }
    let parts = [Part::Value(v, PrintKind::Str), Part::TypeOf(v)];
    vm.write_with(out, msg!("object % is of type %\n"), &parts)?;
    match vm.kind(v) {
        Some(Kind::Module) => {
            let names = vm.field(v, 0);
            help_dict(vm, names)?;
        }
        Some(Kind::Class) => {
            let names = vm.cell::<Class>(v).dict;
            help_dict(vm, names)?;
        }
        Some(Kind::NativeModule) => help_members(vm, members_of(vm, v), v)?,
        _ => {
            let class = if vm.is_class(v) { v } else { vm.type_of(v) };
            if let Some(dict) = vm.get::<Class>(class).map(|c| c.dict) {
                help_dict(vm, dict)?;
            } else if let Some(def) = vm.type_def(class) {
                help_members(vm, def.members(), v)?;
            }
        }
    }
    Ok(Value::NONE)
}

fn help_line(vm: &mut Vm<'_>, name: Value, value: Value) -> Res<()> {
    let parts = [name, value].map(|v| Part::Value(v, PrintKind::Str));
    vm.write_with(Sink::Console, msg!("  % -- %\n"), &parts)
}

fn help_dict(vm: &mut Vm<'_>, dict: Value) -> Res<()> {
    let mut at = 0;
    while let Some((key, value)) = vm.next_entry(dict, &mut at) {
        help_line(vm, key, value.unwrap_or(Value::NONE))?;
    }
    Ok(())
}

fn help_members(vm: &mut Vm<'_>, members: &'static [Member], owner: Value) -> Res<()> {
    for m in members {
        // What is computed from an instance has no value without one.
        if m.is_computed() && !vm.is(owner, Kind::NativeModule) {
            continue;
        }
        let binding = match m.item() {
            Item::Fn(f) => f.binding(),
            _ => Binding::Method,
        };
        let value = match binding {
            Binding::Static => Value::qstr(q!("<staticmethod>")),
            Binding::Class => Value::qstr(q!("<classmethod>")),
            Binding::Method => vm.item_value(m, owner)?,
        };
        help_line(vm, Value::qstr(m.name()), value)?;
    }
    Ok(())
}
