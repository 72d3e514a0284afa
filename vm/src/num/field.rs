//! Fields: a number or text, padded to a width. What `str.format` and `%` share.

use super::float::format::Text;
use crate::codec::Sink;

/// Where padding goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// `<`: after the text.
    Left,
    /// `>`: before it.
    Right,
    /// `^`: half on each side, the odd one after.
    Center,
    /// `=`: between sign (and prefix) and digits.
    AfterSign,
}

/// How a value is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Byte that padding consists of.
    pub fill: u8,
    /// Side of the padding.
    pub align: Align,
    /// Least number of bytes.
    pub width: usize,
    /// Byte before a number that is not negative.
    pub plus: Option<u8>,
    /// Whether `0b`, `0o`, `0x` is written.
    pub prefix: bool,
    /// Byte between groups of digits: `,` or `_`.
    pub group: Option<u8>,
    /// Least number of digits of an integer, decimals of a float, most bytes of text.
    pub precision: Option<usize>,
}

impl Field {
    /// A field that adds nothing, with text to the left.
    pub const PLAIN: Field = Field {
        fill: b' ',
        align: Align::Left,
        width: 0,
        plus: None,
        prefix: false,
        group: None,
        precision: None,
    };

    /// Writes text, cut to the precision. Width and precision count bytes, as in MicroPython.
    pub fn text<S: Sink>(&self, out: &mut S, text: &[u8]) -> Result<(), S::Error> {
        let len = self
            .precision
            .map_or(text.len(), |most| most.min(text.len()));
        self.pad(out, self.width as isize, &[Part::Plain(&text[..len])])
    }

    /// Writes an integer of which the digits are given as text in `radix`, without sign.
    pub fn integer<S: Sink>(
        &self,
        out: &mut S,
        negative: bool,
        digits: &[u8],
        radix: Radix,
    ) -> Result<(), S::Error> {
        let digits = match self.group {
            Some(separator) => Part::Grouped {
                digits,
                size: radix.group(),
                separator,
            },
            None => Part::Plain(digits),
        };
        let sign = if negative { Some(b'-') } else { self.plus };
        let sign = sign.as_slice();
        let prefix = if self.prefix { radix.prefix() } else { &[] };
        let affix = (sign.len() + prefix.len()) as isize;
        let (mut width, mut least) = (self.width as isize, self.precision.unwrap_or(0) as isize);
        if self.fill == b'0' && !matches!(self.align, Align::Left | Align::Center) {
            (width, least) = (width.max(least), 0);
        }
        if least > 1 {
            return self.integer_of_least(out, (width, least), sign, prefix, digits);
        }
        if self.align == Align::AfterSign {
            out.write(sign)?;
            out.write(prefix)?;
            return self.pad(out, width - affix, &[digits]);
        }
        self.pad(
            out,
            width,
            &[Part::Plain(sign), Part::Plain(prefix), digits],
        )
    }

    /// An integer filled with zeros to `least` digits; the whole is then padded with spaces to `width`.
    fn integer_of_least<S: Sink>(
        &self,
        out: &mut S,
        (width, least): (isize, isize),
        sign: &[u8],
        prefix: &[u8],
        digits: Part,
    ) -> Result<(), S::Error> {
        let len = (digits.len() as isize).max(least) + (sign.len() + prefix.len()) as isize;
        let left = self.align == Align::Left;
        if !left {
            repeat(out, b' ', width - len)?;
        }
        out.write(sign)?;
        out.write(prefix)?;
        let align = if left { Align::Right } else { self.align };
        Field {
            fill: b'0',
            align,
            ..*self
        }
        .pad(out, least, &[digits])?;
        if left {
            repeat(out, b' ', width - len)
        } else {
            Ok(())
        }
    }

    /// Writes a float of which the text is given, sign included.
    pub fn float<S: Sink>(&self, out: &mut S, text: &Text) -> Result<(), S::Error> {
        match text.as_bytes() {
            [sign @ (b' ' | b'+' | b'-'), digits @ ..] if self.align == Align::AfterSign => {
                out.write(&[*sign])?;
                self.pad(out, self.width as isize - 1, &[Part::Plain(digits)])
            }
            all => self.pad(out, self.width as isize, &[Part::Plain(all)]),
        }
    }

    /// Writes `parts` padded to `width`.
    fn pad<S: Sink>(&self, out: &mut S, mut width: isize, parts: &[Part]) -> Result<(), S::Error> {
        let mut pad = width - parts.iter().map(Part::len).sum::<usize>() as isize;
        let group = self.group.filter(|_| self.fill == b'0');
        let period = if group == Some(b'_') { 5 } else { 4 };
        // Zeros that fill a grouped number are grouped too; one more is written than start with the separator.
        if group.is_some() && width > 0 && width % period == 0 {
            (pad, width) = (pad + 1, width + 1);
        }
        let phase = period - 1 - width.rem_euclid(period);
        let fill = |out: &mut S, count: isize| match group {
            None => repeat(out, self.fill, count),
            Some(separator) => (0..count).try_for_each(|i| {
                out.write(&[if (phase + i) % period == period - 1 {
                    separator
                } else {
                    b'0'
                }])
            }),
        };
        let left = match self.align {
            Align::Left => 0,
            Align::Center => pad.max(0) / 2,
            Align::Right | Align::AfterSign => pad,
        };
        fill(out, left)?;
        parts.iter().try_for_each(|part| part.write(out))?;
        fill(out, pad - left)
    }
}

/// Writes `byte` `count` times.
fn repeat<S: Sink>(out: &mut S, byte: u8, count: isize) -> Result<(), S::Error> {
    let block = [byte; 16];
    let mut left = count.max(0) as usize;
    while left > 0 {
        let len = left.min(block.len());
        out.write(&block[..len])?;
        left -= len;
    }
    Ok(())
}

/// Bytes to write.
#[derive(Clone, Copy)]
enum Part<'a> {
    Plain(&'a [u8]),
    /// Digits with a separator before each full group, counted from the end.
    Grouped {
        digits: &'a [u8],
        size: usize,
        separator: u8,
    },
}

impl Part<'_> {
    fn len(&self) -> usize {
        match *self {
            Part::Plain(bytes) => bytes.len(),
            Part::Grouped { digits, size, .. } => {
                digits.len() + digits.len().saturating_sub(1) / size
            }
        }
    }

    fn write<S: Sink>(&self, out: &mut S) -> Result<(), S::Error> {
        let (digits, size, separator) = match *self {
            Part::Plain([]) => return Ok(()),
            Part::Plain(bytes) => return out.write(bytes),
            Part::Grouped {
                digits,
                size,
                separator,
            } => (digits, size, separator),
        };
        let (first, groups) = digits.split_at(digits.len() % size);
        out.write(first)?;
        for (i, group) in groups.chunks(size).enumerate() {
            if i > 0 || !first.is_empty() {
                out.write(&[separator])?;
            }
            out.write(group)?;
        }
        Ok(())
    }
}

/// The bases that integers are formatted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Radix {
    /// `b`.
    Binary,
    /// `o`.
    Octal,
    /// `d`, `n`, and no type.
    Decimal,
    /// `x`.
    Hex,
    /// `X`.
    UpperHex,
}

impl Radix {
    /// The base that a type letter of a format stands for.
    pub fn of_type(letter: u8) -> Option<Self> {
        Some(match letter {
            b'b' => Radix::Binary,
            b'o' => Radix::Octal,
            0 | b'n' | b'd' | b'i' | b'u' => Radix::Decimal,
            b'x' => Radix::Hex,
            b'X' => Radix::UpperHex,
            _ => return None,
        })
    }

    /// The base as a number.
    pub fn base(self) -> u32 {
        match self {
            Radix::Binary => 2,
            Radix::Octal => 8,
            Radix::Decimal => 10,
            Radix::Hex | Radix::UpperHex => 16,
        }
    }

    /// Whether digits above 9 are capitals.
    pub fn is_upper(self) -> bool {
        self == Radix::UpperHex
    }

    fn prefix(self) -> &'static [u8] {
        match self {
            Radix::Binary => b"0b",
            Radix::Octal => b"0o",
            Radix::Decimal => b"",
            Radix::Hex => b"0x",
            Radix::UpperHex => b"0X",
        }
    }

    /// Digits in a group.
    fn group(self) -> usize {
        if self == Radix::Decimal { 3 } else { 4 }
    }
}
