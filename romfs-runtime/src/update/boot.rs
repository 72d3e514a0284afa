//! Choosing what runs, at every start of the device.

use embedded_storage::nor_flash::NorFlash;

use super::control::Control;
use super::manifest::Numbers;
use super::record::{BootRecord, RecordError};
use super::slot::{Running, Spare};
use super::state::{Reverted, Slot, Source, State, Trial};

/// When boot checks the image that it is about to run. A check reads and hashes the whole image and
/// verifies one signature; without one, boot reads at most
/// [`BOOT_READ_LIMIT`](super::BOOT_READ_LIMIT) bytes, and the manifest's head on trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckPolicy {
    /// At every boot: finds flash that changed at rest.
    Always,
    /// Only images that are not confirmed.
    OnTrial,
    /// Never: trusts the check before activation.
    Never,
}

impl CheckPolicy {
    /// Whether it asks for a check at a boot that runs an image on trial, or a confirmed one. A board that checks more
    /// than this crate does, modules for one, asks it for the same boots.
    #[must_use]
    pub const fn asks(self, on_trial: bool) -> bool {
        match self {
            Self::Always => true,
            Self::OnTrial => on_trial,
            Self::Never => false,
        }
    }
}

/// The timer that resets the device unless it is stopped.
pub trait Watchdog {
    /// Starts it: the device resets in `milliseconds` unless [`disarm`](Self::disarm) is called.
    fn arm(&mut self, milliseconds: u32);
    /// The image was confirmed: the deadline is off.
    fn disarm(&mut self);
}

/// Settings of a board.
#[derive(Debug, Clone, Copy)]
pub struct BootOptions {
    /// What runs as long as nothing was ever activated.
    pub initial: Source,
    /// When to check.
    pub check: CheckPolicy,
    /// A trial that is not confirmed within this time is reset by the watchdog.
    pub confirm_within_ms: u32,
}

/// How boot looks at a slot's content.
pub trait SlotCheck<P> {
    /// The numbers of the manifest in the slot, from its head alone. `None` if there is none.
    fn numbers(&mut self, flash: &mut P) -> Option<Numbers>;
    /// Checks the image in the slot whole. `None` if it must not run.
    fn check(&mut self, flash: &mut P) -> Option<Numbers>;
}

/// The two slots and the boot record, before anything runs.
#[derive(Debug)]
pub struct Slots<P: NorFlash> {
    /// The first slot.
    pub a: P,
    /// The second slot.
    pub b: P,
    /// The boot record.
    pub record: BootRecord<P>,
}

/// What boot decided, with the handles that follow from it.
#[derive(Debug)]
pub struct Booted<P: NorFlash> {
    /// What runs.
    pub running: Running<P>,
    /// The slot that an update may be written to.
    pub spare: Spare<P>,
    /// The state and what may be done to it.
    pub control: Control<P>,
    /// Set if the boot record could not be read or written. Something runs all the same, but no
    /// trial does, since its attempts could not be counted.
    pub record_error: Option<RecordError<P::Error>>,
}

impl<P: NorFlash> Slots<P> {
    /// Decides what runs. It always comes to a decision: the factory image if nothing else is left.
    /// A trial is counted before it runs, and the watchdog armed for it.
    pub fn boot(
        mut self,
        options: &BootOptions,
        watchdog: &mut impl Watchdog,
        checker: &mut impl SlotCheck<P>,
    ) -> Booted<P> {
        let loaded = self.record.load();
        let state = self.record.state();
        let mut choice = Choice {
            state: state.unwrap_or(State::initial(options.initial)),
            trial: None,
            error: loaded.err(),
        };
        if state.is_none() && choice.error.is_none() {
            // From here on there is always a firm state below the one that is being written.
            let initial = choice.state;
            choice.store(&mut self.record, initial);
        }
        choice.count_trial(&mut self.record);
        self.examine(&mut choice, options.check, checker);
        if choice.trial.is_some() {
            watchdog.arm(options.confirm_within_ms);
        }
        self.split(choice)
    }

    /// Looks at the chosen image as far as the policy says, and chooses another if it is bad.
    fn examine(
        &mut self,
        choice: &mut Choice<P::Error>,
        policy: CheckPolicy,
        checker: &mut impl SlotCheck<P>,
    ) {
        if choice.state.trial.is_some()
            && let Source::Slot(slot) = choice.state.active
        {
            let flash = self.flash(slot);
            choice.trial = match policy.asks(true) {
                false => checker.numbers(flash),
                true => checker.check(flash),
            };
            if choice.trial.is_none() {
                choice.go_back(&mut self.record, Reverted::CheckFailed);
            }
        }
        if policy.asks(false)
            && choice.trial.is_none()
            && let Source::Slot(slot) = choice.state.active
            && checker.check(self.flash(slot)).is_none()
        {
            self.find_another(choice, slot.other(), checker);
        }
    }

    /// The confirmed image is bad: the other slot if it is whole and not too old, else factory.
    fn find_another(
        &mut self,
        choice: &mut Choice<P::Error>,
        other: Slot,
        checker: &mut impl SlotCheck<P>,
    ) {
        let floor = choice.state.counter_floor;
        let sound = checker
            .check(self.flash(other))
            .is_some_and(|numbers| numbers.counter >= floor);
        let state = State {
            active: Source::Slot(other),
            reverted: Reverted::CheckFailed,
            ..choice.state
        };
        if sound {
            choice.store(&mut self.record, state);
        } else {
            // Not stored: flash that fails to read today may read tomorrow.
            choice.state.active = Source::Factory;
            choice.state.reverted = Reverted::CheckFailed;
        }
    }

    fn flash(&mut self, slot: Slot) -> &mut P {
        match slot {
            Slot::A => &mut self.a,
            Slot::B => &mut self.b,
        }
    }

    fn split(self, choice: Choice<P::Error>) -> Booted<P> {
        let source = choice.state.active;
        let (running, spare, slot) = match source {
            Source::Slot(Slot::A) => (self.a, self.b, Slot::B),
            Source::Slot(Slot::B) | Source::Factory => (self.b, self.a, Slot::A),
        };
        Booted {
            running: Running::new(source, running),
            spare: Spare::new(slot, spare),
            control: Control::new(self.record, source, choice.state, choice.trial),
            record_error: choice.error,
        }
    }
}

/// The decision while it is made.
struct Choice<E> {
    state: State,
    /// Numbers of the image that runs on trial.
    trial: Option<Numbers>,
    error: Option<RecordError<E>>,
}

impl<E> Choice<E> {
    /// Takes one attempt off a trial, or ends it when none is left or can't be counted.
    fn count_trial<P: NorFlash<Error = E>>(&mut self, record: &mut BootRecord<P>) {
        let Some(trial) = self.state.trial else {
            return;
        };
        let counted = match trial.attempts.checked_sub(1) {
            Some(attempts) if self.error.is_none() => {
                let state = State {
                    trial: Some(Trial { attempts, ..trial }),
                    ..self.state
                };
                self.store(record, state)
            }
            _ => false,
        };
        if !counted {
            self.go_back(record, Reverted::NotConfirmed);
        }
    }

    fn go_back<P: NorFlash<Error = E>>(&mut self, record: &mut BootRecord<P>, why: Reverted) {
        if let Some(state) = self.state.gone_back(why)
            && !self.store(record, state)
        {
            self.state = state;
        }
    }

    /// Stores `state` and takes it over, if that works.
    fn store<P: NorFlash<Error = E>>(&mut self, record: &mut BootRecord<P>, state: State) -> bool {
        match record.store(state) {
            Ok(()) => {
                self.state = state;
                true
            }
            Err(error) => {
                self.error = Some(error);
                false
            }
        }
    }
}
