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
use crate::value::{Slot, Value};
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
                set(vm, poll, i, [Value::NONE, ZERO, ZERO]);
            }
            Ok(Value::NONE)
        }),
        func_3(q!("modify"), |vm, poll, stream, mask| {
            vm.check_object(poll, &POLL)?;
            let mask = Value::small(vm.as_index(mask)?);
            match find(vm, poll, stream) {
                Some(i) => set(vm, poll, i, [stream, mask, ZERO]),
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
fn entry(vm: &Vm<'_>, poll: Value, i: usize) -> Option<(Value, isize, isize)> {
    let words = vm.list_items(entries(vm, poll));
    let words = words.get(STRIDE * i..STRIDE * (i + 1))?;
    let number = |slot: Slot| slot.and_then(Value::as_small).unwrap_or(0);
    Some((
        words[0].unwrap_or(Value::NONE),
        number(words[1]),
        number(words[2]),
    ))
}

fn set(vm: &mut Vm<'_>, poll: Value, i: usize, words: [Value; STRIDE]) {
    let list = entries(vm, poll);
    if let Some(to) = vm
        .list_items_mut(list)
        .get_mut(STRIDE * i..STRIDE * (i + 1))
    {
        to.copy_from_slice(&words.map(Some));
    }
}

/// The entry of a stream (of None: one that is free).
fn find(vm: &Vm<'_>, poll: Value, stream: Value) -> Option<usize> {
    let words = vm.list_items(entries(vm, poll));
    words
        .iter()
        .step_by(STRIDE)
        .position(|&s| s == Some(stream))
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
    let mask = Value::small(mask);
    let native = vm.stream_of(vm.native_part(stream)).is_some();
    if !native && (!stream.is_ptr() || vm.load_attr_maybe(stream, q!("ioctl"))?.is_none()) {
        let class = &crate::object::exception::OS_ERROR;
        return Err(vm.error(class, msg!("stream operation not supported")));
    }
    match find(vm, poll, stream).or_else(|| find(vm, poll, Value::NONE)) {
        Some(i) => set(vm, poll, i, [stream, mask, ZERO]),
        None => {
            let list = entries(vm, poll);
            vm.list_reserve(list, STRIDE)?;
            for word in [stream, mask, ZERO] {
                vm.list_push(list, word)?;
            }
        }
    }
    Ok(Value::TRUE)
}

/// Asks each stream; how many there are, and how many are ready.
fn ask(vm: &mut Vm<'_>, poll: Value) -> Res<(usize, usize)> {
    let (mut i, mut asked, mut ready) = (0, 0, 0);
    while let Some((stream, mask, _)) = entry(vm, poll, i) {
        let mut found = 0;
        if stream != Value::NONE {
            asked += 1;
            if mask != 0 {
                let mark = vm.mark();
                vm.root(stream)?;
                let answer = vm.stream_ioctl(stream, request::POLL, Value::small(mask))?;
                found = answer & (mask | POLL_ERR | POLL_HUP | POLL_NVAL);
                vm.release(mark);
            }
        }
        // The stream's own code may have changed the entry.
        if entry(vm, poll, i).is_some_and(|e| e.0 == stream && e.1 == mask) {
            let words = [Value::small(mask), Value::small(found)];
            set(vm, poll, i, [stream, words[0], words[1]]);
            ready += usize::from(found != 0);
        }
        i += 1;
    }
    Ok((asked, ready))
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

/// Waits until a stream is ready, or for so many microseconds.
fn wait_ready(vm: &mut Vm<'_>, poll: Value, timeout: u64) -> Res<()> {
    let start = vm.host.ticks_us();
    loop {
        let (asked, ready) = ask(vm, poll)?;
        let passed = vm.host.ticks_us().saturating_sub(start);
        if ready > 0 || passed >= timeout {
            return Ok(());
        }
        // A callback may be what is waited for.
        vm.look_at_host()?;
        let mut pause = timeout - passed;
        if asked > 0 || vm.pending || timeout == FOR_EVER {
            pause = pause.min(PAUSE_US);
        }
        vm.wait_us(pause)?;
    }
}

/// The streams where any of a mask was found; with what was found, as a pair, or alone.
fn collect(vm: &mut Vm<'_>, poll: Value, mask: isize, pairs: bool) -> Res {
    let list = vm.new_list(&[])?;
    vm.root(list)?;
    let mut i = 0;
    while let Some((stream, _, found)) = entry(vm, poll, i) {
        i += 1;
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
    vm.root(poll)?;
    for (n, &mask) in ASKED.iter().enumerate() {
        let streams = args.at(n);
        vm.checked_sequence_len(streams)?;
        vm.for_each(streams, move |vm, stream| {
            let known = find(vm, poll, stream).and_then(|i| Some((i, entry(vm, poll, i)?.1)));
            match known {
                Some((i, others)) => set(vm, poll, i, [stream, Value::small(others | mask), ZERO]),
                None => drop(add(vm, poll, stream, mask)?),
            }
            Ok(true)
        })?;
    }
    wait_ready(vm, poll, timeout)?;
    let lists = vm.new_tuple(&[Value::NONE; 3])?;
    vm.root(lists)?;
    for (n, &mask) in ASKED.iter().enumerate() {
        let list = collect(vm, poll, mask, false)?;
        vm.set_slot(lists, n, Some(list));
    }
    Ok(lists)
}

/// The next stream that `ipoll` found ready.
fn next(vm: &mut Vm<'_>, poll: Value) -> Res<Slot> {
    let mut i = vm.slot_int(poll, AT) as usize;
    while let Some((stream, mask, found)) = entry(vm, poll, i) {
        i += 1;
        if found == 0 {
            continue;
        }
        vm.set_slot(poll, AT, Some(Value::small(i as isize)));
        let mask = match vm.slot_int(poll, FLAGS) & ONE_SHOT {
            0 => mask,
            _ => 0,
        };
        set(vm, poll, i - 1, [stream, Value::small(mask), ZERO]);
        let pair = vm.slot(poll, PAIR);
        if let Some(pair) = pair {
            let found = Value::small(found);
            vm.slots_mut(pair)
                .copy_from_slice(&[Some(stream), Some(found)]);
        }
        return Ok(pair);
    }
    vm.set_slot(poll, AT, Some(Value::small(i as isize)));
    Ok(None)
}
