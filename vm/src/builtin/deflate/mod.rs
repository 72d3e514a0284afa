//! `deflate`: a stream that decompresses what it reads from another, and compresses what it writes to it.

#[cfg(feature = "mod-deflate-write")]
mod compress;
mod inflate;
#[cfg(feature = "mod-deflate-write")]
mod write;

use crate::codec::binascii::crc32;
use crate::heap::Kind;
use crate::heap::kind::data;
use crate::native::{Args, Item, ModuleDef, Res, TypeDef, TypeSpec, member};
use crate::object::exception as types;
use crate::q;
use crate::raise::Raised;
use crate::stream::{self, Stream, Target, errno, request};
use crate::type_def;
use crate::value::Value;
use crate::vm::Vm;

use inflate::State;

const AUTO: isize = 0;
const RAW: isize = 1;
const ZLIB: isize = 2;
const GZIP: isize = 3;

/// Bytes that are put out at a time.
const CHUNK: usize = 64;

/// The module.
pub(super) static DEFLATE: ModuleDef = ModuleDef::new(
    q!("deflate"),
    &[
        member(q!("DeflateIO"), Item::Type(&DEFLATE_IO)),
        member(q!("AUTO"), Item::Int(AUTO)),
        member(q!("RAW"), Item::Int(RAW)),
        member(q!("ZLIB"), Item::Int(ZLIB)),
        member(q!("GZIP"), Item::Int(GZIP)),
    ],
);

/// Slots of the object. None for a stream says that it is closed; the others are set when reading begins.
const SOURCE: usize = 1;
const FORMAT: usize = 2;
const WBITS: usize = 3;
const CLOSES: usize = 4;
/// The cell of the decompressor's state and, behind it, the window. False while it works.
const STATE: usize = 5;

static DEFLATE_IO: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    arity: (1, 4),
    members: stream::OF_DEFLATE,
    stream: Some(&Stream {
        read: Some(read),
        #[cfg(feature = "mod-deflate-write")]
        write: Some(write::write),
        #[cfg(not(feature = "mod-deflate-write"))]
        write: None,
        seek: None,
        ioctl,
        text: false,
    }),
    ..TypeSpec::new(q!("DeflateIO"))
});

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let source = args.at(0);
    let mut numbers = [AUTO, 0];
    for (i, number) in numbers.iter_mut().enumerate() {
        if let Some(v) = args.get(1 + i) {
            *number = vm.as_index(v)?;
        }
    }
    let [format, wbits] = numbers;
    if !matches!(format, AUTO..=GZIP) {
        return Err(vm.value_error(msg!("format")));
    }
    if !matches!(wbits, 0 | 5..=15) {
        return Err(vm.value_error(msg!("wbits")));
    }
    let closes = match args.get(3) {
        Some(v) => vm.truth(v)?,
        None => false,
    };
    vm.new_object(
        DEFLATE_IO.value(),
        &[
            source,
            Value::small(format),
            Value::small(wbits),
            Value::bool(closes),
            Value::NONE,
            #[cfg(feature = "mod-deflate-write")]
            Value::NONE,
            #[cfg(feature = "mod-deflate-write")]
            Value::NONE,
        ],
    )
}

fn slot(vm: &Vm<'_>, v: Value, i: usize) -> Value {
    vm.slot(v, i).unwrap_or(Value::NONE)
}

fn number(vm: &Vm<'_>, v: Value, i: usize) -> isize {
    vm.slot_int(v, i)
}

fn set(vm: &mut Vm<'_>, v: Value, i: usize, value: Value) {
    vm.set_slot(v, i, Some(value));
}

/// The next byte of a source.
fn next_byte(vm: &mut Vm<'_>, source: Value) -> Res<u8> {
    let mut byte = [0; 1];
    let mark = vm.mark();
    let n = vm.stream_read(source, (&mut byte[..]).into())?;
    vm.release(mark);
    match n {
        Some(0) => Err(vm.error_bare(&types::EOF_ERROR)),
        Some(_) => Ok(byte[0]),
        None => Err(vm.os_error(errno::EAGAIN)),
    }
}

#[cold]
fn bad_data(vm: &mut Vm<'_>) -> Raised {
    vm.os_error(errno::EINVAL)
}

fn skip(vm: &mut Vm<'_>, source: Value, n: u16) -> Res<()> {
    for _ in 0..n {
        next_byte(vm, source)?;
    }
    Ok(())
}

/// Reads the header; the format and the window's size that it tells.
fn header(vm: &mut Vm<'_>, source: Value, format: isize) -> Res<(isize, isize)> {
    if format == RAW {
        return Ok((RAW, 8));
    }
    let (a, b) = (next_byte(vm, source)?, next_byte(vm, source)?);
    if format != GZIP && a & 15 == 8 && a >> 4 <= 7 && (u32::from(a) << 8 | u32::from(b)) % 31 == 0
    {
        if b & 0x20 != 0 {
            return Err(bad_data(vm));
        }
        return Ok((ZLIB, 8 + isize::from(a >> 4)));
    }
    if format == ZLIB || (a, b) != (0x1f, 0x8b) || next_byte(vm, source)? != 8 {
        return Err(bad_data(vm));
    }
    let flags = next_byte(vm, source)?;
    skip(vm, source, 6)?;
    if flags & 4 != 0 {
        let n = u16::from_le_bytes([next_byte(vm, source)?, next_byte(vm, source)?]);
        skip(vm, source, n)?;
    }
    // A name and a comment, each up to a zero.
    for &flag in &[8, 16] {
        while flags & flag != 0 && next_byte(vm, source)? != 0 {}
    }
    skip(vm, source, u16::from(flags & 2))?;
    Ok((GZIP, 15))
}

fn begin(vm: &mut Vm<'_>, v: Value, source: Value) -> Res<()> {
    let (format, own) = header(vm, source, number(vm, v, FORMAT))?;
    let wbits = match number(vm, v, WBITS) {
        0 => own,
        asked => asked,
    };
    let cell = vm.alloc_bytes(Kind::Raw, size_of::<State>() + (1 << wbits))?;
    // All zeros is the state that decompression starts in.
    vm.raw_mut(cell).fill(0);
    state(vm, cell).0.sum = (format == ZLIB) as u32;
    set(vm, v, FORMAT, Value::small(format));
    set(vm, v, STATE, cell);
    Ok(())
}

/// The state in a cell and the window behind it. Whoever has them keeps the cell, and keeps it from others.
fn state<'s>(vm: &mut Vm<'_>, cell: Value) -> (&'s mut State, &'s mut [u8]) {
    let window = vm.raw_mut(cell).len().checked_sub(size_of::<State>());
    assert!(window.is_some());
    // SAFETY: invariant 3; the cell holds a state, which is plain numbers, and so many bytes more; cells never move, and the
    // caller's word for the rest.
    unsafe {
        let window = core::slice::from_raw_parts_mut(
            data(cell).add(size_of::<State>()),
            window.unwrap_or(0),
        );
        (&mut *(data(cell) as *mut State), window)
    }
}

fn read(vm: &mut Vm<'_>, v: Value, target: Target<'_>) -> Res<Option<usize>> {
    let source = slot(vm, v, SOURCE);
    if source == Value::NONE {
        return Err(bad_data(vm));
    }
    if slot(vm, v, STATE) == Value::NONE {
        begin(vm, v, source)?;
    }
    let cell = slot(vm, v, STATE);
    if cell == Value::FALSE {
        return Err(bad_data(vm));
    }
    let mark = vm.mark();
    vm.root(cell)?;
    // A source that reads from this stream finds it at work.
    set(vm, v, STATE, Value::FALSE);
    let format = number(vm, v, FORMAT);
    let done = fill(&mut Input { vm, source }, cell, format, target);
    set(vm, v, STATE, cell);
    vm.release(mark);
    done.map(Some)
}

/// The stream that is decompressed.
struct Input<'s, 'v> {
    vm: &'s mut Vm<'v>,
    source: Value,
}

impl inflate::Source for Input<'_, '_> {
    type Error = Raised;

    fn next(&mut self) -> Res<u8> {
        next_byte(self.vm, self.source)
    }

    fn bad(&mut self) -> Raised {
        bad_data(self.vm)
    }
}

fn fill(input: &mut Input<'_, '_>, cell: Value, format: isize, target: Target<'_>) -> Res<usize> {
    let (state, window) = state(input.vm, cell);
    let mut done = 0;
    while done < target.len() && state.ended == 0 {
        let mut chunk = [0; CHUNK];
        let room = CHUNK.min(target.len() - done);
        let n = state.read(input, window, &mut chunk[..room])?;
        let chunk = &chunk[..n];
        state.sum = update_sum(format, state.sum, chunk);
        target.skip(done).put(chunk);
        done += n;
        if n < room {
            state.ended = 1;
            trailer(input.vm, input.source, format, state.sum)?;
        }
    }
    Ok(done)
}

/// The checksum of a format with more bytes: Adler-32 of zlib, CRC-32 of gzip.
fn update_sum(format: isize, sum: u32, bytes: &[u8]) -> u32 {
    match format {
        ZLIB => {
            let (mut a, mut b) = (sum & 0xffff, sum >> 16);
            for &byte in bytes {
                a = (a + u32::from(byte)) % 65521;
                b = (b + a) % 65521;
            }
            b << 16 | a
        }
        GZIP => crc32(bytes, sum),
        _ => sum,
    }
}

/// What follows the data: the checksum, and for gzip the length, which is not compared.
fn trailer(vm: &mut Vm<'_>, source: Value, format: isize, sum: u32) -> Res<()> {
    if format == RAW {
        return Ok(());
    }
    let mut bytes = [0; 4];
    for byte in &mut bytes {
        *byte = next_byte(vm, source)?;
    }
    let told = match format {
        ZLIB => u32::from_be_bytes(bytes),
        _ => u32::from_le_bytes(bytes),
    };
    if format == GZIP {
        skip(vm, source, 4)?;
    }
    if told == sum {
        Ok(())
    } else {
        Err(bad_data(vm))
    }
}

fn ioctl(vm: &mut Vm<'_>, v: Value, request: usize, arg: Value) -> Res<isize> {
    let source = slot(vm, v, SOURCE);
    match request {
        request::CLOSE => {
            #[cfg(feature = "mod-deflate-write")]
            if source != Value::NONE {
                write::finish(vm, v)?;
            }
            for &i in &[SOURCE, STATE] {
                set(vm, v, i, Value::NONE);
            }
            if source != Value::NONE && slot(vm, v, CLOSES) == Value::TRUE {
                return vm.stream_ioctl(source, request, arg);
            }
            Ok(0)
        }
        request::POLL if source != Value::NONE => vm.stream_ioctl(source, request, arg),
        _ => Err(bad_data(vm)),
    }
}
