//! Escapes: `repr` of text and bytes, and JSON strings.

use super::Sink;

/// What is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoted {
    /// UTF-8 text: bytes above ASCII are written as they are.
    Str,
    /// Bytes: those above ASCII are escaped. The `b` before the quote is the caller's.
    Bytes,
}

/// Writes `data` in quotes, as `repr` shows it: in single quotes, or in double quotes if only single ones occur.
pub fn repr<S: Sink>(out: &mut S, data: &[u8], kind: Quoted) -> Result<(), S::Error> {
    let quote = if data.contains(&b'\'') && !data.contains(&b'"') {
        b'"'
    } else {
        b'\''
    };
    out.write(&[quote])?;
    escaped(out, data, |byte| match byte {
        b'\\' => Escape::Short(b'\\'),
        _ if byte == quote => Escape::Short(quote),
        b'\n' => Escape::Short(b'n'),
        b'\r' => Escape::Short(b'r'),
        b'\t' => Escape::Short(b't'),
        0..0x20 | 0x7f => Escape::Code(b"x"),
        0x80.. if kind == Quoted::Bytes => Escape::Code(b"x"),
        _ => Escape::None,
    })?;
    out.write(&[quote])
}

/// Writes `text` as a JSON string.
pub fn json<S: Sink>(out: &mut S, text: &[u8]) -> Result<(), S::Error> {
    out.write(b"\"")?;
    escaped(out, text, |byte| match byte {
        b'"' | b'\\' => Escape::Short(byte),
        b'\n' => Escape::Short(b'n'),
        b'\r' => Escape::Short(b'r'),
        b'\t' => Escape::Short(b't'),
        0..0x20 => Escape::Code(b"u00"),
        _ => Escape::None,
    })?;
    out.write(b"\"")
}

/// How one byte is written.
enum Escape {
    /// As it is.
    None,
    /// A backslash and this byte.
    Short(u8),
    /// A backslash, this and two hexadecimal digits.
    Code(&'static [u8]),
}

/// Writes `data` with the escapes that `escape` asks for; what needs none goes out in runs.
fn escaped<S: Sink>(
    out: &mut S,
    data: &[u8],
    escape: impl Fn(u8) -> Escape,
) -> Result<(), S::Error> {
    let mut plain = 0;
    for (at, &byte) in data.iter().enumerate() {
        let code = escape(byte);
        if matches!(code, Escape::None) {
            continue;
        }
        if plain < at {
            out.write(&data[plain..at])?;
        }
        plain = at + 1;
        out.write(b"\\")?;
        match code {
            Escape::Short(letter) => out.write(&[letter])?,
            Escape::Code(prefix) => {
                out.write(prefix)?;
                out.write(&super::binascii::hex_pair(byte))?;
            }
            Escape::None => {}
        }
    }
    if plain < data.len() {
        out.write(&data[plain..])
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(data: &[u8], kind: Quoted) -> String {
        let mut out = Vec::new();
        let Ok(()) = repr(&mut out, data, kind);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn quotes_and_escapes() {
        assert_eq!(shown(b"plain", Quoted::Str), "'plain'");
        assert_eq!(shown(b"it's", Quoted::Str), "\"it's\"");
        assert_eq!(shown(b"'\"", Quoted::Str), "'\\'\"'");
        assert_eq!(shown(b"\"", Quoted::Str), "'\"'");
        assert_eq!(
            shown(b"\\\n\r\t\x00\x7f", Quoted::Str),
            "'\\\\\\n\\r\\t\\x00\\x7f'"
        );
        assert_eq!(shown("é".as_bytes(), Quoted::Str), "'é'");
        assert_eq!(shown("é".as_bytes(), Quoted::Bytes), "'\\xc3\\xa9'");
        let mut out = Vec::new();
        let Ok(()) = json(&mut out, b"a\"\\\x01\x7f\n");
        assert_eq!(out, b"\"a\\\"\\\\\\u0001\x7f\\n\"");
    }
}
