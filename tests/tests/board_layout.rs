//! What scripts/link_short.py promises of RISC-V firmware: functions lie near those they call, constants near `gp`.

use std::fs;

use object::{Object, ObjectSection};
use romfs_tests::boards::{board, firmware};

const RA: u32 = 1;
const GP: u32 = 3;

/// The instructions of a piece of code, the short ones as words with their upper half zero.
fn instructions(code: &[u8]) -> impl Iterator<Item = u32> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let low = u16::from_le_bytes([*code.get(at)?, *code.get(at + 1)?]);
        at += 2;
        if low & 3 != 3 {
            return Some(u32::from(low));
        }
        let high = u16::from_le_bytes([*code.get(at)?, *code.get(at + 1)?]);
        at += 2;
        Some(u32::from(high) << 16 | u32::from(low))
    })
}

#[test]
fn calls_and_addresses_are_short() {
    let Some(elf) = firmware(board("qemu-riscv32")) else {
        return;
    };
    let bytes = fs::read(elf).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let text = file.section_by_name(".text").unwrap();
    let (mut short, mut long, mut by_gp) = (0, 0, 0);
    for instruction in instructions(text.data().unwrap()) {
        // c.jal; jal ra; anything whose rs1 is gp: addi and loads.
        if instruction & 0xffff_e003 == 0x2001 {
            short += 1;
        } else if instruction & 0xfff == RA << 7 | 0x6f {
            long += 1;
        } else if matches!(instruction & 0x7f, 0x03 | 0x13) && instruction >> 15 & 31 == GP {
            by_gp += 1;
        }
    }
    // In the order in which the compiler leaves functions, fewer than a third of the calls are short.
    assert!(
        5 * short > 2 * (short + long),
        "{short} short calls, {long} long ones"
    );
    assert!(by_gp > 200, "{by_gp} addresses by gp");
}
