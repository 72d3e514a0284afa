//! Which handler an opcode has. The numbers are those of `mpy_format`'s opcode table; a test compares the two.

use super::{
    Handler, attrs, calls, data, flow, generators, imports, loops, make, names, ops, slices,
    subscr, unwind,
};

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

macro_rules! numbered {
    ($table:ident, $first:literal, $handler:path, $($n:literal)*) => {
        $($table[$first + $n] = { use $handler as handler; handler::<$n> };)*
    };
}

/// One handler for the opcodes that differ by a number only: fewer bytes, and more to do for each.
const fn with_few_handlers(mut t: [Handler; 256]) -> [Handler; 256] {
    t[0x43] = flow::pop_jump_if;
    t[0x44] = flow::pop_jump_if;
    t[0x45] = flow::jump_if_or_pop;
    t[0x46] = flow::jump_if_or_pop;
    let mut op = 0x2a;
    while op < 0xfa {
        match op {
            0x2a | 0x2b => t[op] = data::build_any,
            0x34..=0x37 => t[op] = calls::call_any,
            0x70..0xb0 => t[op] = data::load_small_any,
            0xb0..0xc0 => t[op] = names::load_fast_any,
            0xc0..0xd0 => t[op] = names::store_fast_any,
            0xd7.. => t[op] = ops::binary_any,
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
    let mut t: [Handler; 256] = [data::unknown; 256];
    t[0x10] = data::load_const_string;
    t[0x11] = names::load_name;
    t[0x12] = names::load_global;
    t[0x13] = attrs::load_attr;
    t[0x14] = attrs::load_method;
    t[0x15] = make::load_super_method;
    t[0x16] = names::store_name;
    t[0x17] = names::store_global;
    t[0x18] = attrs::store_attr;
    t[0x19] = names::delete_any;
    t[0x1a] = names::delete_any;
    t[0x1b] = imports::import_name;
    t[0x1c] = imports::import_from;
    t[0x20] = make::make_any;
    t[0x21] = make::make_any;
    t[0x22] = data::load_const_small_int;
    t[0x23] = data::load_const_obj;
    t[0x24] = names::load_fast_n;
    t[0x25] = names::load_deref;
    t[0x26] = names::store_fast_n;
    t[0x27] = names::store_deref;
    t[0x28] = names::delete_fast;
    t[0x29] = names::delete_deref;
    t[0x2a] = data::build_tuple;
    t[0x2b] = data::build_list;
    t[0x2c] = data::build_map;
    t[0x2d] = data::build_any;
    t[0x2e] = slices::build_slice;
    t[0x2f] = data::store_comp;
    t[0x30] = data::unpack_sequence;
    t[0x31] = data::unpack_ex;
    t[0x32] = make::make_any;
    t[0x33] = make::make_any;
    t[0x34] = calls::call_function;
    t[0x35] = calls::call_function_var;
    t[0x36] = calls::call_method;
    t[0x37] = calls::call_method_var;
    t[0x40] = flow::unwind_jump;
    t[0x42] = flow::jump;
    t[0x43] = flow::pop_jump_if_true;
    t[0x44] = flow::pop_jump_if_false;
    t[0x45] = flow::jump_if_true_or_pop;
    t[0x46] = flow::jump_if_false_or_pop;
    t[0x47] = flow::setup_with;
    t[0x48] = flow::setup_except;
    t[0x49] = flow::setup_finally;
    t[0x4a] = flow::pop_except_jump;
    t[0x4b] = loops::for_iter;
    t[0x50] = data::load_const_false;
    t[0x51] = data::load_const_none;
    t[0x52] = data::load_const_true;
    t[0x53] = data::load_null;
    t[0x54] = make::load_build_class;
    t[0x55] = subscr::load_subscr;
    t[0x56] = subscr::store_subscr;
    t[0x57] = data::dup_top;
    t[0x58] = data::dup_top_two;
    t[0x59] = data::pop_top;
    t[0x5a] = data::rot_two;
    t[0x5b] = data::rot_three;
    t[0x5c] = flow::with_cleanup;
    t[0x5d] = flow::end_finally;
    t[0x5e] = loops::get_iter;
    t[0x5f] = loops::get_iter_stack;
    t[0x62] = data::store_map;
    t[0x63] = flow::return_value;
    t[0x64] = unwind::raise_last;
    t[0x65] = unwind::raise_obj;
    t[0x66] = unwind::raise_from;
    t[0x67] = generators::yield_value;
    t[0x68] = generators::yield_from;
    t[0x69] = imports::import_star;
    t[0xd0] = ops::unary;
    t[0xd1] = ops::unary;
    t[0xd2] = ops::unary;
    t[0xd3] = ops::unary;
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
