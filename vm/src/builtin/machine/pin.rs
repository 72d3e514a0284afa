//! `machine.Pin` over the board's pins.

use super::board;
use super::signal::PIN_BASE;
use crate::machine::{PinMode, PinName, Pull};
use crate::message::Part;
use crate::native::{ANY, Args, Item, Res, TypeDef, TypeSpec, func, func_kw, member};
use crate::q;
use crate::type_def;
use crate::value::Value;
use crate::vm::Vm;

/// `Pin(id, mode=-1, pull=-1, *, value=None)`
pub(super) static PIN: TypeDef = type_def!(TypeSpec {
    parent: Some(&PIN_BASE),
    make_new: Some(make_new),
    arity: (1, ANY),
    print: Some(|vm, v, sink, _| {
        let number = field(vm, v, NUMBER);
        vm.write_with(sink, msg!("Pin(%)"), &[Part::Int(number)])
    }),
    call: Some(|vm, v, args| value(vm, v, args.get(0))),
    members: &[
        func_kw(q!("init"), 1, 3, |vm, args| {
            let v = receiver(vm, args)?;
            set_up(vm, v, args.skip(1))?;
            Ok(Value::NONE)
        }),
        func(q!("value"), 1, 2, |vm, args| {
            let v = receiver(vm, args)?;
            value(vm, v, args.get(1))
        }),
        func(q!("on"), 1, 1, |vm, args| drive(vm, args, |_| true)),
        func(q!("off"), 1, 1, |vm, args| drive(vm, args, |_| false)),
        func(q!("high"), 1, 1, |vm, args| drive(vm, args, |_| true)),
        func(q!("low"), 1, 1, |vm, args| drive(vm, args, |_| false)),
        func(q!("toggle"), 1, 1, |vm, args| drive(vm, args, |high| !high)),
        func(q!("mode"), 1, 2, |vm, args| again(vm, args, MODE)),
        func(q!("pull"), 1, 2, |vm, args| again(vm, args, PULL)),
        member(q!("IN"), Item::Int(PinMode::Input as isize)),
        member(q!("OUT"), Item::Int(PinMode::Output as isize)),
        member(q!("OPEN_DRAIN"), Item::Int(PinMode::OpenDrain as isize)),
        member(q!("PULL_UP"), Item::Int(Pull::Up as isize)),
        member(q!("PULL_DOWN"), Item::Int(Pull::Down as isize)),
    ],
    ..TypeSpec::new(q!("Pin"))
});

/// Slots of a pin: the board's number, mode and pull as numbers.
const NUMBER: usize = 1;
const MODE: usize = 2;
const PULL: usize = 3;

fn field(vm: &Vm<'_>, v: Value, i: usize) -> isize {
    vm.slot_int(v, i)
}

/// The pin that a method is called on.
fn receiver(vm: &mut Vm<'_>, args: Args) -> Res {
    let v = vm.native_part(args.at(0));
    vm.check_object(v, &PIN)?;
    Ok(v)
}

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let name = args.at(0);
    if vm.is_object(name, &PIN) {
        set_up(vm, name, args.skip(1))?;
        return Ok(name);
    }
    let Some(number) = find(vm, name)? else {
        return Err(vm.value_error(msg!("invalid pin")));
    };
    let zero = Value::small(0);
    let fields = [Value::small(number as isize), zero, zero];
    let v = vm.new_object(PIN.value(), &fields)?;
    set_up(vm, v, args.skip(1))?;
    Ok(v)
}

/// The board's number of a pin that a program names by number or text.
fn find(vm: &mut Vm<'_>, name: Value) -> Res<Option<u16>> {
    let mut copy = [0; 32];
    let mut len = None;
    if let Some(text) = vm.str_bytes(name) {
        let Some(room) = copy.get_mut(..text.len()) else {
            return Ok(None);
        };
        room.copy_from_slice(text);
        len = Some(text.len());
    }
    let name = match len {
        Some(len) => PinName::Text(core::str::from_utf8(&copy[..len]).unwrap_or("")),
        None => match usize::try_from(vm.as_index(name)?) {
            Ok(number) => PinName::Number(number),
            Err(_) => return Ok(None),
        },
    };
    Ok(board(vm)?.find_pin(name))
}

/// Mode, pull and value of a constructor or of `init`; those that are not given stay as they are.
fn set_up(vm: &mut Vm<'_>, v: Value, args: Args) -> Res<()> {
    args.check_keywords(
        vm,
        &[q!("mode"), q!("pull"), q!("value"), q!("drive"), q!("alt")],
    )?;
    let mut changed = false;
    for (i, slot, name) in [(0, MODE, q!("mode")), (1, PULL, q!("pull"))] {
        let Some(given) = args.get_or_kw(i, name) else {
            continue;
        };
        // `None` is no pull; -1 leaves all as it is.
        let n = match given {
            Value::NONE => 0,
            given => vm.as_index(given)?,
        };
        if n >= 0 {
            vm.set_slot(v, slot, Some(Value::small(n)));
            changed = true;
        }
    }
    // The level comes first, so that an output begins with it.
    if let Some(level) = args.kw(q!("value")).filter(|&level| level != Value::NONE) {
        let high = vm.truth(level)?;
        let number = field(vm, v, NUMBER) as u16;
        board(vm)?.write_pin(number, high);
    }
    if changed {
        apply(vm, v)?;
    }
    Ok(())
}

/// Tells the board mode and pull of a pin.
fn apply(vm: &mut Vm<'_>, v: Value) -> Res<()> {
    let mode = match field(vm, v, MODE) {
        0 => Some(PinMode::Input),
        1 => Some(PinMode::Output),
        2 => Some(PinMode::OpenDrain),
        _ => None,
    };
    let pull = match field(vm, v, PULL) {
        0 => Some(Pull::None),
        1 => Some(Pull::Up),
        2 => Some(Pull::Down),
        _ => None,
    };
    let number = field(vm, v, NUMBER) as u16;
    let taken = match (mode, pull) {
        (Some(mode), Some(pull)) => board(vm)?.set_pin_mode(number, mode, pull),
        _ => false,
    };
    match taken {
        true => Ok(()),
        false => Err(vm.value_error(msg!("invalid pin mode"))),
    }
}

/// `mode()`, `pull()` and the same with a new one.
fn again(vm: &mut Vm<'_>, args: Args, slot: usize) -> Res {
    let v = receiver(vm, args)?;
    let Some(new) = args.get(1) else {
        return Ok(Value::small(field(vm, v, slot)));
    };
    let new = match new {
        Value::NONE => 0,
        new => vm.as_index(new)?,
    };
    vm.set_slot(v, slot, Some(Value::small(new)));
    apply(vm, v)?;
    Ok(Value::NONE)
}

/// Reads a pin, or drives it where there is a level.
pub(super) fn value(vm: &mut Vm<'_>, v: Value, level: Option<Value>) -> Res {
    let number = field(vm, v, NUMBER) as u16;
    match level {
        Some(level) => {
            let high = vm.truth(level)?;
            board(vm)?.write_pin(number, high);
            Ok(Value::NONE)
        }
        None => {
            let high = board(vm)?.read_pin(number);
            Ok(Value::small(high.into()))
        }
    }
}

fn drive(vm: &mut Vm<'_>, args: Args, level: fn(bool) -> bool) -> Res {
    let v = receiver(vm, args)?;
    let number = field(vm, v, NUMBER) as u16;
    let pins = board(vm)?;
    let high = level(pins.read_pin(number));
    pins.write_pin(number, high);
    Ok(Value::NONE)
}
