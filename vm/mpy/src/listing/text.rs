//! Small pieces of a listing: names, constants, bytes.

use crate::constant::Constant;
use crate::text::Text;
use core::fmt::{self, Display, Formatter, Write};

/// Most bytes of a text that are shown.
const SHOWN: usize = 60;
/// Most items of a tuple that are shown, and how deep.
const ITEMS_SHOWN: usize = 16;
const TUPLES_SHOWN: u8 = 4;

/// Two spaces a level.
pub(super) fn indented(f: &mut Formatter<'_>, depth: usize) -> fmt::Result {
    (0..depth).try_for_each(|_| f.write_str("  "))
}

/// Bytes as pairs of digits.
pub(super) struct Hex<'a>(pub(super) &'a [u8]);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, byte) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_char(' ')?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// A name as it stands, or quoted where it would be hard to read so.
pub(super) struct Name<'a>(pub(super) Text<'a>);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_alphanumeric() || "_<>.*/-".contains(c);
        match self.0.to_str() {
            Some(name) if !name.is_empty() && name.chars().all(plain) => f.write_str(name),
            _ => write!(f, "{:?}", self.0),
        }
    }
}

/// A constant about as Python writes it, cut where it is long.
pub(super) struct ConstantText<'c, 'a>(pub(super) &'c Constant<'a>);

impl Display for ConstantText<'_, '_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        constant(f, self.0, 0)
    }
}

fn constant(f: &mut Formatter<'_>, value: &Constant<'_>, depth: u8) -> fmt::Result {
    match value {
        Constant::FunTable => f.write_str("mp_fun_table"),
        Constant::None => f.write_str("None"),
        Constant::False => f.write_str("False"),
        Constant::True => f.write_str("True"),
        Constant::Ellipsis => f.write_str("..."),
        Constant::Str(text) => {
            // Cut before a byte that begins a character.
            let starts = |&at: &usize| {
                text.as_bytes()
                    .get(at)
                    .is_none_or(|byte| byte & 0xc0 != 0x80)
            };
            let cut = (0..=text.len().min(SHOWN)).rev().find(starts).unwrap_or(0);
            write!(
                f,
                "{:?}",
                Text::new(&text.as_bytes()[..cut]).unwrap_or(*text)
            )?;
            rest(f, text.len() - cut)
        }
        Constant::Bytes(bytes) => {
            let cut = bytes.len().min(SHOWN);
            write!(f, "b\"{}\"", bytes[..cut].escape_ascii())?;
            rest(f, bytes.len() - cut)
        }
        Constant::Int(text) | Constant::Float(text) | Constant::Complex(text) => {
            let cut = text.len().min(SHOWN);
            f.write_str(&text[..cut])?;
            rest(f, text.len() - cut)
        }
        Constant::Tuple(_) if depth == TUPLES_SHOWN => f.write_str("(...)"),
        Constant::Tuple(items) => {
            f.write_char('(')?;
            for (i, (_, item)) in items.clone().take(ITEMS_SHOWN).enumerate() {
                if i > 0 {
                    f.write_str(", ")?;
                }
                constant(f, &item, depth + 1)?;
            }
            match (items.count_left() as usize).checked_sub(ITEMS_SHOWN) {
                Some(more @ 1..) => write!(f, ", +{more} items")?,
                _ if items.count_left() == 1 => f.write_char(',')?,
                _ => {}
            }
            f.write_char(')')
        }
    }
}

/// How many bytes were cut off.
fn rest(f: &mut Formatter<'_>, count: usize) -> fmt::Result {
    if count > 0 {
        write!(f, " +{count} bytes")
    } else {
        Ok(())
    }
}
