//! Calls: arguments into the locals of a new frame, and calls from native code.

use core::ptr::NonNull;

use crate::code;
use crate::frame::{FRAME_WORDS, Frame, HANDLER_WORDS, Handler, Return};
use crate::heap::Kind;
use crate::native::{ANY, Args, Member, Res};
use crate::object::class::{Class, Instance, NATIVE_MADE};
use crate::object::exception as types;
use crate::object::function::{BoundMethod, CellVar, Closure, Function, flags};
use crate::object::generator::{Generator, state};
use crate::q;
use crate::raise::Show;
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
        let mark = self.mark();
        self.root(f)?;
        let base = self.top;
        for &a in args {
            self.root(a)?;
        }
        let args = Args {
            base,
            n: args.len() as u16,
            n_kw: 0,
        };
        self.call_args(f, args, mark)
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
        let args = Args {
            base,
            n: n as u16,
            n_kw: 0,
        };
        self.call_args(f, args, mark)
    }

    /// The same with arguments that lie on the value stack already.
    pub fn call_with(&mut self, f: Value, args: Args) -> Res {
        let mark = self.mark();
        self.root(f)?;
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
        match self.kind(f) {
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
                let args = self.with_first(this, args)?;
                self.begin_call(fun, args, ret)
            }
            Some(Kind::Type) if args.n_kw != 0 && self.type_def(f).is_some_and(|t| !t.keywords) => {
                Err(self.type_error("function doesn't take keyword arguments"))
            }
            Some(Kind::Type) => match self.type_def(f).and_then(|t| t.make_new) {
                Some(make) => self.native_scope(|vm| make(vm, f, args)).map(Called::Value),
                None => {
                    let name = self.class_name(f);
                    let name = self.name_text(name);
                    Err(self.error_fmt(
                        &types::TYPE_ERROR,
                        format_args!("cannot create '{name}' instances"),
                    ))
                }
            },
            Some(Kind::Class) => self.call_class(f, args).map(Called::Value),
            Some(Kind::Instance) => match self.special_parts(f, q!("__call__"))? {
                Some((m, None)) => self.begin_call(m, args, ret),
                Some((m, Some(this))) => {
                    let args = self.with_first(this, args)?;
                    self.begin_call(m, args, ret)
                }
                None => match self.native_part(f) {
                    part if part != f => self.begin_call(part, args, ret),
                    _ => Err(self.not_callable(f)),
                },
            },
            _ => match self.native_type(f).and_then(|t| t.call) {
                Some(call) => self.native_scope(|vm| call(vm, f, args)).map(Called::Value),
                None => Err(self.not_callable(f)),
            },
        }
    }

    #[cold]
    fn not_callable(&mut self, f: Value) -> crate::raise::Raised {
        let name = self.type_name(f);
        let name = self.name_text(name);
        self.error_fmt(
            &types::TYPE_ERROR,
            format_args!("'{name}' object isn't callable"),
        )
    }

    /// A name's text, copied so that a message can be made of it.
    pub fn name_text(&self, name: crate::qstr::Qstr) -> crate::raise::Text {
        let mut text = crate::raise::Text::new();
        let _ = core::fmt::Write::write_fmt(
            &mut text,
            format_args!("{}", Show(self.intern.text(name))),
        );
        text
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
        Ok(Args {
            base,
            n: args.n + 1,
            n_kw: args.n_kw,
        })
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
        let n = args.n as usize;
        if n < def.min() as usize
            || (n > def.max() as usize && def.max() != ANY)
            || (args.n_kw != 0 && !def.takes_keywords())
        {
            return Err(self.arity_error(def, args));
        }
        self.native_scope(|vm| (def.code())(vm, args))
    }

    #[cold]
    #[inline(never)]
    fn arity_error(&mut self, def: &Member, args: Args) -> crate::raise::Raised {
        let n = args.len();
        if args.n_kw != 0 && !def.takes_keywords() {
            return self.type_error("function doesn't take keyword arguments");
        }
        if def.min() == def.max() {
            return self.error_fmt(
                &types::TYPE_ERROR,
                format_args!(
                    "function takes {} positional arguments but {} were given",
                    def.min(),
                    n
                ),
            );
        }
        if n < def.min() as usize {
            return self.error_fmt(
                &types::TYPE_ERROR,
                format_args!(
                    "function missing {} required positional arguments",
                    def.min() as usize - n
                ),
            );
        }
        self.error_fmt(
            &types::TYPE_ERROR,
            format_args!(
                "function expected at most {} arguments, got {}",
                def.max(),
                n
            ),
        )
    }

    /// An instance of a program's class. `__init__` is run to its end.
    fn call_class(&mut self, class: Value, args: Args) -> Res {
        let mark = self.mark();
        self.root(class)?;
        #[cfg(feature = "mod-collections")]
        if self.cell::<Class>(class).header.flags & crate::object::class::flags::NAMED_TUPLE != 0 {
            return self.native_scope(|vm| {
                crate::builtin::collections::named_tuple::make(vm, class, args)
            });
        }
        let new = match self.class_lookup(class, q!("__new__"))? {
            Some(f) if !self.is(f, Kind::Native) => Some(if self.is(f, Kind::StaticMethod) {
                self.field(f, 0)
            } else {
                f
            }),
            _ => None,
        };
        let instance = match new {
            Some(f) => {
                let args = self.with_first(class, args)?;
                self.call_with(f, args)?
            }
            None => self.new_instance(class)?,
        };
        let is_mine = self
            .get::<Instance>(instance)
            .is_some_and(|i| self.is_subclass(i.class, class));
        if is_mine {
            self.init_instance(instance, args, new.is_some())?;
        }
        self.release(mark);
        self.root(instance)?;
        Ok(instance)
    }

    /// Runs `__init__`, and makes the native part from the same arguments where that did not.
    fn init_instance(&mut self, instance: Value, args: Args, has_new: bool) -> Res<()> {
        let class = self.cell::<Instance>(instance).class;
        let native = self.cell::<Class>(class).native;
        if let Some(init) = self.lookup_special(instance, q!("__init__"))? {
            let result = self.call_with(init, args)?;
            if result != Value::NONE {
                let name = self.type_name(result);
                let name = self.name_text(name);
                return Err(self.error_fmt(
                    &types::TYPE_ERROR,
                    format_args!("__init__() should return None, not '{name}'"),
                ));
            }
        } else if native.is_none() && (args.n != 0 || args.n_kw != 0) && !has_new {
            return Err(self.too_many(0, args.len()));
        }
        if self.header(instance).flags & NATIVE_MADE != 0 {
            return Ok(());
        }
        self.make_native_part(instance, args)
    }

    /// Makes the native object inside an instance, where its class extends a native type.
    pub(crate) fn make_native_part(&mut self, instance: Value, args: Args) -> Res<()> {
        let class = self.cell::<Instance>(instance).class;
        let native = self.cell::<Class>(class).native;
        if let Some(t) = native.and_then(|t| self.type_def(t))
            && let Some(make) = t.make_new
        {
            // Exceptions and namedtuples are told the class; the others make what they are.
            let asked =
                if t.extends(&types::BASE_EXCEPTION) || t.extends(&crate::object::tuple::TUPLE) {
                    class
                } else {
                    t.value()
                };
            let part = make(self, asked, args)?;
            self.set_native_part(instance, part);
            self.header_mut(instance).flags |= NATIVE_MADE;
        }
        Ok(())
    }

    fn set_native_part(&mut self, instance: Value, part: Value) {
        let class = self.cell::<Instance>(instance).class;
        self.cell_mut::<Instance>(instance).native = Some(part);
        if self.is(part, Kind::Exception) {
            self.cell_mut::<crate::raise::Exception>(part).class = class;
        }
    }

    /// An instance before `__init__`. One that extends a container has an empty one inside from the start; other native
    /// parts are made from arguments, by the base's `__init__` or after the class's own.
    pub(crate) fn new_instance(&mut self, class: Value) -> Res {
        use crate::object::{dict, list, set};
        let native = self
            .cell::<Class>(class)
            .native
            .and_then(|t| self.type_def(t));
        let instance = self.alloc(Kind::Instance, 0)?;
        self.cell_mut::<Instance>(instance).class = class;
        if let Some(t) = native
            && [&list::LIST, &dict::DICT, &dict::ORDERED_DICT, &set::SET]
                .iter()
                .any(|container| core::ptr::eq(t, *container))
            && let Some(make) = t.make_new
        {
            let empty = Args {
                base: self.top,
                n: 0,
                n_kw: 0,
            };
            let part = make(self, t.value(), empty)?;
            self.set_native_part(instance, part);
        }
        Ok(instance)
    }

    /// The frame of a plain function (see [`flags::PLAIN`]) with its `n` arguments, on the top of the value stack.
    /// Nothing where there is no room; [`call_function`](Vm::call_function) says so then.
    ///
    /// # Safety
    /// `fun` is a plain function that takes `n` arguments, `args` are that many words.
    #[inline(always)]
    pub(crate) unsafe fn plain_frame(
        &mut self,
        fun: *mut Function,
        args: *const Slot,
        n: usize,
        ret: Return,
    ) -> Option<NonNull<Frame>> {
        // SAFETY: invariants 2 and 7; the words up to `end` are the new frame's alone, and the verifier proved `n` to be
        // at most `n_state`.
        unsafe {
            let base = self.top;
            let n_state = (*fun).header.aux;
            let frame = base.wrapping_add(n_state as usize) as *mut Frame;
            let handlers_max = (*fun).n_exc;
            let end = (frame.wrapping_add(1) as *mut Handler).wrapping_add(handlers_max as usize);
            if end as *mut Slot > self.stack_end {
                return None;
            }
            // Volatile writes, so that these few words are not made calls of memset and memcpy, which cost more.
            let mut local = frame as *mut Slot;
            for i in 0..n {
                local = local.sub(1);
                local.write_volatile(*args.add(i));
            }
            while local > base {
                local = local.sub(1);
                local.write_volatile(None);
            }
            let code = (*fun).code_ptr();
            let start = (*fun).header.len as usize + (*fun).start as usize;
            frame.write(Frame {
                fun: Value::from_ptr(fun),
                owner: None,
                names: None,
                code,
                ip: (*code).base.add(start),
                sp: base,
                prev: self.frame,
                n_state,
                handlers: 0,
                handlers_max,
                ret,
            });
            self.top = end as *mut Slot;
            Some(NonNull::new_unchecked(frame))
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
        let bits = self.cell::<Function>(fun).header.flags;
        if bits & flags::PLAIN != 0
            && args.n_kw == 0
            && cells.len() + args.len() == self.cell::<Function>(fun).n_pos as usize
            && cells.is_empty()
            // SAFETY: invariant 2; just looked at.
            && let Some(frame) = unsafe { self.plain_frame(fun.ptr(), args.base, args.len(), ret) }
        {
            return Ok(Called::Frame(frame.as_ptr()));
        }
        let (n_state, n_exc, is_generator, start, at) = {
            let f = self.cell::<Function>(fun);
            (
                f.header.aux,
                f.n_exc,
                f.header.flags & flags::GENERATOR != 0,
                f.start,
                f.header.len,
            )
        };
        let words = n_state as usize + FRAME_WORDS + n_exc as usize * HANDLER_WORDS;
        let ret = match ret {
            Return::Push if self.observed => Return::PushSeen,
            ret => ret,
        };
        let generator = if is_generator {
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
        let code = self.cell::<Function>(fun).code_ptr();
        // SAFETY: invariant 7; the words from `base` to `end` are the new frame's alone.
        let frame = unsafe {
            core::ptr::write_bytes(base, 0, n_state as usize);
            let frame = base.add(n_state as usize) as *mut Frame;
            frame.write(Frame {
                fun,
                owner: generator,
                names: None,
                code,
                ip: (*code).base.add(at as usize + start as usize),
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
            let bound = self.bind_args(frame, cells, args);
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
                if self.observed {
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

    /// Fills the locals of a new frame.
    ///
    /// # Safety
    /// `frame` is a whole frame with empty locals, and it is the one that runs.
    unsafe fn bind_args(&mut self, frame: *mut Frame, cells: &[Value], args: Args) -> Res<()> {
        // SAFETY: invariants 2 and 3; argument numbers are below `n_state`, as the verifier proved.
        unsafe {
            let fun = (*frame).fun;
            let f = self.cell::<Function>(fun);
            let simple =
                f.header.flags & (flags::VARARGS | flags::VARKEYWORDS) == 0 && f.n_kwonly == 0;
            let (n_pos, has_cells) = (f.n_pos as usize, f.header.flags & flags::BOXES != 0);
            let n = args.n as usize + cells.len();
            for (i, &c) in cells.iter().enumerate() {
                *Frame::local(frame, i) = Some(c);
            }
            if simple && args.n_kw == 0 && n == n_pos {
                for i in 0..args.n as usize {
                    *Frame::local(frame, cells.len() + i) = *args.base.add(i);
                }
            } else {
                self.bind_slow(frame, cells.len(), args)?;
            }
            if has_cells {
                self.make_cells(frame)?;
            }
            if let Some(g) = (*frame).owner {
                (*g.ptr::<Generator>()).set_state(state::NEW);
            }
        }
        Ok(())
    }

    /// Boxes the locals that closures inside the function share.
    ///
    /// # Safety
    /// As for `bind_args`.
    unsafe fn make_cells(&mut self, frame: *mut Frame) -> Res<()> {
        // SAFETY: invariant 2; the verifier proved the cell list's indices.
        unsafe {
            let code = &*(*frame).code;
            let at = (*(*frame).fun.ptr::<Function>()).header.len;
            let p = code::prelude(code.bytes(), at);
            for position in p.cells..p.start {
                let local = code.bytes()[position as usize] as usize;
                let cell = self.alloc_bare(Kind::CellVar, 0)?;
                self.cell_mut::<CellVar>(cell).value = *Frame::local(frame, local);
                *Frame::local(frame, local) = Some(cell);
            }
        }
        Ok(())
    }

    /// Defaults, keywords, `*args`, `**kwargs`.
    ///
    /// # Safety
    /// As for `bind_args`.
    unsafe fn bind_slow(&mut self, frame: *mut Frame, n_cells: usize, args: Args) -> Res<()> {
        // SAFETY: invariant 2; argument numbers are below `n_state`.
        unsafe {
            let fun = (*frame).fun;
            let (n_pos, n_kwonly, n_def, bits, defaults, at) = {
                let f = self.cell::<Function>(fun);
                (
                    f.n_pos as usize,
                    f.n_kwonly as usize,
                    f.n_def as usize,
                    f.header.flags,
                    f.defaults,
                    f.header.len,
                )
            };
            let given = args.n as usize + n_cells;
            let var_local = n_pos + n_kwonly;
            let kw_local = var_local + (bits & flags::VARARGS != 0) as usize;
            for i in 0..(args.n as usize).min(n_pos - n_cells.min(n_pos)) {
                *Frame::local(frame, n_cells + i) = *args.base.add(i);
            }
            if given > n_pos {
                if bits & flags::VARARGS == 0 {
                    return Err(self.too_many(n_pos - n_cells, args.len()));
                }
                let extra = args.skip(n_pos - n_cells);
                let tuple = self.new_tuple_of(extra)?;
                *Frame::local(frame, var_local) = Some(tuple);
            } else if bits & flags::VARARGS != 0 {
                let tuple = self.new_tuple(&[])?;
                *Frame::local(frame, var_local) = Some(tuple);
            }
            if bits & flags::VARKEYWORDS != 0 {
                let dict = self.new_dict()?;
                *Frame::local(frame, kw_local) = Some(dict);
            }
            let code = &*(*frame).code;
            let p = code::prelude(code.bytes(), at);
            for k in 0..args.kw_len() {
                let (name, value) = args.kw_at(k);
                let name = self.canonical_key(name);
                let index = (n_cells..n_pos + n_kwonly)
                    .find(|&i| Value::qstr(code.qstr(p.name(code.bytes(), 1 + i))) == name);
                match index {
                    Some(i) => {
                        if (*Frame::local(frame, i)).is_some() {
                            return Err(self
                                .keyword_error("function got multiple values for argument", name));
                        }
                        *Frame::local(frame, i) = Some(value);
                    }
                    None if bits & flags::VARKEYWORDS != 0 => {
                        let dict = (*Frame::local(frame, kw_local)).unwrap_or(Value::NONE);
                        if self.dict_get(dict, name)?.is_some() {
                            return Err(self
                                .keyword_error("function got multiple values for argument", name));
                        }
                        self.dict_set(dict, name, value)?;
                    }
                    None => return Err(self.keyword_error("unexpected keyword argument", name)),
                }
            }
            let mut missing = 0;
            for i in n_cells..n_pos {
                if (*Frame::local(frame, i)).is_none() {
                    if i + n_def >= n_pos {
                        let d = self.slots(defaults.unwrap_or(Value::NONE))[i + n_def - n_pos];
                        *Frame::local(frame, i) = d;
                    } else {
                        missing = if missing == 0 { i + 1 } else { missing };
                    }
                }
            }
            if missing != 0 {
                if args.kw_len() == 0 {
                    let need = n_pos - n_def - n_cells;
                    return Err(self.too_few(
                        need,
                        args.len(),
                        n_def == 0 && n_kwonly == 0 && bits & 6 == 0,
                    ));
                }
                return Err(self.error_fmt(
                    &types::TYPE_ERROR,
                    format_args!(
                        "function missing required positional argument #{}",
                        missing - n_cells
                    ),
                ));
            }
            for i in n_pos..n_pos + n_kwonly {
                if (*Frame::local(frame, i)).is_none() {
                    let name = Value::qstr(code.qstr(p.name(code.bytes(), 1 + i)));
                    let found = match defaults.and_then(|d| self.slots(d)[n_def]) {
                        Some(dict) if self.is(dict, Kind::Dict) => self.dict_get_word(dict, name),
                        _ => None,
                    };
                    match found {
                        Some(v) => *Frame::local(frame, i) = Some(v),
                        None => {
                            return Err(self.keyword_error(
                                "function missing required keyword argument",
                                name,
                            ));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    #[cold]
    fn too_many(&mut self, takes: usize, given: usize) -> crate::raise::Raised {
        self.error_fmt(
            &types::TYPE_ERROR,
            format_args!("function takes {takes} positional arguments but {given} were given"),
        )
    }

    #[cold]
    fn too_few(&mut self, need: usize, given: usize, fixed: bool) -> crate::raise::Raised {
        if fixed {
            return self.too_many(need, given);
        }
        self.error_fmt(
            &types::TYPE_ERROR,
            format_args!(
                "function missing {} required positional arguments",
                need.saturating_sub(given)
            ),
        )
    }

    #[cold]
    fn keyword_error(&mut self, what: &str, name: Value) -> crate::raise::Raised {
        let name = name.as_qstr().unwrap_or(crate::qstr::Qstr::EMPTY);
        let name = self.name_text(name);
        self.error_fmt(&types::TYPE_ERROR, format_args!("{what} '{name}'"))
    }

    /// A tuple of arguments on the stack.
    pub(crate) fn new_tuple_of(&mut self, args: Args) -> Res {
        let cell = self.alloc(Kind::Tuple, args.n as u32)?;
        for i in 0..args.len() {
            self.slots_mut(cell)[i] = args.get(i);
        }
        Ok(cell)
    }
}
