//! Whole updates of a simulated device: trial, confirm, revert, refusals, resume.

use flash_sim::Geometry;
use romfs_builder::update::{SigningKey, sign};
use romfs_runtime::update::envelope::EnvelopeError;
use romfs_runtime::update::{
    CheckPolicy, ControlError, FinishError, Refusal, Reverted, Slot, Source, StageError, Staging,
    VerifyingKey,
};
use romfs_tests::device::{
    Device, Part, Session, SimFlash, Stopped, chip, claims, image, signed, signing_key,
};

const SECTOR: usize = 4096;
const PAGE: usize = 256;
type Spi = Device<1, SECTOR, PAGE>;

fn device() -> (Spi, SimFlash<1, SECTOR>) {
    let staging = Staging::per_page::<Part<1, SECTOR>>();
    let device = Device::new(12 * SECTOR as u32, staging);
    let flash = chip(Geometry::spi(device.capacity()));
    (device, flash)
}

fn install(device: &Spi, flash: &mut SimFlash<1, SECTOR>, file: &[u8]) {
    device.boot(flash, |mut session| session.update(file, 200).unwrap());
    device.boot(flash, |mut session| {
        assert!(session.runs(file));
        confirm(&mut session);
    });
}

/// A device with a confirmed image that boots into a second one next, on trial; both files. The second's counter is `counter`.
fn pending(counter: u32) -> (Spi, SimFlash<1, SECTOR>, Vec<u8>, Vec<u8>) {
    let (device, mut flash) = device();
    let first = signed(&image(1, 9_000), 1, 0);
    install(&device, &mut flash, &first);
    let second = signed(&image(2, 9_000), 2, counter);
    device.boot(&mut flash, |mut session| {
        session.update(&second, 500).unwrap();
    });
    (device, flash, first, second)
}

fn confirm(session: &mut Session<'_, 1, SECTOR, PAGE>) {
    let Session { updater, dog, .. } = session;
    updater.control_mut().confirm(dog).unwrap();
}

#[test]
fn an_update_runs_on_trial_and_stays_when_confirmed() {
    let (device, mut flash) = device();
    let first = signed(&image(1, 20_000), 1, 0);
    let second = signed(&image(2, 22_000), 2, 3);
    device.boot(&mut flash, |session| {
        assert_eq!(session.running.source(), Source::Factory);
        assert!(session.running.mapped().is_none());
    });
    install(&device, &mut flash, &first);
    device.boot(&mut flash, |mut session| {
        assert!(!session.dog.armed);
        session.update(&second, 333).unwrap();
        assert!(session.runs(&first), "the old image runs on");
        assert!(session.updater.control().is_pending());
    });
    device.boot(&mut flash, |mut session| {
        assert!(session.runs(&second) && session.dog.armed);
        assert!(session.updater.control().is_trial());
        confirm(&mut session);
        assert!(!session.dog.armed);
    });
    device.boot(&mut flash, |session| {
        assert!(session.runs(&second) && !session.dog.armed);
        let state = session.updater.control().state();
        assert_eq!((state.counter_floor, state.sequence), (3, 2));
    });
}

#[test]
fn a_trial_that_is_never_confirmed_goes_back() {
    let (device, mut flash, first, second) = pending(0);
    for _ in 0..device.attempts {
        device.boot(&mut flash, |session| assert!(session.runs(&second)));
    }
    device.boot(&mut flash, |session| {
        assert!(session.runs(&first));
        let state = session.updater.control().state();
        assert_eq!(state.reverted, Reverted::NotConfirmed);
    });
    // The same image may be tried again.
    install(&device, &mut flash, &second);
}

#[test]
fn trials_that_hang_or_crash_go_back_too() {
    // A hang ends in the watchdog's reset, a crash in its own: for the device both are a boot that
    // finds the image not confirmed. What differs is how far the program came.
    for confirms_after_a_crash in [false, true] {
        let (device, mut flash, first, second) = pending(7);
        for _ in 0..device.attempts {
            device.boot(&mut flash, |session| {
                assert!(session.runs(&second));
                assert!(session.dog.armed, "a hang would never end");
            });
        }
        device.boot(&mut flash, |mut session| {
            assert!(session.runs(&first) && !session.dog.armed);
            let Session { updater, dog, .. } = &mut session;
            if confirms_after_a_crash {
                let late = updater.control_mut().confirm(dog);
                assert_eq!(late, Err(ControlError::NoTrial));
            }
            let state = updater.control().state();
            assert_eq!(
                (state.counter_floor, state.sequence),
                (0, 1),
                "the failed image's numbers"
            );
        });
    }
}

#[test]
fn a_program_on_trial_can_go_back_at_once() {
    let (device, mut flash, first, _) = pending(0);
    device.boot(&mut flash, |mut session| {
        session.updater.control_mut().go_back().unwrap();
    });
    device.boot(&mut flash, |mut session| {
        assert!(session.runs(&first));
        let control = session.updater.control_mut();
        assert_eq!(control.state().reverted, Reverted::Requested);
        assert_eq!(control.go_back(), Err(ControlError::NoTrial));
    });
}

#[test]
fn the_fallback_is_not_touched_during_a_trial() {
    let (device, mut flash) = device();
    install(&device, &mut flash, &signed(&image(1, 9_000), 1, 0));
    let second = signed(&image(2, 9_000), 2, 0);
    device.boot(&mut flash, |mut session| {
        session.update(&second, 500).unwrap()
    });
    device.boot(&mut flash, |mut session| {
        let begun = session.updater.begin([0; 32], 1000);
        assert_eq!(begun, Err(StageError::Control(ControlError::NotConfirmed)));
    });
}

#[test]
fn a_new_file_takes_back_a_pending_activation() {
    let (device, mut flash) = device();
    let first = signed(&image(1, 9_000), 1, 0);
    install(&device, &mut flash, &first);
    let second = signed(&image(2, 9_000), 2, 0);
    device.boot(&mut flash, |mut session| {
        session.update(&second, 500).unwrap();
        session.updater.begin([0; 32], 1000).unwrap();
        assert!(!session.updater.control().is_pending());
    });
    device.boot(&mut flash, |session| assert!(session.runs(&first)));
}

#[test]
fn an_upload_goes_on_after_a_reset() {
    let (device, mut flash) = device();
    let file = signed(&image(1, 30_000), 1, 0);
    let cut = 17_001;
    device.boot(&mut flash, |mut session| {
        let identity = sha2::Digest::finalize(sha2::Digest::chain_update(
            <sha2::Sha256 as sha2::Digest>::new(),
            &file,
        ))
        .into();
        assert_eq!(session.updater.begin(identity, file.len() as u32), Ok(0));
        session.updater.write(0, &file[..cut]).unwrap();
    });
    let sent = device.boot(&mut flash, |mut session| {
        session.update(&file, 100).unwrap()
    });
    let again = sent + cut - file.len();
    assert!(again <= PAGE, "{again} bytes were sent twice");
    device.boot(&mut flash, |session| assert!(session.runs(&file)));
}

#[test]
fn an_erase_forgets_the_progress() {
    let (device, mut flash) = device();
    let file = signed(&image(1, 30_000), 1, 0);
    device.boot(&mut flash, |mut session| {
        session.send(&file, 512).unwrap();
        session.updater.discard().unwrap();
        assert_eq!(session.updater.begin([0; 32], 2000), Ok(0));
    });
    let sent = device.boot(&mut flash, |mut session| {
        session.update(&file, 512).unwrap()
    });
    assert_eq!(sent, file.len());
}

/// What the device says to this file, on a device that runs sequence 5 with counter 2.
fn refusal(file: &[u8]) -> Refusal<romfs_runtime::flash::PartitionError<flash_sim::FlashError>> {
    let (device, mut flash) = device();
    let first = signed(&image(1, 9_000), 5, 2);
    install(&device, &mut flash, &first);
    let error = device.boot(&mut flash, |mut session| {
        session.update(file, 500).unwrap_err()
    });
    device.boot(&mut flash, |session| assert!(session.runs(&first)));
    match error {
        Stopped::Finish(FinishError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_bad_image_has_its_own_refusal() {
    let good = image(2, 9_000);
    let file = signed(&good, 6, 2);
    let key = signing_key();
    let with = |change: &dyn Fn(&mut romfs_builder::update::Claims)| {
        let mut claims = claims(6, 2);
        change(&mut claims);
        sign(&good, &claims, &key).unwrap()
    };
    assert_eq!(refusal(&with(&|c| c.class[0] ^= 1)), Refusal::WrongClass);
    assert_eq!(refusal(&with(&|c| c.vendor[9] ^= 1)), Refusal::WrongVendor);
    assert_eq!(
        refusal(&with(&|c| c.component = 3)),
        Refusal::WrongComponent(3)
    );
    let downgraded = Refusal::Downgraded {
        counter: 1,
        floor: 2,
    };
    assert_eq!(refusal(&with(&|c| c.numbers.counter = 1)), downgraded);
    let replayed = Refusal::Replayed { sequence: 5 };
    assert_eq!(refusal(&with(&|c| c.numbers.sequence = 5)), replayed);
    assert_eq!(refusal(&file[..file.len() - 1]), Refusal::Truncated);
    assert_eq!(
        refusal(&file[..5_000]),
        Refusal::Envelope(EnvelopeError::NoManifest)
    );
    let extended = [&file[..], b"\0"].concat();
    assert_eq!(refusal(&extended), Refusal::Extended);
    let unsigned = Refusal::Envelope(EnvelopeError::NoManifest);
    assert_eq!(refusal(&[&good[..], &[0xff; 64]].concat()), unsigned);
    let stranger = romfs_builder::update::SigningKey::from_seed([8; 32]);
    let strange = sign(&good, &claims(6, 2), &stranger).unwrap();
    let id = stranger.verifying_key().id();
    assert_eq!(refusal(&strange), Refusal::UnknownKey(id));
    let mut damaged = file.clone();
    damaged[5_000] ^= 4;
    assert_eq!(refusal(&damaged), Refusal::ChunkMismatch(1));
}

#[test]
fn keys_rotate_through_the_firmware() {
    let new = SigningKey::from_seed([9; 32]);
    let (old_key, new_key) = (signing_key().verifying_key(), new.verifying_key());
    let image = image(2, 2_000);
    let by_old = signed(&image, 6, 2);
    let by_new = sign(&image, &claims(7, 2), &new).unwrap();
    let floor = romfs_runtime::update::Floor {
        counter: 0,
        sequence: None,
    };
    let takes = |keys: &[VerifyingKey], file: &[u8]| {
        romfs_builder::update::check(file, &romfs_tests::device::rules(keys), floor).is_ok()
    };
    assert!(takes(&[old_key], &by_old) && !takes(&[old_key], &by_new));
    assert!(takes(&[old_key, new_key], &by_old) && takes(&[old_key, new_key], &by_new));
    assert!(!takes(&[new_key], &by_old) && takes(&[new_key], &by_new));
}

#[test]
fn what_a_boot_reads_by_its_policy() {
    let (mut device, mut flash) = device();
    let file = signed(&image(1, 40_000), 1, 0);
    install(&device, &mut flash, &file);
    flash.chip().set_timing(flash_sim::Timing::W25Q32_TYPICAL);
    let mut cost = |check| {
        device.check = check;
        flash.chip().reset_stats();
        device.boot(&mut flash, |session| assert!(session.runs(&file)));
        let stats = flash.chip().stats();
        println!(
            "{check:?}: {} bytes read, {} us on a W25Q32 at 50 MB/s",
            stats.read_bytes,
            stats.nanoseconds / 1000
        );
        assert_eq!((stats.programs, stats.erases), (0, 0));
        stats.read_bytes
    };
    assert!(cost(CheckPolicy::Never) <= 512);
    assert!(cost(CheckPolicy::OnTrial) <= 512);
    assert!(cost(CheckPolicy::Always) >= 38_000);
    // What a board checks itself is asked for at the same boots.
    let asks = |on_trial| {
        let policies = [
            CheckPolicy::Always,
            CheckPolicy::OnTrial,
            CheckPolicy::Never,
        ];
        policies.map(|policy| policy.asks(on_trial))
    };
    assert_eq!(asks(true), [true, true, false]);
    assert_eq!(asks(false), [true, false, false]);
}

#[test]
fn no_flipped_bit_is_accepted() {
    let image = image(2, 9_000);
    let file = signed(&image, 6, 2);
    let rules = [signing_key().verifying_key()];
    let rules = romfs_tests::device::rules(&rules);
    let floor = romfs_runtime::update::Floor {
        counter: 0,
        sequence: None,
    };
    let check = |bytes: &[u8]| romfs_builder::update::check(bytes, &rules, floor);
    assert!(check(&file).is_ok());
    let envelope = image.len().next_multiple_of(64);
    let each_bit = (envelope * 8)..(file.len() * 8);
    let one_in_64_bytes = (0..envelope)
        .step_by(64)
        .map(|byte| byte * 8 + byte / 64 % 8);
    let mut flipped = 0;
    for bit in each_bit.chain(one_in_64_bytes) {
        let mut bytes = file.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(check(&bytes).is_err(), "bit {bit} flipped and accepted");
        flipped += 1;
    }
    println!("{flipped} flipped bits, none accepted");
}

#[test]
fn a_damaged_slot_gives_way_to_the_other_and_then_to_factory() {
    let (mut device, mut flash) = device();
    device.check = CheckPolicy::Always;
    let first = signed(&image(1, 9_000), 1, 0);
    let second = signed(&image(2, 9_000), 2, 0);
    install(&device, &mut flash, &first);
    install(&device, &mut flash, &second);
    let slot = |slot: u32| 2 * SECTOR as u32 + slot * device.slot;
    device.boot(&mut flash, |session| {
        assert_eq!(session.running.source(), Source::Slot(Slot::B));
    });
    flash.chip().program(slot(1) + 700, &[0; 16]).unwrap();
    device.boot(&mut flash, |session| {
        assert!(session.runs(&first));
        let state = session.updater.control().state();
        assert_eq!(state.reverted, Reverted::CheckFailed);
    });
    flash.chip().program(slot(0) + 700, &[0; 16]).unwrap();
    device.boot(&mut flash, |session| {
        assert_eq!(session.running.source(), Source::Factory);
    });
    // And the device can still be updated.
    device.boot(&mut flash, |mut session| {
        session
            .update(&signed(&image(3, 9_000), 3, 0), 500)
            .unwrap();
    });
    device.boot(&mut flash, |mut session| confirm(&mut session));
}

#[test]
fn a_record_that_fails_runs_no_trial() {
    let (device, mut flash, first, _) = pending(0);
    for sector in 0..2 {
        let defects = flash.chip().defects_mut();
        defects.fail_sector(sector, flash_sim::FailMode::Reported);
    }
    device.boot(&mut flash, |session| {
        assert!(session.runs(&first));
        assert!(!session.record_is_sound);
    });
}
