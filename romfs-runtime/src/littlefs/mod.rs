//! littlefs: the C library over a [`BlockDevice`], in memory that the caller lends.
//!
//! [`LittleFs`] is the filesystem for the time of one operation: state and open files lie in the caller's memory, the
//! device is borrowed. A VM keeps that memory in its heap; [`Volume`] is the same for code in Rust, with files read and
//! written whole. The disk format is 2.1, which MicroPython (1.20 and later) and littlefs-python read; 2.0 is read too.

mod device;
#[allow(unsafe_code)] // calls of a C library
mod handle;
mod nor;
#[allow(unsafe_code)] // calls of a C library
mod state;
mod volume;

pub use device::{BlockDevice, Geometry};
pub use handle::{DirEntry, Mode};
pub use nor::{NorDevice, Units};
pub use state::{Damaged, LittleFs, Options, state_words};
pub use volume::Volume;
