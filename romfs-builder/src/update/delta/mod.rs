//! Making a delta: what turns the image that a device runs into a newer one, in few bytes.
//!
//! Three passes: tables of positions that both images have are recognised by their records
//! (`tables`), everything else is aligned by content (`align`), and the result is written as
//! operations (`ops`).

mod align;
mod ops;
mod tables;

use romfs_runtime::flash::SliceFlash;
use romfs_runtime::update::Head;
use romfs_runtime::update::delta::Header;
use romfs_runtime::update::envelope::ALIGN;
use sha2::{Digest, Sha256};

use super::UpdateError;
use super::sign::{hash_list, image_of};

/// How a delta came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// The file to send.
    pub file: Vec<u8>,
    /// Bytes of it that are operations; the rest is header, manifest and signature.
    pub payload: usize,
}

/// Makes the delta from the image in `old` to the signed image in `new`. `old` may be signed or not.
///
/// # Errors
/// [`UpdateError::Image`] if either is no image, [`UpdateError::Refused`] if `new` has no envelope.
pub fn delta(old: &[u8], new: &[u8]) -> Result<Delta, UpdateError> {
    let base = image_of(old)?;
    let target = image_of(new)?;
    let head = Head::read(&mut SliceFlash(new))?;
    let ops = operations(base, target);

    let mut padded = base.to_vec();
    padded.resize(base.len().next_multiple_of(ALIGN as usize), 0xff);
    let header = Header {
        base: base.len() as u32,
        base_digest: Sha256::digest(hash_list(&padded)).into(),
        target: target.len() as u32,
        head: head.as_bytes().len() as u16,
        ops: ops.len() as u32,
    };
    let file = [&header.to_bytes()[..], head.as_bytes(), &ops].concat();
    Ok(Delta {
        file,
        payload: ops.len(),
    })
}

/// The operations that make `target` from `base`.
fn operations(base: &[u8], target: &[u8]) -> Vec<u8> {
    let index = align::Index::new(base);
    let mut writer = ops::Writer::default();
    let mut done = 0;
    for table in tables::common(base, target) {
        let before = align::align(base, &index, &target[..table.target], done, writer.cursor());
        writer.pieces(base, target, &before);
        writer.adjust(&table);
        done = table.target + table.words * 4;
    }
    let rest = align::align(base, &index, target, done, writer.cursor());
    writer.pieces(base, target, &rest);
    writer.finish()
}

#[cfg(test)]
mod tests;
