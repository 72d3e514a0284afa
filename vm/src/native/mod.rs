//! How the firmware offers types, functions and modules: constant tables in flash, no RAM until a program uses them.

mod args;
mod code;
mod member;
mod offer;
mod ops;
mod type_def;

pub use args::Args;
#[cfg(feature = "mod-math")]
pub(crate) use member::func_compute;
pub use member::{
    Binding, Getter, Item, Member, class_fn, func, func_0_1, func_1, func_1_2, func_1_3, func_2,
    func_2_3, func_3, func_kw, member, static_fn,
};
pub use ops::{BinaryOp, UnaryOp};
pub use type_def::{TypeDef, TypeSpec, Word};

use crate::heap::{Cell, Header, Kind};
use crate::qstr::Qstr;
use crate::raise::Raised;
use crate::value::Value;
use crate::vm::Vm;

/// What every operation gives: a value, or an exception that the VM holds.
pub type Res<T = Value> = Result<T, Raised>;

/// The code of a native function.
pub type NativeFn = fn(&mut Vm<'_>, Args) -> Res;

/// Any number of arguments.
pub const ANY: u8 = 255;

/// What is asked of `a[i]` or `a.b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Its value.
    Load,
    /// To set it.
    Store(Value),
    /// To delete it.
    Delete,
}

/// How a value is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrintKind {
    /// As `str()` does.
    Str,
    /// As `repr()` does.
    Repr,
}

/// Where printing goes: one word, so that it takes one register among the arguments of all that prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sink(Value);

#[allow(non_snake_case, non_upper_case_globals)]
impl Sink {
    /// The host's console.
    pub const Console: Sink = Sink(Value::NONE);
    /// The host's console for errors.
    pub const Error: Sink = Sink(Value::FALSE);

    /// A growing bytearray.
    pub const fn Buffer(bytearray: Value) -> Sink {
        Sink(bytearray)
    }

    /// An object that is a stream or has a `write` method: so no bytearray.
    pub const fn Object(object: Value) -> Sink {
        Sink(object)
    }

    /// The bytearray or the object.
    pub(crate) const fn target(self) -> Value {
        self.0
    }
}

/// The bytes that an object lends: see [`TypeSpec::buffer`].
#[derive(Clone, Copy, Debug)]
pub struct Buffer {
    /// First byte.
    pub ptr: *mut u8,
    /// How many.
    pub len: usize,
    /// Whether they may be written.
    pub writable: bool,
    /// Type of the items as in `struct`, `B` for plain bytes.
    pub typecode: u8,
}

/// An object of the firmware that is only there once, in flash: its type says what it is.
#[repr(C, align(8))]
pub struct NativeConst {
    pub(crate) header: Header,
    pub(crate) def: &'static TypeDef,
}

// SAFETY: `repr(C)`, header first; only statics have this kind.
unsafe impl Cell for NativeConst {
    const KIND: Kind = Kind::NativeConst;
}

impl NativeConst {
    /// The object as a value.
    pub fn value(&'static self) -> Value {
        Value::from_ptr(self)
    }
}

/// A module of the firmware, in flash.
#[repr(C, align(8))]
pub struct ModuleDef {
    /// Its `aux` is the module's name.
    pub(crate) header: Header,
    /// Its names.
    pub members: &'static [Member],
}

// SAFETY: `repr(C)`, header first; only statics have this kind.
unsafe impl Cell for ModuleDef {
    const KIND: Kind = Kind::NativeModule;
}

impl ModuleDef {
    /// A module of these names.
    pub const fn new(name: Qstr, members: &'static [Member]) -> ModuleDef {
        ModuleDef {
            header: Header {
                aux: name.0,
                ..Header::new(Kind::NativeModule, 0)
            },
            members,
        }
    }

    /// Its name.
    pub const fn name(&self) -> Qstr {
        Qstr(self.header.aux)
    }

    /// The module as a value.
    pub fn value(&'static self) -> Value {
        Value::from_ptr(self)
    }

    /// What a name is.
    pub fn find(&'static self, name: Qstr) -> Option<&'static Member> {
        self.members.iter().find(|m| m.name() == name)
    }
}
