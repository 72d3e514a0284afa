//! A firmware that cannot go on says where it was.

use std::fs;
use std::path::Path;
use std::time::Duration;

use object::{Object, ObjectSegment, ObjectSymbol};
use romfs_tests::boards::{board, firmware, run_firmware};
use romfs_tests::tools::root;

/// A board's firmware with other instructions at the start of `main`, which has this address.
fn broken(elf: &Path, instructions: &[u16]) -> (Vec<u8>, u64) {
    let mut bytes = fs::read(elf).unwrap();
    let (address, place) = {
        let file = object::File::parse(&*bytes).unwrap();
        let main = file.symbol_by_name("main").expect("main").address() & !1;
        let segment = file
            .segments()
            .find(|segment| (segment.address()..segment.address() + segment.size()).contains(&main))
            .expect("code in flash");
        (main, segment.file_range().0 + main - segment.address())
    };
    for (n, instruction) in instructions.iter().enumerate() {
        let at = usize::try_from(place).unwrap() + 2 * n;
        bytes[at..at + 2].copy_from_slice(&instruction.to_le_bytes());
    }
    (bytes, address)
}

/// Runs each board's firmware with instructions for its processor in place of `main`, and holds what it prints against what
/// is expected of an address.
fn each_prints(thumb: &[u16], risc_v: &[u16], expected: impl Fn(u64) -> String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, instructions) in [
        ("qemu-cortex-m3", thumb),
        ("qemu-microbit", thumb),
        ("qemu-riscv32", risc_v),
    ] {
        let board = board(name);
        let Some(elf) = firmware(board) else {
            return;
        };
        let (bytes, address) = broken(&elf, instructions);
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let image = romfs_tests::boards::image(&root().join("images/blink/src"), name);
        let ended = run_firmware(board, path, &image, &[], Duration::from_secs(60));
        assert_eq!(ended, (expected(address), 101), "{name}");
    }
}

#[test]
fn a_panic_prints_the_address_of_its_trap() {
    // What the compiler makes of a panic: udf #254; c.unimp.
    each_prints(&[0xdefe], &[0x0000], |address| {
        format!("fault at {address:#010x}\n")
    });
}

#[test]
fn a_stack_that_overflows_is_told_from_other_faults() {
    // A stack pointer below the stack and a trap, since QEMU's mps2-an385 does not mind what is written there; calls without
    // end: addi sp, sp, -16; sw zero, 0(sp).
    each_prints(
        &[0x2001, 0x0740, 0x4685, 0xdefe],
        &[0x1141, 0xc002, 0xbff5],
        |_| "stack overflow\n".to_owned(),
    );
}
