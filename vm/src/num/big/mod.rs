//! Arbitrary-precision integers on digit slices.
//!
//! A magnitude is a little-endian slice of [`Digit`]s. It is *normalised* when its last digit is not zero; zero is the
//! empty slice. An integer is a sign and a normalised magnitude ([`Int`]). Operations read `Int`s, write the digits of
//! their result at the start of a caller's slice and return its [`Shape`]. An output slice shorter than the `*_len`
//! function of the operation says is a mistake of the caller and panics like any slice index out of range; no *value*
//! can make an operation panic.
//!
//! Layers, lowest first: [`magnitude`] (unsigned add, subtract, multiply, shift), [`div`] (unsigned division),
//! [`signed`] (Python's `+ - * // % << >>`), [`bits`] (`& | ^` as on two's complement), [`radix`] (text) and
//! [`convert`] (machine words, floats, bytes).

pub mod bits;
pub mod convert;
pub mod div;
pub mod magnitude;
pub mod radix;
pub mod signed;
#[cfg(test)]
mod tests;

/// One digit of a magnitude: the widest word whose double-width product the target multiplies quickly.
#[cfg(all(target_pointer_width = "64", not(feature = "narrow-digits")))]
pub type Digit = u64;
/// Holds a product of two digits plus two digits.
#[cfg(all(target_pointer_width = "64", not(feature = "narrow-digits")))]
pub type Wide = u128;

/// One digit of a magnitude: the widest word whose double-width product the target multiplies quickly.
#[cfg(any(not(target_pointer_width = "64"), feature = "narrow-digits"))]
pub type Digit = u32;
/// Holds a product of two digits plus two digits.
#[cfg(any(not(target_pointer_width = "64"), feature = "narrow-digits"))]
pub type Wide = u64;

/// Bits in a [`Digit`].
pub const DIGIT_BITS: usize = Digit::BITS as usize;

/// Digits that any 64-bit value needs.
pub const WORD_DIGITS: usize = 64 / DIGIT_BITS;

/// A borrowed integer: sign and normalised magnitude. Zero is never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int<'a> {
    negative: bool,
    digits: &'a [Digit],
}

impl<'a> Int<'a> {
    /// Zero.
    pub const ZERO: Int<'static> = Int {
        negative: false,
        digits: &[],
    };

    /// One.
    pub const ONE: Int<'static> = Int {
        negative: false,
        digits: &[1],
    };

    /// The integer with this sign and a magnitude that is normalised; zero has no sign.
    pub(crate) fn normalised(negative: bool, digits: &'a [Digit]) -> Self {
        debug_assert!(digits.last() != Some(&0) && !(negative && digits.is_empty()));
        Int { negative, digits }
    }

    /// The integer with this sign and magnitude; leading zero digits are dropped, and so is the sign of zero.
    pub fn new(negative: bool, digits: &'a [Digit]) -> Self {
        let digits = &digits[..magnitude::normalised_len(digits)];
        Int {
            negative: negative && !digits.is_empty(),
            digits,
        }
    }

    /// Whether the value is below zero.
    pub fn is_negative(self) -> bool {
        self.negative
    }

    /// Whether the value is zero.
    pub fn is_zero(self) -> bool {
        self.digits.is_empty()
    }

    /// The normalised magnitude.
    pub fn digits(self) -> &'a [Digit] {
        self.digits
    }

    /// The value with its sign changed.
    pub fn negated(self) -> Self {
        Int {
            negative: !self.negative && !self.is_zero(),
            digits: self.digits,
        }
    }

    /// A bit of the magnitude.
    pub fn bit(self, at: usize) -> bool {
        let digit = self.digits.get(at / DIGIT_BITS).copied().unwrap_or(0);
        digit >> (at % DIGIT_BITS) & 1 == 1
    }

    /// Bits of the magnitude, 0 for zero.
    pub fn bit_length(self) -> usize {
        magnitude::bit_length(self.digits)
    }

    /// The shape of this value once its digits are copied to the start of a slice.
    pub fn shape(self) -> Shape {
        Shape {
            negative: self.negative,
            len: self.digits.len(),
        }
    }
}

impl Ord for Int<'_> {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        match (self.negative, other.negative) {
            (false, false) => magnitude::cmp(self.digits, other.digits),
            (true, true) => magnitude::cmp(other.digits, self.digits),
            (false, true) => core::cmp::Ordering::Greater,
            (true, false) => core::cmp::Ordering::Less,
        }
    }
}

impl PartialOrd for Int<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// What an operation left in its output slice: the sign, and how many digits from the start are the magnitude.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Whether the result is below zero.
    pub negative: bool,
    /// Digits of the normalised magnitude.
    pub len: usize,
}

impl Shape {
    /// The result as an integer again, given the slice the operation wrote.
    pub fn of(self, digits: &[Digit]) -> Int<'_> {
        Int::new(self.negative, &digits[..self.len])
    }
}

/// A machine word as an integer, with the digits held inside.
///
/// Lets an operation mix a small integer with a big one without an allocation.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    negative: bool,
    digits: [Digit; WORD_DIGITS],
}

impl Word {
    /// The word as an integer.
    pub fn as_int(&self) -> Int<'_> {
        Int::new(self.negative, &self.digits)
    }
}

impl From<i64> for Word {
    fn from(value: i64) -> Self {
        Word {
            negative: value < 0,
            ..Word::from(value.unsigned_abs())
        }
    }
}

impl From<u64> for Word {
    fn from(value: u64) -> Self {
        Word {
            negative: false,
            digits: word_digits(value),
        }
    }
}

/// The digits of a machine word, not normalised.
#[allow(clippy::unnecessary_cast, reason = "Digit is u32 on some targets")]
#[inline]
pub(crate) fn word_digits(value: u64) -> [Digit; WORD_DIGITS] {
    let mut digits = [value as Digit; WORD_DIGITS];
    digits[WORD_DIGITS - 1] = (value >> (64 - DIGIT_BITS)) as Digit;
    digits
}
