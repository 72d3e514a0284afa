//! Paths within a native filesystem, made normal: from the current directory, without `.`, `..` and doubled slashes.

/// Longest path.
pub(crate) const PATH_MAX: usize = 254;

/// A normal path: names with `/` between them; empty for the root.
#[derive(Clone, Copy)]
pub(crate) struct Normal {
    bytes: [u8; PATH_MAX],
    len: usize,
    /// Whether it was written as a directory, with a slash at its end.
    pub(crate) as_dir: bool,
}

impl Normal {
    /// Room for a path: so far the root.
    pub(crate) const fn new() -> Normal {
        Normal {
            bytes: [0; PATH_MAX],
            len: 0,
            as_dir: true,
        }
    }

    /// Takes `path` from `cwd`, which is normal. `None` where it is too long.
    pub(crate) fn set(&mut self, cwd: &[u8], path: &[u8]) -> Option<()> {
        self.len = 0;
        self.as_dir = path.last().is_none_or(|&b| b == b'/');
        if path.first() != Some(&b'/') {
            self.append(cwd)?;
        }
        self.append(path)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn append(&mut self, path: &[u8]) -> Option<()> {
        for name in path.split(|&b| b == b'/') {
            match name {
                b"" | b"." => {}
                b".." => {
                    let up = self.as_bytes().iter().rposition(|&b| b == b'/');
                    self.len = up.unwrap_or(0);
                }
                _ => {
                    if self.len > 0 {
                        self.push(b"/")?;
                    }
                    self.push(name)?;
                }
            }
        }
        Some(())
    }

    fn push(&mut self, part: &[u8]) -> Option<()> {
        self.bytes
            .get_mut(self.len..self.len + part.len())?
            .copy_from_slice(part);
        self.len += part.len();
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_normal() {
        let mut normal = Normal::new();
        for (cwd, path, expected) in [
            ("", "/", ""),
            ("", "", ""),
            ("lib", "", "lib"),
            ("lib", "a.py", "lib/a.py"),
            ("lib", "/a.py", "a.py"),
            ("lib/sub", "../a", "lib/a"),
            ("lib/sub", "../..", ""),
            ("lib", "../../..", ""),
            ("", "a//b/./c/", "a/b/c"),
            ("", "/..", ""),
        ] {
            normal.set(cwd.as_bytes(), path.as_bytes()).unwrap();
            assert_eq!(normal.as_bytes(), expected.as_bytes(), "{cwd} {path}");
        }
        assert!(normal.set(b"", &[b'x'; PATH_MAX]).is_some());
        assert!(normal.set(b"", &[b'x'; PATH_MAX + 1]).is_none());
    }
}
