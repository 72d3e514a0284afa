//! What an image's modules must be: sound, and made for the board.

use crate::board::Board;
use crate::error::{Error, Result};

/// Version of the .mpy format.
pub const VERSION: u8 = 6;
/// Its sub-version, which modules with native code must match.
pub const SUB_VERSION: u8 = 3;

/// Names of mpy-cross's architectures, in the order of their ids from 1 on.
const ARCHITECTURES: [&str; 12] = [
    "x86",
    "x64",
    "armv6",
    "armv6m",
    "armv7m",
    "armv7em",
    "armv7emsp",
    "armv7emdp",
    "xtensa",
    "xtensawin",
    "rv32imc",
    "rv64imc",
];

/// What is wrong with a module, and at which of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Offset within the module.
    pub offset: usize,
    /// What is wrong there.
    pub what: String,
}

/// Id of an architecture as a .mpy header holds it.
pub fn arch_id(name: &str) -> Option<u8> {
    let at = ARCHITECTURES.iter().position(|known| *known == name)?;
    Some(at as u8 + 1)
}

/// Checks that a module is sound.
///
/// # Errors
/// The first fault.
pub fn check(module: &[u8]) -> Result<(), Fault> {
    let _ = header(module)?;
    Ok(())
}

/// Checks the module at `path` and, with a board, that the board can import it.
///
/// # Errors
/// [`Error::Mpy`] and [`Error::MpyForOtherBoard`].
pub fn verify(path: &str, module: &[u8], board: Option<&Board>) -> Result<()> {
    let damaged = |fault: Fault| Error::Mpy {
        file: path.to_owned(),
        offset: fault.offset,
        what: fault.what,
    };
    check(module).map_err(damaged)?;
    let Some(board) = board else { return Ok(()) };
    let header = header(module).map_err(damaged)?;
    suits(header, board).map_err(|fault| Error::MpyForOtherBoard {
        file: path.to_owned(),
        offset: fault.offset,
        what: fault.what,
        board: board.name.clone(),
    })
}

#[derive(Debug, Clone, Copy)]
struct Header {
    arch: u8,
    small_int_bits: u8,
}

fn header(module: &[u8]) -> Result<Header, Fault> {
    let fault = |offset, what: &str| Fault {
        offset,
        what: what.to_owned(),
    };
    let Some(&[magic, version, feature, small_int_bits]) = module.first_chunk() else {
        return Err(fault(module.len(), "cut off within the header"));
    };
    if magic != b'M' {
        return Err(fault(0, "not a .mpy file: it does not start with M"));
    }
    if version != VERSION {
        return Err(fault(
            1,
            &format!(".mpy version {version}, boards of today import {VERSION}"),
        ));
    }
    Ok(Header {
        arch: feature >> 2 & 0xf,
        small_int_bits,
    })
}

fn suits(header: Header, board: &Board) -> Result<(), Fault> {
    let own = board.mpy.arch.as_deref().and_then(arch_id).unwrap_or(0);
    let arm_m = |id: u8| (4..=8).contains(&id);
    // ARM-M firmware takes code for any smaller core of the family.
    let fits = header.arch == 0
        || header.arch == own
        || arm_m(own) && arm_m(header.arch) && header.arch <= own;
    if !fits {
        let name = ARCHITECTURES
            .get(usize::from(header.arch) - 1)
            .copied()
            .unwrap_or("unknown");
        let runs = board.mpy.arch.as_deref().unwrap_or("bytecode only");
        return Err(Fault {
            offset: 2,
            what: format!("has native code for {name}, the board runs {runs}"),
        });
    }
    if header.small_int_bits > board.mpy.small_int_bits {
        let what = format!(
            "needs small ints of {} bits, the board has {}",
            header.small_int_bits, board.mpy.small_int_bits
        );
        return Err(Fault { offset: 3, what });
    }
    Ok(())
}
