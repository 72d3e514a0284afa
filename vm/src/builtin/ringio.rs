//! `micropython.RingIO`: a ring of bytes that one side fills and the other empties, without allocating.

use crate::heap::Kind;
use crate::native::{Args, Res, TypeDef, func};
use crate::object::exception as types;
use crate::q;
use crate::value::Value;
use crate::vm::Vm;

/// `RingIO`
pub static RING_IO: TypeDef = TypeDef {
    make_new: Some(make_new),
    members: &[
        func(q!("any"), 1, 1, |vm, args| {
            Ok(Value::small(Ring::of(vm, args.at(0))?.filled() as isize))
        }),
        func(q!("read"), 1, 2, read),
        func(q!("readline"), 1, 2, read_line),
        func(q!("readinto"), 2, 3, read_into),
        func(q!("write"), 2, 4, write),
        func(q!("close"), 1, 1, |_, _| Ok(Value::NONE)),
    ],
    ..TypeDef::new(q!("RingIO"))
};

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
            return Err(vm.type_error("argument has wrong type"));
        }
        let part = |i: usize| vm.slots(object)[i].unwrap_or(Value::NONE);
        let number = |i: usize| part(i).as_small().unwrap_or(0) as usize;
        let bytes = part(1);
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

    /// Bytes that can be written.
    pub(crate) fn room(self) -> usize {
        self.size - 1 - self.filled()
    }

    fn byte(self, vm: &Vm<'_>, i: usize) -> u8 {
        vm.bytes_of(self.bytes)
            .and_then(|b| b.get((self.get + i) % self.size))
            .copied()
            .unwrap_or(0)
    }

    fn drop_first(self, vm: &mut Vm<'_>, n: usize) {
        let get = (self.get + n) % self.size;
        vm.slots_mut(self.object)[2] = Some(Value::small(get as isize));
    }

    /// Takes the first `n` bytes out.
    fn take(self, vm: &mut Vm<'_>, n: usize) -> Res {
        let out = vm.alloc_bytes(Kind::Bytes, n)?;
        for i in 0..n {
            vm.raw_mut(out)[i] = self.byte(vm, i);
        }
        self.drop_first(vm, n);
        Ok(out)
    }
}

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    if args.len() != 1 {
        let n = args.len();
        return Err(vm.error_fmt(
            &types::TYPE_ERROR,
            format_args!("function takes 1 positional arguments but {n} were given"),
        ));
    }
    let given = args.at(0);
    let (bytes, size) = match vm.bytes_mut(given).map(|b| b.len()) {
        Some(size) => (Some(given), size),
        None => (None, (vm.as_index(given)?.max(-1) + 1) as usize),
    };
    if !(2..=SIZE_MAX).contains(&size) {
        return Err(vm.value_error(""));
    }
    let bytes = match bytes {
        Some(bytes) => bytes,
        None => vm.new_owned(Kind::ByteArray, b'B', size)?,
    };
    let object = vm.alloc(Kind::Object, 4)?;
    let parts = [RING_IO.value(), bytes, Value::small(0), Value::small(0)];
    for (slot, part) in vm.slots_mut(object).iter_mut().zip(parts) {
        *slot = Some(part);
    }
    Ok(object)
}

/// How many bytes are asked for at most; all where no number is given.
fn limit(vm: &mut Vm<'_>, args: Args, i: usize) -> Res<usize> {
    match args.get(i) {
        Some(n) if n != Value::NONE => Ok(usize::try_from(vm.as_index(n)?).unwrap_or(usize::MAX)),
        _ => Ok(usize::MAX),
    }
}

fn read(vm: &mut Vm<'_>, args: Args) -> Res {
    let most = limit(vm, args, 1)?;
    let ring = Ring::of(vm, args.at(0))?;
    ring.take(vm, ring.filled().min(most))
}

fn read_line(vm: &mut Vm<'_>, args: Args) -> Res {
    let most = limit(vm, args, 1)?;
    let ring = Ring::of(vm, args.at(0))?;
    let n = ring.filled().min(most);
    let end = (0..n).find(|&i| ring.byte(vm, i) == b'\n');
    ring.take(vm, end.map_or(n, |i| i + 1))
}

fn read_into(vm: &mut Vm<'_>, args: Args) -> Res {
    let most = limit(vm, args, 2)?;
    let ring = Ring::of(vm, args.at(0))?;
    let Some(len) = vm.bytes_mut(args.at(1)).map(|b| b.len()) else {
        return Err(vm.type_error("object with buffer protocol required"));
    };
    let n = ring.filled().min(len).min(most);
    for i in 0..n {
        let byte = ring.byte(vm, i);
        if let Some(to) = vm.bytes_mut(args.at(1)).and_then(|b| b.get_mut(i)) {
            *to = byte;
        }
    }
    ring.drop_first(vm, n);
    Ok(Value::small(n as isize))
}

fn write(vm: &mut Vm<'_>, args: Args) -> Res {
    let ring = Ring::of(vm, args.at(0))?;
    let Some(len) = vm.bytes_of(args.at(1)).map(<[u8]>::len) else {
        return Err(vm.type_error("object with buffer protocol required"));
    };
    let (start, most) = match (args.get(2), args.get(3)) {
        (None, _) => (0, usize::MAX),
        (Some(_), None) => (0, limit(vm, args, 2)?),
        (Some(start), Some(_)) => (
            usize::try_from(vm.as_index(start)?).unwrap_or(0).min(len),
            limit(vm, args, 3)?,
        ),
    };
    let n = (len - start).min(most).min(ring.room());
    for i in 0..n {
        let byte = vm
            .bytes_of(args.at(1))
            .and_then(|b| b.get(start + i))
            .copied();
        let at = (ring.put + i) % ring.size;
        if let Some(to) = vm.bytes_mut(ring.bytes).and_then(|b| b.get_mut(at)) {
            *to = byte.unwrap_or(0);
        }
    }
    let put = (ring.put + n) % ring.size;
    vm.slots_mut(ring.object)[3] = Some(Value::small(put as isize));
    Ok(Value::small(n as isize))
}
