//! What has to be known of a function's code: that every operand is in range, where jumps go, and, where that
//! matters, which of those places can be reached at all, as compilers leave dead code behind.

use super::Label;
use super::labels::{Collector, Labels};
use super::locals::Locals;
use super::plain::{Index, N_INDEXES, Plain, plain};
use crate::error::{Error, ErrorKind};
use crate::mpy::Mpy;
use crate::opcode::{Arg, Instr, Opcode, Operand, decode};
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

/// The operands of plain instructions that are certainly in range: those below a number that goes by what they count.
pub(super) struct Allowed([u32; N_INDEXES]);

impl Allowed {
    /// Where bytes count more than time, no instruction is plain.
    const NONE: Allowed = Allowed([0; N_INDEXES]);

    /// Whatever the locals are: none of them may be used.
    pub(super) fn of(tables: Tables) -> Allowed {
        const ONE_BYTE_BITS: u8 = 7;
        if cfg!(mpy_format_small) {
            return Allowed::NONE;
        }
        let mut below = [u32::MAX; N_INDEXES];
        below[Index::Qstr as usize] = tables.n_qstrs;
        below[Index::Constant as usize] = tables.n_constants;
        below[Index::Load as usize] = 0;
        below[Index::Store as usize] = 0;
        below[Index::Cell as usize] = 0;
        below[Index::Child as usize] = 0;
        if tables.small_int_bits < ONE_BYTE_BITS {
            below[Index::SmallInt as usize] = 0;
        }
        Allowed(below)
    }

    fn new(tables: Tables, locals: &Locals, n_state: u32) -> Allowed {
        let mut allowed = Allowed::of(tables);
        if !cfg!(mpy_format_small) {
            allowed.0[Index::Load as usize] = locals.count();
            allowed.0[Index::Store as usize] = locals.first_cell().min(n_state);
        }
        allowed
    }

    /// The first so many locals, none of which is a cell.
    #[inline(always)]
    pub(super) fn set_locals(&mut self, count: u32) {
        self.0[Index::Load as usize] = count;
        self.0[Index::Store as usize] = count;
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
        if cfg!(mpy_format_small) {
            return Allowed::NONE;
        }
        let mut below = [u32::MAX; N_INDEXES];
        // Whoever makes a closure must know which of the values on top are cells.
        below[Index::Load as usize] = locals.first_cell();
        // Others may share their slot with operands.
        below[Index::Store as usize] = locals.count();
        Allowed(below)
    }

    #[inline(always)]
    pub(super) fn has(&self, plain: &Plain) -> bool {
        plain.value < self.0[plain.index as usize]
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
        allowed.0[Index::Load as usize] = locals.count();
        at = instr.next;
    }
    collector
        .finish()
        .map_err(|kind| Error::new(prelude.opcodes_at, kind))
}

/// Marks the labels that some way from the first instruction leads to, and no others; says whether there are others.
///
/// Each stretch from a label to the next, or to where control ends, is looked at once; together they are no longer than the
/// code. Where they are, or where an instruction makes no sense, a label is not at the start of an instruction, and the
/// walk refuses it.
pub(super) fn mark_live(code: &[u8], prelude: &Prelude<'_>, labels: &mut Labels<'_>) -> bool {
    labels.forget();
    follow(code, prelude, labels);
    labels.has_dead()
}

/// Follows every way from the first instruction.
fn follow(code: &[u8], prelude: &Prelude<'_>, labels: &mut Labels<'_>) {
    let mut left = prelude.code_end - prelude.opcodes_at;
    let mut start = Some(prelude.opcodes_at);
    while let Some(mut at) = start {
        let mut label = labels.first_from(at);
        let mut is_start = true;
        while at < prelude.code_end {
            while labels.place(label).is_some_and(|place| place < at) {
                label += 1;
            }
            let seen = labels.place(label) == Some(at) && !labels.enliven(label);
            if seen && !is_start {
                break;
            }
            is_start = false;
            let stop = labels
                .place(label)
                .map_or(prelude.code_end, |place| match place {
                    // Its own instruction is the first of the stretch.
                    place if place == at => labels.place(label + 1).unwrap_or(prelude.code_end),
                    place => place,
                });
            let mut next = at;
            while next < stop.min(prelude.code_end)
                && let Some(plain) = plain(code, next).filter(|plain| plain.straight().is_some())
            {
                next = plain.next;
            }
            let (next, falls_through) = match next > at {
                true => (next, true),
                false => {
                    let Ok(instr) = decode(code, at) else { return };
                    if let Some(target) = instr.target() {
                        labels.enliven_target(target);
                    }
                    (instr.next, instr.info().flow.falls_through())
                }
            };
            match left.checked_sub(next - at) {
                Some(rest) => left = rest,
                None => return,
            }
            if !falls_through {
                break;
            }
            at = next;
        }
        start = labels.take_pending();
    }
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
        match instr.info().operand {
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
            Operand::SmallInt => {
                if let Arg::Int(value) = instr.arg
                    && !fits(value, self.tables.small_int_bits)
                {
                    return Err(ErrorKind::SmallIntRange);
                }
            }
            _ => {}
        }
        match instr.op {
            // Stock MicroPython reads one byte here, and only 3 means a step.
            Opcode::BuildSlice if !(2..=3).contains(&value) || instr.next - instr.at != 2 => {
                Err(ErrorKind::Operand(value))
            }
            Opcode::StoreComp if value & 3 == 3 || value >> 2 > COLLECTION_DEPTH_MAX => {
                Err(ErrorKind::Operand(value))
            }
            Opcode::UnpackEx | Opcode::CallFunction | Opcode::CallMethod if value > 0xffff => {
                Err(ErrorKind::Operand(value))
            }
            Opcode::CallFunctionVarKw | Opcode::CallMethodVarKw if value > 0xffff => {
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
fn fits(value: i64, bits: u8) -> bool {
    match bits {
        0 => false,
        64.. => true,
        _ => value >> (bits - 1) == value >> 63,
    }
}

/// How far below the top `STORE_COMP` may look for its collection: over the iterators of 255 nested loops. Looking takes time.
const COLLECTION_DEPTH_MAX: u32 = 4 * 255 + 2;

/// `UNWIND_JUMP`: how many handlers to leave.
pub(super) const UNWIND_COUNT: u8 = 0x7f;
