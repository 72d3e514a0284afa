//! The record log under every power cut, on the flash of the board that uses it.

use flash_sim::sweep::Seeds;
use flash_sim::{Chip, Geometry, Nor};
use romfs_board::record::{RECORD_MAX, RecordError, Records};

const SECTOR: usize = 1024;
type Flash = Nor<4, SECTOR, 4>;

fn geometry() -> Geometry {
    Geometry::nrf52(2 * SECTOR)
        .with_sector(SECTOR)
        .with_page(SECTOR)
}

fn flash(chip: Chip) -> Flash {
    Nor::new(chip).expect("the chip has these units")
}

/// Record number `n`: its number, and more bytes the higher it is.
fn record(n: u32) -> Vec<u8> {
    let mut data = n.to_le_bytes().to_vec();
    data.resize(4 + (n as usize * 7) % (RECORD_MAX - 3), n as u8);
    data
}

fn numbers(log: &mut Records<Flash>) -> Vec<u32> {
    let mut found = Vec::new();
    log.each(|data| {
        let n = u32::from_le_bytes(*data.first_chunk().expect("a record of four bytes at least"));
        assert_eq!(data, record(n));
        found.push(n);
    })
    .expect("the flash can be read");
    found
}

#[test]
fn records_are_kept_in_order_and_the_oldest_sector_makes_room() {
    let mut log = Records::open(flash(Chip::new(geometry()))).unwrap();
    assert_eq!(log.append(&[]), Err(RecordError::Length));
    assert_eq!(log.append(&[0; RECORD_MAX + 1]), Err(RecordError::Length));
    let mut sectors = 0;
    let mut before = 0;
    for n in 0..200 {
        log.append(&record(n)).unwrap();
        if n % 3 == 0 {
            log = Records::open(log.into_inner()).unwrap();
        }
        let found = numbers(&mut log);
        assert_eq!(found, (n + 1 - found.len() as u32..=n).collect::<Vec<_>>());
        sectors += u32::from(found.len() <= before);
        before = found.len();
    }
    assert!(sectors >= 4, "{sectors}");
    assert!(before >= 20, "{before}");
}

#[test]
fn no_cut_loses_a_record_that_was_kept() {
    let seeds = Seeds {
        scatter: 6,
        other: 2,
    };
    let mut tried = 0;
    let mut log = Records::open(flash(Chip::new(geometry()))).unwrap();
    for n in 0..80 {
        let kept = numbers(&mut log);
        let mut nor = log.into_inner();
        nor.chip_mut().start_recording();
        log = Records::open(nor).unwrap();
        log.append(&record(n)).unwrap();
        let mut nor = log.into_inner();
        for (index, step) in nor.chip_mut().take_steps().into_iter().enumerate() {
            for cut in step.cuts(index as u64, seeds) {
                tried += 1;
                let mut after = Records::open(flash(step.after(cut))).unwrap();
                let found = numbers(&mut after);
                let end = found.last().map_or(0, |last| last + 1);
                assert!(end == n || end == n + 1, "{cut:?} of record {n}: {found:?}");
                // A sector may have gone to make room, never the newest records.
                assert!(found.len() >= kept.len().min(31), "{cut:?} of record {n}");
                // And it goes on.
                after.append(&record(end)).unwrap();
                assert_eq!(numbers(&mut after).last(), Some(&end));
            }
        }
        log = Records::open(nor).unwrap();
    }
    println!("{tried} cuts");
    assert!(tried > 2000, "{tried}");
}
