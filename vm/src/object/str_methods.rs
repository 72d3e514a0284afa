//! Methods that str, bytes and bytearray share: searching, stripping, replacing, case.
//!
//! They find positions in borrowed bytes, end the borrow, and then make the parts: a collection may run in between.

use core::ops::Range;

use crate::native::{
    ANY, Args, Member, Res, class_fn, func, func_1, func_1_2, func_1_3, func_2, func_kw,
};
use crate::num::parse::is_space;
use crate::q;
use crate::raise::Raised;
use crate::value::{Slot, Value};
use crate::vm::Vm;

use super::text;

/// Where `needle` first is in `hay`.
pub(crate) fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let Some((&first, rest)) = needle.split_first() else {
        return Some(0);
    };
    let last = hay.len().checked_sub(needle.len())?;
    let mut at = 0;
    while at <= last {
        at += hay[at..=last].iter().position(|&b| b == first)?;
        if hay[at + 1..].starts_with(rest) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Where `needle` last is in `hay`.
pub(crate) fn rfind(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let mut at = hay.len().checked_sub(needle.len())? + 1;
    while at > 0 {
        at -= 1;
        if hay[at..].starts_with(needle) {
            return Some(at);
        }
    }
    None
}

/// The error of an argument of the wrong type.
#[cold]
pub(crate) fn wrong_type(vm: &mut Vm<'_>, v: Value, wanted_of: Value) -> Raised {
    let wanted = if vm.is_str(wanted_of) { "str" } else { "bytes" };
    vm.cannot_convert_implicitly(v, wanted)
}

/// Makes sure that an argument is a text like the receiver: both str, or both bytes.
pub(crate) fn check_like(vm: &mut Vm<'_>, receiver: Value, v: Value) -> Res<()> {
    if vm.bytes_of(v).is_some() && vm.is_str(v) == vm.is_str(receiver) {
        Ok(())
    } else {
        Err(wrong_type(vm, v, receiver))
    }
}

/// The bytes between optional start and end arguments, as characters count.
fn bounds(vm: &mut Vm<'_>, args: Args, at: usize) -> Res<Range<usize>> {
    let v = args.at(0);
    let len = vm.text_len(v);
    let mut ends = [0, len];
    for (i, end) in ends.iter_mut().enumerate() {
        if let Some(given) = args.get(at + i).filter(|&given| given != Value::NONE) {
            let n = vm.as_index(given)?;
            *end = if n < 0 {
                len.saturating_sub(n.unsigned_abs())
            } else {
                (n as usize).min(len)
            };
        }
    }
    Ok(vm.byte_at(v, ends[0])..vm.byte_at(v, ends[1]))
}

/// The position of a search's hit, in characters.
fn search(
    vm: &mut Vm<'_>,
    args: Args,
    look: fn(&[u8], &[u8]) -> Option<usize>,
) -> Res<Option<usize>> {
    let (v, needle) = (args.at(0), args.at(1));
    let mut byte = [0];
    let number = if vm.is_str(v) || !vm.is_int(needle) {
        None
    } else {
        Some(vm.as_index(needle)?)
    };
    match number {
        Some(n @ 0..=255) => byte[0] = n as u8,
        Some(_) => return Err(vm.value_error(msg!("bytes value out of range"))),
        None => check_like(vm, v, needle)?,
    }
    let range = bounds(vm, args, 2)?;
    if range.start > range.end {
        return Ok(None);
    }
    let start = range.start;
    let (Some(hay), Some(text)) = (vm.bytes_of(v), vm.bytes_of(needle).or(Some(&[]))) else {
        return Ok(None);
    };
    let needle = if number.is_some() { &byte[..] } else { text };
    Ok(look(&hay[range], needle).map(|at| vm.char_of_byte(v, start + at)))
}

fn position(found: Option<usize>) -> Value {
    Value::small(found.map_or(-1, |at| at as isize))
}

pub(crate) fn str_find(vm: &mut Vm<'_>, args: Args) -> Res {
    search(vm, args, find).map(position)
}

pub(crate) fn str_rfind(vm: &mut Vm<'_>, args: Args) -> Res {
    search(vm, args, rfind).map(position)
}

fn must_find(vm: &mut Vm<'_>, found: Option<usize>) -> Res {
    if found.is_none() {
        return Err(vm.value_error(msg!("substring not found")));
    }
    Ok(position(found))
}

pub(crate) fn index(vm: &mut Vm<'_>, args: Args) -> Res {
    let found = search(vm, args, find)?;
    must_find(vm, found)
}

pub(crate) fn rindex(vm: &mut Vm<'_>, args: Args) -> Res {
    let found = search(vm, args, rfind)?;
    must_find(vm, found)
}

pub(crate) fn count(vm: &mut Vm<'_>, args: Args) -> Res {
    let (v, needle) = (args.at(0), args.at(1));
    check_like(vm, v, needle)?;
    let range = bounds(vm, args, 2)?;
    let (Some(hay), Some(needle)) = (vm.bytes_of(v), vm.bytes_of(needle)) else {
        return Ok(Value::small(0));
    };
    let mut rest = hay.get(range).unwrap_or(&[]);
    if needle.is_empty() {
        return Ok(Value::small(text::count_chars(rest) as isize + 1));
    }
    let mut n = 0;
    while let Some(at) = find(rest, needle) {
        n += 1;
        rest = &rest[at + needle.len()..];
    }
    Ok(Value::small(n))
}

/// Whether a prefix (or suffix), or any of a tuple of them, is there.
fn affix(vm: &mut Vm<'_>, args: Args, has: fn(&[u8], &[u8]) -> bool) -> Res {
    let (v, affix) = (args.at(0), args.at(1));
    let range = bounds(vm, args, 2)?;
    if vm.is_tuple(affix) {
        for i in 0..vm.slots(affix).len() {
            let one = vm.slot(affix, i).unwrap_or(Value::NONE);
            if affix_matches(vm, v, one, range.clone(), has)? {
                return Ok(Value::TRUE);
            }
        }
        return Ok(Value::FALSE);
    }
    affix_matches(vm, v, affix, range, has).map(Value::bool)
}

fn affix_matches(
    vm: &mut Vm<'_>,
    v: Value,
    affix: Value,
    range: Range<usize>,
    has: fn(&[u8], &[u8]) -> bool,
) -> Res<bool> {
    check_like(vm, v, affix)?;
    Ok(
        match (
            vm.bytes_of(v).and_then(|bytes| bytes.get(range)),
            vm.bytes_of(affix),
        ) {
            (Some(part), Some(affix)) => has(part, affix),
            _ => false,
        },
    )
}

pub(crate) fn startswith(vm: &mut Vm<'_>, args: Args) -> Res {
    affix(vm, args, |part, affix| part.starts_with(affix))
}

pub(crate) fn endswith(vm: &mut Vm<'_>, args: Args) -> Res {
    affix(vm, args, |part, affix| part.ends_with(affix))
}

// --- stripping and padding -------------------------------------------------------------------------------------------

fn strip_ends(vm: &mut Vm<'_>, v: Value, chars: Slot, left: bool, right: bool) -> Res {
    let chars = chars.filter(|&chars| chars != Value::NONE);
    if let Some(chars) = chars {
        check_like(vm, v, chars)?;
    }
    let is_str = vm.is_str(v);
    let Some(bytes) = vm.bytes_of(v) else {
        return Ok(v);
    };
    let set = chars.and_then(|chars| vm.bytes_of(chars));
    let strips = |unit: &[u8]| match set {
        None => is_space(unit[0]),
        Some(set) => find(set, unit).is_some(),
    };
    let (mut start, mut end) = (0, bytes.len());
    while left && start < end {
        let n = if is_str {
            text::char_len(bytes, start)
        } else {
            1
        };
        if !strips(&bytes[start..start + n]) {
            break;
        }
        start += n;
    }
    while right && start < end {
        let mut at = end - 1;
        while is_str && at > start && bytes[at] & 0xC0 == 0x80 {
            at -= 1;
        }
        if !strips(&bytes[at..end]) {
            break;
        }
        end = at;
    }
    vm.part_like(v, start..end)
}

pub(crate) fn strip(vm: &mut Vm<'_>, v: Value, chars: Slot) -> Res {
    strip_ends(vm, v, chars, true, true)
}

pub(crate) fn lstrip(vm: &mut Vm<'_>, v: Value, chars: Slot) -> Res {
    strip_ends(vm, v, chars, true, false)
}

pub(crate) fn rstrip(vm: &mut Vm<'_>, v: Value, chars: Slot) -> Res {
    strip_ends(vm, v, chars, false, true)
}

pub(crate) fn center(vm: &mut Vm<'_>, v: Value, width: Value) -> Res {
    let width = vm.as_index(width)?.max(0) as usize;
    let chars = vm.text_len(v);
    if width <= chars {
        return Ok(v);
    }
    let pad = width - chars;
    let cell = vm.room_like(v, vm.bytes_len(v) + pad)?;
    vm.raw_mut(cell).fill(b' ');
    vm.put_bytes(cell, pad / 2, v);
    vm.finish_like(v, cell)
}

// --- replacing and case ----------------------------------------------------------------------------------------------

pub(crate) fn replace(vm: &mut Vm<'_>, args: Args) -> Res {
    let (v, old, new) = (args.at(0), args.at(1), args.at(2));
    check_like(vm, v, old)?;
    check_like(vm, v, new)?;
    let most = match args.get(3) {
        Some(n) => usize::try_from(vm.as_index(n)?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let (Some(bytes), Some(needle)) = (vm.bytes_of(v), vm.bytes_of(old)) else {
        return Ok(v);
    };
    let (len, old_len, new_len) = (bytes.len(), needle.len(), vm.bytes_len(new));
    let (mut hits, mut at) = (0, Some(0));
    while let Some(hit) = at
        .filter(|_| hits < most)
        .and_then(|from| next_hit(bytes, needle, from))
    {
        hits += 1;
        at = after_hit(bytes, old_len, hit);
    }
    if hits == 0 {
        return Ok(v);
    }
    let Some(total) = new_len
        .checked_mul(hits)
        .and_then(|n| n.checked_add(len - hits * old_len))
    else {
        return Err(vm.memory_error());
    };
    let cell = vm.room_like(v, total)?;
    let (mut copied, mut written, mut at) = (0, 0, 0);
    for _ in 0..hits {
        let (Some(bytes), Some(needle)) = (vm.bytes_of(v), vm.bytes_of(old)) else {
            break;
        };
        let Some(hit) = next_hit(bytes, needle, at) else {
            break;
        };
        at = after_hit(bytes, old_len, hit).unwrap_or(len);
        vm.copy_bytes(cell, written, v, copied..hit);
        written += hit - copied;
        written = vm.put_bytes(cell, written, new);
        copied = hit + old_len;
    }
    vm.copy_bytes(cell, written, v, copied..len);
    vm.finish_like(v, cell)
}

fn next_hit(bytes: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    find(bytes.get(from..)?, needle).map(|at| from + at)
}

/// Where to look for the next hit: behind this one, or behind one more character where nothing is replaced.
fn after_hit(bytes: &[u8], old_len: usize, hit: usize) -> Option<usize> {
    match old_len {
        0 if hit < bytes.len() => Some(hit + text::char_len(bytes, hit)),
        0 => None,
        n => Some(hit + n),
    }
}

fn convert_case(vm: &mut Vm<'_>, v: Value, to: fn(&mut [u8])) -> Res {
    let cell = vm.room_like(v, vm.bytes_len(v))?;
    vm.put_bytes(cell, 0, v);
    to(vm.raw_mut(cell));
    vm.finish_like(v, cell)
}

pub(crate) fn lower(vm: &mut Vm<'_>, v: Value) -> Res {
    convert_case(vm, v, <[u8]>::make_ascii_lowercase)
}

pub(crate) fn upper(vm: &mut Vm<'_>, v: Value) -> Res {
    convert_case(vm, v, <[u8]>::make_ascii_uppercase)
}

/// Whether there are bytes and all are of a class.
fn all_are(vm: &mut Vm<'_>, v: Value, class: fn(u8) -> bool) -> Res {
    Ok(Value::bool(vm.bytes_of(v).is_some_and(|bytes| {
        !bytes.is_empty() && bytes.iter().all(|&b| class(b))
    })))
}

/// Whether there is a letter of a case, and none of the other.
fn cased(vm: &mut Vm<'_>, v: Value, wanted: fn(&u8) -> bool, other: fn(&u8) -> bool) -> Res {
    Ok(Value::bool(vm.bytes_of(v).is_some_and(|bytes| {
        bytes.iter().any(wanted) && !bytes.iter().any(other)
    })))
}

pub(crate) fn isspace(vm: &mut Vm<'_>, v: Value) -> Res {
    all_are(vm, v, is_space)
}

pub(crate) fn isalpha(vm: &mut Vm<'_>, v: Value) -> Res {
    all_are(vm, v, |b| b.is_ascii_alphabetic())
}

pub(crate) fn isdigit(vm: &mut Vm<'_>, v: Value) -> Res {
    all_are(vm, v, |b| b.is_ascii_digit())
}

pub(crate) fn isupper(vm: &mut Vm<'_>, v: Value) -> Res {
    cased(vm, v, u8::is_ascii_uppercase, u8::is_ascii_lowercase)
}

pub(crate) fn islower(vm: &mut Vm<'_>, v: Value) -> Res {
    cased(vm, v, u8::is_ascii_lowercase, u8::is_ascii_uppercase)
}

/// The methods of str, bytes and bytearray: what str alone has comes first, what bytearray alone has comes last.
static ALL: &[Member] = &[
    func_kw(q!("encode"), 1, 3, super::decode::encode),
    func(q!("find"), 2, 4, str_find),
    #[cfg(feature = "methods")]
    func(q!("rfind"), 2, 4, str_rfind),
    #[cfg(feature = "methods")]
    func(q!("index"), 2, 4, index),
    #[cfg(feature = "methods")]
    func(q!("rindex"), 2, 4, rindex),
    #[cfg(feature = "methods")]
    func(q!("count"), 2, 4, count),
    func(q!("startswith"), 2, 4, startswith),
    func(q!("endswith"), 2, 4, endswith),
    func_1_2(q!("strip"), strip),
    func_1_2(q!("lstrip"), lstrip),
    func_1_2(q!("rstrip"), rstrip),
    #[cfg(feature = "methods")]
    func_2(q!("center"), center),
    func(q!("replace"), 3, 4, replace),
    func_1(q!("lower"), lower),
    func_1(q!("upper"), upper),
    func_1(q!("isspace"), isspace),
    func_1(q!("isalpha"), isalpha),
    func_1(q!("isdigit"), isdigit),
    #[cfg(feature = "methods")]
    func_1(q!("isupper"), isupper),
    #[cfg(feature = "methods")]
    func_1(q!("islower"), islower),
    func_2(q!("join"), super::split::join),
    func_1_3(q!("split"), super::split::split),
    #[cfg(feature = "methods")]
    func_1_3(q!("rsplit"), super::split::rsplit),
    #[cfg(feature = "methods")]
    func_kw(q!("splitlines"), 1, 2, super::split::splitlines),
    #[cfg(feature = "methods")]
    func_2(q!("partition"), super::split::partition),
    #[cfg(feature = "methods")]
    func_2(q!("rpartition"), super::split::rpartition),
    #[cfg(feature = "format")]
    func_kw(q!("format"), 1, ANY, super::format::str_format),
    func_kw(q!("decode"), 1, 3, super::decode::decode),
    #[cfg(feature = "methods")]
    class_fn(q!("fromhex"), 2, 2, super::bytes::from_hex),
    #[cfg(feature = "methods")]
    super::bytes::HEX,
    #[cfg(feature = "buffer")]
    super::buffer::APPEND,
    #[cfg(feature = "buffer")]
    super::buffer::EXTEND,
];

/// How many of them bytearray alone has, and how many bytes and bytearray have.
const OF_BYTEARRAY: usize = if cfg!(feature = "buffer") { 2 } else { 0 };
const OF_BYTES: usize = if cfg!(feature = "methods") { 3 } else { 1 };

/// The methods of str.
pub(crate) static STR: &[Member] = ALL.split_at(ALL.len() - OF_BYTEARRAY - OF_BYTES).0;
/// The methods of bytes.
pub(crate) static BYTES: &[Member] = BYTEARRAY.split_at(BYTEARRAY.len() - OF_BYTEARRAY).0;
/// The methods of bytearray.
pub(crate) static BYTEARRAY: &[Member] = ALL.split_at(1).1;
