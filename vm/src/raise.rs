//! Raising: the exception is parked in the VM, and `Err(Raised)` says so.

use core::fmt::{self, Write};

use crate::heap::{Cell, Header, Kind};
use crate::native::{Res, TypeDef};
use crate::object::exception as types;
use crate::qstr::Qstr;
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
        Text { bytes: [0; 160], len: 0 }
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
        let mut n = s.len().min(self.bytes.len() - self.len);
        while !s.is_char_boundary(n) {
            n -= 1;
        }
        self.bytes[self.len..self.len + n].copy_from_slice(&s.as_bytes()[..n]);
        self.len += n;
        Ok(())
    }
}

/// Bytes shown as text in a message.
pub struct Show<'a>(pub &'a [u8]);

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

impl<'a> Vm<'a> {
    /// Raises an exception object (or a class, which is called first).
    #[cold]
    pub fn raise(&mut self, exception: Value) -> Raised {
        self.raised = Some(exception);
        Raised(())
    }

    /// Raises an exception of a native type with a fixed message.
    #[cold]
    #[inline(never)]
    pub fn error(&mut self, class: &'static TypeDef, message: &str) -> Raised {
        let mark = self.mark();
        let raised = match self.new_str(message.as_bytes()).and_then(|text| self.new_exception(class.value(), &[text])) {
            Ok(exception) => self.raise(exception),
            Err(raised) => raised,
        };
        self.release(mark);
        raised
    }

    /// Raises an exception of a native type with a message made for the occasion.
    #[cold]
    #[inline(never)]
    pub fn error_fmt(&mut self, class: &'static TypeDef, message: fmt::Arguments<'_>) -> Raised {
        let mut text = Text::new();
        let _ = text.write_fmt(message);
        let mut copy = [0; 160];
        let n = text.as_bytes().len();
        copy[..n].copy_from_slice(text.as_bytes());
        self.error(class, core::str::from_utf8(&copy[..n]).unwrap_or(""))
    }

    /// `TypeError` with a fixed message.
    #[cold]
    pub fn type_error(&mut self, message: &str) -> Raised {
        self.error(&types::TYPE_ERROR, message)
    }

    /// `ValueError` with a fixed message.
    #[cold]
    pub fn value_error(&mut self, message: &str) -> Raised {
        self.error(&types::VALUE_ERROR, message)
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
        self.raised = Some(Value::from_ptr(&types::NO_MEMORY));
        Raised(())
    }

    /// The error of a name that a value does not have.
    #[cold]
    #[inline(never)]
    pub fn attribute_error(&mut self, v: Value, name: Qstr) -> Raised {
        let mut text = Text::new();
        if let Some(class) = self.as_type_name(v) {
            let _ = write!(
                text,
                "type object '{}' has no attribute '{}'",
                Show(self.intern.text(class)),
                Show(self.intern.text(name))
            );
        } else {
            let class = self.type_name(v);
            let _ = write!(text, "'{}' object has no attribute '{}'", Show(self.intern.text(class)), Show(self.intern.text(name)));
        }
        self.error_fmt(&types::ATTRIBUTE_ERROR, format_args!("{}", Show(text.as_bytes())))
    }

    /// A new exception object of a class (native or made by a program) with these arguments.
    pub fn new_exception(&mut self, class: Value, args: &[Value]) -> Res {
        let mark = self.mark();
        for &a in args {
            self.root(a)?;
        }
        let tuple = self.new_tuple(args)?;
        let cell = self.alloc(Kind::Exception, 0)?;
        let e = self.cell_mut::<Exception>(cell);
        e.class = class;
        e.args = Some(tuple);
        self.release(mark);
        self.root(cell)?;
        Ok(cell)
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
