//! Imports: find a module on `sys.path`, link it (see `link.rs`), run its body.

use crate::call::Called;
use crate::code::{Code, count_children};
use crate::files::{Found, Path};
use crate::frame::{Frame, Return};
use crate::heap::Kind;
use crate::image::ModuleBytes;
use crate::message::Part;
use crate::native::{Args, Res};
use crate::object::exception as types;
use crate::q;
use crate::qstr::Qstr;
use crate::raise::Raised;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Names that a module or a class gets room for before its body runs; what is left over it gives back.
pub(crate) const BODY_NAMES: u32 = 8;

/// What an import needs next.
pub(crate) enum Step {
    /// The module is there.
    Done(Value),
    /// This body has to run first.
    Run(*mut Frame),
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
            return Err(self.value_error(msg!("")));
        }
        let full = &mut Path::new();
        self.absolute_name(name, level, globals, full)?;
        let full = full.as_bytes();
        let (mut start, mut top, mut parent) = (0, None, None);
        loop {
            let dot = full[start..].iter().position(|&b| b == b'.');
            let end = dot.map_or(full.len(), |dot| start + dot);
            let (text, last) = (&full[..end], &full[start..end]);
            let part = self.intern(text)?;
            let module = match self.loaded(part) {
                Some(module) => module,
                None => match self.load(part, text, last, parent)? {
                    Step::Done(module) => module,
                    run => return Ok(run),
                },
            };
            let top = *top.get_or_insert(module);
            if dot.is_none() {
                let wants_top = from == Value::NONE && level == 0;
                return Ok(Step::Done(if wants_top { top } else { module }));
            }
            parent = Some(module);
            start = end + 1;
        }
    }

    /// The `__import__` that a program put in the place of the firmware's.
    #[inline]
    pub(crate) fn import_hook(&self) -> Slot {
        let names = self.roots.builtins?;
        self.dict_get_word(names, Value::qstr(q!("__import__")))
    }

    /// The module of a name, where it was imported before or is the firmware's.
    fn loaded(&self, name: Qstr) -> Slot {
        let modules = self.roots.modules?;
        self.dict_get_word(modules, Value::qstr(name)).or_else(|| {
            crate::builtin::module(name)
                .or_else(|| self.firmware.module(name))
                .map(|m| m.value())
        })
    }

    /// A relative name made absolute by the package that imports.
    fn absolute_name(
        &mut self,
        name: Qstr,
        level: isize,
        globals: Value,
        full: &mut Path,
    ) -> Res<()> {
        if level == 0 {
            full.push(self.intern.text(name));
            return Ok(());
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
                None => {
                    return Err(
                        self.error(&types::IMPORT_ERROR, msg!("can't perform relative import"))
                    );
                }
            }
        }
        full.push(&text[..base]);
        let rest = self.intern.text(name);
        if !rest.is_empty() {
            full.push(b".").push(rest);
        }
        Ok(())
    }

    /// Finds and loads one module, whose name within its package is `last`; its body has to run then.
    fn load(&mut self, name: Qstr, text: &[u8], last: &[u8], parent: Slot) -> Res<Step> {
        let mut path = Path::new();
        let found = match parent {
            Some(package) => self.find_in_package(package, last, &mut path)?,
            None => self.find_on_path(name, text, &mut path)?,
        };
        let Some(found) = found else {
            if !cfg!(feature = "messages") {
                return Err(self.error_name(&types::IMPORT_ERROR, name));
            }
            return Err(self.error_with(
                &types::IMPORT_ERROR,
                msg!("no module named '%'"),
                &[Part::Name(name)],
            ));
        };
        let module = self.new_module(name)?;
        let globals = self.field(module, 0);
        let file = match found {
            Found::Package => {
                let folder = self.new_str(path.as_bytes())?;
                self.dict_set(globals, Value::qstr(q!("__path__")), folder)?;
                path.push_name(b"__init__");
                self.find_file(&mut path)?
            }
            file => Some(file),
        };
        if let Some(package) = parent {
            let own = self.intern(last)?;
            self.store_attr(package, own, crate::native::Access::Store(module))?;
        }
        let Some(file) = file else {
            return Ok(Step::Done(module));
        };
        match self.body_of(name, file, &path, globals) {
            Ok(frame) => Ok(Step::Run(frame)),
            Err(raised) => Err(self.forget_module(name, raised)),
        }
    }

    /// The frame of a found module's body.
    fn body_of(&mut self, name: Qstr, file: Found, path: &Path, globals: Value) -> Res<*mut Frame> {
        if file != Found::Module {
            return Err(self.cannot_compile());
        }
        let file_name = self.new_str(path.as_bytes())?;
        let module = self.module_bytes(path, file_name)?;
        if self.is_observed() {
            self.tell_import(name, module.bytes().len());
        }
        self.dict_set(globals, Value::qstr(q!("__file__")), file_name)?;
        self.body_frame(module, globals)
    }

    fn forget_module(&mut self, name: Qstr, raised: Raised) -> Raised {
        let parked = self.raised;
        if let Some(modules) = self.roots.modules {
            let _ = self.dict_remove(modules, Value::qstr(name));
        }
        self.raised = parked;
        raised
    }

    /// A module's body raised: the next import runs it again.
    pub(crate) fn forget_body(&mut self, globals: Value) {
        let Some(modules) = self.roots.modules else {
            return;
        };
        let mut at = 0;
        while let Some((key, module)) = self.next_entry(modules, &mut at) {
            if let (Some(name), Some(module)) = (key.as_qstr(), module)
                && self.is(module, Kind::Module)
                && self.field(module, 0) == globals
            {
                self.forget_module(name, Raised::parked());
                return;
            }
        }
    }

    /// The path of a package's folder.
    fn package_path(&self, package: Value) -> Option<&[u8]> {
        if !self.is(package, Kind::Module) {
            return None;
        }
        let path = self.dict_get_word(self.field(package, 0), Value::qstr(q!("__path__")))?;
        self.str_bytes(path)
    }

    /// A new module object, entered in `sys.modules`.
    fn new_module(&mut self, name: Qstr) -> Res {
        let globals = self.new_dict()?;
        let module = self.new_fields(Kind::Module, &[globals])?;
        self.hashed_reserve(globals, BODY_NAMES)?;
        self.dict_set(globals, Value::qstr(q!("__name__")), Value::qstr(name))?;
        if let Some(modules) = self.roots.modules {
            self.dict_set(modules, Value::qstr(name), module)?;
        }
        Ok(module)
    }

    /// The frame of a module's body. The bytes stay where they are.
    fn body_frame(&mut self, module: ModuleBytes<'a>, globals: Value) -> Res<*mut Frame> {
        let code = self.link(module, globals)?;
        let c = self.cell::<Code>(code);
        let root = c.root;
        if !cfg!(romfs_vm_small) {
            // Most functions and classes of a module are names of it.
            let n = count_children(c.bytes(), root).min(c.n_qstr.into());
            self.hashed_expect(globals, n)?;
        }
        let body = self.new_function(code, root, None)?;
        let args = Args::new(self.top, 0, 0);
        match self.begin_call(body, args, Return::Again)? {
            Called::Frame(frame) => Ok(frame),
            Called::Value(_) => Err(self.value_error(msg!("incompatible .mpy file"))),
        }
    }

    /// `from module import name`.
    #[inline(never)]
    pub(crate) fn import_from(&mut self, module: Value, name: Qstr) -> Res {
        if let Some(v) = self.load_attr_maybe(module, name)? {
            return Ok(v);
        }
        if self.is(module, Kind::Module)
            && let Some(own) =
                self.dict_get_word(self.field(module, 0), Value::qstr(q!("__name__")))
        {
            let mut full = Path::new();
            full.push(self.str_bytes(own).unwrap_or(b"")).push(b".");
            let start = full.len;
            let full = full.push(self.intern.text(name)).as_bytes();
            let last = full.get(start..).unwrap_or_default();
            let found = self.find_in_package(module, last, &mut Path::new())?;
            if found.is_some() {
                let full = self.intern(full)?;
                return self.import_now(full);
            }
        }
        if !cfg!(feature = "messages") {
            return Err(self.error_name(&types::IMPORT_ERROR, name));
        }
        Err(self.error_with(
            &types::IMPORT_ERROR,
            msg!("can't import name %"),
            &[Part::Name(name)],
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
                    let body = unsafe {
                        (*frame).ret = Return::Native;
                        (*(*frame).code).globals
                    };
                    if let Err(raised) = crate::run::nested(self, frame) {
                        self.forget_body(body);
                        return Err(raised);
                    }
                }
            }
        }
    }

    /// `from module import *`: names that do not begin with an underscore, or those of `__all__`.
    #[inline(never)]
    pub(crate) fn import_star(&mut self, module: Value, into: Value) -> Res<()> {
        if self.is(module, Kind::NativeModule) {
            for m in crate::builtin::members_of(self, module) {
                let v = self.item_value(m, module)?;
                self.dict_set(into, Value::qstr(m.name()), v)?;
            }
            return Ok(());
        }
        self.import_star_names(module, into)
    }

    /// What `__all__` lists, or else the public names of `__dict__`.
    fn import_star_names(&mut self, module: Value, into: Value) -> Res<()> {
        if let Some(all) = self.attr_or_none(module, q!("__all__"))? {
            return self.for_each(all, move |vm, name| {
                if !vm.is_str(name) {
                    return Err(vm.type_error(msg!("name must be a str")));
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
        let mut at = 0;
        while let Some((key, value)) = self.next_entry(dict, &mut at) {
            if let Some(q) = key.as_qstr()
                && self.intern.text(q).first() != Some(&b'_')
            {
                self.hashed_put(into, key, value)?;
            }
        }
        Ok(())
    }

    /// Runs a module as the main program: of a package, its `__main__`.
    ///
    /// # Errors
    /// What it raises; `SystemExit` among it.
    pub fn run_main(&mut self, name: &str) -> Res<()> {
        let frame = self.main_frame(name.as_bytes())?;
        let result = self.run_frame(frame);
        self.run_at_exit();
        result
    }

    /// The frame of a module that is to run as the main program.
    pub(crate) fn main_frame(&mut self, name: &[u8]) -> Res<*mut Frame> {
        let mut path = Path::new();
        let mut found = match name.iter().rposition(|&byte| byte == b'.') {
            Some(dot) => self.find_beside(&name[..dot], &name[dot + 1..], &mut path)?,
            None => {
                let last = self.intern(name)?;
                self.find_on_path(last, name, &mut path)?
            }
        };
        if found == Some(Found::Package) {
            found = self.find_beside(name, b"__main__", &mut path)?;
        }
        let Some(file) = found else {
            return Err(self.error_with(
                &types::IMPORT_ERROR,
                msg!("no module named '%'"),
                &[Part::Text(name)],
            ));
        };
        let module = self.new_module(q!("__main__"))?;
        let globals = self.field(module, 0);
        let frame = self.body_of(q!("__main__"), file, &path, globals)?;
        // SAFETY: invariant 3; the frame was just made.
        unsafe { (*frame).ret = Return::Native };
        Ok(frame)
    }

    /// A module of this name in the package of that one, which is imported.
    fn find_beside(&mut self, package: &[u8], name: &[u8], path: &mut Path) -> Res<Option<Found>> {
        let package = self.intern(package)?;
        let package = self.import_now(package)?;
        self.find_in_package(package, name, path)
    }

    /// Runs a module that is no file as the main program.
    ///
    /// # Errors
    /// As [`run_main`](Vm::run_main).
    pub fn run_bytes(&mut self, module: &'a [u8]) -> Res<()> {
        let frame = self.main_frame_of(module)?;
        let result = self.run_frame(frame);
        self.run_at_exit();
        result
    }

    /// The frame of a module that is no file and is to run as the main program.
    pub(crate) fn main_frame_of(&mut self, module: &'a [u8]) -> Res<*mut Frame> {
        let main = self.new_module(q!("__main__"))?;
        let globals = self.field(main, 0);
        let frame = self.body_frame(ModuleBytes::Bare(module), globals)?;
        // SAFETY: invariant 3; the frame was just made.
        unsafe { (*frame).ret = Return::Native };
        Ok(frame)
    }

    /// Runs the body of a module in these globals, to its end.
    #[cfg(romfs_vm_tail)]
    pub(crate) fn run_body(&mut self, bytes: &'a [u8], globals: Value) -> Res<()> {
        let frame = self.body_frame(ModuleBytes::Bare(bytes), globals)?;
        self.run_frame(frame)
    }

    fn run_frame(&mut self, frame: *mut Frame) -> Res<()> {
        // SAFETY: invariant 3; the frame was just made.
        unsafe { (*frame).ret = Return::Native };
        crate::run::nested(self, frame)?;
        Ok(())
    }

    /// Calls what the program gave to `sys.atexit`. What it raises is printed: the program is over already.
    pub(crate) fn run_at_exit(&mut self) {
        if !cfg!(feature = "extras") {
            return;
        }
        let Some(f) = self.roots.at_exit.take().filter(|&f| f != Value::NONE) else {
            return;
        };
        let parked = self.raised.take();
        let mark = self.mark();
        let kept = parked.is_none_or(|e| self.root(e).is_ok());
        if kept && let Err(raised) = self.call(f, &[]) {
            let e = self.take_raised(raised);
            let _ = self.print_exception(e, crate::native::Sink::Error);
        }
        self.release(mark);
        self.raised = parked;
    }

    /// A module of this name in a package, and its path.
    fn find_in_package(
        &mut self,
        package: Value,
        name: &[u8],
        path: &mut Path,
    ) -> Res<Option<Found>> {
        path.cut(0);
        match self.package_path(package) {
            Some(folder) => path.push(folder),
            None => return Ok(None),
        };
        self.find_in(path, name)
    }

    /// Appends an argument to `sys.argv`.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn add_argument(&mut self, argument: impl AsRef<[u8]>) -> Res<()> {
        self.add_text(self.roots.argv, argument.as_ref())
    }

    /// The number of an `OSError`; 0 for any other exception.
    pub fn errno_of(&self, exception: Value) -> isize {
        match self.is_instance(exception, &types::OS_ERROR) {
            true => self.exception_value(exception).as_small().unwrap_or(0),
            false => 0,
        }
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
        self.add_text(self.roots.path, folder.as_bytes())
    }

    /// A str more in a list of the module `sys`.
    fn add_text(&mut self, list: Option<Value>, text: &[u8]) -> Res<()> {
        let mark = self.mark();
        let text = self.new_str(text)?;
        if let Some(list) = list {
            self.list_push(list, text)?;
        }
        self.release(mark);
        Ok(())
    }
}
