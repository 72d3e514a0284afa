//! `json`: values to text and back.

mod dump;
mod load;

use crate::native::{Args, ModuleDef, Res, Sink, func_1, func_kw};
use crate::q;
use crate::value::Value;
use crate::vm::Vm;

use dump::Separators;

/// The module.
pub(super) static JSON: ModuleDef = ModuleDef::new(
    q!("json"),
    &[
        func_kw(q!("dump"), 2, 2, |vm, args| {
            let sink = vm.sink_of(args.at(1))?;
            dump_to(vm, args, sink)
        }),
        func_kw(q!("dumps"), 1, 1, |vm, args| {
            let out = vm.new_scratch()?;
            dump_to(vm, args, Sink::Buffer(out))?;
            vm.buffer_to_str(out)
        }),
        func_1(q!("load"), |vm, stream| load::load(vm, stream, true)),
        func_1(q!("loads"), |vm, text| {
            vm.buffer_of(text)?;
            load::load(vm, text, false)
        }),
    ],
);

fn dump_to(vm: &mut Vm<'_>, args: Args, sink: Sink) -> Res {
    let separators = separators(vm, args)?;
    dump::dump(vm, args.at(0), sink, &separators)?;
    Ok(Value::NONE)
}

/// The two texts of `separators=(item, key)`.
fn separators(vm: &mut Vm<'_>, args: Args) -> Res<Separators> {
    for i in 0..args.kw_len() {
        if args.kw_at(i).0 != Value::qstr(q!("separators")) {
            return Err(vm.type_error(msg!("extra keyword arguments given")));
        }
    }
    let Some(pair) = args.kw(q!("separators")).filter(|&v| v != Value::NONE) else {
        return Ok(Separators::default());
    };
    vm.checked_sequence_len(pair)?;
    let Some(&[Some(item), Some(key)]) = vm.sequence_items(pair) else {
        return Err(vm.value_error(msg!("requested length 2 but object has another length")));
    };
    for &v in &[item, key] {
        if !vm.is_str(v) {
            return Err(vm.type_error(msg!("separators must be str")));
        }
        vm.root(v)?;
    }
    Ok(Separators(Some((item, key))))
}
