//! What a cell is, and which of its words the collector follows.
//!
//! Every cell begins with a [`Header`]. Its kind says how large the cell is (a base plus a size for each unit of
//! `len`) and where its traced words lie; nothing else in a cell is ever taken for a pointer.

/// First eight bytes of every cell, on the heap or in the firmware.
#[repr(C, align(8))]
#[derive(Clone, Copy, Debug)]
pub struct Header {
    /// A [`Kind`] as its number.
    pub kind: u8,
    /// Bits that the kind defines.
    pub flags: u8,
    /// A number that the kind defines.
    pub aux: u16,
    /// Units of the kind's variable part.
    pub len: u32,
}

impl Header {
    /// A header without flags.
    pub const fn new(kind: Kind, len: u32) -> Header {
        Header {
            kind: kind as u8,
            flags: 0,
            aux: 0,
            len,
        }
    }

    /// The whole header as one number.
    #[inline(always)]
    pub(crate) const fn bits(self) -> u64 {
        // SAFETY: invariant 7; a header is eight bytes without padding.
        unsafe { core::mem::transmute(self) }
    }
}

/// Which words of a cell hold values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traced {
    /// None.
    None,
    /// The words `from..to`, counted from the cell's start.
    Words(u8, u8),
    /// All words from this one to the end of the variable part.
    Tail(u8),
    /// The entries in use of a table.
    Table,
    /// The frame of a generator.
    Generator,
}

/// Size and traced words of a kind.
#[derive(Clone, Copy, Debug)]
// A power of two long, so that a kind's is found without a multiplication.
#[cfg_attr(not(romfs_vm_small), repr(align(8)))]
pub struct Shape {
    /// Bytes of the fixed part, header included.
    pub base: u16,
    /// Bytes for each unit of `len`.
    pub unit: u8,
    /// The words that hold values.
    pub traced: Traced,
}

const WORD: u16 = size_of::<usize>() as u16;
/// Words of a header: one on a 64-bit target, two on a 32-bit one.
pub(crate) const HEADER_WORDS: u8 = (size_of::<Header>() / size_of::<usize>()) as u8;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $shape:expr;)*) => {
        /// What a cell is. As large as a register, where it is mostly.
        #[repr(u32)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])* $name,)* }

        /// The shape of each kind, by its number.
        pub const SHAPES: &[Shape] = &[$($shape,)*];

        impl Kind {
            /// All, by their numbers.
            pub(crate) const ALL: [Kind; SHAPES.len()] = [$(Kind::$name,)*];

            /// The kind of a number that a header holds.
            #[inline(always)]
            pub(crate) fn from_u8(n: u8) -> Kind {
                debug_assert!((n as usize) < SHAPES.len());
                // SAFETY: invariant 2; only `Header::new` writes kinds, from this enum.
                let kind = unsafe { core::mem::transmute::<u32, Kind>(n as u32) };
                if !kind.exists() {
                    // SAFETY: invariant 2; whoever makes such cells asks `exists` first.
                    unsafe { core::hint::unreachable_unchecked() }
                }
                kind
            }
        }
    };
}

impl Kind {
    /// Whether this build has such cells. Code for kinds that a feature leaves out is found to be unreachable, and is left
    /// out too: so every place that makes such a cell asks first ([`Vm::must_exist`](crate::vm::Vm::must_exist)).
    #[inline(always)]
    pub(crate) const fn exists(self) -> bool {
        match self {
            Kind::Float => cfg!(feature = "float"),
            Kind::Complex => cfg!(feature = "complex"),
            Kind::BigInt => cfg!(feature = "bigint"),
            Kind::Set | Kind::FrozenSet => cfg!(feature = "set"),
            Kind::Slice => cfg!(feature = "slices"),
            Kind::Property => cfg!(feature = "property"),
            Kind::Array | Kind::MemoryView => cfg!(feature = "buffer"),
            _ => true,
        }
    }
}

const HDR: u16 = size_of::<Header>() as u16;

impl Shape {
    const NONE: Shape = Shape {
        base: 0,
        unit: 0,
        traced: Traced::None,
    };
    const BYTES: Shape = Shape {
        base: HDR,
        unit: 1,
        traced: Traced::None,
    };
    const SLOTS: Shape = Shape {
        base: HDR,
        unit: WORD as u8,
        traced: Traced::Tail(HEADER_WORDS),
    };

    /// `words` values after the header.
    const fn fixed(words: u8) -> Shape {
        Shape::mixed(0, words)
    }

    /// `raw` untraced words, then `words` values.
    const fn mixed(raw: u8, words: u8) -> Shape {
        let first = HEADER_WORDS + raw;
        Shape {
            base: HDR + WORD * (raw + words) as u16,
            unit: 0,
            traced: Traced::Words(first, first + words),
        }
    }

    /// `bytes` untraced bytes after the header.
    const fn plain(bytes: u16) -> Shape {
        Shape {
            base: HDR + bytes,
            unit: 0,
            traced: Traced::None,
        }
    }

    /// A struct of `T`'s size whose traced words are the `words` ones after the header, then `unit` bytes each of `len`.
    const fn of<T>(words: u8, unit: u8) -> Shape {
        Shape {
            base: size_of::<T>() as u16,
            unit,
            traced: Traced::Words(HEADER_WORDS, HEADER_WORDS + words),
        }
    }
}

const FLOAT: u16 = size_of::<crate::Float>() as u16;

kinds! {
    /// Not in use: on a free list, or waiting for the sweep to find it.
    Free = Shape::NONE;
    /// str: `len` bytes of UTF-8.
    Str = Shape::BYTES;
    /// bytes: `len` bytes.
    Bytes = Shape::BYTES;
    /// str whose bytes lie in flash.
    FlashStr = Shape::plain(WORD);
    /// bytes whose bytes lie in flash.
    FlashBytes = Shape::plain(WORD);
    /// int beyond a small one: `len` digits of its magnitude, the sign in the flags.
    BigInt = Shape { unit: size_of::<crate::num::big::Digit>() as u8, ..Shape::BYTES };
    /// float.
    Float = Shape::plain(FLOAT);
    /// complex.
    Complex = Shape::plain(2 * FLOAT);
    /// Bytes that another cell owns: the storage of a bytearray, of an array.
    Raw = Shape::BYTES;
    /// Values that another cell owns: the storage of a list, of a deque.
    Slots = Shape::SLOTS;
    /// tuple: `len` values.
    Tuple = Shape::SLOTS;
    /// namedtuple: the type, then its values.
    NamedTuple = Shape::SLOTS;
    /// list.
    List = Shape::fixed(1);
    /// Entries and index of a dict, a set or an instance.
    Table = Shape { base: HDR + 8, unit: 1, traced: Traced::Table };
    /// dict, OrderedDict.
    Dict = Shape::fixed(1);
    /// set.
    Set = Shape::fixed(1);
    /// frozenset.
    FrozenSet = Shape::fixed(1);
    /// Bytecode of one loaded module.
    Code = Shape::of::<crate::code::Code>(3, 1);
    /// Python function.
    Function = Shape::of::<crate::object::function::Function>(2, 0);
    /// Function with the cells that it closes over.
    Closure = Shape { base: HDR + WORD, ..Shape::SLOTS };
    /// Box for a variable that closures share.
    CellVar = Shape::fixed(1);
    /// Method with its receiver.
    BoundMethod = Shape::fixed(2);
    /// Generator or coroutine: its frame lies inside.
    Generator = Shape { base: size_of::<crate::object::generator::Generator>() as u16, unit: WORD as u8, traced: Traced::Generator };
    /// Module made by an import.
    Module = Shape::fixed(1);
    /// Class made by a class statement or by `type()`.
    Class = Shape::of::<crate::object::class::Class>(3, 0);
    /// Instance of such a class: class, attributes, native part.
    Instance = Shape::fixed(3);
    /// Exception: type, args, traceback.
    Exception = Shape::fixed(3);
    /// slice.
    Slice = Shape::fixed(3);
    /// range: start, stop, step as machine ints.
    Range = Shape::plain(3 * WORD);
    /// property: getter, setter, deleter.
    Property = Shape::fixed(3);
    /// staticmethod.
    StaticMethod = Shape::fixed(1);
    /// classmethod.
    ClassMethod = Shape::fixed(1);
    /// super: class, receiver.
    Super = Shape::fixed(2);
    /// bytearray.
    ByteArray = Shape::mixed(2, 1);
    /// array.array.
    Array = Shape::mixed(2, 1);
    /// memoryview.
    MemoryView = Shape::mixed(2, 1);
    /// Iterator of the firmware: position, then the values that it walks. `aux` says which.
    Iter = Shape::mixed(1, 2);
    /// Iterator over several iterators (`map`, `zip`, `filter`, ...): values. `aux` says which.
    IterN = Shape::SLOTS;
    /// View of a dict: keys, values or items by `aux`.
    DictView = Shape::fixed(1);
    /// Object of the firmware that holds values: type, then `len - 1` values.
    Object = Shape::SLOTS;
    /// Object of the firmware that holds bytes: `len` of them after a type pointer.
    Opaque = Shape { base: HDR + WORD, unit: 1, traced: Traced::Words(HEADER_WORDS, HEADER_WORDS + 1) };
    /// type of the firmware; always static.
    Type = Shape::NONE;
    /// Function of the firmware; always static.
    Native = Shape::NONE;
    /// Module of the firmware; always static.
    NativeModule = Shape::NONE;
    /// Object of the firmware that is there once, with a type of its own; always static.
    NativeConst = Shape::NONE;
}

/// The bytes behind a cell's header.
///
/// Only the address is computed; reading is up to the caller, under invariant 3.
#[inline(always)]
pub(crate) fn data(cell: crate::value::Value) -> *mut u8 {
    cell.ptr::<u8>().wrapping_add(size_of::<Header>())
}
