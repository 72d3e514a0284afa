//! Compressing: one block of the fixed codes, matches searched in the window, the longest and of those the nearest.
//!
//! Plain arithmetic on bytes that the caller holds; nothing is allocated.

/// Longest match.
const MATCH_MAX: usize = 258;
/// Shortest one that is worth it.
const MATCH_MIN: usize = 3;
/// Bytes that are compressed at a time, with those that a match at their end may reach.
pub(super) const PIECE: usize = MATCH_MAX + 62;
/// Bytes that a piece makes at most: nine bits a byte, and what was left over.
pub(super) const PIECE_OUT: usize = PIECE * 9 / 8 + 8;

/// A compressor between two pieces.
#[derive(Clone, Copy)]
pub(super) struct Compressor {
    /// Bits that are not a whole byte yet, and how many.
    bits: u32,
    count: u32,
    /// Where the next byte goes in the window, and how many it has.
    head: usize,
    filled: usize,
    /// Checksum and length of all that was compressed.
    pub sum: u32,
    pub length: u32,
}

/// Bytes of an output that is large enough.
struct Out<'o> {
    bytes: &'o mut [u8],
    len: usize,
}

/// The shortest length of each length code, from 257, and its extra bits.
const fn length_code(length: usize) -> (u32, u32, u32) {
    if length == MATCH_MAX {
        return (285, 0, 0);
    }
    let n = (length - MATCH_MIN) as u32;
    if n < 8 {
        return (257 + n, 0, 0);
    }
    // Groups of four codes, each with one more extra bit.
    let extra = 29 - n.leading_zeros();
    (
        257 + 4 * (extra + 1) + ((n >> extra) & 3),
        n & ((1 << extra) - 1),
        extra,
    )
}

/// The code of a distance, its extra bits and their number.
const fn distance_code(distance: usize) -> (u32, u32, u32) {
    let n = (distance - 1) as u32;
    if n < 4 {
        return (n, 0, 0);
    }
    let extra = 30 - n.leading_zeros();
    (
        2 * (extra + 1) + ((n >> extra) & 1),
        n & ((1 << extra) - 1),
        extra,
    )
}

impl Compressor {
    /// Before the first byte, with the checksum's start: the header of the only block waits to be written.
    pub(super) const fn new(sum: u32) -> Compressor {
        Compressor {
            // The last block, fixed codes.
            bits: 0b011,
            count: 3,
            head: 0,
            filled: 0,
            sum,
            length: 0,
        }
    }

    fn put(&mut self, out: &mut Out<'_>, bits: u32, count: u32) {
        self.bits |= bits << self.count;
        self.count += count;
        while self.count >= 8 {
            out.bytes[out.len] = self.bits as u8;
            out.len += 1;
            self.bits >>= 8;
            self.count -= 8;
        }
    }

    /// A code, which goes out from its top bit.
    fn put_code(&mut self, out: &mut Out<'_>, code: u32, count: u32) {
        self.put(out, code.reverse_bits() >> (32 - count), count);
    }

    /// A literal, the end, or the code of a length.
    fn put_symbol(&mut self, out: &mut Out<'_>, symbol: u32) {
        match symbol {
            0..144 => self.put_code(out, 0x30 + symbol, 8),
            144..256 => self.put_code(out, 0x190 + symbol - 144, 9),
            256..280 => self.put_code(out, symbol - 256, 7),
            _ => self.put_code(out, 0xc0 + symbol - 280, 8),
        }
    }

    /// The byte at `at` of the piece, counted from `distance` before it.
    fn before(&self, window: &[u8], piece: &[u8], at: usize, i: usize, distance: usize) -> u8 {
        match i.checked_sub(distance) {
            Some(i) => piece[at + i],
            None => window[(self.head + window.len() + i - distance) % window.len()],
        }
    }

    /// The longest match for what is at `at`, the nearest of those: its length and distance.
    fn longest(&self, window: &[u8], piece: &[u8], at: usize) -> (usize, usize) {
        let most = MATCH_MAX.min(piece.len() - at);
        let mut best = (0, 0);
        for distance in 1..=self.filled {
            let same = |&i: &usize| self.before(window, piece, at, i, distance) == piece[at + i];
            let length = (0..most).take_while(same).count();
            if length > best.0 {
                best = (length, distance);
                if length == most {
                    break;
                }
            }
        }
        best
    }

    /// Compresses a piece of at most [`PIECE`] bytes into `into`, which has room for [`PIECE_OUT`]; the end of it only
    /// where it is the last one. Gives how many bytes were taken and made.
    pub(super) fn piece(
        &mut self,
        window: &mut [u8],
        piece: &[u8],
        is_last: bool,
        into: &mut [u8],
    ) -> (usize, usize) {
        let mut out = Out {
            bytes: into,
            len: 0,
        };
        let mut at = 0;
        while at < piece.len() && (is_last || piece.len() - at >= MATCH_MAX) {
            let (mut length, distance) = self.longest(window, piece, at);
            if length >= MATCH_MIN {
                let (code, extra, count) = length_code(length);
                self.put_symbol(&mut out, code);
                self.put(&mut out, extra, count);
                let (code, extra, count) = distance_code(distance);
                self.put_code(&mut out, code, 5);
                self.put(&mut out, extra, count);
            } else {
                length = 1;
                self.put_symbol(&mut out, piece[at].into());
            }
            for &byte in &piece[at..at + length] {
                window[self.head] = byte;
                self.head = (self.head + 1) % window.len();
            }
            self.filled = (self.filled + length).min(window.len());
            at += length;
        }
        (at, out.len)
    }

    /// The end of the block, up to a whole byte. Gives how many bytes were made.
    pub(super) fn end(&mut self, into: &mut [u8]) -> usize {
        let mut out = Out {
            bytes: into,
            len: 0,
        };
        self.put_symbol(&mut out, 256);
        let rest = (8 - self.count) % 8;
        self.put(&mut out, 0, rest);
        out.len
    }
}
