//! The stream protocol: what a file, a StringIO or a program's own stream offers to `read`, `print`, `json` and others.
//!
//! A native type has a table of functions, [`Stream`]. An object of a program's class serves too: its methods
//! `readinto`, `write` and `ioctl` are called. A transfer that would have to wait gives `None`.

use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::native::{Args, Res, TypeDef};
use crate::q;
use crate::value::{Slot, Value};
use crate::vm::Vm;

mod methods;
pub(crate) use methods::*;

/// Requests of `ioctl`, as MicroPython numbers them.
#[allow(missing_docs)]
pub mod request {
    pub const FLUSH: usize = 1;
    pub const SEEK: usize = 2;
    pub const POLL: usize = 3;
    pub const CLOSE: usize = 4;
    pub const GET_FILENO: usize = 10;
    pub const GET_BUFFER_SIZE: usize = 11;
}

/// Errors as MicroPython numbers them.
#[allow(missing_docs)]
pub mod errno {
    pub const EPERM: i32 = 1;
    pub const ENOENT: i32 = 2;
    pub const EIO: i32 = 5;
    pub const EBADF: i32 = 9;
    pub const EAGAIN: i32 = 11;
    pub const ENOMEM: i32 = 12;
    pub const EBUSY: i32 = 16;
    pub const EEXIST: i32 = 17;
    pub const ENODEV: i32 = 19;
    pub const EISDIR: i32 = 21;
    pub const EINVAL: i32 = 22;
    pub const EROFS: i32 = 30;
    pub const EOPNOTSUPP: i32 = 95;
    pub const EADDRINUSE: i32 = 98;
    pub const ENOTCONN: i32 = 107;
    pub const ETIMEDOUT: i32 = 110;
    pub const ECONNREFUSED: i32 = 111;
    pub const EHOSTUNREACH: i32 = 113;
    pub const EINPROGRESS: i32 = 115;
}

/// Bytes to be filled: a part of a cell that the caller keeps alive (cells never move), or an array of Rust's. They are
/// copied to and never borrowed, since a stream may run a program in between.
#[derive(Clone, Copy)]
pub struct Target<'b> {
    ptr: NonNull<u8>,
    len: usize,
    life: PhantomData<&'b mut [u8]>,
}

/// Bytes to be written; as [`Target`].
#[derive(Clone, Copy)]
pub struct Source<'b> {
    ptr: NonNull<u8>,
    len: usize,
    life: PhantomData<&'b [u8]>,
}

impl<'b> From<&'b mut [u8]> for Target<'b> {
    fn from(bytes: &'b mut [u8]) -> Target<'b> {
        Target {
            len: bytes.len(),
            ptr: NonNull::from(bytes).cast(),
            life: PhantomData,
        }
    }
}

impl<'b> From<&'b [u8]> for Source<'b> {
    fn from(bytes: &'b [u8]) -> Source<'b> {
        Source {
            ptr: NonNull::from(bytes).cast(),
            len: bytes.len(),
            life: PhantomData,
        }
    }
}

#[allow(clippy::len_without_is_empty)]
impl Target<'_> {
    /// Bytes of room.
    pub fn len(self) -> usize {
        self.len
    }

    /// The part behind the first `n` bytes.
    pub fn skip(self, n: usize) -> Self {
        let n = n.min(self.len);
        Target {
            // SAFETY: invariant 3; so many bytes are there.
            ptr: unsafe { self.ptr.add(n) },
            len: self.len - n,
            ..self
        }
    }

    /// The first `n` bytes.
    pub fn first(self, n: usize) -> Self {
        Target {
            len: n.min(self.len),
            ..self
        }
    }

    /// Fills the start; gives how many bytes there was room for.
    pub fn put(self, bytes: &[u8]) -> usize {
        let n = bytes.len().min(self.len);
        // SAFETY: invariant 3; `len` bytes at `ptr` are the caller's array or a live cell's, and `copy` allows an overlap.
        unsafe { core::ptr::copy(bytes.as_ptr(), self.ptr.as_ptr(), n) };
        n
    }
}

#[allow(clippy::len_without_is_empty)]
impl Source<'_> {
    /// How many bytes there are.
    pub fn len(self) -> usize {
        self.len
    }

    /// The part behind the first `n` bytes.
    pub fn skip(self, n: usize) -> Self {
        let n = n.min(self.len);
        Source {
            // SAFETY: invariant 3; so many bytes are there.
            ptr: unsafe { self.ptr.add(n) },
            len: self.len - n,
            ..self
        }
    }

    /// The first `n` bytes.
    pub fn first(self, n: usize) -> Self {
        Source {
            len: n.min(self.len),
            ..self
        }
    }

    /// Copies the start out; gives how many bytes that were.
    pub fn take(self, into: &mut [u8]) -> usize {
        let n = into.len().min(self.len);
        // SAFETY: invariant 3; likewise.
        unsafe { core::ptr::copy(self.ptr.as_ptr(), into.as_mut_ptr(), n) };
        n
    }
}

/// A position to seek to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seek {
    /// The distance.
    pub offset: isize,
    /// From where: 0 start, 1 here, 2 end.
    pub whence: u8,
}

type Read = fn(&mut Vm<'_>, Value, Target<'_>) -> Res<Option<usize>>;
type Write = fn(&mut Vm<'_>, Value, Source<'_>) -> Res<Option<usize>>;
type SeekTo = fn(&mut Vm<'_>, Value, Seek) -> Res<isize>;
type Ioctl = fn(&mut Vm<'_>, Value, usize, Value) -> Res<isize>;

/// What a native type does as a stream.
pub struct Stream {
    /// Fills the start of a target; 0 at the end of the stream, `None` where nothing is there yet.
    pub read: Option<Read>,
    /// Writes the start of a source; `None` where there is no room yet.
    pub write: Option<Write>,
    /// Moves; gives the new position.
    pub seek: Option<SeekTo>,
    /// Any other request of [`request`].
    pub ioctl: Ioctl,
    /// Whether it reads text: counts are of characters, results are str.
    pub text: bool,
}

/// The object that serves as a stream, and how.
enum Face {
    Native(&'static Stream, Value),
    Methods,
}

impl<'a> Vm<'a> {
    /// The table of a native stream.
    pub(crate) fn stream_of(&self, v: Value) -> Option<&'static Stream> {
        self.native_type(v)?.stream()
    }

    fn face(&self, v: Value) -> Face {
        let part = self.native_part(v);
        match self.native_type(part).and_then(|t: &TypeDef| t.stream()) {
            Some(stream) if part == v || !is_base(self, part) => Face::Native(stream, part),
            _ => Face::Methods,
        }
    }

    /// `OSError` of a thing that is no stream, or not one for this.
    #[cold]
    fn not_stream(&mut self) -> crate::raise::Raised {
        self.error(
            &crate::object::exception::OS_ERROR,
            msg!("stream operation not supported"),
        )
    }

    /// Reads once into the start of `target`: how many bytes, 0 at the end, `None` where nothing is there yet.
    ///
    /// # Errors
    /// `OSError`, and what the program's stream raises.
    pub fn stream_read(&mut self, v: Value, target: Target<'_>) -> Res<Option<usize>> {
        match self.face(v) {
            Face::Native(stream, part) => match stream.read {
                Some(read) => read(self.again(), part, target),
                None => Err(self.not_stream()),
            },
            Face::Methods => self.read_by_methods(v, target),
        }
    }

    /// Writes once from the start of `source`: how many bytes, `None` where there is no room yet.
    ///
    /// # Errors
    /// As [`stream_read`](Vm::stream_read).
    pub fn stream_write(&mut self, v: Value, source: Source<'_>) -> Res<Option<usize>> {
        match self.face(v) {
            Face::Native(stream, part) => match stream.write {
                Some(write) => write(self.again(), part, source),
                None => Err(self.not_stream()),
            },
            Face::Methods => self.write_by_methods(v, source),
        }
    }

    /// Reads until `target` is full, the stream ends or would have to wait.
    ///
    /// # Errors
    /// As [`stream_read`](Vm::stream_read).
    pub fn stream_read_all(&mut self, v: Value, target: Target<'_>) -> Res<Option<usize>> {
        let mut done = 0;
        while done < target.len() {
            let mark = self.mark();
            let n = self.stream_read(v, target.skip(done))?;
            self.release(mark);
            match n {
                Some(0) => break,
                Some(n) => done += n,
                None if done == 0 => return Ok(None),
                None => break,
            }
        }
        Ok(Some(done))
    }

    /// Writes until all is written or the stream would have to wait.
    ///
    /// # Errors
    /// As [`stream_read`](Vm::stream_read).
    pub fn stream_write_all(&mut self, v: Value, source: Source<'_>) -> Res<Option<usize>> {
        let mut done = 0;
        loop {
            let mark = self.mark();
            let n = self.stream_write(v, source.skip(done))?;
            self.release(mark);
            match n {
                Some(0) => break,
                Some(n) => done += n,
                None if done == 0 => return Ok(None),
                None => break,
            }
            if done >= source.len() {
                break;
            }
        }
        Ok(Some(done))
    }

    /// Moves a stream; gives the new position.
    ///
    /// # Errors
    /// As [`stream_read`](Vm::stream_read).
    pub fn stream_seek(&mut self, v: Value, to: Seek) -> Res<isize> {
        match self.face(v) {
            Face::Native(stream, part) => match stream.seek {
                Some(seek) => seek(self.again(), part, to),
                None => Err(self.os_error(errno::EINVAL)),
            },
            Face::Methods => {
                let offset = self.new_int(to.offset as i64)?;
                let whence = Value::small(to.whence as isize);
                let at = self.call_method(v, q!("seek"), &[offset, whence])?;
                self.as_index(at)
            }
        }
    }

    /// Any other request.
    ///
    /// # Errors
    /// As [`stream_read`](Vm::stream_read).
    pub fn stream_ioctl(&mut self, v: Value, request: usize, arg: Value) -> Res<isize> {
        match self.face(v) {
            Face::Native(stream, part) => (stream.ioctl)(self.again(), part, request, arg),
            Face::Methods => {
                let Some(f) = self.method_for_stream(v, q!("ioctl"))? else {
                    return Err(self.not_stream());
                };
                let answer = self.call(f, &[Value::small(request as isize), arg])?;
                match self.as_index(answer)? {
                    n if n >= 0 => Ok(n),
                    n => Err(self.os_error(-n as i32)),
                }
            }
        }
    }

    /// The sink that a stream is. The console's own streams need no detour.
    ///
    /// # Errors
    /// `OSError` for what can't be written to.
    pub(crate) fn sink_of(&mut self, v: Value) -> Res<crate::native::Sink> {
        use crate::builtin::io::{STDERR, STDOUT};
        use crate::native::Sink;
        if !cfg!(feature = "files") {
            return Err(self.not_stream());
        }
        if v == STDOUT.value() {
            return Ok(Sink::Console);
        }
        if v == STDERR.value() {
            return Ok(Sink::Error);
        }
        if self.is_stream(v)? {
            Ok(Sink::Object(v))
        } else {
            Err(self.not_stream())
        }
    }

    /// Whether a value can be asked to read or write at all.
    pub(crate) fn is_stream(&mut self, v: Value) -> Res<bool> {
        if self.stream_of(v).is_some() {
            return Ok(true);
        }
        Ok(self.method_for_stream(v, q!("write"))?.is_some()
            || self.method_for_stream(v, q!("readinto"))?.is_some())
    }

    fn method_for_stream(&mut self, v: Value, name: crate::qstr::Qstr) -> Res<Slot> {
        if v.is_ptr() {
            self.load_attr_maybe(v, name)
        } else {
            Ok(None)
        }
    }

    fn read_by_methods(&mut self, v: Value, target: Target<'_>) -> Res<Option<usize>> {
        if let Some(f) = self.method_for_stream(v, q!("readinto"))? {
            self.root(f)?;
            let buffer = self.new_owned(crate::heap::Kind::ByteArray, b'B', target.len())?;
            let answer = self.call(f, &[buffer])?;
            let Some(n) = self.transfer_count(answer)? else {
                return Ok(None);
            };
            let bytes = self.bytes_of(buffer).unwrap_or(&[]);
            if n > bytes.len() {
                return Err(self.os_error(errno::EIO));
            }
            return Ok(Some(target.put(&bytes[..n])));
        }
        let Some(f) = self.method_for_stream(v, q!("read"))? else {
            return Err(self.not_stream());
        };
        let answer = self.call(f, &[Value::small(target.len() as isize)])?;
        if answer == Value::NONE {
            return Ok(None);
        }
        match self.bytes_of(answer) {
            Some(bytes) => Ok(Some(target.put(bytes))),
            None => Err(self.type_error(msg!("object with buffer protocol required"))),
        }
    }

    fn write_by_methods(&mut self, v: Value, source: Source<'_>) -> Res<Option<usize>> {
        let Some(f) = self.method_for_stream(v, q!("write"))? else {
            return Err(self.not_stream());
        };
        self.root(f)?;
        let buffer = self.new_owned(crate::heap::Kind::ByteArray, b'B', source.len())?;
        if let Some(bytes) = self.bytes_mut(buffer) {
            source.take(bytes);
        }
        let answer = self.call(f, &[buffer])?;
        match self.transfer_count(answer)? {
            Some(n) if n > source.len() => Err(self.os_error(errno::EIO)),
            n => Ok(n),
        }
    }

    /// What a program's `readinto` or `write` answered: a count, None to wait, or a negated errno.
    fn transfer_count(&mut self, answer: Value) -> Res<Option<usize>> {
        if answer == Value::NONE {
            return Ok(None);
        }
        match self.as_index(answer)? {
            n if n >= 0 => Ok(Some(n as usize)),
            n if -n == errno::EAGAIN as isize => Ok(None),
            n => Err(self.os_error(-n as i32)),
        }
    }

    /// The bytes of a bytearray, array or writable view, to be filled. What holds them is rooted until the native
    /// function under way returns, so that a program that shrinks or grows the object meanwhile does no harm.
    ///
    /// # Errors
    /// `TypeError` where it lends nothing to write.
    pub fn target_of(&mut self, v: Value) -> Res<Target<'static>> {
        if let Some((raw, range)) = self.writable(v) {
            self.root(raw)?;
            let data = crate::heap::kind::data(raw).wrapping_add(range.start);
            return Ok(Target {
                ptr: NonNull::new(data).unwrap_or(NonNull::dangling()),
                len: range.len(),
                life: PhantomData,
            });
        }
        Err(self.type_error(msg!("object with buffer protocol required")))
    }

    /// The bytes of a str or of anything that lends bytes; kept alive as by [`target_of`](Vm::target_of).
    ///
    /// # Errors
    /// `TypeError` where it lends nothing.
    pub fn source_of(&mut self, v: Value) -> Res<Source<'static>> {
        self.root(v)?;
        if let Some((raw, _)) = self.writable(v) {
            self.root(raw)?;
        }
        match self.bytes_of(v) {
            Some(bytes) => Ok(Source {
                ptr: NonNull::from(bytes).cast(),
                len: bytes.len(),
                life: PhantomData,
            }),
            None => Err(self.type_error(msg!("object with buffer protocol required"))),
        }
    }

    /// The whole of a `Raw`, `Str` or `Bytes` cell from `from` on, to be filled. The caller keeps it rooted.
    pub(crate) fn target_in(&mut self, cell: Value, from: usize) -> Target<'static> {
        let bytes = self.raw_mut(cell);
        Target {
            len: bytes.len(),
            ptr: NonNull::from(bytes).cast(),
            life: PhantomData,
        }
        .skip(from)
    }

    /// Opens a file as a program's `open(path, mode)` does.
    ///
    /// # Errors
    /// `OSError`.
    pub fn open(&mut self, args: Args) -> Res {
        crate::files::open(self, args)
    }
}

/// Whether a native part is an `IOBase`, whose streams are made of the program's methods.
fn is_base(vm: &Vm<'_>, part: Value) -> bool {
    cfg!(feature = "files")
        && vm
            .native_type(part)
            .is_some_and(|t| core::ptr::eq(t, &crate::builtin::io::IOBASE))
}
