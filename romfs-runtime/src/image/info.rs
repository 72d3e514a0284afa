//! The image record: what an image is and for whom it was built (SPEC.md §4.1).

use super::error::{Error, ErrorKind};
use super::format::image_record::{BUILD_ID, BUILD_ID_LEN, BUILDER, MPY, TAIL, VERSION};
use super::record::Record;

/// What the image record tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageInfo<'a> {
    /// Recorded SHA-256 of the image; see [`Image::build_id_with`](crate::Image::build_id_with).
    pub build_id: &'a [u8; BUILD_ID_LEN],
    /// Modules that the image is built for; none if the builder did not say.
    pub target: Option<MpyTarget>,
    /// Name and version of the program that wrote the image.
    pub builder: &'a str,
    /// Name of the board profile; empty if built for none.
    pub board: &'a str,
}

/// What the `.mpy` files of an image need of the VM. Fields as in a .mpy header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MpyTarget {
    /// Version, 6.
    pub version: u8,
    /// Sub-version, 3.
    pub sub_version: u8,
    /// Architecture id; 0 for bytecode only.
    pub arch: u8,
    /// Bits of a small int in the board's VM.
    pub small_int_bits: u8,
    /// Architecture flags.
    pub arch_flags: u32,
}

impl<'a> ImageInfo<'a> {
    pub(crate) fn parse(record: &Record<'a>) -> Result<Self, Error> {
        check_version(record)?;
        Self::fields(record.payload).ok_or(Error::new(ErrorKind::BadImageRecord, record.offset))
    }

    fn fields(payload: &'a [u8]) -> Option<Self> {
        let (builder, rest) = text(payload.get(BUILDER..)?)?;
        let (board, _) = text(rest)?;
        let [version, sub_version, arch, small_int_bits, flags @ ..] =
            *payload.get(MPY..)?.first_chunk::<8>()?;
        let target = MpyTarget {
            version,
            sub_version,
            arch,
            small_int_bits,
            arch_flags: u32::from_le_bytes(flags),
        };
        Some(Self {
            build_id: payload.get(BUILD_ID..)?.first_chunk()?,
            target: (version != 0).then_some(target),
            builder,
            board,
        })
    }
}

/// Position of the tail.
#[cfg_attr(
    not(feature = "extensions"),
    allow(dead_code, reason = "only extensions need it")
)]
pub(crate) fn tail_position(record: &Record<'_>) -> Result<u32, Error> {
    check_version(record)?;
    record
        .payload
        .get(TAIL..)
        .and_then(<[u8]>::first_chunk)
        .map(|bytes| u32::from_le_bytes(*bytes))
        .ok_or(Error::new(ErrorKind::BadImageRecord, record.offset))
}

fn check_version(record: &Record<'_>) -> Result<(), Error> {
    match record.payload.first() {
        Some(&VERSION) => Ok(()),
        Some(&version) => Err(Error::new(
            ErrorKind::UnknownVersion { version },
            record.offset,
        )),
        None => Err(Error::new(ErrorKind::BadImageRecord, record.offset)),
    }
}

/// A length byte and that many bytes of UTF-8, and what follows.
fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (&len, rest) = bytes.split_first()?;
    let (text, rest) = rest.split_at_checked(len.into())?;
    Some((core::str::from_utf8(text).ok()?, rest))
}
