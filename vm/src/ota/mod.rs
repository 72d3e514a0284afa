//! Updates as the running program sees them: a board implements [`Updates`] over whatever keeps its slots, and the
//! module `ota` hands it to Python.
//!
//! With the feature `update`, `Served` is that for `romfs-runtime`'s updater and SMP server.

#[cfg(feature = "update")]
mod served;

#[cfg(feature = "update")]
pub use served::Served;

/// What there is to know of an image that a device could run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImageStatus<'s> {
    /// `A`, `B` or `factory`.
    pub slot: &'s str,
    /// Its version as its manifest states it; none where it is not signed.
    pub version: Option<&'s str>,
    /// The sequence number of its manifest.
    pub sequence: Option<u32>,
    /// Whether it is what runs.
    pub running: bool,
    /// Whether the next boot starts it, on trial.
    pub pending: bool,
}

/// Why a change was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateError {
    /// Nothing is on trial.
    NoTrial,
    /// The flash failed.
    Flash,
}

/// The device's slots, as far as a program may touch them.
pub trait Updates {
    /// Tells each image that the device has.
    fn images(&mut self, each: &mut dyn FnMut(ImageStatus<'_>));

    /// Whether what runs is on trial: it goes back unless it is confirmed.
    fn is_trial(&self) -> bool;

    /// Keeps what runs.
    ///
    /// # Errors
    /// [`UpdateError::NoTrial`] where it is kept already, [`UpdateError::Flash`].
    fn confirm(&mut self) -> Result<(), UpdateError>;

    /// Gives up what runs on trial: the next boot starts the image before it.
    ///
    /// # Errors
    /// [`UpdateError::NoTrial`], [`UpdateError::Flash`].
    fn rollback(&mut self) -> Result<(), UpdateError>;

    /// Why the last file that was sent was refused; empty where none was.
    fn last_error(&self) -> &str;

    /// Why the device went back the last time; empty where it did not since the last confirm.
    fn reverted(&self) -> &str;

    /// How many bytes of the file under way are there, and how many it has.
    fn progress(&self) -> Option<(u32, u32)>;
}
