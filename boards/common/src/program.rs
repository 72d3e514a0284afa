//! Runs the main module of an image.
//!
//! With a report wanted, lines follow the program's output, each with a name and numbers, `#` first:
//! `#boot USED FREE` is the heap when the VM is up and nothing is imported; `#end USED FREE PEAK` the heap when the program has ended, what is
//! garbage collected, and the most that was in use; `#time US` how long it ran.

use core::fmt::Write;
use core::mem::MaybeUninit;

use romfs_runtime::Image;
#[cfg(feature = "littlefs")]
use romfs_runtime::littlefs::{BlockDevice, Options as FileOptions};
use romfs_vm::embed::Firmware;
use romfs_vm::native::Sink;
use romfs_vm::raise::Raised;
use romfs_vm::vm::{Limits, Vm};

use crate::{Console, Port};

/// The status of a program that ended with an exception.
pub const FAILED: u8 = 1;
/// The status where there is nothing to run.
pub const NOTHING: u8 = 125;

/// Caches of a littlefs.
#[cfg(feature = "littlefs")]
const FILES: FileOptions = FileOptions {
    cache: 256,
    lookahead: 32,
    cycles: 500,
};

/// What a program had and took.
#[derive(Debug, Clone, Copy, Default)]
struct Taken {
    boot: (usize, usize),
    end: (usize, usize),
    peak: usize,
    us: u64,
}

/// Where a VM of a board lives, and what it sees.
pub struct Room<'m> {
    /// Heap and value stack.
    pub memory: &'m mut [MaybeUninit<u8>],
    /// Limits of the VM, its share of the memory for the value stack among them.
    pub limits: Limits,
    /// Begins with the image, which is mounted at `/rom`.
    pub image: &'m [u8],
    /// What the firmware adds to the VM's modules.
    pub firmware: &'static Firmware,
    /// The flash of the littlefs at `/`.
    #[cfg(feature = "littlefs")]
    pub files: Option<&'m mut dyn BlockDevice>,
}

/// Runs the module `main` of the image; its exit status. What it prints goes to the console.
pub fn run<P: Port>(console: &mut Console<P>, room: Room<'_>, report: bool) -> u8 {
    if let Err(error) = Image::open(room.image) {
        let _ = writeln!(console, "no image: {error}");
        return NOTHING;
    }
    let mut taken = Taken::default();
    let start = console.0.ticks_us();
    let status = match Vm::with_firmware(room.memory, room.limits, console, room.firmware) {
        Ok(mut vm) => {
            taken.boot = vm.memory();
            #[cfg(feature = "littlefs")]
            let files = room.files.map(|device| device as &mut dyn BlockDevice);
            #[cfg(feature = "littlefs")]
            let status = run_main(&mut vm, room.image, files);
            #[cfg(not(feature = "littlefs"))]
            let status = run_main(&mut vm, room.image);
            taken.peak = vm.memory_peak();
            vm.collect();
            taken.end = vm.memory();
            status
        }
        Err(error) => {
            let _ = writeln!(console, "{error}");
            return NOTHING;
        }
    };
    taken.us = console.0.ticks_us() - start;
    if report {
        tell(console, &taken);
    }
    status
}

fn run_main<'a>(
    vm: &mut Vm<'a>,
    image: &'a [u8],
    #[cfg(feature = "littlefs")] files: Option<&'a mut dyn BlockDevice>,
) -> u8 {
    let run = |vm: &mut Vm<'a>| {
        #[cfg(feature = "littlefs")]
        if let Some(device) = files {
            vm.mount_littlefs("/", device, &FILES, false)?;
        }
        vm.mount_image("/rom", image)?;
        for folder in ["", ".frozen", "/rom", "/rom/lib"] {
            vm.add_path(folder)?;
        }
        vm.add_argument("main")?;
        vm.run_main("main")
    };
    let status = match run(vm) {
        Ok(()) => 0,
        Err(raised) => ended(vm, raised),
    };
    match vm.close_files() {
        Ok(()) => status,
        Err(raised) => ended(vm, raised),
    }
}

/// The status that an exception which went through means; unless it asks for one, its traceback is printed.
fn ended(vm: &mut Vm<'_>, raised: Raised) -> u8 {
    let exception = vm.take_raised(raised);
    match vm.exit_status(exception) {
        Some(status) => status,
        None => {
            let _ = vm.print_exception(exception, Sink::Error);
            FAILED
        }
    }
}

fn tell<P: Port>(console: &mut Console<P>, taken: &Taken) {
    let ((boot, boot_free), (end, end_free)) = (taken.boot, taken.end);
    let _ = writeln!(console, "#boot {boot} {boot_free}");
    let _ = writeln!(console, "#end {end} {end_free} {}", taken.peak);
    let _ = writeln!(console, "#time {}", taken.us);
}
