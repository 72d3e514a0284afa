//! Files and directories of an image.

use super::error::{Error, ErrorKind};
use super::format::{kind, path_index};
use super::record::{Bytes, Head, Heads, Record, Records, Span};

/// What files and directories have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a> {
    pub(crate) bytes: Bytes<'a>,
    pub(crate) offset: u32,
    pub(crate) name: &'a [u8],
    pub(crate) children: Span,
}

impl<'a> Node<'a> {
    fn records(&self) -> Heads<'a> {
        self.bytes.records(self.children)
    }
}

/// A file of an image.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    pub(crate) node: Node<'a>,
}

impl<'a> File<'a> {
    /// Its name, without a path. Bytes, UTF-8 by convention.
    #[must_use]
    pub fn name(&self) -> &'a [u8] {
        self.node.name
    }

    /// Offset of its record from the start of the image.
    #[must_use]
    pub fn offset(&self) -> u32 {
        self.node.offset
    }

    /// Its content, where it lies in the image: no copy is made.
    ///
    /// # Errors
    /// [`ErrorKind::NoContent`], [`ErrorKind::PointerOutOfRange`], or a malformed record before the content.
    pub fn data(&self) -> Result<&'a [u8], Error> {
        Ok(self.node.bytes.slice(self.content()?))
    }

    /// Length of its content in bytes.
    ///
    /// # Errors
    /// As [`data`](Self::data).
    pub fn size(&self) -> Result<u32, Error> {
        Ok(self.content()?.len())
    }

    /// Offset of its content from the start of the image.
    ///
    /// # Errors
    /// As [`data`](Self::data).
    pub fn data_offset(&self) -> Result<u32, Error> {
        Ok(self.content()?.start)
    }

    /// Where its content is, as offsets from the start of the image.
    ///
    /// # Errors
    /// As [`data`](Self::data).
    pub fn data_range(&self) -> Result<core::ops::Range<u32>, Error> {
        let Span { start, end } = self.content()?;
        Ok(start..end)
    }

    /// Its child records, of all kinds.
    #[must_use]
    pub fn records(&self) -> Records<'a> {
        Records::new(self.node.records())
    }

    /// The first child record of a kind, for extensions.
    ///
    /// # Errors
    /// A malformed record before it.
    pub fn record(&self, kind: u32) -> Result<Option<Record<'a>>, Error> {
        self.records()
            .find(|record| !matches!(record, Ok(record) if record.kind != kind))
            .transpose()
    }

    /// The recorded CRC-32 of its content, if there is one. It is not compared here: see [`Image::check`](crate::Image::check).
    ///
    /// # Errors
    /// [`ErrorKind::BadChecksumRecord`] or a malformed record before it.
    pub fn checksum(&self) -> Result<Option<u32>, Error> {
        let Some(record) = self.record(kind::FILE_CHECKSUM)? else {
            return Ok(None);
        };
        match record.payload.first_chunk() {
            Some(bytes) => Ok(Some(u32::from_le_bytes(*bytes))),
            None => Err(Error::new(ErrorKind::BadChecksumRecord, record.offset)),
        }
    }

    pub(crate) fn content(&self) -> Result<Span, Error> {
        let mut heads = self.node.records();
        while let Some(head) = &heads.next() {
            let head = head.as_ref().map_err(|error| *error)?;
            match head.kind {
                kind::DATA => return Ok(head.payload),
                kind::DATA_POINTER => return self.node.bytes.pointer(head),
                _ => {}
            }
        }
        Err(Error::new(ErrorKind::NoContent, self.node.offset))
    }
}

/// A directory of an image.
#[derive(Clone, Copy, Debug)]
pub struct Dir<'a> {
    pub(crate) node: Node<'a>,
    /// Its number in the path index; none where its path is not known, and lookups in it scan.
    pub(crate) number: Option<u32>,
}

impl<'a> Dir<'a> {
    /// Its name, without a path. Empty for the root.
    #[must_use]
    pub fn name(&self) -> &'a [u8] {
        self.node.name
    }

    /// Offset of its record from the start of the image.
    #[must_use]
    pub fn offset(&self) -> u32 {
        self.node.offset
    }

    /// Bytes of its child records; what stock `stat` gives as a directory's size.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.node.children.len()
    }

    /// Its files and directories in the order of the image, duplicates included.
    #[must_use]
    pub fn entries(&self) -> Entries<'a> {
        Entries {
            heads: self.node.records(),
            number: self.number,
        }
    }

    /// Its child records, of all kinds.
    #[must_use]
    pub fn records(&self) -> Records<'a> {
        Records::new(self.node.records())
    }

    /// The first entry of that name, by scanning.
    pub(crate) fn scan(&self, name: &[u8]) -> Result<Option<Entry<'a>>, Error> {
        let mut heads = self.node.records();
        while let Some(head) = &heads.next() {
            let head = head.as_ref().map_err(|error| *error)?;
            let entry = self.node.bytes.entry(head, self.number);
            match &entry {
                Ok(Some(found)) if found.name() != name => {}
                Ok(None) => {}
                _ => return entry,
            }
        }
        Ok(None)
    }
}

/// A file or a directory.
#[derive(Clone, Copy, Debug)]
pub enum Entry<'a> {
    /// A file.
    File(File<'a>),
    /// A directory.
    Dir(Dir<'a>),
}

impl<'a> Entry<'a> {
    /// Its name, without a path.
    #[must_use]
    pub fn name(&self) -> &'a [u8] {
        match self {
            Self::File(file) => file.name(),
            Self::Dir(dir) => dir.name(),
        }
    }

    /// Offset of its record from the start of the image.
    #[must_use]
    pub fn offset(&self) -> u32 {
        match self {
            Self::File(file) => file.offset(),
            Self::Dir(dir) => dir.offset(),
        }
    }

    /// What `stat` tells about it.
    ///
    /// # Errors
    /// As [`File::data`]; never for a directory.
    pub fn stat(&self) -> Result<Stat, Error> {
        Ok(match self {
            Self::File(file) => Stat {
                is_dir: false,
                size: file.size()?,
            },
            Self::Dir(dir) => Stat {
                is_dir: true,
                size: dir.size(),
            },
        })
    }

    /// The file, if it is one.
    #[must_use]
    pub fn file(self) -> Option<File<'a>> {
        match self {
            Self::File(file) => Some(file),
            Self::Dir(_) => None,
        }
    }

    /// The directory, if it is one.
    #[must_use]
    pub fn dir(self) -> Option<Dir<'a>> {
        match self {
            Self::File(_) => None,
            Self::Dir(dir) => Some(dir),
        }
    }
}

/// Kind and size of an entry. An image has no times, owners or modes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Bytes of a file's content, or of a directory's child records.
    pub size: u32,
}

/// Entries of a directory. An entry whose name is malformed gives an error and the next one follows;
/// after a malformed record nothing follows, since where the next one starts is unknown.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    pub(crate) heads: Heads<'a>,
    /// The directory's number, as far as it is known.
    pub(crate) number: Option<u32>,
}

impl Entries<'_> {
    /// Where the entries that are left lie, to go on with [`Image::entries_within`](crate::Image::entries_within).
    #[must_use]
    pub fn rest(&self) -> (u32, u32) {
        (self.heads.rest.start, self.heads.rest.end)
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let entry = match &self.heads.next()? {
                Ok(head) => self.heads.bytes.entry(head, self.number),
                Err(error) => Err(*error),
            };
            if let Some(entry) = entry.transpose() {
                return Some(entry);
            }
        }
    }
}

impl<'a> Bytes<'a> {
    /// The file or directory that a record is, or none. `parent` is the number of the directory that it is in.
    pub(crate) fn entry(
        self,
        head: &Head,
        parent: Option<u32>,
    ) -> Result<Option<Entry<'a>>, Error> {
        if !matches!(head.kind, kind::FILE | kind::DIRECTORY) {
            return Ok(None);
        }
        let (name, children) = self.name(head.payload)?;
        let node = Node {
            bytes: self,
            offset: head.offset,
            name,
            children,
        };
        Ok(Some(if head.kind == kind::FILE {
            Entry::File(File { node })
        } else {
            // No path leads into a directory without a name.
            let number = parent
                .filter(|_| cfg!(feature = "extensions") && !name.is_empty())
                .map(|parent| path_index::number(parent, name));
            Entry::Dir(Dir { node, number })
        }))
    }

    /// The bytes that a data pointer names.
    fn pointer(&self, head: &Head) -> Result<Span, Error> {
        let mut rest = head.payload;
        let size = self.varuint(&mut rest)?;
        let position = self.varuint(&mut rest)?;
        let payload = self.root().len();
        if position > payload || size > payload - position {
            let problem = ErrorKind::PointerOutOfRange {
                position,
                size,
                payload,
            };
            return Err(Error::new(problem, head.offset));
        }
        let start = self.payload + position;
        Ok(Span {
            start,
            end: start + size,
        })
    }
}
