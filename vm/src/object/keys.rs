//! Finding a key in the table of a dict, a set or an instance.
//!
//! A string key is its qstr wherever it has one. A string that got its qstr only after it became a key is still the
//! same key: such keys are compared by their text.

use super::hashed::{Hashed, OF_CLASS, READ_ONLY};
use crate::cache::LastKey;
use crate::heap::kind::data;
use crate::heap::{Header, Kind};
use crate::native::Res;
use crate::qstr::text_hash;
use crate::table::{SPREAD, Table, is_plain, plain_hash};
use crate::value::{Slot, Value, slot_bits};
use crate::vm::Vm;

/// The hash under which tables file a text, from the 16 bits that a str keeps.
#[inline(always)]
fn filed(hash: u16) -> u32 {
    (hash as u32).wrapping_mul(SPREAD)
}

/// Whether two texts of `n` bytes are the same. Most keys are short, and a call of memcmp costs more than comparing them.
///
/// # Safety
/// There are `n` bytes at both.
#[inline(always)]
unsafe fn same_bytes(a: *const u8, b: *const u8, n: usize) -> bool {
    // SAFETY: the caller's word; each read ends at `n` at most.
    unsafe {
        let wide = |at: usize| {
            (a.add(at) as *const u64).read_unaligned() == (b.add(at) as *const u64).read_unaligned()
        };
        let half = |at: usize| {
            (a.add(at) as *const u32).read_unaligned() == (b.add(at) as *const u32).read_unaligned()
        };
        if n >= 8 {
            let mut at = 0;
            while at + 8 < n {
                if !wide(at) {
                    return false;
                }
                at += 8;
            }
            wide(n - 8)
        } else if n >= 4 {
            half(0) && half(n - 4)
        } else {
            n == 0 || (*a == *b && *a.add(n / 2) == *b.add(n / 2) && *a.add(n - 1) == *b.add(n - 1))
        }
    }
}

impl Vm<'_> {
    pub(crate) fn is_loose_str(&self, v: Value) -> bool {
        matches!(self.kind(v), Some(Kind::Str | Kind::FlashStr))
    }

    /// The hash under which a str is filed that has no qstr.
    #[inline(always)]
    pub(super) fn loose_hash(&self, key: Value) -> u32 {
        filed(self.text_hash_of(key))
    }

    /// The hash under which a key is filed.
    pub(crate) fn key_hash(&mut self, key: Value) -> Res<u32> {
        if is_plain(key) {
            return Ok(plain_hash(key));
        }
        if self.is_loose_str(key) {
            return Ok(self.loose_hash(key));
        }
        if self.is(key, Kind::Slice) {
            // Only an OrderedDict takes one, which asks for no hash in MicroPython.
            return Ok(crate::table::int_hash(key.bits() as isize >> 3));
        }
        self.hash(key)
    }

    /// A hash of a value that stays the same when a string gets its qstr: for what keeps hashes of others in its own.
    pub(crate) fn lasting_hash(&mut self, v: Value) -> Res<u32> {
        if v.as_qstr().is_some() || self.is_loose_str(v) {
            Ok(self.text_hash_of(v) as u32)
        } else {
            self.hash(v)
        }
    }

    pub(super) fn keys_equal(&mut self, there: Value, key: Value) -> Res<bool> {
        if self.is_loose_str(there) && (key.as_qstr().is_some() || self.is_loose_str(key)) {
            return Ok(self.bytes_of(there) == self.bytes_of(key));
        }
        if is_plain(there) && self.is_loose_str(key) {
            return Ok(false);
        }
        self.equal(there, key)
    }

    /// The entry of a plain key. Nothing is allocated and nothing raised.
    #[inline]
    pub(crate) fn find_plain(&self, table: Value, key: Value) -> Option<u32> {
        let t = self.cell::<Table>(table);
        match t.find_word(key) {
            None if !t.is_plain() => self.find_loose(table, key),
            found => found,
        }
    }

    /// The entry of a string that became a key before it got the qstr `key`.
    #[cold]
    pub(super) fn find_loose(&self, table: Value, key: Value) -> Option<u32> {
        let text = self.intern.text(key.as_qstr()?);
        let t = self.cell::<Table>(table);
        let mut probe = t.probe(filed(text_hash(text)));
        while let Some(i) = t.next_match(&mut probe) {
            match t.entries().get(i as usize)?.key {
                Some(there) if self.is_loose_str(there) && self.bytes_of(there) == Some(text) => {
                    return Some(i);
                }
                _ => {}
            }
        }
        None
    }

    /// The entry of a str without a qstr among the keys that have none either, where they are found without asking
    /// another object. Where nothing is found the key may still be there.
    pub(crate) fn find_loose_key(&self, table: Value, key: Value) -> Option<u32> {
        if cfg!(romfs_vm_small) {
            return None;
        }
        let t = self.cell::<Table>(table);
        if t.is_plain() || !self.is_loose_str(key) {
            return None;
        }
        let hash = self.loose_hash(key);
        if let Some(i) = self.cache.last_key(table, key)
            && let Some(entry) = t.entries().get(i.at as usize)
            && slot_bits(entry.key) == i.there
        {
            return Some(i.at);
        }
        let found = if t.has_near_index() && t.has_index() && self.is(key, Kind::Str) {
            // SAFETY: invariant 3; the key is a str cell.
            unsafe { self.find_near_text(t, key, hash) }
        } else {
            Err(())
        };
        let i = match found {
            Ok(found) => found?,
            Err(()) => self.find_text(table, key, hash).ok().flatten()?,
        };
        let there = slot_bits(t.entries().get(i as usize)?.key);
        self.cache.note_key(table, key, LastKey { there, at: i });
        Some(i)
    }

    /// The entry of a str cell in a table with an index of one-byte slots; `Err` where keys are in its way that are no
    /// str cells of the same hash and length.
    ///
    /// # Safety
    /// `key` is a cell of kind `Str` whose hash, under which tables file it, is `hash`.
    #[inline(always)]
    unsafe fn find_near_text(&self, t: &Table, key: Value, hash: u32) -> Result<Option<u32>, ()> {
        // SAFETY: invariant 3; pointers point to cells, and str cells have as many bytes as their headers say.
        unsafe {
            let wanted = (*key.ptr::<Header>()).bits();
            let n = (*key.ptr::<Header>()).len as usize;
            let mut probe = t.probe(hash);
            while let Some((i, there)) = t.near_key(&mut probe) {
                if there == key.bits() {
                    return Ok(Some(i));
                }
                let Some(there) = Value::from_bits(there) else {
                    continue;
                };
                if there.is_ptr() {
                    let cell = there.ptr::<Header>();
                    if (*cell).bits() == wanted {
                        if same_bytes(data(there), data(key), n) {
                            return Ok(Some(i));
                        }
                    } else if (*cell).kind != Kind::Str as u8 {
                        return Err(());
                    }
                } else if !is_plain(there) {
                    return Err(());
                }
            }
            Ok(None)
        }
    }

    /// The value of a key that is a name, a small int or a str, where it is found at once. Where nothing is found the
    /// key may still be there.
    #[inline]
    pub(crate) fn dict_get_quick(&self, dict: Value, key: Value) -> Slot {
        if cfg!(romfs_vm_small) {
            return None;
        }
        let table = self.get_hashed(dict)?.table?;
        let t = self.cell::<Table>(table);
        let i = if is_plain(key) {
            t.find_word(key)?
        } else {
            self.find_loose_key(table, key)?
        };
        t.value_at(i)
    }

    /// Sets a key as [`dict_get_quick`](Vm::dict_get_quick) finds it; false where that is not all there is to do.
    #[inline]
    pub(crate) fn dict_set_quick(&mut self, dict: Value, key: Value, value: Value) -> bool {
        if cfg!(romfs_vm_small) {
            return false;
        }
        let Some(h) = self.get_hashed(dict) else {
            return false;
        };
        let (Some(table), 0) = (h.table, h.header.flags & (OF_CLASS | READ_ONLY)) else {
            return false;
        };
        let found = if is_plain(key) {
            self.cell::<Table>(table).find_word(key)
        } else {
            self.find_loose_key(table, key)
        };
        match found {
            Some(i) => {
                // SAFETY: invariant 3; a dict's table is a table of the heap, and `self` is borrowed mutably.
                unsafe { (*table.ptr::<Table>()).entries_mut()[i as usize].value = Some(value) };
                true
            }
            None => false,
        }
    }

    /// A dict's head, where a value is one.
    #[inline(always)]
    pub(super) fn get_hashed(&self, dict: Value) -> Option<&Hashed> {
        // SAFETY: invariant 3; a dict has this layout.
        match self.is(dict, Kind::Dict) {
            true => Some(unsafe { &*dict.ptr::<Hashed>() }),
            false => None,
        }
    }

    /// The entry of a loose str: by its hash and its text, where every key on the way is a name, an int or a str.
    /// `Err` where another object's idea of equality has to be asked.
    pub(super) fn find_text(&self, table: Value, key: Value, hash: u32) -> Result<Option<u32>, ()> {
        let t = self.cell::<Table>(table);
        let entries = t.entries();
        let mut probe = t.probe(hash);
        while let Some(i) = t.next_match(&mut probe) {
            let there = match entries.get(i as usize) {
                Some(entry) => entry.key,
                None => return Ok(None),
            };
            let Some(there) = there else { continue };
            if there == key {
                return Ok(Some(i));
            }
            if self.is_loose_str(there) {
                if self.loose_hash(there) == hash
                    && self.immutable_bytes(there) == self.immutable_bytes(key)
                {
                    return Ok(Some(i));
                }
            } else if !is_plain(there) {
                return Err(());
            }
        }
        Ok(None)
    }

    /// The hash of a key that [`canonical_key`](Vm::canonical_key) gave, and its entry.
    #[inline]
    pub(super) fn look(&mut self, table: Slot, key: Value) -> Res<(u32, Option<u32>)> {
        if is_plain(key) {
            let hash = plain_hash(key);
            let Some(table) = table else {
                return Ok((hash, None));
            };
            let found = self.find_plain(table, key);
            if found.is_some() || key.as_qstr().is_some() || self.cell::<Table>(table).is_plain() {
                return Ok((hash, found));
            }
        } else if !cfg!(romfs_vm_small) && self.is_loose_str(key) {
            let hash = self.loose_hash(key);
            let Some(table) = table else {
                return Ok((hash, None));
            };
            if let Ok(found) = self.find_text(table, key, hash) {
                return Ok((hash, found));
            }
        }
        self.look_slow(table, key)
    }

    /// The same where other objects have to be hashed or compared, which may run Python code.
    #[inline(never)]
    pub(super) fn look_slow(&mut self, table: Slot, key: Value) -> Res<(u32, Option<u32>)> {
        let mark = self.mark();
        self.root(key)?;
        let hash = self.key_hash(key)?;
        self.release(mark);
        let Some(table) = table else {
            return Ok((hash, None));
        };
        self.root(table)?;
        self.root(key)?;
        let found = self.look_odd(table, key, hash);
        self.release(mark);
        Ok((hash, found?))
    }

    pub(super) fn look_odd(&mut self, table: Value, key: Value, hash: u32) -> Res<Option<u32>> {
        let mut probe = self.cell::<Table>(table).probe(hash);
        loop {
            let t = self.cell::<Table>(table);
            let Some(i) = t.next_match(&mut probe) else {
                return Ok(None);
            };
            // Comparing may run Python code, which may clear the table.
            let Some(entry) = t.entries().get(i as usize) else {
                return Ok(None);
            };
            if let Some(there) = entry.key
                && (there == key || self.keys_equal(there, key)?)
                && (i as usize) < self.cell::<Table>(table).entries().len()
            {
                return Ok(Some(i));
            }
        }
    }
}
