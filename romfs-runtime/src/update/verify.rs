//! Checking an image in a slot, from its header to every byte (SPEC-update.md §4).

use core::fmt;

use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use sha2::{Digest, Sha256};

use super::boot::SlotCheck;
use super::envelope::{
    EnvelopeError, IMAGE_HEAD, KEY_ID, Layout, MAX_HEAD, PRELUDE, SIGNATURE, image_length,
};
use super::keys::VerifyingKey;
use super::manifest::{CHUNK, DIGEST, Manifest, ManifestError, Numbers};
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

/// Why an image must not run here. `E` is the flash's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal<E> {
    /// The bytes do not start with an image's header.
    NotAnImage,
    /// The envelope is missing or contradicts itself.
    Envelope(EnvelopeError),
    /// The file is shorter than its envelope says, or longer than the slot.
    Truncated,
    /// The file is longer than its envelope says.
    Extended,
    /// The manifest can't be read.
    Manifest(ManifestError),
    /// No key of this device has the id that the envelope names.
    UnknownKey([u8; KEY_ID]),
    /// The signature is wrong.
    BadSignature,
    /// The image is for devices of another vendor.
    WrongVendor,
    /// The image is for another class of devices.
    WrongClass,
    /// The image is meant for another of the device's components.
    WrongComponent(u32),
    /// The security counter is below the device's.
    Downgraded {
        /// The image's counter.
        counter: u32,
        /// The least that the device takes.
        floor: u32,
    },
    /// The image is not newer than the one that was confirmed last.
    Replayed {
        /// The image's sequence number.
        sequence: u32,
    },
    /// The manifest states another size than the image's header.
    WrongSize,
    /// The image's modules are for another VM than the firmware's.
    WrongTarget,
    /// The bytes of this chunk have another digest than the hash list says.
    ChunkMismatch(u32),
    /// The hash list has another digest than the manifest says.
    HashListMismatch,
    /// The image's records are malformed.
    Image(crate::Error),
    /// The board's own check, of the modules' bytecode, refused.
    Content,
    /// The flash failed.
    Flash(E),
}

impl<E: fmt::Debug> fmt::Display for Refusal<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnImage => f.write_str("not a ROMFS image"),
            Self::Envelope(error) => error.fmt(f),
            Self::Truncated => f.write_str("the file is shorter than its envelope says"),
            Self::Extended => f.write_str("the file is longer than its envelope says"),
            Self::Manifest(error) => error.fmt(f),
            Self::UnknownKey(_) => f.write_str("signed with a key that is not known here"),
            Self::BadSignature => f.write_str("the signature is wrong"),
            Self::WrongVendor => f.write_str("the image is for another vendor's devices"),
            Self::WrongClass => f.write_str("the image is for another class of devices"),
            Self::WrongComponent(component) => {
                write!(f, "the image is for component {component}")
            }
            Self::Downgraded { counter, floor } => write!(
                f,
                "the image's security counter {counter} is below this device's, {floor}"
            ),
            Self::Replayed { sequence } => write!(
                f,
                "the image's sequence number {sequence} is not above the confirmed one"
            ),
            Self::WrongSize => f.write_str("manifest and image header state different sizes"),
            Self::WrongTarget => f.write_str("the image's modules are for another VM"),
            Self::ChunkMismatch(chunk) => write!(f, "chunk {chunk} of the image is damaged"),
            Self::HashListMismatch => f.write_str("the hash list is damaged"),
            Self::Image(error) => error.fmt(f),
            Self::Content => f.write_str("the content check refused the image"),
            Self::Flash(error) => write!(f, "the flash failed: {error:?}"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for Refusal<E> {}

/// The head of an envelope, read from flash.
#[derive(Debug, Clone)]
pub struct Head {
    layout: Layout,
    bytes: [u8; MAX_HEAD],
}

impl Head {
    /// Room for a head. Filling it in place spares the stack a copy below the signature check.
    pub(super) const EMPTY: Self = Self {
        layout: Layout {
            image: 0,
            manifest: 0,
        },
        bytes: [0; MAX_HEAD],
    };

    /// Reads the head of the image in `flash`.
    ///
    /// # Errors
    ///
    /// [`Refusal`]: no image, no envelope, more than the region holds, flash.
    pub fn read<F: ReadNorFlash>(flash: &mut F) -> Result<Self, Refusal<F::Error>> {
        let mut head = Self::EMPTY;
        head.load(flash)?;
        Ok(head)
    }

    /// As [`read`](Self::read), in place.
    pub(super) fn load<F: ReadNorFlash>(&mut self, flash: &mut F) -> Result<(), Refusal<F::Error>> {
        let mut start = [0; IMAGE_HEAD];
        flash.read(0, &mut start).map_err(Refusal::Flash)?;
        let image = image_length(&start).ok_or(Refusal::NotAnImage)?;
        let capacity = flash.capacity();
        let envelope = image.next_multiple_of(super::envelope::ALIGN);
        if capacity >= image as usize && capacity <= envelope as usize {
            return Err(Refusal::Envelope(EnvelopeError::NoManifest));
        }
        if envelope as usize + PRELUDE > capacity {
            return Err(Refusal::Truncated);
        }
        self.load_at(flash, envelope, image)?;
        if self.layout.total() as usize > capacity {
            return Err(Refusal::Truncated);
        }
        Ok(())
    }

    /// Reads the head at `offset`, of the envelope of an image of `image` bytes.
    pub(super) fn load_at<F: ReadNorFlash>(
        &mut self,
        flash: &mut F,
        offset: u32,
        image: u32,
    ) -> Result<(), Refusal<F::Error>> {
        let mut prelude = [0; PRELUDE];
        read_exact(flash, offset, &mut prelude)?;
        self.layout = Layout::parse(&prelude, image).map_err(Refusal::Envelope)?;
        let length = self.layout.head_len();
        read_exact(flash, offset, &mut self.bytes[..length])
    }

    /// Takes a head that came in another way than after its image, as in a delta.
    ///
    /// # Errors
    ///
    /// [`Refusal::Envelope`].
    pub fn from_bytes<E>(bytes: &[u8], image: u32) -> Result<Self, Refusal<E>> {
        let inconsistent = Refusal::Envelope(EnvelopeError::Inconsistent);
        let Some(prelude) = bytes.first_chunk() else {
            return Err(inconsistent);
        };
        let layout = Layout::parse(prelude, image).map_err(Refusal::Envelope)?;
        if bytes.len() != layout.head_len() {
            return Err(inconsistent);
        }
        let mut head = [0; MAX_HEAD];
        head[..bytes.len()].copy_from_slice(bytes);
        Ok(Self {
            layout,
            bytes: head,
        })
    }

    /// Where everything is.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Prelude, manifest, key id and signature.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.layout.head_len()]
    }

    /// The manifest, whose signature nobody has looked at.
    ///
    /// # Errors
    ///
    /// [`Refusal::Manifest`].
    pub fn manifest_unverified<E>(&self) -> Result<Manifest<'_>, Refusal<E>> {
        let end = PRELUDE + usize::from(self.layout.manifest);
        Manifest::decode(&self.bytes[PRELUDE..end]).map_err(Refusal::Manifest)
    }

    /// The manifest, if its signature is right and the device is the one it is for.
    ///
    /// # Errors
    ///
    /// [`Refusal`]: key, signature, manifest, vendor, class, component, size, target.
    pub fn manifest<E>(&self, rules: &Rules<'_>) -> Result<Manifest<'_>, Refusal<E>> {
        let (signed, rest) = self
            .as_bytes()
            .split_at(PRELUDE + usize::from(self.layout.manifest));
        let (id, signature) = rest.split_at(KEY_ID);
        let mut named = [0; KEY_ID];
        named.copy_from_slice(id);
        let mut bytes = [0; SIGNATURE];
        bytes.copy_from_slice(signature);
        let key = rules
            .keys
            .iter()
            .find(|key| key.id() == named)
            .ok_or(Refusal::UnknownKey(named))?;
        if !key.verifies(signed, &bytes) {
            return Err(Refusal::BadSignature);
        }
        let manifest = self.manifest_unverified()?;
        check_conditions(&manifest, rules)?;
        if manifest.size != self.layout.image {
            return Err(Refusal::WrongSize);
        }
        Ok(manifest)
    }
}

fn check_conditions<E>(manifest: &Manifest<'_>, rules: &Rules<'_>) -> Result<(), Refusal<E>> {
    if manifest.vendor != rules.vendor {
        return Err(Refusal::WrongVendor);
    }
    if manifest.class != rules.class {
        return Err(Refusal::WrongClass);
    }
    if manifest.component != rules.component {
        return Err(Refusal::WrongComponent(manifest.component));
    }
    match manifest.target {
        Some(target) if !runs_on(&target, &rules.target) => Err(Refusal::WrongTarget),
        _ => Ok(()),
    }
}

/// Whether a VM of kind `vm` loads modules built for `image`, by the rules of a .mpy header.
fn runs_on(image: &MpyTarget, vm: &MpyTarget) -> bool {
    let bytecode = image.version == vm.version && image.small_int_bits <= vm.small_int_bits;
    let native = image.arch == 0
        || (image.arch == vm.arch
            && image.sub_version == vm.sub_version
            && image.arch_flags & !vm.arch_flags == 0);
    bytecode && native
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

/// Reads any length at any offset, whatever the flash's read unit.
pub(super) fn read_exact<F: ReadNorFlash>(
    flash: &mut F,
    offset: u32,
    bytes: &mut [u8],
) -> Result<(), Refusal<F::Error>> {
    let unit = F::READ_SIZE as u32;
    let mut at = offset;
    let mut rest = bytes;
    while !rest.is_empty() {
        let start = at / unit * unit;
        let skip = (at - start) as usize;
        let mut buffer = [0; 64];
        let wanted = (skip + rest.len()).next_multiple_of(F::READ_SIZE).min(64);
        let window = &mut buffer[..wanted];
        flash.read(start, window).map_err(Refusal::Flash)?;
        let taken = (wanted - skip).min(rest.len());
        let (head, tail) = rest.split_at_mut(taken);
        head.copy_from_slice(&window[skip..skip + taken]);
        at += taken as u32;
        rest = tail;
    }
    Ok(())
}

/// Proof that the spare slot holds an image that may run here. It borrows the slot, so that nothing
/// changes between the check and the activation.
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
        match file.cmp(&head.layout.total()) {
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
        Ok((head.layout, checked))
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
        check_content(flash, &head.layout, &manifest.digest).ok()?;
        Some(manifest.numbers)
    }
}
