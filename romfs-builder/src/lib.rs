//! Builds ROMFS images of MicroPython modules and data, and looks into them.
//!
//! [`pack::pack`] is a whole build: it takes a source tree ([`input::collect`] a folder, [`input::list`] a list file),
//! compiles and verifies modules several at once and gives the image with a report. [`image::build`] is the writer
//! alone, for contents that are in memory already. The formats are those of `romfs-runtime/SPEC.md`.
//!
//! ```
//! use romfs_builder::image::{self, File, ImageOptions};
//! use romfs_builder::tree::{Dir, Node};
//!
//! let mut tree = Dir::default();
//! tree.insert("lib/data.bin", Node::File(File::new(vec![1, 2, 3])))?;
//! let (tree, files) = tree.number();
//! let files: Vec<File> = files.into_iter().map(|(_, file)| file).collect();
//! let built = image::build(&tree, &files, &ImageOptions::default())?;
//!
//! let image = romfs_runtime::Image::open(&built.bytes).unwrap();
//! let file = image.file("/lib/data.bin").unwrap().unwrap();
//! assert_eq!(file.data().unwrap(), [1, 2, 3]);
//! # Ok::<(), romfs_builder::Error>(())
//! ```

pub mod abi;
pub mod board;
pub mod device;
pub mod diff;
pub mod emulate;
mod error;
pub mod frozen;
pub mod image;
pub mod imports;
pub mod input;
pub mod map;
pub mod module;
#[cfg(all(feature = "mount", target_os = "linux"))]
pub mod mount;
pub mod output;
pub mod pack;
pub mod parallel;
pub mod progress;
pub mod push;
pub mod report;
pub mod sbom;
pub mod survey;
pub mod tree;
pub mod update;
pub mod verify;
pub mod watch;

pub use error::{Error, Result};

/// The Rust of the README is compiled and run with the tests of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
