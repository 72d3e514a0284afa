//! Writing operations, as `romfs-runtime/SPEC-update.md` §6 has them.

use romfs_runtime::update::delta::{Op, zigzag};

use super::align::Piece;
use super::tables::Table;

/// Bytes of a run that is long.
const LONG: usize = 3;
/// Equal bytes that a long run takes in.
const BRIDGED: usize = 2;

/// The operations written so far.
#[derive(Debug, Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    /// Where in the base the last operation stopped.
    cursor: usize,
}

impl Writer {
    pub(super) fn cursor(&self) -> usize {
        self.cursor
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn pieces(&mut self, base: &[u8], target: &[u8], pieces: &[Piece]) {
        for piece in pieces {
            match *piece {
                Piece::Literal { target: at, len } => {
                    self.tag(Op::Literal, len);
                    self.bytes.extend(&target[at..at + len]);
                }
                Piece::Along {
                    base: from,
                    target: at,
                    len,
                } => self.along(&base[from..from + len], from, &target[at..at + len]),
            }
        }
    }

    /// Words of a table, moved.
    pub(super) fn adjust(&mut self, table: &Table) {
        self.tag(Op::Adjust, table.words);
        self.seek(table.base, table.words * 4);
        self.number(table.moves.len() as u32);
        for entry in &table.moves {
            self.number(entry.low);
            self.number(entry.span);
            self.number(zigzag(entry.by));
        }
    }

    fn along(&mut self, old: &[u8], from: usize, new: &[u8]) {
        let runs = differences(old, new);
        if runs.is_empty() {
            self.tag(Op::Copy, new.len());
            self.seek(from, new.len());
            return;
        }
        self.tag(Op::Patch, new.len());
        self.seek(from, new.len());
        let mut done = 0;
        let mut last = 0u8;
        for (start, end) in runs {
            let skipped = ((start - done) as u32) << 2;
            match &new[start..end] {
                [byte] if byte.wrapping_sub(old[start]) == last => self.number(skipped),
                [byte] => {
                    last = byte.wrapping_sub(old[start]);
                    self.number(skipped | 1);
                    self.bytes.push(*byte);
                }
                bytes @ [_, _] => {
                    self.number(skipped | 2);
                    self.bytes.extend(bytes);
                }
                bytes => {
                    self.number(skipped | 3);
                    self.number(bytes.len() as u32);
                    self.bytes.extend(bytes);
                }
            }
            done = end;
        }
        if done < new.len() {
            self.number(((new.len() - done) as u32) << 2);
        }
    }

    fn seek(&mut self, from: usize, len: usize) {
        let moved = from as i64 - self.cursor as i64;
        self.number(zigzag(moved as i32));
        self.cursor = from + len;
    }

    fn tag(&mut self, op: Op, len: usize) {
        self.number((len as u32) << 2 | op as u32);
    }

    fn number(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }
}

/// Runs of bytes that differ, as start and end. Single bytes are cheap, so only longer runs take in
/// equal bytes on the way to the next.
fn differences(old: &[u8], new: &[u8]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for at in (0..new.len()).filter(|&at| old[at] != new[at]) {
        match runs.last_mut() {
            Some((_, end)) if at == *end => *end = at + 1,
            Some((start, end)) if *end - *start >= LONG && at - *end <= BRIDGED => *end = at + 1,
            _ => runs.push((at, at + 1)),
        }
    }
    runs
}
