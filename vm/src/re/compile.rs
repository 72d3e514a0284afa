//! Pattern to program, in one pass, with a stack of open groups that the caller provides.

use super::{JUMP_LEN, is_class_name, op};
use crate::text::Msg;

/// Why a pattern is refused. All are a `ValueError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// A `)` without `(`.
    Unbalanced,
    /// A group or a class without its end, or a trailing backslash.
    Unterminated,
    /// A repeat of nothing.
    NothingToRepeat,
    /// More than a limit allows: groups, entries of a class, length of a jump, or depth of groups.
    Limit,
}

impl CompileError {
    /// MicroPython's text.
    pub fn message(self) -> Msg {
        match self {
            CompileError::Unbalanced => msg!("error in regex"),
            _ => msg!("regex too complex"),
        }
    }
}

// What MicroPython accepts, to the byte.

/// Most groups that capture.
pub const GROUPS: u8 = 63;
/// Most entries of one class.
const CLASS_ENTRIES: u8 = 127;

/// A compiled pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// Bytes of code. If the buffer given was shorter nothing of it counts: compile again with this many.
    pub code_len: usize,
    /// Groups that capture.
    pub groups: usize,
}

impl Program {
    /// Positions that a match yields: two for the whole and two for each group.
    pub fn positions(&self) -> usize {
        2 * (self.groups + 1)
    }
}

/// An open group: what to return to when it ends.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nest {
    level: Level,
    capture: Option<u8>,
}

/// Where the parts of a sequence are, as offsets into the code.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    /// Start of the alternatives.
    start: usize,
    /// Start of the last term, which a repeat applies to.
    term: usize,
    /// Whether the last term is one instruction that matches one byte.
    single: bool,
    /// The jump at the end of the last alternative, its target still to be set.
    pending_jump: Option<usize>,
}

/// Compiles `pattern` into `code`; `nests` bounds the depth of groups.
///
/// `code` may be empty to learn the length of the program first.
pub fn compile(
    pattern: &[u8],
    code: &mut [u8],
    nests: &mut [Nest],
) -> Result<Program, CompileError> {
    let mut compiler = Compiler {
        pattern,
        at: 0,
        code,
        len: 0,
        level: Level::default(),
        groups: 0,
        depth: 0,
    };
    while let Some(byte) = compiler.next() {
        compiler.element(byte, nests)?;
    }
    if compiler.depth > 0 {
        return Err(CompileError::Unterminated);
    }
    compiler.end_alternatives()?;
    compiler.emit(op::MATCH);
    Ok(Program {
        code_len: compiler.len,
        groups: compiler.groups.into(),
    })
}

struct Compiler<'a> {
    pattern: &'a [u8],
    at: usize,
    code: &'a mut [u8],
    /// Length of the code, which may pass the end of the buffer.
    len: usize,
    level: Level,
    groups: u8,
    depth: usize,
}

impl Compiler<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.pattern.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek(0)?;
        self.at += 1;
        Some(byte)
    }

    /// Takes the next byte if it is this one.
    fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek(0) == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn element(&mut self, byte: u8, nests: &mut [Nest]) -> Result<(), CompileError> {
        match byte {
            b'\\' => match self.next().ok_or(CompileError::Unterminated)? {
                name if is_class_name(name) => self.single(op::NAMED, name),
                other => self.single(op::CHAR, other),
            },
            b'.' => {
                self.start_single();
                self.emit(op::ANY);
            }
            b'[' => return self.class(),
            b'(' => return self.open(nests),
            b')' => return self.close(nests),
            b'?' | b'*' | b'+' => return self.repeat(byte),
            b'|' => return self.alternative(),
            b'^' => self.assertion(op::START),
            b'$' => self.assertion(op::END),
            other => self.single(op::CHAR, other),
        }
        Ok(())
    }

    fn emit(&mut self, byte: u8) {
        if let Some(slot) = self.code.get_mut(self.len) {
            *slot = byte;
        }
        self.len += 1;
    }

    #[cfg_attr(romfs_vm_small, inline(never))]
    fn emit_pair(&mut self, first: u8, second: u8) {
        self.emit(first);
        self.emit(second);
    }

    /// A term of one instruction that matches one byte begins.
    fn start_single(&mut self) {
        (self.level.term, self.level.single) = (self.len, true);
    }

    /// Such a term of two bytes.
    fn single(&mut self, code: u8, argument: u8) {
        self.start_single();
        self.emit_pair(code, argument);
    }

    /// An instruction that matches no byte and cannot be repeated.
    fn assertion(&mut self, code: u8) {
        self.emit(code);
        self.end_term();
    }

    /// What comes next starts a new term; until then there is nothing to repeat.
    fn end_term(&mut self) {
        (self.level.term, self.level.single) = (self.len, false);
    }

    fn class(&mut self) -> Result<(), CompileError> {
        let start = self.len;
        let code = if self.accept(b'^') {
            op::CLASS_NOT
        } else {
            op::CLASS
        };
        self.single(code, 0);
        let mut entries = 0u8;
        loop {
            let pair = match self.next().ok_or(CompileError::Unterminated)? {
                b']' => break,
                b'\\' => match self.next().ok_or(CompileError::Unterminated)? {
                    name if is_class_name(name) => [op::NAMED_PAIR, name],
                    escaped => self.range(escaped)?,
                },
                low => self.range(low)?,
            };
            entries = entries.checked_add(1).ok_or(CompileError::Limit)?;
            self.emit_pair(pair[0], pair[1]);
        }
        if entries > CLASS_ENTRIES {
            return Err(CompileError::Limit);
        }
        if let Some(slot) = self.code.get_mut(start + 1) {
            *slot = entries;
        }
        Ok(())
    }

    /// The pair for `low`, or for the range that starts with it.
    fn range(&mut self, low: u8) -> Result<[u8; 2], CompileError> {
        if self.peek(0) != Some(b'-') || self.peek(1) == Some(b']') {
            return Ok([low, low]);
        }
        self.at += 1;
        let high = self.next().ok_or(CompileError::Unterminated)?;
        // A range the wrong way round matches nothing; so does this one, which cannot be taken for a named class.
        Ok(if low <= high { [low, high] } else { [1, 0] })
    }

    fn open(&mut self, nests: &mut [Nest]) -> Result<(), CompileError> {
        (self.level.term, self.level.single) = (self.len, false);
        let mut capture = None;
        if self.peek(0) == Some(b'?') && self.peek(1) == Some(b':') {
            self.at += 2;
        } else {
            if self.groups >= GROUPS {
                return Err(CompileError::Limit);
            }
            self.groups += 1;
            capture = Some(self.groups);
            self.emit_pair(op::SAVE, 2 * self.groups);
        }
        *nests.get_mut(self.depth).ok_or(CompileError::Limit)? = Nest {
            level: self.level,
            capture,
        };
        self.depth += 1;
        self.level = Level {
            start: self.len,
            term: self.len,
            single: false,
            pending_jump: None,
        };
        Ok(())
    }

    fn close(&mut self, nests: &[Nest]) -> Result<(), CompileError> {
        self.end_alternatives()?;
        self.depth = self.depth.checked_sub(1).ok_or(CompileError::Unbalanced)?;
        let Nest { level, capture } = nests[self.depth];
        self.level = level;
        if let Some(group) = capture {
            self.emit_pair(op::SAVE, 2 * group + 1);
        }
        Ok(())
    }

    /// Writes a jump of kind `code` at `at`, where room was made for it, to `target`.
    fn set_jump(&mut self, at: usize, code: u8, target: usize) -> Result<(), CompileError> {
        let offset = target as isize - (at + JUMP_LEN) as isize;
        let offset = i8::try_from(offset).map_err(|_| CompileError::Limit)?;
        let end = core::mem::replace(&mut self.len, at);
        self.emit_pair(code, offset as u8);
        self.len = end;
        Ok(())
    }

    /// Makes room for a jump at `at`, before code that is there already.
    fn insert_jump(&mut self, at: usize) {
        if self.len + JUMP_LEN <= self.code.len() {
            self.code.copy_within(at..self.len, at + JUMP_LEN);
        }
        self.len += JUMP_LEN;
    }

    /// The last term once or not at all (`?`), as often as it comes (`*`), or that but once at least (`+`).
    fn repeat(&mut self, times: u8) -> Result<(), CompileError> {
        let term = self.level.term;
        if term == self.len {
            return Err(CompileError::NothingToRepeat);
        }
        let (at_foot, lazy) = (times == b'+', self.accept(b'?'));
        let code = match (self.level.single && times != b'?' && !lazy, at_foot) {
            (true, false) => op::STAR,
            (true, true) => op::PLUS,
            (false, _) if lazy == at_foot => op::SPLIT,
            (false, _) => op::SPLIT_FAR,
        };
        if !at_foot {
            self.insert_jump(term);
        }
        if times != b'?' {
            let back = self.len;
            self.len += JUMP_LEN;
            self.set_jump(back, if at_foot { code } else { op::JUMP }, term)?;
        }
        if !at_foot {
            self.set_jump(term, code, self.len)?;
        }
        self.end_term();
        Ok(())
    }

    fn alternative(&mut self) -> Result<(), CompileError> {
        // The alternative before this one ends where the jump over this one is about to be.
        self.end_alternatives()?;
        let start = self.level.start;
        self.insert_jump(start);
        self.level.pending_jump = Some(self.len);
        self.len += JUMP_LEN;
        self.set_jump(start, op::SPLIT, self.len)?;
        self.end_term();
        Ok(())
    }

    /// The last alternative but one goes on here.
    fn end_alternatives(&mut self) -> Result<(), CompileError> {
        match self.level.pending_jump.take() {
            Some(at) => self.set_jump(at, op::JUMP, self.len),
            None => Ok(()),
        }
    }
}
