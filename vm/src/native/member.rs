//! Names of types and modules, and what they are: sixteen bytes of flash each on a 32-bit target.
//!
//! A member that is a function is the function's cell too: kind and name lie in the header, arity and binding in its
//! spare words, the code behind it.

use super::{Args, ModuleDef, NativeFn, Res, TypeDef};
use crate::heap::{Cell, Header, Kind};
use crate::qstr::Qstr;
use crate::value::Value;
use crate::vm::Vm;

/// How a function found in a type binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// To the instance.
    Method,
    /// To nothing.
    Static,
    /// To the type.
    Class,
}

/// Computes a value when it is asked for, from the object it is asked of.
pub type Getter = fn(&mut Vm<'_>, Value) -> Res;

/// What a name in a type or module is.
#[derive(Clone, Copy)]
pub enum Item {
    /// A function.
    Fn(&'static Member),
    /// A type.
    Type(&'static TypeDef),
    /// A module.
    Module(&'static ModuleDef),
    /// A number.
    Int(isize),
    /// An interned string.
    Str(Qstr),
    /// `None`, `True` and the like.
    Const(Value),
    /// A value that is computed when it is asked for, from the object it is asked of.
    Get(Getter),
}

/// A name and what it is. A function's is the cell of the function.
#[repr(C, align(8))]
pub struct Member {
    /// `kind`: `Native` in a function; `aux`: the name; `flags`: what `word` holds, and of a function [`KW`] and the
    /// binding; `len`: of a function, fewest and most positional arguments.
    header: Header,
    word: Word,
}

/// What a member is: which field is valid the header's flags say.
#[derive(Clone, Copy)]
union Word {
    code: NativeFn,
    def: &'static TypeDef,
    module: &'static ModuleDef,
    int: isize,
    name: Qstr,
    value: Value,
    get: Getter,
}

// SAFETY: `repr(C)`, header first; only functions have this kind, and they are statics.
unsafe impl Cell for Member {
    const KIND: Kind = Kind::Native;
}

#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<Member>() == 16);

/// What `word` holds, in the low bits of the flags.
mod tag {
    pub const FN: u8 = 0;
    pub const TYPE: u8 = 1;
    pub const MODULE: u8 = 2;
    pub const INT: u8 = 3;
    pub const STR: u8 = 4;
    pub const CONST: u8 = 5;
    pub const GET: u8 = 6;
    pub const MASK: u8 = 7;
}

/// Flag of a function that takes keyword arguments.
const KW: u8 = 1 << 3;
/// Place of the binding in the flags.
const BINDING: u8 = 4;

impl Member {
    /// The name.
    #[inline(always)]
    pub const fn name(&self) -> Qstr {
        Qstr(self.header.aux)
    }

    /// What it is.
    #[inline]
    pub fn item(&'static self) -> Item {
        // SAFETY: invariant 2; the constructors below wrote the field that the tag names.
        unsafe {
            match self.header.flags & tag::MASK {
                tag::TYPE => Item::Type(self.word.def),
                tag::MODULE => Item::Module(self.word.module),
                tag::INT => Item::Int(self.word.int),
                tag::STR => Item::Str(self.word.name),
                tag::CONST => Item::Const(self.word.value),
                tag::GET => Item::Get(self.word.get),
                _ => Item::Fn(self),
            }
        }
    }

    /// Fewest positional arguments of a function.
    #[inline(always)]
    pub const fn min(&self) -> u8 {
        self.header.len as u8
    }

    /// Most positional arguments of a function; [`ANY`](super::ANY): any number.
    #[inline(always)]
    pub const fn max(&self) -> u8 {
        (self.header.len >> 8) as u8
    }

    /// Whether a function takes keyword arguments.
    #[inline(always)]
    pub const fn takes_keywords(&self) -> bool {
        self.header.flags & KW != 0
    }

    /// How a function binds when it is found in a type.
    #[inline(always)]
    pub const fn binding(&self) -> Binding {
        match self.header.flags >> BINDING & 3 {
            0 => Binding::Method,
            1 => Binding::Static,
            _ => Binding::Class,
        }
    }

    /// What a function runs.
    #[inline(always)]
    pub fn code(&self) -> NativeFn {
        assert!(self.header.kind == Kind::Native as u8);
        // SAFETY: invariant 2; the kind says that it is a function.
        unsafe { self.word.code }
    }
}

const fn define(
    name: Qstr,
    min: u8,
    max: u8,
    kw: bool,
    binding: Binding,
    code: fn(&mut Vm<'_>, Args) -> Res,
) -> Member {
    let mut header = Header::new(Kind::Native, min as u32 | (max as u32) << 8);
    header.aux = name.0;
    header.flags = tag::FN | (binding as u8) << BINDING | if kw { KW } else { 0 };
    Member {
        header,
        word: Word { code },
    }
}

/// A function or method of `min..=max` positional arguments (its receiver counts).
pub const fn func(name: Qstr, min: u8, max: u8, code: NativeFn) -> Member {
    define(name, min, max, false, Binding::Method, code)
}

/// The same, taking keyword arguments too.
pub const fn func_kw(name: Qstr, min: u8, max: u8, code: NativeFn) -> Member {
    define(name, min, max, true, Binding::Method, code)
}

/// A static method.
pub const fn static_fn(name: Qstr, min: u8, max: u8, code: NativeFn) -> Member {
    define(name, min, max, true, Binding::Static, code)
}

/// A class method.
pub const fn class_fn(name: Qstr, min: u8, max: u8, code: NativeFn) -> Member {
    define(name, min, max, true, Binding::Class, code)
}

/// Any other name. (A function that another table has too is given again there.)
pub const fn member(name: Qstr, item: Item) -> Member {
    let (flags, word) = match item {
        Item::Fn(f) => return f.renamed(name),
        Item::Type(def) => (tag::TYPE, Word { def }),
        Item::Module(module) => (tag::MODULE, Word { module }),
        Item::Int(int) => (tag::INT, Word { int }),
        Item::Str(name) => (tag::STR, Word { name }),
        Item::Const(value) => (tag::CONST, Word { value }),
        Item::Get(get) => (tag::GET, Word { get }),
    };
    let mut header = Header::new(Kind::Free, 0);
    header.aux = name.0;
    header.flags = flags;
    Member { header, word }
}

impl Member {
    const fn renamed(&self, name: Qstr) -> Member {
        let mut header = self.header;
        header.aux = name.0;
        Member {
            header,
            word: self.word,
        }
    }
}
