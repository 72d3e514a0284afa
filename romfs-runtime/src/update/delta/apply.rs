//! Applying a staged delta, on the device.

use core::fmt;

use embedded_storage::nor_flash::NorFlash;
use sha2::{Digest, Sha256};

use super::format::{Header, HeaderError};
use super::machine::{Machine, Reader};
use super::output::Output;
use crate::update::envelope::{ALIGN, Layout};
use crate::update::head::{Head, read_exact};
use crate::update::manifest::{CHUNK, DIGEST};
use crate::update::pages::{PageError, PageWriter};
use crate::update::refusal::Refusal;
use crate::update::trailer::Trailer;
use crate::update::verify::{Floor, Rules, check_numbers, hash_chunk};

/// Why a delta can't be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeltaError<E> {
    /// No delta, or one of another version.
    Header(HeaderError),
    /// The file's length is not what its header says.
    Length,
    /// It is for another image than the one that runs, or the factory image runs.
    WrongBase,
    /// The image that it would make must not run here.
    Refused(Refusal<E>),
    /// The slot can't hold the new image beside the delta.
    NoRoom,
    /// An operation goes over the end of the operations, the base or the new image. The offset is
    /// that of the byte after it, in the operations.
    BadOp(u32),
    /// What was programmed at this offset in the slot does not read back.
    Verify(u32),
    /// The flash failed.
    Flash(E),
}

impl<E: fmt::Debug> fmt::Display for DeltaError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(error) => error.fmt(f),
            Self::Length => f.write_str("the delta is shorter or longer than it says"),
            Self::WrongBase => f.write_str("the delta is for another image than the running one"),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::NoRoom => f.write_str("the slot has no room for the image beside the delta"),
            Self::BadOp(at) => write!(f, "the delta's operation before byte {at} is malformed"),
            Self::Verify(offset) => write!(f, "the flash at {offset:#x} does not keep its bytes"),
            Self::Flash(error) => write!(f, "the flash failed: {error:?}"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for DeltaError<E> {}

impl<E> From<Refusal<E>> for DeltaError<E> {
    fn from(refusal: Refusal<E>) -> Self {
        match refusal {
            Refusal::Flash(error) => Self::Flash(error),
            refusal => Self::Refused(refusal),
        }
    }
}

impl<E> From<PageError<E>> for DeltaError<E> {
    fn from(error: PageError<E>) -> Self {
        match error {
            PageError::Verify(offset) => Self::Verify(offset),
            PageError::Flash(error) => Self::Flash(error),
        }
    }
}

/// Makes the new image and its envelope at the start of the slot, from `base`, the slot that runs,
/// and the delta of `length` bytes at `start`. Answers the length of the file that is there then.
/// Nothing is written before base, signature, conditions and numbers were checked.
#[inline(never)] // its buffers must not lie under those of the signature check
pub(in crate::update) fn apply<const PAGE: usize, P: NorFlash>(
    flash: &mut P,
    trailer: &Trailer,
    (start, length): (u32, u32),
    base: &[u8],
    rules: &Rules<'_>,
    floor: Floor,
) -> Result<u32, DeltaError<P::Error>> {
    let (header, layout) = prepare(flash, (start, length), base, rules, floor)?;
    let total = layout.total();
    if total > start {
        return Err(DeltaError::NoRoom);
    }
    let base = &base[..header.base as usize];
    write::<PAGE, P>(flash, trailer, start, base, &header, &layout)?;
    Ok(total)
}

/// Writes the file that the operations make, from where a reset may have stopped it.
#[inline(never)] // its buffers must not lie under those of the checks
fn write<const PAGE: usize, P: NorFlash>(
    flash: &mut P,
    trailer: &Trailer,
    start: u32,
    base: &[u8],
    header: &Header,
    layout: &Layout,
) -> Result<(), DeltaError<P::Error>> {
    let total = layout.total();
    let done = trailer.written(flash, 0, total);
    let head = start + Header::LEN as u32;
    let mut output = Output::<PAGE> {
        pages: PageWriter::new(done, total),
        produced: 0,
        trailer,
    };
    if done < layout.envelope() {
        let mut machine = Machine {
            reader: Reader::new(head + u32::from(header.head), header.ops),
            base,
            cursor: 0,
            end: layout.image,
        };
        machine.run(flash, &mut output)?;
    }
    output.produced = output.produced.max(layout.image);
    output.fill(flash, layout.envelope())?;
    output.copy(flash, head, header.head.into())?;
    append_hashes(flash, &mut output, layout)
}

/// Everything that is checked before the first byte is written.
fn prepare<P: NorFlash>(
    flash: &mut P,
    (start, length): (u32, u32),
    base: &[u8],
    rules: &Rules<'_>,
    floor: Floor,
) -> Result<(Header, Layout), DeltaError<P::Error>> {
    let mut bytes = [0; Header::LEN];
    read_exact(flash, start, &mut bytes)?;
    let header = Header::parse(&bytes).map_err(DeltaError::Header)?;
    if header.total() != Some(length) {
        return Err(DeltaError::Length);
    }
    let layout = check_head(flash, start + Header::LEN as u32, &header, rules, floor)?;
    if is_base(base, &header) {
        Ok((header, layout))
    } else {
        Err(DeltaError::WrongBase)
    }
}

#[inline(never)] // its buffers must not lie under those of the other checks
fn check_head<P: NorFlash>(
    flash: &mut P,
    at: u32,
    header: &Header,
    rules: &Rules<'_>,
    floor: Floor,
) -> Result<Layout, DeltaError<P::Error>> {
    let mut head = Head::EMPTY;
    head.load_at(flash, at, header.target)?;
    if head.as_bytes().len() != header.head.into() {
        return Err(DeltaError::Length);
    }
    check_numbers(head.manifest(rules)?.numbers, floor)?;
    Ok(*head.layout())
}

/// Whether `slot` holds the image to copy from. Its padding belongs to what is hashed.
#[inline(never)] // its buffers must not lie under those of the other checks
fn is_base(slot: &[u8], header: &Header) -> bool {
    let padded = header.base.checked_next_multiple_of(ALIGN);
    let Some(hashed) = padded.and_then(|padded| slot.get(..padded as usize)) else {
        return false;
    };
    let mut list = Sha256::new();
    for chunk in hashed.chunks(CHUNK) {
        list.update(Sha256::digest(chunk));
    }
    list.finalize()[..] == header.base_digest
}

/// The hash list is not sent: it is computed from what was written.
fn append_hashes<const PAGE: usize, P: NorFlash>(
    flash: &mut P,
    output: &mut Output<'_, PAGE>,
    layout: &Layout,
) -> Result<(), DeltaError<P::Error>> {
    // What is still in the page buffer belongs to the envelope, behind all that is hashed, or to
    // the last chunk; then that chunk is hashed with the buffer's bytes.
    for chunk in 0..layout.chunks() {
        let end = ((chunk + 1) * CHUNK as u32).min(layout.envelope());
        let digest: [u8; DIGEST] = if end <= output.pages.flushed() {
            hash_chunk(flash, layout, chunk).map_err(DeltaError::Flash)?
        } else {
            output.hash_unflushed(flash, chunk * CHUNK as u32, end)?
        };
        output.emit(flash, &digest)?;
    }
    Ok(())
}
