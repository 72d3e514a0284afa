//! The emulated RISC-V board: images pushed over its serial port by `romfs push` and smpmgr, kept
//! in its flash when the emulator is killed.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use romfs_builder::emulate::{self, Emulated, Running, Start};
use romfs_builder::push::{Client, PushError, PushOptions, Pushed, Serial, push};
use romfs_builder::update::delta::delta;
use romfs_builder::update::{Claims, class_id, sign, vendor_id};
use romfs_runtime::update::manifest::Numbers;
use romfs_tests::device::{image, signing_key};
use romfs_tests::tools::{missing, root, venv, version};

/// Builds the firmware.
fn firmware() -> PathBuf {
    let riscv = board();
    let built = Command::new(root().join("scripts/cross.sh"))
        .args([riscv.target, "build", "--release", "-q"])
        .current_dir(root().join("boards").join(riscv.name))
        .env("CARGO_TARGET_DIR", root().join("target/boards"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{errors}");
    riscv.built(&root()).unwrap()
}

fn board() -> &'static Emulated {
    emulate::find("qemu-riscv32").unwrap()
}

/// The emulator; killed when dropped, as by a power cut.
struct Board {
    _running: Running,
    port: String,
}

impl Board {
    fn start(firmware: &Path, flash: &Path) -> Self {
        let start = Start {
            firmware: firmware.to_owned(),
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
    if version("qemu-system-riscv32").is_none() {
        return missing("qemu-system-riscv32", "scripts/setup.sh qemu").unwrap_or_default();
    }
    let Some(smpmgr) = venv("smpmgr") else { return };
    let folder = tempfile::tempdir().unwrap();
    let firmware = firmware();
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
    let fourth = Command::new(&smpmgr)
        .args(["--port", &board.port, "upgrade", "--format", "any"])
        .arg(written(folder.path(), &release(4)))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(fourth.success());
    drop(board);
    let board = Board::start(&firmware, &flash);
    // That one is on trial still: its way back may not be overwritten.
    let refused = board.try_push(&release(5)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the device refuses to take the file: the running image is not confirmed yet"
    );
}

fn written(folder: &Path, file: &[u8]) -> PathBuf {
    let path = folder.join("image.romfs");
    fs::write(&path, file).unwrap();
    path
}
