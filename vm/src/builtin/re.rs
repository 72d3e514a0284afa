//! `re`: the engine of [`crate::re`] as a module.
//!
//! A pattern is an object of its program (bytes) and its number of groups; a match is an object of the subject and the
//! positions, -1 where a group took no part.

use crate::heap::Kind;
use crate::heap::kind::data;
use crate::message::Part;
use crate::native::{
    Args, ModuleDef, PrintKind, Res, Sink, TypeDef, TypeSpec, func, func_1, func_1_2, func_2,
};
use crate::object::exception as types;
use crate::object::format::finish;
use crate::object::str_methods::wrong_type;
use crate::object::text::STR;
use crate::q;
use crate::re::{
    Entry, GROUPS, MatchError, NO_POSITION, Nest, Piece, Subject, compile, find, next_piece,
};
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// How deep groups may nest.
const NESTS: usize = if cfg!(feature = "tiny") { 8 } else { 48 };
/// Entries of the matcher's stack that need no heap.
const ENTRIES: usize = if cfg!(feature = "tiny") { 16 } else { 64 };
/// Most entries: a pattern that needs more is given up.
const ENTRIES_MAX: usize = if cfg!(feature = "tiny") { 512 } else { 1 << 14 };
/// Positions of a match with as many groups as a pattern may have.
const POSITIONS: usize = 2 * (GROUPS as usize + 1);

/// The module.
pub(super) static RE: ModuleDef = ModuleDef::new(
    q!("re"),
    &[
        func_1_2(q!("compile"), |vm, pattern, _| compiled(vm, pattern)),
        func(q!("match"), 2, 4, |vm, args| exec(vm, args, true)),
        func(q!("search"), 2, 4, |vm, args| exec(vm, args, false)),
        func(q!("sub"), 3, 5, sub),
    ],
);

static PATTERN: TypeDef = type_def!(TypeSpec {
    print: Some(|vm, v, sink, _: PrintKind| {
        vm.write_with(sink, msg!("<re %>"), &[Part::Hex(v.bits(), 1)])
    }),
    members: &[
        func(q!("match"), 2, 4, |vm, args| exec(vm, args, true)),
        func(q!("search"), 2, 4, |vm, args| exec(vm, args, false)),
        func(q!("split"), 2, 3, |vm, args| {
            vm.check_object(args.at(0), &PATTERN)?;
            split_or_sub(vm, args, true)
        }),
        func(q!("sub"), 3, 5, sub),
    ],
    ..TypeSpec::new(q!("re"))
});

static MATCH: TypeDef = type_def!(TypeSpec {
    print: Some(|vm, v, sink: Sink, _| {
        let n = groups(vm, v);
        vm.write_with(sink, msg!("<match num=%>"), &[Part::count(n)])
    }),
    members: &[
        func_2(q!("group"), |vm, v, number| {
            let i = group_number(vm, v, Some(number))?;
            group(vm, v, i)
        }),
        #[cfg(feature = "extras")]
        func_1(q!("groups"), |vm, found| {
            vm.check_object(found, &MATCH)?;
            let n = groups(vm, found);
            let list = vm.new_list(&[])?;
            for i in 1..n {
                let text = group(vm, found, i)?;
                vm.list_push(list, text)?;
            }
            vm.tuple_of_list(list)
        }),
        #[cfg(feature = "extras")]
        func_1_2(q!("start"), |vm, v, number| edge(vm, v, number, 0)),
        #[cfg(feature = "extras")]
        func_1_2(q!("end"), |vm, v, number| edge(vm, v, number, 1)),
        #[cfg(feature = "extras")]
        func_1_2(q!("span"), |vm, v, number| {
            let span = [edge(vm, v, number, 0)?, edge(vm, v, number, 1)?];
            vm.new_tuple(&span)
        }),
    ],
    ..TypeSpec::new(q!("match"))
});

// --- patterns --------------------------------------------------------------------------------------------------------

/// The pattern that a value is, compiled if it is a text.
fn compiled(vm: &mut Vm<'_>, v: Value) -> Res {
    if vm.is_object(v, &PATTERN) {
        return Ok(v);
    }
    text_len(vm, v)?;
    let mut nests = [Nest::default(); NESTS];
    // A program takes a few bytes more than its pattern; most are made at the first try.
    let mut code = [0; 96];
    let text = vm.bytes_of(v).unwrap_or(b"");
    let mut program = compile(text, &mut code, &mut nests);
    let cell = match program {
        Ok(p) if !cfg!(romfs_vm_small) && p.code_len <= code.len() => {
            vm.new_bytes(&code[..p.code_len])?
        }
        Ok(p) => {
            let cell = vm.alloc_bytes(Kind::Bytes, p.code_len)?;
            let text: *const [u8] = vm.bytes_of(v).unwrap_or(b"");
            // SAFETY: invariant 3; the pattern's text is rooted and apart from the new cell, and compiling allocates
            // nothing.
            program = compile(unsafe { &*text }, vm.raw_mut(cell), &mut nests);
            cell
        }
        Err(_) => Value::NONE,
    };
    match program {
        Ok(p) => vm.new_object(PATTERN.value(), &[cell, Value::small(p.groups as isize)]),
        Err(e) => Err(vm.value_error(e.message())),
    }
}

/// What a search found: positions in the subject.
type Positions = [u32; POSITIONS];

const NOWHERE: Positions = [NO_POSITION; POSITIONS];

/// Searches `text[..end]` from `start` on. Says whether it found something, and then where.
fn search(
    vm: &mut Vm<'_>,
    pattern: Value,
    text: Value,
    (start, end): (usize, usize),
    anchored: bool,
    positions: &mut Positions,
) -> Res<bool> {
    let mut few = [Entry::default(); ENTRIES];
    let mut outcome = attempt(
        vm,
        pattern,
        text,
        (start, end),
        anchored,
        &mut few,
        positions,
    );
    let mut n = 8 * ENTRIES;
    loop {
        match outcome {
            Ok(found) => return Ok(found),
            Err(MatchError::Interrupted) => vm.handle_pending()?,
            Err(MatchError::Stack) if n > ENTRIES_MAX => return Err(vm.stack_full()),
            Err(MatchError::Stack) => {}
        }
        let mark = vm.mark();
        let cell = vm.alloc_bytes(Kind::Raw, n * size_of::<Entry>())?;
        vm.raw_mut(cell).fill(0);
        // SAFETY: invariant 3; the cell is rooted and holds `n` entries, any bytes of which are valid; matching
        // allocates nothing, and nobody else knows the cell.
        let stack = unsafe { core::slice::from_raw_parts_mut(data(cell) as *mut Entry, n) };
        outcome = attempt(vm, pattern, text, (start, end), anchored, stack, positions);
        vm.release(mark);
        if outcome == Err(MatchError::Stack) {
            n *= 4;
        }
    }
}

fn attempt(
    vm: &Vm<'_>,
    pattern: Value,
    text: Value,
    (start, end): (usize, usize),
    anchored: bool,
    stack: &mut [Entry],
    positions: &mut Positions,
) -> Result<bool, MatchError> {
    let code = vm
        .slot(pattern, 1)
        .and_then(|c| vm.bytes_of(c))
        .unwrap_or(b"");
    let text = vm.bytes_of(text).unwrap_or(b"");
    let subject = Subject {
        text: &text[..end.min(text.len())],
        start,
    };
    let used = &mut positions[..2 * (captures(vm, pattern) + 1)];
    find(code, subject, anchored, used, stack, &mut || {
        vm.pending_exception.is_none()
    })
}

/// How many groups a pattern has.
fn captures(vm: &Vm<'_>, pattern: Value) -> usize {
    vm.slot_int(pattern, 2) as usize
}

/// A text's bytes, counted; a `TypeError` where it is none.
fn text_len(vm: &mut Vm<'_>, v: Value) -> Res<usize> {
    match vm.bytes_of(v) {
        Some(bytes) => Ok(bytes.len()),
        None => Err(wrong_type(vm, v, STR.value())),
    }
}

fn exec(vm: &mut Vm<'_>, args: Args, anchored: bool) -> Res {
    let was_compiled = vm.is_object(args.at(0), &PATTERN);
    let pattern = compiled(vm, args.at(0))?;
    let text = args.at(1);
    let len = text_len(vm, text)?;
    let mut range = (0, len);
    if was_compiled && let Some(start) = args.get(2) {
        range.0 = vm.as_index(start)?.clamp(0, len as isize) as usize;
        if let Some(end) = args.get(3) {
            range.1 = vm.as_index(end)?.clamp(range.0 as isize, len as isize) as usize;
        }
    }
    let mut positions = NOWHERE;
    if !search(vm, pattern, text, range, anchored, &mut positions)? {
        return Ok(Value::NONE);
    }
    new_match(vm, text, &positions, captures(vm, pattern) + 1)
}

// --- matches ---------------------------------------------------------------------------------------------------------

fn new_match(vm: &mut Vm<'_>, text: Value, positions: &Positions, groups: usize) -> Res {
    let v = vm.new_object_room(&MATCH, 1 + 2 * groups)?;
    let slots = vm.slots_mut(v);
    slots[1] = Some(text);
    for (slot, &at) in slots[2..].iter_mut().zip(positions) {
        *slot = Some(Value::small(if at == NO_POSITION {
            -1
        } else {
            at as isize
        }));
    }
    Ok(v)
}

/// Groups of a match, the whole one among them.
fn groups(vm: &Vm<'_>, v: Value) -> usize {
    vm.slots(v).len() / 2 - 1
}

/// The number that an argument gives, in range; without one, the whole match.
fn group_number(vm: &mut Vm<'_>, v: Value, number: Slot) -> Res<usize> {
    vm.check_object(v, &MATCH)?;
    let Some(number) = number else { return Ok(0) };
    let i = vm.as_index(number)?;
    if i < 0 || i as usize >= groups(vm, v) {
        return Err(index_error(vm, number));
    }
    Ok(i as usize)
}

#[cold]
fn index_error(vm: &mut Vm<'_>, number: Value) -> crate::raise::Raised {
    match vm.new_exception(types::INDEX_ERROR.value(), &[number]) {
        Ok(e) => vm.raise(e),
        Err(raised) => raised,
    }
}

/// Subject and positions of a group that took part.
fn positions(vm: &Vm<'_>, v: Value, i: usize) -> Option<(Value, usize, usize)> {
    let slots = vm.slots(v);
    let at = |n: usize| usize::try_from(slots[n]?.as_small()?).ok();
    Some((slots[1]?, at(2 + 2 * i)?, at(3 + 2 * i)?))
}

fn group(vm: &mut Vm<'_>, v: Value, i: usize) -> Res {
    match positions(vm, v, i) {
        Some((text, start, end)) => vm.part_of(text, start..end),
        None => Ok(Value::NONE),
    }
}

/// Start or end of a group, in characters of a str.
fn edge(vm: &mut Vm<'_>, v: Value, number: Slot, end: usize) -> Res {
    let i = group_number(vm, v, number)?;
    Ok(Value::small(match positions(vm, v, i) {
        Some((text, from, to)) => vm.char_of_byte(text, [from, to][end]) as isize,
        None => -1,
    }))
}

// --- split and sub ---------------------------------------------------------------------------------------------------

fn sub(vm: &mut Vm<'_>, args: Args) -> Res {
    split_or_sub(vm, args, false)
}

/// The text between the places where a pattern matches: as a list, or with something else at these places.
fn split_or_sub(vm: &mut Vm<'_>, args: Args, split: bool) -> Res {
    let pattern = compiled(vm, args.at(0))?;
    let i = if split { 1 } else { 2 };
    let (by, text) = (args.at(1), args.at(i));
    let len = text_len(vm, text)?;
    let mut left = match args.get(i + 1) {
        Some(n) => vm.as_index(n)?,
        None => 0,
    };
    let out = if split {
        vm.new_list(&[])?
    } else {
        vm.new_scratch()?
    };
    let mut from = 0;
    let mut found = NOWHERE;
    let mark = vm.mark();
    while search(vm, pattern, text, (from, len), false, &mut found)? {
        let (start, end) = (found[0] as usize, found[1] as usize);
        if start == end {
            break;
        }
        if split && captures(vm, pattern) > 0 {
            return Err(vm.error(
                &types::NOT_IMPLEMENTED_ERROR,
                msg!("splitting with sub-captures"),
            ));
        }
        put_part(vm, out, text, from, start)?;
        if !split {
            let m = new_match(vm, text, &found, captures(vm, pattern) + 1)?;
            let piece = if vm.bytes_of(by).is_some() {
                by
            } else {
                vm.call(by, &[m])?
            };
            replace(vm, out, m, piece)?;
        }
        vm.release(mark);
        from = end;
        left -= 1;
        if left == 0 {
            break;
        }
    }
    if !split && from == 0 {
        return Ok(text);
    }
    put_part(vm, out, text, from, len)?;
    if split {
        return Ok(out);
    }
    finish(vm, text, out)
}

/// Appends part of a text, to a list as an item.
fn put_part(vm: &mut Vm<'_>, out: Value, text: Value, from: usize, to: usize) -> Res<()> {
    if !vm.is(out, Kind::List) {
        return vm.write_part(Sink::Buffer(out), text, from, to);
    }
    let part = vm.part_of(text, from..to)?;
    vm.list_push(out, part)
}

/// Appends a replacement, groups of the match put in.
fn replace(vm: &mut Vm<'_>, out: Value, m: Value, by: Value) -> Res<()> {
    text_len(vm, by)?;
    let mut at = 0;
    while let Some(piece) = next_piece(vm.bytes_of(by).unwrap_or(b""), &mut at) {
        let part = match piece {
            Piece::Literal(start, end) => Some((by, start, end)),
            Piece::Group(i) if i >= groups(vm, m) => {
                return Err(index_error(vm, Value::small(i as isize)));
            }
            Piece::Group(i) => positions(vm, m, i),
        };
        if let Some((text, start, end)) = part {
            vm.write_part(Sink::Buffer(out), text, start, end)?;
        }
    }
    Ok(())
}
