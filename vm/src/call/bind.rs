//! Arguments into the locals of a new frame.

use crate::code::{self, Code};
use crate::frame::Frame;
use crate::heap::Kind;
use crate::message::Part;
use crate::native::{Args, Res};
use crate::object::exception as types;
use crate::object::function::{CellVar, Function, flags};
use crate::object::generator::{Generator, state};
use crate::raise::Raised;
use crate::text::Msg;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// A function whose arguments are bound. What it says about them is read where it is wanted: kept aside it would be more than
/// there are registers.
#[derive(Clone, Copy)]
struct Callee<'f> {
    function: &'f Function,
    /// Shared variables, which come first among the positional arguments.
    n_cells: usize,
}

impl Callee<'_> {
    fn takes(&self, flag: u8) -> bool {
        self.function.header.flags & flag != 0
    }

    fn n_pos(&self) -> usize {
        self.function.n_pos as usize
    }

    /// The local of `*args`: those of named arguments come before it.
    fn var_local(&self) -> usize {
        self.n_pos() + self.function.n_kwonly as usize
    }

    /// The local of `**kwargs`.
    fn kw_local(&self) -> usize {
        self.var_local() + self.takes(flags::VARARGS) as usize
    }

    /// The dict of keyword-only defaults.
    fn keyword_defaults(&self) -> Slot {
        if !self.takes(flags::KEYWORD_DEFAULTS) {
            return None;
        }
        let f = self.function;
        // SAFETY: invariant 3; the tuple holds the dict behind the `n_def` others.
        unsafe { *f.positional_defaults().add(f.n_def as usize) }
    }

    /// Where the names of the arguments lie.
    fn names(&self, code: &Code) -> u32 {
        code::prelude(code.bytes(), self.function.header.len).names
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
        f: &Function,
        cells: &[Value],
        args: Args,
    ) -> Res<()> {
        // SAFETY: invariants 2 and 3; argument numbers are below `n_state`, as the verifier proved.
        unsafe {
            let simple =
                f.header.flags & (flags::VARARGS | flags::VARKEYWORDS) == 0 && f.n_kwonly == 0;
            let n = args.n() as usize + cells.len();
            for (i, &c) in cells.iter().enumerate() {
                *Frame::local(frame, i) = Some(c);
            }
            if simple && args.n_kw() == 0 && n == f.n_pos as usize {
                for i in 0..args.n() as usize {
                    *Frame::local(frame, cells.len() + i) = *args.base.add(i);
                }
            } else {
                self.bind_slow(frame, f, cells.len(), args)?;
            }
            if f.header.flags & flags::BOXES != 0 {
                self.make_cells(frame, f.header.len)?;
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
    unsafe fn make_cells(&mut self, frame: *mut Frame, at: u32) -> Res<()> {
        // SAFETY: invariant 2; the verifier proved the cell list's indices.
        unsafe {
            let code = &*(*frame).code;
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
    unsafe fn bind_slow(
        &mut self,
        frame: *mut Frame,
        function: &Function,
        n_cells: usize,
        args: Args,
    ) -> Res<()> {
        // SAFETY: the caller's word.
        unsafe {
            let callee = Callee { function, n_cells };
            self.bind_positional(frame, callee, args)?;
            if args.kw_len() != 0 {
                self.bind_keywords(frame, callee, args)?;
            }
            for i in n_cells..callee.var_local() {
                if (*Frame::local(frame, i)).is_none() {
                    let default = self.default(frame, callee, i);
                    if default.is_none() {
                        return Err(self.missing(frame, callee, i, args));
                    }
                    *Frame::local(frame, i) = default;
                }
            }
        }
        Ok(())
    }

    /// Positional arguments, and what is left of them for `*args`; a dict for `**kwargs`.
    ///
    /// # Safety
    /// As for `bind_args`.
    unsafe fn bind_positional(
        &mut self,
        frame: *mut Frame,
        callee: Callee<'_>,
        args: Args,
    ) -> Res<()> {
        let room = callee.n_pos().saturating_sub(callee.n_cells);
        // SAFETY: invariant 2; argument numbers are below `n_state`.
        unsafe {
            for i in 0..args.len().min(room) {
                *Frame::local(frame, callee.n_cells + i) = *args.base.add(i);
            }
            if callee.takes(flags::VARARGS) {
                let tuple = self.new_tuple_of(args.skip(room))?;
                *Frame::local(frame, callee.var_local()) = Some(tuple);
            } else if args.len() > room {
                return Err(self.too_many(frame, callee.n_pos(), args.len() + callee.n_cells));
            }
            if callee.takes(flags::VARKEYWORDS) {
                let dict = self.new_dict()?;
                *Frame::local(frame, callee.kw_local()) = Some(dict);
            }
        }
        Ok(())
    }

    /// Keyword arguments: into the local of their name, or the dict.
    ///
    /// # Safety
    /// As for `bind_args`.
    unsafe fn bind_keywords(
        &mut self,
        frame: *mut Frame,
        callee: Callee<'_>,
        args: Args,
    ) -> Res<()> {
        // SAFETY: invariant 2; argument numbers are below `n_state`.
        unsafe {
            let code = &*(*frame).code;
            let names = callee.names(code);
            for k in 0..args.kw_len() {
                let (wanted, value) = args.kw_at(k);
                let wanted = self.canonical_key(wanted);
                let index =
                    (callee.n_cells..callee.var_local()).find(|&i| name(code, names, i) == wanted);
                let taken = match index {
                    Some(i) => (*Frame::local(frame, i)).replace(value).is_some(),
                    None if callee.takes(flags::VARKEYWORDS) => {
                        let dict = (*Frame::local(frame, callee.kw_local())).unwrap_or(Value::NONE);
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

    /// The default of a named argument, by its local.
    ///
    /// # Safety
    /// As for `bind_args`.
    unsafe fn default(&mut self, frame: *mut Frame, callee: Callee<'_>, i: usize) -> Slot {
        // SAFETY: invariant 2; a default belongs to each of the last `n_def` positional arguments.
        unsafe {
            if i < callee.n_pos() {
                let f = callee.function;
                let number = (i + f.n_def as usize).checked_sub(callee.n_pos())?;
                return *f.positional_defaults().add(number);
            }
            let dict = callee.keyword_defaults()?;
            if !self.is(dict, Kind::Dict) {
                return None;
            }
            let code = &*(*frame).code;
            self.dict_get_word(dict, name(code, callee.names(code), i))
        }
    }

    /// The error of a named argument without a value, by its local.
    #[cold]
    fn missing(&mut self, frame: *mut Frame, callee: Callee<'_>, i: usize, args: Args) -> Raised {
        // SAFETY: invariant 2; the frame is whole.
        let code = unsafe { &*(*frame).code };
        let (n_pos, f) = (callee.n_pos(), callee.function);
        if i >= n_pos {
            // SAFETY: invariant 2; a named argument.
            let name = unsafe { name(code, callee.names(code), i) };
            let what = msg!("function missing required keyword argument '%'");
            return self.keyword_error(what, name);
        }
        if args.kw_len() == 0 && f.n_kwonly == 0 && !callee.takes(flags::VARKEYWORDS) {
            let takes = n_pos - f.n_def as usize;
            return self.too_many(frame, takes, args.len() + callee.n_cells);
        }
        self.type_error_with(
            msg!("function missing required positional argument #%"),
            &[Part::count(i - callee.n_cells)],
        )
    }

    /// The error of a function that takes another number of arguments. Variables that it shares count with both, as in
    /// MicroPython.
    #[cold]
    fn too_many(&mut self, frame: *mut Frame, takes: usize, given: usize) -> Raised {
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
    fn keyword_error(&mut self, what: Msg, name: Value) -> Raised {
        let name = name.as_qstr().unwrap_or(crate::qstr::Qstr::EMPTY);
        if !cfg!(feature = "messages") {
            return self.error_name(&types::TYPE_ERROR, name);
        }
        self.type_error_with(what, &[Part::Name(name)])
    }
}
