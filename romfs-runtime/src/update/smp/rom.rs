//! The files of an image, for the *file* group: read in place, never written.

use super::files::{FileError, Files};
use crate::{Entry, Image};

/// The files of an image below a path such as `/rom`.
#[derive(Debug, Clone, Copy)]
pub struct RomFiles<'i> {
    /// Where the image is mounted, without a slash at the end.
    pub at: &'i str,
    /// The image; none if the factory image runs from elsewhere.
    pub image: Option<Image<'i>>,
}

impl<'i> RomFiles<'i> {
    fn data(&self, path: &str) -> Result<&'i [u8], FileError> {
        let below = path.strip_prefix(self.at).ok_or(FileError::NotFound)?;
        let image = self.image.filter(|_| below.starts_with('/'));
        let found = image.map(|image| image.lookup(below));
        match found {
            Some(Ok(Some(Entry::File(file)))) => file.data().map_err(|_| FileError::Failed),
            Some(Ok(Some(Entry::Dir(_)))) => Err(FileError::IsDirectory),
            Some(Err(_)) => Err(FileError::Failed),
            Some(Ok(None)) | None => Err(FileError::NotFound),
        }
    }
}

impl Files for RomFiles<'_> {
    fn length(&mut self, path: &str) -> Result<u32, FileError> {
        Ok(self.data(path)?.len() as u32)
    }

    fn read(&mut self, path: &str, offset: u32, buffer: &mut [u8]) -> Result<usize, FileError> {
        let data = self.data(path)?;
        let rest = data.get(offset as usize..).ok_or(FileError::Offset)?;
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn write(&mut self, path: &str, _: u32, _: &[u8]) -> Result<(), FileError> {
        if path.starts_with(self.at) {
            Err(FileError::ReadOnly)
        } else {
            Err(FileError::NotFound)
        }
    }
}
