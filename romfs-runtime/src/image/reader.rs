//! Opening an image and finding things in it.

use super::constants::Constants;
use super::entry::{Dir, Entries, Entry, File, Node, Stat};
use super::error::{Error, ErrorKind};
use super::extensions::Extensions;
use super::format::{MAGIC, kind, path_index};
use super::index::PathIndex;
use super::info::ImageInfo;
use super::prelink::Prelink;
use super::record::{Bytes, Records, Span};
use super::walk::{MAX_DEPTH, Walk};

/// A ROMFS v1 image in memory, borrowed for as long as anything of it is used. A small value: copy it freely.
///
/// Opening checks the header and finds the extensions (with the feature `extensions`); everything else is checked when it is read, so any bytes may be opened.
/// To know that a whole image is sound, call [`check`](Self::check).
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    pub(crate) bytes: Bytes<'a>,
    pub(crate) extensions: Extensions<'a>,
}

impl<'a> Image<'a> {
    /// Opens the image at the start of `buffer`; bytes behind it are ignored.
    ///
    /// # Errors
    /// [`ErrorKind::TooShort`], [`ErrorKind::BadMagic`], [`ErrorKind::Truncated`] and the other kinds for a malformed header,
    /// image record or tail. An image record of an unknown version is no error: such an image is read as plain v1.
    pub fn open(buffer: &'a [u8]) -> Result<Self, Error> {
        let bytes = open_header(buffer)?;
        let extensions = Extensions::find(bytes)?;
        Ok(Self { bytes, extensions })
    }

    /// All bytes of the image: header and payload, nothing behind it.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes.image
    }

    /// Offset of the payload, from which positions inside the image count.
    #[must_use]
    pub fn payload_offset(&self) -> u32 {
        self.bytes.payload
    }

    /// The root directory.
    #[must_use]
    pub fn root(&self) -> Dir<'a> {
        Dir {
            node: Node {
                bytes: self.bytes,
                offset: 0,
                name: b"",
                children: self.bytes.root(),
            },
            number: Some(path_index::ROOT),
        }
    }

    /// Finds a path: names separated by `/`, with one leading `/` or none, and one `/` allowed after a directory's name. Empty names, `.` and
    /// `..` are not found. Names are compared byte for byte; the first of duplicates is found.
    ///
    /// With an index a path takes one look a name, found or not, however many entries a directory has; without one it scans. Either
    /// way it takes no more work than one pass over the image.
    ///
    /// # Errors
    /// If a record that had to be passed is malformed. Not found is `Ok(None)`.
    pub fn lookup(&self, path: impl AsRef<[u8]>) -> Result<Option<Entry<'a>>, Error> {
        let path = path.as_ref();
        self.descend(self.root(), path.strip_prefix(b"/").unwrap_or(path))
    }

    /// Finds a path that starts in `dir`, a directory of this image; as [`lookup`](Self::lookup), but without a leading `/`.
    ///
    /// # Errors
    /// As [`lookup`](Self::lookup).
    pub fn lookup_in(
        &self,
        dir: Dir<'a>,
        path: impl AsRef<[u8]>,
    ) -> Result<Option<Entry<'a>>, Error> {
        self.descend(dir, path.as_ref())
    }

    /// Finds a path that is a file; a directory is not found.
    ///
    /// # Errors
    /// As [`lookup`](Self::lookup).
    pub fn file(&self, path: impl AsRef<[u8]>) -> Result<Option<File<'a>>, Error> {
        Ok(self.lookup(path)?.and_then(Entry::file))
    }

    /// Kind and size of what is at a path.
    ///
    /// # Errors
    /// As [`lookup`](Self::lookup) and [`File::data`].
    pub fn stat(&self, path: impl AsRef<[u8]>) -> Result<Option<Stat>, Error> {
        self.lookup(path)?.map(|entry| entry.stat()).transpose()
    }

    /// Goes on with the entries of a directory from where [`Entries::rest`] said; other positions give nothing or an error.
    /// [`lookup_in`](Self::lookup_in) scans directories that are found so, since their paths are not known.
    #[must_use]
    pub fn entries_within(&self, (start, end): (u32, u32)) -> Entries<'a> {
        let root = self.bytes.root();
        let end = end.clamp(root.start, root.end);
        let start = start.clamp(root.start, end);
        Entries {
            heads: self.bytes.records(Span { start, end }),
            number: None,
        }
    }

    /// All files and directories, each directory before its entries, at most [`MAX_DEPTH`] directories deep.
    #[must_use]
    pub fn walk(&self) -> Walk<'a, MAX_DEPTH> {
        self.walk_to_depth()
    }

    /// As [`walk`](Self::walk), at most `DEPTH` directories deep, the root counted. The iterator takes 16 bytes a level.
    #[must_use]
    pub fn walk_to_depth<const DEPTH: usize>(&self) -> Walk<'a, DEPTH> {
        Walk::new(self.bytes)
    }

    /// What the image record tells; none if there is no such record.
    ///
    /// # Errors
    /// [`ErrorKind::BadImageRecord`], [`ErrorKind::UnknownVersion`].
    pub fn info(&self) -> Result<Option<ImageInfo<'a>>, Error> {
        self.extensions
            .record()
            .as_ref()
            .map(ImageInfo::parse)
            .transpose()
    }

    /// The path index that lookups use, if there is one.
    #[must_use]
    pub fn index(&self) -> Option<&PathIndex<'a>> {
        self.extensions.index()
    }

    /// The same image, read by scanning, as stock VfsRom does.
    #[must_use]
    pub fn without_index(mut self) -> Self {
        self.extensions.drop_index();
        self
    }

    /// Extension records of the tail, padding included; empty if there is none.
    #[must_use]
    pub fn tail(&self) -> Records<'a> {
        let end = self.bytes.root().end;
        let span = self.extensions.tail().unwrap_or(Span { start: end, end });
        Records::new(self.bytes.records(span))
    }

    /// The names that the builder numbered in advance, where there is a well-formed record of them.
    #[must_use]
    pub fn prelink(&self) -> Option<Prelink<'a>> {
        let payload = self.bytes.slice(self.bytes.root());
        self.tail()
            .map_while(Result::ok)
            .find(|record| record.kind == kind::PRELINK)
            .and_then(|record| Prelink::parse(&record, payload))
    }

    /// Constants that the builder laid out in advance, where there is a well-formed record of them.
    #[must_use]
    pub fn constants(&self) -> Option<Constants<'a>> {
        let payload = self.bytes.slice(self.bytes.root());
        self.tail()
            .map_while(Result::ok)
            .find(|record| record.kind == kind::CONSTANTS)
            .and_then(|record| Constants::parse(&record, payload))
    }

    fn descend(&self, dir: Dir<'a>, mut path: &[u8]) -> Result<Option<Entry<'a>>, Error> {
        // One place for all that is found on the way: it is large, and would be copied.
        let mut found = Ok(Some(Entry::Dir(dir)));
        while !path.is_empty() {
            let Ok(Some(Entry::Dir(dir))) = &found else {
                // No entries are below a file.
                return found.map(|_| None);
            };
            let slash = path.iter().position(|&byte| byte == b'/');
            let (name, rest) = path.split_at(slash.unwrap_or(path.len()));
            found = self.find(dir, name);
            let Some((_, rest)) = rest.split_first() else {
                return found;
            };
            path = rest;
            if path.is_empty() && matches!(found, Ok(Some(Entry::File(_)))) {
                return Ok(None);
            }
        }
        found
    }

    /// The entry of that name in a directory; none for an empty name.
    fn find(&self, dir: &Dir<'a>, name: &[u8]) -> Result<Option<Entry<'a>>, Error> {
        if name.is_empty() {
            return Ok(None);
        }
        match (self.extensions.index(), dir.number) {
            (Some(index), Some(number)) => self.find_by_index(index, dir, number, name),
            _ => dir.scan(name),
        }
    }

    /// As [`find`](Self::find): what the index says is taken only if the record lies in the directory and has the name.
    pub(crate) fn find_by_index(
        &self,
        index: &PathIndex<'a>,
        dir: &Dir<'a>,
        number: u32,
        name: &[u8],
    ) -> Result<Option<Entry<'a>>, Error> {
        let children = dir.node.children;
        let parent = children.start - self.bytes.payload;
        let Some(position) = index.candidate(parent, number, name) else {
            return Ok(None);
        };
        // Unsigned distance from the start of the children: a record before them wraps to more than they have.
        if position.wrapping_sub(parent) >= children.len() {
            return Ok(None);
        }
        let head = self.bytes.head(Span {
            start: self.bytes.payload + position,
            end: children.end,
        })?;
        let entry = self.bytes.entry(&head, Some(number))?;
        Ok(entry.filter(|entry| entry.name() == name))
    }
}

/// Checks the header and cuts the image out of the buffer.
fn open_header(buffer: &[u8]) -> Result<Bytes<'_>, Error> {
    let at_start = |kind| Err(Error::new(kind, 0));
    if buffer.len() <= MAGIC.len() {
        let have = buffer.len() as u32;
        return at_start(ErrorKind::TooShort { have });
    }
    let Some(rest) = buffer.strip_prefix(&MAGIC) else {
        return at_start(ErrorKind::BadMagic);
    };
    // Offsets are 32 bits wide; a longer buffer is fine as long as the image ends within them.
    let rest = &rest[..rest.len().min(u32::MAX as usize - MAGIC.len())];
    let end = (MAGIC.len() + rest.len()) as u32;
    let whole = Bytes {
        image: buffer,
        payload: 0,
    };
    let mut within = Span {
        start: MAGIC.len() as u32,
        end,
    };
    let claimed = whole.varuint(&mut within)?;
    let payload = within.start;
    let have = within.len();
    if claimed > have {
        return at_start(if buffer.len() > u32::MAX as usize {
            ErrorKind::TooLong
        } else {
            ErrorKind::Truncated { claimed, have }
        });
    }
    Ok(Bytes {
        image: &buffer[..(payload + claimed) as usize],
        payload,
    })
}
