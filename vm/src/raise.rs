//! Raising: the exception is parked in the VM, and `Err(Raised)` says so.

use core::fmt::{self, Write};

use crate::heap::{Cell, Header, Kind};
use crate::message::Part;
use crate::native::{Access, Args, PrintKind, Res, Sink, TypeDef};
use crate::object::exception as types;
use crate::q;
use crate::qstr::Qstr;
use crate::text::Msg;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// An exception is on its way: the VM holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raised(());

const _: () = assert!(size_of::<Result<Value, Raised>>() == size_of::<usize>());

/// An exception of a native type.
#[repr(C)]
pub struct Exception {
    /// The cell's header.
    pub header: Header,
    /// Its type.
    pub class: Value,
    /// A tuple of its arguments.
    pub args: Slot,
    /// Where it passed: a list of file, line, function, three items a frame.
    pub trace: Slot,
}

// SAFETY: `repr(C)`, header first.
unsafe impl Cell for Exception {
    const KIND: Kind = Kind::Exception;
}

/// Text of bounded length, for messages: what does not fit is cut off.
pub struct Text {
    bytes: [u8; 160],
    len: usize,
}

impl Text {
    /// No text yet.
    pub fn new() -> Text {
        Text {
            bytes: [0; 160],
            len: 0,
        }
    }

    /// Appends bytes of UTF-8, as many as there is room for.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let mut n = bytes.len().min(self.bytes.len() - self.len);
        while bytes.get(n).is_some_and(|b| b & 0xC0 == 0x80) {
            n -= 1;
        }
        self.bytes[self.len..self.len + n].copy_from_slice(&bytes[..n]);
        self.len += n;
    }

    /// Appends a byte that is a character of its own, if there is room.
    #[cfg(romfs_vm_packed)]
    pub(crate) fn push_ascii(&mut self, byte: u8) {
        if let Some(room) = self.bytes.get_mut(self.len) {
            *room = byte;
            self.len += 1;
        }
    }

    /// Nothing again.
    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    /// What was written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Default for Text {
    fn default() -> Self {
        Text::new()
    }
}

impl Write for Text {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.push(s.as_bytes());
        Ok(())
    }
}

/// Bytes shown as text in a message.
pub struct Show<'a>(pub &'a [u8]);

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(self.as_bytes()).unwrap_or(""))
    }
}

impl fmt::Display for Show<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
        }
        Ok(())
    }
}

impl Raised {
    /// For code that has parked the exception itself.
    pub(crate) fn parked() -> Raised {
        Raised(())
    }
}

/// What an exception says: a text of the caller's, or one of the firmware's.
pub trait Message: Sized {
    /// Raises an exception of a native type that says so.
    #[doc(hidden)]
    fn raise(self, vm: &mut Vm<'_>, class: &'static TypeDef) -> Raised;

    /// Raises a `TypeError`.
    #[doc(hidden)]
    #[inline(always)]
    fn raise_type_error(self, vm: &mut Vm<'_>) -> Raised {
        self.raise(vm, &types::TYPE_ERROR)
    }

    /// Raises a `ValueError`.
    #[doc(hidden)]
    #[inline(always)]
    fn raise_value_error(self, vm: &mut Vm<'_>) -> Raised {
        self.raise(vm, &types::VALUE_ERROR)
    }
}

impl Message for &str {
    #[inline(always)]
    fn raise(self, vm: &mut Vm<'_>, class: &'static TypeDef) -> Raised {
        vm.error_text(class, self)
    }
}

impl Message for Msg {
    #[cold]
    #[inline(never)]
    fn raise(self, vm: &mut Vm<'_>, class: &'static TypeDef) -> Raised {
        vm.error_bytes(class, self.text().as_bytes())
    }

    #[cold]
    #[inline(never)]
    fn raise_type_error(self, vm: &mut Vm<'_>) -> Raised {
        self.raise(vm, &types::TYPE_ERROR)
    }

    #[cold]
    #[inline(never)]
    fn raise_value_error(self, vm: &mut Vm<'_>) -> Raised {
        self.raise(vm, &types::VALUE_ERROR)
    }
}

impl<'a> Vm<'a> {
    /// Raises an exception object (or a class, which is called first).
    #[cold]
    pub fn raise(&mut self, exception: Value) -> Raised {
        match self.raisable(exception) {
            Ok(exception) => {
                self.raised = Some(exception);
                Raised(())
            }
            Err(raised) => raised,
        }
    }

    /// Raises an exception of a native type with a fixed message; without one where messages are left out.
    #[inline(always)]
    pub fn error(&mut self, class: &'static TypeDef, message: impl Message) -> Raised {
        if cfg!(feature = "messages") {
            message.raise(self, class)
        } else {
            self.error_bare(class)
        }
    }

    /// Raises an exception of a native type with a fixed message, which is there in every build.
    #[cold]
    #[inline(never)]
    pub(crate) fn error_text(&mut self, class: &'static TypeDef, message: &str) -> Raised {
        self.error_bytes(class, message.as_bytes())
    }

    /// The same with a message of UTF-8.
    #[cold]
    #[inline(never)]
    pub(crate) fn error_bytes(&mut self, class: &'static TypeDef, message: &[u8]) -> Raised {
        let mark = self.mark();
        let made = match self.new_str(message) {
            Ok(text) => self.new_exception(class.value(), &[text]),
            // Without memory for the message the exception goes without.
            Err(_) => self.new_exception(class.value(), &[]),
        };
        let raised = match made {
            Ok(exception) => self.raise(exception),
            Err(raised) => raised,
        };
        self.release(mark);
        raised
    }

    /// Raises an exception of a native type with a message made for the occasion; without one where messages are left
    /// out.
    #[inline(always)]
    pub fn error_fmt(&mut self, class: &'static TypeDef, message: fmt::Arguments<'_>) -> Raised {
        if cfg!(feature = "messages") {
            self.error_made(class, message)
        } else {
            self.error_bare(class)
        }
    }

    /// Raises an exception of a native type whose message is a name alone, as all have it that are about one where messages
    /// are left out.
    #[cold]
    #[inline(never)]
    pub(crate) fn error_name(&mut self, class: &'static TypeDef, name: Qstr) -> Raised {
        match self.new_exception(class.value(), &[Value::qstr(name)]) {
            Ok(exception) => self.raise(exception),
            Err(raised) => raised,
        }
    }

    #[cold]
    #[inline(never)]
    fn error_made(&mut self, class: &'static TypeDef, message: fmt::Arguments<'_>) -> Raised {
        let mut text = Text::new();
        let _ = text.write_fmt(message);
        self.error_bytes(class, text.as_bytes())
    }

    /// Raises an exception of a native type without a message.
    #[cold]
    #[inline(never)]
    pub fn error_bare(&mut self, class: &'static TypeDef) -> Raised {
        match self.new_exception(class.value(), &[]) {
            Ok(exception) => self.raise(exception),
            Err(raised) => raised,
        }
    }

    /// `TypeError` with a fixed message.
    #[inline(always)]
    pub fn type_error(&mut self, message: impl Message) -> Raised {
        if cfg!(feature = "messages") {
            message.raise_type_error(self)
        } else {
            self.type_error_bare()
        }
    }

    #[cold]
    #[inline(never)]
    fn type_error_bare(&mut self) -> Raised {
        self.error_bare(&types::TYPE_ERROR)
    }

    /// `ValueError` with a fixed message.
    #[inline(always)]
    pub fn value_error(&mut self, message: impl Message) -> Raised {
        if cfg!(feature = "messages") {
            message.raise_value_error(self)
        } else {
            self.value_error_bare()
        }
    }

    #[cold]
    #[inline(never)]
    fn value_error_bare(&mut self) -> Raised {
        self.error_bare(&types::VALUE_ERROR)
    }

    /// `OSError` with an errno.
    #[cold]
    pub fn os_error(&mut self, errno: i32) -> Raised {
        match self.new_exception(types::OS_ERROR.value(), &[Value::small(errno as isize)]) {
            Ok(exception) => self.raise(exception),
            Err(raised) => raised,
        }
    }

    /// `KeyError` of a key.
    #[cold]
    pub fn key_error(&mut self, key: Value) -> Raised {
        match self.new_exception(types::KEY_ERROR.value(), &[key]) {
            Ok(exception) => self.raise(exception),
            Err(raised) => raised,
        }
    }

    /// `StopIteration`, with a value unless it is None.
    #[cold]
    pub fn stop_iteration(&mut self, value: Value) -> Raised {
        let args: &[Value] = if value == Value::NONE { &[] } else { &[value] };
        match self.new_exception(types::STOP_ITERATION.value(), args) {
            Ok(exception) => self.raise(exception),
            Err(raised) => raised,
        }
    }

    /// `MemoryError`, without allocating.
    #[cold]
    #[inline(never)]
    pub fn memory_error(&mut self) -> Raised {
        self.raised = self.roots.no_memory;
        Raised(())
    }

    /// The error of a name that a value does not have.
    #[cold]
    #[inline(never)]
    pub fn attribute_error(&mut self, v: Value, name: Qstr) -> Raised {
        if !cfg!(feature = "messages") {
            return self.error_name(&types::ATTRIBUTE_ERROR, name);
        }
        let (template, class) = match self.as_type_name(v) {
            Some(class) => (
                msg!("type object '%' has no attribute '%'"),
                Part::Name(class),
            ),
            None => (msg!("'%' object has no attribute '%'"), Part::TypeOf(v)),
        };
        self.error_with(
            &types::ATTRIBUTE_ERROR,
            template,
            &[class, Part::Name(name)],
        )
    }

    /// A new exception object of a class (native or made by a program) with these arguments.
    pub fn new_exception(&mut self, class: Value, args: &[Value]) -> Res {
        let mark = self.mark();
        for &a in args {
            self.root(a)?;
        }
        let tuple = self.new_tuple(args).ok();
        let cell = self.exception_cell(class, tuple);
        self.release(mark);
        self.root(cell)?;
        Ok(cell)
    }

    /// An exception object; where there is no memory for one, the one that the VM keeps for that, without arguments.
    fn exception_cell(&mut self, class: Value, args: Slot) -> Value {
        let (cell, args) = match self.alloc(Kind::Exception, 0) {
            Ok(cell) => (cell, args),
            Err(_) => match self.roots.emergency.or(self.roots.no_memory) {
                Some(cell) => (cell, None),
                None => return Value::NONE,
            },
        };
        let e = self.cell_mut::<Exception>(cell);
        (e.class, e.args, e.trace) = (class, args, None);
        cell
    }

    /// Takes the exception that is on its way.
    pub fn take_raised(&mut self, _: Raised) -> Value {
        self.raised.take().unwrap_or(Value::NONE)
    }

    /// Whether the exception on its way is of a native type or one that extends it.
    pub fn raised_is(&mut self, class: &'static TypeDef) -> bool {
        match self.raised {
            Some(e) => self.is_instance(e, class),
            None => false,
        }
    }
}

/// `make_new` of the exception types.
pub(crate) fn make_exception(vm: &mut Vm<'_>, class: Value, args: Args) -> Res {
    let tuple = vm.new_tuple_of(args).ok();
    Ok(vm.exception_cell(class, tuple))
}

/// The exception's own cell, of a native one or of an instance of a program's class.
fn own_cell(vm: &Vm<'_>, v: Value) -> Option<Value> {
    let part = vm.native_part(v);
    if vm.is(part, Kind::Exception) {
        Some(part)
    } else {
        None
    }
}

impl Vm<'_> {
    /// The arguments of an exception.
    pub fn exception_args(&self, v: Value) -> &[Slot] {
        match own_cell(self, v).and_then(|e| self.cell::<Exception>(e).args) {
            Some(args) => self.slots(args),
            None => &[],
        }
    }

    /// Its first argument, or None: the value of a `StopIteration`, the status of a `SystemExit`.
    pub fn exception_value(&self, v: Value) -> Value {
        self.exception_args(v)
            .first()
            .copied()
            .flatten()
            .unwrap_or(Value::NONE)
    }

    /// Whether a value can be raised.
    pub fn is_exception(&self, v: Value) -> bool {
        own_cell(self, v).is_some()
    }

    /// What `raise v` raises.
    pub(crate) fn raisable(&mut self, v: Value) -> Res {
        let v = if self.is_class(v) && self.is_subclass(v, types::BASE_EXCEPTION.value()) {
            self.call(v, &[])?
        } else {
            v
        };
        if self.is_exception(v) {
            Ok(v)
        } else {
            Err(self.type_error(msg!("exceptions must derive from BaseException")))
        }
    }

    /// Notes where an exception passed.
    pub(crate) fn add_trace(&mut self, v: Value, file: Qstr, line: u32, function: Qstr) {
        let Some(e) = own_cell(self, v).filter(|e| self.heap.contains(e.bits())) else {
            return;
        };
        if Some(e) == self.roots.no_memory || Some(e) == self.roots.recursion {
            return;
        }
        // Tracing must not raise: where memory is short the line is left out.
        let parked = self.raised;
        let mark = self.mark();
        let _ = self.trace_push(
            e,
            [
                Value::qstr(file),
                Value::small(line as isize),
                Value::qstr(function),
            ],
        );
        self.release(mark);
        self.raised = parked;
    }

    fn trace_push(&mut self, e: Value, items: [Value; 3]) -> Res<()> {
        self.root(e)?;
        let list = match self.cell::<Exception>(e).trace {
            Some(list) => list,
            None => {
                let list = self.new_list(&[])?;
                self.cell_mut::<Exception>(e).trace = Some(list);
                list
            }
        };
        for item in items {
            self.list_push(list, item)?;
        }
        Ok(())
    }

    /// Prints an exception with its traceback, as MicroPython does.
    pub fn print_exception(&mut self, v: Value, sink: Sink) -> Res<()> {
        if let Some(list) = own_cell(self, v).and_then(|e| self.cell::<Exception>(e).trace) {
            self.write_with(sink, msg!("Traceback (most recent call last):\n"), &[])?;
            let n = self.list_items(list).len() / 3;
            for i in (0..n).rev() {
                let part = |k| {
                    let word = self.list_items(list).get(3 * i + k).copied().flatten();
                    Part::Value(word.unwrap_or(Value::NONE), PrintKind::Str)
                };
                let parts = [part(0), part(1), part(2)];
                self.write_with(sink, msg!("  File \"%\", line %, in %\n"), &parts)?;
            }
        }
        let args = self.exception_args(v).len();
        let empty = args == 1 && self.exception_value(v) == Value::qstr(Qstr::EMPTY);
        let text = match args > 0 && !empty {
            true => v,
            false => Value::qstr(Qstr::EMPTY),
        };
        let parts = [Part::TypeOf(v), Part::Value(text, PrintKind::Str)];
        self.write_with(sink, msg!("%: %\n"), &parts)
    }
}

/// Prints an exception: its argument or arguments, and for `repr` its type's name around them.
pub(crate) fn print_exception(vm: &mut Vm<'_>, v: Value, sink: Sink, kind: PrintKind) -> Res<()> {
    let n = vm.exception_args(v).len();
    if kind == PrintKind::Repr {
        let name = vm.type_name(v);
        vm.print(Value::qstr(name), sink, PrintKind::Str)?;
    } else if n == 0 {
        return Ok(());
    } else if n <= 2 {
        let arg = vm.exception_value(v);
        if vm.is_instance(v, &types::OS_ERROR)
            && let Some(code) = arg.as_small()
            && let Some(name) = crate::builtin::errno::name(code)
        {
            vm.write_with(
                sink,
                msg!("[Errno %] %"),
                &[Part::Int(code), Part::Name(name)],
            )?;
            let Some(details) = vm.exception_args(v).get(1).copied().flatten() else {
                return Ok(());
            };
            let parts = [Part::Value(details, PrintKind::Str)];
            return vm.write_with(sink, msg!(": %"), &parts);
        }
        if n == 1 {
            return vm.print(arg, sink, PrintKind::Str);
        }
    }
    let tuple = own_cell(vm, v).and_then(|e| vm.cell::<Exception>(e).args);
    match tuple {
        Some(tuple) => crate::object::tuple::print_items(vm, tuple, sink),
        None => vm.write(sink, b"()"),
    }
}

/// Attributes of an exception: `args`, `value`, `errno`.
pub(crate) fn exception_attr(vm: &mut Vm<'_>, v: Value, name: Qstr, access: Access) -> Res<Slot> {
    if access == Access::Store(Value::NONE) && name == q!("__traceback__") {
        forget_trace(vm, v);
        return Ok(Some(Value::NONE));
    }
    if access != Access::Load {
        return Ok(None);
    }
    if name == q!("args") {
        return Ok(own_cell(vm, v).and_then(|e| vm.cell::<Exception>(e).args));
    }
    if (name == q!("value") && vm.is_instance(v, &types::STOP_ITERATION))
        || (name == q!("code") && vm.is_instance(v, &types::SYSTEM_EXIT))
        || (name == q!("errno") && vm.is_instance(v, &types::OS_ERROR))
    {
        return Ok(Some(vm.exception_value(v)));
    }
    Ok(None)
}

/// Empties a traceback. Its room stays, for the next time.
fn forget_trace(vm: &mut Vm<'_>, v: Value) {
    if let Some(list) = own_cell(vm, v).and_then(|e| vm.cell::<Exception>(e).trace) {
        vm.list_items_mut(list).fill(None);
        vm.cell_mut::<crate::object::list::List>(list).set_len(0);
    }
}
