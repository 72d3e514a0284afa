//! Classes made by a program, and their instances.

use crate::heap::{Cell, Header, Kind};
use crate::value::{Slot, Value};

/// A class. Its dict is a [`Table`](crate::table::Table) that instances do not share.
#[repr(C)]
pub struct Class {
    /// `flags`: bits of [`flags`]; `aux`: the qstr of the name.
    pub header: Header,
    /// A tuple of base classes.
    pub bases: Value,
    /// A dict: what the class body defined.
    pub dict: Value,
    /// The native type that it extends, if any, found along the bases.
    pub native: Slot,
}

// SAFETY: `repr(C)`, header first.
unsafe impl Cell for Class {
    const KIND: Kind = Kind::Class;
}

/// Bits of a class's header flags. They are inherited, and set again when a special method is stored later.
pub mod flags {
    /// Attributes may be properties or other descriptors: a load has to look.
    pub const DESCRIPTORS: u8 = 1;
    /// Defines `__setattr__` or `__delattr__`, or a property: a store has to look.
    pub const STORE_HOOK: u8 = 2;
    /// Defines `__getattr__`.
    pub const GETATTR: u8 = 4;
}

/// An instance.
#[repr(C)]
pub struct Instance {
    /// The cell's header.
    pub header: Header,
    /// Its class.
    pub class: Value,
    /// A table of attributes.
    pub table: Slot,
    /// The native object inside, where the class extends a native type.
    pub native: Slot,
}

// SAFETY: `repr(C)`, header first.
unsafe impl Cell for Instance {
    const KIND: Kind = Kind::Instance;
}
