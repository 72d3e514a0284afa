//! Operators: ints and floats here, everything else through the types' tables.

use super::work::{operator, task};
use super::*;
use crate::heap::Kind;
use crate::heap::kind::data as cell_data;
use crate::native::{BinaryOp, UnaryOp};
use crate::table::is_plain;
use crate::value::slot_bits;
use crate::{Float, frame};
use mpy_format::opcode::Opcode;

const LESS: u8 = BinaryOp::Less as u8;
const MORE: u8 = BinaryOp::More as u8;
const EQUAL: u8 = BinaryOp::Equal as u8;
const LESS_EQUAL: u8 = BinaryOp::LessEqual as u8;
const MORE_EQUAL: u8 = BinaryOp::MoreEqual as u8;
const NOT_EQUAL: u8 = BinaryOp::NotEqual as u8;
const IS: u8 = BinaryOp::Is as u8;
const IN: u8 = BinaryOp::In as u8;

/// A relation of two small ints: their words are in the same order.
#[inline(always)]
fn compare(op: u8, a: Value, b: Value) -> bool {
    let (x, y) = (a.bits() as isize, b.bits() as isize);
    match op {
        LESS => x < y,
        MORE => x > y,
        EQUAL => x == y,
        LESS_EQUAL => x <= y,
        MORE_EQUAL => x >= y,
        _ => x != y,
    }
}

/// The small int whose whole word this is.
#[inline(always)]
fn word_of(word: Option<isize>) -> Slot {
    Some(Value::small(word? >> 1))
}

/// The result of an operator on two small ints, where it is one too. Both have to be small ints.
#[inline(always)]
fn small(op: u8, a: Value, b: Value) -> Slot {
    let (x, y) = (a.small_unchecked(), b.small_unchecked());
    match BinaryOp::from_u8(op).plain() {
        BinaryOp::Or => Some(Value::small(x | y)),
        BinaryOp::Xor => Some(Value::small(x ^ y)),
        BinaryOp::And => Some(Value::small(x & y)),
        // The tag of one operand is taken off before, so that the words add up to the sum's.
        BinaryOp::Add => word_of((a.bits() as isize).checked_add(b.bits() as isize - 1)),
        BinaryOp::Subtract => word_of((a.bits() as isize).checked_sub(b.bits() as isize - 1)),
        BinaryOp::Multiply => x.checked_mul(y).and_then(Value::try_small),
        BinaryOp::Rshift if y >= 0 => Some(Value::small(x >> y.min(isize::BITS as isize - 1))),
        BinaryOp::Lshift if (0..isize::BITS as isize - 2).contains(&y) && (x << y) >> y == x => {
            Value::try_small(x << y)
        }
        BinaryOp::FloorDivide if y > 0 => Some(Value::small(x.div_euclid(y))),
        BinaryOp::Modulo if y > 0 => Some(Value::small(x.rem_euclid(y))),
        _ => None,
    }
}

/// An operand of a float operator: a float, or a small int next to one.
#[inline(always)]
fn float_operand(v: Value) -> Option<Float> {
    if v.is_small() {
        return Some(v.small_unchecked() as Float);
    }
    // SAFETY: invariant 3; a pointer value points to a cell, and this kind holds a float.
    unsafe {
        if v.is_ptr() && (*v.ptr::<crate::heap::Header>()).kind == Kind::Float as u8 {
            return Some(*(cell_data(v) as *const Float));
        }
    }
    None
}

/// The numbers of two operands that are floats.
#[inline(always)]
unsafe fn two_floats(a: Slot, b: Slot) -> Option<(Float, Float)> {
    // Where bytes count, floats take the long way.
    if cfg!(romfs_vm_small) || !cfg!(feature = "float") {
        return None;
    }
    let is_float = |v: Value| {
        // SAFETY: invariant 3; a pointer value points to a cell.
        v.is_ptr() && unsafe { (*v.ptr::<crate::heap::Header>()).kind == Kind::Float as u8 }
    };
    match (a, b) {
        // SAFETY: invariant 3; this kind holds a float.
        (Some(a), Some(b)) if is_float(a) && is_float(b) => unsafe {
            Some((
                *(cell_data(a) as *const Float),
                *(cell_data(b) as *const Float),
            ))
        },
        _ => None,
    }
}

enum FloatResult {
    Truth(bool),
    Number(Float),
    Other,
}

/// The result of an operator on floats, of which one may have been a small int: as such an int they compare where it is exact.
#[inline(always)]
fn float<const OP: u8>(x: Float, y: Float) -> FloatResult {
    match BinaryOp::from_u8(OP).plain() {
        BinaryOp::Add => FloatResult::Number(x + y),
        BinaryOp::Subtract => FloatResult::Number(x - y),
        BinaryOp::Multiply => FloatResult::Number(x * y),
        BinaryOp::TrueDivide if y != 0.0 => FloatResult::Number(x / y),
        BinaryOp::Less => FloatResult::Truth(x < y),
        BinaryOp::More => FloatResult::Truth(x > y),
        BinaryOp::LessEqual => FloatResult::Truth(x <= y),
        BinaryOp::MoreEqual => FloatResult::Truth(x >= y),
        BinaryOp::Equal => FloatResult::Truth(x == y),
        BinaryOp::NotEqual => FloatResult::Truth(x != y),
        _ => FloatResult::Other,
    }
}

/// Whether an operator has a result of floats here.
#[inline(always)]
fn takes_floats(op: u8) -> bool {
    cfg!(not(romfs_vm_small))
        && cfg!(feature = "float")
        && matches!(
            BinaryOp::from_u8(op).plain(),
            BinaryOp::Add
                | BinaryOp::Subtract
                | BinaryOp::Multiply
                | BinaryOp::TrueDivide
                | BinaryOp::Less
                | BinaryOp::More
                | BinaryOp::LessEqual
                | BinaryOp::MoreEqual
        )
}

/// Gives a truth value: to the jump that comes next, where one does, without making a value of it. Where bytes count this is
/// done in one place for each of the two.
macro_rules! give_truth {
    ($vm:ident, $ip:expr, $sp:expr, $fp:expr, $truth:expr) => {{
        let truth: bool = $truth;
        if cfg!(romfs_vm_small) {
            if truth {
                tail!(give::<true>, $vm, $ip, $sp, $fp)
            }
            tail!(give::<false>, $vm, $ip, $sp, $fp)
        }
        give_here!($vm, $ip, $sp, $fp, truth)
    }};
}

/// The same in the place where it stands.
macro_rules! give_here {
    ($vm:ident, $ip:expr, $sp:expr, $fp:expr, $truth:expr) => {{
        let truth: bool = $truth;
        let jump = $ip.add(1);
        // 0 jumps where it is true, 1 where it is not.
        let which = (*jump).wrapping_sub(POP_JUMP_IF_TRUE);
        if which <= 1 {
            if truth as u8 != which {
                let (by, from) = either_way(jump);
                jump!($vm, jump, from, by, $sp.sub(2), $fp)
            }
            go!(
                $vm,
                jump.add(2 + (*jump.add(1) >> 7) as usize),
                $sp.sub(2),
                $fp
            )
        }
        *$sp.sub(2) = Some(Value::bool(truth));
        go!($vm, jump, $sp.sub(1), $fp)
    }};
}

/// A relation's answer: `ip` is at the relation, and its operands lie on top.
#[inline(never)]
unsafe fn give<const TRUTH: bool>(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        if cfg!(romfs_vm_small) {
            *sp.sub(2) = Some(Value::bool(TRUTH));
            go_quick!(vm, ip.add(1), sp.sub(1), fp)
        }
        give_here!(vm, ip, sp, fp, TRUTH)
    }
}

const POP_JUMP_IF_TRUE: u8 = Opcode::PopJumpIfTrue as u8;
const _: () = assert!(POP_JUMP_IF_TRUE + 1 == Opcode::PopJumpIfFalse as u8);

/// Whether an operator's result is a truth value.
const fn is_relation(op: u8) -> bool {
    matches!(
        op,
        LESS | MORE | EQUAL | LESS_EQUAL | MORE_EQUAL | NOT_EQUAL
    )
}

pub(super) unsafe fn binary<const OP: u8>(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: Fp,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (a, b) = (*sp.sub(2), *sp.sub(1));
        if slot_bits(a) & slot_bits(b) & 1 != 0 {
            let (a, b) = (a.unwrap_unchecked(), b.unwrap_unchecked());
            if OP == IS {
                give_truth!(vm, ip, sp, fp, a == b)
            }
            if is_relation(OP) {
                give_truth!(vm, ip, sp, fp, compare(OP, a, b))
            }
            if let Some(v) = small(OP, a, b) {
                *sp.sub(2) = Some(v);
                go!(vm, ip.add(1), sp.sub(1), fp)
            }
            tail!(binary_slow, vm, ip, sp, fp)
        }
        if OP == IS {
            give_truth!(vm, ip, sp, fp, word(sp.sub(2)) == word(sp.sub(1)))
        }
        if let Some((x, y)) = two_floats(a, b) {
            match float::<OP>(x, y) {
                FloatResult::Truth(t) => {
                    give_truth!(vm, ip, sp, fp, t)
                }
                FloatResult::Number(x) => {
                    if let Some(cell) = vm.heap.alloc_ready(Kind::Float) {
                        *(cell_data(cell) as *mut Float) = x;
                        *sp.sub(2) = Some(cell);
                        go!(vm, ip.add(1), sp.sub(1), fp)
                    }
                }
                FloatResult::Other => {}
            }
        }
        if takes_complex(OP)
            && let Some(a) = a
            && vm.is(a, Kind::Complex)
        {
            tail!(binary_complex, vm, ip, sp, fp)
        }
        if !cfg!(romfs_vm_small) && (OP == EQUAL || OP == NOT_EQUAL) {
            tail!(compare_names, vm, ip, sp, fp)
        }
        if !cfg!(romfs_vm_small) && OP == IN {
            tail!(find_item, vm, ip, sp, fp)
        }
        if takes_floats(OP) {
            tail!(binary_mixed::<OP>, vm, ip, sp, fp)
        }
        if is_relation(OP) {
            tail!(compare_slow, vm, ip, sp, fp)
        }
        tail!(binary_slow, vm, ip, sp, fp)
    }
}

/// Operators of a float and a small int, or of a complex number and either.
#[inline(never)]
unsafe fn binary_mixed<const OP: u8>(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: Fp,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (a, b) = (word(sp.sub(2)), word(sp.sub(1)));
        // Two small ints whose result is no small int are a matter of big ints.
        if a.is_small() && b.is_small() {
            tail!(binary_slow, vm, ip, sp, fp)
        }
        if takes_complex(OP) && (vm.is(a, Kind::Complex) || vm.is(b, Kind::Complex)) {
            tail!(binary_complex, vm, ip, sp, fp)
        }
        if let (Some(x), Some(y)) = (float_operand(a), float_operand(b)) {
            match float::<OP>(x, y) {
                FloatResult::Truth(t) => {
                    give_truth!(vm, ip, sp, fp, t)
                }
                FloatResult::Number(x) => {
                    if let Some(cell) = vm.heap.alloc_ready(Kind::Float) {
                        *(cell_data(cell) as *mut Float) = x;
                        *sp.sub(2) = Some(cell);
                        go!(vm, ip.add(1), sp.sub(1), fp)
                    }
                }
                FloatResult::Other => {}
            }
        }
        if is_relation(OP) {
            tail!(compare_slow, vm, ip, sp, fp)
        }
        tail!(binary_slow, vm, ip, sp, fp)
    }
}

/// Operators of complex numbers that are looked at at once.
#[inline(always)]
fn takes_complex(op: u8) -> bool {
    !cfg!(romfs_vm_small)
        && matches!(
            BinaryOp::from_u8(op).plain(),
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply
        )
}

/// The parts of a number that is no big int.
#[inline(always)]
unsafe fn complex_operand(v: Value) -> Option<(Float, Float)> {
    // SAFETY: invariant 3; a pointer value points to a cell, and this kind holds two floats.
    unsafe {
        if v.is_ptr() && (*v.ptr::<crate::heap::Header>()).kind == Kind::Complex as u8 {
            let parts = cell_data(v) as *const Float;
            return Some((*parts, *parts.add(1)));
        }
    }
    float_operand(v).map(|x| (x, 0.0))
}

#[inline(never)]
unsafe fn binary_complex(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (a, b) = (word(sp.sub(2)), word(sp.sub(1)));
        if let (Some(x), Some(y)) = (complex_operand(a), complex_operand(b)) {
            let (real, imaginary) = match BinaryOp::from_u8(*ip - 0xd7).plain() {
                BinaryOp::Add => (x.0 + y.0, x.1 + y.1),
                BinaryOp::Subtract => (x.0 - y.0, x.1 - y.1),
                _ => (x.0 * y.0 - x.1 * y.1, x.1 * y.0 + x.0 * y.1),
            };
            if let Some(cell) = vm.heap.alloc_ready(Kind::Complex) {
                let parts = cell_data(cell) as *mut Float;
                *parts = real;
                *parts.add(1) = imaginary;
                *sp.sub(2) = Some(cell);
                go!(vm, ip.add(1), sp.sub(1), fp)
            }
        }
        tail!(binary_slow, vm, ip, sp, fp)
    }
}

/// An operator that loops are made of has a handler of its own for small ints where bytes count, too: [`binary_any`] has so much to
/// look after that it saves ten registers first.
pub(super) unsafe fn binary_ints<const OP: u8>(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: Fp,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (a, b) = (*sp.sub(2), *sp.sub(1));
        if slot_bits(a) & slot_bits(b) & 1 != 0 {
            let (a, b) = (a.unwrap_unchecked(), b.unwrap_unchecked());
            if is_relation(OP) {
                give_truth!(vm, ip, sp, fp, compare(OP, a, b))
            }
            if let Some(v) = small(OP, a, b) {
                *sp.sub(2) = Some(v);
                go_quick!(vm, ip.add(1), sp.sub(1), fp)
            }
        }
        if is_relation(OP) {
            tail!(compare_slow, vm, ip, sp, fp)
        }
        tail!(binary_slow, vm, ip, sp, fp)
    }
}

/// Operators in one handler, where bytes count: small ints, and the rest through the types' tables. Relations are among them
/// where they have no handlers of their own.
pub(super) unsafe fn binary_any(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let op = *ip - 0xd7;
        let (a, b) = (word(sp.sub(2)), word(sp.sub(1)));
        let both_small = a.bits() & b.bits() & 1 != 0;
        if op == IS {
            give_truth!(vm, ip, sp, fp, a == b)
        }
        if cfg!(romfs_vm_least) && is_relation(op) {
            if both_small {
                give_truth!(vm, ip, sp, fp, compare(op, a, b))
            }
            tail!(compare_slow, vm, ip, sp, fp)
        }
        if both_small && let Some(v) = small(op, a, b) {
            *sp.sub(2) = Some(v);
            go!(vm, ip.add(1), sp.sub(1), fp)
        }
        tail!(binary_slow, vm, ip, sp, fp)
    }
}

/// Whether two texts that are names are the same: their words tell, since no two names have one text.
#[inline(never)]
unsafe fn compare_names(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (a, b) = (word(sp.sub(2)), word(sp.sub(1)));
        if a.as_qstr().is_some() && b.as_qstr().is_some() {
            let truth = (a == b) == (*ip - 0xd7 == EQUAL);
            give_truth!(vm, ip, sp, fp, truth)
        }
        if *ip - 0xd7 == EQUAL {
            tail!(binary_mixed::<EQUAL>, vm, ip, sp, fp)
        }
        tail!(binary_mixed::<NOT_EQUAL>, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn compare_slow(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let op = BinaryOp::from_u8(*ip - 0xd7);
        let (a, b) = (word(sp.sub(2)), word(sp.sub(1)));
        if !cfg!(romfs_vm_small)
            && let Some(truth) = compare_texts(vm, op, a, b)
        {
            give_truth!(vm, ip, sp, fp, truth)
        }
        tail!(compare_any, vm, ip, sp, fp)
    }
}

operator!(compare_any, compared);

/// A relation of any two values.
#[inline(never)]
unsafe fn compared(vm: &mut Vm<'_>, opcode: usize, sp: *mut Slot, _: *mut Frame) -> Res {
    // SAFETY: invariant 2.
    unsafe {
        let op = BinaryOp::from_u8(opcode as u8 - 0xd7);
        let (a, b) = (word(sp.sub(2)), word(sp.sub(1)));
        if cfg!(romfs_vm_small)
            && let Some(truth) = compare_texts(vm, op, a, b)
        {
            return Ok(Value::bool(truth));
        }
        vm.compare_value(op, a, b)
    }
}

/// A relation of two str.
#[inline(never)]
fn compare_texts(vm: &Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Option<bool> {
    let is_text = |v: Value| v.as_qstr().is_some() || vm.is_loose_str(v);
    if !is_text(a) || !is_text(b) {
        return None;
    }
    let (x, y) = (vm.str_bytes(a)?, vm.str_bytes(b)?);
    Some(match op {
        BinaryOp::Equal => a == b || x == y,
        BinaryOp::NotEqual => a != b && x != y,
        _ => op.holds(x.cmp(y)),
    })
}

operator!(binary_slow, computed);

/// What an operator but a relation gives.
#[inline(never)]
unsafe fn computed(vm: &mut Vm<'_>, opcode: usize, sp: *mut Slot, fp: *mut Frame) -> Res {
    // SAFETY: invariant 2.
    unsafe {
        let op = BinaryOp::from_u8(opcode as u8 - 0xd7);
        let (a, b) = (word(sp.sub(2)), word(sp.sub(1)));
        if op != BinaryOp::ExceptionMatch {
            return operate(vm, op, a, b);
        }
        // `async with` compares under a `finally`: there it asks whether the value is an exception at all.
        let innermost = match (*fp).handlers {
            0 => 0,
            n => (*frame::Frame::handler(fp, n as usize - 1)).sp & 1,
        };
        if innermost != 0 {
            return Ok(Value::bool(vm.is_exception(a)));
        }
        vm.exception_match(a, b)
    }
}

/// A binary operator: of numbers without a look at their types' tables.
fn operate(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res {
    let number = |vm: &Vm<'_>, v: Value| {
        v.is_small()
            || matches!(
                vm.kind_quick(v),
                Some(Kind::Float | Kind::BigInt | Kind::Complex)
            )
    };
    if !cfg!(romfs_vm_small)
        && op == BinaryOp::In
        && let Some(found) = contains(vm, b, a)?
    {
        return Ok(Value::bool(found));
    }
    if number(vm, a)
        && number(vm, b)
        && let Some(v) = vm.number_binary(op, a, b)?
    {
        return Ok(v);
    }
    vm.binary(op, a, b)
}

/// `item in v` for a name or small int in a list or tuple, as long as each item is one, too: words are compared.
#[inline(never)]
unsafe fn find_item(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3; kinds are looked at.
    unsafe {
        let fp = fp.of(vm);
        let (item, v) = (word(sp.sub(2)), word(sp.sub(1)));
        if is_plain(item)
            && let Some((items, len)) = data::items_of(vm, v)
        {
            let end = items.add(len);
            let mut at = items;
            while at < end {
                let there = word(at as *mut Slot);
                if there == item {
                    give_truth!(vm, ip, sp, fp, true)
                }
                if !is_plain(there) {
                    tail!(binary_slow, vm, ip, sp, fp)
                }
                at = at.add(1);
            }
            give_truth!(vm, ip, sp, fp, false)
        }
        tail!(binary_slow, vm, ip, sp, fp)
    }
}

/// `item in v` of containers of the firmware; nothing where `v` is none.
fn contains(vm: &mut Vm<'_>, v: Value, item: Value) -> Res<Option<bool>> {
    Ok(match vm.kind(v) {
        Some(Kind::List | Kind::Tuple) => Some(vm.sequence_find(v, item, 0, usize::MAX)?.is_some()),
        Some(Kind::Dict) => Some(vm.hashed_get(v, item)?.is_some()),
        _ => None,
    })
}

/// A unary operator on what it is mostly asked of.
#[inline(always)]
fn quick_unary(op: u8, v: Value) -> Slot {
    match (op, v.as_small()) {
        (0, Some(_)) => Some(v),
        (1, Some(n)) => Value::try_small(-n),
        (2, Some(n)) => Some(Value::small(!n)),
        (3, Some(n)) => Some(Value::bool(n == 0)),
        (3, None) if matches!(v, Value::FALSE | Value::NONE) => Some(Value::TRUE),
        (3, None) if v == Value::TRUE => Some(Value::FALSE),
        _ => None,
    }
}

pub(super) unsafe fn unary(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        if let Some(result) = quick_unary(*ip - 0xd0, word(sp.sub(1))) {
            *sp.sub(1) = Some(result);
            go!(vm, ip.add(1), sp, fp)
        }
        tail!(unary_slow, vm, ip, sp, fp)
    }
}

task!(unary_slow, any_unary, 1, 1, false);

/// The unary operator of an opcode.
#[inline(never)]
unsafe fn any_unary(vm: &mut Vm<'_>, opcode: usize, sp: *mut Slot, _: *mut Frame) -> Res {
    // SAFETY: invariant 2.
    let v = unsafe { word(sp.sub(1)) };
    let op = match opcode {
        0xd0 => UnaryOp::Positive,
        0xd1 => UnaryOp::Negative,
        0xd2 => UnaryOp::Invert,
        _ => return Ok(Value::bool(!vm.truth(v)?)),
    };
    vm.unary(op, v)
}
