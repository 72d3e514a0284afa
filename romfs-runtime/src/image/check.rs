//! Checking a whole image (SPEC.md §7).

use super::entry::{Dir, Entry, File};
use super::error::{Error, ErrorKind};
use super::format::{image_record, kind};
use super::index::PathIndex;
use super::reader::Image;
use super::record::{Head, Span};

/// Streaming SHA-256, given by the caller so that a device uses the one that it has, in hardware or not.
/// With the feature `sha2`, `sha2::Sha256` is one.
pub trait Sha256Hasher {
    /// Adds bytes.
    fn update(&mut self, bytes: &[u8]);
    /// The digest of what was added.
    fn finish(&mut self) -> [u8; 32];
}

#[cfg(feature = "sha2")]
impl Sha256Hasher for sha2::Sha256 {
    fn update(&mut self, bytes: &[u8]) {
        sha2::Digest::update(self, bytes);
    }

    fn finish(&mut self) -> [u8; 32] {
        sha2::Digest::finalize_reset(self).into()
    }
}

/// Limits and means of a check.
#[derive(Clone, Copy, Debug)]
pub struct CheckOptions {
    /// Computes the CRC-32 of a file's content. Default: [`format::crc32`](crate::format::crc32).
    pub crc32: fn(&[u8]) -> u32,
    /// Bytes of content to compute checksums of. Files may share content, so a small image can ask for much. Default: 16 GiB.
    pub checksum_bytes: u64,
    /// Records to pass in search of duplicate names. Names that are in order, as the builder writes them, and all names of an image with an index cost nothing;
    /// each other name is compared with all that precede it in its directory. Default: 2^26, enough for 11,000 names in any order.
    pub name_comparisons: u64,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self {
            crc32: super::format::crc32,
            checksum_bytes: 1 << 34,
            name_comparisons: 1 << 26,
        }
    }
}

/// What a check found in a sound image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckSummary {
    /// Files.
    pub files: u32,
    /// Directories, the root not counted.
    pub directories: u32,
    /// Bytes of all files' contents; content that files share counts for each.
    pub content_bytes: u64,
    /// Files that have a checksum; all of them were right.
    pub checksums: u32,
    /// Whether there is an index; if so, it is right.
    pub indexed: bool,
    /// About the build id.
    pub build_id: BuildIdCheck,
}

/// What a check says about the build id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BuildIdCheck {
    /// The image has none.
    #[default]
    Absent,
    /// It has one, and the caller gave no hash to compare it.
    NotCompared,
    /// It is the digest of the image's bytes.
    Right,
}

impl<'a> Image<'a> {
    /// Checks the whole image, at most `DEPTH` directories deep, the root counted; 80 bytes of stack a level (48 on a 32-bit target). Pass no hash to leave the build id uncompared.
    ///
    /// Takes one pass over the records, one over the contents with checksums, and one over all bytes for the build id.
    ///
    /// # Errors
    /// The first malformation, in the order of the image; [`ErrorKind::UnknownVersion`], since the rules of such an image are unknown; [`ErrorKind::WorkLimit`] and [`ErrorKind::TooDeep`] by the caller's limits.
    pub fn check<const DEPTH: usize>(
        &self,
        options: &CheckOptions,
        sha256: Option<&mut dyn Sha256Hasher>,
    ) -> Result<CheckSummary, Error> {
        if !self.bytes.image.len().is_multiple_of(2) {
            return Err(Error::new(ErrorKind::OddSize, 0));
        }
        let info = self.info()?;
        let mut checker = Checker {
            image: *self,
            options: *options,
            summary: CheckSummary::default(),
            indexed: 0,
        };
        checker.tail()?;
        checker.tree::<DEPTH>()?;
        checker.index_size()?;
        checker.summary.build_id = match (info, sha256) {
            (None, _) => BuildIdCheck::Absent,
            (Some(_), None) => BuildIdCheck::NotCompared,
            (Some(info), Some(sha256)) => {
                if self.build_id_with(sha256) != Some(*info.build_id) {
                    let offset = self.build_id_offset().unwrap_or_default();
                    return Err(Error::new(ErrorKind::BuildIdMismatch, offset));
                }
                BuildIdCheck::Right
            }
        };
        Ok(checker.summary)
    }

    /// SHA-256 of the image with the build id's bytes taken as zero: what the build id has to be. None as for [`build_id_offset`](Self::build_id_offset).
    pub fn build_id_with(&self, sha256: &mut dyn Sha256Hasher) -> Option<[u8; 32]> {
        let at = self.build_id_offset()? as usize;
        let (before, rest) = self.bytes.image.split_at_checked(at)?;
        let (_, after) = rest.split_at_checked(image_record::BUILD_ID_LEN)?;
        sha256.update(before);
        sha256.update(&[0; image_record::BUILD_ID_LEN]);
        sha256.update(after);
        Some(sha256.finish())
    }

    /// Offset of the build id from the start of the image, for a writer to put it there. None without an image record of a known version.
    #[must_use]
    pub fn build_id_offset(&self) -> Option<u32> {
        let record = self.extensions.record();
        let record = record.filter(|_| self.extensions.tail().is_some())?;
        Some(record.payload_offset + image_record::BUILD_ID as u32)
    }
}

struct Checker<'a> {
    image: Image<'a>,
    options: CheckOptions,
    summary: CheckSummary,
    /// Entries that the index led to.
    indexed: u32,
}

/// A directory that is being checked.
#[derive(Clone, Copy)]
struct Level<'a> {
    dir: Dir<'a>,
    /// Records not yet checked.
    rest: Span,
    /// The greatest name so far: a greater one cannot be a duplicate.
    greatest: &'a [u8],
}

impl<'a> Level<'a> {
    fn new(dir: Dir<'a>) -> Self {
        Self {
            dir,
            rest: dir.node.children,
            greatest: b"",
        }
    }
}

impl<'a> Checker<'a> {
    /// The tail has at most one index.
    fn tail(&mut self) -> Result<(), Error> {
        let mut indexes = 0;
        for record in self.image.tail() {
            let record = record?;
            if record.kind == kind::PATH_INDEX {
                indexes += 1;
                if indexes > 1 {
                    return Err(misplaced(record.kind, record.offset));
                }
            }
        }
        Ok(())
    }

    fn tree<const DEPTH: usize>(&mut self) -> Result<(), Error> {
        let root = Level::new(self.image.root());
        let mut levels = [root; DEPTH];
        let mut depth = 1usize;
        while let Some(top) = depth.checked_sub(1) {
            let too_deep = ErrorKind::TooDeep { limit: DEPTH };
            let level = levels.get_mut(top).ok_or(Error::new(too_deep, 0))?;
            if level.rest.start == level.rest.end {
                depth = top;
                continue;
            }
            let head = self.image.bytes.head(level.rest)?;
            level.rest.start = head.payload.end;
            self.placement(head, level)?;
            let Some(entry) = self.image.bytes.entry(&head, level.dir.number)? else {
                continue;
            };
            self.name(entry, level)?;
            match entry {
                Entry::File(file) => self.file(file)?,
                Entry::Dir(dir) => {
                    self.summary.directories += 1;
                    *levels
                        .get_mut(depth)
                        .ok_or(Error::new(too_deep, head.offset))? = Level::new(dir);
                    depth += 1;
                }
            }
        }
        Ok(())
    }

    /// Extensions of the whole image stand where open looks for them, and nowhere else.
    fn placement(&self, head: Head, level: &Level<'a>) -> Result<(), Error> {
        if !cfg!(feature = "extensions") {
            return Ok(()); // open looks nowhere
        }
        let extensions = &self.image.extensions;
        let in_root = level.dir.node.offset == 0;
        if let Some(tail) = extensions.tail()
            && in_root
            && head.offset < tail.start
            && head.payload.end > tail.start
        {
            return Err(Error::new(ErrorKind::BadTail, head.offset));
        }
        let in_place = match head.kind {
            kind::IMAGE_RECORD => extensions
                .record()
                .is_some_and(|record| record.offset == head.offset),
            kind::PATH_INDEX | kind::PRELINK | kind::CONSTANTS => {
                in_root
                    && extensions
                        .tail()
                        .is_some_and(|tail| head.offset >= tail.start)
            }
            kind::FILE_CHECKSUM => false,
            _ => true,
        };
        if in_place {
            Ok(())
        } else {
            Err(misplaced(head.kind, head.offset))
        }
    }

    fn name(&mut self, entry: Entry<'a>, level: &mut Level<'a>) -> Result<(), Error> {
        let name = entry.name();
        if name.iter().any(|&byte| matches!(byte, 0 | b'/')) {
            return Err(Error::new(ErrorKind::BadName, entry.offset()));
        }
        if name.is_empty() {
            return Ok(());
        }
        if let Some((index, number)) = self.image.extensions.index().copied().zip(level.dir.number)
        {
            self.indexed(&index, entry, level.dir, number)?;
        } else if name <= level.greatest {
            self.compare_with_preceding(entry, level.dir)?;
        }
        level.greatest = level.greatest.max(name);
        Ok(())
    }

    /// The index leads from the name to this entry.
    fn indexed(
        &mut self,
        index: &PathIndex<'a>,
        entry: Entry<'a>,
        dir: Dir<'a>,
        number: u32,
    ) -> Result<(), Error> {
        let kind = match self
            .image
            .find_by_index(index, &dir, number, entry.name())?
        {
            Some(found) if found.offset() == entry.offset() => {
                self.indexed += 1;
                return Ok(());
            }
            // The one that counts comes first; only then is this one a duplicate and not a wrong slot.
            Some(found) if found.offset() < entry.offset() => ErrorKind::DuplicateName,
            _ => ErrorKind::IndexMismatch,
        };
        Err(Error::new(kind, entry.offset()))
    }

    fn compare_with_preceding(&mut self, entry: Entry<'a>, dir: Dir<'a>) -> Result<(), Error> {
        let bytes = self.image.bytes;
        for head in bytes.records(dir.node.children) {
            let head = head?;
            if head.offset == entry.offset() {
                break;
            }
            let Some(left) = self.options.name_comparisons.checked_sub(1) else {
                return Err(Error::new(ErrorKind::WorkLimit, entry.offset()));
            };
            self.options.name_comparisons = left;
            let other = bytes.entry(&head, None)?;
            if other.is_some_and(|other| other.name() == entry.name()) {
                return Err(Error::new(ErrorKind::DuplicateName, entry.offset()));
            }
        }
        Ok(())
    }

    fn file(&mut self, file: File<'a>) -> Result<(), Error> {
        let data = file.data()?;
        self.summary.files += 1;
        self.summary.content_bytes += data.len() as u64;
        let mut content_seen = false;
        let mut checksum_seen = false;
        for record in file.records() {
            let record = record?;
            match record.kind {
                kind::DATA | kind::DATA_POINTER => content_seen = true,
                kind::FILE_CHECKSUM if content_seen && !checksum_seen => checksum_seen = true,
                kind::FILE_CHECKSUM
                | kind::IMAGE_RECORD
                | kind::PATH_INDEX
                | kind::PRELINK
                | kind::CONSTANTS => {
                    return Err(misplaced(record.kind, record.offset));
                }
                _ => {}
            }
        }
        match file.checksum()? {
            Some(recorded) => self.checksum(file, data, recorded),
            None => Ok(()),
        }
    }

    fn checksum(&mut self, file: File<'a>, data: &[u8], recorded: u32) -> Result<(), Error> {
        let Some(left) = self.options.checksum_bytes.checked_sub(data.len() as u64) else {
            return Err(Error::new(ErrorKind::WorkLimit, file.offset()));
        };
        self.options.checksum_bytes = left;
        let computed = (self.options.crc32)(data);
        if computed != recorded {
            let problem = ErrorKind::ChecksumMismatch { recorded, computed };
            return Err(Error::new(problem, file.offset()));
        }
        self.summary.checksums += 1;
        Ok(())
    }

    /// With every entry found through the index, equal counts mean that the index has nothing else.
    fn index_size(&mut self) -> Result<(), Error> {
        let Some(index) = self.image.extensions.index() else {
            return Ok(());
        };
        self.summary.indexed = true;
        let occupied = index.occupied();
        if occupied != index.entries() || occupied != self.indexed {
            return Err(Error::new(ErrorKind::IndexMismatch, index.offset()));
        }
        Ok(())
    }
}

fn misplaced(kind: u32, offset: u32) -> Error {
    Error::new(ErrorKind::Misplaced { kind }, offset)
}
