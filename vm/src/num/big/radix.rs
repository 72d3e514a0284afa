//! Integers to and from text in base 2 to 36.
//!
//! Bases that are no power of two are converted a chunk at a time: as many characters as fit in one digit cost one
//! pass over the magnitude.

use super::magnitude::{mul_add_digit, normalised_len};
use super::{DIGIT_BITS, Digit, div::Reciprocal, magnitude};

/// The largest power of `base` that one digit holds, and its exponent.
fn chunk(base: u32) -> (Digit, usize) {
    let base = Digit::from(base);
    let (mut power, mut count) = (base, 1);
    while let Some(next) = power.checked_mul(base) {
        (power, count) = (next, count + 1);
    }
    (power, count)
}

/// Characters that a magnitude of `bits` bits needs at most in `base`; at least 1.
pub const fn text_len(bits: usize, base: u32) -> usize {
    // A character holds at least floor(log2(base)) bits; for ten, that 2^93 < 10^28 is sharper.
    match base {
        10 => bits / 93 * 28 + bits % 93 / 3 + 2,
        _ => bits / base.ilog2() as usize + 1,
    }
}

/// Whether each digit makes characters by itself: text in other bases takes time with the square of its length.
pub const fn is_linear(base: u32) -> bool {
    !cfg!(romfs_vm_small) && base.is_power_of_two()
}

/// The character of a digit value below 36.
fn character(value: u8, upper: bool) -> u8 {
    match value {
        0..=9 => b'0' + value,
        _ if upper => b'A' + value - 10,
        _ => b'a' + value - 10,
    }
}

/// Writes a magnitude in `base` (2 to 36) at the end of `out` and returns where the text starts.
///
/// `digits` is used up. `out` holds [`text_len`] bytes. Zero is written as `0`.
pub fn to_text(out: &mut [u8], digits: &mut [Digit], base: u32, upper: bool) -> usize {
    let mut len = normalised_len(digits);
    if is_linear(base) && len > 0 {
        return power_of_two_to_text(out, &digits[..len], base.trailing_zeros() as usize, upper);
    }
    let (power, count) = chunk(base);
    let (reciprocal, base) = (Reciprocal::new(power), Digit::from(base));
    let mut start = out.len();
    loop {
        let mut rest = reciprocal.divide_in_place(&mut digits[..len]);
        len = normalised_len(&digits[..len]);
        for _ in 0..count {
            start -= 1;
            out[start] = character((rest % base) as u8, upper);
            rest /= base;
            if len == 0 && rest == 0 {
                return start;
            }
        }
    }
}

/// As [`to_text`] for a base of `bits` bits a character.
fn power_of_two_to_text(out: &mut [u8], digits: &[Digit], bits: usize, upper: bool) -> usize {
    let total = magnitude::bit_length(digits);
    let mask = (1 << bits) - 1;
    let mut start = out.len();
    for position in (0..total).step_by(bits) {
        let (index, offset) = (position / DIGIT_BITS, position % DIGIT_BITS);
        let mut value = digits[index] >> offset;
        if offset + bits > DIGIT_BITS
            && let Some(next) = digits.get(index + 1)
        {
            value |= next << (DIGIT_BITS - offset);
        }
        start -= 1;
        out[start] = character((value & mask) as u8, upper);
    }
    start
}

/// Digits that text of `len` characters in `base` needs at most.
pub const fn digits_len(len: usize, base: u32) -> usize {
    let bits = match base {
        10 => len / 3 * 10 + (len % 3) * 4,
        _ => len * (base - 1).ilog2() as usize + len,
    };
    bits / DIGIT_BITS + 1
}

/// Value of an ASCII digit or letter of either case; `None` for any other byte.
pub fn digit_value(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(36)
}

/// Reads digit values, most significant first, into `out`; returns the normalised length.
///
/// `out` holds [`digits_len`] digits of the number of values; each value is below `base`.
pub fn from_values(out: &mut [Digit], values: impl Iterator<Item = u32>, base: u32) -> usize {
    // A digit of the result at a time, or where bytes count a value at a time.
    let (power, count) = if cfg!(romfs_vm_small) {
        (Digit::from(base), 1)
    } else {
        chunk(base)
    };
    let mut len = 0;
    let (mut part, mut filled, mut scale): (Digit, usize, Digit) = (0, 0, 1);
    for value in values {
        part = part * Digit::from(base) + Digit::from(value);
        filled += 1;
        if filled == count {
            len = push(out, len, power, part);
            (part, filled, scale) = (0, 0, 1);
        } else {
            scale *= Digit::from(base);
        }
    }
    if filled > 0 {
        len = push(out, len, scale, part);
    }
    len
}

/// `out[..len] = out[..len] * factor + addend`; returns the new length.
fn push(out: &mut [Digit], len: usize, factor: Digit, addend: Digit) -> usize {
    let carry = mul_add_digit(&mut out[..len], factor, addend);
    if carry == 0 {
        return len;
    }
    out[len] = carry;
    len + 1
}
