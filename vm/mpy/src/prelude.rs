//! What stands before the opcodes of a function: its frame, signature, name, line table and cells.

use crate::error::{Error, ErrorKind};
use crate::reader::Reader;

/// Flag bits of a prelude.
pub mod flags {
    /// The function is a generator (or a coroutine).
    pub const GENERATOR: u8 = 1;
    /// It takes `**kwargs`.
    pub const VAR_KEYWORDS: u8 = 2;
    /// It takes `*args`.
    pub const VAR_ARGS: u8 = 4;
    /// Keyword-only arguments have defaults.
    pub const DEFAULT_KEYWORDS: u8 = 8;
    /// All of them.
    pub const ALL: u8 = 15;
}

/// Most continuation bytes of the first number: what fits 32 bits of state.
const SIGNATURE_CONTINUATIONS: u32 = 13;
/// Most bytes of the second number: each gives one bit of the number of cells, which stays below 512.
const SIZE_BYTES: u32 = 9;

/// A decoded prelude. Positions are offsets from the start of the file.
#[derive(Clone, Copy, Debug)]
pub struct Prelude<'a> {
    file: &'a [u8],
    /// Where it starts.
    pub at: u32,
    /// Slots of the frame: operand stack from the bottom, locals from the top down.
    pub n_state: u32,
    /// Exception handlers that can be open at once.
    pub n_exc_stack: u32,
    /// Bits of [`flags`].
    pub flags: u8,
    /// Positional arguments, closed-over values first.
    pub n_pos_args: u32,
    /// Keyword-only arguments.
    pub n_kwonly_args: u32,
    /// Positional arguments that have defaults (the last ones).
    pub n_def_pos_args: u32,
    /// Bytes of names and line table.
    pub n_info: u32,
    /// Locals that become cells on entry.
    pub n_cell: u32,
    /// Index of the function's name in the qstr table.
    pub name: u32,
    /// Where the names of the arguments start.
    pub args_at: u32,
    /// Where the line table starts.
    pub lines_at: u32,
    /// Where the cell list starts, which is the end of the line table.
    pub cells_at: u32,
    /// Where the opcodes start.
    pub opcodes_at: u32,
    /// Where the opcodes end.
    pub code_end: u32,
}

impl<'a> Prelude<'a> {
    /// Reads the prelude of the code in `start..end` of the file. Everything that it describes is checked to lie there.
    #[cfg_attr(mpy_format_small, inline(never))]
    pub fn read(file: &'a [u8], start: u32, end: u32) -> Result<Prelude<'a>, Error> {
        let code = file
            .get(..end as usize)
            .ok_or(Error::new(end, ErrorKind::Truncated))?;
        let mut reader = Reader::at(code, start);
        let mut prelude = Prelude {
            file,
            at: start,
            n_state: 0,
            n_exc_stack: 0,
            flags: 0,
            n_pos_args: 0,
            n_kwonly_args: 0,
            n_def_pos_args: 0,
            n_info: 0,
            n_cell: 0,
            name: 0,
            args_at: 0,
            lines_at: 0,
            cells_at: 0,
            opcodes_at: 0,
            code_end: end,
        };
        prelude.read_signature(&mut reader)?;
        prelude.read_sizes(&mut reader)?;
        let info_at = reader.position();
        let room = end - info_at;
        if prelude.n_info > room || prelude.n_cell > room - prelude.n_info {
            return Err(Error::new(start, ErrorKind::PreludeTooLong));
        }
        prelude.cells_at = info_at + prelude.n_info;
        prelude.opcodes_at = prelude.cells_at + prelude.n_cell;
        let mut info = Reader::at(&code[..prelude.cells_at as usize], info_at);
        prelude.name = info.vuint()?;
        prelude.args_at = info.position();
        for _ in 0..prelude.n_args() {
            info.vuint()?;
        }
        prelude.lines_at = info.position();
        Ok(prelude)
    }

    /// The interleaved bits `xSSSSEAA` and then `xFSSKAED` of frame size less one, handlers, flags and argument counts.
    fn read_signature(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let start = *reader;
        let first = reader.byte()?;
        let mut state = first >> 3 & 0xf;
        let mut flags = 0;
        self.n_exc_stack = first >> 2 & 1;
        self.n_pos_args = first & 3;
        let mut more = first & 0x80 != 0;
        let mut n = 0;
        while more {
            if n > SIGNATURE_CONTINUATIONS {
                return Err(start.error(ErrorKind::NumberTooLarge));
            }
            let byte = reader.byte()?;
            state |= (byte & 0x30) << (2 * n);
            self.n_exc_stack |= (byte & 0x02) << n;
            flags |= (byte >> 6 & 1) << n;
            self.n_pos_args |= (byte & 0x04) << n;
            self.n_kwonly_args |= (byte >> 3 & 1) << n;
            self.n_def_pos_args |= (byte & 1) << n;
            more = byte & 0x80 != 0;
            n += 1;
        }
        self.n_state = state
            .checked_add(1)
            .ok_or(start.error(ErrorKind::NumberTooLarge))?;
        if flags > u32::from(flags::ALL) {
            return Err(start.error(ErrorKind::PreludeFlags(flags)));
        }
        self.flags = flags as u8;
        Ok(())
    }

    /// The interleaved bits `xIIIIIIC` of the lengths of names and lines, and of the cell list.
    fn read_sizes(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let start = *reader;
        for n in 0..SIZE_BYTES {
            let byte = reader.byte()?;
            self.n_cell |= (byte & 1) << n;
            let bits = byte >> 1 & 0x3f;
            // What fits 32 bits.
            if bits > u32::MAX.checked_shr(6 * n).unwrap_or(0) {
                break;
            }
            self.n_info |= bits.wrapping_shl(6 * n);
            if byte & 0x80 == 0 {
                return Ok(());
            }
        }
        Err(start.error(ErrorKind::NumberTooLarge))
    }

    /// Arguments that have names: positional and keyword-only.
    pub fn n_args(&self) -> u32 {
        self.n_pos_args + self.n_kwonly_args
    }

    /// Locals that a call fills: the named arguments, then `*args`, then `**kwargs`.
    pub fn n_arg_slots(&self) -> u32 {
        self.n_args()
            + u32::from(self.has(flags::VAR_ARGS))
            + u32::from(self.has(flags::VAR_KEYWORDS))
    }

    /// Whether a bit of [`flags`] is set.
    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Indices of the arguments' names in the qstr table. Those closed over are named `*`.
    pub fn args(&self) -> impl Iterator<Item = u32> + use<'a> {
        let mut reader = Reader::at(self.file, self.args_at);
        // They were read once to find the line table, so this cannot fail.
        (0..self.n_args()).map_while(move |_| reader.vuint().ok())
    }

    /// Numbers of the locals that become cells on entry.
    pub fn cells(&self) -> &'a [u8] {
        self.file
            .get(self.cells_at as usize..self.opcodes_at as usize)
            .unwrap_or_default()
    }

    /// The same, each with where it is listed.
    pub(crate) fn listed_cells(&self) -> impl Iterator<Item = (u32, u32)> + use<'a> {
        let file = self.file;
        let cell = move |at| Some((at, u32::from(*file.get(at as usize)?)));
        (self.cells_at..self.opcodes_at).map_while(cell)
    }

    /// Whether the last entry of the line table is whole.
    pub(crate) fn has_whole_lines(&self) -> bool {
        let mut at = self.lines_at;
        while at < self.cells_at
            && let Some(first) = self.file.get(at as usize)
        {
            at += 1 + u32::from(first >> 7);
        }
        at == self.cells_at
    }

    /// The opcodes.
    pub fn opcodes(&self) -> &'a [u8] {
        self.file
            .get(self.opcodes_at as usize..self.code_end as usize)
            .unwrap_or_default()
    }

    /// The line table.
    pub fn lines(&self) -> Lines<'a> {
        Lines::new(
            self.file
                .get(self.lines_at as usize..self.cells_at as usize)
                .unwrap_or_default(),
        )
    }

    /// The source line of the instruction at `offset` from the first opcode.
    pub fn line_of(&self, offset: u32) -> u32 {
        let mut line = 1;
        let mut left = offset;
        for step in self.lines() {
            match left.checked_sub(step.bytes) {
                Some(rest) => left = rest,
                None => break,
            }
            line += step.lines;
        }
        line
    }
}

/// One entry of a line table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineStep {
    /// Bytes of opcodes that the current line still covers.
    pub bytes: u32,
    /// How far the next line is from it.
    pub lines: u32,
}

/// The entries of a line table, in order. A cut last entry ends them.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    left: &'a [u8],
}

impl<'a> Lines<'a> {
    /// The entries in these bytes.
    pub fn new(bytes: &'a [u8]) -> Lines<'a> {
        Lines { left: bytes }
    }

    /// The bytes not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.left
    }
}

impl Iterator for Lines<'_> {
    type Item = LineStep;

    fn next(&mut self) -> Option<LineStep> {
        match *self.left {
            // 0LLBBBBB
            [first, ref rest @ ..] if first & 0x80 == 0 => {
                self.left = rest;
                Some(LineStep {
                    bytes: u32::from(first & 0x1f),
                    lines: u32::from(first >> 5),
                })
            }
            // 1LLLBBBB LLLLLLLL
            [first, second, ref rest @ ..] => {
                self.left = rest;
                let lines = u32::from(first & 0x70) << 4 | u32::from(second);
                Some(LineStep {
                    bytes: u32::from(first & 0xf),
                    lines,
                })
            }
            _ => None,
        }
    }
}
