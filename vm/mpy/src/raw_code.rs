//! The tree of functions: a module's body and, under each function, those that it makes.

use crate::error::{Error, ErrorKind};
use crate::prelude::Prelude;
use crate::reader::Reader;

/// What a function's code is. A firmware has no use for machine code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Bytecode.
    Bytecode,
    /// Machine code of `@native`, with a prelude at this offset in the code.
    #[cfg(not(mpy_format_brief))]
    Native {
        /// Offset in the code.
        prelude_offset: u32,
    },
    /// Machine code of `@viper`, or a whole native module.
    #[cfg(not(mpy_format_brief))]
    Viper {
        /// Scope flags, which say what follows.
        flags: u32,
        /// Bytes of read-only data after the code.
        rodata: u32,
        /// Bytes of zeroed data to provide.
        bss: u32,
    },
    /// Machine code of an inline assembler.
    #[cfg(not(mpy_format_brief))]
    Asm {
        /// Scope flags.
        flags: u32,
        /// Positional arguments.
        n_pos_args: u32,
        /// Two bits a type, the result's first.
        type_signature: u32,
    },
}

const HAS_CHILDREN: u32 = 4;
#[cfg(not(mpy_format_brief))]
const VIPER_RELOCATIONS: u32 = 0x10;
#[cfg(not(mpy_format_brief))]
const VIPER_RODATA: u32 = 0x20;
#[cfg(not(mpy_format_brief))]
const VIPER_BSS: u32 = 0x40;

/// One function. Positions are offsets from the start of the file.
#[derive(Clone, Copy, Debug)]
pub struct RawCode<'a> {
    file: &'a [u8],
    /// Where it starts.
    pub at: u32,
    /// What its code is.
    pub kind: Kind,
    /// Where its code starts (a prelude first, in bytecode).
    pub code_start: u32,
    /// The end of its code.
    pub code_end: u32,
    /// How many functions it makes.
    pub n_children: u32,
    /// Where the first child starts; the end of this function's own bytes where there is none.
    pub children_at: u32,
}

impl<'a> RawCode<'a> {
    /// Reads the function at `at`, without its children.
    pub fn read(file: &'a [u8], at: u32) -> Result<RawCode<'a>, Error> {
        let mut reader = Reader::at(file, at);
        let head = reader.vuint()?;
        let code_start = reader.position();
        reader.take(head >> 3)?;
        let code_end = reader.position();
        let kind = Self::read_kind(&mut reader, head & 3)?;
        #[cfg(mpy_format_brief)]
        let relocated = false;
        #[cfg(not(mpy_format_brief))]
        let relocated = matches!(kind, Kind::Viper { flags, .. } if flags & VIPER_RELOCATIONS != 0);
        let n_children = if head & HAS_CHILDREN != 0 {
            reader.vuint()?
        } else {
            0
        };
        if relocated {
            if n_children != 0 {
                return Err(Error::new(at, ErrorKind::RelocationsAndChildren));
            }
            skip_relocations(&mut reader)?;
        }
        let children_at = reader.position();
        Ok(RawCode {
            file,
            at,
            kind,
            code_start,
            code_end,
            n_children,
            children_at,
        })
    }

    #[cfg(mpy_format_brief)]
    fn read_kind(reader: &mut Reader<'_>, kind: u32) -> Result<Kind, Error> {
        match kind {
            0 => Ok(Kind::Bytecode),
            _ => Err(reader.error(ErrorKind::NativeCode)),
        }
    }

    #[cfg(not(mpy_format_brief))]
    fn read_kind(reader: &mut Reader<'_>, kind: u32) -> Result<Kind, Error> {
        Ok(match kind {
            0 => Kind::Bytecode,
            1 => Kind::Native {
                prelude_offset: reader.vuint()?,
            },
            2 => {
                let flags = reader.vuint()?;
                let rodata = if flags & VIPER_RODATA != 0 {
                    reader.vuint()?
                } else {
                    0
                };
                let bss = if flags & VIPER_BSS != 0 {
                    reader.vuint()?
                } else {
                    0
                };
                reader.take(rodata)?;
                Kind::Viper { flags, rodata, bss }
            }
            _ => Kind::Asm {
                flags: reader.vuint()?,
                n_pos_args: reader.vuint()?,
                type_signature: reader.vuint()?,
            },
        })
    }

    /// The code: prelude and opcodes, or machine code.
    pub fn code(&self) -> &'a [u8] {
        self.file
            .get(self.code_start as usize..self.code_end as usize)
            .unwrap_or_default()
    }

    /// The file up to the end of this function's code: what [`decode`](crate::opcode::decode) takes so that offsets in
    /// errors, instructions and jump targets count from the start of the file.
    pub fn file_to_code_end(&self) -> &'a [u8] {
        self.file.get(..self.code_end as usize).unwrap_or_default()
    }

    /// The prelude of bytecode; `None` for machine code.
    pub fn prelude(&self) -> Result<Option<Prelude<'a>>, Error> {
        match self.kind {
            Kind::Bytecode => Prelude::read(self.file, self.code_start, self.code_end).map(Some),
            #[cfg(not(mpy_format_brief))]
            _ => Ok(None),
        }
    }

    /// The prelude that stands beside the machine code of `@native`; `None` for anything else.
    #[cfg(not(mpy_format_brief))]
    pub fn native_prelude(&self) -> Result<Option<Prelude<'a>>, Error> {
        match self.kind {
            Kind::Native { prelude_offset } => {
                let at = self.code_start.saturating_add(prelude_offset);
                Prelude::read(self.file, at.min(self.code_end), self.code_end).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The children, in order. Getting past one means passing over all that are nested in it.
    pub fn children(&self) -> Children<'a> {
        Children {
            file: self.file,
            at: self.children_at,
            left: self.n_children,
        }
    }

    /// Where the bytes of this function and of all its children end.
    pub fn end(&self) -> Result<u32, Error> {
        let mut at = self.children_at;
        let mut left = u64::from(self.n_children);
        // No stack: children are stored in pre-order, so those of a child are added to those still to pass.
        while left > 0 {
            let child = RawCode::read(self.file, at)?;
            left = left - 1 + u64::from(child.n_children);
            at = child.children_at;
        }
        Ok(at)
    }
}

/// Passes over a relocation stream and the 0xff that ends it.
fn skip_relocations(reader: &mut Reader<'_>) -> Result<(), Error> {
    const END: u8 = 0xff;
    const LAST_WITH_REPEAT: u8 = 5;
    loop {
        let op = reader.byte()? as u8;
        if op == END {
            return Ok(());
        }
        if op & 1 != 0 {
            reader.vuint()?;
        }
        let action = op >> 1;
        if action <= LAST_WITH_REPEAT && action & 1 != 0 {
            reader.vuint()?;
        }
    }
}

/// The children of a function, in order; an error ends them.
#[derive(Clone, Debug)]
pub struct Children<'a> {
    file: &'a [u8],
    at: u32,
    left: u32,
}

impl<'a> Iterator for Children<'a> {
    type Item = Result<RawCode<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let child = RawCode::read(self.file, self.at).and_then(|child| {
            self.at = child.end()?;
            Ok(child)
        });
        if child.is_err() {
            self.left = 0;
        }
        Some(child)
    }
}
