//! Tables of positions that two images have in common: a file that grows moves everything behind
//! it, and each table entry with it. One operation says that for the whole table.

use std::collections::BTreeMap;

use romfs_runtime::Image;
use romfs_runtime::format::{kind, path_index};
use romfs_runtime::update::delta::{MAX_MOVES, Move};

/// A table of 32-bit words that moved in a regular way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// Where in the old image.
    pub(super) base: usize,
    /// Where in the new image.
    pub(super) target: usize,
    /// Words.
    pub(super) words: usize,
    /// How they moved.
    pub(super) moves: Vec<Move>,
}

/// The path indexes of both images, where one follows from the other.
pub(super) fn common(base: &[u8], target: &[u8]) -> Vec<Table> {
    let both = index_slots(base).zip(index_slots(target));
    both.and_then(|(old, new)| table(base, target, old, new))
        .into_iter()
        .collect()
}

/// Start and end of the slots of the path index.
fn index_slots(image: &[u8]) -> Option<(usize, usize)> {
    let parsed = Image::open(image).ok()?;
    let record = parsed
        .tail()
        .filter_map(Result::ok)
        .find(|record| record.kind == kind::PATH_INDEX)?;
    let start = record.payload_offset as usize;
    let end = start + record.payload.len();
    let slots = u32::from_le_bytes(*image.get(start + 4..)?.first_chunk()?) as usize;
    Some((end.checked_sub(slots * path_index::SLOT_LEN)?, end))
}

fn table(base: &[u8], target: &[u8], old: (usize, usize), new: (usize, usize)) -> Option<Table> {
    if old.1 - old.0 != new.1 - new.0 {
        return None;
    }
    let pairs = words(&base[old.0..old.1]).zip(words(&target[new.0..new.1]));
    Some(Table {
        base: old.0,
        target: new.0,
        words: (old.1 - old.0) / 4,
        moves: moves(pairs)?,
    })
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let (words, _) = bytes.as_chunks::<4>();
    words.iter().map(|word| u32::from_le_bytes(*word))
}

/// The bounded moves that turn each first word into the second, if there are few enough.
fn moves(pairs: impl Iterator<Item = (u32, u32)>) -> Option<Vec<Move>> {
    let mut by_old = BTreeMap::new();
    for (old, new) in pairs {
        let by = new.wrapping_sub(old) as i32;
        if *by_old.entry(old).or_insert(by) != by {
            return None;
        }
    }
    let mut moves: Vec<Move> = Vec::new();
    let mut previous = 0;
    for (old, by) in by_old {
        match moves.last_mut() {
            Some(last) if last.by == by && previous == by => last.span = old - last.low + 1,
            _ if by == 0 => {}
            _ => moves.push(Move {
                low: old,
                span: 1,
                by,
            }),
        }
        previous = by;
    }
    (moves.len() <= MAX_MOVES).then_some(moves)
}
