//! The objects of the language: one file a type, or a few that belong together.

pub mod adaptor;
pub mod bigint;
pub mod buffer;
pub mod bytes;
pub mod class;
pub mod complex;
pub mod dict;
pub mod dict_view;
pub mod exception;
pub mod float;
pub mod format;
pub mod function;
pub mod generator;
pub mod hashed;
pub mod int;
pub mod items;
pub mod iter;
pub mod list;
pub mod print;
pub mod sequence;
pub mod set;
pub mod singleton;
pub mod slice;
pub mod sort;
pub mod spec;
pub mod split;
pub mod str_methods;
#[cfg(test)]
mod tests;
pub mod text;
pub mod tuple;
