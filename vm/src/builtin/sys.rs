//! `sys`: the program's surroundings.

use crate::frame::Frame;
use crate::native::{
    Access, Item, Member, ModuleDef, Res, Sink, func, func_0_1, func_1, func_1_2, member,
};
use crate::object::attr_tuple;
use crate::object::exception as types;
use crate::q;
use crate::qstr::Qstr;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// The version of MicroPython whose language and modules this VM offers.
const VERSION: [Value; 3] = [Value::small(1), Value::small(29), Value::small(0)];
/// The version of .mpy files, and the sub-version in the bits above.
const MPY: isize = 6 | 3 << 8;

/// The version of the language.
const LANGUAGE: [Value; 3] = [Value::small(3), Value::small(4), Value::small(0)];

static MEMBERS: &[Member] = &[
    member(q!("__name__"), Item::Str(q!("sys"))),
    member(
        q!("path"),
        Item::Get(|vm, _| Ok(vm.roots.path.unwrap_or(Value::NONE))),
    ),
    member(
        q!("argv"),
        Item::Get(|vm, _| Ok(vm.roots.argv.unwrap_or(Value::NONE))),
    ),
    member(
        q!("modules"),
        Item::Get(|vm, _| Ok(vm.roots.modules.unwrap_or(Value::NONE))),
    ),
    #[cfg(feature = "functions")]
    member(
        q!("ps1"),
        Item::Get(|vm, _| vm.sys_value(q!("ps1"), b">>> ")),
    ),
    #[cfg(feature = "functions")]
    member(
        q!("ps2"),
        Item::Get(|vm, _| vm.sys_value(q!("ps2"), b"... ")),
    ),
    member(q!("byteorder"), Item::Str(q!("little"))),
    member(q!("platform"), Item::Str(q!("romfs"))),
    member(q!("version"), Item::Str(q!("3.4.0; MicroPython v1.29.0"))),
    member(
        q!("version_info"),
        Item::Get(|vm, _| vm.new_tuple(&LANGUAGE)),
    ),
    member(q!("implementation"), Item::Get(|vm, _| implementation(vm))),
    member(
        q!("maxsize"),
        Item::Get(|vm, _| vm.new_int(isize::MAX as i64)),
    ),
    #[cfg(feature = "files")]
    member(q!("stdin"), Item::Get(|_, _| Ok(super::io::STDIN.value()))),
    #[cfg(feature = "files")]
    member(
        q!("stdout"),
        Item::Get(|_, _| Ok(super::io::STDOUT.value())),
    ),
    #[cfg(feature = "files")]
    member(
        q!("stderr"),
        Item::Get(|_, _| Ok(super::io::STDERR.value())),
    ),
    func_0_1(q!("exit"), exit),
    #[cfg(feature = "extras")]
    func_1(q!("atexit"), |vm, f| {
        let old = vm.roots.at_exit.replace(f);
        Ok(old.unwrap_or(Value::NONE))
    }),
    #[cfg(feature = "extras")]
    func(q!("exc_info"), 0, 0, |vm, _| exc_info(vm)),
    func_1_2(q!("print_exception"), |vm, exception, file| {
        let sink = match file {
            Some(file) => vm.sink_of(file)?,
            None => Sink::Console,
        };
        vm.print_exception(exception, sink)?;
        Ok(Value::NONE)
    }),
];

/// The module.
pub(crate) static SYS: ModuleDef = ModuleDef::new(q!("sys"), MEMBERS);

fn exit(vm: &mut Vm<'_>, status: Slot) -> Res {
    let tuple: &[Value] = match status {
        Some(v) => &[v],
        None => &[],
    };
    let e = vm.new_exception(types::SYSTEM_EXIT.value(), tuple)?;
    Err(vm.raise(e))
}

fn implementation(vm: &mut Vm<'_>) -> Res {
    let [major, minor, micro] = VERSION;
    let version = vm.new_tuple(&[major, minor, micro, Value::qstr(Qstr::EMPTY)])?;
    attr_tuple::new(
        vm,
        &[q!("name"), q!("version"), q!("_machine"), q!("_mpy")],
        &[
            Value::qstr(q!("micropython")),
            version,
            Value::qstr(q!("romfs-vm")),
            Value::small(MPY),
        ],
    )
}

/// The exception that the innermost `except` under way handles.
fn exc_info(vm: &mut Vm<'_>) -> Res {
    let mut at = vm.frame;
    // SAFETY: invariant 3; the running frames are whole, and handlers below `handlers` are written.
    let found = unsafe {
        loop {
            if at.is_null() {
                break None;
            }
            let handling = (0..(*at).handlers as usize)
                .rev()
                .find_map(|i| (*Frame::handler(at, i)).exception);
            if handling.is_some() {
                break handling;
            }
            at = (*at).prev;
        }
    };
    match found {
        Some(e) => {
            let class = vm.type_of(e);
            vm.new_tuple(&[class, e, Value::NONE])
        }
        None => vm.new_tuple(&[Value::NONE; 3]),
    }
}

impl Vm<'_> {
    /// What a program put into `sys` under this name, or else a text.
    fn sys_value(&mut self, name: Qstr, otherwise: &[u8]) -> Res {
        let own = self
            .roots
            .sys
            .and_then(|dict| self.dict_get_word(dict, Value::qstr(name)));
        match own {
            Some(v) => Ok(v),
            None => self.new_str(otherwise),
        }
    }

    /// `sys.name = value`, for the names that a program may set. False where it is none of them.
    pub(crate) fn store_sys(&mut self, name: Qstr, access: Access) -> Res<bool> {
        let Access::Store(value) = access else {
            return Ok(false);
        };
        if name == q!("path") {
            self.roots.path = Some(value);
        } else if name == q!("ps1") || name == q!("ps2") {
            let dict = match self.roots.sys {
                Some(dict) => dict,
                None => self.new_dict()?,
            };
            self.roots.sys = Some(dict);
            self.dict_set(dict, Value::qstr(name), value)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}
