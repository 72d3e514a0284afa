//! The firmware's modules, and the names that every program sees.

#[cfg(feature = "mod-array")]
mod array;
#[cfg(feature = "mod-asyncio")]
mod asyncio;
#[cfg(feature = "mod-binascii")]
mod binascii;
#[cfg(feature = "mod-time-calendar")]
mod calendar;
#[cfg(feature = "mod-cmath")]
mod cmath;
#[cfg(feature = "mod-collections")]
pub(crate) mod collections;
#[cfg(feature = "mod-deflate")]
mod deflate;
pub mod errno;
#[cfg(feature = "mod-framebuf")]
pub(crate) mod framebuf;
pub(crate) mod frozen;
mod functions;
mod gc;
#[cfg(feature = "mod-hashlib")]
mod hashlib;
#[cfg(feature = "mod-heapq")]
mod heapq;
mod inspect;
pub(crate) mod io;
#[cfg(feature = "mod-json")]
mod json;
#[cfg(feature = "mod-machine-base")]
mod machine;
#[cfg(feature = "mod-math")]
pub(crate) mod math;
mod micropython;
mod os;
#[cfg(feature = "mod-ota")]
mod ota;
#[cfg(feature = "mod-platform")]
mod platform;
#[cfg(feature = "mod-random")]
pub(crate) mod random;
#[cfg(feature = "mod-re")]
mod re;
mod ringio;
#[cfg(feature = "mod-select")]
mod select;
#[cfg(feature = "mod-socket")]
mod socket;
#[cfg(feature = "mod-string")]
mod string;
#[cfg(feature = "mod-struct")]
mod structure;
mod sys;
#[cfg(feature = "mod-time")]
mod time;
#[cfg(feature = "mod-uctypes")]
pub(crate) mod uctypes;
mod vfs;
#[cfg(feature = "mod-weakref")]
pub(crate) mod weakref;

use crate::heap::Kind;
use crate::native::{Item, Member, ModuleDef};
use crate::qstr::Qstr;
use crate::value::Value;
use crate::vm::Vm;

pub use functions::BUILTINS;
pub(crate) use sys::SYS;

/// All modules.
static MODULES: &[&ModuleDef] = &[
    &BUILTINS,
    #[cfg(feature = "mod-asyncio")]
    &asyncio::ASYNCIO,
    &errno::ERRNO,
    &gc::GC,
    #[cfg(feature = "mod-resources")]
    &crate::files::IMPORTLIB,
    #[cfg(feature = "mod-resources")]
    &crate::files::RESOURCES,
    #[cfg(feature = "littlefs")]
    &crate::files::ROMFS,
    #[cfg(feature = "mod-io")]
    &io::IO,
    #[cfg(feature = "mod-os")]
    &os::OS,
    #[cfg(feature = "mod-vfs")]
    &vfs::VFS,
    #[cfg(feature = "mod-ota")]
    &ota::OTA,
    #[cfg(feature = "mod-json")]
    &json::JSON,
    #[cfg(feature = "mod-re")]
    &re::RE,
    #[cfg(feature = "mod-select")]
    &select::SELECT,
    &sys::SYS,
    #[cfg(feature = "mod-array")]
    &array::ARRAY,
    #[cfg(feature = "mod-binascii")]
    &binascii::BINASCII,
    #[cfg(feature = "mod-cmath")]
    &cmath::CMATH,
    #[cfg(feature = "mod-collections")]
    &collections::COLLECTIONS,
    #[cfg(feature = "mod-framebuf")]
    &framebuf::FRAMEBUF,
    #[cfg(feature = "mod-hashlib")]
    &hashlib::HASHLIB,
    #[cfg(feature = "mod-heapq")]
    &heapq::HEAPQ,
    #[cfg(feature = "mod-machine-base")]
    &machine::MACHINE,
    #[cfg(feature = "mod-math")]
    &math::MATH,
    #[cfg(feature = "mod-platform")]
    &platform::PLATFORM_MODULE,
    #[cfg(feature = "mod-random")]
    &random::RANDOM,
    #[cfg(feature = "mod-socket")]
    &socket::SOCKET_MODULE,
    #[cfg(feature = "mod-string")]
    &string::STRING,
    #[cfg(feature = "mod-string")]
    &string::TEMPLATELIB,
    #[cfg(feature = "mod-struct")]
    &structure::STRUCT,
    #[cfg(feature = "mod-deflate")]
    &deflate::DEFLATE,
    #[cfg(feature = "mod-uctypes")]
    &uctypes::UCTYPES,
    #[cfg(feature = "mod-time")]
    &time::TIME,
    &micropython::MICROPYTHON,
    #[cfg(feature = "mod-weakref")]
    &weakref::WEAKREF,
];

/// All modules of the firmware.
pub(crate) fn modules() -> &'static [&'static ModuleDef] {
    MODULES
}

/// A function of a module of the firmware.
pub(crate) fn function(name: Qstr, function: Qstr) -> Value {
    match module(name)
        .and_then(|m| m.find(function))
        .map(Member::item)
    {
        Some(Item::Fn(f)) => Value::from_ptr(f),
        _ => Value::NONE,
    }
}

/// The module of this name.
pub(crate) fn module(name: Qstr) -> Option<&'static ModuleDef> {
    MODULES.iter().copied().find(|m| m.name() == name)
}

/// The names of a module of the VM or of the firmware.
pub(crate) fn members_of(vm: &Vm<'_>, v: Value) -> &'static [Member] {
    if vm.is(v, Kind::NativeModule) {
        // SAFETY: cells of this kind are statics.
        unsafe { &*v.ptr::<ModuleDef>() }.members
    } else {
        &[]
    }
}
