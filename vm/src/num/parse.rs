//! Text to numbers, by MicroPython's rules for `int(text, base)`, `float(text)` and `complex(text)`.

use super::big::radix::digit_value;
use super::float::wide::{Real, Wide, scale_decimal};

/// Whether MicroPython takes the byte for white space.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Most that [`number`] gives.
const MOST: usize = 1 << 24;

/// Reads a decimal number at the start of `text`, a width or the number of a group: it and its length.
pub fn number(text: &[u8]) -> (usize, usize) {
    let n = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let value = text[..n].iter().fold(0usize, |value, b| {
        (value * 10 + usize::from(b - b'0')).min(MOST)
    });
    (value, n)
}

/// Why text is no integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntError {
    /// "int() arg 2 must be >= 2 and <= 36".
    Base,
    /// "invalid syntax for integer with base N", followed by the text from `start`.
    Syntax {
        /// The base to name: 0 if the text has the form of no base.
        base: u32,
        /// Offset of the first byte after sign and prefix.
        start: usize,
    },
}

/// A valid integer in text form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntText<'a> {
    /// Whether a minus sign precedes.
    pub negative: bool,
    /// Base of the digits, 2 to 36.
    pub base: u32,
    /// Digits and underscores.
    digits: &'a [u8],
}

impl<'a> IntText<'a> {
    /// The digit values, most significant first, for [`radix::from_values`](super::big::radix::from_values).
    pub fn values(self) -> impl Iterator<Item = u32> + 'a {
        self.digits.iter().filter_map(|&byte| digit_value(byte))
    }

    /// Digits at most, for [`radix::digits_len`](super::big::radix::digits_len).
    pub fn max_digits(self) -> usize {
        self.digits.len()
    }

    /// The value if a machine word holds it.
    pub fn to_word(self) -> Option<isize> {
        let base = self.base as isize;
        // Built below zero, where the range is one larger.
        let value = self.values().try_fold(0isize, |value, digit| {
            value.checked_mul(base)?.checked_sub(digit as isize)
        })?;
        if self.negative {
            Some(value)
        } else {
            value.checked_neg()
        }
    }
}

/// Reads an integer. A `base` of 0 goes by the prefix.
pub fn int(text: &[u8], base: u32) -> Result<IntText<'_>, IntError> {
    if base == 1 || base > 36 {
        return Err(IntError::Base);
    }
    let mut at = skip_space(text, 0);
    let negative = text.get(at) == Some(&b'-');
    at += usize::from(matches!(text.get(at), Some(b'+' | b'-')));
    let (base, prefix) = base_prefix(&text[at..], base);
    let start = at + prefix;
    let digit = |byte: u8| byte == b'_' || digit_value(byte).is_some_and(|value| value < base);
    let len = text[start..]
        .iter()
        .take_while(|&&byte| digit(byte))
        .count();
    if len == 0 || skip_space(text, start + len) != text.len() {
        return Err(IntError::Syntax {
            base: if base == 1 { 0 } else { base },
            start,
        });
    }
    // Base 1 admits nothing but zeros.
    Ok(IntText {
        negative,
        base: base.max(2),
        digits: &text[start..start + len],
    })
}

/// The base that a prefix or its absence tells, and the length of the prefix.
///
/// Without a given base, a leading zero that starts no prefix gives base 1, in which only zero can be written.
fn base_prefix(text: &[u8], base: u32) -> (u32, usize) {
    if let [b'0', letter, ..] = *text {
        let named = match letter | 0x20 {
            b'x' => 16,
            b'o' => 8,
            b'b' => 2,
            _ => 0,
        };
        return match (named, base) {
            (1.., 0) => (named, 2),
            (1.., base) if base == named => (named, 2),
            (_, 0) => (1, 0),
            _ => (base, 0),
        };
    }
    (if base == 0 { 10 } else { base }, 0)
}

/// Offset of the first byte from `at` that is not white space.
fn skip_space(text: &[u8], at: usize) -> usize {
    at + text[at..]
        .iter()
        .take_while(|&&byte| is_space(byte))
        .count()
}

/// Mantissas below this take one more digit.
const MANTISSA_LIMIT: u64 = 0x1999_9999_9999_9998;
/// Exponents stop growing here: far past any float, far from the end of an `i32`.
const EXPONENT_LIMIT: i32 = (i32::MAX / 2 - 9) / 10;

/// The digits of a decimal number as they arrive.
#[derive(Default)]
struct Decimal {
    mantissa: u64,
    exponent: i32,
    /// Zeros seen before and after the point that count only if another digit follows.
    held: [i32; 2],
}

/// Most zeros that are held.
const HELD: i32 = i32::MAX / 4;

impl Decimal {
    fn digit(&mut self, digit: u64, fraction: bool) {
        if digit == 0 || self.mantissa >= MANTISSA_LIMIT {
            let held = &mut self.held[usize::from(fraction)];
            *held += i32::from(*held < HELD);
            return;
        }
        let [whole, zeros] = [self.held[0], self.held[0] + self.held[1]];
        self.held = [0; 2];
        for i in 0..zeros + 1 {
            let (digit, fraction) = match i == zeros {
                true => (digit, fraction),
                false => (0, i >= whole),
            };
            // Into the mantissa, or into the exponent once that is full.
            if self.mantissa < MANTISSA_LIMIT {
                self.mantissa = 10 * self.mantissa + digit;
                self.exponent -= i32::from(fraction);
            } else {
                self.exponent += i32::from(!fraction);
            }
        }
    }
}

/// Reads an unsigned decimal number at the start of `text`: its value and length, underscores included.
///
/// `None` if the text ends where the digits of an exponent should start. Digits past the nineteenth are dropped and
/// the value is rounded twice, as MicroPython does: it is the nearest float but for rare cases, off by one place then.
pub fn decimal_prefix<R: Real>(text: &[u8]) -> Option<(R, usize)> {
    let mut number = Decimal::default();
    let (mut fraction, mut exponent) = (false, None::<(i32, bool)>);
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match (byte, &mut exponent) {
            (b'0'..=b'9', Some((value, _))) => {
                if *value < EXPONENT_LIMIT {
                    *value = 10 * *value + i32::from(byte - b'0');
                }
            }
            (b'0'..=b'9', None) => number.digit(u64::from(byte - b'0'), fraction),
            (b'.', None) if !fraction => fraction = true,
            (b'e' | b'E', None) => {
                let sign = text.get(at + 1).copied();
                exponent = Some((0, sign == Some(b'-')));
                at += usize::from(matches!(sign, Some(b'+' | b'-')));
                if at + 1 == text.len() {
                    return None;
                }
            }
            (b'_', _) => {}
            _ => break,
        }
        at += 1;
    }
    let written = exponent.map_or(0, |(value, negative)| if negative { -value } else { value });
    let exponent = written
        .saturating_add(number.exponent)
        .saturating_add(number.held[0]);
    Some((
        R::narrow(scale_decimal(R::Wide::from_u64(number.mantissa), exponent)),
        at,
    ))
}

/// The text is no number: "invalid syntax for number".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberError;

/// Reads a float. White space around it is allowed.
pub fn float<R: Real>(text: &[u8]) -> Result<R, NumberError> {
    let (value, end) = signed(text, 0)?;
    if skip_space(text, end) == text.len() {
        Ok(value)
    } else {
        Err(NumberError)
    }
}

/// Reads a complex number: real part, imaginary part.
pub fn complex<R: Real>(text: &[u8]) -> Result<(R, R), NumberError> {
    let (first, end) = part(text, 0)?;
    let end = skip_space(text, end);
    match first {
        Part::Real(real) if end == text.len() => Ok((real, R::ZERO)),
        Part::Imaginary(imaginary) if end == text.len() => Ok((R::ZERO, imaginary)),
        Part::Real(real) => match part(text, end)? {
            (Part::Imaginary(imaginary), end) if skip_space(text, end) == text.len() => {
                Ok((real, imaginary))
            }
            _ => Err(NumberError),
        },
        Part::Imaginary(_) => Err(NumberError),
    }
}

/// One term of a complex number.
enum Part<R> {
    Real(R),
    Imaginary(R),
}

fn part<R: Real>(text: &[u8], at: usize) -> Result<(Part<R>, usize), NumberError> {
    let imaginary = |end: usize| matches!(text.get(end), Some(b'j' | b'J'));
    match signed(text, at) {
        Ok((value, end)) if imaginary(end) => Ok((Part::Imaginary(value), end + 1)),
        Ok((value, end)) => Ok((Part::Real(value), end)),
        Err(error) => {
            // A lone `j` is one `j`.
            let (negative, start) = sign(text, skip_space(text, at));
            let one = R::narrow(R::Wide::from_u64(1));
            let one = if negative { one.negated() } else { one };
            if imaginary(start) {
                Ok((Part::Imaginary(one), start + 1))
            } else {
                Err(error)
            }
        }
    }
}

/// Whether a minus sign is at `at`, and the offset after a sign of either kind.
fn sign(text: &[u8], at: usize) -> (bool, usize) {
    (
        text.get(at) == Some(&b'-'),
        at + usize::from(matches!(text.get(at), Some(b'+' | b'-'))),
    )
}

/// Reads white space, a sign and a number, at least one byte of it; the value and where it ends.
fn signed<R: Real>(text: &[u8], at: usize) -> Result<(R, usize), NumberError> {
    let (negative, start) = sign(text, skip_space(text, at));
    let rest = &text[start..];
    let starts = |word: &[u8]| {
        rest.len() >= word.len() && rest.iter().zip(word).all(|(a, b)| a | 0x20 == *b)
    };
    let (value, len) = if starts(b"infinity") {
        (R::INFINITY, 8)
    } else if starts(b"inf") {
        (R::INFINITY, 3)
    } else if starts(b"nan") {
        (R::NAN, 3)
    } else {
        decimal_prefix(rest).ok_or(NumberError)?
    };
    if len == 0 {
        return Err(NumberError);
    }
    Ok((if negative { value.negated() } else { value }, start + len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        let value = |text: &str, base| int(text.as_bytes(), base).map(|int| int.to_word());
        assert_eq!(value(" \t-12_3 \n", 10), Ok(Some(-123)));
        assert_eq!(value("0x1F", 0), Ok(Some(31)));
        assert_eq!(value("0b11", 2), Ok(Some(3)));
        assert_eq!(value("b11", 16), Ok(Some(0xb11)));
        assert_eq!(value("00", 0), Ok(Some(0)));
        assert_eq!(value("-9223372036854775808", 10), Ok(Some(isize::MIN)));
        assert_eq!(value("9223372036854775808", 10), Ok(None));
        assert_eq!(value("01", 0), Err(IntError::Syntax { base: 0, start: 0 }));
        assert_eq!(value("0x", 0), Err(IntError::Syntax { base: 16, start: 2 }));
        assert_eq!(value("", 10), Err(IntError::Syntax { base: 10, start: 0 }));
        assert_eq!(
            value("- 1", 10),
            Err(IntError::Syntax { base: 10, start: 1 })
        );
        assert_eq!(
            value("1 2", 10),
            Err(IntError::Syntax { base: 10, start: 0 })
        );
        assert_eq!(value("1", 37), Err(IntError::Base));
        assert_eq!(value("1", 1), Err(IntError::Base));
    }

    #[test]
    fn floats() {
        let value = |text: &str| float::<f64>(text.as_bytes());
        assert_eq!(value(" 1_0.5e+1 "), Ok(105.0));
        assert_eq!(value(".5"), Ok(0.5));
        assert_eq!(value("-Infinity"), Ok(f64::NEG_INFINITY));
        assert_eq!(value("1e4294967301"), Ok(f64::INFINITY));
        assert_eq!(value("1e-4294967301"), Ok(0.0));
        assert_eq!(value(&("9".repeat(400) + "e-400")), Ok(1.0));
        assert_eq!(
            value(&(String::from(".") + &"0".repeat(400) + "9e400")),
            Ok(0.9)
        );
        assert!(value("nan").is_ok_and(f64::is_nan));
        for bad in ["", " ", "+", "1e", "1e+", "1.2.3", "infx", "1 1", "j"] {
            assert_eq!(value(bad), Err(NumberError), "{bad}");
        }
    }

    #[test]
    fn complexes() {
        let value = |text: &str| complex::<f64>(text.as_bytes());
        assert_eq!(value("1+2j"), Ok((1.0, 2.0)));
        assert_eq!(value(" -j "), Ok((0.0, -1.0)));
        assert_eq!(value("3"), Ok((3.0, 0.0)));
        assert_eq!(value("1e3-j"), Ok((1000.0, -1.0)));
        for bad in ["1+2", "1j+2", "1j1j", "", "1+2jx"] {
            assert_eq!(value(bad), Err(NumberError), "{bad}");
        }
    }
}
