//! The matcher: backtracking over a program, with its stack in the caller's memory.

#[cfg(doc)]
use super::Program;
use super::{JUMP_LEN, op};

/// A position that no part of the match set.
pub const NO_POSITION: u32 = u32::MAX;

/// Instructions between two calls of the caller's `tick`.
const TICK: u32 = 1024;

/// Why a match was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchError {
    /// The stack is full: MicroPython's "maximum recursion depth exceeded".
    Stack,
    /// The caller's `tick` said so.
    Interrupted,
}

/// What is searched.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The text, at most `u32::MAX - 1` bytes; `^` is its start, `$` its end.
    pub text: &'a [u8],
    /// Offset where matching starts.
    pub start: usize,
}

/// One entry of the backtracking stack: plain words, any of which are valid.
#[derive(Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct Entry([u32; 3]);

/// In the first word of an entry: the rest of it is a slot, to which the position in the second word is put back. Without
/// it, the word is an instruction to go on with at the position in the second word, and if that fails at each before it
/// down to the one in the third: what a greedy loop leaves, or a single choice.
const RESTORE: u32 = 1 << 31;

/// Matches at the start of `subject` if `anchored`, else at the first place where the pattern matches.
///
/// `code` is what `compile` made. `positions` holds [`Program::positions`] numbers and receives start
/// and end of the match and of each group, [`NO_POSITION`] for a group that took no part. `tick` is called every so
/// many instructions and stops the match by returning `false`.
pub fn find(
    code: &[u8],
    subject: Subject,
    anchored: bool,
    positions: &mut [u32],
    stack: &mut [Entry],
    tick: &mut dyn FnMut() -> bool,
) -> Result<bool, MatchError> {
    let text = subject.text;
    let mut run = Run {
        code,
        text,
        positions,
        stack,
        depth: 0,
        tick,
        left: TICK,
    };
    let mut start = subject.start.min(text.len());
    loop {
        if !anchored && !cfg!(romfs_vm_small) {
            // A literal first byte, or `^`, rules most places out at once.
            match code {
                [op::CHAR, first, ..] => {
                    match text[start..].iter().position(|byte| byte == first) {
                        Some(skip) => start += skip,
                        None => return Ok(false),
                    }
                }
                [op::START, ..] if start > 0 => return Ok(false),
                _ => {}
            }
        }
        if run.attempt(start)? {
            return Ok(true);
        }
        if anchored || start == text.len() {
            return Ok(false);
        }
        start += 1;
    }
}

struct Run<'a> {
    code: &'a [u8],
    text: &'a [u8],
    positions: &'a mut [u32],
    stack: &'a mut [Entry],
    depth: usize,
    tick: &'a mut dyn FnMut() -> bool,
    /// Instructions until the next tick.
    left: u32,
}

impl Run<'_> {
    /// Tries to match at `start`.
    fn attempt(&mut self, start: usize) -> Result<bool, MatchError> {
        self.positions.fill(NO_POSITION);
        self.depth = 0;
        let (mut pc, mut at) = (0, start);
        loop {
            self.count()?;
            let next = match self.byte(pc) {
                op::MATCH => {
                    self.positions[..2].copy_from_slice(&[start as u32, at as u32]);
                    return Ok(true);
                }
                op::START => (at == 0).then_some(pc + 1),
                op::END => (at == self.text.len()).then_some(pc + 1),
                op::JUMP => Some(self.target(pc)),
                op::SPLIT => {
                    self.push(self.target(pc), at, at)?;
                    Some(pc + JUMP_LEN)
                }
                op::SPLIT_FAR => {
                    self.push(pc + JUMP_LEN, at, at)?;
                    Some(self.target(pc))
                }
                op::STAR | op::PLUS => {
                    // As far as it goes; one entry keeps the shorter ways.
                    let (body, exit) = self.single_loop(pc);
                    let low = at;
                    while self.consume(body, at).is_some() {
                        self.count()?;
                        at += 1;
                    }
                    if at > low {
                        self.push(exit, at - 1, low)?;
                    }
                    Some(exit)
                }
                op::SAVE => {
                    let slot = usize::from(self.byte(pc + 1));
                    let old = core::mem::replace(&mut self.positions[slot], at as u32);
                    self.push(slot | RESTORE as usize, old as usize, 0)?;
                    Some(pc + 2)
                }
                _ => {
                    at += 1;
                    self.consume(pc, at - 1)
                }
            };
            (pc, at) = match next {
                Some(next) => (next, at),
                None => match self.backtrack() {
                    Some(state) => state,
                    None => return Ok(false),
                },
            };
        }
    }

    fn count(&mut self) -> Result<(), MatchError> {
        self.left -= 1;
        if self.left == 0 {
            self.left = TICK;
            if !(self.tick)() {
                return Err(MatchError::Interrupted);
            }
        }
        Ok(())
    }

    fn byte(&self, at: usize) -> u8 {
        self.code[at]
    }

    #[cfg_attr(not(romfs_vm_small), inline(always))]
    fn push(&mut self, pc: usize, at: usize, low: usize) -> Result<(), MatchError> {
        *self.stack.get_mut(self.depth).ok_or(MatchError::Stack)? =
            Entry([pc as u32, at as u32, low as u32]);
        self.depth += 1;
        Ok(())
    }

    /// Undoes up to the last choice and takes its other side: an instruction and a position.
    fn backtrack(&mut self) -> Option<(usize, usize)> {
        while let Some(last) = self.depth.checked_sub(1) {
            let entry = &mut self.stack[last].0;
            let [pc, at, low] = *entry;
            if pc & RESTORE == 0 && at > low {
                entry[1] = at - 1;
            } else {
                self.depth = last;
            }
            if pc & RESTORE == 0 {
                return Some((pc as usize, at as usize));
            }
            self.positions[(pc & !RESTORE) as usize] = at;
        }
        None
    }

    /// Where the instruction with an offset at `pc` leads.
    fn target(&self, pc: usize) -> usize {
        (pc + JUMP_LEN).wrapping_add_signed(isize::from(self.byte(pc + 1) as i8))
    }

    /// The body of the one-byte loop whose instruction is at `pc`, and what follows the loop.
    fn single_loop(&self, pc: usize) -> (usize, usize) {
        let (next, target) = (pc + JUMP_LEN, self.target(pc));
        if self.byte(pc) == op::PLUS {
            (target, next)
        } else {
            (next, target)
        }
    }

    /// Matches the byte at `at` with the one-byte instruction at `pc`; the instruction after it.
    fn consume(&self, pc: usize, at: usize) -> Option<usize> {
        let byte = *self.text.get(at)?;
        let (matched, len) = match self.code[pc] {
            op::CHAR => (self.code[pc + 1] == byte, 2),
            op::NAMED => (in_named_class(self.code[pc + 1], byte), 2),
            op::ANY => (true, 1),
            class => {
                let len = 2 * usize::from(self.code[pc + 1]);
                let pairs = self.code[pc + 2..pc + 2 + len].as_chunks::<2>().0;
                let found = pairs.iter().any(|&[low, high]| match (low, high) {
                    (op::NAMED_PAIR, name) if name != op::NAMED_PAIR => in_named_class(name, byte),
                    _ => (low..=high).contains(&byte),
                });
                (found == (class == op::CLASS), 2 + len)
            }
        };
        matched.then_some(pc + len)
    }
}

/// Whether `byte` is in the class that `name` stands for; a capital negates.
fn in_named_class(name: u8, byte: u8) -> bool {
    let found = match name | 0x20 {
        b'd' => byte.is_ascii_digit(),
        b's' => matches!(byte, b' ' | b'\t'..=b'\r'),
        _ => byte.is_ascii_alphanumeric() || byte == b'_',
    };
    found == (name & 0x20 != 0)
}
