//! `os`: the file tree.

use crate::files::tree;
use crate::native::{Item, Member, ModuleDef, func, member};
use crate::q;

/// What `os` and `vfs` share.
pub(super) const ILISTDIR: Member = func(q!("ilistdir"), 0, 1, tree::ilistdir);

/// The module.
pub(super) static OS: ModuleDef = ModuleDef::new(
    q!("os"),
    &[
        func(q!("chdir"), 1, 1, |vm, args| tree::chdir(vm, args.at(0))),
        func(q!("getcwd"), 0, 0, |vm, _| tree::getcwd(vm)),
        ILISTDIR,
        func(q!("listdir"), 0, 1, tree::listdir),
        func(q!("mkdir"), 1, 1, tree::mkdir),
        func(q!("remove"), 1, 1, tree::remove),
        func(q!("unlink"), 1, 1, tree::remove),
        func(q!("rename"), 2, 2, tree::rename),
        func(q!("rmdir"), 1, 1, tree::rmdir),
        func(q!("stat"), 1, 1, tree::stat),
        func(q!("statvfs"), 1, 1, tree::statvfs),
        crate::native::func_kw(q!("mount"), 0, 2, tree::mount),
        func(q!("umount"), 1, 1, tree::umount),
        member(q!("sep"), Item::Str(q!("/"))),
    ],
);
