//! Addresses: what a program may reach by one.
//!
//! Invariant 2: an address leads only into the bytes of a live buffer (a bytearray, an array, a str or bytes), and every
//! access is checked against that buffer's length of the moment. A board may answer for other addresses itself, see
//! [`Host::read_memory`](crate::vm::Host::read_memory).

use crate::heap::Kind;
use crate::native::Res;
use crate::raise::Raised;
use crate::value::Value;
use crate::vm::Vm;

/// Buffers outside the heap whose addresses are remembered.
const KEPT: usize = 16;

/// A place that an address leads to.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// The address itself.
    pub address: usize,
    /// The buffer that it is in, or None.
    pub owner: Value,
    /// Bytes of the buffer before it.
    pub offset: usize,
}

impl Place {
    /// The place some bytes further on.
    pub(super) fn at(self, offset: usize) -> Place {
        Place {
            address: self.address.wrapping_add(offset),
            offset: self.offset.saturating_add(offset),
            ..self
        }
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
    let (owner, offset) = found.unwrap_or((Value::NONE, 0));
    Place {
        address,
        owner,
        offset,
    }
}

#[cold]
fn out_of_reach(vm: &mut Vm<'_>) -> Raised {
    vm.value_error(msg!("address isn't in a live buffer"))
}

/// Reads bytes.
pub(crate) fn read(vm: &mut Vm<'_>, place: Place, into: &mut [u8]) -> Res<()> {
    let end = place.offset.checked_add(into.len());
    if place.owner != Value::NONE
        && let Some(bytes) = vm.bytes_of(place.owner)
        && let Some(bytes) = end.and_then(|end| bytes.get(place.offset..end))
    {
        into.copy_from_slice(bytes);
        return Ok(());
    }
    if place.owner == Value::NONE && vm.host.read_memory(place.address, into) {
        return Ok(());
    }
    Err(out_of_reach(vm))
}

/// Writes bytes.
pub(crate) fn write(vm: &mut Vm<'_>, place: Place, bytes: &[u8]) -> Res<()> {
    let end = place.offset.checked_add(bytes.len());
    if place.owner != Value::NONE {
        if let Some(target) = vm.bytes_mut(place.owner)
            && let Some(target) = end.and_then(|end| target.get_mut(place.offset..end))
        {
            target.copy_from_slice(bytes);
            return Ok(());
        }
    } else if vm.host.write_memory(place.address, bytes) {
        return Ok(());
    }
    Err(out_of_reach(vm))
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
