//! A group of our own: what the standard ones have no words for.

use core::fmt::{self, Write};

use embedded_storage::nor_flash::NorFlash;

use super::message::{Body, Failure};
use super::server::{LastError, name_of};
use crate::update::{Control, Reverted, Staging};

/// Number of the group. Command 0, read: the state of the update system.
pub const STATUS_GROUP: u16 = 82;
pub(super) const STATUS: u8 = 0;

/// What runs, whether on trial, what is pending, why the device went back last, the numbers that a
/// new image must exceed, how far a file has come, and why the last one was refused.
#[inline(never)]
pub(super) fn status<P: NorFlash, const PAGE: usize>(
    control: &Control<P>,
    staging: &Staging<PAGE>,
    base: Option<&[u8; 32]>,
    error: &LastError,
    body: &mut Body<'_>,
) -> Result<(), Failure> {
    let state = control.state();
    let (offset, length) = staging.progress().unwrap_or_default();
    body.map(9 + u64::from(base.is_some()))?;
    body.str("run")?.str(name_of(control.running()))?;
    body.str("trial")?.bool(control.is_trial())?;
    body.str("pending")?.bool(control.is_pending())?;
    body.str("reverted")?.str(match state.reverted {
        Reverted::No => "no",
        Reverted::NotConfirmed => "not confirmed",
        Reverted::CheckFailed => "check failed",
        Reverted::Requested => "requested",
    })?;
    body.str("floor")?.u32(state.counter_floor)?;
    body.str("sequence")?.u32(state.sequence)?;
    body.str("off")?.u32(offset)?;
    body.str("len")?.u32(length)?;
    body.str("error")?.str(error.as_str())?;
    if let Some(base) = base {
        body.str("base")?.bytes(base)?;
    }
    Ok(())
}

impl LastError {
    pub(super) fn set(&mut self, error: &dyn fmt::Display) {
        self.length = 0;
        // What does not fit is cut off: the start says what happened.
        let _ = write!(self, "{error}");
    }

    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    pub(super) fn as_str(&self) -> &str {
        core::str::from_utf8(&self.text[..self.length]).unwrap_or_default()
    }
}

impl Write for LastError {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.text.len() - self.length;
        let fits = text
            .char_indices()
            .map(|(at, char)| at + char.len_utf8())
            .take_while(|&end| end <= room)
            .last()
            .unwrap_or(0);
        self.text[self.length..self.length + fits].copy_from_slice(&text.as_bytes()[..fits]);
        self.length += fits;
        if fits == text.len() {
            Ok(())
        } else {
            Err(fmt::Error)
        }
    }
}
