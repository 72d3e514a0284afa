//! Replacement texts of `re.sub`.

use crate::num::parse::number;

/// A piece of a replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// From where to where in the replacement is text to copy.
    Literal(usize, usize),
    /// `\1` or `\g<1>`: what this group matched. The number is not checked; a group that does not exist is an
    /// `IndexError`.
    Group(usize),
}

/// The piece of a replacement at `at`, which is moved behind it. A backslash before anything but a group or a backslash is
/// dropped.
pub fn next_piece(text: &[u8], at: &mut usize) -> Option<Piece> {
    let byte = |at: usize| text.get(at).copied();
    let mut start = *at;
    if byte(start) == Some(b'\\') {
        start += 1;
        let named = byte(start) == Some(b'g') && byte(start + 1) == Some(b'<');
        if named {
            start += 2;
        }
        let (group, digits) = number(text.get(start..).unwrap_or_default());
        start += digits;
        if digits > 0 {
            *at = start + usize::from(named && byte(start) == Some(b'>'));
            return Some(Piece::Group(group));
        }
    }
    let mut end = start;
    if byte(end) == Some(b'\\') {
        // The second of two.
        end += 1;
    } else {
        while byte(end).is_some_and(|byte| byte != b'\\') {
            end += 1;
        }
    }
    *at = end;
    (end > start).then_some(Piece::Literal(start, end))
}
