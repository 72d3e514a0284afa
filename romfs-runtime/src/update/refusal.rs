//! Why an image is not taken.

use core::fmt;

use super::envelope::{EnvelopeError, KEY_ID};
use super::manifest::ManifestError;

/// Why an image must not run here. `E` is the flash's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal<E> {
    /// The bytes do not start with an image's header.
    NotAnImage,
    /// The envelope is missing or contradicts itself.
    Envelope(EnvelopeError),
    /// The file is shorter than its envelope says, or longer than the slot.
    Truncated,
    /// The file is longer than its envelope says.
    Extended,
    /// The manifest can't be read.
    Manifest(ManifestError),
    /// No key of this device has the id that the envelope names.
    UnknownKey([u8; KEY_ID]),
    /// The signature is wrong.
    BadSignature,
    /// The image is for devices of another vendor.
    WrongVendor,
    /// The image is for another class of devices.
    WrongClass,
    /// The image is meant for another of the device's components.
    WrongComponent(u32),
    /// The security counter is below the device's.
    Downgraded {
        /// The image's counter.
        counter: u32,
        /// The least that the device takes.
        floor: u32,
    },
    /// The image is not newer than the one that was confirmed last.
    Replayed {
        /// The image's sequence number.
        sequence: u32,
    },
    /// The manifest states another size than the image's header.
    WrongSize,
    /// The image's modules are for another VM than the firmware's.
    WrongTarget,
    /// The bytes of this chunk have another digest than the hash list says.
    ChunkMismatch(u32),
    /// The hash list has another digest than the manifest says.
    HashListMismatch,
    /// The image's records are malformed.
    Image(crate::Error),
    /// The board's own check, of the modules' bytecode, refused.
    Content,
    /// The flash failed.
    Flash(E),
}

impl<E: fmt::Debug> fmt::Display for Refusal<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnImage => f.write_str("not a ROMFS image"),
            Self::Envelope(error) => error.fmt(f),
            Self::Truncated => f.write_str("the file is shorter than its envelope says"),
            Self::Extended => f.write_str("the file is longer than its envelope says"),
            Self::Manifest(error) => error.fmt(f),
            Self::UnknownKey(_) => f.write_str("signed with a key that is not known here"),
            Self::BadSignature => f.write_str("the signature is wrong"),
            Self::WrongVendor => f.write_str("the image is for another vendor's devices"),
            Self::WrongClass => f.write_str("the image is for another class of devices"),
            Self::WrongComponent(component) => {
                write!(f, "the image is for component {component}")
            }
            Self::Downgraded { counter, floor } => write!(
                f,
                "the image's security counter {counter} is below this device's, {floor}"
            ),
            Self::Replayed { sequence } => write!(
                f,
                "the image's sequence number {sequence} is not above the confirmed one"
            ),
            Self::WrongSize => f.write_str("manifest and image header state different sizes"),
            Self::WrongTarget => f.write_str("the image's modules are for another VM"),
            Self::ChunkMismatch(chunk) => write!(f, "chunk {chunk} of the image is damaged"),
            Self::HashListMismatch => f.write_str("the hash list is damaged"),
            Self::Image(error) => error.fmt(f),
            Self::Content => f.write_str("the content check refused the image"),
            Self::Flash(error) => write!(f, "the flash failed: {error:?}"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for Refusal<E> {}
