//! Two programs at once, each in a VM of its own, driven a few steps at a time, with a module that the firmware brings.
//!
//! ```text
//! romfs build vm/examples/embed/app -o app.romfs
//! cargo run -p romfs-vm --example embed -- app.romfs
//! ```

mod board;

use std::cell::RefCell;
use std::io::Write;
use std::mem::MaybeUninit;
use std::process::ExitCode;

use romfs_vm::budget::Progress;
use romfs_vm::vm::{Host, Limits, Vm};

/// Steps that a program runs for at a time.
const SLICE: u32 = 100;

/// A console that says who speaks. A line is kept until it is whole.
struct Console<'a> {
    name: &'static str,
    line: Vec<u8>,
    out: &'a RefCell<dyn Write + 'a>,
}

impl Host for Console<'_> {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\n' {
                let line = String::from_utf8_lossy(&self.line);
                // Nobody is told where nobody reads.
                let _ = writeln!(self.out.borrow_mut(), "{}: {line}", self.name);
                self.line.clear();
            } else {
                self.line.push(byte);
            }
        }
    }

    fn ticks_us(&mut self) -> u64 {
        0
    }

    fn sleep_us(&mut self, _: u64) {}
}

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: embed IMAGE");
        return ExitCode::from(2);
    };
    let bytes = std::fs::read(&path).expect("the image can be read");
    if run(&bytes, &RefCell::new(std::io::stdout())) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Runs the image's main program twice at once. False where one of them raised.
pub fn run(image: &[u8], out: &RefCell<dyn Write + '_>) -> bool {
    // All that a program costs is here; nothing else is allocated for it.
    let mut memory = vec![MaybeUninit::uninit(); 2 * 64 * 1024];
    let (one, two) = memory.split_at_mut(64 * 1024);
    let mut consoles = ["one", "two"].map(|name| Console {
        name,
        line: Vec::new(),
        out,
    });
    let [first, second] = &mut consoles;
    let mut programs = [program(one, first, image), program(two, second, image)];
    let (mut running, mut well) = ([true; 2], true);
    while running.contains(&true) {
        for (vm, running) in programs.iter_mut().zip(&mut running) {
            if !*running {
                continue;
            }
            match vm.run(SLICE) {
                Progress::Yielded => {}
                Progress::Done => *running = false,
                Progress::Raised(raised) => {
                    let exception = vm.take_raised(raised);
                    eprintln!("{}", vm.describe(exception));
                    (*running, well) = (false, false);
                }
            }
        }
    }
    well
}

/// A VM that is about to run the image's main program.
fn program<'a>(
    memory: &'a mut [MaybeUninit<u8>],
    console: &'a mut Console<'_>,
    image: &'a [u8],
) -> Vm<'a> {
    let limits = Limits {
        stack: 8 * 1024,
        native_depth: 8,
        nesting: 20,
        steps: 1_000_000,
    };
    let mut vm =
        Vm::with_firmware(memory, limits, console, &board::FIRMWARE).expect("enough memory");
    vm.mount_image("/rom", image).expect("an image");
    vm.add_path("/rom").expect("enough memory");
    vm.start("main").expect("the image has a main program");
    vm
}
