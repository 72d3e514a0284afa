//! Functions made by a `def`, closures, bound methods and the boxes of shared variables.

use crate::code::{self, Code};
use crate::heap::{Cell, Header, Kind};
use crate::value::{Slot, Value};

/// A Python function. Its prelude is decoded once, when it is made.
#[repr(C)]
pub struct Function {
    /// `flags`: bits of [`flags`]; `aux`: words of state; `len`: position of the raw code in the .mpy.
    pub header: Header,
    /// The [`Code`] of its module.
    pub code: Value,
    /// Defaults, whose lay-out [`flags::KEYWORD_DEFAULTS`] tells: one of a positional argument is here itself, more of
    /// them are in a tuple, and where there is a dict of keyword-only ones, it follows them in the tuple.
    pub defaults: Slot,
    /// Positional arguments.
    pub n_pos: u8,
    /// Keyword-only arguments.
    pub n_kwonly: u8,
    /// Positional arguments with a default.
    pub n_def: u8,
    /// Nested exception handlers.
    pub n_exc: u8,
    /// Locals, or `u16::MAX` until somebody has counted them.
    pub n_locals: u16,
    /// From the raw code's first byte to its first instruction.
    pub start: u16,
}

// SAFETY: `repr(C)`, header first, made only by `Vm::new_function`.
unsafe impl Cell for Function {
    const KIND: Kind = Kind::Function;
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Function>() == 32);

/// Bits of a function's header flags, as the prelude has them.
pub mod flags {
    /// A call makes a generator.
    pub const GENERATOR: u8 = 1;
    /// Takes `**kwargs`.
    pub const VARKEYWORDS: u8 = 2;
    /// Takes `*args`.
    pub const VARARGS: u8 = 4;
    /// Has defaults of keyword-only arguments.
    pub const DEFKWARGS: u8 = 8;
    /// Takes just its positional arguments, is no generator and shares no variable with functions inside it: a call
    /// with as many arguments as it has is a copy of them.
    pub const PLAIN: u8 = 0x10;
    /// Shares variables with functions inside it.
    pub const BOXES: u8 = 0x20;
    /// The defaults are a tuple whose last item is the dict of keyword-only ones.
    pub const KEYWORD_DEFAULTS: u8 = 0x40;
}

impl Function {
    /// Locals of a function, counted when first asked for: the prelude does not tell.
    ///
    /// # Safety
    /// `fun` is a valid function whose code was verified.
    pub(crate) unsafe fn count_locals(fun: Value) -> u16 {
        // SAFETY: invariant 3; the caller's word for it. Nobody else holds a reference to these bytes now.
        unsafe {
            let f = fun.ptr::<Function>();
            if (*f).n_locals == u16::MAX {
                (*f).n_locals = code::count_locals(&*f);
            }
            (*f).n_locals
        }
    }

    /// Where the defaults of positional arguments lie, one after the other.
    pub(crate) fn positional_defaults(&self) -> *const Slot {
        match self.defaults {
            Some(tuple) if self.n_def > 1 || self.header.flags & flags::KEYWORD_DEFAULTS != 0 => {
                crate::heap::kind::data(tuple) as *const Slot
            }
            _ => &self.defaults,
        }
    }

    /// The code of the function's module.
    #[inline(always)]
    pub(crate) fn code_ptr(&self) -> *mut Code {
        self.code.ptr()
    }
}

/// The cells of a closure follow the function, word by word: on a 32-bit target they begin inside the struct's padding.
#[repr(C)]
pub struct Closure {
    /// `len`: how many cells.
    pub header: Header,
    /// The [`Function`].
    pub fun: Value,
}

// SAFETY: `repr(C)`, header first.
unsafe impl Cell for Closure {
    const KIND: Kind = Kind::Closure;
}

impl Closure {
    /// Where the cells of a closure begin. Only the address is computed.
    pub(crate) fn cells_at(closure: *mut Closure) -> *mut Slot {
        closure
            .cast::<Slot>()
            .wrapping_add(crate::heap::kind::HEADER_WORDS as usize + 1)
    }

    /// The cells closed over.
    pub fn cells(&self) -> &[Value] {
        // SAFETY: invariant 3; `len` values follow.
        unsafe {
            core::slice::from_raw_parts(
                Closure::cells_at(self as *const Closure as *mut Closure) as *const Value,
                self.header.len as usize,
            )
        }
    }
}

/// A method with its receiver.
#[repr(C)]
pub struct BoundMethod {
    /// The cell's header.
    pub header: Header,
    /// What is called.
    pub fun: Value,
    /// Its first argument.
    pub receiver: Value,
}

// SAFETY: `repr(C)`, header first.
unsafe impl Cell for BoundMethod {
    const KIND: Kind = Kind::BoundMethod;
}

/// The box of a variable that a function shares with those inside it.
#[repr(C)]
pub struct CellVar {
    /// The cell's header.
    pub header: Header,
    /// The variable.
    pub value: Slot,
}

// SAFETY: `repr(C)`, header first.
unsafe impl Cell for CellVar {
    const KIND: Kind = Kind::CellVar;
}
