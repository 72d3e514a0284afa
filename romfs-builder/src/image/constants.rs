//! The record of constants: tuples as a VM has them, so that it need not make them (`romfs-runtime/SPEC.md` §4.5).

use std::collections::BTreeMap;

use mpy_format::{Arch, Constant, Constants, Mpy};
use romfs_runtime::format::constants::{
    ASCII, BYTES, CELL, CELL_HEADER_LEN, CELL_TUPLE, DIGITS, ENTRY_LEN, FLASH_SHIFT, FLASH_TAG,
    FLOAT, HEADER_LEN, SHORT, TUPLE,
};

use super::File;
use super::prelink::Table;
use crate::abi::Abi;

/// Tuples nested deeper stay as the module has them.
const DEPTH: u32 = 8;

/// A word of a cell.
enum Word {
    Ready(u64),
    /// That of a cell which begins so many bytes into the cells.
    Cell {
        at: u32,
        is_tuple: bool,
    },
}

/// The constants of an image's modules, before it is known where their record lies.
pub(super) struct Pool<'a> {
    table: &'a Table<'a>,
    /// Bytes of a word and of a float.
    word: usize,
    /// Position of each constant, and how far into the cells its own begins.
    entries: Vec<(u32, u32)>,
    cells: Vec<u8>,
    /// Words that name cells: where they are, and the cell.
    links: Vec<(usize, u32, bool)>,
}

impl<'a> Pool<'a> {
    /// The tuples among the constants of modules.
    pub(super) fn of(
        abi: &Abi,
        table: &'a Table<'a>,
        modules: &BTreeMap<u32, usize>,
        files: &[File],
    ) -> Self {
        let mut pool = Pool {
            table,
            word: abi.word(),
            entries: Vec::new(),
            cells: Vec::new(),
            links: Vec::new(),
        };
        if pool.word != 0 {
            for (at, file) in modules {
                pool.add(*at, &files[*file].content);
            }
        }
        pool
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of the record's payload.
    pub(super) fn len(&self) -> usize {
        self.cells_at() + self.cells.len()
    }

    /// Where in the payload the cells begin.
    fn cells_at(&self) -> usize {
        (HEADER_LEN + ENTRY_LEN * self.entries.len()).next_multiple_of(CELL_HEADER_LEN)
    }

    /// The record's payload, which begins at a position of the image's.
    pub(super) fn payload(&self, abi: &Abi, position: u32) -> Vec<u8> {
        let cells_at = position + self.cells_at() as u32;
        let mut out = Vec::with_capacity(self.len());
        out.extend(abi.hash().to_le_bytes());
        out.extend([self.word as u8, 0, 0, 0]);
        out.extend((self.entries.len() as u32).to_le_bytes());
        for (constant, cell) in &self.entries {
            out.extend(constant.to_le_bytes());
            out.extend((cells_at + cell).to_le_bytes());
        }
        out.resize(self.cells_at(), 0);
        let mut cells = self.cells.clone();
        for &(at, cell, is_tuple) in &self.links {
            let kind = if is_tuple { CELL_TUPLE } else { 0 };
            let word = u64::from(cells_at + cell) << FLASH_SHIFT | kind | CELL | FLASH_TAG;
            cells[at..at + self.word].copy_from_slice(&word.to_le_bytes()[..self.word]);
        }
        out.extend(cells);
        out
    }

    /// Adds the tuples of the module whose content is at this position.
    fn add(&mut self, module_at: u32, content: &[u8]) {
        let Ok(mpy) = Mpy::open(content) else {
            return;
        };
        if mpy.header().arch != Arch::None {
            return;
        }
        for (at, constant) in mpy.constants() {
            let Constant::Tuple(items) = constant else {
                continue;
            };
            let (cells, links) = (self.cells.len(), self.links.len());
            match self.tuple(module_at, items, DEPTH) {
                Some(cell) => self.entries.push((module_at + at, cell)),
                // What was laid out of it before something was found that has to be made.
                None => {
                    self.cells.truncate(cells);
                    self.links.truncate(links);
                }
            }
        }
    }

    /// Lays a tuple out behind what its items take. None where one of them has to be an object in RAM.
    fn tuple(&mut self, module_at: u32, items: Constants<'_>, depth: u32) -> Option<u32> {
        let depth = depth.checked_sub(1)?;
        let mut words = Vec::new();
        for (at, constant) in items {
            words.push(self.item(module_at, at, constant, depth)?);
        }
        if words.is_empty() {
            return None;
        }
        let cell = self.cell(TUPLE, words.len() as u32);
        for word in words {
            let at = self.cells.len();
            let bits = match word {
                Word::Ready(bits) => bits,
                Word::Cell { at: cell, is_tuple } => {
                    self.links.push((at, cell, is_tuple));
                    0
                }
            };
            self.cells.extend(&bits.to_le_bytes()[..self.word]);
        }
        self.align();
        Some(cell)
    }

    /// The word of an item that lies so many bytes into its module.
    fn item(
        &mut self,
        module_at: u32,
        at: u32,
        constant: Constant<'_>,
        depth: u32,
    ) -> Option<Word> {
        let text_at = u64::from(module_at + at + 1);
        Some(match constant {
            Constant::None => Word::Ready(immediate(0)),
            Constant::False => Word::Ready(immediate(1)),
            Constant::True => Word::Ready(immediate(3)),
            Constant::Ellipsis => Word::Ready(immediate(4)),
            Constant::Str(text) => {
                let text = text.as_bytes();
                let name = self.table.known(text).filter(|_| text.len() <= SHORT);
                match name {
                    Some(id) => Word::Ready(u64::from(id) << 3 | 0b010),
                    None => self.flash(text_at, if text.is_ascii() { ASCII } else { 0 })?,
                }
            }
            Constant::Bytes(_) => self.flash(text_at, BYTES)?,
            Constant::Int(text) => Word::Ready(self.small(text)?),
            Constant::Float(text) => Word::Cell {
                at: self.float(text)?,
                is_tuple: false,
            },
            Constant::Tuple(items) => Word::Cell {
                at: self.tuple(module_at, items, depth)?,
                is_tuple: true,
            },
            Constant::FunTable | Constant::Complex(_) => return None,
        })
    }

    /// The word of a text, where it reaches so far.
    fn flash(&self, position: u64, bits: u64) -> Option<Word> {
        let word = position << FLASH_SHIFT | bits | FLASH_TAG;
        // Words are signed.
        (word >> (8 * self.word - 1) == 0).then_some(Word::Ready(word))
    }

    fn small(&self, text: &str) -> Option<u64> {
        if text.trim_start_matches('-').len() > DIGITS {
            return None;
        }
        let n: i64 = text.parse().ok()?;
        let word = n << 1 | 1;
        let unused = 64 - 8 * self.word as u32;
        (word << unused >> unused == word).then_some(word as u64)
    }

    /// Lays a float out.
    fn float(&mut self, text: &str) -> Option<u32> {
        let bits = match self.word {
            4 => u64::from(text.parse::<f32>().ok()?.to_bits()),
            _ => text.parse::<f64>().ok()?.to_bits(),
        };
        let cell = self.cell(FLOAT, 0);
        self.cells.extend(&bits.to_le_bytes()[..self.word]);
        self.align();
        Some(cell)
    }

    /// Begins a cell: its header.
    fn cell(&mut self, kind: u8, len: u32) -> u32 {
        let at = self.cells.len() as u32;
        self.cells.extend([kind, 0, 0, 0]);
        self.cells.extend(len.to_le_bytes());
        at
    }

    fn align(&mut self) {
        let end = self.cells.len().next_multiple_of(CELL_HEADER_LEN);
        self.cells.resize(end, 0);
    }
}

/// The word of a singleton.
fn immediate(n: u64) -> u64 {
    n << 3 | 0b110
}
