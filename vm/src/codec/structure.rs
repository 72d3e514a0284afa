//! The formats of `struct`, and single items as `struct`, `array` and `uctypes` lay them out.
//!
//! MicroPython's rules: `@` (the default) has native sizes and alignment, `<` and `>` standard sizes and none, `!` is
//! `>`. Upstream gives `=` no item sizes, so items of such a format are bad typecodes.

/// Byte order and alignment of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `@`: native order, sizes and alignment.
    Native,
    /// `=`: accepted, but no item has a size in it.
    Standard,
    /// `<`.
    Little,
    /// `>` and `!`.
    Big,
}

/// Why a format is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// "bad typecode".
    Typecode,
    /// The size of the whole does not fit in a word.
    Size,
}

/// A piece of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// `x`: so many zero bytes.
    Pad(usize),
    /// `s`: a bytes object of this length.
    Bytes(usize),
    /// So many items of one type.
    Items {
        /// Type letter.
        code: u8,
        /// How many.
        count: usize,
        /// Size and alignment of each.
        unit: Unit,
    },
}

/// Size and alignment of an item, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Size.
    pub size: usize,
    /// Alignment, relative to the start of the structure.
    pub align: usize,
}

impl Unit {
    /// `offset` rounded up to the alignment.
    pub fn aligned(self, offset: usize) -> Option<usize> {
        offset.checked_next_multiple_of(self.align)
    }
}

/// Size and alignment of an item of type `code`, `None` for an unknown one.
pub fn unit(layout: Layout, code: u8) -> Option<Unit> {
    macro_rules! native {
        ($kind:ty) => {
            Unit {
                size: size_of::<$kind>(),
                align: align_of::<$kind>(),
            }
        };
    }
    let native = match code {
        b'b' | b'B' => native!(u8),
        b'h' | b'H' => native!(u16),
        b'i' | b'I' => native!(core::ffi::c_int),
        b'l' | b'L' => native!(core::ffi::c_long),
        b'q' | b'Q' => native!(u64),
        b'P' | b'O' | b'S' => native!(usize),
        b'e' => native!(u16),
        b'f' => native!(f32),
        b'd' => native!(f64),
        _ => return None,
    };
    match layout {
        Layout::Native => Some(native),
        Layout::Standard => None,
        Layout::Little | Layout::Big => {
            let size = if matches!(code, b'i' | b'I' | b'l' | b'L') {
                4
            } else {
                native.size
            };
            Some(Unit { size, align: 1 })
        }
    }
}

/// A format, read piece by piece.
#[derive(Clone, Copy, Debug)]
pub struct Format<'a> {
    /// Order and alignment of the items.
    pub layout: Layout,
    rest: &'a [u8],
}

impl<'a> Format<'a> {
    /// Reads the leading character that tells the layout, if there is one.
    pub fn new(text: &'a [u8]) -> Self {
        let layout = match text.first() {
            Some(b'@') => Layout::Native,
            Some(b'=') => Layout::Standard,
            Some(b'<') => Layout::Little,
            Some(b'>' | b'!') => Layout::Big,
            _ => {
                return Format {
                    layout: Layout::Native,
                    rest: text,
                };
            }
        };
        Format {
            layout,
            rest: &text[1..],
        }
    }

    /// Bytes of the whole structure and number of values in it.
    pub fn measure(self) -> Result<(usize, usize), FormatError> {
        let (mut size, mut values) = (0usize, 0usize);
        for piece in self {
            let (end, more) = match piece? {
                Piece::Pad(len) => (size.checked_add(len), 0),
                Piece::Bytes(len) => (size.checked_add(len), 1),
                Piece::Items { count: 0, .. } => (Some(size), 0),
                Piece::Items { count, unit, .. } => {
                    // Sizes are multiples of alignments, so that only the first item moves.
                    let start = unit.aligned(size);
                    let len = count.checked_mul(unit.size);
                    (start.and_then(|start| start.checked_add(len?)), count)
                }
            };
            size = end.ok_or(FormatError::Size)?;
            values = values.checked_add(more).ok_or(FormatError::Size)?;
        }
        Ok((size, values))
    }
}

impl Iterator for Format<'_> {
    type Item = Result<Piece, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let digits = self
            .rest
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let count = self.rest[..digits]
            .iter()
            .try_fold(0usize, |count, &digit| {
                count
                    .checked_mul(10)?
                    .checked_add(usize::from(digit - b'0'))
            });
        let count = if digits == 0 { Some(1) } else { count };
        let code = self.rest.get(digits).copied();
        self.rest = self.rest.get(digits + 1..).unwrap_or(&[]);
        Some(piece(self.layout, code, count))
    }
}

fn piece(layout: Layout, code: Option<u8>, count: Option<usize>) -> Result<Piece, FormatError> {
    let count = count.ok_or(FormatError::Size)?;
    match code.ok_or(FormatError::Typecode)? {
        b'x' => Ok(Piece::Pad(count)),
        b's' => Ok(Piece::Bytes(count)),
        code => {
            let unit = unit(layout, code).ok_or(FormatError::Typecode)?;
            Ok(Piece::Items { code, count, unit })
        }
    }
}

/// Whether the most significant byte comes first.
pub fn is_big_endian(layout: Layout) -> bool {
    match layout {
        Layout::Big => true,
        Layout::Little => false,
        Layout::Native | Layout::Standard => cfg!(target_endian = "big"),
    }
}

/// An item read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Item {
    /// `b h i l q`.
    Signed(i64),
    /// `B H I L Q`.
    Unsigned(u64),
    /// `e f`.
    Single(f32),
    /// `d`.
    Double(f64),
    /// `O P S`: a word that the virtual machine gives its meaning.
    Word(usize),
}

/// Reads an item of type `code`, which [`unit()`] knows, from its bytes, at most 8.
pub fn unpack(layout: Layout, code: u8, bytes: &[u8]) -> Item {
    let word = word(bytes, is_big_endian(layout));
    match code {
        b'e' => Item::Single(half_to_f32(word as u16)),
        b'f' => Item::Single(f32::from_bits(word as u32)),
        b'd' => Item::Double(f64::from_bits(word)),
        b'O' | b'P' | b'S' => Item::Word(word as usize),
        b'a'..=b'z' => {
            let unused = 64 - 8 * bytes.len().clamp(1, 8) as u32;
            Item::Signed((word << unused) as i64 >> unused)
        }
        _ => Item::Unsigned(word),
    }
}

fn word(bytes: &[u8], big_endian: bool) -> u64 {
    let push = |word: u64, &byte: &u8| word << 8 | u64::from(byte);
    if big_endian {
        bytes.iter().fold(0, push)
    } else {
        bytes.iter().rev().fold(0, push)
    }
}

/// Writes the low bytes of `word`; integers are truncated, as MicroPython does.
pub fn pack_word(layout: Layout, out: &mut [u8], word: u64) {
    let len = out.len();
    for i in 0..len {
        let byte = word.checked_shr(8 * i as u32).unwrap_or(0) as u8;
        out[if is_big_endian(layout) {
            len - 1 - i
        } else {
            i
        }] = byte;
    }
}

/// Writes a float as type `code`: `e`, `f` or `d`; the length of `out` is the item's size.
pub fn pack_float(layout: Layout, code: u8, out: &mut [u8], value: f64) {
    let bits = match code {
        b'e' => f32_to_half(value as f32).into(),
        b'f' => (value as f32).to_bits().into(),
        _ => value.to_bits(),
    };
    pack_word(layout, out, bits);
}

/// The value of a half-precision float.
pub fn half_to_f32(half: u16) -> f32 {
    let (exponent, fraction) = (half >> 10 & 0x1f, half & 0x3ff);
    let magnitude = match exponent {
        0 => (f64::from(fraction) / f64::from(1 << 24)) as f32,
        0x1f => f32::from_bits(0x7f80_0000 | u32::from(fraction) << 13),
        _ => f32::from_bits((u32::from(exponent) + 112) << 23 | u32::from(fraction) << 13),
    };
    if half & 0x8000 != 0 {
        -magnitude
    } else {
        magnitude
    }
}

/// The nearest half-precision float, ties to even; an infinity past the range.
pub fn f32_to_half(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 16 & 0x8000) as u16;
    let magnitude = bits & 0x7fff_ffff;
    let half = if magnitude > 0x7f80_0000 {
        0x7e00
    } else if magnitude >= 0x4780_0000 {
        0x7c00
    } else if magnitude < 0x3880_0000 {
        // Subnormal: the mantissa counts steps of 2^-24. Adding 2^28 rounds to such steps.
        (f64::from(f32::from_bits(magnitude)) + f64::from(1 << 28)).to_bits() as u16
    } else {
        // Round to 10 bits of mantissa; a carry moves the exponent, up to infinity.
        let rebased = magnitude - (112 << 23);
        ((rebased + 0xfff + (rebased >> 13 & 1)) >> 13) as u16
    };
    sign | half
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn measures() {
        let measure = |text: &str| Format::new(text.as_bytes()).measure();
        assert_eq!(measure("<BHIQ"), Ok((15, 4)));
        assert_eq!(measure("BHIQ"), Ok((16, 4)));
        assert_eq!(measure("B0Q"), Ok((1, 1)));
        assert_eq!(measure(">3s2x2h"), Ok((9, 3)));
        assert_eq!(measure(""), Ok((0, 0)));
        assert_eq!(measure("<z"), Err(FormatError::Typecode));
        assert_eq!(measure("<3"), Err(FormatError::Typecode));
        assert_eq!(measure("=i"), Err(FormatError::Typecode));
        assert_eq!(measure("<99999999999999999999999s"), Err(FormatError::Size));
        assert_eq!(
            measure(&format!("<{}Q", usize::MAX)),
            Err(FormatError::Size)
        );
    }

    #[test]
    fn halves() {
        for half in 0..=u16::MAX {
            let value = half_to_f32(half);
            if !value.is_nan() {
                assert_eq!(f32_to_half(value), half);
            }
        }
        assert_eq!(f32_to_half(65520.0), 0x7c00);
        assert_eq!(f32_to_half(65519.0), 0x7bff);
        assert_eq!(
            f32_to_half(f32::from_bits(0x3300_0000)),
            0,
            "half of the least step is a tie, to even"
        );
        assert_eq!(f32_to_half(f32::from_bits(0x3300_0001)), 1);
        assert_eq!(f32_to_half(1e-20), 0);
    }

    proptest! {
            #[test]
            fn integers_both_ways(value in any::<i64>(), big in any::<bool>()) {
                let layout = if big { Layout::Big } else { Layout::Little };
                for code in *b"bhiqBHIQ" {
                    let size = unit(layout, code).unwrap().size;
                    let mut bytes = vec![0; size];
                    pack_word(layout, &mut bytes, value as u64);
                    let shift = 64 - 8 * size;
                    let expected = if code.is_ascii_lowercase() {
                        Item::Signed(value << shift >> shift)
                    } else {
                        Item::Unsigned((value as u64) << shift >> shift)
                    };
                    prop_assert_eq!(unpack(layout, code, &bytes), expected);
    let ordered = if big { value.to_be_bytes()[8 - size..].to_vec() } else { value.to_le_bytes()[..size].to_vec() };
                    prop_assert_eq!(bytes, ordered);
                }
            }

            #[test]
            fn floats_both_ways(value in any::<f64>()) {
                let mut bytes = [0; 8];
                pack_float(Layout::Big, b'd', &mut bytes, value);
                prop_assert_eq!(bytes, value.to_be_bytes());
                pack_float(Layout::Little, b'f', &mut bytes[..4], value);
                prop_assert_eq!(&bytes[..4], &(value as f32).to_le_bytes());
            }
        }
}
