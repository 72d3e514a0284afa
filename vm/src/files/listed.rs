//! Which modules a folder of littlefs can have: its names are read once, so that an import of anything else does not look
//! there three times. `''`, which comes first on `sys.path`, is such a folder, and mostly has none of a program's modules.

use core::ops::ControlFlow;

use super::path::Normal;
use super::{Path, lfs, tree};
use crate::qstr::Qstr;
use crate::value::Value;
use crate::vm::Vm;

/// A set of names, folded into a word: what is not in it is not in the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Names(u32);

impl Names {
    /// May have anything.
    const ALL: Names = Names(u32::MAX);
    /// Names of a folder that are looked at; one that has more may have anything.
    const LISTED: usize = 16;

    /// Adds what `import` would call a file or folder.
    fn add(&mut self, name: &[u8]) {
        self.0 |= Self::bit(name);
    }

    fn may_have(self, module: &[u8]) -> bool {
        self.0 & Self::bit(module) != 0
    }

    /// The bit of a name, what follows a dot left out.
    fn bit(name: &[u8]) -> u32 {
        let stem = name.iter().take_while(|&&b| b != b'.');
        let hash = stem.fold(5381u32, |hash, &b| hash.wrapping_mul(33) ^ u32::from(b));
        1 << ((hash ^ hash >> 5) % u32::BITS)
    }
}

impl Vm<'_> {
    /// Whether a folder of `sys.path` may have a module of this name. Which it may have is remembered with the entry.
    pub(super) fn may_have(&mut self, entry: Value, folder: &Path, name: Qstr) -> bool {
        let Some(known) = self.found_folders.names(entry) else {
            return true;
        };
        let names = match known {
            Some(names) => names,
            None => {
                let names = self.names_in(folder.as_bytes());
                self.found_folders.set_names(entry, names);
                names
            }
        };
        let text = self.intern.text(name);
        // `__import__` may be given a path, which leads elsewhere.
        text.is_empty() || text.contains(&b'/') || names.may_have(text)
    }

    /// The names of a folder, and of all mount points: one may lie in it.
    fn names_in(&mut self, folder: &[u8]) -> Names {
        let Some((fs, within)) = self.own_littlefs(folder) else {
            return Names::ALL;
        };
        let mut path = Normal::new();
        let Some(()) = self.normal_in(fs, within, &mut path) else {
            return Names::ALL;
        };
        let mut names = Names(0);
        for &mount in self.mounts() {
            let parts = self.mount_point(mount).split(|&b| b == b'/');
            for part in parts.filter(|part| !part.is_empty()) {
                names.add(part);
            }
        }
        self.import_stats = self.import_stats.wrapping_add(1);
        let mark = self.mark();
        let mut left = Names::LISTED;
        let listed = lfs::with(self, fs, |fs| {
            fs.names(path.as_bytes(), |name| {
                names.add(name);
                if left == 0 {
                    names = Names::ALL;
                    return ControlFlow::Break(());
                }
                left -= 1;
                ControlFlow::Continue(())
            })
        });
        self.release(mark);
        match listed {
            Ok(()) => names,
            Err(raised) => {
                self.take_raised(raised);
                Names::ALL
            }
        }
    }

    /// The littlefs that a folder lies in, where only this VM changes it, and the folder's path within.
    fn own_littlefs<'p>(&self, folder: &'p [u8]) -> Option<(Value, &'p [u8])> {
        if super::find::frozen_path(folder).is_some() {
            return None;
        }
        let (fs, within) = match folder.is_empty() {
            true => {
                let mount = self.roots.cwd.or_else(|| tree::at_root(self))?;
                (self.mounted(mount), folder)
            }
            false => self.mounted_at(folder)?,
        };
        (lfs::is_lfs(self, fs) && lfs::is_host_device(self, fs)).then_some((fs, within))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_whatever_follows_a_dot() {
        let mut names = Names(0);
        for name in [
            &b"one.mpy"[..],
            b"two.py",
            b"three",
            b"four.tar.gz",
            b".hidden",
        ] {
            names.add(name);
        }
        for module in [&b"one"[..], b"two", b"three", b"four"] {
            assert!(names.may_have(module));
            assert!(!Names(0).may_have(module) && Names::ALL.may_have(module));
        }
        let absent = (0..1000).filter(|n| !names.may_have(format!("m{n}").as_bytes()));
        assert!(absent.count() > 700, "five bits of 32 are set");
    }
}
