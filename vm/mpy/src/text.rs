//! Text as MicroPython's strs hold it.

use core::fmt::{self, Debug, Display, Formatter, Write};

/// The bytes of a name or a str: UTF-8, except that a literal such as `'\ud800'` puts a lone surrogate into it, as three bytes.
///
/// Programs have such literals (in patterns, for one), so a reader that wants `&str` must say what it does with them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// The text in these bytes, if they are one.
    pub fn new(bytes: &'a [u8]) -> Option<Text<'a>> {
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
        }
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
