//! Files: what `open` finds.

use crate::heap::Kind;
use crate::native::{Args, Member, Res, TypeDef};
use crate::q;
use crate::stream::{self, Seek, Stream, Target, errno, request};
use crate::value::Value;
use crate::vm::Vm;

/// Slots of a file of an image: its type, its bytes, where it stands.
const CONTENT: usize = 1;
const AT: usize = 2;

/// `open(path, mode)`
pub(crate) fn open(vm: &mut Vm<'_>, args: Args) -> Res {
    let Some(path) = args.get_or_kw(0, q!("file")) else {
        return Err(vm.type_error("function missing 1 required positional arguments"));
    };
    let Some(path) = vm.str_bytes(path) else {
        return Err(vm.type_error("can't convert to str implicitly"));
    };
    let found = core::str::from_utf8(path)
        .ok()
        .and_then(|path| vm.files.map(path));
    let mode = args.get_or_kw(1, q!("mode"));
    let mode = mode.and_then(|v| vm.str_bytes(v)).unwrap_or(b"r");
    let binary = mode.contains(&b'b');
    if mode.iter().any(|c| b"wa+".contains(c)) {
        return Err(vm.os_error(errno::EROFS));
    }
    let Some(bytes) = found else {
        return Err(vm.os_error(errno::ENOENT));
    };
    let content = vm.new_flash_bytes(bytes.as_ptr(), bytes.len() as u32)?;
    let cell = vm.alloc(Kind::Object, 3)?;
    let slots = vm.slots_mut(cell);
    slots[0] = Some(if binary { BYTES.value() } else { TEXT.value() });
    slots[CONTENT] = Some(content);
    slots[AT] = Some(Value::small(0));
    Ok(cell)
}

fn position(vm: &Vm<'_>, v: Value) -> usize {
    vm.slots(v)[AT].and_then(Value::as_small).unwrap_or(0) as usize
}

/// The bytes of a binary file of an image, in place.
pub(crate) fn file_bytes<'v>(vm: &'v Vm<'_>, v: Value) -> Option<&'v [u8]> {
    let slots = vm.slots(v);
    if *slots.first()? == Some(BYTES.value()) {
        vm.bytes_of(slots[CONTENT]?)
    } else {
        None
    }
}

fn read(vm: &mut Vm<'_>, v: Value, target: Target<'_>) -> Res<Option<usize>> {
    let content = vm.slots(v)[CONTENT].unwrap_or(Value::NONE);
    let at = position(vm, v);
    let rest = vm.bytes_of(content).and_then(|bytes| bytes.get(at..));
    let n = rest.map_or(0, |rest| target.put(rest));
    vm.slots_mut(v)[AT] = Some(Value::small((at + n) as isize));
    Ok(Some(n))
}

fn seek(vm: &mut Vm<'_>, v: Value, to: Seek) -> Res<i64> {
    let content = vm.slots(v)[CONTENT].unwrap_or(Value::NONE);
    let len = vm.bytes_of(content).map_or(0, <[u8]>::len) as i64;
    let base = match to.whence {
        0 => 0,
        1 => position(vm, v) as i64,
        _ => len,
    };
    let at = base.saturating_add(to.offset);
    if at < 0 {
        return Err(vm.os_error(errno::EINVAL));
    }
    let at = at.min(len);
    vm.slots_mut(v)[AT] = Some(Value::small(at as isize));
    Ok(at)
}

fn ioctl(vm: &mut Vm<'_>, _: Value, request: usize, _: Value) -> Res<isize> {
    match request {
        request::FLUSH | request::CLOSE => Ok(0),
        _ => Err(vm.os_error(errno::EINVAL)),
    }
}

static MEMBERS: &[Member] = &[
    stream::READ,
    stream::READINTO,
    stream::READLINE,
    stream::READLINES,
    stream::SEEK,
    stream::TELL,
    stream::CLOSE,
    stream::ENTER,
    stream::EXIT,
];

const fn protocol(text: bool) -> Stream {
    Stream {
        read: Some(read),
        write: None,
        seek: Some(seek),
        ioctl,
        text,
    }
}

const fn file_type(name: crate::qstr::Qstr, stream: &'static Stream) -> TypeDef {
    TypeDef {
        iter: Some(stream::iter_self),
        next: Some(stream::next_line),
        stream: Some(stream),
        members: MEMBERS,
        ..TypeDef::new(name)
    }
}

static TEXT: TypeDef = file_type(q!("TextIOWrapper"), &const { protocol(true) });
static BYTES: TypeDef = file_type(q!("FileIO"), &const { protocol(false) });
