//! Updates: two slots, a boot record, signed images, and an updater that can't break what runs.
//!
//! - [`Slots::boot`] decides at every start what runs, from the [`BootRecord`], and hands out
//!   [`Running`] (only read), [`Spare`] (the only one that is written) and [`Control`].
//! - [`Spare::verify`] checks an image whole and answers with [`Verified`]; only that can be
//!   [activated](Control::activate), by one program operation.
//! - The next boot runs it on trial, until [`Control::confirm`]; else the device goes back.
//!
//! SPEC-update.md has every byte, DESIGN-update.md the reasons.

mod boot;
mod control;
pub mod delta;
pub mod envelope;
mod head;
mod keys;
pub mod manifest;
mod pages;
mod record;
mod refusal;
mod slot;
#[cfg(feature = "smp")]
pub mod smp;
mod staging;
mod state;
mod trailer;
mod updater;
mod verify;

pub use boot::{BootOptions, Booted, CheckPolicy, SlotCheck, Slots, Watchdog};
pub use control::{Control, ControlError};
pub use head::Head;
pub use keys::VerifyingKey;
pub use record::{BOOT_READ_LIMIT, BootRecord, RecordError};
pub use refusal::Refusal;
pub use slot::{Running, Spare};
pub use staging::{FileKind, StageError, Staging};
pub use state::{Reverted, Slot, Source, State, Trial};
pub use updater::{FinishError, Updater};
pub use verify::{Floor, MAX_DEPTH, Rules, SignedSlots, Verified, check_content, check_numbers};
