//! StringIO and BytesIO: as files of images, which can be written. What one was made of is shared until it is written.

use crate::files::rom_file::{AT, CONTENT, ioctl, open_content, position, print, read};
use crate::heap::Kind;
use crate::native::{Args, Member, Res, TypeDef, TypeSpec, func_1};
use crate::q;
use crate::stream::{self, Seek, Source, Stream, errno};
use crate::type_def;
use crate::value::Value;
use crate::vm::Vm;

fn make_new(vm: &mut Vm<'_>, class: Value, args: Args) -> Res {
    let cell = vm.alloc(Kind::Object, 3)?;
    let content = match args.get(0) {
        None => vm.new_bytearray(&[])?,
        Some(n) if vm.is_int(n) => {
            // So much can be written before more memory is needed.
            let room = usize::try_from(vm.as_index(n)?).unwrap_or(0);
            let empty = vm.new_owned(Kind::ByteArray, b'B', room)?;
            vm.bytearray_resize(empty, 0)?;
            empty
        }
        Some(v) => {
            vm.source_of(v)?;
            match vm.writable(v) {
                Some(_) => vm.bytes_as(Kind::Bytes, v)?,
                None => v,
            }
        }
    };
    let def = vm.native_class(class);
    let slots = vm.slots_mut(cell);
    slots[0] = Some(def);
    slots[CONTENT] = Some(content);
    slots[AT] = Some(Value::small(0));
    Ok(cell)
}

fn move_to(vm: &mut Vm<'_>, v: Value, at: usize) {
    vm.set_slot(v, AT, Some(Value::small(at as isize)));
}

fn write(vm: &mut Vm<'_>, v: Value, source: Source<'_>) -> Res<Option<usize>> {
    let mut own = open_content(vm, v)?;
    if !vm.is(own, Kind::ByteArray) {
        let n = vm.bytes_len(own);
        let copy = vm.new_owned(Kind::ByteArray, b'B', n)?;
        vm.copy_into(copy, 0, own, 0..n);
        own = copy;
        vm.set_slot(v, CONTENT, Some(own));
    }
    let at = position(vm, v);
    let Some(end) = at.checked_add(source.len()) else {
        return Err(vm.memory_error());
    };
    let len = vm.bytes_len(own);
    if end > len {
        vm.bytearray_resize(own, end)?;
    }
    if let Some(bytes) = vm.bytes_mut(own) {
        if at > len {
            bytes[len..at].fill(0);
        }
        source.take(&mut bytes[at..end]);
    }
    move_to(vm, v, end);
    Ok(Some(source.len()))
}

fn seek(vm: &mut Vm<'_>, v: Value, to: Seek) -> Res<isize> {
    let content = open_content(vm, v)?;
    let base = match to.whence {
        0 => 0,
        1 => position(vm, v),
        _ => vm.bytes_len(content),
    };
    let at = (base as isize).saturating_add(to.offset).max(0);
    if at > isize::MAX >> 1 {
        return Err(vm.os_error(errno::EINVAL));
    }
    move_to(vm, v, at as usize);
    Ok(at)
}

fn getvalue(vm: &mut Vm<'_>, v: Value) -> Res {
    let content = open_content(vm, v)?;
    if vm.stream_of(v).is_some_and(|stream| stream.text) {
        return match vm.is(content, Kind::ByteArray) {
            true => vm.buffer_to_str(content),
            false => Ok(content),
        };
    }
    vm.bytes_as(Kind::Bytes, content)
}

/// `getvalue()`
pub(crate) const GET_VALUE: Member = func_1(q!("getvalue"), getvalue);

const fn memory_type(name: crate::qstr::Qstr, stream: &'static Stream) -> TypeSpec {
    TypeSpec {
        make_new: Some(make_new),
        print: Some(print),
        next: Some(stream::next_line),
        stream: Some(stream),
        members: stream::OF_MEMORY,
        ..TypeSpec::new(name)
    }
}

const fn protocol(text: bool) -> Stream {
    Stream {
        read: Some(read),
        write: Some(write),
        seek: Some(seek),
        ioctl,
        text,
    }
}

/// `StringIO`
pub(crate) static STRINGIO: TypeDef =
    type_def!(memory_type(q!("StringIO"), &const { protocol(true) }));

/// `BytesIO`
pub(crate) static BYTESIO: TypeDef =
    type_def!(memory_type(q!("BytesIO"), &const { protocol(false) }));
