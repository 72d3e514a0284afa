//! Interned strings. A qstr is a 16-bit id; equal names have equal ids, so that a name is compared by one word.
//!
//! Ids below [`FIRST_DYNAMIC`] are names of the firmware, in flash. The others are entered when a module is linked or a
//! program makes a new name; their text stays where it lies (in the image, when a module brings it) unless that memory
//! may go away. A hash table of ids finds a text in one probe or two.

#[cfg(feature = "abi")]
mod features;
#[cfg(romfs_vm_small)]
#[path = "ordered.rs"]
mod firmware;
#[cfg(not(romfs_vm_small))]
#[path = "probed.rs"]
mod firmware;
mod intern;
mod window;

#[cfg(feature = "abi")]
pub use features::names_of_features;
pub(crate) use firmware::fixed_text;
pub use intern::{Intern, MAX_NAME, text_hash};

/// An interned string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Qstr(pub(crate) u16);

#[cfg(romfs_vm_small)]
include!("mpy_static.rs");
include!(concat!(env!("OUT_DIR"), "/names.rs"));

/// First id that is not a name of the firmware.
pub const FIRST_DYNAMIC: u16 = NAMES_CONST.len() as u16;

/// Every name of the firmware, by qstr id: for tools. A firmware has them without the list.
#[cfg(feature = "abi")]
pub static NAMES: &[&str] = &NAMES_CONST;

/// What an image must have been prelinked for: a hash of the firmware's names in the order of their ids.
pub const ABI: u64 = abi(&NAMES_CONST);

/// The hash of a firmware whose names these are: FNV-1a of the texts, each followed by a NUL.
pub const fn abi(names: &[&str]) -> u64 {
    let mut h: u64 = 0xCBF2_9CE4_8422_2325;
    let mut i = 0;
    while i < names.len() {
        let text = names[i].as_bytes();
        let mut at = 0;
        while at <= text.len() {
            let byte = if at < text.len() { text[at] } else { 0 };
            h = (h ^ byte as u64).wrapping_mul(0x100_0000_01B3);
            at += 1;
        }
        i += 1;
    }
    h
}

impl Qstr {
    /// The empty string.
    pub const EMPTY: Qstr = Qstr(1);

    /// The id as a number.
    pub const fn id(self) -> u16 {
        self.0
    }

    /// The hash that tables use for a qstr key.
    #[inline(always)]
    pub const fn hash(self) -> u32 {
        (self.0 as u32).wrapping_mul(crate::table::SPREAD)
    }
}

/// The id of a name that build.rs collected. Only for constants: a name it does not know stops the build.
pub const fn known(name: &str) -> Qstr {
    match find_known(name) {
        Some(q) => q,
        None => panic!("build.rs did not see this name: write it as a plain literal inside q!()"),
    }
}

/// The id of a name, where build.rs collected it.
pub(crate) const fn find_known(name: &str) -> Option<Qstr> {
    let (mut low, mut high) = (0, SORTED.len());
    while low < high {
        let middle = (low + high) / 2;
        match compare(
            NAMES_CONST[SORTED[middle] as usize].as_bytes(),
            name.as_bytes(),
        ) {
            0 => return Some(Qstr(SORTED[middle])),
            n if n < 0 => low = middle + 1,
            _ => high = middle,
        }
    }
    None
}

/// Which of two texts comes first, as their difference.
pub(crate) const fn compare(a: &[u8], b: &[u8]) -> i32 {
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if a[i] != b[i] {
            return a[i] as i32 - b[i] as i32;
        }
        i += 1;
    }
    a.len() as i32 - b.len() as i32
}

/// The qstr of a name that the firmware knows, as a constant.
#[macro_export]
#[doc(hidden)]
macro_rules! q {
    ($name:literal) => {
        const { $crate::qstr::known($name) }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_ids_are_those_of_the_format() {
        assert_eq!(q!("append").id(), 60);
        assert_eq!(q!("zip").id(), 165);
        assert_eq!(fixed_text(5), b"*");
        assert_eq!(fixed_text(60), b"append");
        assert_eq!(fixed_text(FIRST_DYNAMIC), b"");
    }
}
