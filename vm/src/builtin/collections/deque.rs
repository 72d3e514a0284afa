//! deque: a ring of fixed room.

use crate::heap::Kind;
use crate::message::Part;
use crate::native::{Access, Args, Res, TypeDef, TypeSpec, func_1, func_2};
use crate::object::exception as types;
use crate::q;
use crate::raise::Raised;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Words of a deque's cell: an `Object` with a `Slots` cell for the ring.
mod word {
    pub const TYPE: usize = 0;
    /// The ring, as long as the deque may get.
    pub const RING: usize = 1;
    /// Place of the first item in it.
    pub const START: usize = 2;
    /// How many items there are.
    pub const LEN: usize = 3;
    /// Whether a full deque refuses an item instead of dropping one.
    pub const CHECKED: usize = 4;
    pub const COUNT: u32 = 5;
}

/// `deque`
pub(super) static DEQUE: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    arity: (2, 3),
    unary: Some(|vm, op, v| { Ok(op.of_length(ring(vm, v).len)) }),
    subscr: Some(subscr),
    iter: Some(iter),
    members: &[
        func_2(q!("append"), |vm, v, item| {
            let v = receiver(vm, v)?;
            append(vm, v, item)?;
            Ok(Value::NONE)
        }),
        func_2(q!("appendleft"), |vm, v, item| {
            let v = receiver(vm, v)?;
            append_left(vm, v, item)?;
            Ok(Value::NONE)
        }),
        func_2(q!("extend"), |vm, v, item| {
            let v = receiver(vm, v)?;
            extend(vm, v, item)?;
            Ok(Value::NONE)
        }),
        func_1(q!("pop"), |vm, v| {
            let v = receiver(vm, v)?;
            let len = nonempty(vm, v)?;
            let item = take(vm, v, len - 1);
            set_word(vm, v, word::LEN, len - 1);
            Ok(item)
        }),
        func_1(q!("popleft"), |vm, v| {
            let v = receiver(vm, v)?;
            nonempty(vm, v)?;
            Ok(pop_left(vm, v))
        }),
    ],
    ..TypeSpec::new(q!("deque"))
});

/// A deque's numbers.
struct Ring {
    start: usize,
    len: usize,
    room: usize,
}

fn ring(vm: &Vm<'_>, v: Value) -> Ring {
    let slots = vm.slots(v);
    let number = |i: usize| slots[i].and_then(Value::as_small).unwrap_or(0) as usize;
    Ring {
        start: number(word::START),
        len: number(word::LEN),
        room: slots[word::RING].map_or(0, |ring| vm.slots(ring).len()),
    }
}

impl Ring {
    /// The place of item `i`, which may lie one before the first (`room - 1`) or one behind the last.
    fn place(&self, i: usize) -> usize {
        (self.start + i) % self.room.max(1)
    }
}

fn set_word(vm: &mut Vm<'_>, v: Value, i: usize, n: usize) {
    vm.set_slot(v, i, Some(Value::small(n as isize)));
}

fn receiver(vm: &mut Vm<'_>, v: Value) -> Res {
    let v = vm.native_part(v);
    if vm.is(v, Kind::Object) && vm.slots(v).first() == Some(&Some(DEQUE.value())) {
        Ok(v)
    } else {
        Err(vm.type_error(msg!("argument has wrong type")))
    }
}

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let room = vm.as_index(args.at(1))?;
    let Ok(room) = usize::try_from(room) else {
        return Err(vm.error_bare(&types::VALUE_ERROR));
    };
    let checked = match args.get(2) {
        Some(flags) => vm.as_index(flags)? & 1 != 0,
        None => false,
    };
    if room >= 1 << 28 {
        return Err(vm.memory_error());
    }
    let v = vm.alloc(Kind::Object, word::COUNT)?;
    let slots = vm.alloc(Kind::Slots, room as u32)?;
    let words = vm.slots_mut(v);
    words[word::TYPE] = Some(DEQUE.value());
    words[word::RING] = Some(slots);
    words[word::START] = Some(Value::small(0));
    words[word::LEN] = Some(Value::small(0));
    words[word::CHECKED] = Some(Value::bool(checked));
    if let Some(items) = args.get(0) {
        extend(vm, v, items)?;
    }
    Ok(v)
}

fn extend(vm: &mut Vm<'_>, v: Value, items: Value) -> Res<()> {
    vm.for_each(items, move |vm, item| {
        append(vm, v, item)?;
        Ok(true)
    })
}

fn item(vm: &Vm<'_>, v: Value, i: usize) -> Slot {
    let place = ring(vm, v).place(i);
    vm.slots(vm.slot(v, word::RING)?)
        .get(place)
        .copied()
        .flatten()
}

fn put(vm: &mut Vm<'_>, v: Value, i: usize, item: Slot) {
    let place = ring(vm, v).place(i);
    if let Some(ring) = vm.slot(v, word::RING)
        && let Some(slot) = vm.slots_mut(ring).get_mut(place)
    {
        *slot = item;
    }
}

fn take(vm: &mut Vm<'_>, v: Value, i: usize) -> Value {
    let found = item(vm, v, i).unwrap_or(Value::NONE);
    put(vm, v, i, None);
    found
}

fn pop_left(vm: &mut Vm<'_>, v: Value) -> Value {
    let found = take(vm, v, 0);
    let Ring { len, .. } = ring(vm, v);
    let second = ring(vm, v).place(1);
    set_word(vm, v, word::START, second);
    set_word(vm, v, word::LEN, len - 1);
    found
}

fn nonempty(vm: &mut Vm<'_>, v: Value) -> Res<usize> {
    match ring(vm, v).len {
        0 => Err(vm.error(&types::INDEX_ERROR, msg!("empty"))),
        len => Ok(len),
    }
}

/// Whether an item fits without another's leaving.
///
/// # Errors
/// `IndexError` where the deque is full and does not drop.
fn has_room(vm: &mut Vm<'_>, v: Value) -> Res<bool> {
    let Ring { len, room, .. } = ring(vm, v);
    if len == room && vm.slot(v, word::CHECKED) == Some(Value::TRUE) {
        return Err(full(vm));
    }
    Ok(len < room)
}

#[cold]
fn full(vm: &mut Vm<'_>) -> Raised {
    vm.error(&types::INDEX_ERROR, msg!("full"))
}

fn append(vm: &mut Vm<'_>, v: Value, item: Value) -> Res<()> {
    if !has_room(vm, v)? {
        if ring(vm, v).room == 0 {
            return Ok(());
        }
        pop_left(vm, v);
    }
    let Ring { len, .. } = ring(vm, v);
    put(vm, v, len, Some(item));
    set_word(vm, v, word::LEN, len + 1);
    Ok(())
}

fn append_left(vm: &mut Vm<'_>, v: Value, item: Value) -> Res<()> {
    let fits = has_room(vm, v)?;
    let Ring { len, room, .. } = ring(vm, v);
    if room == 0 {
        return Ok(());
    }
    // In a full ring the place before the first is that of the last, which leaves.
    let before = ring(vm, v).place(room - 1);
    set_word(vm, v, word::START, before);
    set_word(vm, v, word::LEN, if fits { len + 1 } else { len });
    put(vm, v, 0, Some(item));
    Ok(())
}

fn subscr(vm: &mut Vm<'_>, v: Value, index: Value, access: Access) -> Res {
    if access == Access::Delete {
        return Err(vm.no_item(v, access));
    }
    let len = ring(vm, v).len;
    let i = vm.index_in(index, len, Part::Name(q!("deque")))?;
    if let Access::Store(new) = access {
        put(vm, v, i, Some(new));
        return Ok(Value::NONE);
    }
    Ok(item(vm, v, i).unwrap_or(Value::NONE))
}

fn iter(vm: &mut Vm<'_>, v: Value) -> Res {
    let cell = vm.alloc(Kind::Object, 3)?;
    let words = vm.slots_mut(cell);
    words[0] = Some(ITERATOR.value());
    words[1] = Some(v);
    words[2] = Some(Value::small(0));
    Ok(cell)
}

/// The iterator of a deque.
static ITERATOR: TypeDef = type_def!(TypeSpec {
    next: Some(|vm, it| {
        let words = vm.slots(it);
        let (Some(v), Some(at)) = (words[1], words[2].and_then(Value::as_small)) else {
            return Ok(None);
        };
        if at as usize >= ring(vm, v).len {
            return Ok(None);
        }
        vm.set_slot(it, 2, Some(Value::small(at + 1)));
        Ok(item(vm, v, at as usize))
    }),
    ..TypeSpec::new(q!("iterator"))
});
