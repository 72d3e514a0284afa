//! Attributes: what `a.b` finds, in an object, its class and the bases of that.

mod parts;
mod store;

pub(crate) use store::ATTRIBUTES_MAX;

use parts::Parts;

use crate::heap::Kind;
use crate::native::{Access, Binding, Item, Member, ModuleDef, Res, TypeDef};
use crate::object::class::{Class, Instance, flags};
use crate::object::function::BoundMethod;
use crate::object::{self, exception as types};
use crate::q;
use crate::qstr::Qstr;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// A name found in a class: the raw value, before it binds to an instance.
pub(crate) type Found = Slot;

impl Vm<'_> {
    /// The value of a table entry of the firmware, asked of `owner`.
    pub(crate) fn item_value(&mut self, member: &'static Member, owner: Value) -> Res {
        Ok(match member.item() {
            Item::Fn(f) => Value::from_ptr(f),
            Item::Type(t) => t.value(),
            Item::Module(m) => m.value(),
            Item::Int(n) => return self.new_int(n as i64),
            Item::Str(q) => Value::qstr(q),
            Item::Const(v) => v,
            Item::Get(f) => return f(self.again(), owner),
        })
    }

    /// A name in a class or native type, or in what it extends: depth first, left to right.
    pub(crate) fn class_lookup(&mut self, class: Value, name: Qstr) -> Res<Found> {
        if let Some(t) = self.type_def(class) {
            return match t.find(name) {
                Some(member) => self.item_value(member, class).map(Some),
                None => Ok(None),
            };
        }
        let (dict, bases) = match self.get::<Class>(class) {
            Some(c) => (c.dict, c.bases),
            None => return Ok(None),
        };
        if let Some(v) = self.dict_get_word(dict, Value::qstr(name)) {
            return Ok(Some(v));
        }
        let n = self.slots(bases).len();
        for i in 0..n {
            if let Some(base) = self.slot(bases, i)
                && let Some(v) = self.class_lookup(base, name)?
            {
                return Ok(Some(v));
            }
        }
        Ok(None)
    }

    /// Whether a class is another or extends it.
    pub fn is_subclass(&self, class: Value, of: Value) -> bool {
        if class == of {
            return true;
        }
        match (self.type_def(class), self.type_def(of)) {
            (Some(a), Some(b)) => return a.extends(b),
            (Some(_), None) => return false,
            _ => {}
        }
        match self.get::<Class>(class) {
            Some(c) => self
                .slots(c.bases)
                .iter()
                .flatten()
                .any(|&base| self.is_subclass(base, of)),
            None => false,
        }
    }

    /// Whether a value is an instance of a native type or of what extends it.
    pub fn is_instance(&self, v: Value, of: &'static TypeDef) -> bool {
        self.is_subclass(self.type_of(v), of.value())
    }

    /// Whether a value is a class or native type.
    pub fn is_class(&self, v: Value) -> bool {
        matches!(self.cell_kind(v), Some(Kind::Class | Kind::Type))
    }

    /// The class of a value.
    pub fn type_of(&self, v: Value) -> Value {
        match self.cell_kind(v) {
            Some(Kind::Instance) => self.cell::<Instance>(v).class,
            Some(Kind::Exception) => self.cell::<crate::raise::Exception>(v).class,
            Some(Kind::NamedTuple) => match self.slot(v, 0) {
                Some(class) if self.is(class, Kind::Class) => class,
                _ => object::native_type(self, v).value(),
            },
            _ => object::native_type(self, v).value(),
        }
    }

    /// The native type of a value; for an instance of a class, the type that the class extends, if any.
    pub fn native_type(&self, v: Value) -> Option<&'static TypeDef> {
        match self.cell_kind(v) {
            Some(Kind::Instance) => None,
            Some(Kind::Exception) => Some(&types::BASE_EXCEPTION),
            _ => Some(object::native_type(self, v)),
        }
    }

    /// The native object inside an instance of a class that extends a native type; other values as they are.
    pub fn native_part(&self, v: Value) -> Value {
        match self.get::<Instance>(v) {
            Some(i) => i.native.unwrap_or(v),
            None => v,
        }
    }

    /// The native type that a class is or extends.
    pub(crate) fn native_class(&self, class: Value) -> Value {
        match self.get::<Class>(class) {
            Some(c) => c.native.unwrap_or(class),
            None => class,
        }
    }

    /// The name of a value's class.
    pub fn type_name(&self, v: Value) -> Qstr {
        self.class_name(self.type_of(v))
    }

    /// The name of a class.
    pub fn class_name(&self, class: Value) -> Qstr {
        match self.type_def(class) {
            Some(t) => t.name,
            None => self
                .get::<Class>(class)
                .map_or(Qstr::EMPTY, |c| Qstr(c.header.aux)),
        }
    }

    /// The name of the class that a value is, where it is one.
    pub(crate) fn as_type_name(&self, v: Value) -> Option<Qstr> {
        if self.is_class(v) {
            Some(self.class_name(v))
        } else {
            None
        }
    }

    /// A special method of an instance of a program's class, bound. Native values have none here: their types' tables
    /// say what they do.
    pub fn lookup_special(&mut self, v: Value, name: Qstr) -> Res<Slot> {
        let parts = self.special_parts(v, name);
        self.joined(parts)
    }

    /// Calls a special method of an instance of a program's class; nothing where it has none such. No bound method is made.
    ///
    /// # Errors
    /// What the method raises.
    pub(crate) fn call_special(&mut self, v: Value, name: Qstr, args: &[Value]) -> Res<Slot> {
        let Some((f, this)) = self.special_parts(v, name).get()? else {
            return Ok(None);
        };
        self.call_parts(f, this, args).map(Some)
    }

    /// The same as [`lookup_special`](Vm::lookup_special) as a function and its first argument.
    pub(crate) fn special_parts(&mut self, v: Value, name: Qstr) -> Parts {
        let class = match self.get::<Instance>(v) {
            Some(i) => i.class,
            None => return Parts::of(Ok(None)),
        };
        Parts::of(match self.user_lookup(class, name) {
            Some(found) if self.is(found, Kind::Native) => Ok(Some((found, None))),
            Some(found) => self.bind_parts(found, v, class).map(Some),
            None => Ok(None),
        })
    }

    /// A name in a program's class, native bases left out.
    #[inline]
    pub(crate) fn user_lookup(&mut self, class: Value, name: Qstr) -> Found {
        match self.cache.get(class, name) {
            Some(found) => Value::from_bits(found),
            None => self.user_lookup_anew(class, name),
        }
    }

    #[inline(never)]
    fn user_lookup_anew(&mut self, class: Value, name: Qstr) -> Found {
        let found = self.user_search(class, name);
        self.cache.put(class, name, found.map_or(0, Value::bits));
        found
    }

    fn user_search(&self, class: Value, name: Qstr) -> Found {
        let c = self.get::<Class>(class)?;
        if let Some(v) = self.dict_get_word(c.dict, Value::qstr(name)) {
            return Some(v);
        }
        let bases = self.slots(c.bases).iter().flatten();
        bases
            .into_iter()
            .find_map(|&base| self.user_search(base, name))
    }

    /// What a name is in a type of the firmware, or in one that it extends.
    #[inline]
    pub(crate) fn member_of(&mut self, t: &'static TypeDef, name: Qstr) -> Option<&'static Member> {
        let found = match self.cache.get(t.value(), name) {
            Some(found) => found,
            None => {
                let found = t.find(name).map_or(core::ptr::null(), core::ptr::from_ref);
                self.cache.put(t.value(), name, found.expose_provenance());
                found.addr()
            }
        };
        let found: *const Member = core::ptr::with_exposed_provenance(found);
        // SAFETY: invariant 3; for a type, only its own members are noted, and they are statics.
        unsafe { found.as_ref() }
    }

    /// The native part of a class that a name is found in, after the program's own classes.
    fn native_lookup(&mut self, class: Value, name: Qstr) -> Res<Found> {
        match self.get::<Class>(class).and_then(|c| c.native) {
            Some(native) => self.class_lookup(native, name),
            None => self.class_lookup(object::types::OBJECT.value(), name),
        }
    }

    /// What a name found in `class` is for `receiver`: a function and its first argument, so that a call needs no bound method.
    pub(crate) fn bind_parts(
        &mut self,
        found: Value,
        receiver: Value,
        class: Value,
    ) -> Res<(Value, Slot)> {
        Ok(match self.cell_kind(found) {
            Some(Kind::Function | Kind::Closure) => (found, Some(receiver)),
            Some(Kind::Native) => match self.native_def(found).map(|f| f.binding()) {
                Some(Binding::Method) => (found, Some(self.native_part(receiver))),
                Some(Binding::Class) => (found, Some(class)),
                _ => (found, None),
            },
            Some(Kind::StaticMethod) => (self.field(found, 0), None),
            Some(Kind::ClassMethod) => (self.field(found, 0), Some(class)),
            Some(Kind::Property) if Kind::Property.exists() => {
                let getter = self.field(found, 0);
                if getter == Value::NONE {
                    return Err(self.error(&types::ATTRIBUTE_ERROR, msg!("unreadable attribute")));
                }
                (self.call(getter, &[receiver])?, None)
            }
            Some(Kind::Instance) if cfg!(feature = "property") => {
                match self.lookup_special(found, q!("__get__"))? {
                    Some(get) => (self.call(get, &[receiver, class])?, None),
                    None => (found, None),
                }
            }
            _ => (found, None),
        })
    }

    /// Word `i` of a cell that holds values right behind its header.
    pub(crate) fn field(&self, cell: Value, i: usize) -> Value {
        self.field_slot(cell, i).unwrap_or(Value::NONE)
    }

    #[cfg_attr(not(romfs_vm_small), inline(always))]
    pub(crate) fn field_slot(&self, cell: Value, i: usize) -> Slot {
        assert!(
            matches!(crate::heap::SHAPES[self.header(cell).kind as usize].traced,
            crate::heap::Traced::Words(a, b) if a == crate::heap::kind::HEADER_WORDS && i < (b - a) as usize)
        );
        // SAFETY: invariant 3; the shape says that word `i` holds a value.
        unsafe { *(crate::heap::kind::data(cell) as *const Slot).add(i) }
    }

    pub(crate) fn set_field(&mut self, cell: Value, i: usize, v: Slot) {
        self.field_slot(cell, i);
        assert!(self.heap.contains(cell.bits()));
        // SAFETY: invariant 3; checked above to be a word that holds a value, of a cell of the heap.
        unsafe { *(crate::heap::kind::data(cell) as *mut Slot).add(i) = v };
    }

    /// A cell of these values.
    #[cfg_attr(not(romfs_vm_small), inline)]
    pub(crate) fn new_fields(&mut self, kind: Kind, values: &[Value]) -> Res {
        let mark = self.mark();
        for &v in values {
            self.root(v)?;
        }
        let cell = self.alloc(kind, 0)?;
        for (i, &v) in values.iter().enumerate() {
            self.set_field(cell, i, Some(v));
        }
        self.release(mark);
        self.root(cell)?;
        Ok(cell)
    }

    /// A method with its receiver.
    pub(crate) fn new_bound_method(&mut self, fun: Value, receiver: Value) -> Res {
        self.new_fields(Kind::BoundMethod, &[fun, receiver])
    }

    /// `v.name`, or nothing where there is no such attribute.
    pub fn load_attr_maybe(&mut self, v: Value, name: Qstr) -> Res<Slot> {
        let parts = self.load_parts(v, name);
        self.joined(parts)
    }

    /// A function and its first argument as one value.
    fn joined(&mut self, parts: Parts) -> Res<Slot> {
        match parts.get()? {
            None => Ok(None),
            Some((f, None)) => Ok(Some(f)),
            Some((f, Some(this))) => self.new_bound_method(f, this).map(Some),
        }
    }

    /// `v.name`.
    ///
    /// # Errors
    /// `AttributeError`.
    pub fn load_attr(&mut self, v: Value, name: Qstr) -> Res {
        match self.load_attr_maybe(v, name)? {
            Some(found) => Ok(found),
            None => Err(self.attribute_error(v, name)),
        }
    }

    /// `v.name` for a call: the function, and its first argument if it is a method.
    pub(crate) fn load_parts(&mut self, v: Value, name: Qstr) -> Parts {
        Parts::of(self.parts_of(v, name))
    }

    fn parts_of(&mut self, v: Value, name: Qstr) -> Res<Option<(Value, Slot)>> {
        match self.cell_kind(v) {
            Some(Kind::Instance) => return self.instance_parts(v, name),
            Some(Kind::Class | Kind::Type) => return self.class_parts(v, name),
            Some(Kind::Module) => {
                let globals = self.field(v, 0);
                if let Some(found) = self.dict_get_word(globals, Value::qstr(name)) {
                    return Ok(Some((found, None)));
                }
                return self.module_special(globals, name);
            }
            Some(Kind::NativeModule) => {
                // SAFETY: cells of this kind are statics.
                let module: &'static ModuleDef = unsafe { &*v.ptr::<ModuleDef>() };
                if name == q!("__name__") {
                    return Ok(Some((Value::qstr(module.name()), None)));
                }
                return self.native_module_parts(v, module, name);
            }
            _ => {}
        }
        let class = self.type_of(v);
        if name == q!("__class__") {
            return Ok(Some((class, None)));
        }
        let native = object::native_type(self, v);
        let native = match self.type_def(class) {
            Some(t) => t,
            None => native,
        };
        if let Some(attr) = native.attr()
            && let Some(found) = attr(self.again(), v, name, Access::Load)?
        {
            return Ok(Some((found, None)));
        }
        match self.member_of(native, name) {
            Some(member) => {
                let found = self.item_value(member, v)?;
                if member.is_computed() {
                    return Ok(Some((found, None)));
                }
                self.bind_parts(found, v, class).map(Some)
            }
            None if name == q!("__next__") => match crate::builtin::BUILTINS.find(q!("next")) {
                Some(next)
                    if native.next().is_some()
                        || matches!(self.kind(v), Some(Kind::Iter | Kind::IterN)) =>
                {
                    Ok(Some((self.item_value(next, v)?, Some(v))))
                }
                _ => Ok(None),
            },
            None => match object::types::OBJECT.find(name) {
                Some(member) => {
                    let found = self.item_value(member, v)?;
                    self.bind_parts(found, v, class).map(Some)
                }
                None => Ok(None),
            },
        }
    }

    /// A name that the program put among the builtins.
    pub(crate) fn own_builtin(&self, name: Qstr) -> Slot {
        self.dict_get_word(self.roots.builtins?, Value::qstr(name))
    }

    /// A name of the firmware's builtins.
    pub(crate) fn fixed_builtin(&mut self, name: Qstr) -> Res<Slot> {
        if let Some(member) = crate::builtin::BUILTINS.find(name) {
            return self.item_value(member, Value::NONE).map(Some);
        }
        let exceptions = types::ALL.iter();
        Ok(exceptions
            .into_iter()
            .find(|t| t.name == name)
            .map(|t| t.value()))
    }

    /// What a module has beside the names in it: `__dict__`, and what its `__getattr__` gives.
    fn module_special(&mut self, globals: Value, name: Qstr) -> Res<Option<(Value, Slot)>> {
        if name == q!("__dict__") {
            return Ok(Some((globals, None)));
        }
        let Some(hook) = self.dict_get_word(globals, Value::qstr(q!("__getattr__"))) else {
            return Ok(None);
        };
        match self.call(hook, &[Value::qstr(name)]) {
            Ok(found) => Ok(Some((found, None))),
            Err(raised) if self.raised_is(&types::ATTRIBUTE_ERROR) => {
                self.take_raised(raised);
                Ok(None)
            }
            Err(raised) => Err(raised),
        }
    }

    /// A name of a module of the firmware, or one that the program put over it.
    fn native_module_parts(
        &mut self,
        v: Value,
        module: &'static ModuleDef,
        name: Qstr,
    ) -> Res<Option<(Value, Slot)>> {
        let found = if core::ptr::eq(module, &crate::builtin::BUILTINS) {
            match self.own_builtin(name) {
                None => self.fixed_builtin(name)?,
                own => own,
            }
        } else {
            match module.find(name) {
                Some(member) => Some(self.item_value(member, v)?),
                None => None,
            }
        };
        if let Some(found) = found {
            return Ok(Some((found, None)));
        }
        if name != q!("__dict__") {
            return Ok(None);
        }
        let dict = self.new_dict()?;
        self.dict_set(
            dict,
            Value::qstr(q!("__name__")),
            Value::qstr(module.name()),
        )?;
        self.members_into(dict, module.members, v)?;
        Ok(Some((dict, None)))
    }

    /// A read-only dict of members, of a module or type of the firmware.
    fn members_into(
        &mut self,
        dict: Value,
        members: &'static [crate::native::Member],
        owner: Value,
    ) -> Res<()> {
        for m in members {
            // What is computed from an instance has no value here.
            if m.is_computed() && !self.is(owner, Kind::NativeModule) {
                continue;
            }
            let value = self.item_value(m, owner)?;
            self.dict_set(dict, Value::qstr(m.name()), value)?;
        }
        self.make_read_only(dict);
        Ok(())
    }

    fn instance_parts(&mut self, v: Value, name: Qstr) -> Res<Option<(Value, Slot)>> {
        let (class, table) = {
            let i = self.cell::<Instance>(v);
            (i.class, i.table)
        };
        if let Some(found) = self.table_get(table, Value::qstr(name)) {
            return Ok(Some((found, None)));
        }
        if let Some(found) = self.user_lookup(class, name) {
            if self.is(found, Kind::Native) {
                return Ok(Some((found, None)));
            }
            return self.bind_parts(found, v, class).map(Some);
        }
        if let Some(found) = self.native_lookup(class, name)? {
            return self.bind_parts(found, v, class).map(Some);
        }
        if name == q!("__class__") {
            return Ok(Some((class, None)));
        }
        if name == q!("__dict__") {
            return self.instance_dict(v).map(|d| Some((d, None)));
        }
        let native = self.native_part(v);
        if native != v
            && let Some(found) = self.load_parts(native, name).get()?
        {
            return Ok(Some(found));
        }
        if self.cell::<Class>(class).header.flags & flags::GETATTR != 0
            && let Some(hook) = self.lookup_special(v, q!("__getattr__"))?
        {
            return self
                .call(hook, &[Value::qstr(name)])
                .map(|found| Some((found, None)));
        }
        Ok(None)
    }

    /// An attribute that an instance has itself.
    #[inline]
    pub(crate) fn own_attr(&self, v: Value, name: Qstr) -> Slot {
        self.table_get(self.get::<Instance>(v)?.table, Value::qstr(name))
    }

    /// A dict of an instance's attributes: a copy.
    fn instance_dict(&mut self, v: Value) -> Res {
        let dict = self.new_dict()?;
        let mut at = 0;
        while let Some((key, value)) = self.next_in_table(self.cell::<Instance>(v).table, &mut at) {
            self.hashed_put(dict, key, value)?;
        }
        Ok(dict)
    }

    fn class_parts(&mut self, v: Value, name: Qstr) -> Res<Option<(Value, Slot)>> {
        if name == q!("__name__") || name == q!("__qualname__") {
            return Ok(Some((Value::qstr(self.class_name(v)), None)));
        }
        if name == q!("__bases__") {
            let bases = match self.get::<Class>(v) {
                Some(c) => c.bases,
                None => match self.type_def(v).and_then(|t| t.parent()) {
                    Some(parent) => self.new_tuple(&[parent.value()])?,
                    None if v == object::types::OBJECT.value() => self.new_tuple(&[])?,
                    None => self.new_tuple(&[object::types::OBJECT.value()])?,
                },
            };
            return Ok(Some((bases, None)));
        }
        let found = match self.class_lookup(v, name)? {
            Some(found) => found,
            None if name == q!("__class__") => {
                return Ok(Some((object::types::TYPE.value(), None)));
            }
            None if name == q!("__dict__") => match self.get::<Class>(v) {
                Some(c) => return Ok(Some((c.dict, None))),
                None => {
                    let members = self.type_def(v).map_or(&[][..], |t| t.members());
                    let dict = self.new_dict()?;
                    self.members_into(dict, members, v)?;
                    return Ok(Some((dict, None)));
                }
            },
            None => return Ok(None),
        };
        Ok(Some(match self.cell_kind(found) {
            Some(Kind::StaticMethod) => (self.field(found, 0), None),
            Some(Kind::ClassMethod) => (self.field(found, 0), Some(v)),
            Some(Kind::Native)
                if self
                    .native_def(found)
                    .is_some_and(|f| f.binding() == Binding::Class) =>
            {
                (found, Some(v))
            }
            _ => (found, None),
        }))
    }

    /// The receiver of a bound method and its function.
    pub(crate) fn bound_parts(&self, v: Value) -> Option<(Value, Value)> {
        self.get::<BoundMethod>(v).map(|b| (b.fun, b.receiver))
    }
}
