//! Modules that are changed by structure and mostly stay sound, run in a VM: whatever they do, nothing but a Python exception
//! may come of it. The build is `checked`: each instruction is compared with its frame before it runs.
//!
//! A seed is a module that mpy-cross made. A change replaces an opcode by one with the same operand and the same effect on the
//! stack, or an index by another below its limit, so that most changes get past the verifier; now and then libFuzzer's own
//! mutations have their turn.
#![no_main]

#[path = "../../../vm/mpy/tests/support/mod.rs"]
mod support;
mod tally;

use std::cell::RefCell;
use std::mem::MaybeUninit;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use mpy_format::opcode::{Flow, Info, Instr, Opcode, Operand, decode};
use mpy_format::{Mpy, RawCode};
use romfs_vm::vm::{Host, Limits, Vm};
use support::exercise::{Memory, verified};
use support::machine::Dice;

static TALLY: tally::Tally = tally::Tally::new();

/// Bytes of a VM: heap and value stack. Products of integers that fill it take their time, so it is no larger than the seeds need.
const MEMORY: usize = 96 * 1024;

/// Tries to change a module so that the verifier still takes it; then it is given what it does not take.
const TRIES: u32 = 4;

thread_local! {
    static SCRATCH: RefCell<Memory> = const { RefCell::new(Memory::new()) };
}

/// A console that nobody reads, and a clock that only goes on when it is looked at.
struct Silent(u64);

impl Host for Silent {
    fn write(&mut self, _: &[u8]) {}

    fn ticks_us(&mut self) -> u64 {
        self.0 += 1000;
        self.0
    }

    fn sleep_us(&mut self, us: u64) {
        self.0 = self.0.saturating_add(us);
    }
}

fuzz_target!(|module: &[u8]| {
    let accepted = is_verified(module);
    TALLY.count(accepted);
    if accepted {
        run(module);
    }
});

fn is_verified(module: &[u8]) -> bool {
    SCRATCH
        .with_borrow_mut(|memory| verified(module, memory))
        .is_ok()
}

fn run(module: &[u8]) {
    let mut memory = vec![MaybeUninit::uninit(); MEMORY];
    if std::env::var_os("ROMFS_FUZZ_CANARY").is_some() {
        // One byte past the end: the sanitizer has to see it, or it is not on.
        let past = memory.as_ptr().wrapping_add(std::hint::black_box(MEMORY));
        // SAFETY: there is none; that is the point.
        std::hint::black_box(unsafe { past.cast::<u8>().read_volatile() });
    }
    let limits = Limits {
        stack: 16 * 1024,
        native_depth: 10,
        nesting: 20,
        steps: 4000,
    };
    let mut host = Silent(0);
    let mut vm = Vm::new(&mut memory, limits, &mut host).expect("enough memory");
    if let Err(raised) = vm.run_bytes(module) {
        let exception = vm.take_raised(raised);
        vm.describe(exception);
    }
    vm.collect();
    vm.check_heap().expect("the heap is whole");
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut dice = Dice(u64::from(seed) << 17 | 0x2545_f491_4f6c_dd1d);
    if dice.roll(50) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let before = data[..size].to_vec();
    for _ in 0..TRIES {
        data[..size].copy_from_slice(&before);
        for _ in 0..=dice.roll(3) {
            change(&mut data[..size], &mut dice);
        }
        if is_verified(&data[..size]) {
            break;
        }
    }
    size
});

/// Changes one instruction. A file that is not sound stays as it is.
fn change(file: &mut [u8], dice: &mut Dice) -> Option<()> {
    let (at, instr, below) = {
        let mpy = Mpy::open(file).ok()?;
        let mut functions = Vec::new();
        collect(mpy.module().ok()?, &mut functions);
        let raw = *functions.get(dice.roll(functions.len() as u64) as usize)?;
        let places = instructions(&raw)?;
        let (at, instr) = *places.get(dice.roll(places.len().max(1) as u64) as usize)?;
        let below = Below {
            qstrs: mpy.n_qstrs(),
            constants: mpy.n_constants(),
            children: raw.n_children,
            state: raw.prelude().ok()??.n_state,
        };
        (at, instr, below)
    };
    let info = instr.info();
    if dice.roll(2) == 0 {
        if let Some(other) = like(&info, dice) {
            let within = dice.roll(u64::from(other.op.count())) as u8;
            file[at] = other.value() + within;
        }
        return Some(());
    }
    let limit = match info.operand {
        Operand::Qstr => below.qstrs,
        Operand::Const => below.constants,
        Operand::Child | Operand::ChildExtra => below.children,
        Operand::Local => below.state,
        Operand::Uint | Operand::SmallInt => 8,
        Operand::Label | Operand::SignedLabel => 0x7f,
        Operand::MultiLocal | Operand::MultiSmallInt | Operand::MultiOperator => {
            file[at] = info.value() + dice.roll(u64::from(info.op.count())) as u8;
            return Some(());
        }
        Operand::None | Operand::SignedLabelExtra => return None,
    };
    // One byte only: the instruction keeps its length.
    if file[at + 1] < 0x80 && limit > 0 {
        file[at + 1] = dice.roll(u64::from(limit.min(0x7f))) as u8;
    }
    Some(())
}

/// What the indices of a function's instructions have to be below.
struct Below {
    qstrs: u32,
    constants: u32,
    children: u32,
    state: u32,
}

/// An opcode with the same operand, effect and flow.
fn like(info: &Info, dice: &mut Dice) -> Option<Info> {
    if info.flow == Flow::Return {
        return None;
    }
    let mut rows: Vec<Info> = Opcode::TABLE.iter().flatten().copied().collect();
    rows.dedup_by_key(|row| row.op);
    rows.retain(|row| {
        row.operand == info.operand && row.effect == info.effect && row.flow == info.flow
    });
    rows.get(dice.roll(rows.len().max(1) as u64) as usize)
        .copied()
}

fn collect<'a>(raw: RawCode<'a>, into: &mut Vec<RawCode<'a>>) {
    into.push(raw);
    for child in raw.children().flatten() {
        collect(child, into);
    }
}

/// The instructions of a function, with where they lie in the file.
fn instructions(raw: &RawCode<'_>) -> Option<Vec<(usize, Instr)>> {
    let prelude = raw.prelude().ok()??;
    let code = prelude.opcodes();
    let start = raw.code_end as usize - code.len();
    let mut at = 0;
    let mut found = Vec::new();
    while (at as usize) < code.len() {
        let instr = decode(code, at).ok()?;
        found.push((start + at as usize, instr));
        at = instr.next;
    }
    Some(found)
}
