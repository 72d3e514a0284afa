//! The start of a RISC-V core of 32 bits, and what has to be in RAM before `main` runs.
//!
//! A linker script places `.text.start` where the core begins, and defines `stack_low`, `stack_top`, `bss_start`,
//! `bss_end`, `data_start`, `data_end` and `data_load` at whole words, and `__global_pointer$` 2 KB behind the start of the
//! constants (scripts/link_short.py). The board defines `main` and `fault`, which is given the address of the instruction at fault,
//! or 0 where the stack has overflowed ([`Console::fault`](crate::Console::fault)).

use core::arch::global_asm;

// Faults go to `fault`. The stack is painted (`memory::PAINT`) before anything is on it, then come zeros
// for what has no initial value, the initial values of the rest, and `main`.
global_asm!(
    ".section .text.start, \"ax\"",
    ".global reset",
    "reset:",
    ".option push",
    ".option norelax",
    "la gp, __global_pointer$",
    ".option pop",
    "la t0, trap",
    "csrw mtvec, t0",
    "la sp, stack_top",
    where_state_has_a_place!("la tp, romfs_vm_state"),
    "la t0, stack_low",
    "li t1, 0xA5A5A5A5",
    "1: bgeu t0, sp, 2f",
    "sw t1, 0(t0)",
    "addi t0, t0, 4",
    "j 1b",
    "2: la t0, bss_start",
    "la t1, bss_end",
    "3: bgeu t0, t1, 4f",
    "sw zero, 0(t0)",
    "addi t0, t0, 4",
    "j 3b",
    "4: la t0, data_start",
    "la t1, data_end",
    "la t2, data_load",
    "5: bgeu t0, t1, 6f",
    "lw t3, 0(t2)",
    "sw t3, 0(t0)",
    "addi t0, t0, 4",
    "addi t2, t2, 4",
    "j 5b",
    "6: call main",
    "7: j 7b",
    // A stack of its own: the fault may be one of the stack.
    ".balign 4",
    "trap:",
    "csrr a0, mepc",
    "la t0, stack_low",
    "bgeu sp, t0, 8f",
    "li a0, 0",
    "8:",
    "la sp, stack_top",
    "j fault",
);
