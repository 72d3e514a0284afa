//! From the bytes of a module to what an import needs of it in RAM: verify it, make the table of its names, and objects
//! of its constants as they are asked for.

use mpy_format::{Arch, ErrorKind, Label, Limits as MpyLimits, Mpy, Node, Scratch, verify};
use romfs_runtime::Image;

use crate::code::{Code, Parts, name_at, tail_bytes, vuint_at};
use crate::heap::Kind;
use crate::image::{ModuleBytes, check_modules};
use crate::native::Res;
use crate::observe::Event;
use crate::qstr::Qstr;
use crate::value::{SMALL_INT_BITS, Value};
use crate::vm::Vm;

/// Jump instructions and stack nodes of one function that the verifier has room for.
const LABELS: usize = if cfg!(feature = "tiny") { 48 } else { 512 };

/// Modules that are remembered as verified.
const REMEMBERED: usize = if cfg!(feature = "tiny") { 2 } else { 8 };

/// The modules verified last, by where they lie, and where their parts are: what an import was given stays as it is for as
/// long as the VM lives, so that importing it again need not prove it again.
#[derive(Default)]
pub(crate) struct Verified {
    modules: [(usize, usize, Parts); REMEMBERED],
    next: u8,
}

impl Verified {
    fn find(&self, bytes: &[u8]) -> Option<Parts> {
        let place = (bytes.as_ptr().addr(), bytes.len());
        let known = self.modules.iter();
        known
            .copied()
            .find_map(|(at, len, parts)| (place == (at, len)).then_some(parts))
    }

    fn add(&mut self, bytes: &[u8], parts: Parts) {
        let known = &mut self.modules[self.next as usize];
        *known = (bytes.as_ptr().addr(), bytes.len(), parts);
        self.next = (self.next + 1) % REMEMBERED as u8;
    }
}

/// The same in a first try: most modules need no more, and the rest costs memory that nothing else has touched.
const FEW_LABELS: usize = 40;

/// Why a module does not run here.
enum Refusal {
    /// It is no .mpy, or one that breaks a rule.
    File,
    /// It is machine code.
    Arch,
}

/// Where the parts of a module lie that this VM runs.
#[inline(never)] // the verifier's tables must not lie under what the import calls next
fn verified(bytes: &[u8]) -> Result<Parts, Refusal> {
    // Looked at where it was read: as a value of its own it would be copied.
    let opened = &Mpy::open(bytes);
    let mpy = opened.as_ref().map_err(|_| Refusal::File)?;
    if mpy.header().arch != Arch::None {
        return Err(Refusal::Arch);
    }
    let is_sound = match verified_with::<FEW_LABELS>(mpy) {
        Err(kind) if kind.wants_scratch() => verified_with::<LABELS>(mpy).is_ok(),
        verified => verified.is_ok(),
    };
    match is_sound {
        true => Ok(Parts::of(mpy)),
        false => Err(Refusal::File),
    }
}

/// Memory for so many jumps and nodes.
struct Room<const N: usize> {
    labels: [Label; N],
    nodes: [Node; N],
}

/// Verifies with such room.
#[inline(never)]
fn verified_with<const N: usize>(mpy: &Mpy<'_>) -> Result<(), ErrorKind> {
    let mut room = const {
        Room {
            labels: [Label::NEW; N],
            nodes: [Node::NEW; N],
        }
    };
    verified_in(mpy, &mut room.labels, &mut room.nodes)
}

/// Verifies with this room.
#[inline(never)]
fn verified_in(mpy: &Mpy<'_>, labels: &mut [Label], nodes: &mut [Node]) -> Result<(), ErrorKind> {
    let scratch = &mut Scratch { labels, nodes };
    match verify(mpy, &MpyLimits::stock(SMALL_INT_BITS as u8), scratch) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.kind),
    }
}

/// Whether every module of an image is one that this VM runs: what a board checks of a staged image before it is
/// activated, besides what the updater checks itself.
pub fn modules_are_sound(image: &Image<'_>) -> bool {
    check_modules(image).is_ok()
}

/// The message of the `ValueError` with which this VM would refuse a module; none where it would not.
pub(crate) fn refusal(bytes: &[u8]) -> Option<&'static str> {
    match verified(bytes) {
        Ok(_) => None,
        Err(Refusal::File) => Some("incompatible .mpy file"),
        Err(Refusal::Arch) => Some("incompatible .mpy arch"),
    }
}

impl<'a> Vm<'a> {
    /// Where the parts of a module lie, which was verified before or is so now (invariant 2).
    fn parts(&mut self, module: ModuleBytes<'a>) -> Res<Parts> {
        let bytes = module.bytes();
        if let Some(parts) = self.verified.find(bytes) {
            return Ok(parts);
        }
        let parts = match module {
            #[cfg(feature = "checked-images")]
            ModuleBytes::Checked(_) => Parts::of_verified(bytes),
            _ => {
                if self.is_observed() {
                    self.tell(Event::Verify);
                }
                match verified(bytes) {
                    Ok(parts) => parts,
                    Err(Refusal::File) => {
                        return Err(self.value_error(msg!("incompatible .mpy file")));
                    }
                    Err(Refusal::Arch) => {
                        return Err(self.value_error(msg!("incompatible .mpy arch")));
                    }
                }
            }
        };
        self.verified.add(bytes, parts);
        Ok(parts)
    }

    /// Verifies a module, unless the check of its image has done that, and builds the table of its names: all that an
    /// import needs in RAM.
    pub(crate) fn link(&mut self, module: ModuleBytes<'a>, globals: Value) -> Res {
        let parts = self.parts(module)?;
        let bytes = module.bytes();
        let given = self.given_ids(bytes, &parts);
        let code = self.alloc(Kind::Code, tail_bytes(parts.n_qstr, given.is_none()))?;
        let c = self.cell_mut::<Code>(code);
        c.globals = globals;
        (c.source, c.constants) = (None, None);
        (c.base, c.size) = (bytes.as_ptr(), bytes.len() as u32);
        (c.constants_at, c.root) = (parts.constants_at, parts.code_at);
        (c.n_qstr, c.n_const) = (parts.n_qstr, parts.n_const);
        c.reset_memos();
        match given {
            Some(ids) => c.ids = ids,
            None => {
                c.keep_own_ids();
                self.find_names(code, bytes, &parts)?;
            }
        }
        Ok(code)
    }

    /// Finds or enters each name of a module.
    fn find_names(&mut self, code: Value, bytes: &'a [u8], parts: &Parts) -> Res<()> {
        let mut at = parts.qstrs_at;
        for i in 0..parts.n_qstr as usize {
            let (name, next) = name_at(bytes, at);
            let q = match name {
                Ok(id) => Qstr(id),
                Err(text) => self.intern_static(text)?,
            };
            self.cell_mut::<Code>(code).set_qstr(i, q);
            at = next;
        }
        Ok(())
    }

    /// The ids of a module's names as the image's builder has numbered them, where each of them is the one that finding
    /// the name would give: compared text by text, so that a record that lies is not believed.
    fn given_ids(&self, bytes: &'a [u8], parts: &Parts) -> Option<*const u16> {
        let ids = self.intern.window()?.ids(bytes, parts.n_qstr.into())?;
        let words = ids.as_ptr() as *const u16;
        if !words.is_aligned() || cfg!(target_endian = "big") {
            return None;
        }
        let mut at = parts.qstrs_at;
        for id in ids.as_chunks().0 {
            let id = u16::from_le_bytes(*id);
            let (name, next) = name_at(bytes, at);
            let is_right = match name {
                Ok(fixed) => id == fixed,
                Err(text) => self.intern.is_id_of(Qstr(id), text),
            };
            if !is_right {
                return None;
            }
            at = next;
        }
        Some(words)
    }

    /// Constant `i` of a module, made when it is first loaded. A locked heap does not hinder that: to the program the
    /// constant has been there since the import.
    pub(crate) fn load_constant(&mut self, code: Value, i: usize) -> Res {
        let locked = self.heap.pause_lock();
        let constant = self.make_constant(code, i);
        self.heap.resume_lock(locked);
        constant
    }

    fn make_constant(&mut self, code: Value, i: usize) -> Res {
        let table = match self.cell::<Code>(code).constants {
            Some(table) => table,
            None => {
                let n = self.cell::<Code>(code).n_const;
                let table = self.alloc(Kind::Slots, n as u32)?;
                self.cell_mut::<Code>(code).constants = Some(table);
                table
            }
        };
        let at = self.cell_mut::<Code>(code).constant_at(i as u16);
        // SAFETY: invariant 1; the module's bytes are borrowed for as long as the VM lives.
        let bytes: &'a [u8] = unsafe {
            let c = self.cell::<Code>(code);
            core::slice::from_raw_parts(c.base, c.size as usize)
        };
        let v = match self.laid_out(bytes, at) {
            Some(v) => v,
            None => self.constant(bytes, at)?.0,
        };
        self.set_slot(table, i, Some(v));
        Ok(v)
    }

    /// The object of an encoded constant, and the position behind it. Nested tuples are as deep as the verifier allows.
    fn constant(&mut self, bytes: &'a [u8], at: u32) -> Res<(Value, u32)> {
        match bytes.get(at as usize) {
            Some(kind @ (5 | 6)) => {
                let (length, start) = vuint_at(bytes, at + 1);
                let text = self.new_flash_text(bytes, at + 1, *kind == 6)?;
                Ok((text, start + length + 1))
            }
            Some(10) => {
                let (n, items) = vuint_at(bytes, at + 1);
                self.constant_tuple(bytes, n, items)
            }
            _ => self.plain_constant(bytes, at),
        }
    }

    /// A tuple of the `n` constants at `at`.
    fn constant_tuple(&mut self, bytes: &'a [u8], n: u32, at: u32) -> Res<(Value, u32)> {
        let mut at = at;
        let tuple = self.new_tuple_room(n as usize)?;
        for i in 0..n as usize {
            let mark = self.mark();
            let (item, next) = self.constant(bytes, at)?;
            self.set_slot(tuple, i, Some(item));
            self.release(mark);
            at = next;
        }
        Ok((tuple, at))
    }

    /// Numbers and singletons.
    fn plain_constant(&mut self, bytes: &'a [u8], at: u32) -> Res<(Value, u32)> {
        if !cfg!(romfs_vm_small)
            && let Some((number, next)) = quick_number(bytes, at)
        {
            return match number {
                Number::Small(n) => Ok((Value::small(n), next)),
                Number::Float(x) => Ok((self.new_float(x)?, next)),
            };
        }
        let kind = bytes.get(at as usize).copied().unwrap_or_default();
        let single = match kind {
            2 => Value::FALSE,
            3 => Value::TRUE,
            4 => Value::ELLIPSIS,
            _ => Value::NONE,
        };
        if kind < 5 {
            return Ok((single, at + 1));
        }
        let (length, start) = vuint_at(bytes, at + 1);
        let next = start + length;
        let text = bytes.get(start as usize..next as usize);
        let text = text.unwrap_or_default();
        let v = match kind {
            7 => self.parse_int(text, 10)?,
            8 => self.parse_float(text)?,
            _ => {
                self.must_exist(Kind::Complex)?;
                match crate::num::parse::complex::<crate::Float>(text) {
                    Ok((re, im)) => self.new_complex(re, im)?,
                    Err(_) => return Err(self.value_error(msg!("incompatible .mpy file"))),
                }
            }
        };
        Ok((v, next))
    }
}

/// A number that takes no care to read.
pub(crate) enum Number {
    /// A small int.
    Small(isize),
    /// A float.
    Float(crate::Float),
}

/// Digits whose number any float of 64 bits has exactly, and an int of 64 bits.
const QUICK_DIGITS: usize = romfs_runtime::format::constants::DIGITS;

/// The constant at a position, where it is a small int, or a float written as some digits with a point among them: both
/// the digits and the power of ten are floats then, so that one division rounds as it should.
pub(crate) fn quick_number(bytes: &[u8], at: u32) -> Option<(Number, u32)> {
    let kind = *bytes.get(at as usize)?;
    let (length, start) = vuint_at(bytes, at + 1);
    let end = start + length;
    let text = bytes.get(start as usize..end as usize)?;
    let (negative, text) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mut n, mut scale, mut point) = (0i64, 1i64, false);
    if text.len() > QUICK_DIGITS {
        return None;
    }
    for &byte in text {
        match byte {
            b'0'..=b'9' => {
                n = n * 10 + i64::from(byte - b'0');
                scale *= if point { 10 } else { 1 };
            }
            b'.' if !point => point = true,
            _ => return None,
        }
    }
    match kind {
        7 if !point && !text.is_empty() => {
            let n = isize::try_from(if negative { -n } else { n }).ok()?;
            Value::try_small(n).map(|_| (Number::Small(n), end))
        }
        8 if point && size_of::<crate::Float>() == 8 => {
            let x = n as crate::Float / scale as crate::Float;
            Some((Number::Float(if negative { -x } else { x }), end))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `quick_number` makes of a number's text.
    fn quick(kind: u8, text: &str) -> Option<Number> {
        let mut bytes = vec![kind, text.len() as u8];
        bytes.extend(text.as_bytes());
        let (number, next) = quick_number(&bytes, 0)?;
        assert_eq!(next as usize, bytes.len());
        Some(number)
    }

    #[test]
    fn quick_numbers_are_those_of_the_standard_library() {
        for text in [
            "0",
            "-1",
            "1073741823",
            "123456789012345",
            "-99999999999999",
        ] {
            let n: isize = text.parse().unwrap();
            assert!(
                matches!(quick(7, text), Some(Number::Small(m)) if m == n),
                "{text}"
            );
        }
        for text in [
            "0.5",
            "-0.0",
            "3.14159",
            "199.5",
            "1234567.8901234",
            ".5",
            "1.",
            "0.0000000000001",
        ] {
            let x: f64 = text.parse().unwrap();
            assert!(
                matches!(quick(8, text), Some(Number::Float(y)) if y.to_bits() == x.to_bits()),
                "{text}"
            );
        }
        for (kind, text) in [
            (7, "1234567890123456"),
            (7, ""),
            (7, "1.5"),
            (8, "1e5"),
            (8, "inf"),
            (8, "12"),
            (9, "1.5j"),
        ] {
            assert!(quick(kind, text).is_none(), "{kind} {text}");
        }
    }
}
