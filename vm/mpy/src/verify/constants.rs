//! The checks of the tables that opening a file does not make: how deep, how long, and whether numbers are numbers. In a firmware
//! opening a file makes all of them but the last, which whoever makes a number has to ask.

use super::Limits;
use crate::constant::{Element, kind};
use crate::error::{Error, ErrorKind};
use crate::header::Arch;
use crate::mpy::Mpy;
use crate::qstr::{QSTR_BYTES_MAX, QstrSource};
use crate::reader::Reader;

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
    // Opening the file has held them to the format's own limit.
    if limits.qstr_bytes < QSTR_BYTES_MAX {
        verify_lengths(mpy, limits)?;
    }
    if cfg!(mpy_format_brief) {
        return Ok(());
    }
    let verifier = Verifier {
        native: mpy.header().arch != Arch::None,
        limits,
    };
    let mut reader = Reader::at(mpy.file(), sections.constants_at);
    verifier.constants(&mut reader, mpy.n_constants(), 0)
}

fn verify_lengths(mpy: &Mpy<'_>, limits: &Limits) -> Result<(), Error> {
    for qstr in mpy.qstrs() {
        // Static ones are the reader's own.
        if let QstrSource::Text { text, .. } = qstr.source
            && text.len() > limits.qstr_bytes as usize
        {
            let kind = ErrorKind::QstrTooLong(text.len() as u32);
            return Err(Error::new(qstr.at, kind));
        }
    }
    Ok(())
}

/// What holds for all constants.
struct Verifier<'v> {
    native: bool,
    limits: &'v Limits,
}

impl Verifier<'_> {
    /// Verifies `count` constants, one after the other. Calls itself for a tuple's items, at most `limits.tuple_depth` times.
    fn constants(&self, reader: &mut Reader<'_>, count: u32, depth: u8) -> Result<(), Error> {
        for _ in 0..count {
            let at = reader.position();
            let refuse = |kind| Err(Error::new(at, kind));
            // Opening the file has looked at the texts.
            match Element::read(reader)? {
                Element::Tuple(_) if depth >= self.limits.tuple_depth => {
                    return refuse(ErrorKind::TupleTooDeep);
                }
                Element::Tuple(count) => self.constants(reader, count, depth + 1)?,
                Element::Constant(kind::FUN_TABLE) if !self.native => {
                    return refuse(ErrorKind::FunTable);
                }
                Element::Constant(_) | Element::Bytes(kind::STR | kind::BYTES, _) => {}
                Element::Bytes(_, text) if text.len() > self.limits.number_bytes as usize => {
                    return refuse(ErrorKind::NumberTooLong(text.len() as u32));
                }
                Element::Bytes(kind, text) if is_number(kind, text) => {}
                Element::Bytes(..) => return refuse(ErrorKind::ConstantSyntax),
            }
        }
        Ok(())
    }
}

/// Whether the text is one of a number of this type.
fn is_number(kind: u8, text: &[u8]) -> bool {
    match kind {
        kind::INT => is_int(text),
        kind::FLOAT => is_float(text),
        _ => text.strip_suffix(b"j").is_some_and(is_float),
    }
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
