//! Text as MicroPython's strs hold it.

use core::fmt::{self, Debug, Display, Formatter, Write};

/// The bytes of a name or a str: UTF-8, except that a literal such as `'\ud800'` puts a lone surrogate into it, as three bytes.
///
/// Programs have such literals (in patterns, for one), so a reader that wants `&str` must say what it does with them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<'a>(&'a [u8]);

/// Whether all bytes are below 128: by bytes where those of the firmware count, since what core has looks at words.
#[cfg_attr(mpy_format_small, inline(never))]
pub fn is_ascii(bytes: &[u8]) -> bool {
    if cfg!(mpy_format_small) {
        bytes.iter().fold(0, |all, byte| all | byte) < 128
    } else {
        bytes.is_ascii()
    }
}

impl<'a> Text<'a> {
    /// The text in these bytes, if they are one.
    pub fn new(bytes: &'a [u8]) -> Option<Text<'a>> {
        if cfg!(mpy_format_small) {
            return is_text(bytes).then_some(Text(bytes));
        }
        if bytes.is_ascii() {
            return Some(Text(bytes));
        }
        let mut rest = bytes;
        while let Err(error) = core::str::from_utf8(rest) {
            rest = after_surrogate(rest.get(error.valid_up_to()..)?)?;
        }
        Some(Text(bytes))
    }

    pub(crate) const fn from_str(text: &'a str) -> Text<'a> {
        Text(text.as_bytes())
    }

    /// The bytes.
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The text as Rust has it; `None` where a surrogate is in it.
    pub fn to_str(self) -> Option<&'a str> {
        core::str::from_utf8(self.0).ok()
    }

    /// Length in bytes.
    pub const fn len(self) -> usize {
        self.0.len()
    }

    /// Whether it has no bytes.
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Its parts: text without surrogates, and the surrogate that follows it if any does.
    fn parts(self) -> impl Iterator<Item = (&'a str, Option<u16>)> {
        let mut left = Some(self.0);
        core::iter::from_fn(move || {
            let bytes = left?;
            let (text, after) = match core::str::from_utf8(bytes) {
                Ok(text) => (text, &[][..]),
                Err(error) => {
                    bytes
                        .split_at_checked(error.valid_up_to())
                        .map(|(valid, after)| {
                            (core::str::from_utf8(valid).unwrap_or_default(), after)
                        })?
                }
            };
            left = after_surrogate(after);
            let surrogate =
                left.map(|_| u16::from(after[1] & 0x3f) << 6 | u16::from(after[2] & 0x3f) | 0xd000);
            Some((text, surrogate))
        })
    }
}

/// Whether bytes are a text, without core's check of UTF-8 and its table.
fn is_text(bytes: &[u8]) -> bool {
    /// How the first byte of a character of so many bytes begins, and the least that it stands for.
    const SHAPES: [(u8, u32); 4] = [(0, 0), (0xc0, 0x80), (0xe0, 0x800), (0xf0, 0x1_0000)];
    let mut bytes = bytes.iter();
    while let Some(&first) = bytes.next() {
        let more = match first {
            0..0x80 => continue,
            0xc0..0xe0 => 1,
            0xe0..0xf0 => 2,
            0xf0..0xf8 => 3,
            _ => return false,
        };
        let (mark, least) = SHAPES[more];
        let mut code = u32::from(first ^ mark);
        for _ in 0..more {
            match bytes.next() {
                Some(&byte) if byte & 0xc0 == 0x80 => code = code << 6 | u32::from(byte & 0x3f),
                _ => return false,
            }
        }
        if code < least || code > u32::from(char::MAX) {
            return false;
        }
    }
    true
}

/// The bytes after the surrogate that these begin with.
fn after_surrogate(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [0xed, 0xa0..=0xbf, 0x80..=0xbf, rest @ ..] => Some(rest),
        _ => None,
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

/// With U+FFFD for each surrogate.
impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.parts().try_for_each(|(text, surrogate)| {
            f.write_str(text)?;
            if surrogate.is_some() {
                f.write_char(char::REPLACEMENT_CHARACTER)
            } else {
                Ok(())
            }
        })
    }
}

/// Quoted and escaped, surrogates as `\u{d800}`.
impl Debug for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        self.parts().try_for_each(|(text, surrogate)| {
            write!(f, "{}", text.escape_debug())?;
            surrogate.map_or(Ok(()), |unit| write!(f, "\\u{{{unit:x}}}"))
        })?;
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn surrogates_are_text_and_other_broken_bytes_are_not() {
        for good in [
            &b""[..],
            b"abc",
            "ü☃𝄞".as_bytes(),
            b"\xed\xa0\x80",
            b"a\xed\xbf\xbfb",
            b"\xed\xa0\xbd\xed\xb8\x80",
        ] {
            assert_eq!(Text::new(good).map(Text::as_bytes), Some(good));
            assert!(is_text(good), "{good:x?}");
        }
        for bad in [
            &b"\xff"[..],
            b"\xed\xa0",
            b"\xed\xc0\x80",
            b"\xc0\x80",
            b"\x80",
            b"\xf4\x90\x80\x80",
            b"ab\xed",
        ] {
            assert_eq!(Text::new(bad), None, "{bad:x?}");
            assert!(!is_text(bad), "{bad:x?}");
        }
    }

    /// The start of every character that there is and of many that are none, alone and cut off.
    #[test]
    fn both_checks_of_text_agree() {
        const OTHERS: [u8; 10] = [0, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc2];
        let mut good = 0;
        for first in 0x80..=u8::MAX {
            for second in 0x70..=0xc0 {
                for third in OTHERS {
                    for fourth in OTHERS {
                        let bytes = [first, second, third, fourth];
                        for end in 1..=4 {
                            let bytes = &bytes[..end];
                            assert_eq!(is_text(bytes), Text::new(bytes).is_some(), "{bytes:x?}");
                            good += usize::from(is_text(bytes));
                        }
                    }
                }
            }
        }
        assert!(good > 10_000, "{good}");
    }

    #[test]
    fn both_ways_of_showing_text() {
        let text = Text::new(b"a\xed\xa0\x80\"\n\xed\xbf\xbf").expect("text");
        assert_eq!(text.to_string(), "a\u{fffd}\"\n\u{fffd}");
        assert_eq!(std::format!("{text:?}"), r#""a\u{d800}\"\n\u{dfff}""#);
        assert_eq!(text.to_str(), None);
        let plain = Text::from_str("it's");
        assert_eq!(
            (plain.to_string().as_str(), plain.to_str()),
            ("it's", Some("it's"))
        );
    }
}
