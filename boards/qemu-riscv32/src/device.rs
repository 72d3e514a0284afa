//! From boot to the reset that a client asks for.

use core::fmt::Write;

use romfs_board::options::Options;
use romfs_board::program::{self, Room};
use romfs_board::{Console, Port, memory, semihost};
use romfs_runtime::{CheckOptions, Image};
use romfs_runtime::flash::{FlashMap, Mapped};
use romfs_runtime::littlefs::{NorDevice, Units};
use romfs_runtime::update::smp::{Board, RomFiles, Server, serial};
use romfs_runtime::update::{Booted, Staging, Updater};
use romfs_vm::embed::Firmware;
use romfs_vm::image::{CheckedImage, ImageBytes};
use romfs_vm::link::modules_are_sound;
use romfs_vm::ota::{Served, Updates};
use romfs_vm::vm::Limits;

use crate::cfi::CfiFlash;
use crate::flash::{self, NoWatchdog, Part, Regions, Start};
use crate::line::Line;
use crate::machine::{self, Uart};

const PAGE: usize = 1024;
const BUFFER: usize = 1024;
const ATTEMPTS: u8 = 3;

/// What serves while a program runs, and after it.
struct Device<'r, 'c> {
    uart: Uart,
    line: Line,
    decoder: serial::Decoder<BUFFER>,
    response: [u8; BUFFER],
    served: Served<'r, Part<'c>, PAGE, NoWatchdog>,
    files: RomFiles<'r>,
}

impl Device<'_, '_> {
    /// Answers the request that ends with this byte, if one does.
    fn take(&mut self, byte: u8) {
        let Some(request) = self.decoder.push(byte) else {
            return;
        };
        let board = Board {
            watchdog: &mut self.served.watchdog,
            files: &mut self.files,
            content: &mut modules_are_sound,
        };
        let server = &mut self.served.server;
        let Some(reply) = server.handle(request, &mut self.response, board) else {
            return;
        };
        let uart = &mut self.uart;
        let _ = serial::encode(&self.response[..reply.length], |line| {
            line.iter().for_each(|&byte| uart.write(byte));
            Ok::<_, core::convert::Infallible>(())
        });
        if reply.reset {
            machine::reset();
        }
    }
}

impl Port for Device<'_, '_> {
    fn put(&mut self, byte: u8) {
        self.uart.write(byte);
    }

    fn get(&mut self) -> Option<u8> {
        self.line.typed.next()
    }

    fn take_interrupt(&mut self, byte: Option<u8>) -> bool {
        self.line.typed.interrupted(byte)
    }

    fn interrupt_is_next(&self) -> bool {
        self.line.typed.interrupt_is_next()
    }

    fn ticks_us(&mut self) -> u64 {
        machine::ticks_us()
    }

    fn poll(&mut self) {
        while let Some(byte) = self.uart.read() {
            let (frame, count) = self.line.push(byte, machine::ticks_us());
            frame[..count].iter().for_each(|&byte| self.take(byte));
        }
        if self.line.holds() {
            self.line.pause(machine::ticks_us());
        }
    }

    fn updates(&mut self) -> Option<&mut dyn Updates> {
        Some(&mut self.served)
    }
}

/// Boots, runs the program and serves, for good.
pub fn run(options: Options) -> ! {
    let mut map = FlashMap::new(CfiFlash::take());
    let problem = match Regions::of(&mut map) {
        Ok(regions) => {
            let key = regions.key();
            let rules = flash::rules(key.as_slice());
            match flash::boot(regions, &rules) {
                Ok(start) => start_program(start, rules, options),
                Err(problem) => problem,
            }
        }
        Err(problem) => problem,
    };
    let _ = writeln!(Uart::take(), "boot: {problem}");
    semihost::exit(program::NOTHING)
}

/// What runs, as the VM takes it: checked whole where that is asked for. What does not pass runs all the same as far as it is
/// sound: each import verifies then, as without a check.
fn for_vm(bytes: &[u8], check: bool) -> ImageBytes<'_> {
    match check.then(|| CheckedImage::check(bytes, &CheckOptions::default(), None)) {
        Some(Ok(checked)) => checked.into(),
        _ => bytes.into(),
    }
}

fn start_program(start: Start<'_>, rules: romfs_runtime::update::Rules<'_>, options: Options) -> ! {
    let Start {
        booted,
        factory,
        files,
    } = start;
    let Booted {
        running,
        spare,
        control,
        ..
    } = booted;
    let bytes = running.mapped().unwrap_or(factory.mapped());
    let began = machine::ticks_us();
    let image = for_vm(bytes, flash::CHECK.asks(control.is_trial()));
    let check_us = machine::ticks_us() - began;
    let updater = Updater::new(spare, control, Staging::<PAGE>::per_page::<Part<'_>>());
    let server = Server::new(updater, &running, rules, ATTEMPTS, "qemu-riscv32", BUFFER);
    let mut console = Console(Device {
        uart: Uart::take(),
        line: Line::new(),
        decoder: serial::Decoder::default(),
        response: [0; BUFFER],
        served: Served {
            server,
            watchdog: NoWatchdog,
        },
        files: RomFiles {
            at: "/rom",
            image: Image::open(bytes).ok(),
        },
    });
    let mut files = NorDevice::new(files, Units::default());
    let room = Room {
        // SAFETY: invariant 7: the only time that it is asked for.
        memory: unsafe { memory::heap() },
        limits: Limits::default(),
        image,
        firmware: &Firmware::NONE,
        files: files.as_mut().map(|device| device as _),
    };
    let status = if options.each {
        program::run_each(&mut console, room, options)
    } else {
        program::run(&mut console, room, options)
    };
    if options.report {
        console.line(b"#stack", &[memory::stack_used()]);
        console.line(b"#check", &[check_us as usize]);
    }
    if options.exit {
        semihost::exit(status);
    }
    loop {
        console.0.poll();
    }
}
