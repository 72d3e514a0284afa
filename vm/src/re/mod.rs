//! Regular expressions of MicroPython's `re`: a compiler to a byte program, and a backtracking matcher.
//!
//! Syntax: literals, `.`, classes `[a-z]` and `[^a-z]`, `\d \D \s \S \w \W`, groups `( )` and `(?: )`, `|`, `* + ?` and
//! their lazy forms `*? +? ??`, `^` (start of the subject) and `$` (its end). Any other escaped byte stands for itself.
//! Counted repeats are not part of it: `{` is a literal. Everything works on bytes; `.` is one byte.
//!
//! The program is compiled into the caller's bytes, the matcher backtracks on the caller's stack of [`Entry`] values.
//! Neither recurses. A repeat of a single byte (`.*`, `[a-z]+`) costs one entry however long it runs, and so does a lazy
//! one; other repeats cost an entry for each turn.

mod compile;
mod run;
mod substitute;
#[cfg(test)]
mod tests;

pub use compile::{CompileError, GROUPS, Nest, Program, compile};
pub use run::{Entry, MatchError, NO_POSITION, Subject, find};
pub use substitute::{Piece, next_piece};

/// Bytes of an instruction with an offset.
const JUMP_LEN: usize = 2;

/// Instructions. An offset is a signed byte and counts from the end of its instruction.
mod op {
    /// Byte follows: match it.
    pub const CHAR: u8 = 1;
    /// Match any byte.
    pub const ANY: u8 = 2;
    /// Number of pairs and pairs follow: match a byte in one of the ranges.
    pub const CLASS: u8 = 3;
    /// As [`CLASS`]: match a byte in none of the ranges.
    pub const CLASS_NOT: u8 = 4;
    /// Letter follows: match a byte of the class of that name.
    pub const NAMED: u8 = 5;
    /// Succeed at the start of the subject.
    pub const START: u8 = 6;
    /// Succeed at the end of the subject.
    pub const END: u8 = 7;
    /// Offset follows: go there.
    pub const JUMP: u8 = 8;
    /// Offset follows: go on, or else go there.
    pub const SPLIT: u8 = 9;
    /// Offset follows: go there, or else go on.
    pub const SPLIT_FAR: u8 = 10;
    /// [`SPLIT`] at the head of a loop over the one-byte instruction that comes next.
    pub const STAR: u8 = 11;
    /// [`SPLIT_FAR`] at the foot of a loop over the one-byte instruction at the offset.
    pub const PLUS: u8 = 12;
    /// Number follows: store the position there.
    pub const SAVE: u8 = 13;
    /// The pattern is matched.
    pub const MATCH: u8 = 14;
    /// Low end of a class pair whose high end is the letter of a named class: no range starts so high.
    pub const NAMED_PAIR: u8 = 0xff;
}

/// Whether `letter` names a class, as in `\d`.
fn is_class_name(letter: u8) -> bool {
    matches!(letter | 0x20, b'd' | b's' | b'w')
}
