//! What can be wrong with an image, and where.

use core::fmt;
#[cfg(not(feature = "errors"))]
use core::num::NonZeroU32;

/// A malformation and the place of it. [`Display`](fmt::Display) is one line.
#[cfg(feature = "errors")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Byte offset from the start of the image, of the record or number that is wrong.
    pub offset: u32,
}

#[cfg(feature = "errors")]
impl Error {
    pub(crate) const fn new(kind: ErrorKind, offset: u32) -> Self {
        Self { kind, offset }
    }

    /// Whether nothing is wrong but that a later version of the format is there.
    #[cfg_attr(
        not(feature = "extensions"),
        allow(dead_code, reason = "only extensions need it")
    )]
    pub(crate) const fn is_unknown_version(&self) -> bool {
        matches!(self.kind, ErrorKind::UnknownVersion { .. })
    }
}

/// That an image is malformed. What is wrong with it the feature `errors` tells; without it an error is one word that is
/// not zero, so that a result fits registers.
#[cfg(not(feature = "errors"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error(NonZeroU32);

#[cfg(not(feature = "errors"))]
impl Error {
    const UNKNOWN_VERSION: NonZeroU32 = NonZeroU32::MAX;

    #[inline(always)]
    pub(crate) const fn new(kind: ErrorKind, _: u32) -> Self {
        match kind {
            ErrorKind::UnknownVersion { .. } => Self(Self::UNKNOWN_VERSION),
            _ => Self(NonZeroU32::MIN),
        }
    }

    /// Whether nothing is wrong but that a later version of the format is there.
    #[cfg_attr(
        not(feature = "extensions"),
        allow(dead_code, reason = "only extensions need it")
    )]
    pub(crate) const fn is_unknown_version(&self) -> bool {
        self.0.get() == Self::UNKNOWN_VERSION.get()
    }
}

/// Kinds of malformation. Not found is none of them: a lookup says that with `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The buffer has fewer than the four bytes of the smallest image.
    TooShort {
        /// Bytes in the buffer.
        have: u32,
    },
    /// The buffer does not start with `D2 CD 31`.
    BadMagic,
    /// The buffer is longer than a `u32` can count and the image does not say that it ends before that.
    TooLong,
    /// The header claims more bytes than the buffer has.
    Truncated {
        /// Bytes that the payload should have.
        claimed: u32,
        /// Bytes in the buffer after the header.
        have: u32,
    },
    /// A number goes on past the record that holds it.
    VaruintTruncated,
    /// A number does not fit 32 bits.
    VaruintOverflow,
    /// A record claims more bytes than its parent has left.
    RecordOverrun {
        /// The record's kind.
        kind: u32,
        /// Bytes that it claims.
        claimed: u32,
        /// Bytes that its parent has left.
        room: u32,
    },
    /// A record has kind 0, which no writer makes (erased or overwritten bytes, often).
    UnusedKind,
    /// A name claims more bytes than its record has.
    NameOverrun {
        /// Bytes that it claims.
        claimed: u32,
        /// Bytes that the record has left.
        room: u32,
    },
    /// A file has neither a data record nor a data pointer.
    NoContent,
    /// A data pointer names bytes outside the image's payload.
    PointerOutOfRange {
        /// Position that it names.
        position: u32,
        /// Number of bytes that it names.
        size: u32,
        /// Bytes in the payload.
        payload: u32,
    },
    /// Directories are nested deeper than the caller's limit.
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// The image record is too short for its fields, or its texts are not UTF-8.
    BadImageRecord,
    /// The image record is of a version that this reader does not know.
    UnknownVersion {
        /// The version.
        version: u8,
    },
    /// The tail is not at the end of the root, or holds something that does not belong there.
    BadTail,
    /// The path index has not the size that its header asks for, or a field is out of range.
    BadIndex,
    /// The path index and the tree disagree about an entry.
    IndexMismatch,
    /// A record of this project stands where it must not.
    Misplaced {
        /// The record's kind.
        kind: u32,
    },
    /// The image has an odd number of bytes.
    OddSize,
    /// A name has a NUL byte or a slash.
    BadName,
    /// A directory has two entries of the same name; the offset is the second one's.
    DuplicateName,
    /// A checksum record is shorter than its checksum.
    BadChecksumRecord,
    /// A file's content does not have the checksum that is recorded for it.
    ChecksumMismatch {
        /// The recorded checksum.
        recorded: u32,
        /// That of the content.
        computed: u32,
    },
    /// The image's bytes do not have the recorded digest.
    BuildIdMismatch,
    /// Checking would take more work than the caller allows.
    WorkLimit,
}

#[cfg(not(feature = "errors"))]
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("image is malformed")
    }
}

#[cfg(feature = "errors")]
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "offset {0} ({0:#x}): {1}", self.offset, self.kind)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooShort { have } => {
                write!(f, "not a ROMFS image: {have} bytes, the smallest has 4")
            }
            Self::BadMagic => f.write_str("not a ROMFS image: it does not start with D2 CD 31"),
            Self::TooLong => f.write_str("an image has to be smaller than 4 GiB"),
            Self::Truncated { claimed, have } => write!(
                f,
                "image is cut off: the header claims {claimed} bytes, {have} are there"
            ),
            Self::VaruintTruncated => f.write_str("number goes on past the end of its record"),
            Self::VaruintOverflow => f.write_str("number does not fit 32 bits"),
            Self::RecordOverrun {
                kind,
                claimed,
                room,
            } => write!(
                f,
                "record of kind {kind:#x} claims {claimed} bytes, its parent has {room} left"
            ),
            Self::UnusedKind => f.write_str("record has kind 0, which no writer makes"),
            Self::NameOverrun { claimed, room } => {
                write!(f, "name claims {claimed} bytes, its record has {room} left")
            }
            Self::NoContent => f.write_str("file has neither data nor a data pointer"),
            Self::PointerOutOfRange {
                position,
                size,
                payload,
            } => write!(
                f,
                "data pointer names {size} bytes at position {position}, the payload has {payload}"
            ),
            Self::TooDeep { limit } => write!(f, "directories are nested deeper than {limit}"),
            Self::BadImageRecord => f.write_str("image record is malformed"),
            Self::UnknownVersion { version } => {
                write!(f, "image record has version {version}, this reader knows 1")
            }
            Self::BadTail => f.write_str("tail of extension records is malformed"),
            Self::BadIndex => f.write_str("path index is malformed"),
            Self::IndexMismatch => f.write_str("path index disagrees with the directory tree"),
            Self::Misplaced { kind } => {
                write!(f, "extension record of kind {kind:#x} does not belong here")
            }
            Self::OddSize => f.write_str("image has an odd number of bytes"),
            Self::BadName => f.write_str("name has a NUL byte or a slash"),
            Self::DuplicateName => f.write_str("directory already has an entry of this name"),
            Self::BadChecksumRecord => f.write_str("checksum record is shorter than 4 bytes"),
            Self::ChecksumMismatch { recorded, computed } => write!(
                f,
                "content has checksum {computed:#010x}, recorded is {recorded:#010x}"
            ),
            Self::BuildIdMismatch => {
                f.write_str("the image's bytes do not have the recorded build id")
            }
            Self::WorkLimit => {
                f.write_str("checking would take more work than the caller's limit allows")
            }
        }
    }
}

impl core::error::Error for Error {}
