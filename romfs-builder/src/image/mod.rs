//! Writes ROMFS v1 images: the records of `romfs-runtime/SPEC.md`, laid out, aligned, stored once and indexed.

mod constants;
mod index;
mod layout;
mod places;
mod prelink;
mod records;
mod writer;

pub use places::Places;
pub use records::ImageRecord;
pub use writer::{Image, ImageOptions, MAX_ALIGNMENT, build};

/// The content of one file of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The bytes.
    pub content: Vec<u8>,
    /// CRC-32 of the bytes, if it is known already.
    pub crc32: Option<u32>,
    /// Multiple, counted from the image's first byte, at which the content must start. A power of two.
    pub align: u32,
}

impl File {
    /// A file without a checksum or a wish for alignment.
    pub fn new(content: Vec<u8>) -> Self {
        Self {
            content,
            crc32: None,
            align: 1,
        }
    }
}
