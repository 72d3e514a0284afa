//! What an image's modules must be: sound, and made for the board.

use std::cell::RefCell;

use mpy_format::{Arch, ErrorKind, Header, Label, Limits, Mpy, Node, Report, Scratch};
pub use mpy_format::{NATIVE_SUB_VERSION as SUB_VERSION, VERSION};

use crate::board::Board;
use crate::error::{Error, Result};

/// Where a .mpy header has its feature byte, with the architecture.
const FEATURE_AT: usize = 2;
/// Where it has the width of small ints.
const SMALL_INT_BITS_AT: usize = 3;

/// What is wrong with a module, and at which of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Offset within the module.
    pub offset: usize,
    /// What is wrong there.
    pub what: String,
}

impl From<mpy_format::Error> for Fault {
    fn from(error: mpy_format::Error) -> Self {
        Self {
            offset: error.at as usize,
            what: error.kind.to_string(),
        }
    }
}

/// The architecture that mpy-cross calls `name`.
pub fn arch(name: &str) -> Option<Arch> {
    Arch::ALL.into_iter().find(|arch| arch.name() == name)
}

/// A sound module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// Its header.
    pub header: Header,
    /// What the verifier found out.
    pub report: Report,
}

/// Checks that a module is sound, so that importing it cannot break a VM. Native code is let through: it is the
/// board's to refuse.
///
/// # Errors
/// The first fault.
pub fn check(module: &[u8]) -> Result<Checked, Fault> {
    let mpy = Mpy::open(module)?;
    let limits = Limits {
        native: true,
        ..Limits::stock(u8::MAX)
    };
    let report = VERIFIER.with_borrow_mut(|verifier| verifier.verify(&mpy, &limits))?;
    Ok(Checked {
        header: *mpy.header(),
        report,
    })
}

thread_local! {
    /// A verifier's memory grows to what the largest function of a build needs; each worker keeps its own.
    static VERIFIER: RefCell<Verifier> = RefCell::default();
}

/// The verifier of `mpy-format` with memory that grows.
#[derive(Debug, Default)]
struct Verifier {
    labels: Vec<Label>,
    nodes: Vec<Node>,
}

impl Verifier {
    /// Nodes to begin with, and most nodes that the verifier can number.
    const NODES: (usize, usize) = (256, 0xffff);

    fn verify(&mut self, mpy: &Mpy<'_>, limits: &Limits) -> Result<Report, mpy_format::Error> {
        loop {
            let mut scratch = Scratch {
                labels: &mut self.labels,
                nodes: &mut self.nodes,
            };
            let error = match mpy_format::verify(mpy, limits, &mut scratch) {
                Ok(report) => return Ok(report),
                Err(error) => error,
            };
            match error.kind {
                ErrorKind::ScratchLabels(needed) if needed as usize > self.labels.len() => {
                    self.labels.resize(needed as usize, Label::default());
                }
                ErrorKind::ScratchNodes(_) if self.nodes.len() < Self::NODES.1 => {
                    let more = (2 * self.nodes.len()).clamp(Self::NODES.0, Self::NODES.1);
                    self.nodes.resize(more, Node::default());
                }
                _ => return Err(error),
            }
        }
    }
}

/// Checks the module at `path` and, with a board, that the board can import it.
///
/// # Errors
/// [`Error::Mpy`] and [`Error::MpyForOtherBoard`].
pub fn verify(path: &str, module: &[u8], board: Option<&Board>) -> Result<()> {
    let checked = check(module).map_err(|fault| Error::Mpy {
        file: path.to_owned(),
        offset: fault.offset,
        what: fault.what,
    })?;
    let Some(board) = board else { return Ok(()) };
    suits(&checked.header, board).map_err(|fault| Error::MpyForOtherBoard {
        file: path.to_owned(),
        offset: fault.offset,
        what: fault.what,
        board: board.name.clone(),
    })
}

fn suits(header: &Header, board: &Board) -> Result<(), Fault> {
    let runs = board.arch();
    let family = Arch::Armv6m as u8..=Arch::Armv7emdp as u8;
    let (native, own) = (header.arch as u8, runs as u8);
    // ARM-M firmware takes code for any smaller core of the family.
    let smaller = family.contains(&own) && family.contains(&native) && native <= own;
    if header.arch != Arch::None && header.arch != runs && !smaller {
        let board_runs = if runs == Arch::None {
            "bytecode only"
        } else {
            runs.name()
        };
        let what = format!(
            "it has native code for {}, the board runs {board_runs}",
            header.arch.name()
        );
        return Err(Fault {
            offset: FEATURE_AT,
            what,
        });
    }
    let (needed, bits) = (header.small_int_bits, board.mpy.small_int_bits);
    if needed > bits {
        let what = format!("it needs small ints of {needed} bits, the board has {bits}");
        return Err(Fault {
            offset: SMALL_INT_BITS_AT,
            what,
        });
    }
    Ok(())
}
