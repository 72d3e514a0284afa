//! The emulated boards run programs as the host does, the microbit within its 16 KiB.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use object::{Object, ObjectSection};
use romfs_builder::emulate::{Emulated, Start};
use romfs_tests::boards::{board, firmware, image};
use romfs_tests::tools::root;

/// What a board printed, and its exit status.
fn run(board: &Emulated, image: &[u8], words: &[&str]) -> Option<(String, i32)> {
    romfs_tests::boards::run(board, image, words, Duration::from_secs(60))
}

/// The numbers of a line of the report.
fn reported(text: &str, name: &str) -> Vec<usize> {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let line = line.unwrap_or_else(|| panic!("no {name} in {text}"));
    line.split_ascii_whitespace()
        .map(|n| n.parse().unwrap())
        .collect()
}

/// The applications whose modules the firmwares have. blink is the microbit's, and has a test of its own.
const APPLICATIONS: [&str; 3] = ["protocol-parser", "sensor-logger", "state-machine"];

#[test]
fn the_applications_print_the_same_on_every_board() {
    for name in ["qemu-cortex-m3", "qemu-riscv32"] {
        for app in APPLICATIONS {
            let source = root().join("images").join(app);
            let bytes = image(&source.join("src"), name);
            let Some((text, status)) = run(board(name), &bytes, &["exit"]) else {
                return;
            };
            let expected = fs::read_to_string(source.join("expected.txt")).unwrap();
            assert_eq!(
                (text.as_str(), status),
                (expected.as_str(), 0),
                "{app} on {name}"
            );
        }
    }
}

#[test]
fn a_program_ends_with_its_status_and_its_traceback() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("app");
    fs::create_dir(&source).unwrap();
    for name in ["qemu-cortex-m3", "qemu-riscv32"] {
        fs::write(source.join("main.py"), "raise SystemExit(7)\n").unwrap();
        let bytes = image(&source, name);
        let Some(ended) = run(board(name), &bytes, &["exit"]) else {
            return;
        };
        assert_eq!(ended, (String::new(), 7), "{name}");
        fs::write(source.join("main.py"), "def f():\n    1 // 0\nf()\n").unwrap();
        let bytes = image(&source, name);
        let (text, status) = run(board(name), &bytes, &["exit"]).unwrap();
        assert!(
            text.ends_with("ZeroDivisionError: divide by zero\n"),
            "{text}"
        );
        assert_eq!(status, 1, "{name}");
    }
}

#[test]
fn a_microbit_has_room_for_a_class_and_a_generator() {
    let bytes = image(&root().join("images/blink/src"), "qemu-microbit");
    let Some((text, status)) = run(board("qemu-microbit"), &bytes, &["exit", "report"]) else {
        return;
    };
    let expected = fs::read_to_string(root().join("images/blink/expected.txt")).unwrap();
    assert!(text.starts_with(&expected), "{text}");
    assert_eq!(status, 0, "{text}");
    let (free, stack) = (reported(&text, "#boot")[1], reported(&text, "#stack")[0]);
    println!("microbit: {free} bytes of heap free after boot, {stack} of stack used");
    assert!(free >= 6 * 1024, "{free}");
    assert!(stack < 8 * 1024, "{stack}");
}

/// What MicroPython 1.29's firmware for mps2-an385 has of RAM: data and bss, its heap of 143,360 bytes among them, and the
/// 10,240 bytes that it lets its stack take.
const THEIR_RAM: usize = 16 + 144_160 + 10_240;
/// What `gc.mem_free()` says at its prompt.
const THEIR_FREE: usize = 139_184;
/// Calls within calls that their stack has room for: of [`DEEP`]'s two functions.
const THEIR_DEPTHS: [usize; 2] = [52, 46];
/// A value stack for as many.
const VALUES: usize = 3584;

/// Bytes of data and bss that a firmware has.
fn statics(elf: &Path) -> usize {
    let bytes = fs::read(elf).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    [".data", ".bss"]
        .iter()
        .filter_map(|name| file.section_by_name(name))
        .map(|section| section.size() as usize)
        .sum()
}

/// Calls until there is no room for another.
const DEEP: &str = "\
n = 0
def f():
    global n
    n += 1
    f()
def g(a, b, c):
    global n
    n += 1
    x = a + 1
    y = [b, c]
    return g(x, y, c)
try:
    f()
except RuntimeError:
    print('#f', n)
n = 0
try:
    g(1, 2, 3)
except RuntimeError:
    print('#g', n)
";

#[test]
fn the_heap_is_no_smaller_than_micropythons_in_the_same_ram() {
    let name = "qemu-cortex-m3";
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.py"), DEEP).unwrap();
    let deep = image(folder.path(), name);
    let values = format!("stack={VALUES}");
    let Some((text, status)) = run(board(name), &deep, &["exit", "report", &values]) else {
        return;
    };
    assert_eq!(status, 0, "{text}");
    let depths = [reported(&text, "#f")[0], reported(&text, "#g")[0]];
    assert!(
        depths[0] >= THEIR_DEPTHS[0] && depths[1] >= THEIR_DEPTHS[1],
        "{depths:?}"
    );
    let statics = statics(&firmware(board(name)).unwrap());
    for app in APPLICATIONS {
        let bytes = image(&root().join("images").join(app).join("src"), name);
        let (text, _) = run(board(name), &bytes, &["exit", "report", &values]).unwrap();
        // What the native stack took, and data and bss, go off what the VM may have.
        let stack = reported(&text, "#stack")[0];
        let memory = format!("memory={}", THEIR_RAM - stack - statics);
        let words = ["exit", "report", &values, &memory];
        let (text, status) = run(board(name), &bytes, &words).unwrap();
        assert_eq!(status, 0, "{app}: {text}");
        let free = reported(&text, "#boot")[1];
        println!(
            "{app}: {free} bytes of heap free after boot, beside {stack} of stack, {statics} of statics; theirs {THEIR_FREE}"
        );
        assert!(free >= THEIR_FREE, "{app}: {free}");
    }
}

/// Computes for a while, without a pause.
const COMPUTES: &str = "\
n = 0
for i in range(50000):
    n = (n * 7 + i) % 1000003
print(n)
";

#[test]
fn an_async_executor_has_other_tasks_beside_a_program() {
    let executor = Emulated {
        name: "embassy",
        machine: &["-M", "mps2-an386"],
        target: "thumbv7em-none-eabi",
        ..*board("qemu-cortex-m3")
    };
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("app");
    fs::create_dir(&source).unwrap();
    fs::write(source.join("main.py"), COMPUTES).unwrap();
    let bytes = image(&source, "qemu-cortex-m3");
    let Some((text, status)) = run(&executor, &bytes, &[]) else {
        return;
    };
    let told: Vec<&str> = text.lines().collect();
    let n = (0..50000).fold(0, |n, i| (n * 7 + i) % 1_000_003);
    assert_eq!((told[0], status), (n.to_string().as_str(), 0), "{text}");
    let blinks = told[1].strip_prefix("status 0, ").unwrap();
    let blinks: u32 = blinks
        .strip_suffix(" blinks meanwhile")
        .unwrap()
        .parse()
        .unwrap();
    assert!(blinks > 10, "{text}");
}

#[test]
fn files_of_the_riscv_board_outlast_a_restart() {
    let riscv = board("qemu-riscv32");
    let Some(firmware) = firmware(riscv) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("app");
    fs::create_dir(&source).unwrap();
    let program = "\
try:
    n = int(open('/count').read())
except OSError:
    n = 0
with open('/count', 'w') as f:
    f.write(str(n + 1))
print(n)
";
    fs::write(source.join("main.py"), program).unwrap();
    let bytes = image(&source, riscv.name);
    let flash = folder.path().join("flash.img");
    for boot in 0..3 {
        let start = Start {
            firmware: firmware.clone(),
            // Put there once; the flash keeps it.
            image: (boot == 0).then_some(&bytes),
            flash: Some(&flash),
            words: vec!["exit"],
            serial: "stdio".into(),
            ..Start::default()
        };
        let (mut command, _files) = riscv.command(&start).unwrap();
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{boot}\n"));
    }
}

/// Keeps a number in a file, replaced as a whole, and says each that is kept.
const KEEPER: &str = "\
import os
try:
    n = int(open('/n').read())
except OSError:
    n = 0
print('has', n)
while True:
    n += 1
    with open('/next', 'w') as f:
        f.write(str(n))
    os.rename('/next', '/n')
    print('kept', n)
";

/// Runs the keeper until it is killed: so long after it said what it had, or so long after its start. The number that it had,
/// and the last that it said it kept.
fn keep(riscv: &Emulated, start: &Start<'_>, life: Duration, booted: bool) -> (Option<u32>, u32) {
    let mut running = riscv.start(start, Stdio::piped(), Stdio::null()).unwrap();
    let output = running.child.stdout.take().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let (mut had, mut kept) = (None, 0);
        let mut output = BufReader::new(output);
        let mut line = String::new();
        while output.read_line(&mut line).is_ok() {
            // The last line may be cut short.
            let Some(whole) = line.strip_suffix('\n') else {
                break;
            };
            match whole.split_once(' ') {
                Some(("has", n)) => {
                    had = n.parse().ok();
                    let _ = tell.send(());
                }
                Some(("kept", n)) => kept = n.parse().unwrap_or(kept),
                _ => panic!("{whole}"),
            }
            line.clear();
        }
        (had, kept)
    });
    if booted {
        told.recv_timeout(BOOT_LIMIT).expect("the board boots");
    }
    std::thread::sleep(life);
    drop(running);
    reader.join().unwrap()
}

/// The longest that the board may take to boot, on a machine that has much else to do.
const BOOT_LIMIT: Duration = Duration::from_secs(60);

#[test]
fn killing_the_riscv_board_loses_nothing_that_was_kept() {
    let riscv = board("qemu-riscv32");
    let Some(firmware) = firmware(riscv) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("app");
    fs::create_dir(&source).unwrap();
    fs::write(source.join("main.py"), KEEPER).unwrap();
    let bytes = image(&source, riscv.name);
    let flash = folder.path().join("flash.img");
    let kills = std::env::var("ROMFS_KILLS").map_or(20, |n| n.parse().unwrap());
    let mut random = flash_sim::Rng::new(5);
    let (mut sure, mut booted, mut total) = (0, 0, 0);
    for kill in 0..kills {
        let start = Start {
            firmware: firmware.clone(),
            image: (kill == 0).then_some(&bytes),
            flash: Some(&flash),
            words: vec!["exit"],
            serial: "stdio".into(),
            ..Start::default()
        };
        // One in eight at any moment from the start on, while it boots too.
        let any = kill % 8 == 7;
        let life =
            Duration::from_micros(random.below(if any { 1_000_000 } else { 500_000 }) as u64);
        let (had, kept) = keep(riscv, &start, life, !any);
        assert!(any || had.is_some(), "kill {kill}");
        assert!(
            had.is_none_or(|had| had >= sure),
            "kill {kill}: {had:?} of {sure}"
        );
        booted += u32::from(had.is_some());
        total += u32::from(kept > 0);
        sure = sure.max(kept);
    }
    println!(
        "{kills} kills, {booted} while the program ran, {total} while it wrote: {sure} numbers kept, none lost"
    );
    assert!(booted * 2 > kills && sure > kills, "{booted} {sure}");
}
