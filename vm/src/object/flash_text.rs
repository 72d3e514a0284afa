//! Texts and bytes that lie in flash: words that say where, and cells where a word does not reach.

use mpy_format::is_ascii;

use super::text::{ASCII, HASH_LATER, SHORT};
use crate::heap::{Cell, Header, Kind};
use crate::native::Res;
use crate::qstr::text_hash;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// A str or bytes whose bytes lie in flash: `header.len` of them.
#[repr(C)]
pub struct FlashText {
    header: Header,
    pub(super) ptr: *const u8,
}

// SAFETY: `repr(C)`, header first; cells of both kinds are made only by `new_flash`.
unsafe impl Cell for FlashText {
    const KIND: Kind = Kind::FlashStr;
}

impl<'a> Vm<'a> {
    /// A bytes object whose bytes stay where they are for as long as the VM lives.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn new_flash_bytes(&mut self, ptr: *const u8, len: u32) -> Res {
        self.new_flash(Kind::FlashBytes, ptr, len)
    }

    /// The str or bytes whose length, as the .mpy format writes it, and text lie at `at` in `module`: a word that needs
    /// no cell, wherever the two are near enough to the VM's base.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn new_flash_text(&mut self, module: &'a [u8], at: u32, is_bytes: bool) -> Res {
        let (len, start) = crate::code::vuint_at(module, at);
        let text = &module[start as usize..][..len as usize];
        let mut hash = HASH_LATER;
        if !is_bytes && text.len() <= SHORT {
            hash = text_hash(text);
            if let Some(q) = self.intern.find(text, hash) {
                return Ok(Value::qstr(q));
            }
        }
        let ascii = is_ascii(text);
        if let Some(word) = self.flash_word(&module[at as usize], is_bytes, ascii) {
            return Ok(word);
        }
        if is_bytes {
            return self.new_flash(Kind::FlashBytes, text.as_ptr(), len);
        }
        let cell = self.new_flash(Kind::FlashStr, text.as_ptr(), len)?;
        let header = self.header_mut(cell);
        header.aux = hash;
        header.flags |= if ascii { ASCII } else { 0 };
        Ok(cell)
    }

    /// The word for a text in flash. The builds that do without caches make cells, so that tests run both.
    pub(super) fn flash_word(&mut self, at: &'a u8, is_bytes: bool, ascii: bool) -> Slot {
        if !crate::CACHES {
            return None;
        }
        let address = (at as *const u8).expose_provenance();
        if self.flash_base == 0 {
            self.flash_base = address;
        }
        let offset = address.wrapping_sub(self.flash_base) as isize;
        Value::flash(offset, is_bytes, ascii)
    }

    /// The bytes of a word for a text in flash.
    pub(super) fn flash_bytes(&self, v: Value) -> &[u8] {
        let address = self.flash_base.wrapping_add_signed(v.flash_offset());
        // SAFETY: invariants 1 and 2; `new_flash_text` alone makes such words, and `laid_out` lets only those pass that it
        // would make, of lengths and texts that were read in bytes which stay as they are for as long as the VM lives.
        unsafe {
            let (len, text) = crate::code::vuint(core::ptr::with_exposed_provenance(address));
            core::slice::from_raw_parts(text, len)
        }
    }

    pub(super) fn new_flash(&mut self, kind: Kind, ptr: *const u8, len: u32) -> Res {
        let cell = self.alloc(kind, 0)?;
        self.header_mut(cell).len = len;
        // SAFETY: invariant 3; both flash kinds hold a `FlashText`.
        unsafe { (*cell.ptr::<FlashText>()).ptr = ptr };
        Ok(cell)
    }
}
