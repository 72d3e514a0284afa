//! `micropython`: what a program may ask of the VM itself.

use crate::builtin::ringio;
use crate::code::Code;
use crate::message::Part;
use crate::native::{Item, ModuleDef, Res, Sink, func, func_0_1, func_1, func_2, member};
use crate::object::function::Function;
use crate::q;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// The module.
pub(super) static MICROPYTHON: ModuleDef = ModuleDef::new(
    q!("micropython"),
    &[
        member(q!("__name__"), Item::Str(q!("micropython"))),
        func_1(q!("const"), |_, v| Ok(v)),
        #[cfg(feature = "functions")]
        func_0_1(q!("opt_level"), opt_level),
        // Room for an exception of an interrupt's handler: here handlers run between instructions, with the heap.
        #[cfg(feature = "functions")]
        func_1(q!("alloc_emergency_exception_buf"), |vm, size| {
            vm.as_index(size)?;
            Ok(Value::NONE)
        }),
        #[cfg(feature = "functions")]
        func(q!("mem_total"), 0, 0, |vm, _| {
            vm.new_int(vm.heap.total_bytes() as i64)
        }),
        #[cfg(feature = "functions")]
        func(q!("mem_current"), 0, 0, |vm, _| {
            vm.new_int(vm.heap.used_bytes() as i64)
        }),
        #[cfg(feature = "functions")]
        func(q!("mem_peak"), 0, 0, |vm, _| {
            vm.new_int(vm.heap.peak_bytes() as i64)
        }),
        #[cfg(feature = "help")]
        func_0_1(q!("mem_info"), mem_info),
        #[cfg(feature = "help")]
        func_0_1(q!("qstr_info"), qstr_info),
        #[cfg(feature = "help")]
        func(q!("stack_use"), 0, 0, |vm, _| {
            vm.new_int(vm.stack_used() as i64)
        }),
        #[cfg(feature = "functions")]
        func(q!("heap_lock"), 0, 0, |vm, _| {
            vm.load_own_constants()?;
            vm.heap.lock();
            Ok(Value::NONE)
        }),
        #[cfg(feature = "functions")]
        func(q!("heap_unlock"), 0, 0, |vm, _| {
            Ok(Value::small(vm.heap.unlock() as isize))
        }),
        #[cfg(feature = "functions")]
        func_1(q!("kbd_intr"), |vm, byte| {
            vm.interrupt_byte = vm.as_index(byte)?.try_into().ok();
            Ok(Value::NONE)
        }),
        func_2(q!("schedule"), |vm, f, arg| {
            vm.schedule(f, arg)?;
            Ok(Value::NONE)
        }),
        #[cfg(feature = "files")]
        member(q!("RingIO"), Item::Type(&ringio::RING_IO)),
    ],
);

/// The level is the compiler's: it is kept for who asks.
fn opt_level(vm: &mut Vm<'_>, level: Slot) -> Res {
    match level {
        Some(level) => {
            vm.opt_level = vm.as_index(level)?.clamp(0, 3) as u8;
            Ok(Value::NONE)
        }
        None => Ok(Value::small(vm.opt_level as isize)),
    }
}

fn mem_info(vm: &mut Vm<'_>, verbose: Slot) -> Res {
    let (total, used, peak) = (
        vm.heap.total_bytes(),
        vm.heap.used_bytes(),
        vm.heap.peak_bytes(),
    );
    let (stack, room) = (vm.stack_used(), vm.limits.stack);
    let free = vm.heap.free_bytes();
    let figures = [
        Part::count(total as usize),
        Part::count(used),
        Part::count(peak),
        Part::count(stack),
        Part::count(room),
    ];
    vm.write_with(
        Sink::Console,
        msg!("mem: total=%, current=%, peak=%\nstack: % out of %\n"),
        &figures,
    )?;
    vm.write_with(
        Sink::Console,
        msg!("GC: total: %, used: %, free: %\n"),
        &[
            Part::count(used + free),
            Part::count(used),
            Part::count(free),
        ],
    )?;
    if verbose.is_some() {
        let collections = [Part::count(vm.heap.collections as usize)];
        vm.write_with(
            Sink::Console,
            msg!(" No. of collections: %\n"),
            &collections,
        )?;
    }
    Ok(Value::NONE)
}

fn qstr_info(vm: &mut Vm<'_>, verbose: Slot) -> Res {
    let (names, bytes) = vm.intern.figures();
    vm.write_with(
        Sink::Console,
        msg!("qstr pool: n_pool=1, n_qstr=%, n_str_data_bytes=%\n"),
        &[Part::count(names), Part::count(bytes)],
    )?;
    if verbose.is_some() {
        let first = vm.intern.first_dynamic();
        for i in 0..names {
            let name = crate::qstr::Qstr(first + i as u16);
            vm.write_with(Sink::Console, msg!("Q(%)\n"), &[Part::Name(name)])?;
        }
    }
    Ok(Value::NONE)
}

impl Vm<'_> {
    /// Makes the objects of the running module's constants, so that loading them needs no memory later.
    fn load_own_constants(&mut self) -> Res<()> {
        if self.frame.is_null() || self.heap.is_locked() {
            return Ok(());
        }
        // SAFETY: invariant 3; the running frame is whole, and its function keeps the code.
        let code = unsafe { self.cell::<Function>((*self.frame).fun).code };
        for i in 0..self.cell::<Code>(code).n_const as usize {
            let mark = self.mark();
            if self.cell::<Code>(code).constant_made(i).is_none() {
                self.load_constant(code, i)?;
            }
            self.release(mark);
        }
        Ok(())
    }

    /// Bytes of the value stack in use.
    pub fn stack_used(&self) -> usize {
        self.top.addr() - self.stack.addr()
    }

    /// The byte that interrupts the program when the console receives it, if any does.
    pub fn interrupt_byte(&self) -> Option<u8> {
        self.interrupt_byte
    }
}
