//! Where each record goes.
//!
//! A record's length stands before its payload in as few bytes as it needs, and what it needs depends on padding
//! inside, which depends on where the payload starts. The layout is found by placing records from the first to the
//! last and placing one again, with a wider length field, when its payload turned out longer than the field holds.
//! Fields only widen, so this ends; a field that ends up wider than needed is padded with `0x80`.

use romfs_runtime::format::kind;

use super::places::padding_before;
use super::records::{pointer_len, varuint_len};

/// What a record holds.
#[derive(Debug)]
pub(super) enum Body<'t> {
    /// The bytes of file number `file`, at a multiple of `align`.
    Content { file: usize, len: u64, align: u64 },
    /// A reference to the content of file number `target`.
    Pointer { target: usize, len: u64 },
    /// Bytes made by the writer.
    Bytes { bytes: Vec<u8>, align: u64 },
    /// A file or directory: its name, then other records.
    Named {
        name: &'t str,
        children: Vec<Record<'t>>,
    },
}

/// A record and its place. Offsets count from the image's first byte.
#[derive(Debug)]
pub(super) struct Record<'t> {
    pub kind: u32,
    pub body: Body<'t>,
    /// Where it stood in the image that this one is based on.
    pub place: Option<u64>,
    /// Bytes of padding before it, for that place's sake: none, or a whole record.
    pub padding: u64,
    /// Offset of the first byte of the kind.
    pub at: u64,
    /// Bytes of the length field, padding included.
    pub length_width: usize,
    /// Bytes of the payload.
    pub length: u64,
}

impl<'t> Record<'t> {
    pub fn new(kind: u32, body: Body<'t>) -> Self {
        Self {
            kind,
            body,
            place: None,
            padding: 0,
            at: 0,
            length_width: 1,
            length: 0,
        }
    }

    /// Offset of the payload's first byte.
    pub fn payload_at(&self) -> u64 {
        self.at + (varuint_len(self.kind.into()) + self.length_width) as u64
    }

    /// Offset of the byte after the record.
    pub fn end(&self) -> u64 {
        self.payload_at() + self.length
    }

    /// For a file or directory: offset of its first child, which identifies a directory in the path index.
    pub fn children_at(&self) -> u64 {
        match &self.body {
            Body::Named { name, .. } => self.payload_at() + name_len(name),
            _ => self.payload_at(),
        }
    }

    /// Places the record at offset `at`; the offset of the byte after it.
    pub fn place(&mut self, at: u64) -> u64 {
        self.padding = self.place.map_or(0, |place| padding_before(at, place));
        self.at = at + self.padding;
        let (len, align) = match &mut self.body {
            Body::Named { .. } => return self.place_children(),
            Body::Content { len, align, .. } => (*len, *align),
            Body::Bytes { bytes, align } => (bytes.len() as u64, *align),
            Body::Pointer { len, .. } => (pointer_len(*len) as u64, 1),
        };
        self.length = len;
        self.length_width = varuint_len(len);
        let unaligned = self.payload_at();
        self.length_width += (unaligned.next_multiple_of(align) - unaligned) as usize;
        self.end()
    }

    fn place_children(&mut self) -> u64 {
        loop {
            let mut end = self.children_at();
            let payload_at = self.payload_at();
            if let Body::Named { children, .. } = &mut self.body {
                end = place_all(children, end);
            }
            self.length = end - payload_at;
            let needed = varuint_len(self.length);
            if needed <= self.length_width {
                return end;
            }
            self.length_width = needed;
        }
    }
}

/// Places records one after the other from offset `at` on; the offset after the last.
pub(super) fn place_all(records: &mut [Record], at: u64) -> u64 {
    records.iter_mut().fold(at, |at, record| record.place(at))
}

/// Bytes of a name with its length.
pub(super) fn name_len(name: &str) -> u64 {
    (varuint_len(name.len() as u64) + name.len()) as u64
}

/// Whether the record is an entry that a path can name.
pub(super) fn is_entry(record: &Record) -> bool {
    matches!(record.kind, kind::FILE | kind::DIRECTORY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(len: u64, align: u64) -> Record<'static> {
        let content = Record::new(
            kind::DATA,
            Body::Content {
                file: 0,
                len,
                align,
            },
        );
        Record::new(
            kind::FILE,
            Body::Named {
                name: "f",
                children: vec![content],
            },
        )
    }

    #[test]
    fn lengths_are_as_short_as_they_can_be_without_alignment() {
        for len in [0, 100, 121, 122, 123, 124, 125, 16_000, 16_380, 20_000] {
            let mut record = file(len, 1);
            record.place(3);
            assert_eq!(record.length_width, varuint_len(record.length), "{len}");
        }
    }

    #[test]
    fn content_lands_on_its_multiple_wherever_the_record_starts() {
        for at in 0..200 {
            for len in [0, 1, 100, 120, 127, 128, 16_300, 16_384] {
                for align in [2, 16, 64, 4096] {
                    let mut record = file(len, align);
                    let end = record.place(at);
                    assert_eq!(record.end(), end);
                    assert!(record.length_width >= varuint_len(record.length));
                    let Body::Named { children, .. } = &record.body else {
                        panic!("a file")
                    };
                    assert_eq!(children[0].payload_at() % align, 0);
                    assert_eq!(children[0].end(), end);
                }
            }
        }
    }
}
