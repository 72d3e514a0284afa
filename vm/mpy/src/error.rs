//! What can be wrong with a .mpy file, and where.

use core::fmt;
#[cfg(mpy_format_brief)]
use core::num::NonZeroU32;

/// A reason to refuse a file, with the place that shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Error {
    /// Offset in bytes from the start of the .mpy (of the slice, where a function takes a slice of code).
    #[cfg(not(mpy_format_brief))]
    pub at: u32,
    /// What is wrong there.
    pub kind: ErrorKind,
}

impl Error {
    pub(crate) fn new(at: u32, kind: ErrorKind) -> Error {
        #[cfg(mpy_format_brief)]
        let _ = at;
        Error {
            #[cfg(not(mpy_format_brief))]
            at,
            kind,
        }
    }
}

#[cfg(mpy_format_brief)]
const WRONG: NonZeroU32 = NonZeroU32::MIN;
#[cfg(mpy_format_brief)]
const WANTS_SCRATCH: NonZeroU32 = NonZeroU32::MAX;

macro_rules! error_kinds {
    (@brief $variant:ident) => {
        pub const $variant: ErrorKind = ErrorKind(WRONG);
    };
    (@brief $variant:ident ($($field:ident: $type:ty),*)) => {
        pub const fn $variant($($field: $type),*) -> ErrorKind {
            $(let _ = $field;)*
            ErrorKind(error_kinds!(@scratch $variant))
        }
    };
    (@scratch ScratchLabels) => { WANTS_SCRATCH };
    (@scratch ScratchNodes) => { WANTS_SCRATCH };
    (@scratch $variant:ident) => { WRONG };
    ($($(#[$doc:meta])* $variant:ident $(($($field:ident: $type:ty),*))? => $text:literal,)*) => {
        /// That something is wrong with a file; what, this build does not say, but for want of scratch memory. A word that is
        /// not zero, so that a result is one that is.
        #[cfg(mpy_format_brief)]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct ErrorKind(NonZeroU32);

        #[cfg(mpy_format_brief)]
        #[allow(non_snake_case, non_upper_case_globals, missing_docs)]
        impl ErrorKind {
            $(error_kinds!(@brief $variant $(($($field: $type),*))?);)*
        }

        #[cfg(mpy_format_brief)]
        impl fmt::Display for ErrorKind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the file is malformed")
            }
        }

        /// What is wrong with a file.
        #[cfg(not(mpy_format_brief))]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* $variant $(($($type),*))?,)*
        }

        #[cfg(not(mpy_format_brief))]
        impl fmt::Display for ErrorKind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match *self {
                    $(ErrorKind::$variant $(($($field),*))? => write!(f, $text),)*
                }
            }
        }
    };
}

error_kinds! {
    // The container.
    /// The bytes end inside an element.
    Truncated => "the file ends inside an element",
    /// 4 GiB or more: offsets are 32 bits wide.
    FileTooLong => "the file is too long",
    /// Bytes follow the module's code.
    TrailingBytes => "bytes follow the end of the module",
    /// A number does not fit 32 bits (64 for a small int), or takes more bytes than that needs.
    NumberTooLarge => "a number is too large",
    /// The first byte is not `M`.
    NotMpy => "not a .mpy file",
    /// A version other than 6.
    Version(version: u8) => "version {version} of .mpy, not 6",
    /// Native code of another sub-version than 3.
    SubVersion(sub: u8) => "native code of .mpy sub-version {sub}, not 3",
    /// A set bit that no version gives a meaning, or architecture flags without an architecture.
    Feature(byte: u8) => "feature byte 0x{byte:02x} is not understood",
    /// An architecture id that is not known.
    Arch(id: u8) => "architecture {id} is not known",
    /// Compiled for wider small ints than the reader has.
    SmallIntBits(bits: u8) => "compiled for small ints of {bits} bits",
    /// Machine code, which this reader does not run.
    NativeCode => "native code",
    /// Relocations beside children, whose order the tools disagree on.
    RelocationsAndChildren => "native code with both relocations and children",

    // The tables.
    /// No static qstr has this id.
    StaticQstr(id: u32) => "no static qstr has the id {id}",
    /// A qstr of more than 255 bytes (or the caller's limit).
    QstrTooLong(length: u32) => "a qstr of {length} bytes is too long",
    /// No NUL after a qstr, str or bytes.
    NoNul => "the NUL after a text is missing",
    /// A qstr or str that is neither UTF-8 nor UTF-8 with surrogates.
    NotUtf8 => "a text is not UTF-8",
    /// No constant has this type byte.
    ConstantType(byte: u8) => "no constant has the type {byte}",
    /// The text of an int, float or complex is not a number.
    ConstantSyntax => "the text of a number is malformed",
    /// The text of a number is longer than the caller's limit.
    NumberTooLong(length: u32) => "a number of {length} digits is too long",
    /// The machine code's function table as a constant of a file without machine code.
    FunTable => "a function table in a file without native code",
    /// Tuples nested beyond the caller's limit.
    TupleTooDeep => "tuples are nested too deeply",
    /// More entries than the caller's limit.
    TooMany(count: u32) => "a table of {count} entries is too long",

    // The tree of functions.
    /// Functions nested beyond the caller's limit.
    FunctionsTooDeep => "functions are nested too deeply",
    /// The prelude's parts do not fit the code.
    PreludeTooLong => "the prelude is longer than its function",
    /// More state than 65535 slots, or the caller's limit.
    StateTooLarge(slots: u32) => "a frame of {slots} slots is too large",
    /// Flag bits of the prelude that have no meaning.
    PreludeFlags(flags: u32) => "prelude flags 0x{flags:x} are not understood",
    /// Arguments (with `*args` and `**kwargs`) that do not fit the state, or defaults without arguments.
    PreludeArgs => "the argument counts of a prelude do not agree",
    /// A two-byte line entry of which one byte is there.
    LineInfo => "the line table ends inside an entry",
    /// A module's body that takes arguments, closes over something or yields.
    ModuleSignature => "the body of a module has arguments, closures or yields",
    /// A cell that is outside the state, listed twice or also closed over.
    Cell(local: u32) => "cell {local} is out of range or listed twice",
    /// More values closed over than the child has positional arguments.
    ClosureSize(count: u32) => "{count} closed-over values for a function that takes fewer",
    /// A function with defaults made by an opcode that gives none.
    DefaultsMissing => "a function with defaults is made without them",
    /// Children not made in order, each once.
    ChildOrder(child: u32) => "child {child} is made out of order",

    // Code.
    /// The byte is no opcode of .mpy version 6.
    UnknownOpcode(byte: u8) => "no opcode has the value 0x{byte:02x}",
    /// A jump leaves the code; the target it computes, from the start of the file.
    JumpOutside(target: i64) => "a jump to {target} leaves the code",
    /// A jump into the middle of an instruction, or of a sequence that is only valid whole.
    JumpInside(target: u32) => "a jump to {target} is not to the start of an instruction",
    /// The last instruction lets control run off the end.
    FallsOff => "control runs off the end of the code",
    /// A function without instructions.
    NoCode => "a function has no code",
    /// A qstr index that is not in the table.
    QstrIndex(index: u32) => "qstr {index} is not in the table",
    /// A constant index that is not in the table.
    ConstantIndex(index: u32) => "constant {index} is not in the table",
    /// A child index that is not among the children.
    ChildIndex(index: u32) => "child {index} does not exist",
    /// A local that is not in the state.
    Local(index: u32) => "local {index} is not in the frame",
    /// A plain store to, or delete of, a local that holds a cell.
    CellOverwritten(index: u32) => "local {index} holds a cell and is overwritten",
    /// A cell access to a local that holds none.
    NotCell(index: u32) => "local {index} holds no cell",
    /// A small int that does not fit the width that the header states.
    SmallIntRange => "a small int is wider than the header states",
    /// An operand that the opcode does not allow.
    Operand(value: u32) => "operand {value} is not allowed",
    /// A `yield` in a function that is not a generator.
    YieldOutside => "a yield in a function that is not a generator",

    // Stack.
    /// More slots popped than were pushed since the innermost handler was set up.
    Underflow => "more is popped than was pushed",
    /// Locals and stack do not fit the state.
    Overflow(slots: u32) => "locals and stack need {slots} slots, more than the frame has",
    /// The slot holds something that the opcode must not see (a NULL, an iterator, half of a method).
    SlotKind => "a stack slot holds what the opcode must not see",
    /// Control runs into a place that a jump reaches with another stack or other handlers.
    StackMismatch => "the ways to this place bring different stacks",
    /// A forward jump brings another stack than an earlier one.
    JumpMismatch(target: u32) => "the jumps to {target} bring different stacks",
    /// A backward jump brings another stack than the code there was checked with.
    LoopMismatch(target: u32) => "a jump back to {target} brings another stack",

    // Handlers.
    /// No handler is there to pop, or it is of the wrong kind.
    Handler => "no exception handler of the right kind is open",
    /// More handlers than the prelude states.
    TooManyHandlers(count: u32) => "{count} exception handlers are open, more than the prelude states",
    /// Code under a handler lies past its entry, or the code of the handler before it.
    HandlerOrder => "code lies on the wrong side of its exception handler",

    // The verifier's own means.
    /// The caller's scratch memory has too few labels; how many this function needs.
    ScratchLabels(needed: u32) => "verifying needs scratch memory for {needed} labels",
    /// The caller's scratch memory has too few nodes.
    ScratchNodes(given: u32) => "verifying needs scratch memory for more than {given} nodes",
}

impl ErrorKind {
    /// Whether nothing is wrong but that the caller's scratch memory is too small.
    pub const fn wants_scratch(&self) -> bool {
        #[cfg(mpy_format_brief)]
        return self.0.get() == WANTS_SCRATCH.get();
        #[cfg(not(mpy_format_brief))]
        return matches!(
            self,
            ErrorKind::ScratchLabels(_) | ErrorKind::ScratchNodes(_)
        );
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[cfg(not(mpy_format_brief))]
        write!(f, "offset {}: ", self.at)?;
        self.kind.fmt(f)
    }
}

impl core::error::Error for Error {}
