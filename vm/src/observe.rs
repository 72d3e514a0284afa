//! Who wants to know what a program costs: calls, imports and what they allocate, told to the host as they happen.
//!
//! A VM asks its host once, when it starts, whether it [observes](crate::vm::Host::observer). Where it does, functions are
//! made so that their calls take the general path, which tells; where it does not, nothing is slower by it.

use crate::frame::Frame;
use crate::heap::Kind;
use crate::value::Value;
use crate::vm::Vm;

/// Something that a program did. A later version may tell of more.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'e> {
    /// A function was called, or the body of a module or class began. Generators are left out: what they do counts for
    /// whoever drives them.
    Call {
        /// The source file, as the module states it.
        file: &'e [u8],
        /// The function, `<module>` or the like.
        function: &'e [u8],
        /// The line where it begins.
        line: u32,
        /// The address of its first instruction.
        code: usize,
    },
    /// What was called last is over, by return or exception.
    Return {
        /// Bytes of heap in use now, what can be collected among them.
        used: usize,
    },
    /// A module was found, and is linked now; the next call is that of its body.
    Import {
        /// Its full name.
        name: &'e [u8],
        /// Bytes of its .mpy.
        size: usize,
        /// Bytes of heap in use before.
        used: usize,
    },
    /// The module whose import was told last is verified: it was not lately, and no check of its whole image vouches for it.
    Verify,
    /// A collection found these cells unused.
    Freed(Census),
}

/// How many cells of a kind there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Census {
    /// Their kind.
    pub kind: Kind,
    /// How many.
    pub cells: usize,
    /// Bytes in all, headers included.
    pub bytes: usize,
}

/// Gets what happens.
pub trait Observer {
    /// Called for each event, while the program waits.
    fn event(&mut self, event: Event<'_>);
}

impl Kind {
    /// What cells of this kind are to people: a type of Python, or the storage behind one.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Str | Kind::FlashStr => "str",
            Kind::Bytes | Kind::FlashBytes => "bytes",
            Kind::BigInt => "int",
            Kind::Float => "float",
            Kind::Complex => "complex",
            Kind::Raw => "bytes of buffers",
            Kind::Slots => "items of lists",
            Kind::Tuple => "tuple",
            Kind::NamedTuple => "namedtuple",
            Kind::List => "list",
            Kind::Table => "tables of dicts and instances",
            Kind::Dict => "dict",
            Kind::Set => "set",
            Kind::FrozenSet => "frozenset",
            Kind::Code => "names of modules",
            Kind::Function => "function",
            Kind::Closure => "closure",
            Kind::CellVar => "variables of closures",
            Kind::BoundMethod => "bound_method",
            Kind::Generator => "generator",
            Kind::Module => "module",
            Kind::Class => "class",
            Kind::Instance => "instance",
            Kind::Exception => "exception",
            Kind::Slice => "slice",
            Kind::Range => "range",
            Kind::Property => "property",
            Kind::ByteArray => "bytearray",
            Kind::Array => "array",
            Kind::MemoryView => "memoryview",
            Kind::Iter | Kind::IterN => "iterator",
            Kind::DictView => "views of dicts",
            Kind::StaticMethod | Kind::ClassMethod | Kind::Super => "method wrappers",
            _ => "objects of the firmware",
        }
    }
}

impl Vm<'_> {
    /// Whether the host has an observer. Without the feature it is asked for none, and no code for one is made.
    #[inline(always)]
    pub(crate) fn is_observed(&self) -> bool {
        cfg!(feature = "observe") && self.observed
    }

    /// Hands an event to the host.
    #[cold]
    pub(crate) fn tell(&mut self, event: Event<'_>) {
        if let Some(observer) = self.host.observer() {
            observer.event(event);
        }
    }

    /// Tells of the call that made `frame`.
    #[cold]
    pub(crate) fn tell_call(&mut self, frame: *mut Frame) {
        // SAFETY: invariants 2 and 3; the caller's frame is whole, and its function's code verified.
        let (file, function, line, start) = unsafe {
            let at = (*(*frame).fun.ptr::<crate::object::function::Function>())
                .header
                .len;
            let code = &*(*frame).code;
            let p = crate::code::prelude(code.bytes(), at);
            let line = p.line(code.bytes(), p.start);
            let start = code.bytes().as_ptr() as usize + p.start as usize;
            (
                code.qstr(0),
                code.qstr(p.name(code.bytes(), 0)),
                line,
                start,
            )
        };
        let state = &mut **self;
        let event = Event::Call {
            file: state.intern.text(file),
            function: state.intern.text(function),
            line,
            code: start,
        };
        if let Some(observer) = state.host.observer() {
            observer.event(event);
        }
    }

    /// Tells that the frame is over.
    #[cold]
    pub(crate) fn tell_return(&mut self, owner: Option<Value>) {
        if owner.is_none() {
            let used = self.heap.used_bytes();
            self.tell(Event::Return { used });
        }
    }

    /// Tells of an import that begins.
    #[cold]
    pub(crate) fn tell_import(&mut self, name: crate::qstr::Qstr, size: usize) {
        let state = &mut **self;
        let event = Event::Import {
            name: state.intern.text(name),
            size,
            used: state.heap.used_bytes(),
        };
        if let Some(observer) = state.host.observer() {
            observer.event(event);
        }
    }

    /// Tells what a collection is about to free, kind by kind.
    #[cold]
    pub(crate) fn tell_freed(&mut self) {
        for kind in Kind::all() {
            let census = self.heap.census(kind, false);
            if census.cells > 0 {
                self.tell(Event::Freed(census));
            }
        }
    }

    /// What is alive after a collection, by kind, in the order of the kinds.
    pub fn census(&mut self) -> impl Iterator<Item = Census> + '_ {
        self.collect();
        Kind::all()
            .map(|kind| self.heap.census(kind, true))
            .filter(|census| census.cells > 0)
    }

    /// Bytes of the heap that are in use, live or not collected yet.
    pub fn heap_used(&self) -> usize {
        self.heap.used_bytes()
    }
}
