//! The functions and types of `builtins`.

use crate::codec::utf8;
use crate::heap::Kind;
use crate::message::Part;
use crate::native::{
    ANY, Access, Args, BinaryOp, Item, Member, ModuleDef, PrintKind, Res, Sink, UnaryOp, func,
    func_0_1, func_1, func_1_2, func_2, func_2_3, func_3, func_kw, member,
};
use crate::num::float::libm::{self, narrow, wide};
use crate::object::{self, exception as types};
use crate::q;
use crate::qstr::Qstr;
use crate::value::{Slot, Value};
use crate::vm::Vm;

static MEMBERS: &[Member] = &[
    func_kw(q!("print"), 0, ANY, print),
    func_1(q!("len"), |vm, v| {
        if let Some(n) = quick_len(vm, v) {
            return Ok(Value::small(n));
        }
        let n = vm.len_of(v)?;
        vm.new_int(n as i64)
    }),
    func_1(q!("repr"), |vm, v| vm.to_str(v, PrintKind::Repr)),
    func_1(q!("abs"), |vm, v| vm.unary(UnaryOp::Abs, v)),
    func_1(q!("all"), |vm, v| fold(vm, v, true)),
    func_1(q!("any"), |vm, v| fold(vm, v, false)),
    #[cfg(feature = "functions")]
    func_1(q!("callable"), |vm, v| callable(vm, v).map(Value::bool)),
    func_1(q!("chr"), chr),
    func_1(q!("ord"), ord),
    #[cfg(feature = "functions")]
    func_1(q!("bin"), |vm, v| in_base(vm, v, "0b", 2)),
    #[cfg(feature = "functions")]
    func_1(q!("oct"), |vm, v| in_base(vm, v, "0o", 8)),
    func_1(q!("hex"), |vm, v| in_base(vm, v, "0x", 16)),
    #[cfg(feature = "functions")]
    func_2(q!("divmod"), |vm, v, other| {
        if vm.is(v, Kind::Instance)
            && let Some(parts) = vm.call_special(v, q!("__divmod__"), &[other])?
        {
            return Ok(parts);
        }
        let (a, b) = (vm.native_part(v), vm.native_part(other));
        if !vm.is_number(a) || !vm.is_number(b) {
            return Err(vm.unsupported_for(Part::Text(b"__divmod__"), a, b));
        }
        let quotient = vm.binary(BinaryOp::FloorDivide, a, b)?;
        vm.root(quotient)?;
        let rest = vm.binary(BinaryOp::Modulo, a, b)?;
        vm.new_tuple(&[quotient, rest])
    }),
    #[cfg(feature = "functions")]
    func_2_3(q!("pow"), |vm, base, exponent, modulus| match modulus {
        Some(modulus) if modulus != Value::NONE => vm.power_modulo(base, exponent, modulus),
        _ => vm.binary(BinaryOp::Power, base, exponent),
    }),
    #[cfg(all(feature = "format", feature = "extras"))]
    func_1_2(q!("format"), object::format::format_value),
    func_1(q!("hash"), hash),
    #[cfg(feature = "functions")]
    func_1(q!("id"), |vm, v| vm.new_int((v.bits() >> 1) as i64)),
    func_2_3(q!("getattr"), |vm, v, name, default| {
        let name = vm.name_of(name)?;
        if let Some(found) = vm.own_attr(v, name) {
            return Ok(found);
        }
        let Some(default) = default else {
            return vm.load_attr(v, name);
        };
        Ok(vm.attr_or_none(v, name)?.unwrap_or(default))
    }),
    func_3(q!("setattr"), |vm, v, name, value| {
        let name = vm.name_of(name)?;
        vm.store_attr(v, name, Access::Store(value))?;
        Ok(Value::NONE)
    }),
    #[cfg(feature = "functions")]
    func_2(q!("delattr"), |vm, v, name| {
        let name = vm.name_of(name)?;
        vm.store_attr(v, name, Access::Delete)?;
        Ok(Value::NONE)
    }),
    func_2(q!("hasattr"), |vm, v, name| {
        let name = vm.name_of(name)?;
        vm.attr_or_none(v, name).map(|v| Value::bool(v.is_some()))
    }),
    func_2(q!("isinstance"), |vm, v, classes| {
        let class = vm.type_of(v);
        subclass_of_any(vm, class, classes).map(Value::bool)
    }),
    func_2(q!("issubclass"), |vm, class, classes| {
        if !vm.is_class(class) {
            return Err(vm.type_error(msg!("issubclass() arg 1 must be a class")));
        }
        subclass_of_any(vm, class, classes).map(Value::bool)
    }),
    #[cfg(not(feature = "extras"))]
    func_1(q!("iter"), |vm, v| vm.iter(v)),
    #[cfg(feature = "extras")]
    func_1_2(q!("iter"), |vm, v, sentinel| match sentinel {
        Some(sentinel) => vm.new_callable_iter(v, sentinel),
        None => vm.iter(v),
    }),
    func_1_2(q!("next"), |vm, iterator, default| {
        match vm.next_or_raise(iterator) {
            Ok(Some(v)) => Ok(v),
            Ok(None) => match default {
                Some(v) => Ok(v),
                None => Err(vm.stop_iteration(Value::NONE)),
            },
            Err(raised) => match default {
                Some(v) if vm.raised_is(&types::STOP_ITERATION) => {
                    vm.take_raised(raised);
                    Ok(v)
                }
                _ => Err(raised),
            },
        }
    }),
    func_kw(q!("max"), 1, ANY, |vm, args| {
        extreme(vm, args, BinaryOp::More)
    }),
    func_kw(q!("min"), 1, ANY, |vm, args| {
        extreme(vm, args, BinaryOp::Less)
    }),
    func_kw(q!("sorted"), 1, 1, |vm, args| {
        args.check_keywords(vm, &[q!("key"), q!("reverse")])?;
        let list = vm.collect_list(args.at(0))?;
        let key = args.kw(q!("key")).filter(|&k| k != Value::NONE);
        let reverse = match args.kw(q!("reverse")) {
            Some(v) => vm.truth(v)?,
            None => false,
        };
        vm.sort_list(list, key, reverse)?;
        Ok(list)
    }),
    func_1_2(q!("sum"), |vm, items, start| {
        let total = vm.keep(start.unwrap_or(Value::small(0)))?;
        vm.for_each(items, |vm, item| {
            let so_far = vm.kept(&total);
            let next = match quick_sum(so_far, item) {
                Some(next) => next,
                None => vm.binary(BinaryOp::Add, so_far, item)?,
            };
            vm.set_kept(&total, next);
            Ok(true)
        })?;
        Ok(vm.kept(&total))
    }),
    #[cfg(feature = "functions")]
    func_1_2(q!("round"), round),
    #[cfg(feature = "files")]
    func_kw(q!("open"), 0, 4, |vm, args| vm.open(args)),
    #[cfg(feature = "files")]
    func_0_1(q!("input"), super::io::input),
    #[cfg(feature = "functions")]
    func(q!("globals"), 0, 0, |vm, _| Ok(vm.running_globals())),
    #[cfg(feature = "functions")]
    func(q!("locals"), 0, 0, |vm, _| Ok(vm.running_names())),
    #[cfg(feature = "help")]
    func_0_1(q!("dir"), super::inspect::dir),
    #[cfg(feature = "functions")]
    func(q!("__import__"), 1, 5, import),
    #[cfg(feature = "help")]
    func_0_1(q!("help"), super::inspect::help),
    #[cfg(feature = "mod-string")]
    super::string::NEW,
    member(q!("__build_class__"), Item::Const(Value::BUILD_CLASS)),
    member(q!("bool"), Item::Type(&object::singleton::BOOL)),
    member(q!("int"), Item::Type(&object::int::INT)),
    #[cfg(feature = "float")]
    member(q!("float"), Item::Type(&object::float::FLOAT)),
    #[cfg(feature = "complex")]
    member(q!("complex"), Item::Type(&object::complex::COMPLEX)),
    member(q!("str"), Item::Type(&object::text::STR)),
    member(q!("bytes"), Item::Type(&object::bytes::BYTES)),
    #[cfg(feature = "buffer")]
    member(q!("bytearray"), Item::Type(&object::buffer::BYTEARRAY)),
    #[cfg(feature = "buffer")]
    member(q!("memoryview"), Item::Type(&object::buffer::MEMORYVIEW)),
    member(q!("list"), Item::Type(&object::list::LIST)),
    member(q!("tuple"), Item::Type(&object::tuple::TUPLE)),
    member(q!("dict"), Item::Type(&object::dict::DICT)),
    #[cfg(feature = "set")]
    member(q!("set"), Item::Type(&object::set::SET)),
    #[cfg(feature = "set")]
    member(q!("frozenset"), Item::Type(&object::set::FROZENSET)),
    member(q!("range"), Item::Type(&object::slice::RANGE)),
    #[cfg(feature = "slices")]
    member(q!("slice"), Item::Type(&object::slice::SLICE)),
    member(q!("enumerate"), Item::Type(&object::adaptor::ENUMERATE)),
    member(q!("zip"), Item::Type(&object::adaptor::ZIP)),
    #[cfg(feature = "functions")]
    member(q!("map"), Item::Type(&object::adaptor::MAP)),
    #[cfg(feature = "functions")]
    member(q!("filter"), Item::Type(&object::adaptor::FILTER)),
    #[cfg(feature = "functions")]
    member(q!("reversed"), Item::Type(&object::adaptor::REVERSED)),
    member(q!("object"), Item::Type(&object::types::OBJECT)),
    member(q!("type"), Item::Type(&object::types::TYPE)),
    member(q!("super"), Item::Type(&object::types::SUPER)),
    #[cfg(feature = "property")]
    member(q!("property"), Item::Type(&object::types::PROPERTY)),
    member(
        q!("staticmethod"),
        Item::Type(&object::types::STATIC_METHOD),
    ),
    member(q!("classmethod"), Item::Type(&object::types::CLASS_METHOD)),
    #[cfg(feature = "functions")]
    member(q!("Ellipsis"), Item::Const(Value::ELLIPSIS)),
    #[cfg(feature = "functions")]
    member(q!("NotImplemented"), Item::Const(Value::NOT_IMPLEMENTED)),
];

/// The module `builtins`.
pub static BUILTINS: ModuleDef = ModuleDef::new(q!("builtins"), MEMBERS);

fn print(vm: &mut Vm<'_>, args: Args) -> Res {
    args.check_keywords(vm, &[q!("sep"), q!("end"), q!("file")])?;
    let sink = match args.kw(q!("file")).filter(|&v| v != Value::NONE) {
        Some(file) => vm.sink_of(file)?,
        None => Sink::Console,
    };
    let text = |name| args.kw(name).filter(|&v| v != Value::NONE);
    let (sep, end) = (text(q!("sep")), text(q!("end")));
    // Before anything is printed.
    if !sep.is_none_or(|sep| vm.is_str(sep)) || !end.is_none_or(|end| vm.is_str(end)) {
        return Err(vm.type_error(msg!("sep and end must be str")));
    }
    for i in 0..args.len() {
        if i > 0 {
            separate(vm, sink, sep, b" ")?;
        }
        vm.print(args.item(i), sink, PrintKind::Str)?;
    }
    separate(vm, sink, end, b"\n")?;
    Ok(Value::NONE)
}

/// Writes what a program chose to stand between others, or what usually does.
pub(super) fn separate(vm: &mut Vm<'_>, sink: Sink, text: Slot, usual: &[u8]) -> Res<()> {
    match text {
        Some(text) => vm.print(text, sink, PrintKind::Str),
        None => vm.write(sink, usual),
    }
}

/// How many items a container has that is asked most often.
#[inline(always)]
fn quick_len(vm: &Vm<'_>, v: Value) -> Option<isize> {
    if cfg!(romfs_vm_small) {
        return None;
    }
    match vm.kind(v)? {
        Kind::List => Some(vm.list_len(v) as isize),
        Kind::Tuple | Kind::Dict | Kind::Set => Some(vm.header(v).len as isize),
        _ => None,
    }
}

/// The sum of two small ints, where it is one.
#[inline(always)]
fn quick_sum(a: Value, b: Value) -> Option<Value> {
    if cfg!(romfs_vm_small) {
        return None;
    }
    Value::try_small(a.as_small()?.checked_add(b.as_small()?)?)
}

/// `all` and `any`: whether every item is as `expected`, which the first that is not decides.
fn fold(vm: &mut Vm<'_>, v: Value, expected: bool) -> Res {
    let mut result = expected;
    vm.for_each(v, |vm, item| {
        result = vm.truth(item)?;
        Ok(result == expected)
    })?;
    Ok(Value::bool(result))
}

fn callable(vm: &mut Vm<'_>, v: Value) -> Res<bool> {
    Ok(match vm.kind(v) {
        Some(
            Kind::Function
            | Kind::Closure
            | Kind::Native
            | Kind::BoundMethod
            | Kind::Class
            | Kind::Type,
        ) => true,
        Some(Kind::Instance) => vm.lookup_special(v, q!("__call__"))?.is_some(),
        _ => vm.native_type(v).is_some_and(|t| t.call().is_some()),
    })
}

fn chr(vm: &mut Vm<'_>, v: Value) -> Res {
    let n = vm.as_index(v)?;
    vm.new_char(u32::try_from(n).unwrap_or(u32::MAX))
}

fn ord(vm: &mut Vm<'_>, v: Value) -> Res {
    let n = match vm.str_bytes(v) {
        Some(&[c]) if c < 0x80 => Some(c as isize),
        Some(text) => utf8::decode(text)
            .filter(|&(_, length)| length == text.len())
            .map(|(code, _)| code as isize),
        None => vm
            .bytes_of(v)
            .filter(|b| b.len() == 1)
            .map(|b| b[0] as isize),
    };
    match n {
        Some(n) => Ok(Value::small(n)),
        None => Err(not_a_character(vm, v)),
    }
}

#[cold]
fn not_a_character(vm: &mut Vm<'_>, v: Value) -> crate::raise::Raised {
    if !cfg!(feature = "messages") {
        return vm.type_error(msg!(""));
    }
    if vm.is_str(v) || vm.bytes_of(v).is_some() {
        let n = vm.text_len(v);
        return vm.type_error_with(
            msg!("ord() expected a character, but string of length % found"),
            &[Part::count(n)],
        );
    }
    vm.cannot_convert_implicitly(v, "str")
}

fn in_base(vm: &mut Vm<'_>, v: Value, prefix: &str, base: u32) -> Res {
    let v = match vm.is(v, Kind::Instance) {
        true => object::int::to_int(vm, v)?,
        false => v,
    };
    vm.root(v)?;
    // Without memory but for the result, where that is worth its bytes.
    let small = if cfg!(romfs_vm_small) {
        None
    } else {
        vm.as_int(v).and_then(|n| isize::try_from(n).ok())
    };
    let Some(n) = small else {
        if !vm.is_int(v) {
            return Err(vm.cannot_convert(v, "int"));
        }
        let sign: &[u8] = if vm.int_is_negative(v) { b"-" } else { b"" };
        let (digits, start) = vm.int_text(v, base, false)?;
        let len = vm.bytes_len(digits);
        let out = vm.new_scratch()?;
        vm.bytearray_push(out, sign)?;
        vm.bytearray_push(out, prefix.as_bytes())?;
        vm.write_part(Sink::Buffer(out), digits, start, len)?;
        return vm.buffer_to_str(out);
    };
    let mut text = crate::raise::Text::new();
    text.push(if n < 0 { b"-" } else { b"" });
    text.push(prefix.as_bytes());
    text.push(object::print::Digits::new(n.unsigned_abs(), base as usize, 1).as_bytes());
    vm.new_str(text.as_bytes())
}

fn subclass_of_any(vm: &mut Vm<'_>, class: Value, of: Value) -> Res<bool> {
    if vm.is_class(of) {
        return Ok(of == object::types::OBJECT.value() || vm.is_subclass(class, of));
    }
    let Some(n) = vm.tuple_items(of).map(<[Slot]>::len) else {
        return Err(vm.type_error(msg!(
            "issubclass() arg 2 must be a class or a tuple of classes"
        )));
    };
    for i in 0..n {
        let one = vm.tuple_items(of).and_then(|t| t[i]).unwrap_or(Value::NONE);
        if subclass_of_any(vm, class, one)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn extreme(vm: &mut Vm<'_>, args: Args, op: BinaryOp) -> Res {
    args.check_keywords(vm, &[q!("key"), q!("default")])?;
    let key = args.kw(q!("key")).filter(|&k| k != Value::NONE);
    let (best, best_rank) = (vm.keep(Value::NONE)?, vm.keep(Value::NONE)?);
    let mut any = false;
    let take = |vm: &mut Vm<'_>, item| {
        let rank = match key {
            Some(key) => vm.call(key, &[item])?,
            None => item,
        };
        if !any || vm.compare(op, rank, vm.kept(&best_rank))? {
            vm.set_kept(&best, item);
            vm.set_kept(&best_rank, rank);
            any = true;
        }
        Ok(true)
    };
    if args.len() == 1 {
        vm.for_each(args.at(0), take)?;
    } else {
        let mut take = take;
        for i in 0..args.len() {
            let mark = vm.mark();
            take(vm.again(), args.item(i))?;
            vm.release(mark);
        }
    }
    if any {
        return Ok(vm.kept(&best));
    }
    match args.kw(q!("default")) {
        Some(v) => Ok(v),
        None => Err(vm.value_error(msg!("arg is an empty sequence"))),
    }
}

fn round(vm: &mut Vm<'_>, v: Value, digits: Slot) -> Res {
    let v = vm.native_part(v);
    if vm.is_int(v) {
        return round_int(vm, v, digits);
    }
    let x = vm.to_float(v)?;
    match digits {
        Some(n) => {
            let n = vm.as_index(n)?;
            let scale = wide(narrow(libm::pow(10.0, n as f64)));
            let scaled = wide(narrow(wide(x) * scale));
            vm.new_float(narrow(libm::rint(scaled) / scale))
        }
        None => {
            let whole = vm.new_float(narrow(libm::rint(wide(x))))?;
            object::int::to_int(vm, whole)
        }
    }
}

/// `round` of an int: to a power of ten, halves to the even side.
fn round_int(vm: &mut Vm<'_>, v: Value, digits: Slot) -> Res {
    let v = vm.unary(UnaryOp::Positive, v)?;
    let digits = match digits {
        Some(n) => vm.as_index(n)?,
        None => 0,
    };
    if digits >= 0 {
        return Ok(v);
    }
    vm.root(v)?;
    let one = Value::small(1);
    let unit = rooted(vm, BinaryOp::Power, Value::small(10), Value::small(-digits))?;
    let half = rooted(vm, BinaryOp::Rshift, unit, one)?;
    let moved = rooted(vm, BinaryOp::Add, v, half)?;
    let rest = rooted(vm, BinaryOp::Modulo, moved, unit)?;
    let mut whole = rooted(vm, BinaryOp::FloorDivide, moved, unit)?;
    if rest == Value::small(0) {
        // Just between two: the even one, which ends in a zero bit.
        whole = rooted(vm, BinaryOp::And, whole, Value::small(-2))?;
    }
    vm.binary(BinaryOp::Multiply, whole, unit)
}

/// The result of an operator, rooted.
fn rooted(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res {
    let result = vm.binary(op, a, b)?;
    vm.root(result)?;
    Ok(result)
}

/// `hash(v)`: an object's own answer as it gave it, what tables use otherwise.
fn hash(vm: &mut Vm<'_>, v: Value) -> Res {
    if let Some(h) = vm.own_hash(v)? {
        return object::int::to_int(vm, h);
    }
    let h = vm.hash(v)?;
    vm.new_int(h as i64)
}

/// `__import__(name, globals, locals, fromlist, level)`.
fn import(vm: &mut Vm<'_>, args: Args) -> Res {
    if !vm.is_str(args.at(0)) {
        return Err(vm.cannot_convert_implicitly(args.at(0), "str"));
    }
    let name = vm.name_of(args.at(0))?;
    let from = args.get(3).unwrap_or(Value::NONE);
    let level = match args.get(4) {
        Some(level) => vm.as_index(level)?,
        None => 0,
    };
    if level < 0 {
        return Err(vm.value_error(msg!("")));
    }
    let globals = match args.get(1) {
        Some(globals) if globals != Value::NONE => globals,
        _ => vm.running_globals(),
    };
    if level > 0 && !vm.is(globals, crate::heap::Kind::Dict) {
        return Err(vm.type_error(msg!("")));
    }
    vm.import_with(name, level, from, globals)
}

impl Vm<'_> {
    /// The qstr of an attribute's name that a program computed.
    #[inline]
    pub(crate) fn name_of(&mut self, v: Value) -> Res<Qstr> {
        match self.canonical_key(v).as_qstr() {
            Some(q) => Ok(q),
            None => self.new_name_of(v),
        }
    }

    #[inline(never)]
    fn new_name_of(&mut self, v: Value) -> Res<Qstr> {
        let Some(text) = self.str_bytes(v) else {
            return Err(self.type_error(msg!("attribute name must be a string")));
        };
        let mut copy = [0; crate::qstr::MAX_NAME + 1];
        let n = text.len().min(copy.len());
        copy[..n].copy_from_slice(&text[..n]);
        self.intern(&copy[..n])
    }

    /// An attribute, or `None` where the lookup ends in an `AttributeError`.
    pub(crate) fn attr_or_none(&mut self, v: Value, name: Qstr) -> Res<Slot> {
        match self.load_attr_maybe(v, name) {
            Err(raised) if self.raised_is(&types::ATTRIBUTE_ERROR) => {
                self.take_raised(raised);
                Ok(None)
            }
            answer => answer,
        }
    }

    /// The globals of the function that runs.
    pub(crate) fn running_globals(&self) -> Value {
        if self.frame.is_null() {
            return Value::NONE;
        }
        // SAFETY: invariant 3; the running frame is whole.
        unsafe { (*(*self.frame).code).globals }
    }

    /// The names that the running code stores to: a class body's, or the globals.
    pub(crate) fn running_names(&self) -> Value {
        if self.frame.is_null() {
            return Value::NONE;
        }
        // SAFETY: invariant 3; the running frame is whole.
        unsafe { (*self.frame).names }.unwrap_or(self.running_globals())
    }
}
