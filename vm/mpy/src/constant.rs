//! The constant table.

use crate::error::{Error, ErrorKind};
use crate::reader::Reader;
use crate::text::Text;

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
        let kind = reader.u8()?;
        Ok(match kind {
            0 => Constant::FunTable,
            1 => Constant::None,
            2 => Constant::False,
            3 => Constant::True,
            4 => Constant::Ellipsis,
            5..=9 => {
                let length = reader.vuint()?;
                Self::read_text(reader, kind, length)?
            }
            10 => {
                let left = reader.vuint()?;
                Constant::Tuple(Constants {
                    reader: *reader,
                    left,
                })
            }
            _ => return Err(Error::new(at, ErrorKind::ConstantType(kind))),
        })
    }

    fn read_text(reader: &mut Reader<'a>, kind: u8, length: u32) -> Result<Constant<'a>, Error> {
        let constant = match kind {
            5 => Constant::Str(reader.text(length)?),
            6 => Constant::Bytes(reader.take(length)?),
            7 => return Ok(Constant::Int(reader.ascii(length)?)),
            8 => return Ok(Constant::Float(reader.ascii(length)?)),
            _ => return Ok(Constant::Complex(reader.ascii(length)?)),
        };
        reader.nul()?;
        Ok(constant)
    }
}

/// Passes over `count` constants. Needs no stack: a tuple's items are added to those still to pass.
pub(crate) fn skip(reader: &mut Reader<'_>, count: u32) -> Result<(), Error> {
    let mut left = u64::from(count);
    while left > 0 {
        left -= 1;
        if let Constant::Tuple(items) = Constant::read_shallow(reader)? {
            // Every item takes at least a byte, so a count that the file cannot hold ends the loop early.
            left += u64::from(items.left);
        }
    }
    Ok(())
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
