//! How much is sent again after resets, by the length of what was sent.

use flash_sim::{Geometry, Rng};
use romfs_runtime::update::Staging;
use romfs_tests::device::{Device, Part, SimFlash, chip, image, signed};
use sha2::{Digest, Sha256};

/// Sends `file`, resetting the device after each of `resets` bytes; answers all bytes sent.
fn send<const UNIT: usize, const SECTOR: usize>(
    device: &Device<UNIT, SECTOR, 256>,
    flash: &mut SimFlash<UNIT, SECTOR>,
    file: &[u8],
    resets: &[usize],
) -> usize {
    let identity: [u8; 32] = Sha256::digest(file).into();
    let length = file.len() as u32;
    let mut sent = 0;
    for &stop in resets {
        device.boot(flash, |mut session| {
            let mut at = session.updater.begin(identity, length).unwrap() as usize;
            while at < stop {
                let end = (at + 173).min(stop);
                session.updater.write(at as u32, &file[at..end]).unwrap();
                sent += end - at;
                at = end;
            }
        });
    }
    sent + device.boot(flash, |mut session| session.update(file, 173).unwrap())
}

fn sorted_random(rng: &mut Rng, count: usize, below: usize) -> Vec<usize> {
    let mut numbers: Vec<_> = (0..count).map(|_| rng.below(below)).collect();
    numbers.sort_unstable();
    numbers
}

/// The most bytes of an image that a reset makes be sent again, of 200 resets at random bytes.
fn most_sent_twice<const UNIT: usize, const SECTOR: usize>(
    device: &Device<UNIT, SECTOR, 256>,
    geometry: Geometry,
    seed: u64,
) -> usize {
    let file = signed(&image(1, 40_000), 1, 0);
    let mut rng = Rng::new(seed);
    let mut flash = chip(geometry);
    let blank = flash.chip().clone();
    let mut worst = 0;
    for _ in 0..200 {
        flash.chip().restore(&blank);
        let stop = rng.below(file.len());
        worst = worst.max(send(device, &mut flash, &file, &[stop]) - file.len());
    }
    println!("200 resets, at most {worst} bytes sent twice");
    worst
}

#[test]
fn a_reset_at_any_byte_costs_at_most_a_page_on_serial_nor() {
    let staging = Staging::per_page::<Part<1, 4096>>();
    let device = Device::<1, 4096, 256>::new(12 * 4096, staging);
    let worst = most_sent_twice(&device, Geometry::spi(device.capacity()), 1);
    assert!(worst <= 256);
}

#[test]
fn a_reset_at_any_byte_costs_at_most_a_sector_on_write_once_flash() {
    let staging = Staging::per_sector::<Part<8, 2048>>();
    let device = Device::<8, 2048, 256>::new(24 * 2048, staging);
    let geometry = Geometry::stm32g4(device.capacity()).with_page(256);
    let worst = most_sent_twice(&device, geometry, 2);
    assert!(worst <= 2048);
}

#[test]
fn twenty_resets_in_a_mebibyte_send_at_most_five_percent_more() {
    for per_page in [true, false] {
        let staging = if per_page {
            Staging::per_page::<Part<1, 4096>>()
        } else {
            Staging::per_sector::<Part<1, 4096>>()
        };
        let device = Device::<1, 4096, 256>::new(270 * 4096, staging);
        let file = signed(&image(1, 1_090_000), 1, 0);
        assert!(file.len() >= 1 << 20);
        let mut flash = chip(Geometry::spi(device.capacity()));
        let resets = sorted_random(&mut Rng::new(3), 20, file.len());
        let sent = send(&device, &mut flash, &file, &resets);
        let percent = sent as f64 * 100.0 / file.len() as f64;
        println!("marks per page: {per_page}; {percent:.2} % of the file was sent");
        assert!(percent <= 105.0);
        device.boot(&mut flash, |session| assert!(session.runs(&file)));
    }
}
