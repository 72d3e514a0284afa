//! Finding, adding and removing keys: what dicts, sets and the attributes of instances share.
//!
//! A string key is its qstr wherever it has one. A string that got its qstr only after it became a key is still the
//! same key: such keys are compared by their text.

use crate::cache::LastKey;
use crate::heap::kind::data;
use crate::heap::{Header, Kind};
use crate::native::Res;
use crate::qstr::text_hash;
use crate::table::{SPREAD, Table, is_plain, plain_hash};
use crate::value::{Slot, Value, slot_bits};
use crate::vm::Vm;

/// A dict, a set or a frozenset.
#[repr(C)]
pub struct Hashed {
    /// `flags`: [`ORDERED`] in a dict; `len`: keys that are there.
    pub header: Header,
    /// Their [`Table`]; none as long as there was no key.
    pub table: Slot,
}

/// Flag of a dict that is an OrderedDict.
pub const ORDERED: u8 = 1;
/// Flag of a dict that is the dict of a class: what is found in it is remembered elsewhere (see `cache`).
pub const OF_CLASS: u8 = 2;
/// Flag of a dict that a program may not change.
pub const READ_ONLY: u8 = 4;
/// Flag of globals through which builtins were found, which are remembered elsewhere until a name is new in it.
pub const SEEN_THROUGH: u8 = 8;

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
    /// The head of a dict, set or frozenset.
    #[inline]
    pub(crate) fn hashed(&self, v: Value) -> &Hashed {
        assert!(
            matches!(self.kind(v), Some(Kind::Dict | Kind::Set | Kind::FrozenSet)),
            "a cell of another kind"
        );
        // SAFETY: invariant 3; the three kinds have the same layout.
        unsafe { &*v.ptr::<Hashed>() }
    }

    /// The same, to change it.
    #[inline]
    pub(crate) fn hashed_mut(&mut self, v: Value) -> &mut Hashed {
        assert!(
            matches!(self.kind(v), Some(Kind::Dict | Kind::Set | Kind::FrozenSet)),
            "a cell of another kind"
        );
        assert!(self.heap.contains(v.bits()));
        // SAFETY: invariant 3; likewise, and `self` is borrowed mutably.
        unsafe { &mut *v.ptr::<Hashed>() }
    }

    fn is_loose_str(&self, v: Value) -> bool {
        matches!(self.kind(v), Some(Kind::Str | Kind::FlashStr))
    }

    /// The hash under which a str is filed that has no qstr.
    #[inline(always)]
    fn loose_hash(&self, key: Value) -> u32 {
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

    fn keys_equal(&mut self, there: Value, key: Value) -> Res<bool> {
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
    fn find_loose(&self, table: Value, key: Value) -> Option<u32> {
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
    fn get_hashed(&self, dict: Value) -> Option<&Hashed> {
        // SAFETY: invariant 3; a dict has this layout.
        match self.is(dict, Kind::Dict) {
            true => Some(unsafe { &*dict.ptr::<Hashed>() }),
            false => None,
        }
    }

    /// The entry of a loose str: by its hash and its text, where every key on the way is a name, an int or a str.
    /// `Err` where another object's idea of equality has to be asked.
    fn find_text(&self, table: Value, key: Value, hash: u32) -> Result<Option<u32>, ()> {
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
    fn look(&mut self, table: Slot, key: Value) -> Res<(u32, Option<u32>)> {
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
    fn look_slow(&mut self, table: Slot, key: Value) -> Res<(u32, Option<u32>)> {
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

    fn look_odd(&mut self, table: Value, key: Value, hash: u32) -> Res<Option<u32>> {
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

    /// An entry's key and value, where it was not removed.
    #[inline]
    pub(crate) fn entry(&self, table: Slot, i: usize) -> Option<(Value, Slot)> {
        let entry = self.cell::<Table>(table?).entries().get(i)?;
        entry.key.map(|key| (key, entry.value))
    }

    /// The first entry at `i` or behind it that was not removed: its number, key and value.
    pub(crate) fn entry_from(&self, table: Slot, i: usize) -> Option<(usize, Value, Slot)> {
        let entries = self.cell::<Table>(table?).entries();
        (i..entries.len()).find_map(|n| entries[n].key.map(|key| (n, key, entries[n].value)))
    }

    /// Entry `i` of a table: key and value, both `None` where it was removed.
    pub(crate) fn table_entry(&self, table: Slot, i: usize) -> Option<(Slot, Slot)> {
        self.cell::<Table>(table?)
            .entries()
            .get(i)
            .map(|entry| (entry.key, entry.value))
    }

    /// The same of a dict.
    pub(crate) fn dict_entry(&self, dict: Value, i: usize) -> Option<(Slot, Slot)> {
        self.table_entry(self.hashed(dict).table, i)
    }

    pub(crate) fn new_table(&mut self, n: u32) -> Res {
        #[cfg(feature = "gc-stress")]
        self.collect();
        let table = match Table::alloc(&mut self.heap, n) {
            Some(table) => table,
            None => {
                self.collect();
                match Table::alloc(&mut self.heap, n) {
                    Some(table) => table,
                    None => return Err(self.memory_error()),
                }
            }
        };
        self.root(table)?;
        Ok(table)
    }

    /// A table with the entries of another and room for at least one more. Both stay rooted until the caller releases.
    fn grown(&mut self, table: Slot) -> Res {
        let Some(old) = table else {
            return self.new_table(1);
        };
        self.root(old)?;
        let t = self.cell::<Table>(old);
        let used = t.used();
        let live = t.entries().iter().filter(|e| e.key.is_some()).count() as u32;
        // Where keys come and go in a small table, some slack saves rebuilding it at every step.
        let n = if live == used {
            // By four up to the largest table without an index.
            if live < 8 {
                (live + 1).next_multiple_of(4)
            } else {
                live + 1
            }
        } else {
            (live + 1).max(used.min(8))
        };
        let new = self.new_table(n)?;
        for i in 0..used as usize {
            let Some((key, value)) = self.entry(table, i) else {
                continue;
            };
            let hash = self.key_hash(key)?;
            let t = self.cell_mut::<Table>(new);
            if t.has_room() {
                t.push(key, value, hash);
            }
        }
        Ok(new)
    }

    /// Sets a key in a table. Gives the table that has it now, and whether the key is new.
    pub(crate) fn table_put(&mut self, table: Slot, key: Value, value: Slot) -> Res<(Value, bool)> {
        if let Some(t) = table
            && let Some(i) = self.find_loose_key(t, key)
        {
            self.cell_mut::<Table>(t).entries_mut()[i as usize].value = value;
            return Ok((t, false));
        }
        let key = self.canonical_key(key);
        if is_plain(key) || self.is_loose_str(key) {
            return self.table_put_rooted(table, key, value);
        }
        // Hashing and comparing may run Python code, which may drop the last reference elsewhere.
        let mark = self.mark();
        for v in [Some(key), value, table].into_iter().flatten() {
            self.root(v)?;
        }
        let put = self.table_put_rooted(table, key, value);
        self.release(mark);
        put
    }

    fn table_put_rooted(&mut self, table: Slot, key: Value, value: Slot) -> Res<(Value, bool)> {
        let (hash, found) = self.look(table, key)?;
        if let (Some(table), Some(i)) = (table, found) {
            self.cell_mut::<Table>(table).entries_mut()[i as usize].value = value;
            return Ok((table, false));
        }
        let into = match table {
            Some(table) if self.cell::<Table>(table).has_room() => table,
            _ => {
                let mark = self.mark();
                self.root(key)?;
                if let Some(value) = value {
                    self.root(value)?;
                }
                let grown = self.grown(table);
                self.release(mark);
                grown?
            }
        };
        let t = self.cell_mut::<Table>(into);
        if t.has_room() {
            t.push(key, value, hash);
        }
        Ok((into, true))
    }

    /// The value of a plain key in a table. Nothing is allocated and nothing raised.
    #[inline]
    pub fn table_get(&self, table: Slot, key: Value) -> Slot {
        let table = table?;
        let i = self.find_plain(table, key)?;
        self.cell::<Table>(table).entries()[i as usize].value
    }

    /// Sets a key in a table; gives the table that the owner has to keep from now on.
    ///
    /// # Errors
    /// `MemoryError`, and what hashing and comparing raise.
    pub fn table_set(&mut self, table: Slot, key: Value, value: Value) -> Res {
        Ok(self.table_put(table, key, Some(value))?.0)
    }

    /// Removes a plain key from a table; gives whether it was there.
    pub fn table_remove(&mut self, table: Slot, key: Value) -> bool {
        match table.and_then(|table| self.find_plain(table, key).map(|i| (table, i))) {
            Some((table, i)) => {
                self.cell_mut::<Table>(table).remove(i);
                true
            }
            None => false,
        }
    }

    /// Removes any key from a table; gives the value that it had.
    fn table_take(&mut self, table: Slot, key: Value) -> Res<Slot> {
        let key = self.canonical_key(key);
        let (_, found) = self.look(table, key)?;
        match (table, found) {
            (Some(table), Some(i)) => Ok(Some(
                self.cell_mut::<Table>(table)
                    .remove(i)
                    .value
                    .unwrap_or(Value::NONE),
            )),
            _ => Ok(None),
        }
    }

    /// What was found in a class holds no longer when its dict changes.
    #[inline(always)]
    fn note_change(&mut self, v: Value) {
        if self.hashed(v).header.flags & OF_CLASS != 0 {
            self.cache.forget();
        }
    }

    /// An empty dict, set or frozenset.
    #[inline(always)]
    pub(crate) fn new_hashed(&mut self, kind: Kind) -> Res {
        self.must_exist(kind)?;
        self.alloc(kind, 0)
    }

    /// Sets a key; gives whether it is new.
    pub(crate) fn hashed_put(&mut self, v: Value, key: Value, value: Slot) -> Res<bool> {
        self.note_change(v);
        if is_plain(key)
            && let Some(table) = self.hashed(v).table
            && self.cell::<Table>(table).is_plain()
        {
            let t = self.cell_mut::<Table>(table);
            if let Some(i) = t.find_word(key) {
                t.entries_mut()[i as usize].value = value;
                return Ok(false);
            }
            if t.has_room() {
                t.push(key, value, plain_hash(key));
                self.count_new(v);
                return Ok(true);
            }
        }
        let table = self.hashed(v).table;
        let (now, new) = self.table_put(table, key, value)?;
        self.hashed_mut(v).table = Some(now);
        if new {
            self.count_new(v);
        }
        Ok(new)
    }

    /// Counts a new key, of which builtins that were found through globals have to know.
    #[inline(always)]
    fn count_new(&mut self, v: Value) {
        let h = self.hashed_mut(v);
        h.header.len += 1;
        if h.header.flags & SEEN_THROUGH != 0 {
            self.cache.forget();
        }
    }

    /// The entry of a key: the table and the number in it.
    pub(crate) fn hashed_find(&mut self, v: Value, key: Value) -> Res<Option<(Value, usize)>> {
        if self.hashed(v).header.len == 0 {
            // Not even asked whether it can be hashed.
            return Ok(None);
        }
        let table = self.hashed(v).table;
        if let Some(t) = table
            && let Some(i) = self.find_loose_key(t, key)
        {
            return Ok(Some((t, i as usize)));
        }
        let key = self.canonical_key(key);
        let (_, found) = self.look(table, key)?;
        Ok(table.zip(found).map(|(table, i)| (table, i as usize)))
    }

    /// Removes a key; gives its value (None in a set), where it was there.
    pub(crate) fn hashed_remove(&mut self, v: Value, key: Value) -> Res<Slot> {
        self.note_change(v);
        let table = self.hashed(v).table;
        let removed = self.table_take(table, key)?;
        if removed.is_some() {
            let h = self.hashed_mut(v);
            h.header.len = h.header.len.saturating_sub(1);
        }
        Ok(removed)
    }

    /// The last key and value, and the entry's number.
    pub(crate) fn hashed_last(&self, v: Value) -> Option<(u32, Value, Slot)> {
        let table = self.cell::<Table>(self.hashed(v).table?);
        let i = table.last()?;
        let entry = table.entries()[i as usize];
        entry.key.map(|key| (i, key, entry.value))
    }

    /// Removes the entry that [`hashed_last`](Vm::hashed_last) found.
    pub(crate) fn hashed_remove_last(&mut self, v: Value, i: u32) {
        self.note_change(v);
        if let Some(table) = self.hashed(v).table {
            self.cell_mut::<Table>(table).remove_last(i);
            let h = self.hashed_mut(v);
            h.header.len = h.header.len.saturating_sub(1);
        }
    }

    /// Forgets all keys.
    pub(crate) fn hashed_clear(&mut self, v: Value) {
        self.note_change(v);
        let h = self.hashed_mut(v);
        h.table = None;
        h.header.len = 0;
    }

    /// Room for `n` keys in an empty dict that is about to be filled.
    pub(crate) fn hashed_reserve(&mut self, v: Value, n: u32) -> Res<()> {
        let table = self.new_table(n)?;
        self.hashed_mut(v).table = Some(table);
        Ok(())
    }

    /// Gives back the room of a dict whose keys are likely all there.
    pub(crate) fn hashed_trim(&mut self, v: Value) {
        if let Some(table) = self.hashed(v).table {
            Table::trim(&mut self.heap, table);
        }
    }

    /// Puts all keys (and values) of one into another.
    pub(crate) fn hashed_merge(&mut self, into: Value, from: Value) -> Res<()> {
        let mut at = 0;
        while let Some((i, key, value)) = self.entry_from(self.hashed(from).table, at) {
            let mark = self.mark();
            self.hashed_put(into, key, value)?;
            self.release(mark);
            at = i + 1;
        }
        Ok(())
    }
}
