//! `errno`: numbers of `OSError`.

use crate::native::{Item, Member, ModuleDef, Res, member};
use crate::q;
use crate::qstr::Qstr;
use crate::value::Value;
use crate::vm::Vm;

/// Invalid argument.
pub(crate) const EINVAL: i32 = 22;

macro_rules! numbers {
    ($($text:literal = $n:literal;)*) => {
        static MEMBERS: &[Member] = &[
            member(q!("errorcode"), Item::Get(|vm, _| error_codes(vm))),
            $(member(q!($text), Item::Int($n)),)*
        ];
    };
}

/// The module.
pub(super) static ERRNO: ModuleDef = ModuleDef::new(q!("errno"), MEMBERS);

// build.rs collects names from these: q!("EPERM") q!("ENOENT") q!("EIO") q!("EBADF") q!("EAGAIN") q!("ENOMEM")
// q!("EACCES") q!("EEXIST") q!("ENODEV") q!("EISDIR") q!("EINVAL") q!("EOPNOTSUPP") q!("EADDRINUSE")
// q!("ECONNABORTED") q!("ECONNRESET") q!("ENOBUFS") q!("ENOTCONN") q!("ETIMEDOUT") q!("ECONNREFUSED")
// q!("EHOSTUNREACH") q!("EALREADY") q!("EINPROGRESS") q!("EROFS")
numbers! {
    "EPERM" = 1;
    "ENOENT" = 2;
    "EIO" = 5;
    "EBADF" = 9;
    "EAGAIN" = 11;
    "ENOMEM" = 12;
    "EACCES" = 13;
    "EEXIST" = 17;
    "ENODEV" = 19;
    "EISDIR" = 21;
    "EINVAL" = 22;
    "EROFS" = 30;
    "EOPNOTSUPP" = 95;
    "EADDRINUSE" = 98;
    "ECONNABORTED" = 103;
    "ECONNRESET" = 104;
    "ENOBUFS" = 105;
    "ENOTCONN" = 107;
    "ETIMEDOUT" = 110;
    "ECONNREFUSED" = 111;
    "EHOSTUNREACH" = 113;
    "EALREADY" = 114;
    "EINPROGRESS" = 115;
}

/// Numbers and their names.
fn numbers() -> impl Iterator<Item = (isize, Qstr)> {
    MEMBERS.iter().filter_map(|member| match member.item() {
        Item::Int(number) => Some((number, member.name())),
        _ => None,
    })
}

/// The name of a number.
pub(crate) fn name(n: isize) -> Option<Qstr> {
    numbers()
        .find(|&(number, _)| number == n)
        .map(|(_, name)| name)
}

fn error_codes(vm: &mut Vm<'_>) -> Res {
    let dict = vm.new_dict()?;
    for (number, name) in numbers() {
        vm.dict_set(dict, Value::small(number), Value::qstr(name))?;
    }
    vm.make_read_only(dict);
    Ok(dict)
}
