//! Which id a text has among the firmware's names: a hash table, a probe or two. Where bytes count, `ordered` does it.

use super::{FIRST_DYNAMIC, LENGTHS, NAMES_CONST, Qstr, STARTS, TEXTS, text_hash};

/// How many names the firmware has.
const NAMES: usize = FIRST_DYNAMIC as usize;
/// Probes: a power of two, at most half full.
const FIXED: usize = (NAMES * 2).next_power_of_two();

/// The firmware's names, hashed when this crate is built.
static FIXED_INDEX: [u16; FIXED] = fixed_index();

const fn fixed_index() -> [u16; FIXED] {
    let mut index = [0; FIXED];
    let mut id = 1;
    while id < NAMES {
        let mut at = text_hash(NAMES_CONST[id].as_bytes()) as usize & (FIXED - 1);
        while index[at] != 0 {
            at = (at + 1) & (FIXED - 1);
        }
        index[at] = id as u16;
        id += 1;
    }
    index
}

/// The hashes of the firmware's names.
static FIXED_HASHES: [u16; NAMES] = fixed_hashes();

const fn fixed_hashes() -> [u16; NAMES] {
    let mut hashes = [0; NAMES];
    let mut id = 0;
    while id < NAMES {
        hashes[id] = text_hash(NAMES_CONST[id].as_bytes());
        id += 1;
    }
    hashes
}

/// The text of a name of the firmware; nothing for other ids.
#[inline]
pub(crate) fn fixed_text(id: u16) -> &'static [u8] {
    let id = id as usize;
    let Some(&length) = LENGTHS.get(id) else {
        return b"";
    };
    let start = STARTS[id] as usize;
    let text = TEXTS.as_bytes().get(start..start + length as usize);
    text.unwrap_or(b"")
}

/// The hash of a name of the firmware.
pub(super) fn hash(q: Qstr) -> u16 {
    FIXED_HASHES[q.0 as usize]
}

/// The id of a text, whose hash this is.
pub(super) fn find(text: &[u8], hash: u16) -> Option<Qstr> {
    let mut at = hash as usize & (FIXED - 1);
    while FIXED_INDEX[at] != 0 {
        let id = FIXED_INDEX[at];
        if FIXED_HASHES[id as usize] == hash && fixed_text(id) == text {
            return Some(Qstr(id));
        }
        at = (at + 1) & (FIXED - 1);
    }
    None
}
