//! What an import builds in RAM, by estimate from the module alone.
//!
//! What a body does when it runs (reading files, filling lists) is not in a module's tables and not counted. Counted is
//! what every import makes: tables, names that the firmware does not have, constants, functions and their entries.

use mpy_format::opcode::{Arg, Opcode, decode};
use mpy_format::{Constant, Error, Mpy, QstrSource, RawCode};

use crate::board::{Board, Firmware};

/// The firmware that imports, as far as its RAM goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RamModel {
    /// Whose VM it is.
    pub firmware: Firmware,
    /// Bytes of a word: 4 or 8.
    pub word: u64,
}

impl Default for RamModel {
    /// Stock MicroPython on a 32-bit microcontroller.
    fn default() -> Self {
        Self {
            firmware: Firmware::Micropython,
            word: 4,
        }
    }
}

impl RamModel {
    /// The model of a board.
    pub fn of_board(board: &Board) -> Self {
        // Small ints fill a word but for their tag, so their width tells the word's.
        let word = if board.mpy.small_int_bits > 32 { 8 } else { 4 };
        Self {
            firmware: board.firmware,
            word,
        }
    }
}

/// Bytes of RAM that importing the module costs.
///
/// # Errors
/// Damage of the module.
pub fn import_cost(module: &[u8], model: &RamModel) -> Result<u64, Error> {
    let mpy = Mpy::open(module)?;
    let counts = Counts::of(&mpy)?;
    Ok(match model.firmware {
        Firmware::RomfsVm => own(&counts, model.word),
        Firmware::Micropython => stock(&counts, model.word),
    })
}

/// What of a module takes RAM.
#[derive(Debug, Default)]
struct Counts {
    names: u64,
    /// Names that are not among those that every firmware has.
    new_names: u64,
    constants: u64,
    /// Words of constants that become objects, and the number of these objects, items of tuples included.
    objects: u64,
    items: u64,
    /// Of these objects those that are str or bytes.
    texts: u64,
    /// Functions, whether made at import or later.
    functions: u64,
    /// Of them those that have children.
    parents: u64,
    children: u64,
    /// Functions that an import makes: those of the body and of the bodies of its classes.
    made: u64,
    /// Of them those with defaults.
    with_defaults: u64,
    /// Classes.
    classes: u64,
}

impl Counts {
    fn of(mpy: &Mpy<'_>) -> Result<Self, Error> {
        let mut counts = Self {
            names: mpy.n_qstrs().into(),
            constants: mpy.n_constants().into(),
            ..Self::default()
        };
        let new = |source: &QstrSource<'_>| matches!(source, QstrSource::Text { .. });
        counts.new_names = mpy.qstrs().filter(|q| new(&q.source)).count() as u64;
        for (_, constant) in mpy.constants() {
            counts.constant(&constant, 0);
        }
        counts.function(mpy, &mpy.module()?)?;
        counts.body(&mpy.module()?, 0)?;
        Ok(counts)
    }

    fn constant(&mut self, constant: &Constant<'_>, depth: usize) {
        match constant {
            Constant::Str(_) | Constant::Bytes(_) => {
                self.objects += 1;
                self.texts += 1;
            }
            Constant::Int(_) | Constant::Float(_) | Constant::Complex(_) => self.objects += 1,
            Constant::Tuple(items) if depth < 16 => {
                self.objects += 1;
                self.items += u64::from(items.count_left());
                for (_, item) in items.clone() {
                    self.constant(&item, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// Counts all functions from `body` on.
    fn function(&mut self, mpy: &Mpy<'_>, body: &RawCode<'_>) -> Result<(), Error> {
        let mut left = 1u64;
        let mut at = body.at;
        while left > 0 {
            let raw = mpy.raw_code_at(at)?;
            self.functions += 1;
            self.parents += u64::from(raw.n_children > 0);
            self.children += u64::from(raw.n_children);
            left = left - 1 + u64::from(raw.n_children);
            at = raw.children_at;
        }
        Ok(())
    }

    /// Counts what a body that runs at import makes; the body of a class is one as well.
    fn body(&mut self, raw: &RawCode<'_>, depth: usize) -> Result<(), Error> {
        let Some(prelude) = raw.prelude()? else {
            return Ok(());
        };
        let code = raw.file_to_code_end();
        let mut at = prelude.opcodes_at;
        let mut class = false;
        while at < prelude.code_end {
            let instr = decode(code, at)?;
            let makes = matches!(
                instr.op,
                Opcode::MakeFunction
                    | Opcode::MakeFunctionDefargs
                    | Opcode::MakeClosure
                    | Opcode::MakeClosureDefargs
            );
            if let (true, Arg::Uint(child)) = (makes, instr.arg()) {
                self.made += 1;
                self.with_defaults += u64::from(matches!(
                    instr.op,
                    Opcode::MakeFunctionDefargs | Opcode::MakeClosureDefargs
                ));
                if class && depth < 16 {
                    self.classes += 1;
                    let child = raw.children().nth(child as usize).transpose()?;
                    child.map_or(Ok(()), |child| self.body(&child, depth + 1))?;
                }
            }
            class = instr.op == Opcode::LoadBuildClass;
            at = instr.next;
        }
        Ok(())
    }
}

/// An entry of a dict with room to grow, in words.
const ENTRY_WORDS: u64 = 3;

/// This project's VM: a table of four bytes a name, names in one table for all modules, functions decoded when made, with a
/// default of their own; str and bytes are words that say where they lie.
fn own(counts: &Counts, word: u64) -> u64 {
    let module = 22 * word;
    let names = 4 * counts.names + counts.new_names * (2 * word + 4);
    let functions = counts.made * (4 + ENTRY_WORDS) * word;
    let classes = counts.classes * 10 * word;
    let objects = counts.objects - counts.texts;
    let constants = (counts.constants + objects * 3 + counts.items) * word;
    module + names + functions + classes + constants
}

/// Stock MicroPython: raw code and tables of children for every function, an object for every constant, and slots of
/// name pools, which double when they are full. Allocations are in blocks of four words.
fn stock(counts: &Counts, word: u64) -> u64 {
    let block = 4 * word;
    let module = 6 * block;
    let tables = (2 * counts.names + word * counts.constants).next_multiple_of(block);
    let names = counts.new_names * (word + 2) * 3 / 2;
    let raw_code = counts.functions * block;
    let children = counts.parents * block / 2 + counts.children * word;
    let objects = counts.objects * block + counts.items * word;
    let functions = counts.made * (block + 2 * word * 4 / 3) + counts.with_defaults * block;
    let classes = counts.classes * 5 * block;
    module + tables + names + raw_code + children + objects + functions + classes
}
