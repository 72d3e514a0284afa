//! `os`: the file tree.

use crate::files::tree;
use crate::heap::Kind;
use crate::native::{Item, Member, ModuleDef, Res, func, func_0_1, func_1, func_2, member};
use crate::q;
use crate::stream::errno;
use crate::value::Value;
use crate::vm::Vm;

/// What `os` and `vfs` share.
pub(super) const ILISTDIR: Member = func_0_1(q!("ilistdir"), tree::ilistdir);

/// The module.
pub(super) static OS: ModuleDef = ModuleDef::new(
    q!("os"),
    &[
        func_1(q!("chdir"), tree::chdir),
        func(q!("getcwd"), 0, 0, |vm, _| tree::getcwd(vm)),
        ILISTDIR,
        func_0_1(q!("listdir"), tree::listdir),
        func_1(q!("mkdir"), tree::mkdir),
        func_1(q!("remove"), tree::remove),
        func_1(q!("unlink"), tree::remove),
        func_2(q!("rename"), tree::rename),
        func_1(q!("rmdir"), tree::rmdir),
        func_1(q!("stat"), tree::stat),
        func_1(q!("statvfs"), tree::statvfs),
        crate::native::func_kw(q!("mount"), 0, 2, tree::mount),
        func_1(q!("umount"), tree::umount),
        #[cfg(feature = "extras")]
        func_1(q!("urandom"), urandom),
        member(q!("sep"), Item::Str(q!("/"))),
    ],
);

/// `urandom(n)`: from the board's source of random numbers; `OSError` where it has none, rather than guessable bytes.
fn urandom(vm: &mut Vm<'_>, count: Value) -> Res {
    let Ok(len) = usize::try_from(vm.as_index(count)?) else {
        return Err(vm.value_error(msg!("")));
    };
    let cell = vm.alloc_bytes(Kind::Bytes, len)?;
    vm.raw_mut(cell).fill(0);
    let mut at = 0;
    while at < len {
        let mut chunk = [0; 32];
        let n = (len - at).min(chunk.len());
        if !vm.host.random_bytes(&mut chunk[..n]) {
            return Err(vm.os_error(errno::ENODEV));
        }
        vm.raw_mut(cell)[at..at + n].copy_from_slice(&chunk[..n]);
        at += n;
    }
    Ok(cell)
}
