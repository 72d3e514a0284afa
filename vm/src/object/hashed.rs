//! Adding and removing keys: what dicts, sets and the attributes of instances share.

use crate::heap::{Header, Kind};
use crate::native::Res;
use crate::qstr::Qstr;
use crate::table::{Table, is_plain, plain_hash};
use crate::value::{Slot, Value};
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

impl Vm<'_> {
    /// The head of a dict, set or frozenset.
    #[cfg_attr(not(romfs_vm_small), inline)]
    #[cfg_attr(romfs_vm_small, inline(never))]
    pub(crate) fn hashed(&self, v: Value) -> &Hashed {
        assert!(
            matches!(
                self.cell_kind(v),
                Some(Kind::Dict | Kind::Set | Kind::FrozenSet)
            ),
            "a cell of another kind"
        );
        // SAFETY: invariant 3; the three kinds have the same layout.
        unsafe { &*v.ptr::<Hashed>() }
    }

    /// The same, to change it.
    #[inline]
    pub(crate) fn hashed_mut(&mut self, v: Value) -> &mut Hashed {
        assert!(
            matches!(
                self.cell_kind(v),
                Some(Kind::Dict | Kind::Set | Kind::FrozenSet)
            ),
            "a cell of another kind"
        );
        assert!(self.heap.contains(v.bits()));
        // SAFETY: invariant 3; likewise, and `self` is borrowed mutably.
        unsafe { &mut *v.ptr::<Hashed>() }
    }

    /// An entry's key and value, where it was not removed.
    #[inline]
    pub(crate) fn entry(&self, table: Slot, i: usize) -> Option<(Value, Slot)> {
        let entry = self.cell::<Table>(table?).entries().get(i)?;
        entry.key.map(|key| (key, entry.value))
    }

    /// The first entry at `at` or behind it that was not removed: its key and value. `at` is behind it then.
    pub(crate) fn next_in_table(&self, table: Slot, at: &mut usize) -> Option<(Value, Slot)> {
        let entries = self.cell::<Table>(table?).entries();
        loop {
            let entry = entries.get(*at)?;
            *at += 1;
            if let Some(key) = entry.key {
                return Some((key, entry.value));
            }
        }
    }

    /// The same of a dict, set or frozenset.
    pub(crate) fn next_entry(&self, v: Value, at: &mut usize) -> Option<(Value, Slot)> {
        self.next_in_table(self.hashed(v).table, at)
    }

    pub(crate) fn new_table(&mut self, n: u32) -> Res {
        let table = self.with_room(|vm| Table::alloc(&mut vm.heap, n))?;
        self.root(table)?;
        Ok(table)
    }

    /// A table with the entries of another and room for at least one more. Both stay rooted until the caller releases.
    fn grown(&mut self, table: Slot) -> Res {
        let Some(old) = table else {
            return self.new_table(1);
        };
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
        self.moved(old, n)
    }

    /// A table with the entries of another and room for `n`. Both stay rooted until the caller releases.
    fn moved(&mut self, old: Value, n: u32) -> Res {
        self.root(old)?;
        let used = self.cell::<Table>(old).used();
        let new = self.new_table(n)?;
        for i in 0..used as usize {
            let Some((key, value)) = self.entry(Some(old), i) else {
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
        self.root(key)?;
        self.root(value.unwrap_or(key))?;
        self.root(table.unwrap_or(key))?;
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
        let (flags, table) = {
            let h = self.hashed(v);
            (h.header.flags, h.table)
        };
        if flags & OF_CLASS != 0 {
            self.cache.forget();
        }
        if is_plain(key)
            && let Some(table) = table
        {
            let t = self.cell_mut::<Table>(table);
            let is_plain = t.is_plain();
            if is_plain && let Some(i) = t.find_word(key) {
                t.entries_mut()[i as usize].value = value;
                return Ok(false);
            }
            if is_plain && t.has_room() {
                t.push(key, value, plain_hash(key));
                self.count_new(v);
                return Ok(true);
            }
        }
        let (now, new) = self.table_put(table, key, value)?;
        self.hashed_mut(v).table = Some(now);
        if new {
            self.count_new(v);
        }
        Ok(new)
    }

    /// Sets a name in a dict that is a short list of names with room for one more, as that of a class is whose body runs.
    /// Says whether it is one; nothing is allocated and nothing raised.
    #[inline(always)]
    pub(crate) fn put_among_few(&mut self, v: Value, name: Qstr, value: Value) -> bool {
        let h = self.hashed(v);
        let (flags, table) = (h.header.flags, h.table);
        let Some(table) = table.filter(|_| flags & (OF_CLASS | SEEN_THROUGH) == 0) else {
            return false;
        };
        let t = self.cell_mut::<Table>(table);
        if !t.is_plain() || t.has_index() {
            return false;
        }
        let key = Value::qstr(name);
        if let Some(i) = t.find_linear(key) {
            t.entries_mut()[i as usize].value = Some(value);
            return true;
        }
        if !t.has_room() {
            return false;
        }
        t.push(key, Some(value), plain_hash(key));
        self.hashed_mut(v).header.len += 1;
        true
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

    /// What belongs to a key: a value in a dict, `None` of Python in a set.
    pub(crate) fn hashed_get(&mut self, v: Value, key: Value) -> Res<Slot> {
        let h = self.hashed(v);
        let Some(table) = h.table.filter(|_| h.header.len != 0) else {
            // Not even asked whether it can be hashed.
            return Ok(None);
        };
        let found = match self.find_loose_key(table, key) {
            Some(i) => Some(i),
            None => {
                let key = self.canonical_key(key);
                self.look(Some(table), key)?.1
            }
        };
        Ok(found
            .and_then(|i| self.entry(Some(table), i as usize))
            .map(|(_, value)| value.unwrap_or(Value::NONE)))
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

    /// Room for `n` more keys in a dict that will get them: it grows once then.
    pub(crate) fn hashed_expect(&mut self, v: Value, n: u32) -> Res<()> {
        if let Some(table) = self.hashed(v).table
            && self.cell::<Table>(table).room() < n
        {
            let mark = self.mark();
            let n = n + self.cell::<Table>(table).used();
            let table = self.moved(table, n)?;
            self.hashed_mut(v).table = Some(table);
            self.release(mark);
        }
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
        while let Some((key, value)) = self.next_entry(from, &mut at) {
            let mark = self.mark();
            self.hashed_put(into, key, value)?;
            self.release(mark);
        }
        Ok(())
    }
}
