//! The objects of the language: one file a type, or a few that belong together.

pub mod class;
pub mod exception;
pub mod function;
pub mod generator;
