//! The locals of one function: how many there are, and which of them hold cells.

use crate::error::{Error, ErrorKind};
use crate::opcode::Opcode;
use crate::prelude::Prelude;

/// Locals that can hold cells are numbered by one byte.
const CELL_LOCALS: u32 = 256;

/// What is known of a function's locals.
pub(super) struct Locals {
    /// One bit a local.
    cells: [u32; (CELL_LOCALS / u32::BITS) as usize],
    first_cell: u32,
    count: u32,
    n_state: u32,
}

impl Locals {
    /// Those of the signature.
    pub(super) fn new(prelude: &Prelude<'_>) -> Locals {
        Locals {
            cells: [0; 8],
            first_cell: CELL_LOCALS,
            count: prelude.n_arg_slots(),
            n_state: prelude.n_state,
        }
    }

    /// Adds the cells: so many values closed over, which are the first arguments, and those that the prelude lists.
    pub(super) fn add_cells(&mut self, prelude: &Prelude<'_>, n_closed: u32) -> Result<(), Error> {
        if n_closed > prelude.n_pos_args || n_closed >= CELL_LOCALS {
            return Err(Error::new(
                prelude.args_at,
                ErrorKind::ClosureSize(n_closed),
            ));
        }
        for local in 0..n_closed {
            self.add_cell(local);
        }
        for (at, local) in prelude.listed_cells() {
            // A cell of a cell would hand out the inner one as a value.
            if local >= self.n_state || self.is_cell(local) {
                return Err(Error::new(at, ErrorKind::Cell(local)));
            }
            self.add_cell(local);
            self.count = self.count.max(local + 1);
        }
        Ok(())
    }

    fn add_cell(&mut self, local: u32) {
        self.cells[(local / u32::BITS) as usize] |= 1 << (local % u32::BITS);
        if !cfg!(mpy_format_small) {
            self.first_cell = self.first_cell.min(local);
        }
    }

    /// How many there are: those of the signature, the cells, and all that an instruction reads.
    ///
    /// Locals that are only stored to are left out, as the compiler leaves one out of the frame: `__class__`, where a class
    /// body assigns it. Stores to them are checked where they happen.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// The number from which on cells may be: all below hold none.
    pub(super) fn first_cell(&self) -> u32 {
        self.first_cell
    }

    /// Whether a local holds a cell from entry to exit.
    pub(super) fn is_cell(&self, local: u32) -> bool {
        local < CELL_LOCALS
            && self.cells[(local / u32::BITS) as usize] >> (local % u32::BITS) & 1 != 0
    }

    /// Checks an instruction's use of a local, and counts it.
    pub(super) fn check(&mut self, op: Opcode, local: u32) -> Result<(), ErrorKind> {
        if local >= self.n_state {
            return Err(ErrorKind::Local(local));
        }
        if !matches!(op, Opcode::StoreFastN | Opcode::StoreFastMulti) {
            self.count = self.count.max(local + 1);
        }
        match op {
            Opcode::LoadDeref | Opcode::StoreDeref | Opcode::DeleteDeref
                if !self.is_cell(local) =>
            {
                Err(ErrorKind::NotCell(local))
            }
            Opcode::StoreFastN | Opcode::StoreFastMulti | Opcode::DeleteFast
                if self.is_cell(local) =>
            {
                Err(ErrorKind::CellOverwritten(local))
            }
            _ => Ok(()),
        }
    }
}
