//! UTF-8 text as bytes: counting, indexing, walking, checking.
//!
//! A character is a byte that is no continuation byte and the continuation bytes after it. Text is checked by
//! MicroPython's rule ([`is_valid`]), which admits surrogates and overlong forms; nothing here relies on more than that,
//! and nothing panics on text that is not valid.

/// The largest code point.
pub const MAX_CODE_POINT: u32 = 0x10_ffff;

/// Whether `byte` continues a character.
pub const fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// Characters in `text`.
pub fn count(text: &[u8]) -> usize {
    // Eight bytes at a time: a continuation byte has bit 7 set and bit 6 clear.
    const LOW: u64 = 0x0101_0101_0101_0101;
    let (words, rest) = text.as_chunks::<8>();
    let continuation: usize = words
        .iter()
        .map(|word| {
            let word = u64::from_ne_bytes(*word);
            ((word >> 7 & !(word >> 6)) & LOW).count_ones() as usize
        })
        .sum();
    text.len() - continuation - rest.iter().filter(|&&byte| is_continuation(byte)).count()
}

/// Offset of character `index`, counted from the start; the length of `text` if `index` is the number of characters.
///
/// `None` past that.
pub fn offset(text: &[u8], index: usize) -> Option<usize> {
    let mut starts = text
        .iter()
        .enumerate()
        .filter(|(_, byte)| !is_continuation(**byte));
    match starts.nth(index) {
        Some((offset, _)) => Some(offset),
        None => (count(text) == index).then_some(text.len()),
    }
}

/// Offset of the character that is `back` characters before the end; `None` if there are fewer.
pub fn offset_from_end(text: &[u8], back: usize) -> Option<usize> {
    if back == 0 {
        return Some(text.len());
    }
    text.iter()
        .enumerate()
        .rev()
        .filter(|(_, byte)| !is_continuation(**byte))
        .nth(back - 1)
        .map(|(at, _)| at)
}

/// Index of the character at byte `offset`.
pub fn index(text: &[u8], offset: usize) -> usize {
    count(&text[..offset.min(text.len())])
}

/// Bytes of the character that `text` starts with: 0 for empty text.
pub fn char_len(text: &[u8]) -> usize {
    match text {
        [] => 0,
        [_, rest @ ..] => {
            1 + rest
                .iter()
                .take_while(|&&byte| is_continuation(byte))
                .count()
        }
    }
}

/// The code point that `text` starts with, and its length; `None` for empty text.
pub fn decode(text: &[u8]) -> Option<(u32, usize)> {
    let first = *text.first()?;
    let len = char_len(text);
    // The ones at the top of the first byte tell the length; what follows their end is payload.
    let payload = if first < 0x80 {
        first
    } else {
        first & (0x7f_u8.checked_shr(first.leading_ones()).unwrap_or(0))
    };
    let code = text[1..len].iter().fold(u32::from(payload), |code, &byte| {
        code << 6 | u32::from(byte & 0x3f)
    });
    Some((code, len))
}

/// The code points of `text`, first to last.
pub fn chars(text: &[u8]) -> impl Iterator<Item = u32> + '_ {
    let mut rest = text;
    core::iter::from_fn(move || {
        let (code, len) = decode(rest)?;
        rest = &rest[len..];
        Some(code)
    })
}

/// The code points of `text`, last to first.
pub fn chars_back(text: &[u8]) -> impl Iterator<Item = u32> + '_ {
    let mut rest = text;
    core::iter::from_fn(move || {
        let start = offset_from_end(rest, 1).or(if rest.is_empty() { None } else { Some(0) })?;
        let (code, _) = decode(&rest[start..])?;
        rest = &rest[..start];
        Some(code)
    })
}

/// The bytes of a code point, surrogates too; `None` past [`MAX_CODE_POINT`].
#[cfg_attr(romfs_vm_small, inline(never))]
pub fn encode(code: u32, out: &mut [u8; 4]) -> Option<&[u8]> {
    let tail = |shift: u32| 0x80 | (code >> shift & 0x3f) as u8;
    let len = match code {
        0..0x80 => {
            out[0] = code as u8;
            1
        }
        0x80..0x800 => {
            *out = [0xc0 | (code >> 6) as u8, tail(0), 0, 0];
            2
        }
        0x800..0x1_0000 => {
            *out = [0xe0 | (code >> 12) as u8, tail(6), tail(0), 0];
            3
        }
        0x1_0000..=MAX_CODE_POINT => {
            *out = [0xf0 | (code >> 18) as u8, tail(12), tail(6), tail(0)];
            4
        }
        _ => return None,
    };
    Some(&out[..len])
}

/// Whether MicroPython accepts `text` as UTF-8: each first byte is followed by as many continuation bytes as it says.
pub fn is_valid(text: &[u8]) -> bool {
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let following = match first {
            0..0x80 => 0,
            0xc0..0xe0 => 1,
            0xe0..0xf0 => 2,
            0xf0..0xf8 => 3,
            _ => return false,
        };
        match tail.split_at_checked(following) {
            Some((bytes, next)) if bytes.iter().all(|&byte| is_continuation(byte)) => rest = next,
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_std(text in any::<String>(), at in 0usize..40) {
            let bytes = text.as_bytes();
            prop_assert!(is_valid(bytes));
            prop_assert_eq!(count(bytes), text.chars().count());
            prop_assert!(chars(bytes).eq(text.chars().map(u32::from)));
            prop_assert!(chars_back(bytes).eq(text.chars().rev().map(u32::from)));
            let mut starts: Vec<usize> = text.char_indices().map(|(start, _)| start).collect();
            starts.push(text.len());
            prop_assert_eq!(offset(bytes, at), starts.get(at).copied());
            prop_assert_eq!(offset_from_end(bytes, at), starts.iter().rev().nth(at).copied());
            for (position, start) in starts.into_iter().enumerate() {
                prop_assert_eq!(index(bytes, start), position);
            }
        }

        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..24), at in 0usize..30) {
            let _ = (offset(&bytes, at), offset_from_end(&bytes, at), index(&bytes, at));
            prop_assert!(chars(&bytes).count() <= bytes.len());
            prop_assert!(chars_back(&bytes).count() <= bytes.len());
            prop_assert!(is_valid(&bytes) || core::str::from_utf8(&bytes).is_err());
        }

        #[test]
        fn encodes(code in any::<char>()) {
            let (mut ours, mut std) = ([0; 4], [0; 4]);
            prop_assert_eq!(encode(code.into(), &mut ours).unwrap(), code.encode_utf8(&mut std).as_bytes());
        }
    }

    #[test]
    fn structure_only_is_checked() {
        assert!(is_valid(b"\xed\xa0\x80"), "a surrogate");
        assert!(
            !is_valid(b"\x80")
                && !is_valid(b"\xc3")
                && !is_valid(b"\xc3a")
                && !is_valid(b"\xf8\x80\x80\x80\x80")
        );
        assert_eq!(encode(0x11_0000, &mut [0; 4]), None);
    }
}
