//! Looking up from the program: whether the console's user wants it to stop, whether a timer is due.
//!
//! The interpreter looks at the host every so many steps, and whatever waits looks between short waits.

use crate::native::Res;
use crate::object::exception as types;
use crate::vm::Vm;

/// Steps between two looks at the host.
pub(crate) const STEPS: u32 = 1 << 14;
/// Longest wait between two looks, in microseconds.
const WAIT_US: u64 = 10_000;

impl Vm<'_> {
    /// Raises `KeyboardInterrupt` where the console asks for that, calls what is due, and what else waits.
    ///
    /// # Errors
    /// `KeyboardInterrupt`.
    pub(crate) fn look_at_host(&mut self) -> Res<()> {
        let byte = self.interrupt_byte;
        if self.host.interrupted(byte) {
            return Err(self.error_bare(&types::KEYBOARD_INTERRUPT));
        }
        #[cfg(feature = "mod-machine")]
        self.schedule_timers()?;
        if self.pending {
            self.handle_pending()?;
        }
        Ok(())
    }

    /// Waits so many microseconds, with looks at the host on the way.
    ///
    /// # Errors
    /// As [`look_at_host`](Vm::look_at_host).
    pub(crate) fn wait_us(&mut self, us: u64) -> Res<()> {
        let (mut left, mut step) = (us, 0);
        let mut before = self.host.ticks_us();
        loop {
            self.look_at_host()?;
            // A clock that goes faster than the waits do counts; one that stands still does not.
            let now = self.host.ticks_us();
            left = left.saturating_sub(step.max(now.saturating_sub(before)));
            if left == 0 {
                return Ok(());
            }
            before = now;
            step = left.min(self.next_event_us()).min(WAIT_US);
            self.host.sleep_us(step.max(1));
        }
    }

    /// Microseconds until something is due.
    fn next_event_us(&mut self) -> u64 {
        #[cfg(feature = "mod-machine")]
        return self.next_timer_us();
        #[cfg(not(feature = "mod-machine"))]
        u64::MAX
    }
}
