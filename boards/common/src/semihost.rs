//! What a debugger or emulator offers: its command line, and an end with a status.

use core::arch::asm;

const GET_CMDLINE: usize = 0x15;
const EXIT_EXTENDED: usize = 0x20;
/// The program ended by itself.
const APPLICATION_EXIT: usize = 0x2_0026;

/// Makes a request.
///
/// # Safety
/// The argument is what the operation takes: here, the address of its block of words.
unsafe fn call(operation: usize, argument: usize) -> usize {
    let answer;
    #[cfg(target_arch = "arm")]
    // SAFETY: invariant 2; the caller's promise. The block may be written to.
    unsafe {
        asm!("bkpt #0xab", inlateout("r0") operation => answer, in("r1") argument, options(nostack));
    }
    #[cfg(target_arch = "riscv32")]
    // SAFETY: invariant 2; likewise. The three instructions are not compressed and lie in one page.
    unsafe {
        asm!(
            ".balign 16",
            ".option push",
            ".option norvc",
            "slli x0, x0, 0x1f",
            "ebreak",
            "srai x0, x0, 7",
            ".option pop",
            inlateout("a0") operation => answer,
            in("a1") argument,
            options(nostack),
        );
    }
    answer
}

/// The command line, cut off where it is longer than `buffer`; empty where there is none.
pub fn command_line(buffer: &mut [u8]) -> &[u8] {
    let mut block = [buffer.as_mut_ptr() as usize, buffer.len()];
    // SAFETY: invariant 2; the block holds a buffer and its length.
    let answer = unsafe { call(GET_CMDLINE, (&raw mut block) as usize) };
    match answer {
        0 => buffer.split(|&byte| byte == 0).next().unwrap_or_default(),
        _ => &[],
    }
}

/// Ends the emulation with a status.
pub fn exit(status: u8) -> ! {
    let block = [APPLICATION_EXIT, status.into()];
    // SAFETY: invariant 2; the block holds reason and status, and is only read.
    unsafe { call(EXIT_EXTENDED, (&raw const block) as usize) };
    loop {
        core::hint::spin_loop();
    }
}
