//! Types of what a program cannot spell: functions, modules, generators; and `type`, `object`, `super`, `property`.

use crate::heap::Kind;
use crate::message::Part;
use crate::native::{
    Access, Args, Item, Member, PrintKind, Res, TypeDef, TypeSpec, func, func_1, func_2, func_3,
    static_fn,
};
use crate::object::generator::{Generator, state};
use crate::q;
use crate::qstr::Qstr;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// `type`
pub static TYPE: TypeDef = type_def!(TypeSpec {
    make_new: Some(type_new),
    ..TypeSpec::new(q!("type"))
});

fn type_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    match args.len() {
        1 => Ok(vm.type_of(args.at(0))),
        3 if vm.is_tuple(args.at(1)) && vm.is(args.at(2), Kind::Dict) => {
            let name = vm.canonical_key(args.at(0));
            vm.new_class(name, args.at(1), args.at(2))
        }
        3 => Err(vm.type_error(msg!("type bases and dict"))),
        _ => Err(vm.type_error(msg!("type takes 1 or 3 arguments"))),
    }
}

/// `object`
pub static OBJECT: TypeDef = type_def!(TypeSpec {
    make_new: Some(|vm, _, _| vm.alloc(Kind::Object, 0)),
    members: &[
        func_1(q!("__init__"), |_, _| Ok(Value::NONE)),
        static_fn(q!("__new__"), 1, 255, |vm, args| {
            if !vm.is(args.at(0), Kind::Class) {
                return Err(vm.type_error(msg!("arg must be user-type")));
            }
            vm.new_instance(args.at(0))
        }),
        #[cfg(feature = "methods")]
        func_3(q!("__setattr__"), |vm, v, name, value| {
            if !vm.is(v, Kind::Instance) {
                return Err(vm.type_error(msg!("arg must be user-type")));
            }
            let key = Value::qstr(vm.name_of(name)?);
            let table = vm.get::<super::class::Instance>(v).and_then(|i| i.table);
            let table = vm.table_set(table, key, value)?;
            vm.cell_mut::<super::class::Instance>(v).table = Some(table);
            Ok(Value::NONE)
        }),
        #[cfg(feature = "methods")]
        func_2(q!("__delattr__"), |vm, v, name| {
            let key = vm.canonical_key(name);
            let table = vm.get::<super::class::Instance>(v).and_then(|i| i.table);
            match key.as_qstr() {
                Some(_) if vm.table_remove(table, key) => Ok(Value::NONE),
                Some(name) => Err(vm.attribute_error(v, name)),
                None => Err(vm.type_error(msg!("attribute name must be a string"))),
            }
        }),
    ],
    ..TypeSpec::new(q!("object"))
});

/// A base class's `__init__`, where the base is native: makes the native part from these arguments.
pub(crate) static NATIVE_INIT: NativeFnCell = NativeFnCell(NativeDefRef(&INIT));
static INIT: [Member; 1] = [crate::native::func_kw(q!("__init__"), 1, 255, native_init)];

/// The function object of [`NATIVE_INIT`].
pub(crate) struct NativeFnCell(pub(crate) NativeDefRef);
pub(crate) struct NativeDefRef(&'static [Member; 1]);

impl NativeDefRef {
    pub(crate) fn value(&self) -> Value {
        match self.0[0].item() {
            Item::Fn(f) => Value::from_ptr(f),
            _ => Value::NONE,
        }
    }
}

fn native_init(vm: &mut Vm<'_>, args: Args) -> Res {
    let this = args.at(0);
    if vm.is(this, Kind::Instance) {
        vm.make_native_part(this, args.skip(1))?;
    }
    Ok(Value::NONE)
}

fn function_attr(vm: &mut Vm<'_>, v: Value, name: Qstr, access: Access) -> Res<Slot> {
    if access == Access::Load && name == q!("__name__") {
        return Ok(Some(Value::qstr(vm.function_name(v))));
    }
    if access == Access::Load && name == q!("__globals__") {
        let f = match vm.get::<super::function::Closure>(v) {
            Some(c) => c.fun,
            None => v,
        };
        return Ok(vm
            .get::<super::function::Function>(f)
            .map(|f| vm.cell::<crate::code::Code>(f.code).globals));
    }
    Ok(None)
}

/// Functions, of a program or native.
pub static FUNCTION: TypeDef = type_def!(TypeSpec {
    attr: Some(function_attr),
    ..TypeSpec::new(q!("function"))
});
/// Closures.
pub static CLOSURE: TypeDef = type_def!(TypeSpec {
    attr: Some(function_attr),
    ..TypeSpec::new(q!("closure"))
});

/// Bound methods.
pub static BOUND_METHOD: TypeDef = type_def!(TypeSpec {
    print: Some(|vm, v, sink, _| {
        let (fun, this) = vm.bound_parts(v).unwrap_or((v, v));
        let part = |v| Part::Value(v, PrintKind::Repr);
        let parts = [Part::Hex(v.bits(), 1), part(this), part(fun)];
        vm.write_with(sink, msg!("<bound_method 0x% %.%>"), &parts)
    }),
    attr: Some(|vm, v, name, access| {
        let (fun, this) = vm.bound_parts(v).unwrap_or((v, v));
        if access == Access::Load && name == q!("__self__") {
            return Ok(Some(this));
        }
        if access == Access::Load {
            vm.load_attr_maybe(fun, name)
        } else {
            Ok(None)
        }
    }),
    binary: Some(|vm, op, a, b| {
        if op != crate::native::BinaryOp::Equal {
            return Ok(None);
        }
        Ok(Some(Value::bool(
            vm.bound_parts(b).is_some() && vm.bound_parts(a) == vm.bound_parts(b),
        )))
    }),
    unary: Some(|vm, op, v| {
        if op != crate::native::UnaryOp::Hash {
            return Ok(None);
        }
        let (fun, this) = vm.bound_parts(v).unwrap_or((v, v));
        Ok(Value::try_small(((fun.bits() ^ this.bits()) >> 3) as isize))
    }),
    ..TypeSpec::new(q!("bound_method"))
});

/// Modules.
pub static MODULE: TypeDef = type_def!(TypeSpec::new(q!("module")));

/// Boxes of shared variables, which a program never sees as they are.
pub static CELL: TypeDef = type_def!(TypeSpec::new(q!("cell")));

/// Generators and coroutines.
pub static GENERATOR: TypeDef = type_def!(TypeSpec {
    print: Some(|vm, v, sink, _| {
        let parts = [
            super::print::name_of(vm.generator_name(v)),
            Part::Hex(v.bits(), 1),
        ];
        vm.write_with(sink, msg!("<generator object '%' at 0x%>"), &parts)
    }),
    members: &[
        func_2(q!("send"), |vm, g, value| {
            generator_step(vm, g, value, None)
        }),
        #[cfg(feature = "methods")]
        func(q!("throw"), 2, 4, generator_throw),
        #[cfg(feature = "methods")]
        func_2(q!("pend_throw"), generator_pend_throw),
        func_1(q!("close"), generator_close),
        func_1(q!("__next__"), |vm, g| {
            generator_step(vm, g, Value::NONE, None)
        }),
    ],
    ..TypeSpec::new(q!("generator"))
});

fn generator_step(vm: &mut Vm<'_>, g: Value, send: Value, throw: Slot) -> Res {
    match crate::run::resume_native(vm, g, send, throw)? {
        Some(v) => Ok(v),
        None => {
            let value = vm.result.take().unwrap_or(Value::NONE);
            Err(vm.stop_iteration(value))
        }
    }
}

/// What is thrown stays as it is: an inner object's `throw` gets it so.
fn generator_throw(vm: &mut Vm<'_>, args: Args) -> Res {
    let thrown = match args.get(2) {
        Some(value) if value != Value::NONE => {
            if vm.is_exception(value) {
                value
            } else {
                vm.call(args.at(1), &[value])?
            }
        }
        _ => args.at(1),
    };
    generator_step(vm, args.at(0), Value::NONE, Some(thrown))
}

/// Notes an exception to raise when the generator runs next; gives the one noted before.
fn generator_pend_throw(vm: &mut Vm<'_>, g: Value, e: Value) -> Res {
    if vm.cell::<Generator>(g).state() == state::RUNNING {
        return Err(vm.value_error(msg!("generator already executing")));
    }
    let pending = Some(e).filter(|&e| e != Value::NONE);
    let before = core::mem::replace(&mut vm.cell_mut::<Generator>(g).pending, pending);
    Ok(before.unwrap_or(Value::NONE))
}

fn generator_close(vm: &mut Vm<'_>, g: Value) -> Res {
    match vm.cell::<Generator>(g).state() {
        state::DONE => return Ok(Value::NONE),
        state::NEW => {
            vm.set_generator(g, state::DONE);
            return Ok(Value::NONE);
        }
        _ => {}
    }
    let e = vm.new_exception(super::exception::GENERATOR_EXIT.value(), &[])?;
    match crate::run::resume_native(vm, g, Value::NONE, Some(e)) {
        Ok(Some(_)) => Err(vm.error(
            &super::exception::RUNTIME_ERROR,
            msg!("generator ignored GeneratorExit"),
        )),
        Ok(None) => Ok(Value::NONE),
        Err(raised) => {
            if vm.raised_is(&super::exception::GENERATOR_EXIT)
                || vm.raised_is(&super::exception::STOP_ITERATION)
            {
                vm.take_raised(raised);
                return Ok(Value::NONE);
            }
            Err(raised)
        }
    }
}

impl Vm<'_> {
    fn generator_name(&self, v: Value) -> Qstr {
        // SAFETY: invariant 3; `v` is a generator.
        let frame = unsafe { Generator::frame(v.ptr()) };
        // SAFETY: invariant 3; a generator's frame is whole.
        frame.map_or(Qstr::EMPTY, |frame| {
            self.function_name(unsafe { (*frame).fun })
        })
    }
}

/// `property`
pub static PROPERTY: TypeDef = type_def!(TypeSpec {
    make_new: Some(|vm, _, args| {
        let part = |i, name| args.get_or_kw(i, name).unwrap_or(Value::NONE);
        let parts = [
            part(0, q!("fget")),
            part(1, q!("fset")),
            part(2, q!("fdel")),
        ];
        vm.new_fields(Kind::Property, &parts)
    }),
    members: &[
        func_2(q!("getter"), |vm, p, f| property_with(vm, p, f, 0)),
        func_2(q!("setter"), |vm, p, f| property_with(vm, p, f, 1)),
        func_2(q!("deleter"), |vm, p, f| property_with(vm, p, f, 2)),
    ],
    ..TypeSpec::new(q!("property"))
});

fn property_with(vm: &mut Vm<'_>, p: Value, function: Value, i: usize) -> Res {
    let mut parts = [vm.field(p, 0), vm.field(p, 1), vm.field(p, 2)];
    parts[i] = function;
    vm.new_fields(Kind::Property, &parts)
}

/// `staticmethod`
pub static STATIC_METHOD: TypeDef = type_def!(TypeSpec {
    make_new: Some(|vm, _, args| vm.new_fields(Kind::StaticMethod, &[args.at(0)])),
    arity: (1, 1),
    ..TypeSpec::new(q!("staticmethod"))
});
/// `classmethod`
pub static CLASS_METHOD: TypeDef = type_def!(TypeSpec {
    make_new: Some(|vm, _, args| vm.new_fields(Kind::ClassMethod, &[args.at(0)])),
    arity: (1, 1),
    ..TypeSpec::new(q!("classmethod"))
});

/// `super`
pub static SUPER: TypeDef = type_def!(TypeSpec {
    make_new: Some(|vm, _, args| {
        let (class, this) = (args.at(0), args.at(1));
        let of = if vm.is_class(this) {
            this
        } else {
            vm.type_of(this)
        };
        let base = class == OBJECT.value();
        if !vm.is_class(class) || !(base || vm.is_subclass(of, class)) {
            return Err(vm.type_error(msg!("")));
        }
        vm.new_fields(Kind::Super, &[args.at(0), args.at(1)])
    }),
    arity: (2, 2),
    print: Some(|vm, v, sink, _| {
        let part = |i| Part::Value(vm.field(v, i), PrintKind::Str);
        let parts = [part(0), part(1)];
        vm.write_with(sink, msg!("<super: %, %>"), &parts)
    }),
    attr: Some(|vm, v, name, access| {
        if access != Access::Load {
            return Ok(None);
        }
        let (class, this) = (vm.field(v, 0), vm.field(v, 1));
        match vm.super_parts(class, this, name)? {
            (f, Some(this)) => vm.new_bound_method(f, this).map(Some),
            (f, None) => Ok(Some(f)),
        }
    }),
    ..TypeSpec::new(q!("super"))
});
