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

/// What a device imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What to call it in messages: a board, or a device's `_mpy`.
    pub name: String,
    /// Sub-version of native code; `None` where it is not known.
    pub sub_version: Option<u8>,
    /// CPU of native code; none where only bytecode runs.
    pub arch: Arch,
    /// Bits of a small int; `None` where that is not known.
    pub small_int_bits: Option<u8>,
}

impl Target {
    /// What a board imports.
    pub fn of_board(board: &Board) -> Self {
        Self {
            name: board.name.clone(),
            sub_version: Some(SUB_VERSION),
            arch: board.arch(),
            small_int_bits: Some(board.mpy.small_int_bits),
        }
    }

    /// What a device imports whose `sys.implementation._mpy` is `value`: version, feature byte and flags.
    ///
    /// # Errors
    /// The reason as text, for a version that this crate does not write or a CPU that it does not know.
    pub fn of_device(value: u32) -> Result<Self, String> {
        let [version, feature, ..] = value.to_le_bytes();
        if version != VERSION {
            return Err(format!(
                "the device imports .mpy version {version}, and modules have version {VERSION}; take the mpy-cross and \
                 the romfs that belong to its firmware"
            ));
        }
        let number = feature >> 2 & 0x0f;
        let arch = Arch::ALL.into_iter().find(|arch| *arch as u8 == number);
        Ok(Self {
            name: format!("a device with _mpy {value}"),
            sub_version: Some(feature & 3),
            arch: arch.ok_or_else(|| format!("CPU {number} of _mpy {value} is unknown"))?,
            small_int_bits: None,
        })
    }
}

/// Checks the module at `path` and that each of `targets` can import it.
///
/// # Errors
/// [`Error::Mpy`] and [`Error::MpyForOtherBoard`].
pub fn verify(path: &str, module: &[u8], targets: &[Target]) -> Result<()> {
    let checked = check(module).map_err(|fault| Error::Mpy {
        file: path.to_owned(),
        offset: fault.offset,
        what: fault.what,
    })?;
    for target in targets {
        suits(&checked.header, target).map_err(|fault| Error::MpyForOtherBoard {
            file: path.to_owned(),
            offset: fault.offset,
            what: fault.what,
            board: target.name.clone(),
        })?;
    }
    Ok(())
}

/// Whether a device takes a module with this header.
///
/// # Errors
/// The field that differs.
pub fn suits(header: &Header, target: &Target) -> Result<(), Fault> {
    let runs = target.arch;
    let family = Arch::Armv6m as u8..=Arch::Armv7emdp as u8;
    let (native, own) = (header.arch as u8, runs as u8);
    // ARM-M firmware takes code for any smaller core of the family.
    let smaller = family.contains(&own) && family.contains(&native) && native <= own;
    if header.arch != Arch::None && header.arch != runs && !smaller {
        let device_runs = if runs == Arch::None {
            "bytecode only"
        } else {
            runs.name()
        };
        let what = format!(
            "it has native code for {}, the board runs {device_runs}",
            header.arch.name()
        );
        return Err(Fault {
            offset: FEATURE_AT,
            what,
        });
    }
    if header.arch != Arch::None
        && target
            .sub_version
            .is_some_and(|sub| sub != header.sub_version)
    {
        let what = format!(
            "its native code is of version {VERSION}.{}, the board runs {VERSION}.{}",
            header.sub_version,
            target.sub_version.unwrap_or_default()
        );
        return Err(Fault {
            offset: FEATURE_AT,
            what,
        });
    }
    match target.small_int_bits {
        Some(bits) if header.small_int_bits > bits => Err(Fault {
            offset: SMALL_INT_BITS_AT,
            what: format!(
                "it needs small ints of {} bits, the board has {bits}",
                header.small_int_bits
            ),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_devices_mpy_value_is_version_feature_byte_and_flags() {
        let x64 = Target::of_device(2822).unwrap();
        assert_eq!((x64.arch, x64.sub_version), (Arch::X64, Some(3)));
        let bytecode = Target::of_device(6 | 3 << 8).unwrap();
        assert_eq!(bytecode.arch, Arch::None);
        assert!(
            Target::of_device(5 | 3 << 8)
                .unwrap_err()
                .contains("version 5")
        );
        assert!(
            Target::of_device(6 | (15 << 2) << 8)
                .unwrap_err()
                .contains("CPU 15")
        );
    }

    #[test]
    fn modules_must_suit_the_device() {
        let header = |arch, sub_version, small_int_bits| Header {
            version: VERSION,
            sub_version,
            arch,
            arch_flags: None,
            small_int_bits,
        };
        let device = Target {
            name: "x".into(),
            sub_version: Some(3),
            arch: Arch::Armv7m,
            small_int_bits: Some(31),
        };
        let offset = |header| suits(&header, &device).err().map(|fault| fault.offset);
        assert_eq!(offset(header(Arch::None, 0, 31)), None);
        assert_eq!(offset(header(Arch::Armv6m, 3, 31)), None);
        assert_eq!(offset(header(Arch::Armv7em, 3, 31)), Some(FEATURE_AT));
        assert_eq!(offset(header(Arch::Armv7m, 2, 31)), Some(FEATURE_AT));
        assert_eq!(offset(header(Arch::None, 0, 63)), Some(SMALL_INT_BITS_AT));
    }
}
