//! `select`: which of several streams can be read or written now.
//!
//! A poll object keeps three words a stream in a list: the stream, what is asked for, what was found. A place whose
//! stream was taken away is kept and used again, so that a program may change the registrations while it goes through
//! what `ipoll` found.

use crate::native::{
    Args, Item, ModuleDef, Res, TypeDef, TypeSpec, func, func_1_2, func_1_3, func_2, func_2_3,
    func_3, member,
};
use crate::q;
use crate::stream::{errno, request};
use crate::type_def;
use crate::value::{Slot, Value, slot_small};
use crate::vm::Vm;

const POLL_IN: isize = 1;
const POLL_OUT: isize = 4;
const POLL_ERR: isize = 8;
const POLL_HUP: isize = 16;
/// Of a stream that is closed.
const POLL_NVAL: isize = 32;
/// `ipoll`'s flag: a stream that was found ready is not asked again.
const ONE_SHOT: isize = 1;
/// How long to wait before the streams are asked again.
const PAUSE_US: u64 = 1000;

/// The module.
pub(super) static SELECT: ModuleDef = ModuleDef::new(
    q!("select"),
    &[
        func(q!("poll"), 0, 0, |vm, _| make(vm)),
        func(q!("select"), 3, 4, select),
        member(q!("POLLIN"), Item::Int(POLL_IN)),
        member(q!("POLLOUT"), Item::Int(POLL_OUT)),
        member(q!("POLLERR"), Item::Int(POLL_ERR)),
        member(q!("POLLHUP"), Item::Int(POLL_HUP)),
    ],
);

/// Slots of a poll object.
const ENTRIES: usize = 1;
/// The tuple that `ipoll` gives again and again.
const PAIR: usize = 2;
/// Where `ipoll`'s walk stands.
const AT: usize = 3;
/// `ipoll`'s flags.
const FLAGS: usize = 4;

/// Words of an entry in the list.
const STRIDE: usize = 3;

static POLL: TypeDef = type_def!(TypeSpec {
    next: Some(next),
    members: &[
        func_2_3(q!("register"), register),
        func_2(q!("unregister"), |vm, poll, stream| {
            vm.check_object(poll, &POLL)?;
            if let Some(i) = find(vm, poll, stream) {
                set(vm, poll, i, Value::NONE, 0, 0);
            }
            Ok(Value::NONE)
        }),
        func_3(q!("modify"), |vm, poll, stream, mask| {
            vm.check_object(poll, &POLL)?;
            let mask = vm.as_index(mask)?;
            match find(vm, poll, stream) {
                Some(i) => set(vm, poll, i, stream, mask, 0),
                None => return Err(vm.os_error(errno::ENOENT)),
            }
            Ok(Value::NONE)
        }),
        func_1_2(q!("poll"), poll),
        func_1_3(q!("ipoll"), |vm, poll, timeout, flags| {
            vm.check_object(poll, &POLL)?;
            let flags = match flags {
                Some(flags) => vm.as_index(flags)?,
                None => 0,
            };
            wait(vm, poll, timeout)?;
            let slots = vm.slots_mut(poll);
            (slots[AT], slots[FLAGS]) = (Some(ZERO), Some(Value::small(flags)));
            Ok(poll)
        }),
    ],
    ..TypeSpec::new(q!("poll"))
});

const ZERO: Value = Value::small(0);

fn make(vm: &mut Vm<'_>) -> Res {
    let entries = vm.new_list(&[])?;
    let pair = vm.new_tuple(&[Value::NONE, Value::NONE])?;
    vm.new_object(POLL.value(), &[entries, pair, ZERO, ZERO])
}

fn entries(vm: &Vm<'_>, poll: Value) -> Value {
    vm.slot(poll, ENTRIES).unwrap_or(Value::NONE)
}

/// Stream, mask and what was found of entry `i`; `None` behind the last one.
fn entry<'v>(vm: &'v Vm<'_>, poll: Value, i: usize) -> Option<&'v [Slot; STRIDE]> {
    let words = vm.list_items(entries(vm, poll));
    words.get(STRIDE * i..)?.first_chunk()
}

fn set(vm: &mut Vm<'_>, poll: Value, i: usize, stream: Value, mask: isize, found: isize) {
    let list = entries(vm, poll);
    let words = vm.list_items_mut(list).get_mut(STRIDE * i..);
    if let Some(to) = words.and_then(|words| words.first_chunk_mut()) {
        *to = [
            Some(stream),
            Some(Value::small(mask)),
            Some(Value::small(found)),
        ];
    }
}

/// The entry of a stream (of None: one that is free).
fn find(vm: &Vm<'_>, poll: Value, stream: Value) -> Option<usize> {
    let mut i = 0;
    loop {
        if entry(vm, poll, i)?[0] == Some(stream) {
            return Some(i);
        }
        i += 1;
    }
}

fn register(vm: &mut Vm<'_>, poll: Value, stream: Value, mask: Slot) -> Res {
    vm.check_object(poll, &POLL)?;
    let mask = match mask {
        Some(mask) => vm.as_index(mask)?,
        None => POLL_IN | POLL_OUT,
    };
    add(vm, poll, stream, mask)
}

/// Asks a stream for this from now on, which it was not asked for.
fn add(vm: &mut Vm<'_>, poll: Value, stream: Value, mask: isize) -> Res {
    let native = vm.stream_of(vm.native_part(stream)).is_some();
    if !native && (!stream.is_ptr() || vm.load_attr_maybe(stream, q!("ioctl"))?.is_none()) {
        let class = &crate::object::exception::OS_ERROR;
        return Err(vm.error(class, msg!("stream operation not supported")));
    }
    let i = match find(vm, poll, stream).or_else(|| find(vm, poll, Value::NONE)) {
        Some(i) => i,
        None => {
            let list = entries(vm, poll);
            vm.list_reserve(list, STRIDE)?;
            let len = vm.list_len(list);
            for _ in 0..STRIDE {
                vm.list_push(list, ZERO)?;
            }
            len / STRIDE
        }
    };
    set(vm, poll, i, stream, mask, 0);
    Ok(Value::TRUE)
}

/// Asks each stream; how many are ready.
fn ask(vm: &mut Vm<'_>, poll: Value) -> Res<usize> {
    let (mut i, mut ready) = (0, 0);
    while let Some(&[stream, mask, _]) = entry(vm, poll, i) {
        let (before, mut found) = (mask, 0);
        let (stream, mask) = (stream.unwrap_or(Value::NONE), slot_small(mask));
        if mask != 0 {
            let mark = vm.mark();
            vm.root(stream)?;
            let answer = vm.stream_ioctl(stream, request::POLL, Value::small(mask))?;
            found = answer & (mask | POLL_ERR | POLL_HUP | POLL_NVAL);
            vm.release(mark);
        }
        // The stream's own code may have changed the entry.
        if entry(vm, poll, i).is_some_and(|now| now[0] == Some(stream) && now[1] == before) {
            set(vm, poll, i, stream, mask, found);
            ready += usize::from(found != 0);
        }
        i += 1;
    }
    Ok(ready)
}

/// A time to wait that does not end.
const FOR_EVER: u64 = u64::MAX;

/// Waits as a poll object's method is asked to: for milliseconds; for ever for less than none.
fn wait(vm: &mut Vm<'_>, poll: Value, timeout: Slot) -> Res<()> {
    let timeout = match timeout.filter(|&v| v != Value::NONE) {
        Some(ms) => u32::try_from(vm.as_index(ms)?).map_or(FOR_EVER, |ms| u64::from(ms) * 1000),
        None => FOR_EVER,
    };
    wait_ready(vm, poll, timeout)
}

/// Whether a poll object has streams.
fn has_streams(vm: &Vm<'_>, poll: Value) -> bool {
    let mut entries = (0..).map_while(|i| entry(vm, poll, i));
    entries.any(|words| words[0] != Some(Value::NONE))
}

/// Waits until a stream is ready, or for so many microseconds.
fn wait_ready(vm: &mut Vm<'_>, poll: Value, timeout: u64) -> Res<()> {
    let end = vm.host.ticks_us().saturating_add(timeout);
    loop {
        let ready = ask(vm, poll)?;
        let left = end.saturating_sub(vm.host.ticks_us());
        if ready > 0 || left == 0 {
            return Ok(());
        }
        // A callback may be what is waited for.
        vm.look_at_host()?;
        // Where there is nobody to ask, the host sleeps through.
        let is_watched = vm.pending || timeout == FOR_EVER || has_streams(vm, poll);
        vm.wait_us(if is_watched { left.min(PAUSE_US) } else { left })?;
    }
}

/// The streams where any of a mask was found; with what was found, as a pair, or alone.
fn collect(vm: &mut Vm<'_>, poll: Value, mask: isize, pairs: bool) -> Res {
    let list = vm.new_list(&[])?;
    let mut i = 0;
    while let Some(&[stream, _, found]) = entry(vm, poll, i) {
        i += 1;
        let (stream, found) = (stream.unwrap_or(Value::NONE), slot_small(found));
        if found & mask != 0 {
            let item = match pairs {
                true => vm.new_tuple(&[stream, Value::small(found)])?,
                false => stream,
            };
            vm.list_push(list, item)?;
        }
    }
    Ok(list)
}

fn poll(vm: &mut Vm<'_>, poll: Value, timeout: Slot) -> Res {
    vm.check_object(poll, &POLL)?;
    wait(vm, poll, timeout)?;
    collect(vm, poll, -1, true)
}

/// The streams of three lists that are ready to read, ready to write, and have failed; waits for seconds, or for ever.
fn select(vm: &mut Vm<'_>, args: Args) -> Res {
    static ASKED: [isize; 3] = [POLL_IN, POLL_OUT, POLL_ERR];
    let timeout = match args.get(3).filter(|&v| v != Value::NONE) {
        Some(seconds) => u64::try_from(vm.as_microseconds(seconds)?).unwrap_or(FOR_EVER),
        None => FOR_EVER,
    };
    let poll = make(vm)?;
    for (n, &mask) in ASKED.iter().enumerate() {
        let streams = args.at(n);
        vm.checked_sequence_len(streams)?;
        vm.for_each(streams, move |vm, stream| {
            let known = find(vm, poll, stream).and_then(|i| Some((i, entry(vm, poll, i)?[1])));
            match known {
                Some((i, others)) => set(vm, poll, i, stream, slot_small(others) | mask, 0),
                None => drop(add(vm, poll, stream, mask)?),
            }
            Ok(true)
        })?;
    }
    wait_ready(vm, poll, timeout)?;
    let lists = vm.new_tuple(&[Value::NONE; 3])?;
    for (n, &mask) in ASKED.iter().enumerate() {
        let list = collect(vm, poll, mask, false)?;
        vm.set_slot(lists, n, Some(list));
    }
    Ok(lists)
}

/// The next stream that `ipoll` found ready.
fn next(vm: &mut Vm<'_>, poll: Value) -> Res<Slot> {
    let mut i = vm.slot_int(poll, AT) as usize;
    let mut given = None;
    while given.is_none()
        && let Some(&[stream, mask, found]) = entry(vm, poll, i)
    {
        if slot_small(found) != 0 {
            let mask = match vm.slot_int(poll, FLAGS) & ONE_SHOT {
                0 => slot_small(mask),
                _ => 0,
            };
            set(vm, poll, i, stream.unwrap_or(Value::NONE), mask, 0);
            given = vm.slot(poll, PAIR);
            if let Some(pair) = given {
                vm.slots_mut(pair).copy_from_slice(&[stream, found]);
            }
        }
        i += 1;
    }
    vm.set_slot(poll, AT, Some(Value::small(i as isize)));
    Ok(given)
}
