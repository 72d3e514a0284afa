//! What littlefs asks of a C library, beyond what Rust's compiler brings.

use core::ffi::{c_char, c_int};

/// Length of the start of `text` in which each byte is in `set`, or each is not.
///
/// # Safety
/// Both end with a zero.
unsafe fn span(text: *const c_char, set: *const c_char, inside: bool) -> usize {
    let mut length = 0;
    // SAFETY: invariant 2; up to the zeros, by the caller's promise.
    unsafe {
        loop {
            let byte = *text.add(length);
            if byte == 0 || strchr(set, c_int::from(byte)).is_null() == inside {
                return length;
            }
            length += 1;
        }
    }
}

/// The first place of a byte in a text, its zero counted.
#[unsafe(no_mangle)]
unsafe extern "C" fn strchr(text: *const c_char, byte: c_int) -> *const c_char {
    let mut at = text;
    // SAFETY: invariant 2; up to the zero, which C promises.
    unsafe {
        loop {
            if *at == byte as c_char {
                return at;
            }
            if *at == 0 {
                return core::ptr::null();
            }
            at = at.add(1);
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strspn(text: *const c_char, set: *const c_char) -> usize {
    // SAFETY: invariant 2; C promises the same.
    unsafe { span(text, set, true) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strcspn(text: *const c_char, set: *const c_char) -> usize {
    // SAFETY: invariant 2; C promises the same.
    unsafe { span(text, set, false) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strcpy(to: *mut c_char, from: *const c_char) -> *mut c_char {
    let mut at = 0;
    // SAFETY: invariant 2; C promises room for all of `from`.
    unsafe {
        loop {
            *to.add(at) = *from.add(at);
            if *from.add(at) == 0 {
                return to;
            }
            at += 1;
        }
    }
}

/// What compilers make of counting bits, on processors that cannot.
#[unsafe(no_mangle)]
extern "C" fn __popcountsi2(word: u32) -> c_int {
    let mut word = word;
    let mut ones = 0;
    while word != 0 {
        word &= word - 1;
        ones += 1;
    }
    ones
}
