//! The objects of the language: one file a type, or a few that belong together.

pub mod adaptor;
pub mod class;
pub mod dict;
pub mod dict_view;
pub mod exception;
pub mod function;
pub mod generator;
pub mod hashed;
pub mod iter;
pub mod list;
pub mod sequence;
pub mod set;
pub mod slice;
pub mod sort;
pub mod tuple;
