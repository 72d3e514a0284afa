//! Power cuts in every operation of an update.
//!
//! `ROMFS_CUTS=all` searches with all seeds, and every second cut on the small device.

use flash_sim::sweep::Seeds;
use flash_sim::{Chip, Geometry};
use romfs_builder::update::delta::delta;
use romfs_runtime::update::{CheckPolicy, Staging};
use romfs_tests::cuts::{Action, Release, Search, Tally};
use romfs_tests::device::{Device, Part, SimFlash, chip, image, signed};

/// Three releases of one application.
struct Releases {
    files: [Vec<u8>; 3],
}

impl Releases {
    fn new(size: usize) -> Self {
        let release = |number: u8| signed(&image(number, size), number.into(), number.into());
        Self {
            files: [1, 2, 3].map(release),
        }
    }

    fn get(&self, number: usize) -> Release<'_> {
        let file = &self.files[number - 1];
        Release {
            name: ["first", "second", "third"][number - 1],
            file,
            sent: file,
            counter: number as u32,
            sequence: number as u32,
        }
    }
}

fn long() -> bool {
    std::env::var_os("ROMFS_CUTS").is_some_and(|value| value == "all")
}

/// Runs all phases of an update on one kind of device and adds up what was tried.
fn phases<const UNIT: usize, const SECTOR: usize, const PAGE: usize>(
    name: &str,
    device: &Device<UNIT, SECTOR, PAGE>,
    geometry: Geometry,
    releases: &Releases,
    seeds: Seeds,
    second: Option<Seeds>,
    complete_one_in: u64,
) -> Tally {
    let [first, next] = [1, 2].map(|number| releases.get(number));
    let search = |allowed: &[usize], factory, target| Search {
        device,
        allowed: allowed.iter().map(|&number| releases.get(number)).collect(),
        factory,
        target,
        seeds,
        second,
        complete_one_in,
    };
    let mut flash = chip(geometry);
    let mut total = Tally::default();
    let mut phase = |what: &str, search: Search<'_, UNIT, SECTOR, PAGE>, start: &Chip, action| {
        let tally = search.run(&format!("{name}, {what}:"), start, action);
        println!("{name}, {what}: {tally}");
        total.add(tally);
    };

    let blank = flash.chip().clone();
    phase(
        "first boot",
        search(&[1], true, first),
        &blank,
        Action::Boot,
    );
    phase(
        "first image",
        search(&[1], true, first),
        &blank,
        Action::Update,
    );
    install(device, &mut flash, first);
    let running = flash.chip().clone();
    phase(
        "update",
        search(&[1, 2], false, next),
        &running,
        Action::Update,
    );
    let patch = delta(first.file, next.file).unwrap().file;
    let patched = Release {
        sent: &patch,
        ..next
    };
    phase(
        "delta",
        search(&[1, 2], false, patched),
        &running,
        Action::Update,
    );
    device.boot(&mut flash, |mut session| {
        session.update(next.sent, 240).unwrap()
    });
    let pending = flash.chip().clone();
    phase(
        "trial",
        search(&[1, 2], false, next),
        &pending,
        Action::Boot,
    );
    phase(
        "confirm",
        search(&[1, 2], false, next),
        &pending,
        Action::Confirm,
    );
    for _ in 0..device.attempts {
        device.boot(&mut flash, |session| assert!(session.runs(next.file)));
    }
    let used_up = flash.chip().clone();
    phase("revert", search(&[1], false, next), &used_up, Action::Boot);
    total
}

fn install<const UNIT: usize, const SECTOR: usize, const PAGE: usize>(
    device: &Device<UNIT, SECTOR, PAGE>,
    flash: &mut SimFlash<UNIT, SECTOR>,
    release: Release<'_>,
) {
    device.boot(flash, |mut session| {
        session.update(release.sent, 240).unwrap()
    });
    device.boot(flash, |session| {
        let (mut updater, mut dog) = (session.updater, session.dog);
        updater.control_mut().confirm(&mut dog).unwrap();
    });
}

#[test]
fn single_cuts_of_a_64_kib_image_on_serial_nor() {
    const SECTOR: usize = 4096;
    let staging = Staging::<256>::per_page::<Part<1, SECTOR>>();
    let device = Device::<1, SECTOR, 256>::new(20 * SECTOR as u32, staging);
    let geometry = Geometry::spi(device.capacity());
    let releases = Releases::new(70_000);
    let seeds = Seeds {
        scatter: 32,
        other: if long() { 8 } else { 4 },
    };
    let one_in = if long() { 1 } else { 4 };
    let total = phases("spi", &device, geometry, &releases, seeds, None, one_in);
    println!("spi: {total}");
    assert!(total.states.len() >= 20_000);
}

#[test]
fn cuts_while_the_device_leaves_a_damaged_slot() {
    const SECTOR: usize = 4096;
    let staging = Staging::<256>::per_page::<Part<1, SECTOR>>();
    let mut device = Device::<1, SECTOR, 256>::new(6 * SECTOR as u32, staging);
    device.check = CheckPolicy::Always;
    let releases = Releases::new(9_000);
    let [first, second, third] = [1, 2, 3].map(|number| releases.get(number));
    // The same counter all over, or the older image could not come back.
    let mut flash = chip(Geometry::spi(device.capacity()));
    install(&device, &mut flash, first);
    let older = signed(&image(2, 9_000), 2, 1);
    let older = Release {
        file: &older,
        sent: &older,
        counter: 1,
        ..second
    };
    install(&device, &mut flash, older);
    let slot_b = 2 * SECTOR as u32 + device.slot;
    flash.chip().program(slot_b + 700, &[0; 16]).unwrap();
    let search = Search {
        device: &device,
        allowed: vec![first],
        factory: false,
        target: third,
        seeds: Seeds {
            scatter: 32,
            other: 8,
        },
        second: None,
        complete_one_in: 1,
    };
    let to_the_other = search.run("to the other slot:", flash.chip(), Action::Boot);
    println!("to the other slot: {to_the_other}");
    assert!(to_the_other.operations >= 3);

    device.boot(&mut flash, |session| assert!(session.runs(first.file)));
    let slot_a = 2 * SECTOR as u32;
    flash.chip().program(slot_a + 700, &[0; 16]).unwrap();
    let search = Search {
        allowed: vec![third],
        factory: true,
        ..search
    };
    let start = flash.chip().clone();
    let from_factory = search.run("from factory:", &start, Action::Update);
    println!("from factory: {from_factory}");
    assert!(from_factory.states.len() > 1_000);
}

#[test]
fn single_cuts_on_write_once_flash_with_ecc() {
    const SECTOR: usize = 2048;
    let staging = Staging::<256>::per_sector::<Part<8, SECTOR>>();
    let device = Device::<8, SECTOR, 256>::new(8 * SECTOR as u32, staging);
    // Sixteen double words a row: fewer operations, the same rules.
    let geometry = Geometry::stm32g4(device.capacity()).with_page(256);
    let releases = Releases::new(9_000);
    let seeds = Seeds {
        scatter: 32,
        other: if long() { 8 } else { 4 },
    };
    let total = phases("stm32g4", &device, geometry, &releases, seeds, None, 2);
    println!("stm32g4: {total}");
    assert!(total.states.len() >= 2_000);
}

#[test]
fn pairs_of_cuts_on_a_small_geometry() {
    const SECTOR: usize = 512;
    let staging = Staging::<64>::per_page::<Part<1, SECTOR>>();
    let device = Device::<1, SECTOR, 64>::new(6 * SECTOR as u32, staging);
    let geometry = Geometry::spi(device.capacity())
        .with_sector(SECTOR)
        .with_page(64);
    let releases = Releases::new(700);
    let few = Seeds {
        scatter: 1,
        other: 1,
    };
    let many = Seeds {
        scatter: 20,
        other: 4,
    };
    let (seeds, one_in) = if long() { (many, 32) } else { (few, 64) };
    let second = Some(seeds);
    let total = phases("pairs", &device, geometry, &releases, seeds, second, one_in);
    println!("pairs: {total}");
    assert!(total.sent_again * 100 < total.states.len());
    assert!(total.states.len() >= if long() { 1_000_000 } else { 20_000 });
}
