//! `weakref`: references that keep nothing alive, and functions that are called when an object is gone.
//!
//! All that are in force form a chain, newest first, whose links the collector does not follow: they are small ints made
//! of addresses, which never change. When everything else is marked, it goes through the chain. A `ref` that is itself
//! garbage leaves it; a `finalize` is kept. One whose object is garbage moves to a second chain, of real links, and is
//! called at the next occasion.

use crate::heap::mark::Marker;
use crate::native::{
    ANY, Args, Item, ModuleDef, Res, Sink, TypeDef, TypeSpec, func, func_1, member,
};
use crate::q;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// The module.
pub(super) static WEAKREF: ModuleDef = ModuleDef::new(
    q!("weakref"),
    &[
        member(q!("ref"), Item::Type(&REF)),
        member(q!("finalize"), Item::Type(&FINALIZE)),
    ],
);

static REF: TypeDef = type_def!(TypeSpec {
    make_new: Some(|vm, _, args| {
        let callback = args.get(1).unwrap_or(Value::NONE);
        enter(vm, &REF, args.at(0), &[callback])
    }),
    arity: (1, 2),
    keywords: false,
    call: Some(|vm, v, _| {
        vm.check_object(v, &REF)?;
        Ok(target(vm, v))
    }),
    members: &[func_1(q!("__del__"), |vm, v| {
        vm.check_object(v, &REF)?;
        leave(vm, v);
        Ok(Value::NONE)
    })],
    ..TypeSpec::new(q!("ref"))
});

static FINALIZE: TypeDef = type_def!(TypeSpec {
    make_new: Some(|vm, _, args| {
        let positional = vm.new_tuple_room(args.len() - 2)?;
        for i in 2..args.len() {
            vm.set_slot(positional, i - 2, args.get(i));
        }
        let keywords = vm.new_dict()?;
        for i in 0..args.kw_len() {
            let (name, value) = args.kw_at(i);
            vm.dict_set(keywords, name, value)?;
        }
        enter(
            vm,
            &FINALIZE,
            args.at(0),
            &[args.at(1), positional, keywords],
        )
    }),
    arity: (2, ANY),
    call: Some(|vm, v, _| {
        vm.check_object(v, &FINALIZE)?;
        if leave(vm, v) {
            call_finalizer(vm, v)
        } else {
            Ok(Value::NONE)
        }
    }),
    attr: Some(|vm, v, name, access| {
        let alive = name == q!("alive") && access == crate::native::Access::Load;
        Ok(alive.then(|| Value::bool(target(vm, v) != Value::NONE)))
    }),
    members: &[
        func(q!("peek"), 1, 1, |vm, args| parts(vm, args, false)),
        func(q!("detach"), 1, 1, |vm, args| parts(vm, args, true)),
    ],
    ..TypeSpec::new(q!("finalize"))
});

/// Slots of both: the object, as a small int; the next in the chain, as one, or as itself among those that are due.
const TARGET: usize = 1;
const NEXT: usize = 2;
const CALLBACK: usize = 3;
/// Of a finalizer: the tuple and the dict to call it with.
const POSITIONAL: usize = 4;
const KEYWORDS: usize = 5;

/// A cell's address as a value that the collector does not follow. Cells lie at multiples of eight, so it fits.
fn hidden(cell: Value) -> Value {
    Value::small((cell.bits() >> 2) as isize)
}

/// The cell of such a value.
fn shown(v: Slot) -> Slot {
    let bits = (v?.as_small()? as usize) << 2;
    Some(Value::from_ptr(core::ptr::with_exposed_provenance::<u8>(
        bits,
    )))
}

/// A new reference to an object, at the head of the chain.
fn enter(vm: &mut Vm<'_>, of: &'static TypeDef, object: Value, rest: &[Value]) -> Res {
    if !object.is_ptr() || !vm.heap.contains(object.bits()) {
        return Err(vm.type_error(msg!("not a heap object")));
    }
    let cell = vm.new_object_room(of, NEXT + rest.len())?;
    let next = vm.weak.map(hidden);
    let slots = vm.slots_mut(cell);
    (slots[TARGET], slots[NEXT]) = (Some(hidden(object)), next);
    for (slot, &part) in slots[CALLBACK..].iter_mut().zip(rest) {
        *slot = Some(part);
    }
    vm.weak = Some(cell);
    Ok(cell)
}

/// The object of a reference that is in force, or None.
fn target(vm: &Vm<'_>, v: Value) -> Value {
    shown(vm.slot(v, TARGET)).unwrap_or(Value::NONE)
}

/// Takes a reference out of the chain. False where it was not in force.
fn leave(vm: &mut Vm<'_>, v: Value) -> bool {
    let next = vm.slot(v, NEXT);
    let mut before: Slot = None;
    let mut at = vm.weak;
    while let Some(cell) = at {
        if cell == v {
            match before {
                None => vm.weak = shown(next),
                Some(before) => vm.slots_mut(before)[NEXT] = next,
            }
            vm.slots_mut(v)[TARGET] = None;
            return true;
        }
        before = at;
        at = shown(vm.slot(cell, NEXT));
    }
    false
}

fn call_finalizer(vm: &mut Vm<'_>, v: Value) -> Res {
    let part = |vm: &Vm<'_>, i: usize| vm.slot(v, i).unwrap_or(Value::NONE);
    let (f, positional, keywords) = (part(vm, CALLBACK), part(vm, POSITIONAL), part(vm, KEYWORDS));
    vm.call_unpacked(f, positional, keywords)
}

/// `(object, function, args, kwargs)` of a finalizer in force, or None.
fn parts(vm: &mut Vm<'_>, args: Args, detach: bool) -> Res {
    let v = args.at(0);
    vm.check_object(v, &FINALIZE)?;
    let object = target(vm, v);
    if object == Value::NONE {
        return Ok(Value::NONE);
    }
    vm.root(object)?;
    let part = |vm: &Vm<'_>, i: usize| vm.slot(v, i).unwrap_or(Value::NONE);
    let fields = [
        object,
        part(vm, CALLBACK),
        part(vm, POSITIONAL),
        part(vm, KEYWORDS),
    ];
    let tuple = vm.new_tuple(&fields)?;
    if detach {
        leave(vm, v);
    }
    Ok(tuple)
}

/// The slots of a cell of the chain, while the collector is at work.
///
/// # Safety
/// `cell` is one of the chain: an object of the types above, whose cell has not been swept.
unsafe fn slots<'s>(cell: Value) -> &'s mut [Slot] {
    let header = cell.ptr::<crate::heap::Header>();
    // SAFETY: invariant 3; an object has `len` values behind its header, and nothing else looks at the heap meanwhile.
    unsafe {
        let data = crate::heap::kind::data(cell) as *mut Slot;
        core::slice::from_raw_parts_mut(data, (*header).len as usize)
    }
}

/// The two chains, as the VM has them.
pub(crate) struct Chains<'c> {
    /// Those in force.
    pub weak: &'c mut Slot,
    /// Those whose object is gone and that are still to be called.
    pub due: &'c mut Slot,
}

impl Chains<'_> {
    /// For the collector, with the other roots: finalizers in force, and all that is due.
    ///
    /// # Safety
    /// The chains are the VM's.
    pub(crate) unsafe fn trace(&self, marker: &mut Marker<'_>) {
        marker.root(*self.due);
        let mut at = *self.weak;
        while let Some(cell) = at {
            // SAFETY: invariant 3; cells of the chain live until they are taken out of it.
            let slots = unsafe { slots(cell) };
            if slots[0] == Some(FINALIZE.value()) {
                marker.root(at);
            }
            at = shown(slots[NEXT]);
        }
    }

    /// For the collector, after everything is marked: takes out what is garbage or refers to garbage. True where
    /// something has to be called now.
    ///
    /// # Safety
    /// As [`trace`](Chains::trace).
    pub(crate) unsafe fn clear(&mut self, marker: &Marker<'_>) -> bool {
        // Finalizers are called before callbacks of references.
        let mut due = [None, None];
        let mut ends: [Slot; 2] = [None, None];
        let mut kept: Slot = None;
        let mut at = self.weak.take();
        while let Some(cell) = at {
            // SAFETY: invariant 3; likewise.
            let own = unsafe { slots(cell) };
            at = shown(own[NEXT]);
            if !marker.is_marked(cell) {
                continue;
            }
            if shown(own[TARGET]).is_some_and(|object| marker.is_marked(object)) {
                own[NEXT] = None;
                match kept {
                    None => *self.weak = Some(cell),
                    // SAFETY: invariant 3; likewise.
                    Some(last) => unsafe { slots(last)[NEXT] = Some(hidden(cell)) },
                }
                kept = Some(cell);
                continue;
            }
            (own[TARGET], own[NEXT]) = (None, None);
            if own[CALLBACK] == Some(Value::NONE) {
                continue;
            }
            let i = usize::from(own[0] == Some(REF.value()));
            match ends[i] {
                None => due[i] = Some(cell),
                // SAFETY: invariant 3; likewise.
                Some(end) => unsafe { slots(end)[NEXT] = Some(cell) },
            }
            ends[i] = Some(cell);
        }
        let any = due != [None, None];
        for i in [1, 0] {
            if let Some(end) = ends[i] {
                // SAFETY: invariant 3; likewise.
                unsafe { slots(end)[NEXT] = *self.due };
                *self.due = due[i];
            }
        }
        any
    }
}

impl Vm<'_> {
    /// Calls what waits for objects that are gone. What that raises is printed and goes no further.
    pub(crate) fn call_weak_callbacks(&mut self) -> Res<()> {
        while let Some(cell) = self.weak_due.take() {
            let mark = self.mark();
            self.root(cell)?;
            self.weak_due = self.slots_mut(cell)[NEXT].take();
            let callback = self.slot(cell, CALLBACK).unwrap_or(Value::NONE);
            let done = if self.is_object(cell, &FINALIZE) {
                call_finalizer(self, cell)
            } else {
                self.call(callback, &[cell])
            };
            if let Err(raised) = done {
                let e = self.take_raised(raised);
                self.root(e)?;
                self.write(Sink::Error, b"Unhandled exception in weakref callback:\n")?;
                self.print_exception(e, Sink::Error)?;
            }
            self.release(mark);
        }
        Ok(())
    }
}
