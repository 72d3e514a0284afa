//! The boot record under every cut, on parts with different rules.
#![cfg(feature = "update")]

use std::collections::HashSet;

use embedded_storage::nor_flash::NorFlash;
use flash_sim::{
    Chip, Geometry, Nor, Reprogram,
    sweep::{Seeds, Step},
};
use romfs_runtime::update::{BootRecord, Reverted, Slot, Source, State, Trial};

fn state(number: u32) -> State {
    State {
        active: Source::Slot(if number.is_multiple_of(2) {
            Slot::A
        } else {
            Slot::B
        }),
        trial: (number % 3 == 1).then_some(Trial {
            attempts: 3,
            fallback: Source::Slot(Slot::A),
        }),
        counter_floor: number,
        sequence: number * 2,
        tag: [number as u8; 8],
        reverted: Reverted::No,
    }
}

const SECTOR: usize = 512;
const SEEDS: Seeds = Seeds {
    scatter: 12,
    other: 6,
};

struct Bench<const UNIT: usize> {
    geometry: Geometry,
    states: HashSet<u64>,
    cases: usize,
}

impl<const UNIT: usize> Bench<UNIT> {
    fn new(geometry: Geometry) -> Self {
        Self {
            geometry: Geometry {
                capacity: 2 * SECTOR,
                ..geometry.with_sector(SECTOR)
            },
            states: HashSet::new(),
            cases: 0,
        }
    }

    /// Loads as boot does, which stores the initial state where there is none, and then stores
    /// `next`. Every operation is recorded.
    fn run(chip: Chip, next: Option<u32>) -> (State, Vec<Step>, Chip) {
        let mut nor = Nor::<UNIT, SECTOR>::new(chip).unwrap();
        nor.chip_mut().start_recording();
        let mut record = BootRecord::new(&mut nor).unwrap();
        let loaded = record.load().unwrap().unwrap_or_else(|| {
            record.store(state(0)).unwrap();
            state(0)
        });
        if let Some(next) = next {
            record.store(state(next)).unwrap();
        }
        let steps = nor.chip_mut().take_steps();
        (loaded, steps, nor.into_chip())
    }

    /// Every cut of `steps`: the state is one of `allowed`, stays the same over further boots, and
    /// the record takes the next state. With `depth`, cuts of the recovery too.
    fn cut(&mut self, steps: &[Step], allowed: &[State], seeds: Seeds, depth: u32, path: &str) {
        for (index, step) in steps.iter().enumerate() {
            for cut in step.cuts(index as u64, seeds) {
                let chip = step.after(cut);
                let path = format!("{path} {cut}");
                self.cases += 1;
                if !self.states.insert(chip.state_hash()) {
                    continue;
                }
                let (found, recovery, mut chip) = Self::run(chip, None);
                assert!(allowed.contains(&found), "{path}: {found:?}");
                if depth > 0 {
                    self.cut(&recovery, allowed, seeds, depth - 1, &path);
                }
                for boot in 0..4 {
                    chip.power_on(boot * 7 + 1);
                    let (again, _, after) = Self::run(chip, None);
                    assert_eq!(again, found, "{path}: boot {boot} reads differently");
                    chip = after;
                }
                let (_, rewrite, after) = Self::run(chip, Some(77));
                let (read, _, _) = Self::run(after, None);
                assert_eq!(read, state(77), "{path}");
                if depth > 0 {
                    let allowed = [found, state(77)];
                    self.cut(&rewrite, &allowed, seeds, 0, &path);
                }
            }
        }
    }

    fn sweep(mut self, name: &str, seeds: Seeds, depth: u32) {
        let mut chip = Chip::new(self.geometry);
        for number in 1..=4 {
            let before = state(number - 1);
            let (loaded, steps, after) = Self::run(chip, Some(number));
            assert_eq!(loaded, before);
            let allowed = [before, state(number)];
            self.cut(&steps, &allowed, seeds, depth, name);
            chip = after;
        }
        println!("{name}: {} cuts, {} states", self.cases, self.states.len());
        assert!(self.states.len() > 100);
    }
}

#[test]
fn spi_nor() {
    Bench::<1>::new(Geometry::spi(0)).sweep("spi", SEEDS, 1);
}

#[test]
fn words_programmed_at_most_twice() {
    let part = Geometry {
        read: 1,
        ..Geometry::nrf52(0).with_page(64)
    };
    Bench::<4>::new(part).sweep("nrf52", SEEDS, 1);
}

#[test]
fn double_words_with_ecc() {
    let part = Geometry::stm32g4(0).with_page(16);
    Bench::<8>::new(part).sweep("stm32g4", SEEDS, 1);
}

#[test]
fn flash_words_of_32_bytes_with_ecc() {
    Bench::<32>::new(Geometry::stm32h7(0)).sweep("stm32h7", SEEDS, 1);
}

#[test]
fn blank_only() {
    let part = Geometry::spi(0).with_unit(4, Reprogram::BlankOnly, false);
    Bench::<4>::new(part).sweep("blank-only", SEEDS, 0);
}

#[test]
fn many_stores_in_one_run_use_both_sectors() {
    let mut nor = Nor::<1, SECTOR>::new(Chip::new(Geometry {
        capacity: 2 * SECTOR,
        ..Geometry::spi(0).with_sector(SECTOR)
    }))
    .unwrap();
    let mut record = BootRecord::new(&mut nor).unwrap();
    for number in 0..40 {
        record.store(state(number)).unwrap();
        assert_eq!(record.state(), Some(state(number)));
    }
    let mut record = BootRecord::new(&mut nor).unwrap();
    assert_eq!(record.load().unwrap(), Some(state(39)));
    let wear: Vec<_> = nor.chip().wear().collect();
    assert_eq!(wear, [10, 10]);
}

#[test]
fn activation_is_one_program_and_boot_reads_little() {
    let mut nor = Nor::<1, SECTOR>::new(Chip::new(Geometry {
        capacity: 2 * SECTOR,
        ..Geometry::spi(0).with_sector(SECTOR)
    }))
    .unwrap();
    let mut record = BootRecord::new(&mut nor).unwrap();
    record.store(state(1)).unwrap();
    record.store(state(2)).unwrap();
    nor.chip_mut().reset_stats();
    nor.chip_mut().start_log();
    let mut record = BootRecord::new(&mut nor).unwrap();
    assert_eq!(record.load().unwrap(), Some(state(2)));
    let stats = nor.chip().stats();
    assert!(stats.read_bytes <= 512, "{stats:?}");
    assert_eq!(nor.chip_mut().take_log().len(), 0);
}

#[test]
fn regions_of_another_shape_are_refused() {
    let mut three = Nor::<1, 4096>::new(Chip::new(Geometry::spi(3 * 4096))).unwrap();
    assert!(BootRecord::new(&mut three).is_err());
    let large = Geometry::lpc55(1024);
    let mut large = Nor::<512, 512>::new(Chip::new(large)).unwrap();
    assert!(large.erase(0, 512).is_ok());
    assert!(BootRecord::new(&mut large).is_err());
}
