//! What the example's firmware offers to Python: a module with functions, a constant and a type.

use romfs_vm::embed::{Bytes, Firmware, Names, Str};
use romfs_vm::native::{
    Args, Item, ModuleDef, PrintKind, Res, Sink, TypeDef, TypeSpec, func, member,
};
use romfs_vm::type_def;
use romfs_vm::value::Value;
use romfs_vm::vm::Vm;
use romfs_vm::{native, opaque};

/// Readings of the board's channels. A real one asks its converter here.
const READINGS: [i32; 4] = [20, 31, -7, 1 << 20];

const NAMES: Names = Names::new(&[
    "board", "read", "range", "for_each", "upper", "checksum", "CHANNELS", "Counter", "step",
    "count",
]);

/// The firmware, for [`Vm::with_firmware`].
pub static FIRMWARE: Firmware = Firmware {
    names: NAMES,
    modules: &[&BOARD],
};

static BOARD: ModuleDef = ModuleDef::new(
    NAMES.q("board"),
    &[
        // Typed arguments, an optional one, an error of the firmware's own.
        func(
            NAMES.q("read"),
            1,
            2,
            native!(
                |vm, channel: usize, gain: Option<f64>| match READINGS.get(channel) {
                    Some(&reading) => Ok(f64::from(reading) * gain.unwrap_or(1.0)),
                    None => Err(vm.value_error("no such channel")),
                }
            ),
        ),
        func(NAMES.q("range"), 0, 0, native!(|_vm| Ok((-40, 125)))),
        func(
            NAMES.q("for_each"),
            1,
            1,
            native!(|vm, f: Value| for_each(vm, f)),
        ),
        func(NAMES.q("upper"), 1, 1, upper),
        func(
            NAMES.q("checksum"),
            1,
            1,
            native!(|vm, bytes: Bytes| Ok(bytes
                .get(vm)
                .iter()
                .fold(0u8, |sum, b| sum.wrapping_add(*b)))),
        ),
        member(NAMES.q("CHANNELS"), Item::Int(READINGS.len() as isize)),
        member(NAMES.q("Counter"), Item::Type(&COUNTER)),
    ],
);

/// Calls a Python function for each channel, until it gives something false. What it raises is passed on.
fn for_each(vm: &mut Vm<'_>, f: Value) -> Res<usize> {
    for (channel, &reading) in READINGS.iter().enumerate() {
        let answer = vm.call(
            f,
            &[
                Value::small(channel as isize),
                Value::small(reading as isize),
            ],
        )?;
        if !vm.truth(answer)? {
            return Ok(channel);
        }
    }
    Ok(READINGS.len())
}

/// A function without the macro: arguments are taken one by one.
fn upper(vm: &mut Vm<'_>, args: Args) -> Res {
    let text: Str = romfs_vm::embed::argument(vm, args, 0)?;
    let mut upper = [0; 32];
    let text = text.get(vm).as_bytes();
    let n = text.len().min(upper.len());
    upper[..n].copy_from_slice(&text[..n]);
    upper.make_ascii_uppercase();
    vm.new_str(&upper[..n])
}

opaque! {
    /// What a `Counter` holds.
    struct Counter {
        count: u32,
        step: u32,
    }
}

static COUNTER: TypeDef = type_def!(
    TypeSpec::new(NAMES.q("Counter"))
        .with_make_new(|vm, _class, args| {
            let count = romfs_vm::embed::argument(vm, args, 0)?;
            let step = romfs_vm::embed::argument::<Option<u32>>(vm, args, 1)?.unwrap_or(1);
            vm.new_holding(&COUNTER, Counter { count, step })
        })
        .with_print(print_counter)
        .with_members(&[
            func(
                NAMES.q("step"),
                1,
                1,
                native!(|vm, this: Value| {
                    let counter: &mut Counter = vm.held_mut(this, &COUNTER)?;
                    counter.count = counter.count.wrapping_add(counter.step);
                    Ok(())
                }),
            ),
            member(
                NAMES.q("count"),
                Item::Get(|vm, this| {
                    let count = vm.held_mut::<Counter>(this, &COUNTER)?.count;
                    vm.new_int(i64::from(count))
                }),
            ),
        ])
);

fn print_counter(vm: &mut Vm<'_>, this: Value, sink: Sink, _: PrintKind) -> Res<()> {
    let count = vm.held_mut::<Counter>(this, &COUNTER)?.count;
    let text = std::format!("<Counter at {count}>");
    vm.write(sink, text.as_bytes())
}
