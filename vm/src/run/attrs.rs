//! Attributes and methods.

use super::*;
use crate::CACHES;
use crate::heap::Kind;
use crate::native::{Access, Binding, Item};
use crate::object::class::{Class, Instance, flags};
use crate::qstr::Qstr;
use crate::table::{Entry, Table};

/// The entry of an instance's own attribute, by the hint of its name.
#[inline(always)]
unsafe fn hinted(v: Value, fp: *mut Frame, i: usize) -> Option<*mut Entry> {
    // SAFETY: invariants 2 and 3; the entry is only believed when it has the key.
    unsafe {
        let table: *mut Table = (*v.ptr::<Instance>()).table?.ptr();
        let key = Value::qstr(code(fp).qstr(i));
        let hint = code(fp).attr_hint(i);
        if CACHES
            && let Some(entry) = (*table).entries_mut().get_mut(*hint as usize)
            && entry.key == Some(key)
        {
            return Some(entry);
        }
        let at = (*table).find_word(key)?;
        *hint = at as u8;
        Some(&mut (*table).entries_mut()[at as usize])
    }
}

pub(super) unsafe fn load_attr(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (i, next) = operand(ip);
        let v = word(sp.sub(1));
        if vm.is(v, Kind::Instance)
            && let Some(entry) = hinted(v, fp, i)
        {
            *sp.sub(1) = (*entry).value;
            go!(vm, next, sp, fp)
        }
        tail!(load_attr_slow, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn load_attr_slow(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: *mut Frame) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (name, next) = named!(ip, fp);
        let found = attempt!(vm, ip, sp, fp, any_attr(vm, word(sp.sub(1)), name));
        *sp.sub(1) = Some(found);
        go!(vm, next, sp, fp)
    }
}

/// `v.name`. Out of line: what it has of locals would keep the handler from leaving by a jump.
#[inline(never)]
fn any_attr(vm: &mut Vm<'_>, v: Value, name: Qstr) -> Res {
    vm.load_attr(v, name)
}

pub(super) unsafe fn store_attr(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let (i, next) = operand(ip);
        let v = word(sp.sub(1));
        if vm.is(v, Kind::Instance)
            && let Some(entry) = hinted(v, fp, i)
            && (*sp.sub(2)).is_some()
        {
            let class = (*v.ptr::<Instance>()).class.ptr::<Class>();
            if (*class).header.flags & flags::STORE_HOOK == 0 {
                (*entry).value = *sp.sub(2);
                go!(vm, next, sp.sub(2), fp)
            }
        }
        tail!(store_attr_slow, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn store_attr_slow(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: *mut Frame) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (name, next) = named!(ip, fp);
        let access = match *sp.sub(2) {
            Some(v) => Access::Store(v),
            None => Access::Delete,
        };
        attempt!(vm, ip, sp, fp, vm.store_attr(word(sp.sub(1)), name, access));
        go!(vm, next, sp.sub(2), fp)
    }
}

impl Vm<'_> {
    /// `v.name` for a call, or `AttributeError`.
    pub(crate) fn load_method_for_call(&mut self, v: Value, name: Qstr) -> Res<(Value, Slot)> {
        match self.load_parts(v, name)? {
            Some(parts) => Ok(parts),
            None => Err(self.attribute_error(v, name)),
        }
    }

    /// The same, written to two words: a result in memory would keep a handler from leaving by a jump.
    #[inline(never)]
    unsafe fn push_method(&mut self, at: *mut Slot, name: Qstr) -> Res<()> {
        // SAFETY: invariant 2; `at` is the top word of the operand stack, which has room for one more.
        unsafe {
            let (f, this) = self.load_method_for_call(word(at), name)?;
            (*at, *at.add(1)) = (Some(f), this);
            Ok(())
        }
    }

    /// A method of the firmware's that binds to its receiver, where a value has such and no attributes of its own.
    #[inline]
    fn native_method(&mut self, v: Value, name: Qstr) -> Slot {
        if matches!(
            self.kind(v),
            Some(Kind::Exception | Kind::Class | Kind::Type | Kind::Module | Kind::NativeModule)
        ) {
            return None;
        }
        let t = crate::object::native_type(self, v);
        if t.attr.is_some() {
            return None;
        }
        match self.member_of(t, name)? {
            Item::Fn(f) if f.binding() == Binding::Method => Some(Value::from_ptr(f)),
            _ => None,
        }
    }
}

pub(super) unsafe fn load_method(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let (name, next) = named!(ip, fp);
        let v = word(sp.sub(1));
        if !vm.is(v, Kind::Instance) {
            tail!(load_native_method, vm, ip, sp, fp)
        }
        let instance = v.ptr::<Instance>();
        let own = match (*instance).table {
            Some(table) => (*table.ptr::<Table>()).find_word(Value::qstr(name)),
            None => None,
        };
        if own.is_none()
            && let Some(found) = vm.cache.get((*instance).class, name)
            && let Some(f) = Value::from_bits(found)
            && vm.is(f, Kind::Function)
        {
            *sp.sub(1) = Some(f);
            *sp = Some(v);
            go!(vm, next, sp.add(1), fp)
        }
        tail!(load_method_slow, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn load_native_method(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (name, next) = named!(ip, fp);
        let v = word(sp.sub(1));
        if let Some(f) = vm.native_method(v, name) {
            *sp.sub(1) = Some(f);
            *sp = Some(v);
            go!(vm, next, sp.add(1), fp)
        }
        tail!(load_method_slow, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn load_method_slow(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: *mut Frame) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (name, next) = named!(ip, fp);
        attempt!(vm, ip, sp, fp, vm.push_method(sp.sub(1), name));
        go!(vm, next, sp.add(1), fp)
    }
}
