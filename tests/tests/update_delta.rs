//! Deltas: made on the host, applied on the device, refused where they do not fit.

use flash_sim::Geometry;
use proptest::prelude::*;
use romfs_builder::update::delta::delta;
use romfs_runtime::update::delta::Header;
use romfs_runtime::update::{FinishError, Staging, delta::DeltaError};
use romfs_tests::device::{Device, Part, SimFlash, Stopped, chip, image, signed};

const SECTOR: usize = 4096;
type Spi = Device<1, SECTOR, 256>;

fn device() -> (Spi, SimFlash<1, SECTOR>) {
    let staging = Staging::per_page::<Part<1, SECTOR>>();
    let device = Device::new(20 * SECTOR as u32, staging);
    let flash = chip(Geometry::spi(device.capacity()));
    (device, flash)
}

fn install(device: &Spi, flash: &mut SimFlash<1, SECTOR>, file: &[u8]) {
    device.boot(flash, |mut session| session.update(file, 200).unwrap());
    device.boot(flash, |session| {
        let (mut updater, mut dog) = (session.updater, session.dog);
        updater.control_mut().confirm(&mut dog).unwrap();
    });
}

/// A device that runs `old`, after `file` was sent to it and it was started again.
fn after(old: &[u8], file: &[u8], check: impl FnOnce(Result<usize, Stopped>, bool)) {
    let (device, mut flash) = device();
    install(&device, &mut flash, old);
    let result = device.boot(&mut flash, |mut session| session.update(file, 100));
    let runs_old = device.boot(&mut flash, |session| session.runs(old));
    check(result, runs_old);
}

#[test]
fn a_delta_makes_the_signed_file_byte_for_byte() {
    for size in [700, 5_000, 40_000, 66_000] {
        let old = signed(&image(1, size), 1, 0);
        let new = signed(&image(2, size), 2, 0);
        let delta = delta(&old, &new).unwrap();
        println!("{size}: payload {} of {}", delta.payload, new.len());
        let (device, mut flash) = device();
        install(&device, &mut flash, &old);
        device.boot(&mut flash, |mut session| {
            session.update(&delta.file, 100).unwrap();
        });
        device.boot(&mut flash, |session| assert!(session.runs(&new), "{size}"));
        assert!(delta.payload <= 200, "{size}: {}", delta.payload);
    }
}

#[test]
fn images_that_have_nothing_in_common_still_make_a_delta() {
    let old = signed(&image(1, 3_000), 1, 0);
    let other: Vec<u8> = (0..5_000u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    let mut tree = romfs_builder::tree::Dir::default();
    let node = romfs_builder::tree::Node::File(romfs_builder::image::File::new(other));
    tree.insert("noise", node).unwrap();
    let (tree, files) = tree.number();
    let files: Vec<_> = files.into_iter().map(|(_, file)| file).collect();
    let built = romfs_builder::image::build(&tree, &files, &Default::default()).unwrap();
    let new = signed(&built.bytes, 2, 0);
    let delta = delta(&old, &new).unwrap();
    let (device, mut flash) = device();
    install(&device, &mut flash, &old);
    device.boot(&mut flash, |mut session| {
        session.update(&delta.file, 1_000).unwrap();
    });
    device.boot(&mut flash, |session| assert!(session.runs(&new)));
}

#[test]
fn a_delta_for_another_base_is_refused() {
    let file = delta(
        &signed(&image(5, 9_000), 1, 0),
        &signed(&image(6, 9_000), 2, 0),
    )
    .unwrap()
    .file;
    after(
        &signed(&image(1, 9_000), 1, 0),
        &file,
        |result, runs_old| {
            assert!(runs_old);
            let Err(Stopped::Finish(FinishError::Delta(error))) = result else {
                panic!("{result:?}");
            };
            assert_eq!(error, DeltaError::WrongBase);
        },
    );
}

#[test]
fn no_damaged_delta_is_accepted() {
    let old = signed(&image(1, 3_000), 1, 0);
    let new = signed(&image(2, 3_000), 2, 0);
    let file = delta(&old, &new).unwrap().file;
    let (device, mut flash) = device();
    install(&device, &mut flash, &old);
    let running = flash.chip().clone();
    for byte in 0..file.len() {
        for change in [1, 0x40, 0xff] {
            let mut damaged = file.clone();
            damaged[byte] ^= change;
            flash.chip().restore(&running);
            let result = device.boot(&mut flash, |mut session| session.update(&damaged, 500));
            assert!(result.is_err(), "byte {byte} changed by {change:#x}");
            device.boot(&mut flash, |session| assert!(session.runs(&old)));
        }
    }
}

#[test]
fn every_truncated_or_extended_delta_is_refused() {
    let old = signed(&image(1, 3_000), 1, 0);
    let new = signed(&image(2, 3_000), 2, 0);
    let file = delta(&old, &new).unwrap().file;
    let (device, mut flash) = device();
    install(&device, &mut flash, &old);
    let running = flash.chip().clone();
    for length in Header::LEN..=file.len() + 2 {
        let mut cut = file.clone();
        cut.resize(length, 0);
        flash.chip().restore(&running);
        let result = device.boot(&mut flash, |mut session| session.update(&cut, 500));
        assert_eq!(result.is_ok(), length == file.len(), "{length} bytes");
    }
}

/// An image with one file of these bytes.
fn image_of(bytes: &[u8]) -> Vec<u8> {
    image_with(&[("file".to_owned(), bytes.to_vec())])
}

/// An image with these files, by path.
fn image_with(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut tree = romfs_builder::tree::Dir::default();
    for (path, bytes) in files {
        let file = romfs_builder::image::File::new(bytes.clone());
        tree.insert(path, romfs_builder::tree::Node::File(file))
            .unwrap();
    }
    let (tree, files) = tree.number();
    let files: Vec<_> = files.into_iter().map(|(_, file)| file).collect();
    romfs_builder::image::build(&tree, &files, &Default::default())
        .unwrap()
        .bytes
}

/// A file that grows moves all folders behind it. Where the path index has its entries must not depend on that.
#[test]
fn a_file_that_grows_costs_no_more_with_folders_behind_it() {
    let mut files: Vec<_> = (0..200u32)
        .map(|n| {
            let content = (0..50).flat_map(|i| (n * 977 + i * 31).to_le_bytes());
            (
                format!("folder{}/file{n}", n / 10),
                content.collect::<Vec<u8>>(),
            )
        })
        .collect();
    let old = image_with(&files);
    files[40].1.extend([0x5a; 30]);
    let new = signed(&image_with(&files), 2, 0);
    let payload = delta(&old, &new).unwrap().payload;
    assert!(payload <= 300, "{payload} bytes");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_edits_make_a_delta_that_works(
        mut bytes in prop::collection::vec(0..6u8, 0..5_000),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..60usize, prop::collection::vec(any::<u8>(), 0..60)), 0..12),
    ) {
        let old = signed(&image_of(&bytes), 1, 0);
        for (at, removed, inserted) in edits {
            let at = at.index(bytes.len() + 1);
            let end = (at + removed).min(bytes.len());
            bytes.splice(at..end, inserted);
        }
        let new = signed(&image_of(&bytes), 2, 0);
        let patch = delta(&old, &new).unwrap().file;
        let (device, mut flash) = device();
        install(&device, &mut flash, &old);
        device.boot(&mut flash, |mut session| session.update(&patch, 333).unwrap());
        device.boot(&mut flash, |session| assert!(session.runs(&new)));
    }
}
