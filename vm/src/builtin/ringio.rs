//! `micropython.RingIO`: a ring of bytes that one side fills and the other empties, without allocating.

use crate::heap::Kind;
use crate::native::{Args, Res, TypeDef, TypeSpec, func_1};
use crate::q;
use crate::stream::{self, Source, Stream, Target, errno, request};
use crate::type_def;
use crate::value::Value;
use crate::vm::Vm;

/// `RingIO`
pub static RING_IO: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    arity: (1, 1),
    members: &[
        func_1(q!("any"), |vm, ring| {
            Ok(Value::small(Ring::of(vm, ring)?.filled() as isize))
        }),
        stream::READ,
        stream::READLINE,
        stream::READINTO,
        stream::WRITE,
        stream::CLOSE,
    ],
    stream: Some(&STREAM),
    ..TypeSpec::new(q!("RingIO"))
});

/// Bytes that the largest ring has.
const SIZE_MAX: usize = u16::MAX as usize;

/// A ring as it stands: one byte of `size` stays free, so that a full ring is told from an empty one.
#[derive(Clone, Copy)]
pub(crate) struct Ring {
    object: Value,
    bytes: Value,
    get: usize,
    put: usize,
    size: usize,
}

impl Ring {
    /// The ring that a value is.
    pub(crate) fn of(vm: &mut Vm<'_>, v: Value) -> Res<Ring> {
        let object = vm.native_part(v);
        if !vm.is_instance(object, &RING_IO) {
            return Err(vm.type_error(msg!("argument has wrong type")));
        }
        let number = |i: usize| vm.slot_int(object, i) as usize;
        let bytes = vm.slot(object, 1).unwrap_or(Value::NONE);
        let size = vm.bytes_of(bytes).map_or(1, <[u8]>::len).max(1);
        // A bytearray that was lent may have become shorter since.
        let (get, put) = (number(2) % size, number(3) % size);
        Ok(Ring {
            object,
            bytes,
            get,
            put,
            size,
        })
    }

    /// Bytes that can be read.
    pub(crate) fn filled(self) -> usize {
        (self.size + self.put - self.get) % self.size
    }

    /// The place behind one of a byte.
    fn after(self, at: usize) -> usize {
        (at + 1) % self.size
    }

    /// Whether no byte can be written.
    fn is_full(self) -> bool {
        self.after(self.put) == self.get
    }
}

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let given = args.at(0);
    let (bytes, size) = match vm.bytes_mut(given).map(|b| b.len()) {
        Some(size) => (Some(given), size),
        None => (None, (vm.as_index(given)?.max(-1) + 1) as usize),
    };
    if !(2..=SIZE_MAX).contains(&size) {
        return Err(vm.value_error(msg!("")));
    }
    let bytes = match bytes {
        Some(bytes) => bytes,
        None => vm.new_owned(Kind::ByteArray, b'B', size)?,
    };
    vm.new_object(RING_IO.value(), &[bytes, Value::small(0), Value::small(0)])
}

static STREAM: Stream = Stream {
    read: Some(read),
    write: Some(write),
    seek: None,
    ioctl,
    text: false,
};

fn read(vm: &mut Vm<'_>, v: Value, target: Target<'_>) -> Res<Option<usize>> {
    let mut ring = Ring::of(vm, v)?;
    let mut n = 0;
    while n < target.len() && ring.get != ring.put {
        let byte = vm
            .bytes_of(ring.bytes)
            .and_then(|bytes| bytes.get(ring.get));
        target.skip(n).put(&[byte.copied().unwrap_or(0)]);
        (n, ring.get) = (n + 1, ring.after(ring.get));
    }
    vm.set_slot(ring.object, 2, Some(Value::small(ring.get as isize)));
    Ok(Some(n))
}

fn write(vm: &mut Vm<'_>, v: Value, source: Source<'_>) -> Res<Option<usize>> {
    let mut ring = Ring::of(vm, v)?;
    let mut n = 0;
    while n < source.len() && !ring.is_full() {
        let mut byte = [0];
        source.skip(n).take(&mut byte);
        if let Some(to) = vm
            .bytes_mut(ring.bytes)
            .and_then(|bytes| bytes.get_mut(ring.put))
        {
            *to = byte[0];
        }
        (n, ring.put) = (n + 1, ring.after(ring.put));
    }
    vm.set_slot(ring.object, 3, Some(Value::small(ring.put as isize)));
    Ok(Some(n))
}

/// Readable as long as there is a byte in it, writable as long as there is room for one.
fn ioctl(vm: &mut Vm<'_>, v: Value, request: usize, arg: Value) -> Res<isize> {
    const READABLE: isize = 1;
    const WRITABLE: isize = 4;
    match request {
        request::CLOSE => Ok(0),
        request::POLL => {
            let ring = Ring::of(vm, v)?;
            let asked = vm.as_index(arg)?;
            let mut ready = 0;
            if ring.get != ring.put {
                ready |= READABLE;
            }
            if !ring.is_full() {
                ready |= WRITABLE;
            }
            Ok(ready & asked)
        }
        _ => Err(vm.os_error(errno::EINVAL)),
    }
}
