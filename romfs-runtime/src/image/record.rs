//! Records: the one place where bytes of an image are turned into numbers and ranges.

use super::error::{Error, ErrorKind};
use super::format::kind;

/// The bytes of an image and where its payload starts. All offsets here count from the image's first byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes<'a> {
    /// The image: header and payload, nothing behind it. Shorter than 4 GiB.
    pub(crate) image: &'a [u8],
    /// Offset of the payload.
    pub(crate) payload: u32,
}

/// A range of offsets; `start <= end <= image.len()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) const fn len(self) -> u32 {
        self.end - self.start
    }
}

/// The head of a record: its kind and where things are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) kind: u32,
    /// Offset of the first byte of the kind.
    pub(crate) offset: u32,
    pub(crate) payload: Span,
}

impl<'a> Bytes<'a> {
    /// The bytes of a span. Spans are only made by the functions below, which keep them inside the image.
    pub(crate) fn slice(&self, span: Span) -> &'a [u8] {
        self.image
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }

    /// Everything after the header.
    pub(crate) fn root(&self) -> Span {
        Span {
            start: self.payload,
            end: self.image.len() as u32,
        }
    }

    /// Reads the number at `within.start` and moves the start behind it.
    pub(crate) fn varuint(&self, within: &mut Span) -> Result<u32, Error> {
        let offset = within.start;
        let mut value = 0u32;
        while within.start < within.end
            && let Some(&digit) = self.image.get(within.start as usize)
        {
            if value > u32::MAX >> 7 {
                return Err(Error::new(ErrorKind::VaruintOverflow, offset));
            }
            within.start += 1;
            value = value << 7 | u32::from(digit & 0x7F);
            if digit & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Error::new(ErrorKind::VaruintTruncated, offset))
    }

    /// Reads the head of the record at `within.start`; the record ends inside `within`.
    pub(crate) fn head(&self, within: Span) -> Result<Head, Error> {
        let offset = within.start;
        let mut rest = within;
        let kind = self.varuint(&mut rest)?;
        if kind == kind::UNUSED {
            return Err(Error::new(ErrorKind::UnusedKind, offset));
        }
        let claimed = self.varuint(&mut rest)?;
        let room = rest.len();
        if claimed > room {
            let problem = ErrorKind::RecordOverrun {
                kind,
                claimed,
                room,
            };
            return Err(Error::new(problem, offset));
        }
        let payload = Span {
            start: rest.start,
            end: rest.start + claimed,
        };
        Ok(Head {
            kind,
            offset,
            payload,
        })
    }

    /// Splits the payload of a file or directory into its name and its child records.
    pub(crate) fn name(&self, payload: Span) -> Result<(&'a [u8], Span), Error> {
        let mut rest = payload;
        let claimed = self.varuint(&mut rest)?;
        let room = rest.len();
        if claimed > room {
            let problem = ErrorKind::NameOverrun { claimed, room };
            return Err(Error::new(problem, payload.start));
        }
        let children = rest.start + claimed;
        let name = self.slice(Span {
            start: rest.start,
            end: children,
        });
        Ok((
            name,
            Span {
                start: children,
                end: payload.end,
            },
        ))
    }

    /// The records of a span, in order.
    pub(crate) fn records(self, span: Span) -> Heads<'a> {
        Heads {
            bytes: self,
            rest: span,
        }
    }
}

/// Heads of the records of a span. After an error nothing follows: where the next record starts is unknown.
#[derive(Clone, Debug)]
pub(crate) struct Heads<'a> {
    pub(crate) bytes: Bytes<'a>,
    pub(crate) rest: Span,
}

impl Iterator for Heads<'_> {
    type Item = Result<Head, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let within = self.rest;
        if within.start == within.end {
            return None;
        }
        // Unless all is well.
        self.rest.start = within.end;
        let head = self.bytes.head(within);
        if let Ok(head) = &head {
            // A head takes at least two bytes, so this moves on every time.
            self.rest.start = head.payload.end;
        }
        Some(head)
    }
}

/// Any record, as it stands in the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// What it is: see [`format::kind`](crate::format::kind).
    pub kind: u32,
    /// Offset of its first byte from the start of the image.
    pub offset: u32,
    /// Offset of its payload from the start of the image.
    pub payload_offset: u32,
    /// Its payload.
    pub payload: &'a [u8],
}

/// Records of a file, a directory or a tail, of all kinds, in order; ends after the first error.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    heads: Heads<'a>,
}

impl<'a> Records<'a> {
    pub(crate) fn new(heads: Heads<'a>) -> Self {
        Self { heads }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let head = self.heads.next()?;
        Some(head.map(|head| Record {
            kind: head.kind,
            offset: head.offset,
            payload_offset: head.payload.start,
            payload: self.heads.bytes.slice(head.payload),
        }))
    }
}
