//! MicroPython bytecode, run where it lies.
//!
//! A [`vm::Vm`] is a value: heap, stack and tables lie in a buffer of the caller's, and there are no globals (but in firmware
//! that is built small, see `place`). It reads
//! modules in place from the images that it is given; see DESIGN.md for how, and ARCHITECTURE.md for the invariants
//! that every `SAFETY:` line names.
#![cfg_attr(not(test), no_std)]
#![deny(missing_docs)]
// A smaller set of modules leaves what the others share unused.
#![cfg_attr(not(feature = "modules"), allow(dead_code, unused_imports))]

#[macro_use]
pub mod text;

mod attention;
pub mod attr;
pub mod budget;
pub mod builtin;
mod cache;
pub mod call;
mod cells;
pub mod code;
pub mod codec;
pub mod embed;
pub mod files;
pub mod frame;
pub mod heap;
pub mod host;
pub mod hostile;
pub mod image;
pub mod import;
pub mod link;
pub mod machine;
mod message;
pub mod native;
pub mod net;
pub mod num;
pub mod object;
pub mod observe;
pub mod ops;
pub mod ota;
mod place;
pub mod qstr;
pub mod raise;
pub mod re;
mod roots;
mod run;
pub mod schedule;
pub mod stream;
pub mod table;
pub mod value;
pub mod vm;

/// Whether the interpreter remembers where names, constants and children were found.
pub(crate) const CACHES: bool = !cfg!(feature = "no-cache");

/// A float: f64 on a 64-bit target, f32 on a 32-bit one, as MicroPython has it.
#[cfg(target_pointer_width = "64")]
pub type Float = f64;
/// A float: f64 on a 64-bit target, f32 on a 32-bit one, as MicroPython has it.
#[cfg(target_pointer_width = "32")]
pub type Float = f32;
