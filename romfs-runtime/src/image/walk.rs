//! Every entry of an image, without recursion.

use super::entry::Entry;
use super::error::{Error, ErrorKind};
use super::format::path_index;
use super::record::{Bytes, Span};

/// Directories, the root counted, that [`Image::walk`](crate::Image::walk) follows into each other.
pub const MAX_DEPTH: usize = 32;

/// An entry that a walk met.
#[derive(Clone, Copy, Debug)]
pub struct WalkItem<'a> {
    /// Number of directories above it besides the root.
    pub depth: usize,
    /// The entry.
    pub entry: Entry<'a>,
}

/// A directory that a walk is in.
#[derive(Clone, Copy, Debug)]
struct Level {
    /// What is left of it.
    rest: Span,
    /// Its number in the path index.
    number: Option<u32>,
}

impl Level {
    const EMPTY: Self = Self {
        rest: Span { start: 0, end: 0 },
        number: None,
    };
}

/// All entries of an image, each directory before its entries; ends after the first error.
#[derive(Clone, Debug)]
pub struct Walk<'a, const DEPTH: usize> {
    bytes: Bytes<'a>,
    /// The open directories, the root first.
    open: [Level; DEPTH],
    depth: usize,
    failed: Option<Error>,
}

impl<'a, const DEPTH: usize> Walk<'a, DEPTH> {
    pub(crate) fn new(bytes: Bytes<'a>) -> Self {
        let mut walk = Self {
            bytes,
            open: [Level::EMPTY; DEPTH],
            depth: 0,
            failed: None,
        };
        walk.failed = walk.enter(bytes.root(), Some(path_index::ROOT), 0).err();
        walk
    }

    fn enter(&mut self, rest: Span, number: Option<u32>, offset: u32) -> Result<(), Error> {
        let slot = self
            .open
            .get_mut(self.depth)
            .ok_or(Error::new(ErrorKind::TooDeep { limit: DEPTH }, offset))?;
        *slot = Level { rest, number };
        self.depth += 1;
        Ok(())
    }

    fn step(&mut self) -> Result<Option<WalkItem<'a>>, Error> {
        while let Some(depth) = self.depth.checked_sub(1) {
            let Level { rest, number } = &mut self.open[depth];
            if rest.start == rest.end {
                self.depth = depth;
                continue;
            }
            let head = self.bytes.head(*rest)?;
            rest.start = head.payload.end;
            if let Some(entry) = self.bytes.entry(&head, *number)? {
                if let Entry::Dir(dir) = entry {
                    self.enter(dir.node.children, dir.number, dir.node.offset)?;
                }
                return Ok(Some(WalkItem { depth, entry }));
            }
        }
        Ok(None)
    }
}

impl<'a, const DEPTH: usize> Iterator for Walk<'a, DEPTH> {
    type Item = Result<WalkItem<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = match self.failed.take() {
            Some(error) => Err(error),
            None => self.step(),
        };
        if item.is_err() {
            self.depth = 0;
        }
        item.transpose()
    }
}
