//! A simulated device that is updated: one flash chip with a boot record and two slots.

use std::sync::LazyLock;

use flash_sim::{Chip, FlashError, Geometry};
pub use romfs_builder::device::SimFlash;
use romfs_builder::update::{Claims, SigningKey, sign};
use romfs_runtime::MpyTarget;
use romfs_runtime::flash::{FlashMap, Partition};
use romfs_runtime::update::manifest::Numbers;
use romfs_runtime::update::{
    BootOptions, BootRecord, CheckPolicy, FinishError, Rules, Running, SignedSlots, Slots, Source,
    StageError, Staging, Updater, VerifyingKey, Watchdog,
};
use sha2::{Digest, Sha256};

/// A chip of this geometry, in memory.
///
/// # Panics
/// If the geometry has other units, or no memory can be mapped.
pub fn chip<const UNIT: usize, const SECTOR: usize>(geometry: Geometry) -> SimFlash<UNIT, SECTOR> {
    let chip = Chip::mappable(geometry).expect("memory for a simulated chip");
    SimFlash::new(chip).expect("a geometry with the units of the type")
}

/// A region of the device's flash.
pub type Part<'c, const UNIT: usize, const SECTOR: usize> =
    Partition<'c, &'c mut SimFlash<UNIT, SECTOR>>;

/// Counts what a watchdog would be told.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Dog {
    /// Whether a deadline runs.
    pub armed: bool,
}

impl Watchdog for Dog {
    fn arm(&mut self, _: u32) {
        self.armed = true;
    }

    fn disarm(&mut self) {
        self.armed = false;
    }
}

/// Who signs for the devices of the tests.
pub fn signing_key() -> SigningKey {
    // Making one is a multiplication on the curve, which a fuzz target would do for every input.
    static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_seed([7; 32]));
    KEY.clone()
}

/// The vendor of the devices of the tests.
pub const VENDOR: [u8; 16] = *b"test vendor 0001";
/// The class of the devices of the tests.
pub const CLASS: [u8; 16] = *b"test class 00001";

/// Claims that the devices of the tests take.
pub fn claims(sequence: u32, counter: u32) -> Claims {
    Claims {
        vendor: VENDOR,
        class: CLASS,
        component: 0,
        numbers: Numbers { counter, sequence },
        version: format!("1.0.{sequence}"),
    }
}

/// The image, signed for the devices of the tests.
///
/// # Panics
/// If it is no image.
pub fn signed(image: &[u8], sequence: u32, counter: u32) -> Vec<u8> {
    sign(image, &claims(sequence, counter), &signing_key()).expect("an image that can be signed")
}

/// What the firmware of the devices of the tests takes.
pub fn rules(keys: &[VerifyingKey]) -> Rules<'_> {
    Rules {
        keys,
        vendor: VENDOR,
        class: CLASS,
        component: 0,
        target: MpyTarget {
            version: 6,
            sub_version: 3,
            arch: 0,
            small_int_bits: 31,
            arch_flags: 0,
        },
    }
}

/// A kind of device.
#[derive(Debug, Clone)]
pub struct Device<const UNIT: usize, const SECTOR: usize, const PAGE: usize> {
    /// Bytes of each slot.
    pub slot: u32,
    /// How progress is kept.
    pub staging: Staging<PAGE>,
    /// When boot checks.
    pub check: CheckPolicy,
    /// Boots that a trial has.
    pub attempts: u8,
    /// What runs at first.
    pub initial: Source,
    keys: [VerifyingKey; 1],
}

/// Why a session ended early.
#[derive(Debug)]
pub enum Stopped {
    /// Staging failed.
    Stage(StageError<romfs_runtime::flash::PartitionError<FlashError>>),
    /// The check or the activation failed.
    Finish(FinishError<romfs_runtime::flash::PartitionError<FlashError>>),
}

/// The device after its boot.
#[derive(Debug)]
pub struct Session<'c, const UNIT: usize, const SECTOR: usize, const PAGE: usize> {
    /// What runs.
    pub running: Running<Part<'c, UNIT, SECTOR>>,
    /// The updater.
    pub updater: Updater<Part<'c, UNIT, SECTOR>, PAGE>,
    /// The watchdog.
    pub dog: Dog,
    /// Whether the boot record worked.
    pub record_is_sound: bool,
    keys: [VerifyingKey; 1],
    attempts: u8,
}

impl<const UNIT: usize, const SECTOR: usize, const PAGE: usize> Device<UNIT, SECTOR, PAGE> {
    /// A device with slots of this size.
    pub fn new(slot: u32, staging: Staging<PAGE>) -> Self {
        Self {
            slot,
            staging,
            check: CheckPolicy::OnTrial,
            attempts: 2,
            initial: Source::Factory,
            keys: [signing_key().verifying_key()],
        }
    }

    /// The chip's bytes: boot record and two slots.
    pub fn capacity(&self) -> usize {
        2 * SECTOR + 2 * self.slot as usize
    }

    /// Boots, and runs `program` with what boot hands out.
    ///
    /// # Panics
    /// If the flash can't be split.
    pub fn boot<R>(
        &self,
        flash: &mut SimFlash<UNIT, SECTOR>,
        program: impl FnOnce(Session<'_, UNIT, SECTOR, PAGE>) -> R,
    ) -> R {
        let record = 2 * SECTOR as u32;
        let mut map = FlashMap::new(flash);
        let ranges = [
            0..record,
            record..record + self.slot,
            record + self.slot..record + 2 * self.slot,
        ];
        let [record, a, b] = map.partitions(ranges).expect("regions of whole sectors");
        let record = BootRecord::new(record).expect("two sectors");
        let options = BootOptions {
            initial: self.initial,
            check: self.check,
            confirm_within_ms: 10_000,
        };
        let mut dog = Dog::default();
        let mut checker = SignedSlots {
            rules: rules(&self.keys),
        };
        let booted = Slots { a, b, record }.boot(&options, &mut dog, &mut checker);
        program(Session {
            running: booted.running,
            updater: Updater::new(booted.spare, booted.control, self.staging.clone()),
            dog,
            record_is_sound: booted.record_error.is_none(),
            keys: self.keys,
            attempts: self.attempts,
        })
    }
}

impl<const UNIT: usize, const SECTOR: usize, const PAGE: usize> Session<'_, UNIT, SECTOR, PAGE> {
    /// Sends the file in pieces of `piece` bytes, from where the device wants it, and activates it.
    /// Answers how many bytes were sent.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn update(&mut self, file: &[u8], piece: usize) -> Result<usize, Stopped> {
        let sent = self.send(file, piece)?;
        self.finish().map_err(Stopped::Finish)?;
        Ok(sent)
    }

    /// Sends the file, but does not activate it.
    ///
    /// # Errors
    /// [`Stopped::Stage`].
    pub fn send(&mut self, file: &[u8], piece: usize) -> Result<usize, Stopped> {
        let identity = Sha256::digest(file).into();
        let length = file.len() as u32;
        let mut offset = self
            .updater
            .begin(identity, length)
            .map_err(Stopped::Stage)?;
        let sent = (length - offset) as usize;
        while offset < length {
            let from = offset as usize;
            let bytes = &file[from..file.len().min(from + piece)];
            offset = self.updater.write(offset, bytes).map_err(Stopped::Stage)?;
        }
        Ok(sent)
    }

    /// Checks and activates what was sent.
    ///
    /// # Errors
    /// As [`Updater::finish`].
    pub fn finish(
        &mut self,
    ) -> Result<(), FinishError<romfs_runtime::flash::PartitionError<FlashError>>> {
        let rules = rules(&self.keys);
        self.updater
            .finish(&self.running, &rules, self.attempts, &mut |_| true)
            .map(|_| ())
    }

    /// Whether the running slot starts with exactly these bytes.
    pub fn runs(&self, file: &[u8]) -> bool {
        self.running
            .mapped()
            .is_some_and(|slot| slot.starts_with(file))
    }
}

/// An image of about `size` bytes whose content follows from `seed`: one edited file, and others
/// that are the same for every seed.
///
/// # Panics
/// If the builder fails.
pub fn image(seed: u8, size: usize) -> Vec<u8> {
    use romfs_builder::image::{self, File, ImageOptions};
    use romfs_builder::tree::{Dir, Node};

    let content = |salt: usize, len: usize| -> Vec<u8> {
        (0..len)
            .map(|at| ((at * 31 + salt) ^ (at / 7 * (salt + 3))) as u8)
            .collect()
    };
    let mut tree = Dir::default();
    let mut edited = content(1, size / 2);
    edited.splice(size / 4..size / 4 + 4, [seed; 5]);
    let files = [
        ("main.dat", edited),
        ("lib/a.dat", content(2, size / 3)),
        ("b.txt", content(3, size / 8)),
    ];
    for (name, bytes) in files {
        let node = Node::File(File::new(bytes));
        tree.insert(name, node).expect("each name once");
    }
    let (tree, files) = tree.number();
    let files: Vec<File> = files.into_iter().map(|(_, file)| file).collect();
    image::build(&tree, &files, &ImageOptions::default())
        .expect("a small tree")
        .bytes
}
