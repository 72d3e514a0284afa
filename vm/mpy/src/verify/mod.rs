//! The verifier: proof that running a module cannot break an interpreter that checks only what SPEC.md leaves to it.
//!
//! It needs no allocation: jump targets and stack nodes go to memory that the caller lends. Cost is one decoding of most
//! functions, three and a sort of the jump targets for the rest, and one more where a function has children; DESIGN.md has
//! figures.

mod async_exit;
mod constants;
mod function;
mod labels;
mod locals;
mod plain;
mod scan;
mod stack;
mod tree;
mod walk;

pub use labels::Label;
pub use stack::Node;

use crate::error::{Error, ErrorKind};
use crate::mpy::Mpy;
use scan::{Allowed, Tables};
use tree::Tree;

/// How much of everything a module may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Widest small ints that the module may have been compiled for, in bits.
    pub small_int_bits: u8,
    /// Entries of the qstr table.
    pub qstrs: u32,
    /// Longest qstr that a file may bring, in bytes.
    pub qstr_bytes: u32,
    /// Entries of the constant table.
    pub constants: u32,
    /// Longest text of a number, in bytes. A firmware does not ask.
    pub number_bytes: u32,
    /// Tuples within tuples. The verifier calls itself so deep. A firmware takes what is stock.
    pub tuple_depth: u8,
    /// Functions within functions, the module's body included. The verifier calls itself so deep.
    pub function_depth: u8,
    /// Slots of a frame.
    pub state_slots: u32,
    /// Whether machine code is let through, unverified.
    pub native: bool,
}

impl Limits {
    /// What stock MicroPython can hold, for small ints of so many bits: tables and frames counted in 16 bits.
    pub const fn stock(small_int_bits: u8) -> Limits {
        Limits {
            small_int_bits,
            qstrs: u16::MAX as u32,
            qstr_bytes: crate::QSTR_BYTES_MAX,
            constants: u16::MAX as u32,
            number_bytes: u16::MAX as u32,
            tuple_depth: crate::constant::TUPLE_DEPTH,
            function_depth: 32,
            state_slots: u16::MAX as u32,
            native: false,
        }
    }
}

/// Memory that the verifier works in. It is used for one function at a time.
#[derive(Debug)]
pub struct Scratch<'s> {
    /// One for each jump instruction of the function that has most of them.
    pub labels: &'s mut [Label],
    /// One, and one more for each handler (two to an `except`), loop, and slot out of the ordinary that is in use at once.
    pub nodes: &'s mut [Node],
}

/// What was found out about one function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Function {
    /// Where it starts in the file (see [`RawCode::at`](crate::RawCode::at)).
    pub at: u32,
    /// Slots of its frame, as the prelude states.
    pub n_state: u32,
    /// Slots of the frame that locals take, from the top down; locals that are stored to but never read are not counted.
    pub n_locals: u32,
    /// Slots of the frame that operands take at most, from the bottom up; `n_locals + max_stack <= n_state`.
    pub max_stack: u32,
    /// Leading arguments that are always cells.
    pub n_closed: u32,
    /// Labels of [`Scratch`] that verifying it took: one a jump instruction.
    pub n_labels: u32,
    /// Nodes of [`Scratch`] that it took.
    pub n_nodes: u32,
}

/// What was found out about a module. A firmware is told nothing but that all is well.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Functions of bytecode, the module's body included; all were verified.
    #[cfg(not(mpy_format_brief))]
    pub n_functions: u32,
    /// Functions of machine code that were let through.
    #[cfg(not(mpy_format_brief))]
    pub n_native: u32,
    /// How deep functions are nested; 1 where there is the module's body only.
    #[cfg(not(mpy_format_brief))]
    pub depth: u8,
    /// The largest frame, in slots.
    #[cfg(not(mpy_format_brief))]
    pub max_state: u32,
    /// Most labels of [`Scratch`] that a function took.
    #[cfg(not(mpy_format_brief))]
    pub max_labels: u32,
    /// Most nodes of [`Scratch`] that a function took.
    #[cfg(not(mpy_format_brief))]
    pub max_nodes: u32,
}

#[cfg(not(mpy_format_brief))]
impl Report {
    fn add(&mut self, function: &Function) {
        self.n_functions += 1;
        self.max_state = self.max_state.max(function.n_state);
        self.max_labels = self.max_labels.max(function.n_labels);
        self.max_nodes = self.max_nodes.max(function.n_nodes);
    }
}

// What a caller must find room for; a change is a change of the tables in DESIGN.md.
const _: () = assert!(size_of::<Label>() == 8 && size_of::<Node>() <= 28);

/// Proves what SPEC.md lists of a module, or says what is wrong with it and where.
pub fn verify(mpy: &Mpy<'_>, limits: &Limits, scratch: &mut Scratch<'_>) -> Result<Report, Error> {
    verify_each(mpy, limits, scratch, &mut |_| {})
}

/// [`verify`] that also tells of each function, in the order of the file (a function before its children). A firmware, which has
/// nobody to tell, neither does that nor counts anything for the report.
pub fn verify_each(
    mpy: &Mpy<'_>,
    limits: &Limits,
    scratch: &mut Scratch<'_>,
    visit: &mut dyn FnMut(&Function),
) -> Result<Report, Error> {
    const SMALL_INT_BITS_AT: u32 = 3;
    let bits = mpy.header().small_int_bits;
    if bits > limits.small_int_bits {
        return Err(Error::new(SMALL_INT_BITS_AT, ErrorKind::SmallIntBits(bits)));
    }
    constants::verify_tables(mpy, limits)?;
    #[cfg(mpy_format_brief)]
    let _ = visit;
    let mut tree = Tree {
        mpy,
        limits,
        scratch,
        #[cfg(not(mpy_format_brief))]
        visit,
        report: Report::default(),
        #[cfg(not(mpy_format_brief))]
        star: None,
        allowed: Allowed::of(Tables::of(mpy, 0)),
    };
    let end = tree.run()?;
    if (end as usize) < mpy.file().len() {
        return Err(Error::new(end, ErrorKind::TrailingBytes));
    }
    Ok(tree.report)
}
