//! How the firmware offers types, functions and modules: constant tables in flash, no RAM until a program uses them.

mod args;
mod member;
mod ops;

pub use args::Args;
pub use member::{
    Binding, Getter, Item, Member, Native2, Native3, class_fn, func, func_1, func_2, func_3,
    func_kw, member, static_fn,
};
pub use ops::{BinaryOp, UnaryOp};

use crate::heap::{Cell, Header, Kind};
use crate::qstr::Qstr;
use crate::raise::Raised;
use crate::value::{Slot, Value};
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

/// Where printing goes.
#[derive(Clone, Copy, Debug)]
pub enum Sink {
    /// The host's console.
    Console,
    /// The host's console for errors.
    Error,
    /// A growing bytearray.
    Buffer(Value),
    /// An object with a `write` method.
    Object(Value),
}

/// The bytes that an object lends: see [`TypeDef::buffer`].
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

/// Functions that set one field of a [`TypeDef`]: another crate cannot name them all.
macro_rules! builders {
    ($($(#[$doc:meta])* $with:ident: $field:ident = $type:ty;)*) => {$(
        $(#[$doc])*
        pub const fn $with(mut self, $field: $type) -> TypeDef {
            self.$field = Some($field);
            self
        }
    )*};
}

type Unary = fn(&mut Vm<'_>, UnaryOp, Value) -> Res<Slot>;
type Binary = fn(&mut Vm<'_>, BinaryOp, Value, Value) -> Res<Slot>;
type Subscript = fn(&mut Vm<'_>, Value, Value, Access) -> Res;
type Attribute = fn(&mut Vm<'_>, Value, Qstr, Access) -> Res<Slot>;
type Print = fn(&mut Vm<'_>, Value, Sink, PrintKind) -> Res<()>;

/// A type of the firmware, in flash.
#[repr(C, align(8))]
pub struct TypeDef {
    pub(crate) header: Header,
    /// Its name.
    pub name: Qstr,
    /// The type that it extends.
    pub parent: Option<&'static TypeDef>,
    /// Makes an instance: the type asked for (a subclass, perhaps) and the arguments.
    pub make_new: Option<fn(&mut Vm<'_>, Value, Args) -> Res>,
    /// Whether [`make_new`](TypeDef::make_new) takes keyword arguments.
    pub keywords: bool,
    /// Least and most positional arguments that [`make_new`](TypeDef::make_new) takes; [`ANY`]: any number.
    pub arity: (u8, u8),
    /// Prints an instance.
    pub print: Option<Print>,
    /// Unary operators; `None` where it has none such.
    pub unary: Option<Unary>,
    /// Binary operators with an instance on the left; `None` where it has none such.
    pub binary: Option<Binary>,
    /// `a[i]`.
    pub subscr: Option<Subscript>,
    /// `iter(a)`.
    pub iter: Option<fn(&mut Vm<'_>, Value) -> Res>,
    /// `next(a)`; `None` at the end.
    pub next: Option<fn(&mut Vm<'_>, Value) -> Res<Slot>>,
    /// A call of an instance.
    pub call: Option<fn(&mut Vm<'_>, Value, Args) -> Res>,
    /// Attributes beyond the members: `None` where there is none such; a store that was done gives any value.
    pub attr: Option<Attribute>,
    /// The bytes that an instance lends.
    pub buffer: Option<fn(&mut Vm<'_>, Value) -> Option<Buffer>>,
    /// What an instance does as a stream.
    pub stream: Option<&'static crate::stream::Stream>,
    /// Methods and constants.
    pub members: &'static [Member],
}

// SAFETY: `repr(C)`, header first; only statics have this kind.
unsafe impl Cell for TypeDef {
    const KIND: Kind = Kind::Type;
}

impl TypeDef {
    /// A type without anything: a base for struct update.
    pub const fn new(name: Qstr) -> TypeDef {
        TypeDef {
            header: Header::new(Kind::Type, 0),
            name,
            parent: None,
            make_new: None,
            keywords: true,
            arity: (0, ANY),
            print: None,
            unary: None,
            binary: None,
            subscr: None,
            iter: None,
            next: None,
            call: None,
            attr: None,
            buffer: None,
            stream: None,
            members: &[],
        }
    }

    builders! {
        /// The same type, extending another.
        with_parent: parent = &'static TypeDef;
        /// The same type, made by this function.
        with_make_new: make_new = fn(&mut Vm<'_>, Value, Args) -> Res;
        /// The same type, printed by this function.
        with_print: print = Print;
        /// The same type with unary operators.
        with_unary: unary = Unary;
        /// The same type with binary operators.
        with_binary: binary = Binary;
        /// The same type with `a[i]`.
        with_subscr: subscr = Subscript;
        /// The same type with `iter(a)`.
        with_iter: iter = fn(&mut Vm<'_>, Value) -> Res;
        /// The same type with `next(a)`.
        with_next: next = fn(&mut Vm<'_>, Value) -> Res<Slot>;
        /// The same type with instances that can be called.
        with_call: call = fn(&mut Vm<'_>, Value, Args) -> Res;
        /// The same type with attributes beyond the members.
        with_attr: attr = Attribute;
    }

    /// The same type, made from so many positional arguments: least and most.
    pub const fn with_arity(mut self, least: u8, most: u8) -> TypeDef {
        self.arity = (least, most);
        self
    }

    /// The same type with these methods and constants.
    pub const fn with_members(mut self, members: &'static [Member]) -> TypeDef {
        self.members = members;
        self
    }

    /// The type as a value.
    #[inline(always)]
    pub fn value(&'static self) -> Value {
        Value::from_ptr(self)
    }

    /// Whether it is `other` or extends it.
    pub fn extends(&'static self, other: &'static TypeDef) -> bool {
        let mut at = Some(self);
        while let Some(t) = at {
            if core::ptr::eq(t, other) {
                return true;
            }
            at = t.parent;
        }
        false
    }

    /// The member of a name, in this type or one that it extends.
    pub fn find_member(&'static self, name: Qstr) -> Option<&'static Member> {
        let mut at = Some(self);
        while let Some(t) = at {
            if let Some(m) = t.members.iter().find(|m| m.name() == name) {
                return Some(m);
            }
            at = t.parent;
        }
        None
    }

    /// What a name is, in this type or one that it extends.
    pub fn find(&'static self, name: Qstr) -> Option<Item> {
        self.find_member(name).map(Member::item)
    }
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
    pub(crate) header: Header,
    /// Its name.
    pub name: Qstr,
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
            header: Header::new(Kind::NativeModule, 0),
            name,
            members,
        }
    }

    /// The module as a value.
    pub fn value(&'static self) -> Value {
        Value::from_ptr(self)
    }

    /// What a name is.
    pub fn find(&'static self, name: Qstr) -> Option<Item> {
        self.members
            .iter()
            .find(|m| m.name() == name)
            .map(Member::item)
    }
}
