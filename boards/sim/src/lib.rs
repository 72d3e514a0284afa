//! A NOR flash simulator for firmware that must survive power cuts.
//!
//! [`Chip`] is the memory: sectors that erase to ones, programs that can only clear bits, and a
//! policy for how often a program unit may be programmed. [`Nor`] puts the `embedded-storage`
//! traits over a chip, so that drivers, filesystems and updaters run on it as they are.
//!
//! On top of the rules come the faults: a power cut before, after or within any operation, torn
//! programs and erases of several kinds, bits that read differently each time, stuck bits and
//! sectors that fail. Everything is seeded: a [`Cut`] prints as a short replay id and parses back.
//!
//! Cloning a chip is cheap, since sectors are copied only when one of the clones changes them. The
//! [`sweep`] module uses that to try every cut of a run, and every second cut after each of those.
//!
//! README.md shows how to use it; its examples are tests.

mod chip;
mod defect;
mod error;
mod geometry;
mod mirror;
mod nor;
mod op;
mod rng;
mod sector;
pub mod sweep;
mod tear;
mod timing;

pub use chip::{Chip, Stats};
pub use defect::{Defects, FailMode, StuckBit};
pub use error::FlashError;
pub use geometry::{BlankRead, Geometry, Overrun, Reprogram};
pub use mirror::Mirror;
pub use nor::{MultiNor, Nor};
pub use op::{Cut, Moment, Op, OpKind, ParseCutError};
pub use rng::Rng;
pub use tear::Tear;
pub use timing::Timing;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
