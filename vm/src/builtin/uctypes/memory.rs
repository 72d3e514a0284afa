//! Addresses: what a program may reach by one.
//!
//! Invariant 2: an address leads only into the bytes of a live buffer (a bytearray, an array, a str or bytes), and every
//! access is checked against that buffer's length of the moment. A board may answer for other addresses itself, see
//! [`Host::read_memory`](crate::vm::Host::read_memory).

use crate::heap::Kind;
use crate::native::Res;
use crate::value::Value;
use crate::vm::Vm;

/// Buffers outside the heap whose addresses are remembered.
const KEPT: usize = 16;

/// A place that an address leads to: two words, which come in registers.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// The buffer that it is in, or None.
    pub owner: Value,
    /// Bytes of the buffer before it; where there is none the address itself.
    pub offset: usize,
}

impl Place {
    /// The place some bytes further on.
    pub(super) fn at(self, offset: usize) -> Place {
        Place {
            offset: self.offset.saturating_add(offset),
            ..self
        }
    }

    /// Its address.
    pub(super) fn address(self, vm: &Vm<'_>) -> usize {
        let start = vm
            .bytes_of(self.owner)
            .map_or(0, |bytes| bytes.as_ptr().addr());
        start.wrapping_add(self.offset)
    }
}

/// The address of a buffer's bytes. Buffers outside the heap are remembered, the last few of them: a program that made a
/// struct of one keeps that one.
pub(super) fn address_of(vm: &mut Vm<'_>, v: Value) -> Res<usize> {
    let buffer = vm.buffer_of(v)?;
    let address = buffer.ptr.addr();
    if !vm.heap.contains(address) {
        let v = vm.native_part(v);
        let list = match vm.roots.addressed {
            Some(list) => list,
            None => {
                let list = vm.new_list(&[])?;
                vm.roots.addressed = Some(list);
                list
            }
        };
        if !vm.list_items(list).contains(&Some(v)) {
            vm.list_push(list, v)?;
            let n = vm.list_len(list);
            if n > KEPT {
                vm.list_items_mut(list).copy_within(1.., 0);
                vm.list_truncate(list, n - 1);
            }
        }
    }
    Ok(address)
}

/// Where an address leads.
pub(crate) fn place(vm: &mut Vm<'_>, address: usize) -> Place {
    let holds = |vm: &Vm<'_>, v: Value| {
        let bytes = vm.bytes_of(v)?;
        let offset = address.checked_sub(bytes.as_ptr().addr())?;
        (offset < bytes.len()).then_some(offset)
    };
    let mut found = None;
    if vm.heap.contains(address) {
        vm.heap.retire_run();
        let mut at = None;
        while let Some(cell) = vm.heap.next_live(&mut at) {
            if matches!(
                vm.kind(cell),
                Some(Kind::ByteArray | Kind::Array | Kind::Str | Kind::Bytes)
            ) && let Some(offset) = holds(vm, cell)
            {
                found = Some((cell, offset));
                break;
            }
        }
    } else if let Some(list) = vm.roots.addressed {
        found = vm
            .list_items(list)
            .iter()
            .flatten()
            .find_map(|&v| Some((v, holds(vm, v)?)));
    }
    let (owner, offset) = found.unwrap_or((Value::NONE, address));
    Place { owner, offset }
}

/// Reads bytes.
pub(crate) fn read(vm: &mut Vm<'_>, place: Place, into: &mut [u8]) -> Res<()> {
    let Place { owner, offset } = place;
    let done = if owner == Value::NONE {
        vm.host.read_memory(offset, into)
    } else {
        let part = vm.bytes_of(owner).and_then(|bytes| bytes.get(offset..));
        match part.and_then(|part| part.get(..into.len())) {
            Some(part) => {
                into.copy_from_slice(part);
                true
            }
            None => false,
        }
    };
    reached(vm, done)
}

/// Writes bytes.
pub(crate) fn write(vm: &mut Vm<'_>, place: Place, bytes: &[u8]) -> Res<()> {
    let Place { owner, offset } = place;
    let done = if owner == Value::NONE {
        vm.host.write_memory(offset, bytes)
    } else {
        let part = vm
            .bytes_mut(owner)
            .and_then(|target| target.get_mut(offset..));
        match part.and_then(|part| part.get_mut(..bytes.len())) {
            Some(part) => {
                part.copy_from_slice(bytes);
                true
            }
            None => false,
        }
    };
    reached(vm, done)
}

fn reached(vm: &mut Vm<'_>, done: bool) -> Res<()> {
    match done {
        true => Ok(()),
        false => Err(vm.value_error(msg!("address isn't in a live buffer"))),
    }
}

/// A bytearray that looks at `len` bytes of a buffer; `None` where they are not all in one.
pub(super) fn view(vm: &mut Vm<'_>, place: Place, len: usize) -> Res<Option<Value>> {
    let end = place.offset.checked_add(len);
    let room = vm.bytes_of(place.owner).map(<[u8]>::len);
    match (end, room) {
        (Some(end), Some(room)) if end <= room => vm
            .new_bytearray_view(place.owner, place.offset, len)
            .map(Some),
        _ => Ok(None),
    }
}
