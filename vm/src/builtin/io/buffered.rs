//! `io.BufferedWriter`: a stream that hands on what is written in pieces of one size.

use crate::heap::Kind;
use crate::native::{Args, Res, TypeDef, TypeSpec, func_1};
use crate::q;
use crate::stream::{self, Source, Stream, errno, request};
use crate::type_def;
use crate::value::Value;
use crate::vm::Vm;

/// `BufferedWriter(stream, size)`
pub(super) static BUFFERED_WRITER: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    arity: (2, 2),
    members: &[
        stream::WRITE,
        func_1(q!("flush"), |vm, stream| {
            let v = vm.native_part(stream);
            vm.check_object(v, &BUFFERED_WRITER)?;
            flush(vm, v)?;
            Ok(Value::NONE)
        }),
    ],
    stream: Some(&Stream {
        read: None,
        write: Some(write),
        seek: None,
        ioctl: |vm, v, request, _| match request {
            request::FLUSH => flush(vm, v).map(|()| 0),
            _ => Err(vm.os_error(errno::EINVAL)),
        },
        text: false,
    }),
    ..TypeSpec::new(q!("BufferedWriter"))
});

/// Slots: the stream, the buffer, and how much of it is filled.
const STREAM: usize = 1;
const BUFFER: usize = 2;
const LENGTH: usize = 3;

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let size = match vm.as_index(args.at(1))? {
        size @ 1.. => size as usize,
        _ => return Err(vm.value_error(msg!(""))),
    };
    let buffer = vm.new_owned(Kind::ByteArray, b'B', size)?;
    let fields = [args.at(0), buffer, Value::small(0)];
    vm.new_object(BUFFERED_WRITER.value(), &fields)
}

fn slot(vm: &Vm<'_>, v: Value, i: usize) -> Value {
    vm.slot(v, i).unwrap_or(Value::NONE)
}

fn length(vm: &Vm<'_>, v: Value) -> usize {
    slot(vm, v, LENGTH).as_small().unwrap_or(0) as usize
}

/// Hands on what is in the buffer; all of it, or it is an error.
fn flush(vm: &mut Vm<'_>, v: Value) -> Res<()> {
    let len = length(vm, v);
    if len == 0 {
        return Ok(());
    }
    let (to, buffer) = (slot(vm, v, STREAM), slot(vm, v, BUFFER));
    let source = vm.source_of(buffer)?.first(len);
    match vm.stream_write_all(to, source)? {
        Some(n) if n == len => {
            vm.set_slot(v, LENGTH, Some(Value::small(0)));
            Ok(())
        }
        Some(_) => Err(vm.os_error(errno::EIO)),
        None => Err(vm.os_error(errno::EAGAIN)),
    }
}

fn write(vm: &mut Vm<'_>, v: Value, source: Source<'_>) -> Res<Option<usize>> {
    let mut done = 0;
    while done < source.len() {
        let (len, buffer) = (length(vm, v), slot(vm, v, BUFFER));
        let Some(room) = vm.bytes_mut(buffer).and_then(|bytes| bytes.get_mut(len..)) else {
            return Err(vm.os_error(errno::EIO));
        };
        let n = source.skip(done).take(room);
        let full = n == room.len();
        done += n;
        vm.set_slot(v, LENGTH, Some(Value::small((len + n) as isize)));
        if full {
            let mark = vm.mark();
            flush(vm, v)?;
            vm.release(mark);
        }
    }
    Ok(Some(done))
}
