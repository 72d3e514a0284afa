//! `a[i]`: what programs index most is looked at here, the rest goes through the types' tables.

use super::work::{operator, task};
use super::*;
use crate::heap::{Header, Kind, kind::data};
use crate::native::Access;
use crate::object::buffer::ByteArray;
use crate::object::list::List;

/// An index into `len` items, where it is a small int and in range.
#[inline(always)]
fn index(i: Value, len: usize) -> Option<usize> {
    let n = i.as_small()?;
    let n = if n < 0 {
        n.wrapping_add(len as isize)
    } else {
        n
    };
    if (n as usize) < len {
        Some(n as usize)
    } else {
        None
    }
}

/// The word of an item of a list.
#[inline(always)]
unsafe fn list_item(v: Value, i: Value) -> Option<*mut Slot> {
    // SAFETY: invariant 3; `v` is a list, whose items are at least `len` words of a `Slots` cell.
    unsafe {
        let list = v.ptr::<List>();
        let n = index(i, (*list).len())?;
        Some((data((*list).items?) as *mut Slot).add(n))
    }
}

/// The byte of an item of a bytearray.
#[inline(always)]
unsafe fn byte_item(v: Value, i: Value) -> Option<*mut u8> {
    // SAFETY: invariant 3; `v` is a bytearray, which has at least `len` bytes of storage.
    unsafe {
        let array = v.ptr::<ByteArray>();
        let n = index(i, (*array).len)?;
        Some(data((*array).storage?).add(n))
    }
}

pub(super) unsafe fn load_subscr(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let fp = fp.of(vm);
        let (v, i) = (word(sp.sub(2)), word(sp.sub(1)));
        if vm.is(v, Kind::List) {
            if let Some(item) = list_item(v, i) {
                *sp.sub(2) = *item;
                go!(vm, ip.add(1), sp.sub(1), fp)
            }
        } else if vm.is(v, Kind::Tuple)
            && let Some(n) = index(i, (*v.ptr::<Header>()).len as usize)
        {
            *sp.sub(2) = *(data(v) as *const Slot).add(n);
            go!(vm, ip.add(1), sp.sub(1), fp)
        }
        tail!(load_subscr_more, vm, ip, sp, fp)
    }
}

#[cfg_attr(not(romfs_vm_small), inline(never))]
unsafe fn load_subscr_more(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let fp = fp.of(vm);
        let (v, i) = (word(sp.sub(2)), word(sp.sub(1)));
        let byte = match vm.is(v, Kind::ByteArray) {
            true if !cfg!(romfs_vm_small) => byte_item(v, i),
            _ => None,
        };
        if let Some(byte) = byte {
            *sp.sub(2) = Some(Value::small(*byte as isize));
            go!(vm, ip.add(1), sp.sub(1), fp)
        }
        tail!(load_subscr_any, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn load_subscr_any(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let fp = fp.of(vm);
        if !cfg!(romfs_vm_small)
            && let Some(found) = quick_item(vm, word(sp.sub(2)), word(sp.sub(1)))
        {
            *sp.sub(2) = Some(found);
            go!(vm, ip.add(1), sp.sub(1), fp)
        }
        tail!(load_subscr_slow, vm, ip, sp, fp)
    }
}

operator!(load_subscr_slow, any_item);

/// An item of what has them in the heap or in flash.
#[inline(always)]
unsafe fn quick_item(vm: &mut Vm<'_>, v: Value, i: Value) -> Slot {
    // SAFETY: invariant 3; kinds are looked at.
    unsafe {
        match vm.kind(v) {
            Some(Kind::Dict) => vm.dict_get_quick(v, i),
            Some(Kind::ByteArray) => byte_item(v, i).map(|byte| Value::small(*byte as isize)),
            Some(Kind::Bytes) => index(i, (*v.ptr::<Header>()).len as usize)
                .map(|n| Value::small(*data(v).add(n) as isize)),
            Some(Kind::FlashBytes) => {
                let bytes = vm.immutable_bytes(v);
                index(i, bytes.len()).map(|n| Value::small(bytes[n] as isize))
            }
            _ => None,
        }
    }
}

/// `v[i]`, through the type's table.
#[inline(never)]
unsafe fn any_item(vm: &mut Vm<'_>, _: usize, sp: *mut Slot, _: *mut Frame) -> Res {
    // SAFETY: invariant 2.
    let (v, i) = unsafe { (word(sp.sub(2)), word(sp.sub(1))) };
    if cfg!(romfs_vm_small)
        // SAFETY: as above.
        && let Some(found) = unsafe { quick_item(vm, v, i) }
    {
        return Ok(found);
    }
    access_item(vm, v, i, Access::Load)
}

pub(super) unsafe fn store_subscr(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let fp = fp.of(vm);
        let (v, i) = (word(sp.sub(2)), word(sp.sub(1)));
        if vm.is(v, Kind::List)
            && let Some(item) = list_item(v, i)
            && (*sp.sub(3)).is_some()
        {
            *item = *sp.sub(3);
            go!(vm, ip.add(1), sp.sub(3), fp)
        }
        if vm.is(v, Kind::Dict) {
            tail!(store_subscr_dict, vm, ip, sp, fp)
        }
        if !cfg!(romfs_vm_small) && vm.is(v, Kind::ByteArray) {
            tail!(store_subscr_byte, vm, ip, sp, fp)
        }
        tail!(store_subscr_more, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn store_subscr_byte(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3; that it is a bytearray was looked at.
    unsafe {
        let fp = fp.of(vm);
        if let Some(value) = *sp.sub(3)
            && store_byte(word(sp.sub(2)), word(sp.sub(1)), value)
        {
            go!(vm, ip.add(1), sp.sub(3), fp)
        }
        tail!(store_subscr_more, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn store_subscr_dict(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let fp = fp.of(vm);
        if let Some(value) = *sp.sub(3)
            && vm.dict_set_quick(word(sp.sub(2)), word(sp.sub(1)), value)
        {
            go!(vm, ip.add(1), sp.sub(3), fp)
        }
        tail!(store_subscr_more, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn store_subscr_more(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let fp = fp.of(vm);
        let (v, i) = (word(sp.sub(2)), word(sp.sub(1)));
        if let Some(value) = *sp.sub(3) {
            let stored = match vm.cell_kind(v) {
                Some(Kind::ByteArray) => store_byte(v, i, value),
                _ => false,
            };
            if stored {
                go!(vm, ip.add(1), sp.sub(3), fp)
            }
        }
        tail!(store_subscr_slow, vm, ip, sp, fp)
    }
}

task!(store_subscr_slow, set_item, 3, 0, false);

/// `v[i] = value` or `del v[i]`, through the type's table.
#[inline(never)]
unsafe fn set_item(vm: &mut Vm<'_>, _: usize, sp: *mut Slot, _: *mut Frame) -> Res {
    // SAFETY: invariant 2.
    unsafe {
        let access = match *sp.sub(3) {
            Some(value) => Access::Store(value),
            None => Access::Delete,
        };
        access_item(vm, word(sp.sub(2)), word(sp.sub(1)), access)
    }
}

/// `v[i]` through the type's table; a list's slices at once.
fn access_item(vm: &mut Vm<'_>, v: Value, i: Value, access: Access) -> Res {
    if !cfg!(romfs_vm_small) && vm.is(v, Kind::List) && vm.is(i, Kind::Slice) {
        return crate::object::list_slice::slice(vm, v, i, access);
    }
    vm.subscr(v, i, access)
}

/// Sets a byte of a bytearray. False where that takes more looking.
#[inline(always)]
unsafe fn store_byte(array: Value, i: Value, value: Value) -> bool {
    // SAFETY: invariant 3; `array` is a bytearray.
    unsafe {
        match (value.as_small(), byte_item(array, i)) {
            (Some(n @ 0..=255), Some(byte)) => {
                *byte = n as u8;
                true
            }
            _ => false,
        }
    }
}
