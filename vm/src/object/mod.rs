//! The objects of the language: one file a type, or a few that belong together.

pub mod adaptor;
pub mod attr_tuple;
#[cfg(feature = "bigint")]
pub mod bigint;
pub mod buffer;
pub mod bytes;
pub mod class;
pub mod complex;
pub mod decode;
pub mod dict;
pub mod dict_view;
pub mod exception;
pub(crate) mod flash;
mod flash_text;
pub mod float;
pub mod format;
pub mod function;
pub mod generator;
pub mod hashed;
pub mod int;
pub mod items;
pub mod iter;
mod keys;
pub mod list;
pub(crate) mod list_slice;
pub mod opaque;
pub mod print;
pub mod sequence;
pub mod set;
pub mod singleton;
pub mod slice;
pub mod sort;
pub mod spec;
pub mod split;
pub mod str_methods;
#[cfg(test)]
mod tests;
pub mod text;
pub mod tuple;
pub mod types;
#[cfg(not(feature = "bigint"))]
mod word_int;

use crate::heap::Kind;
use crate::heap::kind::SHAPES;
use crate::native::{Res, TypeDef};
use crate::value::Value;
use crate::vm::Vm;

/// The native type of a value that is no instance of a program's class.
pub(crate) fn native_type(vm: &Vm<'_>, v: Value) -> &'static TypeDef {
    if v.is_small() {
        return &int::INT;
    }
    if v.as_qstr().is_some() {
        return &text::STR;
    }
    let Some(kind) = vm.kind(v) else {
        return match v {
            Value::TRUE | Value::FALSE => &singleton::BOOL,
            Value::NONE => &singleton::NONE_TYPE,
            Value::ELLIPSIS => &singleton::ELLIPSIS_TYPE,
            Value::NOT_IMPLEMENTED => &singleton::NOT_IMPLEMENTED_TYPE,
            _ => &types::FUNCTION,
        };
    };
    match kind {
        Kind::NamedTuple if attr_tuple::is_attr_tuple(vm, v) => &attr_tuple::ATTR_TUPLE,
        #[cfg(feature = "mod-collections")]
        Kind::Dict if vm.is_ordered_dict(v) => &dict::ORDERED_DICT,
        Kind::Iter | Kind::IterN => iter::type_of_iterator(vm.header(v).aux),
        Kind::Object => match vm
            .slots(v)
            .first()
            .copied()
            .flatten()
            .and_then(|t| vm.type_def(t))
        {
            Some(t) => t,
            None => &types::OBJECT,
        },
        Kind::Opaque => vm.type_def(vm.field(v, 0)).unwrap_or(&types::OBJECT),
        Kind::NativeConst => vm.cell::<crate::native::NativeConst>(v).def,
        kind => TYPES[kind as usize],
    }
}

/// The native types of kinds that have one each.
static TYPES: [&TypeDef; SHAPES.len()] = {
    let mut types: [&TypeDef; SHAPES.len()] = [&types::CELL; SHAPES.len()];
    let mut n = 0;
    while n < types.len() {
        types[n] = type_of_kind(Kind::ALL[n]);
        n += 1;
    }
    types
};

const fn type_of_kind(kind: Kind) -> &'static TypeDef {
    match kind {
        Kind::Str | Kind::FlashStr => &text::STR,
        Kind::Bytes | Kind::FlashBytes => &bytes::BYTES,
        Kind::BigInt => &int::INT,
        Kind::Float if Kind::Float.exists() => &float::FLOAT,
        Kind::Complex if Kind::Complex.exists() => &complex::COMPLEX,
        #[cfg(feature = "mod-collections")]
        Kind::NamedTuple => &crate::builtin::collections::named_tuple::NAMED_TUPLE,
        #[cfg(not(feature = "mod-collections"))]
        Kind::NamedTuple => &tuple::TUPLE,
        Kind::Tuple => &tuple::TUPLE,
        Kind::List => &list::LIST,
        Kind::Dict => &dict::DICT,
        Kind::DictView => &dict_view::DICT_VIEW,
        Kind::Set if Kind::Set.exists() => &set::SET,
        Kind::FrozenSet if Kind::FrozenSet.exists() => &set::FROZENSET,
        Kind::Function | Kind::Native => &types::FUNCTION,
        Kind::Closure => &types::CLOSURE,
        Kind::BoundMethod => &types::BOUND_METHOD,
        Kind::Generator => &types::GENERATOR,
        Kind::Module | Kind::NativeModule => &types::MODULE,
        Kind::Class | Kind::Type => &types::TYPE,
        Kind::Exception => &exception::BASE_EXCEPTION,
        Kind::Slice if Kind::Slice.exists() => &slice::SLICE,
        Kind::Range => &slice::RANGE,
        Kind::Property if Kind::Property.exists() => &types::PROPERTY,
        Kind::StaticMethod => &types::STATIC_METHOD,
        Kind::ClassMethod => &types::CLASS_METHOD,
        Kind::Super => &types::SUPER,
        Kind::ByteArray if Kind::MemoryView.exists() => &buffer::BYTEARRAY,
        Kind::Array if Kind::Array.exists() => &buffer::ARRAY,
        Kind::MemoryView if Kind::MemoryView.exists() => &buffer::MEMORYVIEW,
        Kind::Instance => &types::OBJECT,
        // Cells that no program sees, and kinds that this build is without.
        _ => &types::CELL,
    }
}

impl Vm<'_> {
    /// An object of a native type with room for `n` values, none of them set.
    pub(crate) fn new_object_room(&mut self, def: &'static TypeDef, n: usize) -> Res {
        let cell = self.alloc(Kind::Object, 1 + n as u32)?;
        self.set_slot(cell, 0, Some(def.value()));
        Ok(cell)
    }

    /// Whether a value is an object of just this native type.
    pub(crate) fn is_object(&self, v: Value, def: &'static TypeDef) -> bool {
        self.is(v, Kind::Object) && self.slots(v).first() == Some(&Some(def.value()))
    }

    /// The receiver of a method, a cell of this kind or a native part that is one.
    pub(crate) fn receiver(&mut self, v: Value, kind: Kind) -> Res {
        let v = self.native_part(v);
        match self.is(v, kind) {
            true => Ok(v),
            false => Err(self.type_error(msg!("argument has wrong type"))),
        }
    }

    /// Makes sure that the receiver of a method is of the method's type: a method that is taken from its type is called
    /// with anything.
    pub(crate) fn check_object(&mut self, v: Value, def: &'static TypeDef) -> Res<()> {
        if self.is_object(v, def) {
            Ok(())
        } else {
            Err(self.type_error("argument has wrong type"))
        }
    }
}
