//! The regions of the second flash, and what boots from them.

use romfs_runtime::MpyTarget;
use romfs_runtime::flash::{FlashMap, Mapped, Partition};
use romfs_runtime::update::{
    BootOptions, BootRecord, Booted, CheckPolicy, Rules, SignedSlots, Slots, Source, VerifyingKey,
    Watchdog,
};

use crate::cfi::{CfiFlash, SECTOR};

const RECORD: u32 = 2 * SECTOR as u32;
const SLOT: u32 = 32 * SECTOR as u32;
const FILES: u32 = 28 * SECTOR as u32;
/// Where the sector lies that the factory writes the device's key to: the last one.
const PROVISION: u32 = 127 * SECTOR as u32;
/// What that sector begins with, before the 32 bytes of the key.
const PROVISIONED: &[u8; 8] = b"ROMFSKEY";

/// When an image is checked that is about to run: its bytes by hashes and signature here, its modules by the VM's verifier
/// before it is mounted. Where that is asked for, imports verify nothing.
pub const CHECK: CheckPolicy = CheckPolicy::Always;

/// UUID of the vendor example.com.
const VENDOR: [u8; 16] = 0xcfbff0d1_9375_5685_968c_48ce8b15ae17_u128.to_be_bytes();
/// UUID of its class qemu-riscv32.
const CLASS: [u8; 16] = 0x7f006d8f_042a_5ad4_b772_c5a6441af553_u128.to_be_bytes();

/// A region of the flash.
pub type Part<'c> = Partition<'c, CfiFlash>;

/// The board has no watchdog that could be stopped; a trial ends with its attempts.
#[derive(Debug)]
pub struct NoWatchdog;

impl Watchdog for NoWatchdog {
    fn arm(&mut self, _: u32) {}
    fn disarm(&mut self) {}
}

/// All regions.
pub struct Regions<'c> {
    record: Part<'c>,
    a: Part<'c>,
    b: Part<'c>,
    /// The image that the factory put there.
    pub factory: Part<'c>,
    /// littlefs.
    pub files: Part<'c>,
    provision: Part<'c>,
}

impl<'c> Regions<'c> {
    /// Cuts the flash up.
    ///
    /// # Errors
    /// Text, where the map does not fit the flash.
    pub fn of(map: &'c mut FlashMap<CfiFlash>) -> Result<Self, &'static str> {
        let mut at = 0;
        let mut next = |length| {
            at += length;
            at - length..at
        };
        let (record, a, b, factory, files) = (
            next(RECORD),
            next(SLOT),
            next(SLOT),
            next(SLOT),
            next(FILES),
        );
        let provision = PROVISION..PROVISION + SECTOR as u32;
        let [record, a, b, factory, files, provision] = map
            .partitions([record, a, b, factory, files, provision])
            .map_err(|_| "the flash map does not fit the flash")?;
        Ok(Self {
            record,
            a,
            b,
            factory,
            files,
            provision,
        })
    }

    /// The key that images have to be signed with, if the factory wrote one.
    pub fn key(&self) -> Option<VerifyingKey> {
        let rest = self.provision.mapped().strip_prefix(PROVISIONED)?;
        rest.first_chunk().map(|key| VerifyingKey::new(*key))
    }
}

/// What this device takes.
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

/// What a boot came to, and the regions that it does not need.
pub struct Start<'c> {
    /// What runs and what may be changed.
    pub booted: Booted<Part<'c>>,
    /// The image that the factory put there.
    pub factory: Part<'c>,
    /// littlefs.
    pub files: Part<'c>,
}

/// Decides what runs.
///
/// # Errors
/// Text, where the boot record does not fit its region.
pub fn boot<'c>(regions: Regions<'c>, rules: &Rules<'_>) -> Result<Start<'c>, &'static str> {
    let record =
        BootRecord::new(regions.record).map_err(|_| "the boot record does not fit the flash")?;
    let options = BootOptions {
        initial: Source::Factory,
        check: CHECK,
        confirm_within_ms: 60_000,
    };
    let slots = Slots {
        a: regions.a,
        b: regions.b,
        record,
    };
    let mut checker = SignedSlots { rules: *rules };
    Ok(Start {
        booted: slots.boot(&options, &mut NoWatchdog, &mut checker),
        factory: regions.factory,
        files: regions.files,
    })
}
