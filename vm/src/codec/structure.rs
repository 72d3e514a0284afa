//! The formats of `struct`, and floats of 16 bits.
//!
//! MicroPython's rules: `@` (the default) has native sizes and alignment, `<` and `>` standard sizes and none, `!` is
//! `>`. Upstream gives `=` no item sizes, so items of such a format are bad typecodes.

/// Why a format is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// "bad typecode".
    Typecode,
    /// The size of the whole does not fit in a word.
    Size,
}

/// The character of native order, sizes and alignment.
pub const NATIVE: u8 = b'@';

/// Sizes of items by their letters from `A` to `z`; 0 where a letter is none. An `l` of native size is another matter.
static SIZES: [u8; 58] = {
    let mut sizes = [0; 58];
    let word = size_of::<usize>() as u8;
    let letters = [
        (1, "xsbB"),
        (2, "hHe"),
        (4, "iIflL"),
        (8, "qQd"),
        (word, "POS"),
    ];
    let mut at = 0;
    while at < letters.len() {
        let (size, of) = letters[at];
        let mut i = 0;
        while i < of.len() {
            sizes[(of.as_bytes()[i] - b'A') as usize] = size;
            i += 1;
        }
        at += 1;
    }
    sizes
};

/// Bytes of an item of type `code` in a format that begins with `order`; 0 for an unknown one.
pub fn size(order: u8, code: u8) -> usize {
    let at = usize::from(code).wrapping_sub(usize::from(b'A'));
    let size = SIZES.get(at).map_or(0, |&size| usize::from(size));
    match code {
        b'x' | b's' => size,
        _ if order == b'=' => 0,
        b'l' | b'L' if order == NATIVE => size_of::<core::ffi::c_long>(),
        _ => size,
    }
}

/// A way through a format, piece by piece. It does not hold the text, which a program may change meanwhile.
#[derive(Clone, Copy, Debug, Default)]
pub struct Walk {
    /// Characters read.
    read: usize,
    /// What the format begins with, or [`NATIVE`].
    order: u8,
    /// Type letter of the piece: `x` is so many zero bytes, `s` a bytes object of this length.
    pub code: u8,
    /// How many items.
    pub count: usize,
    /// Bytes of each.
    pub size: usize,
    /// Where the piece begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Values up to here.
    pub values: usize,
}

impl Walk {
    /// The next piece; false at the end.
    ///
    /// # Errors
    /// A piece that is none, or too large.
    pub fn step(&mut self, text: &[u8]) -> Result<bool, FormatError> {
        if self.read == 0 {
            let first = text.first().copied().unwrap_or(0);
            let is_order = matches!(first, NATIVE | b'=' | b'<' | b'>' | b'!');
            self.order = if is_order { first } else { NATIVE };
            self.read = usize::from(is_order);
        }
        let Some(rest) = text.get(self.read..).filter(|rest| !rest.is_empty()) else {
            return Ok(false);
        };
        let mut count = 0usize;
        let mut digits = 0;
        while let Some(digit @ b'0'..=b'9') = rest.get(digits) {
            let more = usize::from(digit - b'0');
            count = count.saturating_mul(10).saturating_add(more);
            digits += 1;
        }
        self.read += digits + 1;
        self.code = rest.get(digits).copied().unwrap_or(0);
        self.place(if digits == 0 { 1 } else { count })
            .ok_or(FormatError::Size)?;
        if self.size == 0 {
            return Err(FormatError::Typecode);
        }
        Ok(true)
    }

    /// Finds room for so many items; `None` where there is none, as for a number that was cut to the largest. The size is 0 where the type is unknown.
    fn place(&mut self, count: usize) -> Option<()> {
        if count == usize::MAX {
            return None;
        }
        (self.count, self.start) = (count, self.end);
        self.size = size(self.order, self.code);
        // Sizes are multiples of alignments, so that only the first item moves.
        if self.order == NATIVE && count > 0 && self.size > 0 {
            let align = self.size.min(align_of::<u64>());
            self.start = self.end.checked_add(align - 1)? & !(align - 1);
        }
        self.end = self.start.checked_add(count.checked_mul(self.size)?)?;
        let values = match self.code {
            b'x' => 0,
            b's' => 1,
            _ => count,
        };
        self.values = self.values.checked_add(values)?;
        Some(())
    }

    /// Whether the most significant byte of an item comes first.
    pub fn is_big_endian(&self) -> bool {
        match self.order {
            b'>' | b'!' => true,
            b'<' => false,
            _ => cfg!(target_endian = "big"),
        }
    }
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
    use super::*;

    fn measure(text: &str) -> Result<(usize, usize), FormatError> {
        let mut walk = Walk::default();
        while walk.step(text.as_bytes())? {}
        Ok((walk.end, walk.values))
    }

    #[test]
    fn measures() {
        assert_eq!(measure("<BHIQ"), Ok((15, 4)));
        assert_eq!(measure("BHIQ"), Ok((16, 4)));
        assert_eq!(measure("B0Q"), Ok((1, 1)));
        assert_eq!(measure(">3s2x2h"), Ok((9, 3)));
        assert_eq!(measure("=3s2x"), Ok((5, 1)));
        assert_eq!(measure("0s"), Ok((0, 1)));
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
    fn pieces() {
        let mut walk = Walk::default();
        let mut next = || {
            let more = walk.step(b"@B2H3sxQ");
            more.map(|more| more.then_some((walk.code, walk.start, walk.count, walk.size)))
        };
        assert_eq!(next(), Ok(Some((b'B', 0, 1, 1))));
        assert_eq!(next(), Ok(Some((b'H', 2, 2, 2))));
        assert_eq!(next(), Ok(Some((b's', 6, 3, 1))));
        assert_eq!(next(), Ok(Some((b'x', 9, 1, 1))));
        assert_eq!(next(), Ok(Some((b'Q', 16, 1, 8))));
        assert_eq!(next(), Ok(None));
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
}
