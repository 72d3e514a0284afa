//! The new file as a delta makes it.

use embedded_storage::nor_flash::NorFlash;
use sha2::{Digest, Sha256};

use super::apply::DeltaError;
use crate::update::envelope::ALIGN;
use crate::update::head::read_exact;
use crate::update::manifest::DIGEST;
use crate::update::pages::PageWriter;
use crate::update::trailer::Trailer;

/// The new file as it grows: passes over what is already on flash.
pub(super) struct Output<'t, const PAGE: usize> {
    pub(super) pages: PageWriter<PAGE>,
    /// Bytes made so far, of which those before `pages.next()` are there already.
    pub(super) produced: u32,
    pub(super) trailer: &'t Trailer,
}

impl<const PAGE: usize> Output<'_, PAGE> {
    pub(super) fn emit<P: NorFlash>(
        &mut self,
        flash: &mut P,
        bytes: &[u8],
    ) -> Result<(), DeltaError<P::Error>> {
        let passed = self.pages.next().saturating_sub(self.produced) as usize;
        self.produced += bytes.len() as u32;
        match bytes.get(passed..) {
            Some(new) => Ok(self.pages.push(flash, self.trailer, new)?),
            None => Ok(()),
        }
    }

    /// Bytes that are on flash elsewhere.
    pub(super) fn copy<P: NorFlash>(
        &mut self,
        flash: &mut P,
        from: u32,
        length: u32,
    ) -> Result<(), DeltaError<P::Error>> {
        let mut buffer = [0; 64];
        let mut done = 0;
        while done < length {
            let part = &mut buffer[..(length - done).min(64) as usize];
            read_exact(flash, from + done, part)?;
            done += part.len() as u32;
            self.emit(flash, part)?;
        }
        Ok(())
    }

    /// Erased bytes up to `end`.
    pub(super) fn fill<P: NorFlash>(
        &mut self,
        flash: &mut P,
        end: u32,
    ) -> Result<(), DeltaError<P::Error>> {
        let padding = [0xff; ALIGN as usize];
        let missing = end.saturating_sub(self.produced) as usize;
        self.emit(flash, &padding[..missing.min(padding.len())])
    }

    pub(super) fn hash_unflushed<P: NorFlash>(
        &self,
        flash: &mut P,
        start: u32,
        end: u32,
    ) -> Result<[u8; DIGEST], DeltaError<P::Error>> {
        let flushed = self.pages.flushed().max(start);
        let mut hash = Sha256::new();
        let mut buffer = [0; 64];
        let mut at = start;
        while at < flushed {
            let part = &mut buffer[..(flushed - at).min(64) as usize];
            read_exact(flash, at, part)?;
            hash.update(&*part);
            at += part.len() as u32;
        }
        let tail = self.pages.unflushed();
        hash.update(&tail[..(end - flushed) as usize]);
        Ok(hash.finalize().into())
    }
}
