//! The rules of NOR flash, for each kind of part.

use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use flash_sim::{Chip, FlashError, Geometry, MultiNor, Nor, Reprogram, Timing};

fn read(chip: &mut Chip, offset: u32, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    chip.read(offset, &mut bytes).unwrap();
    bytes
}

#[test]
fn a_program_clears_bits_and_only_an_erase_sets_them() {
    let mut chip = Chip::new(Geometry::spi(8192));
    chip.program(10, &[0b1010_1010]).unwrap();
    chip.program(10, &[0b1111_0000]).unwrap();
    assert_eq!(read(&mut chip, 9, 3), [0xff, 0b1010_0000, 0xff]);
    chip.erase_sector(0).unwrap();
    assert_eq!(read(&mut chip, 0, 4096), [0xff; 4096]);
}

#[test]
fn an_erase_leaves_the_other_sectors_alone() {
    let mut chip = Chip::new(Geometry::spi(3 * 4096));
    for sector in 0..3 {
        chip.program(sector * 4096, &[sector as u8]).unwrap();
    }
    chip.erase_sector(4096).unwrap();
    assert_eq!(read(&mut chip, 0, 1), [0]);
    assert_eq!(read(&mut chip, 4096, 1), [0xff]);
    assert_eq!(read(&mut chip, 8192, 1), [2]);
    assert_eq!(chip.wear().collect::<Vec<_>>(), [0, 1, 0]);
}

#[test]
fn a_program_over_the_end_of_a_page_wraps_on_spi_and_is_refused_elsewhere() {
    let mut chip = Chip::new(Geometry::spi(4096));
    chip.program(254, &[1, 2, 3, 4]).unwrap();
    assert_eq!(read(&mut chip, 254, 4), [1, 2, 0xff, 0xff]);
    assert_eq!(read(&mut chip, 0, 2), [3, 4]);

    let mut chip = Chip::new(Geometry::nrf52(4096));
    let crossed = chip.program(4, &[0; 8]);
    assert!(matches!(crossed, Err(FlashError::PageCrossed { .. })));
}

#[test]
fn the_driver_splits_at_pages() {
    let mut nor = Nor::<1, 4096>::new(Chip::new(Geometry::spi(8192))).unwrap();
    nor.chip_mut().start_log();
    nor.write(250, &[7; 300]).unwrap();
    assert_eq!(nor.chip_mut().take_log().len(), 3);
    let mut bytes = [0; 302];
    nor.read(249, &mut bytes).unwrap();
    assert_eq!((bytes[0], bytes[301]), (0xff, 0xff));
    assert!(bytes[1..301].iter().all(|&byte| byte == 7));
}

#[test]
fn units_and_bounds_are_checked() {
    let mut chip = Chip::new(Geometry::stm32g4(4096));
    let unaligned = chip.program(4, &[0; 8]);
    assert!(matches!(
        unaligned,
        Err(FlashError::NotAligned { unit: 8, .. })
    ));
    let outside = chip.program(4096, &[0; 8]);
    assert!(matches!(outside, Err(FlashError::OutOfBounds { .. })));
    let half = chip.erase_sector(1024);
    assert!(matches!(
        half,
        Err(FlashError::NotAligned { unit: 2048, .. })
    ));
    assert!(matches!(
        Nor::<4, 2048>::new(chip),
        Err(FlashError::GeometryMismatch(_))
    ));
}

#[test]
fn each_policy_counts_programs_in_its_own_way() {
    let again = |geometry: Geometry, second: u8| {
        let mut chip = Chip::new(geometry);
        let unit = geometry.unit;
        chip.program(0, &vec![0x0f; unit]).unwrap();
        chip.program(0, &vec![second; unit])
    };
    let refused = Err(FlashError::Reprogrammed { offset: 0 });
    assert_eq!(again(Geometry::spi(4096), 0x0e), Ok(()));
    assert_eq!(again(Geometry::nrf52(4096), 0x0e), Ok(()));
    assert_eq!(again(Geometry::stm32g4(4096), 0x0e), refused);
    assert_eq!(again(Geometry::stm32g4(4096), 0), Ok(()));
    assert_eq!(again(Geometry::stm32h7(128 * 1024), 0), refused);
    let blank = Geometry::spi(4096).with_unit(4, Reprogram::BlankOnly, false);
    assert_eq!(again(blank, 0x0f), refused);
}

#[test]
fn a_third_program_of_an_nrf52_word_is_refused_until_erased() {
    let mut chip = Chip::new(Geometry::nrf52(4096));
    chip.program(8, &[0xf0; 4]).unwrap();
    chip.program(8, &[0x30; 4]).unwrap();
    let third = chip.program(8, &[0; 4]);
    assert_eq!(third, Err(FlashError::Reprogrammed { offset: 8 }));
    chip.erase_sector(0).unwrap();
    chip.program(8, &[0; 4]).unwrap();
}

#[test]
fn blank_reads_fault_where_the_part_does_so() {
    let mut chip = Chip::new(Geometry::lpc55(2048));
    let mut bytes = [0; 4];
    assert_eq!(
        chip.read(512, &mut bytes),
        Err(FlashError::Ecc { offset: 512 })
    );
    chip.program(512, &[9; 512]).unwrap();
    chip.read(1020, &mut bytes).unwrap();
    assert_eq!(bytes, [9; 4]);
}

#[test]
fn only_unlimited_parts_are_multiwrite() {
    assert!(MultiNor::<1, 4096>::new(Chip::new(Geometry::spi(4096))).is_ok());
    assert!(MultiNor::<8, 2048>::new(Chip::new(Geometry::stm32g4(4096))).is_err());
}

#[test]
fn time_adds_up_by_the_data_sheet() {
    let mut chip = Chip::new(Geometry::spi(4096));
    chip.set_timing(Timing::W25Q32_TYPICAL);
    chip.erase_sector(0).unwrap();
    chip.program(0, &[0; 256]).unwrap();
    chip.program(256, &[0]).unwrap();
    assert_eq!(chip.stats().nanoseconds, 45_000_000 + 400_000 + 30_000);
    assert_eq!((chip.stats().erases, chip.stats().programs), (1, 2));
}

#[test]
fn a_file_keeps_the_chip_and_its_mapping_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flash.bin");
    let geometry = Geometry::stm32g4(4096);
    let mut chip = Chip::open(&path, geometry).unwrap();
    chip.program(16, b"in place").unwrap();
    let base = chip.mapped_base().unwrap();
    // SAFETY: the chip lives and is neither programmed nor erased while the slice is used.
    let seen = unsafe { std::slice::from_raw_parts(base.as_ptr().add(16), 8) };
    assert_eq!(seen, b"in place");
    drop(chip);

    let mut chip = Chip::open(&path, geometry).unwrap();
    assert_eq!(read(&mut chip, 16, 8), b"in place");
    let again = chip.program(16, b"IN PLACE");
    assert_eq!(again, Err(FlashError::Reprogrammed { offset: 16 }));
    assert!(Chip::open(&path, Geometry::stm32g4(2048)).is_err());
}
