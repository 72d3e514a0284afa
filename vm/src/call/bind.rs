//! Arguments into the locals of a new frame.

use crate::code::{self, Code};
use crate::frame::Frame;
use crate::heap::Kind;
use crate::message::Part;
use crate::native::{Args, Res};
use crate::object::exception as types;
use crate::object::function::{CellVar, Function, flags};
use crate::object::generator::{Generator, state};
use crate::text::Msg;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// What a function says about its arguments.
#[derive(Clone, Copy)]
struct Shape {
    /// Shared variables, which come first among the positional arguments.
    n_cells: usize,
    n_pos: usize,
    n_kwonly: usize,
    n_def: usize,
    bits: u8,
    /// Defaults of positional arguments.
    defaults: *const Slot,
    /// The dict of keyword-only ones.
    keyword_defaults: Slot,
    /// Where its raw code lies.
    at: u32,
}

impl Shape {
    fn of(f: &Function, n_cells: usize) -> Shape {
        Shape {
            n_cells,
            n_pos: f.n_pos as usize,
            n_kwonly: f.n_kwonly as usize,
            n_def: f.n_def as usize,
            bits: f.header.flags,
            defaults: f.positional_defaults(),
            keyword_defaults: match f.header.flags & flags::KEYWORD_DEFAULTS {
                0 => None,
                // SAFETY: invariant 3; the tuple holds the dict behind the `n_def` others.
                _ => unsafe { *f.positional_defaults().add(f.n_def as usize) },
            },
            at: f.header.len,
        }
    }

    fn takes(&self, flag: u8) -> bool {
        self.bits & flag != 0
    }

    /// The local of `*args`.
    fn var_local(&self) -> usize {
        self.n_pos + self.n_kwonly
    }

    /// The local of `**kwargs`.
    fn kw_local(&self) -> usize {
        self.var_local() + self.takes(flags::VARARGS) as usize
    }

    /// Where the names of the arguments lie.
    fn names(&self, code: &Code) -> u32 {
        code::prelude(code.bytes(), self.at).names
    }
}

/// The name of an argument, by its local and where the names lie.
///
/// # Safety
/// `code` is the code of the function, and `i` the local of one of its named arguments.
unsafe fn name(code: &Code, names: u32, i: usize) -> Value {
    // SAFETY: invariant 2; the verifier proved the numbers of the names.
    Value::qstr(unsafe { code.qstr(code::name_of(code.bytes(), names, 1 + i)) })
}

impl Vm<'_> {
    /// Fills the locals of a new frame.
    ///
    /// # Safety
    /// `frame` is a whole frame with empty locals, and it is the one that runs.
    pub(super) unsafe fn bind_args(
        &mut self,
        frame: *mut Frame,
        cells: &[Value],
        args: Args,
    ) -> Res<()> {
        // SAFETY: invariants 2 and 3; argument numbers are below `n_state`, as the verifier proved.
        unsafe {
            let fun = (*frame).fun;
            let f = self.cell::<Function>(fun);
            let simple =
                f.header.flags & (flags::VARARGS | flags::VARKEYWORDS) == 0 && f.n_kwonly == 0;
            let (n_pos, has_cells) = (f.n_pos as usize, f.header.flags & flags::BOXES != 0);
            let n = args.n() as usize + cells.len();
            for (i, &c) in cells.iter().enumerate() {
                *Frame::local(frame, i) = Some(c);
            }
            if simple && args.n_kw() == 0 && n == n_pos {
                for i in 0..args.n() as usize {
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
        // SAFETY: the caller's word.
        unsafe {
            let shape = Shape::of(self.cell::<Function>((*frame).fun), n_cells);
            self.bind_positional(frame, shape, args)?;
            self.bind_keywords(frame, shape, args)?;
            self.bind_defaults(frame, shape, args)?;
            self.bind_keyword_defaults(frame, shape)
        }
    }

    /// Positional arguments, and what is left of them for `*args`; a dict for `**kwargs`.
    ///
    /// # Safety
    /// As for `bind_args`.
    unsafe fn bind_positional(&mut self, frame: *mut Frame, shape: Shape, args: Args) -> Res<()> {
        let room = shape.n_pos - shape.n_cells.min(shape.n_pos);
        // SAFETY: invariant 2; argument numbers are below `n_state`.
        unsafe {
            for i in 0..args.len().min(room) {
                *Frame::local(frame, shape.n_cells + i) = *args.base.add(i);
            }
            if args.len() > room && !shape.takes(flags::VARARGS) {
                return Err(self.too_many(frame, shape.n_pos, args.len() + shape.n_cells));
            }
            if shape.takes(flags::VARARGS) {
                let tuple = self.new_tuple_of(args.skip(room))?;
                *Frame::local(frame, shape.var_local()) = Some(tuple);
            }
            if shape.takes(flags::VARKEYWORDS) {
                let dict = self.new_dict()?;
                *Frame::local(frame, shape.kw_local()) = Some(dict);
            }
        }
        Ok(())
    }

    /// Keyword arguments: into the local of their name, or the dict.
    ///
    /// # Safety
    /// As for `bind_args`.
    unsafe fn bind_keywords(&mut self, frame: *mut Frame, shape: Shape, args: Args) -> Res<()> {
        if args.kw_len() == 0 {
            return Ok(());
        }
        // SAFETY: invariant 2; argument numbers are below `n_state`.
        unsafe {
            let code = &*(*frame).code;
            let names = shape.names(code);
            for k in 0..args.kw_len() {
                let (wanted, value) = args.kw_at(k);
                let wanted = self.canonical_key(wanted);
                let index =
                    (shape.n_cells..shape.var_local()).find(|&i| name(code, names, i) == wanted);
                let taken = match index {
                    Some(i) => (*Frame::local(frame, i)).replace(value).is_some(),
                    None if shape.takes(flags::VARKEYWORDS) => {
                        let dict = (*Frame::local(frame, shape.kw_local())).unwrap_or(Value::NONE);
                        let taken = self.dict_get(dict, wanted)?.is_some();
                        self.dict_set(dict, wanted, value)?;
                        taken
                    }
                    None => {
                        return Err(
                            self.keyword_error(msg!("unexpected keyword argument '%'"), wanted)
                        );
                    }
                };
                if taken {
                    let what = msg!("function got multiple values for argument '%'");
                    return Err(self.keyword_error(what, wanted));
                }
            }
        }
        Ok(())
    }

    /// Defaults of positional arguments.
    ///
    /// # Safety
    /// As for `bind_args`.
    unsafe fn bind_defaults(&mut self, frame: *mut Frame, shape: Shape, args: Args) -> Res<()> {
        let Shape {
            n_cells,
            n_pos,
            n_def,
            ..
        } = shape;
        let mut missing = None;
        // SAFETY: invariant 2; argument numbers are below `n_state`.
        unsafe {
            for i in n_cells..n_pos {
                if (*Frame::local(frame, i)).is_some() {
                    continue;
                }
                if i + n_def >= n_pos {
                    *Frame::local(frame, i) = *shape.defaults.add(i + n_def - n_pos);
                } else {
                    missing = missing.or(Some(i - n_cells));
                }
            }
        }
        match missing {
            None => Ok(()),
            Some(_)
                if args.kw_len() == 0
                    && shape.n_kwonly == 0
                    && !shape.takes(flags::VARKEYWORDS) =>
            {
                Err(self.too_many(frame, n_pos - n_def, args.len() + n_cells))
            }
            Some(number) => Err(self.type_error_with(
                msg!("function missing required positional argument #%"),
                &[Part::count(number)],
            )),
        }
    }

    /// Defaults of keyword-only arguments.
    ///
    /// # Safety
    /// As for `bind_args`.
    unsafe fn bind_keyword_defaults(&mut self, frame: *mut Frame, shape: Shape) -> Res<()> {
        // SAFETY: invariant 2; argument numbers are below `n_state`.
        unsafe {
            let code = &*(*frame).code;
            for i in shape.n_pos..shape.var_local() {
                if (*Frame::local(frame, i)).is_some() {
                    continue;
                }
                let name = name(code, shape.names(code), i);
                let found = match shape.keyword_defaults {
                    Some(dict) if self.is(dict, Kind::Dict) => self.dict_get_word(dict, name),
                    _ => None,
                };
                if found.is_none() {
                    let what = msg!("function missing required keyword argument '%'");
                    return Err(self.keyword_error(what, name));
                }
                *Frame::local(frame, i) = found;
            }
        }
        Ok(())
    }

    /// The error of a function that takes another number of arguments. Variables that it shares count with both, as in
    /// MicroPython.
    #[cold]
    fn too_many(&mut self, frame: *mut Frame, takes: usize, given: usize) -> crate::raise::Raised {
        if !cfg!(feature = "messages") {
            return self.type_error(msg!(""));
        }
        // SAFETY: invariant 2; the frame is whole.
        let name = self.function_name(unsafe { (*frame).fun });
        self.type_error_with(
            msg!("%() takes % positional arguments but % were given"),
            &[Part::Name(name), Part::count(takes), Part::count(given)],
        )
    }

    #[cold]
    fn keyword_error(&mut self, what: Msg, name: Value) -> crate::raise::Raised {
        let name = name.as_qstr().unwrap_or(crate::qstr::Qstr::EMPTY);
        if !cfg!(feature = "messages") {
            return self.error_name(&types::TYPE_ERROR, name);
        }
        self.type_error_with(what, &[Part::Name(name)])
    }
}
