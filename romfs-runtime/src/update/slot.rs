//! Who may do what with a slot: the running one is only read, the spare one only written
//! (invariant 1).

use embedded_storage::nor_flash::NorFlash;

use super::head::Head;
use super::state::{Slot, Source};
use crate::flash::{Mapped, SliceFlash};

/// What runs. Its flash is out of reach for writing as long as this value lives.
#[derive(Debug)]
pub struct Running<P> {
    source: Source,
    /// The slot that runs, or with the factory image the slot that is not spare.
    flash: P,
}

impl<P> Running<P> {
    pub(super) const fn new(source: Source, flash: P) -> Self {
        Self { source, flash }
    }

    /// What runs.
    pub fn source(&self) -> Source {
        self.source
    }

    /// Bytes of the slot that runs, in place: the image and what follows it. `None` if the factory
    /// image runs.
    pub fn mapped(&self) -> Option<&[u8]>
    where
        P: Mapped,
    {
        matches!(self.source, Source::Slot(_)).then(|| self.flash.mapped())
    }

    /// The head of the running image's envelope: its manifest, that is. `None` if the factory image
    /// runs, or one that is not signed.
    #[inline(never)] // its buffers must not lie under those of a signature check
    pub fn head(&self) -> Option<Head>
    where
        P: Mapped,
    {
        Head::read(&mut SliceFlash(self.mapped()?)).ok()
    }
}

/// The slot that does not run: the only handle that an updater can write through.
#[derive(Debug)]
pub struct Spare<P> {
    slot: Slot,
    flash: P,
}

impl<P: NorFlash> Spare<P> {
    pub(super) const fn new(slot: Slot, flash: P) -> Self {
        Self { slot, flash }
    }

    /// Which slot it is.
    pub fn slot(&self) -> Slot {
        self.slot
    }

    /// Bytes of the slot.
    pub fn size(&self) -> u32 {
        self.flash.capacity() as u32
    }

    pub(super) fn flash(&self) -> &P {
        &self.flash
    }

    pub(super) fn flash_mut(&mut self) -> &mut P {
        &mut self.flash
    }
}
