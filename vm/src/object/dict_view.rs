//! What `keys()`, `values()` and `items()` of a dict give.

use crate::heap::{Cell, Header, Kind};
use crate::native::{BinaryOp, PrintKind, Res, Sink, TypeDef, TypeSpec, UnaryOp};
use crate::object::iter::which;
use crate::q;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// A view of a dict.
#[repr(C)]
pub struct DictView {
    /// `aux`: keys, values or items, as in [`which`].
    pub header: Header,
    /// The dict.
    pub dict: Slot,
}

// SAFETY: `repr(C)`, header first.
unsafe impl Cell for DictView {
    const KIND: Kind = Kind::DictView;
}

/// `dict_view`
pub static DICT_VIEW: TypeDef = type_def!(TypeSpec {
    print: Some(print),
    unary: Some(unary),
    binary: Some(binary),
    ..TypeSpec::new(q!("dict_view"))
});

/// A view of a dict.
pub(crate) fn new(vm: &mut Vm<'_>, dict: Value, which: u16) -> Res {
    vm.root(dict)?;
    let cell = vm.alloc(Kind::DictView, 0)?;
    let view = vm.cell_mut::<DictView>(cell);
    view.header.aux = which;
    view.dict = Some(dict);
    Ok(cell)
}

fn parts(vm: &Vm<'_>, v: Value) -> (Value, u16) {
    let view = vm.cell::<DictView>(v);
    (view.dict.unwrap_or(v), view.header.aux)
}

impl Vm<'_> {
    /// An iterator over what a view shows.
    pub(crate) fn iter_view(&mut self, v: Value) -> Res {
        let (dict, which) = parts(self, v);
        self.new_iter(which, 0, dict, None)
    }
}

fn print(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    let open: &str = match parts(vm, v).1 {
        which::KEYS => "dict_keys([",
        which::VALUES => "dict_values([",
        _ => "dict_items([",
    };
    let mark = vm.mark();
    let list = vm.collect_list(v)?;
    vm.print_items(list, sink, open, "])")?;
    vm.release(mark);
    Ok(())
}

fn unary(vm: &mut Vm<'_>, op: UnaryOp, v: Value) -> Res<Slot> {
    let (dict, which) = parts(vm, v);
    match op {
        // Views of keys and items may change as sets do.
        UnaryOp::Hash if which != which::VALUES => Err(vm.unhashable(v)),
        _ => Ok(op.of_length(vm.dict_len(dict))),
    }
}

fn binary(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
    let (dict, which) = parts(vm, a);
    match op {
        BinaryOp::In if which == which::KEYS => {
            Ok(Some(Value::bool(vm.hashed_get(dict, b)?.is_some())))
        }
        BinaryOp::In => {
            let mut found = false;
            vm.for_each(a, |vm, item| {
                found = item == b || vm.equal(item, b)?;
                Ok(!found)
            })?;
            Ok(Some(Value::bool(found)))
        }
        // Views of keys compare as sets do.
        BinaryOp::Equal if which == which::KEYS && vm.is(b, Kind::DictView) => {
            let (other, other_which) = parts(vm, b);
            if other_which != which::KEYS {
                return Ok(None);
            }
            let equal = vm.dict_len(dict) == vm.dict_len(other) && vm.hashed_within(dict, other)?;
            Ok(Some(Value::bool(equal)))
        }
        _ => Ok(None),
    }
}
