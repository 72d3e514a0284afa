//! Numbers: arbitrary-precision integers, text to number and number to text.
//!
//! Everything here works on slices that the caller owns and allocates nothing, so that the virtual machine can keep
//! digits and text in its own heap. Sizes a caller must provide are `const fn`s beside the operations.

pub mod big;
pub mod field;
pub mod float;
pub mod format_spec;
pub mod parse;
