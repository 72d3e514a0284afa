//! What a build says of its result, for people and for scripts.

use std::fmt::{self, Write};

use serde::Serialize;

use crate::board::{Board, Partition};

/// Files named in a report of an image that is too large.
pub const LARGEST_SHOWN: usize = 10;

/// Result of a build. Sizes are in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuildReport {
    /// Size of the image.
    pub image_bytes: u64,
    /// SHA-256 that names the build, in hexadecimal; absent in a plain image.
    pub build_id: Option<String>,
    /// Files.
    pub files: usize,
    /// Folders.
    pub folders: usize,
    /// Size of all files together, each counted.
    pub content_bytes: u64,
    /// Files stored as a pointer to an equal one.
    pub shared_files: usize,
    /// What that saved.
    pub shared_bytes: u64,
    /// Whether the image has a path index.
    pub indexed: bool,
    /// What became of the modules.
    pub modules: Modules,
    /// The board and its partition, if one was named.
    pub board: Option<BoardFit>,
    /// The largest files, the largest first.
    pub largest: Vec<FileSize>,
    /// Things to look at, a line each.
    pub warnings: Vec<String>,
}

/// Modules of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Modules {
    /// Compiled in this build.
    pub compiled: usize,
    /// Compiled before and taken from the cache.
    pub cached: usize,
    /// Packed as the .mpy files that they were.
    pub ready: usize,
    /// Sources that stay sources.
    pub sources: usize,
    /// Modules that were verified.
    pub verified: usize,
    /// What mpy-cross says of its version, if it was used.
    pub mpy_cross: Option<String>,
}

/// How an image fits its partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BoardFit {
    /// Name of the board.
    pub board: String,
    /// Name of the partition.
    pub partition: String,
    /// Where the CPU sees it.
    pub address: Option<u64>,
    /// What it holds.
    pub capacity: u64,
    /// What the image leaves of it.
    pub free: u64,
    /// What an update erases: the image rounded up to erase units.
    pub erased: u64,
}

/// A file and its size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileSize {
    /// Path within the image.
    pub path: String,
    /// Size of its content.
    pub bytes: u64,
}

impl BoardFit {
    /// The fit of an image of `size` bytes, which must not exceed the capacity.
    pub fn new(board: &Board, partition: &Partition, size: u64) -> Self {
        Self {
            board: board.name.clone(),
            partition: partition.name.clone(),
            address: partition.address,
            capacity: partition.capacity(),
            free: partition.capacity().saturating_sub(size),
            erased: size
                .next_multiple_of(partition.erase_unit.into())
                .min(partition.size),
        }
    }
}

impl fmt::Display for BuildReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} in {} and {}",
            Bytes(self.image_bytes),
            counted(self.files, "file"),
            counted(self.folders, "folder")
        )?;
        let Modules {
            compiled,
            cached,
            ready,
            sources,
            ..
        } = self.modules;
        if compiled + cached + ready + sources > 0 {
            let mut parts = Vec::new();
            for (count, what) in [
                (compiled, "compiled"),
                (cached, "from the cache"),
                (ready, "ready"),
                (sources, "as source"),
            ] {
                if count > 0 {
                    parts.push(format!("{count} {what}"));
                }
            }
            write!(f, "\n  modules    {}", parts.join(", "))?;
        }
        if self.shared_files > 0 {
            write!(
                f,
                "\n  shared     {}, {} saved",
                counted(self.shared_files, "equal file"),
                Bytes(self.shared_bytes)
            )?;
        }
        if let Some(id) = &self.build_id {
            write!(f, "\n  build id   {id}")?;
        }
        if let Some(fit) = &self.board {
            let percent = 100 * self.image_bytes / fit.capacity.max(1);
            write!(
                f,
                "\n  partition  {percent}% of {} ({}), {} free",
                fit.partition,
                fit.board,
                Bytes(fit.free)
            )?;
        }
        Ok(())
    }
}

/// "1 file", "2 files".
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A number of bytes, with its unit and, where that is large, a rounded form.
#[derive(Debug, Clone, Copy)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_char(',')?;
            }
            f.write_char(digit)?;
        }
        f.write_str(" bytes")
    }
}
