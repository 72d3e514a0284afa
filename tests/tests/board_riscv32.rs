//! The emulated RISC-V board: images pushed over its serial port by `romfs push` and smpmgr, kept
//! in its flash when the emulator is killed.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use romfs_builder::emulate::{Emulated, Running, Start};
use romfs_builder::push::{Client, PushError, PushOptions, Pushed, Serial, push};
use romfs_builder::update::delta::delta;
use romfs_builder::update::{Claims, class_id, sign, vendor_id};
use romfs_runtime::update::manifest::Numbers;
use romfs_tests::boards;
use romfs_tests::device::{image, signing_key};
use romfs_tests::tools::venv;

fn board() -> &'static Emulated {
    boards::board("qemu-riscv32")
}

/// The emulator; killed when dropped, as by a power cut.
struct Board {
    _running: Running,
    port: String,
}

impl Board {
    fn start(firmware: &Path, flash: &Path) -> Self {
        Self::start_with(firmware, flash, None)
    }

    /// The same with an image of the factory's.
    fn start_with(firmware: &Path, flash: &Path, image: Option<&[u8]>) -> Self {
        let start = Start {
            firmware: firmware.to_owned(),
            image,
            flash: Some(flash),
            // The factory's: images of the tests' key.
            key: Some(*signing_key().verifying_key().as_bytes()),
            serial: "pty".into(),
            ..Start::default()
        };
        let mut running = board()
            .start(&start, Stdio::piped(), Stdio::null())
            .unwrap();
        let output = running.child.stdout.take().unwrap();
        let output = BufReader::new(output);
        let port = output
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                let rest = line.strip_prefix("char device redirected to ")?;
                Some(rest.split(' ').next()?.to_owned())
            })
            .unwrap();
        Self {
            _running: running,
            port,
        }
    }

    /// Pushes a file by a client that others wrote; whether that went well.
    fn smpmgr(&self, smpmgr: &Path, file: &Path) -> bool {
        let status = Command::new(smpmgr)
            .args(["--port", &self.port, "--timeout", "20"])
            .args(["upgrade", "--format", "any"])
            .arg(file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.unwrap().success()
    }

    fn push(&self, file: &[u8]) -> Pushed {
        self.try_push(file).unwrap()
    }

    fn try_push(&self, file: &[u8]) -> Result<Pushed, PushError> {
        let serial = Serial::open(&self.port, 115_200).unwrap();
        let mut client = Client::new(serial, Duration::from_secs(2), 5);
        let options = PushOptions {
            confirm: true,
            ..PushOptions::default()
        };
        push(&mut client, file, &options, &mut |_, _| {})
    }
}

fn release(number: u8) -> Vec<u8> {
    let vendor = vendor_id("example.com");
    let claims = Claims {
        vendor,
        class: class_id(vendor, "qemu-riscv32"),
        component: 0,
        numbers: Numbers {
            counter: 0,
            sequence: number.into(),
        },
        version: format!("1.{number}"),
    };
    sign(&image(number, 24_000), &claims, &signing_key()).unwrap()
}

#[test]
fn the_board_takes_images_over_its_serial_port_and_keeps_them() {
    let Some(firmware) = boards::firmware(board()) else {
        return;
    };
    let Some(smpmgr) = venv("smpmgr") else { return };
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("flash.img");

    let board = Board::start(&firmware, &flash);
    let pushed = board.push(&release(1));
    assert_eq!(pushed.running.as_deref(), Some("1.1"));
    drop(board);

    // Killed in the middle of an upload: it goes on where it stopped.
    let second = release(2);
    let board = Board::start(&firmware, &flash);
    let mut child = Command::new(&smpmgr)
        .args(["--port", &board.port, "upgrade", "--format", "any"])
        .arg(written(folder.path(), &second))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(2_500));
    drop(board);
    let _ = child.kill();
    let _ = child.wait();
    let board = Board::start(&firmware, &flash);
    let pushed = board.push(&second);
    println!(
        "{} bytes were there, {} were sent",
        pushed.resumed, pushed.sent
    );
    assert_eq!(pushed.running.as_deref(), Some("1.2"));

    // A delta, and a client that others wrote.
    let third = release(3);
    let pushed = board.push(&delta(&second, &third).unwrap().file);
    assert_eq!(pushed.running.as_deref(), Some("1.3"));
    let fourth = written(folder.path(), &release(4));
    assert!(board.smpmgr(&smpmgr, &fourth));
    drop(board);
    let board = Board::start(&firmware, &flash);
    // That one is on trial still: its way back may not be overwritten.
    assert_eq!(refusal(&board), ON_TRIAL);
}

/// Computes for good: prints nothing, reads nothing, waits for nothing.
const BUSY: &str = "\
def step(n):
    return (n * 7 + 1) % 1000003

print('busy')
n = 0
while True:
    n = step(n)
";

#[test]
fn images_are_taken_while_a_program_computes() {
    let Some(firmware) = boards::firmware(board()) else {
        return;
    };
    let Some(smpmgr) = venv("smpmgr") else { return };
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("app");
    fs::create_dir(&source).unwrap();
    fs::write(source.join("main.py"), BUSY).unwrap();
    let busy = boards::image(&source, "qemu-riscv32");
    let flash = folder.path().join("flash.img");
    let board = Board::start_with(&firmware, &flash, Some(&busy));
    let first = written(folder.path(), &release(1));
    assert!(board.smpmgr(&smpmgr, &first));
    // It was reset, and runs what was pushed.
    assert_eq!(refusal(&board), ON_TRIAL);
}

/// What the device says while an image is on trial.
const ON_TRIAL: &str =
    "the device refuses to take the file: the running image is not confirmed yet";

/// Why the device does not take one more release.
fn refusal(board: &Board) -> String {
    board.try_push(&release(5)).unwrap_err().to_string()
}

fn written(folder: &Path, file: &[u8]) -> PathBuf {
    let path = folder.join("image.romfs");
    fs::write(&path, file).unwrap();
    path
}
