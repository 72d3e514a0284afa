//! Files and directories of littlefs.

use romfs_runtime::littlefs::{LittleFs, Mode};

use super::lfs::{self, with};
use super::native;
use super::path::Normal;
use crate::native::{Member, Res, TypeDef, TypeSpec};
use crate::q;
use crate::stream::{self, Seek, Source, Stream, Target, errno, request};
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Slots of a file: its type, its filesystem, its handle (none: closed).
const VOLUME: usize = 1;
const HANDLE: usize = 2;
/// Bytes that are copied at a time between a program's buffer and littlefs.
const CHUNK: usize = 256;

/// The mode of `open`'s letters, and whether bytes are meant.
fn mode_of(vm: &mut Vm<'_>, letters: Value) -> Res<(Mode, bool)> {
    let letters = vm.str_bytes(letters).unwrap_or(b"r");
    let (mut mode, mut kinds, mut binary) = (Mode::default(), 0, false);
    for &letter in letters {
        match letter {
            b'r' => mode.read = true,
            b'w' => (mode.write, mode.create, mode.truncate) = (true, true, true),
            b'x' => (mode.write, mode.create, mode.exclusive) = (true, true, true),
            b'a' => (mode.write, mode.create, mode.append) = (true, true, true),
            b'+' => (mode.read, mode.write) = (true, true),
            b'b' => binary = true,
            b't' => binary = false,
            _ => {}
        }
        kinds += b"rwxa".contains(&letter) as u32;
    }
    if kinds > 1 {
        return Err(vm.value_error(msg!("")));
    }
    if !mode.write {
        mode.read = true;
    }
    Ok((mode, binary))
}

/// `VfsLfs2.open(path, mode)`
pub(super) fn open(vm: &mut Vm<'_>, fs: Value, name: Value, mode: Value) -> Res {
    vm.close_abandoned()?;
    let mut path = Normal::new();
    native::normal(vm, fs, name, &mut path)?;
    let (mode, binary) = mode_of(vm, mode)?;
    if mode.create {
        vm.found_folders.forget();
    }
    let words = with(vm, fs, |lfs| Ok(lfs.file_words()))?;
    let handle = vm.new_handle(fs, false, words)?;
    let class = if binary { &BYTES } else { &TEXT };
    let file = vm.new_object(class.value(), &[fs, handle])?;
    let (memory, time) = (vm.handle_memory(handle), lfs::time(vm, fs));
    // SAFETY: invariant 8; a new handle with room for a file, in the chain until it is closed.
    with(vm, fs, |lfs| unsafe {
        lfs.file_open(memory, path.as_bytes(), mode, time)
    })?;
    vm.chain_handle(handle);
    Ok(file)
}

/// Closes a handle that is in the chain.
pub(super) fn close_handle(vm: &mut Vm<'_>, handle: Value) -> Res<()> {
    if !vm.unchain_handle(handle) {
        return Ok(());
    }
    vm.root(handle)?;
    // SAFETY: invariant 3; the cell is a handle.
    let (fs, is_dir) = unsafe {
        let head = &*vm.handle(handle);
        (head.volume, head.is_dir)
    };
    let memory = vm.handle_memory(handle);
    // SAFETY: invariant 8; it was open, since it was in the chain.
    with(vm, fs, |lfs| unsafe {
        if is_dir {
            lfs.dir_close(memory);
            Ok(())
        } else {
            lfs.file_close(memory)
        }
    })
}

/// Runs an operation on a file's handle.
fn on_file<R>(
    vm: &mut Vm<'_>,
    v: Value,
    work: impl FnOnce(&mut LittleFs<'_>, *mut u64) -> Result<R, romfs_runtime::fs::Errno>,
) -> Res<R> {
    let (Some(fs), Some(handle)) = (vm.slot(v, VOLUME), vm.slot(v, HANDLE)) else {
        return Err(closed(vm));
    };
    if !vm.is_open(handle) {
        return Err(closed(vm));
    }
    let memory = vm.handle_memory(handle);
    with(vm, fs, |lfs| work(lfs, memory))
}

#[cold]
fn closed(vm: &mut Vm<'_>) -> crate::raise::Raised {
    vm.value_error(msg!("I/O operation on closed file"))
}

fn read(vm: &mut Vm<'_>, v: Value, target: Target<'_>) -> Res<Option<usize>> {
    let mut chunk = [0; CHUNK];
    let room = target.len().min(CHUNK);
    // SAFETY: invariant 8; the file is open.
    let n = on_file(vm, v, |lfs, file| unsafe {
        lfs.file_read(file, &mut chunk[..room])
    })?;
    Ok(Some(target.put(&chunk[..n])))
}

fn write(vm: &mut Vm<'_>, v: Value, source: Source<'_>) -> Res<Option<usize>> {
    let mut chunk = [0; CHUNK];
    let n = source.take(&mut chunk);
    let time = match vm.slot(v, VOLUME) {
        Some(fs) => lfs::time(vm, fs),
        None => None,
    };
    // SAFETY: invariant 8; the file is open.
    let n = on_file(vm, v, |lfs, file| unsafe {
        lfs.file_write(file, &chunk[..n], time)
    })?;
    Ok(Some(n))
}

fn seek(vm: &mut Vm<'_>, v: Value, to: Seek) -> Res<isize> {
    let Ok(offset) = i32::try_from(to.offset) else {
        return Err(vm.os_error(errno::EINVAL));
    };
    // SAFETY: invariant 8; the file is open.
    let at = on_file(vm, v, |lfs, file| unsafe {
        lfs.file_seek(file, offset, to.whence)
    })?;
    Ok(at as isize)
}

fn ioctl(vm: &mut Vm<'_>, v: Value, request: usize, _: Value) -> Res<isize> {
    match request {
        // SAFETY: invariant 8; the file is open.
        request::FLUSH => on_file(vm, v, |lfs, file| unsafe { lfs.file_sync(file) })?,
        request::CLOSE => {
            if let Some(handle) = vm.slots_mut(v)[HANDLE].take() {
                close_handle(vm, handle)?;
            }
        }
        _ => return Err(vm.os_error(errno::EINVAL)),
    }
    Ok(0)
}

static MEMBERS: &[Member] = &[
    stream::READ,
    stream::READINTO,
    stream::READLINE,
    stream::READLINES,
    stream::WRITE,
    stream::FLUSH,
    stream::CLOSE,
    stream::SEEK,
    stream::TELL,
    stream::ENTER,
    stream::EXIT,
];

const fn protocol(text: bool) -> Stream {
    Stream {
        read: Some(read),
        write: Some(write),
        seek: Some(seek),
        ioctl,
        text,
    }
}

const fn file_type(name: crate::qstr::Qstr, stream: &'static Stream) -> TypeSpec {
    TypeSpec {
        print: Some(super::rom_file::print),
        next: Some(stream::next_line),
        stream: Some(stream),
        members: MEMBERS,
        ..TypeSpec::new(name)
    }
}

static TEXT: TypeDef = type_def!(file_type(q!("TextIOWrapper"), &const { protocol(true) }));
static BYTES: TypeDef = type_def!(file_type(q!("FileIO"), &const { protocol(false) }));

/// Entries of a directory. Slots: filesystem, handle (none: at the end), whether names are str.
static ENTRIES: TypeDef = type_def!(TypeSpec {
    next: Some(next_entry),
    ..TypeSpec::new(q!("iterator"))
});

/// `VfsLfs2.ilistdir(path)`
pub(super) fn list(vm: &mut Vm<'_>, fs: Value, path: &[u8], as_text: bool) -> Res {
    vm.close_abandoned()?;
    let handle = vm.new_handle(fs, true, LittleFs::dir_words())?;
    let it = vm.new_object(ENTRIES.value(), &[fs, handle, Value::bool(as_text)])?;
    let memory = vm.handle_memory(handle);
    // SAFETY: invariant 8; a new handle with room for a directory, in the chain until it is closed.
    with(vm, fs, |lfs| unsafe { lfs.dir_open(memory, path) })?;
    vm.chain_handle(handle);
    Ok(it)
}

fn next_entry(vm: &mut Vm<'_>, it: Value) -> Res<Slot> {
    let Some(handle) = vm.slot(it, HANDLE) else {
        return Ok(None);
    };
    let as_text = vm.slot(it, 3) == Some(Value::TRUE);
    // SAFETY: invariant 8; the directory is open.
    match on_file(vm, it, |lfs, dir| unsafe { lfs.dir_read(dir) })? {
        Some(found) => {
            super::list::entry(vm, found.name(), as_text, found.is_dir(), found.size()).map(Some)
        }
        None => {
            vm.set_slot(it, HANDLE, None);
            close_handle(vm, handle)?;
            Ok(None)
        }
    }
}
