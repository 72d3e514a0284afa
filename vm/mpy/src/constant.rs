//! The constant table.

use crate::error::{Error, ErrorKind};
use crate::reader::Reader;
use crate::text::{Text, is_ascii};

/// One constant, its text and bytes still in the file.
#[derive(Clone, Debug)]
pub enum Constant<'a> {
    /// The table of functions that native code calls.
    FunTable,
    /// `None`
    None,
    /// `False`
    False,
    /// `True`
    True,
    /// `...`
    Ellipsis,
    /// A str; a NUL follows its last byte.
    Str(Text<'a>),
    /// A bytes; a NUL follows its last byte.
    Bytes(&'a [u8]),
    /// An int beyond the small ones, as decimal text.
    Int(&'a str),
    /// A float, as text.
    Float(&'a str),
    /// A complex (imaginary part only, as compilers write it), as text.
    Complex(&'a str),
    /// A tuple of constants, read when iterated.
    Tuple(Constants<'a>),
}

impl<'a> Constant<'a> {
    /// Reads the constant at `at` of the file's bytes, and says where the next one starts.
    ///
    /// A tuple's items are passed over (their bounds checked), however deeply nested.
    pub fn read(file: &'a [u8], at: u32) -> Result<(Constant<'a>, u32), Error> {
        let mut reader = Reader::at(file, at);
        let constant = Self::read_shallow(&mut reader)?;
        if let Constant::Tuple(items) = &constant {
            skip(&mut reader, items.left)?;
        }
        Ok((constant, reader.position()))
    }

    /// Reads one constant; of a tuple, only what comes before its items.
    pub(crate) fn read_shallow(reader: &mut Reader<'a>) -> Result<Constant<'a>, Error> {
        let at = reader.position();
        let element = Element::read(reader)?;
        let error = |kind| Error::new(element.bytes_at(reader), kind);
        let number = |text: &'a [u8]| match core::str::from_utf8(text) {
            Ok(text) if is_ascii(text.as_bytes()) => Ok(text),
            _ => Err(error(ErrorKind::ConstantSyntax)),
        };
        Ok(match element {
            Element::Constant(kind::FUN_TABLE) => Constant::FunTable,
            Element::Constant(kind::NONE) => Constant::None,
            Element::Constant(kind::FALSE) => Constant::False,
            Element::Constant(kind::TRUE) => Constant::True,
            Element::Constant(kind::ELLIPSIS) => Constant::Ellipsis,
            Element::Constant(kind) => return Err(Error::new(at, ErrorKind::ConstantType(kind))),
            Element::Tuple(left) => Constant::Tuple(Constants {
                reader: *reader,
                left,
            }),
            Element::Bytes(kind::STR, bytes) => {
                Constant::Str(Text::new(bytes).ok_or(error(ErrorKind::NotUtf8))?)
            }
            Element::Bytes(kind::INT, text) => Constant::Int(number(text)?),
            Element::Bytes(kind::FLOAT, text) => Constant::Float(number(text)?),
            Element::Bytes(kind::COMPLEX, text) => Constant::Complex(number(text)?),
            Element::Bytes(_, bytes) => Constant::Bytes(bytes),
        })
    }
}

/// The type bytes of constants.
pub(crate) mod kind {
    pub(crate) const FUN_TABLE: u8 = 0;
    pub(crate) const NONE: u8 = 1;
    pub(crate) const FALSE: u8 = 2;
    pub(crate) const TRUE: u8 = 3;
    pub(crate) const ELLIPSIS: u8 = 4;
    pub(crate) const STR: u8 = 5;
    pub(crate) const BYTES: u8 = 6;
    pub(crate) const INT: u8 = 7;
    pub(crate) const FLOAT: u8 = 8;
    pub(crate) const COMPLEX: u8 = 9;
    pub(crate) const TUPLE: u8 = 10;
}

/// What a constant looks like from outside, its text not looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Element<'a> {
    /// The type byte says it all, if it says anything.
    Constant(u8),
    /// The type byte, and the bytes of a text or of a number in text.
    Bytes(u8, &'a [u8]),
    /// So many items follow.
    Tuple(u32),
}

impl<'a> Element<'a> {
    /// Reads one, of a tuple only what comes before its items.
    #[inline(always)]
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Element<'a>, Error> {
        let kind = reader.byte()? as u8;
        if !(kind::STR..=kind::TUPLE).contains(&kind) {
            return Ok(Element::Constant(kind));
        }
        let length = reader.vuint()?;
        if kind == kind::TUPLE {
            return Ok(Element::Tuple(length));
        }
        let bytes = reader.take(length)?;
        if kind <= kind::BYTES {
            reader.nul()?;
        }
        Ok(Element::Bytes(kind, bytes))
    }

    /// Where its bytes start, the reader being right after it.
    fn bytes_at(&self, reader: &Reader<'_>) -> u32 {
        let (length, nul) = match self {
            Element::Bytes(kind, bytes) => {
                (bytes.len() as u32, matches!(*kind, kind::STR | kind::BYTES))
            }
            _ => (0, false),
        };
        reader.position() - length - u32::from(nul)
    }
}

/// Passes over `count` constants. A firmware checks them here for good, with tuples no deeper in one another than
/// [`TUPLE_DEPTH`]; whether numbers are some whoever makes them finds out.
#[cfg(mpy_format_brief)]
pub(crate) fn skip(reader: &mut Reader<'_>, count: u32) -> Result<(), Error> {
    skip_within(reader, count, TUPLE_DEPTH)
}

#[cfg(mpy_format_brief)]
fn skip_within(reader: &mut Reader<'_>, count: u32, depth: u8) -> Result<(), Error> {
    for _ in 0..count {
        let items = skip_one(reader)?;
        if items > 0 {
            let depth = depth.checked_sub(1);
            let depth = depth.ok_or(reader.error(ErrorKind::TupleTooDeep))?;
            skip_within(reader, items, depth)?;
        }
    }
    Ok(())
}

/// Most tuples within tuples that stock MicroPython can load.
pub(crate) const TUPLE_DEPTH: u8 = 32;

/// Passes over `count` constants. Needs no stack: a tuple's items are added to those still to pass.
#[cfg(not(mpy_format_brief))]
pub(crate) fn skip(reader: &mut Reader<'_>, count: u32) -> Result<(), Error> {
    let mut left = count;
    while left > 0 {
        let items = skip_one(reader)?;
        // Every item takes at least a byte, so a count that the file cannot hold ends the loop early.
        let more = (left - 1).checked_add(items);
        left = more.ok_or(reader.error(ErrorKind::Truncated))?;
    }
    Ok(())
}

/// Passes over one constant, of a tuple only what comes before its items: how many of those there are.
fn skip_one(reader: &mut Reader<'_>) -> Result<u32, Error> {
    let at = reader.position();
    let element = Element::read(reader)?;
    let error = |kind| Err(Error::new(element.bytes_at(reader), kind));
    match element {
        Element::Tuple(items) => return Ok(items),
        Element::Constant(kind::FUN_TABLE) if cfg!(mpy_format_brief) => {
            return Err(Error::new(at, ErrorKind::FunTable));
        }
        Element::Constant(..=kind::ELLIPSIS) | Element::Bytes(kind::BYTES, _) => {}
        Element::Constant(kind) => return Err(Error::new(at, ErrorKind::ConstantType(kind))),
        Element::Bytes(kind::STR, text) if Text::new(text).is_none() => {
            return error(ErrorKind::NotUtf8);
        }
        Element::Bytes(kind::STR, _) => {}
        Element::Bytes(_, text) if !is_ascii(text) => return error(ErrorKind::ConstantSyntax),
        Element::Bytes(..) => {}
    }
    Ok(0)
}

/// Constants in order: of the file's table, or of a tuple.
#[derive(Clone, Debug)]
pub struct Constants<'a> {
    reader: Reader<'a>,
    left: u32,
}

impl<'a> Constants<'a> {
    pub(crate) fn new(reader: Reader<'a>, left: u32) -> Self {
        Constants { reader, left }
    }

    /// How many are left.
    pub fn count_left(&self) -> u32 {
        self.left
    }

    /// Where the next one starts.
    pub fn position(&self) -> u32 {
        self.reader.position()
    }
}

impl<'a> Iterator for Constants<'a> {
    /// Where the constant starts, and the constant.
    type Item = (u32, Constant<'a>);

    fn next(&mut self) -> Option<(u32, Constant<'a>)> {
        self.left = self.left.checked_sub(1)?;
        let at = self.reader.position();
        // The table was read once when the file was opened, so neither step can fail.
        let constant = Constant::read_shallow(&mut self.reader).ok()?;
        if let Constant::Tuple(items) = &constant {
            skip(&mut self.reader, items.left).ok()?;
        }
        Some((at, constant))
    }
}
