//! From boot to the reset that a client asks for.

use core::fmt::Write;

use romfs_runtime::flash::{FlashMap, Partition};
use romfs_runtime::update::smp::{Board, RomFiles, Server, serial};
use romfs_runtime::update::{
    BootOptions, BootRecord, Booted, CheckPolicy, Rules, Running, SignedSlots, Slots, Source,
    Staging, Updater, VerifyingKey, Watchdog,
};
use romfs_runtime::{Entry, Image, MpyTarget};

use crate::cfi::{CfiFlash, SECTOR};
use crate::machine::Uart;

const RECORD: u32 = 2 * SECTOR as u32;
const SLOT: u32 = 4 * SECTOR as u32;
const PAGE: usize = 1024;
const BUFFER: usize = 1024;
const ATTEMPTS: u8 = 3;

/// UUID of the vendor example.com.
const VENDOR: [u8; 16] = 0xcfbff0d1_9375_5685_968c_48ce8b15ae17_u128.to_be_bytes();
/// UUID of its class qemu-riscv32.
const CLASS: [u8; 16] = 0x7f006d8f_042a_5ad4_b772_c5a6441af553_u128.to_be_bytes();
/// Raw bytes of the public key that images are signed with.
static KEY: &[u8; 32] = include_bytes!(env!("ROMFS_PUBLIC_KEY"));

type Part<'c> = Partition<'c, CfiFlash>;

/// The board has no watchdog that could be stopped; a trial ends with its attempts.
struct NoWatchdog;

impl Watchdog for NoWatchdog {
    fn arm(&mut self, _: u32) {}
    fn disarm(&mut self) {}
}

/// Boots and serves requests until a client asks for a reset.
pub fn run(uart: &mut Uart) {
    let keys = [VerifyingKey::new(*KEY)];
    let rules = Rules {
        keys: &keys,
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
    };
    let mut map = FlashMap::new(CfiFlash::take());
    let booted = match boot(&mut map, &rules) {
        Ok(booted) => booted,
        Err(what) => {
            let _ = writeln!(uart, "boot: {what}");
            return;
        }
    };
    let Booted {
        running,
        spare,
        control,
        ..
    } = booted;
    tell(uart, &running, control.is_trial());
    let updater = Updater::new(spare, control, Staging::<PAGE>::per_page::<Part<'_>>());
    let mut server = Server::new(updater, &running, rules, ATTEMPTS, "qemu-riscv32", BUFFER);
    let mut files = RomFiles {
        at: "/rom",
        image: running.mapped().and_then(|slot| Image::open(slot).ok()),
    };
    let mut decoder = serial::Decoder::<BUFFER>::default();
    let mut response = [0; BUFFER];
    loop {
        let Some(request) = uart.read().and_then(|byte| decoder.push(byte)) else {
            continue;
        };
        let board = Board {
            watchdog: &mut NoWatchdog,
            files: &mut files,
            content: &mut |_| true,
        };
        let Some(reply) = server.handle(request, &mut response, board) else {
            continue;
        };
        let _ = serial::encode(&response[..reply.length], |line| {
            uart.write(line);
            Ok::<_, core::convert::Infallible>(())
        });
        if reply.reset {
            return;
        }
    }
}

fn boot<'c>(
    map: &'c mut FlashMap<CfiFlash>,
    rules: &Rules<'_>,
) -> Result<Booted<Part<'c>>, &'static str> {
    let ranges = [
        0..RECORD,
        RECORD..RECORD + SLOT,
        RECORD + SLOT..RECORD + 2 * SLOT,
    ];
    let [record, a, b] = map
        .partitions(ranges)
        .map_err(|_| "the flash map does not fit the flash")?;
    let record = BootRecord::new(record).map_err(|_| "the boot record does not fit the flash")?;
    let options = BootOptions {
        initial: Source::Factory,
        check: CheckPolicy::Always,
        confirm_within_ms: 60_000,
    };
    let mut checker = SignedSlots { rules: *rules };
    Ok(Slots { a, b, record }.boot(&options, &mut NoWatchdog, &mut checker))
}

/// Prints what runs, and the files in it, read in place.
fn tell(uart: &mut Uart, running: &Running<Part<'_>>, trial: bool) {
    let Some(slot) = running.mapped() else {
        let _ = writeln!(uart, "runs the factory image");
        return;
    };
    if let Some(head) = running.head()
        && let Ok(manifest) = head.manifest_unverified::<()>()
    {
        let trial = if trial { " on trial" } else { "" };
        let _ = writeln!(
            uart,
            "runs {:?} {}{trial}",
            running.source(),
            manifest.version
        );
    }
    let Ok(image) = Image::open(slot) else {
        return;
    };
    for item in image.walk().filter_map(Result::ok) {
        if let Entry::File(file) = item.entry
            && let (Ok(name), Ok(data)) = (core::str::from_utf8(file.name()), file.data())
        {
            let _ = writeln!(uart, "  {name} {} bytes at {:p}", data.len(), data.as_ptr());
        }
    }
}
