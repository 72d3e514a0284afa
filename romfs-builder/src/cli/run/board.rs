//! A board that is not there: pins that keep their level, for programs that use `machine`.

use romfs_vm::machine::{Machine, PinMode, PinName, Pull};

/// Pins that there are, numbered from 0; by text they are `P0`, `P1`, ...
const PINS: usize = 64;

/// A pin: what it was set up as, and the level that was written last.
#[derive(Clone, Copy, Default)]
struct Pin {
    mode: PinMode,
    pull: Pull,
    written: bool,
}

/// The board.
pub struct Board {
    pins: [Pin; PINS],
}

impl Default for Board {
    fn default() -> Self {
        Board {
            pins: [Pin::default(); PINS],
        }
    }
}

impl Machine for Board {
    fn unique_id(&self) -> &[u8] {
        b"romfs-run"
    }

    fn frequency(&self) -> u32 {
        1_000_000_000
    }

    fn find_pin(&self, name: PinName<'_>) -> Option<u16> {
        let number = match name {
            PinName::Number(number) => number,
            PinName::Text(text) => text.strip_prefix('P')?.parse().ok()?,
        };
        (number < PINS).then_some(number as u16)
    }

    fn set_pin_mode(&mut self, pin: u16, mode: PinMode, pull: Pull) -> bool {
        match self.pins.get_mut(usize::from(pin)) {
            Some(pin) => {
                (pin.mode, pin.pull) = (mode, pull);
                true
            }
            None => false,
        }
    }

    /// An output has the level that was written; nothing is wired to the others, so that their pull decides.
    fn read_pin(&mut self, pin: u16) -> bool {
        let Some(pin) = self.pins.get(usize::from(pin)) else {
            return false;
        };
        match pin.mode {
            PinMode::Output => pin.written,
            PinMode::OpenDrain => pin.written && pin.pull == Pull::Up,
            PinMode::Input => pin.pull == Pull::Up,
        }
    }

    fn write_pin(&mut self, pin: u16, high: bool) {
        if let Some(pin) = self.pins.get_mut(usize::from(pin)) {
            pin.written = high;
        }
    }
}
