//! Which id a text has among the firmware's names, where bytes count. Those that the format numbers are listed by their hashes;
//! build.rs numbers the others in that order. So names whose hashes share their upper bits are neighbours, and no table has
//! hashes or free places.

use super::{
    FIRST_DYNAMIC, LENGTHS, LONG, MPY_STATIC, NAMES_CONST, Qstr, STARTS, STRIDE, TEXTS, text_hash,
};

/// How many names the firmware has.
const NAMES: usize = FIRST_DYNAMIC as usize;
/// The first id that the format leaves to the firmware; id 0 is nobody's.
const FIRST_OWN: usize = MPY_STATIC.len() + 1;

/// Upper bits of a hash that choose among the names of the format: five names a bucket.
const FORMAT_BITS: u32 = 5;
/// And among the others: four to eight.
const OWN_BITS: u32 = (NAMES - FIRST_OWN).ilog2() - 2;

/// Ids of the format's names by their hashes.
static BY_HASH: [u8; MPY_STATIC.len()] = by_hash();
/// Where each bucket of them begins.
static FORMAT: [u8; (1 << FORMAT_BITS) + 1] = format_buckets();
/// The first id of each bucket of the others.
static OWN: [u16; (1 << OWN_BITS) + 1] = own_buckets();

const fn hash_of(id: usize) -> u16 {
    text_hash(NAMES_CONST[id].as_bytes())
}

const fn bucket(hash: u16, bits: u32) -> usize {
    (hash >> (u16::BITS - bits)) as usize
}

const fn by_hash() -> [u8; MPY_STATIC.len()] {
    let mut ids = [0; MPY_STATIC.len()];
    let mut count = 0;
    while count < ids.len() {
        let id = count + 1;
        let mut at = count;
        while at > 0 && hash_of(ids[at - 1] as usize) > hash_of(id) {
            ids[at] = ids[at - 1];
            at -= 1;
        }
        ids[at] = id as u8;
        count += 1;
    }
    ids
}

const fn format_buckets() -> [u8; (1 << FORMAT_BITS) + 1] {
    let mut starts = [0; (1 << FORMAT_BITS) + 1];
    let ids = by_hash();
    let mut at = 0;
    while at < ids.len() {
        let mut n = bucket(hash_of(ids[at] as usize), FORMAT_BITS) + 1;
        at += 1;
        while n < starts.len() {
            starts[n] = at as u8;
            n += 1;
        }
    }
    starts
}

const fn own_buckets() -> [u16; (1 << OWN_BITS) + 1] {
    let mut starts = [FIRST_OWN as u16; (1 << OWN_BITS) + 1];
    let mut id = FIRST_OWN;
    while id < NAMES {
        let mut n = bucket(hash_of(id), OWN_BITS) + 1;
        id += 1;
        assert!(
            starts[n] == starts[starts.len() - 1],
            "build.rs orders names by other hashes"
        );
        while n < starts.len() {
            starts[n] = id as u16;
            n += 1;
        }
    }
    starts
}

/// The length of a name, or [`LONG`] where it lies before the text.
#[inline(always)]
fn short_length(id: usize) -> usize {
    LENGTHS[id / STRIDE] as usize >> (4 * (id % STRIDE)) & LONG
}

/// The text of a name of the firmware; nothing for other ids.
pub(crate) fn fixed_text(id: u16) -> &'static [u8] {
    let id = id as usize;
    if id >= NAMES {
        return b"";
    }
    let texts = TEXTS.as_bytes();
    let mut at = STARTS[id / STRIDE] as usize;
    let mut lengths = LENGTHS[id / STRIDE] as usize;
    let mut before = id % STRIDE;
    loop {
        let mut length = lengths & LONG;
        if length == LONG {
            length = texts[at].into();
            at += 1;
        }
        if before == 0 {
            return &texts[at..at + length];
        }
        (before, lengths, at) = (before - 1, lengths >> 4, at + length);
    }
}

/// The hash of a name of the firmware.
pub(super) fn hash(q: Qstr) -> u16 {
    text_hash(fixed_text(q.0))
}

/// The id of a text, whose hash this is.
pub(super) fn find(text: &[u8], hash: u16) -> Option<Qstr> {
    let n = bucket(hash, OWN_BITS);
    let own = OWN[n]..OWN[n + 1];
    let n = bucket(hash, FORMAT_BITS);
    let of_format = &BY_HASH[FORMAT[n] as usize..FORMAT[n + 1] as usize];
    let mut ids = own.chain(of_format.iter().map(|&id| id as u16));
    // Few have its length: the others' places need not be found.
    let length = text.len().min(LONG);
    ids.find(|&id| short_length(id.into()) == length && fixed_text(id) == text)
        .map(Qstr)
}
