//! Requests to the SMP server, one after the other: a length byte, then a request of that length.
//! The running slot is never written.
#![no_main]

mod tally;

use std::cell::RefCell;

use flash_sim::{Chip, Geometry};
use libfuzzer_sys::fuzz_target;
use romfs_runtime::update::Staging;
use romfs_runtime::update::smp::{Board, NoFiles, Server};
use romfs_tests::device::{Device, Dog, Part, SimFlash, chip, image, rules, signed, signing_key};

const SECTOR: usize = 512;
type Small = Device<1, SECTOR, 64>;

struct Bench {
    device: Small,
    flash: SimFlash<1, SECTOR>,
    running: Chip,
    file: Vec<u8>,
}

impl Bench {
    fn new() -> Self {
        let file = signed(&image(1, 700), 1, 0);
        let device = Small::new(6 * SECTOR as u32, Staging::per_page::<Part<1, SECTOR>>());
        let geometry = Geometry::spi(device.capacity())
            .with_sector(SECTOR)
            .with_page(64);
        let mut flash = chip(geometry);
        device.boot(&mut flash, |mut session| {
            session.update(&file, 64).expect("a sound image")
        });
        device.boot(&mut flash, |session| {
            let (mut updater, mut dog) = (session.updater, session.dog);
            updater
                .control_mut()
                .confirm(&mut dog)
                .expect("a sound record");
        });
        let running = flash.chip().clone();
        Self {
            device,
            flash,
            running,
            file,
        }
    }

    /// Whether any request was answered.
    fn run(&mut self, mut input: &[u8]) -> bool {
        self.flash.chip().restore(&self.running);
        let file = &self.file;
        self.device.boot(&mut self.flash, |session| {
            let keys = [signing_key().verifying_key()];
            let (running, updater) = (session.running, session.updater);
            let mut server = Server::new(updater, &running, rules(&keys), 2, "fuzz", 256);
            let mut out = [0; 256];
            let mut answered = false;
            while let Some((&length, rest)) = input.split_first() {
                let (request, rest) = rest.split_at(rest.len().min(length.into()));
                input = rest;
                let board = Board {
                    watchdog: &mut Dog::default(),
                    files: &mut NoFiles,
                    content: &mut |_| true,
                };
                answered |= server.handle(request, &mut out, board).is_some();
            }
            assert!(running.mapped().is_some_and(|slot| slot.starts_with(file)));
            answered
        })
    }
}

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::new(Bench::new());
}

static TALLY: tally::Tally = tally::Tally::new();

fuzz_target!(|input: &[u8]| {
    TALLY.count(BENCH.with_borrow_mut(|bench| bench.run(input)));
});
