//! Files of images: read where they lie.
//!
//! A binary file lends its bytes, so that a memoryview of it points into the image. What an image of the firmware's holds
//! stays as it is for as long as the VM lives; such content is a flash bytes object, however deep images lie in one
//! another.

use romfs_runtime::Entry;
use romfs_runtime::fs::Errno;

use super::native::{self, BASE};
use super::path::Normal;
use crate::codec::has;
use crate::heap::Kind;
use crate::message::Part;
use crate::native::{PrintKind, Res, Sink, TypeDef, TypeSpec};
use crate::object::buffer::MemoryView;
use crate::q;
use crate::stream::{self, Seek, Stream, Target, errno, request};
use crate::type_def;
use crate::value::Value;
use crate::vm::Vm;

/// Slots of a file: its type, its bytes, where it stands.
pub(crate) const CONTENT: usize = 1;
pub(crate) const AT: usize = 2;

/// Flash bytes that hold for as long as the VM lives, and a part of them: what a buffer of such bytes points to.
pub(crate) fn lasting_content<'a>(vm: &Vm<'a>, v: Value) -> Option<&'a [u8]> {
    let bytes = match vm.kind(v)? {
        Kind::FlashBytes => vm.bytes_of(v)?,
        Kind::Object if vm.native_type(v).is_some_and(is_file) => {
            return lasting_content(vm, vm.slot(v, CONTENT)?);
        }
        Kind::MemoryView => {
            let (target, range) = vm.get::<MemoryView>(v)?.window()?;
            return lasting_content(vm, target)?.get(range);
        }
        _ => return None,
    };
    // SAFETY: invariant 1; flash bytes are borrowed, or kept, for as long as the VM lives.
    Some(unsafe { core::slice::from_raw_parts(bytes.as_ptr(), bytes.len()) })
}

/// Where a file of an image is: its bytes as an object.
pub(super) fn content(vm: &mut Vm<'_>, fs: Value, path: &[u8]) -> Res {
    let base = vm.slot(fs, BASE).unwrap_or(Value::NONE);
    let found = match &super::rom::entry_at(vm, fs, path) {
        Ok(Entry::File(file)) => file.data_range().map_err(|_| Errno::ENOENT),
        Ok(Entry::Dir(_)) => Err(Errno::EISDIR),
        Err(errno) => Err(*errno),
    };
    let place = match found {
        Ok(place) => place.start as usize..place.end as usize,
        Err(errno) => return Err(native::failed(vm, errno)),
    };
    match lasting_content(vm, base).and_then(|image| image.get(place.clone())) {
        Some(bytes) => vm.new_flash_bytes(bytes.as_ptr(), bytes.len() as u32),
        None => vm.new_view(base, place.start, place.len()),
    }
}

/// `VfsRom.open(path, mode)`
pub(super) fn open(vm: &mut Vm<'_>, fs: Value, name: Value, mode: Value) -> Res {
    let mut path = Normal::new();
    native::normal(vm, fs, name, &mut path)?;
    let (mut writes, mut binary) = (false, false);
    for &c in vm.str_bytes(mode).unwrap_or(b"") {
        writes |= has(b"wa+", c);
        if has(b"bt", c) {
            binary = c == b'b';
        }
    }
    if writes {
        return Err(vm.os_error(errno::EROFS));
    }
    let content = content(vm, fs, path.as_bytes())?;
    if path.as_dir {
        return Err(vm.os_error(errno::ENOENT));
    }
    let class = if binary { &BYTES } else { &TEXT };
    vm.new_object(class.value(), &[content, Value::small(0)])
}

fn is_file(def: &TypeDef) -> bool {
    cfg!(feature = "files") && (core::ptr::eq(def, &BYTES) || core::ptr::eq(def, &TEXT))
}

/// Where a file stands.
pub(crate) fn position(vm: &Vm<'_>, v: Value) -> usize {
    vm.slot_int(v, AT) as usize
}

/// The bytes of a binary file of an image, in place.
pub(crate) fn file_bytes<'v>(vm: &'v Vm<'_>, v: Value) -> Option<&'v [u8]> {
    if !cfg!(feature = "files") {
        return None;
    }
    let slots = vm.slots(v);
    if *slots.first()? == Some(BYTES.value()) {
        vm.bytes_of(slots[CONTENT]?)
    } else {
        None
    }
}

/// The content of a file that is not closed. What lies in memory has the same slots.
pub(crate) fn open_content(vm: &mut Vm<'_>, v: Value) -> Res {
    match vm.slot(v, CONTENT) {
        Some(content) => Ok(content),
        None => Err(vm.value_error(msg!("I/O operation on closed file"))),
    }
}

/// Reads from where a file stands.
pub(crate) fn read(vm: &mut Vm<'_>, v: Value, target: Target<'_>) -> Res<Option<usize>> {
    let content = open_content(vm, v)?;
    let at = position(vm, v);
    let rest = vm.bytes_of(content).and_then(|bytes| bytes.get(at..));
    let n = rest.map_or(0, |rest| target.put(rest));
    vm.set_slot(v, AT, Some(Value::small((at + n) as isize)));
    Ok(Some(n))
}

fn seek(vm: &mut Vm<'_>, v: Value, to: Seek) -> Res<isize> {
    let content = open_content(vm, v)?;
    let len = vm.bytes_len(content) as isize;
    let base = match to.whence {
        0 => 0,
        1 => position(vm, v) as isize,
        _ => len,
    };
    let at = base.saturating_add(to.offset);
    if at < 0 {
        return Err(vm.os_error(errno::EINVAL));
    }
    let at = at.min(len);
    vm.set_slot(v, AT, Some(Value::small(at)));
    Ok(at)
}

/// Flushes what needs no flushing, and closes a file.
pub(crate) fn ioctl(vm: &mut Vm<'_>, v: Value, request: usize, _: Value) -> Res<isize> {
    match request {
        request::FLUSH => Ok(0),
        request::CLOSE => {
            vm.set_slot(v, CONTENT, None);
            Ok(0)
        }
        _ => Err(vm.os_error(errno::EINVAL)),
    }
}

/// Prints a file as MicroPython does.
pub(crate) fn print(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    let parts = [Part::TypeOf(v), Part::Hex(v.bits(), 1)];
    vm.write_with(sink, msg!("<io.% 0x%>"), &parts)
}

const fn protocol(text: bool) -> Stream {
    Stream {
        read: Some(read),
        write: None,
        seek: Some(seek),
        ioctl,
        text,
    }
}

const fn file_type(name: crate::qstr::Qstr, stream: &'static Stream) -> TypeSpec {
    TypeSpec {
        print: Some(print),
        next: Some(stream::next_line),
        stream: Some(stream),
        members: stream::OF_FILE,
        ..TypeSpec::new(name)
    }
}

static TEXT: TypeDef = type_def!(file_type(q!("TextIOWrapper"), &const { protocol(true) }));
static BYTES: TypeDef = type_def!(TypeSpec {
    buffer: Some(|vm, v| {
        let bytes = file_bytes(vm, v)?;
        Some(crate::native::Buffer {
            ptr: bytes.as_ptr() as *mut u8,
            len: bytes.len(),
            writable: false,
            typecode: b'B',
        })
    }),
    ..file_type(q!("FileIO"), &const { protocol(false) })
});
