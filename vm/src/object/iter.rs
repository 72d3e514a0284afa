//! Iterating: what `for` needs, and the iterators of the firmware's own types.

use crate::heap::{Cell, Header, Kind};
use crate::message::Part;
use crate::native::{Access, Res, TypeDef, TypeSpec};
use crate::object::adaptor;
use crate::object::exception as types;
use crate::object::slice::Range;
use crate::object::text::char_len;
use crate::q;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// An iterator over one object.
#[repr(C)]
pub struct Iter {
    /// `aux`: one of [`which`].
    pub header: Header,
    /// Where it is: an index, an entry's number, a count.
    pub at: isize,
    /// What it walks.
    pub over: Slot,
    /// A function or a second value, where it needs one.
    pub with: Slot,
}

// SAFETY: `repr(C)`, header first.
unsafe impl Cell for Iter {
    const KIND: Kind = Kind::Iter;
}

/// What an iterator walks, or does: the `aux` of `Iter` and `IterN` cells.
#[allow(missing_docs)]
pub mod which {
    pub const SEQUENCE: u16 = 0;
    pub const RANGE: u16 = 1;
    pub const STR: u16 = 2;
    pub const BYTES: u16 = 3;
    pub const SUBSCRIPT: u16 = 4;
    pub const GETITEM: u16 = 5;
    pub const KEYS: u16 = 6;
    pub const VALUES: u16 = 7;
    pub const ITEMS: u16 = 8;
    pub const CALLABLE: u16 = 9;
    pub const ENUMERATE: u16 = 10;
    pub const REVERSED: u16 = 11;
    pub const FILTER: u16 = 12;
    pub const ZIP: u16 = 13;
    pub const MAP: u16 = 14;
    pub const BUFFER: u16 = 15;
}

/// The type of iterators that have none of their own.
pub static ITERATOR: TypeDef = type_def!(TypeSpec::new(q!("iterator")));

/// The type of an `Iter` or `IterN` cell with this `aux`.
pub fn type_of_iterator(aux: u16) -> &'static TypeDef {
    match aux {
        which::ENUMERATE => &adaptor::ENUMERATE,
        which::REVERSED => &adaptor::REVERSED,
        which::FILTER => &adaptor::FILTER,
        which::ZIP => &adaptor::ZIP,
        which::MAP => &adaptor::MAP,
        _ => &ITERATOR,
    }
}

impl Vm<'_> {
    /// An iterator cell.
    pub(crate) fn new_iter(&mut self, which: u16, at: isize, over: Value, with: Slot) -> Res {
        let mark = self.mark();
        self.root(over)?;
        if let Some(with) = with {
            self.root(with)?;
        }
        let cell = self.alloc(Kind::Iter, 0)?;
        let iter = self.cell_mut::<Iter>(cell);
        iter.header.aux = which;
        (iter.at, iter.over, iter.with) = (at, Some(over), with);
        self.release(mark);
        self.root(cell)?;
        Ok(cell)
    }

    /// `iter(v)`.
    ///
    /// # Errors
    /// `TypeError` where a value cannot be iterated, and what `__iter__` raises.
    pub fn iter(&mut self, v: Value) -> Res {
        let Some(kind) = self.kind_quick(v) else {
            return if v.as_qstr().is_some() {
                self.new_iter(which::STR, 0, v, None)
            } else {
                Err(self.not_iterable(v))
            };
        };
        match kind {
            Kind::Iter | Kind::IterN | Kind::Generator => Ok(v),
            Kind::List | Kind::Tuple | Kind::NamedTuple => {
                self.new_iter(which::SEQUENCE, 0, self.solid(v), None)
            }
            Kind::Dict | Kind::Set | Kind::FrozenSet => self.new_iter(which::KEYS, 0, v, None),
            Kind::DictView => self.iter_view(v),
            Kind::Range => self.new_iter(which::RANGE, 0, v, None),
            Kind::Str | Kind::FlashStr => self.new_iter(which::STR, 0, v, None),
            Kind::Bytes | Kind::FlashBytes => self.new_iter(which::BYTES, 0, v, None),
            Kind::Instance => self.iter_instance(v),
            _ => self.iter_native(v),
        }
    }

    fn iter_instance(&mut self, v: Value) -> Res {
        if let Some(it) = self.call_special(v, q!("__iter__"), &[])? {
            return Ok(it);
        }
        let inside = self.native_part(v);
        if inside != v {
            return self.iter(inside);
        }
        match self.lookup_special(v, q!("__getitem__"))? {
            Some(method) => self.new_iter(which::GETITEM, 0, v, Some(method)),
            None => Err(self.not_iterable(v)),
        }
    }

    fn iter_native(&mut self, v: Value) -> Res {
        let offer = self.offer(v);
        if let Some(iter) = offer.iter() {
            return iter(self.again(), v);
        }
        if offer.next().is_some() {
            return Ok(v);
        }
        if offer.subscr().is_some() {
            return self.new_iter(which::SUBSCRIPT, 0, v, None);
        }
        Err(self.not_iterable(v))
    }

    #[cold]
    fn not_iterable(&mut self, v: Value) -> crate::raise::Raised {
        self.type_error_with(msg!("'%' object isn't iterable"), &[Part::TypeOf(v)])
    }

    /// `next(it)`; `None` at the end. The item has no root yet.
    ///
    /// # Errors
    /// `TypeError` where it is no iterator, and what it raises.
    pub fn next(&mut self, it: Value) -> Res<Slot> {
        let mark = self.mark();
        let item = self.next_unmarked(it);
        self.release(mark);
        item
    }

    /// The same, but a `StopIteration` that a `__next__` of Python raises is raised here too: it may carry a value.
    ///
    /// # Errors
    /// As [`next`](Vm::next), and `StopIteration`.
    pub(crate) fn next_or_raise(&mut self, it: Value) -> Res<Slot> {
        if let Some(item) = self.call_special(it, q!("__next__"), &[])? {
            return Ok(Some(item));
        }
        if self.is(it, Kind::Generator) {
            return match crate::run::resume_native(self, it, Value::NONE, None)? {
                Some(v) => Ok(Some(v)),
                None => {
                    let value = self.result.take().unwrap_or(Value::NONE);
                    Err(self.stop_iteration(value))
                }
            };
        }
        self.next(it)
    }

    fn next_unmarked(&mut self, it: Value) -> Res<Slot> {
        match self.cell_kind(it) {
            Some(Kind::Iter) => self.next_iter(it),
            Some(Kind::IterN) => self.nested(|vm| vm.next_several(it)),
            Some(Kind::Generator) => self.generator_next(it),
            Some(Kind::Instance) => self.next_instance(it),
            _ => match self.offer(it).next() {
                Some(next) => next(self.again(), it),
                None => Err(self.not_an_iterator(it)),
            },
        }
    }

    #[cold]
    fn not_an_iterator(&mut self, it: Value) -> crate::raise::Raised {
        self.type_error_with(msg!("'%' object isn't an iterator"), &[Part::TypeOf(it)])
    }

    fn next_instance(&mut self, it: Value) -> Res<Slot> {
        let Some((method, this)) = self.special_parts(it, q!("__next__")).get()? else {
            let inside = self.native_part(it);
            return if inside != it {
                self.next(inside)
            } else {
                Err(self.not_an_iterator(it))
            };
        };
        let item = self.call_parts(method, this, &[]);
        self.until(item, &[&types::STOP_ITERATION])
    }

    /// An answer that is the end where it is an exception of these types.
    fn until(&mut self, answer: Res, ends: &[&'static TypeDef]) -> Res<Slot> {
        match answer {
            Ok(v) => Ok(Some(v)),
            Err(raised) => {
                for end in ends {
                    if self.raised_is(end) {
                        self.take_raised(raised);
                        return Ok(None);
                    }
                }
                Err(raised)
            }
        }
    }

    fn next_iter(&mut self, it: Value) -> Res<Slot> {
        let Iter {
            header,
            at,
            over,
            with,
        } = *self.cell::<Iter>(it);
        let Some(over) = over else { return Ok(None) };
        let i = at as usize;
        let mut step = 1;
        let found = match header.aux {
            which::SEQUENCE => self.item_at(over, i),
            which::RANGE => {
                let range = self.cell::<Range>(over);
                if i < range.len() {
                    let n = range.at(i);
                    Some(self.new_int(n as i64)?)
                } else {
                    None
                }
            }
            // As a loop has it that needs no iterator.
            which::STR | which::BYTES | which::KEYS if cfg!(romfs_vm_small) => {
                self.item_from(over, i)?.map(|(item, behind)| {
                    step = behind - i;
                    item
                })
            }
            which::STR => {
                let (c, n) = self.next_char(over, i)?;
                step = n;
                c
            }
            which::BYTES => self
                .bytes_of(over)
                .and_then(|bytes| bytes.get(i))
                .map(|&b| Value::small(b as isize)),
            which::BUFFER => crate::object::buffer::next(self, over, i)?,
            which::SUBSCRIPT | which::GETITEM => {
                let index = Value::small(at);
                let item = match with {
                    Some(method) => self.call(method, &[index]),
                    None => self.subscr(over, index, Access::Load),
                };
                self.until(item, &[&types::INDEX_ERROR, &types::STOP_ITERATION])?
            }
            which::KEYS | which::VALUES | which::ITEMS => {
                let mut behind = i;
                match self.next_entry(over, &mut behind) {
                    Some((key, value)) => {
                        step = behind - i;
                        Some(self.entry_part(header.aux, key, value)?)
                    }
                    None => None,
                }
            }
            #[cfg(feature = "extras")]
            which::CALLABLE => self.next_callable(over, with.unwrap_or(Value::NONE))?,
            _ => return self.nested(|vm| vm.next_adaptor(it)),
        };
        let iter = self.cell_mut::<Iter>(it);
        match found {
            Some(_) => iter.at += step as isize,
            None if header.aux == which::BUFFER => {}
            // What has ended stays ended, and holds nothing.
            None => (iter.over, iter.with) = (None, None),
        }
        Ok(found)
    }

    /// The character of a str at a byte position, and its bytes.
    fn next_char(&mut self, text: Value, at: usize) -> Res<(Slot, usize)> {
        let Some(bytes) = self.bytes_of(text).filter(|bytes| at < bytes.len()) else {
            return Ok((None, 0));
        };
        if !cfg!(romfs_vm_small) && bytes[at] < 0x80 {
            let c = bytes[at];
            return Ok((Some(self.new_ascii_char(c)?), 1));
        }
        let mut buffer = [0; 4];
        let n = char_len(bytes, at).min(buffer.len());
        buffer[..n].copy_from_slice(&bytes[at..at + n]);
        Ok((Some(self.new_str(&buffer[..n])?), n))
    }

    fn next_callable(&mut self, f: Value, sentinel: Value) -> Res<Slot> {
        self.root(sentinel)?;
        let answer = self.call(f, &[]);
        let Some(v) = self.until(answer, &[&types::STOP_ITERATION])? else {
            return Ok(None);
        };
        self.root(v)?;
        Ok(if self.equal(v, sentinel)? {
            None
        } else {
            Some(v)
        })
    }

    /// What a dict's iterator gives for an entry.
    pub(crate) fn entry_part(&mut self, which: u16, key: Value, value: Slot) -> Res {
        match which {
            which::KEYS => Ok(key),
            which::VALUES => Ok(value.unwrap_or(Value::NONE)),
            _ => self.new_tuple(&[key, value.unwrap_or(Value::NONE)]),
        }
    }

    /// The first item of a built-in container from a position on, and the position behind it.
    ///
    /// # Errors
    /// `MemoryError`, for an array whose items are no small ints.
    pub(crate) fn item_from(&mut self, v: Value, at: usize) -> Res<Option<(Value, usize)>> {
        let mut behind = at;
        Ok(match self.kind(v) {
            Some(Kind::Dict | Kind::Set | Kind::FrozenSet) => self
                .next_entry(v, &mut behind)
                .map(|(key, _)| (key, behind)),
            Some(Kind::Array) => {
                if at >= self.len_of(v)? {
                    return Ok(None);
                }
                let item = self.subscr(v, Value::small(at as isize), Access::Load)?;
                Some((item, at + 1))
            }
            None | Some(Kind::Str | Kind::FlashStr) => {
                let (c, n) = self.next_char(v, at)?;
                c.map(|c| (c, at + n))
            }
            _ => self
                .bytes_of(v)
                .and_then(|bytes| bytes.get(at))
                .map(|&b| (Value::small(b as isize), at + 1)),
        })
    }

    /// Calls `f` with each item, rooted meanwhile, until it gives false.
    ///
    /// # Errors
    /// What iterating and `f` raise.
    pub fn for_each(
        &mut self,
        v: Value,
        mut f: impl FnMut(&mut Self, Value) -> Res<bool>,
    ) -> Res<()> {
        if cfg!(romfs_vm_small) {
            // One walk for all that walk.
            let f: &mut dyn FnMut(&mut Self, Value) -> Res<bool> = &mut f;
            return self.walk(v, f);
        }
        self.walk(v, &mut f)
    }

    fn walk(
        &mut self,
        v: Value,
        f: &mut (impl FnMut(&mut Self, Value) -> Res<bool> + ?Sized),
    ) -> Res<()> {
        let outer = self.mark();
        if matches!(self.kind(v), Some(Kind::Tuple | Kind::List)) {
            // These need no iterator. A list may change meanwhile.
            self.root(v)?;
            let mut i = 0;
            while let Some(item) = self.item_at(v, i) {
                let mark = self.mark();
                self.root(item)?;
                if !f(self.again(), item)? {
                    break;
                }
                self.release(mark);
                i += 1;
            }
            self.release(outer);
            return Ok(());
        }
        let it = self.iter(v)?;
        self.root(it)?;
        loop {
            let mark = self.mark();
            let item = match !cfg!(romfs_vm_small) && self.is(it, Kind::Generator) {
                true => crate::run::next_native(self, it)?,
                false => self.next(it)?,
            };
            let Some(item) = item else { break };
            self.root(item)?;
            self.native_step()?;
            if !f(self.again(), item)? {
                break;
            }
            self.release(mark);
        }
        self.release(outer);
        Ok(())
    }
}
