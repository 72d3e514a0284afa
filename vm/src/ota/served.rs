//! [`Updates`] over `romfs-runtime`'s updater, which an SMP server feeds while the program runs.

use embedded_storage::nor_flash::NorFlash;
use romfs_runtime::flash::Mapped;
use romfs_runtime::update::smp::Server;
use romfs_runtime::update::{ControlError, Head, Reverted, Slot, Source, Watchdog};

use super::{ImageStatus, UpdateError, Updates};

/// An SMP server and the watchdog that a confirm disarms.
#[derive(Debug)]
pub struct Served<'r, P, const PAGE: usize, W> {
    /// What takes images in.
    pub server: Server<'r, P, PAGE>,
    /// Resets the device unless a trial is confirmed in time.
    pub watchdog: W,
}

fn name_of(source: Source) -> &'static str {
    match source {
        Source::Slot(Slot::A) => "A",
        Source::Slot(Slot::B) => "B",
        Source::Factory => "factory",
    }
}

/// Hands on an image's status with what its manifest says. The manifest was checked when the image was staged.
fn tell(each: &mut dyn FnMut(ImageStatus<'_>), head: Option<&Head>, status: ImageStatus<'_>) {
    let manifest = head.and_then(|head| head.manifest_unverified::<()>().ok());
    each(ImageStatus {
        version: manifest.as_ref().map(|m| m.version),
        sequence: manifest.as_ref().map(|m| m.numbers.sequence),
        ..status
    });
}

fn failed<E>(error: ControlError<E>) -> UpdateError {
    match error {
        ControlError::NoTrial => UpdateError::NoTrial,
        ControlError::NotConfirmed | ControlError::Record(_) => UpdateError::Flash,
    }
}

impl<P: NorFlash + Mapped, const PAGE: usize, W: Watchdog> Updates for Served<'_, P, PAGE, W> {
    fn images(&mut self, each: &mut dyn FnMut(ImageStatus<'_>)) {
        let running = self.server.running();
        let pending = self.server.updater().control().is_pending();
        tell(
            each,
            running.head().as_ref(),
            ImageStatus {
                slot: name_of(running.source()),
                running: true,
                ..ImageStatus::default()
            },
        );
        let updater = self.server.updater();
        let spare = Source::Slot(updater.spare().slot());
        if let Some(head) = updater.spare_head() {
            let status = ImageStatus {
                slot: name_of(spare),
                pending,
                ..ImageStatus::default()
            };
            tell(each, Some(&head), status);
        }
    }

    fn is_trial(&self) -> bool {
        self.server.control().is_trial()
    }

    fn confirm(&mut self) -> Result<(), UpdateError> {
        let control = self.server.updater().control_mut();
        control.confirm(&mut self.watchdog).map_err(failed)
    }

    fn rollback(&mut self) -> Result<(), UpdateError> {
        self.server
            .updater()
            .control_mut()
            .go_back()
            .map_err(failed)
    }

    fn last_error(&self) -> &str {
        self.server.last_error()
    }

    fn reverted(&self) -> &str {
        match self.server.control().state().reverted {
            Reverted::No => "",
            Reverted::NotConfirmed => "not confirmed",
            Reverted::CheckFailed => "check failed",
            Reverted::Requested => "requested",
        }
    }

    fn progress(&self) -> Option<(u32, u32)> {
        self.server.progress()
    }
}
