//! What is typed on a board's console: for the program that reads it, or to stop the program.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use romfs_builder::emulate::Start;
use romfs_tests::boards::{board, firmware, image};

/// Runs a program on a board and types an answer to each line that has one. What the board printed.
fn converse(
    name: &str,
    program: &str,
    answer: impl Fn(&str) -> Option<&'static [u8]>,
) -> Option<Vec<String>> {
    let board = board(name);
    let firmware = firmware(board)?;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.py"), program).unwrap();
    let bytes = image(folder.path(), name);
    let start = Start {
        firmware,
        image: Some(&bytes),
        words: vec!["exit"],
        serial: "stdio".into(),
        ..Start::default()
    };
    let (mut command, _files) = board.command(&start).unwrap();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut seen = Vec::new();
    for line in lines.map_while(Result::ok) {
        if let Some(typed) = answer(&line) {
            stdin.write_all(typed).unwrap();
            stdin.flush().unwrap();
        }
        seen.push(line);
    }
    assert!(child.wait().unwrap().success(), "{name}: {seen:?}");
    Some(seen)
}

/// Ctrl-C is `KeyboardInterrupt`: in a loop, in a sleep, and while the program reads.
#[test]
fn ctrl_c_stops_what_runs() {
    let program = "\
import sys, time
def loop():
    while True:
        pass
for wait in (loop, lambda: time.sleep(1000), lambda: sys.stdin.read(2), input):
    print('waits')
    try:
        wait()
    except KeyboardInterrupt:
        print('stopped')
";
    for name in ["qemu-riscv32", "qemu-cortex-m3"] {
        let answer = |line: &str| (line == "waits").then_some(&b"x\x03"[..]);
        let Some(seen) = converse(name, program, answer) else {
            return;
        };
        // What `input` shows of its line stands before the last "stopped".
        let seen: Vec<&str> = seen
            .iter()
            .map(|line| line.trim_start_matches('x'))
            .collect();
        assert_eq!(seen, ["waits", "stopped"].repeat(4), "{name}");
    }
}

/// The microbit has no modules for reading, but what runs stops there, too.
#[test]
fn ctrl_c_stops_a_loop_on_the_microbit() {
    let program = "\
print('waits')
try:
    while True:
        pass
except KeyboardInterrupt:
    print('stopped')
";
    let answer = |line: &str| (line == "waits").then_some(&b"\x03"[..]);
    let Some(seen) = converse("qemu-microbit", program, answer) else {
        return;
    };
    assert_eq!(seen, ["waits", "stopped"]);
}

/// Ctrl-D, with nothing behind it, ends what a program reads; the next read waits anew.
#[test]
fn ctrl_d_ends_the_input() {
    let program = "\
import sys
print('reads')
print(repr(sys.stdin.read()))
print('lines')
print(repr(input('? ')), repr(input()))
print('ends')
try:
    input()
except EOFError as e:
    print(repr(e))
";
    for name in ["qemu-riscv32", "qemu-cortex-m3"] {
        let answer = |line: &str| match line {
            "reads" => Some(&b"some\n\x04"[..]),
            // A letter is taken back.
            "lines" => Some(&b"abd\x7fc\rdef\n"[..]),
            "ends" => Some(&b"\x04"[..]),
            _ => None,
        };
        let Some(seen) = converse(name, program, answer) else {
            return;
        };
        let shown = ["? abd\x08 \x08c", "def", "'abc' 'def'"];
        let expected = [
            &["reads", "'some\\n'", "lines"][..],
            &shown,
            &["ends", "EOFError()"],
        ];
        assert_eq!(seen, expected.concat(), "{name}");
    }
}
