//! Floats to text: `e`, `f`, `g` and `repr`, digit for digit as MicroPython 1.29 on x86-64.
//!
//! The text is bounded: where a precision asks for more characters than [`TEXT_LEN`] allows, MicroPython gives fewer
//! decimals, or `g` in place of `f`, and so does this.

use super::wide::{Real, Wide, scale_decimal};
use crate::num::parse::decimal_prefix;

/// Bytes of the longest text.
pub const TEXT_LEN: usize = 36;
/// Characters that MicroPython's own buffer leaves to a number.
const LIMIT: i32 = 33;

/// How a number is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// One digit, the decimals, an exponent: `%e`.
    Exponent,
    /// Decimals without an exponent: `%f`.
    Fixed,
    /// The shorter of the two, without trailing zeros: `%g`.
    General,
}

/// How many digits are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// So many decimals, or digits in all for [`Notation::General`].
    Digits(u32),
    /// As many as reading the text back needs: what `repr` does.
    Repr,
}

impl Precision {
    /// What Python does without a precision.
    pub const DEFAULT: Precision = Precision::Digits(6);
}

/// What [`format`] is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Layout.
    pub notation: Notation,
    /// `E`, `INF` and `NAN` in capitals.
    pub upper: bool,
    /// Digits.
    pub precision: Precision,
    /// Character before a number that is not negative.
    pub plus: Option<u8>,
}

impl Style {
    /// The style of `repr`, without the `.0` that a whole number gets.
    pub const REPR: Style = Style {
        notation: Notation::General,
        upper: false,
        precision: Precision::Repr,
        plus: None,
    };
}

/// Text that grows at its end.
#[derive(Clone, Copy)]
pub struct Text {
    bytes: [u8; TEXT_LEN],
    len: usize,
}

impl Text {
    fn new() -> Self {
        Text {
            bytes: [0; TEXT_LEN],
            len: 0,
        }
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Appends a byte; what does not fit is dropped, which the layout's own limits prevent.
    #[cfg_attr(romfs_vm_small, inline(never))]
    pub fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.len) {
            *slot = byte;
            self.len += 1;
        }
    }

    fn zeros(&mut self, count: i32) {
        for _ in 0..count {
            self.push(b'0');
        }
    }

    fn strip_zeros(&mut self) {
        while self.as_bytes().last() == Some(&b'0') {
            self.len -= 1;
        }
        if self.as_bytes().last() == Some(&b'.') {
            self.len -= 1;
        }
    }
}

/// Formats `value`.
pub fn format<R: Real>(value: R, style: Style) -> Text {
    // So many digits are a number of a machine word.
    const { assert!(R::MAX_DIGITS as u32 <= usize::MAX.ilog10()) }
    let mut text = Text::new();
    let (value, negative) = value.split_sign();
    let is_nan = value.order() > R::INFINITY.order();
    let negative = negative && !is_nan;
    if let Some(sign) = if negative { Some(b'-') } else { style.plus } {
        text.push(sign);
    }
    if value.order() >= R::INFINITY.order() {
        let capital = if style.upper { 0x20 } else { 0 };
        let word = if is_nan { b"nan" } else { b"inf" };
        word.iter().for_each(|&byte| text.push(byte ^ capital));
        return text;
    }
    let plan = Plan::new(value, style, LIMIT - text.len as i32);
    let start = text.len;
    let mut digits = plan.max_digits.min(R::SAFE_DIGITS);
    loop {
        text.len = start;
        plan.write(&mut text, value, digits);
        // More digits than are safe were asked for: fewer do if they read back as the same value.
        let exact = || {
            decimal_prefix::<R>(&text.as_bytes()[start..])
                .is_some_and(|(read, _)| read.order() == value.order())
        };
        if digits >= plan.max_digits || exact() {
            return text;
        }
        digits += 1;
    }
}

/// Formats `value` as `repr` does: `.0` is added where nothing else tells a float from an integer.
pub fn repr<R: Real>(value: R) -> Text {
    let mut text = format(value, Style::REPR);
    always_decimal(&mut text);
    text
}

/// Adds `.0` to the text of a whole number without an exponent.
pub fn always_decimal(text: &mut Text) {
    if !text
        .as_bytes()
        .iter()
        .any(|byte| matches!(byte, b'.' | b'e' | b'n'))
    {
        text.push(b'.');
        text.push(b'0');
    }
}

/// What is settled before any digit is computed.
struct Plan {
    notation: Notation,
    upper: bool,
    /// Exponent of ten of the value.
    exponent: i32,
    /// General notation writes exponents below this one as zeros.
    max_exponent_zeros: i32,
    /// Digits of the mantissa at most.
    max_digits: i32,
    /// Zeros between the point and the first digit, fixed notation only.
    lead_zeros: i32,
    /// Zeros after the last digit that a mantissa can have.
    trail_zeros: i32,
}

impl Plan {
    fn new<R: Real>(value: R, style: Style, limit: i32) -> Self {
        let exponent = decimal_exponent(value);
        let (mut precision, max_exponent_zeros) = match style.precision {
            Precision::Repr => (R::MAX_DIGITS, 16),
            Precision::Digits(count) => {
                let count = count.min(i32::MAX as u32 / 2) as i32;
                (count, count.min(limit - 3))
            }
        };
        let mut notation = style.notation;
        if notation == Notation::Fixed && exponent > 0 && exponent + precision + 2 > limit {
            (notation, precision) = (Notation::General, precision + 1);
        }
        let (mut max_digits, mut lead_zeros) = (precision, 0);
        match notation {
            Notation::Fixed => {
                max_digits = max_digits.min(limit - 3);
                if exponent >= 0 {
                    max_digits += exponent + 1;
                } else if max_digits > 2 && exponent < -2 {
                    lead_zeros = max_digits.min(-exponent) - 2;
                    max_digits -= lead_zeros;
                } else {
                    max_digits += 1;
                }
            }
            Notation::Exponent => max_digits += 1,
            Notation::General => max_digits = max_digits.max(1),
        }
        let overhead = if notation == Notation::Fixed {
            3
        } else {
            R::EXPONENT_TEXT + 1
        };
        let excess = (max_digits - R::MAX_DIGITS).max(0);
        max_digits -= excess;
        let trail_zeros = excess.min(limit - max_digits - overhead);
        Plan {
            notation,
            upper: style.upper,
            exponent,
            max_exponent_zeros,
            max_digits,
            lead_zeros,
            trail_zeros,
        }
    }

    /// Appends the value rounded to `digits` digits.
    fn write<R: Real>(&self, text: &mut Text, value: R, digits: i32) {
        let mut layout = Layout {
            digits,
            point: Some(0),
            zeros: self.trail_zeros + self.max_digits - digits,
            exponent: self.exponent,
        };
        let mut shift = digits - self.exponent - 1;
        if self.notation == Notation::Fixed && value.order() != R::ZERO.order() {
            if self.exponent >= 0 {
                layout.point = Some(self.exponent);
            } else if self.lead_zeros > 0 {
                leading_zeros(text, self.lead_zeros);
                layout.point = None;
                shift = digits + self.lead_zeros;
            } else {
                shift = digits - 1;
            }
        }
        let mantissa = if value.order() == R::ZERO.order() {
            0
        } else {
            scale_decimal(value.widen(), shift).round_half_up()
        };
        layout.write(text, mantissa, self);
    }
}

/// Where the digits of a mantissa go.
struct Layout {
    digits: i32,
    /// The digit that the decimal point follows, counted from 0; `None` if the point is written already.
    point: Option<i32>,
    /// Zeros after the digits.
    zeros: i32,
    exponent: i32,
}

impl Layout {
    fn write(mut self, text: &mut Text, mut mantissa: usize, plan: &Plan) {
        if mantissa >= power_of_ten(self.digits) {
            // Rounding made one digit more.
            if plan.notation == Notation::Fixed {
                self.digits += 1;
                self.point = self.point.map(|point| point + 1);
            } else {
                mantissa /= 10;
                self.exponent += 1;
            }
        }
        if plan.notation == Notation::General && self.exponent != 0 {
            mantissa = self.expand_exponent(text, mantissa, plan.max_exponent_zeros);
        }
        let mut pointed = self.point.is_none();
        let mut place = power_of_ten(self.digits - 1);
        for digit in 0..self.digits + self.zeros.max(0) {
            if digit > 0 && self.point == Some(digit - 1) {
                text.push(b'.');
                pointed = true;
            }
            // Behind the last digit are zeros.
            let value = mantissa.checked_div(place).map_or(0, |value| value % 10);
            text.push(b'0' + value as u8);
            place /= 10;
        }
        if plan.notation == Notation::General && pointed {
            text.strip_zeros();
        }
        if plan.notation == Notation::Exponent
            || plan.notation == Notation::General && self.exponent != 0
        {
            self.write_exponent(text, plan.upper);
        }
    }

    /// Turns a small exponent into zeros or a moved point; returns the mantissa without the digits that became zeros.
    fn expand_exponent(&mut self, text: &mut Text, mut mantissa: usize, max_zeros: i32) -> usize {
        if (0..max_zeros).contains(&self.exponent) {
            if self.exponent >= self.digits {
                self.zeros = self.exponent - (self.digits - 1);
            }
            self.point = Some(self.exponent);
            self.exponent = 0;
        } else if (-4..0).contains(&self.exponent) {
            let zeros = -self.exponent - 1;
            let removable = (0..-self.exponent)
                .take_while(|&n| mantissa.is_multiple_of(power_of_ten(n + 1)))
                .count();
            mantissa /= power_of_ten(removable as i32);
            self.digits -= removable as i32;
            leading_zeros(text, zeros);
            self.point = None;
            self.exponent = 0;
        }
        mantissa
    }

    fn write_exponent(&self, text: &mut Text, upper: bool) {
        text.push(if upper { b'E' } else { b'e' });
        text.push(if self.exponent < 0 { b'-' } else { b'+' });
        let magnitude = self.exponent.unsigned_abs();
        let mut place = if magnitude >= 100 { 100 } else { 10 };
        while place > 0 {
            text.push(b'0' + (magnitude / place % 10) as u8);
            place /= 10;
        }
    }
}

/// 1 for a negative exponent.
#[cfg_attr(romfs_vm_small, inline(never))]
fn power_of_ten(exponent: i32) -> usize {
    10usize.pow(exponent.max(0) as u32)
}

/// `0.` and `count` zeros.
fn leading_zeros(text: &mut Text, count: i32) {
    text.push(b'0');
    text.push(b'.');
    text.zeros(count);
}

/// The exponent of ten of `value`, which is not negative: of its first digit, 0 for zero.
fn decimal_exponent<R: Real>(value: R) -> i32 {
    if value.order() == R::ZERO.order() {
        return 0;
    }
    let power = |exponent| R::narrow(scale_decimal(R::Wide::from_u64(1), exponent)).order();
    let order = value.order();
    // By a little less than the logarithm of 2: a bound on the side of zero, which the loops then move away from zero.
    let mut exponent = value.exponent() * 1233 / 4096;
    if order >= power(0) {
        while order >= power(exponent + 1) {
            exponent += 1;
        }
    } else {
        while order < power(exponent) {
            exponent -= 1;
        }
    }
    exponent
}
