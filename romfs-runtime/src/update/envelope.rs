//! The envelope: manifest, signature and hash list, as they follow the image in the one file that
//! ships (SPEC-update.md §3.1).

use core::fmt;

use super::manifest::{CHUNK, DIGEST, MAX_MANIFEST};
use crate::format::MAGIC;

/// The envelope starts at a multiple of this, so that no program unit holds bytes of both.
pub const ALIGN: u32 = 64;
/// Bytes before the manifest.
pub const PRELUDE: usize = 16;
/// Bytes of the key's id.
pub const KEY_ID: usize = 8;
/// Bytes of an Ed25519 signature.
pub const SIGNATURE: usize = 64;
/// Most bytes of prelude, manifest, key id and signature.
pub const MAX_HEAD: usize = PRELUDE + MAX_MANIFEST + KEY_ID + SIGNATURE;
/// Bytes of an image that [`image_length`] needs.
pub const IMAGE_HEAD: usize = 32;

const PRELUDE_MAGIC: [u8; 4] = *b"RMAN";
const VERSION: u8 = 1;

/// Why bytes are no envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvelopeError {
    /// They do not start with the magic number: the image is not signed.
    NoManifest,
    /// The envelope has a version that this code does not know.
    UnknownVersion(u8),
    /// A length in the prelude contradicts another.
    Inconsistent,
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoManifest => f.write_str("no manifest follows the image: it is not signed"),
            Self::UnknownVersion(version) => write!(f, "the envelope has version {version}"),
            Self::Inconsistent => f.write_str("the lengths in the envelope contradict each other"),
        }
    }
}

impl core::error::Error for EnvelopeError {}

/// Where everything is in a signed file, or in the slot that holds one. Offsets in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Bytes of the image.
    pub image: u32,
    /// Bytes of the manifest.
    pub manifest: u16,
}

impl Layout {
    /// Start of the envelope; the bytes between image and envelope are `0xff`, and hashed.
    #[must_use]
    pub const fn envelope(&self) -> u32 {
        self.image.next_multiple_of(ALIGN)
    }

    /// Bytes of prelude, manifest, key id and signature.
    #[must_use]
    pub const fn head_len(&self) -> usize {
        PRELUDE + self.manifest as usize + KEY_ID + SIGNATURE
    }

    /// Start of the hash list.
    #[must_use]
    pub const fn hashes(&self) -> u32 {
        self.envelope() + self.head_len() as u32
    }

    /// Number of digests in the hash list: one for each [`CHUNK`] begun before the envelope.
    #[must_use]
    pub const fn chunks(&self) -> u32 {
        self.envelope().div_ceil(CHUNK as u32)
    }

    /// Bytes of the whole file.
    #[must_use]
    pub const fn total(&self) -> u32 {
        self.hashes() + self.chunks() * DIGEST as u32
    }

    /// The prelude that says so.
    #[must_use]
    pub fn prelude(&self) -> [u8; PRELUDE] {
        let mut bytes = [0; PRELUDE];
        bytes[..4].copy_from_slice(&PRELUDE_MAGIC);
        bytes[4] = VERSION;
        bytes[6..8].copy_from_slice(&self.manifest.to_le_bytes());
        bytes[8..12].copy_from_slice(&(self.total() - self.envelope()).to_le_bytes());
        bytes[12..].copy_from_slice(&self.image.to_le_bytes());
        bytes
    }

    /// Reads a prelude found where the envelope of an image of `image` bytes would start.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError`].
    pub fn parse(prelude: &[u8; PRELUDE], image: u32) -> Result<Self, EnvelopeError> {
        if prelude[..4] != PRELUDE_MAGIC {
            return Err(EnvelopeError::NoManifest);
        }
        if prelude[4] != VERSION {
            return Err(EnvelopeError::UnknownVersion(prelude[4]));
        }
        let layout = Self {
            image,
            manifest: u16::from_le_bytes([prelude[6], prelude[7]]),
        };
        // Only one prelude fits a layout, so no bit of it is free to be changed.
        if usize::from(layout.manifest) > MAX_MANIFEST || layout.prelude() != *prelude {
            return Err(EnvelopeError::Inconsistent);
        }
        Ok(layout)
    }
}

/// Bytes of the image that starts with `head`, by its header record. `None` if it is no image, or
/// one too long for its envelope to have a 32-bit offset.
#[must_use]
pub fn image_length(head: &[u8; IMAGE_HEAD]) -> Option<u32> {
    let digits = head.strip_prefix(&MAGIC)?;
    let mut payload: u32 = 0;
    for (index, &digit) in digits.iter().enumerate() {
        payload = payload.checked_mul(128)? | u32::from(digit & 0x7f);
        if digit & 0x80 == 0 {
            let header = (MAGIC.len() + index + 1) as u32;
            let image = payload.checked_add(header)?;
            return (image <= i32::MAX as u32).then_some(image);
        }
    }
    None
}
