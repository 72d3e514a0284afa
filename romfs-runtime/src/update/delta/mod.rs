//! Deltas: what the running image turns into, in few bytes (SPEC-update.md §6).
//!
//! The delta file is staged whole, above the place of the new image, and then applied from flash to
//! flash. So a reset loses nothing: the operations are read again and produce the same bytes, of
//! which those that are already marked as written are passed over.

mod apply;
mod format;
mod machine;
mod output;

pub use apply::DeltaError;
pub use format::{Header, HeaderError, MAGIC, MAX_MOVES, Move, Op, unzigzag, zigzag};

pub(super) use apply::apply;
