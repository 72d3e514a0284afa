//! Calls: arguments into the locals of a new frame, and calls from native code.

mod bind;
mod instance;

use crate::frame::{FRAME_WORDS, Frame, HANDLER_WORDS, Handler, Return};
use crate::heap::Kind;
use crate::message::Part;
use crate::native::{ANY, Args, Member, Res, TypeDef};
use crate::object::function::{BoundMethod, Closure, Function, flags};
use crate::object::generator::{Generator, state};
use crate::q;
use crate::raise::Raised;
use crate::run;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// What a call leads to.
pub(crate) enum Called {
    /// A value: the call is over.
    Value(Value),
    /// A frame that runs next.
    Frame(*mut Frame),
}

impl Vm<'_> {
    /// Calls anything with these arguments, and waits for its result.
    ///
    /// # Errors
    /// What the callee raises.
    pub fn call(&mut self, f: Value, args: &[Value]) -> Res {
        self.call_parts(f, None, args)
    }

    /// Calls a function with a first argument, where there is one, before the others.
    pub(crate) fn call_parts(&mut self, f: Value, this: Slot, args: &[Value]) -> Res {
        let mark = self.mark();
        self.root(f)?;
        let base = self.top;
        if let Some(this) = this {
            self.root(this)?;
        }
        for &a in args {
            self.root(a)?;
        }
        let n = args.len() + this.is_some() as usize;
        let args = Args::new(base, n as u16, 0);
        self.call_args(f, args, mark)
    }

    /// Calls `f(*positional, **keywords)`: a tuple or list, and a dict.
    #[cfg(any(feature = "mod-machine", feature = "mod-weakref"))]
    pub(crate) fn call_unpacked(&mut self, f: Value, positional: Value, keywords: Value) -> Res {
        let mark = self.mark();
        self.root(f)?;
        let base = self.top;
        self.spread_iterable(positional)?;
        let n = self.sequence_len(positional);
        let n_kw = self.spread_mapping(keywords)?;
        let args = Args::new(base, n as u16, n_kw as u16);
        self.call_args(f, args, mark)
    }

    /// The same with arguments that lie on the value stack already.
    pub fn call_with(&mut self, f: Value, args: Args) -> Res {
        self.call_bound(f, None, args)
    }

    /// The same with a first argument, where there is one, before them.
    pub(crate) fn call_bound(&mut self, f: Value, this: Slot, args: Args) -> Res {
        let mark = self.mark();
        self.root(f)?;
        let args = match this {
            Some(this) => self.with_first(this, args)?,
            None => args,
        };
        self.call_args(f, args, mark)
    }

    fn call_args(&mut self, f: Value, args: Args, mark: crate::vm::Mark) -> Res {
        let result = match self.begin_call(f, args, Return::Native)? {
            Called::Value(v) => v,
            Called::Frame(frame) => run::nested(self, frame)?,
        };
        self.release(mark);
        self.root(result)?;
        Ok(result)
    }

    /// Calls a method by name.
    pub fn call_method(&mut self, v: Value, name: crate::qstr::Qstr, args: &[Value]) -> Res {
        let f = self.load_attr(v, name)?;
        self.call(f, args)
    }

    /// Starts a call. `ret` says what becomes of the result where a frame is made; its caller is the frame that runs.
    pub(crate) fn begin_call(&mut self, f: Value, args: Args, ret: Return) -> Res<Called> {
        match self.cell_kind(f) {
            Some(Kind::Function) => self.call_function(f, &[], args, ret),
            Some(Kind::Closure) => {
                let closure = self.cell::<Closure>(f);
                let cells: *const [Value] = closure.cells();
                let fun = closure.fun;
                // SAFETY: invariant 3; the closure is on the stack of its caller, and cells never move.
                self.call_function(fun, unsafe { &*cells }, args, ret)
            }
            Some(Kind::Native) => {
                // SAFETY: cells of this kind are statics.
                let def: &'static Member = unsafe { &*f.ptr::<Member>() };
                self.call_native(def, args).map(Called::Value)
            }
            Some(Kind::BoundMethod) => {
                let (fun, this) = {
                    let b = self.cell::<BoundMethod>(f);
                    (b.fun, b.receiver)
                };
                self.begin_bound(fun, this, args, ret)
            }
            Some(Kind::Type) => {
                // SAFETY: cells of this kind are statics.
                let def: &'static TypeDef = unsafe { &*f.ptr::<TypeDef>() };
                self.native_scope(|vm| vm.make_of_type(def, f, args))
                    .map(Called::Value)
            }
            Some(Kind::Class) => self.call_class(f, args).map(Called::Value),
            Some(Kind::Instance) => match self.special_parts(f, q!("__call__")).get()? {
                Some((m, None)) => self.begin_call(m, args, ret),
                Some((m, Some(this))) => self.begin_bound(m, this, args, ret),
                None => match self.native_part(f) {
                    part if part != f => self.begin_call(part, args, ret),
                    _ => Err(self.not_callable(f)),
                },
            },
            _ => match self.native_type(f).and_then(|t| t.call()) {
                Some(call) => self
                    .native_scope(|vm| call(vm.again(), f, args))
                    .map(Called::Value),
                None => Err(self.not_callable(f)),
            },
        }
    }

    #[cold]
    fn not_callable(&mut self, f: Value) -> crate::raise::Raised {
        self.type_error_with(msg!("'%' object isn't callable"), &[Part::TypeOf(f)])
    }

    /// A name's text, copied so that a message can be made of it.
    pub fn name_text(&self, name: crate::qstr::Qstr) -> crate::raise::Text {
        let mut text = crate::raise::Text::new();
        text.push(self.intern.text(name));
        text
    }

    /// Starts a call with one more argument before the others.
    fn begin_bound(&mut self, f: Value, this: Value, args: Args, ret: Return) -> Res<Called> {
        let args = self.with_first(this, args)?;
        self.begin_call(f, args, ret)
    }

    /// The arguments with one more before them, on the top of the stack.
    fn with_first(&mut self, first: Value, args: Args) -> Res<Args> {
        let base = self.top;
        self.root(first)?;
        for i in 0..args.len() + 2 * args.kw_len() {
            // SAFETY: invariant 3; inside the arguments' range.
            let slot = unsafe { *args.base.add(i) };
            self.root(slot.unwrap_or(Value::NONE))?;
        }
        Ok(Args::new(base, args.n() + 1, args.n_kw()))
    }

    /// Runs native code; its temporary roots go when it returns.
    #[inline(always)]
    pub(crate) fn native_scope<T>(&mut self, f: impl FnOnce(&mut Self) -> Res<T>) -> Res<T> {
        let mark = self.mark();
        let result = f(self);
        self.release(mark);
        result
    }

    /// Calls a native function, its arity checked.
    #[inline]
    pub(crate) fn call_native(&mut self, def: &'static Member, args: Args) -> Res {
        if !def.takes(args) {
            let arity = (def.min(), def.max());
            return Err(self.arity_error(args, arity, def.takes_keywords()));
        }
        self.native_scope(|vm| def.run(vm, args))
    }

    /// Makes an instance of a firmware's type, its arity checked: of the class asked for, which may extend the type.
    pub(crate) fn make_of_type(&mut self, t: &'static TypeDef, asked: Value, args: Args) -> Res {
        let Some(make) = t.make_new() else {
            return Err(self.no_instances(asked));
        };
        if !fits(args, t.arity(), t.keywords()) {
            return Err(self.arity_error(args, t.arity(), t.keywords()));
        }
        make(self.again(), asked, args)
    }

    #[cold]
    fn no_instances(&mut self, class: Value) -> Raised {
        let name = self.class_name(class);
        self.type_error_with(msg!("can't create '%' instances"), &[Part::Name(name)])
    }

    #[cold]
    #[inline(never)]
    fn arity_error(&mut self, args: Args, (min, max): (u8, u8), keywords: bool) -> Raised {
        if !cfg!(feature = "messages") {
            return self.type_error(msg!(""));
        }
        let n = args.len();
        if args.n_kw() != 0 && !keywords {
            return self.type_error(msg!("function doesn't take keyword arguments"));
        }
        if min == max {
            return self.type_error_with(
                msg!("function takes % positional arguments but % were given"),
                &[Part::count(min as usize), Part::count(n)],
            );
        }
        if let Some(missing @ 1..) = (min as usize).checked_sub(n) {
            return self.type_error_with(
                msg!("function missing % required positional arguments"),
                &[Part::count(missing)],
            );
        }
        self.type_error_with(
            msg!("function expected at most % arguments, got %"),
            &[Part::count(max as usize), Part::count(n)],
        )
    }

    /// Where the frame of a plain function (see [`flags::PLAIN`]) goes on the value stack, and where it ends. Nothing where
    /// there is no room; [`call_function`](Vm::call_function) says so then.
    ///
    /// # Safety
    /// `fun` is a function.
    #[inline(always)]
    pub(crate) unsafe fn plain_room(&self, fun: *mut Function) -> Option<(*mut Frame, *mut Slot)> {
        // SAFETY: the caller's word.
        unsafe {
            let frame = self.top.wrapping_add((*fun).header.aux as usize) as *mut Frame;
            let handlers = frame.wrapping_add(1) as *mut Handler;
            let end = handlers.wrapping_add((*fun).n_exc as usize) as *mut Slot;
            match end > self.stack_end {
                true => None,
                false => Some((frame, end)),
            }
        }
    }

    /// Makes the frame of a plain function with its `n` arguments, and gives its first instruction. Which the frame holds,
    /// too: who reads it there at once waits for the write.
    ///
    /// # Safety
    /// `fun` is a plain function that takes `n` arguments, `args` are that many words, and `plain_room` gave the rest.
    #[inline(always)]
    pub(crate) unsafe fn plain_frame<const MANY: bool>(
        &mut self,
        (frame, end): (*mut Frame, *mut Slot),
        fun: *mut Function,
        args: *const Slot,
        n: usize,
        ret: Return,
    ) -> *const u8 {
        // SAFETY: invariants 2 and 7; the words up to `end` are the new frame's alone, and the verifier proved `n` to be
        // at most `n_state`.
        unsafe {
            let base = self.top;
            let local = frame as *mut Slot;
            // One test an argument: a loop would be unrolled, and these are few.
            if n > 0 {
                *local.sub(1) = *args;
                if n > 1 {
                    *local.sub(2) = *args.add(1);
                    if n > 2 {
                        *local.sub(3) = *args.add(2);
                        if n > 3 {
                            *local.sub(4) = *args.add(3);
                            if MANY {
                                for i in 4..n {
                                    local.sub(1 + i).write_volatile(*args.add(i));
                                }
                            }
                        }
                    }
                }
            }
            // Volatile writes, so that these few words are not made a call of memset, which costs more.
            let mut local = local.sub(n);
            let bottom = match (*fun).n_locals {
                u16::MAX => base,
                n_locals => (frame as *mut Slot).sub(n_locals as usize),
            };
            if (local.offset_from(bottom)) & 1 != 0 {
                local = local.sub(1);
                local.write_volatile(None);
            }
            while local > bottom {
                local = local.sub(2);
                local.write_volatile(None);
                local.add(1).write_volatile(None);
            }
            let code = (*fun).code_ptr();
            let start = (*fun).header.len as usize + (*fun).start as usize;
            let ip = (*code).base.add(start);
            frame.write(Frame {
                fun: Value::from_ptr(fun),
                owner: None,
                names: None,
                code,
                ip,
                sp: base,
                prev: self.frame,
                n_state: (*fun).header.aux,
                handlers: 0,
                handlers_max: (*fun).n_exc,
                ret,
            });
            self.top = end;
            ip
        }
    }

    /// A frame for a Python function, on the value stack or in a new generator.
    pub(crate) fn call_function(
        &mut self,
        fun: Value,
        cells: &[Value],
        args: Args,
        ret: Return,
    ) -> Res<Called> {
        // What is called lives, and cells never move.
        let f: *const Function = self.cell::<Function>(fun);
        // SAFETY: invariant 3; just looked at, and nobody changes it while it is called.
        let f = unsafe { &*f };
        if f.header.flags & flags::PLAIN != 0
            && args.n_kw() == 0
            && cells.len() + args.len() == f.n_pos as usize
            && cells.is_empty()
            // SAFETY: invariant 2; just looked at.
            && let Some(room) = unsafe { self.plain_room(fun.ptr()) }
        {
            // SAFETY: invariant 2; as above.
            unsafe { self.plain_frame::<true>(room, fun.ptr(), args.base, args.len(), ret) };
            return Ok(Called::Frame(room.0));
        }
        let (n_state, n_exc) = (f.header.aux, f.n_exc);
        let words = n_state as usize + FRAME_WORDS + n_exc as usize * HANDLER_WORDS;
        let ret = match ret {
            Return::Push if self.is_observed() => Return::PushSeen,
            ret => ret,
        };
        let generator = if f.header.flags & flags::GENERATOR != 0 {
            Some(self.new_generator(n_state, words)?)
        } else {
            None
        };
        let base = match generator {
            // SAFETY: invariant 3; the words follow the struct.
            Some(g) => unsafe { g.ptr::<Generator>().add(1) as *mut Slot },
            None => self.top,
        };
        let end = base.wrapping_add(words);
        if generator.is_none() && (end > self.stack_end) {
            return Err(self.stack_full());
        }
        let code = f.code_ptr();
        // SAFETY: invariant 7; the words from `base` to `end` are the new frame's alone.
        let frame = unsafe {
            if generator.is_none() {
                // A new generator is empty already.
                core::ptr::write_bytes(base, 0, n_state as usize);
            }
            let frame = base.add(n_state as usize) as *mut Frame;
            frame.write(Frame {
                fun,
                owner: generator,
                names: None,
                code,
                ip: (*code).base.add(f.header.len as usize + f.start as usize),
                sp: base,
                prev: self.frame,
                n_state,
                handlers: 0,
                handlers_max: n_exc,
                ret,
            });
            frame
        };
        // SAFETY: invariant 3; the frame is whole, and linked while its arguments are set.
        unsafe {
            let (caller, top) = (self.frame, self.top);
            if generator.is_none() {
                self.top = end;
            }
            self.frame = frame;
            let bound = self.bind_args(frame, f, cells, args);
            self.frame = caller;
            self.top = if bound.is_err() || generator.is_some() {
                top
            } else {
                end
            };
            bound?;
        }
        match generator {
            Some(g) => Ok(Called::Value(g)),
            None => {
                if self.is_observed() {
                    self.tell_call(frame);
                }
                Ok(Called::Frame(frame))
            }
        }
    }

    fn new_generator(&mut self, n_state: u16, words: usize) -> Res {
        let cell = self.alloc(Kind::Generator, words as u32)?;
        let g = self.cell_mut::<Generator>(cell);
        g.header.aux = n_state;
        // Until its frame is written there is none to scan.
        g.set_state(state::DONE);
        Ok(cell)
    }

    /// A tuple of arguments on the stack.
    pub(crate) fn new_tuple_of(&mut self, args: Args) -> Res {
        let cell = self.alloc(Kind::Tuple, args.n() as u32)?;
        for i in 0..args.len() {
            self.set_slot(cell, i, args.get(i));
        }
        Ok(cell)
    }
}

/// Whether arguments are as many as a function or type takes.
#[inline(always)]
fn fits(args: Args, (min, max): (u8, u8), keywords: bool) -> bool {
    let n = args.n() as usize;
    n >= min as usize && (n <= max as usize || max == ANY) && (args.n_kw() == 0 || keywords)
}
