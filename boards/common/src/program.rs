//! Runs the main module of an image, or each of its modules.
//!
//! A program runs a number of steps at a time, and between them the board has its turn ([`Port::poll`]): updates are taken
//! while it computes.
//!
//! With a report wanted, lines follow the program's output, each with a name and numbers, `#` first:
//! `#boot USED FREE` is the heap when the VM is up and nothing is imported; `#end USED FREE PEAK` the heap when the program has ended, what is
//! garbage collected, and the most that was in use; `#time US` how long it ran.

use core::mem::MaybeUninit;

#[cfg(feature = "littlefs")]
use romfs_runtime::littlefs::{BlockDevice, Options as FileOptions};
use romfs_runtime::{Error, Image};
use romfs_vm::budget::Progress;
use romfs_vm::codec::utf8;
use romfs_vm::embed::Firmware;
use romfs_vm::image::ImageBytes;
use romfs_vm::native::{Res, Sink};
use romfs_vm::raise::Raised;
use romfs_vm::vm::{Limits, Vm};

use crate::options::Options;
use crate::{Console, Port};

/// The status of a program that ended with an exception.
pub const FAILED: u8 = 1;
/// The status where there is nothing to run.
pub const NOTHING: u8 = 125;

/// Steps between two turns of the board: some 100 us of a loop at 100 MHz, in which a serial port at 115,200 bit/s takes one byte.
const SLICE: u32 = 250;

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
    us: usize,
}

/// Where a VM of a board lives, and what it sees.
pub struct Room<'m> {
    /// Heap and value stack.
    pub memory: &'m mut [MaybeUninit<u8>],
    /// Limits of the VM, its share of the memory for the value stack among them.
    pub limits: Limits,
    /// Begins with the image, which is mounted at `/rom`: bytes, or one that was checked whole.
    pub image: ImageBytes<'m>,
    /// What the firmware adds to the VM's modules.
    pub firmware: &'static Firmware,
    /// The flash of the littlefs at `/`.
    #[cfg(feature = "littlefs")]
    pub files: Option<&'m mut dyn BlockDevice>,
}

impl Room<'_> {
    /// No more memory than is wanted, and a value stack of the size that is.
    fn fit(&mut self, options: Options) {
        let memory = core::mem::take(&mut self.memory);
        let most = memory.len();
        self.memory = &mut memory[..options.memory.unwrap_or(most).min(most)];
        self.limits.stack = options.stack.unwrap_or(self.limits.stack);
    }
}

/// Runs the module `main` of the image; its exit status. What it prints goes to the console.
pub fn run<P: Port>(console: &mut Console<P>, mut room: Room<'_>, options: Options) -> u8 {
    if let Err(error) = Image::open(room.image.bytes()) {
        return no_image(console, error);
    }
    room.fit(options);
    run_module(console, &mut room, b"main", options.report)
}

/// Runs every module of the image's root, each in a VM of its own; the status of the last one. A line `#run NAME` comes before
/// the output of each, and a line `#ended STATUS` after it.
///
/// This is how test programs run on a board, many at one start of it.
pub fn run_each<P: Port>(console: &mut Console<P>, mut room: Room<'_>, options: Options) -> u8 {
    let image = match Image::open(room.image.bytes()) {
        Ok(image) => image,
        Err(error) => return no_image(console, error),
    };
    room.fit(options);
    let mut status = NOTHING;
    for entry in image.root().entries().flatten() {
        let Some(name) = entry.name().strip_suffix(b".mpy") else {
            continue;
        };
        if !utf8::is_valid(name) {
            continue;
        }
        console.text(b"#run ");
        console.line(name, &[]);
        status = run_module(console, &mut room, name, options.report);
        console.line(b"\n#ended", &[status.into()]);
    }
    status
}

fn run_module<P: Port>(
    console: &mut Console<P>,
    room: &mut Room<'_>,
    name: &[u8],
    report: bool,
) -> u8 {
    let mut taken = Taken::default();
    let start = console.0.ticks_us();
    // Where it was made it stays: a VM is some 2 KiB of stack, and a move would take them twice.
    let mut vm = Vm::with_firmware(room.memory, room.limits, console, room.firmware);
    let status = match &mut vm {
        Ok(vm) => {
            taken.boot = vm.memory();
            #[cfg(feature = "littlefs")]
            let files = match &mut room.files {
                Some(device) => Some(&mut **device as &mut dyn BlockDevice),
                None => None,
            };
            #[cfg(feature = "littlefs")]
            let status = run_main(vm, name, room.image, files);
            #[cfg(not(feature = "littlefs"))]
            let status = run_main(vm, name, room.image);
            taken.peak = vm.memory_peak();
            vm.collect();
            taken.end = vm.memory();
            status
        }
        Err(error) => {
            let text = error.text().as_bytes();
            console.line(text, &[]);
            return NOTHING;
        }
    };
    drop(vm);
    taken.us = (console.0.ticks_us() - start) as usize;
    if report {
        tell(console, &taken);
    }
    status
}

#[inline(never)]
fn run_main<'a>(
    vm: &mut Vm<'a>,
    name: &[u8],
    image: ImageBytes<'a>,
    #[cfg(feature = "littlefs")] files: Option<&'a mut dyn BlockDevice>,
) -> u8 {
    let begun = begin(
        vm,
        name,
        image,
        #[cfg(feature = "littlefs")]
        files,
    );
    let status = match begun.and_then(|()| run_to_end(vm)) {
        Ok(()) => 0,
        Err(raised) => ended(vm, raised),
    };
    match vm.close_files() {
        Ok(()) => status,
        Err(raised) => ended(vm, raised),
    }
}

/// Mounts what there is, and starts the program.
#[inline(never)] // what it takes of the stack is the program's afterwards
fn begin<'a>(
    vm: &mut Vm<'a>,
    name: &[u8],
    image: ImageBytes<'a>,
    #[cfg(feature = "littlefs")] files: Option<&'a mut dyn BlockDevice>,
) -> Res<()> {
    #[cfg(feature = "littlefs")]
    if let Some(device) = files {
        vm.mount_littlefs("/", device, &FILES, false)?;
    }
    vm.mount_image("/rom", image)?;
    for folder in ["", ".frozen", "/rom", "/rom/lib"] {
        vm.add_path(folder)?;
    }
    vm.add_argument(name)?;
    vm.start(name)
}

/// Runs the program that was started, and gives the board its turns.
fn run_to_end(vm: &mut Vm<'_>) -> Res<()> {
    loop {
        match vm.run(SLICE) {
            Progress::Yielded => vm.host().poll(),
            Progress::Done => return Ok(()),
            Progress::Raised(raised) => return Err(raised),
        }
    }
}

/// The status that an exception which went through means; unless it asks for one, its traceback is printed.
#[inline(never)]
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

#[inline(never)]
fn tell<P: Port>(console: &mut Console<P>, taken: &Taken) {
    let ((boot, boot_free), (end, end_free)) = (taken.boot, taken.end);
    console.line(b"#boot", &[boot, boot_free]);
    console.line(b"#end", &[end, end_free, taken.peak]);
    console.line(b"#time", &[taken.us]);
}

/// Says what is wrong with the image.
#[inline(never)]
fn no_image<P: Port>(console: &mut Console<P>, error: Error) -> u8 {
    #[cfg(feature = "errors")]
    let _ = core::fmt::Write::write_fmt(console, format_args!("no image: {error}\n"));
    #[cfg(not(feature = "errors"))]
    {
        let _ = error;
        console.line(b"no image", &[]);
    }
    NOTHING
}
