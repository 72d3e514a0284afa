//! The extensions of an image: its record, its tail and its path index (SPEC.md §4).

use super::error::{Error, ErrorKind};
use super::format::{image_record, kind};
use super::index::PathIndex;
use super::info::tail_position;
use super::record::{Bytes, Record, Records, Span};

/// What open found besides the tree.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extensions<'a> {
    record: Option<Record<'a>>,
    tail: Option<Span>,
    index: Option<PathIndex<'a>>,
}

impl<'a> Extensions<'a> {
    /// Looks where extensions have to be: a bounded number of records at the start of the payload and in the tail.
    pub(crate) fn find(bytes: Bytes<'a>) -> Result<Self, Error> {
        let Some(record) = find_image_record(bytes)? else {
            return Ok(Self::default());
        };
        let plain = Self {
            record: Some(record),
            ..Self::default()
        };
        let position = match tail_position(&record) {
            Ok(position) => position,
            Err(error) if error.is_unknown_version() => return Ok(plain),
            Err(error) => return Err(error),
        };
        let root = bytes.root();
        if position > root.len() {
            return Err(Error::new(ErrorKind::BadTail, record.offset));
        }
        let tail = Span {
            start: root.start + position,
            end: root.end,
        };
        Ok(Self {
            tail: Some(tail),
            index: find_index(bytes, tail)?,
            ..plain
        })
    }

    /// The image record.
    pub(crate) fn record(&self) -> Option<Record<'a>> {
        self.record
    }

    /// Where the tail is, if there is an image record of a known version.
    pub(crate) fn tail(&self) -> Option<Span> {
        self.tail
    }

    /// The path index that lookups use.
    pub(crate) fn index(&self) -> Option<&PathIndex<'a>> {
        self.index.as_ref()
    }

    /// Lookups scan from now on.
    pub(crate) fn drop_index(&mut self) {
        self.index = None;
    }
}

fn find_image_record(bytes: Bytes<'_>) -> Result<Option<Record<'_>>, Error> {
    let records = Records::new(bytes.records(bytes.root()));
    for record in records.take(image_record::PADDING_BEFORE + 1) {
        let record = record?;
        match record.kind {
            kind::PADDING => {}
            kind::IMAGE_RECORD => return Ok(Some(record)),
            _ => break,
        }
    }
    Ok(None)
}

fn find_index(bytes: Bytes<'_>, tail: Span) -> Result<Option<PathIndex<'_>>, Error> {
    let mut index = None;
    for (number, record) in Records::new(bytes.records(tail)).enumerate() {
        let record = record?;
        let expected = record.kind == kind::PADDING || kind::EXTENSIONS.contains(&record.kind);
        if number == image_record::TAIL_RECORDS || !expected {
            return Err(Error::new(ErrorKind::BadTail, record.offset));
        }
        if record.kind == kind::PATH_INDEX && index.is_none() {
            index = Some(PathIndex::parse(&record)?);
        }
    }
    Ok(index)
}
