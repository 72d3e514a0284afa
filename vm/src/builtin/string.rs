//! `string.templatelib`: what t-strings are made of, and the builtin `__template__` that the compiler calls for one.

use crate::native::{
    ANY, Args, BinaryOp, Item, Member, ModuleDef, PrintKind, Res, Sink, TypeDef, TypeSpec, func,
    member,
};
use crate::q;
use crate::qstr::Qstr;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// The module `string`.
pub(super) static STRING: ModuleDef = ModuleDef::new(
    q!("string"),
    &[member(q!("templatelib"), Item::Module(&TEMPLATELIB))],
);

/// The module `string.templatelib`.
pub(super) static TEMPLATELIB: ModuleDef = ModuleDef::new(
    q!("string.templatelib"),
    &[
        member(q!("Template"), Item::Type(&TEMPLATE)),
        member(q!("Interpolation"), Item::Type(&INTERPOLATION)),
    ],
);

/// `__template__(strings, value, expression, conversion, format_spec, ...)`; where there are many, they come as one tuple.
pub(super) const NEW: Member = func(q!("__template__"), 1, ANY, new_template);

/// Words of a template, behind its type: tuples.
mod template {
    pub const STRINGS: usize = 1;
    pub const INTERPOLATIONS: usize = 2;
    pub const COUNT: usize = 2;
}

/// Words of an interpolation, behind its type: its value and then what the other names say.
const FIELDS: [Qstr; 4] = [
    q!("value"),
    q!("expression"),
    q!("conversion"),
    q!("format_spec"),
];
const VALUE: usize = 1;

static TEMPLATE: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_template),
    keywords: false,
    print: Some(print_template),
    binary: Some(binary),
    iter: Some(|vm, v| {
        let iterator = vm.new_object_room(&ITERATOR, 2)?;
        let words = vm.slots_mut(iterator);
        words[1] = Some(v);
        words[2] = Some(Value::small(0));
        Ok(iterator)
    }),
    members: &[
        member(
            q!("strings"),
            Item::Get(|vm, v| word(vm, v, &TEMPLATE, template::STRINGS)),
        ),
        member(
            q!("interpolations"),
            Item::Get(|vm, v| word(vm, v, &TEMPLATE, template::INTERPOLATIONS)),
        ),
        member(q!("values"), Item::Get(values)),
    ],
    ..TypeSpec::new(q!("Template"))
});

static INTERPOLATION: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_interpolation),
    print: Some(print_interpolation),
    members: &[
        member(FIELDS[0], Item::Get(|vm, v| word(vm, v, &INTERPOLATION, 1))),
        member(FIELDS[1], Item::Get(|vm, v| word(vm, v, &INTERPOLATION, 2))),
        member(FIELDS[2], Item::Get(|vm, v| word(vm, v, &INTERPOLATION, 3))),
        member(FIELDS[3], Item::Get(|vm, v| word(vm, v, &INTERPOLATION, 4))),
    ],
    ..TypeSpec::new(q!("Interpolation"))
});

/// Goes through strings that are not empty and interpolations, in turn.
static ITERATOR: TypeDef = type_def!(TypeSpec {
    next: Some(next_part),
    ..TypeSpec::new(q!("iterator"))
});

/// A word of an object of this type.
fn word(vm: &mut Vm<'_>, v: Value, def: &'static TypeDef, i: usize) -> Res {
    vm.check_object(v, def)?;
    Ok(vm.slot(v, i).unwrap_or(Value::NONE))
}

/// Item `i` of a tuple in a template.
fn item(vm: &Vm<'_>, v: Value, tuple: usize, i: usize) -> Slot {
    vm.tuple_items(vm.slot(v, tuple)?)?
        .get(i)
        .copied()
        .flatten()
}

fn count(vm: &Vm<'_>, v: Value, tuple: usize) -> usize {
    let items = vm.slot(v, tuple).and_then(|tuple| vm.tuple_items(tuple));
    items.map_or(0, <[Slot]>::len)
}

fn is_empty(vm: &Vm<'_>, text: Slot) -> bool {
    text.and_then(|text| vm.str_bytes(text))
        .is_none_or(<[u8]>::is_empty)
}

fn template_of(vm: &mut Vm<'_>, strings: Value, interpolations: Value) -> Res {
    let v = vm.new_object_room(&TEMPLATE, template::COUNT)?;
    let words = vm.slots_mut(v);
    words[template::STRINGS] = Some(strings);
    words[template::INTERPOLATIONS] = Some(interpolations);
    Ok(v)
}

fn new_template(vm: &mut Vm<'_>, args: Args) -> Res {
    let many = (args.len() == 2).then(|| args.at(1));
    let n = match many.map(|tuple| vm.tuple_items(tuple).map(<[Slot]>::len)) {
        None => args.len() - 1,
        Some(Some(n)) => n,
        Some(None) => return Err(vm.type_error(msg!("object not a tuple"))),
    };
    let interpolations = vm.new_tuple_room(n / FIELDS.len())?;
    for i in 0..n / FIELDS.len() {
        let mark = vm.mark();
        let new = vm.new_object_room(&INTERPOLATION, FIELDS.len())?;
        for field in 0..FIELDS.len() {
            let at = i * FIELDS.len() + field;
            let value = match many {
                None => args.get(1 + at),
                Some(tuple) => vm.tuple_items(tuple).and_then(|items| items[at]),
            };
            vm.set_slot(new, VALUE + field, value);
        }
        vm.set_slot(interpolations, i, Some(new));
        vm.release(mark);
    }
    template_of(vm, args.at(0), interpolations)
}

/// `Template(...)`: strings that follow one another become one, so that there is one more than there are interpolations.
fn make_template(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let mut n = 0;
    for i in 0..args.len() {
        if vm.is_object(args.item(i), &INTERPOLATION) {
            n += 1;
        } else if !vm.is_str(args.item(i)) {
            return Err(vm.type_error(msg!("expected str or Interpolation")));
        }
    }
    let strings = vm.new_tuple_room(n + 1)?;
    vm.slots_mut(strings).fill(Some(Value::qstr(q!(""))));
    let interpolations = vm.new_tuple_room(n)?;
    let mut at = 0;
    for i in 0..args.len() {
        let part = args.item(i);
        if vm.is_object(part, &INTERPOLATION) {
            vm.set_slot(interpolations, at, Some(part));
            at += 1;
        } else {
            append(vm, strings, at, part)?;
        }
    }
    template_of(vm, strings, interpolations)
}

/// Appends a text to one in a tuple of them.
fn append(vm: &mut Vm<'_>, strings: Value, at: usize, text: Value) -> Res<()> {
    let before = vm.slot(strings, at);
    let joined = match before {
        Some(before) if !is_empty(vm, Some(before)) => {
            let mark = vm.mark();
            let joined = vm.concat(before, text)?;
            vm.release(mark);
            joined
        }
        _ => text,
    };
    vm.set_slot(strings, at, Some(joined));
    Ok(())
}

fn make_interpolation(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    args.check_keywords(vm, &FIELDS)?;
    if args.len() > FIELDS.len() {
        return Err(vm.type_error(msg!("extra positional arguments given")));
    }
    let Some(value) = args.get_or_kw(0, FIELDS[0]) else {
        return Err(vm.type_error(msg!("'value' argument required")));
    };
    let empty = Value::qstr(q!(""));
    let values = [
        value,
        args.get_or_kw(1, FIELDS[1]).unwrap_or(empty),
        args.get_or_kw(2, FIELDS[2]).unwrap_or(Value::NONE),
        args.get_or_kw(3, FIELDS[3]).unwrap_or(empty),
    ];
    let v = vm.new_object_room(&INTERPOLATION, FIELDS.len())?;
    for (slot, value) in vm.slots_mut(v)[VALUE..].iter_mut().zip(values) {
        *slot = Some(value);
    }
    Ok(v)
}

fn print_template(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    for (head, tuple) in [
        (&b"Template(strings="[..], template::STRINGS),
        (b", interpolations=", template::INTERPOLATIONS),
    ] {
        vm.write(sink, head)?;
        let tuple = vm.slot(v, tuple).unwrap_or(Value::NONE);
        vm.print(tuple, sink, PrintKind::Repr)?;
    }
    vm.write_byte(sink, b')')
}

fn print_interpolation(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    for i in 0..FIELDS.len() {
        let before: &[u8] = if i == 0 { b"Interpolation(" } else { b", " };
        vm.write(sink, before)?;
        let field = vm.slot(v, VALUE + i).unwrap_or(Value::NONE);
        vm.print(field, sink, PrintKind::Repr)?;
    }
    vm.write_byte(sink, b')')
}

/// `a + b`: the last string of the one and the first of the other become one.
fn binary(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
    if op != BinaryOp::Add || !vm.is_object(a, &TEMPLATE) || !vm.is_object(b, &TEMPLATE) {
        return Ok(None);
    }
    let interpolations = joined(vm, a, b, template::INTERPOLATIONS, 0)?;
    let strings = joined(vm, a, b, template::STRINGS, 1)?;
    let seam = count(vm, a, template::STRINGS) - 1;
    let (last, first) = (
        item(vm, a, template::STRINGS, seam),
        item(vm, b, template::STRINGS, 0),
    );
    vm.set_slot(strings, seam, last);
    append(vm, strings, seam, first.unwrap_or(Value::NONE))?;
    template_of(vm, strings, interpolations).map(Some)
}

/// A tuple of the items of both, `shared` fewer: the first ones of `b` take the places of the last ones of `a`.
fn joined(vm: &mut Vm<'_>, a: Value, b: Value, tuple: usize, shared: usize) -> Res {
    let (n, m) = (count(vm, a, tuple), count(vm, b, tuple));
    let room = vm.new_tuple_room(n + m - shared)?;
    for i in 0..n {
        vm.set_slot(room, i, item(vm, a, tuple, i));
    }
    for i in 0..m {
        vm.set_slot(room, n - shared + i, item(vm, b, tuple, i));
    }
    Ok(room)
}

fn values(vm: &mut Vm<'_>, v: Value) -> Res {
    vm.check_object(v, &TEMPLATE)?;
    let n = count(vm, v, template::INTERPOLATIONS);
    let values = vm.new_tuple_room(n)?;
    for i in 0..n {
        let value = item(vm, v, template::INTERPOLATIONS, i).and_then(|part| vm.slot(part, VALUE));
        vm.set_slot(values, i, value);
    }
    Ok(values)
}

fn next_part(vm: &mut Vm<'_>, it: Value) -> Res<Slot> {
    let words = vm.slots(it);
    let (Some(v), Some(at)) = (words[1], words[2].and_then(Value::as_small)) else {
        return Ok(None);
    };
    let mut at = at as usize;
    loop {
        let is_string = at.is_multiple_of(2);
        let tuple = if is_string {
            template::STRINGS
        } else {
            template::INTERPOLATIONS
        };
        let part = item(vm, v, tuple, at / 2);
        if part.is_none() {
            return Ok(None);
        }
        at += 1;
        if !is_string || !is_empty(vm, part) {
            vm.set_slot(it, 2, Some(Value::small(at as isize)));
            return Ok(part);
        }
    }
}
