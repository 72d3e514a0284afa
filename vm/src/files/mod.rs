//! The file tree: filesystems at mount points, images and littlefs of the firmware beside those of a program's own.
//!
//! A mount is a tuple of filesystem object and path, in the order of `vfs.mount()`; the longest path that fits is where
//! a file is looked for. The current directory is that of one mount, which keeps it itself, or the root of all.

mod cache;
mod checked;
mod find;
#[cfg(feature = "littlefs")]
mod flash;
mod handle;
#[cfg(feature = "littlefs")]
mod lfs;
#[cfg(feature = "littlefs")]
mod lfs_file;
pub(crate) mod list;
#[cfg(feature = "littlefs")]
mod listed;
mod native;
#[cfg(feature = "littlefs")]
mod overlay;
mod path;
#[cfg(feature = "mod-resources")]
mod resource;
mod rom;
pub(crate) mod rom_file;
pub(crate) mod tree;

pub(crate) use cache::FoundFolders;
pub(crate) use find::{Found, Path};
#[cfg(feature = "littlefs")]
pub(crate) use flash::ROMFS;
pub(crate) use handle::Handle;
#[cfg(feature = "littlefs")]
pub(crate) use lfs::VFS_LFS2;
#[cfg(feature = "mod-resources")]
pub(crate) use resource::{IMPORTLIB, RESOURCES, resource_stream};
pub(crate) use rom::VFS_ROM;
pub(crate) use rom_file::{file_bytes, lasting_content};

use romfs_runtime::Image;

use crate::heap::Kind;
use crate::image::ImageBytes;
use crate::native::{Args, Res};
use crate::q;
use crate::stream::errno;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Mode bits of `stat`.
pub(crate) const DIR: isize = 0x4000;
/// The same of a file.
pub(crate) const FILE: isize = 0x8000;

/// Where a path leads: two words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The mount, a tuple.
    pub(crate) mount: Slot,
    /// Where the path within it begins, and past its end for the mount's own root; without a mount [`ROOT`] or [`NOWHERE`].
    from: usize,
}

/// The root of all mounts.
const ROOT: Place = Place {
    mount: None,
    from: 0,
};
/// Where nothing is mounted.
const NOWHERE: Place = Place {
    mount: None,
    from: 1,
};

impl Place {
    /// Whether it is the root of all mounts.
    pub(crate) fn is_root(self) -> bool {
        self.mount.is_none() && self.from == ROOT.from
    }

    /// The path within the mount, of the path that leads here.
    pub(crate) fn within(self, path: &[u8]) -> &[u8] {
        match self.from {
            0 => path,
            from => path
                .get(from..)
                .filter(|rest| !rest.is_empty())
                .unwrap_or(b"/"),
        }
    }

    /// Whether a path leads to its mount's own root.
    pub(crate) fn is_whole(self, path: &[u8]) -> bool {
        self.mount.is_some() && self.from > 0 && self.from == path.len()
    }
}

impl<'a> Vm<'a> {
    /// Where a path leads.
    pub(crate) fn place_of(&self, path: &[u8]) -> Place {
        let absolute = path.first() == Some(&b'/');
        if !absolute && self.roots.cwd.is_some() {
            return Place {
                mount: self.roots.cwd,
                from: 0,
            };
        }
        let skip = absolute as usize;
        let rest = &path[skip..];
        if rest.is_empty() {
            return ROOT;
        }
        let (mut mount, mut best) = (None, 0);
        for &m in self.mounts() {
            let at = self.mount_point(m).get(1..).unwrap_or(b"");
            let fits = at.is_empty()
                || rest
                    .strip_prefix(at)
                    .is_some_and(|after| matches!(after.first(), None | Some(b'/')));
            if fits && (mount.is_none() || best < at.len()) {
                (mount, best) = (Some(m), at.len());
            }
        }
        match (mount, best) {
            (None, _) => NOWHERE,
            (_, 0) => Place { mount, from: 0 },
            _ => Place {
                mount,
                from: skip + best,
            },
        }
    }

    /// All mounts.
    pub(super) fn mounts(&self) -> impl Iterator<Item = &Value> {
        let list = self.roots.mounts;
        let mounts = list.map_or(&[][..], |list| self.list_items(list));
        mounts.iter().flatten()
    }

    /// The path that a mount is at.
    pub(crate) fn mount_point(&self, mount: Value) -> &[u8] {
        self.slot(mount, 1)
            .and_then(|path| self.bytes_of(path))
            .unwrap_or(b"")
    }

    /// The filesystem of a mount.
    pub(crate) fn mounted(&self, mount: Value) -> Value {
        self.slot(mount, 0).unwrap_or(Value::NONE)
    }

    /// The mount that a program's path leads into, and the path within it; without a mount `/` for the root of all, and None
    /// where nothing is mounted. What is new is rooted.
    ///
    /// # Errors
    /// `TypeError` for what is no path.
    pub(crate) fn place_within(&mut self, path: Value) -> Res<(Slot, Value)> {
        let Some(bytes) = self.bytes_of(path) else {
            return Err(self.cannot_convert_implicitly(path, "str"));
        };
        let place = self.place_of(bytes);
        let len = bytes.len();
        let within = if place.is_root() || place.is_whole(bytes) {
            match self.is_str(path) || place.is_root() {
                true => Value::qstr(q!("/")),
                false => self.new_bytes(b"/")?,
            }
        } else if place.mount.is_none() {
            Value::NONE
        } else if place.from == 0 {
            path
        } else {
            self.part_of(path, place.from..len)?
        };
        Ok((place.mount, within))
    }

    /// Calls a method of the filesystem of a mount with a path within it and, if there is one, another argument: as
    /// [`place_within`](Vm::place_within) has them.
    ///
    /// # Errors
    /// `OSError` with `ENODEV` where nothing is mounted there, `EPERM` for the root of all.
    pub(crate) fn call_place(
        &mut self,
        mount: Slot,
        method: crate::qstr::Qstr,
        within: Value,
        more: Slot,
    ) -> Res {
        let Some(mount) = mount else {
            return Err(self.os_error(match within {
                Value::NONE => errno::ENODEV,
                _ => errno::EPERM,
            }));
        };
        let args = [within, more.unwrap_or(within)];
        let n = 1 + more.is_some() as usize;
        self.call_method(self.mounted(mount), method, &args[..n])
    }

    /// The same for a program's path, and another argument.
    ///
    /// # Errors
    /// Those of both.
    pub(crate) fn call_at(&mut self, path: Value, method: crate::qstr::Qstr, more: Slot) -> Res {
        let (mount, within) = self.place_within(path)?;
        self.call_place(mount, method, within, more)
    }

    /// Mounts an image of the firmware's at a path: its bytes, or a [`CheckedImage`](crate::image::CheckedImage), imports
    /// from which verify nothing. The bytes are borrowed for as long as the VM lives: modules run in place (invariant 1).
    ///
    /// # Errors
    /// `OSError` where the bytes are no image or the path is taken.
    pub fn mount_image(&mut self, path: &str, image: impl Into<ImageBytes<'a>>) -> Res<()> {
        let image = image.into();
        self.checked.add(image);
        self.mount_bytes(path, image.bytes())
    }

    fn mount_bytes(&mut self, path: &str, image: &'a [u8]) -> Res<()> {
        let mark = self.mark();
        let fs = self.new_firmware_rom(image)?;
        let path = self.new_str(path.as_bytes())?;
        self.add_mount(fs, path)?;
        self.release(mark);
        if cfg!(any(feature = "prelink", feature = "constants"))
            && let Ok(image) = Image::open(image)
        {
            self.take_prelinked(&image);
        }
        Ok(())
    }

    /// Takes what the builder of an image has done in advance.
    fn take_prelinked(&mut self, image: &Image<'a>) {
        // Of an image for another firmware, or the second with names, modules are linked when they are imported.
        if cfg!(feature = "prelink")
            && let Some(prelink) = image.prelink()
        {
            self.intern.attach(prelink);
        }
        if cfg!(feature = "constants")
            && let Some(constants) = image.constants()
        {
            self.attach_constants(constants);
        }
    }

    /// How many names an image that was mounted has brought, numbered by its builder: zero where none was prelinked for
    /// this firmware.
    pub fn prelinked_names(&self) -> u32 {
        self.intern.window().map_or(0, |window| window.len())
    }

    /// Unmounts what is mounted at a path.
    ///
    /// # Errors
    /// `OSError` where nothing is.
    pub fn unmount(&mut self, path: &str) -> Res<()> {
        let mark = self.mark();
        let path = self.new_str(path.as_bytes())?;
        tree::unmount(self, path)?;
        self.release(mark);
        Ok(())
    }

    /// A filesystem of an image of the firmware's.
    fn new_firmware_rom(&mut self, image: &'a [u8]) -> Res {
        let bytes = self.new_flash_bytes(image.as_ptr(), image.len() as u32)?;
        self.new_rom(bytes)
    }

    /// Takes an image as the one that path entries beginning with `.frozen` look in; as bytes or as a checked image, as at
    /// [`mount_image`](Vm::mount_image).
    ///
    /// # Errors
    /// `OSError` where the bytes are no image.
    pub fn set_frozen(&mut self, image: impl Into<ImageBytes<'a>>) -> Res<()> {
        let image = image.into();
        self.checked.add(image);
        let mark = self.mark();
        let fs = self.new_firmware_rom(image.bytes())?;
        self.roots.frozen = Some(fs);
        self.release(mark);
        Ok(())
    }

    /// Changes the current directory, as `os.chdir` does.
    ///
    /// # Errors
    /// `OSError`.
    pub fn change_dir(&mut self, path: &str) -> Res<()> {
        let mark = self.mark();
        let path = self.new_str(path.as_bytes())?;
        tree::chdir(self, path)?;
        self.release(mark);
        Ok(())
    }

    /// Appends to the table of mounts. The path has to be free; a filesystem may lie within another.
    pub(crate) fn add_mount(&mut self, fs: Value, path: Value) -> Res<()> {
        let list = match self.roots.mounts {
            Some(list) => list,
            None => {
                let list = self.new_list(&[])?;
                self.roots.mounts = Some(list);
                list
            }
        };
        let path_bytes = self.bytes_of(path).unwrap_or(b"");
        let taken = self
            .list_items(list)
            .iter()
            .flatten()
            .any(|&m| self.mount_point(m) == path_bytes);
        if taken {
            return Err(self.os_error(errno::EPERM));
        }
        let mount = self.new_tuple(&[fs, path])?;
        self.list_push(list, mount)?;
        // What is mounted at the root stays at the end.
        let n = self.list_len(list);
        if n > 1 {
            let before = self.list_items(list)[n - 2];
            if before.is_some_and(|m| self.mount_point(m) == b"/") {
                self.list_items_mut(list).swap(n - 2, n - 1);
            }
        }
        self.found_folders.forget();
        Ok(())
    }

    /// Keeps a cell for as long as the VM lives, and gives its bytes: code that was copied, whose names and constants
    /// point into it.
    pub(crate) fn keep_forever(&mut self, cell: Value) -> Res<&'a [u8]> {
        let mark = self.mark();
        self.root(cell)?;
        let list = match *self.intern.texts() {
            Some(list) => list,
            None => {
                let list = self.new_list(&[])?;
                *self.intern.texts() = Some(list);
                list
            }
        };
        self.list_push(list, cell)?;
        self.release(mark);
        let bytes = self.raw_mut(cell);
        // SAFETY: invariant 3; the list of texts is a root and never shrinks, and nothing else knows the cell.
        Ok(unsafe { core::slice::from_raw_parts(bytes.as_ptr(), bytes.len()) })
    }

    /// Words of an object of a native filesystem: its type and `n` more.
    pub(crate) fn new_object(&mut self, class: Value, fields: &[Value]) -> Res {
        let cell = self.alloc(Kind::Object, 1 + fields.len() as u32)?;
        let slots = self.slots_mut(cell);
        slots[0] = Some(class);
        for (slot, &field) in slots[1..].iter_mut().zip(fields) {
            *slot = Some(field);
        }
        Ok(cell)
    }
}

/// `open(path, mode)`
pub(crate) fn open(vm: &mut Vm<'_>, args: Args) -> Res {
    let Some(path) = args.get_or_kw(0, q!("file")) else {
        return Err(vm.type_error(msg!("function missing 1 required positional arguments")));
    };
    let mode = args
        .get_or_kw(1, q!("mode"))
        .unwrap_or(Value::qstr(q!("r")));
    vm.open_path(path, mode)
}

impl Vm<'_> {
    /// Opens a file of the tree.
    ///
    /// # Errors
    /// `OSError`.
    pub(crate) fn open_path(&mut self, path: Value, mode: Value) -> Res {
        self.close_abandoned()?;
        self.call_at(path, q!("open"), Some(mode))
    }
}
