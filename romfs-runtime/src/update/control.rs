//! What the running program may do to the state: activate, confirm, go back.

use core::fmt;

use embedded_storage::nor_flash::NorFlash;

use super::boot::Watchdog;
use super::manifest::Numbers;
use super::record::{BootRecord, RecordError};
use super::slot::Spare;
use super::state::{Reverted, Source, State, Trial};
use super::verify::{Floor, Verified};

/// Why the state can't be changed as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlError<E> {
    /// The running image is on trial: its fallback must not be touched until it is confirmed.
    NotConfirmed,
    /// There is no trial to confirm or to go back from.
    NoTrial,
    /// The boot record failed.
    Record(RecordError<E>),
}

impl<E: fmt::Debug> fmt::Display for ControlError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConfirmed => f.write_str("the running image is not confirmed yet"),
            Self::NoTrial => f.write_str("no image is on trial"),
            Self::Record(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for ControlError<E> {}

impl<E> From<RecordError<E>> for ControlError<E> {
    fn from(error: RecordError<E>) -> Self {
        Self::Record(error)
    }
}

/// The state of the update system while a program runs.
#[derive(Debug)]
pub struct Control<P> {
    record: BootRecord<P>,
    running: Source,
    state: State,
    /// Numbers of the running image, while it is on trial.
    trial: Option<Numbers>,
}

impl<P: NorFlash> Control<P> {
    pub(super) const fn new(
        record: BootRecord<P>,
        running: Source,
        state: State,
        trial: Option<Numbers>,
    ) -> Self {
        Self {
            record,
            running,
            state,
            trial,
        }
    }

    /// The state as it is stored.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What runs.
    pub fn running(&self) -> Source {
        self.running
    }

    /// What a new image must not be below.
    pub fn floor(&self) -> Floor {
        Floor {
            counter: self.state.counter_floor,
            sequence: Some(self.state.sequence),
        }
    }

    /// Whether the running image still waits for [`confirm`](Self::confirm).
    pub fn is_trial(&self) -> bool {
        self.trial.is_some()
    }

    /// Whether the next boot starts another image, on trial.
    pub fn is_pending(&self) -> bool {
        self.state.active != self.running && self.state.trial.is_some()
    }

    /// Makes the next boot start the image that was verified, on trial: at most `attempts` boots
    /// until it is confirmed, then back to what runs now.
    ///
    /// # Errors
    ///
    /// [`ControlError::NotConfirmed`], or the boot record's error.
    pub fn activate(
        &mut self,
        image: Verified<'_, P>,
        attempts: u8,
    ) -> Result<(), ControlError<P::Error>> {
        self.check_confirmed()?;
        let trial = Trial {
            attempts,
            fallback: self.running,
        };
        self.store(State {
            active: Source::Slot(image.slot()),
            trial: Some(trial),
            tag: image.tag(),
            ..self.state
        })
    }

    /// Takes back an activation that has not been booted yet.
    ///
    /// # Errors
    ///
    /// The boot record's error.
    pub fn cancel(&mut self) -> Result<(), ControlError<P::Error>> {
        if !self.is_pending() {
            return Ok(());
        }
        self.store(State {
            active: self.running,
            trial: None,
            ..self.state
        })
    }

    /// Keeps the image that runs on trial, for good: raises the floor of the security counter and
    /// the sequence number to its own, and stops the watchdog's deadline.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoTrial`], or the boot record's error.
    pub fn confirm(
        &mut self,
        watchdog: &mut (impl Watchdog + ?Sized),
    ) -> Result<(), ControlError<P::Error>> {
        let numbers = self.trial.ok_or(ControlError::NoTrial)?;
        self.store(State {
            trial: None,
            counter_floor: self.state.counter_floor.max(numbers.counter),
            sequence: numbers.sequence,
            reverted: Reverted::No,
            ..self.state
        })?;
        self.trial = None;
        watchdog.disarm();
        Ok(())
    }

    /// Gives up the image that runs on trial: the next boot starts the one before it.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoTrial`], or the boot record's error.
    pub fn go_back(&mut self) -> Result<(), ControlError<P::Error>> {
        let state = match self.trial {
            Some(_) => self.state.gone_back(Reverted::Requested),
            None => None,
        };
        self.store(state.ok_or(ControlError::NoTrial)?)
    }

    /// Makes sure that nothing will start from `spare`, before it is changed.
    pub(super) fn release(&mut self, spare: &Spare<P>) -> Result<(), ControlError<P::Error>> {
        self.check_confirmed()?;
        if self.state.active == Source::Slot(spare.slot()) {
            self.cancel()?;
        }
        // Boot may have fallen back without storing it: the record still names the damaged slot,
        // and would start whatever comes to stand there.
        if self.record.state() != Some(self.state) {
            self.store(self.state)?;
        }
        Ok(())
    }

    fn check_confirmed(&self) -> Result<(), ControlError<P::Error>> {
        match self.trial {
            Some(_) => Err(ControlError::NotConfirmed),
            None => Ok(()),
        }
    }

    fn store(&mut self, state: State) -> Result<(), ControlError<P::Error>> {
        self.record.store(state)?;
        self.state = state;
        Ok(())
    }
}
