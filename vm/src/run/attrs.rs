//! Attributes and methods.

use super::work::task;
use super::*;
use crate::heap::Kind;
use crate::native::{Access, Binding, Item};
use crate::object::class::{Class, Instance, flags};
use crate::qstr::Qstr;
use crate::table::{Entry, Table};

/// Whether a handler goes on in its task at once, which then does what else it could do without.
const SMALL: bool = cfg!(romfs_vm_small);

/// The entry of an instance's own attribute, by the hint of its name.
#[inline(always)]
unsafe fn hinted(v: Value, fp: *mut Frame, i: usize) -> Option<*mut Entry> {
    // SAFETY: invariants 2 and 3; the entry is only believed when it has the key.
    unsafe {
        let table: *mut Table = (*v.ptr::<Instance>()).table?.ptr();
        (*table).hinted(Value::qstr(code(fp).qstr(i)), *code(fp).attr_hint(i))
    }
}

/// The same by a search in a table of attributes or of a module's names, which sets the hint. Where that was tried, it is none.
#[inline(always)]
unsafe fn searched(table: Slot, fp: *mut Frame, i: usize, tried: bool) -> Option<*mut Entry> {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let table: *mut Table = table?.ptr();
        let key = Value::qstr(code(fp).qstr(i));
        let hint = code(fp).attr_hint(i);
        if !tried && let Some(entry) = (*table).hinted(key, *hint) {
            return Some(entry);
        }
        let at = (*table).find_word(key)?;
        *hint = at as u8;
        Some(&mut (*table).entries_mut()[at as usize])
    }
}

pub(super) unsafe fn load_attr(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (i, next) = short_operand!(vm, ip, sp, fp, load_attr_wide);
        own_attr(vm, ip, sp, fp, i, next)
    }
}

#[inline(never)]
unsafe fn load_attr_wide(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (i, next) = operand(ip);
        own_attr(vm, ip, sp, fp, i, next)
    }
}

#[inline(always)]
unsafe fn own_attr(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
    i: usize,
    next: *const u8,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
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
unsafe fn load_attr_slow(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        if !SMALL {
            let (i, next) = far_operand(ip);
            if let Some(entry) = searched(names_in(vm, word(sp.sub(1))), fp, i, false) {
                *sp.sub(1) = (*entry).value;
                go!(vm, next, sp, fp)
            }
        }
        tail!(load_attr_any, vm, ip, sp, fp)
    }
}

/// The table of the names that a value has itself.
#[inline(always)]
unsafe fn names_in(vm: &Vm<'_>, v: Value) -> Slot {
    // SAFETY: invariant 3; kinds are looked at.
    unsafe {
        match vm.cell_kind(v) {
            Some(Kind::Instance) => (*v.ptr::<Instance>()).table,
            Some(Kind::Module) => vm.hashed(vm.field(v, 0)).table,
            _ => None,
        }
    }
}

task!(load_attr_any, any_attr, 1, 1, true);

/// `v.name`.
#[inline(never)]
unsafe fn any_attr(vm: &mut Vm<'_>, i: usize, sp: *mut Slot, fp: *mut Frame) -> Res {
    // SAFETY: invariant 2.
    unsafe {
        let v = word(sp.sub(1));
        if SMALL
            && let Some(entry) = searched(names_in(vm, v), fp, i, vm.is(v, Kind::Instance))
            && let Some(found) = (*entry).value
        {
            return Ok(found);
        }
        vm.load_attr(v, code(fp).qstr(i))
    }
}

pub(super) unsafe fn store_attr(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let fp = fp.of(vm);
        let (i, next) = short_operand!(vm, ip, sp, fp, store_attr_slow);
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
unsafe fn store_attr_slow(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        if !SMALL {
            let (i, next) = far_operand(ip);
            let v = word(sp.sub(1));
            if own_stored(vm, i, sp, fp) || new_attr(vm, v, code(fp).qstr(i), *sp.sub(2)) {
                go!(vm, next, sp.sub(2), fp)
            }
        }
        tail!(store_attr_any, vm, ip, sp, fp)
    }
}

/// Stores to an attribute that an instance has itself, where no class has a say.
#[inline(always)]
unsafe fn own_stored(vm: &Vm<'_>, i: usize, sp: *mut Slot, fp: *mut Frame) -> bool {
    // SAFETY: invariants 2 and 3; kinds are looked at.
    unsafe {
        let v = word(sp.sub(1));
        if vm.is(v, Kind::Instance)
            && (*sp.sub(2)).is_some()
            && (*(*v.ptr::<Instance>()).class.ptr::<Class>()).header.flags & flags::STORE_HOOK == 0
            && let Some(entry) = searched((*v.ptr::<Instance>()).table, fp, i, SMALL)
        {
            (*entry).value = *sp.sub(2);
            return true;
        }
        false
    }
}

task!(store_attr_any, any_store, 2, 0, true);

/// Appends an attribute that an instance does not have to its table, where that has room and no class has a say.
#[inline(always)]
unsafe fn new_attr(vm: &Vm<'_>, v: Value, name: Qstr, value: Slot) -> bool {
    // SAFETY: invariant 3; kinds are looked at.
    unsafe {
        if !vm.is(v, Kind::Instance) || value.is_none() {
            return false;
        }
        let instance = v.ptr::<Instance>();
        let class = (*instance).class.ptr::<Class>();
        let Some(table) = (*instance).table else {
            return false;
        };
        let table = table.ptr::<Table>();
        let key = Value::qstr(name);
        if (*class).header.flags & flags::STORE_HOOK != 0
            || !(*table).has_room()
            || !(*table).is_plain()
            || (*table).find_word(key).is_some()
        {
            return false;
        }
        (*table).push(key, value, name.hash());
        let used = (*table).used().min(crate::attr::ATTRIBUTES_MAX);
        (*class).header.len = (*class).header.len.max(used);
        true
    }
}

/// `v.name = value`, or `del v.name`.
#[inline(never)]
unsafe fn any_store(vm: &mut Vm<'_>, i: usize, sp: *mut Slot, fp: *mut Frame) -> Res {
    // SAFETY: invariant 2.
    unsafe {
        if cfg!(romfs_vm_small) && own_stored(vm, i, sp, fp) {
            return Ok(Value::NONE);
        }
        let access = match *sp.sub(2) {
            Some(v) => Access::Store(v),
            None => Access::Delete,
        };
        vm.store_attr(word(sp.sub(1)), code(fp).qstr(i), access)?;
    }
    Ok(Value::NONE)
}

impl Vm<'_> {
    /// `v.name` for a call, or `AttributeError`. Never inlined: what it has of locals would keep a handler from leaving by a
    /// jump.
    #[inline(never)]
    pub(crate) fn load_method_for_call(&mut self, v: Value, name: Qstr) -> Res<(Value, Slot)> {
        match self.load_parts(v, name).get()? {
            Some(parts) => Ok(parts),
            None => Err(self.attribute_error(v, name)),
        }
    }
}

/// Whether an instance may have this attribute of its own: its table is looked through where that takes no call.
#[inline(always)]
unsafe fn may_have(v: Value, name: Qstr) -> bool {
    // SAFETY: invariant 3; `v` is an instance.
    unsafe {
        match (*v.ptr::<Instance>()).table {
            Some(table) => {
                let table = table.ptr::<Table>();
                !(*table).has_near_index() || (*table).find_near(Value::qstr(name)).is_some()
            }
            None => false,
        }
    }
}

pub(super) unsafe fn load_method(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let fp = fp.of(vm);
        let (name, next) = named!(ip, fp);
        let v = word(sp.sub(1));
        if !cfg!(romfs_vm_small) && vm.is(v, Kind::Instance) {
            tail!(load_method_of_instance, vm, ip, sp, fp)
        }
        if let Some(found) = vm.cache.get(method_owner(vm, v), name) {
            *sp.sub(1) = Value::from_bits(found);
            *sp = Some(v);
            go!(vm, next, sp.add(1), fp)
        }
        tail!(load_method_slow, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn load_method_of_instance(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3; that the value is an instance was looked at.
    unsafe {
        let fp = fp.of(vm);
        let (name, next) = named!(ip, fp);
        let v = word(sp.sub(1));
        let instance = v.ptr::<Instance>();
        if let Some(table) = (*instance).table {
            let table = table.ptr::<Table>();
            if (*table).has_index() {
                tail!(load_method_beside_many, vm, ip, sp, fp)
            }
            if (*table).find_linear(Value::qstr(name)).is_some() {
                tail!(load_method_slow, vm, ip, sp, fp)
            }
        }
        if let Some(f) = method_of_class(vm, v, name) {
            *sp.sub(1) = Some(f);
            *sp = Some(v);
            go!(vm, next, sp.add(1), fp)
        }
        tail!(load_method_slow, vm, ip, sp, fp)
    }
}

/// The function that a name is in the class of an instance, where the cache knows.
#[inline(always)]
unsafe fn method_of_class(vm: &Vm<'_>, v: Value, name: Qstr) -> Slot {
    // SAFETY: invariant 3; `v` is an instance.
    let class = unsafe { (*v.ptr::<Instance>()).class };
    let f = Value::from_bits(vm.cache.get(class, name)?)?;
    if vm.is(f, Kind::Function) {
        Some(f)
    } else {
        None
    }
}

/// The same for an instance with many attributes of its own.
#[inline(never)]
unsafe fn load_method_beside_many(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3; that the value is an instance was looked at.
    unsafe {
        let fp = fp.of(vm);
        let (name, next) = named!(ip, fp);
        let v = word(sp.sub(1));
        if let Some(f) = method_of_class(vm, v, name)
            && !may_have(v, name)
        {
            *sp.sub(1) = Some(f);
            *sp = Some(v);
            go!(vm, next, sp.add(1), fp)
        }
        tail!(load_method_slow, vm, ip, sp, fp)
    }
}

/// What the cache keeps the firmware's methods of a value under: its kind, as a word that is no object.
#[inline(always)]
fn method_owner(vm: &Vm<'_>, v: Value) -> Value {
    let kind = match vm.kind(v) {
        Some(kind) => kind,
        None if v.as_qstr().is_some() => Kind::Str,
        None => Kind::Free,
    };
    Value::small(kind as isize)
}

#[inline(never)]
unsafe fn load_method_slow(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (name, next) = far_name(ip, fp);
        let v = word(sp.sub(1));
        if !SMALL && let Some(f) = native_method(vm, v, name) {
            *sp.sub(1) = Some(f);
            *sp = Some(v);
            go!(vm, next, sp.add(1), fp)
        }
        let (f, this) = attempt!(vm, ip, sp, fp, vm.load_method_for_call(v, name));
        *sp.sub(1) = Some(f);
        *sp = this;
        go!(vm, next, sp.add(1), fp)
    }
}

/// A method of the firmware's that binds to its receiver, where a value has such and no attributes of its own.
#[inline(never)]
fn native_method(vm: &mut Vm<'_>, v: Value, name: Qstr) -> Slot {
    let kind = vm.kind(v);
    if matches!(
        kind,
        Some(
            Kind::Exception
                | Kind::Instance
                | Kind::Class
                | Kind::Type
                | Kind::Module
                | Kind::NativeModule
        )
    ) {
        return None;
    }
    let t = crate::object::native_type(vm, v);
    if t.attr().is_some() {
        return None;
    }
    let f = match vm.member_of(t, name)?.item() {
        Item::Fn(f) if f.binding() == Binding::Method => Value::from_ptr(f),
        _ => return None,
    };
    // All cells of one of these kinds have the same methods.
    if let Some(
        Kind::List
        | Kind::Dict
        | Kind::Set
        | Kind::Str
        | Kind::FlashStr
        | Kind::Bytes
        | Kind::ByteArray
        | Kind::Generator,
    ) = kind
    {
        let owner = method_owner(vm, v);
        vm.cache.put(owner, name, f.bits());
    }
    Some(f)
}
