//! Calling a program's class: `__new__`, `__init__`, and the native object inside an instance.

use crate::heap::Kind;
use crate::message::Part;
use crate::native::{Args, Res};
use crate::object::class::{Class, Instance, NATIVE_MADE};
use crate::object::exception as types;
use crate::q;
use crate::value::Value;
use crate::vm::Vm;

impl Vm<'_> {
    /// An instance of a program's class. `__init__` is run to its end.
    pub(super) fn call_class(&mut self, class: Value, args: Args) -> Res {
        let mark = self.mark();
        self.root(class)?;
        #[cfg(feature = "mod-collections")]
        if self.cell::<Class>(class).header.flags & crate::object::class::flags::NAMED_TUPLE != 0 {
            return self.native_scope(|vm| {
                crate::builtin::collections::named_tuple::make(vm.again(), class, args)
            });
        }
        let new = match self.class_lookup(class, q!("__new__"))? {
            Some(f) if !self.is(f, Kind::Native) => Some(if self.is(f, Kind::StaticMethod) {
                self.field(f, 0)
            } else {
                f
            }),
            _ => None,
        };
        let instance = match new {
            Some(f) => self.call_bound(f, Some(class), args)?,
            None => self.new_instance(class)?,
        };
        let is_mine = self
            .get::<Instance>(instance)
            .is_some_and(|i| self.is_subclass(i.class, class));
        if is_mine {
            self.init_instance(instance, args, new.is_some())?;
        }
        self.release(mark);
        self.root(instance)?;
        Ok(instance)
    }

    /// The error of an `__init__` that returns something.
    #[cold]
    pub(crate) fn init_returned(&mut self, result: Value) -> crate::raise::Raised {
        self.type_error_with(
            msg!("__init__() should return None, not '%'"),
            &[Part::TypeOf(result)],
        )
    }

    /// Runs `__init__`, and makes the native part from the same arguments where that did not.
    fn init_instance(&mut self, instance: Value, args: Args, has_new: bool) -> Res<()> {
        let class = self.cell::<Instance>(instance).class;
        let native = self.cell::<Class>(class).native;
        if let Some((init, this)) = self.special_parts(instance, q!("__init__")).get()? {
            let result = self.call_bound(init, this, args)?;
            if result != Value::NONE {
                return Err(self.init_returned(result));
            }
        } else if native.is_none() && (args.n() != 0 || args.n_kw() != 0) && !has_new {
            let given = args.len();
            return Err(self.type_error_with(
                msg!("function takes 0 positional arguments but % were given"),
                &[Part::count(given)],
            ));
        }
        if self.header(instance).flags & NATIVE_MADE != 0 {
            return Ok(());
        }
        self.make_native_part(instance, args)
    }

    /// Makes the native object inside an instance, where its class extends a native type.
    pub(crate) fn make_native_part(&mut self, instance: Value, args: Args) -> Res<()> {
        let class = self.cell::<Instance>(instance).class;
        let native = self.cell::<Class>(class).native;
        if let Some(t) = native.and_then(|t| self.type_def(t))
            && t.make_new().is_some()
        {
            // Exceptions and namedtuples are told the class; the others make what they are.
            let asked =
                if t.extends(&types::BASE_EXCEPTION) || t.extends(&crate::object::tuple::TUPLE) {
                    class
                } else {
                    t.value()
                };
            let part = self.make_of_type(t, asked, args)?;
            self.set_native_part(instance, part);
            self.header_mut(instance).flags |= NATIVE_MADE;
        }
        Ok(())
    }

    fn set_native_part(&mut self, instance: Value, part: Value) {
        let class = self.cell::<Instance>(instance).class;
        self.cell_mut::<Instance>(instance).native = Some(part);
        if self.is(part, Kind::Exception) {
            self.cell_mut::<crate::raise::Exception>(part).class = class;
        }
    }

    /// An instance before `__init__`. One that extends a container has an empty one inside from the start; other native
    /// parts are made from arguments, by the base's `__init__` or after the class's own.
    pub(crate) fn new_instance(&mut self, class: Value) -> Res {
        use crate::object::{dict, list};
        let native = self
            .cell::<Class>(class)
            .native
            .and_then(|t| self.type_def(t));
        let instance = self.alloc(Kind::Instance, 0)?;
        self.cell_mut::<Instance>(instance).class = class;
        if let Some(t) = native
            && [
                &list::LIST,
                &dict::DICT,
                #[cfg(feature = "mod-collections")]
                &dict::ORDERED_DICT,
                #[cfg(feature = "set")]
                &crate::object::set::SET,
            ]
            .iter()
            .any(|container| core::ptr::eq(t, *container))
            && let Some(make) = t.make_new()
        {
            let empty = Args::new(self.top, 0, 0);
            let part = make(self.again(), t.value(), empty)?;
            self.set_native_part(instance, part);
        }
        Ok(instance)
    }
}
