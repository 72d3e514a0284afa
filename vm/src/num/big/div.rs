//! Unsigned division.
//!
//! Knuth's algorithm D (The Art of Computer Programming, vol. 2, 4.3.1) with the quotient digits estimated through a
//! reciprocal of the divisor's top digit (Möller and Granlund, "Improved division by invariant integers", 2011): one
//! wide division a call instead of one a digit. Most targets have no instruction for a wide division.

use super::magnitude::{add_assign, normalised_len, shift_pairs, sub_mul};
use super::{DIGIT_BITS, Digit, Wide};

/// A divisor of one digit, scaled so that its top bit is set, with its reciprocal.
#[derive(Clone, Copy)]
pub struct Reciprocal {
    divisor: Digit,
    inverse: Digit,
    shift: u32,
}

impl Reciprocal {
    /// Prepares division by `divisor`, which is not zero.
    pub fn new(divisor: Digit) -> Self {
        let shift = divisor.leading_zeros();
        let divisor = divisor << shift;
        let all_ones = (!divisor as Wide) << DIGIT_BITS | Digit::MAX as Wide;
        Reciprocal {
            divisor,
            inverse: (all_ones / divisor as Wide) as Digit,
            shift,
        }
    }

    /// Quotient and remainder of the scaled pair `high:low`, where `high` is below the scaled divisor.
    #[inline]
    fn divide(self, high: Digit, low: Digit) -> (Digit, Digit) {
        let estimate =
            self.inverse as Wide * high as Wide + ((high as Wide) << DIGIT_BITS | low as Wide);
        let mut quotient = ((estimate >> DIGIT_BITS) as Digit).wrapping_add(1);
        let mut remainder = low.wrapping_sub(quotient.wrapping_mul(self.divisor));
        if remainder > estimate as Digit {
            quotient = quotient.wrapping_sub(1);
            remainder = remainder.wrapping_add(self.divisor);
        }
        if remainder >= self.divisor {
            quotient = quotient.wrapping_add(1);
            remainder -= self.divisor;
        }
        (quotient, remainder)
    }

    /// `digits /= divisor` in place; returns the remainder.
    pub fn divide_in_place(self, digits: &mut [Digit]) -> Digit {
        let Some(&top) = digits.last() else { return 0 };
        let mut remainder = high_bits(top, self.shift);
        for i in (0..digits.len()).rev() {
            let below = if i > 0 {
                high_bits(digits[i - 1], self.shift)
            } else {
                0
            };
            let low = digits[i] << self.shift | below;
            (digits[i], remainder) = self.divide(remainder, low);
        }
        remainder >> self.shift
    }
}

/// The top `shift` bits of `digit`, moved to the bottom; 0 for a shift of 0.
#[inline]
fn high_bits(digit: Digit, shift: u32) -> Digit {
    (digit as Wide >> (DIGIT_BITS as u32 - shift)) as Digit
}

/// Digits that the quotient of [`div_rem`] needs, with room for a floor correction by one.
pub const fn quotient_len(num: usize, den: usize) -> usize {
    if num < den || den == 0 {
        1
    } else {
        num - den + 2
    }
}

/// Digits that the remainder of [`div_rem`] needs; it doubles as the work space, and a floor correction fills it up to
/// the length of the divisor.
pub const fn remainder_len(num: usize, den: usize) -> usize {
    if num < den { den } else { num + 1 }
}

/// Truncating division of normalised magnitudes: returns the lengths of quotient and remainder, 0 if `den` is zero. Of the
/// remainder as many digits as `den` has are written.
///
/// `quo` holds [`quotient_len`] digits, `rem` [`remainder_len`], `scaled_den` as many as `den`.
pub fn div_rem(
    quo: &mut [Digit],
    rem: &mut [Digit],
    scaled_den: &mut [Digit],
    num: &[Digit],
    den: &[Digit],
) -> (usize, usize) {
    let (n, m) = (num.len(), den.len());
    let Some(&top) = den.last() else {
        return (0, 0);
    };
    if n < m {
        rem[..n].copy_from_slice(num);
        rem[n..].fill(0);
        return (0, n);
    }
    let quo = &mut quo[..n - m + 1];
    if m == 1 {
        quo.copy_from_slice(num);
        rem[0] = Reciprocal::new(top).divide_in_place(quo);
        return (normalised_len(quo), usize::from(rem[0] != 0));
    }
    let shift = top.leading_zeros();
    let rem = &mut rem[..n + 1];
    let scaled_den = &mut scaled_den[..m];
    scale_up(rem, num, shift);
    scale_up(scaled_den, den, shift);
    divide_scaled(quo, rem, scaled_den);
    let rem = &mut rem[..m];
    scaled_den.copy_from_slice(rem);
    shift_pairs(rem, scaled_den, 1, shift as usize);
    (normalised_len(quo), normalised_len(rem))
}

/// `out = digits << shift` for a shift below a digit; digits of `out` past the input get what is shifted out.
fn scale_up(out: &mut [Digit], digits: &[Digit], shift: u32) {
    if cfg!(romfs_vm_small) {
        return shift_pairs(out, digits, 0, DIGIT_BITS - shift as usize);
    }
    let mut below: Digit = 0;
    let (low, high) = out.split_at_mut(digits.len());
    for (r, &x) in low.iter_mut().zip(digits) {
        *r = x << shift | below;
        below = high_bits(x, shift);
    }
    if let Some(r) = high.first_mut() {
        *r = below;
    }
}

/// Divides `num` by `den` (at least two digits, top bit set), leaving the remainder in the low digits of `num`.
///
/// `num` is one digit longer than the number it holds, `quo` one longer than the difference of the lengths.
fn divide_scaled(quo: &mut [Digit], num: &mut [Digit], den: &[Digit]) {
    let n = den.len();
    let [.., second, top] = *den else { return };
    let reciprocal = Reciprocal::new(top);
    for j in (0..quo.len()).rev() {
        let window = &mut num[j..j + n + 1];
        let [.., n0, n1, n2] = *window else { return };
        let mut digit = estimate(reciprocal, second, n2, n1, n0);
        if digit != 0 {
            let borrow = sub_mul(window, den, digit);
            let (high, under) = n2.overflowing_sub(borrow);
            window[n] = high;
            if under {
                // The estimate was one too large: rare, about two in 2^DIGIT_BITS.
                digit -= 1;
                add_assign(window, den);
            }
        }
        quo[j] = digit;
    }
}

/// A quotient digit from the top three digits of the numerator: exact or one too large.
#[inline]
fn estimate(reciprocal: Reciprocal, second: Digit, n2: Digit, n1: Digit, n0: Digit) -> Digit {
    let top = reciprocal.divisor;
    let (mut digit, mut rest) = if n2 >= top {
        // n2 == top: the true digit is the largest one or a little less; the remainder may pass a digit.
        let (rest, over) = n1.overflowing_add(top);
        if over {
            return Digit::MAX;
        }
        (Digit::MAX, rest)
    } else {
        reciprocal.divide(n2, n1)
    };
    while digit as Wide * second as Wide > ((rest as Wide) << DIGIT_BITS | n0 as Wide) {
        digit -= 1;
        let (next, over) = rest.overflowing_add(top);
        if over {
            break;
        }
        rest = next;
    }
    digit
}
