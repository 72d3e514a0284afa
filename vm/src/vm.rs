//! The virtual machine as a value: its heap and value stack in the caller's buffer, no globals (`place` has the
//! exception).

use core::mem::MaybeUninit;

use crate::Float;
use crate::budget::Budget;
use crate::cache::Cache;
use crate::embed::Firmware;
use crate::frame::Frame;
use crate::heap::kind::data;
use crate::heap::{Heap, Kind};
use crate::native::Res;
use crate::object;
use crate::qstr::{Intern, Qstr, text_hash};
use crate::roots::Roots;
use crate::value::{Slot, Value};

pub use crate::host::{Host, StartError};
pub use crate::place::Vm;
pub use crate::roots::Mark;

/// Limits of a VM. Reaching one is a Python exception.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the buffer that become the value stack: depth of calls.
    pub stack: usize,
    /// How deep native functions may call back into Python.
    pub native_depth: u16,
    /// How deep a value may nest for printing and comparing.
    pub nesting: u16,
    /// How many steps (see [`budget`](crate::budget)) the VM may make in all.
    pub steps: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            stack: 64 * 1024,
            native_depth: 60,
            nesting: 100,
            steps: u64::MAX,
        }
    }
}

/// Regions of flash that littlefs can be mounted on at a time.
#[cfg(feature = "littlefs")]
const DEVICES: usize = 2;

/// What a [`Vm`] consists of. All that a program costs is in the buffer that it was given.
///
/// Its fields lie as they are written: what is used most comes first, since instruction sets reach the words near a pointer by
/// shorter instructions; the tables come last.
#[repr(C)]
pub struct State<'a> {
    /// First free word of the value stack.
    pub(crate) top: *mut Slot,
    /// The frame that runs.
    pub(crate) frame: *mut Frame,
    /// The end of the value stack.
    pub(crate) stack_end: *mut Slot,
    /// The value stack.
    pub(crate) stack: *mut Slot,
    /// The exception on its way.
    pub(crate) raised: Slot,
    /// What the frame that ended last returned or yielded.
    pub(crate) result: Slot,
    /// An exception to raise at the next backward jump.
    pub(crate) pending_exception: Slot,
    pub(crate) native_depth: u16,
    pub(crate) nesting: u16,
    /// Something to do at the next backward jump or call.
    pub(crate) pending: bool,
    /// Whether the frame that ended last yielded.
    pub(crate) yielded: bool,
    /// Whether the host has an observer.
    pub(crate) observed: bool,
    /// Whether some open files were left open by what no longer exists.
    pub(crate) abandoned: bool,
    /// Whether a scheduled callback runs: others wait.
    pub(crate) in_callback: bool,
    /// What `micropython.opt_level` was set to.
    pub(crate) opt_level: u8,
    /// See [`interrupt_byte`](Vm::interrupt_byte).
    pub(crate) interrupt_byte: Option<u8>,
    /// What words in flash count from: the payload of the image whose constants are laid out, else where the first text
    /// lies; zero as long as there is neither.
    pub(crate) flash_base: usize,
    /// Constants that the builder of an image has laid out.
    pub(crate) constants: Option<romfs_runtime::Constants<'a>>,
    pub(crate) roots: Roots,
    pub(crate) host: &'a mut dyn Host,
    /// What the firmware adds.
    pub(crate) firmware: &'static Firmware,
    /// Open files of littlefs.
    pub(crate) handles: *mut crate::files::Handle,
    /// Weak references, newest first: not a root.
    #[cfg(feature = "mod-weakref")]
    pub(crate) weak: Slot,
    /// Those whose object is gone and whose callback is still to be called: neither.
    #[cfg(feature = "mod-weakref")]
    pub(crate) weak_due: Slot,
    /// See [`import_stats`](Vm::import_stats).
    pub(crate) import_stats: u32,
    pub(crate) budget: Budget,
    pub(crate) limits: Limits,
    pub(crate) heap: Heap,
    pub(crate) intern: Intern<'a>,
    /// Modules that need not be verified again.
    pub(crate) verified: crate::link::Verified,
    /// Images whose modules need not be verified at all.
    pub(crate) checked: crate::image::CheckedImages<'a>,
    /// Flash that littlefs is mounted on.
    #[cfg(feature = "littlefs")]
    pub(crate) devices: [Option<&'a mut dyn romfs_runtime::littlefs::BlockDevice>; DEVICES],
    /// What is known of the folders of `sys.path`.
    pub(crate) found_folders: crate::files::FoundFolders,
    #[cfg(feature = "mod-random")]
    pub(crate) random: crate::builtin::random::Random,
    /// What names last meant.
    pub(crate) cache: Cache,
}

impl<'a> Vm<'a> {
    /// A VM in `memory`. The stack is cut off its start, the rest is heap.
    /// Nothing is mounted yet: see [`mount_image`](Vm::mount_image).
    ///
    /// # Errors
    /// [`StartError`].
    pub fn new(
        memory: &'a mut [MaybeUninit<u8>],
        limits: Limits,
        host: &'a mut dyn Host,
    ) -> Result<Vm<'a>, StartError> {
        Vm::with_firmware(memory, limits, host, &Firmware::NONE)
    }

    /// The same with modules of the firmware's own.
    ///
    /// # Errors
    /// As [`new`](Vm::new).
    #[inline(never)] // copies that are made on the way lie under nothing that runs later
    pub fn with_firmware(
        memory: &'a mut [MaybeUninit<u8>],
        limits: Limits,
        host: &'a mut dyn Host,
        firmware: &'static Firmware,
    ) -> Result<Vm<'a>, StartError> {
        let mut vm = Vm::idle(memory, limits, host, firmware);
        if let Ok(made) = &mut vm
            && let Err(error) = made.begin()
        {
            // Where it is, so that it need not be copied.
            vm = Err(error);
        }
        vm
    }

    /// A VM that has still to [`begin`](Vm::begin).
    #[inline(never)]
    fn idle(
        memory: &'a mut [MaybeUninit<u8>],
        limits: Limits,
        host: &'a mut dyn Host,
        firmware: &'static Firmware,
    ) -> Result<Vm<'a>, StartError> {
        let skip = memory.as_ptr().align_offset(crate::heap::GRANULE);
        let words = limits.stack / size_of::<Slot>();
        if memory.len() < skip + words * size_of::<Slot>() + 2048 {
            return Err(StartError::Memory);
        }
        let (_, memory) = memory.split_at_mut(skip);
        let (stack, heap) = memory.split_at_mut(words * size_of::<Slot>());
        let stack = stack.as_mut_ptr() as *mut Slot;
        Vm::of(State {
            heap: Heap::new(heap),
            intern: Intern::new(),
            flash_base: 0,
            constants: None,
            verified: Default::default(),
            checked: Default::default(),
            cache: Cache::new(),
            host,
            #[cfg(feature = "littlefs")]
            devices: [const { None }; DEVICES],
            handles: core::ptr::null_mut(),
            abandoned: false,
            #[cfg(feature = "mod-weakref")]
            weak: None,
            #[cfg(feature = "mod-weakref")]
            weak_due: None,
            found_folders: Default::default(),
            import_stats: 0,
            firmware,
            raised: None,
            stack,
            stack_end: stack.wrapping_add(words),
            top: stack,
            frame: core::ptr::null_mut(),
            result: None,
            yielded: false,
            pending_exception: None,
            limits,
            native_depth: 0,
            nesting: 0,
            pending: false,
            observed: false,
            budget: Budget::new(limits.steps),
            opt_level: 0,
            interrupt_byte: Some(3),
            in_callback: false,
            roots: Roots::default(),
            #[cfg(feature = "mod-random")]
            random: crate::builtin::random::Random::new(0),
        })
    }

    /// Makes what every VM has, and tries its dispatch.
    #[inline(never)]
    fn begin(&mut self) -> Result<(), StartError> {
        #[cfg(feature = "mod-random")]
        {
            let seed = self.host.entropy();
            self.random = crate::builtin::random::Random::new(seed);
        }
        self.set_up().map_err(|_| StartError::Memory)?;
        #[cfg(romfs_vm_tail)]
        match self.makes_sibling_calls() {
            Ok(true) => self.collect(),
            Ok(false) => return Err(StartError::Dispatch),
            Err(_) => return Err(StartError::Memory),
        }
        // What came before is not the program's.
        self.observed = cfg!(feature = "observe") && self.host.observer().is_some();
        Ok(())
    }

    fn set_up(&mut self) -> Res<()> {
        // First of all: their ids are counted on from the first free one.
        for name in self.firmware.names.list() {
            let q = self.intern_static(name.as_bytes())?;
            debug_assert_eq!(q, self.firmware.names.q(name));
        }
        let mark = self.mark();
        self.roots.no_memory =
            Some(self.new_exception(object::exception::MEMORY_ERROR.value(), &[])?);
        let text = msg!("maximum recursion depth exceeded");
        self.error(&object::exception::RUNTIME_ERROR, text);
        self.roots.recursion = self.raised.take();
        self.roots.emergency =
            Some(self.new_exception(object::exception::MEMORY_ERROR.value(), &[])?);
        if Kind::Slice.exists() {
            self.roots.slice = Some(self.new_slice(Value::NONE, Value::NONE, Value::NONE)?);
        }
        self.roots.modules = Some(self.new_dict()?);
        self.roots.path = Some(self.new_list(&[])?);
        self.roots.argv = Some(self.new_list(&[])?);
        self.release(mark);
        self.grant_rest();
        Ok(())
    }

    // --- cells -----------------------------------------------------------------------------------------------------

    /// A new cell. The collector may run first; the cell is rooted until the native function that called this returns
    /// (or [`release`](Vm::release) is called).
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn alloc(&mut self, kind: Kind, len: u32) -> Res {
        let cell = self.alloc_bare(kind, len)?;
        self.root(cell)?;
        Ok(cell)
    }

    /// The same without a root: for the interpreter, which stores the cell at once.
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    #[cfg_attr(romfs_vm_small, inline(never))]
    pub(crate) fn alloc_bare(&mut self, kind: Kind, len: u32) -> Res {
        #[cfg(feature = "gc-stress")]
        if self.heap.may_collect() {
            self.collect();
        }
        match self.heap.alloc(kind, len) {
            Some(cell) => Ok(Value::from_ptr(cell.as_ptr())),
            None => self.alloc_slow(kind, len),
        }
    }

    #[cold]
    #[inline(never)]
    fn alloc_slow(&mut self, kind: Kind, len: u32) -> Res {
        self.make_room()?;
        match self.heap.alloc(kind, len) {
            Some(cell) => Ok(Value::from_ptr(cell.as_ptr())),
            None => Err(self.memory_error()),
        }
    }

    /// Collects, where the heap is full and allocation may do so.
    fn make_room(&mut self) -> Res<()> {
        if !self.heap.may_collect() {
            return Err(self.memory_error());
        }
        #[cfg(feature = "gc-stress")]
        self.heap.end_quarantine();
        self.collect();
        Ok(())
    }

    /// What `make` makes in the heap, which gives nothing where memory is short: it is asked again after a collection.
    pub(crate) fn with_room<T>(&mut self, make: impl Fn(&mut Self) -> Option<T>) -> Res<T> {
        #[cfg(feature = "gc-stress")]
        if self.heap.may_collect() {
            self.collect();
        }
        if let Some(made) = make(self) {
            return Ok(made);
        }
        self.make_room()?;
        match make(self) {
            Some(made) => Ok(made),
            None => Err(self.memory_error()),
        }
    }

    /// A `Raw` or other byte cell of `len` bytes, filled by nothing yet.
    pub(crate) fn alloc_bytes(&mut self, kind: Kind, len: usize) -> Res {
        match u32::try_from(len) {
            Ok(n) if n < u32::MAX / 2 => self.alloc(kind, n),
            _ => Err(self.memory_error()),
        }
    }

    /// Bytes of the heap in cells, and those that are not.
    pub fn memory(&self) -> (usize, usize) {
        (self.heap.used_bytes(), self.heap.free_bytes())
    }

    /// The most bytes of the heap that were in cells so far.
    pub fn memory_peak(&self) -> usize {
        self.heap.peak_bytes()
    }

    // --- names -----------------------------------------------------------------------------------------------------

    /// The qstr of a text, entered if it is new. The text is copied unless `in_place`.
    fn intern_with(&mut self, text: &[u8], in_place: bool) -> Res<Qstr> {
        let hash = text_hash(text);
        if let Some(q) = self.intern.find(text, hash) {
            return Ok(q);
        }
        if text.len() > crate::qstr::MAX_NAME {
            return Err(self.error(&object::exception::RUNTIME_ERROR, msg!("name too long")));
        }
        let mark = self.mark();
        let text: &[u8] = if in_place {
            text
        } else {
            self.keep_text(text)?
        };
        let found = self.with_room(|vm| {
            let state = &mut **vm;
            state.intern.enter(&mut state.heap, text, hash)
        });
        self.release(mark);
        found
    }

    /// Copies a name's text into a cell that stays for ever.
    fn keep_text(&mut self, text: &[u8]) -> Res<&'a [u8]> {
        let cell = self.alloc_bytes(Kind::Raw, text.len())?;
        self.raw_mut(cell).copy_from_slice(text);
        self.keep_forever(cell)
    }

    /// The qstr of a text. The text is copied when it is new.
    ///
    /// # Errors
    /// `MemoryError`, or `RuntimeError` for a name of more than 255 bytes.
    pub fn intern(&mut self, text: &[u8]) -> Res<Qstr> {
        self.intern_with(text, false)
    }

    /// The qstr of a text that stays where it is for as long as the VM lives.
    pub fn intern_static(&mut self, text: &'a [u8]) -> Res<Qstr> {
        self.intern_with(text, true)
    }

    /// A small int or a big one.
    pub fn new_int(&mut self, n: i64) -> Res {
        match isize::try_from(n).ok().and_then(Value::try_small) {
            Some(v) => Ok(v),
            None => self.new_big_i64(n),
        }
    }

    /// A float.
    pub fn new_float(&mut self, x: Float) -> Res {
        self.must_exist(Kind::Float)?;
        let cell = match self.heap.alloc_ready(Kind::Float) {
            Some(cell) => {
                self.root(cell)?;
                cell
            }
            None => self.alloc(Kind::Float, 0)?,
        };
        // SAFETY: invariant 3; a float's cell holds one.
        unsafe { *(data(cell) as *mut Float) = x };
        Ok(cell)
    }

    /// The float that a value is.
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    #[cfg_attr(romfs_vm_small, inline(never))]
    pub fn as_float(&self, v: Value) -> Option<Float> {
        // SAFETY: invariant 3; likewise.
        if self.is(v, Kind::Float) {
            Some(unsafe { *(data(v) as *const Float) })
        } else if Kind::Float.exists() && v.is_flash() {
            self.flash_float(v)
        } else {
            None
        }
    }
}
