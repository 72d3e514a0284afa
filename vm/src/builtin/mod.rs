//! The firmware's modules, and the names that every program sees.

pub mod errno;
mod functions;
mod gc;
pub(crate) mod io;
mod micropython;
mod ota;
mod ringio;
mod sys;
mod time;

use crate::native::{Member, ModuleDef};
use crate::qstr::Qstr;
use crate::value::Value;

pub use functions::BUILTINS;
pub(crate) use sys::SYS;

/// All modules.
static MODULES: &[&ModuleDef] = &[
    &BUILTINS,
    &errno::ERRNO,
    &gc::GC,
    &io::IO,
    &ota::OTA,
    &sys::SYS,
    &time::TIME,
    &micropython::MICROPYTHON,
];

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
