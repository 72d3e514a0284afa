#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod constant;
mod error;
mod header;
#[cfg(not(mpy_format_brief))]
mod listing;
mod mpy;
pub mod opcode;
mod prelude;
mod qstr;
mod raw_code;
mod reader;
mod text;
mod verify;

pub use constant::{Constant, Constants};
pub use error::{Error, ErrorKind};
pub use header::{Arch, Header, NATIVE_SUB_VERSION, VERSION};
#[cfg(not(mpy_format_brief))]
pub use listing::Listing;
pub use mpy::{Mpy, Sections};
pub use prelude::{LineStep, Lines, Prelude, flags};
pub use qstr::{QSTR_BYTES_MAX, Qstr, QstrSource, Qstrs, static_qstr, static_qstrs};
pub use raw_code::{Children, Kind, RawCode};
pub use text::{Text, is_ascii};
pub use verify::{Function, Label, Limits, Node, Report, Scratch, verify, verify_each};
