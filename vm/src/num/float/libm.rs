//! What libm has, for the float of the target.

#[cfg(target_pointer_width = "32")]
pub(crate) use super::trig::{acos, asin, cos, sin, tan};
#[cfg(target_pointer_width = "64")]
pub(crate) use libm::{
    acos, acosh, asin, asinh, atan, atan2, atanh, ceil, copysign, cos, cosh, erf, erfc, exp, expm1,
    fabs, floor, fmod, frexp, hypot, ldexp, lgamma, log, log2, log10, modf, pow, rint, sin, sinh,
    sqrt, tan, tanh, tgamma, trunc,
};
#[cfg(target_pointer_width = "32")]
pub(crate) use libm::{
    acoshf as acosh, asinhf as asinh, atan2f as atan2, atanf as atan, atanhf as atanh,
    ceilf as ceil, copysignf as copysign, coshf as cosh, erfcf as erfc, erff as erf, expf as exp,
    expm1f as expm1, fabsf as fabs, floorf as floor, fmodf as fmod, frexpf as frexp,
    hypotf as hypot, ldexpf as ldexp, lgammaf as lgamma, log2f as log2, log10f as log10,
    logf as log, modff as modf, powf as pow, rintf as rint, sinhf as sinh, sqrtf as sqrt,
    tanhf as tanh, truncf as trunc,
};

/// The gamma function: by its logarithm, as MicroPython has it for floats of 32 bits. libm's own takes 4.6 KB, and works with
/// floats of 64.
#[cfg(target_pointer_width = "32")]
pub(crate) fn tgamma(x: f32) -> f32 {
    if !x.is_finite() {
        return x + f32::INFINITY;
    }
    let (log, sign) = libm::lgammaf_r(x);
    let size = libm::expf(log);
    if sign < 0 { -size } else { size }
}
