//! What a board offers to the module `machine`.
//!
//! A board's [`Host`](crate::vm::Host) hands out a [`Machine`], or none: then `machine` has signals, timers and memory, and
//! asking for the rest is `OSError(ENODEV)`.

/// How a pin is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PinMode {
    /// It is read.
    #[default]
    Input,
    /// It is driven high and low.
    Output,
    /// It is driven low, or not at all.
    OpenDrain,
}

/// What holds a pin that nothing drives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pull {
    /// Nothing.
    #[default]
    None,
    /// A resistor to the supply.
    Up,
    /// A resistor to ground.
    Down,
}

/// How a program names a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinName<'n> {
    /// By its number.
    Number(usize),
    /// By its name on the board.
    Text(&'n str),
}

/// Why the board started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResetCause {
    /// Power was switched on.
    #[default]
    PowerOn,
    /// `machine.reset`, or a button.
    Hard,
    /// The watchdog.
    Watchdog,
    /// It woke from deep sleep.
    DeepSleep,
    /// `machine.soft_reset`.
    Soft,
}

/// A board as `machine` sees it.
pub trait Machine {
    /// Bytes that no other board has.
    fn unique_id(&self) -> &[u8];

    /// The CPU's clock in hertz.
    fn frequency(&self) -> u32;

    /// Changes the clock. False where it can't be that.
    fn set_frequency(&mut self, hertz: u32) -> bool {
        let _ = hertz;
        false
    }

    /// Why the board started.
    fn reset_cause(&self) -> ResetCause {
        ResetCause::default()
    }

    /// Starts the board anew. Where this returns, the program ends as by `SystemExit`, and who runs it starts it again.
    fn reset(&mut self, cause: ResetCause) {
        let _ = cause;
    }

    /// The pin of a name: a number that the functions below take.
    fn find_pin(&self, name: PinName<'_>) -> Option<u16>;

    /// Sets a pin up. False where it can't be that.
    fn set_pin_mode(&mut self, pin: u16, mode: PinMode, pull: Pull) -> bool;

    /// Whether a pin is high.
    fn read_pin(&mut self, pin: u16) -> bool;

    /// Drives a pin.
    fn write_pin(&mut self, pin: u16, high: bool);
}
