//! The manifest: what an image is, for whom, and what its bytes hash to (SPEC-update.md §3).

use core::fmt;

use minicbor::decode::{Decode, Decoder, Error as CborError};
use minicbor::encode::write::Cursor;
use minicbor::encode::{Encoder, Write};

use crate::MpyTarget;

/// Bytes that one digest of the hash list covers.
pub const CHUNK: usize = 4096;
/// Bytes of a SHA-256 digest.
pub const DIGEST: usize = 32;
/// Most bytes of an encoded manifest.
pub const MAX_MANIFEST: usize = 192;
/// Most bytes of the version text.
pub const MAX_VERSION: usize = 32;
/// The structure version that this code reads and writes.
pub const STRUCTURE: u32 = 1;

/// What the payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadFormat {
    /// A ROMFS v1 image.
    Romfs1,
}

/// The two numbers that only go up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Numbers {
    /// Security counter: raised when older images must not run any more.
    pub counter: u32,
    /// Monotonic sequence number: raised with every release.
    pub sequence: u32,
}

/// A decoded manifest. The names of RFC 9124's elements are in SPEC-update.md §3.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manifest<'a> {
    /// Sequence number and security counter.
    pub numbers: Numbers,
    /// UUID of the vendor.
    pub vendor: [u8; 16],
    /// UUID of the class of devices that the image is for.
    pub class: [u8; 16],
    /// What the payload is.
    pub format: PayloadFormat,
    /// Which of the device's updatable components this is; 0 is the application image.
    pub component: u32,
    /// SHA-256 of the hash list.
    pub digest: [u8; DIGEST],
    /// Bytes of the image.
    pub size: u32,
    /// Version to show to people, at most [`MAX_VERSION`] bytes.
    pub version: &'a str,
    /// What the image's modules need of the VM, if it has any.
    pub target: Option<MpyTarget>,
}

/// Keys of the CBOR map.
mod key {
    pub(super) const STRUCTURE: u32 = 1;
    pub(super) const SEQUENCE: u32 = 2;
    pub(super) const VENDOR: u32 = 3;
    pub(super) const CLASS: u32 = 4;
    pub(super) const FORMAT: u32 = 5;
    pub(super) const COMPONENT: u32 = 6;
    pub(super) const DIGEST: u32 = 7;
    pub(super) const SIZE: u32 = 8;
    pub(super) const COUNTER: u32 = 9;
    pub(super) const VERSION: u32 = 10;
    pub(super) const TARGET: u32 = 11;
    pub(super) const LAST: u32 = TARGET;
}

/// Why bytes are no manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManifestError {
    /// Not the CBOR map that SPEC-update.md describes, or something follows it.
    Malformed,
    /// A structure version that this code does not know.
    UnknownStructure(u32),
    /// A payload format that this code does not know.
    UnknownFormat(u32),
    /// The version text is longer than [`MAX_VERSION`].
    LongVersion,
    /// The buffer to encode into is too short.
    NoRoom,
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("the manifest is malformed"),
            Self::UnknownStructure(version) => {
                write!(f, "the manifest has structure version {version}")
            }
            Self::UnknownFormat(format) => write!(f, "the payload format {format} is unknown"),
            Self::LongVersion => write!(f, "the version text has more than {MAX_VERSION} bytes"),
            Self::NoRoom => f.write_str("the manifest does not fit its buffer"),
        }
    }
}

impl core::error::Error for ManifestError {}

impl From<CborError> for ManifestError {
    fn from(_: CborError) -> Self {
        Self::Malformed
    }
}

impl<'a> Manifest<'a> {
    /// Decodes the manifest that `bytes` hold, exactly: every key once, in rising order.
    ///
    /// # Errors
    ///
    /// [`ManifestError`].
    pub fn decode(bytes: &'a [u8]) -> Result<Self, ManifestError> {
        let mut map = Fields::new(bytes)?;
        let structure = map.required(key::STRUCTURE)?;
        if structure != STRUCTURE {
            return Err(ManifestError::UnknownStructure(structure));
        }
        let sequence = map.required(key::SEQUENCE)?;
        let vendor = map.bytes(key::VENDOR)?;
        let class = map.bytes(key::CLASS)?;
        let format = match map.required(key::FORMAT)? {
            1 => PayloadFormat::Romfs1,
            other => return Err(ManifestError::UnknownFormat(other)),
        };
        let component = map.required(key::COMPONENT)?;
        let digest = map.bytes(key::DIGEST)?;
        let size = map.required(key::SIZE)?;
        let counter = map.required(key::COUNTER)?;
        let version: &str = map.required(key::VERSION)?;
        if version.len() > MAX_VERSION {
            return Err(ManifestError::LongVersion);
        }
        let target = map.target()?;
        map.end()?;
        Ok(Self {
            numbers: Numbers { counter, sequence },
            vendor,
            class,
            format,
            component,
            digest,
            size,
            version,
            target,
        })
    }

    /// Encodes the manifest at the start of `buffer`, and returns how long it is.
    ///
    /// # Errors
    ///
    /// [`ManifestError::NoRoom`] and [`ManifestError::LongVersion`].
    pub fn encode(&self, buffer: &mut [u8]) -> Result<usize, ManifestError> {
        if self.version.len() > MAX_VERSION {
            return Err(ManifestError::LongVersion);
        }
        let mut cbor = Encoder::new(Cursor::new(buffer));
        self.encode_fields(&mut cbor)
            .map_err(|_| ManifestError::NoRoom)?;
        Ok(cbor.writer().position())
    }

    fn encode_fields<W: Write>(
        &self,
        cbor: &mut Encoder<W>,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let PayloadFormat::Romfs1 = self.format;
        cbor.map(10 + u64::from(self.target.is_some()))?;
        cbor.u32(key::STRUCTURE)?.u32(STRUCTURE)?;
        cbor.u32(key::SEQUENCE)?.u32(self.numbers.sequence)?;
        cbor.u32(key::VENDOR)?.bytes(&self.vendor)?;
        cbor.u32(key::CLASS)?.bytes(&self.class)?;
        cbor.u32(key::FORMAT)?.u32(1)?;
        cbor.u32(key::COMPONENT)?.u32(self.component)?;
        cbor.u32(key::DIGEST)?.bytes(&self.digest)?;
        cbor.u32(key::SIZE)?.u32(self.size)?;
        cbor.u32(key::COUNTER)?.u32(self.numbers.counter)?;
        cbor.u32(key::VERSION)?.str(self.version)?;
        if let Some(target) = self.target {
            cbor.u32(key::TARGET)?.array(5)?;
            cbor.u8(target.version)?.u8(target.sub_version)?;
            cbor.u8(target.arch)?.u8(target.small_int_bits)?;
            cbor.u32(target.arch_flags)?;
        }
        Ok(())
    }
}

/// The pairs of the map, taken one by one. Unknown keys are refused: what an older updater does not
/// know could be a condition that it must not pass over.
struct Fields<'a> {
    cbor: Decoder<'a>,
    left: u64,
}

impl<'a> Fields<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, ManifestError> {
        let mut cbor = Decoder::new(bytes);
        let left = cbor.map()?.ok_or(ManifestError::Malformed)?;
        Ok(Self { cbor, left })
    }

    fn required<T: Decode<'a, ()>>(&mut self, key: u32) -> Result<T, ManifestError> {
        self.left = self.left.checked_sub(1).ok_or(ManifestError::Malformed)?;
        if self.cbor.u32()? != key {
            return Err(ManifestError::Malformed);
        }
        Ok(self.cbor.decode()?)
    }

    fn bytes<const N: usize>(&mut self, key: u32) -> Result<[u8; N], ManifestError> {
        let bytes: &minicbor::bytes::ByteSlice = self.required(key)?;
        <[u8; N]>::try_from(&**bytes).map_err(|_| ManifestError::Malformed)
    }

    fn target(&mut self) -> Result<Option<MpyTarget>, ManifestError> {
        if self.left == 0 {
            return Ok(None);
        }
        let (version, sub_version, arch, small_int_bits, arch_flags) = self.required(key::LAST)?;
        Ok(Some(MpyTarget {
            version,
            sub_version,
            arch,
            small_int_bits,
            arch_flags,
        }))
    }

    fn end(&self) -> Result<(), ManifestError> {
        if self.left == 0 && self.cbor.position() == self.cbor.input().len() {
            Ok(())
        } else {
            Err(ManifestError::Malformed)
        }
    }
}
