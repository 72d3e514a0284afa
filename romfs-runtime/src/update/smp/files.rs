//! The *file* group, over whatever files the board offers.

use sha2::{Digest, Sha256};

use super::message::{Body, Code, Failure, each_field};

pub(super) const GROUP: u16 = 8;
pub(super) const TRANSFER: u8 = 0;
pub(super) const STATUS: u8 = 1;
pub(super) const CHECKSUM: u8 = 2;
pub(super) const CHECKSUM_TYPES: u8 = 3;
pub(super) const CLOSE: u8 = 4;

/// Room for header and field names beside the data of a download.
const OVERHEAD: usize = 48;

/// Why a file can't be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileError {
    /// There is no such file.
    NotFound,
    /// It is a directory.
    IsDirectory,
    /// It can't be changed.
    ReadOnly,
    /// The offset is not where the file goes on.
    Offset,
    /// Reading or writing failed.
    Failed,
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        match error {
            FileError::NotFound => Self::new(Code::NotFound, 3),
            FileError::IsDirectory => Self::new(Code::Invalid, 4),
            FileError::ReadOnly => Self::new(Code::Denied, 15),
            FileError::Offset => Self::new(Code::Invalid, 11),
            FileError::Failed => Self::new(Code::Unknown, 1),
        }
    }
}

/// The files that a client may see.
pub trait Files {
    /// Bytes of the file at `path`.
    ///
    /// # Errors
    ///
    /// [`FileError`].
    fn length(&mut self, path: &str) -> Result<u32, FileError>;

    /// Reads at `offset` into `buffer`; how many bytes there were.
    ///
    /// # Errors
    ///
    /// [`FileError`].
    fn read(&mut self, path: &str, offset: u32, buffer: &mut [u8]) -> Result<usize, FileError>;

    /// Writes at `offset`, which is the end of what was written before; 0 makes the file anew.
    ///
    /// # Errors
    ///
    /// [`FileError`].
    fn write(&mut self, path: &str, offset: u32, bytes: &[u8]) -> Result<(), FileError>;
}

/// No files at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn length(&mut self, _: &str) -> Result<u32, FileError> {
        Err(FileError::NotFound)
    }

    fn read(&mut self, _: &str, _: u32, _: &mut [u8]) -> Result<usize, FileError> {
        Err(FileError::NotFound)
    }

    fn write(&mut self, _: &str, _: u32, _: &[u8]) -> Result<(), FileError> {
        Err(FileError::ReadOnly)
    }
}

/// The fields that requests of this group have.
#[derive(Default)]
struct Request<'r> {
    name: Option<&'r str>,
    offset: u32,
    length: Option<u32>,
    data: Option<&'r [u8]>,
    kind: Option<&'r str>,
}

impl<'r> Request<'r> {
    fn parse(body: &'r [u8]) -> Result<Self, Failure> {
        let mut request = Self::default();
        each_field(body, |key, cbor| {
            match key {
                "name" => request.name = Some(cbor.str()?),
                "off" => request.offset = cbor.u32()?,
                "len" => request.length = Some(cbor.u32()?),
                "data" => request.data = Some(cbor.bytes()?),
                "type" => request.kind = Some(cbor.str()?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(request)
    }

    fn name(&self) -> Result<&'r str, Failure> {
        self.name.ok_or(Failure::new(Code::Invalid, 2))
    }
}

/// The length goes with the first part only.
#[inline(never)]
pub(super) fn download(
    body: &[u8],
    files: &mut dyn Files,
    room: usize,
    out: &mut Body<'_>,
) -> Result<(), Failure> {
    let request = Request::parse(body)?;
    let name = request.name()?;
    let total = files.length(name)?;
    if request.offset > total {
        return Err(Failure::new(Code::Invalid, 12));
    }
    let mut buffer = [0; 256];
    let limit = room.saturating_sub(OVERHEAD).min(buffer.len());
    let read = files.read(name, request.offset, &mut buffer[..limit])?;
    out.map(2 + u64::from(request.offset == 0))?;
    out.str("off")?.u32(request.offset)?;
    out.str("data")?.bytes(&buffer[..read])?;
    if request.offset == 0 {
        out.str("len")?.u32(total)?;
    }
    Ok(())
}

#[inline(never)]
pub(super) fn upload(
    body: &[u8],
    files: &mut dyn Files,
    out: &mut Body<'_>,
) -> Result<(), Failure> {
    let request = Request::parse(body)?;
    let data = request.data.ok_or(Code::Invalid)?;
    files.write(request.name()?, request.offset, data)?;
    let next = request.offset.saturating_add(data.len() as u32);
    out.map(1)?.str("off")?.u32(next)?;
    Ok(())
}

pub(super) fn status(
    body: &[u8],
    files: &mut dyn Files,
    out: &mut Body<'_>,
) -> Result<(), Failure> {
    let length = files.length(Request::parse(body)?.name()?)?;
    out.map(1)?.str("len")?.u32(length)?;
    Ok(())
}

#[inline(never)]
pub(super) fn checksum(
    body: &[u8],
    files: &mut dyn Files,
    out: &mut Body<'_>,
) -> Result<(), Failure> {
    let request = Request::parse(body)?;
    if request.kind.is_some_and(|kind| kind != "sha256") {
        return Err(Failure::new(Code::NotSupported, 13));
    }
    let name = request.name()?;
    let total = files.length(name)?;
    let rest = total
        .checked_sub(request.offset)
        .ok_or(Failure::new(Code::Invalid, 12))?;
    let length = request.length.unwrap_or(rest).min(rest);
    let mut hash = Sha256::new();
    let mut buffer = [0; 128];
    let mut done = 0;
    while done < length {
        let part = (length - done).min(buffer.len() as u32) as usize;
        let read = files.read(name, request.offset + done, &mut buffer[..part])?;
        if read == 0 {
            return Err(FileError::Failed.into());
        }
        hash.update(&buffer[..read]);
        done += read as u32;
    }
    out.map(3 + u64::from(request.offset != 0))?;
    out.str("type")?.str("sha256")?;
    if request.offset != 0 {
        out.str("off")?.u32(request.offset)?;
    }
    out.str("len")?.u32(length)?;
    out.str("output")?.bytes(&hash.finalize())?;
    Ok(())
}

pub(super) fn checksum_types(out: &mut Body<'_>) -> Result<(), Failure> {
    out.map(1)?.str("types")?.map(1)?;
    out.str("sha256")?.map(2)?;
    out.str("format")?.u8(1)?;
    out.str("size")?.u8(32)?;
    Ok(())
}
