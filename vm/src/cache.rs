//! What names last meant: one table for the classes of programs, the types and the modules of the firmware. A name of an owner
//! has a place in it and a second one, so that two names that a loop needs do not drive each other out.
//!
//! An entry holds what a search found, or that it found nothing. It stands for as long as no class changes: every store
//! into the dict of a class begins a new epoch, and so does a collection, since the cells that entries point to are not
//! kept alive by them. Types and modules of the firmware never change.

use core::cell::Cell;

use crate::CACHES;
use crate::qstr::Qstr;
use crate::value::Value;

/// Entries: a power of two.
const ENTRIES: usize = if cfg!(feature = "tiny") { 16 } else { 128 };

/// How far, by exclusive or, a name's second place is from its first: far off, since the neighbours are other names of the same
/// owner. 0 where bytes count more: there is none.
const SECOND: usize = if cfg!(romfs_vm_small) { 0 } else { ENTRIES / 2 };

#[derive(Clone, Copy)]
struct Entry {
    /// The word of the class, type or module.
    owner: usize,
    /// What was found, as a word of the owner's choice; zero for nothing.
    found: usize,
    /// Epoch and name: both have to match.
    tag: u32,
}

impl Entry {
    const EMPTY: Entry = Entry {
        owner: 0,
        found: 0,
        tag: 0,
    };
    /// A whole table of such. As a constant it is made where it is wanted, and not copied there.
    const NONE: [Entry; ENTRIES] = [Entry::EMPTY; ENTRIES];
}

/// Where a str was found last in a dict.
#[derive(Clone, Copy)]
pub(crate) struct LastKey {
    /// The word of the key that is there.
    pub(crate) there: usize,
    /// The entry's number.
    pub(crate) at: u32,
}

/// The table. Its layout is of no meaning outside, but that what each search reads comes first: near fields take shorter
/// instructions.
#[repr(C)]
pub(crate) struct Cache {
    /// In the upper half, where the tags of entries have it.
    epoch: u32,
    /// Words of a table and of a key that is a str, and where that was found: `d[k] = d.get(k) + 1` looks for it twice.
    last: Cell<(usize, usize, LastKey)>,
    entries: [Entry; ENTRIES],
}

impl Cache {
    /// An empty table: zeroes, since no owner's word is zero.
    #[inline(always)]
    pub(crate) const fn new() -> Cache {
        Cache {
            entries: Entry::NONE,
            epoch: 0,
            last: Cell::new(Cache::NO_KEY),
        }
    }

    const NO_KEY: (usize, usize, LastKey) = (0, 0, LastKey { there: 0, at: 0 });

    /// Where a str was found in a table, if that was the last one that was looked for.
    #[inline(always)]
    pub(crate) fn last_key(&self, table: Value, key: Value) -> Option<LastKey> {
        let (of, looked_for, found) = self.last.get();
        if CACHES && of == table.bits() && looked_for == key.bits() {
            Some(found)
        } else {
            None
        }
    }

    /// Notes where a str was found. It stands until a collection.
    #[inline(always)]
    pub(crate) fn note_key(&self, table: Value, key: Value, found: LastKey) {
        self.last.set((table.bits(), key.bits(), found));
    }

    #[inline(always)]
    fn place(owner: Value, name: Qstr) -> usize {
        // Cells lie 16 bytes apart at least; the names of one class have ids close together.
        (owner.bits() >> 4).wrapping_add(name.id() as usize) & (ENTRIES - 1)
    }

    #[inline(always)]
    fn tag(&self, name: Qstr) -> u32 {
        self.epoch | name.id() as u32
    }

    /// What a search for `name` in `owner` found, where it is known: zero for nothing.
    #[inline(always)]
    pub(crate) fn get(&self, owner: Value, name: Qstr) -> Option<usize> {
        let (place, tag) = (Cache::place(owner, name), self.tag(name));
        let entry = &self.entries[place];
        if CACHES && entry.owner == owner.bits() && entry.tag == tag {
            return Some(entry.found);
        }
        let entry = &self.entries[place ^ SECOND];
        if CACHES && SECOND != 0 && entry.owner == owner.bits() && entry.tag == tag {
            return Some(entry.found);
        }
        None
    }

    /// Notes what a search found. What has the place moves to its second one.
    #[inline]
    pub(crate) fn put(&mut self, owner: Value, name: Qstr, found: usize) {
        let (place, tag) = (Cache::place(owner, name), self.tag(name));
        if SECOND != 0 {
            self.entries[place ^ SECOND] = self.entries[place];
        }
        self.entries[place] = Entry {
            owner: owner.bits(),
            found,
            tag,
        };
    }

    /// Nothing that was noted stands any more.
    #[cfg_attr(not(romfs_vm_small), inline)]
    #[cfg_attr(romfs_vm_small, inline(never))]
    pub(crate) fn forget(&mut self) {
        self.last.set(Cache::NO_KEY);
        self.epoch = self.epoch.wrapping_add(1 << 16);
        if self.epoch == 0 {
            // In place: the table is as large as all else of the VM.
            self.entries = Entry::NONE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_stands_for_one_epoch() {
        let mut cache = Cache::new();
        let owner = Value::small(77);
        cache.put(owner, Qstr(5), 42);
        assert_eq!(cache.get(owner, Qstr(5)), Some(42));
        assert_eq!(cache.get(owner, Qstr(6)), None);
        assert_eq!(cache.get(Value::small(78), Qstr(5)), None);
        cache.forget();
        assert_eq!(cache.get(owner, Qstr(5)), None);
    }

    /// Names of one owner lie in a row, so those of two owners meet in many places.
    #[test]
    fn two_names_of_one_place_are_both_found() {
        let mut cache = Cache::new();
        let (a, b) = (Value::small(16), Value::small(16 + 8 * ENTRIES as isize));
        assert_eq!(Cache::place(a, Qstr(5)), Cache::place(b, Qstr(5)));
        for round in 0..3 {
            cache.put(a, Qstr(5), 10 + round);
            cache.put(b, Qstr(5), 20 + round);
            assert_eq!(cache.get(b, Qstr(5)), Some(20 + round));
            if SECOND != 0 {
                assert_eq!(cache.get(a, Qstr(5)), Some(10 + round));
            }
        }
    }

    #[test]
    fn no_entry_survives_a_full_turn_of_the_epoch() {
        let mut cache = Cache::new();
        let owner = Value::small(77);
        cache.put(owner, Qstr(5), 42);
        for _ in 0..=u16::MAX as u32 {
            cache.forget();
            assert_eq!(cache.get(owner, Qstr(5)), None);
        }
    }
}
