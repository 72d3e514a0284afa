//! A checked view over MicroPython's .mpy files: opcode table, verifier, disassembler.
//!
//! `no_std`, no allocation, no dependencies, no `unsafe`. SPEC.md says which bytes are accepted.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod error;
pub mod opcode;
mod reader;

pub use error::{Error, ErrorKind};
