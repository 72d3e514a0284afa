//! Iterators over other iterators: enumerate, filter, map, reversed, zip, and `iter(f, sentinel)`.

use crate::heap::Kind;
use crate::native::{ANY, Args, Res, TypeDef, TypeSpec};
use crate::object::iter::{Iter, which};
use crate::q;
use crate::qstr::Qstr;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

type MakeNew = fn(&mut Vm<'_>, Value, Args) -> Res;

const fn adaptor(name: Qstr, make_new: MakeNew, arity: (u8, u8)) -> TypeSpec {
    TypeSpec {
        make_new: Some(make_new),
        arity,
        ..TypeSpec::new(name)
    }
}

/// `enumerate`
pub static ENUMERATE: TypeDef = type_def!(adaptor(q!("enumerate"), make_enumerate, (0, 2)));
/// `filter`
pub static FILTER: TypeDef = type_def!(adaptor(q!("filter"), make_filter, (2, 2)));
/// `map`
pub static MAP: TypeDef = type_def!(adaptor(q!("map"), make_map, (2, ANY)));
/// `reversed`
pub static REVERSED: TypeDef = type_def!(adaptor(q!("reversed"), make_reversed, (1, 1)));
/// `zip`
pub static ZIP: TypeDef = type_def!(adaptor(q!("zip"), make_zip, (0, ANY)));

fn make_enumerate(vm: &mut Vm<'_>, _class: Value, args: Args) -> Res {
    let Some(over) = args.get_or_kw(0, q!("iterable")) else {
        return Err(vm.type_error(msg!("function missing 1 required positional arguments")));
    };
    let start = match args.get_or_kw(1, q!("start")) {
        Some(start) => vm.as_index(start)?,
        None => 0,
    };
    let over = vm.iter(over)?;
    vm.new_iter(which::ENUMERATE, start, over, None)
}

fn make_filter(vm: &mut Vm<'_>, _class: Value, args: Args) -> Res {
    let over = vm.iter(args.at(1))?;
    vm.new_iter(which::FILTER, 0, over, Some(args.at(0)))
}

fn make_reversed(vm: &mut Vm<'_>, _class: Value, args: Args) -> Res {
    if vm.is(args.at(0), Kind::Instance)
        && let Some(method) = vm.lookup_special(args.at(0), q!("__reversed__"))?
    {
        return vm.call(method, &[]);
    }
    let over = args.at(0);
    let len = vm.len_of(over)?;
    vm.new_iter(which::REVERSED, len as isize, over, None)
}

fn make_map(vm: &mut Vm<'_>, _class: Value, args: Args) -> Res {
    several(vm, which::MAP, Some(args.at(0)), args.skip(1))
}

fn make_zip(vm: &mut Vm<'_>, _class: Value, args: Args) -> Res {
    several(vm, which::ZIP, None, args)
}

/// A cell of the function, where there is one, and the iterators of the arguments.
fn several(vm: &mut Vm<'_>, which: u16, first: Slot, args: Args) -> Res {
    let extra = first.is_some() as usize;
    let cell = vm.alloc(Kind::IterN, (args.len() + extra) as u32)?;
    vm.header_mut(cell).aux = which;
    if first.is_some() {
        vm.set_slot(cell, 0, first);
    }
    for i in 0..args.len() {
        let it = vm.iter(args.item(i))?;
        vm.set_slot(cell, extra + i, Some(it));
    }
    Ok(cell)
}

impl Vm<'_> {
    /// An iterator that calls `f` until it gives `sentinel`.
    ///
    /// # Errors
    /// `MemoryError`.
    #[cfg(feature = "extras")]
    pub fn new_callable_iter(&mut self, f: Value, sentinel: Value) -> Res {
        self.new_iter(which::CALLABLE, 0, f, Some(sentinel))
    }

    /// The next item of an enumerate, filter or reversed object.
    pub(crate) fn next_adaptor(&mut self, it: Value) -> Res<Slot> {
        let Iter {
            header,
            at,
            over,
            with,
        } = *self.cell::<Iter>(it);
        let Some(over) = over else { return Ok(None) };
        match header.aux {
            which::ENUMERATE => {
                let Some(item) = self.next(over)? else {
                    return Ok(None);
                };
                self.root(item)?;
                let count = self.new_int(at as i64)?;
                self.cell_mut::<Iter>(it).at = at.wrapping_add(1);
                Ok(Some(self.new_tuple(&[count, item])?))
            }
            which::FILTER => self.next_filtered(over, with.unwrap_or(Value::NONE)),
            _ => {
                if at <= 0 {
                    return Ok(None);
                }
                self.cell_mut::<Iter>(it).at = at - 1;
                self.subscr(over, Value::small(at - 1), crate::native::Access::Load)
                    .map(Some)
            }
        }
    }

    fn next_filtered(&mut self, over: Value, test: Value) -> Res<Slot> {
        loop {
            let mark = self.mark();
            let Some(item) = self.next(over)? else {
                return Ok(None);
            };
            self.root(item)?;
            let passed = if test == Value::NONE {
                item
            } else {
                self.call(test, &[item])?
            };
            let passed = self.truth(passed)?;
            self.release(mark);
            if passed {
                self.root(item)?;
                return Ok(Some(item));
            }
        }
    }

    /// The next item of a map or zip object.
    pub(crate) fn next_several(&mut self, it: Value) -> Res<Slot> {
        let map = self.header(it).aux == which::MAP;
        let first = map as usize;
        let n = self.slots(it).len().saturating_sub(first);
        if n == 0 {
            return Ok(None);
        }
        let base = self.top;
        for i in 0..n {
            let Some(over) = self.slot(it, first + i) else {
                return Ok(None);
            };
            let Some(item) = self.next(over)? else {
                return Ok(None);
            };
            self.root(item)?;
        }
        let items = Args::new(base, n as u16, 0);
        match self.slot(it, 0).filter(|_| map) {
            Some(f) => self.call_with(f, items),
            None => self.new_tuple_of(items),
        }
        .map(Some)
    }
}
