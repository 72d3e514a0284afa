//! Power cuts, tears, weak bits and defects.

use flash_sim::sweep::Seeds;
use flash_sim::{Chip, Cut, Defects, FailMode, FlashError, Geometry, Moment, Rng, StuckBit, Tear};

fn read(chip: &mut Chip, offset: u32, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    chip.read(offset, &mut bytes).unwrap();
    bytes
}

/// A chip whose first sector holds known bytes, with a cut in the next operation.
fn armed(moment: Moment, seed: u64) -> Chip {
    let mut chip = Chip::new(Geometry::spi(8192));
    chip.program(0, &[0x5a; 256]).unwrap();
    chip.arm(Cut {
        op: 0,
        moment,
        seed,
    });
    chip
}

#[test]
fn after_a_cut_nothing_works_until_the_power_is_on() {
    let mut chip = armed(Moment::Before, 0);
    assert_eq!(chip.program(256, &[0]), Err(FlashError::PowerOff));
    assert_eq!(chip.read(0, &mut [0]), Err(FlashError::PowerOff));
    assert_eq!(chip.erase_sector(0), Err(FlashError::PowerOff));
    chip.power_on(1);
    assert_eq!(read(&mut chip, 256, 1), [0xff]);
}

#[test]
fn a_cut_after_leaves_the_operation_done_but_unreported() {
    let mut chip = armed(Moment::After, 0);
    assert_eq!(chip.program(256, &[3]), Err(FlashError::PowerOff));
    chip.power_on(1);
    assert_eq!(read(&mut chip, 256, 1), [3]);
}

#[test]
fn cuts_count_operations_from_the_arming() {
    let mut chip = Chip::new(Geometry::spi(4096));
    chip.program(0, &[0]).unwrap();
    chip.arm("1:before:0".parse().unwrap());
    chip.program(1, &[0]).unwrap();
    assert_eq!(chip.program(2, &[0]), Err(FlashError::PowerOff));
}

#[test]
fn a_torn_program_changes_only_bits_that_were_to_be_cleared() {
    let mut touched = [false; 5];
    for (index, tear) in Tear::PROGRAM.into_iter().enumerate() {
        for seed in 0..64 {
            let mut chip = armed(Moment::Torn(tear), seed);
            let before = chip.state_hash();
            assert_eq!(chip.program(100, &[0x0f; 300]), Err(FlashError::PowerOff));
            chip.power_on(seed);
            touched[index] |= chip.state_hash() != before;
            let mut expected = [0x5a_u8; 256];
            let seen = read(&mut chip, 0, 256);
            for (seen, old) in seen.iter().zip(&mut expected) {
                assert_eq!(seen & !*old, 0, "{tear:?} {seed}: a bit was set");
                assert_eq!(*old & !0x50 & !seen, 0, "{tear:?} {seed}: a wrong bit");
            }
        }
    }
    assert_eq!(touched, [true; 5]);
}

#[test]
fn torn_erases_leave_mixtures_within_one_sector() {
    let mut mixtures = 0;
    for tear in Tear::ERASE {
        for seed in 0..32 {
            let mut chip = armed(Moment::Torn(tear), seed);
            chip.erase_sector(0).unwrap_err();
            chip.power_on(seed);
            let first = read(&mut chip, 0, 256);
            mixtures += u32::from(first != [0x5a; 256] && first != [0xff; 256]);
            assert_eq!(read(&mut chip, 4096, 16), [0xff; 16]);
        }
    }
    assert!(mixtures > 100, "{mixtures}");
}

#[test]
fn a_pre_programmed_erase_shows_zeros() {
    let mut chip = armed(Moment::Torn(Tear::Zeros), 3);
    chip.erase_sector(0).unwrap_err();
    chip.power_on(0);
    assert_eq!(read(&mut chip, 0, 1), [0]);
}

#[test]
fn weak_bits_read_differently_until_erased() {
    for tear in [Tear::WeakDone, Tear::WeakUndone] {
        let mut chip = armed(Moment::Torn(tear), 1);
        chip.program(512, &[0; 32]).unwrap_err();
        chip.power_on(5);
        let seen: std::collections::HashSet<_> =
            (0..32).map(|_| read(&mut chip, 512, 32)).collect();
        assert!(seen.len() > 2, "{tear:?}: {}", seen.len());
        chip.erase_sector(0).unwrap();
        assert_eq!(read(&mut chip, 512, 32), [0xff; 32]);
    }
}

#[test]
fn programming_the_same_zeros_again_makes_weak_bits_firm() {
    let mut chip = armed(Moment::Torn(Tear::WeakDone), 1);
    chip.program(512, &[0; 32]).unwrap_err();
    chip.power_on(5);
    chip.program(512, &[0; 32]).unwrap();
    for _ in 0..32 {
        assert_eq!(read(&mut chip, 512, 32), [0; 32]);
    }
}

#[test]
fn a_torn_unit_with_check_bits_cannot_be_read_or_programmed() {
    let geometry = Geometry::stm32h7(128 * 1024);
    let mut faults = 0;
    for seed in 0..32 {
        let mut chip = Chip::new(geometry);
        chip.arm(Cut {
            op: 0,
            moment: Moment::Torn(Tear::Bits),
            seed,
        });
        chip.program(64, &[0; 32]).unwrap_err();
        chip.power_on(0);
        if let Err(error) = chip.read(64, &mut [0; 32]) {
            assert_eq!(error, FlashError::Ecc { offset: 64 });
            assert_eq!(
                chip.program(64, &[0; 32]),
                Err(FlashError::Reprogrammed { offset: 64 })
            );
            faults += 1;
        }
        chip.erase_sector(0).unwrap();
        chip.program(64, &[0; 32]).unwrap();
        assert_eq!(read(&mut chip, 64, 32), [0; 32]);
    }
    assert!(faults > 24, "{faults}");
}

#[test]
fn a_sector_whose_erase_was_torn_must_be_erased_again() {
    let mut chip = Chip::new(Geometry::stm32h7(128 * 1024));
    chip.program(0, &[1; 32]).unwrap();
    chip.arm("0:weak-done:7".parse().unwrap());
    chip.erase_sector(0).unwrap_err();
    chip.power_on(0);
    let refused = chip.program(0, &[2; 32]);
    assert!(matches!(refused, Err(FlashError::Reprogrammed { .. })));
}

#[test]
fn the_same_seed_tears_the_same_way() {
    let torn = |seed| {
        let mut chip = armed(Moment::Torn(Tear::Scatter), seed);
        chip.program(512, &[0; 200]).unwrap_err();
        chip.state_hash()
    };
    assert_eq!(torn(9), torn(9));
    assert_ne!(torn(9), torn(10));
}

#[test]
fn replay_ids_print_and_parse() {
    for text in [
        "0:before:0",
        "12:after:3",
        "7:scatter:31",
        "1:weak-undone:2",
    ] {
        assert_eq!(text.parse::<Cut>().unwrap().to_string(), text);
    }
    for text in ["", "1", "1:never:2", "x:after:0", "1:after:0:0"] {
        assert!(text.parse::<Cut>().is_err(), "{text}");
    }
}

#[test]
fn stuck_bits_show_in_every_read() {
    let mut chip = Chip::new(Geometry::spi(4096));
    let defects: &mut Defects = chip.defects_mut();
    for (bit, value) in [(0, true), (7, false)] {
        defects.stick(StuckBit {
            offset: 5,
            bit,
            value,
        });
    }
    assert_eq!(read(&mut chip, 4, 2), [0xff, 0x7f]);
    chip.program(4, &[0; 2]).unwrap();
    assert_eq!(read(&mut chip, 4, 2), [0, 1]);
}

#[test]
fn sectors_fail_loudly_silently_or_by_wear() {
    let mut chip = Chip::new(Geometry::spi(4 * 4096));
    chip.defects_mut().fail_sector(0, FailMode::Reported);
    chip.defects_mut().fail_sector(1, FailMode::Silent);
    let failed = Err(FlashError::SectorFailed { offset: 0 });
    assert_eq!(chip.program(8, &[0]), failed);
    assert_eq!(chip.program(4096, &[0]), Ok(()));
    assert_eq!(read(&mut chip, 4096, 1), [0xff]);

    chip.defects_mut().set_endurance(2, FailMode::EraseReported);
    let erases: Vec<_> = (0..3).map(|_| chip.erase_sector(8192).is_ok()).collect();
    assert_eq!(erases, [true, true, false]);
    assert_eq!(chip.program(8192, &[0]), Ok(()));
}

#[test]
fn recorded_steps_make_the_states_that_real_cuts_make() {
    let run = |chip: &mut Chip| -> Result<(), FlashError> {
        chip.erase_sector(4096)?;
        chip.program(4096, &[0xa5; 256])?;
        chip.program(4352, &[0x00; 16])
    };
    let mut start = Chip::new(Geometry::spi(8192));
    start.program(4096, &[3; 64]).unwrap();
    let mut recorded = start.clone();
    recorded.start_recording();
    run(&mut recorded).unwrap();
    let mut states = std::collections::HashSet::new();
    for (index, step) in recorded.take_steps().iter().enumerate() {
        for cut in step.cuts(
            index as u64,
            Seeds {
                scatter: 4,
                other: 4,
            },
        ) {
            let mut chip = start.clone();
            chip.arm(cut);
            run(&mut chip).unwrap_err();
            assert_eq!(chip.state_hash(), step.after(cut).state_hash(), "{cut}");
            states.insert(chip.state_hash());
        }
    }
    assert!(states.len() > 40, "{}", states.len());
}

#[test]
fn the_generator_spreads_its_masks() {
    let mut rng = Rng::new(1);
    let set: u32 = (0..1000).map(|_| rng.mask(2).count_ones()).sum();
    assert!((1700..2300).contains(&set), "{set}");
}
