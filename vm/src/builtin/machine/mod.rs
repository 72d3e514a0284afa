//! `machine`: pins, signals, timers, memory, and what there is to know of the board. The board itself stands behind the
//! trait [`Machine`](crate::machine::Machine).

mod memory;
#[cfg(feature = "mod-machine")]
mod pin;
mod signal;
#[cfg(feature = "mod-machine")]
mod timer;

use crate::machine::{Machine, ResetCause};
use crate::native::{Args, Item, Member, ModuleDef, Res, func, member};
use crate::object::exception as types;
use crate::q;
use crate::stream::errno;
use crate::value::Value;
use crate::vm::Vm;

#[cfg(feature = "mod-machine")]
const fn cause(name: crate::qstr::Qstr, cause: ResetCause) -> Member {
    member(name, Item::Int(number_of(cause)))
}

/// The module.
pub(super) static MACHINE: ModuleDef = ModuleDef::new(
    q!("machine"),
    &[
        #[cfg(feature = "mod-machine")]
        func(q!("unique_id"), 0, 0, |vm, _| {
            let mut id = [0; 32];
            let bytes = board(vm)?.unique_id();
            let n = bytes.len().min(id.len());
            id[..n].copy_from_slice(&bytes[..n]);
            vm.new_bytes(&id[..n])
        }),
        #[cfg(feature = "mod-machine")]
        func(q!("freq"), 0, 1, frequency),
        func(q!("reset"), 0, 0, |vm, _| restart(vm, ResetCause::Hard)),
        #[cfg(feature = "mod-machine")]
        func(q!("soft_reset"), 0, 0, |vm, _| {
            restart(vm, ResetCause::Soft)
        }),
        func(q!("reset_cause"), 0, 0, |vm, _| {
            let cause = board(vm)?.reset_cause();
            Ok(Value::small(number_of(cause)))
        }),
        func(q!("idle"), 0, 0, |vm, _| {
            vm.wait_us(1000)?;
            Ok(Value::NONE)
        }),
        #[cfg(feature = "mod-machine")]
        cause(q!("PWRON_RESET"), ResetCause::PowerOn),
        #[cfg(feature = "mod-machine")]
        cause(q!("HARD_RESET"), ResetCause::Hard),
        #[cfg(feature = "mod-machine")]
        cause(q!("WDT_RESET"), ResetCause::Watchdog),
        #[cfg(feature = "mod-machine")]
        cause(q!("DEEPSLEEP_RESET"), ResetCause::DeepSleep),
        #[cfg(feature = "mod-machine")]
        cause(q!("SOFT_RESET"), ResetCause::Soft),
        member(q!("PinBase"), Item::Type(&signal::PIN_BASE)),
        #[cfg(feature = "mod-machine")]
        member(q!("Pin"), Item::Type(&pin::PIN)),
        member(q!("Signal"), Item::Type(&signal::SIGNAL)),
        #[cfg(feature = "mod-machine")]
        member(q!("Timer"), Item::Type(&timer::TIMER)),
        member(q!("mem8"), Item::Get(|_, _| Ok(memory::MEM8.value()))),
        member(q!("mem16"), Item::Get(|_, _| Ok(memory::MEM16.value()))),
        member(q!("mem32"), Item::Get(|_, _| Ok(memory::MEM32.value()))),
    ],
);

const fn number_of(cause: ResetCause) -> isize {
    match cause {
        ResetCause::PowerOn => 1,
        ResetCause::Hard => 2,
        ResetCause::Watchdog => 3,
        ResetCause::DeepSleep => 4,
        ResetCause::Soft => 5,
    }
}

/// The board, or `OSError(ENODEV)` where there is none.
fn board<'v>(vm: &'v mut Vm<'_>) -> Res<&'v mut dyn Machine> {
    if vm.host.machine().is_none() {
        return Err(vm.os_error(errno::ENODEV));
    }
    match vm.host.machine() {
        Some(board) => Ok(board),
        None => unreachable!("a host keeps its machine"),
    }
}

/// `freq()`, `freq(hertz)`
#[cfg(feature = "mod-machine")]
fn frequency(vm: &mut Vm<'_>, args: Args) -> Res {
    let Some(hertz) = args.get(0) else {
        let hertz = board(vm)?.frequency();
        return vm.new_int(hertz.into());
    };
    let hertz = vm.as_index(hertz)?;
    let taken = match u32::try_from(hertz) {
        Ok(hertz) => board(vm)?.set_frequency(hertz),
        Err(_) => false,
    };
    match taken {
        true => Ok(Value::NONE),
        false => Err(vm.value_error(msg!("cannot change frequency"))),
    }
}

/// Starts the board anew; where it does not go at once, the program ends.
fn restart(vm: &mut Vm<'_>, cause: ResetCause) -> Res {
    board(vm)?.reset(cause);
    Err(vm.error_bare(&types::SYSTEM_EXIT))
}
