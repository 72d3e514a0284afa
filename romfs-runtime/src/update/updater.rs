//! The updater: from the first byte of a file to its activation.

use core::fmt;

use embedded_storage::nor_flash::NorFlash;

use super::control::{Control, ControlError};
use super::delta::{self, DeltaError};
use super::head::Head;
use super::refusal::Refusal;
use super::slot::{Running, Spare};
use super::staging::{FileKind, StageError, Staging};
use super::state::Slot;
use super::trailer::Trailer;
use super::verify::Rules;
use crate::Image;
use crate::flash::Mapped;

/// Why a staged file was not activated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinishError<E> {
    /// Bytes of the file are still missing.
    Incomplete,
    /// The flash does not fit, see [`StageError`].
    Stage(StageError<E>),
    /// The delta can't be applied.
    Delta(DeltaError<E>),
    /// The image must not run here.
    Refused(Refusal<E>),
    /// The state can't be changed.
    Control(ControlError<E>),
}

impl<E: fmt::Debug> fmt::Display for FinishError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete => f.write_str("the file is not complete"),
            Self::Stage(error) => error.fmt(f),
            Self::Delta(error) => error.fmt(f),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Control(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for FinishError<E> {}

/// The spare slot, the state, and the file that is being taken in.
#[derive(Debug)]
pub struct Updater<P, const PAGE: usize> {
    spare: Spare<P>,
    control: Control<P>,
    staging: Staging<PAGE>,
}

impl<P: NorFlash + Mapped, const PAGE: usize> Updater<P, PAGE> {
    /// Puts together what boot handed out.
    pub const fn new(spare: Spare<P>, control: Control<P>, staging: Staging<PAGE>) -> Self {
        Self {
            spare,
            control,
            staging,
        }
    }

    /// The state.
    pub fn control(&self) -> &Control<P> {
        &self.control
    }

    /// The state, to confirm or to go back.
    pub fn control_mut(&mut self) -> &mut Control<P> {
        &mut self.control
    }

    /// The slot that is written.
    pub fn spare(&self) -> &Spare<P> {
        &self.spare
    }

    /// The file that is being taken in.
    pub fn staging(&self) -> &Staging<PAGE> {
        &self.staging
    }

    /// See [`Staging::begin`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn begin(&mut self, identity: [u8; 32], length: u32) -> Result<u32, StageError<P::Error>> {
        self.staging
            .begin(&mut self.spare, &mut self.control, identity, length)
    }

    /// See [`Staging::write`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<u32, StageError<P::Error>> {
        self.staging.write(&mut self.spare, offset, bytes)
    }

    /// See [`Staging::discard`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn discard(&mut self) -> Result<(), StageError<P::Error>> {
        self.staging.discard(&mut self.spare, &mut self.control)
    }

    /// Applies the staged file if it is a delta, checks the image whole, and activates it on trial
    /// with at most `attempts` boots. `content` is the board's check of the modules. A file that is
    /// refused is forgotten.
    ///
    /// # Errors
    ///
    /// [`FinishError`].
    pub fn finish(
        &mut self,
        running: &Running<P>,
        rules: &Rules<'_>,
        attempts: u8,
        content: &mut dyn FnMut(&Image<'_>) -> bool,
    ) -> Result<Slot, FinishError<P::Error>> {
        let result = self.check_and_activate(running, rules, attempts, content);
        let refused = match &result {
            Err(FinishError::Delta(error)) => !matches!(error, DeltaError::Flash(_)),
            Err(FinishError::Refused(refusal)) => !matches!(refusal, Refusal::Flash(_)),
            _ => false,
        };
        if refused {
            self.discard().map_err(FinishError::Stage)?;
        }
        result
    }

    fn check_and_activate(
        &mut self,
        running: &Running<P>,
        rules: &Rules<'_>,
        attempts: u8,
        content: &mut dyn FnMut(&Image<'_>) -> bool,
    ) -> Result<Slot, FinishError<P::Error>> {
        let (kind, start, length) = self.staging.complete().ok_or(FinishError::Incomplete)?;
        let trailer = self
            .staging
            .trailer(&self.spare)
            .map_err(FinishError::Stage)?;
        let file = match kind {
            FileKind::Image => length,
            FileKind::Delta => {
                let base = running.mapped().unwrap_or_default();
                let floor = self.control.floor();
                let flash = self.spare.flash_mut();
                delta::apply::<PAGE, P>(flash, &trailer, (start, length), base, rules, floor)
                    .map_err(FinishError::Delta)?
            }
        };
        self.check_image(&trailer, file, rules, attempts, content)?;
        Ok(self.spare.slot())
    }

    /// Checks the image that is in the spare slot, whoever put it there, and activates it on trial.
    ///
    /// # Errors
    ///
    /// [`FinishError`].
    pub fn activate(
        &mut self,
        rules: &Rules<'_>,
        attempts: u8,
        content: &mut dyn FnMut(&Image<'_>) -> bool,
    ) -> Result<(), FinishError<P::Error>> {
        let trailer = self
            .staging
            .trailer(&self.spare)
            .map_err(FinishError::Stage)?;
        let head = Head::read(self.spare.flash_mut()).map_err(FinishError::Refused)?;
        self.check_image(&trailer, head.layout().total(), rules, attempts, content)
    }

    fn check_image(
        &mut self,
        trailer: &Trailer,
        file: u32,
        rules: &Rules<'_>,
        attempts: u8,
        content: &mut dyn FnMut(&Image<'_>) -> bool,
    ) -> Result<(), FinishError<P::Error>> {
        let checked = self
            .spare
            .check(rules, self.control.floor(), file, content)
            .map_err(FinishError::Refused)?;
        // Without this note modules are verified again when they are imported, nothing worse.
        let _ = trailer.vouch(self.spare.flash_mut(), checked.digest());
        let verified = self.spare.vouch_for(checked);
        self.control
            .activate(verified, attempts)
            .map_err(FinishError::Control)
    }

    /// Bytes of the largest file that the spare slot takes.
    ///
    /// # Errors
    ///
    /// [`StageError::Geometry`] and [`StageError::NoRoom`].
    pub fn room(&self) -> Result<u32, StageError<P::Error>> {
        Ok(self.staging.trailer(&self.spare)?.start)
    }

    /// The head of the envelope of what is in the spare slot, if there is one. Unverified.
    pub fn spare_head(&mut self) -> Option<Head> {
        Head::read(self.spare.flash_mut()).ok()
    }

    /// Whether the image in the running slot passed every check, its modules' bytecode included,
    /// when it was staged, and is still the one that `digest` names.
    pub fn is_vouched(&self, running: &Running<P>, digest: &[u8; 32]) -> bool {
        let Ok(trailer) = self.staging.trailer(&self.spare) else {
            return false;
        };
        running
            .mapped()
            .is_some_and(|slot| trailer.vouched_in(slot) == Some(digest))
    }
}
