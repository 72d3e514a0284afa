#![cfg_attr(not(test), no_std)]
#![deny(unsafe_code)]
#![doc = include_str!("../README.md")]

const _: () = assert!(
    usize::BITS >= u32::BITS,
    "an image offset has to fit a usize"
);

#[allow(unsafe_code)] // a mapped partition is a slice made from an address
pub mod flash;
pub mod format;

mod check;
mod entry;
mod error;
mod image;
mod index;
mod info;
mod record;
mod walk;

pub use check::{BuildIdCheck, CheckOptions, CheckSummary, Sha256Hasher};
pub use entry::{Dir, Entries, Entry, File, Stat};
pub use error::{Error, ErrorKind};
pub use image::Image;
pub use index::PathIndex;
pub use info::{ImageInfo, MpyTarget};
pub use record::{Record, Records};
pub use walk::{MAX_DEPTH, Walk, WalkItem};
