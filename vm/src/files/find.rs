//! Finding modules: what lies at a path, and a module's bytes.
//!
//! In each folder of the search a package comes first, then `.mpy`, then `.py`, which only a VM with a compiler could
//! import. Path entries that begin with `.frozen` look in the image that the firmware has inside, others in the tree.

use super::path::Normal;
use super::{DIR, cache, tree};
use crate::builtin::frozen;
use crate::heap::Kind;
use crate::image::ModuleBytes;
use crate::native::Res;
use crate::object::exception as types;
use crate::q;
use crate::qstr::Qstr;
use crate::stream::request;
use crate::value::Value;
use crate::vm::Vm;

/// Longest path of a module, in bytes.
const PATH_MAX: usize = 200;
/// What path entries of the firmware's own image begin with.
const FROZEN: &[u8] = b".frozen";
/// Bytes that are read at a time, at first, from a filesystem of a program's own.
const STEP: usize = if cfg!(romfs_vm_small) { 256 } else { 1024 };

/// A path or dotted name that is being put together.
#[derive(Clone, Copy)]
pub(crate) struct Path {
    bytes: [u8; PATH_MAX],
    pub(crate) len: usize,
    /// Whether a part did not fit: nothing is there.
    over: bool,
}

impl Path {
    pub(crate) fn new() -> Path {
        Path {
            bytes: [0; PATH_MAX],
            len: 0,
            over: false,
        }
    }

    /// Appends; what does not fit makes the path one that is not there.
    pub(crate) fn push(&mut self, part: &[u8]) -> &mut Path {
        match self.bytes.get_mut(self.len..self.len + part.len()) {
            Some(room) if !self.over => {
                room.copy_from_slice(part);
                self.len += part.len();
            }
            _ => (self.len, self.over) = (0, true),
        }
        self
    }

    /// A folder's path with a name behind it.
    pub(crate) fn join(folder: &[u8], name: &[u8]) -> Path {
        let mut path = Path::new();
        path.push(folder);
        path.push_name(name);
        path
    }

    /// Puts a name behind a folder's path.
    pub(crate) fn push_name(&mut self, name: &[u8]) {
        if self.len > 0 {
            self.push(b"/");
        }
        self.push(name);
    }

    /// Takes off what came behind the first `len` bytes.
    pub(crate) fn cut(&mut self, len: usize) {
        (self.len, self.over) = (len, false);
    }

    #[cfg_attr(romfs_vm_small, inline(never))]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// What a search found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// A folder: a package.
    Package,
    /// A `.mpy`.
    Module,
    /// A `.py`.
    Source,
}

/// What lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Absent,
    Folder,
    File,
}

/// Of a path into the firmware's own image: the path within that.
pub(super) fn frozen_path(path: &[u8]) -> Option<&[u8]> {
    let rest = path.strip_prefix(FROZEN)?;
    match rest.first() {
        None => Some(b""),
        Some(b'/') => Some(&rest[1..]),
        _ => None,
    }
}

impl<'a> Vm<'a> {
    /// How many times an import looked whether something is at a path or what is in a folder, since the VM began.
    pub fn import_stats(&self) -> u32 {
        self.import_stats
    }

    /// What lies at a path, for an import.
    pub(crate) fn node_at(&mut self, path: &[u8]) -> Res<Node> {
        if let Some(within) = frozen_path(path) {
            return self.frozen_node(within);
        }
        self.import_stats = self.import_stats.wrapping_add(1);
        let Some((fs, within)) = self.mounted_at(path) else {
            return Ok(Node::Absent);
        };
        if tree::is_native(self, fs) {
            return self.native_node(fs, within);
        }
        self.foreign_node(fs, within)
    }

    /// The filesystem of the tree that a path leads into, and the path within it.
    #[inline]
    pub(super) fn mounted_at<'p>(&self, path: &'p [u8]) -> Option<(Value, &'p [u8])> {
        let place = self.place_of(path);
        Some((self.mounted(place.mount?), place.within(path)))
    }

    /// The same below `.frozen`: in the firmware's own image, or else among the VM's own modules.
    fn frozen_node(&mut self, within: &[u8]) -> Res<Node> {
        if let Some(fs) = self.roots.frozen {
            self.import_stats = self.import_stats.wrapping_add(1);
            let found = self.native_node(fs, within)?;
            if found != Node::Absent {
                return Ok(found);
            }
        }
        Ok(if frozen::is_dir(within) {
            Node::Folder
        } else if frozen::map(within).is_some() {
            Node::File
        } else {
            Node::Absent
        })
    }

    /// A path within a native filesystem, from its current directory; `None` where it is too long.
    pub(super) fn normal_in(&self, fs: Value, within: &[u8], path: &mut Normal) -> Option<()> {
        let cwd = self
            .slot(fs, super::native::CWD)
            .and_then(|cwd| self.bytes_of(cwd));
        path.set(cwd.unwrap_or(b""), within)
    }

    fn native_node(&mut self, fs: Value, within: &[u8]) -> Res<Node> {
        let mut path = Normal::new();
        if self.normal_in(fs, within, &mut path).is_none() {
            return Ok(Node::Absent);
        }
        let mark = self.mark();
        let found = super::native::with(self, fs, |fs| Ok(fs.stat(path.as_bytes())));
        self.release(mark);
        Ok(match found? {
            Ok(stat) if stat.is_dir => Node::Folder,
            Ok(_) => Node::File,
            Err(_) => Node::Absent,
        })
    }

    /// What a filesystem of a program's own says is there. What its `stat` raises means that nothing is.
    fn foreign_node(&mut self, fs: Value, within: &[u8]) -> Res<Node> {
        let mark = self.mark();
        let path = self.new_str(within)?;
        let answer = match self.call_method(fs, q!("stat"), &[path]) {
            Ok(answer) => answer,
            Err(raised) => {
                self.take_raised(raised);
                self.release(mark);
                return Ok(Node::Absent);
            }
        };
        let mode = match self.tuple_items(answer) {
            Some(&[Some(mode), ..]) => self.as_index(mode)?,
            _ => return Err(self.type_error(msg!("object is not a tuple"))),
        };
        self.release(mark);
        Ok(if mode & DIR != 0 {
            Node::Folder
        } else {
            Node::File
        })
    }

    /// A module of this name in the folder at a path, which becomes the module's; an empty folder is the current one.
    pub(crate) fn find_in(&mut self, path: &mut Path, name: &[u8]) -> Res<Option<Found>> {
        path.push_name(name);
        if path.len == 0 {
            return Ok(None);
        }
        if self.node_at(path.as_bytes())? == Node::Folder {
            return Ok(Some(Found::Package));
        }
        self.find_file(path)
    }

    /// The `.mpy` or `.py` that a path without ending means, which gets that ending.
    pub(crate) fn find_file(&mut self, path: &mut Path) -> Res<Option<Found>> {
        let len = path.len;
        for (ending, found) in [(&b".mpy"[..], Found::Module), (b".py", Found::Source)] {
            path.push(ending);
            if path.len > 0 && self.node_at(path.as_bytes())? == Node::File {
                return Ok(Some(found));
            }
            path.cut(len);
        }
        Ok(None)
    }

    /// A top-level module of this name, along `sys.path`, and its path.
    pub(crate) fn find_on_path(
        &mut self,
        name: Qstr,
        text: &[u8],
        path: &mut Path,
    ) -> Res<Option<Found>> {
        let Some(list) = self.roots.path else {
            return Ok(None);
        };
        let mut i = 0;
        while i < self.list_len(list) {
            let entry = self.list_items(list)[i];
            i += 1;
            path.cut(0);
            match entry.and_then(|entry| self.str_bytes(entry)) {
                Some(text) => path.push(text),
                None => continue,
            };
            let entry = entry.unwrap_or(Value::NONE);
            if path.over || cache::CACHES && !self.folder_is_there(entry, path)? {
                continue;
            }
            if self.found_folders.lacks(entry, name) {
                continue;
            }
            #[cfg(feature = "littlefs")]
            if !self.may_have(entry, path, name) {
                continue;
            }
            if let Some(found) = self.find_in(path, text)? {
                return Ok(Some(found));
            }
            if cache::CACHES && self.stays(path.as_bytes()) {
                self.found_folders.set_lacking(entry, name);
            }
        }
        Ok(None)
    }

    /// Whether a path entry's folder is there; found out once for folders of native filesystems. Roots of mounts and the
    /// current directory are.
    fn folder_is_there(&mut self, entry: Value, folder: &Path) -> Res<bool> {
        let bytes = folder.as_bytes();
        if let Some(known) = self.found_folders.get(entry) {
            return Ok(known);
        }
        let known = match (frozen_path(bytes), self.roots.frozen) {
            (Some(b""), _) => Some(true),
            (Some(_), None) => Some(false),
            (Some(_), _) => None,
            _ if bytes.is_empty() => Some(true),
            _ => {
                let place = self.place_of(bytes);
                match place.mount {
                    _ if place.is_root() || place.is_whole(bytes) => Some(true),
                    None => Some(false),
                    Some(_) if self.stays(bytes) => None,
                    Some(_) => return Ok(true),
                }
            }
        };
        let is_there = match known {
            Some(known) => known,
            None => self.node_at(bytes)? == Node::Folder,
        };
        self.found_folders.set(entry, is_there);
        Ok(is_there)
    }

    /// Whether what is at a path stays as it is unless this VM's own operations change it, which forget what was found.
    fn stays(&self, path: &[u8]) -> bool {
        if frozen_path(path).is_some() {
            return true;
        }
        let mount = self.place_of(path).mount;
        mount.is_none_or(|mount| self.only_this_vm_changes(mount))
    }

    /// Whether a mount's tree stays the same unless this VM's own operations change it.
    fn only_this_vm_changes(&self, mount: Value) -> bool {
        let fs = self.mounted(mount);
        if !tree::is_native(self, fs) {
            return false;
        }
        #[cfg(feature = "littlefs")]
        if super::lfs::is_lfs(self, fs) {
            return super::lfs::is_host_device(self, fs);
        }
        let base = self.slot(fs, super::native::BASE);
        base.is_some_and(|base| super::lasting_content(self, base).is_some())
    }

    /// A module's bytes: in place where they lie in memory that nothing can write, copied otherwise (invariant 2). `name` is the
    /// path as a str.
    pub(crate) fn module_bytes(&mut self, path: &Path, name: Value) -> Res<ModuleBytes<'a>> {
        if cfg!(feature = "checked-images")
            && let Some(module) = self.checked_module(path.as_bytes())
        {
            return Ok(ModuleBytes::Checked(module));
        }
        let mark = self.mark();
        let bytes = self.module_bytes_of(path.as_bytes(), name);
        self.release(mark);
        bytes.map(ModuleBytes::Bare)
    }

    fn module_bytes_of(&mut self, path: &[u8], name: Value) -> Res<&'a [u8]> {
        if let Some(within) = frozen_path(path)
            && let Some(bytes) = frozen::map(within)
            && match self.roots.frozen {
                Some(fs) => self.native_node(fs, within)? != Node::File,
                None => true,
            }
        {
            return Ok(bytes);
        }
        let file = self.open_named(path, name)?;
        self.root(file)?;
        if let Some(bytes) = super::lasting_content(self, file) {
            return Ok(bytes);
        }
        let copied = self.copy_stream(file);
        let parked = self.raised;
        let closed = self.stream_ioctl(file, request::CLOSE, Value::small(0));
        if copied.is_err() {
            self.raised = parked;
        }
        let cell = copied?;
        closed?;
        self.keep_forever(cell)
    }

    /// Opens a file of an import or a resource, in binary mode.
    #[cfg(feature = "mod-resources")]
    pub(crate) fn open_file(&mut self, path: &[u8]) -> Res {
        let name = self.new_str(path)?;
        self.open_named(path, name)
    }

    /// The same with its path as a str, too.
    fn open_named(&mut self, path: &[u8], name: Value) -> Res {
        let mode = Value::qstr(q!("rb"));
        if let Some(within) = frozen_path(path) {
            let Some(fs) = self.roots.frozen else {
                return Err(self.os_error(crate::stream::errno::ENOENT));
            };
            let within = self.new_str(within)?;
            return self.call_method(fs, q!("open"), &[within, mode]);
        }
        self.open_path(name, mode)
    }

    /// The entries of a folder of the tree or of the firmware's own image.
    pub(crate) fn list_folder(&mut self, path: &[u8]) -> Res {
        if let (Some(within), Some(fs)) = (frozen_path(path), self.roots.frozen) {
            let within = self.new_str(within)?;
            return self.call_method(fs, q!("ilistdir"), &[within]);
        }
        let path = self.new_str(path)?;
        self.root(path)?;
        let list = crate::builtin::function(q!("os"), q!("ilistdir"));
        self.call(list, &[path])
    }

    /// All that a stream has left, in a `Raw` cell of its size.
    fn copy_stream(&mut self, file: Value) -> Res {
        // MicroPython asks a stream how much it likes to give at a time; what it answers does not matter here.
        if self.stream_of(file).is_none()
            && let Err(raised) = self.stream_ioctl(file, request::GET_BUFFER_SIZE, Value::small(0))
        {
            self.take_raised(raised);
        }
        let buffer = self.new_bytearray(&[])?;
        let mut len = 0;
        loop {
            let mark = self.mark();
            // As much again as there is already: such a filesystem is a program, and each read calls it.
            let step = if cfg!(romfs_vm_small) {
                STEP
            } else {
                STEP.max(len)
            };
            self.bytearray_resize(buffer, len + step)?;
            let target = self.target_of(buffer)?.skip(len);
            let n = self.stream_read_all(file, target)?.unwrap_or(0);
            self.release(mark);
            len += n;
            if n < step {
                break;
            }
        }
        let cell = self.alloc_bytes(Kind::Raw, len)?;
        self.copy_bytes(cell, 0, buffer, 0..len);
        Ok(cell)
    }

    /// The error of a source file: there is no compiler here.
    #[cold]
    pub(crate) fn cannot_compile(&mut self) -> crate::raise::Raised {
        self.error(
            &types::IMPORT_ERROR,
            msg!("script compilation not supported"),
        )
    }
}
