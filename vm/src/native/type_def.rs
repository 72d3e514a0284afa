//! Types of the firmware: how one is written down, and how it lies in flash.
//!
//! Most types can do two or three of the things that a type can. Where bytes count, a type in flash says which they are and
//! points to functions for just those; elsewhere it has a word for each, which is the quickest to look at.

use super::{ANY, Access, Args, BinaryOp, Buffer, Member, PrintKind, Res, Sink, UnaryOp};
#[cfg(not(romfs_vm_small))]
use crate::heap::Header;
use crate::heap::{Cell, Kind};
use crate::qstr::Qstr;
use crate::stream::Stream;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// See [`TypeSpec::make_new`].
pub type MakeNew = fn(&mut Vm<'_>, Value, Args) -> Res;
/// See [`TypeSpec::print`].
pub type Print = fn(&mut Vm<'_>, Value, Sink, PrintKind) -> Res<()>;
/// See [`TypeSpec::unary`].
pub type Unary = fn(&mut Vm<'_>, UnaryOp, Value) -> Res<Slot>;
/// See [`TypeSpec::binary`].
pub type Binary = fn(&mut Vm<'_>, BinaryOp, Value, Value) -> Res<Slot>;
/// See [`TypeSpec::subscr`].
pub type Subscript = fn(&mut Vm<'_>, Value, Value, Access) -> Res;
/// See [`TypeSpec::iter`].
pub type Iterate = fn(&mut Vm<'_>, Value) -> Res;
/// See [`TypeSpec::next`].
pub type Next = fn(&mut Vm<'_>, Value) -> Res<Slot>;
/// See [`TypeSpec::call`].
pub type Call = fn(&mut Vm<'_>, Value, Args) -> Res;
/// See [`TypeSpec::attr`].
pub type Attribute = fn(&mut Vm<'_>, Value, Qstr, Access) -> Res<Slot>;
/// See [`TypeSpec::buffer`].
pub type Lend = fn(&mut Vm<'_>, Value) -> Option<Buffer>;

/// The things that a type may do, each a field of a [`TypeSpec`] and a method of a [`TypeDef`].
macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident, $with:ident: $type:ty;)*) => {
        /// What a type of the firmware is, as it is written down. [`type_def!`](crate::type_def) lays it out.
        #[derive(Clone, Copy)]
        pub struct TypeSpec {
            /// Its name.
            pub name: Qstr,
            /// Whether [`make_new`](TypeSpec::make_new) takes keyword arguments.
            pub keywords: bool,
            /// Least and most positional arguments that [`make_new`](TypeSpec::make_new) takes; [`ANY`]: any number.
            pub arity: (u8, u8),
            /// Methods and constants.
            pub members: &'static [Member],
            $($(#[$doc])* pub $name: Option<$type>,)*
        }

        /// Code or data for one thing that a type does: which field is valid its place says. All are pointers, so nothing
        /// is the same in each.
        #[derive(Clone, Copy)]
        #[doc(hidden)]
        pub union Word {
            nothing: Option<&'static ()>,
            $(pub(super) $name: Option<$type>,)*
        }

        /// The things that a type may do, in the order of their words.
        #[cfg(romfs_vm_small)]
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy)]
        pub(super) enum Operation { $($name,)* }

        impl TypeSpec {
            /// A type without anything: a base for struct update.
            pub const fn new(name: Qstr) -> TypeSpec {
                TypeSpec {
                    name,
                    keywords: true,
                    arity: (0, ANY),
                    members: &[],
                    $($name: None,)*
                }
            }

            /// How many things it does.
            #[doc(hidden)]
            pub const fn count(&self) -> usize {
                0 $(+ self.$name.is_some() as usize)*
            }

            /// The words for them.
            #[doc(hidden)]
            pub const fn words<const N: usize>(&self) -> [Word; N] {
                let mut words = [Word::NOTHING; N];
                let mut n = 0;
                $(if self.$name.is_some() {
                    words[n] = Word { $name: self.$name };
                    n += 1;
                })*
                assert!(n == N);
                words
            }

            /// Which things it does, a bit each.
            #[cfg(romfs_vm_small)]
            const fn present(&self) -> u16 {
                0 $(| (self.$name.is_some() as u16) << Operation::$name as u16)*
            }

            $(
                /// The same type, with this: see the field.
                pub const fn $with(mut self, $name: $type) -> TypeSpec {
                    self.$name = Some($name);
                    self
                }
            )*
        }

        /// A type of the firmware, in flash: what [`type_def!`](crate::type_def) makes of a [`TypeSpec`].
        #[cfg(not(romfs_vm_small))]
        #[repr(C, align(8))]
        pub struct TypeDef {
            header: Header,
            /// Its name.
            pub name: Qstr,
            arity: (u8, u8),
            keywords: bool,
            $($name: Option<$type>,)*
            members: &'static [Member],
        }

        impl TypeDef {
            /// The type as it lies in flash.
            #[cfg(not(romfs_vm_small))]
            #[doc(hidden)]
            pub const fn new(spec: &TypeSpec, _: &'static [Word]) -> TypeDef {
                TypeDef {
                    header: Header::new(Kind::Type, 0),
                    name: spec.name,
                    arity: spec.arity,
                    keywords: spec.keywords,
                    $($name: spec.$name,)*
                    members: spec.members,
                }
            }

            $(
                /// See the field of [`TypeSpec`].
                #[inline(always)]
                pub fn $name(&self) -> Option<$type> {
                    #[cfg(not(romfs_vm_small))]
                    return self.$name;
                    // SAFETY: invariant 2; `TypeSpec::words` wrote the field that the operation names.
                    #[cfg(romfs_vm_small)]
                    return unsafe { self.word(Operation::$name).$name };
                }
            )*
        }
    };
}

operations! {
    /// The type that it extends.
    parent, with_parent: &'static TypeDef;
    /// Makes an instance: the type asked for (a subclass, perhaps) and the arguments.
    make_new, with_make_new: MakeNew;
    /// Prints an instance.
    print, with_print: Print;
    /// Unary operators; `None` where it has none such.
    unary, with_unary: Unary;
    /// Binary operators with an instance on the left; `None` where it has none such.
    binary, with_binary: Binary;
    /// `a[i]`.
    subscr, with_subscr: Subscript;
    /// `iter(a)`; what has `next` and nothing here is its own iterator. The VM's own kinds of containers need neither.
    iter, with_iter: Iterate;
    /// `next(a)`; `None` at the end.
    next, with_next: Next;
    /// A call of an instance.
    call, with_call: Call;
    /// Attributes beyond the members: `None` where there is none such; a store that was done gives any value.
    attr, with_attr: Attribute;
    /// The bytes that an instance lends.
    buffer, with_buffer: Lend;
    /// What an instance does as a stream.
    stream, with_stream: &'static Stream;
}

/// A type of the firmware, in flash: what [`type_def!`](crate::type_def) makes of a [`TypeSpec`].
#[cfg(romfs_vm_small)]
#[repr(C, align(8))]
pub struct TypeDef {
    /// As in a [`Header`](crate::heap::Header), of which nothing else is needed.
    kind: u8,
    keywords: bool,
    /// Which things it does, a bit each.
    present: u16,
    /// Its name.
    pub name: Qstr,
    /// Least positional arguments that its `make_new` takes, and above [`MOST_SHIFT`] the most.
    arity: u8,
    n_members: u8,
    /// A word for each thing that it does.
    words: *const Word,
    members: *const Member,
}

/// Where in an arity the most arguments are.
#[cfg(romfs_vm_small)]
const MOST_SHIFT: u32 = 4;
/// The most arguments where there is no limit.
#[cfg(romfs_vm_small)]
const MOST_ANY: u8 = 15;

// SAFETY: invariant 2; what `words` and `members` point to is in flash, as all else.
#[cfg(romfs_vm_small)]
unsafe impl Sync for TypeDef {}

// SAFETY: `repr(C)`, longer than a header, which is first or whose kind is where that has it; only statics have this kind.
unsafe impl Cell for TypeDef {
    const KIND: Kind = Kind::Type;
}

impl Word {
    pub(super) const NOTHING: Word = Word { nothing: None };

    /// Whether there is code or data.
    #[cfg(romfs_vm_small)]
    pub(super) fn is_something(self) -> bool {
        // SAFETY: invariant 2; every field is a pointer or nothing.
        unsafe { self.nothing.is_some() }
    }
}

#[cfg(romfs_vm_small)]
impl TypeDef {
    /// The type as it lies in flash.
    #[doc(hidden)]
    pub const fn new(spec: &TypeSpec, words: &'static [Word]) -> TypeDef {
        assert!(words.len() == spec.count());
        let (least, most) = spec.arity;
        let most = if most == ANY { MOST_ANY } else { most };
        assert!(least < MOST_ANY && (most < MOST_ANY || spec.arity.1 == ANY));
        assert!(spec.members.len() <= u8::MAX as usize);
        TypeDef {
            kind: Kind::Type as u8,
            keywords: spec.keywords,
            present: spec.present(),
            name: spec.name,
            arity: least | most << MOST_SHIFT,
            n_members: spec.members.len() as u8,
            words: words.as_ptr(),
            members: spec.members.as_ptr(),
        }
    }

    /// Least and most positional arguments that its `make_new` takes; [`ANY`]: any number.
    pub fn arity(&self) -> (u8, u8) {
        match self.arity >> MOST_SHIFT {
            MOST_ANY => (self.arity & MOST_ANY, ANY),
            most => (self.arity & MOST_ANY, most),
        }
    }

    /// Methods and constants.
    pub fn members(&self) -> &'static [Member] {
        // SAFETY: invariant 2; `new` had both from a slice in flash.
        unsafe { core::slice::from_raw_parts(self.members, self.n_members.into()) }
    }

    /// The word of an operation. Bits below its own are words before it.
    #[inline(never)]
    pub(super) fn word(&self, operation: Operation) -> Word {
        let (bits, bit) = (self.present, 1 << operation as u16);
        if bits & bit == 0 {
            return Word::NOTHING;
        }
        let before = (bits & (bit - 1)).count_ones() as usize;
        // SAFETY: invariant 2; `new` checked that there is a word for each bit.
        unsafe { *self.words.add(before) }
    }
}

/// A type of the firmware from a [`TypeSpec`](crate::native::TypeSpec), a constant expression: what a `static` of type
/// [`TypeDef`](crate::native::TypeDef) is set to.
#[macro_export]
macro_rules! type_def {
    ($spec:expr) => {{
        const SPEC: $crate::native::TypeSpec = $spec;
        const WORDS: [$crate::native::Word; SPEC.count()] = SPEC.words();
        $crate::native::TypeDef::new(&SPEC, &WORDS)
    }};
}

#[cfg(not(romfs_vm_small))]
impl TypeDef {
    /// Least and most positional arguments that its `make_new` takes; [`ANY`]: any number.
    pub fn arity(&self) -> (u8, u8) {
        self.arity
    }

    /// Methods and constants.
    #[inline(always)]
    pub fn members(&self) -> &'static [Member] {
        self.members
    }
}

impl TypeSpec {
    /// The same type, made from so many positional arguments: least and most.
    pub const fn with_arity(mut self, least: u8, most: u8) -> TypeSpec {
        self.arity = (least, most);
        self
    }

    /// The same type with these methods and constants.
    pub const fn with_members(mut self, members: &'static [Member]) -> TypeSpec {
        self.members = members;
        self
    }
}

impl TypeDef {
    /// Whether its `make_new` takes keyword arguments.
    pub fn keywords(&self) -> bool {
        self.keywords
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
            at = t.parent();
        }
        false
    }

    /// The member of a name, in this type or one that it extends.
    pub fn find(&'static self, name: Qstr) -> Option<&'static Member> {
        let mut at = Some(self);
        while let Some(t) = at {
            if let Some(m) = t.members().iter().find(|m| m.name() == name) {
                return Some(m);
            }
            at = t.parent();
        }
        None
    }
}
