//! What libm has. On every target the functions take and give floats of 64 bits.

#[cfg(target_pointer_width = "32")]
pub(crate) use super::single::*;
#[cfg(target_pointer_width = "64")]
pub(crate) use libm::{
    acos, acosh, asin, asinh, atan, atan2, atanh, ceil, cos, cosh, erf, erfc, exp, expm1, floor,
    fmod, frexp, hypot, ldexp, lgamma, log, log2, log10, modf, pow, rint, sin, sinh, sqrt, tan,
    tanh, tgamma, trunc,
};

use crate::Float;

/// A float as these functions take it. Out of line where bytes count: LLVM would compute in 32 bits what is narrowed at once,
/// for which it takes other functions than for 64.
#[cfg_attr(romfs_vm_small, inline(never))]
#[allow(clippy::unnecessary_cast, reason = "Float is f32 on some targets")]
pub(crate) fn wide(x: Float) -> f64 {
    x as f64
}

/// What they gave, as a float.
#[allow(clippy::unnecessary_cast, reason = "Float is f32 on some targets")]
pub(crate) fn narrow(x: f64) -> Float {
    x as Float
}
