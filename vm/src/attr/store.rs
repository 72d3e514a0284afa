//! Setting and deleting attributes.

use crate::heap::Kind;
use crate::native::{Access, ModuleDef, Res};
use crate::object;
use crate::object::class::{Class, Instance, flags};
use crate::q;
use crate::qstr::Qstr;
use crate::table::Table;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Most attributes that an instance gets room for at once.
pub(crate) const ATTRIBUTES_MAX: u32 = 8;

impl Vm<'_> {
    /// `v.name = value`, or `del v.name`.
    ///
    /// # Errors
    /// `AttributeError`.
    pub fn store_attr(&mut self, v: Value, name: Qstr, access: Access) -> Res<()> {
        match self.cell_kind(v) {
            Some(Kind::Instance) => return self.store_instance(v, name, access),
            Some(Kind::Class) => {
                let dict = self.cell::<Class>(v).dict;
                self.store_dict(v, dict, name, access)?;
                return self.note_special(v, name, access);
            }
            Some(Kind::Module) => {
                let globals = self.field(v, 0);
                return self.store_dict(v, globals, name, access);
            }
            Some(Kind::NativeModule) => return self.store_native_module(v, name, access),
            _ => {}
        }
        let native = object::native_type(self, v);
        if let Some(attr) = native.attr()
            && attr(self.again(), v, name, access)?.is_some()
        {
            return Ok(());
        }
        Err(self.attribute_error(v, name))
    }

    fn store_dict(&mut self, owner: Value, dict: Value, name: Qstr, access: Access) -> Res<()> {
        match access {
            Access::Store(value) => self.dict_set(dict, Value::qstr(name), value),
            _ => match self.dict_remove(dict, Value::qstr(name))? {
                Some(_) => Ok(()),
                None => Err(self.attribute_error(owner, name)),
            },
        }
    }

    fn store_instance(&mut self, v: Value, name: Qstr, access: Access) -> Res<()> {
        let class = self.cell::<Instance>(v).class;
        if self.cell::<Class>(class).header.flags & flags::STORE_HOOK != 0
            && self.store_hook(v, class, name, access)?
        {
            return Ok(());
        }
        let table = self.cell::<Instance>(v).table;
        match access {
            Access::Store(value) => {
                // Small builds have looked for it on their way here.
                if !cfg!(romfs_vm_small)
                    && let Some(table) = table
                    && let Some(i) = self.cell::<Table>(table).find_word(Value::qstr(name))
                {
                    self.cell_mut::<Table>(table).entries_mut()[i as usize].value = Some(value);
                    return Ok(());
                }
                let table = match table {
                    Some(table) => Some(table),
                    None => self.first_table(v, class, value)?,
                };
                let table = self.table_set(table, Value::qstr(name), value)?;
                self.cell_mut::<Instance>(v).table = Some(table);
                let used = self.cell::<Table>(table).used();
                let c = self.cell_mut::<Class>(class);
                c.header.len = c.header.len.max(used.min(ATTRIBUTES_MAX));
                Ok(())
            }
            _ => match self.table_remove(table, Value::qstr(name)) {
                true => Ok(()),
                false => Err(self.attribute_error(v, name)),
            },
        }
    }

    /// The table of an instance's first attribute, with room for as many as the instances before it had.
    fn first_table(&mut self, v: Value, class: Value, value: Value) -> Res<Slot> {
        let n = self.cell::<Class>(class).header.len;
        if n < 2 {
            return Ok(None);
        }
        let mark = self.mark();
        self.root(v)?;
        self.root(value)?;
        let table = self.new_table(n)?;
        self.cell_mut::<Instance>(v).table = Some(table);
        self.release(mark);
        Ok(Some(table))
    }

    /// Properties, `__set__`, `__setattr__` and the like. True where one of them took the store.
    fn store_hook(&mut self, v: Value, class: Value, name: Qstr, access: Access) -> Res<bool> {
        let (place, set, own) = match access {
            Access::Store(_) => (1, q!("__set__"), q!("__setattr__")),
            _ => (2, q!("__delete__"), q!("__delattr__")),
        };
        let found = match cfg!(feature = "property") {
            true => self.user_lookup(class, name),
            false => None,
        };
        let mut hook = match found {
            Some(found) if self.is(found, Kind::Property) => match self.field(found, place) {
                Value::NONE => return Err(self.attribute_error(v, name)),
                setter => Some(setter),
            },
            Some(found) => self.lookup_special(found, set)?,
            None => None,
        };
        let mut first = v;
        if hook.is_none() {
            (hook, first) = (self.lookup_special(v, own)?, Value::qstr(name));
        }
        let Some(hook) = hook else { return Ok(false) };
        match access {
            Access::Store(value) => self.call(hook, &[first, value])?,
            _ => self.call(hook, &[first])?,
        };
        Ok(true)
    }

    /// A name set in a module of the firmware: `builtins` takes all, `sys` some, the others none.
    fn store_native_module(&mut self, v: Value, name: Qstr, access: Access) -> Res<()> {
        let is = |module: &'static ModuleDef| module.value() == v;
        if is(&crate::builtin::BUILTINS) {
            let dict = match self.roots.builtins {
                Some(dict) => dict,
                None => self.new_dict()?,
            };
            self.roots.builtins = Some(dict);
            self.cache.forget();
            return self.store_dict(v, dict, name, access);
        }
        if is(&crate::builtin::SYS) && self.store_sys(name, access)? {
            return Ok(());
        }
        Err(self.attribute_error(v, name))
    }
}
