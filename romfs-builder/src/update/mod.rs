//! Signed images and deltas, as `romfs-runtime/SPEC-update.md` describes them.

pub mod delta;
mod keys;
mod names;
mod sign;

pub use keys::{SigningKey, read_verifying_key};
pub use names::{class_id, id_text, vendor_id};
pub use sign::{Checked, Claims, check, check_signature, image_of, sign};

use std::path::PathBuf;

use romfs_runtime::update::Refusal;
use romfs_runtime::update::manifest::ManifestError;

/// Why a file can't be signed, or is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// A key file can't be read or written.
    #[error("{}: cannot {action} the key: {source}", path.display())]
    KeyFile {
        /// What was being done.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's own words.
        source: std::io::Error,
    },
    /// A file that should hold a key does not.
    #[error("{}: no Ed25519 {kind} key in PEM; make one with `romfs keygen`", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// `private` or `public`.
        kind: &'static str,
    },
    /// The bytes to sign are no image.
    #[error("not an image that can be signed: {0}")]
    Image(romfs_runtime::Error),
    /// The manifest can't be made.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The image is too long for its envelope.
    #[error("the image has {0} bytes, too many to sign")]
    TooLong(u64),
    /// The file starts like a delta, but is none.
    #[error("the delta's header is malformed")]
    NotADelta,
    /// The file is not one that a device with these keys would take.
    #[error(transparent)]
    Refused(#[from] Refusal<std::convert::Infallible>),
}
