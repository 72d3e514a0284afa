//! Classes made by a program, and their instances.

use crate::heap::{Cell, Header, Kind};
use crate::message::Part;
use crate::native::{Access, Res};
use crate::q;
use crate::qstr::Qstr;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// A class. Its dict is a [`Table`](crate::table::Table) that instances do not share.
#[repr(C)]
pub struct Class {
    /// `flags`: bits of [`flags`]; `aux`: the qstr of the name; `len`: attributes that
    /// its instances mostly have.
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
    /// Made by `namedtuple()`: a call makes a tuple. Not inherited.
    pub const NAMED_TUPLE: u8 = 8;
}

/// Bit of an instance's header flags: its native part was made from the arguments of `__init__`.
pub const NATIVE_MADE: u8 = 1;

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

impl Vm<'_> {
    /// Sets the flags of a class that a name stored in it asks for.
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    pub(crate) fn note_special(&mut self, class: Value, name: Qstr, access: Access) -> Res<()> {
        let Access::Store(value) = access else {
            return Ok(());
        };
        if !cfg!(feature = "property")
            && [q!("__get__"), q!("__set__"), q!("__delete__")].contains(&name)
        {
            return self.must_exist(Kind::Property);
        }
        let mut bits = 0;
        if name == q!("__setattr__") || name == q!("__delattr__") {
            bits |= flags::STORE_HOOK;
        }
        if name == q!("__getattr__") {
            bits |= flags::GETATTR;
        }
        if cfg!(feature = "property")
            && matches!(self.cell_kind(value), Some(Kind::Property | Kind::Instance))
        {
            bits |= flags::STORE_HOOK | flags::DESCRIPTORS;
        }
        if bits != 0 {
            self.header_mut(class).flags |= bits;
        }
        Ok(())
    }

    /// A class made by `class` or `type()`: name, tuple of bases, dict.
    pub(crate) fn new_class(&mut self, name: Value, bases: Value, dict: Value) -> Res {
        if !self.is_str(name) {
            return Err(self.type_error(msg!("type name must be a string")));
        }
        let name = self.name_of(name)?;
        let mut bits = 0;
        let mut native = None;
        for i in 0..self.slots(bases).len() {
            let base = self.slot(bases, i).unwrap_or(Value::NONE);
            if let Some(t) = self.type_def(base) {
                if t.make_new().is_none() || core::ptr::eq(t, &super::singleton::BOOL) {
                    return Err(self.type_error_with(
                        msg!("type '%' isn't an acceptable base type"),
                        &[Part::Name(t.name)],
                    ));
                }
                if !core::ptr::eq(t, &super::types::OBJECT) {
                    native = self.one_native(native, Some(base))?;
                }
            } else if let Some(c) = self.get::<Class>(base) {
                let inherited = c.native;
                bits |= c.header.flags & !flags::NAMED_TUPLE;
                native = self.one_native(native, inherited)?;
            } else {
                return Err(self.type_error(msg!("type isn't an acceptable base type")));
            }
        }
        let bases = match self.slots(bases).len() {
            0 => self.object_bases()?,
            _ => bases,
        };
        self.make_new_static(dict)?;
        let cell = self.alloc(Kind::Class, 0)?;
        let c = self.cell_mut::<Class>(cell);
        c.header.aux = name.id();
        c.header.flags |= bits;
        c.bases = bases;
        c.dict = dict;
        c.native = native;
        self.header_mut(dict).flags |= super::hashed::OF_CLASS;
        let table = self.hashed(dict).table;
        let mut at = 0;
        while let Some((key, value)) = self.next_in_table(table, &mut at) {
            if let (Some(key), Some(value)) = (key.as_qstr(), value) {
                self.note_special(cell, key, Access::Store(value))?;
            }
        }
        if cfg!(feature = "property") && self.header(cell).flags & flags::DESCRIPTORS != 0 {
            self.set_names(cell, dict)?;
        }
        Ok(cell)
    }

    /// The bases of a class that names none: one tuple for all.
    fn object_bases(&mut self) -> Res {
        if let Some(bases) = self.roots.object_bases {
            return Ok(bases);
        }
        let bases = self.new_tuple(&[super::types::OBJECT.value()])?;
        self.roots.object_bases = Some(bases);
        Ok(bases)
    }

    /// The native type that a class extends, of those of two bases: there is room for one.
    fn one_native(&mut self, a: Slot, b: Slot) -> Res<Slot> {
        match (a, b) {
            (Some(a), Some(b)) if a != b => {
                Err(self.type_error(msg!("multiple bases have instance lay-out conflict")))
            }
            _ => Ok(a.or(b)),
        }
    }

    /// A class's `__new__` is a static method, decorated or not.
    fn make_new_static(&mut self, dict: Value) -> Res<()> {
        let name = Value::qstr(q!("__new__"));
        match self.dict_get_word(dict, name) {
            Some(f) if matches!(self.cell_kind(f), Some(Kind::Function | Kind::Closure)) => {
                let method = self.new_fields(Kind::StaticMethod, &[f])?;
                self.dict_set(dict, name, method)
            }
            _ => Ok(()),
        }
    }

    /// Tells each descriptor in a new class its name.
    fn set_names(&mut self, class: Value, dict: Value) -> Res<()> {
        // A `__set_name__` may change the class: what was in it at first counts.
        let names = super::dict::copy_of(self, dict)?;
        let mut at = 0;
        while let Some((key, value)) = self.next_entry(names, &mut at) {
            if let Some(hook) =
                self.lookup_special(value.unwrap_or(Value::NONE), q!("__set_name__"))?
            {
                self.call(hook, &[class, key])?;
            }
        }
        Ok(())
    }
}
