//! The firmware's modules, and the names that every program sees.

pub mod errno;
mod functions;
mod gc;
mod sys;
mod time;

use crate::native::{Item, Member, ModuleDef};
use crate::q;
use crate::qstr::Qstr;
use crate::value::Value;

pub use functions::BUILTINS;

/// All modules.
static MODULES: &[&ModuleDef] = &[
    &BUILTINS,
    &errno::ERRNO,
    &gc::GC,
    &sys::SYS,
    &time::TIME,
    &MICROPYTHON,
];

/// `micropython`
static MICROPYTHON: ModuleDef = ModuleDef::new(
    q!("micropython"),
    &[
        crate::native::func(q!("const"), 1, 1, |_, args| Ok(args.at(0))),
        crate::native::func(q!("opt_level"), 0, 1, |_, _| Ok(Value::small(0))),
        crate::native::member(q!("__name__"), Item::Str(q!("micropython"))),
    ],
);

/// The module of this name.
pub(crate) fn module(name: Qstr) -> Option<&'static ModuleDef> {
    MODULES.iter().copied().find(|m| m.name == name)
}

/// The names of a module of the firmware.
pub(crate) fn members_of(v: Value) -> &'static [Member] {
    MODULES
        .iter()
        .find(|m| m.value() == v)
        .map_or(&[], |m| m.members)
}
