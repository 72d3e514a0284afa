//! Floats to text and the decimal scaling that both directions share.
//!
//! MicroPython converts through a wider float: on x86-64 through the 80-bit format of the x87. Which digits come out
//! in the last places depends on the roundings of that format, and constants in .mpy files are such text. So for `f64`
//! the format is computed in software ([`wide::Extended`]), with the same result on every target; for `f32` the wider
//! float is `f64`.

pub mod format;
pub(crate) mod libm;
#[cfg(any(target_pointer_width = "32", test))]
mod single;
#[cfg(test)]
mod tests;
pub mod wide;

/// The whole part of a float; of one that is too large the largest int, of NaN 0.
#[cfg_attr(romfs_vm_small, inline(never))]
pub(crate) fn to_int(x: f64) -> i64 {
    x as i64
}
