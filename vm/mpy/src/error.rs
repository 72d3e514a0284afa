//! What can be wrong with a .mpy file, and where.

use core::fmt;

/// A reason to refuse a file, with the place that shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Error {
    /// Offset in bytes from the start of the .mpy (of the slice, where a function takes a slice of code).
    pub at: u32,
    /// What is wrong there.
    pub kind: ErrorKind,
}

/// What is wrong with a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes end inside an element.
    Truncated,
    /// A number does not fit 32 bits (64 for a small int), or takes more bytes than that needs.
    NumberTooLarge,
    /// The byte is no opcode of .mpy version 6.
    UnknownOpcode(u8),
    /// A jump leaves the code; the target it computes.
    JumpOutside(i64),
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErrorKind::Truncated => f.write_str("the file ends inside an element"),
            ErrorKind::NumberTooLarge => f.write_str("a number does not fit"),
            ErrorKind::UnknownOpcode(byte) => write!(f, "no opcode has the value 0x{byte:02x}"),
            ErrorKind::JumpOutside(target) => write!(f, "a jump to {target} leaves the code"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "offset {}: {}", self.at, self.kind)
    }
}

impl core::error::Error for Error {}
