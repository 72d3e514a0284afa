//! The operations of a delta, given the whole input; all around them is sound and signed. A device
//! takes the delta only if it makes the signed image, and writes nowhere but to its spare slot.
#![no_main]

mod tally;

use std::cell::RefCell;

use flash_sim::{Chip, Geometry};
use libfuzzer_sys::fuzz_target;
use romfs_runtime::update::Staging;
use romfs_runtime::update::delta::Header;
use romfs_tests::device::{Device, Part, SimFlash, chip, image, signed};

const SECTOR: usize = 512;
type Small = Device<1, SECTOR, 64>;

struct Bench {
    device: Small,
    flash: SimFlash<1, SECTOR>,
    running: Chip,
    /// Header and head of a sound delta.
    start: Vec<u8>,
    new: Vec<u8>,
}

impl Bench {
    fn new() -> Self {
        let old = signed(&image(1, 700), 1, 0);
        let new = signed(&image(2, 700), 2, 0);
        let delta = romfs_builder::update::delta::delta(&old, &new).expect("two images");
        let device = Small::new(12 * SECTOR as u32, Staging::per_page::<Part<1, SECTOR>>());
        let geometry = Geometry::spi(device.capacity())
            .with_sector(SECTOR)
            .with_page(64);
        let mut flash = chip(geometry);
        device.boot(&mut flash, |mut session| {
            session.update(&old, 64).expect("a sound image")
        });
        device.boot(&mut flash, |session| {
            let (mut updater, mut dog) = (session.updater, session.dog);
            updater
                .control_mut()
                .confirm(&mut dog)
                .expect("a sound record");
        });
        let running = flash.chip().clone();
        let start = delta.file[..delta.file.len() - delta.payload].to_vec();
        Self {
            device,
            flash,
            running,
            start,
            new,
        }
    }

    fn run(&mut self, ops: &[u8]) -> bool {
        let mut file = self.start.clone();
        let head = file.first_chunk().expect("a header");
        let mut header = Header::parse(head).expect("a sound header");
        header.ops = ops.len() as u32;
        file[..Header::LEN].copy_from_slice(&header.to_bytes());
        file.extend(ops);
        self.flash.chip().restore(&self.running);
        let wear: Vec<_> = self.flash.chip().wear().collect();
        let taken = self.device.boot(&mut self.flash, |mut session| {
            session.update(&file, 300).is_ok()
        });
        // The factory image ran first, so slot A is what runs now: sectors 2 to 13.
        let running = 2..2 + self.device.slot as usize / SECTOR;
        assert!(
            self.flash
                .chip()
                .wear()
                .enumerate()
                .all(|(sector, erases)| { !running.contains(&sector) || erases == wear[sector] })
        );
        if taken {
            self.device
                .boot(&mut self.flash, |session| assert!(session.runs(&self.new)));
        }
        taken
    }
}

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::new(Bench::new());
}

static TALLY: tally::Tally = tally::Tally::new();

fuzz_target!(|ops: &[u8]| {
    TALLY.count(BENCH.with_borrow_mut(|bench| bench.run(ops)));
});
