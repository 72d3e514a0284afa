//! Takes the built-in image, and then the delta to a newer one, in through the SMP server, as if
//! they came over a link; says what that took.
#![no_std]
#![no_main]

use core::fmt::Write;
use core::mem::size_of;

use romfs_cortex_m::{
    Console, DELTA, IMAGE, KEY, RamFlash, code_size, exit, rules, stack_pointer, stack_used,
};
use romfs_runtime::flash::{FlashMap, Partition};
use romfs_runtime::update::smp::{Board, HEADER, NoFiles, Server, serial};
use romfs_runtime::update::{
    BootOptions, BootRecord, Booted, CheckPolicy, Rules, SignedSlots, Slots, Source, Staging,
    Updater, VerifyingKey, Watchdog,
};

const SECTOR: u32 = 4096;
const SLOT: u32 = 7 * SECTOR;
const PAGE: usize = 256;
const BUFFER: usize = 512;
type Part<'c> = Partition<'c, RamFlash>;

struct Dog;

impl Watchdog for Dog {
    fn arm(&mut self, _: u32) {}
    fn disarm(&mut self) {}
}

fn boot<'c>(map: &'c mut FlashMap<RamFlash>, rules: &Rules<'_>) -> Booted<Part<'c>> {
    let record = 2 * SECTOR;
    let ranges = [
        0..record,
        record..record + SLOT,
        record + SLOT..record + 2 * SLOT,
    ];
    let [record, a, b] = map.partitions(ranges).expect("whole sectors");
    let record = BootRecord::new(record).expect("two sectors");
    let options = BootOptions {
        initial: Source::Factory,
        check: CheckPolicy::OnTrial,
        confirm_within_ms: 1000,
    };
    let mut checker = SignedSlots { rules: *rules };
    Slots { a, b, record }.boot(&options, &mut Dog, &mut checker)
}

/// One upload request, written to `out`: CBOR by hand, as a client would send it.
fn request(out: &mut [u8; BUFFER], file: &[u8], offset: usize) -> usize {
    let data = &file[offset..file.len().min(offset + 384)];
    let mut at = HEADER;
    let mut put = |bytes: &[u8]| {
        out[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    put(if offset == 0 {
        b"\xa3\x63len\x1a"
    } else {
        b"\xa2"
    });
    if offset == 0 {
        put(&(file.len() as u32).to_be_bytes());
    }
    put(b"\x63off\x1a");
    put(&(offset as u32).to_be_bytes());
    put(b"\x64data\x59");
    put(&(data.len() as u16).to_be_bytes());
    put(data);
    let length = ((at - HEADER) as u16).to_be_bytes();
    out[..HEADER].copy_from_slice(&[2 | 8, 0, length[0], length[1], 0, 1, 1, 1]);
    at
}

/// Boots, confirms what is on trial, and takes `file` in. The most stack that was used below this
/// frame, in which the server and its buffers are that a firmware has in static memory; none if
/// the file was not activated.
#[inline(never)]
fn update(map: &mut FlashMap<RamFlash>, rules: Rules<'_>, file: &[u8]) -> Option<usize> {
    let Booted {
        running,
        spare,
        mut control,
        ..
    } = boot(map, &rules);
    if control.is_trial() {
        control.confirm(&mut Dog).ok()?;
    }
    let updater = Updater::new(spare, control, Staging::<PAGE>::per_page::<Part<'_>>());
    let mut server = Server::new(updater, &running, rules, 2, "cortex-m3", BUFFER);
    let (mut incoming, mut response) = ([0; BUFFER], [0; BUFFER]);
    for offset in (0..file.len()).step_by(384) {
        let length = request(&mut incoming, file, offset);
        let board = Board {
            watchdog: &mut Dog,
            files: &mut NoFiles,
            content: &mut |_| true,
        };
        server.handle(&incoming[..length], &mut response, board);
    }
    let pending = server.updater().control().is_pending();
    pending.then(|| stack_used(stack_pointer()))
}

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    let keys = [VerifyingKey::new(*KEY)];
    let rules = rules(&keys);
    let mut map = FlashMap::new(RamFlash::take());
    let image = update(&mut map, rules, IMAGE);
    let delta = update(&mut map, rules, DELTA);
    let Booted {
        running, control, ..
    } = boot(&mut map, &rules);
    let runs = running.mapped().is_some() && control.is_trial();

    let stack = image.max(delta).unwrap_or(0);
    let code = code_size(IMAGE.len() + DELTA.len());
    let kept =
        size_of::<Server<'_, Part<'_>, PAGE>>() + size_of::<serial::Decoder<BUFFER>>() + 2 * BUFFER;
    let sound = image.is_some() && delta.is_some() && runs;
    let _ = writeln!(
        Console,
        "sound {sound}\ncode {code}\nstack {stack}\nstatic {kept}"
    );
    exit(sound)
}
