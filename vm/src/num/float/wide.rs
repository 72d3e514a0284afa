//! The wider float through which decimal conversions go.

/// A float with some bits more than the one that is converted. Never NaN.
pub trait Wide: Copy {
    /// The nearest value.
    fn from_u64(value: u64) -> Self;
    /// Whether the value is zero.
    fn is_zero(self) -> bool;
    /// Product, rounded to nearest, ties to even.
    fn mul(self, other: Self) -> Self;
    /// Quotient by a value that is not zero, rounded to nearest, ties to even.
    fn div(self, other: Self) -> Self;
    /// Half added, in this format, and the fraction dropped. The value is finite, not negative and a machine word's.
    fn round_half_up(self) -> usize;
}

/// A float that Python code can hold.
pub trait Real: Copy {
    /// What [`order`](Real::order) gives.
    type Order: Ord;
    /// The format that conversions of it go through.
    type Wide: Wide;
    /// Decimal digits that any value converts to and back from.
    const MAX_DIGITS: i32;
    /// Decimal digits that are tried first for a short text.
    const SAFE_DIGITS: i32;
    /// Characters of the shortest text of the largest exponent, with both signs.
    const EXPONENT_TEXT: i32;
    /// Zero.
    const ZERO: Self;
    /// Exactly the same value, wider.
    fn widen(self) -> Self::Wide;
    /// The nearest value, ties to even.
    fn narrow(wide: Self::Wide) -> Self;
    /// Exponent of two, without bias; of a subnormal, one below the least normal one.
    fn exponent(self) -> i32;
    /// The value without its sign, and whether the sign bit was set.
    fn split_sign(self) -> (Self, bool);
    /// The value with its sign changed.
    fn negated(self) -> Self;
    /// The bits, by which values compare that are not negative, and NaN behind infinity.
    fn order(self) -> Self::Order;
    /// Positive infinity.
    const INFINITY: Self;
    /// Not a number.
    const NAN: Self;
}

macro_rules! real {
    ($float:ty, $wide:ty, $bits:ty, digits $max:literal, $safe:literal, $text:literal, bits $fraction:literal, $bias:literal, $widen:expr, $narrow:expr) => {
        impl Real for $float {
            type Wide = $wide;
            type Order = $bits;
            const MAX_DIGITS: i32 = $max;
            const SAFE_DIGITS: i32 = $safe;
            const EXPONENT_TEXT: i32 = $text;
            const ZERO: Self = 0.0;
            const INFINITY: Self = <$float>::INFINITY;
            const NAN: Self = <$float>::NAN;

            fn widen(self) -> $wide {
                $widen(self)
            }

            fn narrow(wide: $wide) -> Self {
                $narrow(wide)
            }

            fn exponent(self) -> i32 {
                (self.to_bits() >> $fraction & (2 * $bias + 1)) as i32 - $bias
            }

            fn split_sign(self) -> (Self, bool) {
                (self.abs(), self.is_sign_negative())
            }

            fn negated(self) -> Self {
                -self
            }

            fn order(self) -> $bits {
                self.to_bits()
            }
        }
    };
}

real!(f64, Extended, u64, digits 19, 16, 7, bits 52, 1023, Extended::from_f64, Extended::to_f64);
real!(f32, f64, u32, digits 9, 6, 6, bits 23, 127, f64::from, |wide: f64| wide as f32);

impl Wide for f64 {
    fn from_u64(value: u64) -> Self {
        value as f64
    }

    fn is_zero(self) -> bool {
        self == 0.0
    }

    fn mul(self, other: Self) -> Self {
        self * other
    }

    fn div(self, other: Self) -> Self {
        self / other
    }

    fn round_half_up(self) -> usize {
        super::to_int(self + 0.5) as usize
    }
}

/// A float of 64 mantissa bits, as the x87 computes with: `mantissa * 2^exponent`, never negative.
///
/// The mantissa has its top bit set, or is zero. Values past the largest exponent of the x87 are infinite; small
/// values keep their precision, which differs from the x87 only far below the least `f64`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extended {
    mantissa: u64,
    exponent: i32,
}

/// The exponent that stands for infinity.
const INFINITE: i32 = i32::MAX;
/// The largest exponent of a mantissa of 64 bits in the x87's format.
const MAX_EXPONENT: i32 = 16383 - 63;

impl Extended {
    const ZERO: Self = Extended {
        mantissa: 0,
        exponent: 0,
    };

    /// `mantissa * 2^exponent`, infinite past the range.
    fn new(mantissa: u64, exponent: i32) -> Self {
        Extended {
            mantissa,
            exponent: if exponent > MAX_EXPONENT {
                INFINITE
            } else {
                exponent
            },
        }
    }

    /// `mantissa` plus one if `up`, whose carry moves the exponent.
    fn rounded(mantissa: u64, exponent: i32, up: bool) -> Self {
        match mantissa.overflowing_add(u64::from(up)) {
            (mantissa, false) => Extended::new(mantissa, exponent),
            (_, true) => Extended::new(1 << 63, exponent + 1),
        }
    }

    /// Exactly `value`, which is finite; the sign is dropped.
    pub fn from_f64(value: f64) -> Self {
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) = match (bits >> 52 & 0x7ff) as i32 {
            0 => (fraction, -1074),
            biased => (fraction | 1 << 52, biased - 1075),
        };
        if mantissa == 0 {
            return Extended::ZERO;
        }
        let shift = mantissa.leading_zeros();
        Extended {
            mantissa: mantissa << shift,
            exponent: exponent - shift as i32,
        }
    }

    /// The nearest `f64`, ties to even.
    pub fn to_f64(self) -> f64 {
        if self.mantissa == 0 {
            return 0.0;
        }
        let top = self.exponent.saturating_add(63);
        if top > 1023 {
            return f64::INFINITY;
        }
        // Bits to drop: 11 for a normal value, and one more for each step below the least normal one.
        let drop = 11 + (-1022 - top).max(0);
        if drop > 64 {
            return 0.0;
        }
        let wide = u128::from(self.mantissa);
        let (kept, rest, half) = (wide >> drop, wide & ((1 << drop) - 1), 1u128 << (drop - 1));
        let kept = kept as u64 + u64::from(rest > half || rest == half && kept & 1 == 1);
        // The implicit bit of a normal mantissa adds the last one to the biased exponent, and a carry does so too.
        f64::from_bits(((top.max(-1022) + 1022) as u64) * (1 << 52) + kept)
    }
}

impl Wide for Extended {
    fn from_u64(value: u64) -> Self {
        if value == 0 {
            return Extended::ZERO;
        }
        let shift = value.leading_zeros();
        Extended {
            mantissa: value << shift,
            exponent: -(shift as i32),
        }
    }

    fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    fn mul(self, other: Self) -> Self {
        if self.exponent == INFINITE || other.exponent == INFINITE {
            return Extended {
                mantissa: 1 << 63,
                exponent: INFINITE,
            };
        }
        let product = u128::from(self.mantissa) * u128::from(other.mantissa);
        let shift = 64 - product.leading_zeros().min(1);
        let (kept, rest) = ((product >> shift) as u64, product & ((1 << shift) - 1));
        let half = 1u128 << (shift - 1);
        let up = rest > half || rest == half && kept & 1 == 1;
        Extended::rounded(kept, self.exponent + other.exponent + shift as i32, up)
    }

    fn div(self, other: Self) -> Self {
        if self.exponent == INFINITE || self.mantissa == 0 {
            return self;
        }
        if other.exponent == INFINITE {
            return Extended::ZERO;
        }
        let shift = if self.mantissa >= other.mantissa {
            63
        } else {
            64
        };
        let (dividend, divisor) = (
            u128::from(self.mantissa) << shift,
            u128::from(other.mantissa),
        );
        let (kept, rest) = ((dividend / divisor) as u64, dividend % divisor);
        let up = 2 * rest > divisor || 2 * rest == divisor && kept & 1 == 1;
        Extended::rounded(kept, self.exponent - other.exponent - shift, up)
    }

    fn round_half_up(self) -> usize {
        let whole = match self.exponent {
            // No fraction: the half is a tie of the addition, which goes to even.
            0 => self.mantissa.saturating_add(self.mantissa & 1),
            -64..=-1 => {
                let fraction = -self.exponent;
                ((u128::from(self.mantissa) + (1 << (fraction - 1))) >> fraction) as u64
            }
            // Just below a half: the sum of the largest such value rounds up to one.
            -65 => u64::from(self.mantissa == u64::MAX),
            exponent => {
                if exponent > 0 {
                    u64::MAX
                } else {
                    0
                }
            }
        };
        whole as usize
    }
}

/// `value * 10^exponent`, by squaring; a negative exponent divides.
pub fn scale_decimal<W: Wide>(value: W, exponent: i32) -> W {
    let (mut result, mut power, mut left) = (value, W::from_u64(10), exponent.unsigned_abs());
    if value.is_zero() {
        return value;
    }
    while left != 0 {
        if left & 1 == 1 {
            result = if exponent < 0 {
                result.div(power)
            } else {
                result.mul(power)
            };
        }
        left >>= 1;
        if left != 0 {
            power = power.mul(power);
        }
    }
    result
}
