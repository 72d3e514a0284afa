//! The `checked` build: each instruction is compared with its frame and module before it runs. What the verifier proved
//! once is asserted here every time, so a wrong proof or a handler that breaks the stack shows where it happens.

use mpy_format::opcode::{Arg, Opcode, Operand, decode};

use super::{Frame, Slot, Vm, code};
use crate::code::prelude;
use crate::object::function::Function;

/// Asserts that the instruction at `ip` may run.
///
/// # Safety
/// `fp` is a whole frame.
pub(crate) unsafe fn check(vm: &Vm<'_>, ip: *const u8, sp: *mut Slot, fp: *mut Frame) {
    // SAFETY: invariants 2 and 3; the frame is whole, and its function keeps its code.
    unsafe {
        assert_eq!(vm.frame, fp, "the frame that runs");
        let code = code(fp);
        let fun = (*fp).fun.ptr::<Function>();
        let p = prelude(code.bytes(), (*fun).header.len);
        let at = ip.offset_from(code.base);
        assert!(at >= p.start as isize && at < p.end as isize, "ip inside");
        let body = &code.bytes()[p.start as usize..p.end as usize];
        let instr = decode(body, at as u32 - p.start).expect("an instruction");

        check_place(vm, fp);
        let depth = sp.offset_from(Frame::state(fp));
        let locals = Function::count_locals((*fp).fun) as isize;
        let (pops, pushes) = instr.stack_effect();
        let after = depth - pops as isize;
        let room = (*fp).n_state as isize - locals;
        assert!(after >= 0, "{instr:?} pops {pops} of {depth}");
        assert!(after + pushes as isize <= room, "{instr:?} overflows");

        let Arg::Uint(n) = instr.arg() else { return };
        let limit = match instr.info().operand {
            Operand::Qstr => code.n_qstr as u32,
            Operand::Const => code.n_const as u32,
            Operand::Local | Operand::MultiLocal
                if matches!(instr.op, Opcode::StoreFastN | Opcode::StoreFastMulti) =>
            {
                (*fp).n_state as u32
            }
            Operand::Local | Operand::MultiLocal => locals as u32,
            Operand::Child | Operand::ChildExtra => {
                crate::code::count_children(code.bytes(), (*fun).header.len)
            }
            _ => return,
        };
        assert!(n < limit, "{instr:?} of {limit}");
    }
}

/// Asserts that a frame lies where frames lie.
unsafe fn check_place(vm: &Vm<'_>, fp: *mut Frame) {
    // SAFETY: as for `check`.
    unsafe {
        assert!((*fp).handlers <= (*fp).handlers_max, "handlers");
        let (start, end) = (Frame::state(fp), Frame::end(fp));
        match (*fp).owner {
            None => assert!(
                start >= vm.stack && end <= vm.top && vm.top <= vm.stack_end,
                "on the stack"
            ),
            Some(generator) => assert!(
                vm.heap.contains(generator.bits()) && vm.heap.contains(end.addr() - 1),
                "in a generator"
            ),
        }
    }
}
