//! Calls.

use super::spread::begin_var;
use super::*;
use core::ptr::NonNull;

use crate::call::Called;
use crate::heap::{Header, Kind};
use crate::native::{ANY, Args, Member};
use crate::object::class::{Class, Instance};
use crate::object::function::{BoundMethod, Function, flags};
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

/// The same for a call with a number of one byte and no stars, which most are.
#[inline(always)]
pub(super) unsafe fn after_short_call(ip: *const u8) -> Option<*const u8> {
    // SAFETY: invariant 2; calls have a number.
    unsafe {
        let is_short = *ip >> 4 == 3 && *ip.add(1) & 0x80 == 0;
        is_short.then(|| ip.add(2))
    }
}

/// Whether calls are looked at here for what is quickly done: where bytes count, all go the long way.
const SHORT_CUTS: bool = !cfg!(romfs_vm_small);

/// The function that a word is, where a call with `n` arguments only has to copy them.
#[inline(always)]
unsafe fn plain(f: Slot, n: usize) -> Option<*mut Function> {
    if !SHORT_CUTS {
        return None;
    }
    // SAFETY: invariant 3; a pointer value points to a cell.
    unsafe {
        let f = f?;
        let fun = f.ptr::<Function>();
        if f.is_ptr()
            && (*fun).header.kind == Kind::Function as u8
            && (*fun).header.flags & flags::PLAIN != 0
            && (*fun).n_pos as usize == n
        {
            return Some(fun);
        }
        None
    }
}

/// Arguments that a plain call copies one by one; more take a handler with a loop.
const FEW: usize = 4;

/// Runs a plain function's frame; falls through where the value stack has no room for it.
macro_rules! run_plain {
    ($vm:ident, $ip:expr, $fp:expr, $fun:expr, $args:expr, $n:expr, $base:expr) => {
        run_plain!($vm, $ip, $fp, $fun, $args, $n, $base, true, Return::Push)
    };
    ($vm:ident, $ip:expr, $fp:expr, $fun:expr, $args:expr, $n:expr, $base:expr, $many:expr, $ret:expr) => {
        if let Some(room) = $vm.plain_room($fun) {
            // The caller's registers first: they are not needed any more then.
            save!($vm, $ip, $base, $fp);
            let (frame, sp) = (room.0, $vm.top);
            let ip = $vm.plain_frame::<{ $many }>(room, $fun, $args, $n, $ret);
            $vm.frame = frame;
            if $vm.budget.step() {
                tail!(flow::look_and_enter, $vm, ip, sp, frame)
            }
            go!($vm, ip, sp, frame)
        }
    };
}

/// The function of the firmware that a word is, where it takes `n` positional arguments.
#[inline(always)]
unsafe fn native(f: Slot, n: usize) -> Option<&'static Member> {
    // SAFETY: invariant 3; a pointer value points to a cell, and native functions are statics.
    unsafe {
        let f = f?;
        let def = f.ptr::<Member>();
        if f.is_ptr()
            && (*f.ptr::<Header>()).kind == Kind::Native as u8
            && n >= (*def).min() as usize
            && (n <= (*def).max() as usize || ((*def).max() == ANY && n < 256))
        {
            return Some(&*def);
        }
        None
    }
}

/// The call of a native function with `n` positional arguments.
macro_rules! run_native {
    ($vm:ident, $ip:expr, $next:expr, $sp:expr, $fp:expr, $def:expr, $args:expr, $n:expr, $base:expr) => {{
        let args = Args::new($args, $n as u16, 0);
        let v = attempt!($vm, $ip, $sp, $fp, $def.run($vm, args));
        *$base = Some(v);
        go!($vm, $next, $base.add(1), $fp)
    }};
}

/// Goes on after [`begin`]: with the frame that it made, or behind the call.
macro_rules! go_on {
    ($vm:ident, $ip:expr, $sp:expr, $fp:expr, $called:expr, $mark:expr, $base:expr) => {
        match $called {
            Ok(None) => {
                $vm.release($mark);
                go!($vm, after_call($ip, $fp), $base.add(1), $fp)
            }
            Ok(Some(frame)) => {
                let frame = settle($vm, frame.as_ptr(), $mark);
                (*$fp).sp = $base.add(((*frame).ret == Return::Init) as usize);
                enter($vm, frame);
                if $vm.budget.step() {
                    tail!(flow::look_and_enter, $vm, (*frame).ip, (*frame).sp, frame)
                }
                go!($vm, (*frame).ip, (*frame).sp, frame)
            }
            Err(_) => {
                $vm.release($mark);
                return unwind::unwind($vm);
            }
        }
    };
}

/// Starts a call of `f`, `n` being how many positional arguments there are, and how many keywords from
/// bit 16 on; nothing is given where that was all, and the result is at `base` then. The word before the
/// arguments may be written: it is the callee's, or that of a receiver which was given as the first argument.
///
/// The result fits two registers: one in memory would keep the handlers from leaving by a jump.
///
/// # Safety
/// The arguments lie on the operand stack behind such a word and `base` before them, the frame's registers are saved.
#[inline(never)]
unsafe fn begin(
    vm: &mut Vm<'_>,
    f: Value,
    args: *mut Slot,
    n: usize,
    base: *mut Slot,
) -> Res<Option<NonNull<Frame>>> {
    // SAFETY: the caller's word.
    unsafe {
        let args = Args::new(args, n as u16, (n >> 16) as u16);
        match begin_any(vm, f, args)? {
            Called::Value(v) => {
                *base = Some(v);
                Ok(None)
            }
            Called::Frame(frame) => {
                if (*frame).ret == Return::Init {
                    *base = *args.base.sub(1);
                }
                Ok(NonNull::new(frame))
            }
        }
    }
}

#[inline(always)]
unsafe fn begin_any(vm: &mut Vm<'_>, f: Value, args: Args) -> Res<Called> {
    // SAFETY: invariants 2 and 3.
    unsafe {
        match vm.cell_kind(f) {
            Some(Kind::BoundMethod) => {
                let (fun, receiver) = {
                    let method = vm.cell::<BoundMethod>(f);
                    (method.fun, method.receiver)
                };
                let args = put_first(receiver, args);
                if plain(Some(fun), args.n() as usize).is_none() && !vm.is(fun, Kind::Native) {
                    // The method held the function, and is not on the stack any more.
                    vm.root(fun)?;
                }
                vm.begin_call(fun, args, Return::Push)
            }
            Some(Kind::Class) => begin_class(vm, f, args),
            _ => vm.begin_call(f, args, Return::Push),
        }
    }
}

/// The arguments with one more, in the word before them.
unsafe fn put_first(first: Value, args: Args) -> Args {
    // SAFETY: the word before the arguments is the caller's to write.
    unsafe {
        let base = (args.base as *mut Slot).sub(1);
        *base = Some(first);
        Args::new(base, args.n() + 1, args.n_kw())
    }
}

/// Makes an instance of a program's class and starts its `__init__`, where the class has nothing but that.
///
/// # Safety
/// As for [`begin`].
unsafe fn begin_class(vm: &mut Vm<'_>, class: Value, args: Args) -> Res<Called> {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let init = vm.user_lookup(class, q!("__init__"));
        let simple = match init {
            Some(f) => vm.is(f, Kind::Function) || vm.is(f, Kind::Closure),
            None => args.n() == 0 && args.n_kw() == 0,
        };
        let extends = vm.cell::<Class>(class).native.is_some();
        if !simple || extends || vm.user_lookup(class, q!("__new__")).is_some() {
            return vm.begin_call(class, args, Return::Push);
        }
        vm.root(class)?;
        let instance = vm.alloc_bare(Kind::Instance, 0)?;
        (*instance.ptr::<Instance>()).class = class;
        let args = put_first(instance, args);
        match init {
            Some(f) => vm.begin_call(f, args, Return::Init),
            None => Ok(Called::Value(instance)),
        }
    }
}

/// Every call in one handler, where bytes count.
pub(super) unsafe fn call_any(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        // Bits of the opcode: `*` and `**` arguments, and a receiver, or room for one, before the arguments.
        let (stars, method) = (*ip as usize & 1, *ip as usize >> 1 & 1);
        let (n, _) = operand(ip);
        let (n_pos, n_kw) = (n & 0xff, n >> 8 & 0xff);
        let base = sp.sub(n_pos + 2 * n_kw + 1 + method + stars);
        let f = word(base);
        if f == Value::BUILD_CLASS && stars + method == 0 {
            tail!(make::build_class, vm, ip, sp, fp)
        }
        save!(vm, ip, sp, fp);
        let mark = vm.mark();
        let called = if stars != 0 {
            begin_var(vm, base, (n_pos, n_kw), sp, method != 0)
        } else {
            let this = method & (*base.add(1)).is_some() as usize;
            let args = base.add(1 + method - this);
            begin(vm, f, args, (n_pos + this) | n_kw << 16, base)
        };
        go_on!(vm, ip, sp, fp, called, mark, base)
    }
}

pub(super) unsafe fn call_function(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        // A call with keywords has a longer number.
        let (n, _) = short_operand!(vm, ip, sp, fp, call_function_any);
        let f = *sp.sub(n + 1);
        if plain(f, n).is_some() {
            if n > FEW {
                tail!(call_plain_function::<true>, vm, ip, sp, fp)
            }
            tail!(call_plain_function::<false>, vm, ip, sp, fp)
        }
        if native(f, n).is_some() {
            tail!(call_native_function, vm, ip, sp, fp)
        }
        if let Some(f) = f
            && vm.is(f, Kind::Class)
        {
            tail!(call_class, vm, ip, sp, fp)
        }
        tail!(call_function_any, vm, ip, sp, fp)
    }
}

/// The plain `__init__` of a class that has nothing else to do for an instance with `n` arguments, where the cache
/// knows that.
#[inline(always)]
unsafe fn plain_init(vm: &Vm<'_>, class: Value, n: usize) -> Option<*mut Function> {
    // SAFETY: invariant 3; `class` is a program's.
    unsafe {
        let init = vm.cache.get(class, q!("__init__"))?;
        if (*class.ptr::<Class>()).native.is_some() || vm.cache.get(class, q!("__new__"))? != 0 {
            return None;
        }
        plain(Value::from_bits(init), n + 1)
    }
}

#[inline(never)]
unsafe fn call_class(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3; that it is a class was looked at.
    unsafe {
        let fp = fp.of(vm);
        let n = *ip.add(1) as usize;
        let base = sp.sub(n + 1);
        let class = word(base);
        if let Some(fun) = plain_init(vm, class, n) {
            // The class keeps the function, and is on the stack while memory is found for the instance.
            let instance = attempt!(vm, ip, sp, fp, vm.alloc_bare(Kind::Instance, 0));
            (*instance.ptr::<Instance>()).class = class;
            *base = Some(instance);
            // The instance is the result, and stays where it is.
            let kept = base.add(1);
            run_plain!(vm, ip, fp, fun, base, n + 1, kept, true, Return::Init);
            *base = Some(class);
        }
        tail!(call_function_any, vm, ip, sp, fp)
    }
}

/// A plain function with `FEW` arguments at most, or with more.
#[inline(never)]
unsafe fn call_plain_function<const MANY: bool>(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: Fp,
) -> Next {
    // SAFETY: invariant 2; that the function is plain, and takes so many arguments (less than 128), was looked at.
    unsafe {
        let fp = fp.of(vm);
        let n = *ip.add(1) as usize;
        let base = sp.sub(n + 1);
        let fun = word(base).ptr::<Function>();
        run_plain!(vm, ip, fp, fun, base.add(1), n, base, MANY, Return::Push);
        tail!(call_function_any, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn call_native_function(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2; that the function is native, and its arity right, was looked at.
    unsafe {
        let fp = fp.of(vm);
        let (n, next) = (*ip.add(1) as usize, ip.add(2));
        let base = sp.sub(n + 1);
        let def: &'static Member = &*word(base).ptr::<Member>();
        run_native!(vm, ip, next, sp, fp, def, base.add(1), n, base)
    }
}

#[inline(never)]
unsafe fn call_function_any(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (n, next) = operand(ip);
        let (n_pos, n_kw) = (n & 0xff, n >> 8 & 0xff);
        let base = sp.sub(n_pos + 2 * n_kw + 1);
        let f = word(base);
        if f == Value::BUILD_CLASS {
            tail!(make::build_class, vm, ip, sp, fp)
        }
        if n_kw == 0
            && let Some(method) = vm.get::<BoundMethod>(f)
        {
            // The receiver takes the method's place: it is the first argument then. The function is the firmware's, or
            // the frame holds it.
            let (fun, receiver) = (Some(method.fun), method.receiver);
            if let Some(def) = native(fun, n_pos + 1) {
                *base = Some(receiver);
                run_native!(vm, ip, next, sp, fp, def, base, n_pos + 1, base)
            }
            if let Some(fun) = plain(fun, n_pos + 1) {
                *base = Some(receiver);
                run_plain!(vm, ip, fp, fun, base, n_pos + 1, base);
                *base = Some(f);
            }
        }
        let n = n_pos | n_kw << 16;
        save!(vm, ip, sp, fp);
        let mark = vm.mark();
        let called = begin(vm, f, base.add(1), n, base);
        go_on!(vm, ip, sp, fp, called, mark, base)
    }
}

pub(super) unsafe fn call_method(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        // A call with keywords has a longer number.
        let (n, _) = short_operand!(vm, ip, sp, fp, call_method_any);
        let base = sp.sub(n + 2);
        let n = n + (*base.add(1)).is_some() as usize;
        if plain(*base, n).is_some() {
            if n > FEW {
                tail!(call_plain_method::<true>, vm, ip, sp, fp)
            }
            tail!(call_plain_method::<false>, vm, ip, sp, fp)
        }
        if native(*base, n).is_some() {
            tail!(call_native_method, vm, ip, sp, fp)
        }
        tail!(call_method_any, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn call_plain_method<const MANY: bool>(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: Fp,
) -> Next {
    // SAFETY: invariant 2; that the function is plain, and takes so many arguments, was looked at.
    unsafe {
        let fp = fp.of(vm);
        let n = *ip.add(1) as usize;
        let base = sp.sub(n + 2);
        let this = (*base.add(1)).is_some() as usize;
        let (fun, args) = (word(base).ptr::<Function>(), base.add(2 - this));
        run_plain!(vm, ip, fp, fun, args, n + this, base, MANY, Return::Push);
        tail!(call_method_any, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn call_native_method(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2; that the function is native, and its arity right, was looked at.
    unsafe {
        let fp = fp.of(vm);
        let (n, next) = (*ip.add(1) as usize, ip.add(2));
        let base = sp.sub(n + 2);
        let this = (*base.add(1)).is_some() as usize;
        let (def, args) = (&*word(base).ptr::<Member>(), base.add(2 - this));
        run_native!(vm, ip, next, sp, fp, def, args, n + this, base)
    }
}

#[inline(never)]
unsafe fn call_method_any(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (n, _) = operand(ip);
        let (n_pos, n_kw) = (n & 0xff, n >> 8 & 0xff);
        let base = sp.sub(n_pos + 2 * n_kw + 2);
        let f = word(base);
        let this = (*base.add(1)).is_some() as usize;
        let args = base.add(2 - this);
        let n = (n_pos + this) | n_kw << 16;
        save!(vm, ip, sp, fp);
        let mark = vm.mark();
        let called = begin(vm, f, args, n, base);
        go_on!(vm, ip, sp, fp, called, mark, base)
    }
}

/// Calls with `*` and `**` arguments: they are laid out one after another on the top of the value stack first.
#[cfg_attr(romfs_vm_tail, inline(always))]
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
        save!(vm, ip, sp, fp);
        let mark = vm.mark();
        let called = begin_var(vm, base, (n_pos, n_kw), sp, method);
        go_on!(vm, ip, sp, fp, called, mark, base)
    }
}

pub(super) unsafe fn call_function_var(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: Fp,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        call_var(vm, ip, sp, fp, false)
    }
}

pub(super) unsafe fn call_method_var(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: Fp,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        call_var(vm, ip, sp, fp, true)
    }
}
