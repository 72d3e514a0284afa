//! The disassembler: a file as text for people.
//!
//! Everything that a reader of the bytes would want to look up is resolved: names, constants, children, lines, jump targets.
//! It allocates nothing and takes files that the verifier refuses: where the bytes stop making sense, the listing says so
//! and goes on with what it still can.

mod code;
mod text;

use crate::constant::Constant;
use crate::header::Arch;
use crate::mpy::Mpy;
use crate::prelude::{Prelude, flags};
use crate::qstr::QstrSource;
use crate::raw_code::{Kind, RawCode};
use crate::text::Text;
use core::fmt::{self, Formatter};
use text::{ConstantText, Hex, Name, indented};

/// A file's listing: what `Display` writes.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    mpy: Mpy<'a>,
}

impl<'a> Mpy<'a> {
    /// The file as text for people.
    pub fn listing(&self) -> Listing<'a> {
        Listing { mpy: *self }
    }
}

/// In place of a name that the file does not tell.
const UNKNOWN: Text<'static> = Text::from_str("?");

/// Deeper functions than this are named but not listed, since listing them takes native stack.
const DEPTH_MAX: usize = 64;

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.header(f)?;
        self.qstrs(f)?;
        self.constants(f)?;
        match self.mpy.module() {
            Ok(module) => self.function(f, &module, 0),
            Err(error) => writeln!(f, "\n! {error}"),
        }
    }
}

impl<'a> Listing<'a> {
    fn header(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let header = self.mpy.header();
        let source = self
            .mpy
            .qstr(0)
            .map_or(Text::from_str(""), |qstr| qstr.text());
        writeln!(f, "source        {}", Name(source))?;
        write!(f, "header        {}", Hex(&self.mpy.file()[..4]))?;
        write!(f, "  version {}", header.version)?;
        if header.arch != Arch::None {
            // The sub-version is that of the interface of native code.
            write!(f, ".{}", header.sub_version)?;
        }
        writeln!(f)?;
        write!(f, "architecture  {}", header.arch.name())?;
        if let Some(flags) = header.arch_flags {
            write!(f, ", flags 0x{flags:x}")?;
        }
        writeln!(f, "\nsmall ints    {} bits", header.small_int_bits)?;
        let parts = self.mpy.sections();
        let (names, constants, code) = (parts.qstrs_at, parts.constants_at, parts.code_at);
        let end = self.mpy.file().len();
        writeln!(
            f,
            "bytes         {end}: qstrs {names}..{constants}, constants {constants}..{code}, code {code}..{end}"
        )
    }

    fn qstrs(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nqstrs: {}", self.mpy.n_qstrs())?;
        for (index, qstr) in self.mpy.qstrs().enumerate() {
            write!(f, "{index:>6}  @{:<6} {:?}", qstr.at, qstr.text())?;
            match qstr.source {
                QstrSource::Static(id) => writeln!(f, "  (static {id})")?,
                QstrSource::Text { .. } => writeln!(f)?,
            }
        }
        Ok(())
    }

    fn constants(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nconstants: {}", self.mpy.n_constants())?;
        for (index, (at, constant)) in self.mpy.constants().enumerate() {
            writeln!(
                f,
                "{index:>6}  @{at:<6} {} {}",
                type_name(&constant),
                ConstantText(&constant)
            )?;
        }
        Ok(())
    }

    /// The name of a function, from its prelude.
    fn name_of(&self, raw: &RawCode<'_>) -> Text<'a> {
        let index = match raw.kind {
            Kind::Bytecode => raw.prelude().ok().flatten().map(|prelude| prelude.name),
            Kind::Native { .. } => raw
                .native_prelude()
                .ok()
                .flatten()
                .map(|prelude| prelude.name),
            _ => None,
        };
        index
            .and_then(|index| self.mpy.qstr(index))
            .map_or(UNKNOWN, |qstr| qstr.text())
    }

    fn function(&self, f: &mut Formatter<'_>, raw: &RawCode<'a>, depth: usize) -> fmt::Result {
        let size = raw.code_end - raw.code_start;
        writeln!(f)?;
        indented(f, depth)?;
        let (start, end) = (raw.code_start, raw.code_end);
        writeln!(
            f,
            "function {}  @{}, code {start}..{end} ({size} bytes)",
            Name(self.name_of(raw)),
            raw.at
        )?;
        match raw.kind {
            Kind::Bytecode => match raw.prelude() {
                Ok(Some(prelude)) => {
                    self.prelude(f, &prelude, depth)?;
                    self.children_names(f, raw, depth)?;
                    self.opcodes(f, raw, &prelude, depth)?;
                }
                Ok(None) => {}
                Err(error) => writeln!(f, "! {error}")?,
            },
            _ => {
                self.native(f, raw, depth)?;
                self.children_names(f, raw, depth)?;
            }
        }
        for child in raw.children() {
            match child {
                Ok(child) if depth < DEPTH_MAX => self.function(f, &child, depth + 1)?,
                Ok(child) => writeln!(f, "! function @{} is nested too deeply to list", child.at)?,
                Err(error) => writeln!(f, "! {error}")?,
            }
        }
        Ok(())
    }

    fn children_names(
        &self,
        f: &mut Formatter<'_>,
        raw: &RawCode<'a>,
        depth: usize,
    ) -> fmt::Result {
        if raw.n_children == 0 {
            return Ok(());
        }
        indented(f, depth)?;
        write!(f, "  children:")?;
        for (index, child) in raw.children().flatten().enumerate() {
            write!(f, " {index} {}", Name(self.name_of(&child)))?;
        }
        writeln!(f)
    }

    fn prelude(&self, f: &mut Formatter<'_>, prelude: &Prelude<'a>, depth: usize) -> fmt::Result {
        let file = self.mpy.file();
        indented(f, depth)?;
        writeln!(
            f,
            "  prelude: {}",
            Hex(&file[prelude.at as usize..prelude.opcodes_at as usize])
        )?;
        indented(f, depth)?;
        write!(
            f,
            "  frame: {} slots, {} exception handlers",
            prelude.n_state, prelude.n_exc_stack
        )?;
        let flag_names = [
            (flags::GENERATOR, "generator"),
            (flags::VAR_ARGS, "*args"),
            (flags::VAR_KEYWORDS, "**kwargs"),
            (flags::DEFAULT_KEYWORDS, "keyword defaults"),
        ];
        for (flag, name) in flag_names {
            if prelude.has(flag) {
                write!(f, ", {name}")?;
            }
        }
        writeln!(f)?;
        indented(f, depth)?;
        write!(
            f,
            "  args: {} positional ({} with defaults)",
            prelude.n_pos_args, prelude.n_def_pos_args
        )?;
        write!(f, ", {} keyword-only:", prelude.n_kwonly_args)?;
        for index in prelude.args() {
            write!(
                f,
                " {}",
                Name(self.mpy.qstr(index).map_or(UNKNOWN, |qstr| qstr.text()))
            )?;
        }
        writeln!(f)?;
        if prelude.n_cell > 0 {
            indented(f, depth)?;
            writeln!(f, "  cells: locals {:?}", prelude.cells())?;
        }
        indented(f, depth)?;
        writeln!(
            f,
            "  lines: {}",
            Hex(&file[prelude.lines_at as usize..prelude.cells_at as usize])
        )
    }

    fn native(&self, f: &mut Formatter<'_>, raw: &RawCode<'a>, depth: usize) -> fmt::Result {
        indented(f, depth)?;
        match raw.kind {
            Kind::Viper { flags, rodata, bss } => {
                writeln!(
                    f,
                    "  viper code, flags 0x{flags:x}, {rodata} bytes of data, {bss} zeroed"
                )?;
            }
            Kind::Asm {
                flags,
                n_pos_args,
                type_signature,
            } => {
                writeln!(
                    f,
                    "  assembler, flags 0x{flags:x}, {n_pos_args} arguments, types 0x{type_signature:x}"
                )?;
            }
            Kind::Native { prelude_offset } => {
                writeln!(f, "  machine code, prelude at {prelude_offset}")?
            }
            Kind::Bytecode => {}
        }
        if let Ok(Some(prelude)) = raw.native_prelude() {
            self.prelude(f, &prelude, depth)?;
        }
        for row in raw.code().chunks(16) {
            indented(f, depth)?;
            writeln!(f, "    {}", Hex(row))?;
        }
        Ok(())
    }
}

fn type_name(constant: &Constant<'_>) -> &'static str {
    match constant {
        Constant::FunTable => "function table",
        Constant::None | Constant::False | Constant::True | Constant::Ellipsis => "object",
        Constant::Str(_) => "str",
        Constant::Bytes(_) => "bytes",
        Constant::Int(_) => "int",
        Constant::Float(_) => "float",
        Constant::Complex(_) => "complex",
        Constant::Tuple(_) => "tuple",
    }
}
