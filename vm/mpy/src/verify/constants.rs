//! The checks of the tables that opening a file does not make: how deep, how long, and whether numbers are numbers.

use super::Limits;
use crate::constant::{Constant, Constants};
use crate::error::{Error, ErrorKind};
use crate::header::Arch;
use crate::mpy::Mpy;

/// Checks the qstr and constant tables against the limits.
pub(super) fn verify_tables(mpy: &Mpy<'_>, limits: &Limits) -> Result<(), Error> {
    let sections = mpy.sections();
    let too_many = |at, count, most| {
        if count > most {
            Err(Error::new(at, ErrorKind::TooMany(count)))
        } else {
            Ok(())
        }
    };
    too_many(sections.qstrs_at, mpy.n_qstrs(), limits.qstrs)?;
    too_many(sections.constants_at, mpy.n_constants(), limits.constants)?;
    if mpy.n_qstrs() == 0 {
        // The first one names the source file, for tracebacks.
        return Err(Error::new(sections.qstrs_at, ErrorKind::QstrIndex(0)));
    }
    for qstr in mpy.qstrs() {
        let length = qstr.text().len() as u32;
        if length > limits.qstr_bytes {
            return Err(Error::new(qstr.at, ErrorKind::QstrTooLong(length)));
        }
    }
    let native = mpy.header().arch != Arch::None;
    verify_constants(mpy.constants(), native, limits, 0)
}

/// Calls itself for a tuple's items, at most `limits.tuple_depth` times.
fn verify_constants(
    constants: Constants<'_>,
    native: bool,
    limits: &Limits,
    depth: u8,
) -> Result<(), Error> {
    for (at, constant) in constants {
        let is_number = match &constant {
            Constant::FunTable if !native => return Err(Error::new(at, ErrorKind::FunTable)),
            Constant::Int(text) | Constant::Float(text) | Constant::Complex(text)
                if text.len() > limits.number_bytes as usize =>
            {
                return Err(Error::new(at, ErrorKind::NumberTooLong(text.len() as u32)));
            }
            Constant::Int(text) => is_int(text.as_bytes()),
            Constant::Float(text) => is_float(text.as_bytes()),
            Constant::Complex(text) => text.as_bytes().strip_suffix(b"j").is_some_and(is_float),
            Constant::Tuple(items) => {
                if depth >= limits.tuple_depth {
                    return Err(Error::new(at, ErrorKind::TupleTooDeep));
                }
                verify_constants(items.clone(), native, limits, depth + 1)?;
                true
            }
            _ => true,
        };
        if !is_number {
            return Err(Error::new(at, ErrorKind::ConstantSyntax));
        }
    }
    Ok(())
}

/// `-`? digits
fn is_int(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

/// `-`? (`inf` | `nan` | digits (`.` digits)? (`e` sign? digits)?)
fn is_float(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    if text == b"inf" || text == b"nan" {
        return true;
    }
    let Some(mut rest) = after_digits(text) else {
        return false;
    };
    if let Some(fraction) = rest.strip_prefix(b".") {
        let Some(after) = after_digits(fraction) else {
            return false;
        };
        rest = after;
    }
    if let Some(exponent) = rest.strip_prefix(b"e") {
        let digits = exponent
            .strip_prefix(b"-")
            .or(exponent.strip_prefix(b"+"))
            .unwrap_or(exponent);
        let Some(after) = after_digits(digits) else {
            return false;
        };
        rest = after;
    }
    rest.is_empty()
}

/// What follows one digit or more.
fn after_digits(text: &[u8]) -> Option<&[u8]> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        None
    } else {
        Some(&text[count..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_numbers() {
        for text in ["0", "-1", "1234567890123456789012345678901234567890"] {
            assert!(is_int(text.as_bytes()), "{text}");
        }
        for text in ["", "-", "+1", "1 ", "0x1", "1_0", "١"] {
            assert!(!is_int(text.as_bytes()), "{text}");
        }
        for text in [
            "1.0",
            "-0.5",
            "1e+22",
            "4.94e-324",
            "inf",
            "-inf",
            "nan",
            "1e22",
            "5",
        ] {
            assert!(is_float(text.as_bytes()), "{text}");
        }
        for text in [
            "", ".", ".5", "1.", "1e", "1e+", "--1", "infinity", "1.0 ", "1.0j", "0x1p3",
        ] {
            assert!(!is_float(text.as_bytes()), "{text}");
        }
    }
}
