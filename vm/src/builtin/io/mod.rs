//! `io`: streams in memory, streams of a program's own, `open`.

#[cfg(feature = "mod-io-buffered")]
mod buffered;
mod console;
mod memory;

use crate::native::{Item, ModuleDef, TypeDef, TypeSpec, func, func_kw, member};
use crate::q;
use crate::stream::Stream;
use crate::type_def;
use crate::value::Value;

pub(crate) use console::{STDERR, STDIN, STDOUT, input};
#[cfg(feature = "mod-io")]
pub(crate) use memory::GET_VALUE;
pub(crate) use memory::{BYTESIO, STRINGIO};

/// `IOBase`: a class that extends it is a stream by its methods `readinto`, `write` and `ioctl`.
pub(crate) static IOBASE: TypeDef = type_def!(TypeSpec {
    make_new: Some(|vm, _, _| {
        let cell = vm.alloc(crate::heap::Kind::Object, 1)?;
        vm.set_slot(cell, 0, Some(IOBASE.value()));
        Ok(cell)
    }),
    stream: Some(&Stream {
        read: None,
        write: None,
        seek: None,
        ioctl: |vm, _, _, _| Err(vm.os_error(crate::stream::errno::EINVAL)),
        text: false,
    }),
    ..TypeSpec::new(q!("IOBase"))
});

/// The module.
pub(super) static IO: ModuleDef = ModuleDef::new(
    q!("io"),
    &[
        func_kw(q!("open"), 0, 4, |vm, args| vm.open(args)),
        #[cfg(feature = "mod-resources")]
        func(q!("resource_stream"), 2, 2, crate::files::resource_stream),
        member(q!("IOBase"), Item::Type(&IOBASE)),
        member(q!("StringIO"), Item::Type(&STRINGIO)),
        member(q!("BytesIO"), Item::Type(&BYTESIO)),
        #[cfg(feature = "mod-io-buffered")]
        member(q!("BufferedWriter"), Item::Type(&buffered::BUFFERED_WRITER)),
        member(q!("__name__"), Item::Str(q!("io"))),
        member(q!("SEEK_SET"), Item::Const(Value::small(0))),
        member(q!("SEEK_CUR"), Item::Const(Value::small(1))),
        member(q!("SEEK_END"), Item::Const(Value::small(2))),
    ],
);
