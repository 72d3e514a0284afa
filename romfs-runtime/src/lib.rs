#![cfg_attr(not(test), no_std)]
#![deny(unsafe_code)]
#![doc = include_str!("../README.md")]

const _: () = assert!(
    usize::BITS >= u32::BITS,
    "an image offset has to fit a usize"
);

#[allow(unsafe_code)] // a mapped partition is a slice made from an address
pub mod flash;
pub mod fs;
pub mod image;
#[cfg(feature = "littlefs")]
pub mod littlefs;
#[cfg(feature = "update")]
pub mod update;

pub use image::format;
pub use image::{
    BuildIdCheck, CheckOptions, CheckSummary, Constants, Dir, Entries, Entry, Error, ErrorKind,
    File, Image, ImageInfo, MAX_DEPTH, MpyTarget, PathIndex, Prelink, Record, Records,
    Sha256Hasher, Stat, Walk, WalkItem,
};
