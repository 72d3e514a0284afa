//! From files on the host to the contents of an image: what is taken, under which name, compiled or as it is.

pub mod align;
pub mod cache;
pub mod collect;
pub mod list;
pub mod mpy_cross;
pub mod plan;
