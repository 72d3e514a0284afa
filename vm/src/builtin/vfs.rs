//! `vfs`: mounting, and the filesystems that can be mounted.

use crate::files::{VFS_ROM, tree};
use crate::native::{Item, ModuleDef, func_1, func_kw, member};
use crate::q;

/// The module.
pub(super) static VFS: ModuleDef = ModuleDef::new(
    q!("vfs"),
    &[
        func_kw(q!("mount"), 0, 2, tree::mount),
        func_1(q!("umount"), tree::umount),
        member(q!("VfsRom"), Item::Type(&VFS_ROM)),
        #[cfg(feature = "littlefs")]
        member(q!("VfsLfs2"), Item::Type(&crate::files::VFS_LFS2)),
    ],
);
