//! Images: opening, finding, listing and checking (SPEC.md).
#![forbid(unsafe_code)]

pub mod format;

mod check;
mod constants;
mod entry;
mod error;
#[cfg(feature = "extensions")]
mod extensions;
#[cfg(not(feature = "extensions"))]
#[path = "no_extensions.rs"]
mod extensions;
mod index;
mod info;
mod prelink;
mod reader;
mod record;
mod walk;

pub use check::{BuildIdCheck, CheckOptions, CheckSummary, Sha256Hasher};
pub use constants::Constants;
pub use entry::{Dir, Entries, Entry, File, Stat};
pub use error::{Error, ErrorKind};
pub use index::PathIndex;
pub use info::{ImageInfo, MpyTarget};
pub use prelink::Prelink;
pub use reader::Image;
pub use record::{Record, Records};
pub use walk::{MAX_DEPTH, Walk, WalkItem};
