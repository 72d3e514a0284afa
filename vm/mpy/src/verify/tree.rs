//! The walk over a module's functions, and what each must know of the place that makes it.

#[cfg(not(mpy_format_brief))]
use super::Function;
use super::function::{Subject, verify_code};
use super::plain::{Index, plain};
use super::scan::{Allowed, Tables};
use super::{Limits, Report, Scratch};
use crate::error::{Error, ErrorKind};
use crate::header::Arch;
use crate::mpy::Mpy;
use crate::opcode::{Instr, Opcode, decode};
use crate::prelude::{Prelude, flags};
#[cfg(not(mpy_format_brief))]
use crate::qstr::QstrSource;
use crate::raw_code::{Kind, RawCode};

/// Id of the static qstr `*`, the name that compilers give to arguments that are closed over.
#[cfg(not(mpy_format_brief))]
const STAR: u8 = 5;
/// Beyond any qstr table.
#[cfg(not(mpy_format_brief))]
const NO_STAR: u32 = u32::MAX;

/// How a function comes to be.
#[derive(Clone, Copy, Debug)]
enum Origin {
    /// It is the module's body.
    Module,
    /// An instruction makes it, with so many values closed over, and with defaults or without.
    Made { n_closed: u8, with_defaults: bool },
    /// No instruction makes it: it stood in code that the compiler found to be dead.
    Unmade,
}

/// What stays the same over the walk.
pub(super) struct Tree<'a, 'v, 's> {
    pub(super) mpy: &'v Mpy<'a>,
    pub(super) limits: &'v Limits,
    pub(super) scratch: &'v mut Scratch<'s>,
    #[cfg(not(mpy_format_brief))]
    pub(super) visit: &'v mut dyn FnMut(&Function),
    pub(super) report: Report,
    /// Where `*` is in the qstr table, once that is known: [`NO_STAR`] where it is not there.
    #[cfg(not(mpy_format_brief))]
    pub(super) star: Option<u32>,
    /// What operands may be that do not go by the function.
    pub(super) allowed: Allowed,
}

impl<'a> Tree<'a, '_, '_> {
    /// Verifies every function; says where the last byte of them ends.
    pub(super) fn run(&mut self) -> Result<u32, Error> {
        // Looked at where they were read, here and below: as values of their own they would be copied.
        let read = &self.mpy.module();
        let module = read.as_ref().map_err(|error| *error)?;
        self.function(module, Origin::Module, 0)
    }

    /// Verifies a function and then its children, and says where their bytes end. Calls itself, at most
    /// `limits.function_depth` deep; nothing but the place in the parent stays behind on the native stack.
    fn function(&mut self, raw: &RawCode<'a>, origin: Origin, depth: u8) -> Result<u32, Error> {
        if depth >= self.limits.function_depth {
            return Err(Error::new(raw.at, ErrorKind::FunctionsTooDeep));
        }
        #[cfg(not(mpy_format_brief))]
        {
            self.report.depth = self.report.depth.max(depth + 1);
        }
        if raw.kind != Kind::Bytecode {
            if !self.limits.native || self.mpy.header().arch == Arch::None {
                return Err(Error::new(raw.at, ErrorKind::NativeCode));
            }
            #[cfg(not(mpy_format_brief))]
            {
                self.report.n_native += 1;
            }
            // What machine code makes of its children cannot be seen, so neither they nor it are vouched for.
            return raw.end();
        }
        if cfg!(mpy_format_brief) && matches!(origin, Origin::Unmade) {
            // What nothing makes does not run: that others can be found past it is all that a firmware needs.
            return raw.end();
        }
        let read = &Prelude::read(self.mpy.file(), raw.code_start, raw.code_end);
        let prelude = read.as_ref().map_err(|error| *error)?;
        self.bytecode(raw, prelude, origin)?;
        let mut sites = Sites {
            code: raw.file_to_code_end(),
            at: prelude.opcodes_at,
        };
        let mut at = raw.children_at;
        for index in 0..raw.n_children {
            let read = &RawCode::read(self.mpy.file(), at);
            let child = read.as_ref().map_err(|error| *error)?;
            at = self.function(child, sites.origin_of(index)?, depth + 1)?;
        }
        Ok(at)
    }

    /// Verifies one function's own prelude and code.
    #[inline(never)]
    fn bytecode(
        &mut self,
        raw: &RawCode<'a>,
        prelude: &Prelude<'a>,
        origin: Origin,
    ) -> Result<(), Error> {
        let n_closed = match origin {
            Origin::Module => 0,
            Origin::Made { n_closed, .. } => n_closed.into(),
            #[cfg(mpy_format_brief)]
            Origin::Unmade => 0,
            #[cfg(not(mpy_format_brief))]
            Origin::Unmade => self.closed_by_name(prelude),
        };
        self.prelude(raw, prelude, origin, n_closed)?;
        let tables = Tables::of(self.mpy, raw.n_children);
        let subject = Subject {
            at: raw.at,
            code: raw.file_to_code_end(),
            prelude,
            n_closed,
            tables,
            limits: self.limits,
        };
        let function = verify_code(subject, &mut self.allowed, self.scratch)?;
        #[cfg(not(mpy_format_brief))]
        {
            self.report.add(&function);
            (self.visit)(&function);
        }
        let _ = function;
        Ok(())
    }

    fn prelude(
        &self,
        raw: &RawCode<'_>,
        prelude: &Prelude<'_>,
        origin: Origin,
        n_closed: u32,
    ) -> Result<(), Error> {
        let refuse = |kind| Err(Error::new(raw.code_start, kind));
        if prelude.n_state > self.limits.state_slots {
            return refuse(ErrorKind::StateTooLarge(prelude.n_state));
        }
        let default_keywords = u32::from(prelude.flags & flags::DEFAULT_KEYWORDS);
        let has_defaults = prelude.n_def_pos_args | default_keywords != 0;
        let n_arg_slots = prelude.n_arg_slots();
        if n_arg_slots > prelude.n_state || prelude.n_def_pos_args + n_closed > prelude.n_pos_args {
            return refuse(ErrorKind::PreludeArgs);
        }
        match origin {
            Origin::Module if n_arg_slots > 0 || prelude.flags != 0 => {
                return refuse(ErrorKind::ModuleSignature);
            }
            Origin::Made {
                with_defaults: false,
                ..
            } if has_defaults => return refuse(ErrorKind::DefaultsMissing),
            _ => {}
        }
        let n_qstrs = self.mpy.n_qstrs();
        if prelude.name >= n_qstrs {
            return refuse(ErrorKind::QstrIndex(prelude.name));
        }
        if let Some(name) = prelude.args().find(|&name| name >= n_qstrs) {
            return Err(Error::new(prelude.args_at, ErrorKind::QstrIndex(name)));
        }
        if !prelude.has_whole_lines() {
            return Err(Error::new(prelude.cells_at - 1, ErrorKind::LineInfo));
        }
        Ok(())
    }

    /// How many of the first arguments are named `*`.
    #[cfg(not(mpy_format_brief))]
    #[cold]
    fn closed_by_name(&mut self, prelude: &Prelude<'_>) -> u32 {
        let mut qstrs = self.mpy.qstrs().zip(0..);
        let star = *self.star.get_or_insert_with(|| {
            let found = qstrs.find(|(qstr, _)| qstr.source == QstrSource::Static(STAR));
            found.map_or(NO_STAR, |(_, index)| index)
        });
        let names = prelude.args().take(prelude.n_pos_args as usize);
        names.take_while(|&name| name == star).count() as u32
    }
}

/// The places of a verified function that make its children, which are in the order of the children.
struct Sites<'a> {
    code: &'a [u8],
    at: u32,
}

impl Sites<'_> {
    /// How the child comes to be; children must be asked for in order.
    fn origin_of(&mut self, child: u32) -> Result<Origin, Error> {
        while (self.at as usize) < self.code.len() {
            match plain(self.code, self.at) {
                Some(plain) if plain.index == Index::Child => {
                    if plain.value > child {
                        break;
                    }
                    let opcode = self.code[self.at as usize];
                    self.at = plain.next;
                    return Ok(Origin::Made {
                        n_closed: 0,
                        with_defaults: opcode == Opcode::MakeFunctionDefargs as u8,
                    });
                }
                Some(plain) => {
                    self.at = plain.next;
                    continue;
                }
                None => {}
            }
            let instr = decode(self.code, self.at)?;
            if let Some(with_defaults) = makes_function(&instr) {
                if instr.uint() > child {
                    break;
                }
                self.at = instr.next;
                return Ok(Origin::Made {
                    n_closed: instr.extra,
                    with_defaults,
                });
            }
            self.at = instr.next;
        }
        Ok(Origin::Unmade)
    }
}

/// For an instruction that makes a function: whether it takes defaults.
fn makes_function(instr: &Instr) -> Option<bool> {
    match instr.op {
        Opcode::MakeFunction | Opcode::MakeClosure => Some(false),
        Opcode::MakeFunctionDefargs | Opcode::MakeClosureDefargs => Some(true),
        _ => None,
    }
}
