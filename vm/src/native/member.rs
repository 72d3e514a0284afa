//! Names of types and modules, and what they are: eight bytes of flash each on a 32-bit target.
//!
//! A member that is a function is the function's cell too, of a header's size: its kind is where a header has it, and name,
//! arity and binding share the three bytes behind it.

use super::{ANY, Args, ModuleDef, Res, TypeDef, code};
#[cfg(target_pointer_width = "32")]
use crate::heap::Header;
use crate::heap::{Cell, Kind};
use crate::qstr::Qstr;
use crate::value::{Slot, Value};
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

/// Computes a number from one.
pub type Compute = fn(f64) -> f64;

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
    /// As in a [`Header`](crate::heap::Header): `Native` in a function, else nothing.
    kind: u8,
    /// Fewest positional arguments of a function, and above [`MIN_BITS`] the most.
    arity: u8,
    /// Its name, and above [`NAME_BITS`] its [`form`].
    name: u16,
    /// A cell has a header's eight bytes.
    #[cfg(target_pointer_width = "64")]
    spare: u32,
    word: Word,
}

/// What a member is: which field is valid the form says.
#[derive(Clone, Copy)]
union Word {
    code: code::Any,
    def: &'static TypeDef,
    module: &'static ModuleDef,
    int: isize,
    name: Qstr,
    value: Value,
    get: Getter,
    one: code::One,
    two: code::Two,
    three: code::Three,
    up_to_1: code::UpTo1,
    one_to_2: code::OneTo2,
    one_to_3: code::OneTo3,
    two_to_3: code::TwoTo3,
    /// Any of those of two arguments at most: a value has a slot's ABI.
    any_two: code::AnyTwo,
    /// Any of those of three.
    any_three: code::AnyThree,
    #[cfg(feature = "mod-math")]
    compute: Compute,
}

// SAFETY: `repr(C)`, as long as a header and with the kind where that has it; only functions have this kind, and they are statics.
unsafe impl Cell for Member {
    const KIND: Kind = Kind::Native;
}

#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<Member>() == size_of::<Header>());

/// What `word` holds. A function's form says how it binds too, and whether it takes keyword arguments.
mod form {
    /// Added to twice the [`Binding`](super::Binding) of a function.
    pub const KW: u16 = 1;
    pub const TYPE: u16 = 6;
    pub const MODULE: u16 = 7;
    pub const INT: u16 = 8;
    pub const STR: u16 = 9;
    pub const CONST: u16 = 10;
    pub const GET: u16 = 11;
    /// A method of at most one, two or three arguments, as its arity says, which takes them as they are.
    pub const DIRECT: u16 = 12;
    /// A function of `math` that computes a float from one.
    #[cfg(feature = "mod-math")]
    pub const COMPUTE: u16 = 14;
}

/// Bits of a name: a firmware and the VM's own names together have fewer than 4096.
const NAME_BITS: u32 = 12;
const NAME_MASK: u16 = (1 << NAME_BITS) - 1;
/// Bits of the fewest arguments.
const MIN_BITS: u32 = 3;
const MIN_MASK: u8 = (1 << MIN_BITS) - 1;
/// The most arguments where there is no limit.
const MAX_ANY: u8 = 15;

impl Member {
    const fn new(name: Qstr, form: u16, word: Word) -> Member {
        assert!(name.0 <= NAME_MASK, "more names than a firmware can have");
        Member {
            kind: Kind::Free as u8,
            arity: 0,
            name: name.0 | form << NAME_BITS,
            #[cfg(target_pointer_width = "64")]
            spare: 0,
            word,
        }
    }

    /// The name.
    #[inline(always)]
    pub const fn name(&self) -> Qstr {
        Qstr(self.name & NAME_MASK)
    }

    const fn form(&self) -> u16 {
        self.name >> NAME_BITS
    }

    /// What it is.
    #[inline]
    pub fn item(&'static self) -> Item {
        // SAFETY: invariant 2; the constructors wrote the field that the form names.
        unsafe {
            match self.form() {
                form::TYPE => Item::Type(self.word.def),
                form::MODULE => Item::Module(self.word.module),
                form::INT => Item::Int(self.word.int),
                form::STR => Item::Str(self.word.name),
                form::CONST => Item::Const(self.word.value),
                form::GET => Item::Get(self.word.get),
                _ => Item::Fn(self),
            }
        }
    }

    /// Whether its value is computed each time that it is asked for.
    pub(crate) const fn is_computed(&self) -> bool {
        self.form() == form::GET
    }

    /// Fewest positional arguments of a function.
    #[inline(always)]
    pub const fn min(&self) -> u8 {
        self.arity & MIN_MASK
    }

    /// Most positional arguments of a function; [`ANY`]: any number.
    #[inline(always)]
    pub const fn max(&self) -> u8 {
        match self.arity >> MIN_BITS {
            MAX_ANY => ANY,
            max => max,
        }
    }

    /// Whether a function takes keyword arguments.
    #[inline(always)]
    pub const fn takes_keywords(&self) -> bool {
        self.form() & form::KW != 0
    }

    /// Whether a function takes so many arguments, and keywords where there are such.
    #[inline(always)]
    pub(crate) fn takes(&self, args: Args) -> bool {
        let (n, max) = (args.len(), self.arity >> MIN_BITS);
        n >= self.min() as usize
            && (max == MAX_ANY || n <= max as usize)
            && (args.kw_len() == 0 || self.takes_keywords())
    }

    /// How a function binds when it is found in a type.
    #[inline(always)]
    pub const fn binding(&self) -> Binding {
        match self.form() >> 1 {
            0 => Binding::Method,
            1 => Binding::Static,
            2 => Binding::Class,
            _ => Binding::Method,
        }
    }

    /// Runs a function with arguments that its arity allows.
    #[inline(always)]
    pub(crate) fn run(&self, vm: &mut Vm<'_>, args: Args) -> Res {
        assert!(self.kind == Kind::Native as u8);
        // SAFETY: invariant 2; the kind says that it is a function, its form and arity which field was written, or one that is
        // called in the same way: where it has a value there is one, as the arity promises.
        unsafe {
            if self.form() != form::DIRECT {
                #[cfg(feature = "mod-math")]
                if cfg!(romfs_vm_small) && self.form() == form::COMPUTE {
                    return crate::builtin::math::one(vm, args.at(0), self.word.compute);
                }
                return code::run_code!((self.word.code), vm, args);
            }
            let (first, second) = (args.get(0), args.get(1));
            match self.arity >> MIN_BITS {
                1 => code::run_code!((self.word.up_to_1), vm, first),
                2 => code::run_code!((self.word.any_two), vm, first, second),
                _ => code::run_code!((self.word.any_three), vm, first, second, args.get(2)),
            }
        }
    }
}

const fn direct(name: Qstr, min: u8, max: u8, word: Word) -> Member {
    Member {
        kind: Kind::Native as u8,
        arity: min | max << MIN_BITS,
        ..Member::new(name, form::DIRECT, word)
    }
}

/// A function or method of exactly one positional argument, its receiver where it is a method.
pub const fn func_1<F>(name: Qstr, function: F) -> Member
where
    F: Fn(&mut Vm<'_>, Value) -> Res + Copy,
{
    let code = code::one(function);
    direct(name, 1, 1, Word { one: code })
}

/// A function of `math`: a float from one. Where bytes do not count it is like any other, and found without a question.
#[cfg(feature = "mod-math")]
pub(crate) const fn func_compute(name: Qstr, compute: Compute) -> Member {
    Member {
        kind: Kind::Native as u8,
        arity: 1 | 1 << MIN_BITS,
        ..Member::new(name, form::COMPUTE, Word { compute })
    }
}

/// A function or method of exactly two positional arguments; a method's receiver is the first.
pub const fn func_2<F>(name: Qstr, function: F) -> Member
where
    F: Fn(&mut Vm<'_>, Value, Value) -> Res + Copy,
{
    let code = code::two(function);
    direct(name, 2, 2, Word { two: code })
}

/// A function or method of exactly three positional arguments; a method's receiver is the first.
pub const fn func_3<F>(name: Qstr, function: F) -> Member
where
    F: Fn(&mut Vm<'_>, Value, Value, Value) -> Res + Copy,
{
    let code = code::three(function);
    direct(name, 3, 3, Word { three: code })
}

/// A function of one positional argument, which may be left out.
pub const fn func_0_1<F>(name: Qstr, function: F) -> Member
where
    F: Fn(&mut Vm<'_>, Slot) -> Res + Copy,
{
    let code = code::up_to_1(function);
    direct(name, 0, 1, Word { up_to_1: code })
}

/// A function or method of one positional argument and one that may be left out.
pub const fn func_1_2<F>(name: Qstr, function: F) -> Member
where
    F: Fn(&mut Vm<'_>, Value, Slot) -> Res + Copy,
{
    let code = code::one_to_2(function);
    direct(name, 1, 2, Word { one_to_2: code })
}

/// A function or method of one positional argument and two that may be left out.
pub const fn func_1_3<F>(name: Qstr, function: F) -> Member
where
    F: Fn(&mut Vm<'_>, Value, Slot, Slot) -> Res + Copy,
{
    let code = code::one_to_3(function);
    direct(name, 1, 3, Word { one_to_3: code })
}

/// A function or method of two positional arguments and one that may be left out.
pub const fn func_2_3<F>(name: Qstr, function: F) -> Member
where
    F: Fn(&mut Vm<'_>, Value, Value, Slot) -> Res + Copy,
{
    let code = code::two_to_3(function);
    direct(name, 2, 3, Word { two_to_3: code })
}

const fn define(
    name: Qstr,
    min: u8,
    max: u8,
    kw: bool,
    binding: Binding,
    code: code::Any,
) -> Member {
    assert!(
        min <= MIN_MASK && (max < MAX_ANY || max == ANY),
        "more arguments than a table of functions can say: take any number"
    );
    let max = if max == ANY { MAX_ANY } else { max };
    let form = (binding as u16) << 1 | kw as u16;
    Member {
        kind: Kind::Native as u8,
        arity: min | max << MIN_BITS,
        ..Member::new(name, form, Word { code })
    }
}

/// A function or method of `min..=max` positional arguments (its receiver counts), `min` up to 7, `max` up to 14 or [`ANY`].
pub const fn func<F>(name: Qstr, min: u8, max: u8, function: F) -> Member
where
    F: Fn(&mut Vm<'_>, Args) -> Res + Copy,
{
    let code = code::any(function);
    define(name, min, max, false, Binding::Method, code)
}

/// The same, taking keyword arguments too.
pub const fn func_kw<F>(name: Qstr, min: u8, max: u8, function: F) -> Member
where
    F: Fn(&mut Vm<'_>, Args) -> Res + Copy,
{
    let code = code::any(function);
    define(name, min, max, true, Binding::Method, code)
}

/// A static method.
pub const fn static_fn<F>(name: Qstr, min: u8, max: u8, function: F) -> Member
where
    F: Fn(&mut Vm<'_>, Args) -> Res + Copy,
{
    let code = code::any(function);
    define(name, min, max, true, Binding::Static, code)
}

/// A class method.
pub const fn class_fn<F>(name: Qstr, min: u8, max: u8, function: F) -> Member
where
    F: Fn(&mut Vm<'_>, Args) -> Res + Copy,
{
    let code = code::any(function);
    define(name, min, max, true, Binding::Class, code)
}

/// Any other name. (A function that another table has too is given again there.)
pub const fn member(name: Qstr, item: Item) -> Member {
    match item {
        Item::Fn(f) => f.renamed(name),
        Item::Type(def) => Member::new(name, form::TYPE, Word { def }),
        Item::Module(module) => Member::new(name, form::MODULE, Word { module }),
        Item::Int(int) => Member::new(name, form::INT, Word { int }),
        Item::Str(of) => Member::new(name, form::STR, Word { name: of }),
        Item::Const(value) => Member::new(name, form::CONST, Word { value }),
        Item::Get(get) => Member::new(name, form::GET, Word { get }),
    }
}

impl Member {
    const fn renamed(&self, name: Qstr) -> Member {
        Member {
            kind: self.kind,
            arity: self.arity,
            ..Member::new(name, self.form(), self.word)
        }
    }
}
