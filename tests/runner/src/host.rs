//! What a VM of the runner sees of the world: one module, a console that keeps what is printed, a clock.

use std::time::Instant;

use romfs_vm::vm::{Files, Host};

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

/// A tree with nothing but /rom/main.mpy.
pub struct One<'a>(pub &'a [u8]);

impl<'a> Files<'a> for One<'a> {
    fn map(&self, path: &str) -> Option<&'a [u8]> {
        (path == "/rom/main.mpy").then_some(self.0)
    }

    fn is_dir(&self, path: &str) -> bool {
        path == "/rom"
    }
}
