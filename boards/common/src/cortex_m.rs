//! The start of a Cortex-M: the vector table, and what has to be in RAM before `main` runs.
//!
//! A linker script places `.vectors` where the processor looks for it, and defines `stack_low`, `stack_top`, `bss_start`,
//! `bss_end`, `data_start`, `data_end` and `data_load` at whole words. The board defines `main` and `fault`, which is given the
//! address of the instruction at fault, or 0 where the stack has overflowed ([`Console::fault`](crate::Console::fault)).

use core::arch::global_asm;

// Instructions that a Cortex-M0 has too. The stack is painted (`memory::PAINT`) before anything is on it.
global_asm!(
    ".section .vectors, \"a\"",
    ".word stack_top",
    ".word reset",
    // What goes wrong, and interrupts that nothing asked for.
    ".rept 14",
    ".word stopped",
    ".endr",
    ".section .text.reset, \"ax\"",
    ".global reset",
    ".thumb_func",
    "reset:",
    where_state_has_a_place!("ldr r0, =romfs_vm_state"),
    where_state_has_a_place!("mov r9, r0"),
    "ldr r0, =stack_low",
    "ldr r1, =stack_top",
    "ldr r2, =0xA5A5A5A5",
    "1: cmp r0, r1",
    "bhs 2f",
    "stm r0!, {{r2}}",
    "b 1b",
    "2: ldr r0, =bss_start",
    "ldr r1, =bss_end",
    "movs r2, #0",
    "3: cmp r0, r1",
    "bhs 4f",
    "stm r0!, {{r2}}",
    "b 3b",
    "4: ldr r0, =data_start",
    "ldr r1, =data_end",
    "ldr r2, =data_load",
    "5: cmp r0, r1",
    "bhs 6f",
    "ldm r2!, {{r3}}",
    "stm r0!, {{r3}}",
    "b 5b",
    "6: bl main",
    "b .",
    // What the processor put on the stack says where; below the stack there is nothing to read. Then a stack of its own.
    ".thumb_func",
    "stopped:",
    "movs r0, #0",
    "mov r1, sp",
    "ldr r2, =stack_low",
    "cmp r1, r2",
    "blo 7f",
    "ldr r0, [r1, #24]",
    "7: ldr r1, =stack_top",
    "mov sp, r1",
    "bl fault",
);
