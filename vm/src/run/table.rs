//! Which handler an opcode has. The numbers are those of `mpy_format`'s opcode table; a test compares the two.

#[cfg(romfs_vm_one)]
use super::{Fp, Next};
use super::{
    Handler, attrs, calls, data, flow, generators, imports, loops, make, names, ops, slices,
    subscr, unwind,
};
#[cfg(romfs_vm_one)]
use crate::value::Slot;

/// How many bytes the table is for: all, but where bytes count those up to the last opcode.
const END: usize = if cfg!(romfs_vm_small) { 0xfa } else { 256 };

/// Handlers by opcode.
static TABLE: [Handler; END] = {
    let all = table();
    let mut these = [all[0]; END];
    let mut op = 0;
    while op < END {
        these[op] = all[op];
        op += 1;
    }
    these
};

/// Where the handlers lie.
#[cfg(all(romfs_vm_tail, romfs_vm_few))]
#[inline(always)]
pub(super) fn handlers() -> *const Handler {
    TABLE.as_ptr()
}

/// The handler of an opcode.
///
/// # Safety
/// The verifier has seen the opcode.
#[inline(always)]
pub(super) unsafe fn handler(opcode: u8) -> Handler {
    // SAFETY: invariant 2; the table has all opcodes.
    unsafe { *TABLE.get_unchecked(opcode as usize) }
}

/// A handler as the table has it.
#[cfg(not(romfs_vm_one))]
macro_rules! entry {
    ($handler:expr) => {
        $handler
    };
}

/// The same: it is not given the VM, which is where it always is.
#[cfg(romfs_vm_one)]
macro_rules! entry {
    ($handler:expr) => {{
        unsafe fn entry(ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
            let handler = $handler;
            // SAFETY: the caller's word; it acts for the VM, and this is the last thing that it does.
            unsafe { handler(crate::place::alone(), ip, sp, fp) }
        }
        entry
    }};
}

macro_rules! numbered {
    ($table:ident, $first:literal, $handler:path, $($n:literal)*) => {
        $($table[$first + $n] = entry!({ use $handler as handler; handler::<$n> });)*
    };
}

/// One handler for the opcodes that differ by a number only: fewer bytes, and more to do for each.
const fn with_few_handlers(mut t: [Handler; 256]) -> [Handler; 256] {
    t[0x43] = entry!(flow::pop_jump_if);
    t[0x44] = t[0x43];
    t[0x45] = entry!(flow::jump_if_or_pop);
    t[0x46] = t[0x45];
    let mut op = 0x2a;
    while op < 0xfa {
        match op {
            0x2a | 0x2b => t[op] = entry!(data::build_any),
            0x34..=0x37 => t[op] = entry!(calls::call_any),
            0x70..0xb0 => t[op] = entry!(data::load_small_any),
            0xb0..0xc0 => t[op] = entry!(names::load_fast_any),
            0xc0..0xd0 => t[op] = entry!(names::store_fast_any),
            0xd7.. => t[op] = entry!(ops::binary_any),
            _ => {}
        }
        op += 1;
    }
    if cfg!(not(romfs_vm_least)) {
        numbered!(t, 0xd7, ops::binary_ints, 0 1 2 3 4 5 14 15 24 27 28);
    }
    t
}

const fn table() -> [Handler; 256] {
    let mut t: [Handler; 256] = [entry!(data::unknown); 256];
    t[0x10] = entry!(data::load_const_string);
    t[0x11] = entry!(names::load_name);
    t[0x12] = entry!(names::load_global);
    t[0x13] = entry!(attrs::load_attr);
    t[0x14] = entry!(attrs::load_method);
    t[0x15] = entry!(make::load_super_method);
    t[0x16] = entry!(names::store_name);
    t[0x17] = entry!(names::store_global);
    t[0x18] = entry!(attrs::store_attr);
    t[0x19] = entry!(names::delete_any);
    t[0x1a] = t[0x19];
    t[0x1b] = entry!(imports::import_name);
    t[0x1c] = entry!(imports::import_from);
    t[0x20] = entry!(make::make_any);
    t[0x21] = t[0x20];
    t[0x22] = entry!(data::load_const_small_int);
    t[0x23] = entry!(data::load_const_obj);
    t[0x24] = entry!(names::load_fast_n);
    t[0x25] = entry!(names::load_deref);
    t[0x26] = entry!(names::store_fast_n);
    t[0x27] = entry!(names::store_deref);
    t[0x28] = entry!(names::delete_fast);
    t[0x29] = entry!(names::delete_deref);
    t[0x2a] = entry!(data::build_tuple);
    t[0x2b] = entry!(data::build_list);
    t[0x2c] = entry!(data::build_map);
    t[0x2d] = entry!(data::build_any);
    t[0x2e] = entry!(slices::build_slice);
    t[0x2f] = entry!(data::store_comp);
    t[0x30] = entry!(data::unpack_sequence);
    t[0x31] = entry!(data::unpack_ex);
    t[0x32] = t[0x20];
    t[0x33] = t[0x20];
    t[0x34] = entry!(calls::call_function);
    t[0x35] = entry!(calls::call_function_var);
    t[0x36] = entry!(calls::call_method);
    t[0x37] = entry!(calls::call_method_var);
    t[0x40] = entry!(flow::unwind_jump);
    t[0x42] = entry!(flow::jump);
    t[0x43] = entry!(flow::pop_jump_if_true);
    t[0x44] = entry!(flow::pop_jump_if_false);
    t[0x45] = entry!(flow::jump_if_true_or_pop);
    t[0x46] = entry!(flow::jump_if_false_or_pop);
    t[0x47] = entry!(flow::setup_with);
    t[0x48] = entry!(flow::setup_except);
    t[0x49] = entry!(flow::setup_finally);
    t[0x4a] = entry!(flow::pop_except_jump);
    t[0x4b] = entry!(loops::for_iter);
    t[0x50] = entry!(data::load_const_false);
    t[0x51] = entry!(data::load_const_none);
    t[0x52] = entry!(data::load_const_true);
    t[0x53] = entry!(data::load_null);
    t[0x54] = entry!(make::load_build_class);
    t[0x55] = entry!(subscr::load_subscr);
    t[0x56] = entry!(subscr::store_subscr);
    t[0x57] = entry!(data::dup_top);
    t[0x58] = entry!(data::dup_top_two);
    t[0x59] = entry!(data::pop_top);
    t[0x5a] = entry!(data::rot_two);
    t[0x5b] = entry!(data::rot_three);
    t[0x5c] = entry!(flow::with_cleanup);
    t[0x5d] = entry!(flow::end_finally);
    t[0x5e] = entry!(loops::get_iter);
    t[0x5f] = entry!(loops::get_iter_stack);
    t[0x62] = entry!(data::store_map);
    t[0x63] = entry!(flow::return_value);
    t[0x64] = entry!(unwind::raise_last);
    t[0x65] = entry!(unwind::raise_obj);
    t[0x66] = entry!(unwind::raise_from);
    t[0x67] = entry!(generators::yield_value);
    t[0x68] = entry!(generators::yield_from);
    t[0x69] = entry!(imports::import_star);
    t[0xd0] = entry!(ops::unary);
    t[0xd1] = t[0xd0];
    t[0xd2] = t[0xd0];
    t[0xd3] = t[0xd0];
    if cfg!(romfs_vm_small) {
        return with_few_handlers(t);
    }
    numbered!(t, 0x70, data::load_small, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);
    numbered!(t, 0x70, data::load_small, 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63);
    numbered!(t, 0xb0, names::load_fast, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    numbered!(t, 0xc0, names::store_fast, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    numbered!(t, 0xd7, ops::binary, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17);
    numbered!(t, 0xd7, ops::binary, 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34);
    t
}
