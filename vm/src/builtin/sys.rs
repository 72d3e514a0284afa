//! `sys`: the program's surroundings.

use crate::native::{Args, Item, Member, ModuleDef, Res, Sink, func, member};
use crate::object::exception as types;
use crate::q;
use crate::value::{SMALL_INT_MAX, Value};
use crate::vm::Vm;

static MEMBERS: &[Member] = &[
    member(
        q!("path"),
        Item::Get(|vm, _| Ok(vm.roots.path.unwrap_or(Value::NONE))),
    ),
    member(
        q!("argv"),
        Item::Get(|vm, _| Ok(vm.roots.argv.unwrap_or(Value::NONE))),
    ),
    member(
        q!("modules"),
        Item::Get(|vm, _| Ok(vm.roots.modules.unwrap_or(Value::NONE))),
    ),
    member(q!("byteorder"), Item::Str(q!("little"))),
    member(q!("platform"), Item::Str(q!("romfs"))),
    member(q!("maxsize"), Item::Int(SMALL_INT_MAX)),
    func(q!("exit"), 0, 1, exit),
    func(q!("print_exception"), 1, 2, |vm, args| {
        let sink = args.get(1).map_or(Sink::Console, Sink::Object);
        vm.print_exception(args.at(0), sink)?;
        Ok(Value::NONE)
    }),
];

fn exit(vm: &mut Vm<'_>, args: Args) -> Res {
    let tuple: &[Value] = match args.get(0) {
        Some(v) => &[v],
        None => &[],
    };
    let e = vm.new_exception(types::SYSTEM_EXIT.value(), tuple)?;
    Err(vm.raise(e))
}

/// The module.
pub(super) static SYS: ModuleDef = ModuleDef::new(q!("sys"), MEMBERS);
