//! The methods that native streams share, made of the protocol.

use super::{Seek, errno, request};
use crate::heap::Kind;
use crate::native::{Args, Member, Res, func, func_1, func_1_2, func_2_3};
use crate::object::decode::decode_utf8;
use crate::q;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Methods of streams, of which those of some types are a part: see below.
static ALL: &[Member] = &[
    #[cfg(feature = "mod-io")]
    crate::builtin::io::GET_VALUE,
    FLUSH,
    READ,
    READINTO,
    READLINE,
    CLOSE,
    ENTER,
    EXIT,
    WRITE,
    SEEK,
    TELL,
    READLINES,
];
/// Where `read` is among them.
const READ_AT: usize = if cfg!(feature = "mod-io") { 2 } else { 1 };

/// Those of a file of an image.
pub(crate) static OF_FILE: &[Member] = ALL.split_at(READ_AT).1;
/// Those of a file in memory.
pub(crate) static OF_MEMORY: &[Member] = ALL.split_at(ALL.len() - 1).0;
/// Those of a stream that decompresses, and compresses where it can.
pub(crate) static OF_DEFLATE: &[Member] = OF_FILE
    .split_at(if cfg!(feature = "mod-deflate-write") {
        7
    } else {
        6
    })
    .0;

/// Bytes that `read()` without a size asks for at a time.
const READ_ALL_STEP: usize = 256;

pub(crate) const READ: Member = func_1_2(q!("read"), read);
pub(crate) const READINTO: Member = func_2_3(q!("readinto"), readinto);
pub(crate) const READLINE: Member = func_1_2(q!("readline"), readline);
pub(crate) const READLINES: Member = func_1_2(q!("readlines"), readlines);
pub(crate) const WRITE: Member = func(q!("write"), 2, 4, write);
pub(crate) const SEEK: Member = func_2_3(q!("seek"), seek);
pub(crate) const TELL: Member = func_1(q!("tell"), |vm, stream| {
    let to = Seek {
        offset: 0,
        whence: 1,
    };
    let at = vm.stream_seek(stream, to)?;
    vm.new_int(at as i64)
});
pub(crate) const FLUSH: Member = func_1(q!("flush"), |vm, stream| {
    vm.stream_ioctl(stream, request::FLUSH, Value::small(0))?;
    Ok(Value::NONE)
});
pub(crate) const CLOSE: Member = func(q!("close"), 1, 1, close);
pub(crate) const IOCTL: Member = func_2_3(q!("ioctl"), |vm, stream, request, arg| {
    let request = vm.as_index(request)?;
    let arg = arg.unwrap_or(Value::small(0));
    let answer = vm.stream_ioctl(stream, request as usize, arg)?;
    vm.new_int(answer as i64)
});
pub(crate) const ENTER: Member = func_1(q!("__enter__"), |_, stream| Ok(stream));
pub(crate) const EXIT: Member = func(q!("__exit__"), 4, 4, close);

fn close(vm: &mut Vm<'_>, args: Args) -> Res {
    vm.stream_ioctl(args.at(0), request::CLOSE, Value::small(0))?;
    Ok(Value::NONE)
}

/// A size argument; `None` for all.
fn size_of(vm: &mut Vm<'_>, v: Slot) -> Res<Option<usize>> {
    match v {
        None | Some(Value::NONE) => Ok(None),
        Some(v) => Ok(usize::try_from(vm.as_index(v)?).ok()),
    }
}

fn is_text(vm: &Vm<'_>, v: Value) -> bool {
    vm.stream_of(v).is_some_and(|stream| stream.text)
}

/// The bytes of a filled bytearray as what the stream gives: a str or bytes.
fn gift(vm: &mut Vm<'_>, v: Value, buffer: Value) -> Res {
    match is_text(vm, v) {
        true => decode_utf8(vm, buffer),
        false => vm.bytes_as(Kind::Bytes, buffer),
    }
}

/// Appends up to `n` bytes of a stream to a bytearray, in one transfer or until it has them.
fn append(vm: &mut Vm<'_>, v: Value, buffer: Value, n: usize, once: bool) -> Res<Option<usize>> {
    let mark = vm.mark();
    let len = vm.bytes_len(buffer);
    vm.bytearray_resize(buffer, len + n)?;
    let target = vm.target_of(buffer)?.skip(len);
    let got = if once {
        vm.stream_read(v, target)
    } else {
        vm.stream_read_all(v, target)
    };
    vm.bytearray_resize(buffer, len + got.ok().flatten().unwrap_or(0))?;
    vm.release(mark);
    got
}

fn read(vm: &mut Vm<'_>, v: Value, size: Slot) -> Res {
    let buffer = vm.new_bytearray(&[])?;
    match size_of(vm, size)? {
        None => {
            let mut first = true;
            loop {
                match append(vm, v, buffer, READ_ALL_STEP, true)? {
                    None if first => return Ok(Value::NONE),
                    None | Some(0) => break,
                    Some(_) => first = false,
                }
            }
        }
        Some(n) if is_text(vm, v) => read_chars(vm, v, buffer, n)?,
        Some(n) => {
            let bytes = vm.alloc_bytes(Kind::Bytes, n)?;
            let target = vm.target_in(bytes, 0);
            return match vm.stream_read_all(v, target)? {
                None => Ok(Value::NONE),
                Some(got) => vm.part_of(bytes, 0..got),
            };
        }
    }
    gift(vm, v, buffer)
}

/// Reads `n` characters: as many bytes first, then what they lack to be whole.
fn read_chars(vm: &mut Vm<'_>, v: Value, buffer: Value, n: usize) -> Res<()> {
    let mut missing = n;
    while missing > 0 {
        if append(vm, v, buffer, missing, false)?.unwrap_or(0) == 0 {
            return Ok(());
        }
        let bytes = vm.bytes_of(buffer).unwrap_or(&[]);
        let (mut at, mut chars) = (0, 0);
        while at < bytes.len() {
            at += char_width(bytes[at]);
            chars += 1;
        }
        // Bytes that the last character lacks, and one at least for each that is still to come.
        missing = at - bytes.len() + n - chars;
    }
    Ok(())
}

/// Bytes of the character that begins with this one.
fn char_width(first: u8) -> usize {
    match first {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => 1,
    }
}

fn readinto(vm: &mut Vm<'_>, v: Value, into: Value, size: Slot) -> Res {
    let mut target = vm.target_of(into)?;
    if let Some(n) = size_of(vm, size)? {
        target = target.first(n);
    }
    match vm.stream_read_all(v, target)? {
        None => Ok(Value::NONE),
        Some(n) => Ok(Value::small(n as isize)),
    }
}

fn readline(vm: &mut Vm<'_>, v: Value, size: Slot) -> Res {
    let max = size_of(vm, size)?;
    match line(vm, v, max)? {
        None => Ok(Value::NONE),
        Some(line) => Ok(line),
    }
}

/// A line with its end, shorter at the end of the stream or after `max` bytes; `None` where nothing is there yet.
fn line(vm: &mut Vm<'_>, v: Value, max: Option<usize>) -> Res<Slot> {
    let buffer = vm.new_bytearray(&[])?;
    let mut len = 0;
    while max.is_none_or(|max| len < max) {
        let mut byte = [0];
        match vm.stream_read(v, (&mut byte[..]).into())? {
            None if len == 0 => return Ok(None),
            None | Some(0) => break,
            Some(_) => {
                vm.bytearray_push(buffer, &byte)?;
                len += 1;
                if byte == *b"\n" {
                    break;
                }
            }
        }
    }
    gift(vm, v, buffer).map(Some)
}

fn readlines(vm: &mut Vm<'_>, v: Value, _: Slot) -> Res {
    let list = vm.new_list(&[])?;
    loop {
        let mark = vm.mark();
        let Some(line) = next_line(vm, v)? else {
            return Ok(list);
        };
        vm.list_push(list, line)?;
        vm.release(mark);
    }
}

/// `next()` of a stream: lines until there is none.
pub(crate) fn next_line(vm: &mut Vm<'_>, v: Value) -> Res<Slot> {
    let line = line(vm, v, None)?;
    Ok(line.filter(|&line| vm.bytes_of(line).is_some_and(|bytes| !bytes.is_empty())))
}

/// `write(buffer)`, `write(buffer, length)`, `write(buffer, offset, length)`.
fn write(vm: &mut Vm<'_>, args: Args) -> Res {
    let mut source = vm.source_of(args.at(1))?;
    if args.len() == 4 {
        let offset = vm.as_index(args.at(2))?;
        source = source.skip(offset.max(0) as usize);
    }
    if args.len() > 2 {
        let n = vm.as_index(args.item(args.len() - 1))?;
        source = source.first(n.max(0) as usize);
    }
    let done = vm.stream_write_all(args.at(0), source)?;
    Ok(done.map_or(Value::NONE, |n| Value::small(n as isize)))
}

fn seek(vm: &mut Vm<'_>, v: Value, offset: Value, whence: Slot) -> Res {
    let offset = vm.as_index(offset)?;
    let whence = match whence {
        Some(v) => vm.as_index(v)?,
        None => 0,
    };
    if !matches!(whence, 0..=2) || (whence == 0 && offset < 0) {
        return Err(vm.os_error(errno::EINVAL));
    }
    let to = Seek {
        offset,
        whence: whence as u8,
    };
    let at = vm.stream_seek(v, to)?;
    vm.new_int(at as i64)
}
