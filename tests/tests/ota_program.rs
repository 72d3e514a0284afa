//! A program in a slot sees an update come in while it runs, and decides about its own trial, through the module `ota`.

use std::collections::VecDeque;

use flash_sim::Geometry;
use minicbor::Encoder;
use romfs_builder::input::mpy_cross::{CompileOptions, MpyCross};
use romfs_runtime::update::Staging;
use romfs_runtime::update::smp::{Board, RomFiles, Server};
use romfs_tests::device::{Device, Dog, Part, Session, SimFlash, chip, rules, signed, signing_key};
use romfs_vm::ota::{Served, Updates};
use romfs_vm::vm::{Host, Limits, Vm};

const SECTOR: usize = 4096;
const PAGE: usize = 256;

/// Keeps itself, then watches until another image is pending.
const FIRST: &str = "\
import ota, time
print(ota.running(), ota.version(), ota.trial(), ota.reverted())
print(ota.confirm(), ota.confirm(), ota.trial())
under_way = False
while not ota.pending():
    time.sleep_ms(1)
    done = ota.progress()
    under_way = under_way or (done and 0 < done[0] < done[1])
print(under_way, ota.last_error())
for slot in ota.slots():
    print(slot['slot'], slot['version'], slot['sequence'], slot['running'], slot['pending'])
";

/// Does not like what it finds.
const SECOND: &str = "\
import ota
print(ota.running(), ota.version(), ota.trial())
ota.rollback()
";

/// After going back, and with nothing to decide.
const THIRD_BOOT: &str = "\
import ota
print(ota.running(), ota.version(), ota.trial(), ota.reverted())
try:
    ota.rollback()
except OSError as e:
    print('OSError', e.errno)
";

/// What the program runs on: each time it sleeps, a request of a client is answered.
struct Machine<'r, P: embedded_storage::nor_flash::NorFlash> {
    updates: Served<'r, P, PAGE, Dog>,
    requests: VecDeque<Vec<u8>>,
    out: Vec<u8>,
}

impl<P: embedded_storage::nor_flash::NorFlash + romfs_runtime::flash::Mapped> Host
    for Machine<'_, P>
{
    fn write(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    fn ticks_us(&mut self) -> u64 {
        0
    }

    fn sleep_us(&mut self, _: u64) {
        let request = self
            .requests
            .pop_front()
            .expect("pending by the last request");
        let board = Board {
            watchdog: &mut Dog::default(),
            files: &mut RomFiles {
                at: "/rom",
                image: None,
            },
            content: &mut |_| true,
        };
        let mut response = [0; 512];
        let reply = self.updates.server.handle(&request, &mut response, board);
        assert!(reply.is_some());
    }

    fn updates(&mut self) -> Option<&mut dyn Updates> {
        Some(&mut self.updates)
    }
}

/// An SMP upload of the file, in requests.
fn upload(file: &[u8]) -> VecDeque<Vec<u8>> {
    let mut requests = VecDeque::new();
    for (number, data) in file.chunks(300).enumerate() {
        let mut body = Vec::new();
        let mut encoder = Encoder::new(&mut body);
        let first = number == 0;
        encoder.map(if first { 3 } else { 2 }).unwrap();
        if first {
            encoder.str("len").unwrap().u32(file.len() as u32).unwrap();
        }
        encoder
            .str("off")
            .unwrap()
            .u32(300 * number as u32)
            .unwrap();
        encoder.str("data").unwrap().bytes(data).unwrap();
        let [high, low] = (body.len() as u16).to_be_bytes();
        let head = [2, 0, high, low, 0, 1, number as u8, 1];
        requests.push_back([&head[..], &body].concat());
    }
    requests
}

/// Runs the program of an image on a device that has just booted; what it printed.
fn run(
    session: Session<'_, 1, SECTOR, PAGE>,
    factory: Option<&[u8]>,
    requests: VecDeque<Vec<u8>>,
) -> String {
    let keys = [signing_key().verifying_key()];
    let (running, updater) = (session.running, session.updater);
    let mut machine = Machine {
        updates: Served {
            server: Server::new(updater, &running, rules(&keys), 2, "test", 512),
            watchdog: session.dog,
        },
        requests,
        out: Vec::new(),
    };
    let mut memory = Vec::with_capacity(256 << 10);
    {
        let mut vm = Vm::new(memory.spare_capacity_mut(), Limits::default(), &mut machine).unwrap();
        let image = factory.or(running.mapped()).expect("a slot runs");
        let mut start = || {
            vm.mount_image("/rom", image)?;
            vm.add_path("/rom")?;
            vm.run_main("main")
        };
        if let Err(raised) = start() {
            let exception = vm.take_raised(raised);
            let _ = vm.print_exception(exception, romfs_vm::native::Sink::Console);
        }
    }
    String::from_utf8(machine.out).unwrap()
}

/// An image whose main is this source.
fn image(compiler: &MpyCross, source: &str) -> Vec<u8> {
    use romfs_builder::image::{self, File, ImageOptions};
    use romfs_builder::tree::{Dir, Node};

    let options = CompileOptions {
        arch: None,
        small_int_bits: 31,
        optimise: 0,
    };
    let compiled = compiler.compile("main.py", source.as_bytes(), &options, None);
    let mut tree = Dir::default();
    let node = Node::File(File::new(compiled.unwrap().module));
    tree.insert("main.mpy", node).unwrap();
    let (tree, files) = tree.number();
    let files: Vec<File> = files.into_iter().map(|(_, file)| file).collect();
    let built = image::build(&tree, &files, &ImageOptions::default());
    built.unwrap().bytes
}

#[test]
fn a_program_watches_keeps_and_gives_up() {
    let Some(compiler) = MpyCross::find(None).unwrap() else {
        eprintln!("no mpy-cross: skipped");
        return;
    };
    let staging = Staging::per_page::<Part<1, SECTOR>>();
    let device: Device<1, SECTOR, PAGE> = Device::new(8 * SECTOR as u32, staging);
    let mut flash: SimFlash<1, SECTOR> = chip(Geometry::spi(device.capacity()));
    let first = signed(&image(&compiler, FIRST), 1, 0);
    let second = signed(&image(&compiler, SECOND), 2, 0);
    device.boot(&mut flash, |mut session| {
        session.update(&first, 200).unwrap()
    });

    let printed = device.boot(&mut flash, |session| run(session, None, upload(&second)));
    assert_eq!(
        printed,
        "A 1.0.1 True None\nTrue False False\nTrue None\nA 1.0.1 1 True False\nB 1.0.2 2 False True\n"
    );
    let printed = device.boot(&mut flash, |session| run(session, None, VecDeque::new()));
    assert_eq!(printed, "B 1.0.2 True\n");
    let third = image(&compiler, THIRD_BOOT);
    let printed = device.boot(&mut flash, |session| {
        assert!(session.runs(&first));
        run(session, Some(&third), VecDeque::new())
    });
    assert_eq!(printed, "A 1.0.1 False requested\nOSError 1\n");
}
