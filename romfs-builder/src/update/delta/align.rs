//! Aligning a new image with an old one by content.

/// Bytes that must be equal for a match to be looked at.
const WINDOW: usize = 8;
/// Places with the same window that are looked at.
const CANDIDATES: usize = 64;
/// A match on goes past differences if this many bytes are equal again...
const REJOIN: usize = 4;
/// ...within this many.
const GAP: usize = 24;

/// A part of the new image. Parts follow each other without a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// As the old image at `base`, but for some bytes.
    Along {
        /// Where in the old image.
        base: usize,
        /// Where in the new one.
        target: usize,
        /// Bytes.
        len: usize,
    },
    /// Like nothing in the old image.
    Literal {
        /// Where in the new image.
        target: usize,
        /// Bytes.
        len: usize,
    },
}

/// All windows of the old image, in order of their content.
#[derive(Debug)]
pub(super) struct Index {
    windows: Vec<(u64, u32)>,
}

impl Index {
    pub(super) fn new(base: &[u8]) -> Self {
        let mut windows: Vec<_> = base
            .windows(WINDOW)
            .zip(0..)
            .filter_map(|(window, at)| Some((key(window)?, at)))
            .collect();
        windows.sort_unstable();
        Self { windows }
    }

    /// Where in the old image the longest run of bytes is that `target` starts with, and its length.
    /// Among equally long ones the nearest to `expected`.
    fn longest(&self, base: &[u8], target: &[u8], expected: usize) -> Option<(usize, usize)> {
        let key = key(target)?;
        let first = self.windows.partition_point(|&(other, _)| other < key);
        let same = self.windows[first..]
            .iter()
            .take_while(|&&(other, _)| other == key);
        let near = (expected < base.len()).then_some(expected);
        same.take(CANDIDATES)
            .map(|&(_, at)| at as usize)
            .chain(near)
            .map(|at| (common(&base[at..], target), at))
            .filter(|&(len, _)| len >= WINDOW)
            .max_by_key(|&(len, at)| (len, std::cmp::Reverse(at.abs_diff(expected))))
            .map(|(len, at)| (at, len))
    }
}

fn key(bytes: &[u8]) -> Option<u64> {
    bytes
        .first_chunk::<WINDOW>()
        .map(|b| u64::from_be_bytes(*b))
}

/// Length of the common start.
fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// Length of the common end.
fn common_end(a: &[u8], b: &[u8]) -> usize {
    let pairs = a.iter().rev().zip(b.iter().rev());
    pairs.take_while(|(a, b)| a == b).count()
}

/// Aligns `target` from `start` on. `cursor` is where in the old image it is likely to go on.
pub(super) fn align(
    base: &[u8],
    index: &Index,
    target: &[u8],
    start: usize,
    cursor: usize,
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = start;
    let mut literal = start;
    let mut expected = cursor;
    while at < target.len() {
        let Some((mut from, mut len)) = index.longest(base, &target[at..], expected) else {
            at += 1;
            expected += 1;
            continue;
        };
        let earlier = common_end(&base[..from], &target[literal..at]);
        from -= earlier;
        at -= earlier;
        len += earlier;
        if at > literal {
            pieces.push(Piece::Literal {
                target: literal,
                len: at - literal,
            });
        }
        len += rejoin(&base[from + len..], &target[at + len..]);
        pieces.push(Piece::Along {
            base: from,
            target: at,
            len,
        });
        at += len;
        literal = at;
        expected = from + len;
    }
    if target.len() > literal {
        pieces.push(Piece::Literal {
            target: literal,
            len: target.len() - literal,
        });
    }
    pieces
}

/// How far both go on together, past short differences.
fn rejoin(base: &[u8], target: &[u8]) -> usize {
    let room = base.len().min(target.len());
    let mut reached = 0;
    let mut equal = 0;
    for at in 0..room {
        if base[at] == target[at] {
            equal += 1;
            if equal >= REJOIN {
                reached = at + 1;
            }
        } else {
            equal = 0;
            if at - reached >= GAP {
                break;
            }
        }
    }
    reached
}
