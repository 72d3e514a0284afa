//! Sees that sources changed.
//!
//! By looking at times and sizes again and again: that works on every file system, network and container mounts among
//! them, sees editors that replace files as well as those that write into them, and costs a few milliseconds a second
//! for thousands of files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

/// How often files are looked at.
const INTERVAL: Duration = Duration::from_millis(100);
/// How long they must stay as they are before a build: saving several files is one change.
const QUIET: Duration = Duration::from_millis(20);
/// How deep folders are followed.
const DEPTH_MAX: usize = romfs_runtime::MAX_DEPTH;

/// Times and sizes of files at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    files: BTreeMap<PathBuf, (u64, Option<SystemTime>)>,
}

impl Snapshot {
    /// Of the files at `roots` and in the folders there. What cannot be read is as if it were not there: it may be on
    /// its way.
    pub fn of(roots: &[PathBuf]) -> Self {
        let mut snapshot = Self::default();
        for root in roots {
            snapshot.add(root, DEPTH_MAX);
        }
        snapshot
    }

    fn add(&mut self, path: &Path, depth: usize) {
        let Ok(found) = fs::metadata(path) else {
            return;
        };
        if !found.is_dir() {
            self.files
                .insert(path.to_path_buf(), (found.len(), found.modified().ok()));
            return;
        }
        // A folder that is empty is part of an image as well.
        self.files.insert(path.to_path_buf(), (0, None));
        if depth == 0 {
            return;
        }
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            self.add(&entry.path(), depth - 1);
        }
    }

    /// Waits until the files at `roots` are no longer as in this snapshot, and are at rest again; asks `go_on` all the
    /// while. The new snapshot, or `None` if `go_on` said no.
    pub fn wait_for_change(
        &self,
        roots: &[PathBuf],
        mut go_on: impl FnMut() -> bool,
    ) -> Option<Self> {
        loop {
            if !go_on() {
                return None;
            }
            thread::sleep(INTERVAL);
            let mut now = Self::of(roots);
            if &now == self {
                continue;
            }
            loop {
                thread::sleep(QUIET);
                let later = Self::of(roots);
                if later == now {
                    return Some(now);
                }
                now = later;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_any_kind_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let roots = [folder.path().to_path_buf()];
        fs::create_dir(folder.path().join("lib")).unwrap();
        let changes: [&dyn Fn(); 5] = [
            &|| fs::write(folder.path().join("lib/a"), "1").unwrap(),
            &|| fs::write(folder.path().join("lib/a"), "12").unwrap(),
            &|| fs::rename(folder.path().join("lib/a"), folder.path().join("b")).unwrap(),
            &|| fs::create_dir(folder.path().join("empty")).unwrap(),
            &|| fs::remove_file(folder.path().join("b")).unwrap(),
        ];
        let mut before = Snapshot::of(&roots);
        for change in changes {
            assert_eq!(before, Snapshot::of(&roots));
            change();
            let after = before.wait_for_change(&roots, || true).unwrap();
            assert_ne!(before, after);
            before = after;
        }
        assert_eq!(before.wait_for_change(&roots, || false), None);
    }
}
