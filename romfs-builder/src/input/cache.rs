//! Compiled modules kept by content, so that an unchanged source is compiled once on a machine.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

const DIGEST_LEN: usize = 32;

/// Names one compilation: everything that decides its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key([u8; DIGEST_LEN]);

impl Key {
    /// Hashes the parts, each with its length in front so that no two lists of parts look alike.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

/// A folder of compiled modules. An entry is the SHA-256 of the module, then the module.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// A cache in `folder`, which is made when the first entry is stored.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The user's cache: `$ROMFS_CACHE_DIR`, else `romfs` in the system's folder for caches; `None` where there is none.
    pub fn of_user() -> Option<Self> {
        let folder = match std::env::var_os("ROMFS_CACHE_DIR") {
            Some(folder) if !folder.is_empty() => PathBuf::from(folder),
            _ => dirs::cache_dir()?.join("romfs"),
        };
        Some(Self::at(folder))
    }

    /// Where the entries are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, key: &Key) -> PathBuf {
        let name: String = key.0.iter().map(|b| format!("{b:02x}")).collect();
        // One level of fan-out keeps folders small on file systems that scan them.
        self.folder.join(&name[..2]).join(&name[2..])
    }

    /// The module stored under `key`; `None` if there is none or its bytes are damaged.
    pub fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let entry = fs::read(self.path(key)).ok()?;
        let (digest, module) = entry.split_at_checked(DIGEST_LEN)?;
        (Sha256::digest(module).as_slice() == digest).then(|| module.to_vec())
    }

    /// Stores a module. Whoever reads at the same time sees no entry or a whole one.
    ///
    /// # Errors
    /// What the system says; a build can go on without.
    pub fn put(&self, key: &Key, module: &[u8]) -> std::io::Result<()> {
        let path = self.path(key);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&Sha256::digest(module))?;
        file.write_all(module)?;
        file.persist(path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_what_was_put_and_nothing_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path().join("c"));
        let key = Key::of(&[b"a", b"b"]);
        assert_eq!(cache.get(&key), None);
        cache.put(&key, b"module").unwrap();
        assert_eq!(cache.get(&key).as_deref(), Some(&b"module"[..]));
        let path = cache.path(&key);
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_eq!(cache.get(&key), None);
    }

    #[test]
    fn keys_tell_the_parts_apart() {
        assert_ne!(Key::of(&[b"ab", b"c"]), Key::of(&[b"a", b"bc"]));
        assert_ne!(Key::of(&[b"a"]), Key::of(&[b"a", b""]));
    }
}
