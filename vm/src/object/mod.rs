//! The objects of the language: one file a type, or a few that belong together.

pub mod bigint;
pub mod buffer;
pub mod bytes;
pub mod class;
pub mod complex;
pub mod exception;
pub mod float;
pub mod format;
pub mod function;
pub mod generator;
pub mod int;
pub mod items;
pub mod print;
pub mod singleton;
pub mod spec;
pub mod split;
pub mod str_methods;
pub mod text;
