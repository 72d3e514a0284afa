//! Images as the reading commands take them.

use std::fs;
use std::path::{Path, PathBuf};

use romfs_builder::{Error, Result};
use romfs_runtime::{Dir, Entry, File, Image};
use serde::Serialize;

/// An image file in memory.
pub struct ImageFile {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl ImageFile {
    /// Reads the file; whether it is an image is seen by [`image`](Self::image).
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).map_err(|source| Error::Io {
            action: "read",
            path: path.to_path_buf(),
            source,
        })?;
        Ok(Self {
            path: path.to_path_buf(),
            bytes,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn image(&self) -> Result<Image<'_>> {
        Image::open(&self.bytes).map_err(|e| self.error(e))
    }

    /// An error of the reader, with the file's name.
    pub fn error(&self, error: romfs_runtime::Error) -> Error {
        Error::Image {
            path: self.path.clone(),
            error,
        }
    }

    fn no_entry(&self, entry: &str, what: &'static str) -> Error {
        Error::NoEntry {
            path: self.path.clone(),
            entry: entry.to_owned(),
            what,
        }
    }

    /// The entry at `path`, or `None` for the root.
    pub fn entry(&self, path: &str) -> Result<Option<Entry<'_>>> {
        if path.trim_matches('/').is_empty() {
            return Ok(None);
        }
        let found = self.image()?.lookup(path).map_err(|e| self.error(e))?;
        found
            .map(Some)
            .ok_or_else(|| self.no_entry(path, "no such file or folder"))
    }

    pub fn dir(&self, path: &str) -> Result<Dir<'_>> {
        match self.entry(path)? {
            None => Ok(self.image()?.root()),
            Some(Entry::Dir(dir)) => Ok(dir),
            Some(Entry::File(_)) => Err(self.no_entry(path, "a file, not a folder")),
        }
    }

    pub fn file(&self, path: &str) -> Result<File<'_>> {
        match self.entry(path)? {
            Some(Entry::File(file)) => Ok(file),
            _ => Err(self.no_entry(path, "a folder, not a file")),
        }
    }
}

/// A line of a listing.
#[derive(Debug, Serialize)]
pub struct Listed {
    /// Path from the listed folder on.
    pub path: String,
    /// Whether it is a folder.
    pub folder: bool,
    /// Bytes of a file's content, or of a folder's records.
    pub size: u32,
    /// Offset of a file's content in the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
    /// Recorded CRC-32 of a file's content, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crc32: Option<String>,
    /// How many folders lie between it and the listed one.
    #[serde(skip)]
    pub depth: usize,
}

/// The entries of `dir`, and with `recursive` of the folders in it, each before its own entries.
pub fn list(dir: Dir<'_>, recursive: bool) -> Result<Vec<Listed>, romfs_runtime::Error> {
    let mut listed = Vec::new();
    list_at(dir, recursive, "", 0, &mut listed)?;
    Ok(listed)
}

fn list_at(
    dir: Dir<'_>,
    recursive: bool,
    parent: &str,
    depth: usize,
    listed: &mut Vec<Listed>,
) -> Result<(), romfs_runtime::Error> {
    for entry in dir.entries() {
        let entry = entry?;
        let path = format!("{parent}{}", String::from_utf8_lossy(entry.name()));
        match entry {
            Entry::File(file) => listed.push(Listed {
                path,
                folder: false,
                size: file.size()?,
                offset: Some(file.data_offset()?),
                crc32: file.checksum()?.map(|crc| format!("{crc:08x}")),
                depth,
            }),
            Entry::Dir(dir) => {
                let below = format!("{path}/");
                listed.push(Listed {
                    path,
                    folder: true,
                    size: dir.size(),
                    offset: None,
                    crc32: None,
                    depth,
                });
                if recursive {
                    if depth + 1 >= romfs_runtime::MAX_DEPTH {
                        let kind = romfs_runtime::ErrorKind::TooDeep {
                            limit: romfs_runtime::MAX_DEPTH,
                        };
                        return Err(romfs_runtime::Error {
                            kind,
                            offset: dir.offset(),
                        });
                    }
                    list_at(dir, true, &below, depth + 1, listed)?;
                }
            }
        }
    }
    Ok(())
}
