//! What can go wrong, said in one line: the file, the place in it, what is wrong there and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// A failed operation of this crate. Its `Display` is one line that names the file and the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused to read, write or create something.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// What was being done, as a verb phrase: "read", "write the image".
        action: &'static str,
        /// The file or folder that it was done to.
        path: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
    /// A name in the source folder is not UTF-8; MicroPython could not list it.
    #[error("{}: the name is not UTF-8; rename it or leave it out", path.display())]
    NameNotUtf8 {
        /// The file with that name.
        path: PathBuf,
    },
    /// A socket, pipe or device in the source folder.
    #[error("{}: neither a file nor a folder; leave it out of the source", path.display())]
    NotAFile {
        /// The odd file.
        path: PathBuf,
    },
    /// The source folder nests deeper than the limit, most often through a symlink to a parent.
    #[error("{}: nested more than {limit} folders deep; look for a symlink to one of its own parents", path.display())]
    TooDeep {
        /// The folder at the limit.
        path: PathBuf,
        /// The limit that was reached, in folders.
        limit: usize,
    },
    /// Both `x.py` and `x.mpy`: MicroPython would import the `.py` and never look at the other.
    #[error(
        "{module}.py lies beside {module}.mpy and would hide it on the device; remove one or say --prefer py or --prefer mpy"
    )]
    Twins {
        /// Path of the module within the source, without its extension.
        module: String,
    },
    /// A path within the image was given twice, or once as a file and once as a folder.
    #[error("{path}: taken twice into the image; give each path in the image once")]
    DuplicatePath {
        /// The path within the image.
        path: String,
    },
    /// A path that an image cannot hold: absolute, empty, or with `.`, `..` or NUL in it.
    #[error(
        "{path:?}: not a path within an image; write it relative, without \".\", \"..\" or empty parts"
    )]
    BadPath {
        /// The path as given.
        path: String,
    },
    /// A line of a list file cannot be read.
    #[error("{}: line {line}: {what}", path.display())]
    List {
        /// The list file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong and how to write it.
        what: String,
    },
    /// A pattern of what to leave out cannot be read.
    #[error("{pattern:?}: {what}; write a pattern of *, ?, ** and [...]")]
    BadPattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The mpy-cross that was asked for does not answer.
    #[error(
        "{program}: not a working mpy-cross ({what}); give its path with --mpy-cross or pack sources with --no-mpy"
    )]
    MpyCross {
        /// The program as it was asked for.
        program: String,
        /// How it failed.
        what: String,
    },
    /// There is nothing to prelink against.
    #[error("{what}")]
    Abi {
        /// What is wrong, and where.
        what: String,
    },
    /// mpy-cross refused a source.
    #[error("{file}: {}{message}", line.map(|l| format!("line {l}: ")).unwrap_or_default())]
    Compile {
        /// Path within the source folder.
        file: String,
        /// Line of the source, where mpy-cross named one.
        line: Option<u32>,
        /// mpy-cross's last line.
        message: String,
    },
    /// A .mpy file is damaged or could break the device that imports it.
    #[error(
        "{file}: offset {offset}: {what}; compile it again with mpy-cross, or pack it unchecked with --no-verify"
    )]
    Mpy {
        /// The .mpy file.
        file: String,
        /// Byte offset within it.
        offset: usize,
        /// What is wrong there.
        what: String,
    },
    /// A sound .mpy file that the chosen board cannot import.
    #[error("{file}: offset {offset}: {what}; compile it for {board}")]
    MpyForOtherBoard {
        /// The .mpy file.
        file: String,
        /// Byte offset of the header field that differs.
        offset: usize,
        /// What differs.
        what: String,
        /// The board that was asked for.
        board: String,
    },
    /// A file's alignment is not a power of two within the limit.
    #[error("alignment {value} of {what}: give a power of two from 1 to {limit}")]
    Alignment {
        /// What it was given for.
        what: String,
        /// The value.
        value: u32,
        /// The largest that is allowed.
        limit: u32,
    },
    /// More bytes than a ROMFS image of this builder can hold.
    #[error(
        "the image would have {size} bytes and can have at most {limit}; leave files out or make two images"
    )]
    TooLarge {
        /// Bytes that the image would have.
        size: u64,
        /// Bytes that it can have.
        limit: u64,
    },
    /// The image does not fit the board's partition.
    #[error(
        "the image has {size} bytes, {} more than partition {partition} of {board} holds ({capacity}); largest: {largest}",
        size - capacity
    )]
    OverPartition {
        /// Bytes of the image.
        size: u64,
        /// Bytes of the partition.
        capacity: u64,
        /// Its name in the board's profile.
        partition: String,
        /// The board.
        board: String,
        /// The largest files, with their sizes.
        largest: String,
    },
    /// The output would lie inside the folder that is being packed.
    #[error(
        "{}: lies inside the source folder, so the next build would pack it; choose another place with -o",
        path.display()
    )]
    OutputInSource {
        /// The output as asked for.
        path: PathBuf,
    },
    /// No profile has that name.
    #[error(
        "no board is called {name:?}; there are {known}; or give the path of a profile (.toml)"
    )]
    UnknownBoard {
        /// The name that was asked for.
        name: String,
        /// Every known name.
        known: String,
    },
    /// A file is no image, or a damaged one.
    #[error("{}: {error}; {}", path.display(), image_remedy(error))]
    Image {
        /// The image's file.
        path: PathBuf,
        /// What is wrong, and at which offset.
        error: romfs_runtime::Error,
    },
    /// A path is not in an image, or is of the wrong kind.
    #[error("{}: {entry}: {what}; see what there is with romfs ls -r", path.display())]
    NoEntry {
        /// The image's file.
        path: PathBuf,
        /// The path within the image.
        entry: String,
        /// "no such file or folder", or what it is instead.
        what: &'static str,
    },
    /// A name in an image that must not become a file name here.
    #[error("{}: offset {offset}: {name:?} is no safe file name; read it with romfs cat", path.display())]
    UnsafeName {
        /// The image's file.
        path: PathBuf,
        /// Offset of the entry's record.
        offset: u32,
        /// The name, with replacement characters for what is not UTF-8.
        name: String,
    },
    /// Extraction never writes into a folder that has something in it.
    #[error("{}: is there already and not empty; choose a new folder with -o", path.display())]
    TargetTaken {
        /// The folder.
        path: PathBuf,
    },
    /// A board profile cannot be used.
    #[error("{name}: {what}")]
    Profile {
        /// The profile's file name.
        name: String,
        /// What is wrong with it.
        what: String,
    },
}

fn image_remedy(error: &romfs_runtime::Error) -> &'static str {
    use romfs_runtime::ErrorKind as K;
    match error.kind {
        K::TooShort { .. } | K::BadMagic | K::TooLong => {
            "give an image that romfs build or mpremote wrote"
        }
        K::Truncated { .. } => "copy it again, whole",
        K::UnknownVersion { .. } => "read it with a newer romfs",
        _ => "build it again",
    }
}

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Names the file and the action that a system error belongs to.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
