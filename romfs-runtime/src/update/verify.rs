//! Checking an image in a slot, from its header to every byte (SPEC-update.md §4).

use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use sha2::{Digest, Sha256};

use super::boot::SlotCheck;
use super::envelope::Layout;
use super::head::{Head, read_exact};
use super::keys::VerifyingKey;
use super::manifest::{CHUNK, DIGEST, Numbers};
use super::refusal::Refusal;
use super::slot::Spare;
use super::state::Slot;
use crate::flash::Mapped;
use crate::{Image, MpyTarget};

/// What images this device takes.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'r> {
    /// Keys that may sign.
    pub keys: &'r [VerifyingKey],
    /// The device's vendor.
    pub vendor: [u8; 16],
    /// The device's class.
    pub class: [u8; 16],
    /// Which component the slots hold.
    pub component: u32,
    /// What the firmware's VM runs.
    pub target: MpyTarget,
}

/// Numbers that a new image must not be below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Floor {
    /// Lowest security counter.
    pub counter: u32,
    /// The sequence number must be above this one, where there is one.
    pub sequence: Option<u32>,
}

/// Refuses what is older than the device allows.
///
/// # Errors
///
/// [`Refusal::Downgraded`] and [`Refusal::Replayed`].
pub fn check_numbers<E>(numbers: Numbers, floor: Floor) -> Result<(), Refusal<E>> {
    if numbers.counter < floor.counter {
        return Err(Refusal::Downgraded {
            counter: numbers.counter,
            floor: floor.counter,
        });
    }
    let sequence = numbers.sequence;
    match floor.sequence {
        Some(confirmed) if sequence <= confirmed => Err(Refusal::Replayed { sequence }),
        _ => Ok(()),
    }
}

/// Hashes the whole image in `flash` and compares it with the hash list and the manifest. Needs
/// 256 bytes of buffer, whatever the image's size.
///
/// # Errors
///
/// [`Refusal::ChunkMismatch`], [`Refusal::HashListMismatch`], flash.
#[inline(never)] // its buffers must not lie under those of the signature check
pub fn check_content<F: ReadNorFlash>(
    flash: &mut F,
    layout: &Layout,
    digest: &[u8; DIGEST],
) -> Result<(), Refusal<F::Error>> {
    let mut list = Sha256::new();
    for chunk in 0..layout.chunks() {
        let computed = hash_chunk(flash, layout, chunk).map_err(Refusal::Flash)?;
        let mut stated = [0; DIGEST];
        let at = layout.hashes() + chunk * DIGEST as u32;
        read_exact(flash, at, &mut stated)?;
        if computed != stated {
            return Err(Refusal::ChunkMismatch(chunk));
        }
        list.update(computed);
    }
    if list.finalize()[..] != digest[..] {
        return Err(Refusal::HashListMismatch);
    }
    Ok(())
}

/// SHA-256 of one chunk of the image in `flash`.
pub(super) fn hash_chunk<F: ReadNorFlash>(
    flash: &mut F,
    layout: &Layout,
    chunk: u32,
) -> Result<[u8; DIGEST], F::Error> {
    let start = chunk * CHUNK as u32;
    let end = (start + CHUNK as u32).min(layout.envelope());
    let mut hash = Sha256::new();
    let mut buffer = [0; 256];
    let mut at = start;
    while at < end {
        let part = &mut buffer[..(end - at).min(256) as usize];
        flash.read(at, part)?;
        hash.update(&*part);
        at += part.len() as u32;
    }
    Ok(hash.finalize().into())
}

/// Proof that the spare slot holds an image that may run here. It borrows the slot, so that nothing
/// changes between the check and the activation:
///
/// ```compile_fail,E0499
/// use embedded_storage::nor_flash::NorFlash;
/// use romfs_runtime::flash::Mapped;
/// use romfs_runtime::update::{Control, Rules, Spare, Staging};
///
/// fn sneak<P: NorFlash + Mapped>(
///     spare: &mut Spare<P>,
///     control: &mut Control<P>,
///     staging: &mut Staging<256>,
///     rules: &Rules<'_>,
/// ) {
///     let floor = control.floor();
///     let verified = spare.verify(rules, floor, 1000, &mut |_| true).ok().unwrap();
///     let _ = staging.write(spare, 0, b"something else");
///     let _ = control.activate(verified, 3);
/// }
/// ```
#[derive(Debug)]
pub struct Verified<'s, P> {
    spare: &'s Spare<P>,
    digest: [u8; DIGEST],
    numbers: Numbers,
}

impl<P: NorFlash> Verified<'_, P> {
    /// The slot.
    #[must_use]
    pub fn slot(&self) -> Slot {
        self.spare.slot()
    }

    /// The image's payload digest.
    #[must_use]
    pub fn digest(&self) -> &[u8; DIGEST] {
        &self.digest
    }

    /// Sequence number and security counter.
    #[must_use]
    pub fn numbers(&self) -> Numbers {
        self.numbers
    }

    pub(super) fn tag(&self) -> [u8; 8] {
        let mut tag = [0; 8];
        tag.copy_from_slice(&self.digest[..8]);
        tag
    }
}

/// Deepest directory that a staged image may have.
pub const MAX_DEPTH: usize = 16;

/// What a check of the whole image found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checked {
    digest: [u8; DIGEST],
    numbers: Numbers,
}

impl Checked {
    pub(super) fn digest(&self) -> &[u8; DIGEST] {
        &self.digest
    }
}

impl<P: NorFlash + Mapped> Spare<P> {
    /// Checks the image in this slot whole: envelope, signature, conditions, numbers, every byte by
    /// the hash list, every record, and then `content`, the board's check of the modules.
    /// `file` is the length of the file that was staged.
    ///
    /// # Errors
    ///
    /// [`Refusal`]; each cause has its own.
    pub fn verify(
        &mut self,
        rules: &Rules<'_>,
        floor: Floor,
        file: u32,
        content: &mut dyn FnMut(&Image<'_>) -> bool,
    ) -> Result<Verified<'_, P>, Refusal<P::Error>> {
        let checked = self.check(rules, floor, file, content)?;
        Ok(self.vouch_for(checked))
    }

    /// The proof; `checked` must come from this slot, unchanged since.
    pub(super) fn vouch_for(&self, checked: Checked) -> Verified<'_, P> {
        Verified {
            spare: self,
            digest: checked.digest,
            numbers: checked.numbers,
        }
    }

    pub(super) fn check(
        &mut self,
        rules: &Rules<'_>,
        floor: Floor,
        file: u32,
        content: &mut dyn FnMut(&Image<'_>) -> bool,
    ) -> Result<Checked, Refusal<P::Error>> {
        let (layout, checked) = self.check_head(rules, floor, file)?;
        check_content(self.flash_mut(), &layout, &checked.digest)?;
        self.check_records(&layout, content)?;
        Ok(checked)
    }

    #[inline(never)] // its buffers must not lie under those of the other checks
    fn check_records(
        &self,
        layout: &Layout,
        content: &mut dyn FnMut(&Image<'_>) -> bool,
    ) -> Result<(), Refusal<P::Error>> {
        let bytes = self.flash().mapped();
        let image = bytes
            .get(..layout.image as usize)
            .ok_or(Refusal::Truncated)?;
        let image = Image::open(image).map_err(Refusal::Image)?;
        image
            .check::<MAX_DEPTH>(&crate::CheckOptions::default(), None)
            .map_err(Refusal::Image)?;
        if content(&image) {
            Ok(())
        } else {
            Err(Refusal::Content)
        }
    }

    /// All that can be checked without looking at the image's own bytes.
    #[inline(never)] // its buffers must not lie under those of the other checks
    fn check_head(
        &mut self,
        rules: &Rules<'_>,
        floor: Floor,
        file: u32,
    ) -> Result<(Layout, Checked), Refusal<P::Error>> {
        let mut head = Head::EMPTY;
        head.load(self.flash_mut())?;
        match file.cmp(&head.layout().total()) {
            core::cmp::Ordering::Less => return Err(Refusal::Truncated),
            core::cmp::Ordering::Greater => return Err(Refusal::Extended),
            core::cmp::Ordering::Equal => {}
        }
        let manifest = head.manifest(rules)?;
        check_numbers(manifest.numbers, floor)?;
        let checked = Checked {
            digest: manifest.digest,
            numbers: manifest.numbers,
        };
        Ok((*head.layout(), checked))
    }
}

/// The boot-time look at slots that hold signed images.
#[derive(Debug, Clone, Copy)]
pub struct SignedSlots<'r> {
    /// What images this device takes.
    pub rules: Rules<'r>,
}

impl<P: ReadNorFlash> SlotCheck<P> for SignedSlots<'_> {
    fn numbers(&mut self, flash: &mut P) -> Option<Numbers> {
        let head = Head::read(flash).ok()?;
        let manifest = head.manifest_unverified::<P::Error>().ok()?;
        Some(manifest.numbers)
    }

    fn check(&mut self, flash: &mut P) -> Option<Numbers> {
        let head = Head::read(flash).ok()?;
        let manifest = head.manifest::<P::Error>(&self.rules).ok()?;
        check_content(flash, head.layout(), &manifest.digest).ok()?;
        Some(manifest.numbers)
    }
}
