//! What a VM of the runner sees of the world: a console that keeps what is printed, a clock.

use std::time::Instant;

use romfs_vm::vm::Host;

/// A console in memory.
pub struct Console {
    /// What was printed, errors among it.
    pub out: Vec<u8>,
    start: Instant,
}

impl Default for Console {
    fn default() -> Self {
        Console {
            out: Vec::new(),
            start: Instant::now(),
        }
    }
}

impl Host for Console {
    fn write(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    fn ticks_us(&mut self) -> u64 {
        self.start.elapsed().as_micros() as u64
    }

    fn sleep_us(&mut self, us: u64) {
        std::thread::sleep(std::time::Duration::from_micros(us));
    }
}
