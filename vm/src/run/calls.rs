//! Calls, functions and classes.

use super::*;
use crate::call::Called;
use crate::heap::Kind;
use crate::native::Args;
use crate::object::function::Function;
use crate::q;

/// The position behind a call instruction.
#[inline(always)]
pub(super) unsafe fn after_call(ip: *const u8, fp: *mut Frame) -> *const u8 {
    // SAFETY: invariant 2.
    unsafe {
        if *ip >> 4 == 3 {
            return operand(ip).1;
        }
        after(ip, fp)
    }
}

/// Calls what lies at `base` with the arguments behind it; the result takes its place.
macro_rules! dispatch_call {
    ($vm:ident, $ip:expr, $sp:expr, $fp:expr, $f:expr, $args:expr, $base:expr) => {{
        save!($ip, $sp, $fp);
        let mark = $vm.mark();
        match $vm.begin_call($f, $args, Return::Push) {
            Ok(Called::Value(v)) => {
                $vm.release(mark);
                *$base = Some(v);
                go!($vm, after_call($ip, $fp), $base.add(1), $fp)
            }
            Ok(Called::Frame(frame)) => {
                let frame = settle($vm, frame, mark);
                (*$fp).sp = $base;
                enter($vm, frame);
                go!($vm, (*frame).ip, (*frame).sp, frame)
            }
            Err(_) => {
                $vm.release(mark);
                tail!(unwind::unwind, $vm, $ip, $sp, $fp)
            }
        }
    }};
}

pub(super) unsafe fn call_function(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (n, _) = operand(ip);
        let (n_pos, n_kw) = (n & 0xff, n >> 8 & 0xff);
        let base = sp.sub(n_pos + 2 * n_kw + 1);
        let f = word(base);
        if f == Value::BUILD_CLASS {
            tail!(build_class, vm, ip, sp, fp)
        }
        let args = Args {
            base: base.add(1),
            n: n_pos as u16,
            n_kw: n_kw as u16,
        };
        dispatch_call!(vm, ip, sp, fp, f, args, base)
    }
}

pub(super) unsafe fn call_method(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (n, _) = operand(ip);
        let (n_pos, n_kw) = (n & 0xff, n >> 8 & 0xff);
        let base = sp.sub(n_pos + 2 * n_kw + 2);
        let f = word(base);
        let this = (*base.add(1)).is_some() as usize;
        let args = Args {
            base: base.add(2 - this),
            n: (n_pos + this) as u16,
            n_kw: n_kw as u16,
        };
        dispatch_call!(vm, ip, sp, fp, f, args, base)
    }
}

/// Calls with `*` and `**` arguments: they are laid out one after another on the top of the value stack first.
unsafe fn call_var(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
    method: bool,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (n, _) = operand(ip);
        let (n_pos, n_kw) = (n & 0xff, n >> 8 & 0xff);
        let base = sp.sub(n_pos + 2 * n_kw + 2 + method as usize);
        let f = word(base);
        save!(ip, sp, fp);
        let mark = vm.mark();
        let laid = spread(vm, base, n_pos, n_kw, sp, method);
        let called = match laid {
            Ok(args) => vm.begin_call(f, args, Return::Push),
            Err(e) => Err(e),
        };
        match called {
            Ok(Called::Value(v)) => {
                vm.release(mark);
                *base = Some(v);
                go!(vm, after_call(ip, fp), base.add(1), fp)
            }
            Ok(Called::Frame(frame)) => {
                let frame = settle(vm, frame, mark);
                (*fp).sp = base;
                enter(vm, frame);
                go!(vm, (*frame).ip, (*frame).sp, frame)
            }
            Err(_) => {
                vm.release(mark);
                tail!(unwind::unwind, vm, ip, sp, fp)
            }
        }
    }
}

/// Lays the arguments of a call with `*` and `**` out on the value stack.
unsafe fn spread(
    vm: &mut Vm<'_>,
    base: *mut Slot,
    n_pos: usize,
    n_kw: usize,
    sp: *mut Slot,
    method: bool,
) -> Res<Args> {
    // SAFETY: invariant 2; the words lie below `sp`.
    unsafe {
        let Some(stars) = word(sp.sub(1)).as_small() else {
            return Err(vm.type_error("argument list"));
        };
        let first = base.add(1 + method as usize);
        let out = vm.top;
        if method && let Some(this) = *base.add(1) {
            vm.root(this)?;
        }
        for i in 0..n_pos {
            let v = word(first.add(i));
            if stars >> i & 1 != 0 {
                vm.spread_iterable(v)?;
            } else {
                vm.root(v)?;
            }
        }
        let n = vm.top.offset_from(out);
        let mut n_kw_out = 0;
        for i in 0..n_kw {
            let (key, value) = (
                *first.add(n_pos + 2 * i),
                word(first.add(n_pos + 2 * i + 1)),
            );
            match key {
                Some(key) => {
                    vm.root(key)?;
                    vm.root(value)?;
                    n_kw_out += 1;
                }
                None => n_kw_out += vm.spread_mapping(value)?,
            }
        }
        match (u16::try_from(n), u16::try_from(n_kw_out)) {
            (Ok(n), Ok(n_kw)) => Ok(Args { base: out, n, n_kw }),
            _ => Err(vm.stack_full()),
        }
    }
}

pub(super) unsafe fn call_function_var(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe { call_var(vm, ip, sp, fp, false) }
}

pub(super) unsafe fn call_method_var(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe { call_var(vm, ip, sp, fp, true) }
}

impl Vm<'_> {
    /// The items of an iterable, on the value stack.
    fn spread_iterable(&mut self, v: Value) -> Res<()> {
        let list = match self.tuple_items(v).is_some() || self.is(v, Kind::List) {
            true => v,
            false => self.collect_list(v)?,
        };
        let n = self.sequence_len(list);
        let keep = self.top;
        // A list made here is the word on top; its items take its place.
        let base = if list != v {
            keep.wrapping_sub(1)
        } else {
            keep
        };
        if list != v {
            self.top = base;
        }
        for i in 0..n {
            let item = self.sequence_item(list, i);
            self.root(item)?;
        }
        Ok(())
    }

    /// The pairs of a mapping with string keys, on the value stack. Gives how many.
    fn spread_mapping(&mut self, v: Value) -> Res<usize> {
        let dict = self.native_part(v);
        if !self.is(dict, Kind::Dict) {
            return Err(self.type_error("argument must be a mapping"));
        }
        let (mut i, mut n) = (0, 0);
        while let Some((key, value)) = self.dict_entry(dict, i) {
            i += 1;
            if let (Some(key), Some(value)) = (key, value) {
                if self.str_bytes(key).is_none() {
                    return Err(self.type_error("keywords must be strings"));
                }
                self.root(key)?;
                self.root(value)?;
                n += 1;
            }
        }
        Ok(n)
    }
}

// --- functions ---------------------------------------------------------------------------------------------------------

impl Vm<'_> {
    /// A function object for child `i` of the function that runs in `fp`.
    unsafe fn make_function(&mut self, fp: *mut Frame, i: usize, defaults: Slot) -> Res {
        // SAFETY: invariant 2; the verifier proved the child's number.
        unsafe {
            let parent = (*(*fp).fun.ptr::<Function>()).header.len;
            let code_value = (*(*fp).fun.ptr::<Function>()).code;
            let at = code(fp).child_at(parent, i as u16);
            self.new_function(code_value, at, defaults)
        }
    }

    /// A function object for the raw code at `at`.
    pub(crate) fn new_function(&mut self, code_value: Value, at: u32, defaults: Slot) -> Res {
        let p = crate::code::prelude(self.cell::<crate::code::Code>(code_value).bytes(), at);
        let cell = self.alloc(Kind::Function, at)?;
        let f = self.cell_mut::<Function>(cell);
        f.header.flags |= p.flags & 0xf;
        f.header.aux = p.n_state;
        f.code = code_value;
        f.defaults = defaults;
        (f.n_pos, f.n_kwonly, f.n_def, f.n_exc) = (p.n_pos, p.n_kwonly, p.n_def, p.n_exc);
        f.n_locals = u16::MAX;
        f.start = (p.start - at) as u16;
        Ok(cell)
    }

    /// The defaults of a function: the positional ones and, last, the dict of the others.
    fn join_defaults(&mut self, positional: Slot, keywords: Slot) -> Res<Slot> {
        let n = positional.map_or(0, |t| self.slots(t).len());
        let cell = self.alloc(Kind::Tuple, n as u32 + 1)?;
        for i in 0..n {
            let v = positional.and_then(|t| self.slots(t)[i]);
            self.slots_mut(cell)[i] = v;
        }
        self.slots_mut(cell)[n] = keywords;
        Ok(Some(cell))
    }

    fn make_closure(&mut self, fun: Value, cells: *const Slot, n: usize) -> Res {
        let closure = self.alloc(Kind::Closure, n as u32)?;
        // SAFETY: invariant 3; `n` values lie at `cells`, and the new cell has room for them behind its head.
        unsafe {
            (*closure.ptr::<crate::object::function::Closure>()).fun = fun;
            let to = closure.ptr::<crate::object::function::Closure>().add(1) as *mut Slot;
            core::ptr::copy_nonoverlapping(cells, to, n);
        }
        Ok(closure)
    }
}

pub(super) unsafe fn make_function(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (i, next) = operand(ip);
        let f = attempt!(vm, ip, sp, fp, vm.make_function(fp, i, None));
        *sp = Some(f);
        go!(vm, next, sp.add(1), fp)
    }
}

pub(super) unsafe fn make_function_defargs(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (i, next) = operand(ip);
        let f = attempt!(vm, ip, sp, fp, vm.function_with_defaults(fp, i, sp.sub(2)));
        *sp.sub(2) = Some(f);
        go!(vm, next, sp.sub(1), fp)
    }
}

pub(super) unsafe fn make_closure(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (i, next) = operand(ip);
        let n = *next as usize;
        let f = attempt!(vm, ip, sp, fp, {
            match vm.make_function(fp, i, None) {
                Ok(f) => vm.make_closure(f, sp.sub(n), n),
                Err(e) => Err(e),
            }
        });
        *sp.sub(n) = Some(f);
        go!(vm, next.add(1), sp.sub(n).add(1), fp)
    }
}

pub(super) unsafe fn make_closure_defargs(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (i, next) = operand(ip);
        let n = *next as usize;
        let base = sp.sub(n + 2);
        let f = attempt!(vm, ip, sp, fp, {
            match vm.function_with_defaults(fp, i, base) {
                Ok(f) => vm.make_closure(f, sp.sub(n), n),
                Err(e) => Err(e),
            }
        });
        *base = Some(f);
        go!(vm, next.add(1), base.add(1), fp)
    }
}

impl Vm<'_> {
    /// A function whose defaults lie at `at`: a tuple or nothing, a dict or nothing. Both are any values to the verifier.
    unsafe fn function_with_defaults(&mut self, fp: *mut Frame, i: usize, at: *mut Slot) -> Res {
        // SAFETY: invariant 2; two words lie at `at`.
        unsafe {
            let (positional, keywords) = (*at, *at.add(1));
            let f = self.make_function(fp, i, None)?;
            let n_def = self.cell::<Function>(f).n_def as usize;
            let fits = match positional {
                Some(t) => self.is(t, Kind::Tuple) && self.slots(t).len() == n_def,
                None => n_def == 0,
            };
            if !fits || keywords.is_some_and(|d| !self.is(d, Kind::Dict)) {
                return Err(self.type_error("function defaults"));
            }
            let defaults = self.join_defaults(positional, keywords)?;
            self.cell_mut::<Function>(f).defaults = defaults;
            Ok(f)
        }
    }
}

// --- classes -----------------------------------------------------------------------------------------------------------

/// The class statement: the body runs in a frame whose names are a new dict.
#[inline(never)]
unsafe fn build_class(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: *mut Frame) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let base = class_base(ip, sp);
        let body = word(base.add(1));
        let mark = vm.mark();
        let frame = attempt!(vm, ip, sp, fp, vm.class_frame(body));
        let frame = settle(vm, frame, mark);
        enter(vm, frame);
        go!(vm, (*frame).ip, (*frame).sp, frame)
    }
}

/// Where the function word of a class statement's call lies.
pub(super) unsafe fn class_base(ip: *const u8, sp: *mut Slot) -> *mut Slot {
    // SAFETY: invariant 2.
    unsafe {
        let (n, _) = operand(ip);
        sp.sub((n & 0xff) + 2 * (n >> 8 & 0xff) + 1)
    }
}

impl Vm<'_> {
    fn class_frame(&mut self, body: Value) -> Res<*mut Frame> {
        let names = self.new_dict()?;
        let args = Args {
            base: self.top,
            n: 0,
            n_kw: 0,
        };
        match self.begin_call(body, args, Return::Class)? {
            Called::Frame(frame) => {
                // SAFETY: invariant 3; the frame is whole.
                unsafe { (*frame).names = Some(names) };
                Ok(frame)
            }
            Called::Value(_) => Err(self.type_error("class body")),
        }
    }
}

/// Makes the class of a finished body. `value` is the cell of `__class__`, where the body has one.
pub(super) unsafe fn finish_class(
    vm: &mut Vm<'_>,
    sp: *mut Slot,
    ip: *const u8,
    names: Slot,
    value: Value,
) -> Res {
    // SAFETY: invariant 2; the call's words are still on the operand stack.
    unsafe {
        let (n, _) = operand(ip);
        let n_pos = n & 0xff;
        let base = class_base(ip, sp);
        let names = names.unwrap_or(Value::NONE);
        vm.root(names)?;
        vm.root(value)?;
        if n >> 8 != 0 {
            return Err(vm.type_error("function doesn't take keyword arguments"));
        }
        let name = word(base.add(2));
        let bases = vm.new_tuple_of(Args {
            base: base.add(3),
            n: n_pos.saturating_sub(2) as u16,
            n_kw: 0,
        })?;
        let class = vm.new_class(name, bases, names)?;
        if vm.is(value, Kind::CellVar) {
            vm.set_field(value, 0, Some(class));
        }
        Ok(class)
    }
}

pub(super) unsafe fn load_build_class(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        *sp = Some(Value::BUILD_CLASS);
        go!(vm, ip.add(1), sp.add(1), fp)
    }
}

/// `super().name(...)`: the stack holds super, the class and the receiver; the method and its receiver take their place.
pub(super) unsafe fn load_super_method(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (i, next) = operand(ip);
        let name = code(fp).qstr(i);
        let (class, this) = (word(sp.sub(2)), word(sp.sub(1)));
        let (f, this) = attempt!(vm, ip, sp, fp, vm.super_parts(class, this, name));
        *sp.sub(3) = Some(f);
        *sp.sub(2) = this;
        go!(vm, next, sp.sub(1), fp)
    }
}

impl Vm<'_> {
    /// What `super(class, this).name` is for a call.
    pub(crate) fn super_parts(
        &mut self,
        class: Value,
        this: Value,
        name: crate::qstr::Qstr,
    ) -> Res<(Value, Slot)> {
        let bases = match self.get::<crate::object::class::Class>(class) {
            Some(c) => c.bases,
            None => return Err(self.type_error("super() argument 1 must be type")),
        };
        let receiver_class = if self.is_class(this) {
            this
        } else {
            self.type_of(this)
        };
        for i in 0..self.slots(bases).len() {
            let base = self.slots(bases)[i].unwrap_or(Value::NONE);
            if let Some(t) = self.type_def(base)
                && name == q!("__init__")
            {
                // The native part is made again from these arguments.
                let _ = t;
                return Ok((crate::object::types::NATIVE_INIT.0.value(), Some(this)));
            }
            if let Some(found) = self.class_lookup(base, name)? {
                return self.bind_parts(found, this, receiver_class);
            }
        }
        if name == q!("__init__") {
            return Ok((crate::object::types::NATIVE_INIT.0.value(), Some(this)));
        }
        if let Some(found) = crate::object::types::OBJECT.find(name) {
            let found = self.item_value(found, this)?;
            return self.bind_parts(found, this, receiver_class);
        }
        let text = self.name_text(name);
        Err(self.error_fmt(
            &types::ATTRIBUTE_ERROR,
            format_args!("'super' object has no attribute '{text}'"),
        ))
    }
}
