//! Hex, base64 and CRC-32, by the rules of MicroPython's `binascii`.

use crate::num::parse::is_space;

/// Two lower-case hexadecimal digits.
pub const fn hex_pair(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]
}

/// Bytes that [`to_hex`] writes.
pub const fn hex_len(len: usize, separated: bool) -> usize {
    if separated && len > 0 {
        3 * len - 1
    } else {
        2 * len
    }
}

/// Writes `data` in hex with an optional separator between bytes. `out` holds [`hex_len`] bytes.
pub fn to_hex(out: &mut [u8], data: &[u8], separator: Option<u8>) {
    let step = 2 + usize::from(separator.is_some());
    for (chunk, &byte) in out.chunks_mut(step).zip(data) {
        chunk[..2].copy_from_slice(&hex_pair(byte));
        if let (Some(slot), Some(separator)) = (chunk.get_mut(2), separator) {
            *slot = separator;
        }
    }
}

/// "non-hex digit", or a digit without its pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HexError;

/// Reads pairs of hex digits, white space between pairs skipped; returns the bytes written.
///
/// `out` holds half as many bytes as `text`.
pub fn from_hex(out: &mut [u8], text: &[u8]) -> Result<usize, HexError> {
    let digit = |byte: Option<&u8>| {
        byte.and_then(|&byte| char::from(byte).to_digit(16))
            .ok_or(HexError)
    };
    let (mut len, mut bytes) = (0, text.iter());
    while let Some(first) = bytes.next() {
        if is_space(*first) {
            continue;
        }
        out[len] = (digit(Some(first))? << 4 | digit(bytes.next())?) as u8;
        len += 1;
    }
    Ok(len)
}

/// Bytes that [`to_base64`] writes, without a newline.
pub const fn base64_len(len: usize) -> usize {
    len.div_ceil(3) * 4
}

/// Writes `data` in base64 with padding. `out` holds [`base64_len`] bytes.
pub fn to_base64(out: &mut [u8], data: &[u8]) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (chunk, bytes) in out.chunks_exact_mut(4).zip(data.chunks(3)) {
        let byte = |i: usize| u32::from(bytes.get(i).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (i, slot) in chunk.iter_mut().enumerate() {
            let sextet = (word >> (18 - 6 * i) & 63) as usize;
            *slot = if i <= bytes.len() {
                ALPHABET[sextet]
            } else {
                b'='
            };
        }
    }
}

/// "incorrect padding".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaddingError;

/// Reads base64, bytes outside the alphabet skipped, up to the padding; returns the bytes written.
///
/// `out` holds `text.len() * 3 / 4 + 1` bytes.
pub fn from_base64(out: &mut [u8], text: &[u8]) -> Result<usize, PaddingError> {
    let (mut len, mut bits, mut held, mut pads) = (0, 0u32, 0u32, 0);
    for &byte in text {
        if byte == b'=' {
            pads += 1;
            // Two digits leave four bits and take two pads, three digits leave two bits and take one.
            if held == 2 || held == 4 && pads == 2 {
                return Ok(len);
            }
            continue;
        }
        let Some(sextet) = base64_value(byte) else {
            continue;
        };
        pads = 0;
        bits = bits << 6 | sextet;
        held += 6;
        if held >= 8 {
            held -= 8;
            out[len] = (bits >> held) as u8;
            len += 1;
        }
    }
    if held == 0 {
        Ok(len)
    } else {
        Err(PaddingError)
    }
}

/// Value of a base64 digit.
fn base64_value(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

/// CRC-32 (ISO-HDLC, as zip uses it) of `data`, continuing from the CRC of what came before it, 0 at the start.
pub fn crc32(data: &[u8], before: u32) -> u32 {
    /// CRC of each four-bit value: 64 bytes of flash, two look-ups a byte.
    const NIBBLES: [u32; 16] = {
        let mut table = [0; 16];
        let mut i = 0;
        while i < 16 {
            let (mut value, mut bit) = (i as u32, 0);
            while bit < 4 {
                value = value >> 1 ^ if value & 1 == 1 { 0xedb8_8320 } else { 0 };
                bit += 1;
            }
            table[i] = value;
            i += 1;
        }
        table
    };
    !data.iter().fold(!before, |crc, &byte| {
        let crc = crc ^ u32::from(byte);
        let crc = crc >> 4 ^ NIBBLES[(crc & 15) as usize];
        crc >> 4 ^ NIBBLES[(crc & 15) as usize]
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn base64(data: &[u8]) -> String {
        let mut out = vec![0; base64_len(data.len())];
        to_base64(&mut out, data);
        String::from_utf8(out).unwrap()
    }

    fn debase64(text: &str) -> Result<Vec<u8>, PaddingError> {
        let mut out = vec![0; text.len() * 3 / 4 + 1];
        let len = from_base64(&mut out, text.as_bytes())?;
        out.truncate(len);
        Ok(out)
    }

    #[test]
    fn known_values() {
        // The vectors of RFC 4648 section 10.
        for (data, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(data.as_bytes()), text);
            assert_eq!(debase64(text), Ok(data.into()));
        }
        assert_eq!(debase64("Zg="), Err(PaddingError));
        assert_eq!(debase64("Z"), Err(PaddingError));
        assert_eq!(debase64("Z\ng==ignored"), Ok(b"f".into()));
        assert_eq!(crc32(b"123456789", 0), 0xcbf4_3926);
        assert_eq!(crc32(b"56789", crc32(b"1234", 0)), 0xcbf4_3926);
    }

    #[test]
    fn hex_rules() {
        let mut out = [0; 8];
        assert_eq!(
            from_hex(&mut out, b"0a FF\n10").map(|len| out[..len].to_vec()),
            Ok(vec![10, 255, 16])
        );
        assert_eq!(from_hex(&mut out, b"0"), Err(HexError));
        assert_eq!(from_hex(&mut out, b"0 1"), Err(HexError));
        let mut out = [0; 8];
        to_hex(&mut out, &[0, 0xab, 0xcd], Some(b':'));
        assert_eq!(&out, b"00:ab:cd");
    }

    proptest! {
        #[test]
        fn both_ways(data in prop::collection::vec(any::<u8>(), 0..50)) {
            prop_assert_eq!(debase64(&base64(&data)), Ok(data.clone()));
            let (mut text, mut back) = (vec![0; hex_len(data.len(), false)], vec![0; data.len()]);
            to_hex(&mut text, &data, None);
            prop_assert_eq!(from_hex(&mut back, &text), Ok(data.len()));
            prop_assert_eq!(back, data);
        }
    }
}
