//! What has to be known of a function's code: that every operand is in range, where jumps go, and, where that
//! matters, which of those places can be reached at all, as compilers leave dead code behind.

use super::Label;
use super::labels::{Collector, Labels};
use super::locals::Locals;
use super::plain::{Index, N_INDEXES, Plain, plain};
use crate::error::{Error, ErrorKind};
use crate::mpy::Mpy;
use crate::opcode::{Instr, Opcode, Operand, SmallInt, decode};
use crate::prelude::{Prelude, flags};

/// What a function's code may refer to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tables {
    pub(super) n_qstrs: u32,
    pub(super) n_constants: u32,
    pub(super) n_children: u32,
    /// Width of the small ints that the header states.
    pub(super) small_int_bits: u8,
}

impl Tables {
    /// Those of a module, for a function of so many children.
    pub(super) fn of(mpy: &Mpy<'_>, n_children: u32) -> Tables {
        Tables {
            n_qstrs: mpy.n_qstrs(),
            n_constants: mpy.n_constants(),
            n_children,
            small_int_bits: mpy.header().small_int_bits,
        }
    }
}

/// The operands of plain instructions that are certainly in range: those below a number that goes by what they count. Where
/// bytes count more than time, no instruction is plain.
pub(super) struct Allowed([u32; N_ALLOWED]);

const N_ALLOWED: usize = if cfg!(mpy_format_small) { 0 } else { N_INDEXES };

impl Allowed {
    fn set(&mut self, index: Index, below: u32) {
        if let Some(place) = self.0.get_mut(index as usize) {
            *place = below;
        }
    }

    /// Whatever the locals are: none of them may be used.
    #[cfg_attr(mpy_format_small, inline(always))]
    pub(super) fn of(tables: Tables) -> Allowed {
        const ONE_BYTE_BITS: u8 = 7;
        let mut allowed = Allowed([u32::MAX; N_ALLOWED]);
        if cfg!(mpy_format_small) {
            return allowed;
        }
        allowed.set(Index::Qstr, tables.n_qstrs);
        allowed.set(Index::Constant, tables.n_constants);
        for index in [Index::Load, Index::Store, Index::Cell, Index::Child] {
            allowed.set(index, 0);
        }
        if tables.small_int_bits < ONE_BYTE_BITS {
            allowed.set(Index::SmallInt, 0);
        }
        allowed
    }

    fn new(tables: Tables, locals: &Locals, n_state: u32) -> Allowed {
        let mut allowed = Allowed::of(tables);
        allowed.set(Index::Load, locals.count());
        allowed.set(Index::Store, locals.first_cell().min(n_state));
        allowed
    }

    /// The first so many locals, none of which is a cell.
    #[inline(always)]
    pub(super) fn set_locals(&mut self, count: u32) {
        self.set(Index::Load, count);
        self.set(Index::Store, count);
    }

    /// In code that is collected as it is walked: what is in range and can be passed over, too.
    pub(super) fn at_once(tables: Tables, locals: &Locals, n_state: u32) -> Allowed {
        let mut allowed = Allowed::new(tables, locals, n_state);
        allowed.count(locals);
        allowed
    }

    /// The same when more locals are counted.
    pub(super) fn count(&mut self, locals: &Locals) {
        self.set_locals(locals.count().min(locals.first_cell()));
    }

    /// In code that was collected: what can be passed over without a look at it.
    pub(super) fn in_walk(locals: &Locals) -> Allowed {
        let mut allowed = Allowed([u32::MAX; N_ALLOWED]);
        // Whoever makes a closure must know which of the values on top are cells.
        allowed.set(Index::Load, locals.first_cell());
        // Others may share their slot with operands.
        allowed.set(Index::Store, locals.count());
        allowed
    }

    #[inline(always)]
    pub(super) fn has(&self, plain: &Plain) -> bool {
        let below = self.0.get(plain.index as usize);
        below.is_some_and(|&below| plain.value < below)
    }
}

/// Decodes every instruction, checks its operand and gathers the jump targets.
pub(super) fn collect<'s>(
    code: &[u8],
    prelude: &Prelude<'_>,
    tables: Tables,
    locals: &mut Locals,
    labels: &'s mut [Label],
) -> Result<Labels<'s>, Error> {
    let mut collector = Collector::new(labels);
    let mut operands = Operands::new(prelude, tables);
    let mut allowed = Allowed::new(tables, locals, prelude.n_state);
    let mut at = prelude.opcodes_at;
    while at < prelude.code_end {
        if let Some(plain) = plain(code, at)
            && (allowed.has(&plain) || operands.has(&plain, locals))
        {
            at = plain.next;
            continue;
        }
        let instr = decode(code, at)?;
        operands
            .check(&instr, locals)
            .map_err(|kind| Error::new(at, kind))?;
        if let Some(target) = instr.target() {
            if target < prelude.opcodes_at {
                return Err(Error::new(at, ErrorKind::JumpOutside(target.into())));
            }
            collector.add(target);
        }
        allowed.set(Index::Load, locals.count());
        at = instr.next;
    }
    collector
        .finish()
        .map_err(|kind| Error::new(prelude.opcodes_at, kind))
}

/// Marks the labels that some way from the first instruction leads to, and no others.
///
/// Each stretch from a label to the next, or to where control ends, is looked at once; together they are no longer than the
/// code. Where they are, or where an instruction makes no sense, a label is not at the start of an instruction, which no
/// walk lets pass: none.
#[inline(never)]
pub(super) fn mark_live(code: &[u8], prelude: &Prelude<'_>, labels: &mut Labels<'_>) -> Option<()> {
    labels.forget();
    let first = prelude.opcodes_at;
    let mut left = prelude.code_end - first;
    let mut start = match labels.enliven(first) {
        true => labels.take_pending(),
        false => Some(first),
    };
    while let Some(mut at) = start {
        while at < prelude.code_end {
            let instr = decode(code, at).ok()?;
            left = left.checked_sub(instr.next - at)?;
            if let Some(target) = instr.target() {
                labels.enliven(target);
            }
            at = instr.next;
            if !instr.row.flow().falls_through() || labels.enliven(at) {
                break;
            }
        }
        start = labels.take_pending();
    }
    Some(())
}

/// The check of operands, each taken alone.
pub(super) struct Operands {
    pub(super) tables: Tables,
    /// Children are made in order and once each, so that whoever looks for the place that makes one finds it in one walk.
    next_child: u32,
    is_generator: bool,
}

impl Operands {
    pub(super) fn new(prelude: &Prelude<'_>, tables: Tables) -> Operands {
        Operands {
            tables,
            next_child: 0,
            is_generator: prelude.has(flags::GENERATOR),
        }
    }

    /// Whether a plain instruction's operand is certainly one that it may have. Otherwise [`check`](Self::check) says what is
    /// wrong.
    pub(super) fn has(&mut self, plain: &Plain, locals: &Locals) -> bool {
        let value = plain.value;
        match plain.index {
            Index::Cell => locals.is_cell(value),
            Index::Store => value < locals.count() && !locals.is_cell(value),
            Index::Child if self.next_child <= value && value < self.tables.n_children => {
                self.next_child = value + 1;
                true
            }
            _ => false,
        }
    }

    /// Whether an operand, taken alone, is one that the opcode may have in this function.
    pub(super) fn check(&mut self, instr: &Instr, locals: &mut Locals) -> Result<(), ErrorKind> {
        let value = instr.uint();
        match instr.row.operand() {
            Operand::Qstr if value >= self.tables.n_qstrs => {
                return Err(ErrorKind::QstrIndex(value));
            }
            Operand::Const if value >= self.tables.n_constants => {
                return Err(ErrorKind::ConstantIndex(value));
            }
            Operand::Local | Operand::MultiLocal => locals.check(instr.op, value)?,
            Operand::Child | Operand::ChildExtra => {
                if value >= self.tables.n_children {
                    return Err(ErrorKind::ChildIndex(value));
                }
                if value < self.next_child {
                    return Err(ErrorKind::ChildOrder(value));
                }
                self.next_child = value + 1;
            }
            Operand::SmallInt if !fits(instr.small_int(), self.tables.small_int_bits) => {
                return Err(ErrorKind::SmallIntRange);
            }
            _ => {}
        }
        if instr.row.has_two_counts() && value > 0xffff {
            return Err(ErrorKind::Operand(value));
        }
        match instr.op {
            // Stock MicroPython reads one byte here, and only 3 means a step.
            Opcode::BuildSlice if !(2..=3).contains(&value) || instr.next - instr.at != 2 => {
                Err(ErrorKind::Operand(value))
            }
            Opcode::StoreComp if value & 3 == 3 || value >> 2 > COLLECTION_DEPTH_MAX => {
                Err(ErrorKind::Operand(value))
            }
            Opcode::UnwindJump if instr.extra & UNWIND_COUNT == 0 => {
                Err(ErrorKind::Operand(instr.extra.into()))
            }
            Opcode::YieldValue | Opcode::YieldFrom if !self.is_generator => {
                Err(ErrorKind::YieldOutside)
            }
            _ => Ok(()),
        }
    }
}

/// Whether a value is a small int of so many bits.
fn fits(value: SmallInt, bits: u8) -> bool {
    let bits = u32::from(bits).min(SmallInt::BITS);
    bits > 0 && value >> (bits - 1) == value >> (SmallInt::BITS - 1)
}

/// How far below the top `STORE_COMP` may look for its collection: over the iterators of 255 nested loops. Looking takes time.
const COLLECTION_DEPTH_MAX: u32 = 4 * 255 + 2;

/// `UNWIND_JUMP`: how many handlers to leave.
pub(super) const UNWIND_COUNT: u8 = 0x7f;
