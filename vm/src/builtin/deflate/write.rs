//! Writing to a `DeflateIO`: header, compressed data, trailer.

use super::compress::{Compressor, PIECE, PIECE_OUT};
use super::{AUTO, FORMAT, GZIP, RAW, SOURCE, WBITS, ZLIB, number, set, slot, update_sum};
use crate::heap::Kind;
use crate::heap::kind::data;
use crate::native::Res;
use crate::stream::{Source, errno};
use crate::value::Value;
use crate::vm::Vm;

/// Slots of the compressor and its window.
pub(super) const COMPRESSOR: usize = 6;
pub(super) const HISTORY: usize = 7;
/// The window's size where the program does not say: a power of two.
const WBITS_DEFAULT: isize = 8;

fn store(vm: &mut Vm<'_>, cell: Value, state: &Compressor) {
    assert!(vm.raw_mut(cell).len() == size_of::<Compressor>());
    // SAFETY: invariant 3; the cell has room for a compressor, checked above.
    unsafe { (data(cell) as *mut Compressor).write(*state) };
}

fn load(vm: &mut Vm<'_>, cell: Value) -> Compressor {
    assert!(vm.raw_mut(cell).len() == size_of::<Compressor>());
    // SAFETY: invariant 3; the cell holds a compressor, which is plain numbers.
    unsafe { (data(cell) as *const Compressor).read() }
}

/// The format that is written: raw unless a program says otherwise.
fn format(vm: &Vm<'_>, v: Value) -> isize {
    match number(vm, v, FORMAT) {
        AUTO => RAW,
        format => format,
    }
}

/// Hands bytes on; all of them, or it is an error.
fn put(vm: &mut Vm<'_>, v: Value, bytes: &[u8]) -> Res<()> {
    let mark = vm.mark();
    let to = slot(vm, v, SOURCE);
    let done = vm.stream_write_all(to, bytes.into())?;
    vm.release(mark);
    match done {
        Some(n) if n == bytes.len() => Ok(()),
        Some(_) => Err(vm.os_error(errno::EIO)),
        None => Err(vm.os_error(errno::EAGAIN)),
    }
}

/// The compressor, its window and the header, at the first write.
fn begin(vm: &mut Vm<'_>, v: Value) -> Res<()> {
    let wbits = match number(vm, v, WBITS) {
        0 => WBITS_DEFAULT,
        wbits => wbits,
    };
    let window = vm.new_owned(Kind::ByteArray, b'B', 1 << wbits)?;
    let cell = vm.alloc_bytes(Kind::Raw, size_of::<Compressor>())?;
    let format = format(vm, v);
    store(vm, cell, &Compressor::new((format == ZLIB).into()));
    // MicroPython says EINVAL, whatever the stream said.
    let header = match format {
        ZLIB => {
            let first = 8 | ((wbits - 8).max(1) as u8) << 4;
            let second = 0x80;
            let check = 31 - (u16::from_be_bytes([first, second]) % 31) as u8;
            put(vm, v, &[first, second | check])
        }
        // No name, no time; made on Unix by the fastest way.
        GZIP => put(vm, v, &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 3]),
        _ => Ok(()),
    };
    if let Err(raised) = header {
        let e = vm.take_raised(raised);
        return Err(match vm.errno_of(e) {
            0 => vm.raise(e),
            _ => vm.os_error(errno::EINVAL),
        });
    }
    set(vm, v, HISTORY, window);
    set(vm, v, COMPRESSOR, cell);
    Ok(())
}

/// Compresses all of a source.
pub(super) fn write(vm: &mut Vm<'_>, v: Value, source: Source<'_>) -> Res<Option<usize>> {
    if slot(vm, v, SOURCE) == Value::NONE {
        return Err(vm.os_error(errno::EINVAL));
    }
    if slot(vm, v, COMPRESSOR) == Value::NONE {
        begin(vm, v)?;
    }
    let (cell, window) = (slot(vm, v, COMPRESSOR), slot(vm, v, HISTORY));
    let mut at = 0;
    while at < source.len() {
        let mut piece = [0; PIECE];
        let n = source.skip(at).take(&mut piece);
        let is_last = at + n == source.len();
        let mut state = load(vm, cell);
        let mut out = [0; PIECE_OUT];
        let Some(history) = vm.bytes_mut(window) else {
            return Err(vm.os_error(errno::EINVAL));
        };
        let (taken, made) = state.piece(history, &piece[..n], is_last, &mut out);
        state.sum = update_sum(format(vm, v), state.sum, &piece[..taken]);
        state.length = state.length.wrapping_add(taken as u32);
        store(vm, cell, &state);
        put(vm, v, &out[..made])?;
        at += taken;
    }
    Ok(Some(at))
}

/// Ends what was written: the rest of the data and the trailer.
pub(super) fn finish(vm: &mut Vm<'_>, v: Value) -> Res<()> {
    let cell = slot(vm, v, COMPRESSOR);
    if cell == Value::NONE {
        return Ok(());
    }
    set(vm, v, COMPRESSOR, Value::NONE);
    set(vm, v, HISTORY, Value::NONE);
    let mut state = load(vm, cell);
    let mut out = [0; 8];
    let n = state.end(&mut out);
    put(vm, v, &out[..n])?;
    match format(vm, v) {
        ZLIB => put(vm, v, &state.sum.to_be_bytes()),
        GZIP => {
            let mut trailer = [0; 8];
            trailer[..4].copy_from_slice(&state.sum.to_le_bytes());
            trailer[4..].copy_from_slice(&state.length.to_le_bytes());
            put(vm, v, &trailer)
        }
        _ => Ok(()),
    }
}
