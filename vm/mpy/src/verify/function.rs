//! One function's code: whether a count is enough for it, one walk, or more.
//!
//! The walk (`walk`) checks operands and gathers jump targets as it goes, and takes for the target of a jump back what is
//! likely one: a `FOR_ITER`, and what follows a jump. What is well then is well. For the rest, jump targets and operands
//! are looked at before (`scan`), and the walk is done again; a function that is refused so is walked once more, without
//! what no way leads to.

use super::labels::Labels;
use super::locals::Locals;
use super::plain::straight;
use super::scan::{Allowed, Operands, Tables, collect, mark_live};
use super::stack::Count;
use super::walk::walk;
use super::{Function, Limits, Scratch};
use crate::error::Error;
use crate::opcode::Opcode;
use crate::prelude::Prelude;

/// One function's code, and what it is measured by.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    /// Where the function starts.
    pub(super) at: u32,
    /// The file up to the code's end.
    pub(super) code: &'a [u8],
    pub(super) prelude: &'a Prelude<'a>,
    /// So many values are closed over.
    pub(super) n_closed: u32,
    pub(super) tables: Tables,
    pub(super) limits: &'a Limits,
}

/// Verifies one function's code. `allowed` is what operands may be that do not go by the function.
#[inline(always)]
pub(super) fn verify_code(
    subject: Subject<'_>,
    allowed: &mut Allowed,
    scratch: &mut Scratch<'_>,
) -> Result<Function, Error> {
    // Where bytes count more than time, there is only the other way.
    if !cfg!(mpy_format_small)
        && let Some(found) =
            without_walk(&subject, allowed, scratch).or_else(|| at_once(&subject, scratch))
    {
        debug_assert_eq!(Ok(found), collected(&subject, scratch));
        return Ok(found);
    }
    collected(&subject, scratch)
}

/// Verifies code that is straight from its first instruction to the one return at its end, as that of most methods is, and
/// has no more locals than arguments, none of them a cell: nothing but a count is needed for it.
#[inline(always)]
fn without_walk(
    subject: &Subject<'_>,
    allowed: &mut Allowed,
    scratch: &Scratch<'_>,
) -> Option<Function> {
    let &Subject { code, prelude, .. } = subject;
    if subject.n_closed > 0 || prelude.n_cell > 0 || scratch.nodes.is_empty() {
        return None;
    }
    let n_locals = prelude.n_arg_slots();
    allowed.set_locals(n_locals);
    let mut count = Count::new(prelude.n_state.min(subject.limits.state_slots));
    let mut at = prelude.opcodes_at;
    while let Some((plain, pops, pushes)) = straight(code, at)
        && let Some(above) = count.after(pops, pushes)
        && allowed.has(&plain)
    {
        count.set(above);
        at = plain.next;
    }
    let is_end = at + 1 == prelude.code_end
        && code.get(at as usize) == Some(&(Opcode::ReturnValue as u8))
        && count.after(1, 0).is_some();
    let max_stack = count.most();
    (is_end && n_locals + max_stack <= prelude.n_state).then_some(Function {
        at: subject.at,
        n_state: prelude.n_state,
        n_locals,
        max_stack,
        n_closed: 0,
        n_labels: 0,
        n_nodes: 1,
    })
}

/// Verifies code in one walk, if that can be.
#[inline(always)]
fn at_once(subject: &Subject<'_>, scratch: &mut Scratch<'_>) -> Option<Function> {
    let locals = &mut Locals::new(subject.prelude);
    locals.add_cells(subject.prelude, subject.n_closed).ok()?;
    let mut labels = Labels::none(scratch.labels);
    let operands = &mut Operands::new(subject.prelude, subject.tables);
    let taken = walk(subject, locals, &mut labels, Some(operands), scratch.nodes).ok()?;
    let is_certain = labels.are_certain();
    is_certain.then(|| found(subject, locals, &labels, taken))
}

/// Verifies code whose operands and jump targets are looked at before.
#[cfg_attr(not(mpy_format_small), inline(never))]
fn collected(subject: &Subject<'_>, scratch: &mut Scratch<'_>) -> Result<Function, Error> {
    let &Subject { code, prelude, .. } = subject;
    let locals = &mut Locals::new(prelude);
    locals.add_cells(prelude, subject.n_closed)?;
    let mut labels = collect(code, prelude, subject.tables, locals, scratch.labels)?;
    // As if every label could be reached, which in nearly all code they can; what is well even then is well.
    let taken = match walk(subject, locals, &mut labels, None, scratch.nodes) {
        Err(error) => {
            mark_live(code, prelude, &mut labels).ok_or(error)?;
            walk(subject, locals, &mut labels, None, scratch.nodes)?
        }
        Ok(taken) => taken,
    };
    Ok(found(subject, locals, &labels, taken))
}

/// What was found out; of the walk, slots of the stack and nodes.
fn found(
    subject: &Subject<'_>,
    locals: &Locals,
    labels: &Labels<'_>,
    (max_stack, n_nodes): (u32, u32),
) -> Function {
    Function {
        at: subject.at,
        n_state: subject.prelude.n_state,
        n_locals: locals.count(),
        max_stack,
        n_closed: subject.n_closed,
        n_labels: labels.n_jumps(),
        n_nodes,
    }
}
