//! The emulated boards run programs as the host does, the microbit within its 16 KiB.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use romfs_builder::emulate::{self, Emulated, Start};
use romfs_tests::tools::{missing, root, version};

/// The firmware of a board, built; none where its tools are missing.
fn firmware(board: &Emulated) -> Option<PathBuf> {
    if version(board.qemu).is_none() {
        return missing(board.qemu, "scripts/setup.sh qemu");
    }
    let built = Command::new(root().join("scripts/cross.sh"))
        .args([board.target, "build", "--release", "-q"])
        .current_dir(root().join("boards").join(board.name))
        .env("CARGO_TARGET_DIR", root().join("target/boards"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{errors}");
    board.built(&root())
}

/// The image of a folder of sources, compiled for a board by the command.
fn image(source: &Path, board: &str, folder: &Path) -> Vec<u8> {
    let out = folder.join("image.romfs");
    let built = Command::new(env!("CARGO"))
        .args([
            "run",
            "-q",
            "-p",
            "romfs-builder",
            "--bin",
            "romfs",
            "--",
            "build",
            "-q",
        ])
        .arg(source)
        .args(["--board", board, "-o"])
        .arg(&out)
        .env("PATH", path_with_venv())
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    fs::read(out).unwrap()
}

fn path_with_venv() -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{}:{path}", root().join(".venv/bin").display())
}

/// What a board printed, and its exit status.
fn run(board: &Emulated, image: &[u8], words: &[&str]) -> Option<(String, i32)> {
    let start = Start {
        firmware: firmware(board)?,
        image: Some(image),
        words: words.to_vec(),
        serial: "stdio".into(),
        ..Start::default()
    };
    let mut running = board.start(&start, Stdio::piped(), Stdio::null()).unwrap();
    let mut output = running.child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut output, &mut bytes).unwrap();
        bytes
    });
    let status = running.wait(Some(Duration::from_secs(60))).unwrap();
    drop(running);
    let text = String::from_utf8_lossy(&reader.join().unwrap()).into_owned();
    let status = status.unwrap_or_else(|| panic!("still running: {text}"));
    Some((text, status.code().unwrap_or(-1)))
}

fn board(name: &str) -> &'static Emulated {
    emulate::find(name).unwrap()
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
const APPLICATIONS: [&str; 2] = ["protocol-parser", "state-machine"];

#[test]
fn the_applications_print_the_same_on_every_board() {
    for name in ["qemu-cortex-m3", "qemu-riscv32"] {
        for app in APPLICATIONS {
            let folder = tempfile::tempdir().unwrap();
            let source = root().join("images").join(app);
            let bytes = image(&source.join("src"), name, folder.path());
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
        let bytes = image(&source, name, folder.path());
        let Some(ended) = run(board(name), &bytes, &["exit"]) else {
            return;
        };
        assert_eq!(ended, (String::new(), 7), "{name}");
        fs::write(source.join("main.py"), "def f():\n    1 // 0\nf()\n").unwrap();
        let bytes = image(&source, name, folder.path());
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
    let folder = tempfile::tempdir().unwrap();
    let bytes = image(
        &root().join("images/blink/src"),
        "qemu-microbit",
        folder.path(),
    );
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
    let bytes = image(&source, riscv.name, folder.path());
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
