//! `deflate`: a stream that decompresses what it reads from another, and compresses what it writes to it.

#[cfg(feature = "mod-deflate-write")]
mod compress;
mod inflate;
#[cfg(feature = "mod-deflate-write")]
mod write;

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

use inflate::{State, Stop};

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
const STATE: usize = 5;
const WINDOW: usize = 6;
/// The checksum so far, and whether the end was seen.
const CHECK: usize = 7;
const ENDED: usize = 8;

static DEFLATE_IO: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    arity: (1, 4),
    members: &[
        stream::READ,
        stream::READINTO,
        stream::READLINE,
        #[cfg(feature = "mod-deflate-write")]
        stream::WRITE,
        stream::CLOSE,
        stream::ENTER,
        stream::EXIT,
    ],
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
    if !(AUTO..=GZIP).contains(&format) {
        return Err(vm.value_error(msg!("format")));
    }
    if wbits != 0 && !(5..=15).contains(&wbits) {
        return Err(vm.value_error(msg!("wbits")));
    }
    let closes = match args.get(3) {
        Some(v) => vm.truth(v)?,
        None => false,
    };
    let zero = Value::small(0);
    let numbers = [Value::small(format), Value::small(wbits)];
    vm.new_object(
        DEFLATE_IO.value(),
        &[
            source,
            numbers[0],
            numbers[1],
            Value::bool(closes),
            Value::NONE,
            Value::NONE,
            zero,
            Value::FALSE,
            zero,
            Value::NONE,
            Value::NONE,
        ],
    )
}

fn slot(vm: &Vm<'_>, v: Value, i: usize) -> Value {
    vm.slot(v, i).unwrap_or(Value::NONE)
}

fn number(vm: &Vm<'_>, v: Value, i: usize) -> isize {
    slot(vm, v, i).as_small().unwrap_or(0)
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
    for _ in 0..6 {
        next_byte(vm, source)?;
    }
    if flags & 4 != 0 {
        let n = u16::from_le_bytes([next_byte(vm, source)?, next_byte(vm, source)?]);
        for _ in 0..n {
            next_byte(vm, source)?;
        }
    }
    // A name and a comment, each up to a zero.
    for flag in [8, 16] {
        while flags & flag != 0 && next_byte(vm, source)? != 0 {}
    }
    for _ in 0..flags & 2 {
        next_byte(vm, source)?;
    }
    Ok((GZIP, 15))
}

fn begin(vm: &mut Vm<'_>, v: Value, source: Value) -> Res<()> {
    let (format, own) = header(vm, source, number(vm, v, FORMAT))?;
    let wbits = match number(vm, v, WBITS) {
        0 => own,
        asked => asked,
    };
    let window = vm.new_owned(Kind::ByteArray, b'B', 1 << wbits)?;
    let cell = vm.alloc_bytes(Kind::Raw, size_of::<State>())?;
    // All zeros is the state that decompression starts in.
    vm.raw_mut(cell).fill(0);
    set(vm, v, FORMAT, Value::small(format));
    set(vm, v, WINDOW, window);
    set(vm, v, STATE, cell);
    let check = Value::small((format == ZLIB) as isize);
    set(vm, v, CHECK, check);
    Ok(())
}

fn store(vm: &mut Vm<'_>, cell: Value, state: &State) {
    assert!(vm.raw_mut(cell).len() == size_of::<State>());
    // SAFETY: invariant 3; the cell has room for a state, checked above.
    unsafe { (data(cell) as *mut State).write(*state) };
}

fn load(vm: &mut Vm<'_>, cell: Value) -> State {
    assert!(vm.raw_mut(cell).len() == size_of::<State>());
    // SAFETY: invariant 3; the cell holds a state, which is plain numbers.
    unsafe { (data(cell) as *const State).read() }
}

fn read(vm: &mut Vm<'_>, v: Value, target: Target<'_>) -> Res<Option<usize>> {
    let source = slot(vm, v, SOURCE);
    if source == Value::NONE {
        return Err(bad_data(vm));
    }
    if slot(vm, v, STATE) == Value::NONE {
        begin(vm, v, source)?;
    }
    let mut done = 0;
    while done < target.len() && slot(vm, v, ENDED) == Value::FALSE {
        let mut chunk = [0; CHUNK];
        let room = CHUNK.min(target.len() - done);
        let n = read_chunk(vm, v, source, &mut chunk[..room])?;
        check(vm, v, &chunk[..n]);
        target.skip(done).put(&chunk[..n]);
        done += n;
        if n < room {
            set(vm, v, ENDED, Value::TRUE);
            trailer(vm, v, source)?;
        }
    }
    Ok(Some(done))
}

fn read_chunk(vm: &mut Vm<'_>, v: Value, source: Value, chunk: &mut [u8]) -> Res<usize> {
    let (cell, window) = (slot(vm, v, STATE), slot(vm, v, WINDOW));
    let mut state = load(vm, cell);
    let Some(bytes) = vm.bytes_mut(window) else {
        return Err(bad_data(vm));
    };
    let (start, len) = (bytes.as_mut_ptr(), bytes.len());
    // SAFETY: invariant 3; the window is the object's own, which the caller keeps, nobody else knows it, and cells never
    // move.
    let bytes = unsafe { core::slice::from_raw_parts_mut(start, len) };
    let outcome = state.read(&mut || next_byte(vm, source), bytes, chunk);
    match outcome {
        Ok(n) => {
            store(vm, cell, &state);
            Ok(n)
        }
        Err(Stop::Data) => Err(bad_data(vm)),
        Err(Stop::Source(raised)) => Err(raised),
    }
}

/// Takes bytes into the checksum.
fn check(vm: &mut Vm<'_>, v: Value, bytes: &[u8]) {
    let sum = update_sum(number(vm, v, FORMAT), checksum(vm, v), bytes);
    // Two halves: a small int of a 32-bit board does not hold all of it.
    let half = |n: u32| Value::small((n & 0xffff) as isize);
    let low = half(sum);
    vm.set_slot(v, CHECK, Some(low));
    vm.set_slot(v, CHECK_HIGH, Some(half(sum >> 16)));
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
        GZIP => !bytes.iter().fold(!sum, |mut crc, &byte| {
            crc ^= u32::from(byte);
            for _ in 0..8 {
                crc = crc >> 1 ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
            }
            crc
        }),
        _ => sum,
    }
}

/// The upper half of the checksum.
const CHECK_HIGH: usize = 9;

fn checksum(vm: &Vm<'_>, v: Value) -> u32 {
    (number(vm, v, CHECK_HIGH) as u32) << 16 | number(vm, v, CHECK) as u32 & 0xffff
}

/// What follows the data: the checksum, and for gzip the length, which is not compared.
fn trailer(vm: &mut Vm<'_>, v: Value, source: Value) -> Res<()> {
    let format = number(vm, v, FORMAT);
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
        for _ in 0..4 {
            next_byte(vm, source)?;
        }
    }
    if told == checksum(vm, v) {
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
            for i in [SOURCE, STATE, WINDOW] {
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
