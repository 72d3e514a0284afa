//! Imports: find a module on `sys.path`, verify it, link its names, run its body.

use mpy_format::{Constant, Label, Limits as MpyLimits, Mpy, Node, QstrSource, Scratch, verify};

use crate::call::Called;
use crate::code::{Code, tail_bytes};
use crate::frame::{Frame, Return};
use crate::heap::Kind;
use crate::native::{Args, Res};
use crate::object::exception as types;
use crate::q;
use crate::qstr::Qstr;
use crate::raise::Raised;
use crate::value::{SMALL_INT_BITS, Slot, Value};
use crate::vm::Vm;

/// Jump instructions and stack nodes of one function that the verifier has room for.
const LABELS: usize = if cfg!(feature = "tiny") { 48 } else { 512 };
/// Longest path, in bytes.
const PATH_MAX: usize = 200;

/// What an import needs next.
pub(crate) enum Step {
    /// The module is there.
    Done(Value),
    /// This body has to run first.
    Run(*mut Frame),
}

/// A path or dotted name that is being put together.
#[derive(Clone, Copy)]
struct Path {
    bytes: [u8; PATH_MAX],
    len: usize,
}

impl Path {
    fn new() -> Path {
        Path {
            bytes: [0; PATH_MAX],
            len: 0,
        }
    }

    /// Appends; what does not fit makes the path one that is not there.
    fn push(&mut self, part: &[u8]) -> &mut Path {
        if self.len + part.len() <= PATH_MAX {
            self.bytes[self.len..self.len + part.len()].copy_from_slice(part);
            self.len += part.len();
        } else {
            self.len = 0;
        }
        self
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or("")
    }
}

impl<'a> Vm<'a> {
    /// One step of `import name`; called again after each body that had to run.
    pub(crate) fn import_step(
        &mut self,
        name: Qstr,
        level: Value,
        from: Value,
        globals: Value,
    ) -> Res<Step> {
        let level = self.as_index(level)?;
        if level == 0 && name == Qstr::EMPTY {
            return Err(self.value_error(""));
        }
        let full = self.absolute_name(name, level, globals)?;
        let mut end = 0;
        let mut parent = None;
        loop {
            end = full.as_bytes()[end..]
                .iter()
                .position(|&b| b == b'.')
                .map_or(full.len, |n| end + n);
            let part = self.intern(&full.as_bytes()[..end])?;
            let module = match self.loaded(part) {
                Some(module) => module,
                None => match self.load(part, parent)? {
                    Step::Done(module) => module,
                    run => return Ok(run),
                },
            };
            if end == full.len {
                let top = full.as_bytes().iter().position(|&b| b == b'.');
                return Ok(Step::Done(match top {
                    Some(n) if from == Value::NONE && level == 0 => {
                        let first = self.intern(&full.as_bytes()[..n])?;
                        self.loaded(first).unwrap_or(module)
                    }
                    _ => module,
                }));
            }
            parent = Some(module);
            end += 1;
        }
    }

    /// The module of a name, where it was imported before or is the firmware's.
    fn loaded(&self, name: Qstr) -> Slot {
        let modules = self.roots.modules?;
        self.dict_get_word(modules, Value::qstr(name))
            .or_else(|| crate::builtin::module(name).map(|m| m.value()))
    }

    /// A relative name made absolute by the package that imports.
    fn absolute_name(&mut self, name: Qstr, level: isize, globals: Value) -> Res<Path> {
        let mut full = Path::new();
        if level == 0 {
            full.push(self.intern.text(name));
            return Ok(full);
        }
        let own = self
            .dict_get_word(globals, Value::qstr(q!("__name__")))
            .and_then(Value::as_qstr);
        let is_package = self
            .dict_get_word(globals, Value::qstr(q!("__path__")))
            .is_some();
        let text = own.map_or(&b""[..], |q| self.intern.text(q));
        let mut base = text.len();
        for _ in 0..level - is_package as isize {
            match text[..base].iter().rposition(|&b| b == b'.') {
                Some(n) => base = n,
                None if base > 0
                    && level - (is_package as isize) <= 1
                    && !text[..base].contains(&b'.')
                    && own.is_some() =>
                {
                    return Err(self.error(&types::IMPORT_ERROR, "can't perform relative import"));
                }
                None => {
                    return Err(self.error(&types::IMPORT_ERROR, "can't perform relative import"));
                }
            }
        }
        full.push(&text[..base]);
        let rest = self.intern.text(name);
        if !rest.is_empty() {
            full.push(b".").push(rest);
        }
        Ok(full)
    }

    /// Finds and loads one module; its body has to run then.
    fn load(&mut self, name: Qstr, parent: Slot) -> Res<Step> {
        let text = self.name_text(name);
        let last = text.as_bytes().rsplit(|&b| b == b'.').next().unwrap_or(b"");
        let found = match parent {
            Some(package) => match self.package_path(package) {
                Some(folder) => self.find_in(folder.as_bytes(), last),
                None => None,
            },
            None => self.find_on_path(last),
        };
        let Some((path, is_package)) = found else {
            return Err(self.error_fmt(
                &types::IMPORT_ERROR,
                format_args!("no module named '{text}'"),
            ));
        };
        let module = self.new_module(name)?;
        let globals = self.field(module, 0);
        if is_package {
            let folder = self.new_str(path.as_bytes())?;
            self.dict_set(globals, Value::qstr(q!("__path__")), folder)?;
        }
        if let Some(package) = parent {
            let own = self.intern(last)?;
            self.store_attr(package, own, crate::native::Access::Store(module))?;
        }
        let file = if is_package {
            let mut file = path;
            file.push(b"/__init__.mpy");
            file
        } else {
            path
        };
        match self.files.map(file.as_str()) {
            Some(bytes) => {
                if self.observed {
                    self.tell_import(name, bytes.len());
                }
                let file_name = self.new_str(file.as_bytes())?;
                self.dict_set(globals, Value::qstr(q!("__file__")), file_name)?;
                let frame = match self.body_frame(bytes, globals) {
                    Ok(frame) => frame,
                    Err(raised) => return Err(self.forget_module(name, raised)),
                };
                Ok(Step::Run(frame))
            }
            None => Ok(Step::Done(module)),
        }
    }

    fn forget_module(&mut self, name: Qstr, raised: Raised) -> Raised {
        let parked = self.raised;
        if let Some(modules) = self.roots.modules {
            let _ = self.dict_remove(modules, Value::qstr(name));
        }
        self.raised = parked;
        raised
    }

    fn package_path(&self, package: Value) -> Option<Path> {
        if !self.is(package, Kind::Module) {
            return None;
        }
        let path = self.dict_get_word(self.field(package, 0), Value::qstr(q!("__path__")))?;
        let mut folder = Path::new();
        folder.push(self.str_bytes(path)?);
        Some(folder)
    }

    fn find_on_path(&self, name: &[u8]) -> Option<(Path, bool)> {
        let list = self.roots.path?;
        for entry in self.list_items(list).iter().flatten() {
            if let Some(folder) = self.str_bytes(*entry)
                && let Some(found) = self.find_in(folder, name)
            {
                return Some(found);
            }
        }
        None
    }

    /// A package or a .mpy of this name in a folder. An empty folder is the current one.
    fn find_in(&self, folder: &[u8], name: &[u8]) -> Option<(Path, bool)> {
        let mut path = Path::new();
        path.push(folder);
        if !folder.is_empty() {
            path.push(b"/");
        }
        path.push(name);
        if self.files.is_dir(path.as_str()) {
            return Some((path, true));
        }
        path.push(b".mpy");
        self.files.map(path.as_str()).map(|_| (path, false))
    }

    /// A new module object, entered in `sys.modules`.
    fn new_module(&mut self, name: Qstr) -> Res {
        let globals = self.new_dict()?;
        let module = self.new_fields(Kind::Module, [globals])?;
        self.dict_set(globals, Value::qstr(q!("__name__")), Value::qstr(name))?;
        if let Some(modules) = self.roots.modules {
            self.dict_set(modules, Value::qstr(name), module)?;
        }
        Ok(module)
    }

    /// The frame of a module's body. The bytes stay where they are.
    fn body_frame(&mut self, bytes: &'a [u8], globals: Value) -> Res<*mut Frame> {
        let code = self.link(bytes, globals)?;
        let root = self.cell::<Code>(code).root;
        let body = self.new_function(code, root, None)?;
        let args = Args {
            base: self.top,
            n: 0,
            n_kw: 0,
        };
        match self.begin_call(body, args, Return::Again)? {
            Called::Frame(frame) => Ok(frame),
            Called::Value(_) => Err(self.value_error("incompatible .mpy file")),
        }
    }

    /// Verifies a module and builds the table of its names: all that an import needs in RAM.
    pub(crate) fn link(&mut self, bytes: &'a [u8], globals: Value) -> Res {
        let Ok(mpy) = Mpy::open(bytes) else {
            return Err(self.value_error("incompatible .mpy file"));
        };
        let mut labels = [Label::default(); LABELS];
        let mut nodes = [Node::default(); LABELS];
        let mut scratch = Scratch {
            labels: &mut labels,
            nodes: &mut nodes,
        };
        let limits = MpyLimits::stock(SMALL_INT_BITS as u8);
        if mpy.header().arch != mpy_format::Arch::None {
            return Err(self.value_error("incompatible .mpy arch"));
        }
        if verify(&mpy, &limits, &mut scratch).is_err() {
            return Err(self.value_error("incompatible .mpy file"));
        }
        let (n_qstr, n_const) = (mpy.n_qstrs() as u16, mpy.n_constants() as u16);
        let code = self.alloc(Kind::Code, tail_bytes(n_qstr))?;
        let sections = mpy.sections();
        let c = self.cell_mut::<Code>(code);
        c.globals = globals;
        (c.source, c.constants, c.linked) = (None, None, None);
        (c.base, c.size) = (bytes.as_ptr(), bytes.len() as u32);
        (c.constants_at, c.root) = (sections.constants_at, sections.code_at);
        (c.n_qstr, c.n_const) = (n_qstr, n_const);
        c.reset_memos();
        for (i, name) in mpy.qstrs().enumerate() {
            let q = match name.source {
                QstrSource::Static(id) => Qstr(id as u16),
                QstrSource::Text { text, .. } => self.intern_static(text.as_bytes())?,
            };
            self.cell_mut::<Code>(code).set_qstr(i, q);
        }
        Ok(code)
    }

    /// Constant `i` of a module, made when it is first loaded.
    pub(crate) fn load_constant(&mut self, code: Value, i: usize) -> Res {
        let table = match self.cell::<Code>(code).constants {
            Some(table) => table,
            None => {
                let n = self.cell::<Code>(code).n_const;
                let table = self.alloc(Kind::Slots, n as u32)?;
                self.cell_mut::<Code>(code).constants = Some(table);
                table
            }
        };
        let at = self.cell_mut::<Code>(code).constant_at(i as u16);
        // SAFETY: invariant 1; the module's bytes are borrowed for as long as the VM lives.
        let bytes: &'a [u8] = unsafe {
            let c = self.cell::<Code>(code);
            core::slice::from_raw_parts(c.base, c.size as usize)
        };
        let v = self.constant(bytes, at)?.0;
        self.slots_mut(table)[i] = Some(v);
        Ok(v)
    }

    /// The object of an encoded constant, and the position behind it. Nested tuples are as deep as the verifier allows.
    fn constant(&mut self, bytes: &'a [u8], at: u32) -> Res<(Value, u32)> {
        let Ok((constant, next)) = Constant::read(bytes, at) else {
            return Err(self.value_error("incompatible .mpy file"));
        };
        let v = match constant {
            Constant::None | Constant::FunTable => Value::NONE,
            Constant::False => Value::FALSE,
            Constant::True => Value::TRUE,
            Constant::Ellipsis => Value::ELLIPSIS,
            Constant::Str(text) => {
                let text = text.as_bytes();
                match self.intern.find(text, crate::qstr::text_hash(text)) {
                    Some(q) => Value::qstr(q),
                    None => self.new_flash_str(text.as_ptr(), text.len() as u32)?,
                }
            }
            Constant::Bytes(data) => self.new_flash_bytes(data.as_ptr(), data.len() as u32)?,
            Constant::Int(text) => self.parse_int(text.as_bytes(), 10)?,
            Constant::Float(text) => self.parse_float(text.as_bytes())?,
            Constant::Complex(text) => {
                match crate::num::parse::complex::<crate::Float>(text.as_bytes()) {
                    Ok((re, im)) => self.new_complex(re, im)?,
                    Err(_) => return Err(self.value_error("incompatible .mpy file")),
                }
            }
            Constant::Tuple(items) => {
                let n = items.count_left();
                let mut at = items.position();
                let tuple = self.alloc(Kind::Tuple, n)?;
                for i in 0..n as usize {
                    let (item, next) = self.constant(bytes, at)?;
                    self.slots_mut(tuple)[i] = Some(item);
                    at = next;
                }
                tuple
            }
        };
        Ok((v, next))
    }

    /// `from module import name`.
    pub(crate) fn import_from(&mut self, module: Value, name: Qstr) -> Res {
        if let Some(v) = self.load_attr_maybe(module, name)? {
            return Ok(v);
        }
        if let Some(folder) = self.package_path(module)
            && self
                .find_in(folder.as_bytes(), self.name_text(name).as_bytes())
                .is_some()
            && let Some(own) =
                self.dict_get_word(self.field(module, 0), Value::qstr(q!("__name__")))
        {
            let mut full = Path::new();
            full.push(self.str_bytes(own).unwrap_or(b""))
                .push(b".")
                .push(self.intern.text(name));
            let full = self.intern(full.as_bytes())?;
            return self.import_now(full);
        }
        let text = self.name_text(name);
        Err(self.error_fmt(
            &types::IMPORT_ERROR,
            format_args!("can't import name {text}"),
        ))
    }

    /// Imports a module by its absolute name and gives it (the last one of a dotted name).
    ///
    /// # Errors
    /// `ImportError`, and what its body raises.
    pub fn import_now(&mut self, name: Qstr) -> Res {
        let globals = self.roots.modules.unwrap_or(Value::NONE);
        self.import_with(name, 0, Value::TRUE, globals)
    }

    /// The same as `__import__` has it: relative to `globals` where `level` is not zero, and the first module of a dotted
    /// name where `from` is None.
    pub(crate) fn import_with(
        &mut self,
        name: Qstr,
        level: isize,
        from: Value,
        globals: Value,
    ) -> Res {
        loop {
            match self.import_step(name, Value::small(level), from, globals)? {
                Step::Done(module) => return Ok(module),
                Step::Run(frame) => {
                    // SAFETY: invariant 3; the frame was just made.
                    unsafe { (*frame).ret = Return::Native };
                    crate::run::nested(self, frame)?;
                }
            }
        }
    }

    /// `from module import *`: names that do not begin with an underscore, or those of `__all__`.
    pub(crate) fn import_star(&mut self, module: Value, into: Value) -> Res<()> {
        if self.is(module, Kind::NativeModule) {
            for m in crate::builtin::members_of(module) {
                let v = self.item_value(&m.item, module)?;
                self.dict_set(into, Value::qstr(m.name), v)?;
            }
            return Ok(());
        }
        self.import_star_names(module, into)
    }

    /// What `__all__` lists, or else the public names of `__dict__`.
    fn import_star_names(&mut self, module: Value, into: Value) -> Res<()> {
        if let Some(all) = self.attr_or_none(module, q!("__all__"))? {
            return self.for_each(all, |vm, name| {
                if !vm.is_str(name) {
                    return Err(vm.type_error("name must be a str"));
                }
                let q = vm.name_of(name)?;
                // A package may bring a name in when it is asked for it.
                let v = vm.load_attr(module, q)?;
                vm.root(v)?;
                vm.dict_set(into, Value::qstr(q), v)?;
                Ok(true)
            });
        }
        let dict = self.load_attr(module, q!("__dict__"))?;
        let mut i = 0;
        while let Some((key, value)) = self.dict_entry(dict, i) {
            i += 1;
            if let (Some(key), Some(value)) = (key, value)
                && let Some(q) = key.as_qstr()
                && self.intern.text(q).first() != Some(&b'_')
            {
                self.dict_set(into, key, value)?;
            }
        }
        Ok(())
    }

    /// Runs a module as the main program.
    ///
    /// # Errors
    /// What it raises; `SystemExit` among it.
    pub fn run_main(&mut self, name: &str) -> Res<()> {
        let name = self.intern(name.as_bytes())?;
        let text = self.name_text(name);
        let Some((path, false)) = self.find_on_path(text.as_bytes()) else {
            return Err(self.error_fmt(
                &types::IMPORT_ERROR,
                format_args!("no module named '{text}'"),
            ));
        };
        let module = self.new_module(q!("__main__"))?;
        let globals = self.field(module, 0);
        let Some(bytes) = self.files.map(path.as_str()) else {
            return Err(self.os_error(2));
        };
        self.run_body(bytes, globals)
    }

    /// Runs the body of a module in these globals, to its end.
    pub(crate) fn run_body(&mut self, bytes: &'a [u8], globals: Value) -> Res<()> {
        let frame = self.body_frame(bytes, globals)?;
        // SAFETY: invariant 3; the frame was just made.
        unsafe { (*frame).ret = Return::Native };
        crate::run::nested(self, frame)?;
        Ok(())
    }

    /// Appends an argument to `sys.argv`.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn add_argument(&mut self, argument: &str) -> Res<()> {
        let mark = self.mark();
        let argument = self.new_str(argument.as_bytes())?;
        if let Some(list) = self.roots.argv {
            self.list_push(list, argument)?;
        }
        self.release(mark);
        Ok(())
    }

    /// The exit status that a `SystemExit` asks for; `None` for any other exception.
    pub fn exit_status(&self, exception: Value) -> Option<u8> {
        if !self.is_instance(exception, &types::SYSTEM_EXIT) {
            return None;
        }
        match self.exception_value(exception) {
            Value::NONE | Value::FALSE => Some(0),
            v => Some(v.as_small().map_or(1, |n| n as u8)),
        }
    }

    /// Appends a folder to `sys.path`.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn add_path(&mut self, folder: &str) -> Res<()> {
        let mark = self.mark();
        let folder = self.new_str(folder.as_bytes())?;
        if let Some(list) = self.roots.path {
            self.list_push(list, folder)?;
        }
        self.release(mark);
        Ok(())
    }
}
