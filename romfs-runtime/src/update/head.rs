//! The head of an envelope: prelude, manifest and signature.

use embedded_storage::nor_flash::ReadNorFlash;

use super::envelope::{
    EnvelopeError, IMAGE_HEAD, KEY_ID, Layout, MAX_HEAD, PRELUDE, SIGNATURE, image_length,
};
use super::manifest::Manifest;
use super::refusal::Refusal;
use super::verify::Rules;
use crate::MpyTarget;

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
    #[inline(always)] // as two calls one after the other, not one under the other
    pub fn manifest<E>(&self, rules: &Rules<'_>) -> Result<Manifest<'_>, Refusal<E>> {
        self.check_signature(rules)?;
        self.check_conditions(rules)
    }

    #[inline(never)] // it must not lie under the signature check
    fn check_conditions<E>(&self, rules: &Rules<'_>) -> Result<Manifest<'_>, Refusal<E>> {
        let manifest = self.manifest_unverified()?;
        check_conditions(&manifest, rules)?;
        if manifest.size != self.layout.image {
            return Err(Refusal::WrongSize);
        }
        Ok(manifest)
    }

    #[inline(never)] // the deepest of all
    fn check_signature<E>(&self, rules: &Rules<'_>) -> Result<(), Refusal<E>> {
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
        Ok(())
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
