//! Functions, closures and classes: what `def`, `lambda` and `class` make.

use super::work::task;
use super::*;
use crate::call::Called;
use crate::code::Prelude;
use crate::heap::Kind;
use crate::message::Part;
use crate::native::Args;
use crate::object::function::{Function, flags};
use crate::q;

/// The bits of a function's header that say how it is called.
fn call_flags(p: &Prelude) -> u8 {
    let given = p.flags & 0xf;
    let boxes = p.cells != p.start;
    let plain = !boxes
        && p.n_kwonly == 0
        && given & (flags::GENERATOR | flags::VARARGS | flags::VARKEYWORDS) == 0;
    given | if plain { flags::PLAIN } else { 0 } | if boxes { flags::BOXES } else { 0 }
}

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
        let bytes = self.cell::<crate::code::Code>(code_value).bytes();
        let p = match cfg!(romfs_vm_small) {
            true => crate::code::prelude(bytes, at),
            false => crate::code::prelude_here(bytes, at),
        };
        let bits = match call_flags(&p) {
            // Plain calls tell nobody.
            bits if self.is_observed() => bits & !flags::PLAIN,
            bits => bits,
        };
        let cell = self.alloc(Kind::Function, at)?;
        let f = self.cell_mut::<Function>(cell);
        f.header.flags |= bits;
        f.header.aux = p.n_state;
        f.code = code_value;
        f.defaults = defaults;
        (f.n_pos, f.n_kwonly, f.n_def, f.n_exc) = (p.n_pos, p.n_kwonly, p.n_def, p.n_exc);
        f.n_locals = u16::MAX;
        f.start = (p.start - at) as u16;
        Ok(cell)
    }

    /// The defaults of a function, as [`Function::defaults`] has them: a dict of keyword-only ones joins the others.
    fn join_defaults(&mut self, positional: Slot, keywords: Slot) -> Res<Slot> {
        let n = positional.map_or(0, |t| self.slots(t).len());
        if keywords.is_none() {
            return Ok(match (n, positional) {
                (1, Some(t)) => self.slot(t, 0),
                _ => positional,
            });
        }
        let cell = self.alloc(Kind::Tuple, n as u32 + 1)?;
        for i in 0..n {
            let v = positional.and_then(|t| self.slot(t, i));
            self.set_slot(cell, i, v);
        }
        self.set_slot(cell, n, keywords);
        Ok(Some(cell))
    }

    fn make_closure(&mut self, fun: Value, cells: *const Slot, n: usize) -> Res {
        use crate::object::function::Closure;

        let closure = self.alloc(Kind::Closure, n as u32)?;
        // SAFETY: invariant 3; `n` values lie at `cells`, and the new cell has room for them behind its head.
        unsafe {
            let closure = closure.ptr::<Closure>();
            (*closure).fun = fun;
            core::ptr::copy_nonoverlapping(cells, Closure::cells_at(closure), n);
        }
        Ok(closure)
    }
}

/// A function or closure, with defaults or without: two bits of the opcode tell.
pub(super) unsafe fn make_any(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (i, mut next) = far_operand(ip);
        let (is_closure, has_defaults) = (*ip & 0x10 == 0, *ip & 1 != 0);
        let mut n = 0;
        if is_closure {
            (n, next) = (*next as usize, next.add(1));
        }
        let cells = sp.sub(n);
        let base = cells.sub(2 * has_defaults as usize);
        let f = attempt!(vm, ip, sp, fp, {
            let made = match has_defaults {
                true => vm.function_with_defaults(fp, i, base),
                false => vm.make_function(fp, i, None),
            };
            match made {
                Ok(f) if is_closure => vm.make_closure(f, cells, n),
                made => made,
            }
        });
        *base = Some(f);
        go!(vm, next, base.add(1), fp)
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
                return Err(self.type_error(msg!("function defaults")));
            }
            let defaults = self.join_defaults(positional, keywords)?;
            let function = self.cell_mut::<Function>(f);
            function.defaults = defaults;
            if keywords.is_some() {
                function.header.flags |= flags::KEYWORD_DEFAULTS;
            }
            Ok(f)
        }
    }
}

/// The class statement: the body runs in a frame whose names are a new dict.
#[inline(never)]
pub(super) unsafe fn build_class(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let base = class_base(ip, sp);
        // Whether there are as many arguments as a class statement gives nobody has proved.
        let body = (*base.add(1)).unwrap_or(Value::NONE);
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
        let (n, _) = far_operand(ip);
        sp.sub((n & 0xff) + 2 * (n >> 8 & 0xff) + 1)
    }
}

impl Vm<'_> {
    fn class_frame(&mut self, body: Value) -> Res<*mut Frame> {
        let names = self.new_dict()?;
        self.hashed_reserve(names, crate::import::BODY_NAMES)?;
        let args = Args::new(self.top, 0, 0);
        match self.begin_call(body, args, Return::Class)? {
            Called::Frame(frame) => {
                // SAFETY: invariant 3; the frame is whole.
                unsafe { (*frame).names = Some(names) };
                Ok(frame)
            }
            Called::Value(_) => Err(self.type_error(msg!("class body"))),
        }
    }
}

/// Makes the class of a finished body. `value` is the cell of `__class__`, where the body has one.
#[inline(never)]
pub(super) unsafe fn finish_class(
    vm: &mut Vm<'_>,
    sp: *mut Slot,
    ip: *const u8,
    names: Slot,
    value: Value,
) -> Res {
    // SAFETY: invariant 2; the call's words are still on the operand stack.
    unsafe {
        let (n, _) = far_operand(ip);
        let n_pos = n & 0xff;
        let base = class_base(ip, sp);
        let names = names.unwrap_or(Value::NONE);
        vm.root(names)?;
        vm.root(value)?;
        if n >> 8 != 0 {
            return Err(vm.type_error(msg!("function doesn't take keyword arguments")));
        }
        let name = (*base.add(2)).unwrap_or(Value::NONE);
        let bases = vm.new_tuple_of(Args::new(base.add(3), n_pos.saturating_sub(2) as u16, 0))?;
        let class = vm.new_class(name, bases, names)?;
        vm.hashed_trim(names);
        if vm.is(value, Kind::CellVar) {
            vm.set_field(value, 0, Some(class));
        }
        Ok(class)
    }
}

task!(load_build_class, class_maker, 0, 1, false);
task!(load_super_method, super_method, 3, 2, true);

#[inline(never)]
unsafe fn class_maker(vm: &mut Vm<'_>, _: usize, _: *mut Slot, _: *mut Frame) -> Res {
    let own = vm.own_builtin(q!("__build_class__"));
    Ok(own.unwrap_or(Value::BUILD_CLASS))
}

/// `super().name(...)`: the stack holds super, the class and the receiver; the method and its receiver take their place.
#[inline(never)]
unsafe fn super_method(vm: &mut Vm<'_>, i: usize, sp: *mut Slot, fp: *mut Frame) -> Res {
    // SAFETY: invariant 2.
    unsafe {
        let (class, this) = (word(sp.sub(2)), word(sp.sub(1)));
        let (f, this) = vm.super_parts(class, this, code(fp).qstr(i))?;
        *sp.sub(2) = this;
        Ok(f)
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
            None => return Err(self.type_error(msg!("super() argument 1 must be type"))),
        };
        let receiver_class = if self.is_class(this) {
            this
        } else {
            self.type_of(this)
        };
        for i in 0..self.slots(bases).len() {
            let base = self.slot(bases, i).unwrap_or(Value::NONE);
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
        if !cfg!(feature = "messages") {
            return Err(self.error_name(&types::ATTRIBUTE_ERROR, name));
        }
        Err(self.error_with(
            &types::ATTRIBUTE_ERROR,
            msg!("'super' object has no attribute '%'"),
            &[Part::Name(name)],
        ))
    }
}
