//! Names of a firmware, with ids that are known while it is compiled.

use crate::qstr::{FIRST_DYNAMIC, Qstr, find_known};

/// The names that a firmware's tables use. A VM enters them first, so each has the same id in every VM of this firmware.
#[derive(Clone, Copy, Debug)]
pub struct Names(&'static [&'static str]);

impl Names {
    /// A list of names, each once. Names that the VM itself knows may be among them.
    ///
    /// # Panics
    /// Where a name is there twice, or is longer than 255 bytes: while compiling, in a constant.
    pub const fn new(names: &'static [&'static str]) -> Names {
        let mut i = 0;
        while i < names.len() {
            assert!(names[i].len() <= crate::qstr::MAX_NAME, "a long name");
            let mut k = 0;
            while k < i {
                assert!(!same(names[k], names[i]), "a name is there twice");
                k += 1;
            }
            i += 1;
        }
        Names(names)
    }

    /// The qstr of a name in the list.
    ///
    /// # Panics
    /// Where it is not: while compiling, in a constant.
    pub const fn q(self, name: &str) -> Qstr {
        if let Some(known) = find_known(name) {
            return known;
        }
        let (mut i, mut new) = (0, 0);
        while i < self.0.len() {
            if same(self.0[i], name) {
                return Qstr(FIRST_DYNAMIC + new);
            }
            if find_known(self.0[i]).is_none() {
                new += 1;
            }
            i += 1;
        }
        panic!("this name is not in the list")
    }

    /// The names in their order.
    pub(crate) fn list(self) -> &'static [&'static str] {
        self.0
    }
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
