//! Numbers and payloads of records: sections 1, 3 and 4 of `romfs-runtime/SPEC.md`.

use romfs_runtime::format::{image_record, kind};

/// Where the payload of an image with extensions starts.
pub(super) const PAYLOAD_AT: u64 = 16;

/// Bytes of a pointer's `size` and of its `offset`: together the 8 that some readers ask for, or more.
const POINTER_FIELD_MIN: usize = 4;

/// Bytes of the shortest varuint of `value`.
pub(super) fn varuint_len(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// Appends `value` as a varuint of `width` bytes, `0x80` in front where it needs fewer.
pub(super) fn put_varuint(out: &mut Vec<u8>, value: u64, width: usize) {
    debug_assert!(width >= varuint_len(value));
    let digits = varuint_len(value);
    out.extend(std::iter::repeat_n(0x80, width - digits));
    for digit in (0..digits).rev() {
        let more = if digit > 0 { 0x80 } else { 0 };
        out.push((value >> (7 * digit)) as u8 & 0x7f | more);
    }
}

/// Bytes of a pointer record's payload for content of `size` bytes. It does not depend on where the content lies, so
/// that a layout can be made before that is known.
pub(super) fn pointer_len(size: u64) -> usize {
    pointer_field(size) + pointer_field(u32::MAX.into())
}

/// Payload of a pointer record: content of `size` bytes at `position`.
pub(super) fn put_pointer(out: &mut Vec<u8>, size: u64, position: u64) {
    put_varuint(out, size, pointer_field(size));
    put_varuint(out, position, pointer_field(u32::MAX.into()));
}

/// Appends a padding record of `size` bytes in all, at least 2.
pub(super) fn put_padding(out: &mut Vec<u8>, size: u64) {
    out.push(kind::PADDING as u8);
    // The widest length field that the payload may need; where it turns out narrower, the varuint is padded.
    let width = varuint_len(size);
    let length = size - 1 - width as u64;
    put_varuint(out, length, width);
    out.resize(out.len() + length as usize, 0);
}

fn pointer_field(value: u64) -> usize {
    varuint_len(value).max(POINTER_FIELD_MIN)
}

/// What an image says of itself, apart from what its layout decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRecord {
    /// Version of .mpy files that the board imports; 0 if none is stated, and then the next four are 0.
    pub mpy_version: u8,
    /// Their sub-version.
    pub mpy_sub_version: u8,
    /// Architecture id of a .mpy header; 0 for bytecode only.
    pub mpy_arch: u8,
    /// Bits of a small int of the board's VM.
    pub small_int_bits: u8,
    /// Architecture flags of a .mpy header.
    pub arch_flags: u32,
    /// Name and version of the program that writes the image; cut to 255 bytes.
    pub builder: String,
    /// Name of the board's profile, or empty; cut to 255 bytes.
    pub board: String,
}

impl Default for ImageRecord {
    fn default() -> Self {
        Self {
            mpy_version: 0,
            mpy_sub_version: 0,
            mpy_arch: 0,
            small_int_bits: 0,
            arch_flags: 0,
            builder: concat!("romfs-builder ", env!("CARGO_PKG_VERSION")).to_owned(),
            board: String::new(),
        }
    }
}

impl ImageRecord {
    /// The record's payload, with zeros for the build id and the tail.
    pub(super) fn payload(&self) -> Vec<u8> {
        let mut out = vec![image_record::VERSION];
        out.resize(image_record::MPY, 0);
        out.extend([
            self.mpy_version,
            self.mpy_sub_version,
            self.mpy_arch,
            self.small_int_bits,
        ]);
        out.extend(self.arch_flags.to_le_bytes());
        for text in [&self.builder, &self.board] {
            let text = cut(text, usize::from(u8::MAX));
            out.push(text.len() as u8);
            out.extend(text.as_bytes());
        }
        out
    }
}

/// The longest start of `text` that has at most `limit` bytes and ends between characters.
fn cut(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rfind(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varuints_are_big_endian_and_padded_in_front() {
        let encoded = |value, width| {
            let mut out = Vec::new();
            put_varuint(&mut out, value, width);
            out
        };
        assert_eq!(encoded(0, 1), [0]);
        assert_eq!(encoded(0x7f, 1), [0x7f]);
        assert_eq!(encoded(0x80, 2), [0x81, 0]);
        assert_eq!(encoded(0x14a6b1, 3), romfs_runtime::format::MAGIC);
        assert_eq!(encoded(5, 4), [0x80, 0x80, 0x80, 5]);
        assert_eq!(varuint_len(0), 1);
        assert_eq!(varuint_len(0x3fff), 2);
        assert_eq!(varuint_len(0x4000), 3);
        assert_eq!(varuint_len(u64::MAX), 10);
    }

    #[test]
    fn pointers_have_at_least_eight_bytes_and_their_size_is_known_ahead() {
        for size in [0, 300, u64::from(u32::MAX)] {
            for position in [0, 77, u64::from(u32::MAX)] {
                let mut out = Vec::new();
                put_pointer(&mut out, size, position);
                assert_eq!(out.len(), pointer_len(size));
                assert!(out.len() >= 8);
            }
        }
    }
}
