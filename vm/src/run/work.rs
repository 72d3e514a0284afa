//! Handlers whose work is a function: it gives the value to push, or raises. What comes before it and behind it is the same
//! for all of them, and in one place where bytes count.

use super::*;

/// What a handler does with its operand, or with its opcode where it has none. The frame's registers are saved, and its
/// temporary roots go afterwards.
///
/// It is never inlined: a local of its that lies in memory would keep the handler from leaving by a jump.
pub(super) type Work = unsafe fn(&mut Vm<'_>, usize, *mut Slot, *mut Frame) -> Res;

/// As many words as the operand says.
pub(super) const OPERAND: u8 = u8::MAX;

/// A work, and what becomes of the operand stack.
pub(super) struct Task {
    pub work: Work,
    /// Words that it takes off the operand stack; [`OPERAND`] is as many as the operand says.
    pub pops: u8,
    /// Words that it leaves there then, of which the first is what it gives, and the others are those that it has written.
    pub pushes: u8,
    /// Whether the instruction has an operand.
    pub operand: bool,
}

/// Does a task, and goes on behind the instruction.
///
/// # Safety
/// As for a [`Handler`], whose instruction has such an operand and such an effect on the stack.
#[cfg_attr(romfs_vm_small, inline(never))]
#[cfg_attr(not(romfs_vm_small), inline(always))]
pub(super) unsafe fn perform(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: Fp,
    task: &'static Task,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (n, next) = match task.operand {
            true => far_operand(ip),
            false => (*ip as usize, ip.add(1)),
        };
        let v = attempt!(vm, ip, sp, fp, (task.work)(vm.again(), n, sp, fp));
        let count = |words| match words {
            OPERAND => n,
            words => words as usize,
        };
        let base = sp.sub(count(task.pops));
        if task.pushes != 0 {
            *base = Some(v);
        }
        go!(vm, next, base.add(count(task.pushes)), fp)
    }
}

/// Does the work of an operator of two operands, which has no operand in the code, and goes on behind the instruction: fewer
/// instructions than by a task.
///
/// # Safety
/// As for a [`Handler`] of such an instruction.
#[cfg_attr(romfs_vm_small, inline(never))]
#[cfg_attr(not(romfs_vm_small), inline(always))]
pub(super) unsafe fn operate(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: Fp,
    work: Work,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let v = attempt!(vm, ip, sp, fp, work(vm.again(), *ip as usize, sp, fp));
        *sp.sub(2) = Some(v);
        go!(vm, ip.add(1), sp.sub(1), fp)
    }
}

/// A handler that is a task.
macro_rules! task {
    ($(#[$doc:meta])* $name:ident, $work:path, $pops:expr, $pushes:expr, $operand:expr) => {
        $(#[$doc])*
        #[inline(never)]
        pub(super) unsafe fn $name(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
            // SAFETY: invariant 2; the instruction is as the task says.
            unsafe {
                $crate::run::work::perform(vm, ip, sp, fp, &$crate::run::work::Task {
                    work: $work,
                    pops: $pops,
                    pushes: $pushes,
                    operand: $operand,
                })
            }
        }
    };
}

/// A handler that is the work of an operator of two operands.
macro_rules! operator {
    ($name:ident, $work:path) => {
        #[inline(never)]
        unsafe fn $name(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
            // SAFETY: invariant 2; the instruction is such an operator.
            unsafe { $crate::run::work::operate(vm, ip, sp, fp, $work) }
        }
    };
}

pub(super) use {operator, task};
