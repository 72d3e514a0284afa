//! A loaded module: positions in the .mpy, which stays where it is, and the little that an import has to build in RAM.
//!
//! In RAM are the map from the module's qstr numbers to ids (two bytes a name) and two hint bytes a name for the caches
//! of globals and attributes. Constants become objects when they are first loaded; functions are found by skipping
//! their siblings in the file. Everything else is read from the image.
//!
//! All reads here are of verified bytes (invariant 2): the verifier proved that every position below lies inside.

use mpy_format::Mpy;

use crate::CACHES;
use crate::heap::kind::data;
use crate::heap::{Cell, Header, Kind};
use crate::object::function::{Function, flags};
use crate::qstr::Qstr;
use crate::value::{Slot, Value};

/// The RAM side of one module's bytecode. Two hint bytes a name follow and, unless the image has them, the qstr ids of
/// the names (two bytes each).
#[repr(C)]
pub struct Code {
    /// `len`: bytes that follow the struct.
    pub header: Header,
    /// The module's globals, a dict.
    pub globals: Value,
    /// What the bytes belong to, where that is a cell of the heap.
    pub source: Slot,
    /// A `Slots` cell of constants, made at the first constant.
    pub constants: Slot,
    /// The ids of its names: behind the hints, or in the image where its builder has numbered them.
    pub ids: *const u16,
    /// The first byte of the .mpy.
    pub base: *const u8,
    /// Its length.
    pub size: u32,
    /// Position of the first constant.
    pub constants_at: u32,
    /// Position of the module's raw code.
    pub root: u32,
    /// Names.
    pub n_qstr: u16,
    /// Constants.
    pub n_const: u16,
    /// The constant last found, and where: constants are mostly loaded in order.
    const_memo: (u16, u32),
    /// The child last found of the module's own code, and where: between its classes the children of those are looked for.
    top_memo: (u16, u32),
    /// The child last found of any other: its parent, its number, and where.
    child_memo: (u32, u16, u32),
}

// SAFETY: `repr(C)`, header first, made only by the loader.
unsafe impl Cell for Code {
    const KIND: Kind = Kind::Code;
}

/// Bytes that follow a [`Code`] of `n` names: hints, then ids where it has its own.
pub const fn tail_bytes(n: u16, own_ids: bool) -> u32 {
    n as u32 * if own_ids { 4 } else { 2 }
}

/// A big-endian base-128 number at `p`, and the position behind it.
///
/// # Safety
/// The number lies in verified bytes.
#[cfg_attr(not(romfs_vm_least), inline(always))]
#[cfg_attr(romfs_vm_least, inline(never))]
pub unsafe fn vuint(mut p: *const u8) -> (usize, *const u8) {
    let mut n = 0;
    // SAFETY: invariant 2; the verifier saw the number end.
    unsafe {
        loop {
            let byte = *p;
            p = p.add(1);
            n = n << 7 | (byte & 0x7f) as usize;
            if byte & 0x80 == 0 {
                return (n, p);
            }
        }
    }
}

impl Code {
    /// Clears what is only known after loading.
    pub(crate) fn reset_memos(&mut self) {
        self.const_memo = (u16::MAX, 0);
        self.top_memo = (u16::MAX, 0);
        self.child_memo = (u32::MAX, 0, 0);
    }

    #[inline(always)]
    fn hints(&self) -> *mut u8 {
        (self as *const Code).wrapping_add(1) as *mut u8
    }

    /// Takes the words behind the hints for its ids.
    pub(crate) fn keep_own_ids(&mut self) {
        self.ids = self.hints().wrapping_add(2 * self.n_qstr as usize) as *const u16;
    }

    /// The qstr of a name's number.
    ///
    /// # Safety
    /// `i` is less than `n_qstr`.
    #[inline(always)]
    pub unsafe fn qstr(&self, i: usize) -> Qstr {
        // SAFETY: invariant 2; the verifier proved the index.
        unsafe { Qstr(*self.ids.add(i)) }
    }

    /// Constant `i`, where it was made already.
    #[inline(always)]
    pub(crate) fn constant_made(&self, i: usize) -> Slot {
        let table = self.constants?;
        // SAFETY: invariant 3; the table is a `Slots` cell of the heap, with `len` words.
        unsafe {
            let made = (*table.ptr::<Header>()).len as usize;
            if i < made {
                *(data(table) as *const Slot).add(i)
            } else {
                None
            }
        }
    }

    /// Sets the qstr of a number, while a module with ids of its own is linked.
    pub(crate) fn set_qstr(&mut self, i: usize, q: Qstr) {
        assert!(i < self.n_qstr as usize);
        let ids = self.hints().wrapping_add(2 * self.n_qstr as usize) as *mut u16;
        assert!(
            core::ptr::eq(self.ids, ids),
            "the ids of an image are not written"
        );
        // SAFETY: invariant 7; `n_qstr` ids follow the hints.
        unsafe { *ids.add(i) = q.id() };
    }

    /// The hint byte of a name for globals.
    ///
    /// # Safety
    /// `i` is less than `n_qstr`.
    #[inline(always)]
    pub unsafe fn global_hint(&self, i: usize) -> *mut u8 {
        // SAFETY: invariant 2; hints follow the struct.
        unsafe { self.hints().add(i) }
    }

    /// The hint byte of a name for attributes.
    ///
    /// # Safety
    /// `i` is less than `n_qstr`.
    #[inline(always)]
    pub unsafe fn attr_hint(&self, i: usize) -> *mut u8 {
        // SAFETY: invariant 2; a second row of hints follows the first.
        unsafe { self.hints().add(self.n_qstr as usize + i) }
    }

    /// The bytes of the .mpy.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: invariant 1; they are borrowed for as long as the VM lives, or `source` keeps them.
        unsafe { core::slice::from_raw_parts(self.base, self.size as usize) }
    }

    /// Position of constant `i`: an encoded object.
    pub(crate) fn constant_at(&mut self, i: u16) -> u32 {
        let (mut n, mut at) = match self.const_memo {
            (memo, at) if CACHES && memo != u16::MAX && memo <= i => (memo, at),
            _ => (0, self.constants_at),
        };
        while n < i {
            at = skip_object(self.bytes(), at);
            n += 1;
        }
        self.const_memo = (i, at);
        at
    }

    /// Position of the raw code of child `i` of the raw code at `parent`.
    pub(crate) fn child_at(&mut self, parent: u32, i: u16) -> u32 {
        let is_top = parent == self.root;
        let memo = match (is_top, self.child_memo) {
            (true, _) => Some(self.top_memo),
            (false, (p, n, at)) if p == parent => Some((n, at)),
            _ => None,
        };
        let (mut n, mut at) = match memo {
            Some((n, at)) if CACHES && n != u16::MAX && n <= i => (n, at),
            _ => (0, first_child(self.bytes(), parent)),
        };
        while n < i {
            at = skip_raw_code(self.bytes(), at);
            n += 1;
        }
        match is_top {
            true => self.top_memo = (i, at),
            false => self.child_memo = (parent, i, at),
        }
        at
    }
}

/// Bytes before the counts of names and constants, where there is no machine code.
#[cfg(feature = "checked-images")]
const HEADER: u32 = 4;

/// Where the parts of a verified module lie.
#[derive(Clone, Copy, Default)]
pub(crate) struct Parts {
    /// Names.
    pub n_qstr: u16,
    /// Constants.
    pub n_const: u16,
    /// Position of the first name.
    pub qstrs_at: u32,
    /// Position of the first constant.
    pub constants_at: u32,
    /// Position of the module's raw code.
    pub code_at: u32,
}

impl Parts {
    /// The same of bytes that were verified before: nothing is looked at twice.
    #[cfg(feature = "checked-images")]
    pub(crate) fn of_verified(bytes: &[u8]) -> Parts {
        let (n_qstr, at) = vuint_at(bytes, HEADER);
        let (n_const, qstrs_at) = vuint_at(bytes, at);
        let mut at = qstrs_at;
        for _ in 0..n_qstr {
            at = name_at(bytes, at).1;
        }
        let constants_at = at;
        for _ in 0..n_const {
            at = skip_object(bytes, at);
        }
        Parts {
            n_qstr: n_qstr as u16,
            n_const: n_const as u16,
            qstrs_at,
            constants_at,
            code_at: at,
        }
    }

    pub(crate) fn of(mpy: &Mpy<'_>) -> Parts {
        let sections = mpy.sections();
        Parts {
            n_qstr: mpy.n_qstrs() as u16,
            n_const: mpy.n_constants() as u16,
            qstrs_at: sections.qstrs_at,
            constants_at: sections.constants_at,
            code_at: sections.code_at,
        }
    }
}

/// The name at a position of the table of names: the number of a static one, or its text; and the position behind it.
pub(crate) fn name_at(bytes: &[u8], at: u32) -> (Result<u16, &[u8]>, u32) {
    let (head, text) = vuint_at(bytes, at);
    if head & 1 != 0 {
        return (Ok((head >> 1) as u16), text);
    }
    let end = text + (head >> 1);
    let text = bytes.get(text as usize..end as usize).unwrap_or(b"");
    (Err(text), end + 1)
}

/// `vuint` by position, in bytes that may end: zero beyond them, which verified bytes never reach.
pub(crate) fn vuint_at(bytes: &[u8], mut at: u32) -> (u32, u32) {
    let mut n: u32 = 0;
    while let Some(&byte) = bytes.get(at as usize) {
        at += 1;
        n = n << 7 | (byte & 0x7f) as u32;
        if byte & 0x80 == 0 {
            return (n, at);
        }
    }
    (0, at)
}

/// The position behind an encoded constant.
pub(crate) fn skip_object(bytes: &[u8], at: u32) -> u32 {
    let mut at = at;
    let mut pending = 1u32;
    while pending > 0 {
        pending -= 1;
        let kind = bytes.get(at as usize).copied().unwrap_or(0);
        at += 1;
        match kind {
            5 | 6 => {
                let (n, next) = vuint_at(bytes, at);
                at = next + n + 1;
            }
            7..=9 => {
                let (n, next) = vuint_at(bytes, at);
                at = next + n;
            }
            10 => {
                let (n, next) = vuint_at(bytes, at);
                at = next;
                pending += n;
            }
            _ => {}
        }
    }
    at
}

/// How many children the raw code at `at` has.
pub(crate) fn count_children(bytes: &[u8], at: u32) -> u32 {
    let (kind_length, body) = vuint_at(bytes, at);
    match kind_length & 4 {
        0 => 0,
        _ => vuint_at(bytes, body + (kind_length >> 3)).0,
    }
}

/// The position of the first child of the raw code at `at`.
fn first_child(bytes: &[u8], at: u32) -> u32 {
    let (kind_length, body) = vuint_at(bytes, at);
    vuint_at(bytes, body + (kind_length >> 3)).1
}

/// The position behind the raw code at `at`, its children included.
fn skip_raw_code(bytes: &[u8], at: u32) -> u32 {
    let mut at = at;
    let mut pending = 1u32;
    while pending > 0 {
        pending -= 1;
        let (kind_length, body) = vuint_at(bytes, at);
        at = body + (kind_length >> 3);
        if kind_length & 4 != 0 {
            let (n, next) = vuint_at(bytes, at);
            at = next;
            pending += n;
        }
    }
    at
}

/// What the prelude of a function says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Prelude {
    /// Words of state.
    pub n_state: u16,
    /// Nested handlers.
    pub n_exc: u8,
    /// Bits as in [`flags`].
    pub flags: u8,
    /// Positional arguments.
    pub n_pos: u8,
    /// Keyword-only arguments.
    pub n_kwonly: u8,
    /// Positional arguments with a default.
    pub n_def: u8,
    /// Position of the function's name and its arguments' names.
    pub names: u32,
    /// Position of the end of the line table; the list of cell variables begins there.
    pub cells: u32,
    /// Position of the first instruction.
    pub start: u32,
    /// Position behind the last instruction.
    pub end: u32,
}

/// Decodes the prelude of the raw code at `at`.
pub(crate) fn prelude(bytes: &[u8], at: u32) -> Prelude {
    match cfg!(romfs_vm_small) {
        true => prelude_as_verified(bytes, at),
        false => prelude_here(bytes, at),
    }
}

/// The same as the verifier reads it, which is there anyway.
fn prelude_as_verified(bytes: &[u8], at: u32) -> Prelude {
    let (kind_length, body) = vuint_at(bytes, at);
    match mpy_format::Prelude::read(bytes, body, body + (kind_length >> 3)) {
        Ok(p) => Prelude {
            n_state: p.n_state as u16,
            n_exc: p.n_exc_stack as u8,
            flags: p.flags,
            n_pos: p.n_pos_args as u8,
            n_kwonly: p.n_kwonly_args as u8,
            n_def: p.n_def_pos_args as u8,
            names: p.cells_at - p.n_info,
            cells: p.cells_at,
            start: p.opcodes_at,
            end: p.code_end,
        },
        // Of verified bytes it can be read.
        Err(_) => Prelude::default(),
    }
}

/// The same at the place of its use: a function is made of it.
#[inline(always)]
pub(crate) fn prelude_here(bytes: &[u8], at: u32) -> Prelude {
    let byte = |at: u32| bytes.get(at as usize).copied().unwrap_or(0) as u32;
    let (kind_length, body) = vuint_at(bytes, at);
    let mut p = body;
    // Signature: xSSSSEAA, then xFSSKAED.
    let z = byte(p);
    p += 1;
    let (mut s, mut e, mut f, mut a, mut k, mut d) = (z >> 3 & 0xf, z >> 2 & 1, 0, z & 3, 0, 0);
    let mut more = z & 0x80 != 0;
    let mut n = 0;
    while more && n < 8 {
        let z = byte(p);
        p += 1;
        s |= (z & 0x30) << (2 * n);
        e |= (z & 0x02) << n;
        f |= ((z & 0x40) >> 6) << n;
        a |= (z & 0x04) << n;
        k |= ((z & 0x08) >> 3) << n;
        d |= (z & 0x01) << n;
        more = z & 0x80 != 0;
        n += 1;
    }
    // Sizes: xIIIIIIC.
    let (mut info, mut cells) = (0, 0);
    let mut n = 0;
    loop {
        let z = byte(p);
        p += 1;
        cells |= (z & 1) << n;
        info |= (z >> 1 & 0x3f) << (6 * n);
        n += 1;
        if z & 0x80 == 0 || n == 4 {
            break;
        }
    }
    Prelude {
        n_state: (s + 1) as u16,
        n_exc: e as u8,
        flags: f as u8,
        n_pos: a as u8,
        n_kwonly: k as u8,
        n_def: d as u8,
        names: p,
        cells: p + info,
        start: p + info + cells,
        end: body + (kind_length >> 3),
    }
}

/// The same of the prelude whose names lie at `names`.
pub(crate) fn name_of(bytes: &[u8], names: u32, i: usize) -> usize {
    let mut at = names;
    for _ in 0..i {
        at = vuint_at(bytes, at).1;
    }
    vuint_at(bytes, at).0 as usize
}

impl Prelude {
    /// The qstr number of the function's name (0) or of argument `i - 1`.
    pub(crate) fn name(&self, bytes: &[u8], i: usize) -> usize {
        name_of(bytes, self.names, i)
    }

    /// The source line of an instruction.
    pub(crate) fn line(&self, bytes: &[u8], instruction: u32) -> u32 {
        let mut at = self.names;
        for _ in 0..1 + self.n_pos as usize + self.n_kwonly as usize {
            at = vuint_at(bytes, at).1;
        }
        let mut line = 1;
        let mut left = instruction.saturating_sub(self.start);
        while at < self.cells {
            let c = bytes[at as usize] as u32;
            let (code, lines) = if c & 0x80 == 0 {
                at += 1;
                (c & 0x1f, c >> 5)
            } else {
                let low = bytes.get(at as usize + 1).copied().unwrap_or(0) as u32;
                at += 2;
                (c & 0xf, (c << 4 & 0x700) | low)
            };
            if left < code {
                break;
            }
            left -= code;
            line += lines;
        }
        line
    }
}

/// Locals of a function, counted as the verifier counts them: its arguments, its cells, and what its instructions read or
/// delete. One that is only stored to may share its word with the operand stack, whose leftovers are no values to scan.
pub(crate) fn count_locals(f: &Function) -> u16 {
    // SAFETY: invariant 3; a function keeps its code.
    let code = unsafe { &*f.code_ptr() };
    let bytes = code.bytes();
    let p = prelude(bytes, f.header.len);
    let var = (p.flags & flags::VARARGS != 0) as u32 + (p.flags & flags::VARKEYWORDS != 0) as u32;
    let mut n = p.n_pos as u32 + p.n_kwonly as u32 + var;
    for &cell in &bytes[p.cells as usize..p.start as usize] {
        n = n.max(cell as u32 + 1);
    }
    let mut at = p.start;
    while at < p.end {
        let op = bytes[at as usize];
        match op {
            0xb0..=0xbf => n = n.max((op as u32 & 0xf) + 1),
            // LOAD_FAST_N, LOAD_DEREF, STORE_DEREF, DELETE_FAST, DELETE_DEREF
            0x24 | 0x25 | 0x27..=0x29 => n = n.max(vuint_at(bytes, at + 1).0 + 1),
            _ => {}
        }
        at = next_instruction(bytes, at);
    }
    n.min(p.n_state as u32) as u16
}

/// The position behind an instruction.
pub(crate) fn next_instruction(bytes: &[u8], at: u32) -> u32 {
    let op = bytes[at as usize];
    match op >> 4 {
        1..=3 => {
            let next = vuint_at(bytes, at + 1).1;
            next + (matches!(op, 0x20 | 0x21)) as u32
        }
        4 => {
            let long = bytes.get(at as usize + 1).copied().unwrap_or(0) & 0x80 != 0;
            at + 2 + long as u32 + (op == 0x40) as u32
        }
        _ => at + 1,
    }
}
